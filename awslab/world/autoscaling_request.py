"""What Application Auto Scaling refuses of scalable targets and scaling policies.

Parameters have the API's own keys; scheduled actions are in `autoscaling_schedule`.
https://docs.aws.amazon.com/autoscaling/application/APIReference/Welcome.html

Errors: RequestError with code ValidationException.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NoReturn

from awslab.world.request_error import RequestError

__all__ = [
    "check_capacity",
    "check_metric_alone",
    "check_policy",
    "check_resource",
    "held_within",
    "refuse",
]

ECS_DIMENSION = "ecs:service:DesiredCount"
ECS_METRICS = (
    "ALBRequestCountPerTarget",
    "ECSServiceAverageCPUUtilization",
    "ECSServiceAverageCPUUtilizationHighResolution",
    "ECSServiceAverageMemoryUtilization",
    "ECSServiceAverageMemoryUtilizationHighResolution",
)
BLOCKS = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
ADJUSTMENTS = ("ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity")
ALB = "ALBRequestCountPerTarget"
_LABEL = re.compile(r"app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+")
_SERVICE = re.compile(r"service/[a-zA-Z0-9_-]{1,255}/[a-zA-Z0-9_-]{1,255}")

Params = Mapping[str, Any]


def refuse(message: str) -> NoReturn:
    """Raise the RequestError of Application Auto Scaling's refusals."""
    raise RequestError("ValidationException", message)


def check_resource(params: Params) -> None:
    """Accept the resource ID of an ECS service: `service/<cluster>/<service>`, not an ARN.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    if params.get("ServiceNamespace") != "ecs":
        return
    dimension = params.get("ScalableDimension")
    if dimension != ECS_DIMENSION or not _SERVICE.fullmatch(params.get("ResourceId") or ""):
        refuse("Unsupported service namespace, resource type or scalable dimension")


def check_capacity(params: Params, before: tuple[int, int] | None = None) -> None:
    """Accept the capacities of RegisterScalableTarget; `before` are those of a target that exists.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    minimum, maximum = params.get("MinCapacity"), params.get("MaxCapacity")
    if before is None and (minimum is None or maximum is None):
        refuse(
            "You must specify values for MinCapacity and MaxCapacity when registering a new "
            "scalable target."
        )
    lowest = before[0] if minimum is None and before else minimum
    highest = before[1] if maximum is None and before else maximum
    check_ends(lowest, highest)


def check_ends(minimum: int | None, maximum: int | None) -> None:
    """Accept a minimum and a maximum capacity; None is one that is not given.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTargetAction.html
    """
    if minimum is not None and minimum < 0:
        refuse("Minimum capacity cannot be less than 0")
    if maximum is not None and maximum < 0:
        refuse("Maximum capacity cannot be less than 0")
    if minimum is not None and maximum is not None and maximum < minimum:
        refuse("Maximum capacity cannot be less than minimum capacity")


def held_within(capacity: int, minimum: int, maximum: int) -> int:
    """Return the capacity that a target's ends leave of one: registering moves a service inside them.

    https://docs.aws.amazon.com/autoscaling/application/userguide/scaling-activities.html
    """
    return min(maximum, max(minimum, capacity))


def check_policy(params: Params, labels: Collection[str] | None = None) -> None:
    """Accept a PutScalingPolicy request.

    `labels` are the resource labels of the service's load balancers and target groups, None when unknown.
    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
    """
    kind = params.get("PolicyType") or "StepScaling"
    if kind not in BLOCKS:
        refuse(
            f"1 validation error detected: Value '{kind}' at 'policyType' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(sorted(BLOCKS))}]"
        )
    given = [block for block in BLOCKS.values() if params.get(block) is not None]
    if BLOCKS[kind] not in given:
        refuse(f"{kind} policy configuration must be specified")
    if len(given) > 1:
        refuse(
            "You must only provide a single scaling policy configuration, which must match the "
            "scaling policy type specified."
        )
    if kind == "StepScaling":
        _check_steps(params[BLOCKS[kind]])
    elif kind == "TargetTrackingScaling":
        _check_tracking(params, params[BLOCKS[kind]], labels)


def _check_tracking(params: Params, block: Params, labels: Collection[str] | None) -> None:
    predefined = block.get("PredefinedMetricSpecification")
    if (predefined is None) == (block.get("CustomizedMetricSpecification") is None):
        if predefined is None:
            refuse(
                "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for "
                "target tracking scaling."
            )
        refuse(
            "Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set "
            "for target tracking scaling."
        )
    if predefined is None or params.get("ScalableDimension") != ECS_DIMENSION:
        return
    metric, label = predefined.get("PredefinedMetricType"), predefined.get("ResourceLabel")
    if metric not in ECS_METRICS:
        refuse(
            f"Scalable dimension {ECS_DIMENSION} only supports the following predefined metric "
            f"types: {', '.join(ECS_METRICS)}"
        )
    _check_label(metric, label, labels)


def _check_label(metric: str, label: str | None, labels: Collection[str] | None) -> None:
    if metric != ALB:
        if label:
            refuse(f"Resource label should not be specified for predefined metric type {metric}")
        return
    if not label:
        refuse(f"Resource label should be specified for predefined metric type {metric}")
    elif not _LABEL.fullmatch(label):
        refuse(f"Invalid resource label '{label}' for predefined metric type {metric}")
    elif labels is not None and label not in labels:
        refuse(
            f"Invalid resource label '{label}' for predefined metric type {metric}: the service is "
            "not registered with that load balancer and target group."
        )


def check_metric_alone(params: Params, others: Iterable[Params]) -> None:
    """Refuse target tracking of a metric that another policy of the same scalable target tracks already.

    `others` are the TargetTrackingScalingPolicyConfiguration blocks of the target's other policies.
    https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
    """
    block = params.get(BLOCKS["TargetTrackingScaling"])
    if block and _metric(block) in [_metric(other) for other in others]:
        refuse("Only one TargetTrackingScaling policy for a given metric specification is allowed.")


def _metric(block: Params) -> Params:
    """Return what a policy tracks; the order of a metric's dimensions says nothing."""
    own = block.get("CustomizedMetricSpecification")
    if not own:
        return block.get("PredefinedMetricSpecification") or {}
    named = sorted((each["Name"], each["Value"]) for each in own.get("Dimensions") or [])
    return {**own, "Dimensions": named}


def _check_steps(block: Params) -> None:
    kind, steps = block.get("AdjustmentType"), block.get("StepAdjustments") or []
    if not kind:
        refuse("Adjustment type must be specified")
    if kind not in ADJUSTMENTS:
        refuse(
            f"1 validation error detected: Value '{kind}' at 'stepScalingPolicyConfiguration."
            "adjustmentType' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(sorted(ADJUSTMENTS))}]"
        )
    if not steps:
        refuse("There must be at least one step adjustment")
    if block.get("MinAdjustmentMagnitude") is not None and kind != "PercentChangeInCapacity":
        refuse(
            "Minimum adjustment magnitude is only allowed for adjustment type "
            "PercentChangeInCapacity"
        )
    if kind == "ExactCapacity" and any(step.get("ScalingAdjustment", 0) < 0 for step in steps):
        refuse("Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity")
    _check_intervals(
        [(s.get("MetricIntervalLowerBound"), s.get("MetricIntervalUpperBound")) for s in steps]
    )


def _check_intervals(steps: Sequence[tuple[float | None, float | None]]) -> None:
    for lower, upper in steps:
        if lower is None and upper is None:
            refuse("Both lower and upper bounds of a step adjustment cannot be left unspecified")
        if lower is not None and upper is not None and lower >= upper:
            refuse("Lower bound must be less than upper bound for a step adjustment")
    for index, side in enumerate(("lower", "upper")):
        if sum(step[index] is None for step in steps) > 1:
            refuse(f"At most one step adjustment may have an unspecified {side} bound")
    endless = float("inf")
    ordered = sorted(
        (-endless if lower is None else lower, endless if upper is None else upper)
        for lower, upper in steps
    )
    for (_, end), (begin, _) in pairwise(ordered):
        if begin < end:
            refuse("Step adjustment intervals cannot overlap")
        if begin > end:
            refuse("Step adjustment intervals cannot have gaps between them")
    _check_open_ends(ordered)


def _check_open_ends(ordered: Sequence[tuple[float, float]]) -> None:
    lowest, highest = ordered[0][0], ordered[-1][1]
    if float("-inf") < lowest < 0:
        refuse(
            "There must be a step adjustment with an unspecified lower bound when one step "
            "adjustment has a negative lower bound"
        )
    if 0 < highest < float("inf"):
        refuse(
            "There must be a step adjustment with an unspecified upper bound when one step "
            "adjustment has a positive upper bound"
        )
