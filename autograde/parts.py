"""The parts that `nbgrader_config.py` puts in the place of nbgrader's own, so that every way to grade uses them:

the command `autograde`, `nbgrader autograde`, and formgrader's button.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4.nbbase import random_cell_id
from nbgrader import utils
from nbgrader.api import Comment, Grade, Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    Execute,
    NbGraderPreprocessor,
    SaveAutoGrades,
)

from autograde import course
from autograde.discover import content
from autograde.grade import run_cells
from autograde.gradebook import Entered, entered, fill_in
from autograde.rebuild import Cell, Unreadable, read, rebuild, role
from autograde.sandbox import tiers
from autograde.workers import own_zygote

# Results that have been made elsewhere, by student, assignment and notebook.
RESULTS: dict[tuple[str, str, str], dict[str, Any]] = {}


@lru_cache
def missing() -> str:
    """Return why no sandbox works on this machine, "" when one does; found out once."""
    try:
        tiers.find()
    except tiers.NoSandbox as error:
        return str(error)
    return ""


def ungraded(master: list[Cell], reason: str) -> dict[str, Any]:
    """Return the result of a submission that a person has to look at: what was handed out, without marks."""
    said = f"Not graded: {reason}"
    error = {"output_type": "error", "ename": "NotGraded", "evalue": said, "traceback": [said]}
    cells = [
        dict(cell) | ({"outputs": [error] if role(cell) == "check" else []})
        if cell["cell_type"] == "code"
        else dict(cell)
        for cell in master
    ]
    return {"cells": cells, "evidence": [], "reason": said}


class RebuiltExporter(NotebookExporter):
    """Read a submission as the master notebook with the learner's cells in it, whatever state the file is in."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._ungraded: dict[tuple[str, str, str], dict[str, Any]] = {}

    def from_filename(self, filename: str, resources: dict | None = None, **more: Any):
        """Return the rebuilt notebook, converted; for what is no notebook the one that was handed out."""
        who = _who(resources)
        result = RESULTS.get(who)
        if result is None and missing():
            return super().from_filename(filename, resources=resources, **more)
        master = None
        if result is None:
            master = course.master(CourseDirectory(parent=self.parent), *who[1:])
            result = self._ungraded.pop(who, None)  # at the second reading, of the copy to run
        cells = result["cells"] if result else self._rebuilt(who, master.cells, filename)
        resources["autograde"] = {"master": master, "result": result}
        notebook = nbformat.from_dict(_EMPTY | {"metadata": {}})
        notebook.cells = [_cell(cell) for cell in cells]
        return self.from_notebook_node(notebook, resources, **more)

    def from_notebook_node(self, nb: Any, resources: dict | None = None, **more: Any):
        """Return a notebook converted, as JSON with a line for each cell.

        It is nobody else's, so that no step needs a copy of its own.
        Nor is its form checked: the cells are the master's, their outputs the runner's or those of `untrusted.outputs`.
        """
        resources = self._init_resources(resources)
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        resources["output_suffix"] = ".nbconvert"
        cells = ",\n".join(json.dumps(cell, ensure_ascii=False) for cell in nb.cells)
        head = json.dumps({name: value for name, value in nb.items() if name != "cells"})
        return f'{head[:-1]}, "cells": [\n{cells}\n]}}\n', resources

    def _rebuilt(self, who: tuple[str, str, str], master: list[Cell], filename: str) -> list[Cell]:
        try:
            rebuilt = rebuild(master, read(content(Path(filename))))
        except (Unreadable, OSError) as error:  # it must not be lost, nor stop the others
            self.log.error("%s needs a person: %s", filename, error)
            self._ungraded[who] = ungraded(master, str(error))
            return master
        for repair in rebuilt.repairs:
            self.log.warning("%s, repaired: %s", filename, repair)
        for line in rebuilt.evidence:
            self.log.warning("%s: %s", who[0], line)
        return rebuilt.cells


_EMPTY = {"nbformat": nbformat.v4.nbformat, "nbformat_minor": nbformat.v4.nbformat_minor}


def _cell(cell: dict[str, Any]) -> Any:
    kept = {name: cell[name] for name in ("cell_type", "source", "id") if name in cell}
    made = {"id": random_cell_id(), "metadata": cell.get("metadata", {})} | kept
    node = nbformat.from_dict(made)
    if cell["cell_type"] == "code":
        # Only an output's own fields are looked at; its data may be long.
        node.outputs = [nbformat.NotebookNode(output) for output in cell.get("outputs") or []]
        node.execution_count = None
    return node


def _who(resources: dict) -> tuple[str, str, str]:
    names = resources["nbgrader"]
    return names["student"], names["assignment"], names["notebook"]


class Sandboxed(Execute):
    """Run the learner's cells in the sandbox and the checks outside it; where there is none, do what nbgrader does."""

    def preprocess(self, nb: Any, resources: dict, **more: Any) -> tuple[Any, dict]:
        """Fill in the outputs of every code cell."""
        if "autograde" not in resources:
            self.log.warning("Graded without a sandbox, as nbgrader does: %s", missing())
            return super().preprocess(nb, resources, **more)
        known = resources["autograde"]
        if known["result"] is None:
            graded = run_cells([dict(cell) for cell in nb.cells], known["master"], own_zygote())
            known["result"] = {"cells": graded.cells, "evidence": graded.evidence}
            for cell, done in zip(nb.cells, graded.cells, strict=True):
                if cell.cell_type == "code":
                    cell.outputs = [nbformat.NotebookNode(output) for output in done["outputs"]]
        for line in known["result"]["evidence"]:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], line)
        return nb, resources


class SaveMarks(SaveAutoGrades):
    """nbgrader's SaveAutoGrades in four statements and one transaction: it has several of each for every cell."""

    def preprocess(self, nb: Any, resources: dict) -> tuple[Any, dict]:
        """Save the marks and comments of every cell, all or none."""
        with Gradebook(resources["nbgrader"]["db_url"]) as gradebook:
            found = resources["entered"] = entered(gradebook, *_who(resources))
            marks = [self._mark(cell, found) for cell in nb.cells if utils.is_grade(cell)]
            answers = [c for c in nb.cells if utils.is_solution(c) or utils.is_task(c)]
            comments = [_comment(cell, found) for cell in answers]
            fill_in(gradebook, Grade, marks)
            fill_in(gradebook, Comment, comments)
            gradebook.db.commit()
        return nb, resources

    def _mark(self, cell: Any, found: Entered) -> dict[str, Any]:
        row, given = found.marks[cell.metadata["nbgrader"]["grade_id"]]
        score, _ = utils.determine_grade(cell, self.log)
        by_hand = given is not None or score is None
        return {"id": row, "auto_score": score, "needs_manual_grade": by_hand}


def _comment(cell: Any, found: Entered) -> dict[str, Any]:
    settings = cell.metadata["nbgrader"]
    as_released = settings.get("checksum") == utils.compute_checksum(cell)
    said = "No response." if as_released and not utils.is_task(cell) else None
    return {"id": found.comments[settings["grade_id"]], "auto_comment": said}


class LatePenalties(AssignLatePenalties):
    """nbgrader's AssignLatePenalties, which need not be asked about a submission that is in time."""

    def preprocess(self, nb: Any, resources: dict) -> tuple[Any, dict]:
        """Save the penalty, if any, of the submission that `SaveMarks` has just filled in."""
        found = resources["entered"]
        if found.late or found.penalty is not None:
            return super().preprocess(nb, resources)
        return nb, resources


class WithoutMarks(NbGraderPreprocessor):
    """Leave the marks of a submission that could not be graded to a person, whatever its outputs look like."""

    def preprocess(self, nb: Any, resources: dict) -> tuple[Any, dict]:
        """Take back what SaveAutoGrades has just saved, and say why."""
        result = (resources.get("autograde") or {}).get("result") or {}
        if "reason" in result:
            student, assignment, notebook = _who(resources)
            with Gradebook(resources["nbgrader"]["db_url"]) as gradebook:
                found = gradebook.find_submission_notebook(notebook, assignment, student)
                for grade in found.grades:
                    grade.auto_score, grade.needs_manual_grade = None, True
                for comment in found.comments:
                    comment.auto_comment = result["reason"]
                gradebook.db.commit()
        return nb, resources
