"""What EC2 says of a request's form: filters, tag specifications, CIDR blocks, and names of what is not there.

Each is the same for many operations, so none stands in `validation.CHECKS` by an operation's name.
"""

import re
from functools import cache
from ipaddress import IPv4Network
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.ec2 import exceptions

from awslab.server.errors import AWSError

INVALID = "InvalidParameterValue"
# Operation -> what it makes, the only type that its TagSpecifications may name.
MADE = {
    "AllocateAddress": "elastic-ip",
    "AuthorizeSecurityGroupEgress": "security-group-rule",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateNetworkAcl": "network-acl",
    "CreateNetworkInterface": "network-interface",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
_NAMES = re.compile(r"<code>([\w.-]+)</code>")
# Operations whose CIDR blocks EC2 brings into their canonical form, and the parameter that has it.
CIDRS = {
    "CreateRoute": "DestinationCidrBlock",
    "CreateSubnet": "CidrBlock",
    "CreateVpc": "CidrBlock",
    "DeleteRoute": "DestinationCidrBlock",
    "ReplaceRoute": "DestinationCidrBlock",
}
RULES = re.compile(r"(Authorize|Revoke)SecurityGroup(In|E)gress")


def install() -> None:
    """Let moto's errors name one thing, in EC2's words: some hold a Python set."""
    for error, code, text in (
        (exceptions.InvalidVPCIdError, "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
        (
            exceptions.InvalidSecurityGroupNotFoundError,
            "InvalidGroup.NotFound",
            "The security group '{}' does not exist",
        ),
        (
            exceptions.InvalidAllocationIdError,
            "InvalidAllocationID.NotFound",
            "The allocation ID '{}' does not exist",
        ),
    ):
        error.__init__ = _naming(code, text)  # type: ignore[method-assign]


def _naming(code: str, text: str) -> Any:
    def init(self: exceptions.EC2ClientError, missing: Any) -> None:
        several = isinstance(missing, set | list | tuple)
        one = sorted(missing)[0] if several and missing else missing
        exceptions.EC2ClientError.__init__(self, code, text.format(one))

    return init


def check_form(response: BaseResponse, operation: str) -> None:
    """Refuse filters and tag specifications that EC2 does not know; bring CIDR blocks into canonical form.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    _check_filters(response, operation)
    _check_tags(response, operation)
    if name := CIDRS.get(operation):
        given = response._get_param(name)
        if given:
            response.params[name] = _canonical(given) or _refuse_cidr(given, name)
    if RULES.fullmatch(operation):
        _canonical_rules(response)


def _check_filters(response: BaseResponse, operation: str) -> None:
    """Refuse a filter that the operation does not have: `Name` in place of `tag:Name`, `vpcId` of `vpc-id`.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
    """
    if not operation.startswith("Describe"):
        return
    given = response._get_param("Filters") or response._get_param("Filter") or []
    known = _filters(operation) if given else frozenset()
    for each in given:
        name = each.get("Name", "")
        if known and name not in known and not re.match(r"tag:.", name):
            raise AWSError(INVALID, f"The filter '{name}' is invalid")


@cache
def _filters(operation: str) -> frozenset[str]:
    """Return the names that an operation's own documentation lists, none when it lists none.

    A few words beside names are in it, too: better to take one of these than to refuse a filter there is.
    """
    shape = get_service_model("ec2").operation_model(operation).input_shape
    members = shape.members if shape else {}
    member = members.get("Filters") or members.get("Filter")
    text = member.documentation if member else ""
    return frozenset(_NAMES.findall(text)) - {"tag"} if "<li>" in text else frozenset()


def _check_tags(response: BaseResponse, operation: str) -> None:
    """Refuse tags for what the operation does not make; moto leaves them away.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TagSpecification.html
    """
    if operation not in MADE:
        return
    for each in response._get_param("TagSpecifications") or []:
        kind = each.get("ResourceType")
        if not kind:
            raise AWSError(INVALID, "Tag specification resource type must have a value")
        if kind != MADE[operation]:
            raise AWSError(
                INVALID, f"'{kind}' is not a valid taggable resource type for this operation."
            )


def _canonical(cidr: str) -> str | None:
    """Return a CIDR block without host bits, None for what is none."""
    if "/" not in cidr:
        return None
    try:
        return str(IPv4Network(cidr, strict=False))
    except ValueError:
        return None


def _refuse_cidr(given: str, name: str) -> str:
    parameter = name[0].lower() + name[1:]
    raise AWSError(
        INVALID,
        f"Value ({given}) for parameter {parameter} is invalid. This is not a valid CIDR block.",
    )


def _canonical_rules(response: BaseResponse) -> None:
    """Do it for the ranges of security group rules.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
    """
    ranges = [
        each
        for permission in response._get_param("IpPermissions") or []
        for each in permission.get("IpRanges") or []
    ]
    for each in (*ranges, response.params):
        if given := each.get("CidrIp"):
            found = _canonical(given)
            if found is None:
                raise AWSError(INVALID, f"CIDR block {given} is malformed")
            each["CidrIp"] = found
