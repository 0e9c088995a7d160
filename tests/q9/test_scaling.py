"""The shop scales out and in, on the clock and on its metrics, and tells what it did."""

from datetime import timedelta

from awslab.server import clock
from tests.q9.architecture import push, register
from tests.q9.load import (
    BUSY,
    CALM,
    STEADY,
    TARGET,
    activities,
    advance,
    counts,
    desired,
    label,
    send,
    step,
    track,
)


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
