"""SM-2: intervals grow with good answers, start anew after a forgotten one, and never look at a clock."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.spacing import LONGEST, RATINGS, Memory, due, rated

DAY = date(2026, 3, 2)


def after(*ratings):
    """Answer one card each time it is due; return the intervals in days and the last memory."""
    memory, day, days = None, DAY, []
    for rating in ratings:
        memory = rated(memory, rating, day)
        days.append((memory.due - day).days)
        day = memory.due
    return days, memory


@pytest.mark.parametrize(
    ("ratings", "days"),
    [
        (["good", "good", "good"], [1, 6, 15]),
        (["easy", "easy", "easy"], [1, 6, 17]),
        (["hard", "hard", "hard"], [1, 6, 12]),
        (["good", "good", "again", "good", "good"], [1, 6, 0, 1, 6]),
        (["again"], [0]),
    ],
)
def test_intervals_are_those_of_sm_2(ratings, days):
    """1 day, 6 days, then the last interval times the ease factor; a forgotten card comes again today."""
    assert after(*ratings)[0] == days


@pytest.mark.parametrize(
    ("rating", "ease"), [("again", 2.5), ("hard", 2.36), ("good", 2.5), ("easy", 2.6)]
)
def test_the_ease_factor_follows_the_rating(rating, ease):
    """Hard answers make a card come sooner; a forgotten one keeps its factor, as SM-2 says."""
    assert rated(None, rating, DAY).ease == ease


@given(st.lists(st.sampled_from(sorted(RATINGS)), min_size=1, max_size=30))
def test_a_card_is_always_seen_again(ratings):
    """Whatever is answered, the factor stays at 1.3 or more and the next day within a year."""
    days, memory = after(*ratings)

    assert memory.ease >= 1.3
    assert all(0 <= each <= LONGEST for each in days)


def test_a_rating_that_is_none_is_named():
    """A slip lists the ratings."""
    with pytest.raises(ValueError, match="'fine' is no rating: use one of again, hard, good, easy"):
        rated(None, "fine", DAY)


def test_overdue_cards_come_first_then_some_new_ones():
    """The longest overdue leads; tomorrow's card waits; new cards are limited."""
    memories = {
        "tomorrow": Memory(DAY + timedelta(1)),
        "today": Memory(DAY),
        "late": Memory(DAY - timedelta(9)),
    }
    cards = ["new-1", "today", "late", "tomorrow", "new-2", "new-3"]

    assert due(cards, memories, DAY, new=2) == ["late", "today", "new-1", "new-2"]
    assert due(cards, memories, DAY, new=0) == ["late", "today"]
