"""A course folder with the tiny assignment in nbgrader's gradebook, and a class whose grading starts no process."""

import copy
import json
from contextlib import nullcontext

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograde import course, engine
from autograde.engine import unpacked
from autograde.rebuild import Unreadable, read, rebuild, role
from autograde.run import Options, run
from tests.autograde import tiny

ASSIGNMENT, NOTEBOOK = "tiny", "p1"


def make(root):
    """Make a course in an empty folder, its one assignment released, and return nbgrader's configuration."""
    config = Config({"CourseDirectory": {"root": str(root), "course_id": "school"}})
    course.find_alembic()
    write_source(root)
    generate(config)
    return config


def write_source(root, checks=(), text=""):
    """Write the source notebook; `checks` are replacements in it, `text` stands in a cell above."""
    marked = {
        name: f"### BEGIN SOLUTION\n{text}\n### END SOLUTION" for name, text in tiny.RIGHT.items()
    }
    source = json.dumps(tiny.cells(marked))
    for old, new in checks:
        assert old in source
        source = source.replace(old, new)
    cells = [_with_task(cell) for cell in json.loads(source)]
    if text:
        above = {"cell_type": "markdown", "id": "above", "metadata": {}, "source": text}
        cells.insert(0, above)
    content = {"cells": cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}
    path = root / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def _with_task(cell):
    cell["metadata"]["nbgrader"] |= {"task": False}
    return cell


def generate(config):
    """Do what `nbgrader generate_assignment --force` does."""
    coursedir = CourseDirectory(config=config)
    coursedir.assignment_id = ASSIGNMENT
    GenerateAssignment(coursedir=coursedir, config=config, force=True).start()


def hand_in(root, student, content=None, name=f"{NOTEBOOK}.ipynb", time=None):
    """Put a file where `nbgrader collect` would; by default all answers are right. Return its path."""
    folder = root / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(tiny.notebook() if content is None else content)
    if time:
        (folder / "timestamp.txt").write_text(time)
    return folder / name


def answers(**changed):
    """Return a submission whose answers are right but for those given."""
    return tiny.notebook({**tiny.RIGHT, **changed})


def fake_result(data, master):
    """Return the result of a submission without running it: full marks for what is literally right."""
    try:
        rebuilt = rebuild(master.cells, read(data))
    except Unreadable as error:
        return {"unreadable": str(error)}
    cells = copy.deepcopy(rebuilt.cells)
    sources = {cell.get("id"): cell["source"] for cell in cells}
    for cell in cells:
        cell["outputs"] = []
        if role(cell) == "check":
            name = cell["id"].removeprefix("check-")
            right = sources[name] == tiny.RIGHT[name]
            most = cell["metadata"]["nbgrader"]["points"]
            shown = {"text/plain": str(most if right and "0 * given" not in cell["source"] else 0)}
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "data": shown,
                    "metadata": {},
                    "execution_count": 1,
                }
            ]
    return {
        "cells": cells,
        "repairs": rebuilt.repairs,
        "evidence": [],
        "seconds": 0.25,
        "cpu": 0.125,
    }


def fake_engine(monkeypatch):
    """Have submissions graded by `fake_result`, in this process; return the list of the students graded."""
    graded = []

    def grade_all(client, jobs):
        for job, data, master in jobs:
            graded.append(job.submission.student)
            yield job, fake_result(data, unpacked(master))

    monkeypatch.setattr(engine, "cluster", lambda *given: nullcontext())
    monkeypatch.setattr(engine, "grade_all", grade_all)
    return graded


def grade(config, **options):
    """Grade the class and return the outcomes by student."""
    found = run(Options(ASSIGNMENT, **options), config, lambda done, of: None)
    return {outcome.submission.student: outcome for outcome in found}


def marks(config, assignment=ASSIGNMENT):
    """Return all that the gradebook says about the class, as plain data to compare."""
    coursedir = CourseDirectory(config=config)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        return {
            submission.student.id: {
                "timestamp": submission.timestamp,
                "grades": sorted(
                    (g.cell.name, g.auto_score, g.needs_manual_grade) for g in notebook.grades
                ),
                "comments": sorted((c.cell.name, c.auto_comment) for c in notebook.comments),
            }
            for submission in gradebook.assignment_submissions(assignment)
            for notebook in submission.notebooks
        }


def autograded(root, student):
    """Return the notebook that formgrader shows."""
    path = root / "autograded" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    return nbformat.read(path, as_version=4)


def by_hand(config, student, check, points=None):
    """Return the mark that a person has given in formgrader; with `points`, give it first."""
    coursedir = CourseDirectory(config=config)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        grade = gradebook.find_grade(check, NOTEBOOK, ASSIGNMENT, student)
        if points is not None:
            grade.manual_score = points
            gradebook.db.commit()
        return grade.manual_score
