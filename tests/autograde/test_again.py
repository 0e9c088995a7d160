"""Run it again: after any kill, with nothing changed, with a changed check; the gradebook is as if nothing happened."""

import os
import shutil
import signal
import warnings
from datetime import timedelta

import pytest
from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc
from traitlets.config import Config

from autograde import ledger, parts, record
from autograde import run as running
from autograde.run import GRADED, PERSON
from tests.autograde import school

pytestmark = pytest.mark.slow  # a real gradebook, graded many times


@pytest.fixture(scope="module")
def ungraded(tmp_path_factory):
    """A course with a class of two that nobody has graded."""
    root = tmp_path_factory.mktemp("ungraded")
    school.make(root)
    school.hand_in(
        root, "ann", school.answers(answer="answer = 41"), time="2026-11-24 08:00:00 UTC"
    )
    school.hand_in(root, "bob", b"no notebook")
    return root


@pytest.fixture
def place(ungraded, tmp_path, monkeypatch):
    """A copy of the course, its configuration, and the list of who is graded from now on."""
    root = tmp_path / "course"
    shutil.copytree(ungraded, root)
    config = Config({"CourseDirectory": {"root": str(root), "course_id": "school"}})
    return root, config, school.fake_engine(monkeypatch)


@pytest.fixture(scope="module")
def undisturbed(ungraded, tmp_path_factory):
    """What the gradebook says after one run."""
    root = tmp_path_factory.mktemp("undisturbed") / "course"
    shutil.copytree(ungraded, root)
    config = Config({"CourseDirectory": {"root": str(root), "course_id": "school"}})
    with pytest.MonkeyPatch.context() as patch:
        school.fake_engine(patch)
        school.grade(config)
    return school.marks(config), school.autograded(root, "ann").cells


# Where a run is killed: a function of the grader's or of nbgrader's, before or after it, the how many-th call.
POINTS = [
    (ledger.Ledger, "write", "before", 1),  # graded, and not kept
    (ledger.Path, "replace", "before", 1),  # half kept
    (ledger.Ledger, "write", "after", 1),  # kept, and not recorded
    (parts, "entered", "before", 1),  # the submission is entered, and has no marks
    (parts, "fill_in", "after", 1),  # it has marks, and no comments
    (FilesWriter, "write", "before", 1),  # it has all, and the notebook is not there yet
    (FilesWriter, "write", "after", 1),  # the notebook is there, and nothing is committed
    (ledger.Ledger, "recorded", "before", 1),  # recorded, and not known to be
    (ledger.Ledger, "recorded", "after", 1),  # one student is done
    (parts.WithoutMarks, "preprocess", "before", 2),  # 0 points for whom a person must grade
    (ledger.Ledger, "recorded", "after", 2),  # all are done
]


@pytest.mark.parametrize(("owner", "name", "when", "count"), POINTS)
def test_a_killed_run_is_run_again(place, undisturbed, owner, name, when, count):
    """Whatever was half done, the second run ends with the gradebook of an undisturbed one."""
    root, config, graded = place
    status = _killed(config, owner, name, when, count)
    outcomes = school.grade(config)

    assert os.WTERMSIG(status) == signal.SIGKILL
    assert {who: o.state for who, o in outcomes.items()} == {"ann": GRADED, "bob": PERSON}
    assert school.marks(config) == undisturbed[0]
    assert [c.get("outputs") for c in school.autograded(root, "ann").cells] == [
        c.get("outputs") for c in undisturbed[1]
    ]
    assert len(graded) <= 2


def _killed(config, owner, name, when, count):
    """Grade in a fork of this process that is killed at a point; return how it ended."""
    with warnings.catch_warnings():
        # The fork never returns to pytest, whose other threads it lacks.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            _arm(owner, name, when, count)
            school.grade(config)
        finally:
            os._exit(0)
    return os.waitpid(pid, 0)[1]


def _arm(owner, name, when, count):
    real, calls = getattr(owner, name), []

    def call(*given, **named):
        calls.append(given)
        if when == "before" and len(calls) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*given, **named)
        if when == "after" and len(calls) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, name, call)


def test_what_is_unchanged_is_not_graded_twice(place):
    """The second run starts no worker; `--force` grades all the same; a new hand-in is graded."""
    root, config, graded = place
    school.grade(config)
    first = list(graded)
    again = school.grade(config)
    second = list(graded)
    school.grade(config, force=True)
    third = list(graded)
    school.hand_in(root, "ann")
    changed = school.grade(config)["ann"]

    assert (first, second) == (["ann", "bob"], ["ann", "bob"])
    assert all(outcome.unchanged for outcome in again.values())
    assert third == ["ann", "bob"] * 2
    assert graded[4:] == ["ann"]
    assert changed.changes == ["check-answer: 0 -> 2 (changed: submission)"]


def test_a_changed_check_grades_again_and_says_whose_marks_change(place):
    """The instructor reads which marks are others now, and that the check is why."""
    root, config, _ = place
    school.grade(config)
    school.write_source(root, [("== 2 * given", "== 0 * given")])
    school.generate(config)
    outcome = school.grade(config)["ann"]

    assert outcome.changes == ["check-double: 2 -> 0 (changed: checks 'check-double')"]
    assert ("check-double", 0.0, False) in school.marks(config)["ann"]["grades"]


def test_another_sentence_grades_nobody_again(place):
    """What is only read by learners touches no mark."""
    root, config, graded = place
    school.write_source(root, text="Read this.")
    school.generate(config)
    school.grade(config)
    school.write_source(root, text="Read this first.")
    school.generate(config)
    again = school.grade(config)

    assert graded == ["ann", "bob"]
    assert again["ann"].unchanged


def test_another_version_of_the_grader_grades_again(place, monkeypatch):
    """A result depends on moto and on the course's own code."""
    _, config, graded = place
    school.grade(config)
    monkeypatch.setattr(running, "versions", lambda: "another")
    outcome = school.grade(config)["ann"]

    assert graded == ["ann", "bob"] * 2
    assert outcome.changes == []


def test_marks_by_hand_survive_a_regrading(place):
    """What a person has given in formgrader stays."""
    _, config, _ = place
    school.grade(config)
    school.by_hand(config, "bob", "check-double", 1.5)
    school.grade(config, force=True)

    assert school.by_hand(config, "bob", "check-double") == 1.5


def test_a_late_submission_has_its_penalty_and_loses_it_again(place):
    """nbgrader's own rule, as configured; with an extension the same submission is in time."""
    root, config, _ = place
    config.LateSubmissionPlugin.penalty_method = "zero"
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        gradebook.find_assignment(school.ASSIGNMENT).duedate = parse_utc("2026-11-24 07:00:00 UTC")
        gradebook.db.commit()
        school.grade(config, student="ann")
        found = gradebook.find_submission_notebook("p1", school.ASSIGNMENT, "ann")
        late = found.score, found.late_submission_penalty
        found.assignment.extension = timedelta(hours=2)
        gradebook.db.commit()
        school.grade(config, student="ann", force=True)
        gradebook.db.expire_all()
        in_time = found.late_submission_penalty

    assert late == (4.0, 4.0)
    assert in_time is None


def test_what_the_gradebook_refuses_is_kept_and_recorded_later(place, monkeypatch):
    """A gradebook that is down costs no grading: the next run records what was kept."""
    _, config, graded = place
    with monkeypatch.context() as down:
        down.setattr(record._Recording, "start", _refuse)
        first = school.grade(config, student="ann")["ann"]
    second = school.grade(config, student="ann")["ann"]

    assert "the gradebook did not take it" in first.reasons[0]
    assert second.state == GRADED
    assert graded == ["ann"]


def _refuse(converter):
    raise OSError("the database is down")


def test_a_submission_that_the_grader_lost_is_tried_again(place, monkeypatch):
    """A worker's death is no fault of the submission's: the next run does not take it for graded."""
    _, config, graded = place
    with monkeypatch.context() as broken:
        broken.setattr(running.engine, "grade_all", _lose)
        first = school.grade(config, student="ann")["ann"]
    second = school.grade(config, student="ann")["ann"]

    assert first.reasons == ["the grader failed"]
    assert second.state == GRADED
    assert graded == ["ann"]


def _lose(client, jobs):
    for job, _, _ in jobs:
        yield job, {"lost": "the grader failed"}
