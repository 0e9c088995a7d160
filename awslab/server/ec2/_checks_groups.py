"""Security groups and rules that EC2 refuses."""

import re
from collections.abc import Callable
from typing import Any

from awslab.server.errors import AWSError

Parameters = Callable[..., Any]
_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
PROTOCOLS = ("tcp", "udp", "icmp", "icmpv6", "-1", "all")


def check_new_group(backend: Any, parameter: Parameters) -> None:
    """Refuse a name or description that a security group cannot have, and a name that the VPC has.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    """
    name, text = parameter("GroupName") or "", parameter("Description") or ""
    if name.startswith("sg-"):
        _invalid(name, "GroupName", "Group names may not be in the format sg-*.")
    for value, what in ((name, "GroupName"), (text, "GroupDescription")):
        if not value.isascii():
            _invalid(value, what, "Character sets beyond ASCII are not supported.")
    if not _DESCRIPTION.fullmatch(text):
        _invalid(
            text,
            "GroupDescription",
            "Invalid security group description. Valid descriptions are strings less than 256 "
            "characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
        )
    if name.lower() == "default":
        text = "Cannot use reserved security group name: default"
        raise AWSError("InvalidParameterValue", text)
    vpc_id = parameter("VpcId")
    if any(group.name == name for group in backend.groups.get(vpc_id, {}).values()):
        raise AWSError(
            "InvalidGroup.Duplicate",
            f"The security group '{name}' already exists for VPC '{vpc_id}'",
        )


def _invalid(value: str, parameter: str, why: str) -> None:
    raise AWSError(
        "InvalidParameterValue", f"Value ({value}) for parameter {parameter} is invalid. {why}"
    )


def check_rules(backend: Any, parameter: Parameters) -> None:
    """Refuse security group rules with impossible ports, or with a group of an unconnected VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """
    permissions = parameter("IpPermissions") or [
        {name: parameter(name) for name in ("IpProtocol", "FromPort", "ToPort")}
    ]
    group = backend.get_security_group_from_id(parameter("GroupId") or "")
    for permission in permissions:
        _check_ports(permission)
        for pair in permission.get("UserIdGroupPairs") or []:
            other = backend.get_security_group_from_id(pair.get("GroupId") or "")
            if group and other and not _connected(backend, group.vpc_id, other.vpc_id):
                raise AWSError(
                    "InvalidGroup.NotFound",
                    "You have specified two resources that belong to different networks.",
                )


def _check_ports(permission: dict[str, Any]) -> None:
    protocol = str(permission.get("IpProtocol")).lower()
    if protocol not in ("tcp", "udp", "6", "17"):
        if permission.get("IpProtocol") and not (protocol in PROTOCOLS or protocol.isdigit()):
            raise AWSError(
                "InvalidParameterValue",
                f"Invalid value '{protocol}' for IP protocol. Unknown protocol.",
            )
        return
    low, high = permission.get("FromPort"), permission.get("ToPort")
    if low is None or high is None:
        raise AWSError(
            "InvalidParameterValue",
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
        )
    if not 0 <= int(low) <= int(high) <= 65_535:
        raise AWSError("InvalidParameterValue", f"Invalid TCP/UDP port range ({low}:{high})")


def _connected(backend: Any, one: str, two: str) -> bool:
    pairs = [
        {peering.vpc.id, peering.peer_vpc.id}
        for peering in backend.vpc_pcxs.values()
        if peering.status["Code"] == "active"
    ]
    return one == two or {one, two} in pairs
