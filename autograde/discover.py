"""Find what has been handed in, in whatever state: submissions, or the reason why a person must look."""

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from autograde.course import Submission
from autograde.rebuild import LONGEST

SUFFIX = ".ipynb"
TIMESTAMP = "timestamp.txt"


def submissions(
    coursedir: CourseDirectory, assignment: str, notebooks: list[str], student: str = "*"
) -> Iterator[Submission]:
    """Yield every expected notebook of every student who has handed anything in.

    One that cannot be graded carries its `problem`; one that was found under another name its `repair`.
    """
    before, after = _around_student(coursedir, assignment)
    for who in sorted(os.listdir(before)) if before.is_dir() else []:
        if who.startswith(".") or not fnmatchcase(who, student):
            continue
        folder = before / who / after
        problem, names = _listed(before, folder)
        if problem is None and names is None:
            continue
        for notebook in notebooks:
            if problem:
                path = folder / (notebook + SUFFIX)
                yield Submission(who, assignment, notebook, path, problem=problem)
            else:
                yield _chosen(who, assignment, notebook, folder, names, notebooks)


def _around_student(coursedir: CourseDirectory, assignment: str) -> tuple[Path, Path]:
    """Return what stands before and after the student in a submission's path."""
    parts = Path(coursedir.format_path(coursedir.submitted_directory, "\0", assignment)).parts
    place = parts.index("\0")
    return Path(*parts[:place]), Path(*parts[place + 1 :])


def _listed(before: Path, folder: Path) -> tuple[str | None, list[str] | None]:
    """Return (a problem, None), (None, the names in the folder), or (None, None) for nothing handed in.

    A link may lead to another student's work or to the instructor's files: it is not followed.
    """
    path = before
    for part in folder.relative_to(before).parts:
        path = path / part
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return None, None
        except OSError as error:
            return f"the folder {path.name} cannot be read: {error.strerror}", None
        if stat.S_ISLNK(mode):
            return f"{path.name} is a link, not a folder", None
        if not stat.S_ISDIR(mode):
            # A stray file beside the students' folders is nobody's submission.
            return (f"{path.name} is a file, not a folder", None) if path == folder else (None,) * 2
    try:
        return None, sorted(os.listdir(folder))
    except OSError as error:
        return f"the folder {folder.name} cannot be read: {error.strerror}", None


def _chosen(
    who: str, assignment: str, notebook: str, folder: Path, names: list[str], notebooks: list[str]
) -> Submission:
    """Return the file that is the notebook: of its name, of nearly its name, or the only one there is."""
    wanted = notebook + SUFFIX
    if wanted in names:
        return Submission(who, assignment, notebook, folder / wanted)
    others = [
        name
        for name in names
        if name.casefold().endswith(SUFFIX)
        and name[: -len(SUFFIX)] not in notebooks
        and not name.startswith(".")
    ]
    near = [name for name in others if _nearest(name, notebooks) == notebook]
    found = near or (others if len(notebooks) == 1 else [])
    if len(found) == 1:
        repair = f"there is no {wanted}: {found[0]!r} was taken for it"
        return Submission(who, assignment, notebook, folder / found[0], repair=repair)
    problem = f"{wanted} is missing"
    if found:
        problem += f", and it may be any of {', '.join(map(repr, found[:5]))}"
    return Submission(who, assignment, notebook, folder / wanted, problem=problem)


def _nearest(name: str, notebooks: list[str]) -> str | None:
    """Return the notebook that a file is named after, as in `p1 (1).ipynb`: the longest name that it begins with."""
    begun = [n for n in notebooks if name.casefold().startswith(n.casefold())]
    return max(begun, key=len, default=None)


def content(path: Path) -> bytes:
    """Return the bytes of a file that was handed in; raises OSError with the reason when that cannot be.

    No link is followed, no pipe waited for, and no more read than a notebook can have.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{path.name} is not a file")
        if found.st_size > LONGEST:
            raise OSError(
                f"{path.name} has {found.st_size / 1e6:.0f} MB; {LONGEST / 1e6:.0f} MB are read at most"
            )
        return file.read(LONGEST + 1)


def timestamp(submission: Submission) -> bytes:
    """Return what nbgrader's exchange wrote about when it was handed in; nothing when that cannot be read."""
    try:
        return content(submission.path.parent / TIMESTAMP)[:100]
    except OSError:
        return b""
