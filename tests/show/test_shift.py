"""The traffic in a service's timeline: shares, stages, rollback, in the picture and in words."""

import pytest

from awslab.show.ecs import timeline_picture

GREEN, BLUE = "ecs-svc/222222", "ecs-svc/111111"
BAKE = "BAKE_TIME"


def deployment(identity, share, *, stage=None, state="COMPLETED", test=0.0):
    found = {
        "id": identity,
        "taskDefinition": "app:2" if identity == GREEN else "app:1",
        "status": "PRIMARY",
        "rolloutState": state,
        **dict.fromkeys(("pending", "launched", "unhealthy", "stopping"), 0),
        "healthy": 2,
        "traffic": {"production": share, "test": test},
    }
    return found | ({"stage": stage} if stage else {})


def moment(second, *deployments, events=()):
    return {
        "at": f"2026-01-05T09:{second // 60:02}:{second % 60:02}+00:00",
        "desired": 2,
        "lower": 2,
        "upper": 4,
        "deployments": list(deployments),
        "events": list(events),
    }


@pytest.fixture
def timeline():
    """A quarter, all, and back again."""
    moments = [
        moment(0, deployment(BLUE, 100.0)),
        moment(
            30,
            deployment(GREEN, 0.0, stage="POST_TEST_TRAFFIC_SHIFT", test=100.0),
            deployment(BLUE, 100.0),
            events=["(service app) (deployment x) reached lifecycle stage <POST>."],
        ),
        moment(
            35, deployment(GREEN, 25.0, stage="PRODUCTION_TRAFFIC_SHIFT"), deployment(BLUE, 75.0)
        ),
        moment(155, deployment(GREEN, 100.0, stage=BAKE), deployment(BLUE, 0.0)),
        moment(
            200,
            deployment(BLUE, 100.0, state="IN_PROGRESS"),
            deployment(GREEN, 0.0, state="FAILED"),
        ),
    ]
    return timeline_picture({"service": "app", "cluster": "main", "moments": moments})


def test_words_say_stage_and_shares_at_each_moment(timeline):
    """Also who has the test traffic; the event that says the same is left out."""
    lines = [line.strip() for line in repr(timeline).splitlines()]

    assert "traffic app:1 100%" in lines
    assert "POST_TEST_TRAFFIC_SHIFT; traffic app:1 100%; test traffic app:2" in lines
    assert "PRODUCTION_TRAFFIC_SHIFT; traffic app:2 25%, app:1 75%" in lines
    assert "ROLLBACK; traffic app:1 100%" in lines
    assert not any("reached lifecycle stage" in line for line in lines)


def test_picture_says_the_same_in_words(timeline):
    """The text alternative names every change of the shares; the stages are listed with their times."""
    said = (
        "Production traffic: +0 s app:1 100%; +35 s app:2 25%, app:1 75%; +155 s app:2 100%; "
        "+200 s app:1 100%."
    )

    assert said in timeline.html
    assert "<b>3</b> BAKE_TIME +155 s; <b>4</b> ROLLBACK +200 s" in timeline.html
    assert "25% of production traffic" in timeline.html


def test_revisions_are_told_apart_without_colour(timeline):
    """Each has a letter; the oldest is A."""
    html = timeline.html

    assert html.index("app:1 (111111)") < html.index("app:2 (222222)")
    assert ">A<" in html and ">B<" in html


def test_slider_shows_the_traffic_of_the_chosen_moment(timeline):
    """In the text below the picture."""
    page = timeline._page(2)

    assert "PRODUCTION_TRAFFIC_SHIFT; traffic app:2 25%, app:1 75%" in page


def test_rolling_service_has_no_traffic_panel():
    """Its picture is as it was."""
    plain = deployment(BLUE, 100.0)
    del plain["traffic"]
    picture = timeline_picture({"service": "app", "cluster": "main", "moments": [moment(0, plain)]})

    assert "traffic" not in picture.html
    assert "traffic" not in repr(picture)
