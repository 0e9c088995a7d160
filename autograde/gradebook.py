"""nbgrader's gradebook, opened once for many submissions, and each submission in one transaction.

nbgrader opens it some ten times a submission, and each time looks for every table, compiles its statements anew and
reads the same assignment again. Nobody else writes while a submission is recorded: what has been read stays true.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nbgrader.api import Gradebook

_first_open = Gradebook.__init__


class Kept:
    """The gradebooks that have been opened in a block of `transaction`, by their address."""

    def __init__(self) -> None:
        self._opened: dict[str, dict[str, Any]] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Give all who open the gradebook in this block one session; all that they write is committed at its end."""
        before = Gradebook.__init__, Gradebook.close
        Gradebook.__init__ = lambda gradebook, *where, **more: self._open(gradebook, *where, **more)
        Gradebook.close = lambda gradebook: None
        try:
            yield
            for known in self._opened.values():
                known["db"]().commit()
        finally:
            Gradebook.__init__, Gradebook.close = before
            for known in self._opened.values():
                known["db"].remove()

    def close(self) -> None:
        """Close the connections; the next block opens new ones."""
        for known in self._opened.values():
            known["engine"].dispose()
        self._opened.clear()

    def _open(
        self, gradebook: Gradebook, db_url: str, course_id: str = "default_course", *more: Any
    ) -> None:
        if db_url not in self._opened:
            _first_open(gradebook, db_url, course_id, *more)
            gradebook.db.remove()
            gradebook.db.configure(expire_on_commit=False)
            gradebook.db.commit = gradebook.db.flush
            self._opened[db_url] = dict(vars(gradebook))
        vars(gradebook).update(self._opened[db_url])
        gradebook.course_id = course_id
