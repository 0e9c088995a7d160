"""Statistics, load and arrivals as plain numbers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world import metrics

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
values = st.dictionaries(
    st.floats(0, 1000, allow_nan=False), st.integers(1, 50).map(float), min_size=1
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Sum", 110), ("Average", 11), ("Minimum", 1), ("Maximum", 101), ("SampleCount", 10)],
)
def test_the_simple_statistics(name, expected):
    """Nine measurements of 1 and one of 101."""
    found = metrics.statistic({1.0: 9.0, 101.0: 1.0}, name)

    assert found == expected


@pytest.mark.parametrize(("name", "expected"), [("p50", 1), ("p90", 1), ("p91", 5), ("p99.9", 5)])
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(name, expected):
    """Of ten values nine are 1: p90 is still 1, p91 is not."""
    found = metrics.statistic({1.0: 9.0, 5.0: 1.0}, name)

    assert found == expected


@given(values, st.floats(0, 100, allow_nan=False), st.floats(0, 100, allow_nan=False))
def test_percentiles_rise_and_stay_within_the_values(given_values, one, two):
    """A higher percentile is never the smaller value."""
    low, high = sorted((round(one, 2), round(two, 2)))
    found = [metrics.statistic(given_values, f"p{p:f}") for p in (low, high)]

    assert min(given_values) <= found[0] <= found[1] <= max(given_values)


@pytest.mark.parametrize("name", ["average", "p", "p101", "tm99", ""])
def test_other_statistics_are_refused(name):
    """The message says what there is."""
    with pytest.raises(ValueError, match="is no statistic"):
        metrics.statistic({1.0: 1.0}, name)


def test_points_fall_into_the_period_in_which_they_lie():
    """A point at the beginning of a period belongs to it; an empty period has no values."""
    points = [(NOW + MINUTE * n, {float(n): 1.0}) for n in (0, 1, 4)]
    found = metrics.windows(points, NOW, MINUTE * 2, 3)

    assert found == [{0.0: 1.0, 1.0: 1.0}, {}, {4.0: 1.0}]


@given(st.integers(0, 5000), st.sampled_from([0.25, 0.5, 1, 2]), st.floats(0, 0.5))
def test_no_request_is_lost_without_being_counted(requests, vcpu, each):
    """What is answered and what is dropped make up what came; CPU never exceeds what the task has."""
    found = metrics.served(requests, 60, vcpu, {"cpu_per_request": each})
    answered = sum(found.times.values())

    assert answered + found.dropped == pytest.approx(requests)
    assert 0 <= found.cpu <= vcpu * 60


def test_a_busy_task_answers_later_and_too_many_requests_are_dropped():
    """A quarter of a vCPU does 750 requests of 0.02 vCPU seconds a minute."""
    idle, busy, beyond = (
        metrics.served(n, 60, 0.25, {"cpu_per_request": 0.02}) for n in (10, 600, 900)
    )
    slow = [metrics.statistic(each.times, "p99") for each in (idle, busy, beyond)]

    assert [each.dropped for each in (idle, busy, beyond)] == [0, 0, 150]
    assert slow[0] < slow[1] < slow[2]
    assert metrics.cpu_utilization(busy.cpu, 60, 0.25) == 80


def test_memory_is_what_the_apps_use_of_the_task():
    """An app whose profile says nothing takes 64 MiB."""
    found = metrics.memory_utilization([{"memory": 192}, {}], 512)

    assert found == 50


def test_a_schedule_of_rates_holds_until_the_next_entry():
    """Before the first entry nothing comes."""
    schedule = [(60, 10.0), (120, 200.0)]
    found = [metrics.rate_at(schedule, second) for second in (0, 60, 119, 120, 9999)]

    assert found == [0, 10, 10, 200, 200]


@given(st.floats(0, 500), st.text(max_size=5))
def test_arrivals_repeat_with_their_seed(rate, seed):
    """The same seed gives the same number, near the mean."""
    first, second = metrics.arrivals(rate, 20, seed), metrics.arrivals(rate, 20, seed)

    assert first == second
    assert abs(first - rate * 20) <= 8 * (rate * 20) ** 0.5 + 1
