"""A course's folders and gradebook, as nbgrader's own configuration names them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.nbgraderapp import NbGraderApp
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files

from autograde.grade import Master
from autograde.rebuild import Cell


class NoAssignment(LookupError):
    """There is no such assignment to grade; the message names the command that makes it."""


@dataclass(frozen=True)
class Submission:
    """One notebook that somebody has handed in."""

    student: str
    assignment: str
    notebook: str
    path: Path
    problem: str = ""  # why it cannot be read
    repair: str = ""  # what was put right to find it


def find_alembic() -> None:
    """Put the programs beside this Python on the path: for a new gradebook nbgrader calls alembic by its name."""
    beside = os.path.dirname(sys.executable)
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((beside, os.environ.get("PATH", "")))


def load() -> tuple[Any, CourseDirectory]:
    """Return nbgrader's configuration and course directory, as found from the current folder."""
    find_alembic()
    app = NbGraderApp()
    app.load_config_file()
    # The app has a command line of its own; only its configuration is wanted.
    coursedir = CourseDirectory(config=app.config)
    return app.config, coursedir


def notebooks(coursedir: CourseDirectory, assignment: str) -> list[str]:
    """Return the names of an assignment's notebooks; raises NoAssignment when the gradebook does not know it."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            found = [notebook.name for notebook in gradebook.find_assignment(assignment).notebooks]
        except MissingEntry:
            found = []
    if not found:
        raise NoAssignment(
            f"the gradebook has no assignment {assignment!r}: run `nbgrader generate_assignment {assignment}` first"
        )
    return sorted(found)


def master(coursedir: CourseDirectory, assignment: str, notebook: str) -> Master:
    """Return an assignment's notebook as it is graded: as released, with the gradebook's checks.

    Raises NoAssignment.
    """
    path = Path(coursedir.format_path(coursedir.release_directory, ".", assignment))
    try:
        released = nbformat.read(path / f"{notebook}.ipynb", as_version=4)
    except OSError as error:
        raise NoAssignment(
            f"{path}/{notebook}.ipynb cannot be read ({error.strerror}): run "
            f"`nbgrader generate_assignment {assignment} --force`"
        ) from error
    sources = _locked_sources(coursedir, assignment, notebook)
    cells = [_cell(cell, sources) for cell in released.cells]
    return Master(cells, _files(coursedir, assignment))


def _locked_sources(coursedir: CourseDirectory, assignment: str, notebook: str) -> dict[str, str]:
    """Return the sources of the locked cells, hidden tests included, by grade id."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        found = gradebook.find_notebook(notebook, assignment).source_cells
        return {cell.name: cell.source for cell in found if cell.locked}


def _cell(cell: Any, sources: dict[str, str]) -> Cell:
    plain = dict(nbformat.from_dict(cell))
    settings = cell.metadata.get("nbgrader", {})
    plain["source"] = sources.get(settings.get("grade_id"), cell.source)
    plain["metadata"] = {name: _plain(value) for name, value in cell.metadata.items()}
    return plain


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value


def _files(coursedir: CourseDirectory, assignment: str) -> dict[str, bytes]:
    source = coursedir.format_path(coursedir.source_directory, ".", assignment)
    found = find_all_files(source, [*coursedir.ignore, "*.ipynb"])
    return {os.path.relpath(path, source): Path(path).read_bytes() for path in sorted(found)}
