"""CloudWatch Logs Insights: a query, run over log events.

`parse` reads a query once and `Query.run` answers it. The commands are fields, display, filter, parse, stats, sort,
limit and dedup; the language's others (pattern, diff, unmask, unnest, lookups) are refused.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from awslab.world._insights_expressions import Moment, as_number, as_text, expression, truth
from awslab.world._insights_stats import column, stats
from awslab.world._insights_text import Malformed, Text

__all__ = ["LIMIT", "Malformed", "Query", "event", "parse"]

Row = Mapping[str, Any]
Step = Callable[[list[Row]], list[Row]]
LIMIT = 10_000  # rows, where a query and its request say nothing
MOST_STATS = 2
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
FLOW = (
    *("version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort"),
    *("protocol", "packets", "bytes", "startTime", "endTime", "action", "logStatus"),
)
_SHOWN = ("@timestamp", "@message")
_MOST = 200  # fields that are discovered in one JSON event
_CHUNKS = re.compile(r"\d+|\D")


@dataclass
class Query:
    """A query that has been read: its steps, the columns that it shows, how often it groups, how many rows it wants."""

    steps: list[Step] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    groupings: int = 0
    limit: int | None = None

    def run(self, events: Iterable[Row], limit: int | None = None) -> list[dict[str, str]]:
        """Return the rows of the answer, each a text by column; the newest events come first.

        Every event needs @timestamp (milliseconds), @message and @ptr; `limit` is the request's.
        """
        rows: list[Row] = sorted(events, key=lambda row: row["@timestamp"], reverse=True)
        for step in self.steps:
            rows = step(rows)
        rows = rows[: self.limit or limit or LIMIT]
        if self.groupings:
            return [_texts(row, self.shown or list(row)) for row in rows]
        names = [*(self.shown or _SHOWN), "@ptr"]
        return [_texts(row, list(dict.fromkeys(names))) for row in rows]


def _texts(row: Row, names: list[str]) -> dict[str, str]:
    return {name: _shown(row[name]) for name in names if row.get(name) is not None}


def _shown(value: Any) -> str:
    if isinstance(value, Moment):
        moment = datetime.fromtimestamp(value / 1000, UTC)
        return f"{moment:%Y-%m-%d %H:%M:%S}.{value % 1000:03d}"
    return as_text(value)


def event(
    timestamp: int, message: str, *, group: str, stream: str, pointer: str, ingested: int
) -> dict[str, Any]:
    """Return a log event with the fields that Logs Insights has and discovers; times in milliseconds.

    `group` is account and name of the log group, `123456789012:/ecs/shop`.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
    """
    return {
        **_discovered(message),
        "@timestamp": Moment(timestamp),
        "@ingestionTime": Moment(ingested),
        "@message": message,
        "@logStream": stream,
        "@log": group,
        "@ptr": pointer,
    }


def _discovered(message: str) -> dict[str, Any]:
    """Return the fields of a JSON event, or of a VPC flow log record in the default format."""
    if message.startswith("{"):
        try:
            return dict(islice(_flat(json.loads(message), ""), _MOST))
        except ValueError:
            return {}
    parts = message.split(" ")
    if len(parts) == len(FLOW) and parts[2].startswith("eni-"):
        return {name: part for name, part in zip(FLOW, parts, strict=True) if part != "-"}
    return {}


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the values within JSON by their names: a.b, and a.0 for the first of a list."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in pairs:
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, bool):
        yield path, str(value).lower()
    elif value is not None:
        yield path, value


# --- reading ---------------------------------------------------------------------------------------


def parse(query: str) -> Query:
    """Read a query.

    Raises Malformed, whose message says which symbol was not expected.
    """
    text, made = Text(query), Query()
    if text.over:
        raise text.fail("the query is empty")
    while True:
        begun = text.at
        command = text.name().lower()
        if command not in _COMMANDS:
            text.at = begun
            raise text.fail("the lab runs " + ", ".join(sorted(_COMMANDS)))
        _COMMANDS[command](text, made)
        if text.over:
            return made
        text.expect("|")


def _fields(text: Text, made: Query) -> None:
    columns = [column(text)]
    while text.symbol(","):
        columns.append(column(text))
    made.shown += [name for name, _ in columns if name not in made.shown]
    made.steps.append(
        lambda rows: [{**row, **{name: value(row) for name, value in columns}} for row in rows]
    )


def _display(text: Text, made: Query) -> None:
    made.shown = []
    _fields(text, made)


def _filter(text: Text, made: Query) -> None:
    test = expression(text)
    made.steps.append(lambda rows: [row for row in rows if truth(test(row))])


def _stats(text: Text, made: Query) -> None:
    if made.groupings == MOST_STATS:
        raise text.fail(f"a query has at most {MOST_STATS} stats commands")
    grouped = stats(text)
    made.steps.append(lambda rows: list(grouped(rows)))
    made.groupings, made.shown = made.groupings + 1, []


def _sort(text: Text, made: Query) -> None:
    keys = [_sort_key(text)]
    while text.symbol(","):
        keys.append(_sort_key(text))

    def step(rows: list[Row]) -> list[Row]:
        for value, down in reversed(keys):
            rows = sorted(rows, key=lambda row, of=value: _natural(of(row)), reverse=down)
        return rows

    made.steps.append(step)


def _sort_key(text: Text) -> tuple[Callable[[Row], Any], bool]:
    begun = text.at
    value = expression(text)
    written = text.query[begun : text.at].strip().strip("`")
    down = text.word("asc", "desc") != "asc"
    # After stats a column may have the name of what it was computed from: `sort count(*)`.
    return (lambda row: row[written] if written in row else value(row)), down


def _natural(value: Any) -> tuple[Any, ...]:
    """Return what a value is sorted by: nothing, then texts in natural order, then numbers.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html
    """
    if value is None:
        return (0,)
    number = as_number(value)
    if number is not None:
        return (2, number)
    chunks = _CHUNKS.findall(str(value))
    return (1, [(1, len(c), c) if c.isdigit() else (0, 0, c) for c in chunks])


def _limit(text: Text, made: Query) -> None:
    count = text.number()
    if count is None or not 1 <= count <= LIMIT or count != int(count):
        raise text.fail(f"write a number from 1 to {LIMIT}")
    made.steps.append(lambda rows: rows[: int(count)])
    made.limit = int(count)


def _dedup(text: Text, made: Query) -> None:
    names = [text.name()]
    while text.symbol(","):
        names.append(text.name())
    if not all(names):
        raise text.fail("a field is missing")

    def step(rows: list[Row]) -> list[Row]:
        seen: dict[tuple[str, ...], Row] = {}
        for row in rows:
            if all(row.get(name) is not None for name in names):
                seen.setdefault(tuple(as_text(row[name]) for name in names), row)
        return list(seen.values())

    made.steps.append(step)


def _parse(text: Text, made: Query) -> None:
    """Read `parse @message "a=*, b=*" as a, b`, or a regular expression with named groups.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html
    """
    source = text.name() or "@message"
    pattern = text.regex()
    if pattern is None:
        glob = text.string()
        if glob is None:
            raise text.fail('write parse @message "a=*" as a, or a regular expression')
        parts = (re.escape(part) for part in glob.split("*"))
        pattern = re.compile("(.*?)".join(parts) + ("$" if glob.endswith("*") else ""), re.DOTALL)
    names = list(pattern.groupindex) or _names(text)
    if len(names) != pattern.groups:
        raise text.fail(f"{pattern.groups} names are needed")

    def step(rows: list[Row]) -> list[Row]:
        return [_parsed(row, source, pattern, names) for row in rows]

    made.steps.append(step)


def _names(text: Text) -> list[str]:
    if not text.word("as"):
        raise text.fail("'as' is missing")
    names = [text.name()]
    while text.symbol(","):
        names.append(text.name())
    return names


def _parsed(row: Row, source: str, pattern: re.Pattern, names: list[str]) -> Row:
    value = row.get(source)
    found = pattern.search(as_text(value)) if value is not None else None
    return {**row, **dict(zip(names, found.groups(), strict=True))} if found else row


_COMMANDS: dict[str, Callable[[Text, Query], None]] = {
    "fields": _fields,
    "display": _display,
    "filter": _filter,
    "where": _filter,
    "stats": _stats,
    "sort": _sort,
    "order": _sort,
    "limit": _limit,
    "head": _limit,
    "dedup": _dedup,
    "parse": _parse,
}
