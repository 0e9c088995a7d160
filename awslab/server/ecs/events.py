"""A service's events, newest first, and the history that `cloud.timeline` draws."""

from datetime import datetime

from moto.ecs.models import Service
from moto.moto_api._internal import mock_random

from awslab.server.ecs import state
from awslab.server.ecs.state import lab, percents
from awslab.world import ecs_events
from awslab.world import ecs_service as rules

MOST = 100  # DescribeServices shows that many


def add(service: Service, now: datetime, message: str) -> None:
    """Write one event."""
    service.events.insert(0, {"id": str(mock_random.uuid4()), "createdAt": now, "message": message})
    del service.events[MOST:]
    lab(service).fresh.append(message)


def registered(service: Service, group: str) -> None:
    """Count a target registered in this moment; `flush` writes the event."""
    counts = lab(service).registered
    counts[group] = counts.get(group, 0) + 1


def deregistered(service: Service, group: str) -> None:
    """Count a target deregistered in this moment."""
    counts = lab(service).deregistered
    counts[group] = counts.get(group, 0) + 1


def flush(service: Service, now: datetime) -> None:
    """Write the events that gather what happened in this moment to several tasks."""
    known = lab(service)
    for deployment_id, number in known.draining.items():
        add(service, now, ecs_events.draining(service.name, deployment_id, number))
    for group, number in known.registered.items():
        add(service, now, ecs_events.registered(service.name, number, group))
    for group, number in known.deregistered.items():
        add(service, now, ecs_events.deregistered(service.name, number, group))
    if known.started:
        add(service, now, ecs_events.started(service.name, known.started))
    if known.stopped:
        add(service, now, ecs_events.stopped(service.name, known.stopped))
    known.registered, known.deregistered, known.draining = {}, {}, {}
    known.started, known.stopped = [], []


def record(service: Service, now: datetime, shares: dict[str, dict[str, float]]) -> None:
    """Remember the counts of this moment, if they differ from the last ones, and what traffic each has.

    `shares` holds percents of production and test traffic by deployment, where ECS shifts traffic.
    """
    known = lab(service)
    bounds = rules.bounds(service.desired_count, *percents(service))
    shown = [
        {
            "id": d.id,
            "taskDefinition": d.task_definition.rpartition("/")[2],
            "status": "PRIMARY" if index == 0 else "ACTIVE",
            "rolloutState": d.state,
            **{kind: d.count(kind) for kind in state.KINDS},
            **({"traffic": shares[d.id]} if d.id in shares else {}),
        }
        for index, d in enumerate(known.deployments)
    ]
    if known.rollout:
        shown[0]["stage"] = known.rollout.at.stage
    moment = state.Moment(
        now, service.desired_count, bounds.lower, bounds.upper, shown, known.fresh
    )
    known.fresh = []
    last = known.history[-1] if known.history else None
    same = last is not None and (shown, moment.desired, moment.lower, moment.upper) == (
        last.deployments,
        last.desired,
        last.lower,
        last.upper,
    )
    if same and last is not None and not moment.events:
        return
    known.history.append(moment)
