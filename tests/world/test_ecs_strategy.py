"""Deployment strategies: stages, steps, shares of traffic, and which revision keeps its tasks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world import ecs_scheduler as ecs
from awslab.world import ecs_strategy as rules
from awslab.world.ecs_strategy import Rollout, Seen, Settings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TENTHS = st.integers(1, 1000)


def walk(chosen, revisions=1, until=200):
    """Advance until the deployment is done, each time at the moment that is due; return every stage."""
    at = rules.begin(revisions, NOW)
    found = [at]
    for _ in range(until):
        at = rules.advance(at, chosen, Seen(), rules.due(at, chosen))
        if at is None:
            return found
        found.append(at)
    raise AssertionError(f"never done: {found[-1]}")


def linear(percent=10.0, minutes=6):
    chosen = {"stepPercent": percent, "stepBakeTimeInMinutes": minutes}
    return rules.settings({"strategy": "LINEAR", "linearConfiguration": chosen})


def test_blue_green_goes_through_every_stage_once():
    """RECONCILE_SERVICE only when more than one revision has tasks."""
    chosen = rules.settings({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5})

    assert [at.stage for at in walk(chosen)] == list(rules.STAGES[1:])
    assert [at.stage for at in walk(chosen, revisions=2)] == list(rules.STAGES)


def test_bake_time_passes_before_blue_goes():
    """Five minutes between the begin of BAKE_TIME and of CLEAN_UP."""
    stages = {at.stage: at.since for at in walk(Settings("BLUE_GREEN", bake=5 * MINUTE))}

    assert stages["CLEAN_UP"] - stages["BAKE_TIME"] == 5 * MINUTE


@pytest.mark.parametrize(
    ("configuration", "steps"),
    [
        ({"strategy": "BLUE_GREEN"}, [(100.0, 0)]),
        ({"strategy": "CANARY"}, [(5.0, 10), (100.0, 0)]),
        (
            {
                "strategy": "CANARY",
                "canaryConfiguration": {"canaryPercent": 0.5, "canaryBakeTimeInMinutes": 0},
            },
            [(0.5, 0), (100.0, 0)],
        ),
        (
            {
                "strategy": "LINEAR",
                "linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 2},
            },
            [(40.0, 2), (80.0, 2), (100.0, 0)],
        ),
    ],
    ids=["blue-green", "canary-defaults", "canary", "linear"],
)
def test_steps_of_a_strategy(configuration, steps):
    """Percent and minutes; the last step is not baked."""
    found = rules.settings(configuration).steps

    assert [(step.percent, step.bake / MINUTE) for step in found] == steps


def test_linear_defaults_are_ten_steps_of_six_minutes():
    """Ten percent each."""
    found = rules.settings({"strategy": "LINEAR"}).steps

    assert [step.percent for step in found] == [10.0 * number for number in range(1, 11)]
    assert {step.bake for step in found[:-1]} == {6 * MINUTE}


@given(TENTHS)
def test_weights_give_exactly_the_share(tenths):
    """Whole numbers of at most 999 whose quotient is the share, to a tenth of a percent."""
    blue, green = rules.weights(tenths / 10)

    assert green * 1000 == tenths * (blue + green)
    assert 0 <= blue <= 999
    assert 0 < green <= 999


@given(st.integers(30, 1000), st.integers(0, 30))
def test_production_traffic_only_grows(tenths, minutes):
    """Through all stages of any linear deployment, from 0 to 100 percent, never by more than one step."""
    chosen = linear(tenths / 10, minutes)
    shares = [rules.production(at, chosen) for at in walk(chosen, until=500)]
    jumps = [after - before for before, after in pairwise(shares)]

    assert (shares[0], shares[-1]) == (0.0, 100.0)
    assert all(-1e-9 <= jump <= tenths / 10 + 1e-9 for jump in jumps)


@given(st.sampled_from(["BLUE_GREEN", "LINEAR", "CANARY"]))
def test_green_has_test_traffic_before_production_traffic(strategy):
    """At every stage where green serves clients, it has all of the test traffic."""
    chosen = rules.settings({"strategy": strategy})
    found = walk(chosen)

    assert all(rules.test(at) == 100.0 for at in found if rules.production(at, chosen) > 0)
    assert any(rules.test(at) == 100.0 and not rules.production(at, chosen) for at in found)


@pytest.mark.parametrize(
    ("stage", "seen"),
    [
        ("RECONCILE_SERVICE", Seen(alone=False)),
        ("SCALE_UP", Seen(scaled=False)),
        ("CLEAN_UP", Seen(cleaned=False)),
        ("POST_TEST_TRAFFIC_SHIFT", Seen(hooks=False)),
        ("PRODUCTION_TRAFFIC_SHIFT", Seen(hooks=False)),
    ],
)
def test_stage_waits_for_what_it_needs(stage, seen):
    """However long it takes; and goes on once it is there."""
    at = Rollout(stage, NOW)
    late = NOW + timedelta(days=1)

    assert rules.advance(at, Settings("BLUE_GREEN"), seen, late) == at
    assert rules.advance(at, Settings("BLUE_GREEN"), Seen(), late) != at


@pytest.mark.parametrize("stage", ["PRE_SCALE_UP", "BAKE_TIME"])
def test_stage_lasts_its_time(stage):
    """Not a second less."""
    at, chosen = Rollout(stage, NOW), Settings("BLUE_GREEN", bake=MINUTE)
    early = rules.due(at, chosen) - timedelta(seconds=1)

    assert rules.advance(at, chosen, Seen(), early) == at


def test_scaling_up_times_out_after_a_day():
    """Bake time does not, however long it is."""
    late = NOW + timedelta(hours=24)

    assert rules.timed_out(Rollout("SCALE_UP", NOW), late)
    assert not rules.timed_out(Rollout("SCALE_UP", NOW), late - timedelta(seconds=1))
    assert not rules.timed_out(Rollout("BAKE_TIME", NOW), late)


def test_stage_before_a_shift_is_shown_as_the_shift():
    """DescribeServiceDeployments has no PRE_PRODUCTION_TRAFFIC_SHIFT."""
    found = rules.shown(Rollout("PRE_PRODUCTION_TRAFFIC_SHIFT", NOW))

    assert found == "PRODUCTION_TRAFFIC_SHIFT"


def test_other_strategy_forgets_the_steps_of_the_last():
    """LINEAR's steps are gone after a change to CANARY, and stay after a change of the bake time."""
    before = {
        "strategy": "LINEAR",
        "linearConfiguration": {"stepPercent": 20.0},
        "maximumPercent": 200,
    }

    assert rules.merged(before, {"strategy": "CANARY"}) == {
        "strategy": "CANARY",
        "maximumPercent": 200,
    }
    assert rules.merged(before, {"bakeTimeInMinutes": 3})["linearConfiguration"] == {
        "stepPercent": 20.0
    }


def test_target_groups_of_a_service_are_both_of_a_pair():
    """Entries without an alternate one, and classic load balancers, count for what they have."""
    balancers = [
        {"targetGroupArn": "a", "advancedConfiguration": {"alternateTargetGroupArn": "b"}},
        {"targetGroupArn": "c"},
        {"loadBalancerName": "old"},
    ]

    assert rules.target_groups(balancers) == {"a", "b", "c"}
    assert rules.target_groups(None) == set()


def plan(stage, green, blue, old=0, desired=2):
    """Plan with so many healthy tasks of green, of blue and of a revision that was given up."""
    groups = [
        ecs.Group(name, "us-east-1a", healthy=number)
        for name, number in (("green", green), ("blue", blue), ("old", old))
        if number
    ]
    service = ecs.Service(
        desired,
        ("us-east-1a",),
        (
            ecs.Deployment("green"),
            ecs.Deployment("blue", "COMPLETED", ended=NOW),
            ecs.Deployment("old"),
        ),
        tuple(groups),
    )
    found = rules.plan(service, Rollout(stage, NOW), "blue", NOW)
    return {(type(action).__name__, action.deployment): action.count for action in found}


@pytest.mark.parametrize(
    ("stage", "tasks", "actions"),
    [
        ("RECONCILE_SERVICE", (0, 2, 1), {("Stop", "old"): 1}),
        ("PRE_SCALE_UP", (0, 2), {}),
        ("SCALE_UP", (0, 2), {("Start", "green"): 2}),
        ("SCALE_UP", (1, 1), {("Start", "green"): 1, ("Start", "blue"): 1}),
        ("BAKE_TIME", (2, 2), {}),
        ("BAKE_TIME", (2, 1), {("Start", "blue"): 1}),
        ("CLEAN_UP", (2, 2), {("Stop", "blue"): 2}),
    ],
)
def test_each_revision_keeps_its_own_tasks(stage, tasks, actions):
    """Green from SCALE_UP on, blue until CLEAN_UP, any other not at all."""
    assert plan(stage, *tasks) == actions


@given(
    st.sampled_from(rules.STAGES),
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_blue_is_never_short_of_tasks_by_a_plan(stage, green, blue, desired):
    """Before CLEAN_UP no plan stops a task of blue that the service still wants."""
    found = plan(stage, green, blue, desired=desired)
    stopped = found.get(("Stop", "blue"), 0)

    assert stage == "CLEAN_UP" or blue - stopped >= min(blue, desired)
