"""The service scheduler: bounds, spread, replacement, rollback, and what it never does."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awslab.world import ecs_scheduler as ecs
from awslab.world.ecs_service import Breaker, Deployed, can_progress

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def group(deployment, zone="us-east-1a", **counts):
    return ecs.Group(deployment, zone, **counts)


def service(desired, groups=(), deployments=None, zones=ZONES[:2], **changes):
    deployments = deployments or (ecs.Deployment("new"),)
    return ecs.Service(desired, tuple(zones), tuple(deployments), tuple(groups), **changes)


def started(actions):
    return sum(action.count for action in actions if isinstance(action, ecs.Start))


def stopped(actions, kind=None):
    return sum(
        action.count
        for action in actions
        if isinstance(action, ecs.Stop) and kind in (None, action.kind)
    )


def test_first_tasks_are_spread_over_the_zones():
    """Five tasks in two zones are three and two."""
    actions = ecs.plan(service(5), NOW)

    assert actions == [ecs.Start("new", "us-east-1a", 3), ecs.Start("new", "us-east-1b", 2)]


@given(st.integers(0, 50), st.lists(st.integers(0, 20), min_size=3, max_size=3))
def test_spread_is_as_even_as_it_can_be(count, there):
    """No zone that got a task has two more than a zone that could have had it."""
    here = Counter(dict(zip(ZONES, there, strict=True)))
    given_out = ecs.spread(count, ZONES, here)
    total = {zone: here[zone] + given_out.get(zone, 0) for zone in ZONES}

    assert sum(given_out.values()) == count
    assert all(total[zone] <= min(total.values()) + 1 for zone in given_out)


def test_lost_task_is_replaced_in_the_emptier_zone():
    """One of four tasks is gone: the new one goes where there is one less."""
    groups = [group("new", healthy=2), group("new", "us-east-1b", healthy=1)]
    done = [ecs.Deployment("new", "COMPLETED", ended=NOW)]

    assert ecs.plan(service(4, groups, done), NOW) == [ecs.Start("new", "us-east-1b", 1)]


def test_steady_service_is_left_alone():
    """Nothing is to be done when the healthy tasks are the desired ones."""
    groups = [group("new", healthy=1), group("new", "us-east-1b", healthy=1)]
    done = [ecs.Deployment("new", "COMPLETED", ended=NOW)]

    assert ecs.plan(service(2, groups, done), NOW) == []


def test_scale_in_takes_from_the_fuller_zone():
    """From four and two to four: both go from the zone with four."""
    groups = [group("new", healthy=4), group("new", "us-east-1b", healthy=2)]
    done = [ecs.Deployment("new", "COMPLETED", ended=NOW)]
    actions = ecs.plan(service(4, groups, done), NOW)

    assert actions == [ecs.Stop("new", "us-east-1a", "healthy", 2, "scaling")]


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "starts", "stops"),
    [
        (3, 100, 200, 3, 0),
        (4, 50, 100, 2, 2),
        (4, 100, 150, 2, 0),
        (4, 50, 150, 4, 2),
        (3, 100, 125, 0, 0),
        (2, 75, 100, 0, 0),
        (1, 0, 100, 1, 1),
    ],
)
def test_rolling_update_begins_inside_its_bounds(desired, minimum, maximum, starts, stops):
    """The bounds, not the order one expects, say how many new tasks start and old ones stop at first."""
    view = service(
        desired,
        [group("old", healthy=desired)],
        [ecs.Deployment("new"), ecs.Deployment("old", "COMPLETED", ended=NOW)],
        minimum_percent=minimum,
        maximum_percent=maximum,
    )
    actions = ecs.plan(view, NOW)

    assert (started(actions), stopped(actions)) == (starts, stops)
    assert (ecs.Stuck("new") in actions) == (not can_progress(desired, minimum, maximum))


def test_new_healthy_tasks_free_as_many_old_ones():
    """Two of three new tasks are healthy: two old ones may stop."""
    groups = [group("new", healthy=2, starting=1), group("old", healthy=3)]
    old = ecs.Deployment("old", "COMPLETED", ended=NOW)
    actions = ecs.plan(service(3, groups, [ecs.Deployment("new"), old]), NOW)

    assert actions == [ecs.Stop("old", "us-east-1a", "healthy", 2, "deployment")]


def test_deployment_is_not_complete_while_its_last_old_tasks_are_told_to_stop():
    """The decision that stops the old tasks does not complete the deployment as well."""
    groups = [group("new", healthy=3), group("old", healthy=3)]
    old = ecs.Deployment("old", "COMPLETED", ended=NOW)
    actions = ecs.plan(service(3, groups, [ecs.Deployment("new"), old]), NOW)

    assert actions == [ecs.Stop("old", "us-east-1a", "healthy", 3, "deployment")]


def test_deployment_is_completed_when_the_old_tasks_have_drained():
    """A task of the old deployment that is still stopping keeps the deployment in progress."""
    groups = [group("new", healthy=1), group("new", "us-east-1b", healthy=1)]
    draining = [ecs.Deployment("new"), ecs.Deployment("old", "COMPLETED", stopping=1, ended=NOW)]

    assert ecs.plan(service(2, groups, draining), NOW) == []
    assert ecs.plan(service(2, groups), NOW) == [ecs.Complete("new")]


def test_unhealthy_task_is_replaced_before_it_stops():
    """With room under the maximum the replacement starts first, and the unhealthy task stops when it is healthy."""
    done = [ecs.Deployment("new", "COMPLETED", ended=NOW)]
    before = service(2, [group("new", healthy=1, unhealthy=1)], done, rebalancing=False)
    after = service(2, [group("new", healthy=2, unhealthy=1)], done, rebalancing=False)

    assert (started(ecs.plan(before, NOW)), stopped(ecs.plan(before, NOW))) == (1, 0)
    assert ecs.plan(after, NOW) == [ecs.Stop("new", "us-east-1a", "unhealthy", 1, "health")]


def test_unhealthy_replacement_does_not_pile_up():
    """When the replacement is unhealthy too, one of the two stops, down to the desired count."""
    done = [ecs.Deployment("new", "COMPLETED", ended=NOW)]
    view = service(2, [group("new", healthy=1, unhealthy=2)], done)
    actions = ecs.plan(view, NOW)

    assert (stopped(actions, "unhealthy"), started(actions)) == (1, 1)


def test_unhealthy_task_stops_first_without_room():
    """At a maximum of 100 percent one unhealthy task at a time makes room for its replacement."""
    done = [ecs.Deployment("new", "COMPLETED", ended=NOW)]
    groups = [group("new", healthy=2, unhealthy=2)]
    view = service(4, groups, done, minimum_percent=50, maximum_percent=100)
    actions = ecs.plan(view, NOW)

    assert (stopped(actions, "unhealthy"), started(actions)) == (1, 1)


BREAKER = Breaker(enable=True, rollback=True)


@pytest.mark.parametrize(
    ("breaker", "completed", "expected"),
    [
        (BREAKER, [Deployed("old", "COMPLETED", NOW)], ecs.Fail("new", "old")),
        (BREAKER, [], ecs.Fail("new", None)),
        (
            Breaker(enable=True),
            [Deployed("old", "COMPLETED", NOW)],
            ecs.Fail("new", None),
        ),
    ],
)
def test_breaker_rolls_back_only_to_a_completed_deployment(breaker, completed, expected):
    """Three failures of two tasks trip the breaker; without a completed deployment the service stalls."""
    failing = [ecs.Deployment("new", failures=3), ecs.Deployment("old", ended=NOW)]
    view = service(2, (), failing, breaker=breaker, completed=tuple(completed))

    assert ecs.plan(view, NOW) == [expected]


def test_failed_deployment_without_rollback_starts_nothing():
    """A deployment that failed launches no more tasks, and the old tasks stay."""
    stalled = [ecs.Deployment("new", "FAILED", 3), ecs.Deployment("old", "COMPLETED", ended=NOW)]

    assert ecs.plan(service(2, [group("old", healthy=2)], stalled), NOW) == []


def test_back_off_holds_the_next_launch():
    """Until the back-off ends nothing starts; at its end everything does."""
    held = [ecs.Deployment("new", not_before=NOW + timedelta(seconds=10))]

    assert ecs.plan(service(2, (), held), NOW) == []
    assert started(ecs.plan(service(2, (), held), NOW + timedelta(seconds=10))) == 2


def test_lost_zone_gets_no_tasks_and_is_filled_again():
    """Tasks move to the zone that is left; when the other is back, rebalancing evens out."""
    done = [ecs.Deployment("new", "COMPLETED", ended=NOW)]
    half = [group("new", healthy=2)]
    lost = ecs.plan(service(4, half, done, ZONES[:1], rebalancing=True), NOW)
    back = ecs.plan(service(4, [group("new", healthy=4)], done, rebalancing=True), NOW)
    evened = [group("new", healthy=4), group("new", "us-east-1b", healthy=2)]
    after = ecs.plan(service(4, evened, done, rebalancing=True), NOW)

    assert lost == [ecs.Start("new", "us-east-1a", 2)]
    assert back == [ecs.Start("new", "us-east-1b", 2)]
    assert after == [ecs.Stop("new", "us-east-1a", "healthy", 2, "rebalancing")]


class Fleet:
    """Tasks by count, moved by the scheduler's actions and by chance that is seeded."""

    def __init__(self, desired, minimum, maximum, seed):
        self.desired, self.percents, self.chance = desired, (minimum, maximum), random.Random(seed)
        self.deployments = [ecs.Deployment("d0")]
        self.counts = Counter()
        self.completed = []
        self.lowest_slack = 0

    def view(self):
        keys = {(deployment, zone) for deployment, zone, _ in self.counts}
        groups = [
            group(deployment, zone, **{k: self.counts[deployment, zone, k] for k in STATES})
            for deployment, zone in sorted(keys)
        ]
        return service(
            self.desired,
            groups,
            self.deployments,
            ZONES,
            minimum_percent=self.percents[0],
            maximum_percent=self.percents[1],
            completed=tuple(self.completed),
        )

    def total(self, kind):
        return sum(number for (_, _, found), number in self.counts.items() if found == kind)

    def decide(self):
        """Apply every decision of this moment; return the healthy counts before and after."""
        for _ in range(20):
            view = self.view()
            actions = ecs.plan(view, NOW)
            before = self.total("healthy")
            for action in actions:
                self.apply(action)
            after, active = self.total("healthy"), sum(self.counts.values())
            if after < before:
                assert after >= view.bounds.lower
            if started(actions):
                assert active <= max(view.bounds.upper, self.desired)
            if not any(isinstance(a, ecs.Start | ecs.Stop | ecs.Complete) for a in actions):
                return
        raise AssertionError("the scheduler does not come to rest")

    def apply(self, action):
        match action:
            case ecs.Start(deployment, zone, count):
                self.counts[deployment, zone, "starting"] += count
            case ecs.Stop(deployment, zone, kind, count):
                self.counts[deployment, zone, kind] -= count
                assert self.counts[deployment, zone, kind] >= 0
            case ecs.Complete(deployment):
                self.deployments = [ecs.Deployment(deployment, "COMPLETED", ended=NOW)]
                self.completed.append(Deployed(deployment, "COMPLETED", NOW))

    def happen(self):
        """Let a task start, fail or be lost."""
        for (deployment, zone, kind), number in sorted(self.counts.items()):
            if not number:
                continue
            moved = self.chance.randint(0, number)
            target = {"starting": "healthy", "healthy": "unhealthy", "unhealthy": "healthy"}[kind]
            if kind == "starting" or self.chance.random() < 0.2:
                self.counts[deployment, zone, kind] -= moved
                self.counts[deployment, zone, target] += moved


STATES = ("starting", "healthy", "unhealthy")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 30), st.integers(0, 100), st.integers(100, 300), st.integers(0, 10**6))
def test_scheduler_never_breaks_its_bounds_by_its_own_action(desired, minimum, maximum, seed):
    """Through deployments, failures and scaling it never takes the healthy count under the lower bound."""
    fleet = Fleet(desired, minimum, maximum, seed)
    for number in range(1, 12):
        fleet.decide()
        fleet.happen()
        if number % 4 == 0:
            fleet.deployments.insert(0, ecs.Deployment(f"d{number}"))
        if number % 5 == 0:
            fleet.desired = fleet.chance.randint(0, 30)

    assert all(number >= 0 for number in fleet.counts.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 100), st.integers(100, 300))
def test_rollout_with_room_ends_with_new_tasks_only(desired, minimum, maximum):
    """When every new task becomes healthy, a deployment whose bounds leave room completes."""
    fleet = Fleet(desired, minimum, maximum, 0)
    fleet.counts["old", "us-east-1a", "healthy"] = desired
    fleet.deployments = [ecs.Deployment("new"), ecs.Deployment("old", "COMPLETED", ended=NOW)]
    for _ in range(200):
        fleet.decide()
        for deployment, zone, kind in list(fleet.counts):
            if kind == "starting":
                moved = fleet.counts.pop((deployment, zone, kind))
                fleet.counts[deployment, zone, "healthy"] += moved
    finished = fleet.deployments[0].state == "COMPLETED"

    assert finished == can_progress(desired, minimum, maximum)
    assert fleet.total("healthy") == desired
