"""The one place where a cell's options become notebook metadata, and back.

| option on the `# %%` line      | cell     | in nbgrader's words                                  |
|--------------------------------|----------|------------------------------------------------------|
| `given="setup"`                | any      | read-only                                            |
| `solution="make-bucket"`       | code     | autograded answer                                    |
| `check="make-bucket" points=3` | code     | autograded tests, grade_id `check-make-bucket`       |
| `answer="why" points=3`        | any      | manually graded answer                               |
| `task="draw-it" points=3`      | Markdown | manually graded task, may hold a `BEGIN MARK SCHEME` |

Not nbgrader's: `hints="make-bucket"` (Markdown), `hide` (the code starts folded), `tags=[...]`, on a solution
`needs=["make-bucket"]`: the only earlier solutions that it builds on (without it: all of them),
and on a cell of no row `id="name"`: the cell's id, for a cell that is looked up by it.
nbgrader's own description of the five types of cell:
https://nbgrader.readthedocs.io/en/stable/user_guide/creating_and_grading_assignments.html
"""

import re

SCHEMA_VERSION = 3
_FLAGS = ("grade", "solution", "locked", "task")
#        option      grade  solution locked task   points cell types
ROWS = {
    "given": (False, False, True, False, False, ("code", "markdown", "raw")),
    "solution": (False, True, False, False, False, ("code",)),
    "check": (True, False, True, False, True, ("code",)),
    "answer": (True, True, False, False, True, ("markdown", "code")),
    "task": (False, False, True, True, True, ("markdown",)),
}
_PLAIN = ("hints", "hide", "tags", "points", "needs", "id")
# JupyterLab's nbgrader extension accepts exactly these; 64 is nbformat's limit for a cell id.
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class LessonError(ValueError):
    """Say what is wrong in lessons/ (or in a hand-edited source/) and how to put it right."""


def row_of(options: dict) -> str | None:
    """Return the row of the table that a cell's options name, or None for a cell without one.

    Raises LessonError when two rows are named on one cell.
    """
    rows = [name for name in ROWS if name in options]
    if len(rows) > 1:
        raise LessonError(f"one cell is {' and '.join(rows)}: split it, one option a cell")
    return rows[0] if rows else None


def grade_id(options: dict) -> str | None:
    """Return the nbgrader grade_id that a cell's options lead to, None for an ungraded cell."""
    row = row_of(options)
    if row is None:
        return None
    return f"check-{options[row]}" if row == "check" else str(options[row])


def expand(options: dict, cell_type: str) -> dict:
    """Return the cell metadata for the options of one `# %%` line.

    Raises LessonError for an unknown option, a wrong type of cell, a bad name or bad points.
    """
    unknown = set(options) - set(ROWS) - set(_PLAIN)
    if unknown:
        known = ", ".join([*ROWS, *_PLAIN])
        raise LessonError(f"unknown option `{sorted(unknown)[0]}` on a cell: use one of {known}")
    metadata = {}
    row = row_of(options)
    if row is not None:
        metadata["nbgrader"] = _nbgrader(row, options, cell_type)
    elif "points" in options:
        raise LessonError("points= belongs to a check, an answer or a task")
    if "hints" in options and (row is not None or cell_type != "markdown"):
        raise LessonError(f"hints={options['hints']!r} must be a `# %% [markdown]` cell of its own")
    if "id" in options:
        _check_id(options, row)
    if "needs" in options:
        if row != "solution":
            raise LessonError("needs= belongs to a solution")
        metadata["needs"] = list(options["needs"])
    if options.get("hide"):
        metadata["jupyter"] = {"source_hidden": True}
    if "tags" in options:
        metadata["tags"] = list(options["tags"])
    return metadata


def _check_id(options: dict, row: str | None) -> None:
    if row is not None or "hints" in options:
        raise LessonError(f"id={options['id']!r} belongs to a cell that has no other name")
    if not _GRADE_ID.fullmatch(str(options["id"])):
        raise LessonError(f"id={options['id']!r}: use letters, digits, - and _, at most 64")


def _nbgrader(row: str, options: dict, cell_type: str) -> dict:
    *flags, has_points, cell_types = ROWS[row]
    name = grade_id(options)
    if not _GRADE_ID.fullmatch(name):
        raise LessonError(f"{row}={options[row]!r}: use letters, digits, - and _, at most 64")
    if cell_type not in cell_types:
        raise LessonError(f"{row}={options[row]!r} is a {cell_type} cell: make it {cell_types[0]}")
    points = options.get("points")
    if has_points and (isinstance(points, bool) or not isinstance(points, int) or points < 1):
        raise LessonError(f"{row}={options[row]!r} needs points=<a whole number above 0>")
    if not has_points and points is not None:
        raise LessonError(f"{row}={options[row]!r} carries no points: put them on its check")
    meta = {
        "grade_id": name,
        "schema_version": SCHEMA_VERSION,
        **dict(zip(_FLAGS, flags, strict=True)),
    }
    if has_points:
        meta["points"] = points
    return meta


def collapse(metadata: dict) -> dict:
    """Return the options that expand() turns into this cell metadata.

    Raises LessonError for flags that are no row of the table.
    """
    options = {}
    meta = metadata.get("nbgrader")
    if meta:
        flags = tuple(bool(meta.get(flag)) for flag in _FLAGS)
        name = meta.get("grade_id", "")
        row = next((row for row, spec in ROWS.items() if spec[:4] == flags), None)
        if row is None and any(flags):
            raise LessonError(f"cell {name!r} has a type that the course does not use")
        if row:
            options[row] = name.removeprefix("check-") if row == "check" else name
        if row and ROWS[row][4]:
            options["points"] = int(meta["points"])
    if metadata.get("jupyter", {}).get("source_hidden"):
        options["hide"] = True
    if "needs" in metadata:
        options["needs"] = list(metadata["needs"])
    if metadata.get("tags"):
        options["tags"] = list(metadata["tags"])
    return options
