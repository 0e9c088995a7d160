"""Turn what a submission's process has sent into something that may be kept, shown and compared.

That process may be in the submission's hands: every message can be anything that is JSON.
"""

import json
from typing import Any

from autograde.shell import LONGEST_OUTPUT, MOST_OUTPUTS

LONGEST_ANSWER = 1_000_000  # characters of one value that crosses from the learner to a check
_LONGEST_NAME, _LONGEST_LINE, _MOST_LINES = 200, 10_000, 100
_KINDS = {"not_attempted", "not_plain", "error"}
# What a submission may show the instructor: text. HTML, SVG and scripts would run in the instructor's browser.
HARMLESS = ("text/plain",)


class Forged(ValueError):
    """What was sent has another form than the runner of cells gives it."""


def outputs(reply: Any) -> list[dict[str, Any]]:
    """Return the outputs of one cell with nothing but text in them, and no more than anybody would read.

    Raises Forged.
    """
    try:
        sent = reply["outputs"]
        if not isinstance(sent, list):
            raise Forged("the outputs are no list")
        found, left = [], LONGEST_OUTPUT
        for output in sent[:MOST_OUTPUTS]:
            clean, size = _harmless(output, left)
            found.append(clean)
            left = max(0, left - size)
        return found
    except (KeyError, TypeError, AttributeError) as error:
        raise Forged("an output of a form that nbformat does not have") from error


def answer(reply: Any) -> str:
    """Return the text of one answer to a check: JSON with a value, or with the reason for none.

    Raises Forged for what `awslab.learner` would not have answered.
    """
    try:
        text = reply["answer"]
        if len(text) > LONGEST_ANSWER:
            raise Forged("an answer longer than allowed")
        content = json.loads(text)
        ((kind, value),) = content.items()
        if kind != "value" and not (kind in _KINDS and isinstance(value, str)):
            raise Forged("an answer of another form")
        # NaN and infinity are no JSON, whatever Python's reader says.
        clean = json.dumps({kind: value}, allow_nan=False, ensure_ascii=False)
        return clean.encode("utf-8", "replace").decode()
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise Forged("an answer that is not plain data") from error


def error(name: str, message: str, traceback: list[str] | None = None) -> dict[str, Any]:
    """Return an error as a cell's output."""
    lines = traceback or [f"{name}: {message}"]
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": lines}


def _harmless(output: Any, left: int) -> tuple[dict[str, Any], int]:
    """Return an output's text, whatever it claims to be, and its length."""
    kind = output["output_type"]
    if kind == "stream":
        text = _text(output["text"], left)
        name = "stderr" if output["name"] == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": text}, len(text)
    if kind == "error":
        lines = [_text(line, _LONGEST_LINE) for line in output["traceback"][:_MOST_LINES]]
        said = _text(output["evalue"], _LONGEST_LINE)
        return error(_text(output["ename"], _LONGEST_NAME), said, lines), sum(map(len, lines))
    data = {name: _text(output["data"][name], left) for name in HARMLESS if name in output["data"]}
    size = sum(map(len, data.values()))
    return {"output_type": "display_data", "data": data, "metadata": {}}, size


def _text(value: Any, longest: int) -> str:
    """Return a text that can be stored as UTF-8: half of a surrogate pair cannot."""
    if not isinstance(value, str):
        raise Forged("an output that is no text")
    return value[:longest].encode("utf-8", "replace").decode()
