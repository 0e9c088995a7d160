"""Rules that rewrite: what the target is asked, what describe_rules shows, what the access log says."""

import pytest

from awslab.server import elbv2
from awslab.world.http import Request
from tests.server.elb import Shop, fixed, forward, refused

STRIP = {
    "Type": "url-rewrite",
    "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/api/(.*)$", "Replace": "/$1"}]},
}
INTERNAL = {
    "Type": "host-header-rewrite",
    "HostHeaderRewriteConfig": {"Rewrites": [{"Regex": "^.*$", "Replace": "app.internal"}]},
}
API = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}}]


@pytest.fixture
def web(app, session):
    """A load balancer that forwards port 80 to a target group of one healthy app."""
    shop = Shop(session, app)
    shop.balancer()
    return shop.serve_web()


def add(web, *transforms, action=None):
    """Create a rule for /api/* and return it."""
    made = web.elb.create_rule(
        ListenerArn=web.listener_arn,
        Priority=1,
        Conditions=API,
        Actions=[action or forward(web.group_arn)],
        Transforms=list(transforms),
    )
    return made["Rules"][0]


def shown(web, arn):
    """Return the transforms that describe_rules shows of a rule."""
    return web.elb.describe_rules(RuleArns=[arn])["Rules"][0]["Transforms"]


def test_the_target_gets_the_rewritten_request(web):
    """The rule is chosen by what the client sent; only what the rule matches is rewritten."""
    add(web, STRIP, INTERNAL)
    web.get("/api/users/7?x=1")
    web.get("/users")
    first, second = web.web.requests

    assert (first.path, first.query, first.host) == ("/users/7", "x=1", "app.internal")
    assert first.headers["host"] == "app.internal"
    assert (second.path, second.host) == ("/users", web.dns)


def test_a_trace_says_what_was_rewritten(web):
    """What the client sent, and what the target was asked."""
    add(web, STRIP)
    exchange = elbv2.serve(web.dns, Request(path="/api/users", host="shop.example"))

    assert exchange.why == (
        "the target answered; the rule rewrote shop.example/api/users to shop.example/users for it"
    )


def test_a_transform_that_fails_is_a_500_of_the_load_balancer(web):
    """The target is not asked."""
    rewrites = [{"Regex": "^/api", "Replace": "$1"}]
    add(web, {"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": rewrites}})

    status, headers, body = web.get("/api/users")

    assert (status, headers["Server"]) == (500, "awselb/2.0")
    assert b"500 Internal Server Error" in body
    assert web.web.requests == []


def test_transforms_are_shown_changed_and_reset(web):
    """ModifyRule without them leaves them as they are."""
    made = add(web, STRIP)
    arn = made["RuleArn"]
    web.elb.modify_rule(RuleArn=arn, Conditions=API)
    kept = shown(web, arn)
    web.elb.modify_rule(RuleArn=arn, Transforms=[INTERNAL])
    changed = shown(web, arn)
    web.elb.modify_rule(RuleArn=arn, ResetTransforms=True)

    assert made["Transforms"] == [STRIP]
    assert kept == [STRIP]
    assert changed == [INTERNAL]
    assert shown(web, arn) == []


def test_a_bad_transform_makes_no_rule(web):
    """Two of one type, Transforms with ResetTransforms, one for the default rule."""
    code, _ = refused(add, web, STRIP, STRIP)
    rules = web.elb.describe_rules(ListenerArn=web.listener_arn)["Rules"]
    arn = add(web, STRIP, action=fixed("api"))["RuleArn"]
    both = {"RuleArn": arn, "Transforms": [STRIP], "ResetTransforms": True}
    default = {"RuleArn": rules[0]["RuleArn"], "Transforms": [STRIP]}

    assert code == "ValidationError"
    assert len(rules) == 1
    assert refused(web.elb.modify_rule, **both)[0] == "ValidationError"
    assert refused(web.elb.modify_rule, **default)[0] == "OperationNotPermitted"
