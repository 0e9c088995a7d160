"""The explanation of a score reads without colour, in text and in HTML."""

import pytest

from awslab.show.checks import score_picture


def explain(*rows, **more):
    score = {"version": 1, "points": 0, "maximum": 3, "complete": True, "notes": []}
    return score_picture(score | {"rows": list(rows)} | more)


def row(state, **more):
    return {"state": state, "points": 1, "earned": 0, "label": "tag `v1.0` exists"} | more


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("met", "met"),
        ("missed", "missed"),
        ("not attempted", "not attempted"),
        ("stopped", "stopped"),
        ("later", "decided later"),
    ],
)
def test_a_state_is_told_by_word_and_shape(state, word):
    """Who sees no colour reads the same result; the shape is for the eye only."""
    picture = explain(row(state))

    assert f"[{word}] 0/1" in picture.text
    assert f"</svg>{word}</span>" in picture.html
    assert '<svg aria-hidden="true"' in picture.html


def test_states_differ_in_shape():
    """No two states share a symbol."""
    states = ("met", "missed", "not attempted", "stopped", "later")
    shapes = {
        explain(row(s)).html.split("<svg")[1].split(">", 1)[1].split("</svg>")[0] for s in states
    }

    assert len(shapes) == len(states)


def test_empty_fields_are_left_out():
    """A point with nothing to add is one line."""
    picture = explain(row("missed", found=None, expected="", hint=""))

    assert picture.text.splitlines()[1:] == ["  [missed] 0/1  tag `v1.0` exists"]


@pytest.mark.parametrize("value", ["word " * 60, "x" * 300, "two\nlines"])
def test_text_is_wrapped(value):
    """A terminal and nbgrader's feedback need no scrolling sideways."""
    picture = explain(row("missed", found=value), notes=[value])

    assert max(map(len, picture.text.splitlines())) <= 88


def test_points_that_are_not_yet_sure_are_announced():
    """The headline does not promise what hidden tests may take away."""
    picture = explain(row("met", earned=1), row("later", points=2, earned=2), points=3)

    assert picture.text.startswith("3 of 3 points, 2 of them to be confirmed when your work is")


def test_an_answer_that_nothing_here_judges_is_not_praised():
    """With hidden tests only, neither the headline nor the row looks like full marks."""
    picture = explain(row("later", points=4, earned=4), points=4, maximum=4)
    shown = picture.text + picture.html

    assert picture.text.startswith("Answered, not yet judged: up to 4 points when your work")
    assert "[decided later] up to 4" in picture.text
    assert "4 of 4" not in shown and "4/4" not in shown


def test_the_table_has_a_caption_and_column_headers():
    """A screen reader can walk the table."""
    page = explain(row("met")).html

    assert page.count('<th scope="col"') == 3
    assert "<caption" in page
