"""Who reaches whom on one port, for all pairs of interfaces at once.

Interfaces that no rule tells apart have the same answers: only one of each kind is walked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from awslab.world._network_addresses import contains
from awslab.world.network import Interface, Network
from awslab.world.network_path import until_stopped, walk_to

__all__ = ["Reach", "all_pairs", "kinds"]


@dataclass(frozen=True)
class Reach:
    """The answer for all pairs: each interface's kind, and which kinds reach which."""

    kind_of: Mapping[str, int]
    reachable: Mapping[tuple[int, int], bool]

    def __call__(self, source: str, destination: str) -> bool:
        """Say whether one interface reaches the other; itself it always reaches."""
        if source == destination:
            return True
        return self.reachable[self.kind_of[source], self.kind_of[destination]]


def kinds(network: Network) -> dict[str, int]:
    """Return a number for each interface; equal numbers mean that every rule treats them alike.

    What rules can see: subnet, groups, what the interface is, and which of all CIDRs in any rule hold its address.
    """
    cidrs = sorted(_cidrs(network))
    by_address: dict[str, tuple[bool, ...]] = {}
    numbers: dict[tuple, int] = {}
    answer = {}
    for interface in network.interfaces.values():
        address = interface.addresses[0]
        if address not in by_address:
            by_address[address] = tuple(contains(cidr, address) for cidr in cidrs)
        elb = interface.description.startswith("ELB ")  # another range of ephemeral ports
        key = (interface.subnet, interface.groups, interface.kind, elb, by_address[address])
        answer[interface.id] = numbers.setdefault(key, len(numbers))
    return answer


def _cidrs(network: Network) -> set[str]:
    peers = {
        rule.peer
        for group in network.groups.values()
        for rule in (*group.ingress, *group.egress)
        if not rule.peer.startswith("sg-")
    }
    peers |= {route.destination for t in network.route_tables.values() for route in t.routes}
    cidrs = {cidr for peer in peers for cidr in network.cidrs_of(peer)}
    return cidrs | {entry.cidr for acl in network.acls.values() for entry in acl.entries}


def all_pairs(network: Network, port: int, protocol: str = "tcp") -> Reach:
    """Return who reaches whom by private address on one port.

    The work grows with the square of the number of kinds, not of interfaces.
    """
    kind_of = kinds(network)
    examples: dict[int, list[Interface]] = {}
    for interface in network.interfaces.values():
        examples.setdefault(kind_of[interface.id], []).append(interface)
    reachable = {}
    for one, sources in examples.items():
        for two, targets in examples.items():
            # Two of the same kind: an interface must not be asked about itself.
            target = targets[-1]
            if sources[0] is target:
                reachable[one, two] = True
                continue
            hops = until_stopped(
                walk_to(network, sources[0], target, target.addresses[0], protocol, port)
            )
            reachable[one, two] = all(hop.ok for hop in hops)
    return Reach(kind_of, reachable)
