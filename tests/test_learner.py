"""A check reads the learner's answer as plain data, wherever it lives."""

import datetime
import json
import types

import IPython
import pytest

from awslab.learner import (
    Learner,
    LearnerError,
    NotAttempted,
    NotPlainData,
    call_function,
    learner,
    read_variable,
)


class OtherProcess:
    """Stand for another process: only bytes go in and out."""

    def __init__(self, **names):
        self.names = names

    def get(self, name):
        return read_variable(self.names, name)

    def call(self, name, arguments):
        assert isinstance(arguments, bytes)
        return call_function(self.names, name, arguments)


def of(**names):
    return Learner(OtherProcess(**names))


def halve(numbers):
    """Halve in place, as a careless answer does."""
    numbers[0] /= 2
    return numbers


def crash(x):
    return int(x)


def stub(x):
    raise NotImplementedError()


def leave():
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("a", "a"),
        (0, 0),
        ([], []),
        ((1, (2,)), [1, [2]]),
        ({"a": {"b": (1.5, None, True)}}, {"a": {"b": [1.5, None, True]}}),
        ({1: "one"}, {"1": "one"}),
    ],
)
def test_a_variable_is_read_as_json_data(value, read):
    """Tuples become lists and keys become strings, as in any JSON."""
    actual = of(answer=value)["answer"]

    assert actual == read


def test_a_variable_is_a_copy():
    """A check cannot change the learner's answer."""
    answer = {"tags": ["a"]}
    of(answer=answer)["answer"]["tags"].append("b")

    assert answer == {"tags": ["a"]}


@pytest.mark.parametrize("names", [{}, {"uri": None}, {"uri": ...}])
def test_an_unset_variable_is_not_attempted(names):
    """Undefined, None and the dots of a stub are no wrong answer."""
    with pytest.raises(NotAttempted) as raised:
        of(**names)["uri"]

    assert str(raised.value) == "`uri` is not set yet"


LOOP = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({1, 2}, "`answer` holds a value of type set;"),
        ({"images": [{"pushed": datetime.date(2025, 1, 1)}]}, "date (at `answer['images'][0]['pu"),
        ({(1, 2): "x"}, "type tuple (at `answer key (1, 2)`)"),
        (float("nan"), "cannot be read as plain data"),
        (LOOP, "cannot be read as plain data"),
        (b"x", "type bytes"),
    ],
)
def test_other_data_is_refused_by_type_and_place(value, says):
    """The learner reads which value of which type is in the way."""
    with pytest.raises(NotPlainData) as raised:
        of(answer=value)["answer"]

    assert says in str(raised.value)


def test_a_function_gets_copies_and_returns_a_copy():
    """Cases of a check stay as they are, whatever the function does to them."""
    case = [4, 2]
    actual = of(halve=halve).call("halve", case)

    assert actual == [2, 2]
    assert case == [4, 2]


def test_keyword_arguments_reach_the_function():
    """A keyword named `name` is the learner's own."""
    actual = of(f=lambda name, tag="x": [name, tag]).call("f", name="a", tag="b")

    assert actual == ["a", "b"]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({}, "`f` is not defined yet"),
        ({"f": None}, "`f` is not defined yet"),
        ({"f": stub}, "`f` is not written yet"),
    ],
)
def test_a_function_still_to_be_written_is_not_attempted(names, says):
    """A stub that raises NotImplementedError is no wrong answer."""
    with pytest.raises(NotAttempted) as raised:
        of(**names).call("f", 1)

    assert str(raised.value) == says


@pytest.mark.parametrize(
    ("function", "args", "says"),
    [
        (crash, ["z"], "`f('z')` raised ValueError: invalid literal for int() with base 10: 'z'"),
        (crash, ["z"], "of your cell: `return int(x)`)"),
        (crash, [1, 2], "`f(1, 2)` raised TypeError"),
        (leave, [], "`f()` raised SystemExit: 3"),
        ({"a": 1}, [], "`f` is of type dict, not a function"),
        (lambda: {1}, [], "What `f()` returned holds a value of type set"),
    ],
)
def test_a_failing_function_is_told_in_the_learners_words(function, args, says):
    """The message holds the call, the exception, and the learner's own line."""
    with pytest.raises(LearnerError) as raised:
        of(f=function).call("f", *args)

    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (3, "`f(1, b='x')` returned 3"),
        (None, "`f(1, b='x')` returned None. Did you forget a `return`?"),
    ],
)
def test_a_result_is_told_with_its_call(result, says):
    """None gets the question that learners need most often."""
    actual = learner.returned(result, "f", 1, b="x")

    assert actual == says


def test_a_long_argument_is_cut():
    """The message stays one or two sentences."""
    actual = learner.returned(1, "f", "x" * 5000)

    assert len(actual) < 200


def test_without_ipython_names_come_from_main(monkeypatch):
    """The same check runs in a plain script."""
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    monkeypatch.setattr("__main__.answer_of_main", 7, raising=False)

    assert learner["answer_of_main"] == 7


def test_names_come_from_the_running_notebook(monkeypatch):
    """In JupyterLab the learner's variables are those of the kernel."""
    shell = types.SimpleNamespace(user_ns={"answer": 8, "f": lambda: "ok"})
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    assert learner["answer"] == 8
    assert learner.call("f") == "ok"


def test_an_answer_of_another_process_is_one_json_object():
    """Both ends agree on bytes, so that nothing else need be shared."""
    answer = json.loads(read_variable({"a": (1,)}, "a"))

    assert answer == {"value": [1]}


def test_an_empty_function_is_not_an_answer_and_a_constant_is():
    """What nbgrader leaves of a solution is told from a function that returns one constant."""

    def untouched():
        """Return the answer."""

    def constant():
        """Return the answer."""
        return "ok"

    names = {"untouched": untouched, "constant": constant}
    arguments = b'{"args": [], "kwargs": {}}'

    assert b"not_attempted" in call_function(names, "untouched", arguments)
    assert call_function(names, "constant", arguments) == b'{"value": "ok"}'
