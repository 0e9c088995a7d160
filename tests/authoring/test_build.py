"""lessons/ to notebooks/, source/ and release/."""

import json

import nbformat
import pytest

from authoring.build import build, edited_cells, files_of
from authoring.table import LessonError


def read(path):
    """Return a notebook."""
    return nbformat.read(path, as_version=4)


def test_every_output_is_made(course):
    """One lesson and one assignment give exactly these files."""
    assert files_of(course) == {
        "notebooks/0-start.ipynb",
        "source/1-tags/1-tags.ipynb",
        "source/1-tags/files/names.txt",
        "release/1-tags/1-tags.ipynb",
        "release/1-tags/files/names.txt",
    }


def test_building_again_changes_nothing(course):
    """A rebuild without a change is an empty diff, also from nothing."""
    before = {name: (course / name).read_bytes() for name in files_of(course)}
    changed = build(course)
    for name in before:
        (course / name).unlink()
    build(course)
    after = {name: (course / name).read_bytes() for name in files_of(course)}

    assert changed == []
    assert after == before


def test_one_edit_changes_one_notebook_pair(course, edit):
    """Only what a lesson leads to is written again."""
    edit(course / "lessons/1-tags/assignment.py", "# Tags", "# Image tags")

    assert build(course) == [
        "release/1-tags/1-tags.ipynb",
        "source/.built.json",
        "source/1-tags/1-tags.ipynb",
    ]


def test_what_a_removed_lesson_left_is_removed(course):
    """Stale outputs go, and a file that no build made stays."""
    (course / "notebooks/my-notes.ipynb").write_text("{}")
    (course / "lessons/1-tags/assignment.py").unlink()
    (course / "lessons/1-tags/wrong_answers.py").unlink()
    build(course)

    assert files_of(course) == {"notebooks/0-start.ipynb", "notebooks/my-notes.ipynb"}
    assert not (course / "release").exists()


def test_release_is_stubbed_and_locked(course):
    """Students get a stub inside the kept signature, and checks without their hidden part."""
    cells = {cell.id: cell for cell in read(course / "release/1-tags/1-tags.ipynb").cells}

    assert cells["tag-image"].source == "# Write your code here\n"
    assert cells["parse-tag"].source.splitlines()[2:] == ["    # Write your code here", "    "]
    assert cells["why-tags"].source == "Why two tags?\n\n*Write your answer here.*"
    assert "the commit is a tag" not in cells["check-tag-image"].source
    assert cells["check-tag-image"].metadata["editable"] is False


def test_a_lesson_carries_no_grading(course):
    """A lesson's cells are free to edit; folded code is folded."""
    cells = read(course / "notebooks/0-start.ipynb").cells

    assert not any("nbgrader" in cell.metadata for cell in cells)
    assert cells[1].metadata == {"jupyter": {"source_hidden": True}}


def test_notebooks_end_in_a_newline_and_name_their_language(course):
    """A notebook without language_info would be marked as changed when it is opened."""
    text = (course / "notebooks/0-start.ipynb").read_text()

    assert text.endswith("}\n")
    assert json.loads(text)["metadata"]["language_info"]["name"] == "python"


def hand_edit(course):
    """Change one cell of source/ as JupyterLab would."""
    path = course / "source/1-tags/1-tags.ipynb"
    notebook = read(path)
    notebook.cells[4].source += "\n# by hand"
    nbformat.write(notebook, path)
    return notebook.cells[4].id


def test_a_hand_edited_source_is_not_overwritten(course):
    """A build names the cell and the command that keeps the edit."""
    cell_id = hand_edit(course)

    assert edited_cells(course) == {"1-tags": [cell_id]}
    with pytest.raises(LessonError, match=f"{cell_id}.*authoring pull"):
        build(course)


def test_outputs_in_source_are_no_edit(course):
    """Running a notebook of source/ is allowed; the next build clears it."""
    path = course / "source/1-tags/1-tags.ipynb"
    notebook = read(path)
    notebook.cells[1].execution_count = 7
    nbformat.write(notebook, path)

    assert build(course) == ["source/1-tags/1-tags.ipynb"]


def test_a_broken_lesson_is_named(course, edit):
    """An error says which file of lessons/ to open."""
    edit(course / "lessons/1-tags/assignment.py", "points=3", "points=0")

    with pytest.raises(LessonError, match=r"1-tags/assignment\.py: check='tag-image' needs points"):
        build(course)


def test_nbgraders_refusal_is_passed_on(course, edit):
    """nbgrader's own reason, such as an unclosed region, reaches the author."""
    edit(course / "lessons/1-tags/assignment.py", "### END HIDDEN TESTS", "### done")

    with pytest.raises(LessonError, match=r"1-tags: nbgrader could not .*hidden"):
        build(course)
