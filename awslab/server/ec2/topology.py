"""moto's EC2 state as a `world.network.Network`, kept until EC2 changes."""

from typing import Any

from moto.ec2.models import ec2_backends

from awslab.server import faults
from awslab.world.network import (
    AclEntry,
    Endpoint,
    Interface,
    InternetGateway,
    NatGateway,
    Network,
    NetworkAcl,
    Peering,
    PrefixList,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Vpc,
    by_id,
)

PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "all": "-1"}

# With the backend it was built from: after a reset or a restore another one stands in its place.
_networks: dict[tuple[str, str], tuple[Any, Network]] = {}


def network(account: str, region: str) -> Network:
    """Return the network of an account and Region as it is now; the same object until EC2 changes."""
    found = known(account, region)
    if found is None:
        backend = ec2_backends[account][region]
        found = build(backend)
        _networks[account, region] = backend, found
    return found


def known(account: str, region: str) -> Network | None:
    """Return the network if it is built, to add an interface to it or take one away."""
    backend, found = _networks.get((account, region), (None, None))
    return found if backend is ec2_backends[account][region] else None


def forget() -> None:
    """Build every network anew when it is next asked for: something in EC2 has changed."""
    _networks.clear()


def build(backend: Any) -> Network:
    """Return the network that moto's backend of one account and Region describes."""
    return Network(
        region=backend.region_name,
        vpcs=by_id(_vpc(vpc) for vpc in backend.vpcs.values()),
        subnets=by_id(_subnet(subnet) for subnet in _subnets(backend)),
        route_tables=by_id(_table(table) for table in backend.route_tables.values()),
        internet_gateways=by_id(
            InternetGateway(gateway.id, gateway.vpc.id if gateway.vpc else None)
            for gateway in backend.internet_gateways.values()
        ),
        nat_gateways=by_id(_nat(nat) for nat in backend.nat_gateways.values()),
        acls=by_id(_acl(acl) for acl in backend.network_acls.values()),
        groups=by_id(_group(g) for groups in backend.groups.values() for g in groups.values()),
        interfaces=by_id(interface(e) for e in backend.enis.values() if e.subnet.cidr_block),
        endpoints=by_id(_endpoint(each) for each in backend.vpc_end_points.values()),
        peerings=by_id(_peering(each) for each in backend.vpc_pcxs.values()),
        prefix_lists=by_id(_prefix_list(each) for each in backend.managed_prefix_lists.values()),
        failed_zones=frozenset(faults.on(backend).zones),
    )


def name_of(thing: Any) -> str:
    """Return the Name tag of one of moto's resources, "" without one."""
    return thing.ec2_backend.tags.get(thing.id, {}).get("Name", "")


def _vpc(vpc: Any) -> Vpc:
    cidrs = tuple(
        each["cidr_block"]
        for each in vpc.get_cidr_block_association_set()
        if each["cidr_block_state"]["state"] == "associated"
    )
    return Vpc(
        vpc.id, cidrs, _flag(vpc.enable_dns_support), _flag(vpc.enable_dns_hostnames), name_of(vpc)
    )


def _flag(value: Any) -> bool:
    return str(value).lower() == "true"


def _subnets(backend: Any) -> list[Any]:
    # Subnets for IPv6 only are left out, and so are their interfaces.
    every = [subnet for zone in backend.subnets.values() for subnet in zone.values()]
    return [subnet for subnet in every if subnet.cidr_block]


def _subnet(subnet: Any) -> Subnet:
    zone, name = subnet.availability_zone, name_of(subnet)
    return Subnet(subnet.id, subnet.vpc_id, subnet.cidr_block, zone, name)


def _table(table: Any) -> RouteTable:
    return RouteTable(
        id=table.id,
        vpc=table.vpc_id,
        routes=tuple(_route(r) for r in table.routes if not r.destination_ipv6_cidr_block),
        subnets=tuple(table._associations.values()),
        main=table.main_association_id is not None,
    )


def _route(route: Any) -> Route:
    targets = (
        route.gateway_id,
        route.nat_gateway_id,
        route.vpc_peering_connection_id,
        route.transit_gateway_id,
        route.network_interface_id,
        route.instance_id,
        route.carrier_gateway_id,
    )
    destination = route.destination_cidr_block or route.destination_prefix_list_id
    target = next((target for target in targets if target), "unknown")
    return Route(destination, target, route.state == "active")


def _nat(nat: Any) -> NatGateway:
    address = nat.address_set[0] if nat.address_set else {}
    public = address.get("publicIp") if nat.connectivity_type != "private" else None
    # AWS goes on to call one that lost its hardware "available"; packets are dropped all the same.
    state = "failing" if getattr(nat, "lab_failed", False) else nat.state
    return NatGateway(
        nat.id, nat.vpc_id, nat.subnet_id, public, address.get("privateIp", ""), state
    )


def _acl(acl: Any) -> NetworkAcl:
    return NetworkAcl(
        id=acl.id,
        vpc=acl.vpc_id,
        # The entry 32767 is AWS's rule `*`; what no entry matches is denied all the same.
        entries=tuple(_entry(e) for e in acl.network_acl_entries if e.cidr_block),
        subnets=tuple(each.subnet_id for each in acl.associations),
        default=acl.default,
    )


def _entry(entry: Any) -> AclEntry:
    protocol = str(entry.protocol).lower()
    low, high = entry.port_range_from, entry.port_range_to
    ports = None if low in (None, "") else (int(low), int(high))
    return AclEntry(
        number=int(entry.rule_number),
        egress=_flag(entry.egress),
        allow=entry.rule_action == "allow",
        cidr=entry.cidr_block,
        protocol=PROTOCOLS.get(protocol, protocol),
        ports=ports,
    )


def _group(group: Any) -> SecurityGroup:
    return SecurityGroup(
        id=group.id,
        vpc=group.vpc_id,
        ingress=tuple(rule for each in group.ingress_rules for rule in _rules(each)),
        egress=tuple(rule for each in group.egress_rules for rule in _rules(each)),
        name=group.name,
    )


def _rules(rule: Any) -> list[Rule]:
    peers = (rule.ip_range.get("CidrIp"), rule.source_group.get("GroupId"), rule.prefix_list_id)
    protocol = PROTOCOLS.get(rule.ip_protocol, rule.ip_protocol)
    ports = None if rule.from_port in (None, -1) else (rule.from_port, rule.to_port)
    return [Rule(peer, protocol, ports) for peer in peers if peer]


def interface(eni: Any) -> Interface:
    """Return one of moto's network interfaces as plain data."""
    primary = eni.private_ip_address
    others = [each["PrivateIpAddress"] for each in eni.private_ip_addresses]
    addresses = (primary, *(each for each in others if each != primary))
    groups = tuple(sorted(group.id for group in eni.group_set))
    kind = getattr(eni, "interface_type", "interface")
    return Interface(eni.id, eni.subnet.id, addresses, groups, eni.public_ip, kind, eni.description)


def _endpoint(endpoint: Any) -> Endpoint:
    return Endpoint(
        id=endpoint.id,
        vpc=endpoint.vpc_id,
        service=endpoint.service_name,
        gateway=(endpoint.vpc_endpoint_type or "Gateway").lower() == "gateway",
        interfaces=tuple(endpoint.network_interface_ids),
        private_dns=_flag(endpoint.private_dns_enabled),
        state=endpoint.state,
        prefix_list=endpoint.destination_prefix_list_id or "",
    )


def _peering(peering: Any) -> Peering:
    active = peering.status["Code"] == "active"
    return Peering(peering.id, peering.vpc.id, peering.peer_vpc.id, active)


def _prefix_list(prefix_list: Any) -> PrefixList:
    latest = list(prefix_list.entries.values())[-1] if prefix_list.entries else []
    cidrs = tuple(each["Cidr"] for each in latest if "." in each["Cidr"])
    return PrefixList(prefix_list.id, cidrs, prefix_list.prefix_list_name or "")
