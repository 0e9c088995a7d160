"""The picture of one request to a load balancer: each step of its way, and what decided there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from awslab.show import calls as show_calls
from awslab.show.picture import (
    AMBER,
    GREEN,
    GREY,
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

__all__ = ["TracePicture", "trace_picture"]

BOX, HEIGHT, GAP = 134, 70, 18
PASSES, STOPS, ANSWERS, UNREACHED = "passes", "STOPS HERE", "answers", "not reached"
LOOKS = {
    PASSES: (GREEN, "tick"),
    ANSWERS: (GREEN, "tick"),
    STOPS: (RED, "cross"),
    UNREACHED: (GREY, "bar"),
}
HEALTH = {
    "healthy": (GREEN, "tick"),
    "unhealthy": (RED, "cross"),
    "initial": (AMBER, "clock"),
    "draining": (AMBER, "bar"),
}


class TracePicture(Picture):
    """One request's way; after redirects that were followed, `history` holds the requests before."""

    history: list[TracePicture]

    @property
    def status(self) -> int | None:
        """The status that the client gets, None when it gets no answer."""
        return self.data["status"]

    @property
    def why(self) -> str:
        """Why the client gets this answer, or none."""
        return self.data["why"]

    @property
    def body(self) -> str:
        """The beginning of the answer's body."""
        return self.data["body"]

    @property
    def headers(self) -> dict[str, str]:
        """The answer's headers, names in lower case."""
        return self.data["headers"]

    @property
    def rule(self) -> str | None:
        """The priority of the rule that matched, "default" for the default one."""
        return next((each["priority"] for each in self.data["rules"] if each["matched"]), None)

    @property
    def rules(self) -> list[dict[str, Any]]:
        """Every rule that was tried, in order, with why it matched or not."""
        return self.data["rules"]

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls that the app made for the request, each with those within it under `calls`."""
        return self.data.get("calls") or []

    @property
    def target_group(self) -> str | None:
        """The name of the target group that the request was for."""
        return self.data["group"] and self.data["group"]["name"]

    @property
    def target(self) -> str | None:
        """Address and port of the target that was chosen."""
        chosen = _chosen(self.data)
        return chosen and f"{chosen['address']}:{chosen['port']}"


@dataclass(frozen=True)
class _Step:
    """One box: what it is, its name, a fact about it, what became of the request there, and why."""

    kind: str
    name: str
    fact: str
    state: str
    why: str


def trace_picture(trace: dict[str, Any]) -> TracePicture:
    """Draw one request's way: client, load balancer, listener, rule, target group, target.

    `trace` is what the lab's action `trace` answers.
    """
    steps = _steps(trace)
    asked = f"{trace['method']} {trace['url']}"
    text = _text(asked, trace, steps)
    width = len(steps) * (BOX + GAP) - GAP + 2
    boxes = "".join(_box(1 + n * (BOX + GAP), step) for n, step in enumerate(steps))
    arrows = "".join(
        _arrow(1 + n * (BOX + GAP) + BOX, HEIGHT / 2 + 1) for n in range(len(steps) - 1)
    )
    html = (
        f'<div style="max-width:920px"><div style="margin-bottom:4px"><b>{escape(asked)}</b> '
        f"{_answer_badge(trace)}</div>"
        f'<div style="margin-bottom:8px">{code(_sentence(trace))}</div>'
        + svg(width, HEIGHT + 2, boxes + arrows, text)
        + _tables(trace)
        + "</div>"
    )
    picture = TracePicture(html, text, trace)
    picture.history = []
    return picture


def _chosen(trace: dict[str, Any]) -> dict[str, Any] | None:
    targets = trace["group"]["targets"] if trace["group"] else []
    return next((each for each in targets if each["chosen"]), None)


def _sentence(trace: dict[str, Any]) -> str:
    if trace["status"] is None:
        return f"The client gets no answer: {trace['why']}"
    return f"The client gets {trace['status']}: {trace['why'].rstrip('.')}."


def _answer_badge(trace: dict[str, Any]) -> str:
    status = trace["status"]
    if status is None:
        return badge("no answer", RED, "cross")
    good = status < 400
    return badge(str(status), GREEN if good else RED, "tick" if good else "cross")


# --- the steps -----------------------------------------------------------------------------------


def _steps(trace: dict[str, Any]) -> list[_Step]:
    """Return the steps; whatever follows the one that stops the request is not reached."""
    builders = (_at_balancer, _at_listener, _at_rule, _at_group, _at_target)
    steps = [_Step("client", trace["client"], "", PASSES, "")]
    for build in builders:
        over = steps[-1].state in (STOPS, ANSWERS, UNREACHED)
        step = build(trace)
        if over:
            step = _Step(step.kind, "", "", UNREACHED, "")
        steps.append(step)
    return steps


def _at_balancer(trace: dict[str, Any]) -> _Step:
    way = trace["way_in"]
    arrived = way is not None and way["reachable"]
    zone = trace["node"]["zone"] or ""
    why = f"node in {zone}" if arrived else trace["why"]
    state = PASSES if arrived else STOPS
    return _Step("load balancer", trace["balancer"]["name"], zone, state, why)


def _at_listener(trace: dict[str, Any]) -> _Step:
    listener, tried = trace["listener"], trace["rules"]
    if listener is None:
        return _Step("listener", "none", "", STOPS, trace["why"])
    name = f"{listener['protocol']} {listener['port']}"
    if not tried:
        return _Step("listener", name, "", STOPS, trace["why"])
    return _Step("listener", name, "", PASSES, "the request arrives at this port")


def _at_rule(trace: dict[str, Any]) -> _Step:
    found = next((each for each in trace["rules"] if each["matched"]), None)
    if found is None:
        return _Step("rule", "", "", UNREACHED, "")
    forwards = trace["group"] is not None
    state = PASSES if forwards else ANSWERS if found["action"] != "forward" else STOPS
    return _Step("rule", found["priority"], found["action"], state, found["why"])


def _at_group(trace: dict[str, Any]) -> _Step:
    group = trace["group"]
    if group is None:
        return _Step("target group", "", "", UNREACHED, "")
    count = len(group["targets"])
    fact = f"{count} target{'' if count == 1 else 's'}"
    if _chosen(trace) is None:
        return _Step("target group", group["name"], fact, STOPS, trace["why"])
    return _Step("target group", group["name"], fact, PASSES, group["why"])


def _at_target(trace: dict[str, Any]) -> _Step:
    chosen = _chosen(trace)
    if chosen is None:
        return _Step("target", "", "", UNREACHED, "")
    name, answered = f"{chosen['address']}:{chosen['port']}", trace["answered"]
    why = trace["group"]["target_why"] if answered else trace["why"]
    return _Step("target", name, chosen["zone"], ANSWERS if answered else STOPS, why)


# --- text, boxes and tables ----------------------------------------------------------------------


def _text(asked: str, trace: dict[str, Any], steps: Sequence[_Step]) -> str:
    lines = [f"{asked}: {trace['status'] or 'no answer'}"]
    for number, step in enumerate(steps[1:], 1):
        if step.state == UNREACHED:
            break
        mark = "STOP" if step.state == STOPS else "ok"
        lines.append(f"  {number}. [{mark}] {step.kind} {step.name}: {step.why}")
        if step.kind == "rule":
            lines += [
                f"       rule {each['priority']} did not match: {each['why']}"
                for each in trace["rules"]
                if not each["matched"]
            ]
    calls = show_calls.lines(trace.get("calls") or [])
    return "\n".join([*lines, *calls, f"  {_sentence(trace)}"])


def _box(x: float, step: _Step) -> str:
    tint, shape = LOOKS[step.state]
    drawn = [
        rect(x, 1, BOX, HEIGHT, fill=tint, tip=step.why or step.state),
        label(x + 8, 18, step.kind, fill=INK, bold=True, size=11),
        label(x + 8, 34, fit(step.name, BOX - 14, 11, mono=True), fill=INK, size=11, mono=True),
        label(x + 8, 49, fit(step.fact, BOX - 14, 11), fill=INK, size=11) if step.fact else "",
    ]
    if step.kind != "client":
        drawn.append(
            f'<g transform="translate({x + 8:g} 53) scale(.8)" fill="none" stroke="{INK}" '
            f'stroke-width="2" stroke-linecap="round">{SHAPES[shape]}</g>'
        )
        drawn.append(label(x + 25, 64, step.state, fill=INK, size=11, bold=step.state == STOPS))
    if step.state == STOPS:
        drawn.append(
            f'<rect x="{x + 2.5:g}" y="3.5" width="{BOX - 5}" height="{HEIGHT - 5}" rx="3" '
            f'fill="none" stroke="{INK}" stroke-width="2.5"/>'
        )
    return "".join(drawn)


def _arrow(x: float, y: float) -> str:
    return (
        f'<path d="M{x + 2:g} {y:g}h{GAP - 9}" fill="none" stroke="currentColor"/>'
        f'<path d="M{x + GAP - 8:g} {y - 4:g}l7 4l-7 4z" fill="currentColor"/>'
    )


def _tables(trace: dict[str, Any]) -> str:
    parts = []
    if trace["rules"]:
        rows = [
            (
                escape(each["priority"]),
                badge("matches", GREEN, "tick") if each["matched"] else badge("no", GREY, "bar"),
                code(each["why"]),
            )
            for each in trace["rules"]
        ]
        parts.append(table("Rules, in the order they are tried", ("rule", "result", "why"), rows))
    if trace["group"]:
        parts.append(_targets(trace["group"]))
    blocked = [way for way in (trace["way_in"], trace["way_on"]) if way and not way["reachable"]]
    parts += [_hops(way) for way in blocked]
    parts.append(show_calls.calls_table(trace.get("calls") or []))
    return "".join(parts)


def _targets(group: dict[str, Any]) -> str:
    rows = [
        (
            f"<code>{escape(each['address'])}:{each['port']}</code>",
            escape(each["zone"]),
            badge(each["state"], *HEALTH.get(each["state"], (GREY, "bar"))),
            f"chosen: {code(group['target_why'])}" if each["chosen"] else escape(each["reason"]),
        )
        for each in group["targets"]
    ]
    return table(f"Targets of {group['name']}", ("target", "zone", "health", "why"), rows)


def _hops(way: dict[str, Any]) -> str:
    rows = [
        (
            f"{escape(hop['kind'])}<br><code>{escape(hop['id'])}</code>",
            badge("passes", GREEN, "tick") if hop["ok"] else badge("stops", RED, "cross"),
            code(hop["why"]),
        )
        for hop in way["hops"]
    ]
    return table("Where the packet stops", ("component", "result", "why"), rows)
