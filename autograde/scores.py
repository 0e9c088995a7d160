"""Points and explanations of a graded notebook's checks, read from its outputs as nbgrader reads them."""

from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.utils import determine_grade

from autograde.rebuild import Cell, role

SCORE_JSON = "application/vnd.awslab.score+json"


def scores(cells: list[Cell]) -> dict[str, list[float | None]]:
    """Return [points, maximum] by grade id; points are None for what a person grades."""
    found = {}
    for cell in cells:
        if role(cell) in ("check", "answer") and cell["metadata"]["nbgrader"].get("grade"):
            # A warning is no wrong answer: nbgrader's IgnorePattern does the same.
            outputs = [o for o in cell.get("outputs", []) if o.get("name") != "stderr"]
            node = NotebookNode(cell, metadata=from_dict(cell["metadata"]))
            node.outputs = [NotebookNode(output) for output in outputs]
            found[cell["metadata"]["nbgrader"]["grade_id"]] = list(determine_grade(node))
    return found


def explanation(cell: Cell) -> dict[str, Any] | None:
    """Return the data of the score that a check has shown, None for a check without one."""
    for output in cell.get("outputs", []):
        if SCORE_JSON in output.get("data", {}):
            return output["data"][SCORE_JSON]
    return None
