"""The calls that an app made while it answered a request: who was called, by which name, and what came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from awslab.show.picture import GREEN, RED, badge, code, escape, table

__all__ = ["calls_table", "lines"]


def _flat(calls: Sequence[dict[str, Any]], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each call and the calls within it, with how deep it is."""
    for each in calls:
        yield depth, each
        yield from _flat(each.get("calls") or [], depth + 1)


def _name(call: dict[str, Any]) -> str:
    """Return what was called: an HTTP request, an AWS action on a resource, or a host."""
    if "url" in call:
        return f"{call['method']} {call['url']}"
    if "action" in call:
        return f"{call['action']} on {call['resource']}"
    return str(call.get("host", ""))


def _way(call: dict[str, Any]) -> str:
    """Return how the name was found and where it led to, "" for a call that is not HTTP."""
    if not call.get("by"):
        return ""
    to = f" to {call['target']}" if call.get("target") else ""
    return f"by {call['by']}{to}{', encrypted' if call.get('encrypted') else ''}"


def _result(call: dict[str, Any]) -> str:
    if not call.get("error"):
        who = f" from {call['service']}" if call.get("service") else ""
        return f"{call.get('status') or 'ok'}{who}"
    why = f" ({call['why']})" if call.get("why") else ""
    return f"{call['error']}{why}"


def lines(calls: Sequence[dict[str, Any]]) -> list[str]:
    """Return one line a call, those within a call further to the right."""
    return [
        f"{'   ' * depth}     [{'FAILED' if call.get('error') else 'ok'}] called "
        f"{_name(call)}{' ' + _way(call) if _way(call) else ''}: {_result(call)}"
        for depth, call in _flat(calls)
    ]


def calls_table(calls: Sequence[dict[str, Any]]) -> str:
    """Return the calls as a table, "" without any."""
    if not calls:
        return ""
    rows = [
        (
            f"{'&nbsp;&nbsp;' * depth}{code(_name(call))}",
            escape(_way(call)),
            badge("failed", RED, "cross") if call.get("error") else badge("ok", GREEN, "tick"),
            code(_result(call)),
        )
        for depth, call in _flat(calls)
    ]
    return table("Calls that the app made for it", ("call", "way", "result", "answer"), rows)
