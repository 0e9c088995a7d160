"""The way of a packet, and of its answer, through a VPC network.

`path` lists every component on the way, up to the one that stops it.
https://docs.aws.amazon.com/vpc/latest/reachability/what-is-reachability-analyzer.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from awslab.world._network_hops import (
    acl_hop,
    gateway_in_hop,
    gateway_out_hop,
    group_hop,
    interface_hop,
    named,
    route_hop,
    stateful_hop,
    zone_hop,
)
from awslab.world._network_rules import ANY_CLIENT_PORTS, Peer, client_ports
from awslab.world.network import (
    INTERNET,
    Hop,
    Interface,
    NatGateway,
    Network,
    Path,
    Route,
    Subnet,
    contains,
    number,
)

__all__ = ["INTERNET_ADDRESS", "UnknownPlace", "classify", "path", "walk", "walk_to"]

# Who "the internet" is: an address of TEST-NET-3, which rules for 0.0.0.0/0 cover and others do not.
INTERNET_ADDRESS = "203.0.113.10"


class UnknownPlace(LookupError):
    """A source or destination that is neither an interface nor an address; the message names the cure."""


def path(network: Network, source: str, destination: str, port: int, protocol: str = "tcp") -> Path:
    """Return the way from a source to a destination and back.

    Each of the two is a network interface's id, an IPv4 address or "internet".
    An interface's id means its private address for another interface, its public one for the internet.
    Raises UnknownPlace for anything else, ValueError for a port outside 0-65535.
    """
    if not 0 <= port <= 65_535:
        raise ValueError(f"port {port} does not exist; give one from 0 to 65535")
    start = locate(network, source)
    vpc = network.vpc_of(start) if isinstance(start, Interface) else None
    end = locate(network, destination, vpc)
    if isinstance(start, Interface) and isinstance(end, Interface):
        address = destination if destination == end.public_ip else _private(end, destination)
        hops = walk_to(network, start, end, address, protocol, port)
    elif isinstance(start, Interface):
        hops = walk(network, start, str(end), protocol, port)
    elif isinstance(end, Interface) and destination in end.addresses:
        why = f"{destination} is a private address; the internet has no route to it."
        code = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
        hops = iter([Hop("internet", str(start), False, why, code)])
    elif isinstance(end, Interface):
        hops = _from_internet(network, start, end, protocol, port)
    else:
        why = f"Neither {source} nor {destination} is in a VPC of this account and Region."
        hops = iter([Hop("network interface", source, False, why, "NO_SOURCE_OR_DESTINATION")])
    return Path(source, destination, port, protocol, until_stopped(hops))


def until_stopped(hops: Iterable[Hop]) -> tuple[Hop, ...]:
    """Return the hops up to and with the first that stops the packet."""
    way = []
    for hop in hops:
        way.append(hop)
        if not hop.ok:
            break
    return tuple(way)


def locate(network: Network, place: str, vpc: str | None = None) -> Interface | str:
    """Return the interface at a place, or the address itself where no interface has it.

    An address that several VPCs use is looked for in `vpc` first.
    Raises UnknownPlace for an id or a text that means nothing here.
    """
    if place == INTERNET:
        return INTERNET_ADDRESS
    if place in network.interfaces:
        return network.interfaces[place]
    try:
        number(place)
    except ValueError:
        raise UnknownPlace(
            f"{place!r} is neither a network interface of this Region nor an IPv4 address; "
            "list the interfaces with `aws ec2 describe-network-interfaces`."
        ) from None
    near = network.at(vpc, place) if vpc else None
    found = near or next(iter(network.with_address(place)), None) or network.at_public(place)
    return found or place


def _private(interface: Interface, asked: str) -> str:
    return asked if asked in interface.addresses else interface.addresses[0]


def walk(
    network: Network, source: Interface, address: str, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the steps from an interface to an address, and those of the answer."""
    vpc = network.vpc_of(source)
    target = network.at(vpc, address) or _peer_interface(network, source, address)
    groups = target.groups if target else ()
    if network.is_down(source.subnet):
        yield zone_hop(network, source.subnet)
    yield interface_hop(source)
    yield group_hop(network, source, True, Peer(address, groups), protocol, port)
    if target and target.subnet == source.subnet:
        yield from _arrive(network, source, target, protocol, port)
        yield replace(
            interface_hop(target), why="The same subnet: no route and no network ACL applies."
        )
        yield stateful_hop(target)
        return
    yield acl_hop(network, source.subnet, True, address, protocol, (port, port))
    hop = route_hop(network, source.subnet, address)
    yield hop
    if isinstance(hop.rule, Route):
        yield from _follow(network, source, hop.rule, address, protocol, port)


def walk_to(
    network: Network, source: Interface, target: Interface, address: str, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the steps to one of an interface's addresses, which may be another's on the way there."""
    for hop in walk(network, source, address, protocol, port):
        if hop.kind == "network interface" and hop.ok and hop.id not in (source.id, target.id):
            why = (
                f"{address} leads to {hop.id} from here, which has the same address as {target.id}."
            )
            hop = replace(hop, ok=False, why=why, code="DISCONNECTED_VPCS")
        yield hop


def _follow(
    network: Network, source: Interface, route: Route, address: str, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the steps behind a route, by what it points at."""
    target, vpc = route.target, network.vpc_of(source)
    if target == "local":
        interface = network.at(vpc, address)
        if interface is None:
            why = f"No network interface in {vpc} has the address {address}."
            yield Hop("network interface", address, False, why, "NO_POSSIBLE_DESTINATION")
            return
        yield from _across(network, source, interface, protocol, port)
    elif target.startswith("igw-"):
        yield gateway_out_hop(network, source, route, address)
        yield from _internet(network, source.public_ip or "", address, protocol, port)
        yield from _answer(network, source, address, protocol)
    elif target.startswith("nat-"):
        yield from _through_nat(network, source, target, address, protocol, port)
    elif target.startswith("pcx-"):
        yield from _over_peering(network, source, target, address, protocol, port)
    elif target.startswith("vpce-"):
        yield _endpoint_hop(network, target)
        yield from _answer(network, source, address, protocol)
    else:
        why = f"The lab does not follow packets through {target}."
        yield Hop("route target", target, False, why, "UNSUPPORTED_COMPONENT")


def _arrive(
    network: Network, source: Interface, target: Interface, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the steps at the destination itself: its security groups, and whether it takes connections."""
    if network.is_down(target.subnet):
        yield zone_hop(network, target.subnet)
    if target.kind == "nat_gateway":
        why = "A NAT gateway takes no connections; it forwards what a route sends through it."
        yield Hop("NAT gateway", target.id, False, why, "NO_POSSIBLE_DESTINATION")
        return
    peer = Peer(source.addresses[0], source.groups)
    yield group_hop(network, target, False, peer, protocol, port)


def _across(
    network: Network,
    source: Interface,
    target: Interface,
    protocol: str,
    port: int,
    peering: str | None = None,
) -> Iterator[Hop]:
    """Yield the steps into another subnet, of this VPC or a peered one, and back."""
    here, there = source.addresses[0], target.addresses[0]
    yield acl_hop(network, target.subnet, False, here, protocol, (port, port))
    yield from _arrive(network, source, target, protocol, port)
    yield interface_hop(target)
    yield stateful_hop(target)
    ports = client_ports(source)
    yield acl_hop(network, target.subnet, True, here, protocol, ports, "return")
    hop = route_hop(network, target.subnet, here, "return")
    if peering and hop.ok and isinstance(hop.rule, Route) and hop.rule.target != peering:
        why = f"The answer to {here} is routed to {hop.rule.target}, not back through {peering}."
        hop = replace(hop, ok=False, why=why, code="NO_ROUTE_TO_DESTINATION")
    yield hop
    yield acl_hop(network, source.subnet, False, there, protocol, ports, "return")
    yield stateful_hop(source)


def _answer(network: Network, source: Interface, address: str, protocol: str) -> Iterator[Hop]:
    """Yield the steps of an answer that comes from outside the VPC back into the source's subnet."""
    ports = client_ports(source)
    yield acl_hop(network, source.subnet, False, address, protocol, ports, "return")
    yield stateful_hop(source)


def _internet(
    network: Network, sender: str, address: str, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the internet, and where the address is an interface's public one, the way in to it."""
    target = network.at_public(address)
    if target is None:
        yield Hop("internet", address, True, f"On the internet, as {sender}.")
        return
    yield from _from_internet(network, sender, target, protocol, port)


def _from_internet(
    network: Network, sender: str, target: Interface, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the steps from the internet to an interface with a public address, and back."""
    yield Hop("internet", sender, True, f"A client on the internet with the address {sender}.")
    yield gateway_in_hop(network, target)
    if network.is_down(target.subnet):
        yield zone_hop(network, target.subnet)
    yield acl_hop(network, target.subnet, False, sender, protocol, (port, port))
    yield group_hop(network, target, False, Peer(sender), protocol, port)
    yield interface_hop(target)
    yield stateful_hop(target)
    yield acl_hop(network, target.subnet, True, sender, protocol, ANY_CLIENT_PORTS, "return")
    hop = route_hop(network, target.subnet, sender, "return")
    gateway = network.gateway_of(network.vpc_of(target))
    if hop.ok and isinstance(hop.rule, Route) and gateway and hop.rule.target != gateway.id:
        why = (
            f"The answer to {sender} is routed to {hop.rule.target}, not to the internet gateway "
            f"{gateway.id}: {target.subnet} is not a public subnet."
        )
        hop = replace(hop, ok=False, why=why, code="NO_ROUTE_TO_DESTINATION")
    yield hop


def _through_nat(
    network: Network, source: Interface, nat_id: str, address: str, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the steps through a NAT gateway and the internet gateway behind it.

    A NAT gateway for the internet is public, has an Elastic IP address and stands in a public subnet;
    it has no security group, its subnet's network ACL applies.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    """
    nat = network.nat_gateways.get(nat_id)
    if nat is None or nat.state != "available" or nat.vpc != network.vpc_of(source):
        state = "does not exist here" if nat is None else f"is {nat.state}"
        yield Hop("NAT gateway", nat_id, False, f"The NAT gateway {state}.", "BAD_STATE")
        return
    if network.is_down(nat.subnet):
        yield zone_hop(network, nat.subnet)
    here, outside = source.addresses[0], nat.subnet != source.subnet
    if outside:
        yield acl_hop(network, nat.subnet, False, here, protocol, (port, port))
    if not nat.public_ip:
        why = "It has no Elastic IP address: a private NAT gateway has no way to the internet."
        yield Hop("NAT gateway", nat_id, False, why, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS")
        return
    yield Hop("NAT gateway", nat_id, True, f"The source becomes {nat.public_ip}.")
    yield from _beyond_nat(network, nat, address, protocol, port)
    if outside:
        ports = client_ports(source)
        yield acl_hop(network, nat.subnet, True, here, protocol, ports, "return")
        yield acl_hop(network, source.subnet, False, address, protocol, ports, "return")
    yield stateful_hop(source)


def _beyond_nat(
    network: Network, nat: NatGateway, address: str, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the steps from a NAT gateway on, which is routed like any host in its subnet."""
    own = Interface(nat.id, nat.subnet, (nat.private_ip,), (), nat.public_ip, "nat_gateway")
    yield acl_hop(network, nat.subnet, True, address, protocol, (port, port))
    hop = route_hop(network, nat.subnet, address)
    route = hop.rule
    if hop.ok and isinstance(route, Route) and not route.target.startswith(("igw-", "vpce-")):
        why = (
            f"{nat.subnet}, where the NAT gateway stands, sends {route.destination} to "
            f"{route.target}: a NAT gateway needs a public subnet, with a route to an internet gateway."
        )
        hop = replace(hop, ok=False, why=why, code="NO_ROUTE_TO_DESTINATION")
    yield hop
    if not isinstance(route, Route):
        return
    if route.target.startswith("vpce-"):
        yield _endpoint_hop(network, route.target)
    else:
        yield gateway_out_hop(network, own, route, address)
        yield from _internet(network, nat.public_ip or "", address, protocol, port)
    yield acl_hop(network, nat.subnet, False, address, protocol, ANY_CLIENT_PORTS, "return")


def _over_peering(
    network: Network, source: Interface, peering_id: str, address: str, protocol: str, port: int
) -> Iterator[Hop]:
    """Yield the steps over a VPC peering connection: never further than the VPC on its other side.

    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
    """
    peering = network.peerings.get(peering_id)
    if peering is None or not peering.active:
        why = "The VPC peering connection is not active; the other side has to accept it."
        yield Hop("VPC peering connection", peering_id, False, why, "BAD_STATE")
        return
    other = network.vpcs.get(peering.other(network.vpc_of(source)))
    if other is None:
        why = "It leads to another Region or account, where the lab does not follow packets."
        yield Hop("VPC peering connection", peering_id, False, why, "UNSUPPORTED_COMPONENT")
        return
    if not any(contains(cidr, address) for cidr in other.cidrs):
        why = f"{address} is not in {other.id} ({other.cidrs[0]}): peering is not transitive."
        code = "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"
        yield Hop("VPC peering connection", peering_id, False, why, code)
        return
    yield Hop("VPC peering connection", peering_id, True, f"Leads into {other.id}.")
    target = network.at(other.id, address)
    if target is None:
        why = f"No network interface in {other.id} has the address {address}."
        yield Hop("network interface", address, False, why, "NO_POSSIBLE_DESTINATION")
        return
    yield from _across(network, source, target, protocol, port, peering_id)


def _peer_interface(network: Network, source: Interface, address: str) -> Interface | None:
    """Return the interface that a peering route of the source's subnet leads to, for its groups."""
    table, _ = network.table_of(source.subnet)
    route = network.route_to(table.id, address)
    if route is None or route.target not in network.peerings:
        return None
    return network.at(network.peerings[route.target].other(network.vpc_of(source)), address)


def _endpoint_hop(network: Network, endpoint_id: str) -> Hop:
    """Return the step through a gateway endpoint, which needs no public address.

    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    endpoint = network.endpoints.get(endpoint_id)
    if endpoint is None or endpoint.state != "available":
        return Hop(
            "VPC endpoint", endpoint_id, False, "The endpoint is not available.", "BAD_STATE"
        )
    return Hop("VPC endpoint", endpoint_id, True, f"A gateway endpoint for {endpoint.service}.")


def classify(network: Network, subnet: Subnet) -> tuple[str, str]:
    """Return "public", "private" or "isolated" for a subnet, and why in one sentence.

    Public: a route to an internet gateway. Private: no such route, but one out through a NAT gateway.
    Isolated: neither. Name and public-address setting of the subnet do not matter.
    https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html#subnet-types
    """
    table, by_default = network.table_of(subnet.id)
    place = f"{table.id}{', the main route table' if by_default else ''}"
    active = [route for route in table.routes if route.active]
    for kind, prefix, what in (("public", "igw-", "an internet"), ("private", "nat-", "a NAT")):
        for route in active:
            if not route.target.startswith(prefix):
                continue
            gateway = network.internet_gateways.get(route.target)
            if kind == "private" or (gateway and gateway.vpc == subnet.vpc):
                why = f"{place}, sends {route.destination} to {what} gateway, {route.target}."
                return kind, f"{named(subnet)} is {kind}: {why}"
    return "isolated", (
        f"{named(subnet)} is isolated: {place}, has no route to an internet gateway or a NAT gateway."
    )
