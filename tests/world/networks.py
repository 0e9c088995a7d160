"""A small VPC to change: three tiers, a NAT gateway, and a peered VPC."""

from dataclasses import replace

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

ANYWHERE = "0.0.0.0/0"
OPEN = (AclEntry(100, False, True), AclEntry(100, True, True))
ALL_OUT = (Rule(ANYWHERE),)
LOCAL = Route("10.0.0.0/16", "local")


def tcp(peer, low, high=None):
    """Make a security group rule for TCP."""
    return Rule(peer, "tcp", (low, high or low))


VPCS = [Vpc("vpc-1", ("10.0.0.0/16",), True, True), Vpc("vpc-2", ("10.1.0.0/16",))]
SUBNETS = [
    Subnet("subnet-public", "vpc-1", "10.0.0.0/24", "us-east-1a"),
    Subnet("subnet-private", "vpc-1", "10.0.1.0/24", "us-east-1a"),
    Subnet("subnet-data", "vpc-1", "10.0.2.0/24", "us-east-1a"),
    Subnet("subnet-peer", "vpc-2", "10.1.0.0/24", "us-east-1a"),
]
ROUTE_TABLES = [
    RouteTable("rtb-main", "vpc-1", (LOCAL,), (), True),
    RouteTable("rtb-public", "vpc-1", (LOCAL, Route(ANYWHERE, "igw-1")), ("subnet-public",)),
    RouteTable(
        "rtb-private",
        "vpc-1",
        (LOCAL, Route(ANYWHERE, "nat-1"), Route("10.1.0.0/16", "pcx-1")),
        ("subnet-private",),
    ),
    RouteTable(
        "rtb-peer",
        "vpc-2",
        (Route("10.1.0.0/16", "local"), Route("10.0.0.0/16", "pcx-1")),
        (),
        True,
    ),
]
INTERNET_GATEWAYS = [InternetGateway("igw-1", "vpc-1")]
NAT_GATEWAYS = [NatGateway("nat-1", "vpc-1", "subnet-public", "54.214.0.9", "10.0.0.9")]
ACLS = [
    NetworkAcl("acl-public", "vpc-1", OPEN, ("subnet-public",)),
    NetworkAcl("acl-private", "vpc-1", OPEN, ("subnet-private",)),
    NetworkAcl("acl-data", "vpc-1", OPEN, ("subnet-data",)),
    NetworkAcl("acl-peer", "vpc-2", OPEN, ("subnet-peer",)),
]
GROUPS = [
    SecurityGroup("sg-lb", "vpc-1", (tcp(ANYWHERE, 443),), ALL_OUT),
    SecurityGroup("sg-app", "vpc-1", (tcp("sg-lb", 3000),), ALL_OUT),
    SecurityGroup("sg-db", "vpc-1", (tcp("sg-app", 5432),), ALL_OUT),
    SecurityGroup("sg-peer", "vpc-2", (tcp("sg-app", 8080),), ALL_OUT),
    SecurityGroup("sg-endpoint", "vpc-1", (tcp("10.0.1.0/24", 443),), ALL_OUT),
    SecurityGroup("sg-nothing", "vpc-1"),
]
INTERFACES = [
    Interface("eni-lb", "subnet-public", ("10.0.0.5",), ("sg-lb",), "54.214.0.5"),
    Interface("eni-app", "subnet-private", ("10.0.1.5",), ("sg-app",)),
    Interface("eni-app2", "subnet-private", ("10.0.1.6",), ("sg-app",)),
    Interface("eni-db", "subnet-data", ("10.0.2.5",), ("sg-db",)),
    Interface("eni-nat", "subnet-public", ("10.0.0.9",), (), "54.214.0.9", "nat_gateway"),
    Interface("eni-peer", "subnet-peer", ("10.1.0.5",), ("sg-peer",)),
    Interface(
        "eni-endpoint",
        "subnet-private",
        ("10.0.1.9",),
        ("sg-endpoint",),
        None,
        "vpc_endpoint",
    ),
]
ENDPOINTS = [
    Endpoint(
        "vpce-ecr",
        "vpc-1",
        "com.amazonaws.us-east-1.ecr.api",
        False,
        ("eni-endpoint",),
        True,
    )
]
PEERINGS = [Peering("pcx-1", "vpc-1", "vpc-2")]
PREFIX_LISTS = [PrefixList("pl-s3", ("52.216.0.0/15",), "com.amazonaws.us-east-1.s3")]


def shop():
    """Make the network: lb in the public subnet, app in the private, db in the isolated one."""
    return Network(
        vpcs=by_id(VPCS),
        subnets=by_id(SUBNETS),
        route_tables=by_id(ROUTE_TABLES),
        internet_gateways=by_id(INTERNET_GATEWAYS),
        nat_gateways=by_id(NAT_GATEWAYS),
        acls=by_id(ACLS),
        groups=by_id(GROUPS),
        interfaces=by_id(INTERFACES),
        endpoints=by_id(ENDPOINTS),
        peerings=by_id(PEERINGS),
        prefix_lists=by_id(PREFIX_LISTS),
    )


def changed(network, kind, thing_id, **fields):
    """Return the network with one thing changed: `changed(net, "acls", "acl-public", entries=())`."""
    things = dict(getattr(network, kind))
    things[thing_id] = replace(things[thing_id], **fields)
    return replace(network, **{kind: things})


def added(network, kind, *things):
    """Return the network with more things."""
    return replace(network, **{kind: {**getattr(network, kind), **by_id(things)}})


def without(network, kind, thing_id):
    """Return the network without one thing."""
    things = {key: thing for key, thing in getattr(network, kind).items() if key != thing_id}
    return replace(network, **{kind: things})
