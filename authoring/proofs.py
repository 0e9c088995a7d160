"""Prove by running: solutions pass, empty answers get 0, slips are caught, lessons run.

Every proof is a function of a Worker that returns its failures as messages.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from authoring.exercises import Exercise, Variant, exercises, with_answer
from authoring.run import Worker, errors, points, said, score_of, stderr
from authoring.table import LessonError

LONGEST = 300  # characters of a check's text in a message
NAME_CELL = "name"  # the id of the cell with NAME = "", which an assignment's values are drawn from
# Two learners whose solutions must get full marks too; slips are made in the last one's notebook.
LEARNERS = ("ada", "grace")
_NAME = re.compile(r'^NAME = "[^"\n]*"', re.M)


def assignment_proofs(
    built: Path, stem: str, answers: list[Variant], seconds: dict[str, float]
) -> list[Callable]:
    """Return the proofs of one assignment, built under `built`; `seconds` gets what the solved notebook takes."""
    folder = built / "source" / stem
    source = nbformat.read(folder / f"{stem}.ipynb", as_version=4)
    release = nbformat.read(built / "release" / stem / f"{stem}.ipynb", as_version=4)
    proofs = [
        *(partial(_solved, stem, source, folder, seconds, name) for name in learners(source)),
        partial(_untouched, stem, release, folder, "as released"),
    ]
    graded = as_graded(release, source)
    if graded != release:
        proofs.append(partial(_untouched, stem, graded, folder, "with the hidden tests"))
    typed = named(source, learners(source)[-1])
    by_solution = {
        cell.id: exercise
        for exercise in exercises(source)
        if exercise.checks
        for cell in exercise.solutions
    }
    # All answers to a solution in one proof, so that one kernel does what they have in common.
    for name, exercise in by_solution.items():
        own = [variant for variant in answers if variant.exercise == name]
        proofs.append(partial(_variants, stem, typed, folder, exercise, own))
    return proofs


def lesson_proof(built: Path, stem: str, seconds: dict[str, float]) -> Callable:
    """Return the proof that a lesson's notebook runs from top to bottom; `seconds` gets how long it takes."""
    return partial(_lesson, stem, built / "notebooks", seconds)


def learners(notebook: NotebookNode) -> list[str]:
    """Return the names to prove an assignment for: nobody's, and two more if its values are drawn."""
    return ["", *LEARNERS] if _name_cell(notebook) is not None else [""]


def named(notebook: NotebookNode, name: str) -> NotebookNode:
    """Return a copy of the notebook with a learner's name filled in, if it has a cell for that.

    Raises LessonError when that cell does not assign a text to NAME.
    """
    changed = deepcopy(notebook)
    cell = _name_cell(changed)
    if cell is not None:
        cell.source, count = _NAME.subn(f'NAME = "{name}"', cell.source)
        if count != 1:
            raise LessonError(f'cell {NAME_CELL!r} must hold one line `NAME = ""`')
    return changed


def _name_cell(notebook: NotebookNode) -> NotebookNode | None:
    return next((cell for cell in notebook.cells if cell.id == NAME_CELL), None)


def as_graded(release: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Return a released notebook with the checks of its source, as nbgrader grades it."""
    checks = {cell.id: cell.source for cell in source.cells if _is_check(cell)}
    graded = deepcopy(release)
    for cell in graded.cells:
        cell.source = checks.get(cell.id, cell.source)
    return graded


def _is_check(cell: NotebookNode) -> bool:
    return is_grade(cell) and not is_solution(cell)


def _checks(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if _is_check(cell)]


def _text(cell: NotebookNode) -> str:
    text = said(cell)
    return text if len(text) <= LONGEST else text[:LONGEST] + " ..."


def _errors(notebook: NotebookNode) -> list[str]:
    return [
        f"cell {cell.id!r} (`{cell.source.splitlines()[0]}`) ends in {error}"
        for cell in notebook.cells
        if "raises-exception" not in cell.metadata.get("tags", [])
        for error in errors(cell)
    ]


def _full_marks(check: NotebookNode) -> list[str]:
    """Return why a check did not give all its points, or would not always do so."""
    most, score = check.metadata.nbgrader.points, score_of(check)
    if score and score["maximum"] != most:
        return [f"{check.id} says score({score['maximum']}) but points={most}: make them equal"]
    if (got := points(check)) != most:
        return [f"{check.id} gives {got:g} of {most}: {_text(check)!r}"]
    if score and not score["complete"]:
        return [f"{check.id} declares less than score({most}): add the missing s.met(...) points"]
    return []


def _solved(
    stem: str,
    source: NotebookNode,
    folder: Path,
    seconds: dict[str, float],
    name: str,
    worker: Worker,
) -> list[str]:
    done = worker.run(named(source, name), folder)
    if not name:
        seconds[f"{stem}, solved"] = worker.seconds
    failures = _errors(done)
    for check in _checks(done):
        failures += _full_marks(check)
        if text := stderr(check):
            failures.append(
                f"{check.id} writes to stderr, a failure for Validate: {text.strip()!r}"
            )
    whose = f" by {name}" if name else ""
    return [f"{stem}, solved{whose}: {failure}" for failure in failures]


def _untouched(
    stem: str, notebook: NotebookNode, folder: Path, how: str, worker: Worker
) -> list[str]:
    done = worker.run(notebook, folder)
    failures = _errors(done)
    for check in _checks(done):
        if got := points(check):
            failures.append(f"{check.id} gives {got:g} points for nothing: use s.need(...) first")
        if "not attempted" not in said(check).lower():
            failures.append(f"{check.id} does not say 'not attempted': {_text(check)!r}")
    return [f"{stem}, untouched {how}: {failure}" for failure in failures]


def _variants(
    stem: str,
    source: NotebookNode,
    folder: Path,
    exercise: Exercise,
    own: list[Variant],
    worker: Worker,
) -> list[str]:
    parts = stem, source, folder, exercise
    return [failure for variant in own for failure in _variant(*parts, variant, worker)]


def _variant(
    stem: str,
    source: NotebookNode,
    folder: Path,
    exercise: Exercise,
    variant: Variant,
    worker: Worker,
) -> list[str]:
    cut = up_to(with_answer(source, variant), exercise)
    done = worker.rerun(cut, folder, variant.exercise)
    checks = _checks(done)
    if variant.says is None:
        problems = [problem for check in checks for problem in _full_marks(check)]
        name = f"right answer for {variant.exercise!r} by {variant.label!r}"
        cells = [problem for problem in _errors(done) if problems]
        return [f"{stem}, {name}: {problem}" for problem in [*problems, *cells]]
    name = f"wrong answer for {variant.exercise!r}, {variant.label!r}"
    failures = []
    if all(points(check) == check.metadata.nbgrader.points for check in checks):
        failures.append("gets full marks: make its check notice it")
    text = " ".join(said(check) for check in checks)
    if " ".join(variant.says.split()) not in text:
        failures.append(
            f"its check does not say {variant.says!r}: it says {text[:LONGEST]!r}; "
            "correct says= or the check's slip="
        )
    return [f"{stem}, {name}: {failure}" for failure in failures]


def up_to(notebook: NotebookNode, exercise: Exercise) -> NotebookNode:
    """Return the notebook cut to what the exercise's checks need, without the checks of others.

    That is what stands before the first exercise, the exercises it builds on, and the exercise itself.
    """
    cut = deepcopy(notebook)
    everyone = exercises(cut)
    own = {cell.id for cell in exercise.checks}
    here = next(e for e in everyone if own & {cell.id for cell in e.checks})
    sections = _needed(everyone, here)
    inside = {id(cell) for e in everyone for cell in e.cells}
    kept = {id(cell) for e in sections for cell in e.cells}
    last = max(i for i, cell in enumerate(cut.cells) if cell.id in own)
    cut.cells = [
        cell
        for cell in cut.cells[: last + 1]
        if (id(cell) in kept or id(cell) not in inside) and (not _is_check(cell) or cell.id in own)
    ]
    return cut


def _needed(everyone: list[Exercise], exercise: Exercise) -> list[Exercise]:
    """Return the exercise and those it builds on, directly or through others."""
    if exercise.needs is None:
        return everyone
    found = [exercise]
    for name in exercise.needs:
        other = next((e for e in everyone if name in [cell.id for cell in e.solutions]), None)
        if other is None:
            raise LessonError(f"needs={exercise.needs}: there is no solution {name!r}")
        found += _needed(everyone, other)
    return found


def _lesson(stem: str, folder: Path, seconds: dict[str, float], worker: Worker) -> list[str]:
    notebook = nbformat.read(folder / f"{stem}.ipynb", as_version=4)
    done = worker.run(notebook, folder.parent, folder.name)
    seconds[f"{stem}, lesson"] = worker.seconds
    return [f"{stem}, lesson: {failure}" for failure in _errors(done)]
