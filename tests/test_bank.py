"""The recall bank is complete, and in words of its own."""

from collections import Counter

from authoring.wording import shared
from awslab.bank import CARDS


def test_there_are_enough_cards_over_all_lessons():
    """At least sixty, ten a lesson, and the five quick-fire questions among them."""
    lessons = Counter(card.lesson for card in CARDS)
    tags = {card.tag for card in CARDS}

    assert len(CARDS) >= 60
    assert set(lessons) == {"6.3.a", "6.3.b", "6.3.c", "6.3.d"}
    assert min(lessons.values()) >= 10
    assert {f"quick-fire {n}" for n in range(1, 6)} | {f"Q{n}" for n in range(1, 12)} <= tags


def test_ids_and_questions_are_unique():
    """Ratings are kept by id."""
    assert len({card.id for card in CARDS}) == len(CARDS)
    assert len({card.question for card in CARDS}) == len(CARDS)


def test_a_card_has_all_its_parts_in_words_of_its_own():
    """Question, answer and why are there, and no eight words in a row are the interview's."""
    parts = [part for card in CARDS for part in (card.question, card.answer, card.why)]

    assert all(part.strip() for part in parts)
    assert shared("\n".join(parts)) == []
