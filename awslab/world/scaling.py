"""How Application Auto Scaling decides: target tracking, step scaling, cooldowns.

https://docs.aws.amazon.com/autoscaling/application/userguide/what-is-application-auto-scaling.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

__all__ = [
    "COOLDOWN",
    "Cooldown",
    "Tracking",
    "Wish",
    "adjusted",
    "allowed",
    "step_for",
    "tracked",
    "tracking_thresholds",
    "wanted",
]

COOLDOWN = 300  # seconds, the default for ECS services
LOW = 0.9  # AlarmLow stands 10 % under the target
HIGH_PERIODS, LOW_PERIODS = 3, 15  # minutes that the alarms of target tracking need


@dataclass(frozen=True)
class Tracking:
    """One target tracking policy now: its target, its latest datapoint, and which of its alarms are in ALARM."""

    name: str
    target: float
    value: float | None
    high: bool
    low: bool
    scale_in: bool = True


@dataclass(frozen=True)
class Wish:
    """A capacity that a policy asks for, and the name of the policy."""

    policy: str
    capacity: int


@dataclass(frozen=True)
class Cooldown:
    """The last scaling activity by a policy: in which direction, from where, until when it cools down."""

    out: bool
    before: int
    until: datetime


def tracking_thresholds(target: float) -> tuple[float, float]:
    """Return the thresholds of AlarmHigh and AlarmLow.

    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
    """
    return target, round(target * LOW, 10)


def tracked(policy: Tracking, running: int) -> int:
    """Return the capacity that brings a policy's metric to its target, in proportion and rounded up.

    `running` is how many the metric is an average over.
    https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
    """
    assert policy.value is not None
    return math.ceil(round(running * policy.value / policy.target, 6))


def wanted(
    policies: Sequence[Tracking], running: int, desired: int, *, deploying: bool = False
) -> Wish | None:
    """Return what the target tracking policies of one target ask for together, None for no change.

    Out as soon as any policy asks, as far as the farthest; in only when every policy that may scale in is ready
    to, to the largest of their capacities; never in while a deployment is under way; a policy without data asks
    for nothing, and holds the others from scaling in.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
    """
    wishes = [Wish(p.name, tracked(p, running)) for p in policies if p.high and p.value is not None]
    out = max(wishes, key=lambda wish: wish.capacity, default=None)
    if out is not None and out.capacity > desired:
        return out
    inward = [p for p in policies if p.scale_in]
    if out or deploying or not inward or not all(p.low and p.value is not None for p in inward):
        return None
    kept = max((Wish(p.name, tracked(p, running)) for p in inward), key=lambda w: w.capacity)
    return kept if kept.capacity < desired else None


def allowed(capacity: int, desired: int, last: Cooldown | None, now: datetime) -> bool:
    """Tell whether a cooldown lets a policy change the capacity.

    A scale-out that goes beyond the last one is never held back, nor one during the cooldown of a scale-in.
    https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html#target-tracking-cooldown
    """
    if capacity == desired:
        return False
    if capacity > desired or last is None or last.out:
        return True
    return now >= last.until


def cooldown(block: Mapping[str, Any], *, out: bool) -> timedelta:
    """Return the cooldown that a policy's configuration gives for scaling out or in.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
    """
    key = "ScaleOutCooldown" if out else "ScaleInCooldown"
    given = block.get(key, block.get("Cooldown"))
    return timedelta(seconds=COOLDOWN if given is None else int(given))


# --- step scaling ----------------------------------------------------------------------------------


def step_for(steps: Sequence[Mapping[str, Any]], breach: float) -> int | None:
    """Return the adjustment for a metric that is `breach` above its alarm's threshold, None when no step covers it.

    Above the threshold a lower bound belongs to the step and an upper one does not; below it is the other way round.
    https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html#as-scaling-steps
    """
    for step in steps:
        lower, upper = step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound")
        low = -math.inf if lower is None else float(lower)
        high = math.inf if upper is None else float(upper)
        inside = low <= breach < high if breach >= 0 else low < breach <= high
        if inside or (breach == 0 and high == 0 and lower is None):
            return int(step["ScalingAdjustment"])
    return None


def adjusted(block: Mapping[str, Any], adjustment: int, desired: int) -> int:
    """Return the capacity after a step's adjustment, at least 0.

    Percentages are rounded towards 0, but never to less than one; MinAdjustmentMagnitude is the least change.
    https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html#as-scaling-adjustment
    """
    kind = block["AdjustmentType"]
    if kind == "ExactCapacity":
        return max(0, adjustment)
    change = adjustment
    if kind == "PercentChangeInCapacity":
        exact = desired * adjustment / 100
        change = math.trunc(exact) or (exact > 0) - (exact < 0)
        least = int(block.get("MinAdjustmentMagnitude") or 0)
        if exact and abs(change) < least:
            change = least if exact > 0 else -least
    return max(0, desired + change)


def stepped(
    block: Mapping[str, Any], breach: float, desired: int, last: Cooldown | None, now: datetime
) -> int | None:
    """Return the capacity that a step scaling policy asks for, None when it asks for no change.

    During the cooldown of a scale-out the capacity that it added counts towards the next one.
    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
    """
    adjustment = step_for(block.get("StepAdjustments") or [], breach)
    if adjustment is None:
        return None
    cooling = last is not None and now < last.until
    base = last.before if cooling and last is not None and last.out else desired
    capacity = adjusted(block, adjustment, base)
    if base != desired and capacity < base:  # a scale-in starts from what there is
        capacity = adjusted(block, adjustment, desired)
    elif base != desired and capacity <= desired:
        return None
    return capacity if allowed(capacity, desired, last, now) else None
