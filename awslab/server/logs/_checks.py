"""What CloudWatch Logs refuses and moto takes, and its words for streams where moto speaks of groups.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
"""

import re
from typing import Any, NoReturn

from moto.core.responses import BaseResponse
from moto.logs.models import LogsBackend, logs_backends

from awslab.server.errors import AWSError

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
_GROUP, _STREAM = r"[\.\-_/#A-Za-z0-9]+", "[^:*]*"


def check(response: BaseResponse, operation: str) -> None:
    """Raise the error with which CloudWatch Logs refuses a request, if it does."""
    given = response._get_param
    group, stream = given("logGroupName"), given("logStreamName")
    if group and not re.fullmatch(_GROUP, group):
        _pattern(group, "logGroupName", _GROUP)
    if stream and not re.fullmatch(_STREAM, stream):
        _pattern(stream, "logStreamName", _STREAM)
    days = given("retentionInDays")
    if operation == "PutRetentionPolicy" and days not in RETENTIONS:
        known = ", ".join(map(str, RETENTIONS))
        _refuse(days, "retentionInDays", f"Member must satisfy enum value set: [{known}]")
    backend = logs_backends[response.current_account][response.region]
    if operation == "PutMetricFilter" and group not in backend.groups:
        raise AWSError("ResourceNotFoundException", "The specified log group does not exist.")
    if group in backend.groups and stream:
        _check_stream(backend, group, stream, operation)


def _check_stream(backend: LogsBackend, group: Any, stream: str, operation: str) -> None:
    """Refuse a stream that is not there, or that is there already.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
    """
    there = stream in backend.groups[group].streams
    if operation == "CreateLogStream" and there:
        text = "The specified log stream already exists"
        raise AWSError("ResourceAlreadyExistsException", text)
    if operation in ("GetLogEvents", "DeleteLogStream") and not there:
        raise AWSError("ResourceNotFoundException", "The specified log stream does not exist.")


def _pattern(value: str, name: str, pattern: str) -> NoReturn:
    _refuse(value, name, f"Member must satisfy regular expression pattern: {pattern}")


def _refuse(value: Any, name: str, constraint: str) -> NoReturn:
    raise AWSError(
        "InvalidParameterException",
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
        f"{constraint}",
    )
