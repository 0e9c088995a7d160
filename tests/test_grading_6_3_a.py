"""The ECR assignment in a class: four students hand in, plain nbgrader grades them."""

import shutil

import nbformat
import pytest

from authoring.exercises import variants
from tests.classroom import ROOT, Class

pytestmark = pytest.mark.slow

STEM = "6.3.a-ecr"
SOURCE = ROOT / "source" / STEM / f"{STEM}.ipynb"
BY_HAND = 3  # points that wait for a person


def _solved() -> dict[str, str]:
    """Return the author's answers by cell id."""
    cells = nbformat.read(SOURCE, as_version=4).cells
    answers = [c for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
    return {c.id: c.source for c in answers}


def _slip(exercise: str, slip: str) -> str:
    """Return a listed wrong answer to an exercise whose whole cell is the answer."""
    listed = variants(ROOT / "lessons" / STEM / "wrong_answers.py")
    return next(v.source for v in listed if (v.exercise, v.label) == (exercise, slip))


SOLVED = _solved()
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


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class after grading and feedback."""
    school = Class(tmp_path_factory.mktemp("class"), STEM, ANSWERS)
    for folder in ("source", "release"):
        shutil.copytree(ROOT / folder / STEM, school.root / folder / STEM)
    shutil.copy(ROOT / "nbgrader_config.py", school.root)
    school.exported = school.grade()
    school.give_feedback(["partial"])
    return school


@pytest.mark.parametrize(
    ("name", "lost"), [("perfect", 0), ("partial", 2), ("empty", 45), ("wrong", 45)]
)
def test_each_submission_gets_the_marks_it_is_worth(graded, name, lost):
    """The lab runs under stock nbgrader; only what a slip costs is missing."""
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
