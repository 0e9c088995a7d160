"""`cloud.trace`: what each step of a request's way decided, and its picture."""

import json

import pytest

from awslab.server import inprocess
from awslab.show.routing import trace_picture
from tests.server.elb import ZONES, App, Shop


@pytest.fixture
def shop(app, session):
    """Port 80 forwards /api/* to one healthy app and redirects the rest."""
    made = Shop(session, app)
    made.balancer()
    to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    listener = made.listener({"Type": "redirect", "RedirectConfig": to_https})
    made.group_arn = made.target_group()
    for priority, path in ((10, "/admin"), (20, "/api/*")):
        made.elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[{"Type": "forward", "TargetGroupArn": made.group_arn}],
        )
    made.web = App(name="web")
    made.address = made.run(made.web)
    made.register(made.group_arn, made.address)
    made.advance(10)
    return made


def trace(shop, path="/", method="GET", scheme="http", **more):
    """Ask the lab for a trace, as `cloud.trace` does; return its picture."""
    body = {"method": method, "url": f"{scheme}://{shop.dns}{path}", **more}
    status, _, answer = inprocess.call(
        shop.app, "POST", f"{inprocess.ADDRESS}/_lab/trace", json.dumps(body).encode()
    )
    assert status == 200, answer
    return trace_picture(json.loads(answer))


def test_a_request_that_arrives_names_every_decision(shop):
    """Rules tried, the group, the target and why."""
    found = trace(shop, "/api/users/7")

    assert (found.status, found.rule, found.target_group) == (200, "20", "web")
    assert (found.target, found.body) == (f"{shop.address}:3000", "web")
    assert [each["why"] for each in found.rules] == [
        "path is /admin; the request's is /api/users/7",
        "path is /api/*",
    ]
    assert "its turn among 1 healthy" in found.text


def test_the_request_is_really_made(shop):
    """With its method, headers and body."""
    trace(shop, "/api", "POST", headers={"X-Test": "1"}, body="hello")
    trace(shop, "/api/", "POST", headers={"X-Test": "1"}, body="hello")
    got = shop.web.requests

    assert [(each.method, each.path, each.body) for each in got] == [("POST", "/api/", b"hello")]
    assert got[0].headers["x-test"] == "1"


def test_a_redirect_is_answered_at_the_rule(shop):
    """Nothing behind it is reached."""
    found = trace(shop, "/a?b=c")

    assert (found.status, found.rule, found.target) == (301, "default", None)
    assert found.headers["location"] == f"https://{shop.dns}:443/a?b=c"
    assert found.text.count("[ok]") == 3


@pytest.mark.parametrize(
    ("fault", "status", "stop"),
    [
        (
            lambda shop: shop.elb.set_security_groups(
                LoadBalancerArn=shop.arn, SecurityGroups=[shop.back]
            ),
            None,
            "load balancer",
        ),
        (
            lambda shop: shop.elb.deregister_targets(
                TargetGroupArn=shop.group_arn, Targets=[{"Id": shop.address}]
            ),
            503,
            "target group",
        ),
        (lambda shop: setattr(shop.web, "port", 1), 502, "target"),
        (lambda shop: setattr(shop.web, "stalls", True), 504, "target"),
        (
            lambda shop: shop.ec2.revoke_security_group_egress(
                GroupId=shop.front,
                IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            ),
            504,
            "target",
        ),
    ],
)
def test_a_fault_stops_the_request_at_its_place(shop, fault, status, stop):
    """The picture marks one step, in words."""
    fault(shop)
    found = trace(shop, "/api/")
    stops = [line for line in found.text.splitlines() if "[STOP]" in line]

    assert found.status == status
    assert len(stops) == 1
    assert f"[STOP] {stop}" in stops[0]
    assert found.html.count("STOPS HERE") >= 1


def test_the_way_on_says_whose_each_component_is(shop):
    """A security group that stops the request belongs to an interface, so a map can mark it there."""
    all_in = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    shop.ec2.revoke_security_group_egress(GroupId=shop.front, IpPermissions=all_in)
    found = trace(shop, "/api/")
    blocked = found.data["way_on"]["hops"][-1]

    assert (blocked["kind"], blocked["id"], blocked["ok"]) == ("security group", shop.front, False)
    assert blocked["of"].startswith("eni-")
    assert not found.text.endswith("..")


def test_a_port_without_a_listener_stops_there(shop):
    """8080 is open, nothing listens."""
    shop.dns += ":8080"
    found = trace(shop)

    assert found.status is None
    assert "[STOP] listener none: no listener on port 8080" in found.text


def test_https_stops_at_a_listener_that_speaks_http(shop):
    """And the name in the certificate is looked at, in the TLS tests by real clients."""
    shop.dns += ":80"
    found = trace(shop, scheme="https")

    assert found.status is None
    assert "the TLS handshake fails" in found.why


def test_the_targets_are_listed_with_their_health(shop):
    """Also those that were not chosen."""
    bad = shop.run(App(name="bad", status=500), subnet=1)
    shop.register(shop.group_arn, bad)
    shop.advance(90)
    found = trace(shop, "/api/")
    targets = {each["address"]: each for each in found.data["group"]["targets"]}

    assert targets[shop.address]["chosen"]
    assert (targets[bad]["state"], targets[bad]["zone"]) == ("unhealthy", ZONES[1])
    assert "Health checks failed with these codes: [500]" in found.html


@pytest.mark.parametrize("url", ["http://none-1.us-east-1.elb.amazonaws.com/", "ftp://x/", "x"])
def test_an_address_that_leads_nowhere_is_explained(shop, url):
    """400 with a sentence that names the cure."""
    status, _, answer = inprocess.call(
        shop.app,
        "POST",
        f"{inprocess.ADDRESS}/_lab/trace",
        json.dumps({"method": "GET", "url": url}).encode(),
    )

    assert status == 400
    assert "for example" in json.loads(answer)["error"] or "DNSName" in json.loads(answer)["error"]
