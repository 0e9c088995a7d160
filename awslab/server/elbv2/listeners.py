"""Create and change listeners and their rules as ELB does.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.elbv2.exceptions import LoadBalancerNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeListener, FakeListenerRule, FakeRule
from moto.elbv2.ssl_policies import SSL_POLICIES
from moto.moto_api._internal import mock_random

from awslab.server.elbv2 import state, targets
from awslab.server.elbv2.conditions import (
    RULES_PER_BALANCER,
    check_actions,
    check_conditions,
    check_priority,
)
from awslab.server.errors import AWSError

DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"

_moto_create = ELBv2Backend.create_listener
_moto_modify = ELBv2Backend.modify_listener
_moto_delete = ELBv2Backend.delete_listener
_moto_create_rule = ELBv2Backend.create_rule
_moto_modify_rule = ELBv2Backend.modify_rule
_moto_describe_rules = ELBv2Backend.describe_rules


def create_listener(
    self: ELBv2Backend,
    load_balancer_arn: str,
    protocol: str,
    port: str,
    ssl_policy: str,
    certificate: str | None,
    actions: list[dict[str, Any]],
    alpn_policy: list[str] | None = None,
    tags: list[dict[str, str]] | None = None,
) -> FakeListener:
    """Create a listener, or return the one on the same port with the same settings.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    balancer = self.load_balancers.get(load_balancer_arn)
    if balancer is None:
        raise LoadBalancerNotFoundError()
    arguments = (
        load_balancer_arn, protocol, port, ssl_policy, certificate, actions, alpn_policy, tags,
    )  # fmt: skip
    if balancer.type != "application":
        return _moto_create(self, *arguments)
    self._validate_port_and_protocol(balancer.type, port, protocol)
    given = {"protocol": protocol, "certificate": certificate, "policy": ssl_policy}
    given["actions"] = [dict(action) for action in actions]
    if known := state.listener_on(balancer, int(port)):
        if getattr(known, "lab_created", None) == given:
            return known
        raise AWSError(
            "DuplicateListener",
            f"A listener already exists on this port for this load balancer '{load_balancer_arn}'",
        )
    _check_tls(self, protocol, ssl_policy, certificate)
    if not actions:
        raise AWSError("ValidationError", "A default action must be specified")
    check_actions(self, None, protocol, load_balancer_arn, actions)
    listener = _moto_create(self, *arguments)
    listener.lab_created = given
    _finish(listener)
    targets.refresh(self)
    return listener


def _finish(listener: FakeListener) -> None:
    if listener.protocol == "HTTP":
        listener.ssl_policy = None
    # moto names the default rule after an address in memory, another one in each run.
    default = listener._default_rule[0]
    prefix = listener.arn.replace(":listener/", ":listener-rule/")
    default.arn = f"{prefix}/{mock_random.get_random_hex(16)}"


def _check_tls(
    self: ELBv2Backend, protocol: str, policy: str | None, certificate: str | None
) -> None:
    """Raise what ELB answers to a listener whose certificate or security policy does not fit.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html
    """
    if protocol != "HTTPS":
        if certificate:
            raise AWSError(
                "ValidationError", f"A certificate cannot be specified for {protocol} listeners"
            )
        return
    if policy and policy not in SSL_POLICIES:
        raise AWSError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    if not certificate:
        raise AWSError("ValidationError", "A certificate must be specified for HTTPS listeners")
    check_certificate(self, certificate)


def check_certificate(self: ELBv2Backend, arn: str) -> None:
    """Raise CertificateNotFound or, for one that is not issued, UnsupportedCertificate."""
    service, region = (arn.split(":") + [""] * 4)[2:4]
    if service == "iam":
        if not self._certificate_exists(arn):
            raise AWSError("CertificateNotFound", f"Certificate '{arn}' not found")
        return
    from moto.acm.models import acm_backends

    known = acm_backends[self.account_id][self.region_name]._certificates.get(arn)
    if known is None or region != self.region_name:
        raise AWSError("CertificateNotFound", f"Certificate '{arn}' not found")
    if known.status != "ISSUED":
        raise AWSError(
            "UnsupportedCertificate",
            f"The certificate '{arn}' must have a fully-qualified domain name, a supported "
            "signature, and a supported key size.",
        )


def modify_listener(
    self: ELBv2Backend,
    arn: str,
    port: str | None = None,
    protocol: str | None = None,
    ssl_policy: str | None = None,
    certificates: list[dict[str, Any]] | None = None,
    actions: list[dict[str, Any]] | None = None,
) -> FakeListener:
    """Change a listener.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
    """
    listener = self.describe_listeners(None, [arn])[0]
    balancer = self.load_balancers[listener.load_balancer_arn]
    if balancer.type == "application":
        after = protocol or listener.protocol
        other = state.listener_on(balancer, int(port)) if port else None
        if other is not None and other is not listener:
            raise AWSError(
                "DuplicateListener",
                f"A listener already exists on this port for this load balancer '{balancer.arn}'",
            )
        self._validate_port_and_protocol("application", port or listener.port, after)
        given = [each["CertificateArn"] for each in certificates or []]
        kept = listener.certificate if after == "HTTPS" else None
        _check_tls(self, after, ssl_policy, given[0] if given else kept)
        if actions:
            check_actions(self, listener, after, balancer.arn, actions)
    _moto_modify(self, arn, port, protocol, ssl_policy, certificates or [], actions or [])
    if listener.protocol == "HTTP":
        listener.ssl_policy, listener.certificate, listener.certificates = None, None, []
    elif listener.ssl_policy is None:
        listener.ssl_policy = DEFAULT_POLICY
    listener.lab_created = None
    targets.refresh(self)
    return listener


def delete_listener(self: ELBv2Backend, listener_arn: str) -> FakeListener:
    """Delete a listener with its rules."""
    listener = _moto_delete(self, listener_arn)
    targets.refresh(self)
    return listener


# --- rules ---------------------------------------------------------------------------------------


def create_rule(
    self: ELBv2Backend,
    listener_arn: str,
    conditions: list[dict[str, Any]],
    priority: int,
    actions: list[dict[str, Any]],
    tags: list[dict[str, str]] | None = None,
) -> FakeListenerRule:
    """Create a rule of a listener.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
    """
    listener = self.describe_listeners(None, [listener_arn])[0]
    balancer = self.load_balancers[listener.load_balancer_arn]
    number = check_priority(priority)
    check_conditions(conditions)
    if any(str(each.priority) == str(number) for each in listener.rules.values()):
        raise _in_use(number)
    count = sum(len(each._non_default_rules) for each in balancer.listeners.values())
    if count >= RULES_PER_BALANCER:
        raise AWSError(
            "TooManyRules",
            f"The maximum number of rules, {RULES_PER_BALANCER}, has been reached for load "
            f"balancer '{balancer.arn}'",
        )
    check_actions(self, listener, listener.protocol, balancer.arn, actions)
    with _regexes_aside(conditions):
        created = _moto_create_rule(self, listener_arn, conditions, number, actions, tags)
    targets.refresh(self)
    return created


def _in_use(priority: int) -> AWSError:
    return AWSError("PriorityInUse", f"Priority '{priority}' is currently in use")


@contextmanager
def _regexes_aside(conditions: list[dict[str, Any]]) -> Iterator[None]:
    """Put `Values` beside `RegexValues` while moto looks: it fails on a condition without them."""
    configs = [v for each in conditions for k, v in each.items() if k.endswith("Config") and v]
    lacking = [each for each in configs if "Values" not in each and each.get("RegexValues")]
    for config in lacking:
        config["Values"] = ["*"]
    try:
        yield
    finally:
        for config in lacking:
            del config["Values"]


def modify_rule(
    self: ELBv2Backend,
    rule_arn: str,
    conditions: list[dict[str, Any]],
    actions: list[dict[str, Any]],
) -> FakeRule:
    """Change a rule's conditions, its actions or both.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html
    """
    found = _moto_describe_rules(self, None, [rule_arn])[0]
    listener = self.describe_listeners(None, [found.listener_arn])[0]
    if found.is_default:
        raise AWSError(
            "OperationNotPermitted",
            f"Default rule '{rule_arn}' cannot be modified; "
            "use ModifyListener to change the default action",
        )
    if conditions:
        check_conditions(conditions)
    if actions:
        check_actions(self, listener, listener.protocol, listener.load_balancer_arn, actions)
    with _regexes_aside(conditions):
        changed = _moto_modify_rule(self, rule_arn, conditions, actions)
    targets.refresh(self)
    return changed


def delete_rule(self: ELBv2Backend, arn: str) -> None:
    """Delete a rule.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteRule.html
    """
    found = _moto_describe_rules(self, None, [arn])[0]
    if found.is_default:
        raise AWSError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")
    self.describe_listeners(None, [found.listener_arn])[0].remove_rule(arn)
    targets.refresh(self)


def describe_rules(
    self: ELBv2Backend, listener_arn: str | None, rule_arns: list[str] | None
) -> list[FakeRule]:
    """Return rules in the order of their evaluation, the default one last."""
    found = _moto_describe_rules(self, listener_arn, rule_arns)
    return sorted(
        found, key=lambda each: (each.is_default, 0 if each.is_default else int(each.priority))
    )


def set_rule_priorities(
    self: ELBv2Backend, rule_priorities: list[dict[str, Any]]
) -> list[FakeRule]:
    """Give rules new priorities, all at once, so that two of them may trade places.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html
    """
    wanted = {each["RuleArn"]: check_priority(each["Priority"]) for each in rule_priorities}
    rules = _moto_describe_rules(self, None, list(wanted))
    listener = self.describe_listeners(None, [rules[0].listener_arn])[0]
    taken: dict[int, str] = {}
    for each in listener._non_default_rules.values():
        priority = wanted.get(each.arn, int(each.priority))
        if priority in taken:
            raise _in_use(priority)
        taken[priority] = each.arn
    for each in rules:
        if each.is_default:
            raise AWSError(
                "OperationNotPermitted", f"The priority of default rule '{each.arn}' cannot be set"
            )
        each.priority = wanted[each.arn]
    return rules
