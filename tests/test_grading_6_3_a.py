"""The ECR assignment in a class, graded in three ways that agree: sandboxed, as nbgrader does, by `autograde`."""

import shutil

import nbformat
import pytest
from traitlets.config import Config

from authoring.exercises import variants, with_answer
from tests.autograde import school
from tests.classroom import ROOT, Class, answer

pytestmark = pytest.mark.slow

STEM = "6.3.a-ecr"
SOURCE = ROOT / "source" / STEM / f"{STEM}.ipynb"
BY_HAND = 3  # points that wait for a person


def _answers(notebook) -> dict[str, str]:
    """Return the answers of a source notebook by cell id."""
    answers = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
    return {c.id: c.source for c in answers}


LISTED = variants(ROOT / "lessons" / STEM / "wrong_answers.py")
SOURCE_NOTEBOOK = nbformat.read(SOURCE, as_version=4)
SOLVED = _answers(SOURCE_NOTEBOOK)


def _slip(exercise: str, slip: str) -> str:
    """Return a listed wrong answer to an exercise whose whole cell is the answer."""
    return next(v.source for v in LISTED if (v.exercise, v.label) == (exercise, slip))


def _listed(right: bool) -> dict[str, str]:
    """Return for each exercise the last listed answer that is right, or is wrong."""
    chosen = {v.exercise: v for v in LISTED if (v.says is None) == right}
    notebook = SOURCE_NOTEBOOK
    for variant in chosen.values():
        notebook = with_answer(notebook, variant)
    return _answers(notebook)


ANSWERS = {
    "perfect": SOLVED,
    # Two slips: one point of exercise 6, one of exercise 12.
    "partial": SOLVED
    | {
        "scan-on-push": _slip("scan-on-push", "only the repositories of today"),
        "recall-ecr": _slip("recall-ecr", "a tag"),
    },
    "empty": {},
    "wrong": {"create-repositories": _slip("create-repositories", "plural names")},
}
# Handed in without the exchange.
MORE = {"other-ways": _listed(right=True), "slips": _listed(right=False)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class after grading and feedback, and copies of it for the other ways to grade it."""
    place = Class(tmp_path_factory.mktemp("class"), STEM, ANSWERS)
    for folder in ("source", "release"):
        shutil.copytree(ROOT / folder / STEM, place.root / folder / STEM)
    shutil.copy(ROOT / "nbgrader_config.py", place.root)
    place.collect()
    for name, answers in MORE.items():
        theirs = place.root / "submitted" / name / STEM
        shutil.copytree(place.root / "release" / STEM, theirs)
        answer(theirs / f"{STEM}.ipynb", answers)
    place.others = {way: place.root.with_name(way) for way in ("stock", "command")}
    for folder in place.others.values():
        shutil.copytree(place.root, folder)
    place.exported = place.grade()
    place.give_feedback(["partial"], to="partial")
    return place


def _marks(root):
    config = Config({"CourseDirectory": {"root": str(root), "course_id": "aws-cloud-native"}})
    return school.marks(config, STEM)


@pytest.mark.parametrize("way", ["stock", "command"])
def test_every_way_to_grade_gives_the_same_marks_and_comments(graded, way):
    """nbgrader without our parts and the command `autograde` fill the gradebook as nbgrader with them does."""
    if way == "stock":
        graded.nbgrader("autograde", STEM, cwd=graded.others[way], AUTOGRADE_STOCK="1")
    else:
        graded.nbgrader(STEM, cwd=graded.others[way], program="autograde")
    expected = _marks(graded.root)

    assert set(expected) == {*ANSWERS, *MORE}
    assert _marks(graded.others[way]) == expected


@pytest.mark.parametrize(
    ("name", "lost"),
    [("perfect", 0), ("partial", 2), ("empty", 45), ("wrong", 45), ("other-ways", 0)],
)
def test_each_submission_gets_the_marks_it_is_worth(graded, name, lost):
    """Only what a slip costs is missing."""
    row = graded.exported[name]
    most = float(row["max_score"])

    assert most == 48.0
    assert float(row["score"]) == most - BY_HAND - lost


def test_feedback_names_the_slip(graded):
    """The learner reads what was found, what was expected, and which slip it was."""
    page = graded.feedback("partial")

    assert "the filter names the repositories of today; use a wildcard" in page
    assert "a tag can be moved, unless the repository is immutable" in page
    assert "HIDDEN TESTS" not in page
