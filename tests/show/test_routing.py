"""The picture of a request says what the data says: in words, by shape and within its frame."""

import xml.etree.ElementTree as ElementTree

import pytest

from awslab.show.routing import trace_picture

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<b>x</b>"
TARGET = {
    "address": "10.0.0.5",
    "port": 3000,
    "zone": "us-east-1a",
    "state": "healthy",
    "reason": "",
    "chosen": True,
}


def made(**changes):
    """A trace as the lab sends it: 200 from the only target."""
    return {
        "method": "GET",
        "url": "http://shop/api",
        "client": "internet",
        "balancer": {"name": "shop", "dns": "shop-1"},
        "node": {"zone": "us-east-1a", "interface": "eni-1"},
        "way_in": {"reachable": True, "why": "", "hops": []},
        "listener": {"port": 80, "protocol": "HTTP"},
        "rules": [{"priority": "default", "matched": True, "why": "none", "action": "forward"}],
        "group": {
            "name": "web",
            "why": "the only one",
            "target_why": "its turn",
            "targets": [TARGET],
        },
        "way_on": {"reachable": True, "why": "", "hops": []},
        "status": 200,
        "headers": {},
        "body": "",
        "answered": True,
        "why": "the target answered",
        **changes,
    }


def drawing(picture):
    """Parse the picture's drawing."""
    start = picture.html.index('<svg xmlns="http://www.w3.org/2000/svg" role="img"')
    end = picture.html.index("</svg>", start) + 6
    return ElementTree.fromstring(picture.html[start:end])


def words(picture):
    """Return what the drawing says."""
    return [element.text for element in drawing(picture).iter(f"{SVG}text")]


def test_every_step_has_a_word_for_its_state():
    """Not colour alone: passes, answers, stops."""
    assert words(trace_picture(made())).count("passes") == 4
    assert words(trace_picture(made())).count("answers") == 1


def test_what_is_not_reached_says_so():
    """A lost packet reaches no listener."""
    lost = {
        "reachable": False,
        "why": "No rule allows it.",
        "hops": [{"kind": "security group", "id": "sg-1", "ok": False, "why": "No rule."}],
    }
    picture = trace_picture(
        made(way_in=lost, listener=None, rules=[], group=None, way_on=None, status=None,
             answered=False, why="No rule allows it.")
    )  # fmt: skip

    assert words(picture).count("STOPS HERE") == 1
    assert words(picture).count("not reached") == 4
    assert "The client gets no answer: No rule allows it." in picture.text
    assert "Where the packet stops" in picture.html


def test_the_boxes_lie_within_the_frame():
    """Long names are shortened."""
    group = {**made()["group"], "name": "a-very-long-target-group-name-32"}
    root = drawing(trace_picture(made(group=group)))
    _, _, width, height = map(float, root.get("viewBox").split())

    for box in root.iter(f"{SVG}rect"):
        assert float(box.get("x")) + float(box.get("width")) <= width
        assert float(box.get("y")) + float(box.get("height")) <= height


@pytest.mark.parametrize("place", ["url", "why", "body"])
def test_what_aws_says_is_escaped(place):
    """Also what a learner typed."""
    picture = trace_picture(made(**{place: HOSTILE}))

    assert HOSTILE not in picture.html


def test_the_picture_reads_as_attributes():
    """For checks and for people."""
    picture = trace_picture(made())

    assert (picture.status, picture.rule, picture.target_group) == (200, "default", "web")
    assert (picture.target, picture.history) == ("10.0.0.5:3000", [])
