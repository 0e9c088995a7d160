"""An ECS service behind a load balancer: its tasks are targets, and requests survive the loss of one."""

import pytest

from awslab.server import inprocess
from tests.server.ecs_world import World

PORT = 3000


@pytest.fixture
def shop(app, session):
    """Two tasks in two zones behind a load balancer, in a steady state."""
    world = World(session).network().roles()
    elb = session.client("elbv2")
    world.ec2.authorize_security_group_ingress(
        GroupId=world.group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            }
            for port in (80, PORT)
        ],
    )
    made = elb.create_load_balancer(
        Name="shop", Subnets=world.subnets, SecurityGroups=[world.group]
    )["LoadBalancers"][0]
    group = elb.create_target_group(
        Name="web",
        Protocol="HTTP",
        Port=PORT,
        VpcId=world.vpc,
        TargetType="ip",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    world.service(
        world.definition(world.image(app={"port": PORT})),
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": PORT}],
    )
    world.get = lambda: inprocess.call(app, "GET", f"http://{made['DNSName']}/")
    world.states = lambda: [
        each["TargetHealth"]["State"]
        for each in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    ]
    world.until(lambda service: service["runningCount"] == 2 and _steady(service))
    return world


def _steady(service):
    return service["deployments"][0].get("rolloutState") == "COMPLETED"


def test_a_services_tasks_answer_behind_the_load_balancer(shop):
    """Both tasks are healthy targets and take turns."""
    answers = [shop.get() for _ in range(4)]

    assert shop.states() == ["healthy", "healthy"]
    assert {status for status, _, _ in answers} == {200}
    assert len({body for _, _, body in answers}) > 1


def test_a_stopped_task_is_replaced_and_no_request_fails(shop):
    """Deregistered first, drained, stopped; the other one answers meanwhile."""
    task = shop.tasks()[0]["taskArn"]
    shop.ecs.stop_task(cluster="main", task=task)
    statuses = set()
    for _ in range(60):
        statuses.add(shop.get()[0])
        shop.describe()

    assert statuses == {200}
    assert task not in [each["taskArn"] for each in shop.tasks()]
    assert shop.states().count("healthy") == 2


def test_a_lost_zone_takes_its_node_and_its_tasks_with_it(app, shop):
    """The name leads to the other zone; once the lost targets are out, no request fails."""
    status, _, _ = inprocess.call(
        app, "POST", f"{inprocess.ADDRESS}/_lab/fail", b'{"az": "us-east-1a"}'
    )
    for _ in range(40):
        shop.describe()
    answers = [shop.get() for _ in range(6)]
    zones = {task["availabilityZone"] for task in shop.tasks()}

    assert status == 200
    assert zones == {"us-east-1b"}
    assert {code for code, _, _ in answers} == {200}
