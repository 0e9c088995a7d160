"""What EC2 refuses and moto accepts, checked before each request.

A check is a function of moto's backend and the request's parameters, named in CHECKS by the operation.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from moto.core.responses import BaseResponse

from awslab.server.ec2 import interfaces
from awslab.server.ec2._checks_endpoints import check_endpoint
from awslab.server.ec2._checks_form import check_form
from awslab.server.ec2._checks_gone import (
    check_detachment,
    check_group_gone,
    check_interface_gone,
    check_release,
    check_route_gone,
    check_subnet_gone,
    check_table_gone,
    check_vpc_gone,
)
from awslab.server.ec2._checks_groups import check_new_group, check_rules
from awslab.server.ec2._checks_routes import check_association, check_route
from awslab.server.errors import AWSError

Parameters = Callable[..., Any]


def check(response: BaseResponse, operation: str) -> None:
    """Raise EC2's error for a request that EC2 refuses; a dry run ends here, as it does there."""
    parameter = response._get_param
    check_form(response, operation)
    function = CHECKS.get(operation)
    if function:
        function(response.ec2_backend, parameter)  # type: ignore[attr-defined]
    if str(parameter("DryRun")).lower() == "true":
        raise AWSError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")


def check_subnet(backend: Any, parameter: Parameters) -> None:
    """Refuse a subnet smaller than /28 or larger than /16, and a zone of another Region.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    cidr, zone = parameter("CidrBlock"), parameter("AvailabilityZone")
    prefix = str(cidr or "").rpartition("/")[2]
    if prefix.isdigit() and not 16 <= int(prefix) <= 28:
        raise AWSError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
    zones = [each.name for each in backend.describe_availability_zones()]
    if zone and zone not in zones:
        raise AWSError(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only "
            f"be created in the following availability zones: {', '.join(zones)}.",
        )


def check_interface(backend: Any, parameter: Parameters) -> None:
    """Refuse an address outside the subnet or in use, and an interface in a full subnet.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html
    """
    subnet = backend.get_subnet(parameter("SubnetId"))
    check_groups(backend, parameter)
    listed = [each.get("PrivateIpAddress") for each in parameter("PrivateIpAddresses", [])]
    wanted = [each for each in [parameter("PrivateIpAddress"), *listed] if each]
    for address in dict.fromkeys(wanted):
        if IPv4Address(address) not in IPv4Network(subnet.cidr_block):
            raise AWSError(
                "InvalidParameterValue",
                f"Address {address} does not fall within the subnet's address range",
            )
        if not interfaces.usable(subnet, address):
            raise AWSError(
                "InvalidParameterValue", f"Address {address} is in subnet's reserved address range"
            )
        if address in interfaces.taken(backend, subnet.id):
            raise AWSError("InvalidIPAddress.InUse", f"Address {address} is in use.")
    if not wanted:
        interfaces.free_address(backend, subnet)


def check_groups(backend: Any, parameter: Parameters) -> None:
    """Refuse groups that do not exist; moto would make them up.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html
    """
    for group in parameter("Groups") or []:
        if backend.get_security_group_from_id(group) is None:
            text = f"The security group '{group}' does not exist"
            raise AWSError("InvalidGroup.NotFound", text)


def check_address(backend: Any, parameter: Parameters) -> None:
    """Refuse to associate an Elastic IP address in a VPC without an internet gateway.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html
    """
    eni = backend.enis.get(parameter("NetworkInterfaceId"))
    attached = [each.vpc.id for each in backend.internet_gateways.values() if each.vpc]
    if eni is not None and eni.vpc_id not in attached:
        text = f"Network {eni.vpc_id} is not attached to any internet gateway"
        raise AWSError("Gateway.NotAttached", text)


def check_acls(backend: Any, parameter: Parameters) -> None:
    """Refuse network ACLs that do not exist, by their own error code."""
    for acl in parameter("NetworkAclIds") or []:
        backend.get_network_acl(acl)


def check_attachment(backend: Any, parameter: Parameters) -> None:
    """Refuse a second internet gateway on a VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html
    """
    vpc_id = parameter("VpcId")
    if any(each.vpc and each.vpc.id == vpc_id for each in backend.internet_gateways.values()):
        text = f"Network {vpc_id} already has an internet gateway attached"
        raise AWSError("InvalidParameterValue", text)


def check_nat(backend: Any, parameter: Parameters) -> None:
    """Refuse a public NAT gateway without an Elastic IP address; the lab has zonal ones only.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html
    """
    if (parameter("AvailabilityMode") or "zonal") != "zonal":
        raise AWSError("UnsupportedOperation", "The lab simulates zonal NAT gateways only.")
    if not parameter("SubnetId"):
        raise AWSError(
            "MissingParameter",
            "The request must include the SubnetId parameter. Add the required parameter and retry the request.",
        )
    backend.get_subnet(parameter("SubnetId"))
    private = parameter("ConnectivityType") == "private"
    if not private and not parameter("AllocationId"):
        raise AWSError(
            "MissingParameter",
            "The request must include the AllocationId parameter. Add the required parameter and "
            "retry the request.",
        )


def check_nats(backend: Any, parameter: Parameters) -> None:
    """Refuse NAT gateways that do not exist; moto leaves them out.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html
    """
    for wanted in parameter("NatGatewayIds") or []:
        if wanted not in backend.nat_gateways:
            raise AWSError("NatGatewayNotFound", f"NAT gateway {wanted} was not found")


def check_vpc_attribute(backend: Any, parameter: Parameters) -> None:
    """Refuse to change two attributes in one request; moto changes the first.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
    """
    names = ("EnableDnsHostnames", "EnableDnsSupport", "EnableNetworkAddressUsageMetrics")
    given = [name[0].lower() + name[1:] for name in names if parameter(name) is not None]
    if len(given) > 1:
        raise AWSError(
            "InvalidParameterCombination",
            f"Fields for multiple attribute types specified: {', '.join(given)}",
        )


def check_entry(backend: Any, parameter: Parameters) -> None:
    """Refuse a network ACL entry whose number is not one of yours, 1-32766, or that is not there.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    """
    number, egress = int(parameter("RuleNumber")), str(parameter("Egress")).lower() == "true"
    if not 1 <= number <= 32_766:
        raise AWSError(
            "InvalidParameterValue",
            f"Value ({number}) for parameter ruleNumber is invalid. The rule number must be between 1 and 32766.",
        )
    action = parameter("RuleAction")
    if action not in (None, "allow", "deny"):
        text = f"Value ({action}) for parameter ruleAction is invalid. Unknown rule action."
        raise AWSError("InvalidParameterValue", text)
    acl = backend.get_network_acl(parameter("NetworkAclId"))
    existing = [each for each in acl.network_acl_entries if int(each.rule_number) == number]
    if action is None and not any(
        (str(each.egress).lower() == "true") == egress for each in existing
    ):
        raise AWSError(
            "InvalidNetworkAclEntry.NotFound",
            f"Could not find {'egress' if egress else 'ingress'} network acl entry with rule number {number}",
        )


def check_acl_association(backend: Any, parameter: Parameters) -> None:
    """Refuse to replace an association of a network ACL that does not exist."""
    wanted = parameter("AssociationId")
    if not any(wanted in acl._associations for acl in backend.network_acls.values()):
        text = f"The association ID '{wanted}' does not exist"
        raise AWSError("InvalidAssociationID.NotFound", text)


CHECKS: dict[str, Callable[[Any, Parameters], None]] = {
    "AssociateAddress": check_address,
    "AssociateRouteTable": check_association,
    "AttachInternetGateway": check_attachment,
    "AuthorizeSecurityGroupEgress": check_rules,
    "AuthorizeSecurityGroupIngress": check_rules,
    "CreateNatGateway": check_nat,
    "CreateNetworkAclEntry": check_entry,
    "CreateNetworkInterface": check_interface,
    "CreateRoute": check_route,
    "CreateSecurityGroup": check_new_group,
    "CreateSubnet": check_subnet,
    "CreateVpcEndpoint": check_endpoint,
    "DeleteNetworkAclEntry": check_entry,
    "DeleteNetworkInterface": check_interface_gone,
    "DeleteRoute": check_route_gone,
    "DeleteRouteTable": check_table_gone,
    "DeleteSecurityGroup": check_group_gone,
    "DeleteSubnet": check_subnet_gone,
    "DeleteVpc": check_vpc_gone,
    "DescribeNatGateways": check_nats,
    "DescribeNetworkAcls": check_acls,
    "DetachInternetGateway": check_detachment,
    "ModifyNetworkInterfaceAttribute": check_groups,
    "ModifyVpcAttribute": check_vpc_attribute,
    "ReleaseAddress": check_release,
    "ReplaceNetworkAclAssociation": check_acl_association,
    "ReplaceRoute": check_route,
}
