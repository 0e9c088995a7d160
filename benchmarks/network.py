"""How fast the network's rules answer: paths a second, maps of all pairs, and how both grow.

Run `python benchmarks/network.py`; it prints its figures and ends.
"""

import time
from collections.abc import Callable

from awslab.world.network import (
    AclEntry,
    Interface,
    InternetGateway,
    NatGateway,
    Network,
    NetworkAcl,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Vpc,
    by_id,
)
from awslab.world.network_map import all_pairs, kinds
from awslab.world.network_path import path

ZONES, SERVICES, PORT, ROUNDS = "ab", 8, 3000, 2_000


def architecture(interfaces: int) -> Network:
    """Return a VPC of two zones with three tiers each, its interfaces spread over services and zones."""
    local, anywhere = Route("10.0.0.0/16", "local"), "0.0.0.0/0"
    tiers = ("public", "private", "data")
    subnets = [
        Subnet(f"subnet-{tier}-{zone}", "vpc-1", f"10.0.{64 * row + 16 * column}.0/20", zone)
        for row, tier in enumerate(tiers)
        for column, zone in enumerate(ZONES)
    ]
    tables = [RouteTable("rtb-main", "vpc-1", (local,), (), True)]
    out = Route(anywhere, "igw-1")
    public = tuple(f"subnet-public-{zone}" for zone in ZONES)
    tables.append(RouteTable("rtb-public", "vpc-1", (local, out), public))
    for zone in ZONES:
        nat = Route(anywhere, f"nat-{zone}")
        tables.append(RouteTable(f"rtb-{zone}", "vpc-1", (local, nat), (f"subnet-private-{zone}",)))
    entries = (AclEntry(100, False, True), AclEntry(100, True, True))
    groups = [
        SecurityGroup("sg-lb", "vpc-1", (Rule(anywhere, "tcp", (443, 443)),), (Rule(anywhere),))
    ]
    for number in range(SERVICES):
        rule = Rule("sg-lb", "tcp", (PORT, PORT))
        groups.append(SecurityGroup(f"sg-{number}", "vpc-1", (rule,), (Rule(anywhere),)))
    network = Network(
        vpcs=by_id([Vpc("vpc-1", ("10.0.0.0/16",), True, True)]),
        subnets=by_id(subnets),
        route_tables=by_id(tables),
        internet_gateways=by_id([InternetGateway("igw-1", "vpc-1")]),
        nat_gateways=by_id(
            NatGateway(
                f"nat-{zone}", "vpc-1", f"subnet-public-{zone}", f"54.214.0.{i + 1}", "10.0.0.4"
            )
            for i, zone in enumerate(ZONES)
        ),
        acls=by_id([NetworkAcl("acl-1", "vpc-1", entries, tuple(each.id for each in subnets))]),
        groups=by_id(groups),
    )
    for zone, base in zip(ZONES, (0, 16), strict=True):
        lb = Interface(f"eni-lb-{zone}", f"subnet-public-{zone}", (f"10.0.{base}.5",), ("sg-lb",))
        network.add(lb)
    for number in range(interfaces - len(ZONES)):
        row, column = divmod(number, len(ZONES))
        address = f"10.0.{64 + 16 * column + row // 200}.{row % 200 + 10}"
        group = (f"sg-{number % SERVICES}",)
        network.add(
            Interface(f"eni-{number}", f"subnet-private-{ZONES[column]}", (address,), group)
        )
    return network


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print paths a second and the time of a map by the number of interfaces.

    A map is an answer for every pair, looked up by kinds of interfaces, not a table of all pairs.
    """
    network = architecture(100)
    ways = {
        "load balancer to task": ("eni-lb-a", "eni-5", PORT),
        "refused by a group": ("eni-4", "eni-5", PORT),
        "task to the internet": ("eni-4", "internet", 443),
    }
    for name, ends in ways.items():
        took = seconds(lambda ends=ends: [path(network, *ends) for _ in range(ROUNDS)])
        print(f"{name:24} {ROUNDS / took:>10,.0f} paths a second")
    print(f"{'interfaces':>12} {'kinds':>6} {'all pairs, s':>13} {'pairs a second':>16}")
    for count in (100, 300, 1_000, 3_000):
        network = architecture(count)
        took = seconds(lambda network=network: all_pairs(network, PORT))
        number = len(set(kinds(network).values()))
        print(f"{count:>12,} {number:>6} {took:>13.3f} {count * count / took:>16,.0f}")


if __name__ == "__main__":
    main()
