"""CloudWatch that measures: tasks and load balancers make metrics, alarms look at them once a simulated minute.

`collect` counts and publishes, `store` keeps, `answers` is the API, `alarms` evaluates, `traffic` sends requests.
The rules are `awslab.world.metrics` and `awslab.world.alarms`.
"""

import sys
from datetime import datetime, timedelta

from moto.cloudwatch.responses import CloudWatchResponse

from awslab.server import clock
from awslab.server.cloudwatch import alarms, answers, collect, cost, insights, store, traffic

__all__ = ["alarms", "collect", "cost", "freeze", "install", "reset", "store", "thaw", "traffic"]

_planned: datetime | None = None


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded ECS or CloudWatch."""
    if getattr(CloudWatchResponse, "lab", False):
        return
    CloudWatchResponse.lab = True  # type: ignore[attr-defined]
    answers.install()
    alarms.install()
    clock.current.every(due, run)


def reset() -> None:
    """Forget the moment that was planned; all else hangs on moto's own backends."""
    global _planned
    _planned = None


def freeze() -> datetime | None:
    """Return what a snapshot keeps beside moto's objects: the moment that is planned."""
    return _planned


def thaw(planned: datetime | None) -> None:
    """Take the plan of a snapshot."""
    global _planned
    _planned = planned


def due() -> datetime | None:
    """Return the next moment to measure at: a full minute, or the end of a slice while traffic flows."""
    global _planned
    now = clock.current.now
    if not _busy():
        _planned = None
        return None
    step = traffic.SLICE if traffic.flowing(now) else store.MINUTE
    later = _after(now, step)
    if _planned is None or _planned < now or _planned > later:
        _planned = later
    return _planned


def _after(now: datetime, step: timedelta) -> datetime:
    return now - (now - clock.EPOCH) % step + step


def _busy() -> bool:
    """Tell whether anything is there to be measured."""
    ecs = sys.modules.get("moto.ecs.models")
    accounts = list(ecs.ecs_backends.values()) if ecs else []
    services = (backend.services for regions in accounts for backend in regions.values())
    return any(services) or any(
        backend.alarms or kept.traffic or kept.open for backend, kept in store.used()
    )


def run(now: datetime) -> None:
    """Send the traffic of a slice; at a full minute publish, evaluate the alarms, and let scaling act."""
    global _planned
    _planned = None
    traffic.send(now)
    if (now - clock.EPOCH) % store.MINUTE:
        _planned = _after(now, traffic.SLICE)
        return
    insights.publish(now - store.MINUTE)  # before what was counted is taken away
    collect.publish(now)
    alarms.evaluate(now)
    traffic.close_minute(now)
    _planned = _after(now, store.MINUTE)
