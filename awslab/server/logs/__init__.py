"""CloudWatch Logs whose Insights queries are read and run; the rules are `awslab.world.logs_insights`.

A query sees the events that are there when it starts, and is complete at once.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse
from moto.moto_api._internal import mock_random

from awslab.server import clock, errors
from awslab.server.errors import AWSError
from awslab.server.logs import _checks
from awslab.world import logs_insights

__all__ = ["install", "reset"]

MOST_GROUPS = 50


class Query:
    """A query with its answer, in the form that moto keeps them in."""

    def __init__(
        self, query_id: str, text: str, groups: list[str], rows: list[Any], scanned: tuple[int, int]
    ) -> None:
        self.query_id, self.query, self.log_group_names = query_id, text, groups
        self.results, self.scanned = rows, scanned
        self.status, self.created = "Complete", int(clock.current.now.timestamp() * 1000)

    def to_json(self, log_group_name: str) -> dict[str, Any]:
        """Return the query as DescribeQueries lists it."""
        return {
            "queryLanguage": "CWLI",
            "queryId": self.query_id,
            "queryString": self.query,
            "status": self.status,
            "createTime": self.created,
            "logGroupName": log_group_name,
        }

    def to_result_json(self) -> dict[str, Any]:
        """Return the answer as GetQueryResults gives it."""
        records, size = self.scanned
        return {
            "queryLanguage": "CWLI",
            "results": [
                [{"field": name, "value": value} for name, value in row.items()]
                for row in self.results
            ],
            "statistics": {
                "recordsMatched": float(len(self.results)),
                "recordsScanned": float(records),
                "bytesScanned": float(size),
                "logGroupsScanned": float(len(self.log_group_names)),
            },
            "status": self.status,
        }


def install() -> None:
    """Put the lab's queries in moto's place; called once, when moto has loaded the service."""
    if getattr(LogsResponse, "lab", False):
        return
    LogsResponse.lab = True  # type: ignore[attr-defined]
    errors.check_requests("logs", _checks.check)
    LogsResponse.start_query = start_query  # type: ignore[method-assign]
    LogsResponse.stop_query = stop_query  # type: ignore[attr-defined]
    LogsBackend.get_query_results = get_query_results  # type: ignore[method-assign]


def reset() -> None:
    """Nothing to do: queries hang on moto's own backends."""


def start_query(self: Any) -> str:
    """Run a query and return its id.

    Raises AWSError MalformedQueryException, InvalidParameterException, ResourceNotFoundException.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
    """
    asked = json.loads(self.body or "{}")
    if asked.get("queryLanguage", "CWLI") != "CWLI":
        raise AWSError(
            "InvalidParameterException", "The lab runs Logs Insights QL (CWLI) only, no SQL or PPL."
        )
    backend: LogsBackend = self.logs_backend
    names = _groups(asked)
    for name in names:
        if name not in backend.groups:
            raise AWSError(
                "ResourceNotFoundException",
                f"Log group '{name}' does not exist for account ID '{backend.account_id}'",
            )
    begin, end = int(asked["startTime"]), int(asked["endTime"])
    if begin > end:
        raise AWSError("InvalidParameterException", "End time should not be before start time.")
    try:
        query = logs_insights.parse(asked["queryString"])
    except logs_insights.Malformed as error:
        raise AWSError("MalformedQueryException", str(error)) from None
    events = list(_events(backend, names, begin * 1000, end * 1000 + 999))
    rows = query.run(events, asked.get("limit"))
    scanned = len(events), sum(len(event["@message"]) for event in events)
    made = Query(str(mock_random.uuid4()), asked["queryString"], names, rows, scanned)
    backend.queries[made.query_id] = made  # type: ignore[assignment]
    return json.dumps({"queryId": made.query_id})


def _groups(asked: dict[str, Any]) -> list[str]:
    """Return the names of the log groups to ask, given in one of three ways."""
    given = [
        [asked["logGroupName"]] if asked.get("logGroupName") else [],
        asked.get("logGroupNames") or [],
        [
            each.rpartition(":log-group:")[2].removesuffix(":*")
            for each in asked.get("logGroupIdentifiers") or []
        ],
    ]
    found = [names for names in given if names]
    if len(found) != 1:
        raise AWSError(
            "InvalidParameterException",
            "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers is required.",
        )
    if len(found[0]) > MOST_GROUPS:
        raise AWSError("InvalidParameterException", f"At most {MOST_GROUPS} log groups.")
    return list(dict.fromkeys(found[0]))


def _events(
    backend: LogsBackend, names: list[str], begin: int, end: int
) -> Iterator[dict[str, Any]]:
    """Yield the events of some log groups between two moments, in milliseconds."""
    for name in names:
        for stream_name, stream in backend.groups[name].streams.items():
            for index, each in enumerate(stream.events):
                if begin <= each.timestamp <= end:
                    yield logs_insights.event(
                        each.timestamp,
                        each.message,
                        group=f"{backend.account_id}:{name}",
                        stream=stream_name,
                        pointer=b64encode(f"{name} {stream_name} {index}".encode()).decode(),
                        ingested=each.ingestion_time,
                    )


def get_query_results(self: LogsBackend, query_id: str) -> Any:
    """Return a query with its answer.

    Raises AWSError ResourceNotFoundException for a query that was never started.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
    """
    if query_id not in self.queries:
        raise AWSError("ResourceNotFoundException", f"Query {query_id} does not exist.")
    return self.queries[query_id]


def stop_query(self: Any) -> str:
    """Refuse to stop a query: it is over.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StopQuery.html
    """
    get_query_results(self.logs_backend, json.loads(self.body)["queryId"])
    raise AWSError("InvalidParameterException", "Query is not in running or scheduled state.")
