"""The picture of `cloud.cost`: what runs costs a month, as bars and as a table, and why.

`cost_picture` takes the lines of `awslab.world.cost.bill` and what the lab has counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from awslab.show.picture import (
    AMBER,
    BLUE,
    Picture,
    code,
    escape,
    fit,
    label,
    rect,
    svg,
    table,
)
from awslab.world.cost import HOURS, UNCOUNTED

__all__ = ["CostPicture", "cost_picture"]

WIDTH, LEFT, ROW = 760, 150, 26


class CostPicture(Picture):
    """A month's bill: `total` in US dollars, and `parts`, each with what, quantity, unit, rate, monthly and why."""

    def __init__(self, parts: Sequence[dict[str, Any]], counted: Mapping[str, Any]) -> None:
        self.parts = [dict(part) for part in parts]
        self.total = sum(part["monthly"] for part in self.parts)
        super().__init__(*_drawn(self, counted), {"parts": self.parts, **counted})

    @property
    def groups(self) -> dict[str, float]:
        """US dollars a month by group, the dearest first."""
        found: dict[str, float] = {}
        for part in self.parts:
            found[part["group"]] = found.get(part["group"], 0.0) + part["monthly"]
        return dict(sorted(found.items(), key=lambda each: -each[1]))


def cost_picture(parts: Sequence[dict[str, Any]], counted: Mapping[str, Any]) -> CostPicture:
    """Show what runs costs a month; `counted` has requests, since, now and kilobytes.

    >>> cost_picture([], {"requests": 0, "since": None, "kilobytes": 10}).total
    0
    """
    return CostPicture(parts, counted)


def _drawn(of: CostPicture, counted: Mapping[str, Any]) -> tuple[str, str]:
    """Return the picture's HTML and its text."""
    title = f"USD {of.total:,.2f} a month for what runs now"
    notes = _notes(of, counted)
    if not of.parts:
        text = f"{title}: nothing that costs anything by the hour or the month."
        return f"<p>{escape(text)}</p>", text
    parts = sorted(of.parts, key=lambda part: (-of.groups[part["group"]], -part["monthly"]))
    rows = [
        [
            escape(part["group"]),
            escape(part["what"]),
            escape(f"{part['quantity']:,.4g} {part['unit']}"),
            f'<a style="color:inherit" href="{escape(part["source"])}">{escape(_rate(part))}</a>',
            escape(f"{part['monthly']:,.2f}"),
            escape(part["why"]),
        ]
        for part in parts
    ]
    heads = ("Group", "What", "A month", "USD each", "USD a month", "Why")
    html = (
        f'<div style="max-width:980px">{_bars(of, title)}{table("Line by line", heads, rows)}'
        f"{''.join(f'<p>{code(note)}</p>' for note in notes)}</div>"
    )
    lines = [
        f"{part['monthly']:>9,.2f}  {part['group']}: {part['what']}: {part['quantity']:,.4g} "
        f"{part['unit']} x {_rate(part)}; {part['why']}"
        for part in parts
    ]
    return html, "\n".join([title, *lines, *notes])


def _rate(part: Mapping[str, Any]) -> str:
    return f"{part['rate']:.6g}{' (example)' if part['example'] else ''}"


def _notes(of: CostPicture, counted: Mapping[str, Any]) -> list[str]:
    measured = "Nothing has been sent through a load balancer yet, so what depends on traffic is 0."
    if counted.get("since"):
        measured = (
            f"What depends on traffic is scaled to a month from {counted['requests']:,.0f} requests since "
            f"{str(counted['since'])[:16].replace('T', ' ')} UTC, at {counted['kilobytes']:g} kB for each request "
            "or call, which is an assumption: `cloud.cost(kilobytes=...)`."
        )
    return [
        measured,
        f"A month has {HOURS} hours. The rates are examples of us-east-1: check the linked price pages, "
        "and put in others with `cloud.cost(rates={...})`.",
        f"Not counted: {UNCOUNTED}.",
    ]


def _bars(of: CostPicture, title: str) -> str:
    """Draw a bar a group; the part of it that depends on traffic has another tint."""
    top = max([0.01, *of.groups.values()])
    room = WIDTH - LEFT - 90
    body, y = [label(0, 16, title, size=14, bold=True)], 30.0
    for name, dollars in of.groups.items():
        inside = [part for part in of.parts if part["group"] == name]
        body.append(label(0, y + 15, fit(name, LEFT - 8)))
        x = float(LEFT)
        for measured, tint in ((False, BLUE), (True, AMBER)):
            part = sum(p["monthly"] for p in inside if p["measured"] is measured)
            if part > 0:
                tip = f"{name}: {part:,.2f} {'by traffic' if measured else 'fixed'}"
                width = max(2.0, part / top * room)
                body.append(rect(x, y, width, 20, fill=tint, radius=2, tip=tip))
                x += width
        body.append(label(x + 6, y + 15, f"{dollars:,.2f}"))
        y += ROW
    for at, tint, words in ((LEFT, BLUE, "fixed"), (LEFT + 90, AMBER, "by traffic")):
        body.append(rect(at, y + 4, 12, 12, fill=tint, radius=2))
        body.append(label(at + 18, y + 14, words, size=11))
    alt = f"{title}: " + "; ".join(f"{name} {d:,.2f}" for name, d in of.groups.items())
    return svg(WIDTH, y + 22, "".join(body), alt)
