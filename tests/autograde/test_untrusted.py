"""What a submission's process sends is data of a known form, and its source is reported, not judged."""

import json
from pathlib import Path

import nbformat
import pytest

from autograde import evidence, untrusted
from autograde.rebuild import LEARNERS, role
from autograde.shell import LONGEST_OUTPUT, MOST_OUTPUTS
from autograde.untrusted import Forged

SOURCES = sorted((Path(__file__).resolve().parents[2] / "source").glob("*/*.ipynb"))


def stream(text, name="stdout"):
    """Return text on a stream as an output."""
    return {"output_type": "stream", "name": name, "text": text}


def test_outputs_are_cut_to_text():
    """HTML, scripts, unknown streams and metadata do not get through; text does."""
    sent = [
        stream("out"),
        stream("other", "stdin"),
        {
            "output_type": "execute_result",
            "data": {"text/plain": "1", "text/html": "<b>", "application/x": {}},
            "metadata": {"scripts": 1},
        },
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["line"]},
    ]

    assert untrusted.outputs({"outputs": sent}) == [
        stream("out"),
        stream("other"),
        {"output_type": "display_data", "data": {"text/plain": "1"}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["line"]},
    ]


def test_outputs_have_bounds_of_number_and_length():
    """Forged outputs are cut to what the runner of cells would have sent, and can be stored as UTF-8."""
    many = untrusted.outputs({"outputs": [stream("x")] * (2 * MOST_OUTPUTS)})
    long = untrusted.outputs({"outputs": [stream("x" * LONGEST_OUTPUT)] * 3})
    half = untrusted.outputs({"outputs": [stream("\ud800")]})

    assert len(many) == MOST_OUTPUTS
    assert [len(output["text"]) for output in long] == [LONGEST_OUTPUT, 0, 0]
    assert half[0]["text"] == "?"


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        "outputs",
        {},
        {"outputs": None},
        {"outputs": {"a": 1}},
        {"outputs": [None]},
        {"outputs": [{}]},
        {"outputs": [stream(1)]},
        {"outputs": [{"output_type": "stream", "text": "x"}]},
        {"outputs": [{"output_type": "error", "ename": "", "evalue": "", "traceback": {}}]},
        {"outputs": [{"output_type": "error", "ename": 1, "evalue": "", "traceback": []}]},
        {"outputs": [{"output_type": "display_data", "data": {"text/plain": ["x"]}}]},
        {"outputs": [{"output_type": "display_data", "data": "text/plain"}]},
    ],
)
def test_outputs_of_another_form_are_forged(reply):
    """Nothing but nbformat's own forms is taken."""
    with pytest.raises(Forged):
        untrusted.outputs(reply)


@pytest.mark.parametrize("content", [{"value": [1, None, "é"]}, {"error": "why"}, {"value": {}}])
def test_an_answer_passes_as_it_is(content):
    """What `awslab.learner` answers reaches the check."""
    assert json.loads(untrusted.answer({"answer": json.dumps(content)})) == content


@pytest.mark.parametrize(
    "reply",
    [
        None,
        {},
        {"answer": 1},
        {"answer": "x"},
        {"answer": "[1]"},
        {"answer": "{}"},
        {"answer": '{"value": 1, "error": "x"}'},
        {"answer": '{"error": {"a": 1}}'},
        {"answer": '{"other": "x"}'},
        {"answer": '{"value": NaN}'},
        {"answer": '{"value": -Infinity}'},
        {"answer": '{"value": ' + "9" * 5000 + "}"},
        {"answer": '{"value": ' + "[" * 100_000},
        {"answer": json.dumps({"value": "x" * 2_000_000})},
    ],
)
def test_an_answer_of_another_form_is_forged(reply):
    """No check gets what JSON cannot hold, or what the learner's end would not have said."""
    with pytest.raises(Forged):
        untrusted.answer(reply)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_course_s_own_solutions_are_not_reported(path):
    """An honest answer to any assignment looks like nothing that somebody should see."""
    cells = nbformat.read(path, as_version=4).cells
    code = [c.source for c in cells if c.cell_type == "code" and role(c) in LEARNERS]

    assert code != []
    assert evidence.in_source(code) == []


def test_a_reported_line_is_quoted_once_for_each_kind():
    """The instructor sees the line itself."""
    found = evidence.in_source(["x = 1\nimport os; os._exit(1)\nos._exit(2)", "os.fork()"])

    assert found == ["a cell starts or ends processes: `import os; os._exit(1)`"]
