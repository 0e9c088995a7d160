"""Network ACLs on a packet's way: numbered, stateless, at every border of a subnet."""

import pytest

from awslab.world.network import AclEntry
from awslab.world.network_path import path
from tests.world.networks import ANYWHERE, changed, shop, tcp


def entries(*rules):
    """Make entries from (number, "in"/"out", "allow"/"deny", cidr, ports)."""
    return tuple(
        AclEntry(number, way == "out", action == "allow", cidr, "tcp", ports)
        for number, way, action, cidr, ports in rules
    )


@pytest.mark.parametrize(
    ("rules", "reachable", "leg"),
    [
        ([(100, "in", "allow", ANYWHERE, (443, 443)), (100, "out", "allow", ANYWHERE, (1024, 65535))], True, None),
        ([(100, "in", "allow", ANYWHERE, (443, 443))], False, "return"),
        ([(100, "in", "allow", ANYWHERE, (443, 443)), (90, "out", "allow", ANYWHERE, (32768, 65535))], False, "return"),
        ([(100, "out", "allow", ANYWHERE, (1024, 65535))], False, "forward"),
        (
            [
                (90, "in", "deny", "203.0.113.0/24", (443, 443)),
                (100, "in", "allow", ANYWHERE, (443, 443)),
                (100, "out", "allow", ANYWHERE, (1024, 65535)),
            ],
            False,
            "forward",
        ),
        (
            [
                (110, "in", "deny", "203.0.113.0/24", (443, 443)),
                (100, "in", "allow", ANYWHERE, (443, 443)),
                (100, "out", "allow", ANYWHERE, (1024, 65535)),
            ],
            True,
            None,
        ),
        (
            [
                (100, "in", "allow", ANYWHERE, (443, 443)),
                (100, "out", "allow", ANYWHERE, (1024, 30000)),
                (110, "out", "allow", ANYWHERE, (30001, 65535)),
            ],
            True,
            None,
        ),
        (
            [
                (100, "in", "allow", ANYWHERE, (443, 443)),
                (90, "out", "deny", ANYWHERE, (8080, 8080)),
                (100, "out", "allow", ANYWHERE, (1024, 65535)),
            ],
            False,
            "return",
        ),
    ],
)  # fmt: skip
def test_network_acls_are_numbered_and_stateless(rules, reachable, leg):
    """The lowest number that matches decides, and the answer needs a rule for all ephemeral ports."""
    network = changed(shop(), "acls", "acl-public", entries=entries(*rules))
    found = path(network, "internet", "eni-lb", 443)

    assert found.reachable == reachable, found.text
    assert (found.blocked.leg if found.blocked else None) == leg


TO_WEB = (100, "out", "allow", ANYWHERE, (443, 443))
FROM_WEB = (110, "in", "allow", ANYWHERE, (1024, 65535))
FROM_TASKS = (120, "in", "allow", "10.0.1.0/24", (443, 443))
TO_TASKS = (130, "out", "allow", "10.0.1.0/24", (1024, 65535))


@pytest.mark.parametrize(
    ("missing", "leg", "direction"),
    [
        (None, None, None),
        (FROM_TASKS, "forward", "ingress"),
        (TO_WEB, "forward", "egress"),
        (FROM_WEB, "return", "ingress"),
        (TO_TASKS, "return", "egress"),
    ],
)
def test_a_nat_gateway_s_subnet_lets_packets_and_answers_through_twice(missing, leg, direction):
    """In from the task and out to the internet, and the answer in and out again."""
    kept = [rule for rule in (TO_WEB, FROM_WEB, FROM_TASKS, TO_TASKS) if rule != missing]
    network = changed(shop(), "acls", "acl-public", entries=entries(*kept))
    stopped = path(network, "eni-app", "internet", 443).blocked

    assert (stopped and stopped.leg, stopped and stopped.direction) == (leg, direction)
    assert stopped is None or stopped.id == "acl-public"


def test_a_public_client_s_answer_crosses_its_network_acl_too():
    """Without an entry for ephemeral ports from the internet nothing comes back."""
    network = changed(shop(), "acls", "acl-public", entries=entries(TO_WEB))
    found = path(network, "eni-lb", "internet", 443)

    assert (found.blocked.leg, found.blocked.direction) == ("return", "ingress")


def test_an_entry_for_all_traffic_has_no_ports():
    """Ports are kept with it and mean nothing."""
    odd = tuple(AclEntry(100, egress, True, ANYWHERE, "-1", (22, 22)) for egress in (True, False))

    assert path(
        changed(shop(), "acls", "acl-public", entries=odd), "internet", "eni-lb", 443
    ).reachable


def test_the_client_s_subnet_needs_ephemeral_ports_too():
    """A private subnet whose network ACL lets nothing in gets no answer through the NAT gateway."""
    network = changed(
        shop(), "acls", "acl-private", entries=entries((100, "out", "allow", ANYWHERE, (443, 443)))
    )
    found = path(network, "eni-app", "internet", 443)

    assert found.blocked.leg == "return"
    assert "stateless" in found.why
    assert found.blocked.id == "acl-private"


def test_a_linux_client_uses_fewer_ephemeral_ports_than_a_load_balancer():
    """Ports 32768-61000 are enough for a task, not for a load balancer in the same subnet."""
    rules = [
        (100, "out", "allow", ANYWHERE, (1, 65535)),
        (100, "in", "allow", ANYWHERE, (32768, 61000)),
    ]
    network = changed(shop(), "acls", "acl-private", entries=entries(*rules))
    elb = changed(network, "interfaces", "eni-app", description="ELB app/shop/50dc6c495c0c9188")

    assert path(network, "eni-app", "eni-db", 5432).reachable
    assert not path(elb, "eni-app", "eni-db", 5432).reachable


def test_network_acls_do_not_apply_inside_a_subnet():
    """Two interfaces of one subnet reach each other under a network ACL that denies everything."""
    network = changed(shop(), "acls", "acl-private", entries=())
    network = changed(network, "groups", "sg-app", ingress=(tcp("sg-app", 3000),))

    assert path(network, "eni-app", "eni-app2", 3000).reachable
