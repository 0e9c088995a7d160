"""The command: what it prints, how it exits, and the files it writes; nothing is really run."""

import csv
import json
from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from autograde import command, course, engine
from autograde.sandbox import tiers
from tests.autograde import school

pytestmark = pytest.mark.slow  # a real gradebook


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A course with a class of three, graded once; `autograde` is called by `call`."""
    root = tmp_path_factory.mktemp("course")
    config = school.make(root)
    school.hand_in(root, "ann")
    school.hand_in(root, "bob\x1b[31m", school.answers(answer="answer = 41"), name="p1 (1).ipynb")
    school.hand_in(root, "cem", b"no notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "load", lambda: (config, CourseDirectory(config=config)))
        patch.chdir(root)
        school.fake_engine(patch)
        patch.setattr(command, "Shared", nullcontext)  # nothing is run, so nothing has to be warm
        yield root, config, call("tiny", "--report", "results.json")


def call(*arguments):
    """Run the command in this process."""
    return CliRunner().invoke(command.autograde, list(arguments))


def test_the_summary_has_a_line_for_everybody_and_the_reasons(place):
    """Points, state, and what a person should know; a name cannot steer the terminal."""
    lines = place[2].stdout.splitlines()

    assert place[2].exit_code == 1
    assert lines[0].split() == ["ann", "6/6", "graded"]
    assert lines[1].split() == ["bob?[31m", "4/6", "repaired", "and", "graded"]
    assert "'p1 (1).ipynb' was taken for it" in lines[2]
    assert lines[3].split() == ["cem", "-", "needs", "a", "person"]
    assert lines[-2].startswith("3 submissions: 1 graded, 1 repaired and graded, 1 needs a person")
    assert lines[-1].startswith("sandbox: namespaces")


def test_the_results_are_written_for_machines(place):
    """`--report` gives one object for each submission."""
    found = json.loads((place[0] / "results.json").read_text())

    assert [r["points"] for r in found] == [6.0, 4.0, None]
    assert found[2]["state"] == "needs a person"
    assert found[0]["notebook"] == "p1"


def test_everything_graded_exits_with_zero_and_says_what_is_unchanged(place):
    """A second call for a student who is graded grades nothing."""
    again = call("--student", "ann", "tiny")

    assert again.exit_code == 0
    assert "1 of them unchanged" in again.output


def test_without_a_sandbox_nothing_is_graded_unless_that_is_allowed(place, monkeypatch):
    """The reason is said; with `--unsandboxed` the summary and a warning say that there was none."""

    def none():
        raise tiers.NoSandbox("this system has none")

    fake, works = engine.grade_all, []

    def grade_all(client, jobs, work):
        works.append(work)
        return fake(client, jobs)

    monkeypatch.setattr(tiers, "_best", none)
    monkeypatch.setattr(engine, "grade_all", grade_all)
    refused = call("tiny", "--force")
    allowed = call("tiny", "--force", "--unsandboxed")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "this system has none" in refused.stderr
    assert allowed.stdout.splitlines()[-1] == "sandbox: none"
    assert "with your rights" in allowed.stderr
    assert [work.keywords for work in works] == [{"unsandboxed": True}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "nbgrader generate_assignment nothing"),
        (["tiny", "--student", "nobody"], "nobody has handed in 'tiny'"),
        (["report", "nothing"], "run `autograde nothing` first"),
        (["export", "nothing"], "no assignment 'nothing'"),
        (["tiny", "--no-such-option"], "No such option"),
    ],
)
def test_nothing_to_grade_exits_with_two_and_the_next_step(place, arguments, said):
    """The message names what to do."""
    ended = call(*arguments)

    assert ended.exit_code == 2
    assert said in ended.output


def test_report_reads_what_is_graded(place):
    """`autograde report` prints the figures, and writes the page."""
    ended = call("report", "tiny", "--html", "report.html")

    assert ended.exit_code == 0
    assert "2 graded, 1 for a person" in ended.output
    assert "<svg" in (place[0] / "report.html").read_text()


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        (
            "canvas",
            [
                ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "tiny"],
                ["    Points Possible", "", "", "", "", "6"],
                ["Lee, Ann", "", "ann", "ann", "", "6"],
                ["cem", "", "cem", "cem", "", ""],
            ],
        ),
        (
            "moodle",
            [
                ["Username", "ID number", "Email address", "tiny"],
                ["ann", "ann", "ann@example.org", "6"],
                ["cem", "cem", "", ""],
            ],
        ),
    ],
)
def test_marks_are_exported_and_an_unfinished_one_is_left_empty(place, form, rows):
    """No zero for whom a person has still to grade: it is said who."""
    root, config, _ = place
    _name_ann(config)
    ended = call("export", "tiny", "--format", form, "--to", f"{form}.csv")
    with (root / f"{form}.csv").open() as file:
        found = [row for row in csv.reader(file) if not row[0].startswith("bob")]

    assert found == rows
    assert ended.exit_code == 0
    assert "cem still waits" in ended.output


def _name_ann(config):
    coursedir = CourseDirectory(config=config)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        names = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.org"}
        gradebook.update_or_create_student("ann", **names)


def test_nbgraders_own_format_is_nbgraders(place):
    """The columns are those of `nbgrader export`."""
    ended = call("export", "tiny", "--to", "nbgrader.csv")
    with (place[0] / "nbgrader.csv").open() as file:
        scores = {row["student_id"]: row["score"] for row in csv.DictReader(file)}

    assert ended.exit_code == 0
    assert scores["ann"] == "6.0"
