"""Pictures of networks: the way of a packet, hop by hop, and the map of a VPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from awslab.show.picture import (
    GREEN,
    INK,
    RED,
    SHAPES,
    Picture,
    badge,
    code,
    escape,
    fit,
    label,
    rect,
    svg,
    table,
)

__all__ = ["PathPicture", "path_picture"]

BOX, HEIGHT, GAP, IN_A_ROW = 158, 70, 20, 5
ROW = HEIGHT + 26
LEGS = {"forward": "The packet", "return": "Its answer"}


class PathPicture(Picture):
    """The way of a packet and of its answer, up to where it stops."""

    @property
    def reachable(self) -> bool:
        """Whether a connection can be made."""
        return self.data["reachable"]

    @property
    def why(self) -> str:
        """One sentence: why the packet stops, or that it arrives."""
        return self.data["why"]

    @property
    def hops(self) -> list[dict[str, Any]]:
        """The steps, each with kind, id, ok and why."""
        return self.data["hops"]

    @property
    def blocked(self) -> dict[str, Any] | None:
        """The step that stops the packet, None when it arrives and its answer comes back."""
        return next((hop for hop in self.hops if not hop["ok"]), None)


def path_picture(path: dict[str, Any]) -> PathPicture:
    """Draw a path: one box a hop, the one that stops the packet marked by word, shape and colour.

    >>> picture = path_picture({
    ...     "source": "internet", "destination": "eni-1", "port": 443, "protocol": "tcp",
    ...     "reachable": False, "why": "No inbound rule allows it.",
    ...     "hops": [{"kind": "security group", "id": "sg-1", "name": "web", "ok": False, "of": "eni-1",
    ...               "place": "", "why": "No inbound rule allows it.", "leg": "forward", "code": ""}]})
    """
    state = "reachable" if path["reachable"] else "not reachable"
    ends = f"{path['source']} to {path['destination']}, {path['protocol']} port {path['port']}"
    head = f"{ends}: {state}"
    lines = [head]
    for number, hop in enumerate(path["hops"], 1):
        mark = "ok" if hop["ok"] else "STOP"
        back = "return: " if hop["leg"] == "return" else ""
        lines.append(f"  {number:>2}. [{mark}] {back}{hop['kind']} {_named(hop)}: {hop['why']}")
    body, height = _legs(path["hops"])
    width = IN_A_ROW * (BOX + GAP) - GAP + 2
    mark = badge("reachable", GREEN, "tick") if path["reachable"] else badge("stops", RED, "cross")
    html = (
        f'<div style="max-width:900px"><div style="margin-bottom:4px"><b>{escape(ends)}</b> {mark}</div>'
        f'<div style="margin-bottom:8px">{code(path["why"])}</div>'
        + svg(width, height, body, "\n".join(lines))
        + table("Step by step", ("no.", "component", "result", "why"), _rows(path["hops"]))
        + "</div>"
    )
    return PathPicture(html, "\n".join(lines), path)


def _named(hop: dict[str, Any]) -> str:
    return f"{hop['id']} ({hop['name']})" if hop["name"] else hop["id"]


def _rows(hops: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    return [
        (
            str(number),
            f"{escape(hop['kind'])}<br><code>{escape(hop['id'])}</code>"
            + (f"<br>{escape(hop['name'])}" if hop["name"] else ""),
            badge("passes", GREEN, "tick") if hop["ok"] else badge("stops", RED, "cross"),
            ("The answer: " if hop["leg"] == "return" else "") + code(hop["why"]),
        )
        for number, hop in enumerate(hops, 1)
    ]


def _legs(hops: Sequence[dict[str, Any]]) -> tuple[str, float]:
    """Draw both legs, each starting on a row of its own; return the drawing and its height."""
    parts, y, number = [], 0.0, 0
    for leg, title in LEGS.items():
        own = [hop for hop in hops if hop["leg"] == leg]
        if not own:
            continue
        parts.append(label(1, y + 14, title, bold=True))
        y += 22
        for start in range(0, len(own), IN_A_ROW):
            row = own[start : start + IN_A_ROW]
            for place, hop in enumerate(row):
                number += 1
                x = 1 + place * (BOX + GAP)
                parts.append(_hop(x, y, number, hop))
                if start + place + 1 < len(own) and place + 1 < IN_A_ROW:
                    parts.append(_arrow(x + BOX, y + HEIGHT / 2))
            y += ROW
    return "".join(parts), y


def _hop(x: float, y: float, number: int, hop: dict[str, Any]) -> str:
    tint = GREEN if hop["ok"] else RED
    word, shape = ("passes", "tick") if hop["ok"] else ("STOPS HERE", "cross")
    where = hop["name"] or hop["place"] or hop["of"]
    drawn = [
        rect(x, y, BOX, HEIGHT, fill=tint, tip=hop["why"]),
        label(x + 8, y + 17, f"{number}. {hop['kind']}", fill=INK, bold=True, size=11),
        label(x + 8, y + 33, fit(hop["id"], BOX - 16, 11, mono=True), fill=INK, size=11, mono=True),
        label(x + 8, y + 48, fit(where, BOX - 16, 11), fill=INK, size=11) if where else "",
        _symbol(x + 8, y + 52, shape),
        label(x + 25, y + 63, word, fill=INK, size=11, bold=not hop["ok"]),
    ]
    if not hop["ok"]:
        drawn.append(
            f'<rect x="{x + 2.5:g}" y="{y + 2.5:g}" width="{BOX - 5}" height="{HEIGHT - 5}" rx="3" '
            f'fill="none" stroke="{INK}" stroke-width="2.5"/>'
        )
    return "".join(drawn)


def _symbol(x: float, y: float, shape: str) -> str:
    return (
        f'<g transform="translate({x:g} {y:g}) scale(.8)" fill="none" stroke="{INK}" '
        f'stroke-width="2" stroke-linecap="round">{SHAPES[shape]}</g>'
    )


def _arrow(x: float, y: float) -> str:
    return (
        f'<path d="M{x + 2:g} {y:g}h{GAP - 9}" fill="none" stroke="currentColor"/>'
        f'<path d="M{x + GAP - 8:g} {y - 4:g}l7 4l-7 4z" fill="currentColor"/>'
    )
