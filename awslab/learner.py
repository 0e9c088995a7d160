"""Read the learner's variables and call the learner's functions, as plain JSON data.

A check never touches the learner's objects: it gets copies that went through JSON.
So the same check works when the answer lives in another process, as it does in grading.

Exceptions:

    Exception
      +-- NotAttempted         the learner has not answered yet
      +-- LearnerError         the learner's answer cannot be used
            +-- NotPlainData   a value is not JSON data (a set, bytes, a boto3 client, ...)
"""

from __future__ import annotations

import json
import linecache
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol

__all__ = ["Learner", "LearnerError", "Namespace", "NotAttempted", "NotPlainData", "learner"]

PLAIN = (str, int, float, bool, type(None))


class NotAttempted(Exception):
    """Say that the learner has not answered yet."""


class LearnerError(Exception):
    """Say why the learner's answer cannot be used, in words for the learner."""


class NotPlainData(LearnerError):
    """Say which value is not JSON data, and of which type it is."""


class Namespace(Protocol):
    """Reach the names the learner defined; bytes of JSON in, bytes of JSON out.

    Every answer is one JSON object: `{"value": ...}`, `{"not_attempted": message}`,
    `{"not_plain": message}` or `{"error": message}`.
    An implementation for another process only has to carry these bytes:
    `read_variable` and `call_function` make them at the learner's end.
    """

    def get(self, name: str) -> bytes:
        """Return the variable `name`."""

    def call(self, name: str, arguments: bytes) -> bytes:
        """Return what the function `name` returns; arguments: `{"args": [...], "kwargs": {}}`."""


class RunningNotebook:
    """Reach the names of this process: IPython's user namespace, or `__main__` without IPython."""

    def names(self) -> Mapping[str, Any]:
        """Return the learner's namespace as it is now."""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython else None
        return shell.user_ns if shell else vars(sys.modules["__main__"])

    def get(self, name: str) -> bytes:
        """Return the variable `name` (see `Namespace`)."""
        return read_variable(self.names(), name)

    def call(self, name: str, arguments: bytes) -> bytes:
        """Call the function `name` (see `Namespace`)."""
        return call_function(self.names(), name, arguments)


class Learner:
    """Give checks the learner's answer: `learner["uri"]`, `learner.call("parse_uri", "a/b:1")`."""

    def __init__(self, namespace: Namespace | None = None) -> None:
        self.namespace = namespace or RunningNotebook()

    def __getitem__(self, name: str) -> Any:
        """Return a JSON copy of the learner's variable: tuples become lists, keys become strings.

        Raises NotAttempted when it is undefined, None or `...`, and NotPlainData when JSON cannot
        hold it.
        """
        return _value(self.namespace.get(name))

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call the learner's function with JSON copies of the arguments; return a JSON copy.

        Raises NotAttempted when it is undefined, empty or raises NotImplementedError, LearnerError
        when it raises anything else, NotPlainData when JSON cannot hold what it returned.
        """
        arguments = json.dumps({"args": args, "kwargs": kwargs}).encode()
        return _value(self.namespace.call(name, arguments))

    @staticmethod
    def returned(result: Any, name: str, /, *args: Any, **kwargs: Any) -> str:
        """Write "`f(1)` returned 2" for a check's `found`; for None ask about a missing return."""
        message = f"`{_call_text(name, args, kwargs)}` returned {result!r}"
        return message + ". Did you forget a `return`?" if result is None else message


def read_variable(names: Mapping[str, Any], name: str) -> bytes:
    """Return the variable `name` of `names` as an answer of `Namespace`."""
    value = names.get(name)
    if value is None or value is ...:
        return _answer("not_attempted", f"`{name}` is not set yet")
    return _plain(value, f"`{name}`", name)


def call_function(names: Mapping[str, Any], name: str, arguments: bytes) -> bytes:
    """Call the function `name` of `names` and return its result as an answer of `Namespace`."""
    function = names.get(name)
    if function is None or function is ...:
        return _answer("not_attempted", f"`{name}` is not defined yet")
    if not callable(function):
        return _answer("error", f"`{name}` is of type {type(function).__name__}, not a function")
    if _is_empty(function):
        return _answer("not_attempted", f"`{name}` is not written yet")
    given = json.loads(arguments)
    text = _call_text(name, given["args"], given["kwargs"])
    try:
        result = function(*given["args"], **given["kwargs"])
    except NotImplementedError:
        return _answer("not_attempted", f"`{name}` is not written yet")
    except (Exception, SystemExit) as error:
        message = f"`{text}` raised {type(error).__name__}: {error}".rstrip(": ")
        return _answer("error", message + _line_of(function, error.__traceback__))
    return _plain(result, f"What `{text}` returned", "result")


def _empty() -> None:
    """Stand for what nbgrader leaves of a solution: a docstring and a comment."""


def _is_empty(function: Any) -> bool:
    """Tell whether a function's body is still nothing but its docstring."""
    compiled = getattr(function, "__code__", None)
    if compiled is None or compiled.co_code != _empty.__code__.co_code:
        return False
    # From Python 3.12 on `return "ok"` compiles to the same bytes: only the constant tells them apart.
    return set(compiled.co_consts) <= {None, function.__doc__}


def _answer(kind: str, message: Any) -> bytes:
    return json.dumps({kind: message}, allow_nan=False).encode()


def _value(answer: bytes) -> Any:
    content = json.loads(answer)
    errors = {"not_attempted": NotAttempted, "not_plain": NotPlainData, "error": LearnerError}
    for kind, error in errors.items():
        if kind in content:
            raise error(content[kind])
    return content["value"]


def _plain(value: Any, what: str, path: str) -> bytes:
    try:
        return _answer("value", value)
    except RecursionError:
        return _answer("not_plain", f"{what} is nested too deeply for a check to read")
    except TypeError:
        where, kind = _first_foreign(value, path) or (path, type(value).__name__)
        place = "" if where == path else f" (at `{where}`)"
        return _answer(
            "not_plain",
            f"{what} holds a value of type {kind}{place}; a check reads plain data only: "
            "str, int, float, bool, None, list, dict",
        )
    except ValueError as error:  # NaN, infinity, or a list that contains itself
        return _answer("not_plain", f"{what} cannot be read as plain data: {error}")


def _first_foreign(value: Any, path: str) -> tuple[str, str] | None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, PLAIN):
                return f"{path} key {key!r}", type(key).__name__
            if found := _first_foreign(item, f"{path}[{key!r}]"):
                return found
        return None
    if isinstance(value, list | tuple):
        items = (_first_foreign(item, f"{path}[{i}]") for i, item in enumerate(value))
        return next((found for found in items if found), None)
    return None if isinstance(value, PLAIN) else (path, type(value).__name__)


def _call_text(name: str, args: Any, kwargs: Mapping[str, Any]) -> str:
    parts = [repr(arg) for arg in args] + [f"{key}={value!r}" for key, value in kwargs.items()]
    text = ", ".join(parts)
    return f"{name}({text if len(text) <= 120 else text[:117] + '...'})"


def _line_of(function: Any, traceback: TracebackType | None) -> str:
    """Return the learner's own line that failed; lines inside libraries would not help."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    number = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            number = traceback.tb_lineno
        traceback = traceback.tb_next
    line = linecache.getline(file, number).strip() if file and number else ""
    return f" (line {number} of your cell: `{line}`)" if line else ""


learner = Learner()
