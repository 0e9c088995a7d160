"""A real assignment and an honest submission of it, as plain data: nothing is started."""

import copy
import json
from typing import Any

from autograde.rebuild import LEARNERS, role
from tests.classroom import ROOT

STEM = "6.3.a-ecr"
Notebook = dict[str, Any]


def released() -> Notebook:
    """Return the notebook that the learners have got."""
    return json.loads((ROOT / f"release/{STEM}/{STEM}.ipynb").read_text())


def _sources() -> dict[str, str]:
    notebook = json.loads((ROOT / f"source/{STEM}/{STEM}.ipynb").read_text())
    return {cell["id"]: text(cell) for cell in notebook["cells"]}


def text(cell: dict[str, Any]) -> str:
    """Return a cell's source as one string."""
    return "".join(cell["source"])


def master() -> list[dict[str, Any]]:
    """Return the cells that are graded: as released, with the hidden tests of the source."""
    sources = _sources()
    return [
        {
            "cell_type": cell["cell_type"],
            "id": cell["id"],
            "metadata": cell["metadata"],
            "source": sources[cell["id"]] if role(cell) in ("check", "given") else text(cell),
        }
        for cell in released()["cells"]
    ]


def honest() -> Notebook:
    """Return the notebook of a learner who has solved everything and touched nothing else."""
    sources, notebook = _sources(), released()
    for cell in notebook["cells"]:
        if role(cell) in LEARNERS:
            cell["source"] = sources[cell["id"]]
    return notebook


def data(notebook: Any) -> bytes:
    """Return the file of a notebook."""
    return json.dumps(notebook).encode()


def changed(change: Any) -> bytes:
    """Return the file of the honest submission after `change(cells)`."""
    notebook = copy.deepcopy(honest())
    change(notebook["cells"])
    return data(notebook)
