"""What CloudWatch Logs refuses, from an empty account through boto3."""

import pytest

from tests.server.elb import refused

INVALID, MISSING = "InvalidParameterException", "ResourceNotFoundException"
NO_STREAM = "The specified log stream does not exist."
PATTERN = "Member must satisfy regular expression pattern: "
METRIC = [{"metricName": "errors", "metricNamespace": "shop", "metricValue": "1"}]


@pytest.fixture
def logs(app, session):
    """A Logs client of a lab with a group /app and a stream s."""
    client = session.client("logs")
    client.create_log_group(logGroupName="/app")
    client.create_log_stream(logGroupName="/app", logStreamName="s")
    return client


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        (
            "create_log_group",
            {"logGroupName": "/my app"},
            INVALID,
            PATTERN + r"[\.\-_/#A-Za-z0-9]+",
        ),
        (
            "describe_log_streams",
            {"logGroupName": "arn:aws:logs:us-east-1:123456789012:log-group:/app"},
            INVALID,
            PATTERN,
        ),
        (
            "create_log_stream",
            {"logGroupName": "/app", "logStreamName": "a:b"},
            INVALID,
            PATTERN + "[^:*]*",
        ),
        (
            "create_log_stream",
            {"logGroupName": "/app", "logStreamName": "s"},
            "ResourceAlreadyExistsException",
            "The specified log stream already exists",
        ),
        (
            "put_retention_policy",
            {"logGroupName": "/app", "retentionInDays": 15},
            INVALID,
            "Value '15' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum",
        ),
        (
            "get_log_events",
            {"logGroupName": "/app", "logStreamName": "gone"},
            MISSING,
            NO_STREAM,
        ),
        (
            "delete_log_stream",
            {"logGroupName": "/app", "logStreamName": "gone"},
            MISSING,
            NO_STREAM,
        ),
        (
            "put_metric_filter",
            {
                "logGroupName": "/gone",
                "filterName": "f",
                "filterPattern": "ERROR",
                "metricTransformations": METRIC,
            },
            MISSING,
            "The specified log group does not exist.",
        ),
    ],
)
def test_what_cannot_be_is_refused(logs, operation, parameters, code, message):
    """moto takes most of them, or speaks of the group."""
    found, text = refused(getattr(logs, operation), **parameters)

    assert found == code
    assert message in text


@pytest.mark.parametrize("days", [1, 14, 365, 3653])
def test_documented_retentions_are_taken(logs, days):
    """And shown."""
    logs.put_retention_policy(logGroupName="/app", retentionInDays=days)

    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == days
