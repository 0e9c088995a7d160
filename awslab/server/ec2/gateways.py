"""Gateways, endpoints and peering connections that are what they say, and routes that know it.

Each function replaces a method of moto's `EC2Backend`; `install` puts them in place and keeps the originals.
"""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends, elastic_ip_addresses
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.route_tables import Route
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.utils import create_dns_entries, random_public_ip, tag_filter_matches

from awslab.server.ec2 import interfaces
from awslab.server.errors import AWSError
from awslab.world.network import overlap

REPLACED = (
    "create_default_vpc",
    "create_nat_gateway",
    "create_network_acl",
    "create_subnet",
    "create_vpc",
    "create_vpc_endpoint",
    "create_vpc_peering_connection",
    "delete_nat_gateway",
    "delete_subnet",
    "delete_vpc_endpoints",
    "describe_nat_gateways",
    "modify_vpc_endpoint",
)
_original: dict[str, Callable[..., Any]] = {}


def install(backend_class: Any) -> None:
    """Replace moto's methods, and let a route's state follow its target."""
    for name in REPLACED:
        _original[name] = getattr(backend_class, name)
        setattr(backend_class, name, globals()[name])
    Route.state = property(route_state)  # type: ignore[method-assign,assignment]
    # moto gives Elastic IP addresses from 127.0.0.0/8, which nothing on the internet reaches.
    elastic_ip_addresses.random_ip = random_public_ip
    # moto makes a Region's default VPC when it loads EC2, which is just before this.
    for regions in ec2_backends.values():
        for backend in regions.values():
            _open_default_vpc(backend, backend.default_vpc)
            _let_members_in(backend, backend.default_vpc)


def route_state(route: Any) -> str:
    """Return "active", or "blackhole" for a route whose target is gone, detached or not available.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
    """
    backend = route.route_table.ec2_backend
    if route.gateway is not None and route.gateway.id.startswith("igw-"):
        alive = route.gateway.vpc is not None and route.gateway.id in backend.internet_gateways
    elif route.nat_gateway is not None:
        alive = route.nat_gateway.state in ("available", "pending")
    elif route.vpc_pcx is not None:
        alive = route.vpc_pcx.status["Code"] == "active"
    elif route.interface is not None:
        alive = route.interface.id in backend.enis
    else:
        alive = True
    return "active" if alive else "blackhole"


def create_vpc(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Create a VPC, whose default security group lets its own members in.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    vpc = _original["create_vpc"](self, *args, **kwargs)
    _let_members_in(self, vpc)
    return vpc


def _let_members_in(backend: Any, vpc: Any) -> None:
    group = backend.get_security_group_from_name("default", vpc_id=vpc.id).id
    backend.authorize_security_group_ingress(
        group, "-1", None, None, [], source_groups=[{"GroupId": group}], vpc_id=vpc.id
    )


def create_default_vpc(self: Any) -> Any:
    """Create the default VPC, whose subnets are public: its internet gateway comes with it.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
    """
    vpc = _original["create_default_vpc"](self)
    _open_default_vpc(self, vpc)
    return vpc


def _open_default_vpc(backend: Any, vpc: Any) -> None:
    gateway = backend.create_internet_gateway()
    backend.attach_internet_gateway(gateway.id, vpc.id)
    main = next(each for each in backend.route_tables.values() if each.vpc_id == vpc.id)
    backend.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)


def create_nat_gateway(
    self: Any,
    subnet_id: str,
    allocation_id: str,
    tags: dict[str, str] | None = None,
    connectivity_type: str = "public",
) -> NatGateway:
    """Create a NAT gateway; in a VPC without an internet gateway a public one fails, as AWS's does.

    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    """
    nat = _original["create_nat_gateway"](self, subnet_id, allocation_id, tags, connectivity_type)
    nat.connectivity_type = connectivity_type or "public"
    nat._eni.interface_type, nat._eni._group_set = "nat_gateway", []
    nat._eni.description = f"Interface for NAT Gateway {nat.id}"
    nat._eni.status = interfaces.IN_USE
    nat.private_ip = nat._eni.private_ip_address
    attached = [each for each in self.internet_gateways.values() if each.vpc]
    if connectivity_type != "private" and nat.vpc_id not in [each.vpc.id for each in attached]:
        nat.failure_code = "Gateway.NotAttached"
        nat.failure_message = f"Network {nat.vpc_id} has no Internet gateway attached"
        _release(self, nat, "failed")
    return nat


def describe_nat_gateways(
    self: Any, filters: dict[str, list[str]] | None, nat_gateway_ids: list[str] | None
) -> list[NatGateway]:
    """Return NAT gateways; moto does not look at filters by tag.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html
    """
    found = _original["describe_nat_gateways"](self, filters, nat_gateway_ids)
    tags = {name: values for name, values in (filters or {}).items() if name.startswith("tag")}
    return [
        nat
        for nat in found
        if all(tag_filter_matches(nat, name, values) for name, values in tags.items())
    ]


def delete_nat_gateway(self: Any, nat_gateway_id: str) -> NatGateway:
    """Delete a NAT gateway: its routes become blackholes, its Elastic IP address stays, free.

    Raises NatGatewayNotFound.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html
    """
    nat = self.nat_gateways.get(nat_gateway_id)
    if nat is None or nat.state == "deleted":
        raise AWSError("NatGatewayNotFound", f"NatGateway {nat_gateway_id} was not found")
    _release(self, nat, "deleted")
    return nat


def _release(backend: Any, nat: Any, state: str) -> None:
    nat.state = state
    for address in [each for each in backend.addresses if each.eni is nat._eni]:
        backend.disassociate_address(address=address.public_ip)
    backend.enis.pop(nat._eni.id, None)
    interfaces.forget()


def create_network_acl(
    self: Any, vpc_id: str, tags: list[dict[str, str]] | None = None, default: bool = False
) -> Any:
    """Create a network ACL; one of your own denies everything until it has other entries.

    https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html
    """
    acl = _original["create_network_acl"](self, vpc_id, tags, default)
    for egress in () if default else (True, False):
        self.create_network_acl_entry(
            acl.id, 32_767, "-1", "deny", egress, "0.0.0.0/0", None, None, None, None, None
        )
    return acl


def create_subnet(
    self: Any,
    vpc_id: str,
    cidr_block: str,
    ipv6_cidr_block: str | None = None,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    **kwargs: Any,
) -> Any:
    """Create a subnet in a zone given by name or id; only the default VPC has default subnets."""
    zones = self.describe_availability_zones()
    named = {zone.zone_id: zone.name for zone in zones}
    zone = availability_zone or named.get(availability_zone_id) or zones[0].name
    made = _original["create_subnet"](self, vpc_id, cidr_block, ipv6_cidr_block, zone, **kwargs)
    if not self.vpcs[vpc_id].is_default:
        made.default_for_az = made.map_public_ip_on_launch = False
    return made


def delete_subnet(self: Any, subnet_id: str) -> Any:
    """Delete a subnet and its associations with a route table and a network ACL.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
    """
    for table in self.route_tables.values():
        for key in [k for k, subnet in table._associations.items() if subnet == subnet_id]:
            del table._associations[key]
    for acl in self.network_acls.values():
        for key in [k for k, each in acl._associations.items() if each.subnet_id == subnet_id]:
            del acl._associations[key]
    return _original["delete_subnet"](self, subnet_id)


def create_vpc_peering_connection(
    self: Any, vpc: Any, peer_vpc: Any, tags: dict[str, str] | None = None
) -> Any:
    """Request a peering connection; between overlapping VPCs it fails.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
    """
    peering = _original["create_vpc_peering_connection"](self, vpc, peer_vpc, tags)
    if any(overlap(one, two) for one in _cidrs(vpc) for two in _cidrs(peer_vpc)):
        peering._status.code = "failed"
        peering._status.message = (
            "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
        )
    return peering


def _cidrs(vpc: Any) -> list[str]:
    return [each["cidr_block"] for each in vpc.get_cidr_block_association_set()]


def create_vpc_endpoint(
    self: Any,
    vpc_id: str,
    service_name: str,
    endpoint_type: str | None,
    policy_document: str | None,
    route_table_ids: list[str] | None,
    subnet_ids: list[str] | None = None,
    *args: Any,
    security_group_ids: list[str] | None = None,
    private_dns_enabled: Any = None,
    **kwargs: Any,
) -> VPCEndPoint:
    """Create a VPC endpoint; an interface endpoint's network interfaces carry its security groups.

    Without groups they have the VPC's default one, and private DNS names are on unless turned off.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    """
    interface = (endpoint_type or "Gateway").lower() == "interface"
    if interface and not security_group_ids:
        security_group_ids = [self.get_default_security_group(vpc_id).id]
    endpoint = _original["create_vpc_endpoint"](
        self,
        vpc_id,
        service_name,
        "Interface" if interface else endpoint_type or "Gateway",
        policy_document,
        route_table_ids or [],
        [] if interface else subnet_ids,
        *args,
        security_group_ids=security_group_ids,
        private_dns_enabled=interface and str(private_dns_enabled).lower() != "false",
        **kwargs,
    )
    if interface:
        endpoint.subnet_ids = []
        for subnet_id in subnet_ids or []:
            _add_subnet(self, endpoint, subnet_id)
    return endpoint


def _add_subnet(backend: Any, endpoint: Any, subnet_id: str) -> None:
    eni = backend.create_network_interface(
        backend.get_subnet(subnet_id),
        None,
        group_ids=endpoint.security_group_ids,
        description=f"VPC Endpoint Interface {endpoint.id}",
    )
    eni.interface_type, eni.status, eni.requester_managed = "vpc_endpoint", interfaces.IN_USE, True
    endpoint.network_interface_ids.append(eni.id)
    endpoint.subnet_ids.append(subnet_id)
    if not endpoint.dns_entries:
        endpoint.dns_entries = [create_dns_entries(endpoint.service_name, endpoint.id)]


def modify_vpc_endpoint(
    self: Any,
    vpc_id: str,
    policy_doc: str | None,
    add_subnets: list[str] | None,
    remove_subnets: list[str] | None,
    remove_route_tables: list[str] | None,
    add_route_tables: list[str] | None,
    add_security_groups: list[str] | None,
    remove_security_groups: list[str] | None,
) -> None:
    """Change a VPC endpoint together with its network interfaces and routes.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
    """
    endpoint = self.describe_vpc_endpoints(vpc_end_point_ids=[vpc_id])[0]
    new_tables = [t for t in add_route_tables or [] if t not in endpoint.route_table_ids]
    old_tables = [t for t in remove_route_tables or [] if t in endpoint.route_table_ids]
    endpoint.modify(
        policy_doc, [], [], new_tables, old_tables, add_security_groups, remove_security_groups
    )
    prefix_list = endpoint.destination_prefix_list_id
    for table in new_tables:
        self.create_route(
            table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list
        )
    for table in old_tables:
        self.delete_route(table, prefix_list)
    for eni in [self.enis[i] for i in endpoint.network_interface_ids if i in self.enis]:
        if eni.subnet.id in (remove_subnets or []):
            self.enis.pop(eni.id)
            endpoint.network_interface_ids.remove(eni.id)
            endpoint.subnet_ids.remove(eni.subnet.id)
        else:
            eni._group_set = [
                self.get_security_group_from_id(group) for group in endpoint.security_group_ids
            ]
    for subnet_id in add_subnets or []:
        _add_subnet(self, endpoint, subnet_id)
    interfaces.forget()


def delete_vpc_endpoints(self: Any, vpce_ids: list[str] | None = None) -> None:
    """Delete VPC endpoints, and with them their network interfaces or routes.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
    """
    known = [each for each in vpce_ids or [] if each in self.vpc_end_points]
    _original["delete_vpc_endpoints"](self, known)
    for endpoint_id in known:
        del self.vpc_end_points[endpoint_id]
    interfaces.forget()
