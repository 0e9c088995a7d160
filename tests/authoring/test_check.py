"""The proofs: the small course passes them all, and each kind of fault is named with its fix."""

import shutil

import pytest

from authoring import check as proofs_of
from authoring.__main__ import main
from authoring.build import build
from authoring.check import check

ASSIGNMENT = "lessons/1-tags/assignment.py"
ANSWERS = "lessons/1-tags/wrong_answers.py"
LESSON = "lessons/0-start/lesson.py"


def test_a_sound_course_has_no_failure(course):
    """Without a kernel nothing is found, and uncovered questions are only remarked."""
    report = check(course, fast=True)

    assert report.failures == []
    assert "Q3: 0-start/lesson.py, 1-tags/assignment.py" in report.remarks
    assert report.remarks[-1].startswith("missing: Q1 Q2 Q4")


@pytest.mark.slow
def test_a_sound_course_runs(course):
    """Solutions, empty answers, slips, alternatives and lessons all do what they must."""
    assert check(course).failures == []


@pytest.mark.slow
def test_a_notebook_that_takes_long_is_named(course, monkeypatch):
    """The time of each notebook is shown, and too much of it is a failure."""
    monkeypatch.setattr(proofs_of, "NOTEBOOK_SECONDS", 0)
    report = check(course, only="0-start")

    assert any(remark.startswith("0-start, lesson: ") for remark in report.remarks)
    assert any("0-start, lesson takes" in failure for failure in report.failures)


STATIC = [
    (ASSIGNMENT, "(3 points)", "(4 points)", "promises 4 points but its cells carry 3"),
    (ASSIGNMENT, 'hints="tag-image"', 'hints="tags"', "needs one `# %% [markdown] hints="),
    (ASSIGNMENT, "2. Look at `str.rpartition`.\n", "", "at least 2 steps (now 1)"),
    (ASSIGNMENT, "Why two tags?", "Why 210987654321?", "write 123456789012, not 210987654321"),
    (ANSWERS, 'wrong="parse-tag" slip="raises"', 'wrong="parse" slip="raises"', "no solution"),
    (ASSIGNMENT, 'id="name"', 'id="who"', "draw needs a first code cell"),
    (LESSON, "# !echo this", "# !sleep 1; echo this", "sleeps: wait with"),
    (LESSON, 'quiz = "', 'from time import sleep\n\nquiz = "', "sleeps: wait with"),
]


@pytest.mark.parametrize(("name", "old", "new", "says"), STATIC)
def test_a_fault_in_the_text_is_named(course, edit, name, old, new, says):
    """A fault that needs no run is found by reading."""
    edit(course / name, old, new)
    build(course)

    assert any(says in failure for failure in check(course, fast=True).failures)


def test_a_grade_id_used_in_two_lessons_is_named(course):
    """A gradebook, and a person, should be able to tell two exercises apart."""
    shutil.copytree(course / "lessons/1-tags", course / "lessons/2-more")
    build(course)

    assert "grade id 'tag-image' is used 2 times (1-tags, 2-more): rename all but one" in (
        check(course, fast=True).failures
    )


def test_too_few_answers_are_named(course, edit):
    """An exercise without a right alternative may accept only one way of writing it."""
    path = course / ANSWERS
    path.write_text(path.read_text().partition('# %% right="parse-tag"')[0])

    assert any("3 wrong and 0 right" in f for f in check(course, fast=True).failures)


IN_ANSWERS = [
    (
        ASSIGNMENT,
        'names[0] + "-" + COMMIT]',
        '"oops"]',
        "1-tags, solved: check-tag-image gives 2 of 3",
    ),
    (ANSWERS, "users-{COMMIT} v1.0", "users-fffffff v1.0", "right answer for 'tag-image'"),
    (ASSIGNMENT, "with score(2)", "with score(3)", "score(3) but points=2"),
    (ANSWERS, 'says="8080/d"', 'says="something else"', "does not say 'something else'"),
    (ANSWERS, 'tags = ["v1.0"]', 'tags = ["v1.0", "users-" + COMMIT]', "gets full marks"),
    (ANSWERS, 'return reference.split(":")[-1]', "return 1", "right answer for 'parse-tag'"),
    (LESSON, "# !echo this", "1 / 0\n# !echo this", "0-start, lesson: cell"),
]
IN_CHECKS = [
    (ASSIGNMENT, ', ("c:8080/d:v2", "v2")', "", "declares less than score(2)"),
    (
        ASSIGNMENT,
        'learner["tags"]\n',
        "globals().get('tags', [])\n",
        "does not say 'not attempted'",
    ),
    (
        ASSIGNMENT,
        '"v1.0" in tags, found',
        "True, found",
        "check-tag-image gives 1 points for nothing",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("faults", [IN_ANSWERS, IN_CHECKS], ids=["answers", "checks"])
def test_faults_in_what_runs_are_named(course, edit, faults):
    """A fault that shows only in a run is found by running."""
    for name, old, new, _ in faults:
        edit(course / name, old, new)
    build(course)
    failures = check(course).failures

    for *_, says in faults:
        assert any(says in failure for failure in failures), (says, failures)


def test_a_stale_file_is_named(course, edit):
    """Committed outputs must be what lessons/ builds to."""
    edit(course / LESSON, "run a cell", "run one cell")
    (course / "release/1-tags/extra.txt").write_text("x")
    (course / "release/1-tags/files/names.txt").unlink()

    assert check(course, fast=True).failures == [
        "notebooks/0-start.ipynb is not what lessons/ builds to: run `make build`",
        "release/1-tags/extra.txt comes from no lesson: run `make build`, or delete or move it",
        "release/1-tags/files/names.txt is missing: run `make build`",
    ]


def test_a_hand_edited_source_is_sent_to_pull(course, edit):
    """The advice is never the command that would lose the edit."""
    edit(course / "source/1-tags/1-tags.ipynb", "Why two tags?", "Why two?")

    assert check(course, fast=True).failures == [
        "source/1-tags was edited by hand (why-tags): run `python -m authoring pull`"
    ]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("notes.md", "---\njupytext: {}\n---\n", None),
        (
            "app.py",
            'x = 1\ntags = ["v1.0", names[0] + "-" + COMMIT]\n',
            "holds the answer that starts",
        ),
        ("app.py", "# jupytext: paired\n", "is a notebook as text"),
        ("app.py", "### BEGIN SOLUTION\n### END SOLUTION\n", "holds `BEGIN SOLUTION`"),
    ],
)
def test_answers_in_release_are_found(course, file, text, says):
    """What goes to students beside the notebook is read too; nbgrader drops Markdown twins."""
    (course / "lessons/1-tags/files" / file).write_text(text)
    build(course)
    failures = check(course, fast=True).failures

    assert [f for f in failures if f.startswith("release/1-tags")] == failures
    assert any(says in failure for failure in failures) if says else failures == []


def test_the_command_line_reports(course, capsys, edit):
    """Failures go to stderr and make the exit status 1."""
    sound = main(["--root", str(course), "check", "--fast"])
    edit(course / ASSIGNMENT, "(3 points)", "(4 points)")
    faulty = main(["--root", str(course), "check", "--fast"])
    printed = capsys.readouterr()

    assert (sound, faulty) == (0, 1)
    assert "every proof holds" in printed.out
    assert "FAILED 1-tags: 'Tag an image (4 points)' promises 4" in printed.err


def test_an_error_is_one_line(course, capsys):
    """A mistake in the command is not a traceback."""
    status = main(["--root", str(course), "check", "--only", "9-none"])

    assert status == 1
    assert capsys.readouterr().err == (
        "error: no lesson '9-none' in lessons/: there are 0-start, 1-tags\n"
    )


def test_pull_rebuilds(course, edit, capsys):
    """After a pull everything is built from the lesson again."""
    edit(course / "source/1-tags/1-tags.ipynb", "Why two tags?", "Why two?")
    status = main(["--root", str(course), "pull"])

    assert status == 0
    assert "pulled source/1-tags" in capsys.readouterr().out
    assert check(course, fast=True).failures == []
