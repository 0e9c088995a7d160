"""LookupEvents: the event history of an account and Region, the newest first.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from moto.cloudtrail.responses import CloudTrailResponse

from awslab.server import clock
from awslab.server.cloudtrail import events, record
from awslab.server.errors import AWSError
from awslab.world import cloudtrail as rules

PAGE = 50


def install() -> None:
    """Give moto's CloudTrail the operation that it lacks."""
    CloudTrailResponse.lookup_events = lookup_events  # type: ignore[attr-defined]


def reset() -> None:
    """Nothing to do: the records are `awslab.server.cloudtrail`'s."""


def lookup_events(self: Any) -> str:
    """Return the events with an attribute, or all, of the last 90 days.

    Raises AWSError InvalidLookupAttributesException, InvalidTimeRangeException, InvalidMaxResultsException,
    InvalidNextTokenException.
    """
    asked = json.loads(self.body or "{}")
    attribute = _attribute(asked.get("LookupAttributes") or [])
    begin, end = _times(asked)
    limit = asked.get("MaxResults", PAGE)
    if not 1 <= limit <= PAGE:
        raise AWSError(
            "InvalidMaxResultsException",
            f"A value of {limit} for MaxResults is invalid: specify a value between 1 and {PAGE}.",
        )
    last = _position(asked.get("NextToken"))
    found = (
        event
        for each in record.newest(self.current_account, self.region, begin)
        if each.time <= end
        and (last is None or each.number < last)
        and (event := _of(each, attribute)) is not None
    )
    page = list(islice(found, limit + 1))
    answer: dict[str, Any] = {"Events": [event for _, event in page[:limit]]}
    if len(page) > limit:
        answer["NextToken"] = _token(page[limit - 1][0])
    return json.dumps(answer)


def _of(each: record.Record, attribute: tuple[str, str] | None) -> tuple[int, Any] | None:
    """Return a record's number and event, None when it lacks the attribute."""
    if attribute is None:
        return each.number, events.looked_up(each)
    key, value = attribute
    # Most records can be told by what they were noted with: writing them out costs much more.
    quick = {"EventName": each.operation, "AccessKeyId": each.key}
    if key in quick and quick[key] != value:
        return None
    event = events.looked_up(each)
    return (each.number, event) if rules.matches(event, key, value) else None


def _attribute(given: list[dict[str, str]]) -> tuple[str, str] | None:
    if not given:
        return None
    if len(given) > 1:
        raise AWSError(
            "InvalidLookupAttributesException", "You can specify only one lookup attribute."
        )
    key, value = given[0].get("AttributeKey", ""), given[0].get("AttributeValue", "")
    if key not in rules.ATTRIBUTES or not value:
        raise AWSError(
            "InvalidLookupAttributesException",
            f"The lookup attribute {key} is not valid: use one of {', '.join(rules.ATTRIBUTES)}.",
        )
    return key, value.lower() if key == "ReadOnly" else value


def _times(asked: dict[str, Any]) -> tuple[datetime, datetime]:
    now = clock.current.now
    begin = asked.get("StartTime")
    end = asked.get("EndTime")
    first = datetime.fromtimestamp(begin, UTC) if begin is not None else now - rules.KEPT
    last = datetime.fromtimestamp(end, UTC) if end is not None else now
    if first > last and not (begin is not None and end is None):
        raise AWSError("InvalidTimeRangeException", "The start time is after the end time.")
    return max(first, now - rules.KEPT), last


def _token(number: int) -> str:
    return base64.urlsafe_b64encode(f"event {number}".encode()).decode()


def _position(token: str | None) -> int | None:
    """Return the number of the last event that was told, None for a first page."""
    if not token:
        return None
    try:
        word, number = base64.urlsafe_b64decode(token).decode().split()
        if word != "event":
            raise ValueError(word)
        return int(number)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise AWSError("InvalidNextTokenException", "The token is not valid.") from None
