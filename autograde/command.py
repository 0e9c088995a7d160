"""The command: `autograde <assignment>`.

Exit codes: 0 everything is graded, 1 some submissions need a person, 2 nothing could be graded.
"""

import json
import logging
import os
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from autograde import course
from autograde.course import NoAssignment
from autograde.run import GRADED, PERSON, REPAIRED, Options, Outcome, run
from autograde.wire import WireError


@click.command()
@click.argument("assignment")
@click.option("--student", default="*", help="Only this student; * stands for any characters.")
@click.option("--workers", default=os.cpu_count() or 1, show_default=True, help="Local processes.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, instead of local workers.")
@click.option("--force", is_flag=True, help="Grade what has not changed, too.")
@click.option("--report", type=click.Path(path_type=Path), help="Write all results there as JSON.")
def grade(
    assignment: str,
    student: str,
    workers: int,
    scheduler: str | None,
    force: bool,
    report: Path | None,
) -> None:
    """Grade the submissions of ASSIGNMENT in the sandbox and write them into nbgrader's gradebook."""
    logging.getLogger("autograde").setLevel(logging.WARNING)
    config, _ = course.load()
    options = Options(assignment, student, workers, scheduler, force)
    outcomes: list[Outcome] = []
    try:
        outcomes.extend(_shown(options, config))
    except (NoAssignment, WireError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    if not outcomes:
        raise click.ClickException(f"nobody has handed in {assignment!r}")
    if report:
        content = [asdict(o) | {"submission": _plain(o)} for o in outcomes]
        report.write_text(json.dumps(content, indent=1, default=str))
    _summary(outcomes)
    sys.exit(1 if any(o.state == PERSON for o in outcomes) else 0)


def _shown(options: Options, config: object):
    """Yield the outcomes with a progress bar, and say at once what somebody should look at."""
    with click.progressbar(length=1, label="Grading", file=sys.stderr) as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield from run(options, config, progress)


def _plain(outcome: Outcome) -> dict[str, str]:
    s = outcome.submission
    return {"student": s.student, "notebook": s.notebook}


def _summary(outcomes: list[Outcome]) -> None:
    for outcome in sorted(outcomes, key=lambda o: (o.submission.student, o.submission.notebook)):
        notes = [*outcome.reasons, *outcome.evidence, *outcome.changes]
        if notes or outcome.state != GRADED:
            click.echo(f"{outcome.submission.student}: {outcome.state}")
            for note in notes:
                click.echo(f"    {note}")
    count = Counter(outcome.state for outcome in outcomes)
    same = sum(outcome.unchanged for outcome in outcomes)
    parts = [f"{count[state]} {state}" for state in (GRADED, REPAIRED, PERSON)]
    click.echo(f"{len(outcomes)} submissions: {', '.join(parts)}; {same} of them unchanged")


def main() -> int:
    """Run the command line."""
    return grade(prog_name="autograde")
