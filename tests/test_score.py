"""A score is nbgrader's number and the learner's explanation."""

import json
import os
import subprocess
import sys
import types
import warnings

import IPython
import IPython.display
import nbformat
import pytest
from botocore.exceptions import ClientError
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from awslab.learner import LearnerError
from awslab.score import PointsError, score
from awslab.show.checks import SCORE_JSON


@pytest.fixture
def shown(monkeypatch):
    """Collect what is displayed, as if IPython ran."""
    bundles = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: types.SimpleNamespace(user_ns={}))
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: bundles.append(data))
    return bundles


def states(s):
    return [row["state"] for row in s.rows]


@pytest.mark.parametrize(
    ("maximum", "earned", "expected"),
    [
        (3, [1, 2], "3"),
        (3, [1.5], "1.5"),
        (3, [], "0"),
        (0.3, [0.1, 0.2], "0.3"),
        (2 / 3, [1 / 3, 1 / 3], repr(2 / 3)),
    ],
)
def test_the_repr_is_only_the_number(shown, maximum, earned, expected):
    """nbgrader can read the result as a number that never exceeds the maximum."""
    with score(maximum) as s:
        for points in earned:
            s.met(points, "a point", True)
        if sum(earned) < maximum - 1e-9:
            s.met(maximum - sum(earned), "the rest", False)

    assert repr(s) == expected
    assert float(repr(s)) <= maximum


def test_every_point_is_explained_in_three_forms(shown):
    """Text, HTML and JSON tell what was found, expected, and why; nothing else is displayed."""
    with score(3) as s:
        s.met(1, "tag v1.0 exists", True, found=["v1.0"], expected="a tag `v1.0`", why="traceable")
        s.met(2, "one digest", False, found="two", expected="one", read="section 3", slip="built")

    [bundle] = shown
    assert set(bundle) == {"text/plain", "text/html", SCORE_JSON}
    for word in ("found: ['v1.0']", "expected: one", "traceable", "read: section 3", "built"):
        assert word in bundle["text/plain"]
    assert "<caption" in bundle["text/html"]
    assert json.loads(json.dumps(bundle[SCORE_JSON]))["rows"][1]["slip"] == "built"


@pytest.mark.parametrize("ok", [True, False])
def test_a_slip_and_a_hint_show_only_on_a_miss(shown, ok):
    """Who earned the point reads no advice about mistakes."""
    with score(1) as s:
        s.met(1, "a point", ok, slip="built twice", hint="tag the image again")

    said = json.dumps(shown)
    assert ("built twice" in said) is (not ok)
    assert ("tag the image again" in said) is (not ok)


def test_a_missing_precondition_ends_the_block_as_not_attempted(shown):
    """`need` keeps what was declared, gives the rest no points, and raises nothing."""
    with score(3) as s:
        s.met(1, "first", True)
        s.need([], "no repository `my-service` yet")
        s.met(2, "second", True)

    assert repr(s) == "1"
    assert states(s) == ["met", "not attempted"]
    assert "no repository `my-service` yet" in shown[0]["text/plain"]
    assert s.complete is False


CLIENT_ERROR = ClientError(
    {"Error": {"Code": "RepositoryNotFoundException", "Message": "no such repository"}},
    "DescribeImages",
)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (CLIENT_ERROR, "the check could not go on: RepositoryNotFoundException: no such"),
        (TypeError("bad type"), "the check could not go on: TypeError: bad type"),
        (LearnerError("`f(1)` raised KeyError: 'a'"), "could not go on: `f(1)` raised KeyError"),
        (ValueError("not the author's"), "could not go on: ValueError: not the author's"),
    ],
)
def test_an_exception_becomes_a_row(shown, error, says):
    """No traceback reaches the learner, and points declared before it stay."""
    with score(2) as s:
        s.met(1, "first", True)
        raise error

    assert repr(s) == "1"
    assert states(s) == ["met", "stopped"]
    assert says in " ".join(shown[0]["text/plain"].split())


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_passes(shown, error):
    """A learner who stops the cell stops it."""
    with pytest.raises(error), score(1):
        raise error

    assert shown == []


def too_many(s):
    s.met(2, "tag v1.0 exists", True)
    s.met(1.5, "one digest", True)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (too_many, "`one digest` brings the declared points to 3.5"),
        (lambda s: s.met(0, "nothing", True), "`nothing`: points must be above 0"),
        (lambda s: s.met(1, "forgot", len), "`forgot`: the condition is a function"),
        (lambda s: s.need(len, "forgot"), "`forgot`: the condition is a function"),
    ],
)
def test_the_authors_mistake_is_raised_and_names_the_check(shown, wrong, says):
    """Points above the maximum, points of nothing, and a condition not called are refused."""
    with pytest.raises(PointsError, match=says.replace("(", r"\(")), score(3) as s:
        wrong(s)

    assert isinstance(PointsError("x"), ValueError)


@pytest.mark.parametrize("maximum", [0, -1, True, "3", None, float("nan")])
def test_a_maximum_is_a_positive_number(maximum):
    """A score of nothing is the author's mistake."""
    with pytest.raises(PointsError) as raised:
        score(maximum)

    assert "must be a number above 0" in str(raised.value)


@pytest.mark.parametrize(("visible", "expected"), [(True, "3"), (False, "0")])
def test_stripped_hidden_tests_count_with_the_visible_ones(shown, visible, expected):
    """In a released notebook Validate says success when everything visible is met, else not."""
    with score(3) as s:
        s.met(1, "visible", visible)

    assert repr(s) == expected
    assert states(s)[-1] == "later"
    assert "is decided when your work is graded" in " ".join(shown[0]["text/plain"].split())
    assert s.complete is False


def test_a_score_with_every_point_declared_is_complete(shown):
    """The author's proof can tell a whole check from one that lost its hidden tests."""
    with score(0.3) as s:
        s.met(0.1, "first", True)
        s.met(0.2, "second", False)

    assert s.complete is True


@pytest.mark.filterwarnings("default")
def test_stderr_becomes_notes(shown, capfd):
    """Prints, warnings, log handlers and child processes leave stderr empty."""
    old = sys.stderr
    with score(1) as s:
        print("printed", file=sys.stderr)
        old.write("logged\n")
        warnings.warn("deprecated", FutureWarning, stacklevel=1)
        subprocess.run([sys.executable, "-c", "import os; os.write(2, b'child')"], check=True)
        s.met(1, "a point", True)
    os.write(2, b"after")

    assert s.notes == ["FutureWarning: deprecated", "printed", "logged", "child"]
    assert capfd.readouterr().err == "after"
    assert sys.stderr is old
    assert "note: child" in shown[0]["text/plain"]


@pytest.mark.parametrize(
    ("value", "shows"),
    [
        ("as it is", "as it is"),
        (["a"], "['a']"),
        ({"b": 1}, "{'b': 1}"),
        (0, "0"),
        (False, "False"),
        (None, None),
    ],
)
def test_a_found_value_shows_as_text(shown, value, shows):
    """Strings stay, other values are written as Python writes them; None is nothing to show."""
    with score(1) as s:
        s.met(1, "a point", False, found=value)

    assert s.rows[0]["found"] == shows


@pytest.mark.parametrize(
    "value", [list(range(10_000)), "x" * 10_000, {"k" * 500: ["v" * 900] * 99}]
)
def test_a_long_value_is_cut(shown, value):
    """No dump of sixty lines reaches the learner."""
    with score(1) as s:
        s.met(1, "a point", False, found=value)

    assert len(s.rows[0]["found"]) <= 1000
    assert s.rows[0]["found"].rstrip(")]}").endswith("...")


def test_a_label_cannot_inject_html(shown):
    """What came from the learner is text, not markup; backticks become code."""
    with score(1) as s:
        s.met(1, "<script>`x`", False, found="<b>")

    page = shown[0]["text/html"]
    assert "<script>" not in page
    assert "&lt;script&gt;<code>x</code>" in page
    assert "&lt;b&gt;" in page


def test_without_ipython_the_explanation_is_printed(monkeypatch, capsys):
    """A check that runs as a plain script still explains itself."""
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    with score(1) as s:
        s.met(1, "a point", True)

    assert capsys.readouterr().out == "1 of 1 points\n  [met] 1/1  a point\n"


CHECK = """
import sys, logging, warnings
from awslab.score import score
from awslab.learner import learner
logging.basicConfig()
"""
CELLS = [
    ("learner['uri']", 0),
    ("s.met(2, 'a', True)", 3),
    ("s.met(2, 'a', True); s.met(1, 'b', False)", 2),
    ("s.met(1.5, 'a', True); 1 / 0", 1.5),
    ("s.met(3, 'a', True); logging.warning('w'); warnings.warn('w'); print(1, file=sys.stderr)", 3),
    ("s.met(3, 'a', True); import subprocess; subprocess.run('echo child >&2', shell=True)", 3),
]


@pytest.mark.slow
def test_nbgrader_reads_the_points_from_a_real_kernel():
    """nbgrader's own rule gives each grade cell the points of its score."""
    cells = [nbformat.v4.new_code_cell(CHECK)]
    for i, (body, _) in enumerate(CELLS):
        grade = {"grade": True, "points": 3, "solution": False, "locked": True}
        cells.append(
            nbformat.v4.new_code_cell(
                f"with score(3) as s:\n    {body}\ns",
                metadata={"nbgrader": {**grade, "grade_id": f"check-{i}", "schema_version": 3}},
            )
        )
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    grades = [determine_grade(cell)[0] for cell in notebook.cells[1:]]

    assert grades == [points for _, points in CELLS]
    assert all(len(cell.outputs) == 2 for cell in notebook.cells[1:])


@pytest.mark.parametrize(
    ("mode", "ok", "told"),
    [("validate", False, True), ("validate", True, False), ("autograde", False, False)],
)
def test_validate_is_told_what_was_missed(monkeypatch, capsys, mode, ok, told):
    """Validate's dialog reads stderr of a failed check; when marks are given, stderr stays clean."""
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    with score(1) as s:
        s.met(1, "the tag is there", ok, slip="you pushed to another repository")

    assert ("you pushed to another repository" in capsys.readouterr().err) == told
    assert float(s) == float(ok)
