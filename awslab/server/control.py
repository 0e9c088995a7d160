"""What `cloud` asks of the lab that AWS's own APIs do not have: the clock, paths, decisions, faults.

An extension adds an action by decorating a function of keyword arguments that returns JSON data:

    @control.action("path")
    def path(source: str, destination: str, port: int) -> dict: ...

It is then `POST /_lab/path`, and `awslab.control.ask(endpoint, "path", source=..., ...)` on the client's side.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from awslab.server import clock

ACTIONS: dict[str, Callable[..., Any]] = {}


class Refused(ValueError):
    """A request that cannot be answered; the message is for the learner and names the cure."""


def action(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a control action."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        ACTIONS[name] = function
        return function

    return register


@action("advance")
def advance(seconds: float) -> dict[str, str]:
    """Let simulated seconds pass."""
    try:
        return {"now": clock.current.advance(timedelta(seconds=float(seconds))).isoformat()}
    except ValueError as error:
        raise Refused(str(error)) from None
