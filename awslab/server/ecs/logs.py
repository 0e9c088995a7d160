"""What containers write, in CloudWatch Logs under the awslogs driver's names.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
"""

from datetime import datetime
from typing import Any

from moto.logs.models import logs_backends

from awslab.server import faults
from awslab.server.ecs import state
from awslab.server.ecs.engine import Backend


def options(definition: dict[str, Any]) -> dict[str, str] | None:
    """Return the options of a container's awslogs driver, or None when it logs elsewhere."""
    configuration = definition.get("logConfiguration") or {}
    return (
        configuration.get("options") or {} if configuration.get("logDriver") == "awslogs" else None
    )


def group_of(backend: Backend, definition: dict[str, Any]) -> tuple[str, str] | None:
    """Return the Region and log group a container writes to, or None."""
    given = options(definition)
    if given is None:
        return None
    return given.get("awslogs-region", backend.region_name), given.get("awslogs-group", "")


def stream_of(task: state.LabTask, definition: dict[str, Any]) -> str:
    """Return the log stream: prefix/container/task id; without a prefix, the container's id."""
    prefix = (options(definition) or {}).get("awslogs-stream-prefix")
    return (
        f"{prefix}/{definition['name']}/{task.id}" if prefix else f"{task.id}-{definition['name']}"
    )


def write(
    backend: Backend, task: state.LabTask, process: state.Process, now: datetime, lines: list[str]
) -> None:
    """Append lines to a container's log stream; a group that was deleted, or a service that failed, loses them."""
    where = group_of(backend, process.definition)
    if where is None:
        return
    region, group = where
    if faults.how(backend.account_id, region, "logs"):
        return
    logs = logs_backends[backend.account_id][region]
    if group not in logs.groups:
        return
    stream = stream_of(task, process.definition)
    if stream not in logs.groups[group].streams:
        logs.create_log_stream(group, stream)
    stamp = int(now.timestamp() * 1000)
    events = [{"timestamp": stamp, "message": line} for line in lines]
    logs.put_log_events(group, stream, events)
