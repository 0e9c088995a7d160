"""Run many variants of one notebook in one kernel, what they have in common only once."""

from copy import deepcopy
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from nbformat import NotebookNode

if TYPE_CHECKING:
    from authoring.run import Worker

_CALL = """
import authoring.rewind
authoring.rewind.{call}
del authoring
"""


class Stage:
    """A worker's kernel in a copy of one folder, with the moments kept there.

    A moment is what some cells from the top of a notebook lead to (see rewind.py).
    Bringing it back takes a few hundredths of a second, running the cells again may take seconds.
    """

    def __init__(self, worker: "Worker", folder: Path) -> None:
        self.worker, self.folder = worker, folder
        self._temporary = TemporaryDirectory()
        self._here = Path(self._temporary.name) / "here"
        copytree(folder, self._here)
        self._moments: dict[tuple[str, ...], tuple[Path, list]] = {}
        worker.prepare(self._here)
        self._keep((), [])

    def run(self, notebook: NotebookNode, start: str) -> NotebookNode:
        """Run a copy of the notebook's code cells; return it with outputs, as Worker.run() does.

        What stands before the cell with the id `start` is brought back where it has been run before.
        """
        done = deepcopy(notebook)
        code = [cell for cell in done.cells if cell.cell_type == "code"]
        first = next(i for i, cell in enumerate(code) if cell.id == start)
        sources = tuple(cell.source for cell in code[:first])
        known = next(n for n in range(first, -1, -1) if sources[:n] in self._moments)
        kept, outputs = self._moments[sources[:known]]
        self._in_kernel(f"back(get_ipython(), {str(kept)!r}, {str(self._here)!r})")
        for cell, output in zip(code[:known], outputs, strict=True):
            cell.outputs = deepcopy(output)
        for index, cell in enumerate(code[known:], known):
            if index == first and known < first and self.worker.alive:
                self._keep(sources, [cell.outputs for cell in code[:first]])
            self.worker.execute(done, cell, done.cells.index(cell))
        return done

    def _keep(self, sources: tuple[str, ...], outputs: list) -> None:
        path = Path(self._temporary.name) / f"moment-{len(self._moments)}"
        self._in_kernel(f"keep(get_ipython(), {str(path)!r})")
        self._moments[sources] = path, deepcopy(outputs)

    def _in_kernel(self, call: str) -> None:
        if problem := self.worker.code(_CALL.format(call=call)):
            raise RuntimeError(f"authoring/rewind.py failed in the kernel: {problem}")

    def close(self) -> None:
        """Leave the folder and remove it, with what was kept."""
        self._temporary.cleanup()
