"""When a scheduled action of Application Auto Scaling fires: at, rate and cron, in a time zone.

https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-schedule-expressions.html
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

__all__ = ["next_run"]

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
HORIZON = timedelta(days=366 * 8 + 1)  # a 29 February may be eight years away


def next_run(
    expression: str, zone: tzinfo, after: datetime, begun: datetime, *, started: bool = False
) -> datetime | None:
    """Return the first moment later than `after` at which a valid expression fires, None when there is none.

    `zone` is the action's time zone; `begun` is the beginning from which a rate counts: the StartTime, at which it
    fires as well when `started`, or the moment of the action's creation, at which it does not.
    All moments are aware, the answer in UTC.
    """
    kind, _, body = expression.strip().partition("(")
    body = body.rstrip(") ").strip()
    if kind.lower() == "at":
        moment = datetime.fromisoformat(body).replace(tzinfo=zone).astimezone(UTC)
        return moment if moment > after else None
    if kind.lower() == "rate":
        return _next_of_rate(body, after, begun, started)
    return _next_of_cron(body.split(), zone, after)


def _next_of_rate(body: str, after: datetime, begun: datetime, started: bool) -> datetime:
    number, unit = re.fullmatch(r"(\d+)\s?(minute|hour|day)s?", body).groups()  # type: ignore[union-attr]
    step = timedelta(seconds=int(number) * _UNITS[unit])
    past = (after - begun) // step
    return begun + max(past + 1, 0 if started else 1) * step


def _next_of_cron(fields: list[str], zone: tzinfo, after: datetime) -> datetime | None:
    minutes, hours, days, months, weekdays = fields[:5]
    years = fields[5] if len(fields) > 5 else "*"
    local = after.astimezone(zone)
    day, end = local.date(), local.date() + HORIZON
    while day <= end:
        if not _in(years, day.year, 1970, 2199):
            day = date(day.year + 1, 1, 1)
        elif not _in(months, day.month, 1, 12, _MONTHS):
            day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        else:
            if _on_day(days, day) and _on_weekday(weekdays, day):
                for moment in _moments(day, hours, minutes, zone):
                    if moment > after:
                        return moment
            day += timedelta(days=1)
    return None


def _moments(day: date, hours: str, minutes: str, zone: tzinfo) -> Iterator[datetime]:
    for hour in (h for h in range(24) if _in(hours, h, 0, 23)):
        for minute in (m for m in range(60) if _in(minutes, m, 0, 59)):
            yield datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


def _in(text: str, value: int, lowest: int, highest: int, names: tuple[str, ...] = ()) -> bool:
    """Tell whether a field covers a value: numbers, names, `*`, `?`, ranges, steps, and lists of them."""
    for part in text.split(","):
        body, _, step = part.partition("/")
        if body in ("*", "?"):
            low, high = lowest, highest
        elif "-" in body:
            low, high = (_number(end, names) for end in body.split("-"))
        else:
            low = _number(body, names)
            high = highest if step else low
        every = int(step or 1)
        size = highest - lowest + 1
        # A range such as FRI-MON goes around the end.
        distance = (value - low) % size if high < low else value - low
        if 0 <= distance <= (high - low) % size and distance % every == 0:
            return True
    return False


def _number(text: str, names: tuple[str, ...]) -> int:
    return names.index(text.upper()) + 1 if text.upper() in names else int(text)


def _on_day(text: str, day: date) -> bool:
    """Tell whether the day-of-month field covers a day: L is the last one, 15W the weekday nearest to the 15th."""
    last = monthrange(day.year, day.month)[1]
    for part in text.upper().split(","):
        if part == "L":
            found = day.day == last
        elif part.endswith("W"):
            wanted = last if part == "LW" else int(part[:-1])
            found = wanted <= last and day == _nearest_weekday(day.replace(day=wanted), last)
        else:
            found = _in(part, day.day, 1, 31)
        if found:
            return True
    return False


def _nearest_weekday(day: date, last: int) -> date:
    shift = {5: -1, 6: 1}.get(day.weekday(), 0)
    if shift == -1 and day.day == 1:
        shift = 2
    if shift == 1 and day.day == last:
        shift = -2
    return day + timedelta(days=shift)


def _on_weekday(text: str, day: date) -> bool:
    """Tell whether the day-of-week field covers a day: 6L is the month's last Friday, 6#2 its second."""
    number = day.isoweekday() % 7 + 1
    last = monthrange(day.year, day.month)[1]
    for part in text.upper().split(","):
        name, sharp, which = part.partition("#")
        if sharp:
            found = _number(name, _DAYS) == number and (day.day - 1) // 7 + 1 == int(which)
        elif part == "L":
            found = number == 7
        elif part.endswith("L") and len(part) > 1:
            found = _number(part[:-1], _DAYS) == number and day.day + 7 > last
        else:
            found = _in(part, number, 1, 7, _DAYS)
        if found:
            return True
    return False
