"""`awslab.review()`: the cards that are due today, one after the other."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from awslab.bank import CARDS, Card
from awslab.cards import Recall, _Card, _frame, _status
from awslab.rehearsal import rating_row, today
from awslab.review_file import PLACE, ReviewFile
from awslab.show.picture import escape
from awslab.spacing import due

__all__ = ["Review", "review"]


class Review(_Card):
    """Ask the cards that are due on one day (see `review`); `due` holds their ids."""

    def __init__(
        self, cards: Mapping[str, Card], due_now: list[str], file: ReviewFile, day: date
    ) -> None:
        self.cards, self.due, self.file, self.day = cards, due_now, file, day

    @property
    def _head(self) -> str:
        known = sum(card in self.cards for card in self.file.memories)
        count = len(self.due)
        waiting = "1 card is" if count == 1 else f"{count} cards are"
        head = f"{self.day:%Y-%m-%d}: {waiting} due; {known} of {len(self.cards)} seen so far."
        return " ".join([*self.file.notes, head, f"Your ratings are in {self.file.path}."])

    def _recall(self, name: str) -> Recall:
        card = self.cards[name]
        return Recall(card.question, card.answer, card.why, f"{card.lesson}, {card.tag}")

    @property
    def html(self) -> str:
        """All due cards, each opening without a kernel."""
        return _frame(
            f"<p>{escape(self._head)}</p>" + "".join(self._recall(name).html for name in self.due)
        )

    @property
    def text(self) -> str:
        """All due cards as text."""
        return "\n\n".join([self._head, *(self._recall(name).text for name in self.due)])

    def widget(self) -> Any:
        """Return the review as ipywidgets: one card at a time, rated once its answer was shown.

        A card rated `again` comes once more at the end.
        """
        import ipywidgets

        queue = list(self.due)
        head, place = ipywidgets.HTML(), ipywidgets.VBox()

        def show() -> None:
            # The head last: whoever reads there that a card is left finds that card below it.
            place.children = card(queue[0]) if queue else ()
            left = f"{len(queue)} to go." if queue else "Nothing more is due. Come back tomorrow."
            head.value = _status(escape(f"{self._head} {left}"))

        def card(name: str) -> tuple[Any, Any]:
            asked = self._recall(name).widget()
            _, show_answer, _ = asked.children
            path, day = self.file.path, self.day
            row = rating_row(name, path, day, after=show_answer, then=lambda: answered(name))
            return asked, row

        def answered(name: str) -> None:
            queue.pop(0)
            self.file = ReviewFile(self.file.path)
            if self.file.memories[name].due <= self.day:
                queue.append(name)
            show()

        show()
        return ipywidgets.VBox([head, place])


def review(
    day: date | None = None,
    *,
    new: int = 10,
    lesson: str | None = None,
    file: str | Path = PLACE,
) -> Review:
    """Ask the recall cards that are due: those whose day has come, then up to `new` that were never seen.

    `day` is today unless another one is given; `lesson` limits the cards to one lesson, such as "6.3.a".
    The ratings are kept in `file`.
    Raises ValueError for a lesson without cards.
    """
    cards = {card.id: card for card in CARDS if lesson in (None, card.lesson)}
    if not cards:
        lessons = ", ".join(sorted({card.lesson for card in CARDS}))
        raise ValueError(f"there are no cards of the lesson {lesson!r}: use one of {lessons}")
    kept = ReviewFile(file)
    day = day or today()
    return Review(cards, due(cards, kept.memories, day, new), kept, day)
