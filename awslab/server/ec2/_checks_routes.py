"""Routes and route table associations that EC2 refuses."""

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from awslab.server.errors import AWSError

TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "InstanceId",
    "NetworkInterfaceId",
    "VpcPeeringConnectionId",
    "TransitGatewayId",
    "EgressOnlyInternetGatewayId",
    "CarrierGatewayId",
    "LocalGatewayId",
    "CoreNetworkArn",
    "VpcEndpointId",
)


def check_route(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse a route without a target, or to a gateway of another VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
    """
    table = backend.get_route_table(parameter("RouteTableId"))
    given = [name for name in TARGETS if parameter(name)]
    if not given:
        raise AWSError(
            "MissingParameter",
            "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, "
            "vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, localGatewayId, "
            "carrierGatewayId, vpcEndpointId, coreNetworkArn, instanceId",
        )
    gateway_id, nat_id = parameter("GatewayId"), parameter("NatGatewayId")
    if gateway_id and gateway_id.startswith("igw-"):
        _check_outside(backend, table, parameter("DestinationCidrBlock"))
        gateway = backend.get_internet_gateway(gateway_id)
        _same_network(table, gateway.vpc.id if gateway.vpc else None, "network gateway", gateway_id)
    if nat_id:
        nat = backend.nat_gateways.get(nat_id)
        if nat is None or nat.state in ("deleted", "failed"):
            text = f"The natGateway ID '{nat_id}' does not exist"
            raise AWSError("InvalidNatGatewayID.NotFound", text)
        _same_network(table, nat.vpc_id, "NAT gateway", nat_id)
    peering_id = parameter("VpcPeeringConnectionId")
    if peering_id:
        peering = backend.get_vpc_peering_connection(peering_id)
        if table.vpc_id not in (peering.vpc.id, peering.peer_vpc.id):
            _same_network(table, None, "VPC peering connection", peering_id)


def _check_outside(backend: Any, table: Any, cidr: str | None) -> None:
    """Refuse to send to the internet what is inside the VPC.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    if not cidr:
        return
    for block in backend.get_vpc(table.vpc_id).get_cidr_block_association_set():
        own = block["cidr_block"]
        if cidr == own:
            text = f"The route identified by {cidr} already exists."
            raise AWSError("RouteAlreadyExists", text)
        if IPv4Network(cidr).subnet_of(IPv4Network(own)):
            raise AWSError(
                "InvalidParameterValue",
                f"The destination CIDR block {cidr} is equal to or more specific than one of this "
                "VPC's CIDR blocks. This route can target only an interface or an instance.",
            )


def _same_network(table: Any, vpc_id: str | None, what: str, gateway_id: str) -> None:
    if vpc_id != table.vpc_id:
        raise AWSError(
            "InvalidParameterValue",
            f"route table {table.id} and {what} {gateway_id} belong to different networks",
        )


def check_association(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse a second route table for a subnet, and one of another VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html
    """
    table = backend.get_route_table(parameter("RouteTableId"))
    subnet_id = parameter("SubnetId")
    if not subnet_id:
        return
    subnet = backend.get_subnet(subnet_id)
    if subnet.vpc_id != table.vpc_id:
        raise AWSError(
            "InvalidParameterValue",
            f"Route table {table.id} and subnet {subnet_id} belong to different networks",
        )
    for other in backend.route_tables.values():
        if other.id != table.id and subnet_id in other._associations.values():
            raise AWSError(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {table.id} conflicts with an existing association",
            )
