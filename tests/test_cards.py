"""Recall cards answer at once with a kernel, and open without one."""

import types

import IPython
import ipywidgets
import pytest

from awslab.cards import quiz, recall

VIEW = "application/vnd.jupyter.widget-view+json"
CHOICES = {"`MUTABLE`": "A tag may be pushed again.", "IMMUTABLE": "ECR refuses `latest`."}


def card():
    return recall("What is a digest?", "The hash of a manifest.", why="It never moves.", tag="ECR")


def question():
    return quiz("Which mode lets `latest` move?", CHOICES, right="`MUTABLE`")


def find(box, kind):
    return [child for child in box.children if isinstance(child, kind)]


@pytest.fixture
def kernel(monkeypatch):
    """Stand for a Jupyter kernel."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(IPython, "get_ipython", lambda: types.SimpleNamespace(kernel=object()))


@pytest.mark.parametrize("make", [card, question])
def test_with_a_kernel_a_widget_comes_beside_the_static_form(kernel, make):
    """JupyterLab takes the widget, whatever cannot show it takes the HTML or the text."""
    shown = make()
    bundle = shown._repr_mimebundle_()

    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert bundle["text/html"] == shown.html
    assert bundle["text/plain"] == repr(shown)


@pytest.mark.parametrize("make", [card, question])
@pytest.mark.parametrize("shell", [None, types.SimpleNamespace()])
def test_without_a_kernel_there_is_no_widget(monkeypatch, make, shell):
    """A script and IPython's terminal get the text."""
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    assert set(make()._repr_mimebundle_()) == {"text/html", "text/plain"}


@pytest.mark.parametrize("make", [card, question])
def test_nbgrader_gets_no_widget(kernel, monkeypatch, make):
    """In feedback a widget would be blank."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    assert VIEW not in make()._repr_mimebundle_()


def test_the_answer_opens_and_closes():
    """The button shows the answer, its reason, and takes them away again."""
    box = card().widget()
    [button], answer = find(box, ipywidgets.Button), find(box, ipywidgets.HTML)[-1]
    before = answer.value
    button.click()
    opened = answer.value
    button.click()

    assert before == ""
    assert "The hash of a manifest." in opened
    assert "It never moves." in opened
    assert 'role="status"' in opened
    assert answer.value == ""
    assert button.description == "Show the answer"


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ("`MUTABLE`", "Right. A tag may be pushed again."),
        ("IMMUTABLE", "Not this one. ECR refuses <code>latest</code>."),
    ],
)
def test_each_choice_has_its_own_feedback(choice, says):
    """Nothing is chosen at first; a new choice takes the old feedback away."""
    box = question().widget()
    [radio], [button] = find(box, ipywidgets.RadioButtons), find(box, ipywidgets.Button)
    feedback = find(box, ipywidgets.HTML)[-1]
    at_first = (radio.value, button.disabled)
    radio.value = choice
    button.click()
    told = feedback.value
    radio.value = next(other for other in CHOICES if other != choice)

    assert at_first == (None, True)
    assert button.disabled is False
    assert says in told
    assert feedback.value == ""


def test_the_static_quiz_gives_feedback_by_choice():
    """Opening one choice does not tell the others."""
    page = question().html

    assert page.count("<details>") == 2
    assert "<summary><code>MUTABLE</code></summary>" in page
    assert "Which mode lets <code>latest</code> move?" in page


@pytest.mark.parametrize("make", [card, question])
def test_the_text_keeps_answers_below_the_question(make):
    """Who reads in a terminal can think first."""
    lines = repr(make()).splitlines()

    assert lines[0].endswith("?")
    assert "Answer" in "".join(lines[1:])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: quiz("q", {"a": "x"}, right="a"), "two choices or more"),
        (lambda: quiz("q", {"a": "x", "b": " "}, right="a"), "the choice 'b' has no feedback"),
        (lambda: quiz("q", {"a": "x", "b": "y"}, right="c"), "right='c' is none of"),
        (lambda: recall("", "x"), "neither may be empty"),
        (lambda: recall("x", " "), "neither may be empty"),
    ],
)
def test_the_authors_mistake_is_named(wrong, says):
    """A card that cannot be answered is refused when the notebook is built."""
    with pytest.raises(ValueError) as raised:
        wrong()

    assert says in str(raised.value)
