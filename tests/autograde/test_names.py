"""Checks draw their values from the NAME that is written in its cell, and an instructor hears whose name is missing."""

import json

import pytest

from autograde.grade import Master, grade
from autograde.names import EMPTY, Names, written
from tests.autograde import school
from tests.autograde.tiny import LIMITS, cell, points

DRAW = """
import awslab
from awslab import learner, score

VERSION = awslab.draw("names").number("VERSION", 1, 1_000_000)
"""
CHECK = """
with score(2) as s:
    again = awslab.draw("names").number("VERSION", 1, 1_000_000)
    s.met(1, "the same values again", again == VERSION, found=again)
    s.met(1, "the answer", learner["answer"] == VERSION, found=learner["answer"])
s
"""


def named(source):
    """Return the cell that a name is written into."""
    return cell(source) | {"id": "name"}


def notebook(source, answer):
    """Return the cells of an assignment with a drawn value."""
    settings = {"locked": True, "solution": False}
    return [
        named(source),
        cell(DRAW, "setup", grade=False, **settings),
        cell(answer, "answer", locked=False, solution=True, grade=False),
        cell(CHECK, "check-answer", grade=True, points=2, **settings),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "answer", "earned"),
    [
        ('NAME = "ann"', "answer = VERSION", 2),
        # Afterwards the checks would draw a neighbour's values, whose answer is known.
        (
            'NAME = "ann"',
            'NAME = "bob"\nanswer = awslab.draw("names").number("VERSION", 1, 10**6)',
            1,
        ),
        ('NAME = "ann"', "VERSION = answer = 1", 1),
        # Not a text that can be read from the notebook: it is what it was when it was first asked for.
        ('NAME = "a" + "nn"', 'answer = VERSION\nNAME = "bob"', 2),
        ('NAME = ""', "answer = VERSION", 2),
    ],
)
def test_checks_keep_the_name_in_its_cell(zygote, source, answer, earned):
    """Whatever NAME or a drawn value becomes in a cell below, the checks ask for what was drawn at first."""
    master = Master(notebook('NAME = ""', "answer = None"))
    content = {
        "cells": notebook(source, answer),
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    result = grade(json.dumps(content).encode(), master, zygote, LIMITS)

    assert points(result) == {"check-answer": earned}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('NAME = "ann"  # your user name', "ann"),
        ("NAME = ''", ""),
        ('NAME = "a"\nNAME = "b"', "b"),
        ('import os\nNAME = os.environ["USER"]', None),
        ("NAME = 7", None),
        ("name = 'ann'", None),
        ("NAME = ", None),
        ("%pip list", None),
        ("NAME = " + "(" * 5000, None),
    ],
)
def test_a_name_is_a_text_in_its_cell(source, name):
    """It is read, and nothing of the cell is run."""
    assert written([cell("1"), named(source)]) == name


def test_an_instructor_hears_of_missing_and_of_equal_names():
    """Capitals and spaces make no other name; a notebook without such a cell, or none at all, has no name."""
    names = Names()
    for student, source in (("ann", "Ann  B"), ("bob", "ann b"), ("cem", " "), ("dee", "dee")):
        cells = [named(f"NAME = {source!r}")]
        names.note(student, "p1", json.dumps({"cells": cells}).encode())
    names.note("eva", "p1", json.dumps({"cells": [cell("1")]}).encode())
    names.note("fay", "p1", b"no notebook")

    assert names.evidence("ann", "p1") == [
        "NAME is 'ann b', as in the notebook of bob: their values are the same"
    ]
    assert names.evidence("cem", "p1") == [EMPTY]
    assert [names.evidence(who, "p1") for who in ("dee", "eva", "fay", "nobody")] == [[]] * 4


@pytest.mark.slow
def test_the_names_are_in_the_summary_of_each_run(tmp_path, monkeypatch):
    """Also when nothing is graded again; a neighbour who hands in later is seen, too."""
    config = school.make(tmp_path)
    school.fake_engine(monkeypatch)
    content = json.loads(school.answers())
    content["cells"].insert(0, named('NAME = "ann"'))
    data = json.dumps(content).encode()
    school.hand_in(tmp_path, "ann", data)
    first = school.grade(config)["ann"].evidence
    school.hand_in(tmp_path, "bob", data)
    second = school.grade(config)

    assert first == []
    assert ["bob" in second["ann"].evidence[0], "ann" in second["bob"].evidence[0]] == [True] * 2
    assert second["ann"].unchanged
