"""The timeline of a service: text, a still picture, a slider."""

import pytest

from awslab.show.ecs import timeline_picture


def deployment(**counts):
    kinds = dict.fromkeys(("pending", "launched", "healthy", "unhealthy", "stopping"), 0)
    return {
        "id": "ecs-svc/1",
        "taskDefinition": "app:2",
        "status": "PRIMARY",
        "rolloutState": "IN_PROGRESS",
        **kinds,
        **counts,
    }


def moment(second, *deployments, events=()):
    return {
        "at": f"2026-01-05T09:00:{second:02}+00:00",
        "desired": 2,
        "lower": 2,
        "upper": 4,
        "deployments": list(deployments),
        "events": list(events),
    }


@pytest.fixture
def timeline():
    """A rollout of two tasks in three moments."""
    return timeline_picture(
        {
            "service": "app",
            "cluster": "main",
            "moments": [
                moment(0, deployment(healthy=2)),
                moment(
                    5,
                    deployment(pending=2),
                    deployment(healthy=2),
                    events=["(service app) <b> has started 2 tasks: (task a) (task b)."],
                ),
                moment(30, deployment(healthy=2), deployment(stopping=2)),
            ],
        }
    )


def test_text_tells_every_moment(timeline):
    """Time, bounds and a bar of marks, with the events below."""
    lines = repr(timeline).splitlines()

    assert lines[0] == "Service main/app"
    assert "+5s" in lines[3] and "2..4" in lines[3] and "[OOss]" in lines[3]
    assert "(task a) and 1 more." in lines[4]
    assert "[PPxx]" in lines[5]


def test_picture_says_the_same_in_words(timeline):
    """The drawing's text alternative names the lowest healthy count, and AWS's words are escaped."""
    assert "healthy tasks never below 2" in timeline.html
    assert "<b> has started" not in timeline._page(1)
    assert "&lt;b&gt; has started" in timeline._page(1)
    assert "at most 4" in timeline.html and "healthy at least 2" in timeline.html


def test_slider_shows_the_chosen_moment(timeline):
    """Moving the slider draws another moment; it starts at the last."""
    slider, page = timeline.widget().children
    last = page.value
    slider.value = 1

    assert slider.max == 2
    assert "09:00:30" in last
    assert "09:00:05" in page.value


def test_service_without_history_says_what_to_do():
    """Before any time has passed there is nothing to draw."""
    empty = timeline_picture({"service": "app", "cluster": "main", "moments": []})

    assert "cloud.advance" in repr(empty)
    assert "cloud.advance" in empty.html


def test_long_history_stays_in_its_frame():
    """Three hundred moments are as wide as three."""
    moments = [moment(index % 60, deployment(healthy=100)) for index in range(300)]
    picture = timeline_picture({"service": "app", "cluster": "main", "moments": moments})

    assert 'width="760"' in picture.html
    assert "260 earlier moments left out" in repr(picture)
