"""Listener rules: which one a request meets, whatever order they were made in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.http import Request
from awslab.world.routing import ordered, route, rule, wildcard

FORWARD = {"Type": "forward", "TargetGroupArn": "tg"}
DEFAULT = rule("default", "default", [], [FORWARD])


def one(condition, request):
    """Return whether a rule with one condition matches a request, and the reason given."""
    tried = route([rule("r", 1, [condition], [FORWARD]), DEFAULT], request).tried[0]
    return tried.matched, tried.why


def path(*values):
    """A path-pattern condition."""
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


@pytest.mark.parametrize(
    ("pattern", "asked", "matches"),
    [
        ("/api/users/*", "/api/users/7", True),
        ("/api/users/*", "/api/users/", True),
        ("/api/users/*", "/api/users", False),
        ("/api/*", "/api/users/7/photos", True),
        ("/api/*", "/API/users", False),
        ("/img/?", "/img/a", True),
        ("/img/?", "/img/", False),
        ("/img/?", "/img/ab", False),
        ("/a.c", "/abc", False),
        ("*", "/", True),
        ("/literal\\*", "/literal*", True),
        ("/literal\\*", "/literals", False),
    ],
)
def test_a_path_pattern_covers_the_whole_path_and_minds_case(pattern, asked, matches):
    """`*` is zero or more characters, also slashes; `?` exactly one; the path is not cut."""
    found, _ = one(path(pattern), Request(path=asked))

    assert found is matches


def test_a_path_pattern_does_not_look_at_the_query():
    """The query string has a condition of its own."""
    found, _ = one(path("/a"), Request(path="/a", query="x=1"))

    assert found


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("shop.example.com", "SHOP.example.com", True),
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", True),
        ("api?.example.com", "api2.example.com", True),
    ],
)
def test_a_host_condition_does_not_mind_case(pattern, host, matches):
    """Host names are compared without case, wildcards as in paths."""
    condition = {"Field": "host-header", "HostHeaderConfig": {"Values": [pattern]}}
    found, _ = one(condition, Request(host=host))

    assert found is matches


def test_the_old_form_of_a_condition_still_works():
    """`Values` may stand beside `Field`, without a config."""
    found, _ = one({"Field": "path-pattern", "Values": ["/a"]}, Request(path="/a"))

    assert found


@pytest.mark.parametrize(
    ("sent", "matches"),
    [({"user-agent": "curl/8"}, True), ({"user-agent": "CURL/7"}, True), ({}, False)],
)
def test_a_header_condition_matches_a_value_without_case(sent, matches):
    """An absent header matches nothing."""
    config = {"HttpHeaderName": "User-Agent", "Values": ["curl/*"]}
    found, _ = one({"Field": "http-header", "HttpHeaderConfig": config}, Request(headers=sent))

    assert found is matches


@pytest.mark.parametrize(("method", "matches"), [("POST", True), ("post", False), ("GET", False)])
def test_a_method_condition_is_exact(method, matches):
    """Methods are compared as they are."""
    condition = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST"]}}
    found, _ = one(condition, Request(method=method))

    assert found is matches


@pytest.mark.parametrize(
    ("pair", "query", "matches"),
    [
        ({"Key": "version", "Value": "v1"}, "version=v1", True),
        ({"Key": "Version", "Value": "V*"}, "a=b&version=v2", True),
        ({"Key": "version", "Value": "v1"}, "version=v2", False),
        ({"Value": "*example*"}, "x=an%20example", True),
        ({"Key": "version", "Value": "*"}, "", False),
    ],
)
def test_a_query_condition_looks_for_a_pair_or_a_value(pair, query, matches):
    """Keys and values are compared decoded, without case, with wildcards."""
    condition = {"Field": "query-string", "QueryStringConfig": {"Values": [pair]}}
    found, _ = one(condition, Request(query=query))

    assert found is matches


@pytest.mark.parametrize(("source", "matches"), [("192.0.2.7", True), ("198.51.100.7", False)])
def test_a_source_condition_is_a_block_of_addresses(source, matches):
    """The address is the client's, not one in X-Forwarded-For."""
    condition = {"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24"]}}
    sent = {"x-forwarded-for": "192.0.2.9"}
    found, _ = one(condition, Request(source_ip=source, headers=sent))

    assert found is matches


def test_a_regular_expression_matches_a_path():
    """RegexValues work as conditions."""
    condition = {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": [r"^/v[0-9]+/"]}}

    assert one(condition, Request(path="/v12/x"))[0]
    assert not one(condition, Request(path="/vx/x"))[0]


def test_values_are_alternatives_and_conditions_all_have_to_hold():
    """Any value of a condition, every condition of a rule."""
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": ["a.com", "b.com"]}}
    both = rule("both", 1, [path("/x", "/y"), host], [FORWARD])

    assert route([both, DEFAULT], Request(path="/y", host="b.com")).rule is both
    assert route([both, DEFAULT], Request(path="/y", host="c.com")).rule is DEFAULT


def test_every_rule_tried_says_why_it_did_not_match():
    """The reason names what the rule wants and what the request has."""
    tried = route([rule("r", 5, [path("/api/*")], [FORWARD]), DEFAULT], Request(path="/")).tried

    assert [each.why for each in tried] == [
        "path is /api/*; the request's is /",
        "no other rule matched",
    ]


def test_the_action_is_the_last_one_in_order():
    """Authentication comes before the forward action, whatever order the API gives them in."""
    actions = [{**FORWARD, "Order": 2}, {"Type": "authenticate-oidc", "Order": 1}]
    found = route([rule("d", None, [], actions)], Request())

    assert found.action["Type"] == "forward"


@given(st.lists(st.integers(1, 50000), unique=True, min_size=1, max_size=12), st.randoms())
def test_the_lowest_matching_priority_wins_whatever_the_order(priorities, random):
    """Creation order decides nothing; the default rule comes last."""
    rules = [rule(str(p), p, [path("/*")], [FORWARD]) for p in priorities] + [DEFAULT]
    random.shuffle(rules)

    assert route(rules, Request()).rule.priority == min(priorities)
    assert ordered(rules)[-1] is DEFAULT


@given(st.text("abc/", max_size=8), st.text("abc/*?", max_size=8))
def test_a_wildcard_agrees_with_its_definition(text, pattern):
    """The matcher says the same as a recursive reading of `*` and `?`."""

    def reads(p, t):
        if not p:
            return not t
        if p[0] == "*":
            return reads(p[1:], t) or (bool(t) and reads(p, t[1:]))
        return bool(t) and p[0] in ("?", t[0]) and reads(p[1:], t[1:])

    assert wildcard(pattern, text, case=True) is reads(pattern, text)
