"""Find the exercises of an assignment, and put another answer in the place of a solution.

An exercise starts at the Markdown heading that ends in "(3 points)" and runs to the next one.
"""

import re
from copy import deepcopy
from pathlib import Path
from textwrap import dedent, indent
from typing import NamedTuple

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task

from authoring.table import LessonError
from authoring.text import hints_id, read

POINTS = re.compile(r"^#+ .*\((\d+) points?\)\s*$", re.M)
_REGION = re.compile(
    r"^(?P<indent>[ \t]*)[^\n]*BEGIN SOLUTION[^\n]*\n(?P<answer>.*?)^[^\n]*END SOLUTION[^\n]*$",
    re.M | re.S,
)


class Exercise(NamedTuple):
    """One exercise: its heading, the points promised there, its graded cells by their role."""

    title: str
    points: int
    solutions: list[NotebookNode]
    checks: list[NotebookNode]
    by_hand: list[NotebookNode]
    hints: list[NotebookNode]
    cells: list[NotebookNode]

    @property
    def needs(self) -> list[str] | None:
        """The solutions that this one builds on; None when it may build on all before it."""
        listed = [cell.metadata["needs"] for cell in self.solutions if "needs" in cell.metadata]
        return [name for names in listed for name in names] if listed else None

    @property
    def declared(self) -> int:
        """The points that nbgrader will count."""
        return sum(cell.metadata.nbgrader.points for cell in [*self.checks, *self.by_hand])


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """Return the exercises of an assignment in their order.

    Raises LessonError for a graded cell or hints before the first heading with points.
    """
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for heading in POINTS.finditer(cell.source):
                title = heading.group(0).lstrip("# ").rstrip()
                found.append(Exercise(title, int(heading.group(1)), [], [], [], [], []))
        if found:
            found[-1].cells.append(cell)
        role = _role(cell)
        if role and not found:
            raise LessonError(
                f"cell {cell.id!r} comes before the first heading that ends in `(N points)`: "
                "start each exercise with such a heading"
            )
        if role:
            getattr(found[-1], role).append(cell)
    return found


def _role(cell: NotebookNode) -> str | None:
    if is_task(cell) or (is_grade(cell) and is_solution(cell)):
        return "by_hand"
    if is_grade(cell):
        return "checks"
    if is_solution(cell):
        return "solutions"
    return "hints" if cell.id.startswith(hints_id("")) else None


class Variant(NamedTuple):
    """Another answer to a solution cell: `says` is what its check must say, None for a right one.

    `label` is the slip it makes, or for a right answer what it uses.
    `source` is the answer's code; where it differs from the solution in a few words, those are in `replace` instead,
    pairs of what the solution says, once, and what the answer says there.
    """

    exercise: str
    label: str
    says: str | None
    source: str
    replace: list[list[str]] = []


def variants(path: Path) -> list[Variant]:
    """Read wrong_answers.py; a lesson without one has no variants.

    Raises LessonError for a cell that is neither a wrong nor a right answer.
    """
    if not path.exists():
        return []
    found = []
    for cell in read(path).cells:
        options = dict(cell.options)
        if cell.cell_type != "code" or not (options or cell.source.strip()):
            continue
        replace = options.pop("replace", [])
        if bool(replace) == bool(cell.source.strip()) or not _are_pairs(replace):
            raise LessonError(
                f"{path.parent.name}/{path.name}: `{cell.text.splitlines()[0]}`: write the answer below it, "
                'or `replace=[["what the solution says", "what the answer says"]]` and nothing below it'
            )
        if set(options) == {"wrong", "slip", "says"} and str(options["says"]).strip():
            names = options["wrong"], options["slip"], options["says"]
        elif set(options) == {"right", "by"}:
            names = options["right"], options["by"], None
        else:
            first = cell.text.splitlines()[0]
            raise LessonError(
                f"{path.parent.name}/{path.name}: `{first}`: write "
                '`# %% wrong="<solution>" slip="..." says="..."` '
                'or `# %% right="<solution>" by="..."`'
            )
        found.append(Variant(*names, cell.source, replace))
    return found


def _are_pairs(replace: object) -> bool:
    return isinstance(replace, list) and all(
        isinstance(pair, list) and [type(text) for text in pair] == [str, str] for pair in replace
    )


def with_answer(notebook: NotebookNode, variant: Variant) -> NotebookNode:
    """Return the notebook with one solution region replaced by the variant's code.

    The whole cell is replaced when it, or the variant, starts with a cell magic such as `%%bash`.
    Raises LessonError when the notebook has no such solution, or not exactly one region in it, and when
    what the variant replaces is not there once.
    """
    changed = deepcopy(notebook)
    cell = next(
        (c for c in changed.cells if c.id == variant.exercise and _role(c) == "solutions"), None
    )
    if cell is None:
        raise LessonError(f"wrong_answers.py: there is no solution {variant.exercise!r}")
    if variant.source.startswith("%%") or cell.source.startswith("%%"):
        cell.source = variant.source
        return changed
    regions = list(_REGION.finditer(cell.source))
    if len(regions) != 1:
        raise LessonError(
            f"solution {variant.exercise!r} has {len(regions)} BEGIN/END SOLUTION regions: "
            "make it one"
        )
    (region,) = regions
    answer = _edited(dedent(region["answer"]), variant) if variant.replace else variant.source
    answer = indent(dedent(answer), region["indent"])
    cell.source = cell.source[: region.start()] + answer + cell.source[region.end() :]
    return changed


def _edited(solution: str, variant: Variant) -> str:
    """Return a solution with the variant's words in the place of its own."""
    for old, new in variant.replace:
        if (times := solution.count(old)) != 1:
            raise LessonError(
                f"wrong_answers.py: {variant.label!r} replaces {old!r}, which is {times} times in the solution "
                f"{variant.exercise!r}: quote what is there once"
            )
        solution = solution.replace(old, new)
    return solution.rstrip("\n")
