"""What holds of every network: deny before allow, more rules never reach less, the map tells what paths tell."""

from dataclasses import replace
from ipaddress import ip_network
from itertools import product

from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from awslab.world._network_rules import judge_acl
from awslab.world.network import AclEntry, Interface, Route, Rule
from awslab.world.network_map import all_pairs, kinds
from awslab.world.network_path import path
from tests.world.networks import changed, shop

# A network is slow to draw, and slower on a busy machine; the same examples every time.
FEW = settings(max_examples=60, deadline=None, derandomize=True)

PORTS = [22, 443, 3000, 5432, 8080, 40_000]
CIDRS = [
    "0.0.0.0/0",
    "10.0.0.0/16",
    "10.0.0.0/24",
    "10.0.1.5/32",
    "52.216.0.0/15",
    "203.0.113.0/24",
]
ENDS = ["internet", "eni-lb", "eni-app", "eni-app2", "eni-db", "eni-peer", "198.51.100.7"]
TABLES = ["rtb-main", "rtb-public", "rtb-private", "rtb-peer"]
TARGETS = ["igw-1", "nat-1", "pcx-1", "pcx-9", "vpce-ecr"]

ports = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(PORTS), st.sampled_from([*PORTS, 65_535])).map(sorted).map(tuple),
)
protocols = st.sampled_from(["-1", "tcp", "udp"])
entries = st.builds(
    AclEntry,
    st.integers(1, 300),
    st.booleans(),
    st.booleans(),
    st.sampled_from(CIDRS),
    protocols,
    ports,
)
acls = st.lists(entries, max_size=8, unique_by=lambda e: (e.number, e.egress)).map(tuple)
peers = st.sampled_from([*CIDRS, "sg-lb", "sg-app", "sg-db", "pl-s3"])
rules = st.lists(st.builds(Rule, peers, protocols, ports), max_size=4).map(tuple)
routes = st.lists(
    st.builds(
        Route,
        st.sampled_from([*CIDRS, "10.1.0.0/16", "pl-s3"]),
        st.sampled_from(TARGETS),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda route: route.destination,
).map(tuple)
ends = st.tuples(st.sampled_from(ENDS), st.sampled_from(ENDS), st.sampled_from(PORTS))


def given(*args):
    """Try a few examples of these."""
    return lambda test: FEW(given_any(*args)(test))


@st.composite
def networks(draw):
    """Draw a shop with some rules, entries and routes thrown in."""
    network = shop()
    for group in draw(st.sets(st.sampled_from(["sg-lb", "sg-app", "sg-db", "sg-peer"]))):
        network = changed(network, "groups", group, ingress=draw(rules), egress=draw(rules))
    for acl in draw(st.sets(st.sampled_from(["acl-public", "acl-private", "acl-data"]))):
        network = changed(network, "acls", acl, entries=draw(acls))
    for table in draw(st.sets(st.sampled_from(TABLES))):
        kept = network.route_tables[table].routes[: draw(st.integers(1, 3))]
        known = {route.destination for route in kept}
        more = [route for route in draw(routes) if route.destination not in known]
        network = changed(network, "route_tables", table, routes=(*kept, *more))
    return network


@given(networks(), ends)
def test_a_path_ends_where_it_stops(network, asked):
    """Only the last step can stop a packet, and it says why and with which code."""
    found = path(network, *asked)

    assert all(hop.ok for hop in found.hops[:-1])
    assert all(hop.why.endswith(".") for hop in found.hops)
    assert found.reachable or found.hops[-1].code


@given(acls, st.booleans(), st.sampled_from(["10.0.1.5", "203.0.113.10"]), st.sampled_from(PORTS))
def test_the_lowest_number_decides(acl, egress, address, port):
    """Deny comes before allow when its number is lower, and not when it is higher."""
    network = changed(shop(), "acls", "acl-public", entries=acl)
    matching = [
        entry
        for entry in sorted(acl, key=lambda entry: entry.number)
        if entry.egress == egress
        and judge_acl(
            changed(network, "acls", "acl-public", entries=(replace(entry, allow=False),)),
            "acl-public",
            egress,
            address,
            "tcp",
            (port, port),
        )[1]
        is not None
    ]
    ok, entry, _ = judge_acl(network, "acl-public", egress, address, "tcp", (port, port))

    assert entry == (matching[0] if matching else None)
    assert ok == bool(matching and matching[0].allow)


@given(acls, st.booleans(), st.sampled_from(["10.0.1.5", "203.0.113.10"]))
def test_a_range_passes_when_each_of_its_ports_does(acl, egress, address):
    """A range of ephemeral ports is judged as if every port were tried."""
    network = changed(shop(), "acls", "acl-public", entries=acl)
    judge = lambda low, high: judge_acl(  # noqa: E731
        network, "acl-public", egress, address, "tcp", (low, high)
    )[0]
    edges = {edge + step for p in PORTS for edge in (p,) for step in (-1, 0, 1)} | {1024, 65_535}
    inside = [edge for edge in edges if 1024 <= edge <= 65_535]

    assert judge(1024, 65_535) == all(judge(port, port) for port in inside)


@given(
    networks(),
    ends,
    st.sampled_from(["sg-lb", "sg-app", "sg-db"]),
    st.booleans(),
    st.builds(Rule, peers, protocols, ports),
)
def test_one_more_rule_of_a_group_never_reaches_less(network, asked, group, egress, rule):
    """Security groups have allow rules only."""
    side = "egress" if egress else "ingress"
    more = changed(
        network, "groups", group, **{side: (*getattr(network.groups[group], side), rule)}
    )

    assert path(network, *asked).reachable <= path(more, *asked).reachable


@given(networks(), ends, st.data())
def test_one_route_less_never_reaches_more(network, asked, data):
    """Without a broader route to take over, what the route carried goes nowhere."""
    table = data.draw(st.sampled_from(TABLES))
    kept = network.route_tables[table].routes
    last = [route for route in kept if not any(within(route, other) for other in kept)]
    gone = data.draw(st.sampled_from(last))
    fewer = changed(
        network, "route_tables", table, routes=tuple(route for route in kept if route != gone)
    )

    assert path(fewer, *asked).reachable <= path(network, *asked).reachable


def within(route, other):
    """Say whether another route, of another destination, covers all that a route covers."""
    if route.destination == other.destination:
        return False
    cidrs = shop().cidrs_of(route.destination)
    return all(
        any(
            ip_network(cidr).subnet_of(ip_network(wide))
            for wide in shop().cidrs_of(other.destination)
        )
        for cidr in cidrs
    )


@given(networks(), ends)
def test_an_answer_needs_no_rule_of_the_group_that_it_leaves(network, asked):
    """Taking all outbound rules from the destination's groups changes nothing."""
    found = path(network, *asked)
    target = network.interfaces.get(asked[1])
    if target is None or (
        asked[0] in network.interfaces
        and (set(network.interfaces[asked[0]].groups) & set(target.groups))
    ):
        return
    silent = network
    for group in target.groups:
        silent = changed(silent, "groups", group, egress=())

    assert path(silent, *asked).reachable == found.reachable


@given(networks(), ends)
def test_an_answer_needs_the_network_acl_that_it_leaves(network, asked):
    """Taking all outbound entries from the destination's network ACL stops what crosses a subnet's border."""
    target = network.interfaces.get(asked[1])
    source = network.interfaces.get(asked[0])
    if target is None or (source and source.subnet == target.subnet):
        return
    acl = network.acl_of(target.subnet)
    inbound = tuple(entry for entry in acl.entries if not entry.egress)

    assert not path(changed(network, "acls", acl.id, entries=inbound), *asked).reachable


@given(networks(), st.sampled_from(PORTS), st.integers(0, 4))
def test_the_map_says_what_the_paths_say(network, port, twins):
    """Walking one example a kind gives the answer for every pair."""
    for number in range(twins):
        network.add(
            Interface(f"eni-x{number}", "subnet-private", (f"10.0.1.{90 + number}",), ("sg-app",))
        )
    reach = all_pairs(network, port)
    told = {
        (one, two): reach(one, two)
        for one, two in product(network.interfaces, repeat=2)
        if one != two
    }

    assert told == {pair: path(network, *pair, port).reachable for pair in told}


def test_interfaces_that_no_rule_tells_apart_are_one_kind():
    """The work of a map grows with the kinds: a thousand tasks of one service are one."""
    network = shop()
    before = len(set(kinds(network).values()))
    for number in range(100):
        network.add(
            Interface(f"eni-t{number}", "subnet-private", (f"10.0.1.{100 + number}",), ("sg-app",))
        )

    assert len(set(kinds(network).values())) == before


def test_a_map_tells_interfaces_of_one_subnet_apart():
    """By their groups, and by a rule for one address."""
    network = changed(
        shop(), "groups", "sg-db", ingress=(Rule("10.0.1.5/32", "tcp", (5432, 5432)),)
    )
    network.add(Interface("eni-other", "subnet-private", ("10.0.1.40",), ("sg-nothing",)))
    network.add(Interface("eni-app3", "subnet-private", ("10.0.1.50",), ("sg-app",)))
    reach = all_pairs(network, 5432)
    told = {
        source: reach(source, "eni-db")
        for source in ("eni-app", "eni-app2", "eni-app3", "eni-other")
    }

    assert told == {"eni-app": True, "eni-app2": False, "eni-app3": False, "eni-other": False}
    assert all_pairs(network, 3000)("eni-lb", "eni-app3")
    assert not all_pairs(network, 3000)("eni-lb", "eni-other")
