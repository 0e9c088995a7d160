"""The table of lessons follows the headers of the lessons."""

import pytest

from authoring.build import build, lesson_folders
from authoring.check import check
from authoring.contents import BEGIN, END
from authoring.table import LessonError

TABLE = f"# Course\n\n{BEGIN}\n{END}\n\nWritten by hand.\n"
ROWS = """\
| [Start here](notebooks/0-start.ipynb) | Q3 | 5 min |  |
| Tags | Q3, quick-fire 1 |  | [3 exercises, 7 points, 10 min](release/1-tags/1-tags.ipynb) |
"""


@pytest.fixture
def listed(course):
    """The small course with a README that has a table, built."""
    (course / "README.md").write_text(TABLE)
    return course


def test_a_build_writes_the_table(listed):
    """Each lesson is a row: what it covers, its minutes, its assignment's size; the rest of the file stays."""
    changed = build(listed)
    text = (listed / "README.md").read_text()

    assert changed == ["README.md"]
    assert text.startswith("# Course\n")
    assert text.endswith("\n\nWritten by hand.\n")
    assert ROWS in text
    assert build(listed) == []


def test_a_stale_table_is_named(listed):
    """A lesson that the table does not know is noticed."""
    assert check(listed, fast=True).failures == [
        "README.md lists other lessons than there are: run `make build`"
    ]


def test_a_header_without_minutes_is_refused(listed, edit):
    """The reader wants to know how long it takes."""
    edit(listed / "lessons/1-tags/assignment.py", "#     minutes: 10\n", "")

    with pytest.raises(LessonError, match=r"1-tags/assignment\.py: give its header"):
        build(listed)


def test_the_interview_comes_after_what_it_asks_about(course):
    """Folders are in the order of the course: a part 6.3.x before what looks back at all of 6.3."""
    for name in ("6.3-interview", "6.3-revision", "6.3.a-ecr", "6.3.d-vpc-iam"):
        (course / "lessons" / name).mkdir()
        (course / "lessons" / name / "lesson.py").touch()

    assert [path.name for path in lesson_folders(course)][2:] == [
        "6.3.a-ecr",
        "6.3.d-vpc-iam",
        "6.3-interview",
        "6.3-revision",
    ]
