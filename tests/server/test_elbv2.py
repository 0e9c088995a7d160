"""Load balancers that behave, from an empty account through boto3 and plain HTTP."""

from collections import Counter

import pytest

from awslab.server import elbv2, names
from awslab.world.http import Request
from tests.server.elb import ACCOUNT, REGION, ZONES, App, Shop


@pytest.fixture
def shop(app, session):
    """A VPC with two public subnets and an active load balancer without listeners."""
    made = Shop(session, app)
    made.balancer()
    return made


@pytest.fixture
def web(shop):
    """The load balancer forwards port 80 to a target group of one healthy app."""
    shop.group_arn = shop.target_group()
    shop.listener_arn = shop.listener(shop.group_arn)
    shop.web = App(name="web")
    shop.address = shop.run(shop.web)
    shop.register(shop.group_arn, shop.address)
    shop.advance(10)
    return shop


def forward(*arns, weights=None, sticky=False):
    """A forward action to several target groups."""
    groups = [
        {"TargetGroupArn": arn, "Weight": weight}
        for arn, weight in zip(arns, weights or [1] * len(arns), strict=True)
    ]
    config = {"TargetGroups": groups}
    if sticky:
        config["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": 60}
    return {"Type": "forward", "ForwardConfig": config}


def redirect(**config):
    """A redirect action."""
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **config}}


def fixed(body, status="200"):
    """A fixed-response action."""
    return {
        "Type": "fixed-response",
        "FixedResponseConfig": {"StatusCode": status, "MessageBody": body},
    }


def rule(shop, priority, action, listener=None, **conditions):
    """Create a rule; conditions are named as fields with underscores, path by default."""
    path = conditions.pop("path", None)
    made = [{"Field": "path-pattern", "Values": [path]}] if path else conditions.pop("given")
    created = shop.elb.create_rule(
        ListenerArn=listener or shop.listener_arn,
        Priority=priority,
        Conditions=made,
        Actions=[action],
    )
    return created["Rules"][0]["RuleArn"]


# --- the load balancer ---------------------------------------------------------------------------


def test_a_load_balancer_is_provisioned_in_a_minute_and_does_not_answer_before(app, session):
    """The waiter's question passes time; until then the name leads nowhere."""
    shop = Shop(session, app)
    made = shop.balancer(active=False)
    shop.listener(fixed("hello"))
    with pytest.raises(names.Unreachable, match="provisioning"):
        shop.get()
    states = [
        shop.elb.describe_load_balancers()["LoadBalancers"][0]["State"]["Code"] for _ in range(12)
    ]

    assert made["State"]["Code"] == "provisioning"
    assert states == ["provisioning"] * 11 + ["active"]
    assert shop.get()[2] == b"hello"


def test_a_load_balancer_has_an_interface_in_each_subnet(shop):
    """Internet-facing ones have public addresses; deleting takes the interfaces away."""
    enis = shop.ec2.describe_network_interfaces()["NetworkInterfaces"]
    found = {(eni["SubnetId"], eni["Description"].startswith("ELB app/shop/")) for eni in enis}
    shop.elb.delete_load_balancer(LoadBalancerArn=shop.arn)

    assert found == {(subnet, True) for subnet in shop.subnets}
    assert shop.ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_the_dns_name_has_aws_form(shop):
    """<name>-<number>.<region>.elb.amazonaws.com, an internal one with a prefix."""
    inner = shop.balancer("inner", Scheme="internal")

    assert shop.elb.describe_load_balancers(Names=["shop"])["LoadBalancers"][0][
        "DNSName"
    ].startswith("shop-")
    assert inner["DNSName"].startswith("internal-inner-")
    assert inner["DNSName"].endswith(".us-east-1.elb.amazonaws.com")


def test_without_security_groups_the_vpcs_default_one_is_used(shop):
    """As AWS does; it lets nobody in from outside."""
    made = shop.balancer("other", SecurityGroups=[])
    shop.listener(fixed("x"))

    assert len(made["SecurityGroups"]) == 1
    with pytest.raises(names.Unreachable):
        shop.get()


def test_the_same_settings_again_return_the_same_load_balancer(shop):
    """CreateLoadBalancer is idempotent, and so are CreateTargetGroup and CreateListener."""
    arn = shop.arn
    group = shop.target_group()
    listener = shop.listener(group)

    assert shop.balancer()["LoadBalancerArn"] == arn
    assert shop.target_group() == group
    assert shop.listener(group) == listener


# --- getting there -------------------------------------------------------------------------------


def test_a_closed_security_group_gives_the_client_no_answer(web):
    """The packets are lost: a connection that never comes about, not an HTTP status."""
    web.elb.set_security_groups(LoadBalancerArn=web.arn, SecurityGroups=[web.back])

    with pytest.raises(names.Unreachable, match=web.back):
        web.get()


def test_a_port_without_a_listener_refuses_the_connection(web):
    """8080 is open in the security group, nothing listens."""
    with pytest.raises(names.Unreachable, match="no listener on port 8080"):
        web.get(host=f"{web.dns}:8080")


def test_an_internal_load_balancer_is_out_of_reach_of_the_internet(shop):
    """Its name leads to private addresses; a task inside gets an answer."""
    shop.balancer("inner", Scheme="internal")
    shop.listener(fixed("inside"))
    task = shop.ec2.create_network_interface(SubnetId=shop.subnets[0])["NetworkInterface"]
    inside = elbv2.serve(shop.dns, Request(host=shop.dns), task["NetworkInterfaceId"])

    assert inside.response.body == b"inside"
    with pytest.raises(names.Unreachable):
        shop.get()


def test_a_subnet_without_a_route_to_the_internet_is_passed_over(web):
    """A client tries the next address of the name: half of the load balancer is still there."""
    table = web.ec2.create_route_table(VpcId=web.vpc)["RouteTable"]["RouteTableId"]
    web.ec2.associate_route_table(RouteTableId=table, SubnetId=web.subnets[0])
    zones = {elbv2.serve(web.dns, Request(host=web.dns)).zone for _ in range(4)}

    assert zones == {ZONES[1]}


def test_a_name_of_no_load_balancer_is_refused_by_the_lab(app, shop):
    """Nothing else is out there."""
    assert shop.get(host="gone-1.us-east-1.elb.amazonaws.com")[0] == 403


def test_route_53_leads_a_name_to_the_load_balancer(web, session):
    """An alias record and a CNAME; a private zone is nobody's business on the internet."""
    dns = session.client("route53")
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    target = {"HostedZoneId": "Z35SXDOTRQ7X7K", "DNSName": web.dns, "EvaluateTargetHealth": False}
    records = [
        {"Name": "shop.example.com", "Type": "A", "AliasTarget": target},
        {
            "Name": "www.example.com",
            "Type": "CNAME",
            "TTL": 60,
            "ResourceRecords": [{"Value": "shop.example.com"}],
        },
    ]
    dns.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [{"Action": "CREATE", "ResourceRecordSet": each} for each in records]
        },
    )

    assert web.get(host="shop.example.com")[2] == b"web"
    assert web.get(host="www.example.com")[2] == b"web"
    assert web.get(host="nothing.example.com")[0] == 403


def test_a_zone_that_failed_has_no_node(web, monkeypatch):
    """The name leads to what is left."""
    monkeypatch.setattr("awslab.server.elbv2.wire.failed_zones", lambda *_: [ZONES[0]])
    zones = {elbv2.serve(web.dns, Request(host=web.dns)).zone for _ in range(4)}

    assert zones == {ZONES[1]}


# --- forwarding ----------------------------------------------------------------------------------


def test_a_target_gets_the_request_as_it_was_and_who_asked(web):
    """Path, query and Host are unchanged; the client is in X-Forwarded-For."""
    status, _, body = web.get("/api/users/7?verbose=1", X_Forwarded_For="192.0.2.1")
    got = web.web.requests[0]

    assert (status, body) == (200, b"web")
    assert (got.path, got.query, got.host) == ("/api/users/7", "verbose=1", web.dns)
    assert got.headers["x-forwarded-for"] == "192.0.2.1, 203.0.113.10"
    assert (got.headers["x-forwarded-proto"], got.headers["x-forwarded-port"]) == ("http", "80")
    assert got.headers["x-amzn-trace-id"].startswith("Root=1-")


def test_the_processing_of_x_forwarded_for_can_be_changed(web):
    """The attribute `remove` takes the header away."""
    web.elb.modify_load_balancer_attributes(
        LoadBalancerArn=web.arn,
        Attributes=[{"Key": "routing.http.xff_header_processing.mode", "Value": "remove"}],
    )
    web.get(X_Forwarded_For="192.0.2.1")

    assert "x-forwarded-for" not in web.web.requests[0].headers


def test_healthy_targets_take_turns(web):
    """Round robin over both zones: cross-zone load balancing is on."""
    other = App(name="other")
    web.register(web.group_arn, web.run(other, subnet=1))
    web.advance(10)
    bodies = Counter(web.get()[2] for _ in range(6))

    assert bodies == {b"web": 3, b"other": 3}


def test_without_cross_zone_a_node_keeps_to_its_own_zone(web):
    """A target group may turn it off; the other zone's node then has no target: 503."""
    web.elb.modify_target_group_attributes(
        TargetGroupArn=web.group_arn,
        Attributes=[{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}],
    )
    statuses = Counter(web.get()[0] for _ in range(4))

    assert statuses == {200: 2, 503: 2}


def test_one_address_may_be_a_target_on_two_ports(web):
    """Targets are known by address and port together."""
    web.register(web.group_arn, web.address, port=3001)
    found = web.elb.describe_target_health(TargetGroupArn=web.group_arn)
    ports = [each["Target"]["Port"] for each in found["TargetHealthDescriptions"]]

    assert ports == [3000, 3001]


def test_weights_share_requests_between_target_groups(web):
    """A canary with weight 1 of 10 gets every tenth request."""
    canary = web.target_group("canary")
    web.elb.modify_listener(
        ListenerArn=web.listener_arn,
        DefaultActions=[forward(web.group_arn, canary, weights=[9, 1])],
    )
    web.register(canary, web.run(App(name="canary")))
    web.advance(10)
    bodies = Counter(web.get()[2] for _ in range(20))

    assert bodies == {b"web": 18, b"canary": 2}


def test_an_empty_target_group_keeps_its_share_and_answers_503(web):
    """Weights do not fail over to another group."""
    empty = web.target_group("empty")
    web.elb.modify_listener(
        ListenerArn=web.listener_arn, DefaultActions=[forward(web.group_arn, empty)]
    )

    assert Counter(web.get()[0] for _ in range(4)) == {200: 2, 503: 2}


def test_a_cookie_keeps_a_client_at_a_target_until_it_ends(web):
    """AWSALB names the target; after its duration the client takes its turn again."""
    web.elb.modify_target_group_attributes(
        TargetGroupArn=web.group_arn,
        Attributes=[
            {"Key": "stickiness.enabled", "Value": "true"},
            {"Key": "stickiness.lb_cookie.duration_seconds", "Value": "60"},
        ],
    )
    web.register(web.group_arn, web.run(App(name="other")))
    web.advance(10)
    _, headers, first = web.get()
    cookie = headers["Set-Cookie"].partition(";")[0]
    same = {web.get(Cookie=cookie)[2] for _ in range(4)}
    web.advance(61)
    later = {web.get(Cookie=cookie)[2] for _ in range(4)}

    assert cookie.startswith("AWSALB=")
    assert same == {first}
    assert later == {b"web", b"other"}


def test_a_cookie_keeps_a_client_at_a_target_group(web):
    """AWSALBTG, from a weighted forward with stickiness."""
    other = web.target_group("other")
    web.elb.modify_listener(
        ListenerArn=web.listener_arn,
        DefaultActions=[forward(web.group_arn, other, sticky=True)],
    )
    web.register(other, web.run(App(name="other")))
    web.advance(10)
    _, headers, first = web.get()
    cookie = headers["Set-Cookie"].partition(";")[0]

    assert cookie.startswith("AWSALBTG=")
    assert {web.get(Cookie=cookie)[2] for _ in range(4)} == {first}


def test_a_slow_start_gives_a_new_target_little_at_first(web):
    """A target that turns healthy beside a warm one gets a growing share."""
    web.elb.modify_target_group_attributes(
        TargetGroupArn=web.group_arn,
        Attributes=[{"Key": "slow_start.duration_seconds", "Value": "100"}],
    )
    web.register(web.group_arn, web.run(App(name="new")))
    web.advance(10)
    web.advance(10)
    early = Counter(web.get()[2] for _ in range(11))
    web.advance(90)
    late = Counter(web.get()[2] for _ in range(10))

    assert early == {b"web": 10, b"new": 1}
    assert late == {b"web": 5, b"new": 5}


# --- rules ---------------------------------------------------------------------------------------


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


# --- errors a client sees ------------------------------------------------------------------------


def test_no_registered_target_is_503(shop):
    """The load balancer answers itself."""
    shop.listener(shop.target_group())
    status, headers, _ = shop.get()

    assert (status, headers["Server"]) == (503, "awselb/2.0")


def test_a_refused_connection_is_502(web):
    """The target's host is there, its port is not: the load balancer fails open and tries."""
    web.web.port = 9999

    assert web.get()[0] == 502


def test_a_target_that_does_not_answer_is_504(web):
    """It accepts and stalls."""
    web.web.stalls = True

    assert web.get()[0] == 504


def test_a_target_behind_a_closed_security_group_is_504(web):
    """The way from the load balancer to the target is the network's decision."""
    web.ec2.revoke_security_group_ingress(
        GroupId=web.back,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 3000,
                "ToPort": 3000,
                "UserIdGroupPairs": [{"GroupId": web.front}],
            }
        ],
    )

    assert web.get()[0] == 504


def test_a_targets_own_error_is_passed_on(web):
    """500 from the app stays 500, with the app's body."""
    web.web.status = 500

    assert web.get()[0::2] == (500, b"web")


# --- target health -------------------------------------------------------------------------------


def test_a_new_target_is_healthy_after_one_check(shop):
    """The healthy threshold of 5 does not count for it; asking passes five seconds."""
    group = shop.target_group(HealthCheckIntervalSeconds=10)
    address = shop.run()
    shop.register(group, address)
    unused = shop.health(group)
    shop.listener(group)
    states = [shop.health(group)[address] for _ in range(2)]

    assert unused == {address: ("unused", "Target.NotInUse")}
    assert states == [("initial", "Elb.RegistrationInProgress"), ("healthy", None)]


def test_the_wait_for_targets_in_service_ends(shop):
    """boto3's waiter asks until all are healthy."""
    group = shop.target_group()
    shop.listener(group)
    shop.register(group, shop.run(), shop.run(subnet=1))
    waiter = shop.elb.get_waiter("target_in_service")
    waiter.wait(TargetGroupArn=group, WaiterConfig={"Delay": 0})

    assert {state for state, _ in shop.health(group).values()} == {"healthy"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda shop: setattr(shop.web, "status", 404), "Target.ResponseCodeMismatch"),
        (lambda shop: setattr(shop.web, "port", 1), "Target.FailedHealthChecks"),
        (lambda shop: setattr(shop.web, "stalls", True), "Target.Timeout"),
        (
            lambda shop: shop.elb.set_security_groups(
                LoadBalancerArn=shop.arn, SecurityGroups=[shop.back]
            ),
            "Target.Timeout",
        ),
    ],
)
def test_a_target_turns_unhealthy_for_a_reason(web, change, reason):
    """Two failures in a row, an interval of 30 seconds apart."""
    change(web)
    web.advance(30)
    once = web.health(web.group_arn)[web.address]
    web.advance(30)

    assert once == ("healthy", None)
    assert web.health(web.group_arn)[web.address] == ("unhealthy", reason)


def test_recovery_takes_the_healthy_threshold(web):
    """Five successes at 30 seconds: two and a half minutes by default."""
    web.web.status = 500
    web.advance(60)
    web.web.status = 200
    web.advance(4 * 30)
    before = web.health(web.group_arn)[web.address][0]
    web.advance(30)

    assert before == "unhealthy"
    assert web.health(web.group_arn)[web.address][0] == "healthy"


def test_the_health_check_has_its_own_path_port_and_codes(web):
    """A matcher of 204 fails what answers 200; a changed check counts at once."""
    web.elb.modify_target_group(
        TargetGroupArn=web.group_arn, Matcher={"HttpCode": "204"}, HealthCheckPath="/health"
    )
    web.advance(60)
    found = web.elb.describe_target_health(TargetGroupArn=web.group_arn)
    health = found["TargetHealthDescriptions"][0]["TargetHealth"]

    assert health["Description"] == "Health checks failed with these codes: [200]"


def test_requests_go_to_healthy_targets_only_and_to_all_when_none_is(web):
    """Fail-open: better a bad answer than none."""
    bad = App(name="bad", status=500)
    web.register(web.group_arn, web.run(bad))
    web.advance(90)
    healthy = {web.get()[2] for _ in range(4)}
    web.web.status = 500
    web.advance(90)
    open_ = {web.get()[2] for _ in range(4)}

    assert healthy == {b"web"}
    assert open_ == {b"web", b"bad"}


def test_a_deregistered_target_drains_and_gets_no_new_request(web):
    """Draining for the deregistration delay, then unused."""
    other = App(name="other")
    address = web.run(other)
    web.register(web.group_arn, address)
    web.advance(10)
    web.elb.deregister_targets(TargetGroupArn=web.group_arn, Targets=[{"Id": address}])
    draining = web.health(web.group_arn)[address]
    bodies = {web.get()[2] for _ in range(4)}
    web.advance(300)
    asked = web.elb.describe_target_health(
        TargetGroupArn=web.group_arn, Targets=[{"Id": address, "Port": 3000}]
    )["TargetHealthDescriptions"][0]["TargetHealth"]

    assert draining == ("draining", "Target.DeregistrationInProgress")
    assert bodies == {b"web"}
    assert address not in web.health(web.group_arn)
    assert (asked["State"], asked["Reason"]) == ("unused", "Target.NotRegistered")


def test_the_deregistration_delay_can_be_an_hour(web):
    """0 to 3600 seconds; moto stops at 3599."""
    for delay, state in (("3600", "draining"), ("0", None)):
        web.elb.modify_target_group_attributes(
            TargetGroupArn=web.group_arn,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": delay}],
        )
        web.register(web.group_arn, web.address)
        web.elb.deregister_targets(TargetGroupArn=web.group_arn, Targets=[{"Id": web.address}])
        found = web.health(web.group_arn).get(web.address, (None,))[0]
        web.advance(3600)

        assert found == state


def test_a_target_in_a_zone_that_is_not_enabled_is_unused(web):
    """The load balancer has no node there."""
    third = web.subnet("10.0.9.0/24", "us-east-1c")
    web.subnets.append(third)
    address = web.run(subnet=2)
    web.register(web.group_arn, address)
    before = web.health(web.group_arn)[address]
    web.elb.set_subnets(LoadBalancerArn=web.arn, Subnets=web.subnets)

    assert before == ("unused", "Target.NotInUse")
    assert web.health(web.group_arn)[address][0] != "unused"


def test_what_ecs_asks_of_the_load_balancers(web):
    """register, health, in_use and deregister, as the scheduler calls them."""
    address = web.run()
    here = (ACCOUNT, REGION, web.group_arn, address, 3000)
    elbv2.register(*here, ZONES[0])
    initial = elbv2.health(*here).state
    web.advance(10)
    healthy = elbv2.health(*here).state
    elbv2.deregister(*here, ZONES[0])
    draining = elbv2.health(*here).state
    web.advance(300)

    assert [initial, healthy, draining] == ["initial", "healthy", "draining"]
    assert elbv2.health(*here).state == "unused"
    assert elbv2.in_use(ACCOUNT, REGION, web.group_arn)


def test_a_target_group_names_the_load_balancers_that_use_it(web):
    """Each once, and none after the listener is gone."""
    before = web.elb.describe_target_groups()["TargetGroups"][0]["LoadBalancerArns"]
    web.elb.delete_listener(ListenerArn=web.listener_arn)

    assert before == [web.arn]
    assert web.elb.describe_target_groups()["TargetGroups"][0]["LoadBalancerArns"] == []
    assert web.health(web.group_arn)[web.address] == ("unused", "Target.NotInUse")


def test_a_snapshot_brings_a_load_balancer_back(web):
    """With its targets, their health, and its answer at its interfaces."""
    task = web.ec2.create_network_interface(SubnetId=web.subnets[0])["NetworkInterface"]
    number = web.app.snapshot()["snapshot"]
    web.elb.delete_load_balancer(LoadBalancerArn=web.arn)
    web.app.restore(number)
    inside = elbv2.serve(web.dns, Request(host=web.dns), task["NetworkInterfaceId"])

    assert web.health(web.group_arn)[web.address] == ("healthy", None)
    assert inside.listener is not None
