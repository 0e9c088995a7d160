"""What VPC Flow Logs record of one connection, at every network interface on its way.

A flow is one direction of a connection at one interface: ACCEPT when security groups and network ACL let it pass
there, REJECT when one of them does not. What is lost elsewhere - no route, no gateway - leaves no REJECT anywhere.
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from awslab.world._network_rules import ANY_CLIENT_PORTS, client_ports
from awslab.world.network import Hop, Interface, Network, Path
from awslab.world.network_path import INTERNET_ADDRESS

# https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
DEFAULT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} "
    "${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
_VERSIONS = {
    2: "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
    "start end action log-status",
    3: "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr",
    4: "region az-id sublocation-type sublocation-id",
    5: "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path",
    7: "ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id "
    "ecs-container-id ecs-second-container-id ecs-service-name ecs-task-definition-arn "
    "ecs-task-arn ecs-task-id",
    8: "reject-reason",
}
FIELDS = {field: version for version, names in _VERSIONS.items() for field in names.split()}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1}
_FIELD = re.compile(r"\$\{([a-z-]+)\}")
# One small HTTP exchange: packets and bytes there and back; a connection that is rejected is three attempts.
THERE, BACK, ATTEMPTS = (6, 560), (5, 840), (3, 180)
SYN, SYN_ACK, ALL_FLAGS = 2, 18, 19


class BadFormat(ValueError):
    """A log format with a field that flow logs do not have."""


@dataclass(frozen=True)
class Flow:
    """One direction of one connection at one network interface."""

    interface: str
    source: str
    destination: str
    source_port: int
    destination_port: int
    protocol: str
    accepted: bool
    egress: bool
    answer: bool = False
    packet_source: str = ""
    packet_destination: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Packets and bytes of one connection."""
        if not self.accepted:
            return ATTEMPTS
        return BACK if self.answer else THERE


@dataclass(frozen=True)
class _Point:
    """A place where a flow is seen: the interface, its subnet, and what the packet looks like there."""

    interface: Interface
    egress: bool
    answer: bool
    ends: tuple[str, str]  # addresses from the client's to the server's
    through: tuple[str, str] = ("", "")  # the same of the packet itself, at a NAT gateway


def flows(network: Network, path: Path, address: str, number: int) -> Iterator[Flow]:
    """Yield the flows of one connection, in the order in which its packets meet them.

    `address` is what the client connects to, `number` counts connections: it makes the client's port.
    """
    client = network.interfaces.get(path.source)
    low, high = client_ports(client) if client else ANY_CLIENT_PORTS
    port = low + number % (high - low + 1)
    for point in _points(network, path, client, address):
        direction = "egress" if point.egress else "ingress"
        leg = "return" if point.answer else "forward"
        met = [hop for hop in path.hops if _is_at(hop, point.interface, direction, leg)]
        if not met and not path.reachable:
            return
        accepted = all(hop.ok for hop in met)
        here, there = point.ends[::-1] if point.answer else point.ends
        packet = point.through[::-1] if point.answer else point.through
        yield Flow(
            point.interface.id,
            here,
            there,
            path.port if point.answer else port,
            port if point.answer else path.port,
            path.protocol,
            accepted,
            point.egress,
            point.answer,
            packet[0] or here,
            packet[1] or there,
        )
        if not accepted:
            return


def _is_at(hop: Hop, interface: Interface, direction: str, leg: str) -> bool:
    if hop.leg != leg or hop.direction not in ("", direction):
        return False
    if hop.kind == "security group":
        return hop.of == interface.id
    return hop.kind == "network ACL" and hop.of == interface.subnet


def _points(
    network: Network, path: Path, client: Interface | None, address: str
) -> Iterator[_Point]:
    """Yield where the packet is seen on its way there, and its answer on the way back."""
    here = client.addresses[0] if client else INTERNET_ADDRESS
    nat = _nat(network, path)
    server = _server(network, client, path, address)
    there = server.addresses[0] if server else address
    outside = any(hop.kind == "internet" for hop in path.hops)
    seen = here  # the client's address as the server sees it
    if client and outside:
        seen = (nat.public_ip if nat else client.public_ip) or here
    inner = address if outside or not server else there
    if client:
        yield _Point(client, True, False, (here, inner))
    if nat:
        own = nat.addresses[0]
        yield _Point(nat, False, False, (here, own), (here, inner))
        yield _Point(nat, True, False, (own, inner))
    if server:
        yield _Point(server, False, False, (seen, there))
        yield _Point(server, True, True, (seen, there))
    if nat:
        yield _Point(nat, False, True, (nat.addresses[0], inner))
        yield _Point(nat, True, True, (here, nat.addresses[0]), (here, inner))
    if client:
        yield _Point(client, False, True, (here, inner))


def _nat(network: Network, path: Path) -> Interface | None:
    passed = next((h.id for h in path.hops if h.kind == "NAT gateway" and h.ok), None)
    gateway = network.nat_gateways.get(passed or "")
    return network.at(gateway.vpc, gateway.private_ip) if gateway else None


def _server(
    network: Network, client: Interface | None, path: Path, address: str
) -> Interface | None:
    """Return the interface that the client connects to, None when it is not in a VPC of the Region."""
    found = network.interfaces.get(path.destination) or network.at_public(address)
    if found is None and client:
        vpc = network.vpc_of(client)
        peers = [each.other(vpc) for each in network.peerings.values() if each.active]
        places = [vpc, *peers]
        found = next((at for each in places if (at := network.at(each, address))), None)
    return found if found is not client else None


# --- records ---------------------------------------------------------------------------------------


def fields(form: str) -> list[str]:
    """Return the fields of a log format.

    Raises BadFormat.
    """
    found = _FIELD.findall(form)
    unknown = [name for name in found if name not in FIELDS]
    if unknown or not found or _FIELD.sub("", form).strip():
        raise BadFormat(f"unknown fields: {', '.join(unknown) or form}")
    return found


def covers(kind: str, flow: Flow) -> bool:
    """Tell whether a flow log for ACCEPT, REJECT or ALL traffic records a flow."""
    return kind == "ALL" or kind == ("ACCEPT" if flow.accepted else "REJECT")


def record(names: list[str], flow: Flow, total: tuple[int, int], about: Mapping[str, Any]) -> str:
    """Return one record: the fields of a format, a hyphen for what is not known.

    `total` are packets and bytes, `about` what is known of the interface: its account, VPC, start, end and so on.
    """
    packets, size = total
    flags = SYN if not flow.accepted or not flow.answer else SYN_ACK
    known = {
        "version": max(FIELDS[name] for name in names) if names != fields(DEFAULT) else 2,
        "interface-id": flow.interface,
        "srcaddr": flow.source,
        "dstaddr": flow.destination,
        "srcport": flow.source_port,
        "dstport": flow.destination_port,
        "protocol": PROTOCOLS.get(flow.protocol, 6),
        "packets": packets,
        "bytes": size,
        "action": "ACCEPT" if flow.accepted else "REJECT",
        "log-status": "OK",
        "tcp-flags": flags | 1 if flow.accepted else flags,
        "type": "IPv4",
        "pkt-srcaddr": flow.packet_source,
        "pkt-dstaddr": flow.packet_destination,
        "flow-direction": "egress" if flow.egress else "ingress",
        **about,
    }
    return " ".join(str(known.get(name) or "-") for name in names)


def window_end(moment: datetime, seconds: int) -> datetime:
    """Return the end of the aggregation interval that a moment lies in."""
    return datetime.fromtimestamp((int(moment.timestamp()) // seconds + 1) * seconds, UTC)


def file_key(folder: str, account: str, region: str, log: str, end: datetime, unique: str) -> str:
    """Return the key of a file of records in S3.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
    """
    begin = f"{folder.strip('/')}/" if folder.strip("/") else ""
    start = end - timedelta(minutes=5)
    return (
        f"{begin}AWSLogs/{account}/vpcflowlogs/{region}/{start:%Y/%m/%d}/"
        f"{account}_vpcflowlogs_{region}_{log}_{start:%Y%m%dT%H%MZ}_{unique}.log.gz"
    )
