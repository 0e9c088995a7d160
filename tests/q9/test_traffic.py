"""The shop under load: what CloudWatch measures, and what clients get when something is wrong."""

import pytest

from awslab.server import control
from tests.q9.load import BUSY, STEADY, URL, advance, counts, send, statistics, track


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
