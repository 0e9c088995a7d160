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
        delta = timedelta(seconds=float(seconds))
        if delta < timedelta(0):
            raise ValueError("it only moves forward")
        _ = clock.current.now + delta
    except (ValueError, OverflowError) as error:  # the calendar ends with the year 9999
        raise Refused(f"the clock cannot move by {seconds} s: {error}") from None
    # Outside the try: a ValueError of what happens on the way is the lab's fault, not the request's.
    return {"now": clock.current.advance(delta).isoformat()}
