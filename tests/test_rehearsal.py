"""A question is rehearsed and rated, and the review asks for it when it is due."""

from datetime import date
from pathlib import Path

import ipywidgets
import pytest

from awslab import key_points, rehearsal, rehearse, review
from awslab.bank import CARDS
from awslab.review_file import ReviewFile

DAY = date(2026, 3, 2)
NEXT = date(2026, 3, 3)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Return a file for the ratings, on a fixed day."""
    monkeypatch.setattr(rehearsal, "today", lambda: DAY)
    return tmp_path / "review.json"


@pytest.fixture
def asked(file):
    """Ask a question with two key points."""
    return rehearse(
        "Q0",
        "What is a task?",
        {"copy": "running, copy", "x": "definition"},
        "One.\n\nTwo.",
        file=file,
    )


def every(widget, kind):
    """Return all widgets of a kind inside a widget."""
    found = [widget] if isinstance(widget, kind) else []
    return found + [w for child in getattr(widget, "children", ()) for w in every(child, kind)]


def button(widget, name):
    """Return the button with a description."""
    return next(b for b in every(widget, ipywidgets.Button) if b.description == name)


def rate(widget, rating):
    """Show the answer of a review's card, rate it, and return the button that did."""
    button(widget, "Show the answer").click()
    pressed = button(widget, rating)
    pressed.click()
    return pressed


def texts(widget):
    """Return everything that is shown as HTML."""
    return " ".join(html.value for html in every(widget, ipywidgets.HTML))


def test_the_answer_is_compared_and_the_model_shown_on_demand(asked):
    """Nothing is given away before the learner asks for it."""
    box = asked.widget()
    before = texts(box)
    every(box, ipywidgets.Textarea)[0].value = "A running copy."
    button(box, "Compare with key points").click()
    button(box, "Show a model answer").click()

    assert "One." not in before
    assert "1 of 2 key points found." in texts(box)
    assert "<p>One.</p><p>Two.</p>" in texts(box)


def test_the_browser_counts_two_minutes(asked):
    """A player drives the clock without the kernel; nothing waits in Python."""
    [play] = every(asked.widget(), ipywidgets.Play)

    assert (play.max, play.interval) == (120, 1000)


def test_a_rating_is_kept_and_says_when_it_comes_back(asked, file):
    """The row below the question writes the file."""
    box = asked.widget()
    button(box, "good").click()

    assert "It comes back tomorrow." in texts(box)
    assert ReviewFile(file).memories["Q0"].due == NEXT


def test_a_second_rating_replaces_the_first(asked, file):
    """Who presses the wrong button presses another one; it does not count twice."""
    box = asked.widget()
    for rating in ("good", "good", "again"):
        button(box, rating).click()

    assert ReviewFile(file).memories["Q0"].due == DAY
    assert "It comes back today." in texts(box)


def test_a_double_click_in_a_review_rates_one_card_once(file):
    """The second click was meant for the first card, which is answered."""
    box = review(DAY, new=2, file=file).widget()
    easy = rate(box, "easy")
    easy.click()

    assert [m.days for m in ReviewFile(file).memories.values()] == [1]
    assert "1 to go." in texts(box)


def test_the_next_card_is_there_before_the_head_says_so(file):
    """A click made as soon as the head changes is the next card's, and the answered card takes none."""
    box = review(DAY, new=2, file=file).widget()
    head, place = box.children
    first = button(box, "easy")
    seen = []
    place.observe(lambda _: seen.append((first.disabled, "2 to go." in head.value)), "children")
    rate(box, "easy")

    assert seen == [(True, True)]
    assert "1 to go." in head.value
    assert button(box, "easy") is not first


def test_a_card_is_rated_once_its_answer_was_shown(file):
    """One recalls first; a double click on the card before cannot rate this one."""
    box = review(DAY, new=1, file=file).widget()
    easy, show = button(box, "easy"), button(box, "Show the answer")
    easy.click()
    before, told = easy.disabled, texts(box)
    show.click()
    shown = easy.disabled
    show.click()

    assert ReviewFile(file).memories == {}
    assert (before, shown, easy.disabled) == (True, False, False)
    assert "show the answer, then rate yourself" in told
    assert "then rate yourself" not in texts(box)


def test_an_answered_card_is_not_rated_again(file):
    """Not even when its answer, which is still on its way out, is shown once more."""
    box = review(DAY, new=2, file=file).widget()
    show = button(box, "Show the answer")
    easy = rate(box, "easy")
    show.click()

    assert easy.disabled


def test_a_folder_that_cannot_be_written_is_said(file):
    """The rating is not kept, the learner learns why, and may try again."""
    file.write_text("not a folder", encoding="utf-8")
    box = rehearse("Q0", "What?", {"x": "y"}, "That.", file=file / "review.json").widget()
    button(box, "good").click()

    assert "Not kept:" in texts(box)


def test_without_a_kernel_key_points_and_answer_open_by_themselves(asked):
    """The static form has no script and no button."""
    assert asked.html.count("<details>") == 2
    assert "<script" not in asked.html
    assert "One." in asked.text


def test_a_question_without_points_is_refused():
    """There would be nothing to compare with."""
    with pytest.raises(ValueError, match="may not be empty"):
        rehearse("Q0", "What?", {}, "That.")


def test_a_review_asks_one_card_after_the_other(file):
    """A card that was not remembered comes once more in the same sitting."""
    box = review(DAY, new=2, file=file).widget()
    first, second = (card.id for card in CARDS[:2])
    rate(box, "again")
    rate(box, "good")
    left = texts(box)
    rate(box, "easy")
    memories = ReviewFile(file).memories

    assert "1 to go" in left
    assert "Nothing more is due." in texts(box)
    assert {name: m.due for name, m in memories.items()} == {first: NEXT, second: NEXT}


def test_what_was_known_today_is_not_due_today(file):
    """Tomorrow it is, before new cards."""
    rate(review(DAY, new=1, file=file).widget(), "good")

    assert review(DAY, new=0, file=file).due == []
    assert review(NEXT, new=1, file=file).due == [CARDS[0].id, CARDS[1].id]


@pytest.mark.parametrize("lesson", ["6.3.a", "6.3.b", "6.3.c", "6.3.d"])
def test_a_review_can_stay_with_one_lesson(file, lesson):
    """Only its cards are asked, and the static form shows them."""
    asked = review(DAY, new=100, lesson=lesson, file=file)

    assert {asked.cards[name].lesson for name in asked.due} == {lesson}
    assert asked.html.count("<details>") == len(asked.due)


def test_a_lesson_without_cards_is_named(file):
    """The message lists those that have some."""
    with pytest.raises(ValueError, match=r"'9.9'.*6.3.a, 6.3.b"):
        review(DAY, lesson="9.9", file=file)


LESSON = Path(__file__).resolve().parent.parent / "lessons/6.3-interview/lesson.py"


def questions():
    """Return the questions of the interview lesson, each as its cell makes it."""
    cells = LESSON.read_text(encoding="utf-8").split("# %%")
    return [
        eval(cell.partition("\n")[2], {"rehearse": rehearse})
        for cell in cells
        if cell.startswith(" hide\nrehearse(")
    ]


def test_all_eleven_questions_are_rehearsed():
    """Q1 to Q11, in their order."""
    assert [asked.name for asked in questions()] == [f"Q{n}" for n in range(1, 12)]


@pytest.mark.parametrize("asked", questions(), ids=lambda asked: asked.name)
def test_a_model_answer_has_all_its_key_points(asked):
    """What the course says itself is found by its patterns; words about something else are not."""
    assert key_points(asked.answer, asked.points).missing == []
    assert key_points("The weather is fine and we had tea with cake.", asked.points).found == []
