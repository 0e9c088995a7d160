"""The parts that `nbgrader_config.py` puts in the place of nbgrader's own, so that every way to grade uses them:

the command `autograde`, `nbgrader autograde`, and formgrader's button.
"""

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde import course
from autograde.grade import run_cells
from autograde.rebuild import Cell, read, rebuild
from autograde.workers import own_zygote

# Results that have been made elsewhere, by student, assignment and notebook.
RESULTS: dict[tuple[str, str, str], dict[str, Any]] = {}


def preprocessors() -> list[str]:
    """Return nbgrader's autograding preprocessors with the sandbox in the place of Execute."""
    return [
        "autograde.parts.Sandboxed",
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]


class RebuiltExporter(NotebookExporter):
    """Read a submission as the master notebook with the learner's cells in it, whatever state the file is in."""

    def from_filename(self, filename: str, resources: dict | None = None, **more: Any):
        """Return the rebuilt notebook, converted; raises Unreadable for what is no notebook."""
        names = resources["nbgrader"]
        coursedir = CourseDirectory(parent=self.parent)
        master = course.master(coursedir, names["assignment"], names["notebook"])
        resources["autograde"] = {"master": master}
        result = RESULTS.get((names["student"], names["assignment"], names["notebook"]))
        cells = result["cells"] if result else self._rebuilt(master.cells, filename)
        notebook = nbformat.v4.new_notebook(cells=[_cell(cell) for cell in cells])
        return self.from_notebook_node(notebook, resources, **more)

    def _rebuilt(self, master: list[Cell], filename: str) -> list[Cell]:
        rebuilt = rebuild(master, read(Path(filename).read_bytes()))
        for repair in rebuilt.repairs:
            self.log.warning("%s, repaired: %s", filename, repair)
        return rebuilt.cells


def _cell(cell: dict[str, Any]) -> Any:
    make = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }[cell["cell_type"]]
    made = make(cell["source"], metadata=cell.get("metadata", {}))
    if "id" in cell:
        made.id = cell["id"]
    if cell.get("outputs"):
        made.outputs = [nbformat.from_dict(output) for output in cell["outputs"]]
    return made


class Sandboxed(NbGraderPreprocessor):
    """Run the learner's cells in the sandbox and the checks outside it, in place of nbgrader's Execute."""

    def preprocess(self, nb: Any, resources: dict) -> tuple[Any, dict]:
        """Fill in the outputs of every code cell."""
        names = resources["nbgrader"]
        who = (names["student"], names["assignment"], names["notebook"])
        result = RESULTS.get(who)
        if result is None:
            cells = [dict(cell) for cell in nb.cells]
            graded = run_cells(cells, resources["autograde"]["master"], own_zygote())
            result = {"cells": graded.cells, "evidence": graded.evidence}
        for cell, done in zip(nb.cells, result["cells"], strict=True):
            if cell.cell_type == "code":
                cell.outputs = [nbformat.from_dict(output) for output in done["outputs"]]
        for line in result["evidence"]:
            self.log.warning("%s: %s", names["student"], line)
        return nb, resources
