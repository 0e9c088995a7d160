"""Make a notebook to grade: the master's cells, with only what the learner wrote taken from the submission.

So whatever was done to a submission's metadata, checks, points or cell types means nothing, by accident or on purpose.
What had to be put right is said in `repairs`, in words for the instructor.

Exceptions:

    ValueError
      +-- Unreadable   this is no notebook; a person has to look at it
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import nbformat

LONGEST = (
    64_000_000  # bytes of a submission that is read at all; a learner's own cells are a few kB
)
LONGEST_CELL = 1_000_000  # characters of one cell
MOST_EXTRA = 500  # cells that the learner has added

Cell = dict[str, Any]


class Unreadable(ValueError):
    """The submission is no notebook; the message says why."""


@dataclass
class Rebuilt:
    """A notebook to grade, and what was put right on the way."""

    cells: list[Cell]
    repairs: list[str] = field(default_factory=list)


def role(cell: Cell) -> str:
    """Return what a master's cell is: "given", "check", "answer" (by hand), "solution", "own" or "text".

    "own" is a code cell that nbgrader does not know: the learner may change it, as `NAME = ""`.
    """
    settings = cell.get("metadata", {}).get("nbgrader") or {}
    if settings.get("task") or (settings.get("grade") and settings.get("solution")):
        return "answer"
    if settings.get("grade"):
        return "check"
    if settings.get("solution"):
        return "solution"
    if settings.get("locked"):
        return "given"
    return "own" if cell["cell_type"] == "code" else "text"


def read(data: bytes) -> list[Cell]:
    """Return the cells of a submitted notebook of any format since 3, as plain data.

    Raises Unreadable.
    """
    if len(data) > LONGEST:
        raise Unreadable(
            f"the file has {len(data) / 1e6:.0f} MB; {LONGEST / 1e6:.0f} MB are read at most"
        )
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"the file is not text in UTF-8: {error.reason} at byte {error.start}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the file is not JSON: {str(error)[:200]}") from None
    if not isinstance(content, dict):
        raise Unreadable("the file is JSON, but not a notebook")
    if content.get("nbformat") == 3 or "worksheets" in content:
        content = _from_version_3(content)
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("the file is JSON, but has no cells")
    return [clean for cell in cells if (clean := _plain(cell))]


def _from_version_3(content: dict[str, Any]) -> dict[str, Any]:
    try:
        return nbformat.convert(nbformat.from_dict(content), 4)
    except Exception as error:
        raise Unreadable(
            f"a notebook of format 3 that cannot be converted: {str(error)[:200]}"
        ) from None


def _plain(cell: Any) -> Cell | None:
    """Return a cell's type, source, id and grade id, and nothing else; None for what is no cell."""
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return None
    metadata = cell.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
    return {
        "kind": cell.get("cell_type"),
        "source": source.replace("\0", "")[:LONGEST_CELL],
        "id": cell.get("id"),
        "grade_id": grade_id if isinstance(grade_id, str) else None,
    }


def rebuild(master: list[Cell], submitted: list[Cell]) -> Rebuilt:
    """Return the master's cells with the learner's sources, the learner's extra code cells between them.

    `master` is what was released, with the checks of the source.
    """
    repairs: list[str] = []
    owner = _owners(master, submitted, repairs)
    written: dict[int, list[Cell]] = defaultdict(list)
    extra: dict[int, list[Cell]] = defaultdict(list)
    place = -1  # the master's cell that an extra cell stands behind
    for index, cell in enumerate(submitted):
        if owner[index] is not None:
            written[owner[index]].append(cell)
            place = max(place, owner[index])
        elif cell["kind"] == "code" and cell["source"].strip():
            extra[place].append(cell)
    if sum(map(len, extra.values())) > MOST_EXTRA:
        repairs.append(f"more than {MOST_EXTRA} added cells: left out")
        extra.clear()
    cells = list(_extra(extra[-1]))
    for index, cell in enumerate(master):
        cells.append(_filled(cell, written[index], repairs))
        cells += _extra(extra[index])
    return Rebuilt(cells, repairs)


def _owners(master: list[Cell], submitted: list[Cell], repairs: list[str]) -> list[int | None]:
    """Return for each submitted cell the master's cell that it is, None for one the learner has added."""
    by_grade = {g: i for i, c in enumerate(master) if (g := _grade_id(c))}
    by_id = {c.get("id"): i for i, c in enumerate(master)}
    owner: list[int | None] = []
    for cell in submitted:
        found = by_grade.get(cell["grade_id"]) if cell["grade_id"] else None
        if found is None and isinstance(cell["id"], str):
            found = by_id.get(cell["id"])
        owner.append(found)
    lost = {i for i, c in enumerate(master) if role(c) in ("solution", "answer", "own")} - set(
        owner
    )
    if lost:
        _find_by_place(master, submitted, owner, lost, repairs)
    return owner


def _find_by_place(
    master: list[Cell],
    submitted: list[Cell],
    owner: list[int | None],
    lost: set[int],
    repairs: list[str],
) -> None:
    """Give cells without ids their place: between the texts and checks that stand around them."""
    ours, theirs = [c["source"].strip() for c in master], [c["source"].strip() for c in submitted]
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    before_ours, before_theirs = 0, 0
    for a, b, size in matcher.get_matching_blocks():
        gap = [i for i in range(before_ours, a) if i in lost]
        free = [
            j
            for j in range(before_theirs, b)
            if (owner[j] is None and theirs[j] and submitted[j]["kind"] != "markdown")
            or (owner[j] is None and theirs[j] and any(role(master[i]) == "answer" for i in gap))
        ]
        for position, j in enumerate(free):
            if gap:
                owner[j] = gap[min(position, len(gap) - 1)]
        if gap and free:
            names = ", ".join(_name(master[i]) for i in gap)
            repairs.append(f"cells without their ids were taken for {names} by their place")
        before_ours, before_theirs = a + size, b + size


def _filled(cell: Cell, written: list[Cell], repairs: list[str]) -> Cell:
    """Return the master's cell with what the learner has written into it."""
    what = role(cell)
    if what not in ("solution", "answer", "own"):
        if what == "check" and written and all(w["kind"] != "code" for w in written):
            repairs.append(f"{_name(cell)}: its type was changed; graded as it was handed out")
        if what == "check" and not written:
            repairs.append(f"{_name(cell)}: the cell was deleted; graded as it was handed out")
        return dict(cell)
    if not written:
        repairs.append(f"{_name(cell)}: the cell was deleted; graded as empty")
        return dict(cell)
    sources = list(dict.fromkeys(part["source"] for part in written))
    if len(written) > 1:
        repairs.append(f"{_name(cell)}: {len(written)} cells have this id; joined in their order")
    if any(part["kind"] != cell["cell_type"] for part in written):
        repairs.append(f"{_name(cell)}: its type was changed; taken as {cell['cell_type']}")
    return dict(cell) | {"source": "\n".join(sources)}


def _extra(cells: list[Cell]) -> Iterator[Cell]:
    for cell in cells:
        yield {"cell_type": "code", "source": cell["source"], "metadata": {"extra": True}}


def _grade_id(cell: Cell) -> str | None:
    return (cell.get("metadata", {}).get("nbgrader") or {}).get("grade_id")


def _name(cell: Cell) -> str:
    return repr(_grade_id(cell) or cell.get("id") or "a cell")
