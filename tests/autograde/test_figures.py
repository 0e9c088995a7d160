"""What a class's results say about the exercises, as numbers, text and a page."""

import re
import xml.etree.ElementTree as ET

import pytest

from autograde.figures import figures
from autograde.report import as_page, as_text
from autograde.scores import SCORE_JSON

SLIP = "the tag is `latest` <again>"


def row(state, label="two tags", slip=""):
    """Return one row of a score's explanation."""
    return {"state": state, "label": label, "slip": slip}


def entry(student, points, rows=(), seconds=0.5):
    """Return a ledger's entry: points by check, and what the first check has explained."""
    cells = [
        {
            "cell_type": "code",
            "metadata": {
                "nbgrader": {"grade_id": name, "grade": True, "solution": name == "essay"}
            },
            "seconds": seconds * (number + 1),
            "outputs": [{"output_type": "display_data", "data": {SCORE_JSON: {"rows": list(rows)}}}]
            if not number
            else [],
        }
        for number, name in enumerate(points)
    ]
    scores = {name: [value, 2.0] for name, value in points.items()}
    return {
        "student": student,
        "scores": scores,
        "result": {"cells": cells, "seconds": seconds},
    }


CLASS = [
    entry("ann", {"tags": 2.0, "push": 2.0, "essay": None}, [row("met")]),
    entry("bob", {"tags": 2.0, "push": 2.0, "essay": None}, [row("met")], 1.5),
    entry("cem", {"tags": 0.0, "push": 1.0, "essay": None}, [row("missed", slip=SLIP)]),
    entry("dee", {"tags": 0.0, "push": 0.0, "essay": None}, [row("missed", slip=SLIP)]),
    entry("eva", {"tags": 0.0, "push": 2.0, "essay": 0.0}, [row("missed"), row("missed")]),
    {"student": "fay", "scores": {}, "reason": "the file is not JSON"},
]
FOUND = figures(CLASS)
TAGS, PUSH = FOUND.exercises


def test_pass_rates_and_means_are_of_those_who_were_graded():
    """A check that a person grades and a submission that nobody could grade do not count."""
    assert [exercise.name for exercise in FOUND.exercises] == ["tags", "push"]
    assert TAGS.passed == pytest.approx(2 / 5)
    assert PUSH.mean == pytest.approx(7 / 10)
    assert FOUND.people == 1
    assert FOUND.totals == [4.0, 4.0, 1.0, 0.0, 2.0]


def test_mistakes_have_names_and_count_once_a_student():
    """A known slip is named by its sentence, any other mistake by what was checked."""
    assert TAGS.mistakes.most_common() == [(SLIP, 2), ("missed: two tags", 1)]
    assert PUSH.mistakes == {"no full points": 2}


def test_discrimination_is_the_correlation_with_the_other_exercises():
    """Who has full points in `tags` has more points in `push`: the coefficient, worked out by hand."""
    # full: 1 1 0 0 0; rest: 2 2 1 0 2; means 0.4 and 1.4; sums of products 1.2, 1.2 and 3.2.
    assert TAGS.discrimination == pytest.approx(1.2 / (1.2 * 3.2) ** 0.5)


@pytest.mark.parametrize("points", [0.0, 2.0])
def test_an_exercise_that_all_pass_or_none_sorts_nobody(points):
    """There is no correlation with a constant."""
    same = figures([entry(name, {"tags": points, "push": p}) for name, p in (("a", 0), ("b", 2))])

    assert same.exercises[0].discrimination is None


def test_the_time_of_an_exercise_is_that_of_its_answer_and_its_check():
    """From the check before on, without given cells; the median of the class, and none where nothing was measured."""
    given = {"cell_type": "code", "metadata": {"nbgrader": {"locked": True}}, "seconds": 9.0}
    own = {"cell_type": "code", "metadata": {}, "seconds": 0.25}
    one = entry("ann", {"tags": 2.0, "push": 2.0})
    one["result"]["cells"][1:1] = [given, own]
    old = entry("bob", {"tags": 2.0})
    del old["result"]["cells"][0]["seconds"]

    assert [exercise.time for exercise in figures([one]).exercises] == [0.5, 1.25]
    assert figures([old]).exercises[0].time is None


def test_the_text_names_each_exercise_with_its_mistakes():
    """The instructor sees at once where the class fails and how."""
    text = as_text("6.3.a-ecr", FOUND)

    assert "5 graded, 1 for a person; median 2 of 4 points; 0.50 s" in text
    assert re.search(r"tags +40% +40% +0.61 +0.50 s", text)
    assert re.search(r"push +60% +70% +\S+ +1.00 s", text)
    assert f"2 x {SLIP}" in text


def test_the_page_needs_no_network_and_is_accessible():
    """Well-formed, in one file, with a language, headings, light and dark colours and described pictures."""
    page = as_page("6.3.a-ecr", FOUND)
    body = ET.fromstring(
        page.replace("<!DOCTYPE html>", "")
        .replace('initial-scale=1">', '"/>')
        .replace('<meta charset="utf-8">', "")
    )
    pictures = list(body.iter("svg"))

    assert body.get("lang") == "en"
    assert next(h.text for h in body.iter("h2")) == "Full points by exercise"
    assert all(p.get("role") == "img" and p.get("aria-label") for p in pictures)
    assert len(pictures) == 2
    assert "prefers-color-scheme: dark" in page
    assert not re.search(r"https?:|<script|<link|src=", page)
    assert "&lt;again&gt;" in page


def test_nobody_graded_is_reported_all_the_same():
    """A class whose submissions all need a person has a report, too."""
    nobody = figures(CLASS[-1:])

    assert "0 graded, 1 for a person" in as_text("a", nobody)
    assert "Submissions by points: none" in as_page("a", nobody)
