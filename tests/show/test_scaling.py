"""The picture of some traffic: panels, text, what one can read from it."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from awslab.show.scaling import short, traffic_picture

LOW = "TargetTracking-service/shop/user-AlarmLow-12345678-1234-1234-1234-123456789abc"
BEGUN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def data(minutes):
    """Make a traffic that grows, fails in its second minute, and scales out in its third."""
    listed = [
        {
            "at": (BEGUN + timedelta(minutes=n)).isoformat(),
            "answers": {"200": 600 * (n + 1), **({"503": 60, "404": 6} if n == 1 else {})},
            "services": {
                "shop/user": {"desired": 2 + (n > 1), "running": 2, "cpu": None if n == 0 else 40.0}
            },
            "alarms": [LOW, "a<b"] if n == 2 else [],
        }
        for n in range(minutes)
    ]
    activity = {
        "at": (BEGUN + timedelta(minutes=3)).isoformat(),
        "resource": "service/shop/user",
        "what": "Setting desired count to 3.",
        "cause": f"monitor alarm {LOW} in state ALARM triggered policy cpu",
    }
    return {"url": "http://shop.example.com/", "minutes": listed, "activities": [activity]}


def test_answers_are_added_up():
    """By status, over all minutes."""
    picture = traffic_picture(data(3))

    assert picture.answers == {"200": 3600, "503": 60, "404": 6}


def test_the_text_tells_the_same_as_the_picture():
    """Rates, failures, tasks, alarms and activities."""
    text = repr(traffic_picture(data(3)))

    assert "3 minutes, 3666 requests, 60 failed" in text
    assert "09:01      21.1      1.0  shop/user 2 (2), 40 %" in text
    assert "ALARM a<b, user: AlarmLow" in text or "ALARM user: AlarmLow, a<b" in text
    assert "09:03  Setting desired count to 3." in text


@pytest.mark.parametrize("minutes", [1, 3, 1440])
def test_the_drawing_is_one_well_formed_svg_of_bounded_size(minutes):
    """A day takes no more columns than two hours; names are escaped; ink is the page's own."""
    picture = traffic_picture(data(minutes))
    drawing = picture.html[picture.html.index("<svg") : picture.html.index("</svg>") + 6]
    bars = ElementTree.fromstring(drawing)

    assert len(list(bars.iter())) < 1500
    assert "a<b" not in drawing
    assert 'stroke="currentColor"' in drawing


def test_before_the_first_minute_there_is_a_sentence():
    """It says what to do."""
    picture = traffic_picture(data(0))

    assert "cloud.advance('5 min')" in repr(picture)
    assert "<svg" not in picture.html


@pytest.mark.parametrize(("name", "expected"), [(LOW, "user: AlarmLow"), ("mine", "mine")])
def test_alarms_of_target_tracking_are_shortened(name, expected):
    """Nobody reads their UUIDs."""
    assert short(name) == expected
