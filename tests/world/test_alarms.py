"""CloudWatch alarms against the examples of AWS's documentation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world import alarms
from awslab.world.alarms import ALARM, INSUFFICIENT, OK, Settings

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
KEPT = "kept"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
# X breaches, 0 does not, - is missing; oldest first; three evaluation periods.
ALL_OF_THREE = [
    ("0-X-X", (OK, OK, OK, OK)),
    ("0----", (OK, OK, OK, OK)),
    ("-----", (INSUFFICIENT, KEPT, ALARM, OK)),
    ("0XX-X", (ALARM, ALARM, ALARM, ALARM)),
    ("--X--", (ALARM, KEPT, ALARM, OK)),
]
TWO_OF_THREE = [
    ("0-X-X", (ALARM, ALARM, ALARM, ALARM)),
    ("00X0X", (ALARM, ALARM, ALARM, ALARM)),
    ("0-X--", (OK, OK, ALARM, OK)),
    ("---X-", (ALARM, KEPT, ALARM, OK)),
]


def cases():
    """Yield each documented case: needed, datapoints, treatment, expected state."""
    for needed, table in ((3, ALL_OF_THREE), (2, TWO_OF_THREE)):
        for points, states in table:
            for missing, state in zip(TREATMENTS, states, strict=True):
                yield needed, points, missing, state


@pytest.mark.parametrize(("needed", "points", "missing", "expected"), list(cases()))
def test_missing_data_as_documented(needed, points, missing, expected):
    """The state for every example and treatment."""
    settings = Settings("GreaterThanThreshold", 5, 3, needed, missing)
    found = alarms.evaluate(settings, [{"X": 9, "0": 1, "-": None}[p] for p in points], KEPT)

    assert found.state == expected


@pytest.mark.parametrize(
    ("operator", "states"),
    [
        ("GreaterThanThreshold", (OK, OK, ALARM)),
        ("GreaterThanOrEqualToThreshold", (OK, ALARM, ALARM)),
        ("LessThanThreshold", (ALARM, OK, OK)),
        ("LessThanOrEqualToThreshold", (ALARM, ALARM, OK)),
    ],
)
def test_comparison_operators(operator, states):
    """Below, at and above the threshold."""
    found = tuple(alarms.evaluate(Settings(operator, 5), [v], OK).state for v in (4, 5, 6))

    assert found == states


def test_one_late_datapoint_of_three_does_not_set_off():
    """A single breaching datapoint is younger than the three that are needed: the alarm waits."""
    settings = Settings("GreaterThanThreshold", 5, 3)
    found = alarms.evaluate(settings, [None, None, None, None, 9], INSUFFICIENT)

    assert found.state == INSUFFICIENT


def test_the_reason_names_values_and_threshold():
    """One reads what crossed what."""
    found = alarms.evaluate(Settings("GreaterThanThreshold", 70, 2), [10, 10, 80, 90], OK)

    assert "2 out of the last 2 datapoints [90, 80] were greater than" in found.reason
    assert "(70)" in found.reason


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10)), max_size=8),
    st.integers(1, 5),
    st.sampled_from(TREATMENTS),
)
def test_every_alarm_has_one_of_three_states(values, periods, missing):
    """Whatever the datapoints; treating missing data as breaching never makes an alarm calmer."""
    settings = Settings("GreaterThanThreshold", 5, periods, None, missing)
    found = alarms.evaluate(settings, values, OK).state
    strict = alarms.evaluate(
        Settings("GreaterThanThreshold", 5, periods, None, "breaching"), values, OK
    ).state

    assert found in (OK, ALARM, INSUFFICIENT)
    assert missing != "notBreaching" or found == OK or strict == ALARM
