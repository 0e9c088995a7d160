"""The shop under load: it scales out and in, on the clock and on its metrics, and tells what it did."""

from datetime import timedelta

import pytest

from awslab.server import clock, control
from tests.q9.architecture import DOMAIN, push, register

URL = f"https://{DOMAIN}/api/users/7"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/user",
    "ScalableDimension": "ecs:service:DesiredCount",
}
STEADY, BUSY, CALM = 15, 45, 2  # requests a second; a task of a quarter vCPU does 25


def send(*steps, seed=1, wait=True):
    """Send requests: pairs of minutes and requests a second one after the other; return what came of them."""
    schedule, at = [], 0
    for minutes, rate in steps:
        schedule.append([at * 60, rate])
        at += minutes
    return control.ACTIONS["traffic"](
        url=URL, schedule=schedule, seconds=at * 60, seed=seed, wait=wait
    )


def advance(**span):
    """Let simulated time pass."""
    clock.current.advance(timedelta(**span))


@pytest.fixture
def scaling(world):
    """The user service as a scalable target of 2 to 8 tasks."""
    client = world.client("application-autoscaling")
    client.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=8)
    return client


def track(scaling, metric="ECSServiceAverageCPUUtilization", target=50.0, name="track", **block):
    """Put a target tracking policy with short cooldowns."""
    label = {"ResourceLabel": block.pop("label")} if "label" in block else {}
    return scaling.put_scaling_policy(
        **TARGET,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric, **label},
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 60,
            **block,
        },
    )


def label(shop):
    """Return the resource label of the user service's target group."""
    balancer = shop.load_balancer.partition(":loadbalancer/")[2]
    return f"{balancer}/{shop.targets['user'].rpartition(':')[2]}"


def desired(world):
    """Return the user service's desired count."""
    return world.service("user")["desiredCount"]


def counts(found):
    """Add up a traffic's answers."""
    total = {}
    for minute in found["minutes"]:
        for status, count in minute["answers"].items():
            total[status] = total.get(status, 0) + count
    return total


def statistics(world, metric, namespace="AWS/ECS", dimensions=None, **wanted):
    """Return the datapoints of the last hour, oldest first."""
    named = dimensions or {"ClusterName": "shop", "ServiceName": "user"}
    found = world.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in named.items()],
        StartTime=clock.current.now - timedelta(hours=1),
        EndTime=clock.current.now,
        Period=60,
        **(wanted or {"Statistics": ["Average"]}),
    )
    return sorted(found["Datapoints"], key=lambda point: point["Timestamp"])


def test_traffic_makes_metrics_under_awss_names(world):
    """Requests, their times and codes, hosts, CPU and memory; two tasks share 15 requests a second."""
    found = send((10, STEADY))
    balancer = {"LoadBalancer": world.shop.load_balancer.partition(":loadbalancer/")[2]}
    group = {**balancer, "TargetGroup": world.shop.targets["user"].rpartition(":")[2]}
    elb = "AWS/ApplicationELB"
    sums = {
        name: sum(
            point["Sum"] for point in statistics(world, name, elb, balancer, Statistics=["Sum"])
        )
        for name in ("RequestCount", "HTTPCode_Target_2XX_Count")
    }
    times = statistics(world, "TargetResponseTime", elb, group, ExtendedStatistics=["p50", "p99"])[
        -2
    ]["ExtendedStatistics"]
    hosts = statistics(world, "HealthyHostCount", elb, group)[-1]["Average"]
    each = statistics(world, "RequestCountPerTarget", elb, group, Statistics=["Sum"])[-3]["Sum"]
    cpu = [point["Average"] for point in statistics(world, "CPUUtilization")][-4:-1]
    memory = statistics(world, "MemoryUtilization")[-1]["Average"]

    assert set(counts(found)) == {"200"}
    assert sums["RequestCount"] == pytest.approx(10 * 60 * STEADY, rel=0.15)
    assert sums["HTTPCode_Target_2XX_Count"] == sums["RequestCount"]
    assert 0 < times["p50"] < times["p99"] < 1
    assert hosts == 2
    assert each == pytest.approx(60 * STEADY / 2, rel=0.2)
    assert all(value == pytest.approx(30, rel=0.2) for value in cpu)
    assert 0 < memory < 100


def test_the_same_seed_gives_the_same_history(world, built):
    """Byte for byte; another seed gives another."""
    from awslab.server import fabric, snapshot

    histories = []
    for seed in (1, 1, 2):
        fabric.reset()
        snapshot.thaw(built[1], world.app._extensions.values())
        histories.append(repr(send((3, STEADY), seed=seed)))

    assert histories[0] == histories[1]
    assert histories[0] != histories[2]


def test_a_snapshot_in_the_middle_of_traffic_goes_on_the_same(world, scaling):
    """Metrics, alarms, cooldowns and the traffic itself are in it."""
    from awslab.server import fabric, snapshot

    extensions = world.app._extensions
    track(scaling)
    send((30, BUSY), wait=False)
    advance(minutes=7, seconds=30)
    frozen = snapshot.freeze(extensions.values())
    histories = []
    for _ in range(2):
        fabric.reset()
        snapshot.thaw(frozen, extensions.values())
        advance(minutes=10)
        histories.append(repr(control.ACTIONS["traffic"](url=URL)))

    assert histories[0] == histories[1]
    assert histories[0].count("'at'") >= 17


def test_several_policies_scale_out_together_and_in_only_together(world, scaling):
    """Requests ask for more than CPU; a policy that stays content holds the others from scaling in."""
    track(scaling, target=60.0)
    track(
        scaling,
        "ALBRequestCountPerTarget",
        150.0,
        "requests",
        label=label(world.shop),
    )
    track(scaling, "ECSServiceAverageMemoryUtilization", 13.0, "memory")  # each task uses 12.5 %
    send((15, STEADY))
    high = desired(world)
    send((30, CALM))

    assert high in (6, 7)
    assert desired(world) == high


def test_suspended_scaling_does_nothing(world, scaling):
    """The alarm is in ALARM, and the count stays."""
    track(scaling)
    scaling.register_scalable_target(**TARGET, SuspendedState={"DynamicScalingOutSuspended": True})
    found = send((10, BUSY))

    assert any("AlarmHigh" in name for name in found["minutes"][-1]["alarms"])
    assert desired(world) == 2


def test_single_requests_are_counted_as_well(world):
    """What a client asks one by one is in the metrics of its minute."""
    for _ in range(3):
        world.get("/api/users/7")
    world.get("/admin")
    advance(minutes=1)
    balancer = {"LoadBalancer": world.shop.load_balancer.partition(":loadbalancer/")[2]}
    elb = "AWS/ApplicationELB"
    requests = statistics(world, "RequestCount", elb, balancer, Statistics=["Sum"])
    errors = statistics(world, "HTTPCode_ELB_4XX_Count", elb, balancer, Statistics=["Sum"])

    assert [point["Sum"] for point in requests] == [4]
    assert [point["Sum"] for point in errors] == [1]


def test_it_scales_out_on_cpu_and_in_again(world, scaling):
    """Three minutes above the target scale out; fifteen well below scale in to the minimum."""
    made = track(scaling)
    out = send((15, BUSY))
    high = desired(world)
    calm = send((40, CALM))
    low = desired(world)
    log = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]

    assert len(made["Alarms"]) == 2
    assert 4 <= high <= 8
    assert low == 2
    assert out["minutes"][-1]["answers"].keys() == {"200"}
    assert counts(calm).keys() == {"200"}
    assert out["minutes"][-1]["services"]["shop/user"]["running"] == high
    assert log[0]["Description"] == "Setting desired count to 2."
    assert "AlarmLow" in log[0]["Cause"] and "policy track" in log[0]["Cause"]
    assert "AlarmHigh" in log[-1]["Cause"]
    assert all(entry["StatusCode"] == "Successful" for entry in log)


def test_it_scales_out_on_requests_per_target_and_in_again(world, scaling):
    """300 requests a minute for each target: 15 a second need three tasks."""
    track(scaling, "ALBRequestCountPerTarget", 300.0, label=label(world.shop))
    send((12, STEADY))
    high = desired(world)
    send((40, CALM))

    assert high in (3, 4)
    assert desired(world) == 2


def test_the_alarms_of_target_tracking_are_awss(world, scaling):
    """AlarmHigh at the target for 3 minutes, AlarmLow 10 % under it for 15; none when scale-in is disabled."""
    track(scaling, target=70.0)
    both = world.client("cloudwatch").describe_alarms(AlarmNamePrefix="TargetTracking-")
    track(scaling, target=70.0, DisableScaleIn=True)
    one = world.client("cloudwatch").describe_alarms(AlarmNamePrefix="TargetTracking-")
    shown = [
        (a["ComparisonOperator"], a["Threshold"], a["EvaluationPeriods"], a["MetricName"])
        for a in both["MetricAlarms"]
    ]

    assert shown == [
        ("GreaterThanThreshold", 70, 3, "CPUUtilization"),
        ("LessThanThreshold", 63, 15, "CPUUtilization"),
    ]
    assert len(one["MetricAlarms"]) == 1


def test_disabled_scale_in_only_scales_out(world, scaling):
    """The capacity that came stays."""
    track(scaling, DisableScaleIn=True)
    send((12, BUSY))
    high = desired(world)
    send((40, CALM))

    assert high > 2
    assert desired(world) == high


def test_no_scale_in_while_a_deployment_is_under_way(world, scaling):
    """A version that never gets healthy holds the service where it is; scale-in follows when it is gone."""
    track(scaling)
    ecs = world.client("ecs")
    ecs.update_service(cluster="shop", service="user", desiredCount=5)
    world.settle("user")
    before = world.service("user")["taskDefinition"]
    push(world.session, "user", "v2.0", {"health": {"/health": 500, "*": 200}})
    bad = register(world.session, world.shop, "user", "v2.0")
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    world.deploy(taskDefinition=bad, deploymentConfiguration=off)
    send((30, CALM))
    held, alarms = desired(world), send((1, CALM))["minutes"][-1]["alarms"]
    world.deploy(taskDefinition=before)
    send((30, CALM))

    assert held == 5
    assert any("AlarmLow" in name for name in alarms)
    assert desired(world) == 2


def step(world, scaling, cooldown):
    """Put a step policy on CPU: from 60 % one task more, from 80 % three; its alarm needs three minutes."""
    arn = scaling.put_scaling_policy(
        **TARGET,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": cooldown,
            "StepAdjustments": [
                {
                    "MetricIntervalLowerBound": 0,
                    "MetricIntervalUpperBound": 20,
                    "ScalingAdjustment": 1,
                },
                {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
            ],
        },
    )["PolicyARN"]
    world.client("cloudwatch").put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[
            {"Name": "ClusterName", "Value": "shop"},
            {"Name": "ServiceName", "Value": "user"},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=60,
        AlarmActions=[arn],
    )


def activities(scaling):
    """Return the scaling activities, oldest first."""
    found = scaling.describe_scaling_activities(ServiceNamespace="ecs")
    return found["ScalingActivities"][::-1]


def test_step_scaling_follows_the_learners_alarm(world, scaling):
    """At 90 % three tasks more, once the alarm has gone off; it comes back."""
    step(world, scaling, 120)
    begun = clock.current.now
    send((12, BUSY))
    log = activities(scaling)
    found = world.client("cloudwatch").describe_alarm_history(
        AlarmName="busy", HistoryItemType="StateUpdate"
    )
    changes = [item["HistorySummary"] for item in found["AlarmHistoryItems"]]

    assert desired(world) == 5
    assert [entry["Description"] for entry in log] == ["Setting desired count to 5."]
    assert log[0]["StartTime"] - begun >= timedelta(minutes=3)
    assert changes[:2] == ["Alarm updated from ALARM to OK", "Alarm updated from OK to ALARM"]


def test_what_a_step_added_counts_during_its_cooldown(world, scaling):
    """One task came; the step of three then makes two more, however long the alarm lasts."""
    step(world, scaling, 1200)
    send((6, 35), (8, 130))
    log = activities(scaling)

    assert [entry["Description"][-2:] for entry in log] == ["3.", "5."]


def test_a_scale_in_cooldown_holds_the_next_scale_in_back(world, scaling):
    """From eight tasks to four, and to two only half an hour later."""
    track(scaling, ScaleInCooldown=1800)
    world.client("ecs").update_service(cluster="shop", service="user", desiredCount=8)
    send((20, 40), (20, CALM))
    held = desired(world)
    send((20, CALM))
    log = activities(scaling)

    assert held == 4
    assert desired(world) == 2
    assert log[-1]["StartTime"] - log[-2]["StartTime"] >= timedelta(minutes=30)


def test_a_path_that_is_cut_shows_in_the_next_minute(world):
    """The tasks no longer let the load balancer in: nobody answers in time."""
    send((10, STEADY), wait=False)
    advance(minutes=2)
    groups = world.shop.groups
    pair = [{"GroupId": groups["alb"]}]
    rule = {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "UserIdGroupPairs": pair}
    world.client("ec2").revoke_security_group_ingress(GroupId=groups["user"], IpPermissions=[rule])
    advance(minutes=2)
    found = control.ACTIONS["traffic"](url=URL)["minutes"]

    assert found[1]["answers"].keys() == {"200"}
    assert "504" in found[-1]["answers"]
    assert "200" not in found[-1]["answers"]


def test_a_schedule_fires_at_nine_in_its_time_zone(world, scaling):
    """Nine in New York is two in the afternoon in UTC in January: the minimum rises then, and not before."""
    scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="morning",
        Schedule="cron(0 9 ? * MON-FRI *)",
        Timezone="America/New_York",
        ScalableTargetAction={"MinCapacity": 4, "MaxCapacity": 8},
    )
    nine = clock.current.now.replace(hour=14, minute=0, second=0)
    clock.current.advance(nine - clock.current.now - timedelta(seconds=30))
    before = desired(world)
    advance(seconds=30)
    after = desired(world)
    log = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]
    target = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]

    assert (before, after) == (2, 4)
    assert (target["MinCapacity"], target["MaxCapacity"]) == (4, 8)
    assert [entry["StartTime"] for entry in log] == [nine, nine]
    assert "scheduled action name morning was triggered" in log[1]["Cause"]


def test_overload_shows_as_504_and_slow_answers(world):
    """Two tasks do 50 requests a second; of 100 half get no answer in time."""
    found = send((5, 100))
    answers = counts(found)
    share = answers["504"] / sum(answers.values())
    cpu = statistics(world, "CPUUtilization")[-2]["Average"]

    assert share == pytest.approx(0.5, abs=0.05)
    assert cpu == 100


def test_traffic_that_finds_no_target_is_502_or_503(world):
    """The service has no tasks left."""
    world.client("ecs").update_service(cluster="shop", service="user", desiredCount=0)
    advance(minutes=3)
    found = send((2, STEADY))
    balancer = {"LoadBalancer": world.shop.load_balancer.partition(":loadbalancer/")[2]}
    errors = statistics(
        world, "HTTPCode_ELB_5XX_Count", "AWS/ApplicationELB", balancer, Statistics=["Sum"]
    )

    assert counts(found).keys() == {"503"}
    assert errors[-1]["Sum"] > 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://nowhere.example/"}, "leads to no load balancer"),
        ({"schedule": [[0, -1]]}, "not negative"),
        ({"schedule": [[60, 1], [0, 2]]}, "in order"),
        ({"seconds": 0}, "duration"),
        ({"schedule": None}, "no traffic"),
    ],
)
def test_traffic_that_makes_no_sense_is_refused(world, changes, words):
    """The message names what is wrong."""
    asked = {"url": URL, "schedule": [[0, 1]], "seconds": 60, **changes}
    with pytest.raises(control.Refused, match=words):
        control.ACTIONS["traffic"](**asked)
