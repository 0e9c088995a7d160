"""The explanation of a score: one row a point, told apart by word, shape and colour."""

from __future__ import annotations

import textwrap
from typing import Any

from awslab.show.picture import AMBER, BLUE, GREEN, GREY, INK, RED, Picture, code, escape

__all__ = ["SCORE_JSON", "score_picture"]

SCORE_JSON = "application/vnd.awslab.score+json"
WIDTH = 88  # columns of the text form

WORDS = {
    "met": "met",
    "missed": "missed",
    "not attempted": "not attempted",
    "stopped": "stopped",
    "later": "decided later",
}
TINTS = {"met": GREEN, "missed": RED, "not attempted": GREY, "stopped": AMBER, "later": BLUE}
# 16 x 16 pixels each: a tick, a cross, a bar, a triangle, the hands of a clock
SHAPES = {
    "met": '<path d="M3 9l3.5 3.5L13 4.5"/>',
    "missed": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "not attempted": '<path d="M3.5 8h9"/>',
    "stopped": '<path d="M8 2.5L14 13.5H2z"/><path d="M8 6.5v3.2M8 11.3v.6"/>',
    "later": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.6 1.6"/>',
}
LATER = "is decided when your work is graded"
FIELDS = {
    "found": "found",
    "expected": "expected",
    "why": "why it matters",
    "slip": "what happened",
    "hint": "hint",
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
    return f"{line}, {later:g} of them to be confirmed when your work is graded" if later else line


def _sentence(row: dict[str, Any]) -> str:
    label = str(row["label"])
    if row["state"] == "stopped":
        return f"the check could not go on: {label}"
    if row["state"] == "later":
        return f"{label} {LATER}"
    return label


def _fields(row: dict[str, Any]) -> list[tuple[str, str]]:
    names = MET_FIELDS if row["state"] == "met" else FIELDS
    return [(FIELDS[name], str(row[name])) for name in names if row.get(name) not in (None, "")]


def _text(score: dict[str, Any]) -> str:
    lines = [_headline(score)]
    for row in score["rows"]:
        start = f"  [{WORDS[row['state']]}] {row['earned']:g}/{row['points']:g}  "
        lines += _wrap(start, " " * 6, _sentence(row))
        for name, value in _fields(row):
            lines += _wrap(f"      {name}: ", " " * 8, value)
    for note in score["notes"]:
        lines += _wrap("  note: ", " " * 8, note)
    return "\n".join(lines)


def _wrap(first: str, later: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    ) or [first.rstrip()]


def _html(score: dict[str, Any]) -> str:
    cell = "padding:6px 10px;text-align:left;vertical-align:top;white-space:normal"
    rows = "".join(_html_row(row, cell) for row in score["rows"])
    notes = "".join(f"<li>{code(note)}</li>" for note in score["notes"])
    heads = "".join(f'<th scope="col" style="{cell}">{h}</th>' for h in ("result", "points"))
    return (
        '<div style="color:inherit;max-width:900px">'
        '<table style="border-collapse:collapse;width:100%;table-layout:auto">'
        '<caption style="caption-side:top;text-align:left;color:inherit;padding:4px 0;'
        f'font-weight:600">{escape(_headline(score))}</caption>'
        f'<thead><tr>{heads}<th scope="col" style="{cell};width:100%">what is checked</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
        + (f"<p>Notes (they cost nothing):</p><ul>{notes}</ul>" if notes else "")
        + "</div>"
    )


def _html_row(row: dict[str, Any], cell: str) -> str:
    details = "".join(
        f'<div style="margin-top:3px"><b>{name}:</b> {code(value)}</div>'
        for name, value in _fields(row)
    )
    points = f"{row['earned']:g}&nbsp;of&nbsp;{row['points']:g}"
    return (
        f'<tr style="border-top:1px solid rgba(128,128,128,.4)"><td style="{cell}">'
        f'{_badge(row["state"])}</td><td style="{cell}">{points}</td>'
        f'<td style="{cell}">{code(_sentence(row))}{details}</td></tr>'
    )


def _badge(state: str) -> str:
    return (
        f'<span style="display:inline-block;white-space:nowrap;border-radius:4px;'
        f"padding:1px 8px 1px 5px;background:{TINTS[state]};color:{INK}"
        '"><svg aria-hidden="true" width="14" height="14" viewBox="0 0 16 16" fill="none" '
        f'stroke="{INK}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" '
        f'style="vertical-align:-2px;margin-right:5px">{SHAPES[state]}</svg>'
        f"{WORDS[state]}</span>"
    )
