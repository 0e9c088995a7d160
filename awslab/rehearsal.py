"""Rehearse an interview question: two minutes from memory, the key points, a model answer, how it went.

With a live kernel it is made of ipywidgets, and the browser counts the two minutes;
everywhere else the same parts open as `<details>` without a kernel or a script.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from awslab.cards import _Card, _frame, _indent, _question_html, _status, _wrap
from awslab.matching import key_points
from awslab.review_file import PLACE, ReviewFile
from awslab.show.picture import code, escape
from awslab.spacing import RATINGS, Memory, rated

__all__ = ["Rehearsal", "rating_row", "rehearse"]

SECONDS = 120
SHAPE = "Definition, example, pitfall: aim at two minutes, aloud, then write down what you said."


class Rehearsal(_Card):
    """Ask one interview question (see `rehearse`)."""

    def __init__(
        self,
        name: str,
        question: str,
        points: dict[str, Sequence[str] | str],
        answer: str,
        file: str | Path,
    ) -> None:
        self.name, self.question, self.points, self.answer = name, question, points, answer
        self.file = file

    @property
    def _answer_html(self) -> str:
        paragraphs = [part.strip() for part in self.answer.strip().split("\n\n")]
        return "".join(f"<p>{code(' '.join(part.split()))}</p>" for part in paragraphs)

    @property
    def html(self) -> str:
        """The question without a kernel: key points and model answer open when asked for."""
        listed = "".join(f"<li>{code(point)}</li>" for point in self.points)
        return _frame(
            _question_html(self.question, self.name)
            + f"<p>{escape(SHAPE)}</p>"
            + f"<details><summary>Show the key points</summary><ul>{listed}</ul></details>"
            + "<details><summary>Show a model answer</summary>"
            + f"{_indent(self._answer_html)}</details>"
        )

    @property
    def text(self) -> str:
        """The question as text; the model answer stands last."""
        points = [_wrap(f"- {point}", "  ") for point in self.points]
        answer = [_wrap(" ".join(part.split()), "  ") for part in self.answer.split("\n\n")]
        asked = _wrap(f"[{self.name}] {self.question}")
        return "\n".join([asked, "Key points:", *points, "A model answer:", *answer])

    def widget(self) -> Any:
        """Return the question as ipywidgets: a clock, a text box, three buttons, and four to rate yourself."""
        import ipywidgets

        box = ipywidgets.Textarea(
            placeholder="Write what you said, in four to six sentences.",
            layout={"width": "100%", "max_width": "900px", "height": "130px"},
        )
        compare = ipywidgets.Button(description="Compare with key points", layout={"width": "auto"})
        show = ipywidgets.Button(description="Show a model answer", layout={"width": "auto"})
        feedback, answer = ipywidgets.HTML(), ipywidgets.HTML()

        def matched(_: Any) -> None:
            feedback.value = _status(key_points(box.value, self.points).html)

        def turn(_: Any) -> None:
            hidden = not answer.value
            answer.value = _status(self._answer_html) if hidden else ""
            show.description = "Hide the model answer" if hidden else "Show a model answer"

        compare.on_click(matched)
        show.on_click(turn)
        return ipywidgets.VBox(
            [
                ipywidgets.HTML(_question_html(self.question, self.name)),
                clock(),
                box,
                ipywidgets.HBox([compare, show]),
                feedback,
                answer,
                rating_row(self.name, self.file, today()),
            ]
        )


def rehearse(
    name: str,
    question: str,
    points: Mapping[str, Sequence[str] | str],
    answer: str,
    *,
    file: str | Path = PLACE,
) -> Rehearsal:
    """Ask an interview question to be answered from memory, and let the learner judge the answer.

    `points` are its key points with patterns (see `awslab.key_points`), `answer` a model answer in paragraphs.
    The learner's rating goes to `file`, so that `awslab.review()` asks again when it is due.
    Raises ValueError when the question, the points or the answer are empty.
    """
    if not question.strip() or not points or not answer.strip():
        raise ValueError(f"rehearse({name!r}): question, points and answer may not be empty")
    key_points("", points)  # a point without a pattern is said before anybody answers
    return Rehearsal(name, question, dict(points), answer, file)


def clock(seconds: int = SECONDS) -> Any:
    """Return a clock that the browser counts; its three buttons start, pause and reset it."""
    import ipywidgets

    play = ipywidgets.Play(min=0, max=seconds, step=1, interval=1000, show_repeat=False)
    passed = ipywidgets.IntProgress(min=0, max=seconds, layout={"width": "240px"})
    number = ipywidgets.BoundedIntText(
        min=0, max=seconds, disabled=True, layout={"width": "70px"}, tooltip="seconds that passed"
    )
    for each in (passed, number):
        ipywidgets.jslink((play, "value"), (each, "value"))
    of = ipywidgets.Label(f"of {seconds} seconds")
    return ipywidgets.HBox([play, passed, number, of])


def rating_row(
    name: str, file: str | Path, day: date, *, after: Any = None, then: Any = None
) -> Any:
    """Return four buttons that rate how well `name` was remembered.

    A second rating replaces the first; with `then`, which is called after the first, there is no second:
    the buttons are switched off before the row is replaced, so that no click is taken and then lost.
    With `after`, the button that shows the answer, they are off until it was pressed:
    one recalls first, and the second click of a double click does not rate the next card.
    """
    import ipywidgets

    said = ipywidgets.HTML()
    buttons = [ipywidgets.Button(description=r, layout={"width": "auto"}) for r in RATINGS]
    before: list[Memory | None] = []  # what was known when the row was first used

    def switch(on: bool) -> None:
        for each in buttons:
            each.disabled = not on

    def shown(_: Any) -> None:
        if not before:
            switch(True)
            said.value = ""

    if after:
        switch(False)
        said.value = "Recall it, show the answer, then rate yourself."
        after.on_click(shown)

    def rate(button: Any) -> None:
        if button.disabled or (before and then):
            return  # a double click
        kept = ReviewFile(file)
        if not before:
            before.append(kept.memories.get(name))
        memory = rated(before[0], button.description, day)
        try:
            kept.put(name, memory)
        except OSError as error:
            before.clear()
            said.value = _status(escape(f"Not kept: {error}. Is the folder writable?"))
            return
        said.value = _status(escape(f"{comes_back(memory, day)} Kept in {kept.path}."))
        if then:
            switch(False)
            then()

    for button in buttons:
        button.on_click(rate)
    return ipywidgets.HBox([ipywidgets.Label("How well did you know it?"), *buttons, said])


def comes_back(memory: Memory, day: date) -> str:
    """Say when a card comes back."""
    days = (memory.due - day).days
    when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return f"It comes back {when}."


def today() -> date:
    """Return the real date: the only place where the course's reviews look at the calendar."""
    return date.today()
