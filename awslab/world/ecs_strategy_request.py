"""What Amazon ECS refuses of a deployment strategy and of the target groups and listener rules it needs.

The messages about load balancers and hooks are AWS's own; for a number out of range AWS documents the range only.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html

Errors: RequestError with code InvalidParameterException.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from awslab.world import ecs_strategy as strategies
from awslab.world.ecs_placement import refuse

__all__ = ["check"]

Params = Mapping[str, Any]
MOST_MINUTES, MOST_PAUSE, MOST_HOOKS = 1440, 20160, 10
NO_PAUSE = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")


def check(whole: Params, rules: Mapping[str, Sequence[str]]) -> None:
    """Accept the strategy of a service; `rules` holds the target groups that each listener rule forwards to.

    Raises RequestError for the first thing that ECS refuses.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    """
    configuration = whole.get("deploymentConfiguration") or {}
    strategy = configuration.get("strategy") or strategies.ROLLING
    if strategy not in strategies.STRATEGIES:
        refuse(f"strategy should be one of [{','.join(strategies.STRATEGIES)}]")
    controller = (whole.get("deploymentController") or {}).get("type") or "ECS"
    if strategy != strategies.ROLLING and controller != "ECS":
        refuse(f"{strategy} deployment strategy is not supported with the {controller} controller.")
    _check_numbers(configuration, strategy)
    _check_hooks(configuration.get("lifecycleHooks") or [])
    _check_alarms(configuration.get("alarms") or {})
    _check_balancers(whole.get("loadBalancers") or [], strategy, rules)


def _check_numbers(configuration: Params, strategy: str) -> None:
    _within(configuration, "bakeTimeInMinutes", 0, MOST_MINUTES)
    for name, owner, percent, lowest, minutes in (
        ("linearConfiguration", "LINEAR", "stepPercent", 3.0, "stepBakeTimeInMinutes"),
        ("canaryConfiguration", "CANARY", "canaryPercent", 0.1, "canaryBakeTimeInMinutes"),
    ):
        given = configuration.get(name)
        if not given:
            continue
        if strategy != owner:
            refuse(f"{name} is only valid when the deployment strategy is {owner}.")
        _within(given, percent, lowest, 100.0)
        _within(given, minutes, 0, MOST_MINUTES)
        tenths = float(given.get(percent) or 0) * 10
        if abs(tenths - round(tenths)) > 1e-6:
            refuse(f"{percent} should be a multiple of 0.1.")


def _within(given: Params, key: str, lowest: float, highest: float) -> None:
    value = given.get(key)
    if value is not None and not lowest <= value <= highest:
        refuse(f"{key} should be between {lowest} and {highest}.")


def _check_hooks(hooks: Sequence[Params]) -> None:
    """Accept lifecycle hooks.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html
    """
    kinds = [hook.get("targetType") or "AWS_LAMBDA" for hook in hooks]
    for hook, kind in zip(hooks, kinds, strict=True):
        if kind not in ("AWS_LAMBDA", "PAUSE"):
            refuse("Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE")
        if kinds.count(kind) > MOST_HOOKS:
            refuse(f"lifecycleHooks can have at most {MOST_HOOKS} hooks of type {kind}.")
        stages = hook.get("lifecycleStages") or []
        if not stages:
            refuse("lifecycleStages can not be empty.")
        for stage in stages:
            if stage not in strategies.HOOK_STAGES:
                refuse(f"lifecycleStages should be one of [{','.join(strategies.HOOK_STAGES)}]")
            if kind == "PAUSE" and stage in NO_PAUSE:
                refuse("Invalid lifecycle stage provided for Pause Hook")
        if kind == "AWS_LAMBDA" and not (hook.get("hookTargetArn") and hook.get("roleArn")):
            refuse("hookTargetArn and roleArn can not be empty for AWS_LAMBDA hooks.")
        timeout = hook.get("timeoutConfiguration") or {}
        _within(timeout, "timeoutInMinutes", 1, MOST_PAUSE)
        if timeout.get("action") not in (None, "ROLLBACK", "CONTINUE"):
            refuse("timeoutConfiguration.action should be one of [ROLLBACK,CONTINUE]")


def _check_alarms(alarms: Params) -> None:
    if alarms.get("enable") and not alarms.get("alarmNames"):
        refuse("alarmNames can not be empty when alarms are enabled.")


def _check_balancers(
    entries: Sequence[Params], strategy: str, rules: Mapping[str, Sequence[str]]
) -> None:
    """Accept the load balancers of a strategy: two target groups each, and rules that forward to them.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AdvancedConfiguration.html
    """
    advanced = [entry.get("advancedConfiguration") or {} for entry in entries]
    kinds = {bool(entry.get("loadBalancerName")) for entry in entries}
    if len(kinds) > 1:
        refuse(
            "All loadBalancers must be strictly either ELBv1 (defining loadBalancerName) or ELBv2 "
            "(defining targetGroupArn)"
        )
    if any(advanced) and kinds == {True}:
        refuse("advancedConfiguration field is not allowed with ELBv1 loadBalancers")
    if any(advanced) and not all(advanced):
        refuse(
            "Either all or none of the provided loadBalancers must have advancedConfiguration defined"
        )
    if entries and strategy != strategies.ROLLING and not all(advanced):
        refuse(
            "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING "
            "deployment strategy"
        )
    if not entries and strategy in ("LINEAR", "CANARY"):
        refuse(
            f"{strategy} deployment strategy requires a load balancer: there is no traffic to shift."
        )
    seen: set[str] = set()
    for entry, given in zip(entries, advanced, strict=True):
        named = (entry.get("targetGroupArn"), given.get("alternateTargetGroupArn"))
        for arn in [arn for arn in named if arn and given]:
            if arn in seen:
                refuse(f"Duplicate targetGroupArn found: {arn}")
            seen.add(arn)
        if given:
            _check_advanced(entry, given, rules)


def _check_advanced(entry: Params, given: Params, rules: Mapping[str, Sequence[str]]) -> None:
    for key in ("alternateTargetGroupArn", "productionListenerRule", "roleArn"):
        if not given.get(key):
            refuse(f"advancedConfiguration.{key} can not be empty.")
    named = [key for key in ("productionListenerRule", "testListenerRule") if key in given]
    for key in named:
        if ":listener-rule/" not in str(given[key]):
            refuse(
                f"{key} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. "
                f"Got: {given[key]}"
            )
    production, other = given["productionListenerRule"], given.get("testListenerRule")
    if production == other:
        refuse(
            "The following rules cannot be used as both production and test listener rules: "
            f"{production}"
        )
    pair = {entry.get("targetGroupArn"), given["alternateTargetGroupArn"]}
    if not other and production in rules and not pair <= set(rules[production]):
        refuse(
            "For Application LoadBalancer, testListenerRule is required when productionListenerRule "
            "is not associated with both targetGroup and alternateTargetGroup"
        )
