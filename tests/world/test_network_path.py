"""What lets a packet through a VPC and what stops it."""

import pytest

from awslab.world.network import (
    Endpoint,
    Interface,
    Peering,
    PrefixList,
    Route,
    Rule,
    Subnet,
    Vpc,
)
from awslab.world.network_path import UnknownPlace, classify, path
from tests.world.networks import ANYWHERE, LOCAL, added, changed, shop, tcp, without


def routes(network, table, *new):
    """Give a route table these routes besides the local one."""
    return changed(network, "route_tables", table, routes=(LOCAL, *new))


@pytest.mark.parametrize(
    ("source", "destination", "port", "stopped_at"),
    [
        ("internet", "eni-lb", 443, None),
        ("internet", "54.214.0.5", 443, None),
        ("198.51.100.7", "eni-lb", 443, None),
        ("internet", "eni-lb", 80, "security group"),
        ("internet", "10.0.0.5", 443, "internet"),
        ("internet", "eni-app", 3000, "internet gateway"),
        ("internet", "eni-peer", 8080, "internet gateway"),
        ("internet", "54.214.0.9", 443, "NAT gateway"),
        ("eni-lb", "eni-app", 3000, None),
        ("10.0.0.5", "10.0.1.5", 3000, None),
        ("eni-app2", "eni-app", 3000, "security group"),
        ("eni-app", "eni-db", 5432, None),
        ("eni-lb", "eni-db", 5432, "security group"),
        ("eni-app", "internet", 443, None),
        ("eni-app", "198.51.100.7", 443, None),
        ("eni-lb", "internet", 443, None),
        ("eni-db", "internet", 443, "route table"),
        ("eni-app", "54.214.0.5", 443, None),
        ("eni-app", "eni-peer", 8080, None),
        ("eni-peer", "eni-app", 8080, "security group"),
        ("eni-db", "eni-peer", 8080, "route table"),
        ("eni-app", "eni-nat", 443, "NAT gateway"),
        ("eni-app", "10.0.2.77", 443, "network interface"),
        ("internet", "198.51.100.7", 443, "network interface"),
        ("eni-app", "10.1.0.77", 443, "network interface"),
        ("eni-app", "eni-app", 3000, "security group"),
    ],
)
def test_who_reaches_whom(source, destination, port, stopped_at):
    """The shop's ways: as its groups, routes and gateways say, and no other."""
    found = path(shop(), source, destination, port)

    assert (found.blocked.kind if found.blocked else None) == stopped_at, found.text
    assert found.reachable == (stopped_at is None)


@pytest.mark.parametrize(
    ("network", "ends", "code"),
    [
        (changed(shop(), "groups", "sg-app", ingress=()), ("eni-lb", "eni-app", 3000), "SG_HAS_NO_RULES"),
        (changed(shop(), "groups", "sg-lb", egress=()), ("eni-lb", "eni-app", 3000), "SG_HAS_NO_RULES"),
        (shop(), ("eni-lb", "eni-app", 22), "ENI_SG_RULES_MISMATCH"),
        (changed(shop(), "acls", "acl-private", entries=()), ("eni-lb", "eni-app", 3000), "SUBNET_ACL_RESTRICTION"),
        (routes(shop(), "rtb-private"), ("eni-app", "internet", 443), "NO_ROUTE_TO_DESTINATION"),
        (
            routes(shop(), "rtb-private", Route(ANYWHERE, "nat-1", active=False)),
            ("eni-app", "internet", 443),
            "BAD_STATE_ROUTE",
        ),
        (
            routes(shop(), "rtb-private", Route(ANYWHERE, "igw-1")),
            ("eni-app", "internet", 443),
            "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
        ),
        (
            routes(shop(), "rtb-private", Route(ANYWHERE, "tgw-1")),
            ("eni-app", "internet", 443),
            "UNSUPPORTED_COMPONENT",
        ),
        (changed(shop(), "internet_gateways", "igw-1", vpc=None), ("eni-lb", "internet", 443), "BAD_STATE_ATTACHMENT"),
        (changed(shop(), "internet_gateways", "igw-1", vpc=None), ("internet", "eni-lb", 443), "NO_PATH"),
        (shop(), ("eni-lb", "10.9.0.1", 443), "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"),
        (shop(), ("internet", "eni-app", 443), "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"),
        (changed(shop(), "nat_gateways", "nat-1", state="deleted"), ("eni-app", "internet", 443), "BAD_STATE"),
        (changed(shop(), "nat_gateways", "nat-1", vpc="vpc-2"), ("eni-app", "internet", 443), "BAD_STATE"),
        (
            changed(shop(), "nat_gateways", "nat-1", public_ip=None),
            ("eni-app", "internet", 443),
            "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
        ),
        (
            changed(shop(), "nat_gateways", "nat-1", subnet="subnet-data"),
            ("eni-app", "internet", 443),
            "NO_ROUTE_TO_DESTINATION",
        ),
        (changed(shop(), "peerings", "pcx-1", active=False), ("eni-app", "eni-peer", 8080), "BAD_STATE"),
    ],
)  # fmt: skip
def test_each_stop_has_reachability_analyzers_code(network, ends, code):
    """What stops a packet is told by AWS's explanation code."""
    found = path(network, *ends)

    assert found.blocked.code == code, found.text
    assert found.why == found.blocked.why
    assert found.hops[-1] is found.blocked


def test_a_nat_gateway_in_a_private_subnet_does_not_work():
    """Its own subnet routes to itself, not to an internet gateway."""
    network = changed(shop(), "nat_gateways", "nat-1", subnet="subnet-private")
    found = path(network, "eni-app", "internet", 443)

    assert "needs a public subnet" in found.why
    assert found.blocked.id == "rtb-private"


def test_a_private_nat_gateway_is_no_way_to_the_internet():
    """It has no Elastic IP address, and says so itself."""
    found = path(
        changed(shop(), "nat_gateways", "nat-1", public_ip=None), "eni-app", "internet", 443
    )

    assert found.blocked.kind == "NAT gateway"
    assert "no Elastic IP address" in found.why


def test_the_longest_prefix_decides():
    """A more specific route wins over the default one, wherever it stands."""
    network = routes(
        shop(), "rtb-public", Route("198.51.100.0/24", "nat-9"), Route(ANYWHERE, "igw-1")
    )

    assert path(network, "eni-lb", "203.0.113.1", 443).reachable
    assert path(network, "eni-lb", "198.51.100.1", 443).blocked.id == "nat-9"


def test_a_static_route_comes_before_a_prefix_list_s_of_the_same_length():
    """AWS prefers it."""
    network = added(shop(), "prefix_lists", PrefixList("pl-x", ("198.51.100.0/24",)))
    listed, static = Route("pl-x", "nat-9"), Route("198.51.100.0/24", "igw-1")

    assert path(
        routes(network, "rtb-public", listed, static), "eni-lb", "198.51.100.1", 443
    ).reachable
    assert not path(routes(network, "rtb-public", listed), "eni-lb", "198.51.100.1", 443).reachable


def test_a_subnet_without_an_association_uses_the_main_route_table():
    """The data subnet has none."""
    network = routes(shop(), "rtb-main", Route(ANYWHERE, "nat-1"))
    found = path(network, "eni-db", "internet", 443)

    assert found.reachable
    assert "main route table" in next(hop.why for hop in found.hops if hop.kind == "route table")


def test_a_security_group_is_stateful():
    """The app answers the load balancer although its group allows nothing out."""
    network = changed(shop(), "groups", "sg-app", egress=())

    assert path(network, "eni-lb", "eni-app", 3000).reachable


def test_all_groups_of_an_interface_count_together():
    """One group that allows is enough, whichever it is."""
    network = changed(shop(), "interfaces", "eni-app", groups=("sg-nothing", "sg-app"))

    assert path(network, "eni-lb", "eni-app", 3000).reachable
    assert path(network, "eni-app", "eni-db", 5432).reachable


def test_a_reference_to_a_group_covers_private_addresses_only():
    """Through the internet the load balancer's group is not seen behind its public address."""
    network = changed(shop(), "groups", "sg-lb", ingress=(tcp("sg-app", 443),))

    assert path(network, "eni-app", "eni-lb", 443).reachable
    assert path(network, "eni-app", "54.214.0.5", 443).blocked.kind == "security group"


def test_a_rule_may_name_a_prefix_list():
    """A rule for the prefix list of S3 covers S3's addresses and no others."""
    network = changed(shop(), "groups", "sg-app", egress=(tcp("pl-s3", 443),))

    assert path(network, "eni-app", "52.216.0.10", 443).reachable
    assert not path(network, "eni-app", "44.213.79.10", 443).reachable


def test_protocols_are_told_apart():
    """A rule for TCP covers no UDP, a rule for all traffic covers both."""
    assert not path(shop(), "eni-lb", "eni-app", 3000, "udp").reachable
    assert path(
        changed(shop(), "groups", "sg-app", ingress=(Rule("sg-lb"),)),
        "eni-lb",
        "eni-app",
        3000,
        "udp",
    ).reachable


def test_an_answer_to_the_internet_has_to_go_out_by_the_internet_gateway():
    """A public address in a subnet that routes to a NAT gateway gets no connection through."""
    network = routes(shop(), "rtb-public", Route(ANYWHERE, "nat-1"))
    found = path(network, "internet", "eni-lb", 443)

    assert found.blocked.leg == "return"
    assert "not a public subnet" in found.why


def test_peering_needs_a_route_on_both_sides():
    """Without the way back there is no connection."""
    network = changed(shop(), "route_tables", "rtb-peer", routes=(Route("10.1.0.0/16", "local"),))
    found = path(network, "eni-app", "eni-peer", 8080)

    assert found.blocked.leg == "return"
    assert found.blocked.id == "rtb-peer"


def test_an_answer_must_not_take_another_peering():
    """A route back through a different connection does not count."""
    back = (Route("10.1.0.0/16", "local"), Route("10.0.0.0/16", "pcx-9"))
    found = path(
        changed(shop(), "route_tables", "rtb-peer", routes=back), "eni-app", "eni-peer", 8080
    )

    assert "not back through pcx-1" in found.why


def test_peering_is_not_transitive():
    """A VPC behind the peered one is out of reach."""
    network = added(shop(), "vpcs", Vpc("vpc-3", ("10.3.0.0/16",)))
    network = added(network, "peerings", Peering("pcx-2", "vpc-2", "vpc-3"))
    network = routes(network, "rtb-private", Route("10.3.0.0/16", "pcx-1"))
    found = path(network, "eni-app", "10.3.0.5", 443)

    assert found.blocked.code == "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"


def test_a_peering_out_of_the_region_is_not_followed():
    """The lab says so instead of guessing."""
    network = without(shop(), "vpcs", "vpc-2")
    found = path(network, "eni-app", "10.1.0.77", 443)

    assert found.blocked.code == "UNSUPPORTED_COMPONENT"


def test_an_address_that_two_vpcs_use_means_the_one_at_hand():
    """An interface of an unconnected VPC with the same addresses is not what the packet finds."""
    network = added(shop(), "vpcs", Vpc("vpc-3", ("10.0.0.0/16",)))
    network = added(network, "subnets", Subnet("subnet-3", "vpc-3", "10.0.2.0/24", "us-east-1a"))
    network = added(network, "interfaces", Interface("eni-3", "subnet-3", ("10.0.2.5",)))

    assert path(network, "eni-app", "10.0.2.5", 5432).reachable
    assert path(network, "eni-app", "eni-3", 5432).blocked.code == "DISCONNECTED_VPCS"


def test_a_gateway_endpoint_needs_no_public_address_and_no_nat_gateway():
    """The prefix list's route leads an isolated subnet to S3, and only there."""
    endpoint = Endpoint("vpce-s3", "vpc-1", "com.amazonaws.us-east-1.s3", True, prefix_list="pl-s3")
    network = added(routes(shop(), "rtb-main", Route("pl-s3", "vpce-s3")), "endpoints", endpoint)

    assert path(network, "eni-db", "52.216.0.10", 443).reachable
    assert not path(network, "eni-db", "44.213.79.10", 443).reachable
    assert path(
        without(network, "endpoints", "vpce-s3"), "eni-db", "52.216.0.10", 443
    ).blocked.code == ("BAD_STATE")


def test_an_endpoint_that_is_being_deleted_carries_nothing():
    """Its route may still be there."""
    endpoint = Endpoint(
        "vpce-s3",
        "vpc-1",
        "com.amazonaws.us-east-1.s3",
        True,
        state="deleting",
        prefix_list="pl-s3",
    )
    network = added(routes(shop(), "rtb-main", Route("pl-s3", "vpce-s3")), "endpoints", endpoint)

    assert path(network, "eni-db", "52.216.0.10", 443).blocked.code == "BAD_STATE"


def test_a_nat_gateway_s_subnet_may_have_the_endpoint():
    """What a NAT gateway forwards is routed like anything else from its subnet."""
    endpoint = Endpoint("vpce-s3", "vpc-1", "com.amazonaws.us-east-1.s3", True, prefix_list="pl-s3")
    network = routes(shop(), "rtb-public", Route("pl-s3", "vpce-s3"))
    found = path(added(network, "endpoints", endpoint), "eni-app", "52.216.0.10", 443)

    assert found.reachable
    assert "VPC endpoint" in [hop.kind for hop in found.hops]


@pytest.mark.parametrize(
    ("network", "subnet", "kind"),
    [
        (shop(), "subnet-public", "public"),
        (shop(), "subnet-private", "private"),
        (shop(), "subnet-data", "isolated"),
        (changed(shop(), "internet_gateways", "igw-1", vpc=None), "subnet-public", "isolated"),
        (routes(shop(), "rtb-main", Route(ANYWHERE, "igw-1")), "subnet-data", "public"),
        (
            routes(shop(), "rtb-public", Route(ANYWHERE, "igw-1", False)),
            "subnet-public",
            "isolated",
        ),
    ],
)
def test_routes_make_a_subnet_public_private_or_isolated(network, subnet, kind):
    """Neither name nor settings count, only the route table in use."""
    found, why = classify(network, network.subnets[subnet])

    assert found == kind
    assert subnet in why


def test_a_place_that_does_not_exist_is_named_with_a_way_to_find_one():
    """A typing error is not a blocked path."""
    with pytest.raises(UnknownPlace, match="describe-network-interfaces"):
        path(shop(), "eni-none", "internet", 443)
    with pytest.raises(ValueError, match="70000"):
        path(shop(), "eni-app", "internet", 70_000)


def test_a_path_reads_as_text_from_its_source_to_where_it_stops():
    """Every step has a line; the one that stops the packet is marked by a word."""
    found = path(shop(), "eni-lb", "eni-app", 22)
    lines = repr(found).splitlines()

    assert lines[0] == "eni-lb -> eni-app, tcp port 22: not reachable"
    assert len(lines) == 1 + len(found.hops)
    assert "[STOP] security group sg-app" in lines[-1]
    assert path(shop(), "eni-lb", "eni-app", 3000).why == "eni-lb reaches eni-app on tcp port 3000."


def test_a_group_s_refusal_names_the_other_end_s_groups():
    """Whether a reference would have matched is to be seen."""
    found = path(shop(), "eni-lb", "eni-db", 5432)

    assert "from 10.0.0.5 (sg-lb)" in found.why


def test_interfaces_come_and_go():
    """A network knows an added interface by its addresses and forgets a removed one."""
    network = shop()
    network.add(Interface("eni-new", "subnet-private", ("10.0.1.50",), ("sg-app",), "54.214.0.50"))

    assert path(network, "eni-lb", "10.0.1.50", 3000).reachable
    assert network.at_public("54.214.0.50").id == "eni-new"

    network.remove("eni-new")

    assert network.at("vpc-1", "10.0.1.50") is None
    assert network.at_public("54.214.0.50") is None
