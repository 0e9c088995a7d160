"""What a rollout costs: the scheduler alone with 100 to 10,000 tasks, and the whole lab with 100.

Run `python benchmarks/rollout.py`; it prints its figures and ends.
Starting the lab's tasks walks paths, policies and images for each, as the learner's own would be.
"""

import statistics
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from awslab.server import inprocess
from awslab.server.app import LabApp
from awslab.world import ecs_scheduler as ecs
from tests.server.ecs_world import World

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
PERCENTS = (90, 110)  # many small steps: a tenth of the tasks at a time
LISTENS = {"port": 3000, "boot": 5, "health": {"*": 200}}


def scheduled(desired: int) -> tuple[int, float]:
    """Roll `desired` tasks with the scheduler alone; return the decisions made and the seconds they took."""
    counts = Counter({("old", ZONES[i % 3], "healthy"): 0 for i in range(3)})
    for index in range(desired):
        counts["old", ZONES[index % 3], "healthy"] += 1
    decisions, begun = 0, time.perf_counter()
    while True:
        actions = ecs.plan(_service(desired, counts), NOW)
        decisions += 1
        for action in actions:
            if isinstance(action, ecs.Complete):
                return decisions, time.perf_counter() - begun
            if isinstance(action, ecs.Start):
                counts[action.deployment, action.zone, "starting"] += action.count
            else:
                counts[action.deployment, action.zone, action.kind] -= action.count
        # What was started is healthy by the next decision.
        for deployment, zone, kind in list(counts):
            if kind == "starting":
                counts[deployment, zone, "healthy"] += counts.pop((deployment, zone, kind))


def _service(desired: int, counts: Counter) -> ecs.Service:
    groups = [
        ecs.Group(d, zone, **{k: counts[d, zone, k] for k in ("starting", "healthy")})
        for d in ("new", "old")
        for zone in ZONES
    ]
    deployments = (ecs.Deployment("new"), ecs.Deployment("old", "COMPLETED", ended=NOW))
    return ecs.Service(
        desired,
        ZONES,
        deployments,
        tuple(groups),
        minimum_percent=PERCENTS[0],
        maximum_percent=PERCENTS[1],
    )


def in_the_lab(desired: int) -> dict[str, float]:
    """Roll `desired` tasks in the lab; return seconds for the rollout and milliseconds for each poll of a still one."""
    core = LabApp()
    world = World(inprocess.session(core)).network().roles()
    world.service(world.definition(world.image(app=LISTENS)), desired=desired)
    world.until(lambda service: service["runningCount"] == desired)
    second = world.definition(world.image("v2", app=LISTENS, content="2"))
    begun = time.perf_counter()
    world.ecs.update_service(cluster="main", service="app", taskDefinition=second)
    world.until(
        lambda s: len(s["deployments"]) == 1 and s["deployments"][0]["rolloutState"] == "COMPLETED"
    )
    rollout = time.perf_counter() - begun
    polls = []
    for _ in range(100):
        begun = time.perf_counter()
        world.describe()
        polls.append((time.perf_counter() - begun) * 1000)
    return {"rollout": rollout, "poll": statistics.median(polls)}


def main() -> None:
    """Print the figures."""
    print("scheduler alone, 90 to 110 percent")
    for desired in (100, 1_000, 10_000):
        decisions, seconds = scheduled(desired)
        each = seconds / decisions * 1e6
        print(
            f"  {desired:>6} tasks: {decisions:>3} decisions, {seconds:.3f} s, {each:.0f} us each"
        )
    for desired in (10, 100):
        found = in_the_lab(desired)
        print(
            f"in the lab, {desired} tasks: rollout {found['rollout']:.2f} s "
            f"({found['rollout'] / desired * 1000:.1f} ms a task), a poll {found['poll']:.1f} ms"
        )


if __name__ == "__main__":
    main()
