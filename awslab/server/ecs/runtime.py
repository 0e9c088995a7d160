"""What GuardDuty's agent sees in a task: apps that mine or open a reverse shell, in tasks launched while it watches.

https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html
"""

import sys
from datetime import datetime, timedelta
from typing import Any

from awslab.server.ecs import engine, state
from awslab.server.ecs.engine import Backend

NOTICED = timedelta(minutes=5)  # AWS names no figure


def launched(backend: Backend, task: state.LabTask, now: datetime) -> None:
    """Put the agent into a task that has started, where Runtime Monitoring manages it, and let it look.

    The agent's image is pulled with the execution role; tasks that ran before are not watched.
    """
    if "moto.guardduty.models" not in sys.modules or task.platform_family != "Linux":
        return
    from awslab.server import guardduty

    definition = backend.describe_task_definition(task.task_definition_arn)
    role = task.overrides.get("executionRoleArn") or getattr(definition, "execution_role_arn", None)
    if not role or not guardduty.is_watching(backend.account_id, backend.region_name):
        return
    task.lab.watched = True
    for process in task.lab.processes.values():
        if kind := process.profile.get("behaves"):
            notice(backend, task, process.name, kind, now)


def notice(
    backend: Backend, task: state.LabTask, container: str, behaviour: str, now: datetime
) -> None:
    """Let the agent see in a few minutes what a container does, if the task has one."""
    if task.lab.watched:
        argument = f"{task.task_arn} {container} {behaviour}"
        engine.later(backend, now + NOTICED, "misbehaves", argument)


@engine.on("misbehaves")
def misbehaves(backend: Backend, argument: str, now: datetime) -> None:
    """Report what a container does, if its task still runs."""
    arn, name, kind = argument.split(" ")
    task = state.find(backend, arn)
    if task is None or task.last_status != "RUNNING":
        return
    from awslab.server import guardduty

    guardduty.report(
        backend.account_id, backend.region_name, kind, _resource(backend, task, name), now
    )


def _resource(backend: Backend, task: state.LabTask, container: str) -> dict[str, Any]:
    """Return a finding's `ecsClusterDetails`.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_EcsTaskDetails.html
    """
    cluster = backend.clusters[task.cluster_name]
    image = task.lab.processes[container].definition.get("image")
    return {
        "name": cluster.name,
        "arn": cluster.arn,
        "status": cluster.status,
        "taskDetails": {
            "arn": task.task_arn,
            "definitionArn": task.task_definition_arn,
            "version": str(task.version),
            "createdAt": int(task.created_at.timestamp()),
            "startedAt": int(task.started_at.timestamp()),
            "startedBy": task.started_by,
            "group": task.group,
            "launchType": "FARGATE",
            "containers": [{"name": container, "image": image}],
        },
    }
