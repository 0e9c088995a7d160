"""Scheduled actions fire on the simulated clock, in their time zones.

https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
"""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeScheduledAction,
    applicationautoscaling_backends,
)

from awslab.server import clock
from awslab.server.autoscaling import activities
from awslab.world.autoscaling_request import held_within
from awslab.world.scaling_schedule import next_run

__all__ = ["due", "put_scheduled_action", "run"]

_put = ApplicationAutoscalingBackend.put_scheduled_action


def put_scheduled_action(self: ApplicationAutoscalingBackend, *args: Any, **fields: Any) -> None:
    """Create or change a scheduled action, and plan when it fires next."""
    _put(self, *args, **fields)
    now = clock.current.now
    for action in self.scheduled_actions:
        same = action.scheduled_action_name == fields.get("scheduled_action_name")
        if same and action.resource_id == fields.get("resource_id"):
            action.lab_next = _plan(action, now - timedelta(seconds=1))


def _moment(given: Any) -> datetime | None:
    if given in (None, ""):
        return None
    if isinstance(given, int | float):
        return datetime.fromtimestamp(given, UTC)
    moment = datetime.fromisoformat(str(given).replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def _plan(action: FakeScheduledAction, after: datetime) -> datetime | None:
    """Return the first moment after another at which an action fires, between its start and its end."""
    start, end = _moment(action.start_time), _moment(action.end_time)
    begun = start or datetime.fromtimestamp(action.creation_time, UTC)
    if start is not None:
        after = max(after, start - timedelta(seconds=1))
    found = next_run(
        action.schedule, _zone(action.timezone or "UTC"), after, begun, started=start is not None
    )
    return None if found is None or (end is not None and found > end) else found


def _planned() -> Iterator[tuple[datetime, ApplicationAutoscalingBackend, FakeScheduledAction]]:
    for regions in list(applicationautoscaling_backends.values()):
        for backend in list(regions.values()):
            for action in backend.scheduled_actions:
                moment = getattr(action, "lab_next", None)
                if moment is not None:
                    yield moment, backend, action


def due() -> datetime | None:
    """Return the next moment at which any action fires."""
    return min((moment for moment, _, _ in _planned()), default=None)


def run(now: datetime) -> None:
    """Fire the actions that are due."""
    for moment, backend, action in list(_planned()):
        if moment <= now:
            action.lab_next = _plan(action, now)
            _fire(backend, action, now)


def _fire(
    backend: ApplicationAutoscalingBackend, action: FakeScheduledAction, now: datetime
) -> None:
    """Set the target's ends, and bring the service between them.

    https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
    """
    target = backend.targets.get(action.scalable_dimension, {}).get(action.resource_id)
    suspended = (target.suspended_state or {}) if target else {}
    if target is None or suspended.get("ScheduledScalingSuspended"):
        return
    given: dict[str, Any] = action.scalable_target_action or {}  # type: ignore[assignment]
    lowest, highest = given.get("MinCapacity"), given.get("MaxCapacity")
    target.min_capacity = target.min_capacity if lowest is None else lowest
    target.max_capacity = target.max_capacity if highest is None else highest
    name = action.scheduled_action_name
    ends = [
        f"{word} capacity to {value}"
        for word, value in (("min", lowest), ("max", highest))
        if value is not None
    ]
    set_to = " and ".join(ends)
    activities.write(
        backend,
        target,
        f"Setting {set_to}",
        f"scheduled action name {name} was triggered",
        f"Successfully set {set_to}",
        now,
    )
    service = (
        activities.service_of(backend, target.resource_id)
        if target.service_namespace == "ecs"
        else None
    )
    if service is None:
        return
    wanted = held_within(service.desired_count, target.min_capacity, target.max_capacity)
    if wanted != service.desired_count:
        end = "minimum" if wanted > service.desired_count else "maximum"
        cause = f"{end} capacity was set to {wanted} by scheduled action {name}"
        activities.change(backend, target, wanted, cause, now)
