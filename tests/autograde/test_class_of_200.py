"""A class of 200 in one command: nothing is lost, and every hostile submission is reported."""

import json
import os
import subprocess
import sys

import pytest

from tests.autograde import crowd, school
from tests.classroom import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """The students by name, the results by name, and nbgrader's configuration, after one call of the command."""
    root = tmp_path_factory.mktemp("course")
    config = school.make(root)
    (root / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.CourseDirectory.root = {str(root)!r}\nc.CourseDirectory.course_id = "school"\n'
    )
    students = crowd.everybody()
    for student in students:
        school.hand_in(root, student.name, student.data, student.file)
    done = subprocess.run(
        [sys.executable, "-m", "autograde", "tiny", "--report", "results.json", "--workers", "2"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(root / "none")},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-3000:]
    results = {r["student"]: r for r in json.loads((root / "results.json").read_text())}
    return {student.name: student for student in students}, results, config


def test_it_is_a_class_of_200(ended):
    """Nobody is missing from the results."""
    students, results, _ = ended

    assert len(students) == 200
    assert set(results) == set(students)


def test_everybody_has_the_marks_that_were_earned(ended):
    """Honest, damaged and hostile ones alike."""
    students, results, _ = ended
    wanted = {name: student.points for name, student in students.items()}

    assert {name: result["points"] for name, result in results.items()} == wanted


def test_everybody_ends_as_graded_repaired_or_for_a_person(ended):
    """And whoever needs a person or a repair has the reason beside the name."""
    students, results, _ = ended

    assert {name: result["state"] for name, result in results.items()} == {
        name: student.state for name, student in students.items()
    }
    assert all(r["reasons"] for r in results.values() if r["state"] != crowd.GRADED)


def test_every_hostile_submission_is_reported(ended):
    """What it did is in the results as evidence; the honest ones have none."""
    students, results, _ = ended
    silent = [
        n for n, student in students.items() if student.reported and not results[n]["evidence"]
    ]
    blamed = {
        n: results[n]["evidence"]
        for n in students
        if n.startswith("honest") and results[n]["evidence"]
    }

    assert silent == []
    assert blamed == {}


def test_the_gradebook_has_everybody(ended):
    """The same marks are in nbgrader's gradebook, none where a person has to look."""
    students, _, config = ended
    kept = school.marks(config)

    assert set(kept) == set(students)
    for name, student in students.items():
        marks = [score for _, score, _ in kept[name]["grades"]]
        assert marks == [None] * 3 if student.points is None else sum(marks) == student.points, name
