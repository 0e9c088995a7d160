"""The command: `autograde <assignment>`, `autograde report <assignment>`, `autograde export <assignment>`.

Exit codes: 0 everything is graded, 1 some submissions need a person, 2 nothing could be graded.
"""

import gc
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from autograde.sandbox import tiers
from autograde.wire import WireError
from autograde.workers import Shared

# What else is needed takes seconds to import: each command does so itself, `grade` while the sandbox warms up.

UNSANDBOXED = (
    "There is no sandbox: what learners have written runs in processes apart from the checks, but with your rights. "
    "It can read and change your files, and the marks."
)


class Failed(click.ClickException):
    """Nothing could be graded; the message says why."""

    exit_code = 2


class _Commands(click.Group):
    """`autograde NAME` grades NAME, unless NAME is a command of its own."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["grade", *args]
        return super().parse_args(context, args)


@click.group(cls=_Commands)
def autograde() -> None:
    """Grade a class: `autograde ASSIGNMENT` is short for `autograde grade ASSIGNMENT`."""


@autograde.command()
@click.argument("assignment")
@click.option("--student", default="*", help="Only this student; * stands for any characters.")
@click.option("--workers", default=os.cpu_count() or 1, show_default=True, help="Local processes.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, instead of local workers.")
@click.option("--force", is_flag=True, help="Grade what has not changed, too.")
@click.option("--unsandboxed", is_flag=True, help="Grade even where no sandbox works.")
@click.option("--report", type=click.Path(path_type=Path), help="Write all results there as JSON.")
def grade(
    assignment: str,
    student: str,
    workers: int,
    scheduler: str | None,
    force: bool,
    unsandboxed: bool,
    report: Path | None,
) -> None:
    """Grade the submissions of ASSIGNMENT in the sandbox and write them into nbgrader's gradebook.

    What has not changed since the last time is not graded again.
    Exit codes: 0 everything is graded, 1 some submissions need a person, 2 nothing could be graded.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a lost worker is in the results
    try:
        tier = None if scheduler else tiers.find(unsandboxed)
        if tier is tiers.NONE:
            click.echo(UNSANDBOXED, err=True)
        with Shared(tier) if tier else nullcontext():
            outcomes = _outcomes(assignment, student, workers, scheduler, force, unsandboxed)
    except (tiers.NoSandbox, WireError, OSError) as error:
        raise Failed(str(error)) from error
    if not outcomes:
        raise Failed(f"nobody has handed in {assignment!r}")
    outcomes.sort(key=lambda o: (o.submission.student, o.submission.notebook))
    if report:
        report.write_text(json.dumps([_plain(outcome) for outcome in outcomes], indent=1))
    _summary(outcomes)
    used = {outcome.sandbox for outcome in outcomes if outcome.sandbox}
    used = used or {tier.name if tier else "that of the workers"}
    _say(f"sandbox: {'; '.join(sorted(used))}")
    sys.exit(1 if any(outcome.points is None for outcome in outcomes) else 0)


def load_modules() -> tuple[Any, Any]:
    """Import and return `autograde.course` and `autograde.run`, in half the time that this takes by itself."""
    gc.disable()  # nothing becomes garbage while modules load
    # jsonschema parses a grammar for it when imported, for a second; without it, it does not check `iri` formats,
    # and notebooks have none.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from autograde import course, run

    gc.freeze()  # what is loaded stays
    gc.enable()
    return course, run


def _outcomes(*options: Any) -> list[Any]:
    """Grade, and return what `run.run` yields for `run.Options(*options)`."""
    course, run = load_modules()
    config, _ = course.load()
    try:
        return list(_shown(run.run, run.Options(*options), config))
    except course.NoAssignment as error:
        raise Failed(str(error)) from error


def _shown(run: Callable[..., Iterator[Any]], options: Any, config: Any) -> Iterator[Any]:
    """Yield the outcomes (`run.Outcome`), with a progress bar on a terminal."""
    with click.progressbar(length=1, label="Grading", file=sys.stderr) as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield from run(options, config, progress)


def _plain(outcome: Any) -> dict[str, Any]:
    content = {name: value for name, value in vars(outcome).items() if name != "submission"}
    submission = outcome.submission
    return {"student": submission.student, "notebook": submission.notebook} | content


def _summary(outcomes: list[Any]) -> None:
    from autograde.run import GRADED, PERSON, REPAIRED

    width = max(len(outcome.submission.student) for outcome in outcomes)
    for outcome in outcomes:
        points = "-" if outcome.points is None else f"{outcome.points:g}/{outcome.maximum:g}"
        _say(f"{outcome.submission.student:{width}}  {points:>9}  {outcome.state}")
        for note in (*outcome.reasons, *outcome.evidence, *outcome.changes):
            _say(f"{'':{width}}             {note}")
    count = Counter(outcome.state for outcome in outcomes)
    same = sum(outcome.unchanged for outcome in outcomes)
    parts = [f"{count[state]} {state}" for state in (GRADED, REPAIRED, PERSON)]
    _say(f"{len(outcomes)} submissions: {', '.join(parts)}; {same} of them unchanged")


def _say(line: str) -> None:
    """Print a line; what a learner has named may not steer the terminal."""
    click.echo("".join(c if c.isprintable() else "?" for c in line))


@autograde.command()
@click.argument("assignment")
@click.option("--html", type=click.Path(path_type=Path), help="Write the page with plots there.")
def report(assignment: str, html: Path | None) -> None:
    """Say how the class did in each exercise of ASSIGNMENT, from what has been graded."""
    from autograde import course
    from autograde.figures import figures
    from autograde.ledger import Ledger
    from autograde.report import as_page, as_text

    _, coursedir = course.load()
    entries = Ledger(coursedir.root, assignment).entries()
    if not entries:
        raise Failed(f"nothing of {assignment!r} is graded yet: run `autograde {assignment}` first")
    found = figures(entries)
    for line in as_text(assignment, found).split("\n"):
        _say(line)
    if html:
        html.write_text(as_page(assignment, found), encoding="utf-8", errors="replace")


@autograde.command("export")
@click.argument("assignment")
@click.option(
    "--format", "form", type=click.Choice(["nbgrader", "canvas", "moodle"]), default="nbgrader"
)
@click.option("--to", type=click.Path(path_type=Path), help="The file; by default grades.csv.")
def export_marks(assignment: str, form: str, to: Path | None) -> None:
    """Write the marks of ASSIGNMENT as a CSV file that nbgrader, Canvas or Moodle users can import."""
    from nbgrader.api import MissingEntry

    from autograde import course
    from autograde.export import export

    _, coursedir = course.load()
    path = to or Path("grades.csv")
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            waiting = export(coursedir, assignment, form, file)
    except MissingEntry as error:
        raise Failed(f"the gradebook has no assignment {assignment!r}") from error
    for student in waiting:
        click.echo(f"{student} still waits for marks by hand: see formgrader", err=True)


def main() -> int:
    """Run the command line."""
    return autograde(prog_name="autograde")
