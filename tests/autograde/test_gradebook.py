"""A submission is entered, marked and penalised as nbgrader's own code does it, row for row."""

from datetime import timedelta

import pytest
from nbgrader.api import Comment, Grade, Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.utils import parse_utc

from autograde import course
from autograde.gradebook import Kept, entered, fill_in, seconds_late

# nbgrader fills a new submission in before it adds it to the session.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted")

DUE = "2026-11-24 12:00:00 UTC"
LATE = "2026-11-24 12:00:30 UTC"


@pytest.fixture(params=["ours", "nbgrader's"])
def opened(request, tmp_path):
    """A gradebook of two notebooks, opened by us or as nbgrader opens it."""
    url = f"sqlite:///{tmp_path}/gradebook.db"
    course.find_alembic()
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("a", duedate=DUE)
        for name in ("p1", "p2"):
            gradebook.add_notebook(name, "a")
            gradebook.add_grade_cell("check", name, "a", max_score=2, cell_type="code")
            gradebook.add_solution_cell("answer", name, "a")
        gradebook.add_task_cell("task", "p2", "a", max_score=3, cell_type="markdown")
    if request.param == "nbgrader's":
        with Gradebook(url) as gradebook:
            yield gradebook
        return
    kept = Kept()
    with kept.transaction():
        yield Gradebook(url)
    kept.close()


def rows(gradebook):
    """What a submission's marks and comments are, in nbgrader's words."""
    submission = gradebook.find_submission("a", "ann")
    return sorted(
        (notebook.name, type(row).__name__, *(getattr(row, name) for name in names))
        for notebook in submission.notebooks
        for found, names in (
            (notebook.grades, ("name", "score", "needs_manual_grade", "max_score")),
            (notebook.comments, ("name", "comment")),
        )
        for row in found
    )


def test_a_submission_is_entered_with_all_its_rows(opened):
    """A mark for each grade and task cell, a comment for each solution and task cell, none with a value."""
    opened.update_or_create_student("ann")
    late = opened.update_or_create_submission("a", "ann", timestamp=LATE)
    opened.db.flush()

    assert late.total_seconds_late == 30
    assert opened.find_submission("a", "ann").timestamp == parse_utc(LATE)
    assert rows(opened) == [
        ("p1", "Comment", "answer", None),
        ("p1", "Grade", "check", 0.0, True, 2.0),
        ("p2", "Comment", "answer", None),
        ("p2", "Comment", "task", None),
        ("p2", "Grade", "check", 0.0, True, 2.0),
        ("p2", "Grade", "task", 0.0, True, 3.0),
    ]


def test_a_submission_that_is_there_keeps_its_rows(opened):
    """Handed in again, with a time or without: the time of the last one that has it, and what a person has given."""
    opened.update_or_create_student("ann")
    opened.update_or_create_submission("a", "ann", timestamp=DUE)
    opened.find_grade("check", "p1", "a", "ann").manual_score = 1.5
    opened.find_submission("a", "ann").extension = timedelta(seconds=10)
    opened.db.commit()
    opened.update_or_create_student("ann")
    late = opened.update_or_create_submission("a", "ann", timestamp=LATE)
    again = opened.update_or_create_submission("a", "ann")
    opened.db.expire_all()

    assert late.total_seconds_late == again.total_seconds_late == 20
    assert opened.db.query(SubmittedAssignment).count() == 1
    assert ("p1", "Grade", "check", 1.5, True, 2.0) in rows(opened)
    assert len(rows(opened)) == 6


def test_what_is_filled_in_is_what_nbgrader_reads(opened):
    """Marks and comments by the names of their cells."""
    opened.update_or_create_student("ann")
    opened.update_or_create_submission("a", "ann", timestamp=LATE)
    opened.db.commit()
    found = entered(opened, "ann", "a", "p2")
    mark = {"id": found.marks["check"][0], "auto_score": 2.0, "needs_manual_grade": False}
    fill_in(opened, Grade, [mark])
    fill_in(opened, Comment, [{"id": found.comments["task"], "auto_comment": "No response."}])
    fill_in(opened, Comment, [])
    opened.db.expire_all()

    assert found.late == 30
    assert found.marks["check"][1] is None
    assert ("p2", "Grade", "check", 2.0, False, 2.0) in rows(opened)
    assert ("p2", "Comment", "task", "No response.") in rows(opened)
    assert [row for row in rows(opened) if row[0] == "p1"] == [
        ("p1", "Comment", "answer", None),
        ("p1", "Grade", "check", 0.0, True, 2.0),
    ]


@pytest.mark.parametrize("ask", ["assignment", "notebook", "submission"])
def test_what_is_not_there_is_missing(opened, ask):
    """nbgrader's own exception, which its Autograde turns into words."""
    with pytest.raises(MissingEntry):
        {
            "assignment": lambda: opened.find_assignment("b"),
            "notebook": lambda: opened.find_notebook("p3", "a"),
            "submission": lambda: entered(opened, "nobody", "a", "p1"),
        }[ask]()


def test_a_submission_is_late_only_after_its_date(opened):
    """No date and no time are in time, an extension moves the date, and nobody is early."""
    due, late = parse_utc(DUE), parse_utc(LATE)

    assert seconds_late(late, due, None) == 30
    assert seconds_late(late, due, timedelta(seconds=40)) == 0
    assert seconds_late(late, None, None) == seconds_late(None, due, None) == 0
