"""What stands around a load balancer before a lesson begins: it works once the learner adds the load balancer."""

import json

import boto3
import pytest

from awslab import alb_fixtures
from awslab.server import inprocess
from awslab.server.app import LabApp


@pytest.fixture(scope="module")
def world():
    """A network, a load balancer that forwards to a target group, and both tasks and a service behind it."""
    app = LabApp()
    session = inprocess.session(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3.session, "Session", lambda: session)
        place = alb_fixtures.network("10.44.0.0/16")
        elb, ec2 = session.client("elbv2"), session.client("ec2")
        ec2.authorize_security_group_ingress(
            GroupId=place["alb_group"], IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
        )
        balancer = elb.create_load_balancer(
            Name="shop", Subnets=place["public"], SecurityGroups=[place["alb_group"]]
        )["LoadBalancers"][0]
        elb.get_waiter("load_balancer_available").wait(Names=["shop"])
        group = elb.create_target_group(
            Name="user", Protocol="HTTP", Port=3000, VpcId=place["vpc"], TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        definition = alb_fixtures.publish("user-service", health={"/teapot": 418, "*": 200})
        yield app, session, place, group, f"http://{balancer['DNSName']}", definition


def test_tasks_answer_behind_the_load_balancer(world):
    """Tasks run in the private subnets, one a zone; registered by address, they get the requests."""
    app, session, place, group, url, definition = world
    addresses = alb_fixtures.tasks(place, definition)
    elb = session.client("elbv2")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": each} for each in addresses])
    elb.get_waiter("target_in_service").wait(TargetGroupArn=group)
    status, _, body = inprocess.call(app, "GET", f"{url}/api/users/7")

    assert [address.rpartition(".")[0] for address in addresses] == ["10.44.10", "10.44.11"]
    assert (status, json.loads(body)["path"]) == (200, "/api/users/7")
    assert inprocess.call(app, "GET", f"{url}/teapot")[0] == 418


def test_a_target_drains_as_long_as_its_group_says(world):
    """The deregistration delay passes while one asks, and not a moment more."""
    _, session, place, group, _, definition = world
    elb = session.client("elbv2")
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "45"}
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
    (address,) = alb_fixtures.tasks(place, definition, 1)
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": address}])

    assert alb_fixtures.drained_after(group, address, 3000) == 45


def test_a_service_registers_its_tasks(world):
    """A service of the same family is behind the target group, with the settings given."""
    _, session, place, group, _, _ = world
    arn = alb_fixtures.serve(place, "user-service", group, healthCheckGracePeriodSeconds=60)
    ecs = session.client("ecs")
    ecs.get_waiter("services_stable").wait(cluster=place["cluster"], services=[arn])
    (service,) = ecs.describe_services(cluster=place["cluster"], services=[arn])["services"]

    assert (service["runningCount"], service["healthCheckGracePeriodSeconds"]) == (2, 60)


def test_a_zone_is_made(world):
    """The id returned is the zone of the domain."""
    _, session, *_ = world
    zone = alb_fixtures.hosted_zone("shop.example")

    assert (
        session.client("route53").get_hosted_zone(Id=zone)["HostedZone"]["Name"] == "shop.example."
    )
