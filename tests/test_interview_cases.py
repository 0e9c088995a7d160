"""The interview assignment draws its statements: complete, repeatable, different from seat to seat."""

import pytest

from authoring.wording import shared
from awslab import interview_cases as cases

POOLS = ["STATEMENTS", "STEPS", "DUTIES", "LOGS", "MESSAGES"]


@pytest.mark.parametrize("name", POOLS)
def test_a_seed_gives_the_same_choice_everywhere(name):
    """Which ones, and in which order, depends on the seed only."""
    pool = getattr(cases, name)
    one, again, other = (cases.numbered("", pool, seed, 6) for seed in (7, 7, 8))

    assert dict(one) == dict(again)
    assert dict(one) != dict(other)
    assert len({row["id"] for row in one.values()}) == 6


def test_letters_cover_the_whole_pool():
    """Every step has one letter."""
    asked = cases.lettered("Steps", cases.STEPS, 3)

    assert list(asked) == list("ABCDEFGHI")
    assert {row["id"] for row in asked.values()} == set(cases.STEPS)


def test_quick_questions_have_their_options_under_other_letters():
    """A neighbour's letters are no use: over some seeds each position has held several answers."""
    asked = [cases.quick_fire(seed) for seed in range(6)]

    assert all({q["id"] for q in each.values()} == set(cases.QUICK_FIRE) for each in asked)
    assert len({each[1]["id"] for each in asked}) > 1
    assert (
        len({q["answers"]["A"] for each in asked for q in each.values() if q["id"] == "token"}) > 1
    )


def test_what_is_asked_shows_as_a_table_and_as_text():
    """Numbers and texts are in both forms."""
    asked = cases.numbered("Statements", cases.STATEMENTS, 1, 3)

    assert asked[1]["text"] in repr(asked)
    assert "<table" in asked._repr_mimebundle_()["text/html"]


def test_the_texts_are_the_courses_own():
    """No eight words in a row are the interview's."""
    texts = [text for name in POOLS for text in getattr(cases, name).values()]

    assert shared("\n".join(texts)) == []
