"""How far a learner has come, read from the saved notebooks; nothing is run and nothing is changed."""

import json
from pathlib import Path
from typing import Any

from awslab.show.checks import SCORE_JSON
from awslab.show.picture import Picture, escape, table

_HEADINGS = ("Assignment", "Checks run", "Points in the last saved run")


def progress(folder: str | Path = "release") -> Picture:
    """Draw the learner's progress through the assignments in `folder`, one row each.

    A check counts with what its last saved run gave; one that was never run counts nothing.
    Raises FileNotFoundError when there is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(
            f"{root.resolve()} is not a folder; the assignments are in release/"
        )
    rows = [_row(path) for path in sorted(root.glob("*/*.ipynb"))]
    return Picture(_html(rows), _text(rows), rows)


def _row(path: Path) -> dict[str, Any]:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        checks = [c for c in cells if c["cell_type"] == "code" and _points(c)]
        earned = [_earned(cell) for cell in checks]
    except (ValueError, KeyError, TypeError, AttributeError):  # half a file, or some other JSON
        return {"assignment": path.stem, "unreadable": True}
    return {
        "assignment": path.stem,
        "unreadable": False,
        "checks": len(checks),
        "run": sum(points is not None for points in earned),
        "points": sum(points or 0 for points in earned),
        "of": sum(_points(cell) for cell in checks),
    }


def _points(cell: dict[str, Any]) -> float:
    settings = cell["metadata"].get("nbgrader", {})
    return settings.get("points", 0) if settings.get("grade") else 0


def _earned(cell: dict[str, Any]) -> float | None:
    for output in cell.get("outputs", []):
        if SCORE_JSON in output.get("data", {}):
            return output["data"][SCORE_JSON]["points"]
    return None


def _words(row: dict[str, Any]) -> tuple[str, str, str]:
    if row["unreadable"]:
        return row["assignment"], "cannot be read: not a notebook", ""
    run = f"{row['run']} of {row['checks']}"
    return row["assignment"], run, f"{row['points']:g} of {row['of']:g}"


def _html(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "<p>No assignment here yet.</p>"
    cells = [[escape(word) for word in _words(row)] for row in rows]
    return f'<div style="max-width:900px">{table("Your progress", _HEADINGS, cells)}</div>'


def _text(rows: list[dict[str, Any]]) -> str:
    lines = [_HEADINGS, *map(_words, rows)] if rows else []
    return "\n".join("  ".join(w.ljust(16) for w in line) for line in lines) or "No assignment yet."
