"""What a neighbour hands over does not help: the answers of one learner in the notebook of another."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from authoring.exercises import exercises
from authoring.proofs import LEARNERS, named, up_to
from authoring.run import Worker, points
from tests.classroom import ROOT

pytestmark = pytest.mark.slow

STEM = "6.3.a-ecr"
FOLDER = ROOT / "source" / STEM


@pytest.fixture(scope="module")
def worker():
    """A worker that keeps its kernel."""
    one = Worker()
    yield one
    one.close()


@pytest.fixture(scope="module")
def notebooks():
    """The solved notebook of each learner, by name."""
    source = nbformat.read(FOLDER / f"{STEM}.ipynb", as_version=4)
    return {name: named(source, name) for name in LEARNERS}


def drawn(worker, notebook):
    """Return the values that a notebook draws, by the names of its variables."""
    setup = next(i for i, cell in enumerate(notebook.cells) if cell.id == "setup")
    look = new_code_cell("import json; print(json.dumps(mine.values))")
    first = nbformat.from_dict({**notebook, "cells": [*notebook.cells[: setup + 1], look]})
    (output,) = worker.run(first, FOLDER).cells[-1].outputs
    return json.loads(output.text)


def assigning(values):
    """Return a line that sets variables."""
    return f"{', '.join(values)} = {', '.join(map(repr, values.values()))}\n"


def test_a_neighbours_answers_lose_points(worker, notebooks):
    """An answer with another learner's values fails on at least half of the exercises that have drawn values.

    What the neighbour typed as a value is what the neighbour's variables hold while the answer runs.
    """
    values, theirs = (drawn(worker, notebooks[name]) for name in LEARNERS)
    notebook = notebooks[LEARNERS[1]]
    own = [e for e in exercises(notebook) if e.solutions and e.checks]
    own = [e for e in own if any(key in c.source for c in e.solutions for key in values)]
    passed = []
    for exercise in own:
        cut = up_to(notebook, exercise)
        ids = [cell.id for cell in exercise.solutions]
        for cell in cut.cells:
            if cell.id in ids:
                cell.source = assigning(values) + cell.source + "\n" + assigning(theirs)
        done = worker.rerun(cut, FOLDER, ids[0])
        checks = [cell for cell in done.cells if cell.id in [c.id for c in exercise.checks]]
        if all(points(cell) == cell.metadata.nbgrader.points for cell in checks):
            passed.append(exercise.title)

    assert values.keys() == theirs.keys()
    assert len(own) >= 5
    assert len(passed) <= len(own) / 2, passed
