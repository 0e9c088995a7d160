"""Packets in a network of which an Availability Zone, or a NAT gateway, has failed."""

from dataclasses import replace

import pytest

from awslab.world.network import Endpoint, Interface, Subnet
from awslab.world.network_dns import resolve
from awslab.world.network_path import path
from tests.world.networks import added, changed, shop

LOST = frozenset({"us-east-1b"})


def in_b(network, kind, subnet):
    """Move a subnet into the zone that fails."""
    return replace(changed(network, kind, subnet, zone="us-east-1b"), failed_zones=LOST)


@pytest.mark.parametrize(
    ("moved", "source", "destination", "port"),
    [
        ("subnet-private", "eni-lb", "eni-app", 3000),
        ("subnet-private", "eni-app", "eni-db", 5432),
        ("subnet-public", "eni-app", "internet", 443),
        ("subnet-public", "internet", "eni-lb", 443),
    ],
)
def test_nothing_passes_through_a_failed_zone(moved, source, destination, port):
    """Not to it, not from it, not through its NAT gateway; the way says which zone it is."""
    whole = path(shop(), source, destination, port)
    broken = path(in_b(shop(), "subnets", moved), source, destination, port)

    assert whole.reachable
    assert (broken.blocked.kind, broken.blocked.id) == ("Availability Zone", "us-east-1b")
    assert "us-east-1b has failed" in broken.why


def test_other_zones_go_on():
    """A failed zone takes nothing away from a way that does not touch it."""
    network = in_b(shop(), "subnets", "subnet-data")

    assert path(network, "eni-lb", "eni-app", 3000).reachable


def test_a_failed_nat_gateway_drops_packets():
    """It is still there and still the route's target, and the way ends at it."""
    found = path(
        changed(shop(), "nat_gateways", "nat-1", state="failing"), "eni-app", "internet", 443
    )

    assert (found.blocked.kind, found.why) == ("NAT gateway", "The NAT gateway is failing.")


def test_an_endpoint_s_name_leaves_a_failed_zone():
    """Of an endpoint's addresses the resolver gives one in a zone that works."""
    network = added(shop(), "subnets", Subnet("subnet-b", "vpc-1", "10.0.9.0/24", "us-east-1b"))
    network = added(network, "interfaces", Interface("eni-b", "subnet-b", ("10.0.9.9",)))
    first = changed(network, "endpoints", "vpce-ecr", interfaces=("eni-b", "eni-endpoint"))
    network = replace(first, failed_zones=LOST)

    assert isinstance(network.endpoints["vpce-ecr"], Endpoint)
    assert resolve(first, "vpc-1", "ecr.api").address == "10.0.9.9"
    assert resolve(network, "vpc-1", "ecr.api").address == "10.0.1.9"
