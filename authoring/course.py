"""What the course as a whole promises: how long its parts take, how much there is to see and to do."""

import re
from pathlib import Path

from authoring.exercises import POINTS, variants
from authoring.text import Text, read

FOLDERS = (
    "6.3.a-ecr",
    "6.3.b-ecs-fargate",
    "6.3.c-alb",
    "6.3.d-vpc-iam",
    "6.3-interview",
    "6.3-interview-design",
    "6.3-interview-design-2",
    "6.3-interview-hardening",
    "6.3-interview-incidents",
    "6.3-revision",
)
SHORTEST, LONGEST = 60, 90  # minutes
PICTURES, TRY_ITS = 3, 6  # in a lesson, at least
EXERCISES, COURSE_POINTS, WRONG_ANSWERS, CARDS = 45, 150, 150, 60  # in the course, at least
# A lesson on a part of AWS; what looks back at all of them may be shorter and hold less.
_PART = re.compile(r"\d+\.\d+\.[a-z]-")
_PICTURE = re.compile(
    r"\bcloud\.(?:map|path|trace|timeline|traffic|cost|can|compare|image|repository|lifecycle)\("
    r"|\bquiz\(|<svg\b"
)
_CARD = re.compile(r"\b(?:recall|quiz)\(")


def promises(folders: list[Path]) -> list[str]:
    """Return what the lessons and assignments lack of what the course promises."""
    lacks, totals = [], {"exercises": 0, "points": 0, "wrong answers": 0, "recall cards": 0}
    for folder in folders:
        for name in ("lesson.py", "assignment.py"):
            if (folder / name).exists():
                text = read(folder / name)
                totals["recall cards"] += len(_CARD.findall(_code(text)))
                lacks += [f"{folder.name}/{name} {lack}" for lack in _lacks(folder, name, text)]
                points = _points(text) if name == "assignment.py" else []
                totals["exercises"] += len(points)
                totals["points"] += sum(points)
        answers = variants(folder / "wrong_answers.py")
        totals["wrong answers"] += sum(variant.says is not None for variant in answers)
    least = zip(totals, (EXERCISES, COURSE_POINTS, WRONG_ANSWERS, CARDS), strict=True)
    few = [(what, totals[what], most) for what, most in least if totals[what] < most]
    return [*lacks, *(f"the course has {n} {what}, fewer than {most}" for what, n, most in few)]


def missing(folders: list[Path]) -> list[str]:
    """Return the folders that the course still lacks; until there are none, a lack is only remarked."""
    there = {folder.name for folder in folders}
    return [name for name in FOLDERS if name not in there]


def _lacks(folder: Path, name: str, text: Text) -> list[str]:
    part = bool(_PART.match(folder.name))
    minutes = text.lesson.get("minutes", 0)
    found = []
    shortest = SHORTEST if part or name == "assignment.py" else 1
    if not shortest <= minutes <= LONGEST:
        found.append(f"states {minutes} minutes: make it {shortest} to {LONGEST}")
    if part and name == "lesson.py":
        pictures = len(_PICTURE.findall(_code(text)))
        tries = sum("try-it" in cell.options.get("tags", []) for cell in text.cells)
        if pictures < PICTURES:
            found.append(f"has {pictures} things to see: make it at least {PICTURES}")
        if tries < TRY_ITS:
            found.append(f'has {tries} cells `tags=["try-it"]`: make it at least {TRY_ITS}')
    return found


def _code(text: Text) -> str:
    return "\n".join(cell.source for cell in text.cells)


def _points(text: Text) -> list[int]:
    prose = (cell.source for cell in text.cells if cell.cell_type == "markdown")
    return [int(match.group(1)) for source in prose for match in POINTS.finditer(source)]
