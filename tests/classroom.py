"""A class that uses the real nbgrader: hand out, hand in, grade, give back.

Every step is the real command in a process of its own, with the course's nbgrader_config.py.
A student is a folder with its own home; `--student` names him or her as nbgrader's own option
does, because all of them are the one OS user who runs the tests.
"""

import csv
import html
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
COURSE = ["--course", "aws-cloud-native"]
DELETED = "<this student has deleted the cell>"


class Class:
    """A course folder, an exchange and the students' folders, for one assignment.

    `answers` gives for each student the sources of the cells that he or she writes, by cell id.
    """

    def __init__(self, folder: Path, stem: str, answers: dict[str, dict[str, str]]) -> None:
        self.folder, self.stem, self.answers = folder, stem, answers
        self.root = folder / "course"
        self.exchange = folder / "exchange"

    def nbgrader(
        self,
        *arguments: str,
        cwd: Path | None = None,
        program: str = "nbgrader",
        **environment: str,
    ) -> str:
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
            [sys.executable, "-m", program, *arguments],
            cwd=cwd,
            env=kept | home | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{program} {' '.join(arguments)}\n{done.stdout}"
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
        self.nbgrader("fetch_assignment", self.stem, *COURSE, self.exchange_option(), cwd=mine)
        answer(mine / self.stem / f"{self.stem}.ipynb", self.answers[name])
        said = ["--student", name, self.exchange_option()]
        self.nbgrader("submit", self.stem, *COURSE, *said, cwd=mine)

    def take_back(self, name: str) -> None:
        """Let a student fetch the feedback."""
        mine = self.student(name)
        self.nbgrader("fetch_feedback", self.stem, *COURSE, self.exchange_option(), cwd=mine)

    def collect(self) -> None:
        """Hand out, hand in and collect."""
        self.exchange.mkdir()
        self.exchange.chmod(0o1777)
        self.nbgrader("generate_assignment", self.stem, "--force")
        self.nbgrader("release_assignment", self.stem)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.hand_in, self.answers))
        self.nbgrader("collect", self.stem, "--ExchangeCollect.check_owner=False")

    def grade(self) -> dict[str, dict[str, str]]:
        """Grade and return the exported rows by student."""
        self.nbgrader("autograde", self.stem)
        self.nbgrader("export", "--to=grades.csv")
        with (self.root / "grades.csv").open() as file:
            return {row["student_id"]: row for row in csv.DictReader(file)}

    def give_feedback(self, readers: Iterable[str], to: str = "*") -> None:
        """Make and release the feedback `to` some students, and let the readers fetch it."""
        student = f"--CourseDirectory.student_id={to}"
        self.nbgrader("generate_feedback", self.stem, student)
        self.nbgrader("release_feedback", self.stem, student)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.take_back, readers))

    def feedback(self, name: str) -> str:
        """Return the text of the feedback page that a student has fetched."""
        (page,) = (self.student(name) / self.stem / "feedback").glob(f"*/{self.stem}.html")
        return html.unescape(re.sub(r"<[^>]+>", "", page.read_text()))


def answer(path: Path, cells: dict[str, str]) -> None:
    """Write a student's answers into the fetched notebook, as typing them would."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cells.get(cell.id, cell.source)
    notebook.cells = [cell for cell in notebook.cells if cells.get(cell.id) != DELETED]
    nbformat.write(notebook, path)
