"""Listener rules that route, from an empty account."""

import pytest

from awslab.server import elbv2
from awslab.world.http import Request
from tests.server.elb import ACCOUNT, REGION, Shop, fixed, forward, redirect, rule


@pytest.fixture
def shop(app, session):
    """A VPC with two public subnets and an active load balancer without listeners."""
    made = Shop(session, app)
    made.balancer()
    return made


@pytest.fixture
def web(shop):
    """The load balancer forwards port 80 to a target group of one healthy app."""
    return shop.serve_web()


def test_rules_are_tried_by_priority_not_by_creation(web):
    """The lower number wins, and describe_rules shows them in that order."""
    rule(web, 20, fixed("broad"), path="/api/*")
    rule(web, 10, fixed("narrow"), path="/api/users*")
    found = web.elb.describe_rules(ListenerArn=web.listener_arn)["Rules"]

    assert web.get("/api/users")[2] == b"narrow"
    assert web.get("/api/orders")[2] == b"broad"
    assert web.get("/")[2] == b"web"
    assert [each["Priority"] for each in found] == ["10", "20", "default"]


def test_priorities_may_trade_places(web):
    """SetRulePriorities looks at the outcome, not at each step."""
    broad = rule(web, 20, fixed("broad"), path="/api/*")
    narrow = rule(web, 10, fixed("narrow"), path="/api/users*")
    web.elb.set_rule_priorities(
        RulePriorities=[
            {"RuleArn": broad, "Priority": 10},
            {"RuleArn": narrow, "Priority": 20},
        ]
    )

    assert web.get("/api/users")[2] == b"broad"


def test_a_host_rule_reads_the_host_header(web):
    """Whatever name the client resolved."""
    host = [{"Field": "host-header", "HostHeaderConfig": {"Values": ["api.example.com"]}}]
    rule(web, 1, fixed("api"), given=host)
    exchange = elbv2.serve(web.dns, Request(host="API.example.com"))

    assert exchange.response.body == b"api"
    assert web.get()[2] == b"web"


def test_a_regular_expression_routes(web):
    """RegexValues are taken and work; plain moto fails on them."""
    given = [{"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/v[0-9]+/"]}}]
    arn = rule(web, 1, fixed("versioned"), given=given)
    found = web.elb.describe_rules(RuleArns=[arn])["Rules"][0]["Conditions"][0]

    assert web.get("/v12/x")[2] == b"versioned"
    assert web.get("/vx/x")[2] == b"web"
    assert found["PathPatternConfig"] == {"RegexValues": ["^/v[0-9]+/"]}


def test_http_is_redirected_to_https(web):
    """The address keeps host, path and query; the target is not asked."""
    web.elb.modify_listener(
        ListenerArn=web.listener_arn,
        DefaultActions=[redirect(Protocol="HTTPS", Port="443")],
    )
    status, headers, _ = web.get("/a?b=c")

    assert status == 301
    assert headers["Location"] == f"https://{web.dns}:443/a?b=c"
    assert web.web.requests == []


def test_a_deleted_rule_matches_no_more(web):
    """And its target group is unused again."""
    group = web.target_group("api")
    arn = rule(web, 1, {"Type": "forward", "TargetGroupArn": group}, path="/api*")
    used = elbv2.in_use(ACCOUNT, REGION, group)
    web.elb.delete_rule(RuleArn=arn)

    assert used
    assert not elbv2.in_use(ACCOUNT, REGION, group)
    assert web.get("/api")[2] == b"web"


def test_the_default_rule_has_the_same_arn_in_every_run(app, session):
    """moto makes it of an address in memory."""
    arns = []
    for _ in range(2):
        app.reset()
        shop = Shop(session, app)
        shop.balancer()
        listener = shop.listener(fixed("x"))
        arns.append(shop.elb.describe_rules(ListenerArn=listener)["Rules"][0]["RuleArn"])

    assert arns[0] == arns[1]


def test_rules_and_listeners_show_both_ways_of_writing_them(web):
    """A target group with its weight, values with their config; what has weights has no single group."""
    arn = rule(web, 1, {"Type": "forward", "TargetGroupArn": web.group_arn}, path="/api/*")
    found = web.elb.describe_rules(RuleArns=[arn])["Rules"][0]
    listener = web.elb.describe_listeners(ListenerArns=[web.listener_arn])["Listeners"][0]
    other = web.target_group("other")
    split = rule(web, 2, forward(web.group_arn, other, weights=(3, 1)), path="/b")
    weighted = web.elb.describe_rules(RuleArns=[split])["Rules"][0]["Actions"][0]
    one = {
        "Type": "forward",
        "TargetGroupArn": web.group_arn,
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": web.group_arn, "Weight": 1}],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }

    assert found["Actions"] == [one]
    assert listener["DefaultActions"] == [one]
    assert found["Conditions"] == [
        {
            "Field": "path-pattern",
            "Values": ["/api/*"],
            "PathPatternConfig": {"Values": ["/api/*"]},
        }
    ]
    assert "TargetGroupArn" not in weighted
    assert [each["Weight"] for each in weighted["ForwardConfig"]["TargetGroups"]] == [3, 1]
