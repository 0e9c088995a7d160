"""A way drawn on the map of a VPC: the places it comes to, in order, and where it stops."""

import pytest

from awslab.show.vpc import map_picture
from awslab.show.way import hops_of, stops

PUBLIC, PRIVATE = "subnet-public", "subnet-private"


def subnet(name, kind, interfaces):
    """Return a subnet as `cloud.map` draws it."""
    return {
        "id": name,
        "name": "",
        "zone": "us-east-1a",
        "kind": kind,
        "cidr": "10.0.0.0/24",
        "free": 250,
        "why": f"{name} is {kind}.",
        "route_table": "rtb-1",
        "main": False,
        "routes": [],
        "interfaces": [
            {"id": each, "owner": owner, "address": "10.0.0.4", "public_ip": "", "groups": []}
            for each, owner in interfaces
        ],
    }


NETWORK = {
    "region": "us-east-1",
    "vpcs": [
        {
            "id": "vpc-1",
            "name": "shop",
            "cidrs": ["10.0.0.0/16"],
            "dns_support": True,
            "dns_hostnames": True,
            "internet_gateway": "igw-1",
            "zones": ["us-east-1a"],
            "subnets": [
                subnet(PUBLIC, "public", [("eni-nat", "NAT gateway nat-1")]),
                subnet(PRIVATE, "private", [("eni-task", "task 1 (user)")]),
            ],
            "endpoints": [],
            "peerings": [],
        }
    ],
}


def hop(kind, name, ok=True, of="", leg="forward"):
    """Return a hop as `cloud.path` has it."""
    return {"kind": kind, "id": name, "ok": ok, "of": of, "leg": leg, "why": ""}


OUT = {
    "hops": [
        hop("network interface", "eni-task"),
        hop("security group", "sg-1", of="eni-task"),
        hop("NAT gateway", "nat-1"),
        hop("internet gateway", "igw-1"),
        hop("internet", "203.0.113.10"),
        hop("network ACL", "acl-1", of=PRIVATE, leg="return"),
    ]
}
BLOCKED = {
    "hops": [
        hop("network interface", "eni-task"),
        hop("network ACL", "acl-1", ok=False, of=PRIVATE),
    ]
}
REQUEST = {
    "way_in": {"hops": [hop("internet", "x"), hop("network interface", "eni-nat"), hop("y", "z")]},
    "way_on": {"hops": [hop("network interface", "eni-nat"), hop("network interface", "eni-task")]},
}


def test_hops_in_one_place_are_one_stop_and_the_answer_is_left_out():
    """Interface and group stand in the private subnet, the NAT gateway in the public one."""
    homes = {"eni-task": PRIVATE, "nat-1": PUBLIC, PRIVATE: PRIVATE}
    found = [(stop.place, stop.number) for stop in stops(hops_of(OUT), homes)]

    assert found == [
        (PRIVATE, "1-2"),
        (PUBLIC, "3"),
        ("internet gateway", "4"),
        ("internet", "5"),
    ]


def test_a_request_s_way_is_its_way_in_and_its_way_on():
    """What follows the interface that the packet has come to is the answer's way."""
    assert [each["id"] for each in hops_of(REQUEST)] == ["x", "eni-nat", "eni-nat", "eni-task"]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (OUT, f"1-2 {PRIVATE} -> 3 {PUBLIC} -> 4 internet gateway -> 5 internet"),
        (BLOCKED, f"1-2 {PRIVATE} STOPS at the network ACL"),
        (REQUEST, f"1 internet -> 2-3 {PUBLIC} -> 4 {PRIVATE}"),
    ],
)
def test_the_map_shows_the_way_in_picture_and_words(way, said):
    """The line, the numbers and the block are drawn; a screen reader gets the same in words."""
    picture = map_picture(NETWORK, way)

    assert said in picture.text
    assert "<polyline" in picture.html
    assert ("STOPS: network ACL" in picture.html) == (way is BLOCKED)


def test_without_a_way_the_map_is_the_map():
    """Nothing is drawn over it."""
    picture = map_picture(NETWORK)

    assert "<polyline" not in picture.html
    assert "the way" not in picture.text


def test_what_is_no_way_is_refused():
    """The error names what to give."""
    with pytest.raises(ValueError, match=r"cloud\.path"):
        map_picture(NETWORK, {"vpcs": []})
