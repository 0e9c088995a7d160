"""What has been graded already: one file for each submission, beside the gradebook.

A result is kept before it is recorded, so that a run that is killed at any moment can be run again.
"""

import hashlib
import json
import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = ".autograde"
_GRADERS = ("awslab", "autograde")
_RECORDED = '\n{"recorded": true}\n'  # after an entry, which is one line
_PLAIN = re.compile(r"[^\w.@+-]")


def versions() -> str:
    """Return what a result depends on besides submission and checks: moto's version and the course's own code."""
    code = hashlib.sha256()
    for package in _GRADERS:
        root = Path(__file__).resolve().parents[1] / package
        for path in sorted(root.rglob("*.py")):
            code.update(path.read_bytes())
    return f"moto {version('moto')} {code.hexdigest()}"


def key(submission: bytes, master: bytes, graders: str) -> dict[str, str]:
    """Return what a result depends on: equal for equal submissions, checks and versions."""
    parts = {"submission": submission, "checks": master, "grader": graders.encode()}
    return {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()}


class Ledger:
    """The kept results of one assignment."""

    def __init__(self, root: str | os.PathLike[str], assignment: str) -> None:
        self.folder = Path(root) / FOLDER / _PLAIN.sub("_", assignment)

    def _path(self, student: str, notebook: str) -> Path:
        # Two students' names must not meet in one file, whatever characters they hold.
        mark = hashlib.sha256(f"{student}\0{notebook}".encode()).hexdigest()[:12]
        return self.folder / f"{_PLAIN.sub('_', student)[:60]}-{mark}.json"

    def read(self, student: str, notebook: str) -> dict[str, Any] | None:
        """Return the entry of a submission; None when there is none, or only half of one."""
        return _entry(self._path(student, notebook))

    def write(self, student: str, notebook: str, entry: dict[str, Any]) -> None:
        """Keep an entry: all of it or, when killed on the way, the old one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(student, notebook)
        part = path.with_suffix(".part")
        with part.open("w") as file:
            file.write(json.dumps(entry))  # not `dump`, which does not use the C encoder
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def recorded(self, student: str, notebook: str) -> None:
        """Note that the gradebook has what is kept; if that is lost, it is recorded once more."""
        with self._path(student, notebook).open("a") as file:
            file.write(_RECORDED)

    def entries(self) -> list[dict[str, Any]]:
        """Return all entries, in the order of their files."""
        entries = map(_entry, sorted(self.folder.glob("*.json")))
        return [entry for entry in entries if entry is not None]


def _entry(path: Path) -> dict[str, Any] | None:
    try:
        text = path.read_text()
        entry = json.loads(text.partition("\n")[0])
    except (OSError, ValueError):
        return None
    return entry | {"recorded": entry.get("recorded", False) or _RECORDED in text}
