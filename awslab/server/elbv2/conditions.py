"""What ELB refuses in the conditions and actions of a listener's rules.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
"""

import re
from collections import Counter
from ipaddress import ip_network
from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeListener

from awslab.server.elbv2 import state
from awslab.server.errors import AWSError
from awslab.world import transforms
from awslab.world.load_balancing import target_groups
from awslab.world.request_error import RequestError

VALUES_PER_RULE = 5
RULES_PER_BALANCER = 100
GROUPS_PER_ACTION = 5
# Each of these fields may stand in one condition of a rule, the others in several.
_ONCE = ("path-pattern", "host-header", "http-request-method", "source-ip")
_PATH = re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?;=%!,()|]{1,128}")
_HOST = re.compile(r"[A-Za-z0-9\-.*?]{1,128}")
_HEADER = re.compile(r"[A-Za-z0-9*?\-!#$%&'+.^_`|~]{1,40}")
_COMPONENTS = ("Protocol", "Host", "Port", "Path", "Query")


def _invalid(message: str) -> AWSError:
    return AWSError("ValidationError", message)


def check_priority(priority: Any) -> int:
    """Return a rule's priority, or raise ValidationError for one outside 1 to 50000."""
    number = int(priority)
    if not 1 <= number <= 50000:
        bound = "greater than or equal to 1" if number < 1 else "less than or equal to 50000"
        raise _invalid(
            f"1 validation error detected: Value '{number}' at 'priority' failed to satisfy "
            f"constraint: Member must have value {bound}"
        )
    return number


def check_conditions(conditions: list[dict[str, Any]]) -> None:
    """Raise ValidationError for the first thing that ELB refuses in a rule's conditions.

    The number of wildcards is not checked: AWS's own pages disagree on it.
    """
    if not conditions:
        raise _invalid("A condition must be specified")
    fields = Counter(each.get("Field") for each in conditions)
    for field in _ONCE:
        if fields[field] > 1:
            raise _invalid(f"A rule can have only one condition with field '{field}'")
    if sum(len(_values(each)) for each in conditions) > VALUES_PER_RULE:
        raise _invalid(f"A rule can only have '{VALUES_PER_RULE}' condition values")
    for each in conditions:
        for value in _values(each, "RegexValues"):
            _check_regex(each["Field"], value)
        for value in _values(each, "Values"):
            _check_value(each["Field"], value)
        if each.get("Field") == "http-header":
            _check_header_name(each.get("HttpHeaderConfig") or {})


def _values(condition: dict[str, Any], *names: str) -> list[Any]:
    configs = [value for key, value in condition.items() if key.endswith("Config") and value]
    return [
        value
        for place in [condition, *configs]
        for name in names or ("Values", "RegexValues")
        for value in place.get(name) or []
    ]


def _check_regex(field: str, regex: str) -> None:
    if field not in ("path-pattern", "host-header", "http-header"):
        raise _invalid(f"The 'RegexValues' field is not compatible with '{field}'")
    if len(regex) > 128:
        raise _invalid(f"The '{field}' value is too long; the limit is '128'")
    try:
        transforms.check_regex(regex)
    except RequestError as error:
        raise AWSError(error.code, error.message) from None


def _check_value(field: str, value: Any) -> None:
    if field == "path-pattern" and not _PATH.fullmatch(value):
        raise _invalid(f"The path-pattern value '{value}' contains characters that are not valid")
    if field == "host-header" and not _HOST.fullmatch(value):
        raise _invalid(f"The host-header value '{value}' contains characters that are not valid")
    if field == "source-ip":
        try:
            ip_network(value)
        except ValueError:
            raise _invalid(f"The source-ip value '{value}' is not a valid CIDR block") from None


def _check_header_name(config: dict[str, Any]) -> None:
    name = config.get("HttpHeaderName") or ""
    if name.lower() == "host":
        raise _invalid("Use a host-header condition instead of an http-header condition for 'host'")
    if not _HEADER.fullmatch(name):
        raise _invalid(f"The header name '{name}' is not valid")


# --- actions -------------------------------------------------------------------------------------


def check_actions(
    self: ELBv2Backend, listener: FakeListener | None, protocol: str, arn: str, actions: list[Any]
) -> None:
    """Raise what ELB answers to the actions of a rule of a listener with `protocol` on load balancer `arn`.

    `listener` is the one the rule is for, None while it is being created.
    """
    final = [each for each in actions if not str(each.get("Type", "")).startswith("authenticate")]
    if len(final) != 1:
        raise AWSError(
            "InvalidLoadBalancerAction",
            "A rule must have exactly one of the actions forward, redirect and fixed-response",
        )
    action = final[0]
    if action.get("Type") == "redirect":
        _check_redirect(action.get("RedirectConfig") or {}, protocol)
    elif action.get("Type") == "forward":
        _check_forward(self, action, protocol, arn)
    elif action.get("Type") == "fixed-response" and not action.get("FixedResponseConfig"):
        raise _invalid("A fixed-response action must have a FixedResponseConfig")


def _check_redirect(config: dict[str, Any], protocol: str) -> None:
    if config.get("StatusCode") not in ("HTTP_301", "HTTP_302"):
        raise _invalid(
            f"1 validation error detected: Value '{config.get('StatusCode')}' at "
            "'redirectConfig.statusCode' failed to satisfy constraint: Member must satisfy enum "
            "value set: [HTTP_301, HTTP_302]"
        )
    same = {name: f"#{{{name.lower()}}}" for name in _COMPONENTS} | {"Path": "/#{path}"}
    changed = [n for n in _COMPONENTS[:4] if config.get(n) not in (None, same[n])]
    if not changed:
        raise AWSError(
            "InvalidLoadBalancerAction",
            "A redirect must change at least one of protocol, port, host and path, "
            "or it would loop",
        )
    if protocol == "HTTPS" and str(config.get("Protocol") or "").upper() == "HTTP":
        raise AWSError("InvalidLoadBalancerAction", "You cannot redirect HTTPS to HTTP")
    path = config.get("Path")
    if path is not None and not path.startswith("/"):
        raise AWSError(
            "InvalidLoadBalancerAction",
            "The Path parameter must be a valid path, should start with a '/', and may contain up "
            "to one of each of these placeholders: '#{path}', '#{host}', '#{port}'.",
        )
    port = str(config.get("Port") or "#{port}")
    if port != "#{port}" and not (port.isdigit() and 1 <= int(port) <= 65535):
        raise AWSError("InvalidLoadBalancerAction", f"The Port parameter '{port}' is not valid")


def _check_forward(self: ELBv2Backend, action: dict[str, Any], protocol: str, arn: str) -> None:
    weights = target_groups(action)
    if not weights:
        raise _invalid("A target group ARN must be specified")
    if len(weights) > GROUPS_PER_ACTION:
        raise AWSError(
            "TooManyTargetGroups", f"A rule can only have '{GROUPS_PER_ACTION}' target groups"
        )
    if any(not 0 <= weight <= 999 for weight in weights.values()):
        raise _invalid("The weight for each target group must be between 0 and 999, inclusive")
    balancer = self.load_balancers.get(arn)
    for group_arn in weights:
        group = self.target_groups.get(group_arn)
        if group is None:
            raise AWSError("TargetGroupNotFound", f"Target group '{group_arn}' not found")
        if group.protocol and group.protocol not in ("HTTP", "HTTPS"):
            raise AWSError(
                "IncompatibleProtocols",
                f"Target group '{group_arn}' of protocol '{group.protocol}' cannot be used by a "
                f"listener of protocol '{protocol}'",
            )
        if balancer is not None and group.vpc_id and group.vpc_id != balancer.vpc_id:
            raise AWSError(
                "InvalidConfigurationRequest",
                f"Target group '{group_arn}' is not in the load balancer's VPC {balancer.vpc_id}",
            )
        if any(user.arn != arn for user in state.users(group)):
            raise AWSError(
                "TargetGroupAssociationLimit",
                "The following target groups cannot be associated with more than one load "
                f"balancer: {group_arn}",
            )
