"""Deployments of a service: begun, completed, failed, rolled back; and how DescribeServices shows them.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

from datetime import datetime
from typing import Any

from moto.ecs.models import Service
from moto.moto_api._internal import mock_random

from awslab.server.ecs import connect, events, state
from awslab.server.ecs.state import lab
from awslab.world import ecs_events, ecs_strategy
from awslab.world import ecs_service as rules

# What makes a new revision of a service, by the names of the API.
REVISED = {
    "networkConfiguration": "network_configuration",
    "loadBalancers": "load_balancers",
    "launchType": "launch_type",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "platformVersion": "platform_version",
    "serviceRegistries": "service_registries",
    "serviceConnectConfiguration": "service_connect_configuration",
    "volumeConfigurations": "volume_configurations",
}


def find(known: state.ServiceState, deployment_id: str | None) -> state.Deployment | None:
    """Return one of a service's deployments, also one that is over."""
    for deployment in [*known.deployments, *known.past]:
        if deployment.id == deployment_id:
            return deployment
    return None


def by_id(known: state.ServiceState, deployment_id: str) -> state.Deployment:
    """Return one of a service's deployments.

    Raises LookupError when it is unknown.
    """
    found = find(known, deployment_id)
    if found is None:
        raise LookupError(deployment_id)
    return found


def begin(service: Service, now: datetime) -> state.Deployment:
    """Begin a deployment of the service as it now is, and make it the primary one."""
    known = lab(service)
    number = str(mock_random.randint(10**18, 10**19 - 1))
    prefix = service.arn.partition(":service/")[0]
    path = f"{service.cluster_name}/{service.name}/{number}"
    settings = {name: getattr(service, attribute, None) for name, attribute in REVISED.items()}
    deployment = state.Deployment(
        id=f"ecs-svc/{number}",
        task_definition=str(service.task_definition),
        created=now,
        updated=now,
        settings=settings,
        revision=f"{prefix}:service-revision/{path}",
        reason=ecs_events.in_progress(f"ecs-svc/{number}"),
    )
    for old in known.deployments:
        _close(known, old, "STOPPED", now, "Superseded by a newer deployment.")
    known.service_deployments.insert(
        0,
        {
            "serviceDeploymentArn": f"{prefix}:service-deployment/{path}",
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": now,
            "startedAt": now,
            "updatedAt": now,
            "status": "IN_PROGRESS",
            "deployment": deployment.id,
            "target": deployment.revision,
            "sources": [d.revision for d in known.deployments if d.count(*state.KINDS)],
        },
    )
    known.deployments.insert(0, deployment)
    known.steady = False
    connect.join(service, deployment)
    return deployment


def record_of(known: state.ServiceState, deployment: state.Deployment) -> dict[str, Any] | None:
    """Return the service deployment that a deployment belongs to: the latest one."""
    for record in known.service_deployments:
        if deployment.id in (record["deployment"], record.get("rollbackTo")):
            return record
    return None


def _close(
    known: state.ServiceState,
    deployment: state.Deployment,
    status: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    record = record_of(known, deployment)
    if record is None or "finishedAt" in record:
        return
    record |= {"status": status, "updatedAt": now, "finishedAt": now}
    if status == "STOPPED":
        record["stoppedAt"] = now
    if reason:
        record["statusReason"] = reason


def complete(service: Service, deployment: state.Deployment, now: datetime) -> None:
    """Mark a deployment COMPLETED: the service has reached a steady state."""
    known = lab(service)
    deployment.state, deployment.updated, deployment.completed = "COMPLETED", now, now
    deployment.reason = ecs_events.reason_completed(deployment.id)
    deployment.failed_tasks = 0
    record = record_of(known, deployment)
    back = bool(record and record.get("rollbackTo"))
    _close(known, deployment, "ROLLBACK_SUCCESSFUL" if back else "SUCCESSFUL", now)
    events.add(service, now, ecs_events.completed(service.name, deployment.id))
    events.add(service, now, ecs_events.steady(service.name))
    known.steady = True


def fail(
    service: Service, deployment: state.Deployment, rollback_to: str | None, now: datetime
) -> None:
    """Mark a deployment FAILED, and roll back to another one if there is one to roll back to.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    events.add(service, now, ecs_events.circuit_breaker(service.name, deployment.id))
    says = ecs_events.reason_rollback(rollback_to) if rollback_to else ""
    end(service, deployment, rollback_to, now, ecs_events.failed(rollback_to), says=says)


def end(
    service: Service,
    deployment: state.Deployment,
    rollback_to: str | None,
    now: datetime,
    reason: str,
    *,
    cause: str = "breaker",
    status: str = "STOPPED",
    says: str = "",
) -> None:
    """Mark a deployment FAILED for a reason; go back to another one, or close its record with a status.

    `says` is the rolloutStateReason of the deployment gone back to.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Rollback.html
    """
    known = lab(service)
    deployment.state, deployment.updated, deployment.reason = "FAILED", now, reason
    record = record_of(known, deployment)
    if record is not None:
        record["cause"] = cause
    if rollback_to is None:
        _close(known, deployment, status, now, reason)
        return
    target = by_id(known, rollback_to)
    roll_back(service, target, now, says or ecs_events.in_progress(rollback_to))
    if record is not None:
        record |= {
            "status": "ROLLBACK_IN_PROGRESS",
            "statusReason": reason,
            "updatedAt": now,
            "rollbackTo": rollback_to,
            "rollback": {
                "reason": reason,
                "startedAt": now,
                "serviceRevisionArn": target.revision,
            },
        }
    events.add(service, now, ecs_events.rolling_back(service.name, rollback_to))


def candidate(known: state.ServiceState, but: state.Deployment) -> str | None:
    """Return the id of the deployment that a rollback goes to: the last one completed, other than `but`."""
    found = rules.rollback_target(
        [
            rules.Deployed(each.id, "COMPLETED", each.completed)
            for each in [*known.deployments, *known.past]
            if each.completed and each.state != "FAILED" and each is not but
        ]
    )
    return found.id if found else None


def roll_back(service: Service, target: state.Deployment, now: datetime, reason: str) -> None:
    """Make an earlier deployment the primary one again, with the service as it was then."""
    known = lab(service)
    for deployments in (known.deployments, known.past):
        if target in deployments:
            deployments.remove(target)
    target.state, target.reason, target.updated = "IN_PROGRESS", reason, now
    target.failed_tasks, target.launch_failures, target.not_before = 0, 0, None
    target.stuck = False
    known.deployments.insert(0, target)
    service.task_definition = target.task_definition
    for name, attribute in REVISED.items():
        if target.settings[name] is not None:
            setattr(service, attribute, target.settings[name])
    connect.join(service, target)


def drop_empty(known: state.ServiceState) -> None:
    """Take old deployments away whose last task has stopped; blue stays as long as traffic may go back to it."""
    rollout = known.rollout
    blue = rollout.blue if rollout and rollout.at.stage != ecs_strategy.CLEAN_UP else None
    for deployment in known.deployments[1:]:
        if not deployment.members and deployment.id != blue:
            known.deployments.remove(deployment)
            known.past.append(deployment)


def shown(service: Service, deployment: state.Deployment, *, primary: bool) -> dict[str, Any]:
    """Return a deployment as DescribeServices shows it."""
    active = deployment.count(state.PENDING, state.LAUNCHED, state.HEALTHY, state.UNHEALTHY)
    settings = {
        name: value for name, value in deployment.settings.items() if value not in (None, [], {})
    }
    settings.pop("loadBalancers", None)
    settings.pop("serviceRegistries", None)
    if deployment.offered:
        settings["serviceConnectResources"] = connect.resources(service, deployment)
    return {
        **settings,
        "id": deployment.id,
        "status": "PRIMARY" if primary else "ACTIVE",
        "taskDefinition": deployment.task_definition,
        "desiredCount": service.desired_count if primary else active,
        "pendingCount": deployment.count(state.PENDING),
        "runningCount": deployment.count(state.LAUNCHED, state.HEALTHY, state.UNHEALTHY),
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created,
        "updatedAt": deployment.updated,
        "platformFamily": "Linux",
        "platformVersion": settings.get("platformVersion") or "1.4.0",
        "rolloutState": deployment.state,
        "rolloutStateReason": deployment.reason,
    }


def refresh(service: Service) -> None:
    """Write what the lab counts into the attributes that DescribeServices reads."""
    known = lab(service)
    if not known.deployments:
        return
    service.deployments = [
        shown(service, deployment, primary=index == 0)
        for index, deployment in enumerate(known.deployments)
    ]
    service.running_count = sum(d["runningCount"] for d in service.deployments)
    service.pending_count = sum(d["pendingCount"] for d in service.deployments)
