"""Logs Insights queries over a handful of events."""

import json

import pytest

from awslab.world import logs_insights

# Minute, message; oldest first.
LINES = [
    (0, "GET /api/users/7 200"),
    (1, "ERROR An error occurred (AccessDenied) when calling GetObject"),
    (2, "GET /api/orders/3 500"),
    (7, json.dumps({"level": "info", "path": "/a", "ms": 12, "http": {"status": 200}})),
    (8, json.dumps({"level": "error", "path": "/b", "ms": 30, "http": {"status": 500}})),
    (9, json.dumps({"level": "error", "path": "/b", "ms": 9, "ok": True, "tags": ["x"]})),
]
FLOW = "2 123456789012 eni-1 10.0.0.5 10.0.1.5 40000 3000 6 3 180 1 61 REJECT OK"


def events(lines=tuple(LINES)):
    """Return events, one a line."""
    return [
        logs_insights.event(
            1_767_603_600_000 + minute * 60_000,
            message,
            group="123456789012:/ecs/shop",
            stream="web/app/1",
            pointer=f"p{number}",
            ingested=0,
        )
        for number, (minute, message) in enumerate(lines)
    ]


def ask(query, lines=tuple(LINES)):
    """Return the rows of a query without their pointers."""
    rows = logs_insights.parse(query).run(events(lines))
    return [{name: value for name, value in row.items() if name != "@ptr"} for row in rows]


def messages(query):
    """Return the first words of the messages that a filter lets through, the oldest first."""
    return [row["@message"][:12] for row in ask(f"filter {query} | sort @timestamp asc")]


def test_fields_show_the_newest_event_first():
    """Columns are what is asked for; dates are written out."""
    actual = ask("fields @timestamp, @logStream, @log, path | limit 1")

    assert actual == [
        {
            "@timestamp": "2026-01-05 09:09:00.000",
            "@logStream": "web/app/1",
            "@log": "123456789012:/ecs/shop",
            "path": "/b",
        }
    ]


def test_without_fields_time_and_message_come():
    """Every event has a pointer."""
    rows = logs_insights.parse("limit 1").run(events())

    assert list(rows[0]) == ["@timestamp", "@message", "@ptr"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("@message like /GET/", ["GET /api/use", "GET /api/ord"]),
        ('@message like "ERROR"', ["ERROR An err"]),
        ("@message like /(?i)error .*denied/", ["ERROR An err"]),
        ("@message =~ /5\\d\\d$/", ["GET /api/ord"]),
        ("level = 'error' and ms > 10", ['{"level": "e']),
        ("http.status in [200, 404]", ['{"level": "i']),
        ("not (level = 'error' or @message like /GET|ERROR/)", ['{"level": "i']),
        ("ms != 9 and ms <= 12", ['{"level": "i']),
        ("ms * 2 + 1 >= 61", ['{"level": "e']),
        ("ok = 'true' and tags.0 = 'x'", ['{"level": "e']),
        ("ispresent(http.status) and path not in ['/a']", ['{"level": "e']),
        ("strcontains(@message, 'orders')", ["GET /api/ord"]),
        ("level not like /err/ and ms > 0", ['{"level": "i']),
        ("colour = 'red' or colour != 'red'", []),
        ("`ms` = 12 # a comment", ['{"level": "i']),
    ],
)
def test_filters(query, expected):
    """Comparisons, patterns, sets, and, or, not."""
    actual = messages(query)

    assert actual == expected


def test_a_glob_makes_fields():
    """Every star is a field; what does not match keeps the event without them."""
    actual = ask(
        'parse @message "* /api/*/* *" as method, what, id, status'
        " | filter ispresent(status) | display method, what, status"
    )

    assert actual == [
        {"method": "GET", "what": "orders", "status": "500"},
        {"method": "GET", "what": "users", "status": "200"},
    ]


@pytest.mark.parametrize(
    "query",
    [
        r"parse @message /(?<code>\d{3})$/ | filter code >= 500 | display code",
        r"parse @message /(\d{3})$/ as code | filter code >= 500 | display code",
        r'parse "* /api/*/* *" as a, b, c, code | filter code >= 500 | display code',
    ],
)
def test_a_regular_expression_makes_fields(query):
    """Named groups name them, others are named after `as`."""
    actual = ask(query)

    assert actual == [{"code": "500"}]


def test_statistics_by_a_field():
    """Columns are named as written unless they are given a name."""
    actual = ask(
        "filter ispresent(level) | stats count(*) as n, avg(ms), max(ms) by level | sort n desc"
    )

    assert actual == [
        {"level": "error", "n": "2", "avg(ms)": "19.5", "max(ms)": "30"},
        {"level": "info", "n": "1", "avg(ms)": "12", "max(ms)": "12"},
    ]


def test_statistics_by_time():
    """bin(5m) is the beginning of five minutes."""
    actual = ask("stats count(*) as n by bin(5m) as t | sort t asc")

    assert actual == [
        {"t": "2026-01-05 09:00:00.000", "n": "3"},
        {"t": "2026-01-05 09:05:00.000", "n": "3"},
    ]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("count()", "6"),
        ("count(level)", "3"),
        ("count_distinct(path)", "2"),
        ("sum(ms)", "51"),
        ("min(ms)", "9"),
        ("pct(ms, 50)", "12"),
        ("latest(ms)", "9"),
        ("earliest(ms)", "12"),
        ("sortsFirst(path)", "/a"),
    ],
)
def test_aggregates(aggregate, expected):
    """Over all events, those without the field left out."""
    (row,) = ask(f"stats {aggregate} as x")

    assert row == {"x": expected}


def test_statistics_of_statistics():
    """A second stats command works on the rows of the first."""
    actual = ask("stats count(*) as n by level | stats max(n) as most")

    assert actual == [{"most": "3"}]


def test_numbers_sort_after_texts_and_texts_naturally():
    """10 comes after 9, and a10 after a9."""
    lines = [(n, json.dumps({"v": v})) for n, v in enumerate(["a10", 10, "a9", 9])]

    actual = [row["v"] for row in ask("fields v | sort v asc", lines)]

    assert actual == ["a9", "a10", "9", "10"]


def test_dedup_keeps_the_first_of_the_order():
    """One event a level; those without one are dropped."""
    actual = ask("fields level, ms | sort ms desc | dedup level")

    assert actual == [{"level": "error", "ms": "30"}, {"level": "info", "ms": "12"}]


def test_flow_log_records_have_their_fields():
    """Records in the default format are discovered."""
    query = "filter action = 'REJECT' and isIpv4InSubnet(srcAddr, '10.0.0.0/24')"
    actual = ask(f"{query} | stats sum(packets) as n by srcAddr, dstAddr, dstPort", [(0, FLOW)])

    assert actual == [{"srcAddr": "10.0.0.5", "dstAddr": "10.0.1.5", "dstPort": "3000", "n": "3"}]


@pytest.mark.parametrize(
    ("query", "symbol"),
    [
        ("fieldz @timestamp", "fieldz at line 1 and position 0"),
        ("", "<EOF> at line 1"),
        ("fields @timestamp |", "<EOF>"),
        ("filter a ==== 1", "="),
        ("filter a like b", "b at line 1 and position 14"),
        ("filter (a = 1", "<EOF>"),
        ("fields a\n| filter b in 3", "3 at line 2"),
        ("stats a", "a at line 1 and position 6"),
        ("stats count(*) by", "<EOF>"),
        ("limit many", "many"),
        ("limit 0", "<EOF>"),
        ("sort a up", "up"),
        ("fields nothing(a)", "nothing"),
        ("parse @message 'a=*, b=*' as a", "<EOF>"),
        ("filter a like /(/", "invalid regular expression"),
        ("stats bin(5m)", "bin"),
        ("pattern @message", "pattern"),
        ("stats count(*) | stats count(*) | stats count(*)", "at most 2"),
    ],
)
def test_a_query_that_cannot_be_read(query, symbol):
    """The error names the symbol and its place."""
    with pytest.raises(logs_insights.Malformed) as error:
        logs_insights.parse(query)

    assert symbol in str(error.value)
