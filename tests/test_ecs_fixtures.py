"""What the lesson on ECS puts around its services: it works, it can be made twice, and it fails as it says."""

from datetime import datetime
from zoneinfo import ZoneInfo

import boto3
import pytest

from awslab import ecs_cases, ecs_fixtures, ecs_probes
from awslab.server import inprocess
from awslab.server.app import LabApp

CIDR = "10.77.0.0/16"
SAYS = {
    "image-not-found": ("TaskFailedToStart", "failed to resolve ref", None),
    "no-route-to-registry": ("TaskFailedToStart", "i/o timeout", None),
    "log-group-missing": ("TaskFailedToStart", "log group does not exist", None),
    "secret-access-denied": ("TaskFailedToStart", "secretsmanager:GetSecretValue", None),
    "out-of-memory": ("EssentialContainerExited", "Essential container", 137),
    "app-crashed": ("EssentialContainerExited", "Essential container", 1),
}


@pytest.fixture(scope="module")
def built():
    """A stage in an empty account: the session and the stage."""
    app = LabApp()
    session = inprocess.session(app)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(boto3.session, "Session", lambda **_: session)
        made = ecs_fixtures.stage("shop", port=4000, cidr=CIDR)
        session.client("ecs").create_cluster(clusterName="shop")
        yield app, session, made


def test_a_stage_is_found_again(built):
    """The second call makes nothing: all ids are the same."""
    _, session, made = built
    again = ecs_fixtures.stage("shop", port=4000, cidr=CIDR)
    subnets = session.client("ec2").describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": [made.vpc]}]
    )["Subnets"]

    assert again == made
    assert len(subnets) == 4
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 2


def test_a_service_on_the_stage_answers(built):
    """Image, role, network and load balancer fit together."""
    app, session, made = built
    image = ecs_fixtures.push_app("user-service", "v1.0", port=4000)
    ecs = session.client("ecs")
    ecs.register_task_definition(
        family="user",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=made.execution_role,
        containerDefinitions=[
            {"name": "app", "image": image, "portMappings": [{"containerPort": 4000}]}
        ],
    )
    target = {
        "targetGroupArn": made.target_group,
        "containerName": "app",
        "containerPort": 4000,
    }
    ecs.create_service(
        cluster="shop",
        serviceName="user",
        taskDefinition="user",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=made.network,
        loadBalancers=[target],
    )
    ecs.get_waiter("services_stable").wait(cluster="shop", services=["user"])
    status, _, body = inprocess.call(app, "GET", f"{made.url}/api")

    assert status == 200
    assert b"user-service:v1.0" in body


def test_every_fault_shows_as_itself(built):
    """Stop code, reason and exit code are AWS's for that fault; tasks come in the order asked for, twice if asked."""
    _, session, made = built
    arns = ecs_cases.stopped_tasks("shop", made, CIDR, ecs_cases.FAULTS, port=4000)
    found = session.client("ecs").describe_tasks(cluster="shop", tasks=arns)["tasks"]
    by_arn = {task["taskArn"]: task for task in found}

    again = ecs_cases.stopped_tasks("shop", made, CIDR, ["image-not-found"], port=4000)

    assert len(again) == 1
    assert list(SAYS) == list(ecs_cases.FAULTS)
    for arn, (code, words, exit_code) in zip(arns, SAYS.values(), strict=True):
        task = by_arn[arn]
        assert task["lastStatus"] == "STOPPED"
        assert task["stopCode"] == code
        assert words in task["stoppedReason"]
        assert task["containers"][0].get("exitCode") == exit_code


def test_an_unknown_fault_is_named(built):
    """The message lists what there is."""
    _, _, made = built

    with pytest.raises(KeyError, match="'flood' is no fault"):
        ecs_cases.stopped_tasks("shop", made, CIDR, ["flood"])


@pytest.mark.parametrize(("needs", "exit_code"), [(300, None), (900, 137)])
def test_a_hungry_task_is_tried(built, needs, exit_code):
    """A size that holds the app runs, a size that does not is killed; the probe tells which, and stops its task."""
    _, session, made = built
    image = ecs_fixtures.push_app("thumbs", f"v{needs}", port=4000, memory=needs)
    session.client("ecs").register_task_definition(
        **ecs_cases._definition(f"thumbs-{needs}", image, made, 4000)
    )
    task = ecs_probes.tried("shop", f"thumbs-{needs}", made.network)

    assert task["lastStatus"] == ("STOPPED" if exit_code else "RUNNING")
    assert task["containers"][0].get("exitCode") == exit_code


def test_a_hungry_task_stops(built):
    """The fixture of the exercise ends by itself, for want of memory; asked for twice it is the same task."""
    _, session, made = built
    arn = ecs_cases.hungry_task("shop", made, "hungry", 900, port=4000)
    again = ecs_cases.hungry_task("shop", made, "hungry", 900, port=4000)
    task = session.client("ecs").describe_tasks(cluster="shop", tasks=[arn])["tasks"][0]

    assert again == arn
    assert task["containers"][0]["reason"].startswith("OutOfMemoryError")


def test_a_slow_service_needs_a_grace_period(built):
    """It fails its load balancer's checks for ever, and gets well with the right grace period."""
    _, session, made = built
    ecs = session.client("ecs")
    group = ecs_cases.slow_service("shop", made, 70, port=4000)
    again = ecs_cases.slow_service("shop", made, 70, port=4000)
    sick = ecs_probes.settled("shop", "report-service", polls=30)
    ecs.update_service(cluster="shop", service="report-service", healthCheckGracePeriodSeconds=90)
    well = ecs_probes.settled("shop", "report-service")

    assert group == again
    assert sick["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert well["deployments"][0]["rolloutState"] == "COMPLETED"
    assert well["runningCount"] == 2


def test_probes_of_nothing(built):
    """No cluster, no service, no definition: None, not an error."""

    assert ecs_probes.described("nowhere", "nothing") is None
    assert ecs_probes.settled("shop", "nothing") is None
    assert ecs_probes.definition_of("nothing") is None


def test_lanes_are_found_again(built):
    """Two target groups, one rule, one role; a second service gets a rule of its own behind the first."""
    _, session, made = built
    cart = ecs_fixtures.lanes(made, "cart", "/cart*", port=4000)
    again = ecs_fixtures.lanes(made, "cart", "/cart*", port=4000)
    other = ecs_fixtures.lanes(made, "search", "/search*", port=4000)
    rules = session.client("elbv2").describe_rules(ListenerArn=made.listener)["Rules"]
    given = {rule["RuleArn"]: rule["Conditions"][0] for rule in rules if rule["Conditions"]}

    assert cart == again
    assert given[cart.rule]["PathPatternConfig"]["Values"] == ["/cart*"]
    assert given[other.rule]["PathPatternConfig"]["Values"] == ["/search*"]
    assert len({cart.blue, cart.green, other.blue, other.green}) == 4


@pytest.mark.parametrize(
    ("day", "hour", "found"),
    [(11, 8, (2, 9)), (11, 9, (6, 9)), (11, 20, (2, 9)), (14, 12, (2, 9))],
)
def test_scheduled_actions_are_replayed(built, day, hour, found):
    """On 11 March 2026, a Wednesday, six tasks from nine to eight in Berlin; on Saturday the evening before holds."""
    _, session, _ = built
    scaling = session.client("application-autoscaling")
    ecs_cases.slow_service("shop", built[2], 5, port=4000)
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/report-service",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=9)
    for at, least in ((9, 6), (18, 2)):
        scaling.put_scheduled_action(
            **target,
            ScheduledActionName=f"at-{at}",
            Schedule=f"cron(0 {at} ? * MON-FRI *)",
            Timezone="Europe/Berlin",
            ScalableTargetAction={"MinCapacity": least, "MaxCapacity": 9},
        )
    moment = datetime(2026, 3, day, hour, 30, tzinfo=ZoneInfo("Europe/Berlin"))

    assert ecs_probes.bounds_at(target["ResourceId"], moment) == found


def test_cases_are_shuffled_by_a_text(built):
    """The same text gives the same order, another text another."""
    _, session, made = built
    orders = []
    for text in ("ada", "ada", "grace"):
        arns = ecs_cases.stopped_tasks(
            "shop", made, CIDR, ecs_cases.FAULTS, port=4000, shuffle=text
        )
        found = session.client("ecs").describe_tasks(cluster="shop", tasks=arns)["tasks"]
        reasons = {task["taskArn"]: task["stoppedReason"][:60] for task in found}
        orders.append([reasons[arn] for arn in arns])

    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])
