"""What a security group and a network ACL decide on one packet."""

from dataclasses import dataclass

from awslab.world.network import AclEntry, Interface, Network, Rule, contains

# https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
LINUX_PORTS = (32_768, 61_000)
ANY_CLIENT_PORTS = (1_024, 65_535)

WITH_PORTS = ("tcp", "udp")


@dataclass(frozen=True)
class Peer:
    """The other end as a rule sees it: its address, and its groups where references to them count."""

    address: str
    groups: tuple[str, ...] = ()


def client_ports(interface: Interface | None) -> tuple[int, int]:
    """Return the ephemeral ports that a client may use: None is somebody on the internet.

    Load balancers and NAT gateways use 1024-65535, many Linux kernels 32768-61000.
    https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
    """
    if interface is None or interface.kind == "nat_gateway":
        return ANY_CLIENT_PORTS
    return ANY_CLIENT_PORTS if interface.description.startswith("ELB ") else LINUX_PORTS


def allowing_rule(
    network: Network, groups: tuple[str, ...], egress: bool, peer: Peer, protocol: str, port: int
) -> tuple[str, Rule] | None:
    """Return the group and the rule that allow a packet, None when no rule of any group does.

    The rules of all groups of an interface count together, and there are only allow rules.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    """
    for group_id in groups:
        group = network.groups[group_id]
        for rule in group.egress if egress else group.ingress:
            if rule_matches(network, rule, peer, protocol, port):
                return group_id, rule
    return None


def rule_matches(network: Network, rule: Rule, peer: Peer, protocol: str, port: int) -> bool:
    """Say whether a security group rule covers a packet.

    A rule that references a group covers the private addresses of the interfaces in that group.
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    if not covers(rule.protocol, rule.ports, protocol, port):
        return False
    if rule.peer.startswith("sg-"):
        return rule.peer in peer.groups
    return any(contains(cidr, peer.address) for cidr in network.cidrs_of(rule.peer))


def covers(rule: str, ports: tuple[int, int] | None, protocol: str, port: int) -> bool:
    """Say whether protocol and ports of a rule cover a packet; "-1" covers everything."""
    if rule == "-1":
        return True
    if rule != protocol:
        return False
    return ports is None or protocol not in WITH_PORTS or ports[0] <= port <= ports[1]


def judge_acl(
    network: Network,
    acl: str,
    egress: bool,
    address: str,
    protocol: str,
    ports: tuple[int, int],
) -> tuple[bool, AclEntry | None, tuple[int, int]]:
    """Return whether a network ACL admits all of a range of ports, which entry decided, for which ports.

    Entries are tried from the lowest number; the first that matches decides, for the ports it matches.
    The entry is None where none matched: the rule `*` denies the rest.
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """
    open_ports = [ports]  # those that no entry has decided yet
    for entry in network.entries_of(acl, egress):
        if entry.protocol not in ("-1", protocol) or not contains(entry.cidr, address):
            continue
        ranged = entry.ports is not None and protocol in WITH_PORTS and entry.protocol != "-1"
        low, high = entry.ports if ranged and entry.ports else (0, 65_535)
        hit = [(max(a, low), min(b, high)) for a, b in open_ports if a <= high and b >= low]
        if hit and not entry.allow:
            return False, entry, hit[0]
        open_ports = [
            part
            for a, b in open_ports
            for part in ((a, min(b, low - 1)), (max(a, high + 1), b))
            if part[0] <= part[1]
        ]
        if not open_ports:
            return True, entry, ports
    return False, None, open_ports[0]
