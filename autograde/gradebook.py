"""nbgrader's gradebook, opened once for many submissions, and each submission in one transaction.

nbgrader opens it some ten times a submission, and each time looks for every table, compiles its statements anew and
reads the same assignment again. It makes an object of each mark, and asks for it again to fill it in.
Nobody else writes while a submission is recorded: what has been read stays true.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.utils import parse_utc
from sqlalchemy import bindparam, insert, select, update

_first_open = Gradebook.__init__


class Kept:
    """The gradebooks that have been opened in a block of `transaction`, by their address."""

    def __init__(self) -> None:
        self._opened: dict[str, dict[str, Any]] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Give all who open the gradebook in this block one session; all that they write is committed at its end."""
        before = Gradebook.__init__
        Gradebook.__init__ = lambda gradebook, *where, **more: self._open(gradebook, *where, **more)
        try:
            yield
            for known in self._opened.values():
                known["db"]().commit()
        finally:
            Gradebook.__init__ = before
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
            self._opened[db_url] = vars(gradebook) | {"known": {}}
        gradebook.__class__ = _Kept
        vars(gradebook).update(self._opened[db_url])
        gradebook.course_id = course_id


@dataclass
class _Known:
    """An assignment as it has been read, with the ids of its notebooks' cells that have marks and comments."""

    assignment: Assignment
    marked: dict[str, list[str]] = field(default_factory=dict)  # by the notebook's id
    commented: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class _Submitted:
    """What nbgrader's Autograde asks of a submission that it has just entered."""

    name: str
    student: str
    total_seconds_late: float


class _Kept(Gradebook):
    """An opened gradebook with what nbgrader's Autograde asks of it, in few statements."""

    known: dict[str, _Known]  # by the assignment's name

    def close(self) -> None:
        """Stay open."""

    def find_assignment(self, name: str) -> Assignment:
        """Return an assignment; raises MissingEntry."""
        return self._read(name).assignment

    def find_notebook(self, name: str, assignment: str) -> Notebook:
        """Return a notebook of an assignment; raises MissingEntry."""
        for notebook in self._read(assignment).assignment.notebooks:
            if notebook.name == name:
                return notebook
        raise MissingEntry(f"No such notebook: {assignment}/{name}")

    def update_or_create_student(self, student_id: str, **more: Any) -> None:
        """Enter a student who is not there yet."""
        if more or self.authenticator:
            super().update_or_create_student(student_id, **more)
        elif self.db.scalar(select(Student.id).where(Student.id == student_id)) is None:
            self.db.execute(insert(Student.__table__), {"id": student_id})

    def update_or_create_submission(
        self, assignment: str, student: str, timestamp: str | None = None
    ) -> _Submitted:
        """Enter a submission with its marks and comments, all without a value; of one that is there, the time."""
        known = self._read(assignment)
        time = parse_utc(timestamp) if timestamp else None
        table = SubmittedAssignment.__table__
        found = self.db.execute(
            select(table.c.id, table.c.timestamp, table.c.extension)
            .where(table.c.assignment_id == known.assignment.id)
            .where(table.c.student_id == student)
        ).one_or_none()
        if found is None:
            self._enter(known, student, time)
        elif time is not None:
            self.db.execute(update(table).where(table.c.id == found.id), {"timestamp": time})
        late = seconds_late(
            time or (found and found.timestamp),
            known.assignment.duedate,
            found and found.extension,
        )
        return _Submitted(assignment, student, late)

    def _read(self, name: str) -> _Known:
        if name not in self.known:
            known = _Known(super().find_assignment(name))
            for notebook in known.assignment.notebooks:
                tasks = [cell.id for cell in notebook.task_cells]
                known.marked[notebook.id] = [cell.id for cell in notebook.grade_cells] + tasks
                known.commented[notebook.id] = [cell.id for cell in notebook.solution_cells] + tasks
            self.known[name] = known
        return self.known[name]

    def _enter(self, known: _Known, student: str, time: datetime | None) -> None:
        submission = {"id": new_uuid(), "student_id": student, "timestamp": time}
        submission["assignment_id"] = known.assignment.id
        self.db.execute(insert(SubmittedAssignment.__table__), submission)
        for notebook in known.assignment.notebooks:
            part = {"id": new_uuid(), "assignment_id": submission["id"], "notebook_id": notebook.id}
            self.db.execute(insert(SubmittedNotebook.__table__), part)
            for kind, cells in ((Grade, known.marked), (Comment, known.commented)):
                rows = [{"notebook_id": part["id"], "cell_id": cell} for cell in cells[notebook.id]]
                if rows:
                    self.db.execute(insert(kind.__table__), rows)


def seconds_late(time: datetime | None, due: datetime | None, extension: timedelta | None) -> float:
    """Return how late a submission is, as `SubmittedAssignment.total_seconds_late` has it."""
    if time is None or due is None:
        return 0
    return max(0, (time - due - (extension or timedelta())).total_seconds())


@dataclass
class Entered:
    """A submitted notebook as the gradebook has it: by the name of its cell, each mark and each comment."""

    late: float  # seconds
    penalty: float | None  # of the last time
    marks: dict[str, tuple[str, float | None]]  # id, and what a person has given
    comments: dict[str, str]  # id


_CELL = BaseCell.__table__.c
_SUBMITTED = (
    select(
        SubmittedNotebook.id,
        SubmittedNotebook.late_submission_penalty,
        SubmittedAssignment.timestamp,
        Assignment.duedate,
        SubmittedAssignment.extension,
    )
    .select_from(SubmittedNotebook)
    .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
    .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
    .where(SubmittedAssignment.student_id == bindparam("student"))
    .where(Assignment.name == bindparam("assignment"), Notebook.name == bindparam("notebook"))
)
_MARKS = (
    select(_CELL.name, Grade.id, Grade.manual_score)
    .join(BaseCell.__table__, Grade.cell_id == _CELL.id)
    .where(Grade.notebook_id == bindparam("notebook"))
)
_COMMENTS = (
    select(_CELL.name, Comment.id)
    .join(BaseCell.__table__, Comment.cell_id == _CELL.id)
    .where(Comment.notebook_id == bindparam("notebook"))
)


def entered(gradebook: Gradebook, student: str, assignment: str, notebook: str) -> Entered:
    """Return a submitted notebook; raises MissingEntry."""
    names = {"student": student, "assignment": assignment, "notebook": notebook}
    found = gradebook.db.execute(_SUBMITTED, names).one_or_none()
    if found is None:
        raise MissingEntry(f"No such notebook: {student}, {assignment}/{notebook}")
    which = {"notebook": found.id}
    return Entered(
        seconds_late(*found[2:]),
        found.late_submission_penalty,
        {name: (row, given) for name, row, given in gradebook.db.execute(_MARKS, which)},
        dict(gradebook.db.execute(_COMMENTS, which).all()),
    )


def fill_in(gradebook: Gradebook, kind: type[Grade | Comment], rows: list[dict[str, Any]]) -> None:
    """Change rows of a kind, each by its "id"; all name the same columns."""
    if not rows:
        return
    table = kind.__table__
    named = [
        {("row" if name == "id" else name): value for name, value in row.items()} for row in rows
    ]
    gradebook.db.execute(update(table).where(table.c.id == bindparam("row")), named)
