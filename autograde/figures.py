"""What a class's results say about the exercises: how many pass, which mistakes are made, how well each sorts."""

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from autograde.rebuild import Cell, role
from autograde.scores import explanation

NOT_ATTEMPTED = "not attempted"


@dataclass
class Exercise:
    """One check over the whole class; shares are from 0 to 1."""

    name: str
    maximum: float
    points: list[float] = field(default_factory=list)  # of each submission, in one order for all
    mistakes: Counter[str] = field(default_factory=Counter)
    discrimination: float | None = None
    seconds: list[float] = field(
        default_factory=list
    )  # of each submission: its answer and its check

    @property
    def time(self) -> float | None:
        """The median of the seconds; None when nobody has measured them."""
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def passed(self) -> float:
        """The share of submissions with full points."""
        return sum(p >= self.maximum for p in self.points) / len(self.points)

    @property
    def mean(self) -> float:
        """The mean share of the points."""
        return statistics.fmean(self.points) / self.maximum if self.maximum else 0.0


@dataclass
class Figures:
    """A class's results; seconds are what grading one submission took."""

    exercises: list[Exercise]
    totals: list[float]
    maximum: float
    seconds: list[float]
    people: int  # submissions that a person has to look at


def figures(entries: Iterable[dict[str, Any]]) -> Figures:
    """Return the figures of a ledger's entries; a check that a person grades is left out."""
    entries = list(entries)
    graded = [entry for entry in entries if "result" in entry]
    exercises: dict[str, Exercise] = {}
    for entry in graded:
        cells = {_grade_id(cell): cell for cell in entry["result"]["cells"]}
        seconds = _seconds(entry["result"]["cells"])
        for name, (points, maximum) in entry["scores"].items():
            # An empty answer to a question for a person has 0 points already; the others wait.
            if points is None or not maximum or role(cells[name]) == "answer":
                continue
            exercise = exercises.setdefault(name, Exercise(name, maximum))
            exercise.points.append(points)
            exercise.seconds += seconds.get(name, [])
            exercise.mistakes.update(_mistakes(cells[name], points < maximum))
    totals = [
        sum(points for points, _ in entry["scores"].values() if points is not None)
        for entry in graded
    ]
    for exercise in exercises.values():
        exercise.discrimination = _discrimination(exercise, totals)
    return Figures(
        list(exercises.values()),
        totals,
        sum(exercise.maximum for exercise in exercises.values()),
        [entry["result"]["seconds"] for entry in graded],
        len(entries) - len(graded),
    )


def _grade_id(cell: Cell) -> str | None:
    return (cell.get("metadata", {}).get("nbgrader") or {}).get("grade_id")


def _seconds(cells: list[Cell]) -> dict[str | None, list[float]]:
    """Return by check how long it ran, with the learner's cells since the check before; empty if nobody measured."""
    found, running = {}, []
    for cell in cells:
        if "seconds" in cell and role(cell) != "given":
            running.append(cell["seconds"])
        if role(cell) == "check":
            found[_grade_id(cell)] = [sum(running)] if running else []
            running = []
    return found


def _mistakes(cell: Cell, wrong: bool) -> set[str]:
    """Return the names of what went wrong in one check: a known slip by its sentence, else what was checked."""
    shown = explanation(cell)
    if shown:
        rows = [row for row in shown["rows"] if row["state"] != "met"]
        return {
            NOT_ATTEMPTED
            if row["state"] == NOT_ATTEMPTED
            else row.get("slip") or f"{row['state']}: {row['label']}"
            for row in rows
        }
    errors = [o["ename"] for o in cell.get("outputs", []) if o["output_type"] == "error"]
    return set(errors) or ({"no full points"} if wrong else set())


def _discrimination(exercise: Exercise, totals: list[float]) -> float | None:
    """Return the point-biserial correlation of full points with the points of all other exercises.

    From -1 to 1; None when all pass, none passes, all have the same points elsewhere, or the exercise is in one of
    several notebooks.
    """
    if len(totals) != len(exercise.points):
        return None
    full = [float(p >= exercise.maximum) for p in exercise.points]
    rest = [total - p for total, p in zip(totals, exercise.points, strict=True)]
    try:
        return statistics.correlation(full, rest)
    except statistics.StatisticsError:
        return None
