"""Scaling policies at work: target tracking with its own alarms, step scaling at the learner's.

Called after every evaluation of the alarms, once a simulated minute; the rules are `awslab.world.scaling`.
"""

from datetime import datetime
from typing import Any

from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
    applicationautoscaling_backends,
)
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.moto_api._internal import mock_random

from awslab.server.autoscaling import activities
from awslab.server.cloudwatch import alarms
from awslab.server.ecs import state
from awslab.world import scaling as rules
from awslab.world.autoscaling_request import held_within

__all__ = ["act", "create_alarms", "delete_for", "put_scaling_policy"]

Backend = ApplicationAutoscalingBackend
Policy = FakeApplicationAutoscalingPolicy
_put = Backend.put_scaling_policy
TRACKING = "TargetTrackingScaling"
# Predefined metric -> namespace, metric, statistic, unit.
PREDEFINED = {
    "ECSServiceAverageCPUUtilization": ("AWS/ECS", "CPUUtilization", "Average", "Percent"),
    "ECSServiceAverageMemoryUtilization": ("AWS/ECS", "MemoryUtilization", "Average", "Percent"),
    "ALBRequestCountPerTarget": ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum", None),
}


def put_scaling_policy(self: Backend, *args: Any, **fields: Any) -> Policy:
    """Create a policy or replace one of the same name, which keeps its ARN and loses its alarms.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
    """
    key = Policy.formulate_key(
        *(fields[name] for name in ("service_namespace", "resource_id", "scalable_dimension")),
        fields["policy_name"],
    )
    before = self.policies.get(key)
    if before is not None:
        before.delete_alarms(self.account_id, self.region_name)
    policy = _put(self, *args, **fields)
    if before is not None:
        _rename(policy, before)
    return policy


def _rename(policy: Policy, before: Policy) -> None:
    for alarm in policy.alarms:
        alarm.alarm_actions = [before.policy_arn]
        alarm.description = alarm.description.replace(policy.policy_arn, before.policy_arn)
    policy.policy_arn, policy.creation_time = before.policy_arn, before.creation_time


def create_alarms(self: Policy) -> list[Alarm]:
    """Create AlarmHigh and AlarmLow of a target tracking policy for an ECS service, as AWS does.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
    """
    block = self.target_tracking_scaling_policy_configuration or {}
    high, low = rules.tracking_thresholds(float(block["TargetValue"]))
    made = [("AlarmHigh", "GreaterThanThreshold", high, rules.HIGH_PERIODS)]
    if not block.get("DisableScaleIn"):
        made.append(("AlarmLow", "LessThanThreshold", low, rules.LOW_PERIODS))
    metric = _metric(self.resource_id, block)
    return [
        cloudwatch_backends[self.account_id][self.region_name].put_metric_alarm(
            name=f"TargetTracking-{self.resource_id}-{kind}-{mock_random.uuid4()}",
            comparison_operator=operator,
            evaluation_periods=periods,
            period=60,
            threshold=threshold,
            description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {self.policy_arn}.",
            alarm_actions=[self.policy_arn],
            **metric,
        )
        for kind, operator, threshold, periods in made
    ]


def _metric(resource: str, block: dict[str, Any]) -> dict[str, Any]:
    _, cluster, service = resource.split("/")
    predefined = block.get("PredefinedMetricSpecification")
    if predefined is None:
        own = block["CustomizedMetricSpecification"]
        return {
            "namespace": own.get("Namespace"),
            "metric_name": own.get("MetricName"),
            "statistic": own.get("Statistic"),
            "unit": own.get("Unit"),
            "dimensions": own.get("Dimensions") or [],
        }
    kind = predefined["PredefinedMetricType"].removesuffix("HighResolution")
    namespace, name, statistic, unit = PREDEFINED[kind]
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    if kind == "ALBRequestCountPerTarget":
        balancer, _, group = predefined["ResourceLabel"].partition("/targetgroup/")
        dimensions = {"LoadBalancer": balancer, "TargetGroup": f"targetgroup/{group}"}
    return {
        "namespace": namespace,
        "metric_name": name,
        "statistic": statistic,
        "unit": unit,
        "dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def delete_for(backend: Backend, resource: str, dimension: str) -> None:
    """Delete what belongs to a scalable target that was deregistered: policies with their alarms, schedules.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    """
    for key, policy in list(backend.policies.items()):
        if (policy.resource_id, policy.scalable_dimension) == (resource, dimension):
            policy.delete_alarms(backend.account_id, backend.region_name)
            del backend.policies[key]
    backend.scheduled_actions = [
        action
        for action in backend.scheduled_actions
        if (action.resource_id, action.scalable_dimension) != (resource, dimension)
    ]


# --- at work ---------------------------------------------------------------------------------------


def act(cloudwatch: CloudWatchBackend, now: datetime) -> None:
    """Let every scalable target of an account and Region follow its policies (`alarms.EVALUATED`)."""
    backend = applicationautoscaling_backends[cloudwatch.account_id][cloudwatch.region_name]
    for targets in list(backend.targets.values()):
        for target in list(targets.values()):
            if target.service_namespace == "ecs" and activities.service_of(
                backend, target.resource_id
            ):
                _Decision(backend, cloudwatch, target, now).run()


class _Decision:
    """What the policies of one target do in one minute."""

    def __init__(
        self,
        backend: Backend,
        cloudwatch: CloudWatchBackend,
        target: FakeScalableTarget,
        now: datetime,
    ) -> None:
        self.backend, self.cloudwatch, self.target, self.now = backend, cloudwatch, target, now
        self.service = activities.service_of(backend, target.resource_id)
        self.last: dict[str, rules.Cooldown] = vars(target).setdefault("lab_cooldowns", {})
        self.policies = [
            policy
            for policy in backend.policies.values()
            if policy.resource_id == target.resource_id
            and policy.scalable_dimension == target.scalable_dimension
        ]

    def run(self) -> None:
        """Scale by target tracking, then by steps."""
        tracking = [p for p in self.policies if p.policy_type == TRACKING]
        if tracking:
            self._track(tracking)
        for policy in self.policies:
            if policy.policy_type == "StepScaling":
                for alarm in self._alarms_of(policy):
                    self._step(policy, alarm)

    def _alarms_of(self, policy: Policy) -> list[Alarm]:
        return [
            alarm
            for alarm in self.cloudwatch.alarms.values()
            if alarm.actions_enabled
            and policy.policy_arn in alarm.alarm_actions
            and alarm.state_value == "ALARM"
        ]

    def _track(self, policies: list[Policy]) -> None:
        deployments = state.lab(self.service).deployments
        running = sum(d.count(state.HEALTHY) for d in deployments)
        deploying = len(deployments) > 1 or deployments[0].state == "IN_PROGRESS"
        known = [self._tracking(policy) for policy in policies]
        wish = rules.wanted(known, running, self.service.desired_count, deploying=deploying)
        if wish is None:
            return
        policy = next(p for p in policies if p.policy_name == wish.policy)
        out = wish.capacity > self.service.desired_count
        alarm = self._alarm(policy, "High" if out else "Low")
        if alarm is not None:
            block = policy.target_tracking_scaling_policy_configuration or {}
            self._apply(policy, block, wish.capacity, alarm)

    def _alarm(self, policy: Policy, kind: str) -> Alarm | None:
        """Return a policy's AlarmHigh or AlarmLow, None when somebody has deleted it."""
        alarm = next((a for a in policy.alarms if f"-Alarm{kind}-" in a.name), None)
        return self.cloudwatch.alarms.get(alarm.name) if alarm else None

    def _tracking(self, policy: Policy) -> rules.Tracking:
        block = policy.target_tracking_scaling_policy_configuration or {}
        high, low = self._alarm(policy, "High"), self._alarm(policy, "Low")
        any_alarm = high or low
        return rules.Tracking(
            policy.policy_name,
            float(block["TargetValue"]),
            alarms.latest(self.cloudwatch, any_alarm, self.now) if any_alarm else None,
            bool(high and high.state_value == "ALARM"),
            bool(low and low.state_value == "ALARM"),
            not block.get("DisableScaleIn"),
        )

    def _step(self, policy: Policy, alarm: Alarm) -> None:
        value = alarms.latest(self.cloudwatch, alarm, self.now)
        if value is None:
            return
        block = policy.step_scaling_policy_configuration or {}
        desired, last = self.service.desired_count, self.last.get(policy.policy_name)
        breach = value - float(alarm.threshold)
        capacity = rules.stepped(block, breach, desired, last, self.now)
        if capacity is not None:
            self._apply(policy, block, capacity, alarm)

    def _apply(self, policy: Policy, block: dict[str, Any], capacity: int, alarm: Alarm) -> None:
        """Change the capacity, within the target's ends, unless a cooldown or a suspension forbids it."""
        target, desired = self.target, self.service.desired_count
        capacity = held_within(capacity, target.min_capacity, target.max_capacity)
        out = capacity > desired
        suspended = (target.suspended_state or {}) if capacity != desired else {}
        if suspended.get("DynamicScalingOutSuspended" if out else "DynamicScalingInSuspended"):
            return
        # A cooldown after scaling in holds for all the target's policies; AWS scales in together, too.
        last = (
            self.last.get(policy.policy_name) if policy.policy_type != TRACKING else self._latest()
        )
        if not rules.allowed(capacity, desired, last, self.now):
            return
        until = self.now + rules.cooldown(block, out=out)
        cooling = last is not None and last.out and out and self.now < last.until
        before = last.before if cooling and last is not None else desired
        self.last[policy.policy_name] = rules.Cooldown(out, before, until)
        cause = f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.policy_name}"
        activities.change(self.backend, target, capacity, cause, self.now)

    def _latest(self) -> rules.Cooldown | None:
        names = {p.policy_name for p in self.policies if p.policy_type == TRACKING}
        found = [c for name, c in self.last.items() if name in names]
        return max(found, key=lambda c: c.until, default=None)
