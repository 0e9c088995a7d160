"""The part of a service's timeline that shows traffic: each revision's share of it, and the lifecycle stages.

It is drawn for services whose traffic ECS shifts: their moments say which share each deployment has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from awslab.show.picture import AMBER, BLUE, GREEN, GREY, INK, VIOLET, escape, label, rect, svg

__all__ = ["STAGE", "has_traffic", "panel", "words"]

Moments = Sequence[dict[str, Any]]
TINTS = (GREY, GREEN, BLUE, VIOLET, AMBER)
MARKS = "ABCDE"
TOP, HEIGHT, RIBBON = 26, 96, 22
ROLLBACK = "ROLLBACK"
STAGE = "reached lifecycle stage"  # in the events that say what the picture says already


def has_traffic(moments: Moments) -> bool:
    """Tell whether ECS shifts the traffic of the service."""
    return any("traffic" in each for moment in moments for each in moment["deployments"])


def stage_of(moment: dict[str, Any]) -> str:
    """Return the lifecycle stage of a moment, ROLLBACK, or "" when no deployment is under way."""
    first, *others = moment["deployments"] or [{}]
    if stage := first.get("stage"):
        return str(stage)
    failed = any(each["rolloutState"] == "FAILED" for each in others)
    return ROLLBACK if failed and first.get("rolloutState") == "IN_PROGRESS" else ""


def shares_of(moment: dict[str, Any]) -> dict[str, float]:
    """Return the share of the production traffic of each deployment that has some, in percent."""
    return {
        each["id"]: each["traffic"].get("production", 0.0)
        for each in moment["deployments"]
        if each.get("traffic", {}).get("production")
    }


def words(moment: dict[str, Any]) -> str:
    """Return stage and shares of a moment in one line, "" for a service without shifts."""
    if not has_traffic([moment]):
        return ""
    names = {each["id"]: each["taskDefinition"] for each in moment["deployments"]}
    said = [f"{names[id]} {share:g}%" for id, share in shares_of(moment).items()]
    test = [
        names[each["id"]]
        for each in moment["deployments"]
        if each.get("traffic", {}).get("test") and each["id"] not in shares_of(moment)
    ]
    parts = [stage_of(moment), f"traffic {', '.join(said) or 'nowhere'}"]
    if test:
        parts.append(f"test traffic {', '.join(test)}")
    return "; ".join(part for part in parts if part)


def _revisions(moments: Moments) -> dict[str, str]:
    """Return every deployment by its id with its task definition, the oldest first."""
    found: dict[str, str] = {}
    for moment in moments:
        for each in reversed(moment["deployments"]):
            found.setdefault(each["id"], each["taskDefinition"])
    return found


def _stages(moments: Moments) -> list[tuple[int, str]]:
    """Return where each stage begins: the index of its first moment, and its name; all steps of a shift are one."""
    names = [stage_of(moment).replace("PRE_PRODUCTION", "PRODUCTION") for moment in moments]
    starts = [0, *(i for i, (one, two) in enumerate(pairwise(names), 1) if one != two)]
    return [(index, names[index]) for index in starts]


def _after(moments: Moments, index: int) -> str:
    first, then = (datetime.fromisoformat(moments[i]["at"]) for i in (0, index))
    return f"+{int((then - first).total_seconds())} s"


def panel(moments: Moments, chosen: int | None, left: float, step: float, width: int) -> str:
    """Return HTML: the shares over the same columns as the chart of tasks, and the stages below.

    `left` and `step` are the chart's, in pixels.
    """
    revisions = _revisions(moments)
    parts = [label(0, 14, "Production traffic by revision", bold=True, size=13)]
    for number in (0, 50, 100):
        y = TOP + HEIGHT * (1 - number / 100)
        parts.append(label(left - 8, y + 4, f"{number}%", anchor="end", size=11))
    for index, moment in enumerate(moments):
        parts += _column(moment, left + index * step, step, list(revisions))
    end = left + step * len(moments)
    parts.append(
        f'<path d="M{left:g} {TOP}V{TOP + HEIGHT}H{end:g}" fill="none" stroke="currentColor"/>'
    )
    stages = [(index, name) for index, name in _stages(moments) if name]
    parts += _ribbon(moments, left, step)
    if chosen is not None:
        x = left + (chosen + 0.5) * step
        parts.append(f'<path d="M{x - 6:g} {TOP - 10}h12l-6 8z" fill="currentColor"/>')
    parts += _legend(revisions, TOP + HEIGHT + RIBBON + 20)
    drawn = svg(width, TOP + HEIGHT + RIBBON + 30, "".join(parts), _alt(moments, revisions))
    listed = "; ".join(
        f"<b>{number}</b> {escape(name)} {_after(moments, index)}"
        for number, (index, name) in enumerate(stages, 1)
    )
    below = f'<div style="line-height:1.45">Lifecycle stages: {listed}</div>' if listed else ""
    return drawn + below


def _column(moment: dict[str, Any], x: float, step: float, order: list[str]) -> list[str]:
    parts, base = [], 0.0
    shares = shares_of(moment)
    for number, identity in enumerate(order):
        share = shares.get(identity, 0.0)
        if not share:
            continue
        height = HEIGHT * share / 100
        y = TOP + HEIGHT - base - height
        tip = f"{share:g}% of production traffic"
        parts.append(rect(x, y, step, height, fill=_tint(number), radius=0, tip=tip))
        if step >= 14 and height >= 13:
            parts.append(
                label(x + step / 2, y + height / 2 + 4, _mark(number), size=11, fill=INK,
                      anchor="middle")
            )  # fmt: skip
        base += height
    return parts


def _tint(number: int) -> str:
    return TINTS[number % len(TINTS)]


def _mark(number: int) -> str:
    return MARKS[number % len(MARKS)]


def _ribbon(moments: Moments, left: float, step: float) -> list[str]:
    """Draw where each stage begins, by its number in the list below."""
    parts, number, right = [], 0, -99.0
    for index, name in _stages(moments):
        if not name:
            continue
        number += 1
        x = left + index * step
        parts.append(f'<path d="M{x:g} {TOP + HEIGHT}v6" stroke="currentColor"/>')
        if x - right >= 12:  # narrow columns: the list has them all
            parts.append(label(x, TOP + HEIGHT + 18, number, size=11))
            right = x
    return parts


def _legend(revisions: dict[str, str], y: float) -> list[str]:
    parts, x = [], 0.0
    for number, (identity, name) in enumerate(revisions.items()):
        text = f"{name} ({identity.rpartition('/')[2][-6:]})"
        parts.append(rect(x, y - 12, 16, 16, fill=_tint(number), radius=2))
        parts.append(label(x + 8, y, _mark(number), size=11, fill=INK, anchor="middle"))
        parts.append(label(x + 22, y, text, size=12))
        x += 42 + 7 * len(text)
    return parts


def _alt(moments: Moments, revisions: dict[str, str]) -> str:
    """Say how the shares changed, in words."""
    said, last = [], None
    for index, moment in enumerate(moments):
        shares = shares_of(moment)
        if shares == last:
            continue
        last = shares
        listed = ", ".join(f"{revisions[i]} {share:g}%" for i, share in shares.items())
        said.append(f"{_after(moments, index)} {listed or 'none'}")
    return f"Production traffic: {'; '.join(said)}."
