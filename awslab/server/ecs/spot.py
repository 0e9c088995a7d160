"""FARGATE_SPOT: tasks that AWS takes back two minutes after a warning, and capacity that is not there.

AWS warns by an EventBridge event, which the lab has not, and by SIGTERM, which it has: DescribeTasks shows the warning
as a task that is to stop with stopCode SpotInterruption while its containers still run.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from moto.ecs.models import Service

from awslab.server import faults
from awslab.server.ecs import containers, engine, events, state, tasks
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_events, ecs_tasks

SPOT = "FARGATE_SPOT"
WARNING = timedelta(minutes=2)
AGAIN = timedelta(seconds=30)  # how long the scheduler waits before it asks for capacity again
NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"


def interrupt(backend: Backend, task: state.LabTask, now: datetime) -> None:
    """Warn a task: SIGTERM now, and the end at the latest two minutes from now.

    It is deregistered at once, and does not wait for its targets to drain.
    """
    wait = containers.terminate(task)
    tasks.stop(backend, task, ecs_tasks.spot_interrupted(), now)
    engine.later(backend, now + min(wait, WARNING), "reclaim", task.task_arn)


@engine.on("reclaim")
def reclaim(backend: Backend, arn: str, now: datetime) -> None:
    """Take an interrupted task back."""
    task = state.find(backend, arn)
    if task is not None and task.last_status in ("DEACTIVATING", "STOPPING"):
        containers.end(backend, task, now)
        tasks.deprovision(backend, task, now)


def without_capacity(backend: Backend) -> list[str]:
    """Return the Availability Zones that have no Spot capacity."""
    return faults.of(backend.account_id, backend.region_name).spot


def uneven(backend: Backend, service: Service) -> bool:
    """Tell whether zones cannot be evened out, because a Spot task would not go where it is missing."""
    strategy = getattr(service, "capacity_provider_strategy", None) or []
    return bool(without_capacity(backend)) and any(
        entry["capacityProvider"] == SPOT for entry in strategy
    )


def zone_for(
    backend: Backend, provider: str | None, wanted: str, zones: Iterable[str]
) -> str | None:
    """Return where a task goes: where it is wanted, else for Spot where there is capacity; None for nowhere."""
    if provider != SPOT:
        return wanted
    short = without_capacity(backend)
    return next((zone for zone in (wanted, *sorted(zones)) if zone not in short), None)


def hold(service: Service, deployment: state.Deployment, now: datetime) -> None:
    """Say that there is no capacity, and wait before the next attempt."""
    deployment.not_before = now + AGAIN
    said = ecs_events.unable_to_place(service.name, NO_CAPACITY)
    if not service.events or service.events[0]["message"] != said:
        events.add(service, now, said)


def found(wanted: str, alive: Iterable[Any]) -> list[Any]:
    """Return the Spot tasks that a task's id or ARN, or an Availability Zone, names."""
    return [
        task
        for task in alive
        if task.capacity_provider_name == SPOT and wanted in (task.id, task.task_arn, task.lab.zone)
    ]
