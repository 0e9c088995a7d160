"""Write the marks of an assignment as a file that a gradebook elsewhere imports.

A submission that still waits for somebody's marks is left empty: part of the points is not its mark.

https://community.canvaslms.com/t5/Instructor-Guide/How-do-I-import-grades-in-the-Gradebook/ta-p/807
https://docs.moodle.org/en/Grade_import
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import CsvExportPlugin


@dataclass
class Mark:
    """One student's mark; `points` is None for nothing handed in, and for what waits for a person."""

    student: str
    name: str
    email: str
    points: float | None
    waits: bool = False


def marks(gradebook: Gradebook, assignment: str) -> list[Mark]:
    """Return the marks of all students of the course by their names, after late penalties."""
    students = sorted(gradebook.students, key=lambda student: student.id)
    return [_mark(gradebook, assignment, student) for student in students]


def _mark(gradebook: Gradebook, assignment: str, student: Any) -> Mark:
    names = ", ".join(part for part in (student.last_name, student.first_name) if part)
    mark = Mark(student.id, names or student.id, student.email or "", None)
    try:
        submission = gradebook.find_submission(assignment, student.id)
    except MissingEntry:
        return mark
    mark.waits = bool(submission.needs_manual_grade)
    if not mark.waits:
        mark.points = max(0.0, submission.score - submission.late_submission_penalty)
    return mark


def _canvas(found: list[Mark], assignment: str, maximum: float) -> Iterator[list[str]]:
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
    yield ["    Points Possible", "", "", "", "", f"{maximum:g}"]
    for mark in found:
        yield [mark.name, "", mark.student, mark.student, "", _points(mark)]


def _moodle(found: list[Mark], assignment: str, maximum: float) -> Iterator[list[str]]:
    yield ["Username", "ID number", "Email address", assignment]
    for mark in found:
        yield [mark.student, mark.student, mark.email, _points(mark)]


def _points(mark: Mark) -> str:
    return "" if mark.points is None else f"{mark.points:g}"


FORMATS = {"canvas": _canvas, "moodle": _moodle}


def export(coursedir: CourseDirectory, assignment: str, form: str, to: TextIO) -> list[str]:
    """Write the marks as "nbgrader", "canvas" or "moodle"; return the students who wait for a person.

    Raises MissingEntry when the gradebook has no such assignment.
    """
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        maximum = gradebook.find_assignment(assignment).max_score
        found = marks(gradebook, assignment)
        if form == "nbgrader":
            CsvExportPlugin(to=to.name, assignment=[assignment]).export(gradebook)
        else:
            csv.writer(to).writerows(FORMATS[form](found, assignment, maximum))
    return [mark.student for mark in found if mark.waits]
