"""The picture of `cloud.traffic`: requests, tasks, CPU and alarms over time, one panel under the other.

`traffic_picture` takes what the lab's control action `traffic` answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from awslab.show.picture import (
    AMBER,
    BLUE,
    GREEN,
    INK,
    RED,
    VIOLET,
    Picture,
    escape,
    fit,
    label,
    rect,
    svg,
    table,
)

__all__ = ["TrafficPicture", "traffic_picture"]

WIDTH, LEFT, RIGHT = 760, 64, 12
COLUMNS = 120  # at most; longer traffic is drawn in steps of several minutes
PANEL, GAP, ROW = 92, 34, 28
ALARMS = 8
ROWS = 24  # lines of the text form
_TRACKING = re.compile(r"TargetTracking-service/[^/]+/(.+)-Alarm(High|Low)-[0-9a-f-]{36}")
# From the bottom of a bar upwards: key, words, tint.
CLASSES = (
    ("good", "2xx and 3xx", GREEN),
    ("refused", "4xx", AMBER),
    ("failed", "5xx or no answer", RED),
)


class TrafficPicture(Picture):
    """What some traffic did: `answers` by status, `minutes` and `activities` as the lab noted them."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.url, self.minutes = data["url"], data["minutes"]
        self.activities: list[dict[str, Any]] = data["activities"]
        self.answers: dict[str, int] = {}
        for minute in self.minutes:
            for status, count in minute["answers"].items():
                self.answers[status] = self.answers.get(status, 0) + count
        super().__init__(*_drawn(self), data)


def traffic_picture(data: dict[str, Any]) -> TrafficPicture:
    """Show what some traffic did.

    >>> traffic_picture({"url": "http://shop/", "minutes": [], "activities": []}).answers
    {}
    """
    return TrafficPicture(data)


def _drawn(of: TrafficPicture) -> tuple[str, str]:
    """Return the picture's HTML and its text."""
    title = f"Traffic to {of.url}"
    if not of.minutes:
        text = f"{title}: no full minute has passed yet; let time pass, for example cloud.advance('5 min')."
        return f"<p>{escape(text)}</p>", text
    steps = _steps(of.minutes)
    panels = [_requests(steps), *_tasks(steps), *_cpu(steps), *_alarms(steps)]
    body, y = [label(0, 16, fit(title, WIDTH, 14), size=14, bold=True)], 30.0
    for draw, height in panels:
        body.append(draw(y))
        y += height
    body.append(_times(steps, y))
    text = _text(of, steps, title)
    drawn = svg(WIDTH, y + 22, "".join(body), _alt(of, steps, title))
    return f'<div style="max-width:{WIDTH}px">{drawn}{_activities(of)}</div>', text


# --- steps: one minute, or several taken together --------------------------------------------------


def _steps(minutes: Sequence[dict[str, Any]], most: int = COLUMNS) -> list[dict[str, Any]]:
    size = -(-len(minutes) // most)
    return [_step(minutes[first : first + size]) for first in range(0, len(minutes), size)]


def _step(minutes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    counts = dict.fromkeys((key for key, *_ in CLASSES), 0)
    for minute in minutes:
        for status, count in minute["answers"].items():
            counts[_class(status)] += count
    seconds = 60 * len(minutes)
    services: dict[str, dict[str, Any]] = {}
    for minute in minutes:
        for name, seen in minute["services"].items():
            # The largest of a step is what one looks for: the peak must not be averaged away.
            known = services.setdefault(name, {"desired": 0, "running": 0, "cpu": None})
            for key in ("desired", "running", "cpu"):
                both = [v for v in (known[key], seen[key]) if v is not None]
                known[key] = max(both) if both else None
    return {
        "at": minutes[0]["at"],
        "minutes": len(minutes),
        "rates": {key: count / seconds for key, count in counts.items()},
        "services": services,
        "alarms": sorted({name for minute in minutes for name in minute["alarms"]}),
    }


def _class(status: str) -> str:
    if not status.isdigit() or int(status) >= 500:
        return "failed"
    return "refused" if int(status) >= 400 else "good"


def _names(steps: Sequence[dict[str, Any]]) -> list[str]:
    return sorted({name for step in steps for name in step["services"]})


# --- panels: each is a function of its top, and its height -----------------------------------------

Panel = tuple[Callable[[float], str], float]


def _x(index: float, steps: Sequence[Any]) -> float:
    return LEFT + index * (WIDTH - LEFT - RIGHT) / len(steps)


def _frame(y: float, title: str, top: float, key: str = "") -> str:
    """Return a panel's title, base line, and the figure at its upper end."""
    bottom = y + GAP + PANEL - 12
    line = f'<path d="M{LEFT} {bottom:g}H{WIDTH - RIGHT}" stroke="currentColor" fill="none"/>'
    return (
        label(LEFT, y + GAP - 16, title, bold=True)
        + key
        + label(LEFT - 6, y + GAP + 4, f"{top:g}", size=11, anchor="end")
        + label(LEFT - 6, bottom, "0", size=11, anchor="end")
        + line
    )


def _top(highest: float) -> float:
    """Return a round figure that is not below the highest value."""
    for power in range(-1, 8):
        for first in (1, 2, 5):
            if first * 10**power >= highest:
                return float(f"{first * 10**power:g}")
    return highest


def _requests(steps: Sequence[dict[str, Any]]) -> Panel:
    top = _top(max(sum(step["rates"].values()) for step in steps))
    height = PANEL - 12

    def draw(y: float) -> str:
        parts, key, x = [], "", LEFT + 150.0
        for _, words, tint in CLASSES:
            key += rect(x, y + GAP - 26, 12, 12, fill=tint, radius=2)
            key += label(x + 17, y + GAP - 16, words, size=11)
            x += 30 + 7 * len(words)
        for index, step in enumerate(steps):
            bottom = y + GAP + height
            for name, words, tint in CLASSES:
                tall = step["rates"][name] / top * height
                if tall > 0:
                    bottom -= tall
                    tip = f"{_clock(step['at'])}: {step['rates'][name]:.1f} a second, {words}"
                    parts.append(_bar(index, steps, bottom, tall, tint, tip))
        return _frame(y, "Requests a second", top, key) + "".join(parts)

    return draw, GAP + PANEL


def _bar(index: int, steps: Sequence[Any], y: float, tall: float, tint: str, tip: str) -> str:
    x, width = _x(index, steps), (WIDTH - LEFT - RIGHT) / len(steps)
    # Lines between narrow bars would cover them.
    stroke = f' stroke="{INK}" stroke-width=".6"' if width > 5 else ""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{tall:.2f}" fill="{tint}"'
        f"{stroke}><title>{escape(tip)}</title></rect>"
    )


def _tasks(steps: Sequence[dict[str, Any]]) -> list[Panel]:
    return [_tasks_of(name, steps) for name in _names(steps)]


def _tasks_of(name: str, steps: Sequence[dict[str, Any]]) -> Panel:
    seen = [step["services"].get(name) for step in steps]
    top = max([1, *(max(s["desired"], s["running"]) for s in seen if s)])
    height = PANEL - 12

    def draw(y: float) -> str:
        bottom, parts = y + GAP + height, []
        for index, found in enumerate(seen):
            if found and found["running"]:
                tall = found["running"] / top * height
                tip = f"{_clock(steps[index]['at'])}: {found['running']} running, {found['desired']} desired"
                parts.append(_bar(index, steps, bottom - tall, tall, BLUE, tip))
        line = _line([s and s["desired"] for s in seen], steps, top, bottom, height)
        key = _key(y, "bars: running; line: desired", fit(f"Tasks of {name}", 300))
        return _frame(y, fit(f"Tasks of {name}", 300), top, key) + "".join(parts) + line

    return draw, GAP + PANEL


def _key(y: float, words: str, title: str) -> str:
    return label(LEFT + 24 + 7.5 * len(title), y + GAP - 16, words, size=11)


def _line(
    values: Sequence[float | None],
    steps: Sequence[Any],
    top: float,
    bottom: float,
    height: float,
) -> str:
    """Return a line that holds each value for its step; a missing value leaves a gap."""
    path, pen = "", False
    for index, value in enumerate(values):
        if value is None:
            pen = False
            continue
        y = bottom - value / top * height
        path += f"{'L' if pen else 'M'}{_x(index, steps):.2f} {y:.2f}H{_x(index + 1, steps):.2f}"
        pen = True
    # Dark within the page's own colour: seen on the tints and beside them, on light and dark pages.
    return "".join(
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        for colour, width in (("currentColor", 4), (INK, 1.6))
    )


def _cpu(steps: Sequence[dict[str, Any]]) -> list[Panel]:
    panels: list[Panel] = []
    for name in _names(steps):
        values = [step["services"].get(name, {}).get("cpu") for step in steps]

        def draw(y: float, name: str = name, values: Sequence[float | None] = values) -> str:
            bottom, height = y + GAP + PANEL - 12, PANEL - 12
            parts = [
                _bar(i, steps, bottom - v / 100 * height, v / 100 * height, VIOLET,
                     f"{_clock(steps[i]['at'])}: {v:g} %")
                for i, v in enumerate(values)
                if v
            ]  # fmt: skip
            title = fit(f"CPU of {name}, percent of what its tasks have", 460)
            return _frame(y, title, 100) + "".join(parts)

        panels.append((draw, GAP + PANEL))
    return panels


def _alarms(steps: Sequence[dict[str, Any]]) -> list[Panel]:
    names = sorted({name for step in steps for name in step["alarms"]})
    if not names:
        return []

    def draw(y: float) -> str:
        parts = [label(LEFT, y + GAP - 20, "In ALARM", bold=True)]
        for row, name in enumerate(names[:ALARMS]):
            top = y + GAP + 6 + row * ROW
            parts.append(label(LEFT, top - 4, fit(short(name), WIDTH - LEFT, 11), size=11))
            parts.append(rect(LEFT, top, WIDTH - LEFT - RIGHT, 10, radius=2))
            for index, step in enumerate(steps):
                if name in step["alarms"]:
                    tip = f"{_clock(step['at'])}: {name} in ALARM"
                    parts.append(_bar(index, steps, top, 10, RED, tip))
        if len(names) > ALARMS:
            more = f"and {len(names) - ALARMS} more"
            parts.append(label(LEFT, y + GAP + ALARMS * ROW + 8, more, size=11))
        return "".join(parts)

    return [(draw, GAP + ROW * min(len(names), ALARMS + 1) + 4)]


def short(alarm: str) -> str:
    """Return an alarm's name without what AWS puts around those of target tracking."""
    found = _TRACKING.fullmatch(alarm)
    return f"{found[1]}: Alarm{found[2]}" if found else alarm


def _times(steps: Sequence[dict[str, Any]], y: float) -> str:
    every = max(1, len(steps) // 6)
    return "".join(
        label(_x(index, steps), y + 14, _clock(steps[index]["at"]), size=11)
        for index in range(0, len(steps), every)
        if _x(index, steps) < WIDTH - 36
    )


def _clock(at: str | float) -> str:
    return datetime.fromisoformat(str(at)).strftime("%H:%M")


# --- words -------------------------------------------------------------------------------------------


def _activities(of: TrafficPicture) -> str:
    if not of.activities:
        return ""
    rows = [[escape(_when(a)), escape(a["what"]), escape(_cause(a))] for a in of.activities]
    return table("Scaling activities", ("UTC", "What", "Why"), rows)


def _when(activity: dict[str, Any]) -> str:
    return str(activity["at"])[11:16]


def _cause(activity: dict[str, Any]) -> str:
    words = activity["cause"].split(" ")
    return " ".join(short(word) for word in words)


def _alt(of: TrafficPicture, steps: Sequence[dict[str, Any]], title: str) -> str:
    total = sum(of.answers.values())
    failed = sum(count for status, count in of.answers.items() if _class(status) == "failed")
    tasks = "; ".join(_range(name, steps) for name in _names(steps))
    return (
        f"{title}: {len(of.minutes)} minutes, {total} requests, {failed} failed. "
        f"{tasks + '. ' if tasks else ''}{len(of.activities)} scaling activities."
    )


def _range(name: str, steps: Sequence[dict[str, Any]]) -> str:
    running = [step["services"][name]["running"] for step in steps if name in step["services"]]
    return f"{name} ran {min(running)} to {max(running)} tasks"


def _text(of: TrafficPicture, steps: Sequence[dict[str, Any]], title: str) -> str:
    lines = [title, _alt(of, steps, "In all").partition(". ")[0] + "."]
    lines.append(f"{'UTC':>5}  {'a second':>8}  {'failed':>7}  tasks (desired), CPU, alarms")
    for step in _steps(of.minutes, ROWS):
        rates = step["rates"]
        services = ", ".join(
            f"{name} {s['running']} ({s['desired']}), {s['cpu'] or 0:.0f} %"
            for name, s in step["services"].items()
        )
        alarms = ", ".join(short(name) for name in step["alarms"])
        lines.append(
            f"{_clock(step['at']):>5}  {sum(rates.values()):>8.1f}  {rates['failed']:>7.1f}  "
            f"{services}{'; ALARM ' + alarms if alarms else ''}".rstrip()
        )
    lines += [f"{_when(a)}  {a['what']} Why: {_cause(a)}" for a in of.activities]
    return "\n".join(lines)
