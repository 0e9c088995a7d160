"""Write results into nbgrader's gradebook and `autograded/`, by nbgrader's own Autograde: one writer, one at a time."""

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SAWarning

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
        self.config, self.notebooks = config, notebooks
        # What nbgrader logs on the way is not shown: what went wrong becomes the reason.
        self.said = _Errors()
        self.log = logging.Logger("autograde.record", logging.ERROR)
        self.log.addHandler(self.said)

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
        staged = _staged(submission, timestamp, self.notebooks)
        with staged as folder, self._gradebooks.transaction():
            coursedir = CourseDirectory(config=self.config)
            coursedir.submitted_directory = str(folder)
            coursedir.student_id, coursedir.assignment_id, coursedir.notebook_id = who
            converter = _Recording(coursedir=coursedir, config=self.config)
            converter.exporter_class = parts.RebuiltExporter
            converter.sanitize_preprocessors = RECORDING
            converter.force = True
            converter.log = self.log
            parts.RESULTS[who] = result
            self.said.last = ""
            try:
                with warnings.catch_warnings():
                    # nbgrader fills a new submission in before it adds it to the session.
                    warnings.simplefilter("ignore", SAWarning)
                    converter.start()
            finally:
                del parts.RESULTS[who]


class _Recording(Autograde):
    """nbgrader's Autograde in one pass: its first, which puts the master's cells back, has nothing to do here."""

    def convert_single_notebook(self, notebook_filename: str) -> None:
        self._init_preprocessors()
        BaseConverter.convert_single_notebook(self, notebook_filename)


class _Errors(logging.Handler):
    """Keep the last line of the first error: the exception that nbgrader has caught."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().strip()
        if text.startswith("Traceback") or not self.last:
            self.last = text.splitlines()[-1][:300]


@contextmanager
def _staged(submission: Submission, timestamp: bytes, notebooks: list[str]) -> Iterator[Path]:
    """Give a folder that nbgrader may read in place of `submitted/`, whatever is in the real one.

    Its notebooks are empty, since the cells come from `parts.RESULTS`; they are there because nbgrader gives 0 points
    for one that is missing.
    """
    with tempfile.TemporaryDirectory(prefix="autograde-") as folder:
        coursedir = CourseDirectory(root=folder, submitted_directory=folder)
        place = Path(coursedir.format_path(folder, submission.student, submission.assignment))
        place.mkdir(parents=True)
        for name in notebooks:
            (place / f"{name}.ipynb").touch()
        if valid_time(timestamp):
            (place / TIMESTAMP).write_bytes(timestamp)
        yield Path(folder)


def valid_time(timestamp: bytes) -> bool:
    """Return whether nbgrader can read a time."""
    try:
        return bool(parse_utc(timestamp.decode().strip()))
    except (ValueError, OverflowError):
        return False
