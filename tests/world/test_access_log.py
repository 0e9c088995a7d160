"""The lines and names of access logs."""

import shlex
from datetime import UTC, datetime

import pytest

from awslab.world import access_log
from awslab.world.access_log import Entry

NOW = datetime(2026, 1, 5, 9, 3, 20, tzinfo=UTC)
SERVED = Entry(
    created=NOW,
    balancer="app/shop/50dc6c495c0c9188",
    client="203.0.113.10:40000",
    status=200,
    method="GET",
    url="https://shop.example.com:443/api/users/7",
    took=(0.0, 0.012, 0.001),
    target="10.0.10.5:3000",
    target_status=200,
    received=120,
    sent=340,
    agent='curl "8"',
    domain="shop.example.com",
    certificate="arn:aws:acm:us-east-1:123456789012:certificate/1",
    priority=10,
    actions=("forward",),
)


def test_a_line_has_every_field_in_its_place():
    """The 33 fields of AWS's table, quoted where AWS quotes."""
    fields = shlex.split(access_log.line(SERVED))

    assert len(fields) == 33
    assert fields[0] == "https"
    assert fields[1] == "2026-01-05T09:03:20.013000Z"
    assert fields[3:10] == [
        "203.0.113.10:40000",
        "10.0.10.5:3000",
        "0.000",
        "0.012",
        "0.001",
        "200",
        "200",
    ]
    assert fields[12] == "GET https://shop.example.com:443/api/users/7 HTTP/1.1"
    assert fields[13] == "curl \\x228\\x22"
    assert fields[14:16] == [access_log.CIPHER, access_log.PROTOCOL]
    assert fields[20:23] == ["10", "2026-01-05T09:03:20.000000Z", "forward"]


def test_what_no_target_answered_has_no_times():
    """A 503 without a target has hyphens and -1."""
    entry = Entry(NOW, "app/a/1", "1.2.3.4:5", 503, "GET", "http://a:80/")

    fields = shlex.split(access_log.line(entry))

    assert fields[4:10] == ["-", "-1", "-1", "-1", "503", "-"]
    assert fields[14:16] == ["-", "-"]


@pytest.mark.parametrize(
    ("minute", "expected"), [(0, "0905"), (4, "0905"), (5, "0910"), (59, "1000")]
)
def test_a_file_is_of_five_minutes(minute, expected):
    """The end of the period is in the file's name."""
    end = access_log.period_end(NOW.replace(minute=minute))
    actual = access_log.key("logs", "1", "us-east-1", "app/a/b", end, "5.6.7.8", "abc")

    assert actual == (
        "logs/AWSLogs/1/elasticloadbalancing/us-east-1/2026/01/05/"
        f"1_elasticloadbalancing_us-east-1_app.a.b_20260105T{expected}Z_5.6.7.8_abc.log.gz"
    )
