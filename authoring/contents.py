"""The table of lessons in README.md and in lessons/00-start-here, made from the headers of the lessons.

It stands between two comments; what else is in those files is written by hand.
"""

import re
from pathlib import Path

from authoring.exercises import POINTS
from authoring.table import LessonError
from authoring.text import Text, read

BEGIN, END = "<!-- lessons: made by `make build` -->", "<!-- end of lessons -->"
START = "00-start-here"
# The file, and how its links reach notebooks/ and release/.
PLACES = {
    "README.md": ("notebooks/", "release/"),
    f"lessons/{START}/lesson.py": ("", "../release/"),
}
HEAD = "| Lesson | Interview questions | Time | Assignment |\n|---|---|---|---|\n"
_REGION = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.S)


def in_order(path: Path) -> str:
    """Return the key that sorts lesson folders: 6.3.a before 6.3-interview."""
    return path.name.replace("-", "~")


def outdated(root: Path, folders: list[Path]) -> dict[str, str]:
    """Return the new text of each file whose table is not that of the lessons, by its path under `root`.

    Raises LessonError for a header without title or minutes.
    """
    changed = {}
    for name, links in PLACES.items():
        path = root / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        # A file without the two comments has no table.
        new = _REGION.sub(lambda _, links=links: _region(folders, *links), old)
        if new != old:
            changed[name] = new
    return changed


def _region(folders: list[Path], notebooks: str, release: str) -> str:
    rows = [_row(folder, notebooks, release) for folder in sorted(folders, key=in_order)]
    return f"{BEGIN}\n{HEAD}{''.join(rows)}{END}"


def _row(folder: Path, notebooks: str, release: str) -> str:
    stem = folder.name
    texts = {
        name: read(folder / name)
        for name in ("lesson.py", "assignment.py")
        if (folder / name).exists()
    }
    headers = [{"covers": [], **text.lesson} for text in texts.values()]
    for name, header in zip(texts, headers, strict=True):
        if not {"title", "minutes"} <= header.keys():
            raise LessonError(f"{stem}/{name}: give its header `lesson:` a title and minutes")
    title, time, assignment = headers[0]["title"], "", ""
    if "lesson.py" in texts:
        title = f"[{title}]({notebooks}{stem}.ipynb)"
        time = f"{headers[0]['minutes']} min"
    if "assignment.py" in texts:
        size = _size(texts["assignment.py"], headers[-1]["minutes"])
        assignment = f"[{size}]({release}{stem}/{stem}.ipynb)"
    covers = ", ".join(dict.fromkeys(_question(q) for h in headers for q in h["covers"]))
    return f"| {title} | {covers} | {time} | {assignment} |\n"


def _size(assignment: Text, minutes: int) -> str:
    points = [
        int(heading.group(1))
        for cell in assignment.cells
        if cell.cell_type == "markdown"
        for heading in POINTS.finditer(cell.source)
    ]
    return f"{len(points)} exercises, {sum(points)} points, {minutes} min"


def _question(code: str) -> str:
    return f"quick-fire {code[1:]}" if code.startswith("F") else code
