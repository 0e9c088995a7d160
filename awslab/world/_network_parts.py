"""What a VPC network is made of, each thing with what decides a packet's way and nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vpc:
    """One VPC; `cidrs` are its IPv4 blocks, the primary one first."""

    id: str
    cidrs: tuple[str, ...]
    dns_support: bool = True
    dns_hostnames: bool = False
    name: str = ""


@dataclass(frozen=True)
class Subnet:
    """One subnet, in one Availability Zone."""

    id: str
    vpc: str
    cidr: str
    zone: str
    name: str = ""


@dataclass(frozen=True)
class Route:
    """One route; `destination` is a CIDR or a prefix list's id, `target` an id or "local"."""

    destination: str
    target: str
    active: bool = True


@dataclass(frozen=True)
class RouteTable:
    """One route table and the subnets that are explicitly associated with it."""

    id: str
    vpc: str
    routes: tuple[Route, ...]
    subnets: tuple[str, ...] = ()
    main: bool = False


@dataclass(frozen=True)
class InternetGateway:
    """One internet gateway; `vpc` is None while it is detached."""

    id: str
    vpc: str | None = None


@dataclass(frozen=True)
class NatGateway:
    """One zonal NAT gateway; `public_ip` is None when it has no Elastic IP address."""

    id: str
    vpc: str
    subnet: str
    public_ip: str | None = None
    private_ip: str = ""
    state: str = "available"


@dataclass(frozen=True)
class AclEntry:
    """One entry of a network ACL; protocol "-1" is all, ports are None for all."""

    number: int
    egress: bool
    allow: bool
    cidr: str = "0.0.0.0/0"
    protocol: str = "-1"
    ports: tuple[int, int] | None = None


@dataclass(frozen=True)
class NetworkAcl:
    """One network ACL and the subnets associated with it."""

    id: str
    vpc: str
    entries: tuple[AclEntry, ...]
    subnets: tuple[str, ...] = ()
    default: bool = False


@dataclass(frozen=True)
class Rule:
    """One security group rule; `peer` is a CIDR, a security group's id or a prefix list's id."""

    peer: str
    protocol: str = "-1"
    ports: tuple[int, int] | None = None


@dataclass(frozen=True)
class SecurityGroup:
    """One security group."""

    id: str
    vpc: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Interface:
    """One network interface with all its private addresses, the primary one first.

    `kind` says what it belongs to: interface, nat_gateway, vpc_endpoint.
    """

    id: str
    subnet: str
    addresses: tuple[str, ...]
    groups: tuple[str, ...] = ()
    public_ip: str | None = None
    kind: str = "interface"
    description: str = ""


@dataclass(frozen=True)
class Endpoint:
    """One VPC endpoint; `service` is the full name, such as com.amazonaws.us-east-1.ecr.api."""

    id: str
    vpc: str
    service: str
    gateway: bool
    interfaces: tuple[str, ...] = ()
    private_dns: bool = False
    state: str = "available"
    prefix_list: str = ""


@dataclass(frozen=True)
class Peering:
    """One VPC peering connection between two VPCs."""

    id: str
    requester: str
    accepter: str
    active: bool = True

    def other(self, vpc: str) -> str:
        """Return the VPC on the other side of `vpc`."""
        return self.accepter if vpc == self.requester else self.requester


@dataclass(frozen=True)
class PrefixList:
    """One prefix list: a name for a set of CIDRs."""

    id: str
    cidrs: tuple[str, ...]
    name: str = ""
