"""Grade an assignment: find what is new, have the workers grade it, record it, and say how each submission ended."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nbgrader.coursedir import CourseDirectory

from autograde import course, discover, engine, workers
from autograde.course import Submission
from autograde.grade import Master
from autograde.lab import likely
from autograde.ledger import Ledger, key, versions
from autograde.names import Names
from autograde.rebuild import role
from autograde.record import Recorder, valid_time
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
    sandbox: str = ""  # what the submission ran in


@dataclass
class Options:
    """What to grade, and with what."""

    assignment: str
    student: str = "*"
    workers: int = 2
    scheduler: str | None = None
    force: bool = False
    unsandboxed: bool = False  # where no sandbox works


@dataclass
class _Job:
    """One submission on its way: what it is, and what its result depends on."""

    submission: Submission
    data: bytes
    timestamp: bytes
    key: dict[str, str]
    old: dict[str, Any]  # the last entry of the ledger


def run(options: Options, config: Any, progress: Callable[[int, int], None]) -> Iterator[Outcome]:
    """Grade and record; yield each submission's outcome as soon as it is recorded.

    `progress` is called with how many are done and how many there are.
    Raises NoAssignment.
    """
    grading = _Grading(options, config)
    with closing(grading.recorder):
        yield from _run(grading, options, progress)


def _run(
    grading: "_Grading", options: Options, progress: Callable[[int, int], None]
) -> Iterator[Outcome]:
    found = grading.found()
    todo: list[_Job] = []
    done = 0
    jobs = [grading.job(submission) for submission in found]
    for job in jobs:
        outcome = grading.known(job)
        if outcome is None:
            todo.append(job)
            continue
        done += 1
        yield outcome
    progress(done, len(found))
    if not todo:
        return
    sent = ((job, job.data, grading.packed[job.submission.notebook]) for job in todo)
    work = {"work": partial(engine.work, unsandboxed=True)} if options.unsandboxed else {}
    with engine.cluster(options.workers, options.scheduler) as client:
        for job, result in engine.grade_all(client, sent, **work):
            yield grading.ended(job, result)
            done += 1
            progress(done, len(found))


class _Grading:
    """The state of one run: an assignment, its ledger and its recorder."""

    def __init__(self, options: Options, config: Any) -> None:
        self.options = options
        self.coursedir = CourseDirectory(config=config)
        names = course.notebooks(self.coursedir, options.assignment)
        self.masters = {n: course.master(self.coursedir, options.assignment, n) for n in names}
        if any(likely(master.cells) for master in self.masters.values()):
            workers.expect_lab()
        self.packed = {name: engine.packed(master) for name, master in self.masters.items()}
        self.judges = {name: _judges(master) for name, master in self.masters.items()}
        self.ledger = Ledger(self.coursedir.root, options.assignment)
        self.recorder = Recorder(config, names)
        self.graders = versions()
        self.names = Names()

    def found(self) -> list[Submission]:
        """Return all that is to be graded."""
        names = list(self.masters)
        assignment, student = self.options.assignment, self.options.student
        return list(discover.submissions(self.coursedir, assignment, names, student))

    def job(self, submission: Submission) -> _Job:
        """Read one submission; what cannot be read has its reason instead of content."""
        data, timestamp, problem = b"", b"", submission.problem
        if not problem:
            timestamp = discover.timestamp(submission)
            try:
                data = discover.content(submission.path)
            except OSError as error:
                problem = f"the file cannot be read: {error.strerror or error}"
        self.names.note(submission.student, submission.notebook, data)
        seen = b"\0".join((data, timestamp, problem.encode(), submission.repair.encode()))
        name = key(seen, json.dumps(self.judges[submission.notebook]).encode(), self.graders)
        old = self.ledger.read(submission.student, submission.notebook) or {}
        job = _Job(submission, data, timestamp, name, old)
        if problem and (self.options.force or old.get("key") != name):
            job.old = self._keep(job, {"reason": problem})
        return job

    def known(self, job: _Job) -> Outcome | None:
        """Return the outcome of what is kept already, recorded now if it was not; None for what is to be graded."""
        unreadable = "reason" in job.old and not job.data
        if job.old.get("key") != job.key or (self.options.force and not unreadable):
            return None
        outcome = self._recorded(job, job.old)
        outcome.unchanged = bool(job.old["recorded"])
        return outcome

    def ended(self, job: _Job, result: dict[str, Any]) -> Outcome:
        """Keep and record one result."""
        if "lost" in result:  # no fault of the submission's: the next run tries again
            job.key = {}
        reason = result.get("unreadable") or result.get("lost")
        if reason:
            return self._recorded(job, self._keep(job, {"reason": reason}))
        if job.submission.repair:
            result["repairs"].insert(0, job.submission.repair)
        if job.timestamp and not valid_time(job.timestamp):
            result["repairs"].append(f"{discover.TIMESTAMP} holds no time: recorded without one")
        points = scores(result["cells"])
        changes = self._changes(job, points)
        judges = self.judges[job.submission.notebook]
        entry = {"result": result, "scores": points, "changes": changes, "judges": judges}
        return self._recorded(job, self._keep(job, entry))

    def _keep(self, job: _Job, entry: dict[str, Any]) -> dict[str, Any]:
        names = {"student": job.submission.student, "notebook": job.submission.notebook}
        # Marks to compare the next ones with, also when there are none now.
        before = {"scores": job.old.get("scores", {})}
        entry = names | before | {"key": job.key, "recorded": False} | entry
        self.ledger.write(job.submission.student, job.submission.notebook, entry)
        return entry

    def _recorded(self, job: _Job, entry: dict[str, Any]) -> Outcome:
        """Record an entry, if that has not happened yet, and return its outcome."""
        problem, new = "", not entry["recorded"]
        if new:
            problem = self._record(job, entry)
        if new and not problem:
            self.ledger.recorded(job.submission.student, job.submission.notebook)
        if problem or "reason" in entry:
            reasons = [reason for reason in (entry.get("reason"), problem) if reason]
            return Outcome(job.submission, PERSON, reasons=reasons)
        result, points, who = entry["result"], entry["scores"].values(), job.submission
        return Outcome(
            who,
            REPAIRED if result["repairs"] else GRADED,
            sum(score[0] for score in points if score[0] is not None),
            sum(score[1] for score in points),
            result["repairs"],
            result["evidence"] + self.names.evidence(who.student, who.notebook),
            result["seconds"],
            result["cpu"],
            changes=entry["changes"] if new else [],
            sandbox=result.get("sandbox", ""),
        )

    def _record(self, job: _Job, entry: dict[str, Any]) -> str:
        if "reason" not in entry:
            return self.recorder.graded(job.submission, job.timestamp, entry["result"])
        master = self.masters[job.submission.notebook].cells
        return self.recorder.for_a_person(job.submission, job.timestamp, entry["reason"], master)

    def _changes(self, job: _Job, new: dict[str, list]) -> list[str]:
        """Return the marks that a regrading has changed, a sentence each, with what it was that changed."""
        old, before = job.old.get("scores", {}), job.old.get("key") or {}
        why = ", ".join(
            " ".join([part, *self._judges_changed(job)]) if part == "checks" else part
            for part in job.key
            if before.get(part) != job.key[part]
        )
        return [
            f"{check}: {old[check][0]:g} -> {score[0]:g} (changed: {why or 'nothing'})"
            for check, score in new.items()
            if check in old and None not in (old[check][0], score[0]) and old[check][0] != score[0]
        ]

    def _judges_changed(self, job: _Job) -> list[str]:
        """Return the names of the cells and files that judge otherwise than the last time, as far as that is known."""
        old, new = job.old.get("judges", {}), self.judges[job.submission.notebook]
        return [repr(name) for name in {**old, **new} if old and old.get(name) != new.get(name)]


def _judges(master: Master) -> dict[str, str]:
    """Return what marks depend on, each as a hash by its name: all cells but text, and the files."""
    parts = {f: data for f, data in sorted(master.files.items())}
    for number, cell in enumerate(master.cells):
        if role(cell) != "text":
            packed = engine.packed(Master([cell]))
            parts[str(cell.get("id") or number)] = packed
    return {name: hashlib.sha256(data).hexdigest()[:16] for name, data in parts.items()}
