"""What a day of traffic costs: one service that scales on CPU, and idle services that are measured all the same.

Run `python benchmarks/scaling.py`; it prints its figures, in CPU time, and ends.
"""

import gc
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from awslab.server import clock, control, inprocess
from awslab.server.app import LabApp
from tests.q9 import architecture
from tests.q9.architecture import DOMAIN
from tests.server.ecs_world import World

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/user",
    "ScalableDimension": "ecs:service:DesiredCount",
}
# Requests a second by the hour: a quiet night, a busy day, an evening peak.
DAY = [4, 3, 2, 2, 3, 6, 12, 25, 40, 55, 60, 65, 70, 65, 60, 60, 65, 80, 110, 120, 90, 50, 20, 8]
LISTENS = {"port": 3000, "boot": 5, "health": {"*": 200}}


def a_day_in_the_shop() -> None:
    """Send a day's traffic to the shop of Q9 while the user service scales from 2 to 12 tasks."""
    core = LabApp()
    session = inprocess.session(core)
    architecture.build(session)
    clock.current.advance(timedelta(minutes=5))
    scaling = session.client("application-autoscaling")
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=12)
    scaling.put_scaling_policy(
        **TARGET,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 50.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
        },
    )
    begun = time.process_time()
    found = control.ACTIONS["traffic"](
        url=f"https://{DOMAIN}/api/users/7",
        schedule=[[hour * 3600, rate] for hour, rate in enumerate(DAY)],
        seconds=3600 * len(DAY),
    )
    took = time.process_time() - begun
    total = sum(sum(minute["answers"].values()) for minute in found["minutes"])
    running = [m["services"]["shop/user"]["running"] for m in found["minutes"] if m["services"]]
    print(
        f"a day, {total:,} requests, {min(running)} to {max(running)} tasks, "
        f"{len(found['activities'])} scaling activities: {took:.1f} s"
    )


def an_idle_hour(count: int) -> float:
    """Let an hour pass over services of one task each, which nobody asks anything; return its CPU time in seconds."""
    core = LabApp()
    world = World(inprocess.session(core)).network(("us-east-1a",), 20).roles()
    definition = world.definition(world.image(app=LISTENS))
    for number in range(count):
        world.service(definition, f"s{number}", 1)
    clock.current.advance(timedelta(minutes=5))
    # A full garbage collection of all that Python has loaded takes 0.3 s and may fall into any hour.
    gc.collect()
    gc.freeze()
    begun = time.process_time()
    clock.current.advance(timedelta(hours=1))
    took = time.process_time() - begun
    gc.unfreeze()
    return took


def main() -> None:
    """Print the figures."""
    before = None
    for count in (3, 30, 300):
        took = an_idle_hour(count)
        ratio = "" if before is None else f", {took / before:.1f} times that of a tenth of them"
        print(f"an idle hour, {count:>3} services: {took * 1000:.0f} ms{ratio}")
        before = took
    a_day_in_the_shop()


if __name__ == "__main__":
    main()
