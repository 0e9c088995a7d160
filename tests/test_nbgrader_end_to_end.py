"""The whole of nbgrader on a small course: hand out, hand in, grade, give back, export."""

import shutil
import stat

import pytest

from authoring.build import build
from tests.classroom import DELETED, ROOT, Class

pytestmark = pytest.mark.slow

STEM = "1-tags"
SOLVED = {
    "tag-image": 'tags = ["v1.0", names[0] + "-" + COMMIT]',
    "parse-tag": 'def tag_of(reference):\n    return reference.rpartition(":")[2]',
}
ANSWERS = {
    "perfect": SOLVED,
    # A check deleted by accident comes back.
    "partial": SOLVED | {"tag-image": 'tags = ["v1.0"]', "check-parse-tag": DELETED},
    "empty": {},
    "wrong": {
        "tag-image": 'tags = ["a", "b", "c"]',
        "parse-tag": "def tag_of(r):\n    return 1 / 0",
    },
}
# Without the text answer (2 points), which waits for a human.
EXPECTED = {"perfect": 5.0, "partial": 3.0, "empty": 0.0, "wrong": 0.0}
READERS = ("perfect", "partial")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class after the last step; `exported` is the CSV's rows by student."""
    school = Class(tmp_path_factory.mktemp("class"), STEM, ANSWERS)
    shutil.copytree(ROOT / "tests/authoring/course", school.root)
    shutil.copy(ROOT / "nbgrader_config.py", school.root)
    lesson = school.root / "lessons" / STEM / "assignment.py"
    # A warning on stderr in a check: nbgrader alone would give 0 points for it.
    noisy = "import sys\n\nprint('a warning', file=sys.stderr)\ns\n"
    lesson.write_text(lesson.read_text().replace("\ns\n", f"\n{noisy}"))
    build(school.root)
    school.collect()
    school.exported = school.grade()
    school.give_feedback(READERS)
    return school


@pytest.mark.parametrize("name", EXPECTED)
def test_each_student_gets_the_marks_that_the_answer_is_worth(graded, name):
    """Full, partial and no marks; a deleted check and a warning on stderr cost nothing."""
    row = graded.exported[name]

    assert float(row["score"]) == EXPECTED[name]
    assert float(row["max_score"]) == 7.0


def test_nbgrader_makes_the_release_that_is_committed(tmp_path, graded):
    """Formgrader's Generate button gives the bytes that `make build` gives."""
    again = tmp_path / "course"
    shutil.copytree(graded.root / "lessons", again / "lessons")
    shutil.copy(ROOT / "nbgrader_config.py", again)
    build(again)
    path = f"release/{STEM}/{STEM}.ipynb"

    assert (graded.root / path).read_bytes() == (again / path).read_bytes()


@pytest.mark.parametrize("name", READERS)
def test_feedback_explains_without_the_hidden_tests(graded, name):
    """A student sees every verdict, and no line of a hidden test."""
    page = graded.feedback(name)

    assert "the commit is a tag" in page
    assert 's.met(1, "two tags"' in page
    assert 's.met(1, "the commit' not in page
    assert "HIDDEN TESTS" not in page


def test_a_fetched_assignment_holds_no_answer(graded):
    """What students got from the exchange is the released notebook and its files."""
    released = graded.exchange / "aws-cloud-native/outbound" / STEM
    text = (released / f"{STEM}.ipynb").read_text()

    assert "SOLUTION" not in text
    assert "HIDDEN" not in text
    assert {path.name for path in released.rglob("*") if path.is_file()} == {
        f"{STEM}.ipynb",
        "names.txt",
    }


def test_the_exchange_stays_sticky(graded):
    """No student can move the course's folder away: only its owner can, with the sticky bit."""
    assert stat.S_IMODE(graded.exchange.stat().st_mode) == 0o1777
