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

LONGEST = (
    64_000_000  # bytes of a submission that is read at all; a learner's own cells are a few kB
)
LONGEST_CELL = 1_000_000  # characters of one cell
MOST_EXTRA = 500  # cells that the learner has added
MOST_CELLS = 3000  # of a submission; to find more than these by their place would take minutes
LEARNERS = ("solution", "answer", "own")  # roles of the cells whose text is the learner's

Cell = dict[str, Any]


class Unreadable(ValueError):
    """The submission is no notebook; the message says why."""


@dataclass
class Rebuilt:
    """A notebook to grade, and what was put right on the way."""

    cells: list[Cell]
    repairs: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)  # what was changed that is not the learner's


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
    if "worksheets" in content and "cells" not in content:
        content = _from_version_3(content)
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("the file is JSON, but has no cells")
    if len(cells) > MOST_CELLS:
        raise Unreadable(f"the notebook has {len(cells)} cells; {MOST_CELLS} are read at most")
    return [clean for cell in cells if (clean := _plain(cell))]


def _from_version_3(content: dict[str, Any]) -> dict[str, Any]:
    import nbformat  # rarely needed, and a second to import

    try:
        return nbformat.convert(nbformat.from_dict(content), 4)
    except Exception as error:
        raise Unreadable(
            f"a notebook of format 3 that cannot be converted: {str(error)[:200]}"
        ) from None


def _plain(cell: Any) -> Cell | None:
    """Return what is looked at of a cell, its source, ids and nbgrader's settings; None for what is no cell."""
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join([part for part in source if isinstance(part, str)])
    if not isinstance(source, str):
        return None
    metadata = cell.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
    # NUL and half a surrogate pair are no text: neither Python nor a file in UTF-8 takes them.
    source = source[:LONGEST_CELL].replace("\0", "").encode("utf-8", "replace").decode()
    return {
        "kind": kind if isinstance(kind := cell.get("cell_type"), str) else None,
        "source": source,
        "id": cell.get("id"),
        "grade_id": grade_id if isinstance(grade_id, str) else None,
        "settings": settings if isinstance(settings, dict) else {},
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
    return Rebuilt(cells, repairs, list(_tampered(master, written)))


def _tampered(master: list[Cell], written: dict[int, list[Cell]]) -> Iterator[str]:
    """Yield a sentence for each locked cell with another text or other points than it was handed out with."""
    for index, cell in enumerate(master):
        if role(cell) not in ("check", "given"):
            continue
        theirs = cell["metadata"]["nbgrader"]
        for part in written[index]:
            whole = cell["source"].strip()  # as an instructor's own copy has it
            if part["source"].strip() not in (_released(whole), whole):
                yield f"the locked cell {_name(cell)} was changed; graded as it was handed out"
            edited = [
                name
                for name in ("points", "locked", "grade", "solution")
                if name in part["settings"] and part["settings"][name] != theirs.get(name)
            ]
            if edited:
                names = ", ".join(edited)
                yield f"nbgrader's settings of {_name(cell)} were changed ({names}); they mean nothing"


def _owners(master: list[Cell], submitted: list[Cell], repairs: list[str]) -> list[int | None]:
    """Return for each submitted cell the master's cell that it is, None for one the learner has added.

    The cell's own id comes first: it stays when nbgrader's metadata is lost or edited.
    A copied or split cell has a new id, and the grade id of its origin.
    """
    by_grade = {g: i for i, c in enumerate(master) if (g := _grade_id(c))}
    by_id = {i: n for n, c in enumerate(master) if (i := c.get("id"))}
    owner: list[int | None] = []
    for cell in submitted:
        found = by_id.get(cell["id"]) if isinstance(cell["id"], str) else None
        owner.append(by_grade.get(cell["grade_id"]) if found is None else found)
    missing = set(range(len(master))) - set(owner)
    if missing and None in owner:
        _find_by_place(master, submitted, owner, missing, repairs)
    return owner


def _find_by_place(
    master: list[Cell],
    submitted: list[Cell],
    owner: list[int | None],
    missing: set[int],
    repairs: list[str],
) -> None:
    """Give cells without ids their place: by their text, or between the texts that stand around them."""
    ours = [_released(cell["source"]) for cell in master]
    theirs = [cell["source"].strip() for cell in submitted]
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    before_ours, before_theirs = 0, 0
    for a, b, size in matcher.get_matching_blocks():
        gap = [i for i in range(before_ours, a) if i in missing and role(master[i]) in LEARNERS]
        free = [j for j in range(before_theirs, b) if owner[j] is None and theirs[j]]
        # A note of the learner's between the cells is no answer, unless there is nothing else.
        kinds = {master[i]["cell_type"] for i in gap}
        free = [j for j in free if submitted[j]["kind"] in kinds] or free
        if gap and free:
            for position, j in enumerate(free):
                owner[j] = gap[min(position, len(gap) - 1)]
            names = ", ".join(_name(master[i]) for i in gap)
            repairs.append(f"cells without their ids were taken for {names} by their place")
        for i, j in zip(range(a, a + size), range(b, b + size), strict=True):
            if owner[j] is None and i in missing:
                owner[j] = i
        before_ours, before_theirs = a + size, b + size


def _released(source: str) -> str:
    """Return a check as the learner has it: without the hidden tests."""
    kept, hidden = [], False
    for line in source.split("\n"):
        if "BEGIN HIDDEN TESTS" in line:
            hidden = True
        if not hidden:
            kept.append(line)
        if "END HIDDEN TESTS" in line:
            hidden = False
    return "\n".join(kept).strip()


def _filled(cell: Cell, written: list[Cell], repairs: list[str]) -> Cell:
    """Return the master's cell with what the learner has written into it."""
    what = role(cell)
    if what not in LEARNERS:
        if what == "check" and written and all(w["kind"] != "code" for w in written):
            repairs.append(f"{_name(cell)}: its type was changed; graded as it was handed out")
        if what == "check" and not written:
            repairs.append(f"{_name(cell)}: the cell was deleted; graded as it was handed out")
        return dict(cell)
    if not written:
        repairs.append(f"{_name(cell)}: the cell was deleted; graded as it was handed out")
        return dict(cell)
    # Of a copied cell, the copy that was left as it was handed out is no answer.
    sources = [s for part in written if (s := part["source"]) != cell["source"]]
    sources = list(dict.fromkeys(sources)) or [cell["source"]]
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
