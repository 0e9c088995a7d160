"""Exercises, and other answers in the place of their solutions."""

import nbformat
import pytest

from authoring.exercises import Variant, exercises, variants, with_answer
from authoring.table import LessonError


@pytest.fixture
def source(built_course):
    """The source notebook of the small course's assignment."""
    return nbformat.read(built_course / "source/1-tags/1-tags.ipynb", as_version=4)


def test_an_exercise_runs_from_its_heading_to_the_next(source):
    """Points come from the heading, graded cells from the section below it."""
    found = exercises(source)
    described = [
        (e.title, e.points, e.declared, [c.id for c in e.solutions], [c.id for c in e.checks])
        for e in found
    ]

    assert described == [
        ("Tag an image (3 points)", 3, 3, ["tag-image"], ["check-tag-image"]),
        ("Parse a reference (2 points)", 2, 2, ["parse-tag"], ["check-parse-tag"]),
        ("In words (2 points)", 2, 2, [], []),
    ]
    assert [cell.id for cell in found[2].by_hand] == ["why-tags"]


def test_a_graded_cell_needs_a_heading(source):
    """Without a heading nobody would see what an exercise is worth."""
    source.cells = source.cells[4:]

    with pytest.raises(LessonError, match="before the first heading"):
        exercises(source)


def test_an_answer_takes_the_place_and_the_indent_of_the_region(source):
    """The stub that the learner keeps, signature and docstring, stays around the answer."""
    changed = with_answer(source, Variant("parse-tag", "slip", "says", "if 1:\n    return 2"))
    cell = next(cell for cell in changed.cells if cell.id == "parse-tag")

    assert cell.source == (
        "def tag_of(reference):\n"
        '    """Return the tag of an image reference."""\n'
        "    if 1:\n"
        "        return 2"
    )


def test_a_cell_magic_takes_the_whole_cell(source):
    """`%%bash` works only on a cell's first line."""
    changed = with_answer(source, Variant("tag-image", "shell", None, "%%bash\ntrue"))

    assert next(c for c in changed.cells if c.id == "tag-image").source == "%%bash\ntrue"


def test_an_answer_may_be_a_few_words_of_the_solution(source):
    """Only what differs is written down, so a change of the solution reaches its wrong answers."""
    cell = next(cell for cell in source.cells if cell.id == "tag-image")
    cell.source = "### BEGIN SOLUTION\none = 1\ntwo = 2\n### END SOLUTION\nthree = 3"
    swapped = [["one = 1", "one = 10"], ["2", "20"]]
    changed = with_answer(source, Variant("tag-image", "tenfold", "says", "", swapped))

    assert next(c for c in changed.cells if c.id == "tag-image").source == (
        "one = 10\ntwo = 20\nthree = 3"
    )


@pytest.mark.parametrize(("old", "times"), [("nowhere", "0 times"), ("e", "5 times")])
def test_words_that_are_not_there_once_are_refused(source, old, times):
    """A solution that was reworded must not silently leave its wrong answers right."""
    cell = next(cell for cell in source.cells if cell.id == "tag-image")
    cell.source = "### BEGIN SOLUTION\ntwelve = eleven\n### END SOLUTION"

    with pytest.raises(LessonError, match=times):
        with_answer(source, Variant("tag-image", "slip", "says", "", [[old, "x"]]))


@pytest.mark.parametrize("answer", ['replace=["a", "b"]\n', 'replace=[["a", "b"]]\nx = 1\n', "\n"])
def test_an_answer_is_either_code_or_words_to_replace(tmp_path, answer):
    """Pairs with nothing below them, or code without pairs."""
    path = tmp_path / "wrong_answers.py"
    path.write_text(f'# %% wrong="x" slip="s" says="t" {answer}')

    with pytest.raises(LessonError, match="replace="):
        variants(path)


def test_an_answer_to_nothing_is_refused(source):
    """A renamed exercise must not silently lose its wrong answers."""
    with pytest.raises(LessonError, match="no solution 'gone'"):
        with_answer(source, Variant("gone", "slip", "says", "1"))


@pytest.mark.parametrize(
    "marker",
    ['wrong="x"', 'wrong="x" slip="s"', 'wrong="x" slip="s" says=""', 'right="x"', 'by="x"'],
)
def test_every_answer_says_what_it_is(tmp_path, marker):
    """A wrong answer names its slip and the check's words, a right one what it uses."""
    path = tmp_path / "wrong_answers.py"
    path.write_text(f"# %% {marker}\nx = 1\n")

    with pytest.raises(LessonError, match="write"):
        variants(path)
