"""Spaced repetition by SM-2: when a card should come back, from how well it was remembered.

Pure: the day is always a parameter.
The algorithm is P. A. Wozniak's SM-2 of 1987: https://super-memory.com/english/ol/sm2.htm
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

__all__ = ["RATINGS", "Memory", "due", "rated"]

# What a learner says, and SM-2's quality of the answer, 0 to 5; below 3 the answer was not remembered.
RATINGS = {"again": 1, "hard": 3, "good": 4, "easy": 5}
_EASIEST_START, _LEAST_EASE = 2.5, 1.3
_FIRST, _SECOND = 1, 6  # days
LONGEST = 365  # days; a card that is never seen again is not learnt


@dataclass(frozen=True)
class Memory:
    """How well one card is known: answers in a row, ease factor, interval in days, the day it is due."""

    due: date
    row: int = 0
    ease: float = _EASIEST_START
    days: int = 0


def rated(memory: Memory | None, rating: str, today: date) -> Memory:
    """Return what is known of a card after an answer; `memory` is None for a card seen for the first time.

    Raises ValueError for a rating that is none of RATINGS.
    """
    if rating not in RATINGS:
        raise ValueError(f"{rating!r} is no rating: use one of {', '.join(RATINGS)}")
    quality = RATINGS[rating]
    before = memory or Memory(due=today)
    if quality < 3:
        # SM-2: start the repetitions anew without changing the ease factor; it comes again the same day.
        return replace(before, due=today, row=0, days=0)
    ease = before.ease + 0.1 - (5 - quality) * (0.08 + (5 - quality) * 0.02)
    ease = round(max(_LEAST_EASE, ease), 2)
    days = {0: _FIRST, 1: _SECOND}.get(before.row) or round(before.days * ease)
    days = min(days, LONGEST)
    return Memory(due=today + timedelta(days=days), row=before.row + 1, ease=ease, days=days)


def due(
    cards: Iterable[str], memories: Mapping[str, Memory], today: date, new: int = 10
) -> list[str]:
    """Return the cards to ask today: those that are due, longest overdue first, then up to `new` unseen ones."""
    cards = list(cards)
    seen = [card for card in cards if card in memories and memories[card].due <= today]
    unseen = [card for card in cards if card not in memories]
    return [*sorted(seen, key=lambda card: memories[card].due), *unseen[: max(new, 0)]]
