"""Run one fault: a generator that breaks the shop and shows the symptom, yields, and repairs it."""

from awslab.server import control
from tests.q9.architecture import SERVICES


def fail(**what):
    """Do as `cloud.fail` does; return the ids of the tasks that stop."""
    return control.ACTIONS["fail"](**what)["stopped"]


def recover(**what):
    """Do as `cloud.recover` does; return what was repaired."""
    return control.ACTIONS["recover"](**what)["recovered"]


def heals(world, fault):
    """Break the shop, repair it, and say whether it is whole again: settled, answering, all targets healthy."""
    steps = fault(world)
    next(steps)
    assert next(steps, "repaired") == "repaired"
    world.settle(*SERVICES)

    def whole():
        return all(
            world.status(service) == 200 and set(world.health(service)) == {("healthy", None)}
            for service in SERVICES
        )

    return world.poll_until(whole)


def logged(world, words, service="user"):
    """Say whether a line of a service's log contains some words."""
    events = world.client("logs").filter_log_events(logGroupName=f"/ecs/{service}")["events"]
    return any(words in event["message"] for event in events)


def statuses(world, service, requests=4):
    """Return what a service answers to some requests, without the order: they go round its tasks."""
    return {world.status(service) for _ in range(requests)}
