"""Single steps of a packet's way, each a Hop that says in AWS's words why it passes or stops."""

from awslab.world._network_rules import Peer, allowing_rule, judge_acl
from awslab.world.network import (
    AclEntry,
    Hop,
    Interface,
    Network,
    Route,
    Rule,
    Subnet,
    contains,
)

PRIVATE_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


def named(thing: Subnet) -> str:
    """Return a subnet's id, with its name where it has one."""
    return f"{thing.id} ({thing.name})" if thing.name else thing.id


def interface_hop(interface: Interface, leg: str = "forward") -> Hop:
    """Return the step of a packet leaving or reaching a network interface."""
    public = f", public address {interface.public_ip}" if interface.public_ip else ""
    why = f"Private address {interface.addresses[0]}{public}, in {interface.subnet}."
    return Hop("network interface", interface.id, True, why, leg=leg)


def zone_hop(network: Network, subnet: str) -> Hop:
    """Return the step into a failed Availability Zone, which stops every packet.

    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/availability-zones.html
    """
    zone = network.subnets[subnet].zone
    why = f"The Availability Zone {zone} has failed: nothing in {subnet} answers."
    return Hop("Availability Zone", zone, False, why, "BAD_STATE", of=subnet)


def group_hop(
    network: Network, interface: Interface, egress: bool, peer: Peer, protocol: str, port: int
) -> Hop:
    """Return the step through an interface's security groups.

    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    way, side = ("outbound", "to") if egress else ("inbound", "from")
    direction = "egress" if egress else "ingress"
    member = f" ({', '.join(peer.groups)})" if peer.groups else ""
    packet = f"{protocol} port {port} {side} {peer.address}{member}"
    found = allowing_rule(network, interface.groups, egress, peer, protocol, port)
    if found:
        group, rule = found
        why = f"The {way} rule {describe(rule)} allows {packet}."
        return Hop(
            "security group", group, True, why, direction=direction, rule=rule, of=interface.id
        )
    groups = " and ".join(interface.groups)
    empty = not any(
        network.groups[group].egress if egress else network.groups[group].ingress
        for group in interface.groups
    )
    detail = "there are none" if empty else "no rule matches"
    why = f"No {way} rule of {groups} allows {packet}: {detail}, and what is not allowed is denied."
    return Hop(
        "security group",
        interface.groups[0] if interface.groups else "none",
        False,
        why,
        "SG_HAS_NO_RULES" if empty else "ENI_SG_RULES_MISMATCH",
        direction=direction,
        of=interface.id,
    )


def stateful_hop(interface: Interface) -> Hop:
    """Return the step of an answer through a security group: it needs no rule.

    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-connection-tracking.html
    """
    group = interface.groups[0] if interface.groups else "none"
    why = "Security groups are stateful: the answer to an allowed connection needs no rule."
    return Hop("security group", group, True, why, leg="return", of=interface.id)


def acl_hop(
    network: Network,
    subnet: str,
    egress: bool,
    address: str,
    protocol: str,
    ports: tuple[int, int],
    leg: str = "forward",
) -> Hop:
    """Return the step of a packet over a subnet's border, through its network ACL.

    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """
    acl = network.acl_of(subnet)
    ok, entry, what = judge_acl(network, acl.id, egress, address, protocol, ports)
    way, side = ("outbound", "to") if egress else ("inbound", "from")
    packet = f"{way} {protocol} {_ports(what)} {side} {address}"
    direction = "egress" if egress else "ingress"
    if ok:
        number = entry.number if entry else "*"
        why = f"Rule {number} allows {packet}."
        return Hop("network ACL", acl.id, True, why, "", leg, direction, entry, subnet)
    if entry is None or entry.number == 32_767:
        why = f"No rule allows {packet}, so rule * denies it."
    else:
        why = f"Rule {entry.number} denies {packet}."
    if leg == "return":
        why += " Network ACLs are stateless: the answer to the client's ephemeral port needs its own rule."
    code = "SUBNET_ACL_RESTRICTION"
    return Hop("network ACL", acl.id, False, why, code, leg, direction, entry, subnet)


def route_hop(network: Network, subnet: str, address: str, leg: str = "forward") -> Hop:
    """Return the step through a subnet's route table: the longest prefix that contains the address.

    https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    table, by_default = network.table_of(subnet)
    place = (
        f"{subnet} uses the VPC's main route table" if by_default else f"Associated with {subnet}"
    )
    route = network.route_to(table.id, address)
    if route is None:
        why = f"{place}; it has no route to {address}."
        return Hop("route table", table.id, False, why, "NO_ROUTE_TO_DESTINATION", leg, of=subnet)
    text = f"{route.destination} -> {route.target}"
    if not route.active:
        why = f"{place}; the route {text} is a blackhole: its target is gone or not available."
        return Hop("route table", table.id, False, why, "BAD_STATE_ROUTE", leg, "", route, subnet)
    why = f"{place}; the route {text} is the most specific one for {address}."
    return Hop("route table", table.id, True, why, "", leg, "", route, subnet)


def gateway_out_hop(network: Network, interface: Interface, route: Route, address: str) -> Hop:
    """Return the step out of the VPC through an internet gateway.

    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    """
    gateway = network.internet_gateways.get(route.target)
    vpc = network.vpc_of(interface)
    if gateway is None or gateway.vpc != vpc:
        why = f"The internet gateway is not attached to {vpc}."
        return Hop("internet gateway", route.target, False, why, "BAD_STATE_ATTACHMENT")
    if any(contains(cidr, address) for cidr in PRIVATE_RANGES):
        why = f"An internet gateway takes no packet to the private address {address}."
        code = "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"
        return Hop("internet gateway", gateway.id, False, why, code)
    if not interface.public_ip:
        why = (
            f"{interface.id} has no public IP address, and an internet gateway serves only "
            "interfaces that have one."
        )
        code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
        return Hop("internet gateway", gateway.id, False, why, code)
    why = f"The source becomes the public address {interface.public_ip}."
    return Hop("internet gateway", gateway.id, True, why)


def gateway_in_hop(network: Network, interface: Interface) -> Hop:
    """Return the step into the VPC through its internet gateway.

    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    """
    vpc = network.vpc_of(interface)
    gateway = network.gateway_of(vpc)
    if gateway is None:
        why = f"{vpc} has no internet gateway attached, so nothing comes in from the internet."
        return Hop("internet gateway", "none", False, why, "NO_PATH", direction="ingress")
    if interface.kind == "nat_gateway":
        why = "A NAT gateway takes no connection from the internet; it serves outbound ones only."
        return Hop("NAT gateway", interface.id, False, why, "NO_POSSIBLE_DESTINATION")
    if not interface.public_ip:
        why = f"{interface.id} has no public IP address, so the internet cannot address it."
        code = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
        return Hop("internet gateway", gateway.id, False, why, code, direction="ingress")
    why = f"The public address {interface.public_ip} becomes {interface.addresses[0]}."
    return Hop("internet gateway", gateway.id, True, why, direction="ingress")


def describe(rule: Rule | AclEntry) -> str:
    """Write a rule as protocol, ports and peer."""
    peer = rule.peer if isinstance(rule, Rule) else rule.cidr
    if rule.protocol == "-1":
        return f"(all traffic, {peer})"
    return f"({rule.protocol} {_ports(rule.ports)}, {peer})"


def _ports(ports: tuple[int, int] | None) -> str:
    if ports is None:
        return "all ports"
    return f"port {ports[0]}" if ports[0] == ports[1] else f"ports {ports[0]}-{ports[1]}"
