"""Which flows a connection leaves at which interfaces, and how a record is written."""

from datetime import UTC, datetime

import pytest

from awslab.world import flow_log
from awslab.world.network import AclEntry
from awslab.world.network_path import path
from tests.world.networks import changed, shop, without

LB, APP, DB, NAT = "10.0.0.5", "10.0.1.5", "10.0.2.5", "10.0.0.9"
CLIENT, HUB = "203.0.113.10", "198.51.100.7"
INWARDS = (AclEntry(100, False, True),)


def seen(network, source, destination, port, address):
    """Return (interface, source, destination, accepted) of each flow of a connection."""
    way = path(network, source, destination, port)
    return [
        (flow.interface, flow.source, flow.destination, flow.accepted)
        for flow in flow_log.flows(network, way, address, 7)
    ]


def test_a_connection_is_seen_at_both_ends_and_on_its_way_back():
    """Four flows: out and in, out again and in again."""
    actual = seen(shop(), "eni-lb", "eni-app", 3000, APP)

    assert actual == [
        ("eni-lb", LB, APP, True),
        ("eni-app", LB, APP, True),
        ("eni-app", APP, LB, True),
        ("eni-lb", APP, LB, True),
    ]


def test_a_closed_security_group_rejects_at_its_own_interface():
    """What left the load balancer is rejected at the task: no answer is there to record."""
    closed = changed(shop(), "groups", "sg-app", ingress=())

    actual = seen(closed, "eni-lb", "eni-app", 3000, APP)

    assert actual == [("eni-lb", LB, APP, True), ("eni-app", LB, APP, False)]


def test_an_outbound_rule_that_is_missing_rejects_at_the_client():
    """Nothing leaves."""
    closed = changed(shop(), "groups", "sg-lb", egress=())

    actual = seen(closed, "eni-lb", "eni-app", 3000, APP)

    assert actual == [("eni-lb", LB, APP, False)]


def test_a_stateless_acl_accepts_one_way_and_rejects_the_other():
    """Security groups let the answer out, the network ACL does not: ACCEPT in, REJECT out.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-records-examples.html
    """
    closed = changed(shop(), "acls", "acl-private", entries=INWARDS)

    actual = seen(closed, "eni-lb", "eni-app", 3000, APP)

    assert actual[1:] == [("eni-app", LB, APP, True), ("eni-app", APP, LB, False)]


def test_an_acl_rejects_what_comes_in():
    """The same record as for a security group."""
    closed = changed(shop(), "acls", "acl-private", entries=())

    actual = seen(closed, "eni-lb", "eni-app", 3000, APP)

    assert actual == [("eni-lb", LB, APP, True), ("eni-app", LB, APP, False)]


def test_a_client_on_the_internet_is_seen_at_the_load_balancer_by_its_private_address():
    """Flow logs have the private address of an interface, whatever the client connected to."""
    actual = seen(shop(), "internet", "eni-lb", 443, "54.214.0.5")

    assert actual == [("eni-lb", CLIENT, LB, True), ("eni-lb", LB, CLIENT, True)]


def test_a_port_that_is_closed_to_the_internet():
    """One flow: rejected."""
    actual = seen(shop(), "internet", "eni-lb", 22, "54.214.0.5")

    assert actual == [("eni-lb", CLIENT, LB, False)]


def test_a_nat_gateway_is_seen_between_a_task_and_the_internet():
    """Its interface has the task's packets and its own."""
    actual = seen(shop(), "eni-app", HUB, 443, HUB)

    assert actual == [
        ("eni-app", APP, HUB, True),
        ("eni-nat", APP, NAT, True),
        ("eni-nat", NAT, HUB, True),
        ("eni-nat", HUB, NAT, True),
        ("eni-nat", NAT, APP, True),
        ("eni-app", HUB, APP, True),
    ]


def test_what_has_no_route_is_nowhere_rejected():
    """It left the interface and went nowhere."""
    nowhere = without(shop(), "nat_gateways", "nat-1")

    actual = seen(nowhere, "eni-app", HUB, 443, HUB)

    assert actual == [("eni-app", APP, HUB, True)]


def test_a_record_in_the_default_format():
    """Version 2, fourteen fields."""
    network = shop()
    flow = next(flow_log.flows(network, path(network, "eni-lb", "eni-app", 3000), APP, 7))
    about = {"account-id": "123456789012", "start": 10, "end": 70}

    actual = flow_log.record(flow_log.fields(flow_log.DEFAULT), flow, flow.size, about)

    assert actual == ("2 123456789012 eni-lb 10.0.0.5 10.0.1.5 32775 3000 6 6 560 10 70 ACCEPT OK")


def test_a_record_in_a_format_of_ones_own():
    """The version is that of the newest field; what is not known is a hyphen."""
    network = shop()
    flow = next(flow_log.flows(network, path(network, "eni-lb", "eni-app", 3000), APP, 7))
    names = flow_log.fields("${version} ${vpc-id} ${instance-id} ${flow-direction} ${action}")

    actual = flow_log.record(names, flow, flow.size, {"vpc-id": "vpc-1"})

    assert actual == "5 vpc-1 - egress ACCEPT"


@pytest.mark.parametrize("form", ["${colour}", "", "version action", "${version} x"])
def test_a_format_that_is_none(form):
    """Fields have names of AWS's, and nothing stands between them."""
    with pytest.raises(flow_log.BadFormat) as error:
        flow_log.fields(form)

    assert "unknown fields" in str(error.value)


@pytest.mark.parametrize(("seconds", "expected"), [(60, "09:01"), (600, "09:10")])
def test_intervals_begin_at_full_minutes(seconds, expected):
    """One or ten minutes, the same for all."""
    actual = flow_log.window_end(datetime(2026, 1, 5, 9, 0, 30, tzinfo=UTC), seconds)

    assert f"{actual:%H:%M}" == expected
