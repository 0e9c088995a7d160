"""Service deployments and service revisions: what ListServiceDeployments and its neighbours tell.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse as Responses

from awslab.server.ecs import deployments, shifting, state
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_service as rules

RESPONSES = [
    "describe_service_deployments",
    "describe_service_revisions",
    "list_service_deployments",
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


def known(backend: Backend) -> dict[str, tuple[Service, dict[str, Any]]]:
    """Return every service deployment by its ARN, with its service."""
    return {
        record["serviceDeploymentArn"]: (service, record)
        for service in backend.services.values()
        for record in state.lab(service).service_deployments
    }


def describe_service_deployments(self: Responses) -> ActionResult:
    """Answer DescribeServiceDeployments.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html
    """
    found = known(self.ecs_backend)
    asked = self._get_param("serviceDeploymentArns") or []
    return ActionResult(
        {
            "serviceDeployments": [
                _full(self.ecs_backend, *found[arn]) for arn in asked if arn in found
            ],
            "failures": [{"arn": a, "reason": "MISSING"} for a in asked if a not in found],
        }
    )


def _full(backend: Backend, service: Service, record: dict[str, Any]) -> dict[str, Any]:
    kept = state.lab(service)
    deployment = deployments.by_id(kept, record["deployment"])
    breaker = rules.breaker(getattr(service, "deployment_configuration", None))
    minimum, maximum = state.percents(service)
    shares = shifting.shares(backend, service)
    shown = {
        key: record[key]
        for key in (*_BRIEF, "stoppedAt", "updatedAt", "lifecycleStage")
        if key in record
    }
    return shown | {
        "targetServiceRevision": _counts(service, deployment, shares),
        "sourceServiceRevisions": [
            _counts(service, source, shares)
            for source in [*kept.deployments, *kept.past]
            if source.revision in record["sources"]
        ],
        "deploymentConfiguration": {
            "minimumHealthyPercent": minimum,
            "maximumPercent": maximum,
            **(getattr(service, "deployment_configuration", None) or {}),
        },
        "deploymentCircuitBreaker": {
            "status": _monitoring(record, "breaker") if breaker.enable else "DISABLED",
            "failureCount": deployment.failed_tasks,
            "threshold": rules.threshold(service.desired_count, breaker),
        },
        **_watched(record),
        **({"rollback": record["rollback"]} if "rollback" in record else {}),
    }


def _monitoring(record: dict[str, Any], cause: str) -> str:
    """Return how the circuit breaker's or the alarms' watch over a service deployment stands."""
    if record.get("cause") == cause:
        return "TRIGGERED"
    return "MONITORING" if record["status"] == "IN_PROGRESS" else "MONITORING_COMPLETE"


def _watched(record: dict[str, Any]) -> dict[str, Any]:
    """Return the alarms and lifecycle hooks of a service deployment.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
    """
    found: dict[str, Any] = {}
    if watched := record.get("alarms"):
        found["alarms"] = {
            "status": "DISABLED" if watched["ignored"] else _monitoring(record, "alarm"),
            "alarmNames": watched["names"],
            "triggeredAlarmNames": watched["triggered"],
        }
    if hooks := record.get("hooks"):
        found["lifecycleHookDetails"] = [
            {key: value for key, value in hook.items() if key != "stage"} for hook in hooks
        ]
    return found


def _counts(
    service: Service, deployment: state.Deployment, shares: dict[str, dict[str, float]]
) -> dict[str, Any]:
    kept = state.lab(service)
    blue = kept.rollout.blue if kept.rollout else None
    wanted = kept.deployments[0] is deployment or deployment.id == blue
    share = shares.get(deployment.id, {})
    traffic = {
        name: share[kind]
        for kind, name in (
            ("production", "requestedProductionTrafficWeight"),
            ("test", "requestedTestTrafficWeight"),
        )
        if kind in share
    }
    return traffic | {
        "arn": deployment.revision,
        "requestedTaskCount": service.desired_count if wanted else 0,
        "runningTaskCount": deployment.count(state.LAUNCHED, state.HEALTHY, state.UNHEALTHY),
        "pendingTaskCount": deployment.count(state.PENDING),
    }


def current(backend: Backend, service: Service) -> dict[str, Any]:
    """Return what DescribeServices says of the newest service deployment and of the revisions that run."""
    kept = state.lab(service)
    if not kept.service_deployments:
        return {}
    shares = shifting.shares(backend, service)
    return {
        "currentServiceDeployment": kept.service_deployments[0]["serviceDeploymentArn"],
        "currentServiceRevisions": [_counts(service, each, shares) for each in kept.deployments],
    }


def describe_service_revisions(self: Responses) -> ActionResult:
    """Answer DescribeServiceRevisions: what the service was when each deployment began, images by digest.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevision.html
    """
    found = {
        deployment.revision: (service, deployment)
        for service in self.ecs_backend.services.values()
        for deployment in [*state.lab(service).deployments, *state.lab(service).past]
    }
    asked = self._get_param("serviceRevisionArns") or []
    return ActionResult(
        {
            "serviceRevisions": [
                _revision(self.ecs_backend, *found[arn]) for arn in asked if arn in found
            ],
            "failures": [{"arn": a, "reason": "MISSING"} for a in asked if a not in found],
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
        **_resolved(deployment),
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


def _resolved(deployment: state.Deployment) -> dict[str, Any]:
    """Return the target group that a revision's tasks are in, where it has one of a pair.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevisionLoadBalancer.html
    """
    found = [
        {
            "targetGroupArn": shifting.group_of(deployment, group),
            "productionListenerRule": advanced[shifting.PRODUCTION],
        }
        for group, advanced in shifting.entries(deployment)
    ]
    return {"resolvedConfiguration": {"loadBalancers": found}} if found else {}
