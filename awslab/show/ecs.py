"""Pictures of ECS: how a service's tasks came and went during a deployment.

`timeline_picture` takes what the lab's control action `timeline` answers and returns a `Timeline`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from awslab.show import shift
from awslab.show.picture import (
    BLUE,
    GREEN,
    GREY,
    INK,
    RED,
    VIOLET,
    Picture,
    escape,
    fit,
    kernel_answers,
    label,
    rect,
    svg,
)

__all__ = ["Timeline", "timeline_picture"]

# From the bottom of a bar upwards: key, words, tint, and a mark that tells it apart without colour.
LAYERS = (
    ("primary_healthy", "primary, healthy", GREEN, "P"),
    ("older_healthy", "older, healthy", GREY, "O"),
    ("starting", "starting", BLUE, "s"),
    ("unhealthy", "unhealthy", RED, "u"),
    ("stopping", "stopping (not counted)", VIOLET, "x"),
)
WIDTH, LEFT, TOP, HEIGHT, AXIS = 760, 58, 34, 190, 26
CELL = 44  # pixels of the widest step
ROWS = 40  # lines of the text form


class Timeline(Picture):
    """A service's history: a still picture, and a slider on top of it where a kernel answers."""

    def __init__(self, moments: Sequence[dict[str, Any]], title: str) -> None:
        self.moments, self.title = list(moments), title
        super().__init__(self._page(None), self._text(), self.moments)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_()
        if not self.moments or not kernel_answers():
            return bundle
        return self.widget()._repr_mimebundle_() | bundle

    def widget(self) -> Any:
        """Return the picture with a slider that steps through its moments."""
        import ipywidgets

        last = len(self.moments) - 1
        slider = ipywidgets.IntSlider(
            value=last,
            min=0,
            max=last,
            description="Moment",
            continuous_update=True,
            layout={"width": "100%", "max_width": f"{WIDTH}px"},
        )
        page = ipywidgets.HTML(self._page(last))

        def turn(change: dict[str, Any]) -> None:
            page.value = self._page(change["new"])

        slider.observe(turn, names="value")
        return ipywidgets.VBox([slider, page])

    def _page(self, chosen: int | None) -> str:
        if not self.moments:
            return f"<p>{escape(self._text())}</p>"
        drawn = svg(
            WIDTH, TOP + HEIGHT + AXIS + 34, _chart(self.moments, chosen, self.title), self._alt()
        )
        index = len(self.moments) - 1 if chosen is None else chosen
        if shift.has_traffic(self.moments):
            drawn += shift.panel(self.moments, chosen, LEFT, _step(self.moments), WIDTH)
        return f'<div style="max-width:{WIDTH}px">{drawn}{_panel(self.moments, index)}</div>'

    def _alt(self) -> str:
        first, last = self.moments[0], self.moments[-1]
        lowest = min(_healthy(moment) for moment in self.moments)
        highest = max(_active(moment) for moment in self.moments)
        return (
            f"{self.title}: {len(self.moments)} moments in {_seconds(first, last)} seconds; healthy "
            f"tasks never below {lowest} (lower bound {last['lower']}), tasks never above {highest} "
            f"(upper bound {last['upper']}); at the end {_words(last)}."
        )

    def _text(self) -> str:
        if not self.moments:
            return f"{self.title}: nothing has happened yet; let time pass, for example cloud.advance('1 min')."
        lines = [self.title, f"{'time':>7}  {'desired':>7}  {'bounds':>7}  tasks"]
        shown = self.moments[-ROWS:]
        if len(shown) < len(self.moments):
            lines.append(f"        ({len(self.moments) - len(shown)} earlier moments left out)")
        for moment in shown:
            bounds = f"{moment['lower']}..{moment['upper']}"
            when = f"+{_seconds(self.moments[0], moment)}s"
            lines.append(
                f"{when:>7}  {moment['desired']:>7}  {bounds:>7}  {_bar(moment)} {_words(moment)}"
            )
            said = shift.words(moment)
            if said:
                lines.append(f"{'':>27}{said}")
            lines += [
                f"{'':>27}{_shorter(event)}"
                for event in moment["events"]
                if not said or shift.STAGE not in event
            ]
        lines.append(
            "P primary healthy, O older healthy, s starting, u unhealthy, x stopping (not counted)"
        )
        return "\n".join(lines)


def timeline_picture(data: dict[str, Any]) -> Timeline:
    """Show how a service's tasks came and went.

    >>> timeline_picture({"service": "api", "cluster": "main", "moments": []}).moments
    []
    """
    return Timeline(data["moments"], f"Service {data['cluster']}/{data['service']}")


def _counts(moment: dict[str, Any]) -> dict[str, int]:
    counts = dict.fromkeys((key for key, *_ in LAYERS), 0)
    for index, deployment in enumerate(moment["deployments"]):
        counts["older_healthy" if index else "primary_healthy"] += deployment["healthy"]
        counts["starting"] += deployment["pending"] + deployment["launched"]
        counts["unhealthy"] += deployment["unhealthy"]
        counts["stopping"] += deployment["stopping"]
    return counts


def _healthy(moment: dict[str, Any]) -> int:
    counts = _counts(moment)
    return counts["primary_healthy"] + counts["older_healthy"]


def _active(moment: dict[str, Any]) -> int:
    counts = _counts(moment)
    return sum(counts.values()) - counts["stopping"]


def _words(moment: dict[str, Any]) -> str:
    counts = _counts(moment)
    parts = [f"{counts[key]} {words}" for key, words, *_ in LAYERS if counts[key]]
    return ", ".join(parts) or "no tasks"


def _bar(moment: dict[str, Any]) -> str:
    counts = _counts(moment)
    bar = "".join(mark * counts[key] for key, _, _, mark in LAYERS)
    return f"[{bar if len(bar) <= 24 else bar[:23] + '…'}]"


def _seconds(first: dict[str, Any], moment: dict[str, Any]) -> int:
    between = datetime.fromisoformat(moment["at"]) - datetime.fromisoformat(first["at"])
    return int(between.total_seconds())


def _shorter(event: str) -> str:
    """Leave out the ids of all tasks but the first: a list of a hundred says no more."""
    head, found, rest = event.partition("(task ")
    if rest.count("(task ") < 1:
        return event
    return f"{head}{found}{rest.partition(')')[0]}) and {rest.count('(task ')} more."


def _step(moments: Sequence[dict[str, Any]]) -> float:
    """Return the width of a moment's column, in pixels."""
    return min(CELL, (WIDTH - LEFT - 120) / len(moments))


def _chart(moments: Sequence[dict[str, Any]], chosen: int | None, title: str) -> str:
    top = max(
        1,
        *(sum(_counts(moment).values()) for moment in moments),
        *(moment["upper"] for moment in moments),
    )
    step = _step(moments)
    parts = [label(0, 14, fit(title, WIDTH), bold=True, size=14)]
    parts += _axes(moments, top, step)
    for index, moment in enumerate(moments):
        parts += _column(moment, LEFT + index * step, step, top)
    parts += _bounds(moments, top, step)
    if chosen is not None:
        x, y = LEFT + (chosen + 0.5) * step, TOP + HEIGHT
        parts.append(
            f'<path d="M{x - 7:g} {TOP - 12}h14l-7 9z" fill="currentColor"/>'
            f'<path d="M{x - step / 2:g} {y}h{step:g}" stroke="currentColor" stroke-width="5"/>'
        )
    return "".join(parts + _legend())


def _line(path: str, dash: str) -> list[str]:
    """Draw a line that shows on tints and on either background: ink on a light halo."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return [
        f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="4"/>',
        f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.8"{dashes}/>',
    ]


def _y(number: float, top: int) -> float:
    return TOP + HEIGHT * (1 - number / top)


def _axes(moments: Sequence[dict[str, Any]], top: int, step: float) -> list[str]:
    every = max(1, round(top / 5))
    parts = [
        label(LEFT - 8, _y(number, top) + 4, number, anchor="end", size=11)
        for number in range(0, top + 1, every)
    ]
    parts.append(
        f'<path d="M{LEFT} {TOP}V{TOP + HEIGHT}H{LEFT + step * len(moments):g}" fill="none" '
        'stroke="currentColor"/>'
    )
    gap = max(1, round(64 / step))
    for index in range(0, len(moments), gap):
        text = f"+{_seconds(moments[0], moments[index])} s"
        parts.append(label(LEFT + index * step, TOP + HEIGHT + 18, text, size=11))
    return parts


def _column(moment: dict[str, Any], x: float, step: float, top: int) -> list[str]:
    counts, base, parts = _counts(moment), 0, []
    for key, words, tint, mark in LAYERS:
        number = counts[key]
        if not number:
            continue
        y, height = _y(base + number, top), HEIGHT * number / top
        parts.append(
            rect(
                x,
                y,
                step,
                height,
                fill=tint,
                radius=0,
                dash="3 2" if key == "stopping" else "",
                tip=f"{number} {words}",
            )
        )
        if step >= 14 and height >= 13:
            parts.append(
                label(x + step / 2, y + height / 2 + 4, mark, size=11, fill=INK, anchor="middle")
            )
        base += number
    return parts


def _bounds(moments: Sequence[dict[str, Any]], top: int, step: float) -> list[str]:
    """Draw the bounds as they were at each moment, and name them where they end."""
    parts, taken = [], []
    end = LEFT + step * len(moments)
    for key, words, dash in (("upper", "at most", "7 3"), ("lower", "healthy at least", "2 3")):
        line = "".join(
            f"{'L' if index else 'M'}{LEFT + index * step:g} {_y(moment[key], top):g}"
            f"H{LEFT + (index + 1) * step:g}"
            for index, moment in enumerate(moments)
        )
        parts += _line(line, dash)
        y = _y(moments[-1][key], top) + 4
        y += 14 if any(abs(y - other) < 12 for other in taken) else 0
        taken.append(y)
        parts.append(label(end + 6, y, f"{words} {moments[-1][key]}", size=11))
    return parts


def _legend() -> list[str]:
    parts, x, y = [], 0.0, TOP + HEIGHT + AXIS + 16
    for _, words, tint, mark in LAYERS:
        parts.append(rect(x, y - 12, 16, 16, fill=tint, radius=2))
        parts.append(label(x + 8, y, mark, size=11, fill=INK, anchor="middle"))
        parts.append(label(x + 22, y, words, size=12))
        x += 40 + 7 * len(words)
    return parts


def _panel(moments: Sequence[dict[str, Any]], index: int) -> str:
    """Return what is true at one moment, and what AWS said in it, as HTML."""
    moment = moments[index]
    rows = "".join(
        f"<li>{escape(d['status'])} {escape(d['taskDefinition'])}: {escape(d['rolloutState'])}, "
        f"{d['healthy']} healthy, {d['pending'] + d['launched']} starting, "
        f"{d['unhealthy']} unhealthy, {d['stopping']} stopping</li>"
        for d in moment["deployments"]
    )
    said = "".join(f"<li>{escape(_shorter(event))}</li>" for event in moment["events"])
    events = f"<div>Events:</div><ul style='margin:2px 0 6px 18px'>{said}</ul>" if said else ""
    when = f"{datetime.fromisoformat(moment['at']):%H:%M:%S}"
    said = shift.words(moment)
    traffic = f"<div>{escape(said)}</div>" if said else ""
    return (
        f'<div role="status" style="line-height:1.45;overflow-wrap:anywhere">'
        f"<div><b>{when}</b> (+{_seconds(moments[0], moment)} s): desired {moment['desired']}, "
        f"healthy {_healthy(moment)} of at least {moment['lower']}, "
        f"tasks {_active(moment)} of at most {moment['upper']}</div>{traffic}"
        f"<ul style='margin:2px 0 6px 18px'>{rows}</ul>{events}</div>"
    )
