"""Targets that are checked, drained and gone, from an empty account."""

import pytest

from awslab.server import elbv2, fabric
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
    return shop.serve_web()


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


def test_nobody_answers_where_the_load_balancer_was(web):
    """A subnet taken away takes its node away: the address is free for somebody else to answer at."""
    third = web.subnet("10.0.9.0/24", ZONES[1])
    interfaces = web.ec2.describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": [web.subnets[1]]}]
    )["NetworkInterfaces"]
    (address,) = [each["PrivateIpAddress"] for each in interfaces]
    before = fabric.host_at(web.vpc, address)
    web.elb.set_subnets(LoadBalancerArn=web.arn, Subnets=[web.subnets[0], third])

    assert before is not None
    assert fabric.host_at(web.vpc, address) is None
