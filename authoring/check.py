"""Prove that the course is sound: what is built is current, complete, unspoilt, and works.

The proofs that need a kernel are in proofs.py.
"""

import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from authoring.build import RECORD, edited_cells, files_of, lesson_folders, render
from authoring.contents import outdated
from authoring.course import missing, promises
from authoring.exercises import Exercise, Variant, exercises, variants
from authoring.proofs import NAME_CELL, assignment_proofs, lesson_proof
from authoring.run import run_all
from authoring.table import ROWS, LessonError, row_of
from authoring.text import hints_id, read
from authoring.wording import copied

SEED_QUESTIONS = [*(f"Q{n}" for n in range(1, 12)), *(f"F{n}" for n in range(1, 6))]
DOCUMENTATION_ACCOUNT = "123456789012"
NOTEBOOK_SECONDS = 60
FEWEST_WRONG, FEWEST_RIGHT, FEWEST_HINTS = 3, 1, 2
_MARKERS = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME")
_SECRET = re.compile(
    r"BEGIN (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)[^\n]*\n(.*?)\n[^\n]*"
    r"END (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)",
    re.S,
)
_SLEEP = re.compile(r"\btime\.sleep\b|from time import [^\n]*\bsleep\b|^\s*!?\s*sleep \d", re.M)
_ACCOUNT = re.compile(r"(?<![\w.-])\d{12}(?![\w.-])")
# A shorter secret, such as `x = 1`, may well stand in the learner's notebook for a good reason.
_SHORTEST_SECRET = 20


class Lesson(NamedTuple):
    """One lesson as the proofs see it; `source` is None for a lesson without an assignment."""

    stem: str
    folder: Path
    source: NotebookNode | None
    exercises: list[Exercise]
    variants: list[Variant]


class Report(NamedTuple):
    """What the proofs found: failures, and remarks that fail nothing."""

    failures: list[str]
    remarks: list[str]


def check(root: Path, *, only: str | None = None, fast: bool = False) -> Report:
    """Run every proof on the course, or on one stem; `fast` leaves out those that need a kernel.

    Raises LessonError when the course cannot even be built.
    """
    with tempfile.TemporaryDirectory() as name:
        built = Path(name)
        render(root, built, only)
        lessons = [_lesson(folder, built) for folder in lesson_folders(root, only)]
        failures = stale(root, built, only)
        failures += repeated_ids(lessons)
        for lesson in lessons:
            failures += incomplete(lesson)
            failures += forbidden(lesson)
            failures += leaks(lesson, built)
        remarks = []
        if only is None:
            failures += copied(root)
            remarks = [*whole_course(lessons, failures), *coverage(lessons)]
        if not fast:
            remarks += run_proofs(lessons, built, failures)
    return Report(failures, remarks)


def whole_course(lessons: list[Lesson], failures: list[str]) -> list[str]:
    """Return what the course lacks as a whole, as remarks while lessons are missing, else added to `failures`."""
    folders = [lesson.folder for lesson in lessons]
    lacks, absent = promises(folders), missing(folders)
    if not absent:
        failures += lacks
        return []
    return [*lacks, f"lessons to come: {' '.join(absent)}"]


def _lesson(folder: Path, built: Path) -> Lesson:
    stem = folder.name
    path = built / "source" / stem / f"{stem}.ipynb"
    if not path.exists():
        return Lesson(stem, folder, None, [], [])
    source = nbformat.read(path, as_version=4)
    try:
        found = exercises(source)
    except LessonError as error:
        raise LessonError(f"{stem}/assignment.py: {error}") from None
    return Lesson(stem, folder, source, found, variants(folder / "wrong_answers.py"))


def stale(root: Path, built: Path, only: str | None = None) -> list[str]:
    """Return the generated files that are not what lessons/ builds to."""
    edited = edited_cells(root)
    failures = [
        f"source/{stem} was edited by hand ({', '.join(ids)}): run `python -m authoring pull`"
        for stem, ids in edited.items()
        if only in (None, stem)
    ]
    now = files_of(root)
    if only is None:
        now |= {RECORD.as_posix()} if (root / RECORD).exists() else set()
    else:
        now = {name for name in now if only in Path(name).with_suffix("").parts}
    wanted = files_of(built) | ({RECORD.as_posix()} if only is None else set())
    if only is None:
        failures += [
            f"{name} lists other lessons than there are: run `make build`"
            for name in outdated(root, lesson_folders(root))
        ]
    for name in sorted(now | wanted):
        if edited and name.startswith("source/"):
            continue  # already said, and a build would refuse
        if name not in now:
            failures.append(f"{name} is missing: run `make build`")
        elif name not in wanted:
            failures.append(f"{name} comes from no lesson: run `make build`, or delete or move it")
        elif (root / name).read_bytes() != (built / name).read_bytes():
            failures.append(f"{name} is not what lessons/ builds to: run `make build`")
    return failures


def repeated_ids(lessons: list[Lesson]) -> list[str]:
    """Return the grade ids used twice in the course; `given` cells may repeat (every "setup")."""
    where = {}
    for lesson in lessons:
        for cell in lesson.source.cells if lesson.source else []:
            if is_grade(cell) or is_solution(cell) or cell.metadata.get("nbgrader", {}).get("task"):
                where.setdefault(cell.metadata.nbgrader.grade_id, []).append(lesson.stem)
    return [
        f"grade id {name!r} is used {len(stems)} times ({', '.join(stems)}): rename all but one"
        for name, stems in where.items()
        if len(stems) > 1
    ]


def incomplete(lesson: Lesson) -> list[str]:
    """Return what an exercise lacks: points, checks, hints, wrong and right answers."""
    failures = unnamed(lesson)
    names = {cell.id for exercise in lesson.exercises for cell in exercise.solutions}
    for name in sorted({v.exercise for v in lesson.variants} - names):
        failures.append(
            f"wrong_answers.py answers {name!r}, which is no solution: correct the name"
        )
    for exercise in lesson.exercises:
        if exercise.points != exercise.declared:
            failures.append(
                f"{exercise.title!r} promises {exercise.points} points but its cells carry "
                f"{exercise.declared}: make them equal"
            )
        if exercise.solutions:
            failures += _incomplete_solution(exercise, lesson.variants)
        elif exercise.checks:
            failures.append(f"{exercise.title!r} has a check but no solution cell: add one")
    return [f"{lesson.stem}: {failure}" for failure in failures]


def unnamed(lesson: Lesson) -> list[str]:
    """Return whether values are drawn without the first cell that asks for the learner's name."""
    code = (
        [cell for cell in lesson.source.cells if cell.cell_type == "code"] if lesson.source else []
    )
    asked = bool(code) and code[0].id == NAME_CELL
    if asked or not any("draw(" in cell.source for cell in code):
        return []
    return [f'awslab.draw needs a first code cell `# %% id="{NAME_CELL}"` with `NAME = ""`']


def _incomplete_solution(exercise: Exercise, answers: list[Variant]) -> list[str]:
    failures = []
    names = [cell.id for cell in exercise.solutions]
    if not exercise.checks:
        failures.append(f"{exercise.title!r} has no check: add `# %% check={names[0]!r} points=`")
    hints = sum(cell.source.count("<summary>") for cell in exercise.hints)
    if hints < FEWEST_HINTS or {c.id for c in exercise.hints} - {hints_id(name) for name in names}:
        failures.append(
            f"{exercise.title!r} needs one `# %% [markdown] hints={names[0]!r}` "
            f"with at least {FEWEST_HINTS} steps (now {hints})"
        )
    own = [variant for variant in answers if variant.exercise in names]
    right = sum(variant.says is None for variant in own)
    if len(own) - right < FEWEST_WRONG or right < FEWEST_RIGHT:
        failures.append(
            f"{exercise.title!r} has {len(own) - right} wrong and {right} right answers in "
            f"wrong_answers.py: write at least {FEWEST_WRONG} and {FEWEST_RIGHT}"
        )
    return failures


def forbidden(lesson: Lesson) -> list[str]:
    """Return what no text of a lesson may hold: sleeping, and account ids but AWS's example."""
    failures = []
    for path in sorted(lesson.folder.glob("*.py")):
        for cell in read(path).cells:
            where = f"{lesson.stem}/{path.name}: {cell.source.strip().splitlines()[:1]}"
            if cell.cell_type == "code" and _SLEEP.search(cell.source):
                failures.append(f"{where} sleeps: wait with a boto3 waiter or cloud.advance")
            if cell.cell_type == "markdown":
                for account in set(_ACCOUNT.findall(cell.source)) - {DOCUMENTATION_ACCOUNT}:
                    failures.append(f"{where}: write {DOCUMENTATION_ACCOUNT}, not {account}")
    return failures


def leaks(lesson: Lesson, built: Path) -> list[str]:
    """Return what of the answers, or of a run, is in the folder that students get."""
    if lesson.source is None:
        return []
    folder = built / "release" / lesson.stem
    failures = []
    secrets = [
        secret.strip()
        for cell in lesson.source.cells
        for secret in _SECRET.findall(cell.source)
        if len(secret.strip()) >= _SHORTEST_SECRET
    ]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        text = path.read_bytes().decode("utf-8", errors="replace")
        if path.suffix == ".ipynb":
            notebook = nbformat.reads(text, as_version=4)
            text = "\n".join(cell.source for cell in notebook.cells)
            failures += [
                f"{path.name}: cell {cell.id!r} holds an output or an execution count"
                for cell in notebook.cells
                if cell.get("outputs") or cell.get("execution_count") is not None
            ]
        elif _is_text_twin(path, text):
            failures.append(f"{path.name} is a notebook as text: keep it out of files/")
        failures += [f"{path.name} holds `{m}`: clear it" for m in _MARKERS if m in text]
        failures += [
            f"{path.name} holds the answer that starts {secret.splitlines()[0]!r}: "
            "reword what is given, or put the answer between the markers once only"
            for secret in secrets
            if secret in text
        ]
    return [f"release/{lesson.stem}: {failure}" for failure in failures]


def _is_text_twin(path: Path, text: str) -> bool:
    named = path.name in ("lesson.py", "assignment.py", "wrong_answers.py")
    return named or (path.suffix in (".py", ".md", ".Rmd", ".qmd") and "jupytext:" in text)


def run_proofs(lessons: list[Lesson], built: Path, failures: list[str]) -> list[str]:
    """Run notebooks, two kernels at a time; add to `failures`, return the CPU seconds of each whole notebook."""
    jobs, seconds = [], {}
    for lesson in lessons:
        if lesson.source is not None:
            jobs += assignment_proofs(built, lesson.stem, lesson.variants, seconds)
        if (lesson.folder / "lesson.py").exists():
            jobs.append(lesson_proof(built, lesson.stem, seconds))
    failures += [failure for found in run_all(jobs) for failure in found]
    failures += [
        f"{name} takes {took:.0f} s from top to bottom: make it less than {NOTEBOOK_SECONDS}"
        for name, took in sorted(seconds.items())
        if took > NOTEBOOK_SECONDS
    ]
    return [f"{name}: {took:.0f} s" for name, took in sorted(seconds.items())]


def coverage(lessons: list[Lesson]) -> list[str]:
    """Return where each of the interview's questions is answered, and which are not yet."""
    where = {}
    for lesson in lessons:
        for name in ("lesson.py", "assignment.py"):
            path = lesson.folder / name
            for question in read(path).lesson.get("covers", []) if path.exists() else []:
                where.setdefault(question, []).append(f"{lesson.stem}/{name}")
    remarks = [f"{question}: {', '.join(places)}" for question, places in sorted(where.items())]
    missing = [question for question in SEED_QUESTIONS if question not in where]
    return [*remarks, f"missing: {' '.join(missing)}"] if missing else remarks


def summary(root: Path) -> str:
    """Return one line on the size of the course: its lessons and its graded cells by row."""
    rows = Counter()
    folders = lesson_folders(root)
    for folder in folders:
        if (folder / "assignment.py").exists():
            rows.update(row_of(cell.options) for cell in read(folder / "assignment.py").cells)
    counted = ", ".join(f"{rows[row]} {row}" for row in ROWS if rows[row])
    return f"{len(folders)} lessons; cells: {counted or 'none graded'}"
