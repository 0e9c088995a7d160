"""Key points are found by their words: synonyms, endings, and nothing more clever."""

import pytest

from awslab import key_points

POINTS = {
    "ECS keeps tasks running": ["restart*|replac*, task*"],
    "lower bound rounds up": ["lower|minimum, up"],
    "port 3000": "3000",
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ECS replaces lost tasks.", ["ECS keeps tasks running"]),
        ("A task is RESTARTED", ["ECS keeps tasks running"]),
        ("Tasks listen on 3000, the minimum is rounded up.", [*POINTS][1:]),
        ("Containers come back by themselves", []),
        ("", []),
    ],
)
def test_points_are_found_by_their_words(text, found):
    """Case, order and punctuation do not matter; other words do."""
    matched = key_points(text, POINTS)

    assert matched.found == found
    assert matched.found + matched.missing == sorted(POINTS, key=[*found, *matched.missing].index)


@pytest.mark.parametrize(
    ("pattern", "text", "hit"),
    [
        ("layer 7", "It works at layer 7.", True),
        ("layer 7", "7 of them, layer by layer", False),
        ("ecr", "secret", False),
        ("one|single, check", "after a single check", True),
        (["x, y", "z"], "z", True),
        ("32 vcpu", "up to 32 vCPU", True),
        ("blue/green", "a blue/green deployment", True),
        ("cpu, memory", "on CPU/memory", True),
        ("0.0.0.0/0", "a route for 0.0.0.0/0.", True),
        ("don't", "don\u2019t", True),
    ],
)
def test_a_pattern_is_words_synonyms_and_phrases(pattern, text, hit):
    """A comma is `and`, a bar is `or`, a space keeps words together, a list needs one of its patterns."""
    assert bool(key_points(text, {"point": pattern}).found) == hit


def test_the_feedback_says_what_it_cannot_tell():
    """Text and HTML list both kinds and say that words were compared, not meanings."""
    matched = key_points("tasks are replaced", POINTS)

    assert "1 of 3 key points found." in repr(matched)
    assert "by words, not by meaning" in repr(matched)
    assert "by words, not by meaning" in matched.html


@pytest.mark.parametrize("pattern", ["", [], ["  "]])
def test_a_point_without_a_pattern_is_the_authors_mistake(pattern):
    """It would never be found."""
    with pytest.raises(ValueError, match="'p' has no pattern"):
        key_points("text", {"p": pattern})
