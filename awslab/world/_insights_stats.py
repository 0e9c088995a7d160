"""The stats command of Logs Insights: rows brought together.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

import math
from collections.abc import Callable
from typing import Any

from awslab.world._insights_expressions import Expression, Row, as_number, as_text, expression
from awslab.world._insights_text import Text

Aggregate = Callable[[list[Row]], Any]
Column = tuple[str, Any]
_NAMES = ("count", "count_distinct", "sum", "avg", "min", "max", "pct", "stddev")
_NAMES += ("earliest", "latest", "sortsfirst", "sortslast", "median")


def stats(text: Text) -> Callable[[list[Row]], list[dict[str, Any]]]:
    """Read what follows the word stats: aggregates, and what to group them by.

    Raises Malformed.
    """
    aggregates: list[Column] = [_aggregate(text)]
    while text.symbol(","):
        aggregates.append(_aggregate(text))
    groups: list[Column] = []
    if text.word("by"):
        groups.append(column(text))
        while text.symbol(","):
            groups.append(column(text))
    return lambda rows: _grouped(rows, groups, aggregates)


def column(text: Text) -> Column:
    """Read an expression and the name of its column: what follows `as`, or the expression as it is written."""
    begun = text.at
    value = expression(text)
    return _titled(text, begun), value


def _titled(text: Text, begun: int) -> str:
    written = text.query[begun : text.at].strip()
    if not text.word("as"):
        return written.strip("`")
    name = text.name()
    if not name:
        raise text.fail("a name is missing after 'as'")
    return name


def _grouped(
    rows: list[Row], groups: list[Column], aggregates: list[Column]
) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], list[Row]] = {} if groups else {(): []}
    for row in rows:
        found.setdefault(tuple(value(row) for _, value in groups), []).append(row)
    made = []
    for key, members in found.items():
        names = dict(zip((name for name, _ in groups), key, strict=True))
        made.append(names | {name: aggregate(members) for name, aggregate in aggregates})
    return made


def _aggregate(text: Text) -> Column:
    begun = text.at
    name = text.name().lower()
    if name not in _NAMES or not text.symbol("("):
        text.at = begun
        raise text.fail("an aggregate such as count(*) is missing")
    if name == "count" and (text.symbol("*") or text.query[text.at : text.at + 1] == ")"):
        text.expect(")")
        return _titled(text, begun), lambda rows: float(len(rows))
    of = expression(text)
    share = 50.0
    if name == "pct":
        text.expect(",")
        given = text.number()
        if given is None or not 0 <= given <= 100:
            raise text.fail("a percentile from 0 to 100 is missing")
        share = given
    text.expect(")")
    return _titled(text, begun), _of(name, of, share)


def _of(name: str, of: Expression, share: float) -> Aggregate:
    if name in ("count", "count_distinct"):
        return _counting(name, of)
    if name in ("earliest", "latest"):
        return lambda rows: _at_an_end(rows, of, name == "latest")
    if name in ("sortsfirst", "sortslast"):
        pick = min if name == "sortsfirst" else max
        return lambda rows: pick(
            (as_text(v) for r in rows if (v := of(r)) is not None), default=None
        )
    numeric = _NUMERIC[name]

    def aggregate(rows: list[Row]) -> Any:
        numbers = [x for row in rows if (x := as_number(of(row))) is not None]
        return numeric(numbers, share) if numbers else None

    return aggregate


def _counting(name: str, of: Expression) -> Aggregate:
    def count(rows: list[Row]) -> float:
        values = [value for row in rows if (value := of(row)) is not None]
        distinct = {as_text(value) for value in values}
        return float(len(values if name == "count" else distinct))

    return count


def _at_an_end(rows: list[Row], of: Expression, latest: bool) -> Any:
    timed = [row for row in rows if of(row) is not None and row.get("@timestamp") is not None]
    pick = max if latest else min
    return of(pick(timed, key=lambda row: row["@timestamp"])) if timed else None


def _percentile(numbers: list[float], share: float) -> float:
    """Return the lowest number that at least so many of a hundred do not exceed."""
    ordered = sorted(numbers)
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def _deviation(numbers: list[float], _: float) -> float:
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / len(numbers))


_NUMERIC: dict[str, Callable[[list[float], float], float]] = {
    "sum": lambda numbers, _: math.fsum(numbers),
    "avg": lambda numbers, _: math.fsum(numbers) / len(numbers),
    "min": lambda numbers, _: min(numbers),
    "max": lambda numbers, _: max(numbers),
    "pct": _percentile,
    "median": _percentile,
    "stddev": _deviation,
}
