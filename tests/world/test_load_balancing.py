"""Sharing requests among weights, redirects, and what a target gets."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.http import Request
from awslab.world.load_balancing import (
    choose,
    cookie,
    error,
    fixed_response,
    forwarded,
    redirect,
    target_groups,
)

ASKED = Request(path="/a/b", host="shop.example.com", query="q=1")


def run(weights, times):
    """Choose `times` times and return the choices."""
    state, chosen = {}, []
    for _ in range(times):
        one, state = choose(weights, state)
        chosen.append(one)
    return chosen


def test_equal_weights_take_turns():
    """Round robin is the case of equal weights."""
    assert run({"a": 1, "b": 1, "c": 1}, 6) == ["a", "b", "c"] * 2


def test_ninety_to_ten_is_ninety_to_ten():
    """A canary of one in ten gets exactly one request in ten."""
    assert Counter(run({"old": 90, "new": 10}, 100)) == {"old": 90, "new": 10}


@pytest.mark.parametrize("weights", [{}, {"a": 0}])
def test_nothing_is_chosen_when_no_weight_is_above_zero(weights):
    """A weight of 0 takes a target group out."""
    assert run(weights, 1) == [None]


@given(
    st.dictionaries(st.sampled_from("abcde"), st.integers(0, 999), min_size=1).filter(
        lambda weights: any(weights.values())
    ),
    st.integers(1, 200),
)
def test_shares_follow_the_weights_at_every_moment(weights, times):
    """After any number of requests each name is within the number of names of its exact share."""
    counts, total = Counter(run(weights, times)), sum(weights.values())

    for name, weight in weights.items():
        assert abs(counts[name] - times * weight / total) <= len(weights)


def test_the_weights_of_a_forward_action():
    """One target group stands alone, several come with weights, which are 1 by default."""
    several = [{"TargetGroupArn": "a", "Weight": 3}, {"TargetGroupArn": "b"}]

    assert target_groups({"TargetGroupArn": "a"}) == {"a": 1}
    assert target_groups({"ForwardConfig": {"TargetGroups": several}}) == {"a": 3, "b": 1}
    assert target_groups({"Type": "redirect"}) == {}


@pytest.mark.parametrize(
    ("config", "location"),
    [
        ({"Protocol": "HTTPS", "Port": "443"}, "https://shop.example.com:443/a/b?q=1"),
        ({"Host": "new.example.com"}, "http://new.example.com:80/a/b?q=1"),
        ({"Path": "/v2/#{path}"}, "http://shop.example.com:80/v2/a/b?q=1"),
        (
            {"Path": "/#{host}/#{port}", "Query": ""},
            "http://shop.example.com:80/shop.example.com/80",
        ),
        ({"Query": "#{query}&x=2", "Port": "8080"}, "http://shop.example.com:8080/a/b?q=1&x=2"),
    ],
)
def test_a_redirect_keeps_what_it_does_not_name(config, location):
    """Keywords stand for the parts of the request; the port is always written."""
    answer = redirect({"StatusCode": "HTTP_301", **config}, ASKED)

    assert (answer.status, answer.headers["location"]) == (301, location)


def test_a_found_redirect_is_302():
    """HTTP_302 is the temporary one."""
    assert redirect({"StatusCode": "HTTP_302", "Host": "x"}, ASKED).status == 302


def test_a_fixed_response_says_what_it_was_given():
    """Status, type and body come from the action."""
    config = {"StatusCode": "404", "ContentType": "application/json", "MessageBody": "{}"}
    answer = fixed_response(config)

    assert (answer.status, answer.body) == (404, b"{}")
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_the_load_balancers_own_errors_say_who_wrote_them(status):
    """The Server header tells them from a target's."""
    answer = error(status)

    assert answer.headers["server"] == "awselb/2.0"
    assert str(status).encode() in answer.body


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        ("append", None, "203.0.113.10"),
        ("append", "192.0.2.1", "192.0.2.1, 203.0.113.10"),
        ("preserve", "192.0.2.1", "192.0.2.1"),
        ("preserve", None, None),
        ("remove", "192.0.2.1", None),
    ],
)
def test_the_clients_address_is_in_x_forwarded_for(mode, before, after):
    """The attribute says what happens to a header the client sent itself."""
    sent = {"x-forwarded-for": before} if before else {}
    got = forwarded(Request(headers=sent), mode=mode).headers

    assert got.get("x-forwarded-for") == after


def test_a_target_gets_the_path_and_host_as_they_were():
    """A load balancer rewrites neither; scheme and port of the client's side are in headers."""
    request = Request(path="/api/users/7", host="a.com", scheme="https", port=443, query="x=1")
    got = forwarded(request)

    assert (got.path, got.query, got.headers["host"]) == ("/api/users/7", "x=1", "a.com")
    assert got.headers["x-forwarded-proto"] == "https"
    assert got.headers["x-forwarded-port"] == "443"


@pytest.mark.parametrize(
    ("sent", "value"), [("a=1; AWSALB=x", "x"), ("AWSALB=y", "y"), ("AWSALBTG=z", None), ("", None)]
)
def test_a_cookie_is_found_by_its_whole_name(sent, value):
    """AWSALBTG is not AWSALB."""
    assert cookie({"cookie": sent}, "AWSALB") == value
