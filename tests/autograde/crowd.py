"""A class of 200: 120 honest submissions, 40 damaged ones and 40 hostile ones, with what each should end as."""

import copy
import itertools
import json
from dataclasses import dataclass

from tests.autograde import attacks, tiny

GRADED, REPAIRED, PERSON = "graded", "repaired and graded", "needs a person"
WRONG = {
    "bucket": 's3.create_bucket(Bucket="another-bucket")',
    "double": "def double(number):\n    return number * number",
    "answer": 'answer = "s3-24"',
}
ANSWERS = [(tiny.RIGHT, 2), (WRONG, 0), (tiny.EMPTY, 0)]
OWN_CELLS = ["", "1 / 0", "!aws s3 ls", "print('é ü 漢字')", "import time\nlist(range(10**6))[-1]"]
TAMPERED = attacks.TAMPERED | {
    "the check emptied": lambda c: c.update(source=""),
    "the check caught": lambda c: c.update(source=c["source"].replace("score(2)", "score(200)")),
}


@dataclass
class Student:
    """A submission and how it should end."""

    name: str
    data: bytes
    points: float | None
    state: str = GRADED
    file: str = "p1.ipynb"
    reported: bool = False  # has to be among the evidence


def honest():
    """Yield 120 students: every mixture of right, wrong and missing answers, with cells of their own."""
    mixtures = list(itertools.product(ANSWERS, repeat=3))
    for number, own in zip(range(120), itertools.cycle(OWN_CELLS), strict=False):
        chosen = dict(zip(tiny.RIGHT, mixtures[number % len(mixtures)], strict=True))
        answers = {name: texts[name] for name, (texts, _) in chosen.items()}
        extra = [(number % 4, own)] if own else []
        points = sum(points for _, points in chosen.values())
        yield Student(f"honest-{number:03}", tiny.notebook(answers, extra), points)


def _changed(change):
    content = json.loads(tiny.notebook())
    change(content["cells"])
    return json.dumps(content).encode()


def _each(**changes):
    return lambda cells: [cell.update(copy.deepcopy(changes)) for cell in cells]


def _without_ids(cells):
    for number, cell in enumerate(cells):
        cell |= {"metadata": {}, "id": f"new-{number}"}


def _split(cells):
    head, tail = tiny.RIGHT["double"].split("\n")
    cells[3]["source"] = head
    cells.insert(4, cells[3] | {"id": "half", "source": tail})


FULL = sum(tiny.FULL.values())
# What was done, the points, and how it ends.
DAMAGED = [
    (b"", None, PERSON),
    (b"no notebook", None, PERSON),
    (b"[]", None, PERSON),
    (b"\xff\xfe{\0}\0", None, PERSON),
    (b"PK\x03\x04" + bytes(100), None, PERSON),
    (tiny.notebook()[:-200], None, PERSON),
    (b'{"cells": [' + b"1," * 5000 + b"1]}", None, PERSON),
    (b"\xef\xbb\xbf" + tiny.notebook(), FULL, GRADED),
    (tiny.notebook().replace(b'"nbformat": 4', b'"nbformat": 3'), FULL, GRADED),
    (_changed(lambda cells: cells.__delitem__(2)), FULL, REPAIRED),
    (_changed(lambda cells: cells.__delitem__(1)), FULL - 2, REPAIRED),
    (_changed(lambda cells: cells[4].update(cell_type="raw")), FULL, REPAIRED),
    (_changed(lambda cells: cells[3].update(cell_type="markdown")), FULL, REPAIRED),
    (_changed(_split), FULL, REPAIRED),
    (_changed(_without_ids), FULL, REPAIRED),
    (_changed(_each(outputs=7, execution_count="x")), FULL, GRADED),
    (_changed(lambda cells: cells[3].update(source=tiny.RIGHT["double"] + "\0")), FULL, GRADED),
    (_changed(lambda cells: cells[3].update(source=7)), FULL - 2, REPAIRED),
    (_changed(lambda cells: cells.reverse()), FULL, GRADED),
    (_changed(lambda cells: cells.extend([{}, None, "x", 7])), FULL, GRADED),
]


def damaged():
    """Yield 40 students whose files were damaged, half of them under the name that a browser gives."""
    for number in range(40):
        data, points, state = DAMAGED[number % len(DAMAGED)]
        renamed = number >= len(DAMAGED)
        state = REPAIRED if renamed and points is not None else state
        file = "p1 (1).ipynb" if renamed else "p1.ipynb"
        yield Student(f"damaged-{number:03}", data, points, state, file)


def hostile():
    """Yield 40 students who attack the grading; none has the answer in the middle."""
    wrong = tiny.RIGHT | {"double": "pass"}
    number = 0
    for source, after, _ in (attacks.RIGGED | attacks.ENDING).values():
        yield _hostile(number, tiny.notebook(wrong, [(1, source)]), 2 + after)
        number += 1
    for change in itertools.islice(itertools.cycle(TAMPERED.values()), 40 - number):
        content = json.loads(tiny.notebook(wrong))
        for cell in content["cells"]:
            if cell["id"].startswith("check-"):
                change(cell)
        yield _hostile(number, json.dumps(content).encode(), 4)
        number += 1


def _hostile(number, data, points):
    return Student(f"hostile-{number:03}", data, points, reported=True)


def everybody():
    """Return the 200 students."""
    return [*honest(), *damaged(), *hostile()]
