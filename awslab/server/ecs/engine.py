"""Move ECS along the simulated clock: what is due at which moment, kept on moto's own backend.

The cost of a moment is that of what happens in it; an idle service costs nothing.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends

from awslab.server import clock

POLL = timedelta(seconds=5)  # simulated time that asking for a status takes
Backend = EC2ContainerServiceBackend
_handlers: dict[str, Callable[..., None]] = {}


@dataclass
class Queue:
    """What is due: (moment, comes last, sequence number, handler, argument).

    `once` holds what need not be queued twice.
    """

    heap: list[tuple[datetime, bool, int, str, str]] = field(default_factory=list)
    sequence: int = 0
    once: set[tuple[str, str]] = field(default_factory=set)


def queue(backend: Backend) -> Queue:
    """Return the backend's queue."""
    return backend.__dict__.setdefault("lab_queue", Queue())


def on(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a handler `handler(backend, argument, now)` under a name that a queue can hold."""

    def register(handler: Callable[..., None]) -> Callable[..., None]:
        _handlers[name] = handler
        return handler

    return register


def later(backend: Backend, moment: datetime, name: str, argument: str) -> None:
    """Call a handler at a moment."""
    waiting = queue(backend)
    waiting.sequence += 1
    # Decisions come after all that happens in a moment: each of them sees all of it.
    heapq.heappush(waiting.heap, (moment, name == "reconcile", waiting.sequence, name, argument))


def once(backend: Backend, moment: datetime, name: str, argument: str) -> None:
    """Call a handler at a moment, unless that call is waiting already."""
    waiting = queue(backend)
    if (name, argument) not in waiting.once:
        waiting.once.add((name, argument))
        later(backend, moment, name, argument)


def soon(backend: Backend, name: str, argument: str) -> None:
    """Call a handler in this moment, only once however often it is asked for."""
    once(backend, clock.current.now, name, argument)


def due() -> datetime | None:
    """Return the next moment at which something is due."""
    return min((q.heap[0][0] for _, q in _queues() if q.heap), default=None)


def run(now: datetime) -> None:
    """Do everything that is due."""
    for backend, waiting in list(_queues()):
        while waiting.heap and waiting.heap[0][0] <= now:
            *_, name, argument = heapq.heappop(waiting.heap)
            waiting.once.discard((name, argument))
            _handlers[name](backend, argument, now)


def _queues() -> Iterator[tuple[Backend, Any]]:
    for regions in ecs_backends.values():
        for backend in regions.values():
            waiting = backend.__dict__.get("lab_queue")
            if waiting is not None:
                yield backend, waiting
