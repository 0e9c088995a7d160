"""What a learner remembers, in one JSON file of their own: `.awslab/review.json` beside the notebooks.

Nothing is lost: the file is replaced whole, the version before stays as `review.json.bak`,
and a file that cannot be read is kept under another name.
"""

import json
import os
from datetime import date
from pathlib import Path

from awslab.spacing import Memory

__all__ = ["PLACE", "ReviewFile"]

PLACE = Path(".awslab/review.json")


class ReviewFile:
    """Read and write the memories of one learner; `notes` says what was wrong with the file, if anything."""

    def __init__(self, path: str | Path = PLACE) -> None:
        self.path = Path(path)
        self.notes: list[str] = []
        self.memories = self._read()

    def put(self, card: str, memory: Memory) -> None:
        """Keep what is known of one card, and write the file.

        What another notebook has written since is kept.
        Raises OSError when the folder cannot be written.
        """
        self.memories = {**self._read(), card: memory}
        text = json.dumps(
            {"version": 1, "cards": {name: _plain(m) for name, m in sorted(self.memories.items())}},
            indent=1,
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = self.path.with_suffix(".new")
        whole.write_text(text + "\n", encoding="utf-8")
        if self.path.exists():
            os.replace(self.path, self._backup)
        os.replace(whole, self.path)

    @property
    def _backup(self) -> Path:
        return self.path.with_name(f"{self.path.name}.bak")

    def _read(self) -> dict[str, Memory]:
        if not self.path.exists():
            return _parsed(self._backup) or {}
        found = _parsed(self.path)
        if found is not None:
            return found
        kept = self._aside()
        before = _parsed(self._backup)
        self.notes.append(
            f"{self.path} could not be read, so it was kept as {kept.name}; "
            + (
                f"your ratings come from {self._backup.name}, the version before."
                if before
                else "your ratings start anew."
            )
        )
        return before or {}

    def _aside(self) -> Path:
        number = 1
        while (kept := self.path.with_name(f"review.unreadable-{number}.json")).exists():
            number += 1
        os.replace(self.path, kept)
        return kept


def _plain(memory: Memory) -> dict[str, object]:
    return {
        "due": memory.due.isoformat(),
        "row": memory.row,
        "ease": memory.ease,
        "days": memory.days,
    }


def _parsed(path: Path) -> dict[str, Memory] | None:
    """Return the memories in a file, None when it is not there or not what was written."""
    try:
        cards = json.loads(path.read_text(encoding="utf-8"))["cards"]
        return {
            str(name): Memory(
                date.fromisoformat(each["due"]),
                int(each["row"]),
                float(each["ease"]),
                int(each["days"]),
            )
            for name, each in cards.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
