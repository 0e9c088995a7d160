"""Write results into nbgrader's gradebook and `autograded/`, by nbgrader's own Autograde: one writer, one at a time."""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbconvert.writers import FilesWriter
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from autograde import parts
from autograde.course import Submission
from autograde.discover import TIMESTAMP
from autograde.gradebook import Kept
from autograde.rebuild import Cell
from autograde.settings import PREPROCESSORS

# The cells are the master's own: their metadata has been checked when the assignment was generated.
RECORDING = [
    "nbgrader.preprocessors.OverwriteKernelspec",
    *(name for name in PREPROCESSORS if not name.endswith(".CheckCellMetadata")),
]


class Recorder:
    """Record the submissions of one course; `notebooks` are the names of the assignment's notebooks."""

    def __init__(self, config: Any, notebooks: list[str]) -> None:
        self._gradebooks = Kept()
        self.notebooks = notebooks
        # What nbgrader logs on the way is not shown: what went wrong becomes the reason.
        self.said = _Errors()
        log = logging.Logger("autograde.record", logging.ERROR)
        log.addHandler(self.said)
        self._converter = _Recording(config, log)

    def close(self) -> None:
        """Close the gradebook."""
        self._gradebooks.close()

    def graded(self, submission: Submission, timestamp: bytes, result: dict[str, Any]) -> str:
        """Record a result; return "" or why the gradebook did not take it."""
        try:
            self._autograde(submission, timestamp, result)
        except Exception as error:  # one student's must not stop the class
            return f"the gradebook did not take it: {self.said.last or repr(error)[:300]}"
        return ""

    def for_a_person(
        self, submission: Submission, timestamp: bytes, reason: str, master: list[Cell]
    ) -> str:
        """Record that somebody has to look at a submission; return "" or why the gradebook did not take it.

        It shows in formgrader as the notebook that was handed out, without marks, to be graded by hand.
        """
        return self.graded(submission, timestamp, parts.ungraded(master, reason))

    def _autograde(self, submission: Submission, timestamp: bytes, result: dict[str, Any]) -> None:
        who = (submission.student, submission.assignment, submission.notebook)
        staged = _staged(self._converter.coursedir, submission, timestamp, self.notebooks)
        with staged, self._gradebooks.transaction():
            parts.RESULTS[who] = result
            self.said.last = ""
            try:
                self._converter.start()
            finally:
                del parts.RESULTS[who]


class _Recording(Autograde):
    """nbgrader's Autograde, made once for many submissions, and in one pass.

    Its first pass, which puts the master's cells back, has nothing to do here.
    """

    def __init__(self, config: Any, log: logging.Logger) -> None:
        super().__init__(coursedir=CourseDirectory(config=config), config=config, log=log)
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = parts.RebuiltExporter(parent=self, config=self.config)
        for preprocessor in RECORDING:
            self.exporter.register_preprocessor(preprocessor)
        self.force = True

    def start(self) -> None:
        """Convert what the course directory's names say."""
        self.init_notebooks()
        before = os.getcwd()
        os.chdir(self.coursedir.root)
        try:
            self.convert_notebooks()
        finally:
            os.chdir(before)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        BaseConverter.convert_single_notebook(self, notebook_filename)


class _Errors(logging.Handler):
    """Keep the last line of the first error: the exception that nbgrader has caught."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().strip()
        if text.startswith("Traceback") or not self.last:
            self.last = text.splitlines()[-1][:300]


@contextmanager
def _staged(
    coursedir: CourseDirectory, submission: Submission, timestamp: bytes, notebooks: list[str]
) -> Iterator[None]:
    """Have a folder in place of `submitted/` that nbgrader may read, whatever is in the real one.

    Its notebooks are empty, since the cells come from `parts.RESULTS`; they are there because nbgrader gives 0 points
    for one that is missing.
    """
    names = (submission.student, submission.assignment)
    coursedir.student_id, coursedir.assignment_id = names
    coursedir.notebook_id = submission.notebook
    with tempfile.TemporaryDirectory(prefix="autograde-") as folder:
        coursedir.submitted_directory = folder
        place = Path(coursedir.format_path(folder, *names))
        place.mkdir(parents=True)
        for name in notebooks:
            (place / f"{name}.ipynb").touch()
        if valid_time(timestamp):
            (place / TIMESTAMP).write_bytes(timestamp)
        yield


def valid_time(timestamp: bytes) -> bool:
    """Return whether nbgrader can read a time."""
    try:
        return bool(parse_utc(timestamp.decode().strip()))
    except (ValueError, OverflowError):
        return False
