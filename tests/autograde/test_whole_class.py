"""The command itself, as an instructor calls it: a worker, the sandbox, the gradebook, the feedback."""

import json
import os
import subprocess
import sys

import pytest
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from tests.autograde import school
from tests.classroom import ROOT

pytestmark = pytest.mark.slow  # a warm worker

KILLS_ITSELF = "import os\nos._exit(1)"


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A course whose class was graded by one call: its folder, configuration, results and what was printed."""
    root = tmp_path_factory.mktemp("course")
    config = school.make(root)
    (root / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.CourseDirectory.root = {str(root)!r}\nc.CourseDirectory.course_id = "school"\n'
    )
    school.hand_in(root, "ann")
    school.hand_in(root, "bob", school.answers(double="def double(number):\n    return 42"))
    school.hand_in(root, "cem", school.answers(double=KILLS_ITSELF))
    school.hand_in(root, "dee", b"no notebook")
    done = subprocess.run(
        [sys.executable, "-m", "autograde", "tiny", "--report", "results.json", "--workers", "1"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(root / "none")},
        text=True,
        capture_output=True,
        check=False,
    )
    return root, config, done


def test_the_class_is_graded_in_one_call(ended):
    """Marks for those who can be graded, also beside a submission that kills its kernel."""
    root, _, done = ended
    found = {r["student"]: r for r in json.loads((root / "results.json").read_text())}

    assert done.returncode == 1, done.stderr
    assert [found[name]["points"] for name in ("ann", "bob", "cem", "dee")] == [6, 5, 2, None]
    assert found["cem"]["evidence"] != []
    assert "not JSON" in found["dee"]["reasons"][0]


def test_nothing_but_the_summary_is_printed(ended):
    """Neither nbgrader's log nor Dask's, nor a warning."""
    done = ended[2]

    assert "4 submissions: 3 graded" in done.stdout
    assert done.stderr.split() in ([], ["Grading"])


def test_the_gradebook_has_the_marks(ended):
    """What the command says is what nbgrader exports."""
    marks = school.marks(ended[1])

    assert [score for _, score, _ in marks["ann"]["grades"]] == [2.0, 2.0, 2.0]
    assert [manual for _, _, manual in marks["dee"]["grades"]] == [True] * 3
    assert set(marks) == {"ann", "bob", "cem", "dee"}


def test_feedback_can_be_made_of_it(ended):
    """nbgrader's own step reads what the command has written."""
    root, config, _ = ended
    coursedir = CourseDirectory(config=config)
    coursedir.assignment_id, coursedir.student_id = school.ASSIGNMENT, "bob"
    GenerateFeedback(coursedir=coursedir, config=config).start()
    page = (root / "feedback" / "bob" / school.ASSIGNMENT / f"{school.NOTEBOOK}.html").read_text()

    assert "double(4711)" in page
