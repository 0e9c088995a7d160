"""The calls that an app made are told in words and in a table, those within a call under it."""

import pytest

from awslab.show.calls import calls_table, lines

HTTP = {
    "method": "GET",
    "url": "http://orders:3000/",
    "by": "Service Connect",
    "target": "10.0.0.5:3000",
    "encrypted": True,
    "status": 200,
    "error": None,
    "why": "",
    "service": "orders",
    "calls": [{"action": "s3:GetObject", "resource": "*", "error": "AccessDenied"}],
}


def test_a_call_within_a_call_stands_under_it():
    """Further to the right in the text, both in the table."""
    told = lines([HTTP])

    assert (
        "called GET http://orders:3000/ by Service Connect to 10.0.0.5:3000, encrypted" in told[0]
    )
    assert told[0].endswith("200 from orders")
    assert told[1].startswith("        [FAILED] called s3:GetObject on *: AccessDenied")
    assert calls_table([HTTP]).count("<tr") == 3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"host": "db.example:5432", "error": None}, "[ok] called db.example:5432: ok"),
        (
            {"method": "GET", "url": "http://x/", "error": "ENOTFOUND", "why": "no name"},
            "[FAILED] called GET http://x/: ENOTFOUND (no name)",
        ),
    ],
)
def test_every_kind_of_call_is_named(call, words):
    """Hosts, AWS actions, URLs without a way."""
    assert lines([call])[0].strip() == words


def test_no_calls_make_no_table():
    """And hostile text is escaped."""
    hostile = {"method": "GET", "url": "<b>x</b>", "error": None}

    assert calls_table([]) == ""
    assert "<b>x" not in calls_table([hostile])
