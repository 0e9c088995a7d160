"""FARGATE_SPOT: interruptions with their warning, capacity, and how a strategy shares tasks out."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.server import clock, inprocess
from awslab.world import ecs_scheduler
from tests.server.ecs_world import World

LISTENS = {"port": 3000, "boot": 5}
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
MIXED = [
    {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 3},
]


@pytest.fixture
def world(app, session):
    """An account with a cluster that has both Fargate capacity providers."""
    world = World(session).network().roles()
    world.app = app
    world.ecs.create_cluster(clusterName="main", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    return world


def start(world, strategy, desired=2, **container):
    """Create a service by a capacity provider strategy and wait until it is steady."""
    definition = world.definition(world.image(app=LISTENS), container=container)
    world.ecs.create_service(
        cluster="main",
        serviceName="app",
        taskDefinition=definition,
        desiredCount=desired,
        networkConfiguration=world.reaches(),
        capacityProviderStrategy=strategy,
    )
    world.until(steady)


def steady(service):
    return service["runningCount"] == service["desiredCount"] and not service["pendingCount"]


def ask(world, action, **body):
    status, _, answer = inprocess.call(
        world.app, "POST", f"{inprocess.ADDRESS}/_lab/{action}", json.dumps(body).encode()
    )
    return status, json.loads(answer)


def providers(world):
    return Counter(task["capacityProviderName"] for task in world.tasks())


def describe(world, arn):
    return world.ecs.describe_tasks(cluster="main", tasks=[arn])["tasks"][0]


def test_interrupted_task_is_warned_and_replaced(world):
    """It is to stop at once, and runs on for its stopTimeout; the service starts another."""
    start(world, SPOT, stopTimeout=120, command=["sh", "-c", "node server.js"])
    task = world.tasks()[0]["taskArn"]
    _, answer = ask(world, "fail", spot=task)
    began = clock.current.now
    warned = describe(world, task)
    while (found := describe(world, task))["lastStatus"] != "STOPPED":
        pass
    world.until(steady)

    assert answer["stopped"] == [task.rpartition("/")[2]]
    assert (warned["desiredStatus"], warned["stopCode"]) == ("STOPPED", "SpotInterruption")
    assert warned["stoppedReason"] == "Your Spot Task was interrupted."
    assert "stoppedAt" not in warned
    assert 120 <= (found["executionStoppedAt"] - began).total_seconds() <= 125
    assert found["containers"][0]["exitCode"] == 137
    assert providers(world) == {"FARGATE_SPOT": 2}


def test_app_that_heeds_sigterm_is_gone_before_its_time(world):
    """It ends with the exit code that its own handling leaves."""
    start(world, SPOT)
    task = world.tasks()[0]["taskArn"]
    ask(world, "fail", spot=task)
    began = clock.current.now
    while (found := describe(world, task))["lastStatus"] != "STOPPED":
        pass

    assert (found["executionStoppedAt"] - began).total_seconds() < 10
    assert found["containers"][0]["exitCode"] == 0


def test_zone_without_spot_capacity_loses_its_spot_tasks(world):
    """They come back in the other zone; FARGATE tasks stay."""
    start(world, MIXED, desired=6)
    zone = "us-east-1a"
    before = {t["taskArn"] for t in world.tasks() if t["capacityProviderName"] == "FARGATE"}
    ask(world, "fail", spot=zone)
    world.until(steady)
    after = world.tasks()

    assert before <= {t["taskArn"] for t in after}
    assert {
        t["availabilityZone"] for t in after if t["capacityProviderName"] == "FARGATE_SPOT"
    } == {"us-east-1b"}
    assert providers(world) == {"FARGATE": 3, "FARGATE_SPOT": 3}


def test_service_without_any_spot_capacity_waits_for_it(world):
    """It says so once, runs what is not Spot, and heals when capacity is back."""
    start(world, MIXED, desired=6)
    for zone in ("us-east-1a", "us-east-1b"):
        ask(world, "fail", spot=zone)
    ask(world, "advance", seconds=600)
    short = providers(world)
    said = [e for e in world.describe()["events"] if "Capacity is unavailable" in e["message"]]
    _, back = ask(world, "recover", spot="us-east-1a")
    world.until(steady)

    assert short == {"FARGATE": 3}
    assert 1 <= len(said) <= 2
    assert back["recovered"] == ["us-east-1a"]
    assert providers(world) == {"FARGATE": 3, "FARGATE_SPOT": 3}


@pytest.mark.parametrize(("action", "wanted"), [("fail", "nobody"), ("recover", "us-east-1a")])
def test_what_is_not_there_is_refused(world, action, wanted):
    """With words that name the cure."""
    status, answer = ask(world, action, spot=wanted)

    assert status == 400
    assert wanted in str(answer)


@pytest.mark.parametrize(("desired", "fargate"), [(1, 1), (2, 2), (6, 3), (10, 4)])
def test_base_and_weight_share_a_services_tasks(world, desired, fargate):
    """Two on FARGATE first, then one in four."""
    start(world, MIXED, desired=desired)

    assert providers(world)["FARGATE"] == fargate
    assert providers(world)["FARGATE_SPOT"] == desired - fargate


@given(st.integers(0, 60), st.integers(0, 10), st.integers(0, 5), st.integers(1, 5))
def test_shares_are_base_and_weight_to_within_one_task(count, base, weight, spot_weight):
    """Whatever the numbers, one task after the other."""
    strategy = [
        {"capacityProvider": "FARGATE", "base": base, "weight": weight},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": spot_weight},
    ]
    placed = Counter()
    for _ in range(count):
        placed[ecs_scheduler.provider(strategy, placed)] += 1
    rest = max(0, count - base)
    exact = min(count, base) + rest * weight / (weight + spot_weight)

    assert abs(placed["FARGATE"] - exact) < 1
    assert placed.total() == count
