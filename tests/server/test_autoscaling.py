"""What the lab's Application Auto Scaling refuses where moto accepts, from an empty account through boto3."""

import pytest
from botocore.exceptions import ClientError

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
VALIDATION, NOT_FOUND = "ValidationException", "ObjectNotFoundException"
NAMED = (
    "service namespace: ecs, resource ID: service/shop/web, scalable dimension: "
    "ecs:service:DesiredCount"
)


@pytest.fixture
def ecs(app, session):
    """An ECS client of a lab with a service `web` of two tasks, none of which can start yet."""
    ec2, ecs = session.client("ec2"), session.client("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(
        family="web",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "web", "image": "nginx"}],
    )
    ecs.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition="web",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )
    return ecs


@pytest.fixture
def scaling(ecs, session):
    """An Application Auto Scaling client of that lab."""
    return session.client("application-autoscaling")


@pytest.fixture
def registered(scaling):
    """The same, with the service registered as a scalable target of 2 to 20 tasks."""
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=20)
    return scaling


def refused(call, **params):
    """Return the code and message with which AWS refuses a call."""
    with pytest.raises(ClientError) as error:
        call(**params)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def policy(**fields):
    """Make a target tracking policy on CPU, but for what is given."""
    return {
        **TARGET,
        "PolicyName": "cpu",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 300,
        },
        **fields,
    }


def on_metric(**specification):
    """Make a target tracking policy on a predefined metric."""
    block = {"TargetValue": 1000.0, "PredefinedMetricSpecification": specification}
    return policy(TargetTrackingScalingPolicyConfiguration=block)


def action(**fields):
    """Make a scheduled action for weekdays at nine, but for what is given."""
    return {
        **TARGET,
        "ScheduledActionName": "morning",
        "Schedule": "cron(0 9 ? * MON-FRI *)",
        "ScalableTargetAction": {"MinCapacity": 4},
        **fields,
    }


def desired(ecs):
    """Return the service's desired count."""
    return ecs.describe_services(cluster="shop", services=["web"])["services"][0]["desiredCount"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"MinCapacity": 5, "MaxCapacity": 2},
            "Maximum capacity cannot be less than minimum capac",
        ),
        ({"MaxCapacity": 2}, "You must specify values for MinCapacity and MaxCapacity"),
        (
            {"MinCapacity": 1, "MaxCapacity": 2, "ResourceId": "service/web"},
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        (
            {"MinCapacity": 1, "MaxCapacity": 2, "ResourceId": "service/shop/other"},
            "ECS service doesn't exist: service/shop/other",
        ),
    ],
)
def test_a_bad_target_is_not_registered(scaling, params, message):
    """Each of these moto takes, or fails on."""
    code, found = refused(scaling.register_scalable_target, **{**TARGET, **params})

    assert code == VALIDATION
    assert message in found
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []


def test_a_change_of_one_end_is_held_against_the_other(registered):
    """2 to 20 cannot become 30 to 20."""
    code, _ = refused(registered.register_scalable_target, **TARGET, MinCapacity=30)

    assert code == VALIDATION


@pytest.mark.parametrize(("low", "high", "expected"), [(3, 20, 3), (1, 1, 1), (1, 20, 2)])
def test_registering_brings_the_service_inside_the_ends(scaling, ecs, low, high, expected):
    """A service of two tasks is raised, lowered, or left alone."""
    scaling.register_scalable_target(**TARGET, MinCapacity=low, MaxCapacity=high)

    assert desired(ecs) == expected


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        ("put_scaling_policy", policy(), f"No scalable target registered for {NAMED}"),
        ("put_scheduled_action", action(), f"No scalable target registered for {NAMED}"),
        ("deregister_scalable_target", TARGET, f"No scalable target found for {NAMED}"),
        (
            "delete_scaling_policy",
            {**TARGET, "PolicyName": "cpu"},
            f"No scaling policy found for {NAMED}, policy name: cpu",
        ),
        (
            "delete_scheduled_action",
            {**TARGET, "ScheduledActionName": "morning"},
            f"No scheduled action found for {NAMED}, scheduled action name: morning",
        ),
    ],
)
def test_what_is_not_there_is_not_found(scaling, operation, params, message):
    """A policy without a registered target among them."""
    assert refused(getattr(scaling, operation), **params) == (NOT_FOUND, message)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (on_metric(PredefinedMetricType="Banana"), "only supports the following predefined metric"),
        (
            on_metric(PredefinedMetricType="ALBRequestCountPerTarget"),
            "Resource label should be specified for predefined metric type ALBRequestCountPerTarget",
        ),
        (
            on_metric(
                PredefinedMetricType="ALBRequestCountPerTarget",
                ResourceLabel="app/web/1/targetgroup/web/2",
            ),
            "the service is not registered with that load balancer and target group.",
        ),
        (policy(PolicyType="StepScaling"), "StepScaling policy configuration must be specified"),
    ],
)
def test_a_bad_policy_is_not_put(registered, params, message):
    """Each of these moto takes."""
    code, found = refused(registered.put_scaling_policy, **params)

    assert code == VALIDATION
    assert message in found
    assert registered.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []


def test_a_good_policy_keeps_its_cooldowns(registered):
    """60 seconds out, 300 in."""
    registered.put_scaling_policy(**policy())
    found = registered.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]
    block = found["TargetTrackingScalingPolicyConfiguration"]

    assert (block["ScaleOutCooldown"], block["ScaleInCooldown"]) == (60, 300)


def test_a_second_policy_on_the_same_metric_is_refused(registered):
    """The first may be put again, with another target value; one on another metric stands beside it."""
    registered.put_scaling_policy(**policy())
    code, message = refused(registered.put_scaling_policy, **policy(PolicyName="cpu-too"))
    registered.put_scaling_policy(**policy())
    memory = on_metric(PredefinedMetricType="ECSServiceAverageMemoryUtilization")
    registered.put_scaling_policy(**{**memory, "PolicyName": "memory"})
    found = registered.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]

    assert code == VALIDATION
    assert message.startswith("Only one TargetTrackingScaling policy for a given metric")
    assert sorted(each["PolicyName"] for each in found) == ["cpu", "memory"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Schedule": "0 9 * * 1-5"}, "Invalid schedule expression."),
        ({"Schedule": "cron(0 9 * * * *)"}, "Invalid CRON expression"),
        ({"Timezone": "CEST"}, "Invalid schedule timezone: CEST"),
        ({"ScalableTargetAction": {"MinCapacity": 5, "MaxCapacity": 4}}, "Maximum capacity cannot"),
        (
            {"StartTime": 2_000_000_001, "EndTime": 2_000_000_000},
            "StartTime must be before EndTime",
        ),
    ],
)
def test_a_bad_scheduled_action_is_not_put(registered, fields, message):
    """Each of these moto takes."""
    code, found = refused(registered.put_scheduled_action, **action(**fields))

    assert code == VALIDATION
    assert message in found


def test_a_scheduled_action_may_be_changed_in_part(registered):
    """The schedule stays when only the capacity changes."""
    registered.put_scheduled_action(**action(Timezone="Europe/Berlin"))
    registered.put_scheduled_action(
        **TARGET, ScheduledActionName="morning", ScalableTargetAction={"MinCapacity": 6}
    )
    found = registered.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]

    assert [(one["Schedule"], one["ScalableTargetAction"]["MinCapacity"]) for one in found] == [
        ("cron(0 9 ? * MON-FRI *)", 6)
    ]


def alarms(session):
    """Return the names of all alarms."""
    found = session.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return [alarm["AlarmName"] for alarm in found]


def test_a_policy_put_again_keeps_its_arn_and_has_new_alarms(registered, session):
    """What there was before is gone; the new alarms name the same policy."""
    first = registered.put_scaling_policy(**policy())
    second = registered.put_scaling_policy(**policy())
    made = session.client("cloudwatch").describe_alarms()["MetricAlarms"]

    assert first["PolicyARN"] == second["PolicyARN"]
    assert sorted(alarms(session)) == sorted(a["AlarmName"] for a in second["Alarms"])
    assert {tuple(a["AlarmActions"]) for a in made} == {(first["PolicyARN"],)}


def test_deregistering_takes_policies_alarms_and_schedules_away(registered, session):
    """Nothing of the scalable target is left."""
    registered.put_scaling_policy(**policy())
    registered.put_scheduled_action(
        **TARGET,
        ScheduledActionName="night",
        Schedule="cron(0 22 * * ? *)",
        ScalableTargetAction={"MinCapacity": 1},
    )
    registered.deregister_scalable_target(**TARGET)

    assert alarms(session) == []
    assert registered.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert registered.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []


@pytest.mark.parametrize(
    ("schedule", "seconds", "expected"),
    [
        ("at(2026-01-05T09:30:00)", 1800, [4]),
        ("rate(10 minutes)", 600, [4]),
        ("cron(30 9 * * ? *)", 1800, [4]),
    ],
)
def test_each_kind_of_schedule_fires_at_its_moment(
    registered, ecs, advance, schedule, seconds, expected
):
    """Not a second before."""
    registered.put_scheduled_action(
        **TARGET,
        ScheduledActionName="more",
        Schedule=schedule,
        ScalableTargetAction={"MinCapacity": 4},
    )

    def minimum():
        found = registered.describe_scalable_targets(ServiceNamespace="ecs")
        return [target["MinCapacity"] for target in found["ScalableTargets"]]

    advance(seconds - 1)
    before = minimum()
    advance(1)

    assert before == [2]
    assert minimum() == expected
    service = ecs.describe_services(cluster="shop", services=["web"])["services"][0]
    assert service["desiredCount"] == 4


def test_suspended_schedules_do_nothing(registered, advance):
    """ScheduledScalingSuspended holds them back."""
    registered.register_scalable_target(
        **TARGET, SuspendedState={"ScheduledScalingSuspended": True}
    )
    registered.put_scheduled_action(
        **TARGET,
        ScheduledActionName="more",
        Schedule="rate(10 minutes)",
        ScalableTargetAction={"MinCapacity": 4},
    )
    advance(3600)
    found = registered.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    log = registered.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]

    assert found["MinCapacity"] == 2
    assert log == []


def test_activities_come_in_pages_newest_first(registered, advance):
    """Two actions at a time."""
    for minute in (10, 20, 30):
        registered.put_scheduled_action(
            **TARGET,
            ScheduledActionName=f"at-{minute}",
            Schedule=f"at(2026-01-05T09:{minute}:00)",
            ScalableTargetAction={"MaxCapacity": minute},
        )
    advance(3600)
    pages = registered.get_paginator("describe_scaling_activities").paginate(
        ServiceNamespace="ecs", PaginationConfig={"PageSize": 2}
    )
    found = [[a["Description"] for a in page["ScalingActivities"]] for page in pages]

    assert found == [
        ["Setting max capacity to 30", "Setting max capacity to 20"],
        ["Setting max capacity to 10"],
    ]
