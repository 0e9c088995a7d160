"""When at, rate and cron expressions fire."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.scaling_schedule import next_run

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday


def run(expression, zone="UTC", after=NOW, begun=NOW, **options):
    """Return the next run as text in the zone."""
    found = next_run(expression, ZoneInfo(zone), after, begun, **options)
    return found and found.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("at(2026-01-05T10:30:00)", "Mon 2026-01-05 10:30"),
        ("at(2026-01-05T09:00:00)", None),
        ("rate(10 minutes)", "Mon 2026-01-05 09:10"),
        ("rate(1 day)", "Tue 2026-01-06 09:00"),
        ("cron(0 9 * * ? *)", "Tue 2026-01-06 09:00"),
        ("cron(0/15 9 * * ? *)", "Mon 2026-01-05 09:15"),
        ("cron(30 8,18 ? * MON-FRI *)", "Mon 2026-01-05 18:30"),
        ("cron(0 20 ? * FRI-MON *)", "Mon 2026-01-05 20:00"),
        ("cron(0 0 L * ? *)", "Sat 2026-01-31 00:00"),
        ("cron(0 0 LW * ? *)", "Fri 2026-01-30 00:00"),
        ("cron(0 0 10W * ? *)", "Fri 2026-01-09 00:00"),
        ("cron(0 0 1W AUG ? *)", "Mon 2026-08-03 00:00"),
        ("cron(0 0 ? * 6L *)", "Fri 2026-01-30 00:00"),
        ("cron(0 0 ? * MON#2 *)", "Mon 2026-01-12 00:00"),
        ("cron(0 0 29 2 ? *)", "Tue 2028-02-29 00:00"),
        ("cron(0 0 1 1 ? 2025)", None),
    ],
)
def test_each_kind_of_expression(expression, expected):
    """Seen from Monday, 5 January 2026, 09:00."""
    assert run(expression) == expected


@pytest.mark.parametrize(
    ("zone", "month", "hour"),
    [("Europe/Berlin", 1, 8), ("Europe/Berlin", 7, 7), ("Asia/Tokyo", 7, 0)],
)
def test_nine_o_clock_is_nine_in_the_zone_all_year(zone, month, hour):
    """Daylight saving time moves the moment in UTC, not the hour on the wall."""
    after = datetime(2026, month, 10, 0, 0, tzinfo=UTC) - timedelta(hours=1)
    found = next_run("cron(0 9 * * ? *)", ZoneInfo(zone), after, NOW)

    assert found == datetime(2026, month, 10, hour, tzinfo=UTC)


def test_a_rate_with_a_start_time_fires_at_it():
    """Without one the first time is one interval after the creation."""
    start = NOW + timedelta(hours=2)

    assert run("rate(1 hour)", begun=start, started=True) == "Mon 2026-01-05 11:00"
    assert run("rate(1 hour)", begun=start) == "Mon 2026-01-05 12:00"


@given(
    st.sampled_from(["rate(7 minutes)", "cron(0/20 6-8 * * ? *)", "cron(5 3 ? * SUN,WED *)"]),
    st.integers(0, 10**7),
)
def test_runs_go_forward(expression, seconds):
    """The next run is later than the moment that it is asked for, and none is skipped by asking later."""
    after = NOW + timedelta(seconds=seconds)
    first = next_run(expression, UTC, after, NOW)
    between = next_run(expression, UTC, first - timedelta(seconds=1), NOW)

    assert first > after
    assert between == first
