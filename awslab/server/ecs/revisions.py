"""Service deployments and service revisions: what ListServiceDeployments and its neighbours tell.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse as Responses

from awslab.server import clock
from awslab.server.ecs import deployments, events, members, state
from awslab.server.ecs.engine import Backend
from awslab.server.errors import AWSError
from awslab.world import ecs_events
from awslab.world import ecs_service as rules

RESPONSES = [
    "describe_service_deployments",
    "describe_service_revisions",
    "list_service_deployments",
    "stop_service_deployment",
]
_BRIEF = (
    "serviceDeploymentArn",
    "serviceArn",
    "clusterArn",
    "startedAt",
    "createdAt",
    "finishedAt",
    "status",
    "statusReason",
)


def list_service_deployments(self: Responses) -> ActionResult:
    """Answer ListServiceDeployments, newest first.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html
    """
    service = self.ecs_backend._get_service(
        self._get_param("cluster", "default"), self._get_param("service")
    )
    wanted = self._get_param("status") or []
    created = self._get_param("createdAt") or {}
    listed = [
        {key: record[key] for key in _BRIEF if key in record}
        | {"targetServiceRevisionArn": record["target"]}
        for record in state.lab(service).service_deployments
        if (not wanted or record["status"] in wanted) and _within(record["createdAt"], created)
    ]
    return ActionResult({"serviceDeployments": listed})


def _within(moment: datetime, span: dict[str, Any]) -> bool:
    stamp = moment.timestamp()
    return (not span.get("after") or stamp >= _stamp(span["after"])) and (
        not span.get("before") or stamp <= _stamp(span["before"])
    )


def _stamp(value: Any) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)


def _all(backend: Backend) -> dict[str, tuple[Service, dict[str, Any]]]:
    return {
        record["serviceDeploymentArn"]: (service, record)
        for service in backend.services.values()
        for record in state.lab(service).service_deployments
    }


def describe_service_deployments(self: Responses) -> ActionResult:
    """Answer DescribeServiceDeployments.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html
    """
    known = _all(self.ecs_backend)
    asked = self._get_param("serviceDeploymentArns") or []
    return ActionResult(
        {
            "serviceDeployments": [_full(*known[arn]) for arn in asked if arn in known],
            "failures": [{"arn": a, "reason": "MISSING"} for a in asked if a not in known],
        }
    )


def _full(service: Service, record: dict[str, Any]) -> dict[str, Any]:
    known = state.lab(service)
    deployment = deployments.by_id(known, record["deployment"])
    breaker = rules.breaker(getattr(service, "deployment_configuration", None))
    minimum, maximum = state.percents(service)
    tripped = record.get("rollbackTo") or deployment.state == "FAILED"
    status = "MONITORING" if record["status"] == "IN_PROGRESS" else "MONITORING_COMPLETE"
    if tripped:
        status = "TRIGGERED"
    shown = {key: record[key] for key in (*_BRIEF, "stoppedAt", "updatedAt") if key in record}
    return shown | {
        "targetServiceRevision": _counts(service, deployment),
        "sourceServiceRevisions": [
            _counts(service, source)
            for source in [*known.deployments, *known.past]
            if source.revision in record["sources"]
        ],
        "deploymentConfiguration": {
            "minimumHealthyPercent": minimum,
            "maximumPercent": maximum,
            **(getattr(service, "deployment_configuration", None) or {}),
        },
        "deploymentCircuitBreaker": {
            "status": status if breaker.enable else "DISABLED",
            "failureCount": deployment.failed_tasks,
            "threshold": rules.threshold(service.desired_count, breaker),
        },
        **({"rollback": record["rollback"]} if "rollback" in record else {}),
    }


def _counts(service: Service, deployment: state.Deployment) -> dict[str, Any]:
    current = state.lab(service).deployments[0] is deployment
    return {
        "arn": deployment.revision,
        "requestedTaskCount": service.desired_count if current else 0,
        "runningTaskCount": deployment.count(state.LAUNCHED, state.HEALTHY, state.UNHEALTHY),
        "pendingTaskCount": deployment.count(state.PENDING),
    }


def current(service: Service) -> dict[str, Any]:
    """Return what DescribeServices says of the newest service deployment and of the revisions that run."""
    known = state.lab(service)
    if not known.service_deployments:
        return {}
    return {
        "currentServiceDeployment": known.service_deployments[0]["serviceDeploymentArn"],
        "currentServiceRevisions": [_counts(service, each) for each in known.deployments],
    }


def stop_service_deployment(self: Responses) -> ActionResult:
    """Answer StopServiceDeployment: an ongoing deployment rolls back to the last completed one.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html
    """
    arn = self._get_param("serviceDeploymentArn")
    found = _all(self.ecs_backend).get(arn)
    if found is None:
        raise AWSError(
            "ServiceDeploymentNotFoundException",
            "The service deploy ARN that you specified "
            "in the StopServiceDeployment doesn't exist. You can use ListServiceDeployments to "
            "retrieve the service deployment ARNs.",
        )
    service, record = found
    if "finishedAt" in record or record["status"] != "IN_PROGRESS":
        raise AWSError(
            "ConflictException",
            "The StopServiceDeployment request cannot be processed because "
            f"the service deployment is in the {record['status']} state.",
        )
    known, now = state.lab(service), clock.current.now
    deployment = deployments.by_id(known, record["deployment"])
    target = rules.rollback_target(
        [
            rules.Deployed(d.id, "COMPLETED", d.completed)
            for d in [*known.deployments, *known.past]
            if d.completed and d is not deployment
        ]
    )
    if target is None:
        raise AWSError(
            "ConflictException",
            "The service has no completed deployment to roll back to.",
        )
    reason = "Rollback initiated by StopServiceDeployment."
    deployment.state, deployment.updated, deployment.reason = "FAILED", now, reason
    back = deployments.by_id(known, target.id)
    deployments.roll_back(service, back, now, ecs_events.in_progress(target.id))
    record |= {
        "status": "ROLLBACK_IN_PROGRESS",
        "statusReason": reason,
        "updatedAt": now,
        "rollbackTo": target.id,
        "rollback": {"reason": reason, "startedAt": now, "serviceRevisionArn": back.revision},
    }
    events.add(service, now, ecs_events.rolling_back(service.name, target.id))
    members.changed(self.ecs_backend, state.key_of(service))
    return ActionResult({"serviceDeploymentArn": arn})


def describe_service_revisions(self: Responses) -> ActionResult:
    """Answer DescribeServiceRevisions: what the service was when each deployment began, images by digest.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevision.html
    """
    known = {
        deployment.revision: (service, deployment)
        for service in self.ecs_backend.services.values()
        for deployment in [*state.lab(service).deployments, *state.lab(service).past]
    }
    asked = self._get_param("serviceRevisionArns") or []
    return ActionResult(
        {
            "serviceRevisions": [
                _revision(self.ecs_backend, *known[arn]) for arn in asked if arn in known
            ],
            "failures": [{"arn": a, "reason": "MISSING"} for a in asked if a not in known],
        }
    )


def _revision(backend: Backend, service: Service, deployment: state.Deployment) -> dict[str, Any]:
    definition = backend.describe_task_definition(deployment.task_definition)
    settings = {k: v for k, v in deployment.settings.items() if v not in (None, [], {})}
    return settings | {
        "serviceRevisionArn": deployment.revision,
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "taskDefinition": deployment.task_definition,
        "createdAt": deployment.created,
        "platformFamily": "Linux",
        "platformVersion": "1.4.0",
        "guardDutyEnabled": False,
        "containerImages": [
            {
                "containerName": container["name"],
                "image": container["image"],
                **(
                    {"imageDigest": deployment.digests[container["name"]]}
                    if container["name"] in deployment.digests
                    else {}
                ),
            }
            for container in definition.container_definitions
        ],
    }
