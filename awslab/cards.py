"""Recall without points: a question, a moment to think, and an answer at once.

With a live kernel the cards are ipywidgets; everywhere else (nbgrader's feedback, an untrusted
copy, GitHub) the same question shows as `<details>` that open without a kernel or a script.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from awslab.show.picture import GREEN, INK, RED, code, escape, kernel_answers

__all__ = ["Quiz", "Recall", "quiz", "recall"]

WIDTH = 88  # columns of the text form


class _Card:
    """Show one question: widgets where a kernel answers, static HTML and text beside them."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = {"text/plain": repr(self), "text/html": self.html}
        if not kernel_answers():
            return bundle
        return self.widget()._repr_mimebundle_() | bundle

    def __repr__(self) -> str:
        return self.text

    html: str
    text: str

    def widget(self) -> Any:
        raise NotImplementedError


class Recall(_Card):
    """Ask an open question; the answer shows when the learner asks for it (see `recall`)."""

    def __init__(self, question: str, answer: str, why: str, tag: str) -> None:
        self.question, self.answer, self.why, self.tag = question, answer, why, tag

    @property
    def _answer_html(self) -> str:
        why = f'<div style="margin-top:4px">{code(self.why)}</div>' if self.why else ""
        return f"<div>{code(self.answer)}</div>{why}"

    @property
    def html(self) -> str:
        """The card without a kernel."""
        return _frame(
            _question_html(self.question, self.tag)
            + f"<details><summary>Show the answer</summary>{_indent(self._answer_html)}</details>"
        )

    @property
    def text(self) -> str:
        """The card as text; the answer stands last."""
        tag = f"[{self.tag}] " if self.tag else ""
        why = f" {self.why}" if self.why else ""
        return f"{_wrap(tag + self.question)}\n{_wrap('Answer: ' + self.answer + why, '  ')}"

    def widget(self) -> Any:
        """Return the card as ipywidgets: a button that shows and hides the answer."""
        import ipywidgets

        button = ipywidgets.Button(description="Show the answer")
        answer = ipywidgets.HTML()

        def turn(_: Any) -> None:
            hidden = not answer.value
            answer.value = _status(self._answer_html) if hidden else ""
            button.description = "Hide the answer" if hidden else "Show the answer"

        button.on_click(turn)
        question = ipywidgets.HTML(_question_html(self.question, self.tag))
        return ipywidgets.VBox([question, button, answer])


class Quiz(_Card):
    """Ask for one of several choices; each choice has its own feedback (see `quiz`)."""

    def __init__(self, question: str, choices: dict[str, str], right: str) -> None:
        self.question, self.choices, self.right = question, choices, right

    def verdict(self, choice: str) -> str:
        """Return what a choice gets to hear: "Right." or "Not this one." and its feedback."""
        start = "Right." if choice == self.right else "Not this one."
        return f"{start} {self.choices[choice]}"

    def _verdict_html(self, choice: str) -> str:
        tint = GREEN if choice == self.right else RED
        return (
            f'<div style="background:{tint};color:{INK};border-radius:4px;padding:4px 10px;'
            f'margin:4px 0">{code(self.verdict(choice))}</div>'
        )

    @property
    def html(self) -> str:
        """The quiz without a kernel: opening a choice shows its feedback."""
        choices = "".join(
            f"<details><summary>{code(choice)}</summary>{_indent(self._verdict_html(choice))}"
            "</details>"
            for choice in self.choices
        )
        return _frame(_question_html(self.question) + choices)

    @property
    def text(self) -> str:
        """The quiz as text; the feedback stands below the choices."""
        letters = {choice: chr(ord("a") + i) for i, choice in enumerate(self.choices)}
        lines = [_wrap(self.question)]
        lines += [_wrap(f"{letter}) {choice}", "  ") for choice, letter in letters.items()]
        lines += ["Answers:"]
        lines += [_wrap(f"{letter}: {self.verdict(c)}", "  ") for c, letter in letters.items()]
        return "\n".join(lines)

    def widget(self) -> Any:
        """Return the quiz as ipywidgets: radio buttons, and a button that checks the choice."""
        import ipywidgets

        wide = {"width": "auto", "max_width": "100%"}
        options = [(choice.replace("`", ""), choice) for choice in self.choices]
        radio = ipywidgets.RadioButtons(options=options, value=None, layout=wide)
        button = ipywidgets.Button(description="Check", disabled=True)
        feedback = ipywidgets.HTML()

        def choose(_: Any) -> None:
            button.disabled = radio.value is None
            feedback.value = ""  # the old feedback does not belong to the new choice

        def check(_: Any) -> None:
            feedback.value = _status(self._verdict_html(radio.value))

        radio.observe(choose, names="value")
        button.on_click(check)
        question = ipywidgets.HTML(_question_html(self.question))
        return ipywidgets.VBox([question, radio, button, feedback])


def recall(question: str, answer: str, why: str = "", tag: str = "") -> Recall:
    """Ask an open question whose answer opens on demand; `tag` names its topic.

    Raises ValueError when the question or the answer is empty.
    """
    if not question.strip() or not answer.strip():
        raise ValueError("recall(question, answer): neither may be empty")
    return Recall(question, answer, why, tag)


def quiz(question: str, choices: Mapping[str, str], *, right: str) -> Quiz:
    """Ask for one of `choices`, a mapping of each choice to its feedback.

    Raises ValueError when there are fewer than two choices, a choice has no feedback, or `right`
    is none of them.
    """
    if len(choices) < 2:
        raise ValueError(f"quiz({question!r}): give two choices or more")
    if silent := [choice for choice, feedback in choices.items() if not feedback.strip()]:
        raise ValueError(f"quiz({question!r}): the choice {silent[0]!r} has no feedback")
    if right not in choices:
        raise ValueError(f"quiz({question!r}): right={right!r} is none of {list(choices)}")
    return Quiz(question, dict(choices), right)


def _frame(body: str) -> str:
    return f'<div style="max-width:900px;margin:6px 0">{body}</div>'


def _question_html(question: str, tag: str = "") -> str:
    label = f' <small style="opacity:.75">({escape(tag)})</small>' if tag else ""
    return f'<div style="margin-bottom:4px"><b>{code(question)}</b>{label}</div>'


def _indent(body: str) -> str:
    return f'<div style="margin:4px 0 6px 18px">{body}</div>'


def _status(body: str) -> str:
    """Mark a change so that a screen reader reads it out."""
    return f'<div role="status" style="line-height:1.5">{body}</div>'


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
    )
