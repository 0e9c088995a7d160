"""Load balancers that answer, from an empty account through boto3 and plain HTTP."""

from collections import Counter

import pytest

from awslab.server import elbv2, names
from awslab.world.http import Request
from tests.server.elb import ZONES, App, Shop, fixed, forward


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


# --- the load balancer ----------------------------------------------------------------------------


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


# --- getting there --------------------------------------------------------------------------------


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


# --- forwarding -----------------------------------------------------------------------------------


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


# --- errors a client sees -------------------------------------------------------------------------


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
