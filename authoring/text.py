"""Read lessons/*.py (py:percent) into notebooks, and write single cells back as text.

jupytext parses and prints the cells; magics are comments in the text (`# !aws s3 ls`), and a
`%%bash` cell is `# %% language="bash"` with its lines commented.
"""

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from authoring.table import LessonError, expand, grade_id

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": "3.12",
}
_MARKER = re.compile(r"^# %%(?:\s|$)")
_JUPYTEXT_ONLY = ("cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker")
_NEW_CELL = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


class Cell(NamedTuple):
    """One cell of a text: its type, its source, its options, its lines in the file."""

    cell_type: str
    source: str
    options: dict
    text: str


class Text(NamedTuple):
    """One py:percent file: the `lesson:` block of its header, the header's lines, its cells."""

    lesson: dict
    header: str
    cells: list[Cell]


def read(path: Path) -> Text:
    """Read a py:percent file.

    Raises LessonError when the header or a cell's marker line cannot be understood.
    """
    try:
        return parse(path.read_text(encoding="utf-8"))
    except LessonError as error:
        raise LessonError(f"{path.parent.name}/{path.name}: {error}") from None


def parse(text: str) -> Text:
    """Parse py:percent text; see read()."""
    header, chunks = _chunks(text)
    try:
        notebook = jupytext.reads(text, fmt="py:percent")
    except nbformat.ValidationError as error:
        raise LessonError(f"correct the header between the two `# ---`: {error.message}") from None
    cells = notebook.cells
    if cells and cells[0].cell_type == "raw" and len(cells) == len(chunks) + 1:
        raise LessonError("put the `lesson:` block of the header under `jupyter:`")
    if len(cells) != len(chunks):
        raise LessonError(
            f"{len(chunks)} `# %%` lines but {len(cells)} cells: start every cell with `# %%`, "
            "and do not start a line inside a string with it"
        )
    return Text(
        dict(notebook.metadata.get("lesson", {})),
        header,
        [
            Cell(cell.cell_type, cell.source, _options(cell.metadata), chunk)
            for cell, chunk in zip(cells, chunks, strict=True)
        ],
    )


def _chunks(text: str) -> tuple[str, list[str]]:
    """Cut a text before each `# %%` line; joined again the pieces are the text, byte for byte."""
    pieces = [[]]
    for line in text.splitlines(keepends=True):
        if _MARKER.match(line):
            pieces.append([])
        pieces[-1].append(line)
    header, *chunks = ["".join(piece) for piece in pieces]
    return header, chunks


def _options(metadata: dict) -> dict:
    options = {key: value for key, value in metadata.items() if key not in _JUPYTEXT_ONLY}
    # jupytext calls a word without a value the cell's title.
    title = options.pop("title", None)
    if title == "hide":
        options["hide"] = True
    elif title:
        raise LessonError(f"unknown option `{title}` on a `# %%` line")
    return options


def cell_text(cell_type: str, source: str, options: dict) -> str:
    """Print one cell as py:percent, ending in an empty line."""
    options = dict(options)
    if options.pop("hide", False):
        options["title"] = "hide"
    if cell_type == "markdown":
        options["cell_marker"] = '"""'
    cell = _NEW_CELL[cell_type](source, metadata=options)
    notebook = new_notebook(cells=[cell], metadata={"kernelspec": KERNELSPEC})
    printed = jupytext.writes(notebook, fmt="py:percent")
    return _chunks(printed)[1][0].rstrip("\n") + "\n\n"


def notebook(text: Text, *, assignment: bool):
    """Return the notebook of a text, without outputs and with ids that a rebuild repeats.

    Raises LessonError for a cell that breaks the table, or a graded cell in a lesson.
    """
    taken, cells = {}, []
    for cell in text.cells:
        metadata = expand(cell.options, cell.cell_type)
        if "nbgrader" in metadata and not assignment:
            raise LessonError(
                f"cell {grade_id(cell.options)!r} is graded: move it to assignment.py"
            )
        source = render_hints(cell) if "hints" in cell.options else cell.source
        cell_id = _cell_id(cell, taken)
        cells.append(_NEW_CELL[cell.cell_type](source, metadata=metadata, id=cell_id))
    metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO}
    if "title" in text.lesson:
        metadata["title"] = text.lesson["title"]  # nbconvert's page title
    return new_notebook(cells=cells, metadata=metadata)


def _cell_id(cell: Cell, taken: dict) -> str:
    if "hints" in cell.options:
        name = hints_id(cell.options["hints"])
    else:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        name = grade_id(cell.options) or cell.options.get("id") or digest
    if "id" in cell.options and name in taken:
        raise LessonError(f"id={name!r} is the id of an earlier cell: use another")
    count = taken[name] = taken.get(name, 0) + 1
    return name if count == 1 else f"{name}-{count}"


def hints_id(name: str) -> str:
    """Return the cell id of an exercise's hints."""
    return f"hints-{name}"


_ITEM = re.compile(r"(?:[-*]|\d+\.) +")
_DETAILS = "<details>\n<summary>Hint {} of {}</summary>\n\n{}\n\n</details>"
_RENDERED = re.compile(
    r"<details>\n<summary>Hint \d+ of \d+</summary>\n\n(.*?)\n\n</details>", re.S
)


def render_hints(cell: Cell) -> str:
    """Return the Markdown of a hints cell: its list as numbered `<details>` blocks.

    Raises LessonError when the cell holds anything but one list.
    """
    hints = []
    for line in cell.source.splitlines():
        item = _ITEM.match(line)
        if item:
            width = item.end()
            hints.append([line[width:]])
        elif hints and (not line.strip() or line.startswith("  ")):
            hints[-1].append(line[min(width, len(line) - len(line.lstrip())) :])
        else:
            raise LessonError(
                f"hints={cell.options['hints']!r}: write one Markdown list, an item a hint"
            )
    texts = ["\n".join(lines).strip() for lines in hints]
    return "\n\n".join(_DETAILS.format(n, len(texts), t) for n, t in enumerate(texts, 1))


def hints_list(rendered: str) -> str:
    """Return the Markdown list that render_hints() made this of."""
    items = []
    for hint in _RENDERED.findall(rendered):
        first, *rest = hint.split("\n")
        items.append("\n".join([f"- {first}", *(f"  {line}".rstrip() for line in rest)]))
    return "\n".join(items)
