"""Application Auto Scaling that refuses what AWS refuses, and scales ECS services.

`policies` follow the alarms, `schedules` the clock, `activities` tell what was done. What is refused is in
`awslab.world.autoscaling_request` and `awslab.world.autoscaling_schedule`, how it scales in `awslab.world.scaling`.
"""

import json
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import BaseResponse

from awslab.server import clock, errors
from awslab.server.autoscaling import activities, policies, schedules
from awslab.server.cloudwatch import alarms, traffic
from awslab.server.ecs import lookups, services
from awslab.server.errors import AWSError, NotSimulated
from awslab.world import autoscaling_request as rules
from awslab.world import ecs_strategy
from awslab.world.autoscaling_schedule import check_scheduled_action
from awslab.world.request_error import RequestError

__all__ = ["install", "reset"]

Backend = ApplicationAutoscalingBackend
Params = dict[str, Any]
TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_register = Backend.register_scalable_target
_deregister = Backend.deregister_scalable_target


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""
    if getattr(ApplicationAutoScalingResponse, "lab", False):
        return
    ApplicationAutoScalingResponse.lab = True  # type: ignore[attr-defined]
    errors.check_requests("application-autoscaling", check)
    Backend.register_scalable_target = register  # type: ignore[method-assign]
    Backend.deregister_scalable_target = deregister  # type: ignore[method-assign]
    Backend.put_scaling_policy = policies.put_scaling_policy  # type: ignore[method-assign]
    Backend.put_scheduled_action = schedules.put_scheduled_action  # type: ignore[method-assign]
    FakeApplicationAutoscalingPolicy._generate_ecs_alarms = policies.create_alarms  # type: ignore[method-assign]
    ApplicationAutoScalingResponse.describe_scaling_activities = (  # type: ignore[attr-defined]
        activities.describe_scaling_activities
    )
    alarms.EVALUATED.append(policies.act)
    traffic.ACTIVITIES.append(activities.listed)
    clock.current.every(schedules.due, schedules.run)


def reset() -> None:
    """Nothing to do: all state hangs on moto's own backend."""


def check(response: BaseResponse, operation: str) -> None:
    """Raise the AWSError with which Application Auto Scaling refuses the request, if it does."""
    if operation not in CHECKS:
        return
    backend = response.applicationautoscaling_backend
    try:
        CHECKS[operation](backend, json.loads(response.body or "{}"))
    except RequestError as error:
        raise AWSError(error.code, error.message) from None


def _target(backend: Backend, params: Params) -> Any:
    return backend.targets.get(params.get("ScalableDimension"), {}).get(params.get("ResourceId"))


def _named(params: Params) -> str:
    namespace, resource, dimension = (params.get(key) for key in TARGET)
    return (
        f"service namespace: {namespace}, resource ID: {resource}, scalable dimension: {dimension}"
    )


def _service(backend: Backend, params: Params) -> Any:
    """Return the ECS service that a resource ID names; None when it is of another kind or not there."""
    if params.get("ServiceNamespace") != "ecs":
        return None
    _, cluster, name = params["ResourceId"].split("/")
    found = lookups.service(backend.ecs_backend, cluster, name)
    return found if found and found.status == "ACTIVE" else None


def _check_register(backend: Backend, params: Params) -> None:
    rules.check_resource(params)
    if params.get("ServiceNamespace") == "ecs" and _service(backend, params) is None:
        rules.refuse(f"ECS service doesn't exist: {params['ResourceId']}")
    target = _target(backend, params)
    rules.check_capacity(params, target and (target.min_capacity, target.max_capacity))


def _need_target(backend: Backend, params: Params, found: str = "registered") -> None:
    if _target(backend, params) is None:
        raise AWSError(
            "ObjectNotFoundException", f"No scalable target {found} for {_named(params)}"
        )


def _check_deregister(backend: Backend, params: Params) -> None:
    _need_target(backend, params, "found")


def _check_policy(backend: Backend, params: Params) -> None:
    rules.check_resource(params)
    _need_target(backend, params)
    service = _service(backend, params)
    rules.check_policy(params, _labels(service) if service else None)
    rules.check_metric_alone(params, _tracked_by_others(backend, params))
    if params.get("PolicyType") == "PredictiveScaling":
        raise NotSimulated("The lab does not simulate predictive scaling policies.")


def _tracked_by_others(backend: Backend, params: Params) -> list[Params]:
    """Return the target tracking blocks of the target's policies of other names."""
    return [
        policy.target_tracking_scaling_policy_configuration
        for policy in backend.policies.values()
        if policy.resource_id == params.get("ResourceId")
        and policy.scalable_dimension == params.get("ScalableDimension")
        and policy.policy_name != params.get("PolicyName")
        and policy.target_tracking_scaling_policy_configuration
    ]


def _labels(service: Any) -> list[str]:
    if not service.load_balancers:
        return []
    from moto.elbv2.models import elbv2_backends

    backend = elbv2_backends[service._account_id][service.region_name]
    arns = ecs_strategy.target_groups(service.load_balancers)
    groups = [group for arn, group in backend.target_groups.items() if arn in arns]
    return [
        f"{balancer.partition('loadbalancer/')[2]}/{group.arn.rpartition(':')[2]}"
        for group in groups
        for balancer in group.load_balancer_arns
    ]


def _check_delete_policy(backend: Backend, params: Params) -> None:
    name = params.get("PolicyName")
    if not any(
        policy.policy_name == name and policy.resource_id == params.get("ResourceId")
        for policy in backend.policies.values()
    ):
        raise AWSError(
            "ObjectNotFoundException",
            f"No scaling policy found for {_named(params)}, policy name: {name}",
        )


def _scheduled(backend: Backend, params: Params) -> bool:
    name = params.get("ScheduledActionName")
    return any(
        action.scheduled_action_name == name and action.resource_id == params.get("ResourceId")
        for action in backend.scheduled_actions
    )


def _check_scheduled(backend: Backend, params: Params) -> None:
    rules.check_resource(params)
    _need_target(backend, params)
    times = {
        key: datetime.fromtimestamp(params[key], UTC)
        for key in ("StartTime", "EndTime")
        if isinstance(params.get(key), int | float)
    }
    new = not _scheduled(backend, params)
    check_scheduled_action({**params, **times}, _timezones(), new=new)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _check_delete_scheduled(backend: Backend, params: Params) -> None:
    if not _scheduled(backend, params):
        raise AWSError(
            "ObjectNotFoundException",
            f"No scheduled action found for {_named(params)}, scheduled action name: "
            f"{params.get('ScheduledActionName')}",
        )


CHECKS: dict[str, Callable[[Backend, Params], None]] = {
    "RegisterScalableTarget": _check_register,
    "DeregisterScalableTarget": _check_deregister,
    "PutScalingPolicy": _check_policy,
    "DeleteScalingPolicy": _check_delete_policy,
    "PutScheduledAction": _check_scheduled,
    "DeleteScheduledAction": _check_delete_scheduled,
}


def register(
    self: Backend, namespace: str, r_id: str, dimension: str, *args: Any, **fields: Any
) -> Any:
    """Register a scalable target, and bring the service's desired count inside its ends.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    target = _register(self, namespace, r_id, dimension, *args, **fields)
    service = _service(self, {"ServiceNamespace": namespace, "ResourceId": r_id})
    if service is not None:
        desired = service.desired_count
        wanted = rules.held_within(desired, target.min_capacity, target.max_capacity)
        if wanted != desired:
            services.scale(
                self.account_id, self.region_name, service.cluster_name, service.name, wanted
            )
    return target


def deregister(self: Backend, namespace: str, r_id: str, dimension: str) -> None:
    """Deregister a scalable target, its policies with their alarms and its scheduled actions with it.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    """
    _deregister(self, namespace, r_id, dimension)
    policies.delete_for(self, r_id, dimension)
