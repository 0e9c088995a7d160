"""Faults that a learner puts into the lab: an Availability Zone that is lost, an app that crashes; and repair.

https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/availability-zones.html
"""

from typing import Any

from awslab.server import clock, control
from awslab.server.ecs import containers, engine, logs, members, state, tasks
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_tasks


@control.action("fail")
def fail(az: str | None = None, task: str | None = None) -> dict[str, Any]:
    """Lose an Availability Zone with all tasks in it, or let a task's essential containers crash.

    Raises control.Refused when neither or both are given, or there is no such zone or running task.
    """
    if (az is None) == (task is None):
        raise control.Refused('give either az="us-east-1a" or task="<task id>"')
    now = clock.current.now
    stopped = _crash(str(task)) if task else _lose(str(az))
    return {"now": now.isoformat(), "stopped": stopped}


def _lose(zone: str) -> list[str]:
    found = [backend for backend in _backends() if zone[:-1] == backend.region_name]
    if not found:
        known = ", ".join(sorted({backend.region_name for backend in _backends()})) or "none yet"
        raise control.Refused(
            f"{zone!r} is no Availability Zone of a Region with an ECS cluster ({known}); "
            'write for example "us-east-1a"'
        )
    lost = []
    for backend in found:
        failed = engine.queue(backend).failed_zones
        if zone not in failed:
            failed.append(zone)
        for task in _alive(backend):
            if task.lab.zone == zone:
                lost.append(task.id)
                tasks.stop(
                    backend, task, ecs_tasks.infrastructure_lost(), clock.current.now, lost=True
                )
        _reconsider(backend)
    return lost


def _crash(wanted: str) -> list[str]:
    for backend in _backends():
        for task in _alive(backend):
            if wanted in (task.id, task.task_arn) and task.last_status == "RUNNING":
                _end(backend, task)
                return [task.id]
    raise control.Refused(f"no running task has the id or ARN {wanted!r}; `list_tasks` names them")


def _end(backend: Backend, task: state.LabTask) -> None:
    now = clock.current.now
    for process in task.lab.processes.values():
        if process.definition.get("essential", True) and process.stopped is None:
            process.stopped, process.listens = now, None
            shown = containers.container(task, process.name)
            shown.last_status, shown.exit_code = "STOPPED", 1
            logs.write(backend, task, process, now, ["Error: the process was made to crash"])
    tasks.stop(backend, task, ecs_tasks.container_exited(1), now)


@control.action("recover")
def recover(az: str | None = None) -> dict[str, Any]:
    """Bring an Availability Zone back, or all that have failed.

    Raises control.Refused when that zone has not failed.
    """
    back = []
    for backend in _backends():
        failed = engine.queue(backend).failed_zones
        back += [zone for zone in failed if az in (None, zone)]
        failed[:] = [zone for zone in failed if az not in (None, zone)]
        _reconsider(backend)
    if az is not None and not back:
        raise control.Refused(f"the Availability Zone {az!r} has not failed")
    return {"now": clock.current.now.isoformat(), "recovered": sorted(set(back))}


def failed_zones(account: str, region: str) -> list[str]:
    """Return the Availability Zones that have failed, for whoever else has something in them."""
    return list(engine.queue(engine.ecs_backends[account][region]).failed_zones)


def _backends() -> list[Backend]:
    return [
        backend
        for regions in engine.ecs_backends.values()
        for backend in regions.values()
        if backend.clusters
    ]


def _alive(backend: Backend) -> list[state.LabTask]:
    return [
        task
        for group in backend.tasks.values()
        for task in group.values()
        if isinstance(task, state.LabTask) and task.desired_status == "RUNNING"
    ]


def _reconsider(backend: Backend) -> None:
    for key in backend.services:
        members.changed(backend, key)
