"""Build notebooks/, source/ and release/ from lessons/.

Everything is first written to a temporary folder, release/ by nbgrader itself, then only what
differs is copied. `source/.built.json` remembers what was built: which files (so that only files
of an earlier build are ever removed) and which cells (so that a hand-edited source/ is noticed).
"""

import hashlib
import json
import logging
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config, PyFileConfigLoader

from authoring.contents import in_order, outdated
from authoring.table import LessonError
from authoring.text import notebook, read

TREES = ("notebooks", "source", "release")
RECORD = Path("source/.built.json")
_SKIPPED = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", "*.pyc", ".DS_Store")


def build(root: Path, *, force: bool = False) -> list[str]:
    """Rebuild the generated folders under `root`; return the paths written or removed, sorted.

    `force` overwrites edits made by hand in source/.
    Raises LessonError for a mistake in lessons/, and when source/ has edits that lessons/ lacks.
    """
    edited = [f"{stem}: {', '.join(ids)}" for stem, ids in edited_cells(root).items()]
    if edited and not force:
        raise LessonError(
            "source/ was edited by hand and a build would lose it "
            f"({'; '.join(edited)}): run `python -m authoring pull`, or undo the edit in git"
        )
    tables = outdated(root, lesson_folders(root))
    for name, text in tables.items():
        (root / name).write_text(text, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        render(root, out)
        return sorted([*tables, *_install(out, root)])


def render(root: Path, out: Path, only: str | None = None) -> None:
    """Write what `root`/lessons builds to into the empty folder `out`, for one stem or for all.

    Raises LessonError, naming the lesson, for what cannot be built.
    """
    cells = {}
    for folder in lesson_folders(root, only):
        stem = folder.name
        if (folder / "lesson.py").exists():
            _write(folder / "lesson.py", out / "notebooks" / f"{stem}.ipynb", assignment=False)
            _copy_files(folder, out / "notebooks" / "files" / stem)
        if (folder / "assignment.py").exists():
            target = out / "source" / stem / f"{stem}.ipynb"
            cells[stem] = cell_hashes(_write(folder / "assignment.py", target, assignment=True))
            _copy_files(folder, out / "source" / stem / "files")
    _release(root, out, cells)
    (out / RECORD).parent.mkdir(parents=True, exist_ok=True)
    record = {"files": sorted(files_of(out)), "cells": cells}
    (out / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def lesson_folders(root: Path, only: str | None = None) -> list[Path]:
    """Return the lesson folders in the order of the course.

    Raises LessonError when `only` is not one of them.
    """
    found = [
        path
        for path in (root / "lessons").iterdir()
        if (path / "lesson.py").exists() or (path / "assignment.py").exists()
    ]
    folders = sorted(found, key=in_order)
    if only is None:
        return folders
    if only not in [path.name for path in folders]:
        stems = ", ".join(path.name for path in folders)
        raise LessonError(f"no lesson {only!r} in lessons/: there are {stems}")
    return [path for path in folders if path.name == only]


def _write(text_path: Path, target: Path, *, assignment: bool) -> nbformat.NotebookNode:
    text = read(text_path)
    try:
        built = notebook(text, assignment=assignment)
    except LessonError as error:
        raise LessonError(f"{text_path.parent.name}/{text_path.name}: {error}") from None
    nbformat.validate(built)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(built, target)
    return built


def _copy_files(folder: Path, target: Path) -> None:
    if (folder / "files").is_dir():
        shutil.copytree(folder / "files", target, ignore=_SKIPPED)


def course_config(root: Path) -> Config:
    """Return the course's own nbgrader configuration, nbgrader's defaults when it has none."""
    path = root / "nbgrader_config.py"
    return (
        PyFileConfigLoader(path.name, path=str(root)).load_config() if path.exists() else Config()
    )


def _release(root: Path, out: Path, stems) -> None:
    """Let nbgrader write out/release, without the gradebook that only a class needs."""
    config = course_config(root)
    config.CourseDirectory.root = str(out)
    for stem in stems:
        config.CourseDirectory.assignment_id = stem
        converter = GenerateAssignment(
            coursedir=CourseDirectory(config=config), config=config, no_database=True
        )
        # SaveCells only fills the gradebook; the notebook passes through it unchanged.
        converter.preprocessors = [p for p in converter.preprocessors if p is not SaveCells]
        with _Log(converter.log) as log:
            try:
                converter.start()
            except NbGraderException:
                raise LessonError(
                    f"{stem}: nbgrader could not make the release: {log.reason()}"
                ) from None


class _Log(logging.Handler):
    """Keep nbgrader's messages off the terminal, its errors for our own message."""

    def __init__(self, logger: logging.Logger):
        super().__init__()
        self.logger, self.lines = logger, []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            self.lines.append(record.getMessage())

    def reason(self) -> str:
        """Return the exception that nbgrader caught and logged with its traceback."""
        logged = [text for text in self.lines if "Traceback" in text] or self.lines or ["?"]
        return logged[0].strip().splitlines()[-1]

    def __enter__(self):
        self.propagate, self.logger.propagate = self.logger.propagate, False
        self.logger.addHandler(self)
        return self

    def __exit__(self, *_):
        self.logger.removeHandler(self)
        self.logger.propagate = self.propagate


def files_of(root: Path) -> set[str]:
    """Return the files of the three generated folders, relative to `root`, without caches."""
    return {
        path.relative_to(root).as_posix()
        for tree in TREES
        for path in (root / tree).rglob("*")
        if path.is_file()
        and path != root / RECORD
        and not {".ipynb_checkpoints", "__pycache__"} & set(path.parts)
    }


def _install(out: Path, root: Path) -> list[str]:
    changed = []
    new = json.loads((out / RECORD).read_text(encoding="utf-8"))["files"]
    for name in [*new, RECORD.as_posix()]:
        target = root / name
        if not target.exists() or target.read_bytes() != (out / name).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            changed.append(name)
    old = read_record(root)["files"]
    for name in changed:
        shutil.copyfile(out / name, root / name)
    for name in sorted(set(old) - set(new)):
        if (root / name).exists():
            (root / name).unlink()
            changed.append(name)
        _remove_empty((root / name).parent, root)
    return sorted(changed)


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def read_record(root: Path) -> dict:
    """Return what the last build wrote: {"files": [...], "cells": {stem: {cell id: hash}}}."""
    path = root / RECORD
    if not path.exists():
        return {"files": [], "cells": {}}
    return json.loads(path.read_text(encoding="utf-8"))


def cell_hashes(built: nbformat.NotebookNode) -> dict[str, str]:
    """Return a hash of each cell by its id: its type, its source, the metadata an author sets."""
    return {cell.id: cell_hash(cell) for cell in built.cells}


def cell_hash(cell: nbformat.NotebookNode) -> str:
    """Return a hash of what an author can change in a cell; outputs do not count."""
    meta = cell.metadata
    graded = {
        k: v for k, v in meta.get("nbgrader", {}).items() if k not in ("checksum", "cell_type")
    }
    hidden = bool(meta.get("jupyter", {}).get("source_hidden"))
    said = [cell.cell_type, cell.source, graded, hidden, list(meta.get("tags", []))]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def edited_cells(root: Path) -> dict[str, list[str]]:
    """Return, by stem, the ids of the cells in source/ that differ from what was last built."""
    edited = {}
    for stem, built in read_record(root)["cells"].items():
        path = root / "source" / stem / f"{stem}.ipynb"
        if path.exists():
            now = cell_hashes(nbformat.read(path, as_version=4))
            ids = [id for id in now if built.get(id) != now[id]]
            ids += [id for id in built if id not in now]
            if ids or [id for id in now if id in built] != list(built):
                edited[stem] = ids or ["order of the cells"]
    return edited
