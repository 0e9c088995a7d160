"""A VPC network as plain data: what a packet's way is decided from, and what that way looks like.

`Network` holds everything of one account and Region, indexed once.
`awslab.world.network_path.path` walks it, `awslab.world.network_dns.resolve` finds AWS services in it.
IPv4 only: the course's architectures use no IPv6.
https://docs.aws.amazon.com/vpc/latest/userguide/how-it-works.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from awslab.world._network_addresses import block, contains, number, overlap
from awslab.world._network_parts import (
    AclEntry,
    Endpoint,
    Interface,
    InternetGateway,
    NatGateway,
    NetworkAcl,
    Peering,
    PrefixList,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Vpc,
)

__all__ = [
    "INTERNET",
    "AclEntry",
    "Endpoint",
    "Hop",
    "Interface",
    "InternetGateway",
    "NatGateway",
    "Network",
    "NetworkAcl",
    "Path",
    "Peering",
    "PrefixList",
    "Route",
    "RouteTable",
    "Rule",
    "SecurityGroup",
    "Subnet",
    "Vpc",
    "block",
    "by_id",
    "contains",
    "number",
    "overlap",
]

INTERNET = "internet"


@dataclass(frozen=True)
class Hop:
    """One step of a packet's way: the component, whether it lets the packet on, and why.

    `code` is the explanation code of Reachability Analyzer for a step that stops the packet,
    `leg` is "forward" or "return", `rule` the Route, AclEntry or Rule that decided, if one did,
    `of` the interface or subnet whose component this is.
    https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
    """

    kind: str
    id: str
    ok: bool
    why: str
    code: str = ""
    leg: str = "forward"
    direction: str = ""
    rule: Route | AclEntry | Rule | None = None
    of: str = ""


@dataclass(frozen=True)
class Path:
    """A packet's way from a source to a destination and of its answer back, up to where it stops."""

    source: str
    destination: str
    port: int
    protocol: str
    hops: tuple[Hop, ...]

    @cached_property
    def reachable(self) -> bool:
        """Whether a connection can be made."""
        return all(hop.ok for hop in self.hops)

    @property
    def blocked(self) -> Hop | None:
        """The step that stops the packet, None when it arrives and its answer comes back."""
        return next((hop for hop in self.hops if not hop.ok), None)

    @property
    def why(self) -> str:
        """One sentence: why the packet stops, or that it arrives."""
        if self.blocked:
            return self.blocked.why
        return f"{self.source} reaches {self.destination} on {self.protocol} port {self.port}."

    @property
    def text(self) -> str:
        """The whole way, one line a step."""
        state = "reachable" if self.reachable else "not reachable"
        head = f"{self.source} -> {self.destination}, {self.protocol} port {self.port}: {state}"
        lines = [
            f"  {number:>2}. [{'ok' if hop.ok else 'STOP'}] "
            f"{'return: ' if hop.leg == 'return' else ''}{hop.kind} {hop.id}: {hop.why}"
            for number, hop in enumerate(self.hops, 1)
        ]
        return "\n".join([head, *lines])

    def __repr__(self) -> str:
        return self.text


def by_id(things: Iterable) -> dict:
    """Return a dictionary of things by their ids."""
    return {thing.id: thing for thing in things}


@dataclass(frozen=True, eq=False)
class Network:
    """Everything that decides a packet's way in one account and Region, each by its id.

    Rules are indexed at first use and must not change afterwards; interfaces come and go by `add` and `remove`.
    """

    region: str = "us-east-1"
    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    internet_gateways: Mapping[str, InternetGateway] = field(default_factory=dict)
    nat_gateways: Mapping[str, NatGateway] = field(default_factory=dict)
    acls: Mapping[str, NetworkAcl] = field(default_factory=dict)
    groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    peerings: Mapping[str, Peering] = field(default_factory=dict)
    prefix_lists: Mapping[str, PrefixList] = field(default_factory=dict)
    failed_zones: frozenset[str] = frozenset()  # Availability Zones in which nothing answers

    def is_down(self, subnet: str) -> bool:
        """Say whether a subnet lies in an Availability Zone that has failed."""
        return self.subnets[subnet].zone in self.failed_zones

    def vpc_of(self, interface: Interface) -> str:
        """Return the id of an interface's VPC."""
        return self.subnets[interface.subnet].vpc

    @cached_property
    def ways(self) -> dict[tuple[str, ...], Path]:
        """Ways that were walked before, for whoever asks again and again; forgotten when an interface changes."""
        return {}

    @cached_property
    def _tables(self) -> dict[str, RouteTable]:
        return {subnet: table for table in self.route_tables.values() for subnet in table.subnets}

    @cached_property
    def _main_tables(self) -> dict[str, RouteTable]:
        return {table.vpc: table for table in self.route_tables.values() if table.main}

    @cached_property
    def _acls_by_subnet(self) -> dict[str, NetworkAcl]:
        return {subnet: acl for acl in self.acls.values() for subnet in acl.subnets}

    @cached_property
    def _by_address(self) -> dict[tuple[str, str], Interface]:
        return {
            (self.vpc_of(interface), address): interface
            for interface in self.interfaces.values()
            for address in interface.addresses
        }

    @cached_property
    def _by_public_ip(self) -> dict[str, Interface]:
        return {each.public_ip: each for each in self.interfaces.values() if each.public_ip}

    @cached_property
    def _acl_entries(self) -> dict[tuple[str, bool], tuple[AclEntry, ...]]:
        return {
            (acl.id, egress): tuple(
                sorted((e for e in acl.entries if e.egress == egress), key=lambda e: e.number)
            )
            for acl in self.acls.values()
            for egress in (False, True)
        }

    @cached_property
    def _routes(self) -> dict[str, list[tuple[int, int, Route]]]:
        """Each table's routes as (network, mask, route), the longest prefix first."""
        return {
            table.id: sorted(
                (
                    (*block(cidr), route)
                    for route in table.routes
                    for cidr in self.cidrs_of(route.destination)
                ),
                # A static route is preferred to one of a prefix list with the same prefix.
                key=lambda entry: (-entry[1], entry[2].destination.startswith("pl-")),
            )
            for table in self.route_tables.values()
        }

    def entries_of(self, acl: str, egress: bool) -> tuple[AclEntry, ...]:
        """Return the entries of a network ACL for one direction, in the order of their numbers."""
        return self._acl_entries[acl, egress]

    def cidrs_of(self, peer: str) -> tuple[str, ...]:
        """Return the CIDRs that a CIDR or a prefix list's id stands for."""
        if not peer.startswith("pl-"):
            return (peer,)
        known = self.prefix_lists.get(peer)
        return known.cidrs if known else ()

    def route_to(self, table: str, address: str) -> Route | None:
        """Return the route with the longest prefix that contains an address, None without one.

        https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
        """
        wanted = number(address)
        return next((r for base, mask, r in self._routes[table] if wanted & mask == base), None)

    def gateway_of(self, vpc: str) -> InternetGateway | None:
        """Return the internet gateway attached to a VPC."""
        return self._gateways.get(vpc)

    @cached_property
    def _gateways(self) -> dict[str, InternetGateway]:
        return {each.vpc: each for each in self.internet_gateways.values() if each.vpc}

    def table_of(self, subnet: str) -> tuple[RouteTable, bool]:
        """Return the route table of a subnet, and whether it is the VPC's main one by default.

        A subnet without an explicit association uses the main route table.
        https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html
        """
        explicit = self._tables.get(subnet)
        if explicit:
            return explicit, False
        return self._main_tables[self.subnets[subnet].vpc], True

    def acl_of(self, subnet: str) -> NetworkAcl:
        """Return the network ACL of a subnet; each subnet has exactly one.

        https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
        """
        return self._acls_by_subnet[subnet]

    def add(self, interface: Interface) -> None:
        """Put one more interface into the network and its indexes, or replace the one with its id."""
        self.remove(interface.id)
        self.ways.clear()
        self.interfaces[interface.id] = interface  # type: ignore[index]
        for address in interface.addresses:
            self._by_address[self.vpc_of(interface), address] = interface
        if interface.public_ip:
            self._by_public_ip[interface.public_ip] = interface

    def remove(self, interface_id: str) -> None:
        """Take an interface out of the network and its indexes; an unknown id is not an error."""
        interface = self.interfaces.pop(interface_id, None)  # type: ignore[attr-defined]
        if interface is None:
            return
        self.ways.clear()
        for address in interface.addresses:
            self._by_address.pop((self.vpc_of(interface), address), None)
        if interface.public_ip:
            self._by_public_ip.pop(interface.public_ip, None)

    def at(self, vpc: str, address: str) -> Interface | None:
        """Return the interface with a private address in a VPC."""
        return self._by_address.get((vpc, address))

    def at_public(self, address: str) -> Interface | None:
        """Return the interface with a public address."""
        return self._by_public_ip.get(address)

    def with_address(self, address: str) -> list[Interface]:
        """Return all interfaces with a private address, one a VPC at most."""
        return [self._by_address[v, a] for v, a in self._by_address if a == address]
