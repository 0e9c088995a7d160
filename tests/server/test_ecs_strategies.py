"""Blue/green, linear and canary deployments in a whole lab: stages, shares of requests, rollback."""

import pytest

from awslab.server import clock
from tests.server.elb import refused
from tests.server.shifts import Shifting, configure, serving

STAGES = [
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
]
BREAKER = {"enable": True, "rollback": True}


@pytest.fixture(scope="module")
def built(core, session):
    """Version 1 by blue/green, in a steady state on the target group `green`; and its snapshot."""
    core.reset()
    world = Shifting(core, session).start(bakeTimeInMinutes=5)
    return world, core.snapshot()["snapshot"]


@pytest.fixture
def world(built, core):
    """The service as it was built."""
    core.restore(built[1])
    return built[0]


def tasks_of(world, version):
    """Name the running tasks of a version."""
    definition = world.definitions[version]
    return {t["taskArn"] for t in world.tasks() if t["taskDefinitionArn"] == definition}


def test_first_deployment_goes_to_the_alternate_target_group(world):
    """As AWS does it: the group with the traffic is blue, the new revision goes to the other."""
    found = world.latest()

    assert found["status"] == "SUCCESSFUL"
    assert world.weights() == (0, 100)
    assert serving(world) == ({"v1"}, {"v1"})


def test_blue_green_shifts_test_traffic_first_and_production_at_once(world):
    """Stages in order; blue runs on through the bake time, and is gone after it."""
    world.deploy()
    world.reach("POST_TEST_TRAFFIC_SHIFT")
    tested = serving(world)
    world.reach("BAKE_TIME")
    shifted, running = serving(world), world.describe()["runningCount"]
    found, stages = world.over()

    assert tested == ({"v1"}, {"v2"})
    assert shifted == ({"v2"}, {"v2"})
    assert running == 4
    assert stages == STAGES[-2:]
    assert found["status"] == "SUCCESSFUL"
    assert len(world.describe()["deployments"]) == 1
    assert serving(world) == ({"v2"}, {"v2"})


def test_target_groups_take_turns(world):
    """The next deployment goes back to the group that the last one left."""
    found = []
    for version in ("v2", "v1"):
        world.deploy(version)
        world.over()
        found.append((world.weights(), set(world.answers(4))))

    assert found == [((100, 0), {"v2"}), ((0, 100), {"v1"})]


def test_no_request_fails_during_a_deployment(world):
    """Every poll is one request; each is answered by one version, and first by the old, then by the new."""
    world.deploy()
    seen = []
    for _ in range(150):
        seen += world.answers(1)
        if "finishedAt" in world.latest():
            break

    assert set(seen) == {"v1", "v2"}
    assert seen == sorted(seen)


def test_linear_shifts_in_equal_steps(world):
    """Twenty requests at each step are shared as the rule says, and the target groups' weights are AWS's."""
    configure(
        world,
        strategy="LINEAR",
        linearConfiguration={"stepPercent": 25.0, "stepBakeTimeInMinutes": 2},
    )
    world.deploy()
    found, began = {}, None
    for _ in range(200):
        latest = world.latest()
        percent = latest["targetServiceRevision"].get("requestedProductionTrafficWeight")
        if percent and percent not in found:
            began = began or clock.current.now
            found[percent] = (world.answers(20), (clock.current.now - began).total_seconds())
        if "finishedAt" in latest:
            break

    assert {p: answers for p, (answers, _) in found.items()} == {
        25.0: {"v1": 15, "v2": 5},
        50.0: {"v1": 10, "v2": 10},
        75.0: {"v1": 5, "v2": 15},
        100.0: {"v2": 20},
    }
    assert [round(after / 130) for _, after in found.values()] == [0, 1, 2, 3]


def test_canary_shifts_a_little_and_then_all(world):
    """Five percent for ten minutes."""
    configure(
        world,
        strategy="CANARY",
        canaryConfiguration={"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10},
    )
    world.deploy()
    shares = {}
    for _ in range(400):
        latest = world.latest()
        percent = latest["targetServiceRevision"].get("requestedProductionTrafficWeight")
        shares[percent] = shares.get(percent, 0) + 1
        if latest["lifecycleStage"] == "BAKE_TIME":
            break
        if percent == 5.0 and shares[percent] == 1:
            answers = world.answers(100)

    assert answers == {"v1": 95, "v2": 5}
    assert list(shares) == [0.0, 5.0, 100.0]
    assert 5 * shares[5.0] == pytest.approx(600, abs=15)


def test_sick_green_never_gets_production_traffic(world):
    """The circuit breaker rolls back before any shift; every request was answered by blue."""
    configure(world, deploymentCircuitBreaker=BREAKER)
    world.deploy("sick")
    seen = {}
    for _ in range(300):
        seen |= world.answers(1)
        found = world.latest()
        if "finishedAt" in found:
            break
    stopped = {task["taskDefinitionArn"] for task in world.tasks(status="STOPPED")}

    assert set(seen) == {"v1"}
    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert found["statusReason"] == (
        "Service deployment rolled back because the circuit breaker threshold was exceeded."
    )
    assert found["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert found["rollback"]["serviceRevisionArn"] == found["sourceServiceRevisions"][0]["arn"]
    assert world.describe()["taskDefinition"] == world.definitions["v1"]
    assert world.definitions["v1"] not in stopped


def test_green_that_never_starts_times_out(world):
    """A day in SCALE_UP is too long; until then blue serves."""
    missing = world.definition(world.image("v3", content="v3").replace(":v3", ":nope"))
    world.ecs.update_service(cluster="main", service="app", taskDefinition=missing)
    world.advance(23 * 60)
    before = world.latest()
    world.advance(70)
    found, _ = world.over()

    assert (before["status"], before["lifecycleStage"]) == ("IN_PROGRESS", "SCALE_UP")
    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert "SCALE_UP" in found["statusReason"]
    assert serving(world) == ({"v1"}, {"v1"})


def alarm(world, **settings):
    """Make an alarm on a metric that the test puts."""
    world.cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    configure(
        world, alarms={"alarmNames": ["errors"], "enable": True, "rollback": True, **settings}
    )


def errors(world, number=9):
    """Put one datapoint of the metric, now."""
    data = {"MetricName": "Errors", "Value": number, "Timestamp": clock.current.now}
    world.cloudwatch.put_metric_data(Namespace="Shop", MetricData=[data])


def test_alarm_in_the_bake_time_rolls_back_at_once(world):
    """Traffic is blue's again in the moment of the alarm, and no task of blue has to start for it."""
    alarm(world)
    world.deploy()
    world.reach("BAKE_TIME")
    shifted, blue = serving(world), tasks_of(world, "v1")
    errors(world)
    for _ in range(30):
        if world.latest()["status"] != "IN_PROGRESS":
            break
    back = serving(world)
    found, _ = world.over()

    assert shifted == ({"v2"}, {"v2"})
    assert back == ({"v1"}, {"v1"})
    assert tasks_of(world, "v1") == blue
    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert found["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["errors"],
        "triggeredAlarmNames": ["errors"],
    }
    assert world.describe()["runningCount"] == 2


def test_alarm_without_rollback_stops_the_deployment(world):
    """The service stays as it is: FAILED, with green's traffic."""
    alarm(world, rollback=False)
    world.deploy()
    world.reach("BAKE_TIME")
    errors(world)
    found, _ = world.over()

    assert found["status"] == "STOPPED"
    assert world.describe()["deployments"][0]["rolloutState"] == "FAILED"
    assert serving(world) == ({"v2"}, {"v2"})


def test_alarm_that_is_on_already_is_not_watched(world):
    """So that a deployment can mend what an earlier one broke."""
    alarm(world)
    errors(world)
    world.advance(1)
    world.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    world.deploy()
    found, _ = world.over()

    assert found["status"] == "SUCCESSFUL"
    assert found["alarms"]["status"] == "DISABLED"


def test_alarm_rolls_a_rolling_update_back_too(world):
    """Alarms watch every strategy."""
    configure(
        world,
        strategy="ROLLING",
        alarms={"alarmNames": ["errors"], "enable": True, "rollback": True},
    )
    alarm(world, enable=True)
    world.deploy("sick")
    world.latest()
    world.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    found, _ = world.over()

    assert found["status"] == "ROLLBACK_SUCCESSFUL"
    assert "errors" in found["statusReason"]
    assert set(world.answers(4)) == {"v1"}


def test_stop_service_deployment_rolls_back(world):
    """By hand, in the middle of the bake time; a second time is a conflict."""
    arn = world.deploy()
    world.reach("BAKE_TIME")
    world.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    back = serving(world)
    code, message = refused(world.ecs.stop_service_deployment, serviceDeploymentArn=arn)
    found, _ = world.over()

    assert back == ({"v1"}, {"v1"})
    assert (code, "ROLLBACK_IN_PROGRESS" in message) == ("ConflictException", True)
    assert found["status"] == "ROLLBACK_SUCCESSFUL"


def test_abort_leaves_the_service_as_it_is(world):
    """No traffic shifts, nothing is started or stopped; the next deployment puts it right."""
    arn = world.deploy()
    world.reach("POST_TEST_TRAFFIC_SHIFT")
    world.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ABORT")
    stopped = world.latest()
    world.advance(10)
    left, running = serving(world), world.describe()["runningCount"]
    world.deploy("v2", forceNewDeployment=True)
    _, stages = world.over()

    assert stopped["status"] == "STOPPED"
    assert (left, running) == (({"v1"}, {"v2"}), 4)
    assert stages == ["RECONCILE_SERVICE", *STAGES]
    assert serving(world) == ({"v2"}, {"v2"})


@pytest.mark.parametrize("stage", ["SCALE_UP", "BAKE_TIME"])
def test_newer_deployment_supersedes_one_that_runs(world, stage):
    """Traffic goes back to blue, the revision that was given up goes, and then the newer one begins."""
    first = world.deploy()
    world.reach(stage)
    world.deploy("v1", forceNewDeployment=True)
    back = serving(world)
    found, _ = world.over()
    old = world.ecs.describe_service_deployments(serviceDeploymentArns=[first])
    (given_up,) = old["serviceDeployments"]

    assert back == ({"v1"}, {"v1"})
    assert (given_up["status"], found["status"]) == ("STOPPED", "SUCCESSFUL")
    assert {t["taskDefinitionArn"] for t in world.tasks()} == {world.definitions["v1"]}


def test_change_back_to_rolling_stays_in_the_target_group(world):
    """A rolling update replaces tasks where the traffic is."""
    configure(world, strategy="ROLLING")
    before = world.weights()
    world.deploy()
    found, stages = world.over()

    assert stages == []
    assert found["status"] == "SUCCESSFUL"
    assert world.weights() == before
    assert set(world.answers(4)) == {"v2"}


def test_lost_task_of_blue_is_replaced_during_the_bake_time(world):
    """Both revisions keep their number, each in its own target group."""
    world.deploy()
    world.reach("BAKE_TIME")
    lost = next(t for t in world.tasks() if t["taskDefinitionArn"] == world.definitions["v1"])
    world.ecs.stop_task(cluster="main", task=lost["taskArn"])
    world.until(lambda service: service["runningCount"] == 3)
    found = world.until(lambda service: service["runningCount"] == 4)

    assert [d["runningCount"] for d in found["deployments"]] == [2, 2]
    assert set(world.answers(6)) == {"v2"}


def test_scaling_out_counts_for_both_revisions(world):
    """During the bake time blue could take all the traffic at any moment."""
    world.deploy()
    world.reach("BAKE_TIME")
    world.ecs.update_service(cluster="main", service="app", desiredCount=3)
    found = world.until(lambda service: service["runningCount"] == 6)

    assert [d["runningCount"] for d in found["deployments"]] == [3, 3]


def test_revisions_say_where_they_are(world):
    """The resolved target groups, and what each revision has of the traffic."""
    world.deploy()
    found = world.reach("BAKE_TIME")
    new, old = found["targetServiceRevision"], found["sourceServiceRevisions"][0]
    revisions = world.ecs.describe_service_revisions(serviceRevisionArns=[new["arn"], old["arn"]])
    groups = [
        revision["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"]
        for revision in revisions["serviceRevisions"]
    ]

    assert groups == [world.blue, world.green]
    assert [each["requestedProductionTrafficWeight"] for each in (new, old)] == [100.0, 0.0]
    assert [each["requestedTaskCount"] for each in (new, old)] == [2, 2]


def test_snapshot_in_the_bake_time_goes_on_the_same(world):
    """The same stages at the same moments, and the same answers."""
    world.deploy()
    world.reach("BAKE_TIME")
    kept = world.app.snapshot()["snapshot"]
    first = (world.over(), serving(world))
    world.app.restore(kept)

    assert (world.over(), serving(world)) == first
