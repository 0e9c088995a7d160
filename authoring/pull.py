"""Bring what was edited in source/ (formgrader, JupyterLab) back into lessons/*/assignment.py.

`source/.built.json` says what each cell was when it was built, so an edit on either side is seen.
Only the lines of edited cells change in the text.
"""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from authoring.build import cell_hash, cell_hashes, edited_cells, read_record
from authoring.table import LessonError, collapse
from authoring.text import Cell, Text, cell_text, hints_id, hints_list, notebook, read


def pull(root: Path) -> list[str]:
    """Rewrite each assignment.py whose notebook in source/ was edited; return their stems.

    Raises LessonError, naming the cells, when a cell was edited on both sides.
    """
    stems = list(edited_cells(root))
    texts = {stem: _pulled(root, stem) for stem in stems}  # all or nothing
    for stem, text in texts.items():
        (root / "lessons" / stem / "assignment.py").write_text(text, encoding="utf-8")
    return stems


def _pulled(root: Path, stem: str) -> str:
    path = root / "lessons" / stem / "assignment.py"
    if not path.exists():
        raise LessonError(f"source/{stem} has no lessons/{stem}/assignment.py to pull into")
    text = read(path)
    built = notebook(text, assignment=True)
    edited = nbformat.read(root / "source" / stem / f"{stem}.ipynb", as_version=4)
    base = read_record(root)["cells"][stem]
    _refuse_both_edited(stem, base, cell_hashes(built), cell_hashes(edited))
    return merge(text, built, edited)


def _refuse_both_edited(stem: str, base: dict, ours: dict, theirs: dict) -> None:
    """Refuse when assignment.py was edited since the build too: two edits need a human."""
    if ours != base or list(ours) != list(base):
        here, there = _differing(ours, base), _differing(theirs, base)
        raise LessonError(
            f"{stem} was edited in lessons/ (cells {', '.join(here)}) and in source/ "
            f"(cells {', '.join(there)}): repeat the edit of source/ in assignment.py and run "
            "`python -m authoring build --force`, or undo one of the two"
        )


def _differing(now: dict, base: dict) -> list[str]:
    changed = [id for id in now if base.get(id) != now[id]] + [id for id in base if id not in now]
    return changed or ["in another order"]


def merge(text: Text, built: NotebookNode, edited: NotebookNode) -> str:
    """Return the text with the edited notebook's cells; unedited cells keep their lines.

    `built` is the notebook of `text`.
    Raises LessonError for a cell that the course's table cannot express.
    """
    known = {new.id: old for new, old in zip(built.cells, text.cells, strict=True)}
    hashes = cell_hashes(built)
    pieces = [text.header]
    for cell in edited.cells:
        if hashes.get(cell.id) == cell_hash(cell):
            pieces.append(known[cell.id].text)
        else:
            pieces.append(_printed(cell, known.get(cell.id)))
        if known.get(cell.id) is text.cells[-1]:
            pieces.append("\n")  # it may no longer be the last of the file
    return "".join(pieces).rstrip("\n") + "\n"


def _printed(cell: NotebookNode, known: Cell | None) -> str:
    source = cell.source
    options = collapse(cell.metadata)
    if cell.id.startswith(hints_id("")) and cell.cell_type == "markdown":
        options = {"hints": cell.id.removeprefix(hints_id(""))}
        source = hints_list(source)
        if not source:
            raise LessonError(
                f"cell {cell.id!r}: keep its <details> blocks, or edit it in lessons/"
            )
    if known is not None and "id" in known.options:
        options["id"] = cell.id
    if known is not None and set(options) == set(known.options):
        # The author's own order of the options.
        options = {key: options[key] for key in known.options}
    printed = cell_text(cell.cell_type, source, options)
    if known is None:
        return printed
    # As many empty lines after it as before the edit.
    return printed.rstrip("\n") + known.text[len(known.text.rstrip("\n")) :]
