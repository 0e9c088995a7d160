"""The explanation of a score: one row a point, told apart by word, shape and colour."""

from __future__ import annotations

import textwrap
from typing import Any

from awslab.show.picture import AMBER, BLUE, GREEN, GREY, RED, Picture, badge, code, table

__all__ = ["SCORE_JSON", "score_picture"]

SCORE_JSON = "application/vnd.awslab.score+json"
WIDTH = 88  # columns of the text form

STATES = {  # state: word, tint, shape
    "met": ("met", GREEN, "tick"),
    "missed": ("missed", RED, "cross"),
    "not attempted": ("not attempted", GREY, "bar"),
    "stopped": ("stopped", AMBER, "triangle"),
    "later": ("decided later", BLUE, "clock"),
}
LATER = "is decided when your work is graded"
FIELDS = {
    "found": "found",
    "expected": "expected",
    "slip": "what happened",
    "hint": "hint",
    "why": "why it matters",
    "read": "read",
}
MET_FIELDS = ("found", "why")  # a met point needs no advice


def score_picture(score: dict[str, Any]) -> Picture:
    """Show a score's rows as a table and as text.

    `score` is what the output of type `application/vnd.awslab.score+json` holds:
    `{"version": 1, "points": 1, "maximum": 3, "complete": True, "notes": ["..."], "rows": [...]}`
    with rows
    `{"state": "missed", "points": 2, "earned": 0, "label": "...", "found": "...", ...}`;
    state is met, missed, not attempted, stopped or later; of `found`, `expected`, `why`, `read`,
    `slip` and `hint` any may be missing, None or empty.
    """
    return Picture(_html(score), _text(score), score)


def _headline(score: dict[str, Any]) -> str:
    line = f"{score['points']:g} of {score['maximum']:g} points"
    later = sum(row["earned"] for row in score["rows"] if row["state"] == "later")
    if later and all(row["state"] == "later" for row in score["rows"]):
        # "4 of 4 points" would read as praise, and nothing has been compared.
        return f"Answered, not yet judged: up to {later:g} points when your work is graded"
    return f"{line}, {later:g} of them to be confirmed when your work is graded" if later else line


def _sentence(row: dict[str, Any]) -> str:
    label = str(row["label"])
    if row["state"] == "stopped":
        return f"the check could not go on: {label}"
    if row["state"] == "later":
        return f"{label} {LATER}"
    return label


def _earned(row: dict[str, Any], of: str) -> str:
    """Say what a row earns of its points; a row that hidden tests decide has earned nothing yet."""
    if row["state"] == "later" and row["earned"]:
        return f"up to {row['points']:g}"
    return f"{row['earned']:g}{of}{row['points']:g}"


def _fields(row: dict[str, Any]) -> list[tuple[str, str]]:
    names = MET_FIELDS if row["state"] == "met" else FIELDS
    return [(FIELDS[name], str(row[name])) for name in names if row.get(name) not in (None, "")]


def _text(score: dict[str, Any]) -> str:
    lines = [_headline(score)]
    for row in score["rows"]:
        start = f"  [{STATES[row['state']][0]}] {_earned(row, '/')}  "
        lines += _wrap(start, " " * 6, _sentence(row))
        for name, value in _fields(row):
            lines += _wrap(f"      {name}: ", " " * 8, value)
    for note in score["notes"]:
        lines += _wrap("  note: ", " " * 8, note)
    return "\n".join(lines)


def _wrap(first: str, later: str, text: str) -> list[str]:
    line = f"{first}{text}".rstrip(" ")
    if text and len(line) <= WIDTH and text.isprintable():  # most are: textwrap takes its time
        return [line]
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    ) or [first.rstrip()]


def _html(score: dict[str, Any]) -> str:
    rows = [
        (
            badge(*STATES[row["state"]]),
            _earned(row, " of "),
            code(_sentence(row)) + "".join(_html_field(*field) for field in _fields(row)),
        )
        for row in score["rows"]
    ]
    notes = "".join(f"<li>{code(note)}</li>" for note in score["notes"])
    return (
        '<div style="max-width:900px">'
        + table(_headline(score), ("result", "points", "what is checked"), rows)
        + (f"<p>Notes (they cost nothing):</p><ul>{notes}</ul>" if notes else "")
        + "</div>"
    )


def _html_field(name: str, value: str) -> str:
    return f'<div style="margin-top:3px"><b>{name}:</b> {code(value)}</div>'
