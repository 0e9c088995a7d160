"""What Application Auto Scaling refuses of a scheduled action.

https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-schedule-expressions.html

Errors: RequestError with code ValidationException.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from awslab.world.autoscaling_request import check_ends, refuse

__all__ = ["check_schedule", "check_scheduled_action"]

_SYNTAX = (
    "Schedule expressions must have the following syntax: rate(<number>\\s?(minutes?|hours?|days?)), "
    "cron(<cron_expression>) or at(yyyy-MM-dd'T'HH:mm:ss)."
)
_EXPRESSION = re.compile(r"(at|rate|cron)\((.*)\)", re.IGNORECASE)
_RATE = re.compile(r"(\d+)\s?(minute|hour|day)s?")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# Field -> lowest, highest, names, further characters.
_FIELDS = {
    "Minutes": (0, 59, [], ""),
    "Hours": (0, 23, [], ""),
    "Day-of-month": (1, 31, [], "?LW"),
    "Month": (1, 12, _MONTHS, ""),
    "Day-of-week": (1, 7, _DAYS, "?L#"),
    "Year": (1970, 2199, [], ""),
}

Params = Mapping[str, Any]


def check_scheduled_action(params: Params, timezones: Collection[str], *, new: bool = True) -> None:
    """Accept a PutScheduledAction request; `timezones` are the names that exist, `new` unless it changes one.

    Times are aware datetimes.
    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
    """
    schedule, action = params.get("Schedule"), params.get("ScalableTargetAction")
    if new and not schedule:
        refuse("Schedule must be set")
    if schedule:
        check_schedule(schedule)
    if new and action is None:
        refuse("ScalableTargetAction must be set")
    if action is not None:
        if action.get("MinCapacity") is None and action.get("MaxCapacity") is None:
            refuse("At least one of minimum capacity and maximum capacity should be provided")
        check_ends(action.get("MinCapacity"), action.get("MaxCapacity"))
    timezone = params.get("Timezone")
    if timezone and timezones and timezone not in timezones:
        refuse(f"Invalid schedule timezone: {timezone}")
    start, end = params.get("StartTime"), params.get("EndTime")
    if start and end and start > end:
        refuse("StartTime must be before EndTime")


def check_schedule(expression: str) -> None:
    """Accept `at(...)`, `rate(...)` and `cron(...)`.

    https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-schedule-expressions.html
    """
    found = _EXPRESSION.fullmatch(expression.strip())
    if not found:
        refuse(f"Invalid schedule expression. Details: {_SYNTAX}")
    else:
        kind, body = found[1].lower(), found[2].strip()
        {"at": _check_at, "rate": _check_rate, "cron": _check_cron}[kind](body)


def _check_at(body: str) -> None:
    try:
        datetime.strptime(body, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        refuse(
            "Invalid schedule expression. Details: Invalid schedule at DateTime expression: "
            f'Invalid format: "{body}"'
        )


def _check_rate(body: str) -> None:
    found = _RATE.fullmatch(body)
    if not found:
        refuse(f"Invalid schedule expression. Details: {_SYNTAX}")
    elif int(found[1]) == 0:
        refuse("Invalid schedule frequency. Runs of a rate have to be at least 60 seconds apart")


def _check_cron(body: str) -> None:
    fields = body.split()
    if not 5 <= len(fields) <= 7:  # AWS takes a seventh field that its documentation does not have
        _no_cron("the expression has to have minutes, hours, day-of-month, month, day-of-week")
    for (name, (lowest, highest, names, extra)), text in zip(_FIELDS.items(), fields, strict=False):
        if not all(_fits(part, lowest, highest, names, extra) for part in text.split(",")):
            _no_cron(f"'{text}' is no value of {name}")
    _check_days(fields[2], fields[4])


def _check_days(month_day: str, week_day: str) -> None:
    """Accept a day of the month or of the week: one of the two has to be `?`, and not both.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-cron-expressions
    """
    if month_day == "?" and week_day == "?":
        _no_cron("'?' can only be specified for Day-of-Month -OR- Day-of-Week.")
    if month_day != "?" and week_day != "?":
        _no_cron(
            "Support for specifying both a day-of-week AND a day-of-month parameter is not "
            "implemented."
        )


def _no_cron(details: str) -> None:
    refuse(
        "Invalid schedule expression. Details: Invalid CRON expression: error at position 0, "
        f"details: {details}"
    )


def _fits(text: str, lowest: int, highest: int, names: list[str], extra: str) -> bool:
    body, _, step = text.partition("/")
    if step and not (step.isdecimal() and int(step) > 0):
        return False
    if body == "*" or (body == "?" and "?" in extra):
        return True
    ends = body.split("-") if "-" in body else [body]
    values = [_value(end.upper(), names, extra) for end in ends]
    if len(ends) > 2 or any(value is None for value in values):
        return False
    return all(value == -1 or lowest <= (value or 0) <= highest for value in values)


def _value(text: str, names: list[str], extra: str) -> int | None:
    """Return a field's number, -1 for a special day such as L or 2#1, None for what is none."""
    if text in names:
        return names.index(text) + 1
    if text.isdecimal():
        return int(text)
    special = re.fullmatch(r"L|LW|(\d+)?L|\d+W|[A-Z0-9]+#[1-5]", text)
    return -1 if special and set(text) & set(extra) else None
