"""GuardDuty's rules: when Fargate tasks are watched, and which findings fulfil which criteria."""

import pytest

from awslab.world import guardduty

FARGATE = [{"name": "ECS_FARGATE_AGENT_MANAGEMENT", "status": "ENABLED"}]
RUNTIME = {"name": "RUNTIME_MONITORING", "status": "ENABLED", "additionalConfiguration": FARGATE}
FINDING = {
    "type": "CryptoCurrency:Runtime/BitcoinTool.B",
    "severity": 8.0,
    "updatedAt": "2026-01-05T09:00:00.000Z",
    "service": {"archived": False},
}


@pytest.mark.parametrize(
    ("enabled", "features", "expected"),
    [
        (True, [RUNTIME], True),
        (False, [RUNTIME], False),
        (True, [], False),
        (True, [{**RUNTIME, "status": "DISABLED"}], False),
        (True, [{**RUNTIME, "additionalConfiguration": []}], False),
    ],
)
def test_fargate_needs_runtime_monitoring_and_its_agent_management(enabled, features, expected):
    """Both, on a detector that is enabled."""
    assert guardduty.monitors_fargate(enabled, features) is expected


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ({}, True),
        ({"type": {"eq": ["CryptoCurrency:Runtime/BitcoinTool.B"]}}, True),
        ({"type": {"equals": ["Execution:Runtime/ReverseShell"]}}, False),
        ({"type": {"neq": ["Execution:Runtime/ReverseShell"]}}, True),
        ({"severity": {"gte": 7}}, True),
        ({"severity": {"gte": 7, "lt": 8}}, False),
        ({"severity": {"greaterThan": 8}}, False),
        ({"service.archived": {"eq": ["false"]}}, True),
        ({"service.nothing.here": {"eq": ["x"]}}, False),
    ],
)
def test_criteria_are_conditions_on_dotted_paths(criterion, expected):
    """All of them have to hold."""
    assert guardduty.matches(FINDING, {"criterion": criterion}) is expected


def test_an_update_keeps_the_features_that_it_does_not_name():
    """And the configuration of one that it does."""
    after = guardduty.merged([RUNTIME], [{"name": "S3_DATA_EVENTS", "status": "ENABLED"}])

    assert [each["name"] for each in after] == ["RUNTIME_MONITORING", "S3_DATA_EVENTS"]
    assert guardduty.monitors_fargate(True, after)
