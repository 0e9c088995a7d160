"""What a recall card is."""

from dataclasses import dataclass

__all__ = ["Card"]


@dataclass(frozen=True)
class Card:
    """One question with its answer, why it matters, the lesson that explains it, and its topic.

    `id` never changes: the learner's ratings are kept under it.
    """

    id: str
    lesson: str
    tag: str
    question: str
    answer: str
    why: str
