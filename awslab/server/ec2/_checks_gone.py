"""What EC2 does not let go of: things that others still use."""

from collections.abc import Callable
from typing import Any

from awslab.server.ec2 import interfaces
from awslab.server.errors import AWSError


def _in_use(what: str, thing_id: str) -> AWSError:
    text = f"The {what} '{thing_id}' has dependencies and cannot be deleted."
    return AWSError("DependencyViolation", text)


def check_interface_gone(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse to delete a network interface that something uses."""
    eni = backend.enis.get(parameter("NetworkInterfaceId"))
    if eni is not None and (eni.status == interfaces.IN_USE or eni.instance):
        raise AWSError(
            "InvalidParameterValue", f"Network interface '{eni.id}' is currently in use."
        )


def check_subnet_gone(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse to delete a subnet with network interfaces.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html
    """
    subnet_id = parameter("SubnetId")
    if any(eni.subnet.id == subnet_id for eni in backend.enis.values()):
        raise _in_use("subnet", subnet_id)


def check_group_gone(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse to delete the default group, one that an interface has, and one that another group references.

    https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html
    """
    group_id = parameter("GroupId")
    group = backend.get_security_group_from_id(group_id) if group_id else None
    if group is None:
        return
    if group.is_default or group.name == "default":
        text = f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
        raise AWSError("CannotDelete", text)
    attached = any(group in eni.group_set for eni in backend.enis.values())
    others = [
        each
        for groups in backend.groups.values()
        for each in groups.values()
        if each.id != group_id
    ]
    referenced = any(
        rule.source_group.get("GroupId") == group_id
        for each in others
        for rule in (*each.ingress_rules, *each.egress_rules)
    )
    if attached or referenced:
        text = f"resource {group_id} has a dependent object"
        raise AWSError("DependencyViolation", text)


def check_release(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse to release an Elastic IP address that is associated.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html
    """
    wanted = parameter("AllocationId")
    for address in backend.addresses:
        if wanted and address.allocation_id == wanted and address.association_id:
            raise AWSError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


def check_detachment(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse to detach an internet gateway from a VPC with public addresses in use.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
    """
    vpc_id = parameter("VpcId")
    if any(eni.public_ip and eni.vpc_id == vpc_id for eni in backend.enis.values()):
        raise AWSError(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
            "address(es) before detaching the gateway.",
        )


def check_vpc_gone(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse to delete a VPC with an internet gateway, or with groups and network ACLs of your own.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    vpc_id = parameter("VpcId")
    attached = any(
        each.vpc and each.vpc.id == vpc_id for each in backend.internet_gateways.values()
    )
    groups = any(group.name != "default" for group in backend.groups.get(vpc_id, {}).values())
    acls = any(a.vpc_id == vpc_id and not a.default for a in backend.network_acls.values())
    if attached or groups or acls:
        raise _in_use("vpc", vpc_id)


def check_table_gone(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse to delete the main route table.

    https://docs.aws.amazon.com/vpc/latest/userguide/delete-route-table.html
    """
    table = backend.get_route_table(parameter("RouteTableId"))
    if table.main_association_id:
        raise _in_use("routeTable", table.id)


def check_route_gone(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse to delete a local route.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    table = backend.get_route_table(parameter("RouteTableId"))
    cidr = parameter("DestinationCidrBlock")
    if any(route.local and route.destination_cidr_block == cidr for route in table.routes):
        text = f"cannot remove local route {cidr} in route table {table.id}"
        raise AWSError("InvalidParameterValue", text)
