"""The whole of nbgrader on a small course: hand out, hand in, grade, give back, export.

Every step is the real command in a process of its own, with the course's nbgrader_config.py.
A student is a folder with its own home; `--student` names him or her as nbgrader's own option
does, because all of them are the one OS user who runs the tests.
"""

import csv
import html
import os
import re
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from authoring.build import build

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
STEM = "1-tags"
COURSE = ["--course", "aws-cloud-native"]
SOLVED = {
    "tag-image": 'tags = ["v1.0", names[0] + "-3f2c1aa"]',
    "parse-tag": 'def tag_of(reference):\n    return reference.rpartition(":")[2]',
}
ANSWERS = {
    "perfect": SOLVED,
    "partial": SOLVED | {"tag-image": 'tags = ["v1.0"]'},
    "empty": {},
    "wrong": {
        "tag-image": 'tags = ["a", "b", "c"]',
        "parse-tag": "def tag_of(r):\n    return 1 / 0",
    },
}
# Without the text answer (2 points), which waits for a human.
EXPECTED = {"perfect": 5.0, "partial": 3.0, "empty": 0.0, "wrong": 0.0}
READERS = ("perfect", "partial")


class Class:
    """A course folder, an exchange and the students' folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "course"
        self.exchange = folder / "exchange"

    def nbgrader(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run one nbgrader command and return what it printed; fail when it fails."""
        cwd = cwd or self.root
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "AWS"))}
        home = {
            "HOME": str(cwd),
            "JUPYTER_DATA_DIR": str(cwd / ".data"),
            "JUPYTER_CONFIG_DIR": str(cwd / ".config"),
            "NBGRADER_EXCHANGE": str(self.exchange),
            # nbgrader calls alembic by its name.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=cwd,
            env=kept | home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"nbgrader {' '.join(arguments)}\n{done.stdout}"
        return done.stdout

    def student(self, name: str) -> Path:
        """Return a student's own folder."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def exchange_option(self) -> str:
        """Return the option that a student's nbgrader needs: there is no course folder."""
        return f"--Exchange.root={self.exchange}"

    def hand_in(self, name: str) -> None:
        """Let a student fetch, answer and submit."""
        mine = self.student(name)
        self.nbgrader("fetch_assignment", STEM, *COURSE, self.exchange_option(), cwd=mine)
        answer(mine / STEM / f"{STEM}.ipynb", name)
        said = ["--student", name, self.exchange_option()]
        self.nbgrader("submit", STEM, *COURSE, *said, cwd=mine)

    def take_back(self, name: str) -> None:
        """Let a student fetch the feedback."""
        mine = self.student(name)
        self.nbgrader("fetch_feedback", STEM, *COURSE, self.exchange_option(), cwd=mine)


def answer(path: Path, name: str) -> None:
    """Write a student's answers into the fetched notebook, as typing them would."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = ANSWERS[name].get(cell.id, cell.source)
    if name == "partial":  # a check deleted by accident comes back
        notebook.cells = [cell for cell in notebook.cells if cell.id != "check-parse-tag"]
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class after the last step; `exported` is the CSV's rows by student."""
    school = Class(tmp_path_factory.mktemp("class"))
    shutil.copytree(ROOT / "tests/authoring/course", school.root)
    shutil.copy(ROOT / "nbgrader_config.py", school.root)
    lesson = school.root / "lessons" / STEM / "assignment.py"
    # A warning on stderr in a check: nbgrader alone would give 0 points for it.
    noisy = "import sys\n\nprint('a warning', file=sys.stderr)\ns\n"
    lesson.write_text(lesson.read_text().replace("\ns\n", f"\n{noisy}"))
    build(school.root)
    school.exchange.mkdir()
    school.exchange.chmod(0o1777)

    school.nbgrader("generate_assignment", STEM, "--force")
    school.nbgrader("release_assignment", STEM)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(school.hand_in, ANSWERS))
    school.nbgrader("collect", STEM, "--ExchangeCollect.check_owner=False")
    school.nbgrader("autograde", STEM)
    school.nbgrader("generate_feedback", STEM)
    school.nbgrader("release_feedback", STEM)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(school.take_back, READERS))
    school.nbgrader("export", "--to=grades.csv")
    with (school.root / "grades.csv").open() as file:
        school.exported = {row["student_id"]: row for row in csv.DictReader(file)}
    return school


def feedback(school: Class, name: str) -> str:
    """Return the text of the feedback page that a student has fetched."""
    (page,) = (school.student(name) / STEM / "feedback").glob(f"*/{STEM}.html")
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text()))


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
    page = feedback(graded, name)

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
