"""When a secret rotates, and what its next value looks like."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from awslab.world import rotation
from awslab.world.request_error import RequestError

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"AutomaticallyAfterDays": 30}, MONDAY + timedelta(days=30)),
        ({"ScheduleExpression": "rate(10 days)"}, MONDAY + timedelta(days=10)),
        ({"ScheduleExpression": "cron(0 3 ? * SUN *)"}, datetime(2026, 1, 11, 3, tzinfo=UTC)),
        ({}, None),
    ],
)
def test_the_next_rotation_follows_the_rules(rules, expected):
    """Days, a rate, or a cron expression in UTC; without rules there is none."""
    assert rotation.next_run(rules, MONDAY) == expected


@pytest.mark.parametrize(
    ("rules", "function"),
    [
        ({"AutomaticallyAfterDays": 0}, None),
        ({"AutomaticallyAfterDays": 1001}, None),
        ({"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}, None),
        ({"ScheduleExpression": "rate(3 hours)"}, None),
        ({"ScheduleExpression": "at(2026-01-01T00:00:00)"}, None),
        ({"ScheduleExpression": "every day"}, None),
        ({}, "rotate"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, function):
    """With the service's code for a wrong parameter."""
    with pytest.raises(RequestError) as caught:
        rotation.check(rules, function)

    assert caught.value.code == "InvalidParameterException"


def test_good_rules_are_accepted():
    """Four hours are the shortest period."""
    assert rotation.check({"ScheduleExpression": "rate(4 hours)"}, FUNCTION) is None


def test_a_new_value_keeps_the_other_keys_of_a_json_secret():
    """Only the password is new; the same seed gives the same one."""
    old = json.dumps({"username": "app", "password": "old", "host": "db"})
    first, second = rotation.new_value(old, "a"), rotation.new_value(old, "b")

    assert json.loads(first)["username"] == "app"
    assert json.loads(first)["password"] not in ("old", json.loads(second)["password"])
    assert first == rotation.new_value(old, "a")
    assert len(rotation.new_value("plain", "a")) == rotation.LENGTH
