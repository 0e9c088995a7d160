"""What the checks of lesson 6.3.b try out on a learner's ECS: run a task, wait for a service, ask for its version.

They read and use AWS through its own API, and put back what they change.
"""

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from awslab.clients import client
from awslab.world.scaling_schedule import next_run

__all__ = ["answer_at", "bounds_at", "definition_of", "described", "settled", "tried"]

POLLS = 120  # each lets five simulated seconds pass: ten minutes


def described(cluster: str, service: str) -> dict[str, Any] | None:
    """Return an active service as DescribeServices has it, or None; five simulated seconds pass."""
    ecs = client("ecs")
    try:
        found = ecs.describe_services(cluster=cluster, services=[service])["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return None
    return next((each for each in found if each["status"] == "ACTIVE"), None)


def settled(
    cluster: str,
    service: str,
    until: Callable[[dict[str, Any]], bool] | None = None,
    polls: int = POLLS,
) -> dict[str, Any] | None:
    """Poll a service until it is steady on one completed deployment, at most `polls` times; return it as it is then.

    `until` is another condition to wait for.
    """
    condition, found = until or _steady, None
    for _ in range(polls):
        found = described(cluster, service)
        if found is None or condition(found):
            break
    return found


def _steady(service: dict[str, Any]) -> bool:
    deployments = service["deployments"]
    return (
        len(deployments) == 1
        and deployments[0].get("rolloutState") == "COMPLETED"
        and service["runningCount"] == service["desiredCount"]
        and not service["pendingCount"]
    )


def definition_of(name: str) -> dict[str, Any] | None:
    """Return a task definition by family, `family:revision` or ARN; None when there is none."""
    ecs = client("ecs")
    try:
        return ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    except ecs.exceptions.ClientException:
        return None


def tried(cluster: str, definition: str, network: dict[str, Any]) -> dict[str, Any]:
    """Run one task until it is RUNNING or STOPPED, stop it, and return it as it was then.

    Raises ECS's own ClientError when it does not even start one.
    """
    ecs = client("ecs")
    task = ecs.run_task(
        cluster=cluster,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=network,
        startedBy="check",
    )["tasks"][0]
    for _ in range(POLLS):
        task = ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]])["tasks"][0]
        if task["lastStatus"] in ("RUNNING", "STOPPED"):
            break
    if task["lastStatus"] == "RUNNING":
        # An app that uses too much memory or lacks a variable ends while it boots, after RUNNING.
        for _ in range(4):
            task = ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]])["tasks"][0]
        if task["lastStatus"] == "RUNNING":
            ecs.stop_task(cluster=cluster, task=task["taskArn"], reason="the check is done")
    return task


def answer_at(url: str) -> tuple[int, str]:
    """Return the status and the body of a GET; status 0 and the reason when nobody answers."""
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def bounds_at(resource: str, moment: datetime) -> tuple[int | None, int | None]:
    """Return the minimum and maximum that a service's scheduled actions have set by an aware moment.

    `resource` is the ResourceId; None where no action has said anything within the eight days before.
    """
    scaling = client("application-autoscaling")
    found = scaling.describe_scheduled_actions(ServiceNamespace="ecs", ResourceId=resource)
    fired = []
    for action in found["ScheduledActions"]:
        zone = ZoneInfo(action.get("Timezone") or "UTC")
        at = moment - timedelta(days=8)
        while (at := next_run(action["Schedule"], zone, at, at)) and at <= moment:
            fired.append((at, action["ScalableTargetAction"]))
    low, high = None, None
    for _, change in sorted(fired, key=lambda each: each[0]):
        low, high = change.get("MinCapacity", low), change.get("MaxCapacity", high)
    return low, high
