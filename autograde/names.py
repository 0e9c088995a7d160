"""The NAME that a learner writes into the assignment's first cell: the values of the assignment are drawn from it.

Checks draw from what is written there, once for the whole notebook: a cell below that sets NAME to another text,
or a process that answers with another one, would otherwise choose the values it is asked for.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable

from autograde.rebuild import Cell, Unreadable, read

CELL = "name"  # the id of the cell
EMPTY = "NAME is empty: this notebook has the example values, as every other without a name"


def written(cells: Iterable[Cell]) -> str | None:
    """Return the text that the cell `name` gives to NAME; None when there is no such cell, or no such text in it."""
    source = next((cell["source"] for cell in cells if cell.get("id") == CELL), None)
    if source is None:
        return None
    try:
        lines = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = None
    for line in lines:
        if isinstance(line, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "NAME" for target in line.targets
        ):
            value = line.value
            text = isinstance(value, ast.Constant) and isinstance(value.value, str)
            found = value.value if text else None
    return found


class Names:
    """The names of a class, to see who has none and who has somebody else's."""

    def __init__(self) -> None:
        self._students: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._names: dict[tuple[str, str], str] = {}

    def note(self, student: str, notebook: str, data: bytes) -> None:
        """Remember the name in a submitted notebook, if it has one."""
        try:
            name = written(read(data))
        except Unreadable:
            return
        if name is not None:
            name = " ".join(name.split()).casefold()  # as `awslab.draw` does
            self._names[student, notebook] = name
            self._students[notebook, name].add(student)

    def evidence(self, student: str, notebook: str) -> list[str]:
        """Return a sentence for a name that is missing, or that others have written, too."""
        name = self._names.get((student, notebook))
        if name is None:
            return []
        if not name:
            return [EMPTY]
        others = sorted(self._students[notebook, name] - {student})
        if not others:
            return []
        shown = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        return [f"NAME is {name!r}, as in the notebook of {shown}: their values are the same"]
