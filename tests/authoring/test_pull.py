"""An edit of source/ comes back into lessons/."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from authoring.build import build, edited_cells
from authoring.pull import pull
from authoring.table import LessonError

LESSON = "lessons/1-tags/assignment.py"


@pytest.fixture
def edit_source(course):
    """A function that changes the source notebook with a function of its cells by id."""
    path = course / "source/1-tags/1-tags.ipynb"

    def change(edit):
        notebook = nbformat.read(path, as_version=4)
        edit(notebook, {cell.id: cell for cell in notebook.cells})
        nbformat.write(notebook, path)

    return change


def points(notebook, cells):
    cells["check-tag-image"].metadata.nbgrader.points = 4


def code(notebook, cells):
    cells["tag-image"].source += "\n# by hand\nif names:\n    !ls"


def own_id(notebook, cells):
    cells["name"].source = 'NAME = "ada"'


def prose(notebook, cells):
    cells["why-tags"].source += "\n\nTwo sentences."


def hints(notebook, cells):
    cells["hints-parse-tag"].source = cells["hints-parse-tag"].source.replace("Where", "From where")


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (points, '"tag-image" points=3', '"tag-image" points=4'),
        (
            code,
            "### END SOLUTION\n\n# %% check",
            "### END SOLUTION\n# by hand\nif names:\n    # !ls\n\n# %% check",
        ),
        (own_id, 'NAME = ""  # your user name', 'NAME = "ada"'),
        (prose, 'SOLUTION -->\n"""\n', 'SOLUTION -->\n\nTwo sentences.\n"""\n'),
        (hints, "1. Where does the tag start?\n2.", "- From where does the tag start?\n-"),
    ],
)
def test_only_the_edited_cell_changes(course, edit_source, change, old, new):
    """The rest of the text stays as it was, byte for byte, and the build agrees with source/."""
    before = (course / LESSON).read_text()
    edit_source(change)
    pulled = pull(course)
    source = (course / "source/1-tags/1-tags.ipynb").read_bytes()
    build(course, force=True)

    assert pulled == ["1-tags"]
    assert old in before
    assert (course / LESSON).read_text() == before.replace(old, new)
    assert (course / "source/1-tags/1-tags.ipynb").read_bytes() == source
    assert edited_cells(course) == {}


def test_a_new_a_moved_and_a_removed_cell_are_pulled(course, edit_source):
    """The order of source/ wins; a new cell is written as text."""

    def restructure(notebook, cells):
        notebook.cells.append(new_code_cell("after = 1"))
        notebook.cells.insert(2, notebook.cells.pop(0))
        notebook.cells.remove(cells["hints-parse-tag"])

    edit_source(restructure)
    pull(course)
    text = (course / LESSON).read_text()

    assert text.endswith('<!-- END SOLUTION -->\n"""\n\n# %%\nafter = 1\n')
    assert "parse-tag" in text
    assert 'hints="parse-tag"' not in text
    assert text.index('given="setup"') < text.index("# Tags")


def test_nothing_edited_is_nothing_to_pull(course):
    """A pull without an edit leaves the lesson alone."""
    before = (course / LESSON).read_bytes()

    assert pull(course) == []
    assert (course / LESSON).read_bytes() == before


def test_edits_on_both_sides_are_refused(course, edit, edit_source):
    """Neither edit is lost: the cells of both sides are named and nothing is written."""
    edit(course / LESSON, "points=3", "points=5")
    edit_source(code)
    before = (course / LESSON).read_bytes()

    with pytest.raises(LessonError, match=r"cells check-tag-image.*cells tag-image.*--force"):
        pull(course)
    assert (course / LESSON).read_bytes() == before
