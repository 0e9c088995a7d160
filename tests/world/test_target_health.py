"""A target's life: initial, healthy, unhealthy, draining, gone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.target_health import (
    REGISTRATION,
    CheckSettings,
    Health,
    Probe,
    Target,
    checked,
    deregistered,
    health,
    matches,
    probe_of_status,
    routable,
    slow_start_share,
    started,
    valid_matcher,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
GOOD, BAD = Probe(True), Probe(False, "Target.Timeout", "Request timed out")
SETTINGS = CheckSettings(healthy_threshold=3, unhealthy_threshold=2)


def new(**changes):
    """A target that has just begun to be checked."""
    return started(Target("10.0.0.5", 3000, "us-east-1a", NOW, **changes), NOW)


def after(target, history, settings=SETTINGS):
    """Return the target after checks: `+` passes, `-` fails."""
    for mark in history:
        target = checked(target, GOOD if mark == "+" else BAD, settings, NOW)
    return target


def seen(target, now=NOW, **context):
    """Return what DescribeTargetHealth says."""
    return health(target, now, **({"in_use": True, "zone_enabled": True} | context))


@pytest.mark.parametrize(
    ("history", "state"),
    [
        ("", "initial"),
        ("+", "healthy"),
        ("-", "initial"),
        ("-+", "healthy"),
        ("--", "unhealthy"),
        ("--+", "unhealthy"),
        ("--++", "unhealthy"),
        ("--+++", "healthy"),
        ("--++-+++", "healthy"),
        ("--++-++", "unhealthy"),
        ("+-", "healthy"),
        ("+-+-", "healthy"),
        ("+--", "unhealthy"),
    ],
)
def test_a_new_target_needs_one_success_a_failed_one_the_whole_threshold(history, state):
    """The healthy threshold counts only on the way back; both thresholds count consecutive checks."""
    assert after(new(), history).state == state


@given(st.text("+-", max_size=30), st.integers(2, 10), st.integers(2, 10))
def test_a_state_follows_from_the_runs_of_checks(history, healthy, unhealthy):
    """The last run that was long enough decides, for any thresholds."""
    settings = CheckSettings(healthy_threshold=healthy, unhealthy_threshold=unhealthy)
    expected, run = "initial", 0
    for before, mark in zip(" " + history, history, strict=False):
        run = run + 1 if mark == before else 1
        if mark == "+" and run >= (1 if expected == "initial" else healthy):
            expected = "healthy"
        if mark == "-" and run >= unhealthy:
            expected = "unhealthy"

    assert after(new(), history, settings).state == expected


def test_the_next_check_is_an_interval_away():
    """The first one follows the registration."""
    target = new()

    assert target.next_check == NOW + REGISTRATION
    assert after(target, "+").next_check == NOW + timedelta(seconds=SETTINGS.interval)


def test_the_reason_of_an_initial_target_changes_once_it_is_registered():
    """Registering comes first, then the initial health checks."""
    target = new()

    assert seen(target).reason == "Elb.RegistrationInProgress"
    assert seen(target, NOW + REGISTRATION).reason == "Elb.InitialHealthChecking"


def test_an_unhealthy_target_says_what_its_last_check_met():
    """Reason and description are those of the failure."""
    assert seen(after(new(), "--")) == Health("unhealthy", "Target.Timeout", "Request timed out")


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"in_use": False}, "Target.NotInUse"),
        ({"zone_enabled": False}, "Target.NotInUse"),
        ({"checks": False}, "Target.HealthCheckDisabled"),
    ],
)
def test_a_target_out_of_use_says_why(context, reason):
    """A group nobody forwards to and a zone that is not enabled are both unused."""
    assert seen(after(new(), "+"), **context).reason == reason


def test_a_target_drains_and_is_gone():
    """It stays draining for the whole delay, then nothing knows it."""
    target = deregistered(after(new(), "+"), 300, NOW)
    last = NOW + timedelta(seconds=299)

    assert seen(target, last) == Health(
        "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
    )
    assert seen(target, NOW + timedelta(seconds=300)).reason == "Target.NotRegistered"
    assert seen(None).reason == "Target.NotRegistered"
    assert target.next_check is None


@pytest.mark.parametrize(
    ("codes", "valid"),
    [
        ("200", True),
        ("200-399", True),
        ("200,204-206, 301", True),
        ("999", False),
        ("199-200", False),
        ("300-200", False),
        ("ok", False),
        ("", False),
    ],
)
def test_a_matcher_is_codes_and_ranges_from_200_to_499(codes, valid):
    """What ELB takes as success codes."""
    assert valid_matcher(codes) is valid


def test_a_matcher_decides_and_the_failure_names_the_code():
    """200 is the only success by default: a redirect or a missing page fails."""
    failed = probe_of_status("200", 301)

    assert matches("200,300-302", 301)
    assert probe_of_status("200", 200) == Probe(True)
    assert failed.reason == "Target.ResponseCodeMismatch"
    assert failed.description == "Health checks failed with these codes: [301]"


@given(st.lists(st.sampled_from(["healthy", "unhealthy", "initial", "draining", "unused"])))
def test_requests_go_to_healthy_targets_or_to_all_but_never_to_a_draining_one(states):
    """Fail-open takes in what is unhealthy or initial; draining and unused stay out."""
    pairs = [(Target(str(n), 1, "z", NOW), Health(state)) for n, state in enumerate(states)]
    chosen = {target.address for target in routable(pairs)}
    by_state = {str(n): state for n, state in enumerate(states)}

    assert all(by_state[address] not in ("draining", "unused") for address in chosen)
    if "healthy" in states:
        assert {by_state[address] for address in chosen} == {"healthy"}
    else:
        assert len(chosen) == sum(state in ("unhealthy", "initial") for state in states)


def test_a_slow_start_grows_to_a_full_share():
    """Linearly from almost nothing at the start to everything at the end."""
    target = checked(new(), GOOD, SETTINGS, NOW, slow_start=True)
    shares = [slow_start_share(target, 100, NOW + timedelta(seconds=s)) for s in (0, 25, 100, 200)]

    assert shares == [0.01, 0.25, 1.0, 1.0]
    assert slow_start_share(after(new(), "+"), 100, NOW) == 1.0
