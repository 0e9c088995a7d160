"""The options on a `# %%` line and nbgrader's metadata."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.nbgraderformat import MetadataValidator

from authoring.table import LessonError, collapse, expand

ROWS = [
    ({"given": "setup"}, "code"),
    ({"given": "story"}, "markdown"),
    ({"solution": "make-bucket"}, "code"),
    ({"check": "make-bucket", "points": 3}, "code"),
    ({"answer": "why", "points": 2}, "markdown"),
    ({"task": "draw-it", "points": 2}, "markdown"),
    ({"hide": True}, "code"),
    ({"solution": "make-bucket", "tags": ["slow"]}, "code"),
]


@pytest.mark.parametrize(("options", "cell_type"), ROWS)
def test_collapse_undoes_expand(options, cell_type):
    """Every row survives the way to nbgrader and back."""
    metadata = expand(options, cell_type)

    assert collapse(metadata) == options


@pytest.mark.parametrize(("options", "cell_type"), [row for row in ROWS if "hide" not in row[0]])
def test_nbgrader_accepts_what_expand_makes(options, cell_type):
    """nbgrader's own validator finds nothing wrong with a row's metadata."""
    new_cell = new_code_cell if cell_type == "code" else new_markdown_cell
    cell = new_cell("", metadata=expand(options, cell_type))
    validator = MetadataValidator()
    validator.validate_cell(cell)

    assert validator.upgrade_cell_metadata(cell).metadata.nbgrader == cell.metadata.nbgrader


def test_a_check_is_named_after_its_solution():
    """A check and its solution can share a name although nbgrader's ids are unique."""
    meta = expand({"check": "make-bucket", "points": 3}, "code")["nbgrader"]

    assert meta["grade_id"] == "check-make-bucket"


@pytest.mark.parametrize(
    ("options", "cell_type", "says"),
    [
        ({"soluton": "x"}, "code", "unknown option `soluton`"),
        ({"solution": "x", "check": "x"}, "code", "one option a cell"),
        ({"check": "x"}, "code", "needs points="),
        ({"check": "x", "points": 0}, "code", "needs points="),
        ({"check": "x", "points": True}, "code", "needs points="),
        ({"solution": "x", "points": 2}, "code", "carries no points"),
        ({"points": 2}, "code", "points= belongs to"),
        ({"solution": "two words"}, "code", "use letters"),
        ({"check": "x" * 60, "points": 1}, "code", "at most 64"),
        ({"solution": "x"}, "markdown", "make it code"),
        ({"task": "x", "points": 1}, "code", "make it markdown"),
        ({"hints": "x"}, "code", "of its own"),
        ({"id": "x", "solution": "y"}, "code", "no other name"),
        ({"id": "two words"}, "code", "use letters"),
    ],
)
def test_a_mistake_is_named(options, cell_type, says):
    """An option that the table cannot place is refused with the way out."""
    with pytest.raises(LessonError, match=says):
        expand(options, cell_type)


def test_an_unknown_type_of_cell_is_refused():
    """Flags set by hand that are no row, such as a locked answer, are not guessed at."""
    flags = {"grade": False, "solution": True, "locked": True, "task": False, "grade_id": "x"}

    with pytest.raises(LessonError, match="does not use"):
        collapse({"nbgrader": flags})
