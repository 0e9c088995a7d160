"""Grade an assignment: find what is new, have the workers grade it, record it, and say how each submission ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from nbgrader.coursedir import CourseDirectory

from autograde import course, engine
from autograde.course import Submission
from autograde.ledger import Ledger, key, versions
from autograde.record import Recorder, submitted
from autograde.scores import scores

GRADED, REPAIRED, PERSON = "graded", "repaired and graded", "needs a person"


@dataclass
class Outcome:
    """How one submission ended."""

    submission: Submission
    state: str  # GRADED, REPAIRED or PERSON
    points: float | None = None
    maximum: float | None = None
    reasons: list[str] = field(default_factory=list)  # repairs, or why a person is needed
    evidence: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    unchanged: bool = False
    changes: list[str] = field(default_factory=list)  # marks that differ from the last time


@dataclass
class Options:
    """What to grade, and with what."""

    assignment: str
    student: str = "*"
    workers: int = 2
    scheduler: str | None = None
    force: bool = False


def run(options: Options, config: Any, progress: Callable[[int, int], None]) -> Iterator[Outcome]:
    """Grade and record; yield each submission's outcome as soon as it is recorded.

    `progress` is called with how many are done and how many there are.
    Raises NoAssignment.
    """
    coursedir = CourseDirectory(config=config)
    ledger = Ledger(coursedir.root, options.assignment)
    recorder = Recorder(config)
    masters = {
        name: engine.packed(course.master(coursedir, options.assignment, name))
        for name in course.notebooks(coursedir, options.assignment)
    }
    graders = versions()
    todo: list[tuple[Submission, bytes, bytes]] = []
    done = 0
    found = list(course.submissions(coursedir, options.assignment, options.student))
    for submission in found:
        try:
            data = submitted(submission.path)
        except OSError as error:
            yield _person(submission, f"the file cannot be read: {error}", ledger, recorder, "")
            done += 1
            continue
        name = key(data, masters[submission.notebook], graders)
        old = ledger.read(submission.student, submission.notebook)
        if old and old["key"] == name and not options.force:
            yield _kept(submission, old, ledger, recorder)
            done += 1
            continue
        todo.append((submission, data, name))
    progress(done, len(found))
    if not todo:
        return
    jobs = ((item, item[1], masters[item[0].notebook]) for item in todo)
    with engine.cluster(options.workers, options.scheduler) as client:
        for (submission, _, name), result in engine.grade_all(client, jobs):
            yield _ended(submission, name, result, ledger, recorder)
            done += 1
            progress(done, len(found))


def _ended(
    submission: Submission, name: str, result: dict[str, Any], ledger: Ledger, recorder: Recorder
) -> Outcome:
    """Keep and record one result."""
    reason = result.get("unreadable") or result.get("lost")
    if reason:
        return _person(submission, reason, ledger, recorder, name)
    old = ledger.read(submission.student, submission.notebook) or {}
    entry = {
        "student": submission.student,
        "notebook": submission.notebook,
        "key": name,
        "result": result,
        "scores": scores(result["cells"]),
        "recorded": False,
    }
    ledger.write(submission.student, submission.notebook, entry)
    outcome = _kept(submission, entry, ledger, recorder)
    outcome.unchanged = False
    outcome.changes = _changes(old.get("scores", {}), entry["scores"])
    return outcome


def _kept(
    submission: Submission, entry: dict[str, Any], ledger: Ledger, recorder: Recorder
) -> Outcome:
    """Record a kept result if that has not happened yet, and return its outcome."""
    if "reason" in entry:
        return _person(submission, entry["reason"], ledger, recorder, entry["key"], unchanged=True)
    result = entry["result"]
    if not entry["recorded"]:
        problem = recorder.graded(submission, result)
        if problem:
            return _person(submission, problem, ledger, recorder, "")
        ledger.write(submission.student, submission.notebook, entry | {"recorded": True})
    points = [score for score in entry["scores"].values() if score[0] is not None]
    return Outcome(
        submission,
        REPAIRED if result["repairs"] else GRADED,
        sum(score[0] for score in points),
        sum(score[1] for score in entry["scores"].values()),
        result["repairs"],
        result["evidence"],
        result["seconds"],
        result["cpu"],
        unchanged=True,
    )


def _person(
    submission: Submission,
    reason: str,
    ledger: Ledger,
    recorder: Recorder,
    name: str,
    unchanged: bool = False,
) -> Outcome:
    """Record that somebody has to look at a submission."""
    if not unchanged:
        recorder.for_a_person(submission, reason)
        entry = {"student": submission.student, "notebook": submission.notebook, "key": name}
        ledger.write(submission.student, submission.notebook, entry | {"reason": reason})
    return Outcome(submission, PERSON, reasons=[reason], unchanged=unchanged)


def _changes(old: dict[str, list], new: dict[str, list]) -> list[str]:
    """Return the marks that a regrading has changed, one sentence each."""
    return [
        f"{check}: {old[check][0]:g} -> {score[0]:g}"
        for check, score in new.items()
        if check in old and None not in (old[check][0], score[0]) and old[check][0] != score[0]
    ]
