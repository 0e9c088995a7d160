"""A course's folders and gradebook, as nbgrader's own configuration names them."""

import os
from collections.abc import Iterator
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


def load() -> tuple[Any, CourseDirectory]:
    """Return nbgrader's configuration and course directory, as found from the current folder."""
    app = NbGraderApp()
    app.load_config_file()
    # The app has a command line of its own; only its configuration is wanted.
    coursedir = CourseDirectory(config=app.config)
    return app.config, coursedir


def submissions(
    coursedir: CourseDirectory, assignment: str, student: str = "*"
) -> Iterator[Submission]:
    """Yield every expected notebook of every student's submission, whether or not its file is there."""
    names = notebooks(coursedir, assignment)
    root = Path(coursedir.root)
    pattern = coursedir.format_path(coursedir.submitted_directory, student, assignment)
    pattern = os.path.relpath(pattern, root)
    for folder in sorted(path for path in root.glob(pattern) if path.is_dir()):
        who = _student(coursedir, folder, assignment)
        for name in names:
            yield Submission(who, assignment, name, folder / f"{name}.ipynb")


def _student(coursedir: CourseDirectory, folder: Path, assignment: str) -> str:
    """Return the part of a submission's folder that stands for the student."""
    marked = Path(coursedir.format_path(coursedir.submitted_directory, "\0", assignment)).parts
    return folder.parts[marked.index("\0")]


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
