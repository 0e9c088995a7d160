"""Lost zones, crashed tasks, and what the lab remembers of a service."""

import json

import pytest

from awslab.server import inprocess
from tests.server.ecs_world import World

LISTENS = {"port": 3000, "boot": 5, "health": {"*": 200}}


@pytest.fixture
def world(app, session):
    """A service of four tasks in two zones, in a steady state."""
    world = World(session).network().roles()
    world.app = app
    world.service(world.definition(world.image(app=LISTENS)), desired=4)
    world.until(steady)
    return world


def steady(service):
    return len(service["deployments"]) == 1 and service["runningCount"] == service["desiredCount"]


def ask(world, action, **body):
    """Ask the lab's control and return status and answer."""
    data = json.dumps(body).encode()
    status, _, answer = inprocess.call(
        world.app, "POST", f"{inprocess.ADDRESS}/_lab/{action}", data
    )
    return status, json.loads(answer)


def zones(world):
    found = [task["availabilityZone"] for task in world.tasks()]
    return {zone: found.count(zone) for zone in sorted(set(found))}


def test_service_survives_the_loss_of_a_zone(world):
    """The two tasks of the lost zone are replaced in the other one, without an exit code of their own."""
    _, lost = ask(world, "fail", az="us-east-1a")
    after = world.describe()
    world.until(steady)
    gone = world.tasks(status="STOPPED")

    assert len(lost["stopped"]) == 2
    assert after["runningCount"] == 2
    assert zones(world) == {"us-east-1b": 4}
    assert {task["stopCode"] for task in gone} == {"InfrastructureHealth"}
    assert all("exitCode" not in task["containers"][0] for task in gone)


def test_recovered_zone_is_evened_out(world):
    """AZ rebalancing starts tasks in the zone that is back before it stops any in the other."""
    ask(world, "fail", az="us-east-1a")
    world.until(steady)
    ask(world, "recover", az="us-east-1a")
    seen = []
    for _ in range(30):
        service = world.describe()
        seen.append(service["runningCount"])
    said = "\n".join(event["message"] for event in service["events"])

    assert zones(world) == {"us-east-1a": 2, "us-east-1b": 2}
    assert min(seen) >= 4
    assert "is not AZ balanced with 0 tasks in us-east-1a, and 4 tasks in us-east-1b" in said
    assert "is AZ balanced with 2 tasks in us-east-1a, and 2 tasks in us-east-1b" in said


def test_rebalancing_can_be_switched_off(world):
    """With availabilityZoneRebalancing DISABLED the tasks stay where they are."""
    world.ecs.update_service(cluster="main", service="app", availabilityZoneRebalancing="DISABLED")
    ask(world, "fail", az="us-east-1a")
    world.until(steady)
    ask(world, "recover")
    for _ in range(30):
        world.describe()

    assert zones(world) == {"us-east-1b": 4}


def test_no_zone_left_means_no_tasks(world):
    """With both zones lost nothing starts; the first that is back gets everything."""
    for zone in ("us-east-1a", "us-east-1b"):
        ask(world, "fail", az=zone)
    for _ in range(20):
        down = world.describe()
    ask(world, "recover", az="us-east-1b")
    world.until(steady)

    assert (down["runningCount"], down["pendingCount"]) == (0, 0)
    assert zones(world) == {"us-east-1b": 4}


def test_crashed_task_is_replaced(world):
    """A crash ends the task with its container's exit code, and the service starts another."""
    victim = world.tasks()[0]["taskArn"]
    ask(world, "fail", task=victim)
    world.until(lambda service: service["runningCount"] == 3)
    world.until(steady)
    gone = world.tasks(status="STOPPED")[0]

    assert (gone["taskArn"], gone["stopCode"]) == (victim, "EssentialContainerExited")
    assert gone["containers"][0]["exitCode"] == 1


@pytest.mark.parametrize(
    ("action", "body", "text"),
    [
        ("fail", {}, "give either az="),
        ("fail", {"az": "us-east-1a", "task": "x"}, "give either az="),
        ("fail", {"az": "mars-1a"}, "is no Availability Zone"),
        ("fail", {"task": "nothing"}, "no running task"),
        ("recover", {"az": "us-east-1a"}, "has not failed"),
        ("timeline", {"service": "web"}, "the services are: main/app"),
    ],
)
def test_what_is_not_there_is_refused(world, action, body, text):
    """The lab says what was wrong and what can be given."""
    status, answer = ask(world, action, **body)

    assert status == 400
    assert text in answer["error"]


def test_timeline_tells_the_last_deployment(world):
    """It begins just before the deployment, ends with it, and holds bounds, counts and events of each moment."""
    second = world.definition(world.image("v2", app=LISTENS, content="2"))
    world.ecs.update_service(cluster="main", service="app", taskDefinition=second)
    world.until(lambda s: steady(s) and s["deployments"][0]["rolloutState"] == "COMPLETED")
    _, data = ask(world, "timeline", service="app")
    moments = data["moments"]
    healthy = [sum(d["healthy"] for d in moment["deployments"]) for moment in moments]

    assert [len(moment["deployments"]) for moment in moments][:2] == [1, 2]
    assert moments[-1]["deployments"][0]["taskDefinition"] == "app:2"
    assert all(number >= m["lower"] for number, m in zip(healthy, moments, strict=True))
    assert any("deployment completed" in event for event in moments[-1]["events"])
    assert len(ask(world, "timeline", service="app", whole=True)[1]["moments"]) > len(moments)


def test_snapshot_keeps_running_tasks(world):
    """After a restore the same tasks run, answer, and are replaced when they stop."""
    before = {task["taskArn"] for task in world.tasks()}
    _, kept = ask(world, "snapshot")
    ask(world, "fail", az="us-east-1a")
    world.until(steady)
    ask(world, "restore", snapshot=kept["snapshot"])
    after = {task["taskArn"] for task in world.tasks()}
    world.ecs.stop_task(cluster="main", task=sorted(after)[0])
    world.until(lambda service: service["runningCount"] == 3)
    world.until(steady)

    assert after == before
    assert zones(world) == {"us-east-1a": 2, "us-east-1b": 2}
