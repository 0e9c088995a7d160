"""What ELB shows of actions and conditions: both of the two ways in which each can be written.

Only answers are completed; what the learner wrote stays as it is.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
"""

from typing import Any

from moto.elbv2.responses import ELBV2Response

_CONFIGS = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}


def install() -> None:
    """Complete the actions and conditions in every answer that has some."""
    shown = ELBV2Response.RESPONSE_KEY_PATH_TO_TRANSFORMER
    for operation in ("CreateRule", "DescribeRules", "ModifyRule", "SetRulePriorities"):
        shown[f"{operation}Output.Rules.Rule.Actions"] = actions
        shown[f"{operation}Output.Rules.Rule.Conditions"] = conditions
    for operation in ("CreateListener", "DescribeListeners", "ModifyListener"):
        shown[f"{operation}Output.Listeners.Listener.DefaultActions"] = actions


def actions(given: list[Any]) -> list[dict[str, Any]]:
    """Return actions with weights and stickiness, and with the target group where there is one only."""
    return [_action(getattr(each, "data", each)) for each in given]


def _action(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("Type") != "forward":
        return given
    config = given.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or [
        {"TargetGroupArn": given.get("TargetGroupArn"), "Weight": 1}
    ]
    sticky = {"Enabled": False, **(config.get("TargetGroupStickinessConfig") or {})}
    whole = {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}
    only = {"TargetGroupArn": groups[0]["TargetGroupArn"]} if len(groups) == 1 else {}
    return {**given, **only, "ForwardConfig": whole}


def conditions(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return conditions with their values in both places."""
    return [_condition(each) for each in given]


def _condition(given: dict[str, Any]) -> dict[str, Any]:
    config = _CONFIGS.get(given.get("Field", ""))
    if config is None:
        return given
    values = given.get("Values") or (given.get(config) or {}).get("Values")
    if not values:  # it has regular expressions
        return given
    return {**given, "Values": values, config: {**(given.get(config) or {}), "Values": values}}
