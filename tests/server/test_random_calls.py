"""Thousands of random calls of a whole lab: no fault of its own, and what it says stays true."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from awslab.server import fabric, inprocess, snapshot
from awslab.server.app import LabApp
from awslab.world import ecs_scheduler
from tests.q9 import architecture
from tests.q9.conftest import World, steady, summary
from tests.server import random_invariants
from tests.server.random_calls import MENDABLE, Caller

SEEDS, STEPS = range(1, 13), 430  # 5,160 steps; about 50 s of one core
SAME_STEPS = 150
MENDABLE_STEPS = 120


def build():
    """Return a core with the running shop of Q9, its session, the shop, and all of it frozen."""
    core = LabApp()
    session = inprocess.session(core)
    shop = architecture.build(session)
    ecs = session.client("ecs")
    for _ in range(40):  # 200 simulated seconds: the services are steady
        ecs.describe_services(cluster="shop", services=["user"])
    return core, session, shop, snapshot.freeze(core._extensions.values())


def caller_of(built, seed, only=None):
    """Return a caller of the shop as it was built."""
    core, session, shop, frozen = built
    fabric.reset()
    snapshot.thaw(frozen, core._extensions.values())
    core._snapshots.clear()
    return Caller(core, session, shop, seed, only)


def digest(built, seed):
    """Return a digest of everything that a caller was answered."""
    caller = caller_of(built, seed)
    for _ in range(SAME_STEPS):
        caller.step()
    return hashlib.sha256(json.dumps(caller.history, default=str).encode()).hexdigest()


def mend(caller, service):
    """Give a service the settings that the shop gave it."""
    shop = caller.shop
    caller.call(
        "ecs",
        "update_service",
        cluster="shop",
        service=service,
        taskDefinition=f"{service}:1",
        desiredCount=2,
        forceNewDeployment=True,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": list(shop.private.values()),
                "securityGroups": [shop.groups[service]],
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": shop.targets[service],
                "containerName": "app",
                "containerPort": architecture.APP_PORT,
            }
        ],
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
    )


@pytest.fixture(scope="module")
def built():
    """The shop, built once."""
    return build()


@pytest.fixture
def watched(monkeypatch):
    """Check every decision of the ECS scheduler against its bounds."""
    decide = ecs_scheduler.plan
    decisions = []

    def plan(service, now):
        actions = decide(service, now)
        random_invariants.keeps_bounds(service, actions)
        decisions.append(len(actions))
        return actions

    monkeypatch.setattr(ecs_scheduler, "plan", plan)
    return decisions


@pytest.mark.parametrize("seed", SEEDS)
def test_the_lab_stays_true_whatever_is_called(built, watched, seed):
    """After each random call the invariants hold, and no answer is an internal failure."""
    caller = caller_of(built, seed)
    for _ in range(STEPS):
        caller.step()
        random_invariants.check(caller)

    assert any(watched)
    assert caller.known.progress


@pytest.mark.parametrize("seed", range(100, 104))
def test_a_service_gets_well_with_the_settings_it_had(built, watched, seed):
    """After faults and updates in any order, the first settings bring back two tasks that serve."""
    caller = caller_of(built, seed, MENDABLE)
    for _ in range(MENDABLE_STEPS):
        caller.step()
        random_invariants.check(caller)
    caller.control("recover")
    mend(caller, "user")
    world = World(*built[:3])
    for _ in range(300):
        if steady(world.service("user")):
            break

    assert steady(world.service("user")), summary(world.service("user"))
    # Besides its tasks there may be targets that the caller registered.
    assert world.health().count(("healthy", None)) >= 2


def test_the_same_calls_give_the_same_history(built):
    """Byte for byte, in this process and in one that orders its sets otherwise."""
    here = [digest(built, 1), digest(built, 1)]
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    elsewhere = subprocess.run(
        [sys.executable, "-m", "tests.server.test_random_calls"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert elsewhere.returncode == 0, elsewhere.stderr
    assert [*here, elsewhere.stdout.strip()] == [here[0]] * 3


if __name__ == "__main__":
    print(digest(build(), 1))
