"""Health decides: load balancer and container checks, grace period, replacement, draining before the signal."""

import json
from itertools import pairwise

import pytest

from awslab.server import elbv2
from awslab.world.http import Request
from tests.server.ecs_world import World

LISTENS = {"port": 3000, "boot": 5, "health": {"/health": 200, "/api/*": 200}}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@pytest.fixture
def world(app, session):
    """VPC, roles, and an internet-facing load balancer whose default action forwards to a target group."""
    world = World(session).network().roles()
    world.elb = session.client("elbv2")
    world.balancer_group = world.ec2.create_security_group(
        GroupName="alb", Description="alb", VpcId=world.vpc
    )["GroupId"]
    world.ec2.authorize_security_group_ingress(
        GroupId=world.balancer_group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 80,
                "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            }
        ],
    )
    open_port(world, 3000)
    world.balancer = world.elb.create_load_balancer(
        Name="main", Subnets=world.subnets, SecurityGroups=[world.balancer_group]
    )["LoadBalancers"][0]
    world.targets = world.elb.create_target_group(
        Name="app",
        Protocol="HTTP",
        Port=3000,
        VpcId=world.vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=10,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    world.elb.create_listener(
        LoadBalancerArn=world.balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": world.targets}],
    )
    delay(world, 60)
    world.elb.get_waiter("load_balancer_available").wait(
        LoadBalancerArns=[world.balancer["LoadBalancerArn"]], WaiterConfig={"Delay": 0}
    )
    return world


def open_port(world, port):
    permission = {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "UserIdGroupPairs": [{"GroupId": world.balancer_group}],
    }
    world.ec2.authorize_security_group_ingress(GroupId=world.group, IpPermissions=[permission])


def close_port(world, port):
    permission = {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "UserIdGroupPairs": [{"GroupId": world.balancer_group}],
    }
    world.ec2.revoke_security_group_ingress(GroupId=world.group, IpPermissions=[permission])


def delay(world, seconds):
    world.elb.modify_target_group_attributes(
        TargetGroupArn=world.targets,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(seconds)}],
    )


def behind(world):
    return [{"targetGroupArn": world.targets, "containerName": "app", "containerPort": 3000}]


def serve(world, app=LISTENS, **changes):
    definition = world.definition(world.image(app=app))
    return world.service(definition, loadBalancers=behind(world), **changes)


def steady(service):
    return len(service["deployments"]) == 1 and service["runningCount"] == service["desiredCount"]


def completed(service):
    return steady(service) and service["deployments"][0]["rolloutState"] == "COMPLETED"


def states(world):
    described = world.elb.describe_target_health(TargetGroupArn=world.targets)
    return [d["TargetHealth"]["State"] for d in described["TargetHealthDescriptions"]]


def messages(service):
    return "\n".join(event["message"] for event in service["events"])


def test_tasks_become_healthy_targets(world):
    """The deployment is complete only when the load balancer finds both tasks healthy; registration is an event."""
    serve(world)
    running = world.until(lambda s: s["runningCount"] == 2)
    done = world.until(completed)

    assert running["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert states(world) == ["healthy", "healthy"]
    assert f"(service app) registered 2 targets in (target-group {world.targets})" in messages(done)


def test_wrong_health_path_fails_the_deployment(world):
    """The checks get 404: tasks are stopped for it, replaced, and the breaker ends the loop."""
    world.elb.modify_target_group(TargetGroupArn=world.targets, HealthCheckPath="/wrong")
    serve(world, deploymentConfiguration=BREAKER)
    failed = world.until(lambda s: s["deployments"][0]["rolloutState"] == "FAILED")
    stopped = world.tasks(status="STOPPED")
    text = (
        f"is unhealthy in (target-group {world.targets}) due to (reason Health checks failed with"
    )

    assert f"{text} these codes: [404])" in messages(failed)
    assert stopped[0]["stopCode"] == "ServiceSchedulerInitiated"
    assert stopped[0]["stoppedReason"] == (
        f"Task failed ELB health checks in (target-group {world.targets})"
    )


def test_health_failures_are_not_throttled(world):
    """Tasks that run and then fail the load balancer's checks are replaced without back-off."""
    world.elb.modify_target_group(TargetGroupArn=world.targets, HealthCheckPath="/wrong")
    serve(world, desired=1)
    for _ in range(180):
        service = world.describe()
    starts = sorted(e["createdAt"] for e in service["events"] if "has started" in e["message"])
    gaps = [(b - a).seconds for a, b in pairwise(starts)]

    assert len(starts) > 5
    assert max(gaps) <= 2 * min(gaps)
    assert "unable to consistently start" not in messages(service)


@pytest.mark.parametrize(("grace", "survives"), [(0, False), (120, True)])
def test_grace_period_covers_a_slow_boot(world, grace, survives):
    """An app that needs a minute to listen is stopped for it, unless the grace period covers the minute."""
    serve(
        world,
        {**LISTENS, "boot": 60},
        desired=1,
        healthCheckGracePeriodSeconds=grace,
        deploymentConfiguration=BREAKER,
    )
    done = world.until(lambda s: s["deployments"][0]["rolloutState"] != "IN_PROGRESS")

    assert (done["deployments"][0]["rolloutState"] == "COMPLETED") == survives
    assert bool(world.tasks(status="STOPPED")) != survives


def test_unhealthy_task_is_replaced_only_after_its_replacement(world):
    """Closing the security group makes both targets unhealthy; opening it again heals the service."""
    serve(world)
    world.until(completed)
    close_port(world, 3000)
    broken = world.until(lambda s: "is unhealthy in" in messages(s))
    before = broken["runningCount"]
    open_port(world, 3000)
    healed = world.until(
        lambda s: steady(s) and s["events"][0]["message"].endswith("reached a steady state.")
    )

    assert before >= 2
    assert healed["runningCount"] == 2
    assert "healthy" in states(world)


def test_container_drains_before_its_signal(world):
    """A stopped task is DEACTIVATING for the deregistration delay; only then do its containers get SIGTERM."""
    serve(world)
    world.until(completed)
    victim = world.tasks()[0]["taskArn"]
    world.ecs.stop_task(cluster="main", task=victim)
    seen = []
    while not seen or seen[-1]["lastStatus"] != "STOPPED":
        seen += world.ecs.describe_tasks(cluster="main", tasks=[victim])["tasks"]
    order = list(dict.fromkeys(task["lastStatus"] for task in seen))
    draining = [task for task in seen if task["lastStatus"] == "DEACTIVATING"]
    lasted = seen[-1]["executionStoppedAt"] - seen[-1]["stoppingAt"]

    assert order == ["DEACTIVATING", "DEPROVISIONING", "STOPPED"] or order == [
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]
    assert {task["containers"][0]["lastStatus"] for task in draining} == {"RUNNING"}
    assert 60 <= lasted.seconds <= 70


def test_old_tasks_drain_during_a_rolling_update(world):
    """The new version serves before the old one drains; the service is never without two healthy targets."""
    serve(world)
    world.until(completed)
    second = world.definition(world.image("v2", app=LISTENS, content="2"))
    world.ecs.update_service(cluster="main", service="app", taskDefinition=second)
    healthy = []

    def look(service):
        healthy.append(states(world).count("healthy"))
        return completed(service)

    done = world.until(look)

    assert min(healthy) >= 2
    assert "has begun draining connections on 2 tasks" in messages(done)
    assert f"deregistered 2 targets in (target-group {world.targets})" in messages(done)


@pytest.mark.parametrize(
    ("command", "tools", "expected"),
    [
        ("curl -f http://localhost:3000/health || exit 1", ["sh", "curl"], "HEALTHY"),
        ("curl -f http://localhost:3000/health || exit 1", ["sh", "node"], "UNHEALTHY"),
        ("curl -f http://localhost:3000/wrong || exit 1", ["sh", "curl"], "UNHEALTHY"),
        ("curl -f http://localhost:8080/health || exit 1", ["sh", "curl"], "UNHEALTHY"),
    ],
)
def test_container_health_check_runs_in_the_image(world, command, tools, expected):
    """The command needs its tool in the image, the app's port and a path that answers."""
    check = {"command": ["CMD-SHELL", command], "interval": 5, "retries": 2}
    image = world.image(app=LISTENS, config={"awslab.tools": tools})
    task = world.run(world.definition(image, container={"healthCheck": check}))
    arn = task["taskArn"]
    for _ in range(10):
        task = world.ecs.describe_tasks(cluster="main", tasks=[arn])["tasks"][0]

    assert task["healthStatus"] == expected
    assert task["containers"][0]["healthStatus"] == expected


def test_service_replaces_tasks_that_fail_their_own_check(world):
    """Without a load balancer the container's health check decides, and counts for the breaker."""
    check = {"command": ["CMD-SHELL", "curl -f http://localhost:3000/health"], "interval": 5}
    image = world.image(app=LISTENS, config={"awslab.tools": ["sh"]})
    definition = world.definition(image, container={"healthCheck": check})
    world.service(definition, deploymentConfiguration=BREAKER)
    failed = world.until(lambda s: s["deployments"][0]["rolloutState"] == "FAILED")

    assert "failed container health checks" in messages(failed)
    assert "Task failed container health checks" in {
        task["stoppedReason"] for task in world.tasks(status="STOPPED")
    }


def test_task_in_a_zone_that_the_balancer_lacks_is_unhealthy(world):
    """A task in a third zone, not enabled for the load balancer, is stopped for it."""
    third = world.ec2.create_subnet(
        VpcId=world.vpc, CidrBlock="10.0.7.0/24", AvailabilityZone="us-east-1c"
    )["Subnet"]["SubnetId"]
    world.subnets = [third]
    serve(world, desired=1, deploymentConfiguration=BREAKER)
    failed = world.until(lambda s: s["deployments"][0]["rolloutState"] == "FAILED")

    assert "Availability Zone that is not enabled for the load balancer" in messages(failed)


def test_app_answers_with_what_it_is(world):
    """The task's answer names service, task, zone, image, path and the headers it got."""
    serve(world)
    world.until(completed)
    request = Request(path="/api/users/7", host=world.balancer["DNSName"])
    response = elbv2.serve(world.balancer["DNSName"], request).response
    said = json.loads(response.body)
    tasks = {task["taskArn"].rpartition("/")[2]: task for task in world.tasks()}

    assert response.status == 200
    assert said["service"] == "app"
    assert said["availabilityZone"] == tasks[said["task"]]["availabilityZone"]
    assert said["path"] == "/api/users/7"
    assert "x-forwarded-for" in said["headers"]
    assert said["digest"] == tasks[said["task"]]["containers"][0]["imageDigest"]


@pytest.mark.parametrize("bad", [False, True])
def test_no_request_fails_during_a_rollout_or_a_rollback(world, bad):
    """A request at every poll is answered with 200, whether the new version works or crashes and is rolled back."""
    serve(world, deploymentConfiguration=BREAKER)
    world.until(completed)
    app = {**LISTENS, "env": ["MISSING"]} if bad else LISTENS
    second = world.definition(world.image("v2", app=app, content="2"))
    world.ecs.update_service(cluster="main", service="app", taskDefinition=second)
    request = Request(path="/api/users/7", host=world.balancer["DNSName"])
    answers = []

    def look(service):
        response = elbv2.serve(world.balancer["DNSName"], request).response
        answers.append((response.status, json.loads(response.body)["image"]))
        return completed(service)

    done = world.until(look)

    assert {status for status, _ in answers} == {200}
    assert answers[-1][1].endswith(":v1" if bad else ":v2")
    assert (done["taskDefinition"] == second) is not bad
