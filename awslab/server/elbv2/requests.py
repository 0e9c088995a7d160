"""What ELB says of a request's form before it looks at anything: values that no enumeration has, and what is no ARN.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html
"""

import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.elbv2 import exceptions

from awslab.server.errors import AWSError

# Parameter -> the resource of its ARN, and what ELB calls it.
ARNS = {
    "LoadBalancerArn": ("loadbalancer", "load balancer"),
    "TargetGroupArn": ("targetgroup", "target group"),
    "ListenerArn": ("listener", "listener"),
    "RuleArn": ("listener-rule", "listener rule"),
}


def install() -> None:
    """Let moto's errors say what ELB's say."""
    exceptions.LoadBalancerNotFoundError.message = "One or more load balancers not found"
    exceptions.ListenerNotFoundError.__init__ = _no_listener  # type: ignore[method-assign]


def _no_listener(self: exceptions.ListenerNotFoundError) -> None:
    exceptions.ELBClientError.__init__(self, "ListenerNotFound", "One or more listeners not found")


def check(response: BaseResponse, operation: str) -> None:
    """Raise ELB's ValidationError for an impossible value of an enumeration, or a name where an ARN has to be."""
    shape = get_service_model("elbv2").operation_model(operation).input_shape
    for name, member in (shape.members if shape else {}).items():
        given = response._get_param(name)
        if getattr(member, "enum", None) and given and given not in member.enum:
            raise AWSError(
                "ValidationError",
                f"1 validation error detected: Value '{given}' at '{name[0].lower()}{name[1:]}' "
                "failed to satisfy constraint: Member must satisfy enum value set: "
                f"[{', '.join(member.enum)}]",
            )
    for name, arn in _arns(response._get_params()):
        _check_arn(response, name, str(arn))


def _arns(params: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what stands where ARNs have to be, by the kind of ARN."""
    for name in ARNS:
        given = params.get(name)
        yield from (
            (name, each) for each in [*params.get(f"{name}s", []), *([given] if given else [])]
        )
    for action in [*params.get("DefaultActions", []), *params.get("Actions", [])]:
        named = [action, *(action.get("ForwardConfig") or {}).get("TargetGroups", [])]
        for each in named:
            if each.get("TargetGroupArn"):
                yield "TargetGroupArn", each["TargetGroupArn"]


def _check_arn(response: BaseResponse, name: str, arn: str) -> None:
    """Refuse a name, an ARN of something else, and one of another Region.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
    """
    resource, called = ARNS[name]
    pattern = rf"arn:aws[\w-]*:elasticloadbalancing:{response.region}:\d{{12}}:{resource}/.+"
    if not re.fullmatch(pattern, arn):
        raise AWSError("ValidationError", f"'{arn}' is not a valid {called} ARN")
