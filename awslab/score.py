"""Score a check: a number for nbgrader's partial credit, and every point explained to the learner.

    with score(3) as s:
        s.need("my-service" in repositories, "no repository `my-service` yet")
        s.met(1, "tag v1.0 exists", "v1.0" in tags, found=tags, expected="a tag `v1.0`")
        s.met(2, "v1.0 and the SHA name one digest", one, hint="tag the same image twice")
    s

nbgrader reads the points from the text of the cell's result, so `repr(s)` is only the number:
https://nbgrader.readthedocs.io/en/stable/user_guide/autograding_resources.html
The explanation is shown at the end of the `with` block, as an output of its own.

Exceptions:

    ValueError
      +-- PointsError   the author's mistake: points that do not fit the maximum, a check not called
"""

from __future__ import annotations

import contextlib
import io
import os
import reprlib
import sys
import tempfile
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from awslab.learner import LearnerError, NotAttempted
from awslab.show.checks import SCORE_JSON, score_picture

__all__ = ["PointsError", "Score", "score"]

LONGEST_VALUE = 300  # characters of a found or expected value: enough to see what it is
LONGEST_TEXT = 1000  # characters of a found or expected sentence
TINY = 1e-9  # points are added as floats: 0.1 + 0.2 must fit into 0.3


class PointsError(ValueError):
    """Tell the author of a check what is wrong with its points."""


class Score:
    """Count the points of one check, at most `maximum`, and explain each.

    Use it as a context manager.
    Nothing that happens inside the block breaks the cell: what was declared before an exception
    stays, the rest is lost, and the explanation says why.
    What is written to stderr inside the block becomes a note, because nbgrader gives 0 points to
    a cell with stderr.
    """

    def __init__(self, maximum: float) -> None:
        if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not maximum > 0:
            raise PointsError(f"score({maximum!r}): the maximum must be a number above 0")
        self.maximum = maximum
        self.rows: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self._capture = contextlib.ExitStack()

    def need(self, condition: Any, message: str) -> None:
        """End the block here unless `condition` holds; the rest is then "not attempted"."""
        _refuse_function(condition, message)
        if not condition:
            raise NotAttempted(message)

    def met(
        self,
        points: float,
        label: str,
        ok: Any,
        *,
        found: Any = None,
        expected: Any = None,
        why: str = "",
        read: str = "",
        slip: str = "",
        hint: str = "",
    ) -> bool:
        """Declare one point or more: what is checked, whether it holds, and what to say about it.

        `found` and `expected` are sentences or values.
        `why` says why it matters, `read` where the lesson explains it.
        `slip` names the known mistake that was made and `hint` helps on; both show only on a miss.
        Raises PointsError when the declared points exceed the maximum.
        """
        _refuse_function(ok, label)
        if not points > 0:
            raise PointsError(f"`{label}`: points must be above 0, not {points!r}")
        if self._declared() + points > self.maximum + TINY:
            raise PointsError(
                f"`{label}` brings the declared points to {self._declared() + points:g}, "
                f"but the cell is score({self.maximum:g}); correct one of the two"
            )
        ok = bool(ok)
        row = _row("met" if ok else "missed", points, label, points if ok else 0)
        row |= {"found": _text(found), "expected": _text(expected), "why": why, "read": read}
        if not ok:
            row |= {"slip": slip, "hint": hint}
        self.rows.append(row)
        return ok

    @property
    def points(self) -> float:
        """The points earned so far, from 0 to the maximum."""
        return min(round(sum(row["earned"] for row in self.rows), 6), self.maximum)

    @property
    def complete(self) -> bool:
        """Whether every point of the maximum was declared by `met`."""
        declared = sum(row["points"] for row in self.rows if row["state"] in ("met", "missed"))
        return abs(declared - self.maximum) <= TINY

    def __float__(self) -> float:
        return float(self.points)

    def __repr__(self) -> str:
        points = float(self)
        return str(int(points)) if points.is_integer() else repr(points)

    def __enter__(self) -> Score:
        self._capture.enter_context(_stderr_as_notes(self.notes))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._capture.close()
        if isinstance(error, PointsError) or (error and not isinstance(error, Exception)):
            return False
        self._close(error)
        self._show()
        return True

    def _declared(self) -> float:
        return sum(row["points"] for row in self.rows)

    def _close(self, error: BaseException | None) -> None:
        """Give the points that were not declared their one row."""
        rest = round(self.maximum - self._declared(), 6)
        if isinstance(error, NotAttempted):
            self.rows.append(_row("not attempted", rest, str(error)))
        elif error is not None:
            self.rows.append(_row("stopped", rest, _why_stopped(error)))
        elif rest > TINY:
            # A released notebook lacks the hidden tests. With everything visible met, nbgrader's
            # Validate must say success, which it does for full points only.
            earned = rest if all(row["state"] == "met" for row in self.rows) else 0
            label = "the rest of this check" if self.rows else "whether your answer is right"
            self.rows.append(_row("later", rest, label, earned))

    def _show(self) -> None:
        """Display the explanation, or print it where there is no IPython."""
        data = {
            "version": 1,
            "points": self.points,
            "maximum": self.maximum,
            "complete": self.complete,
            "rows": self.rows,
            "notes": self.notes,
        }
        picture = score_picture(data)
        ipython = sys.modules.get("IPython")
        if ipython and ipython.get_ipython():
            from IPython.display import display

            display({**picture._repr_mimebundle_(), SCORE_JSON: data}, raw=True)
        else:
            print(picture.text)
        if os.environ.get("NBGRADER_EXECUTION") == "validate" and self.points < self.maximum:
            # Validate's dialog shows a failed check's code and its stderr, not its outputs; no mark is given there.
            print(picture.text, file=sys.stderr)


def score(maximum: float) -> Score:
    """Start the score of a check that is worth `maximum` points (see `Score`)."""
    return Score(maximum)


def _row(state: str, points: float, label: str, earned: float = 0) -> dict[str, Any]:
    return {"state": state, "points": points, "earned": earned, "label": label}


def _refuse_function(value: Any, label: str) -> None:
    """A function is always true: a forgotten pair of brackets would give everyone the points."""
    if callable(value):
        raise PointsError(f"`{label}`: the condition is a function; call it")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else _cut(value, LONGEST_TEXT)
    short = reprlib.Repr()
    short.maxlist = short.maxtuple = short.maxset = short.maxdict = 20
    short.maxstring = short.maxother = 200
    return _cut(short.repr(value), LONGEST_VALUE)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 4] + " ..."


def _why_stopped(error: BaseException) -> str:
    if isinstance(error, LearnerError):
        return _cut(str(error), LONGEST_TEXT)
    response = getattr(error, "response", None)  # botocore's ClientError carries AWS's own code
    if isinstance(response, dict) and "Code" in response.get("Error", {}):
        answer = response["Error"]
        return _cut(f"{answer['Code']}: {answer.get('Message', '')}", LONGEST_TEXT)
    return _cut(f"{type(error).__name__}: {error}", LONGEST_TEXT)


@contextlib.contextmanager
def _stderr_as_notes(notes: list[str]) -> Iterator[None]:
    """Collect warnings and stderr, that of child processes too, into `notes`."""
    written = io.StringIO()
    with (
        warnings.catch_warnings(record=True) as caught,
        tempfile.TemporaryFile() as low,
        _stderr_of_children(low.fileno()),
        _writes_of(sys.stderr, written),
        contextlib.redirect_stderr(written),
    ):
        yield
        low.seek(0)
        lines = [f"{w.category.__name__}: {w.message}" for w in caught]
        lines += (written.getvalue() + low.read().decode(errors="replace")).splitlines()
    notes.extend(dict.fromkeys(_cut(line, LONGEST_VALUE) for line in lines[:20] if line.strip()))


@contextlib.contextmanager
def _writes_of(stream: Any, written: io.StringIO) -> Iterator[None]:
    """Send to `written` what old log handlers, which keep their stream, write to `stream`."""
    if stream is None:
        yield
        return
    stream.write = written.write
    try:
        yield
    finally:
        del stream.write


@contextlib.contextmanager
def _stderr_of_children(target: int) -> Iterator[None]:
    """Point file descriptor 2 at `target`: ipykernel shows what children write there as stderr."""
    try:
        saved = os.dup(2)
    except OSError:  # no stderr at all, nothing to catch
        yield
        return
    os.dup2(target, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
