"""Logs Insights by API: start a query, get its results."""

import pytest
from botocore.exceptions import ClientError

from awslab.server import clock

NOW = int(clock.EPOCH.timestamp())


@pytest.fixture
def logs(app, session):
    """A log group /app with three lines, one a minute, and an empty one."""
    client = session.client("logs")
    for name in ("/app", "/other"):
        client.create_log_group(logGroupName=name)
    client.create_log_stream(logGroupName="/app", logStreamName="s")
    lines = ["GET /a 200", "GET /b 500", '{"path": "/c", "status": 503}']
    events = [{"timestamp": (NOW + 60 * n) * 1000, "message": line} for n, line in enumerate(lines)]
    client.put_log_events(logGroupName="/app", logStreamName="s", logEvents=events)
    return client


def start(logs, query, **settings):
    """Start a query of /app over an hour and return its id."""
    settings = {"logGroupName": "/app", "startTime": NOW, "endTime": NOW + 3600} | settings
    return logs.start_query(queryString=query, **settings)["queryId"]


def ask(logs, query, **settings):
    """Return the rows of a query without pointers."""
    found = logs.get_query_results(queryId=start(logs, query, **settings))
    assert found["status"] == "Complete"
    return [
        {each["field"]: each["value"] for each in row if each["field"] != "@ptr"}
        for row in found["results"]
    ]


def test_errors_are_found_by_path(logs):
    """The question of many nights."""
    query = r"""
        parse @message /(?<p>\/\w+) (?<s>\d+)/
        | fields coalesce(p, path) as where, coalesce(s, status) as answer
        | filter answer >= 500
        | stats count(*) as errors by where
        | sort where asc
    """

    assert ask(logs, query) == [{"where": "/b", "errors": "1"}, {"where": "/c", "errors": "1"}]


@pytest.mark.parametrize(
    "settings",
    [
        {"logGroupName": None, "logGroupNames": ["/app", "/other"]},
        {
            "logGroupName": None,
            "logGroupIdentifiers": ["arn:aws:logs:us-east-1:123456789012:log-group:/app"],
        },
        {"startTime": NOW + 60, "endTime": NOW + 60},
        {"limit": 1},
    ],
)
def test_groups_times_and_limit_count(logs, settings):
    """Groups by name and ARN; start and end are seconds, both included."""
    given = {
        key: value
        for key, value in ({"logGroupName": "/app"} | settings).items()
        if value is not None
    }
    if given.get("logGroupName") is None:
        query_id = logs.start_query(
            queryString="fields @message", **({"startTime": NOW, "endTime": NOW + 3600} | given)
        )["queryId"]
        rows = logs.get_query_results(queryId=query_id)["results"]
    else:
        rows = ask(logs, "fields @message", **given)

    assert len(rows) == (3 if "logGroupName" not in given else 1)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"query": "fieldz"}, "MalformedQueryException"),
        ({"logGroupName": "/none"}, "ResourceNotFoundException"),
        ({"startTime": NOW + 2, "endTime": NOW}, "InvalidParameterException"),
        ({"logGroupNames": ["/other"]}, "InvalidParameterException"),
        ({"queryLanguage": "SQL"}, "InvalidParameterException"),
    ],
)
def test_wrong_queries_are_refused(logs, settings, code):
    """Each with AWS's code."""
    with pytest.raises(ClientError) as error:
        start(logs, settings.pop("query", "fields @message"), **settings)

    assert error.value.response["Error"]["Code"] == code


def test_an_unknown_query_has_no_results(logs):
    """Nor can one that is complete be stopped."""
    with pytest.raises(ClientError) as unknown:
        logs.get_query_results(queryId="none")
    with pytest.raises(ClientError) as over:
        logs.stop_query(queryId=start(logs, "limit 1"))

    assert unknown.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert over.value.response["Error"]["Code"] == "InvalidParameterException"


def test_queries_are_listed_and_survive_a_snapshot(app, logs):
    """DescribeQueries knows what was asked; results stay what they were."""
    first = start(logs, "fields @message")
    number = app.snapshot()["snapshot"]
    app.restore(number)

    (listed,) = logs.describe_queries(logGroupName="/app")["queries"]

    assert (listed["queryId"], listed["status"]) == (first, "Complete")
    assert len(logs.get_query_results(queryId=first)["results"]) == 3
