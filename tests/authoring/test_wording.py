"""Sentences of the interview's questions are noticed in the course; only hashes of them are known."""

import pytest

from authoring import wording
from authoring.check import check
from authoring.wording import copied, remember, shared

QUESTIONS = """\
Why do teams prefer a managed registry over one that they run themselves?

Push it: docker push <account>.dkr.ecr.<region>.amazonaws.com/my-service:v1.0 after the login
Reasons: "Essential container in task exited because of a fault in the app" (app crashed).
"""


@pytest.fixture
def known(tmp_path, monkeypatch):
    """The file of hashes, made from other questions."""
    path = tmp_path / "windows.txt"
    monkeypatch.setattr(wording, "KNOWN", path)
    remember(QUESTIONS)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "teams prefer a managed registry over one that",
        "So **Teams** prefer a\nmanaged `registry` over one, that they run.",
    ],
)
def test_eight_words_in_a_row_are_noticed(known, text):
    """Punctuation, markup, capitals and the ends of lines hide nothing."""
    (found,) = shared(text)

    assert "line 1: 'teams prefer a managed registry over one that" in found


@pytest.mark.parametrize(
    "text",
    [
        "Teams prefer a managed registry over one.",
        "!docker push {ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/my-service:v1.0",
        "account dkr ecr region amazonaws com my service v1 0",
        '"Essential container in task exited because of a fault in the app"',
    ],
)
def test_short_phrases_commands_and_errors_are_free(known, text):
    """Seven words may agree by chance, and a command or an error message has one form."""
    assert shared(text) == []


def test_no_word_can_be_read_in_the_file(known):
    """The questions are somebody's text: the repository holds none of it."""
    lines = known.read_text().splitlines()

    assert len(lines) == 6
    assert all(len(line) == 10 and int(line, 16) >= 0 for line in lines)


def test_the_course_is_checked(known, course, edit):
    """A sentence taken over is named with its file and line."""
    edit(
        course / "lessons/0-start/lesson.py",
        "# Start here",
        "# Start here\n\nTeams prefer a managed registry over one that they run.",
    )

    assert "lessons/0-start/lesson.py, line 17: 'teams prefer" in copied(course)[0]
    assert any("is the wording of" in failure for failure in check(course, fast=True).failures)
