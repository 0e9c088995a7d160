"""A submission in any state becomes the master notebook with what the learner wrote, or is unreadable."""

import json

import nbformat
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from autograde import rebuild as module
from autograde.rebuild import LEARNERS, Unreadable, read, rebuild, role
from tests.autograde import submissions

MASTER = submissions.master()
HONEST = submissions.honest()
TEXTS = [submissions.text(cell) for cell in HONEST["cells"]]
# What the honest submission is graded as: the learner's cells in the master's notebook.
WANTED = [
    text if role(cell) in LEARNERS else cell["source"]
    for cell, text in zip(MASTER, TEXTS, strict=True)
]
SOLUTIONS = [i for i, cell in enumerate(MASTER) if role(cell) == "solution"]
CHECKS = [i for i, cell in enumerate(MASTER) if role(cell) == "check"]
FIRST, SECOND = SOLUTIONS[:2]


def graded(data):
    """Return the sources of the rebuilt notebook, and the repairs."""
    rebuilt = rebuild(MASTER, read(data))
    return [cell["source"] for cell in rebuilt.cells], rebuilt.repairs


def _strip(cells):
    for cell in cells:
        cell["metadata"] = {}


def _strip_all(cells):
    _strip(cells)
    for cell in cells:
        cell.pop("id", None)


def _new_ids(cells):
    for number, cell in enumerate(cells):
        cell["id"] = f"new-{number}"


def _wrong_grade_ids(cells):
    for cell in cells:
        cell["metadata"] = {"nbgrader": {"grade_id": MASTER[FIRST]["id"], "points": 99}}


def _delete_checks(cells):
    cells[:] = [cell for i, cell in enumerate(cells) if i not in CHECKS]


def _retype_checks(cells):
    for index in CHECKS:
        cells[index]["cell_type"] = "raw"


def _edit_checks(cells):
    for index in CHECKS:
        cells[index]["source"] = "from awslab import score\nprint('all points')"


def _copy_before_solving(cells):
    copied = dict(cells[FIRST], id="copied", source=MASTER[FIRST]["source"])
    cells.insert(FIRST + 1, copied)


def _retype(cells):
    cells[FIRST]["cell_type"] = "markdown"


def _lists(cells):
    for cell in cells:
        cell["source"] = submissions.text(cell).splitlines(keepends=True)


def _nul(cells):
    cells[FIRST]["source"] = "\0" + submissions.text(cells[FIRST]) + "\0"


def _note(cells):
    cells.insert(FIRST, {"cell_type": "markdown", "source": "A note", "metadata": {}})


def _strip_and_note(cells):
    _note(cells)
    _strip_all(cells)


@pytest.mark.parametrize(
    ("change", "repair"),
    [
        (lambda cells: None, None),
        (_lists, None),
        (_strip, None),
        (_new_ids, None),
        (_strip_all, "by their place"),
        (_strip_and_note, "by their place"),
        (_wrong_grade_ids, None),
        (_delete_checks, "the cell was deleted"),
        (_retype_checks, "type was changed"),
        (_edit_checks, None),
        (_copy_before_solving, "2 cells have this id"),
        (_retype, "type was changed"),
        (_nul, None),
        (_note, None),
    ],
)
def test_a_submission_comes_back_with_exactly_its_own_cells(change, repair):
    """Whatever has happened around the learner's answers, they are graded, and the repair is named."""
    sources, repairs = graded(submissions.changed(change))

    assert sources == WANTED
    assert bool(repairs) == (repair is not None)
    assert repair is None or all(repair in line for line in repairs)


def test_a_split_cell_is_joined():
    """Both halves of a cell that was split keep its grade id."""

    def split(cells):
        head, tail = submissions.text(cells[FIRST]).split("\n", 1)
        cells[FIRST]["source"] = head
        cells.insert(FIRST + 1, dict(cells[FIRST], id="second-half", source=tail))

    sources, repairs = graded(submissions.changed(split))

    assert sources == WANTED
    assert ["2 cells have this id" in line for line in repairs] == [True]


def test_a_deleted_answer_is_graded_as_handed_out():
    """Without its cell an exercise is not attempted; the others keep their answers."""
    sources, repairs = graded(submissions.changed(lambda cells: cells.pop(FIRST)))

    assert sources[FIRST] == MASTER[FIRST]["source"]
    assert sources[FIRST + 1 :] == WANTED[FIRST + 1 :]
    assert MASTER[FIRST]["id"] in repairs[0]


def test_added_cells_stay_where_they_are():
    """A helper's cell is run between the cells it was written between; added text is not."""

    def add(cells):
        cells.insert(SECOND, {"cell_type": "code", "source": "helper = 1", "metadata": {}})
        cells.insert(SECOND, {"cell_type": "markdown", "source": "A note", "metadata": {}})

    sources, repairs = graded(submissions.changed(add))

    assert sources == [*WANTED[:SECOND], "helper = 1", *WANTED[SECOND:]]
    assert repairs == []


def test_too_many_added_cells_are_left_out():
    """A thousand added cells cost nobody's time; that they were left out is said."""
    extra = [{"cell_type": "code", "source": f"x = {i}", "metadata": {}} for i in range(1000)]

    sources, repairs = graded(submissions.changed(lambda cells: cells.extend(extra)))

    assert sources == WANTED
    assert "left out" in repairs[0]


def test_points_and_locks_are_the_masters():
    """Nothing of the submission's metadata is graded, the points least of all."""

    def cheat(cells):
        for index in CHECKS:
            cells[index]["metadata"]["nbgrader"] |= {"points": 1000, "locked": False}

    rebuilt = rebuild(MASTER, read(submissions.changed(cheat)))

    assert [cell["metadata"] for cell in rebuilt.cells] == [cell["metadata"] for cell in MASTER]


def _version_3():
    current = nbformat.from_dict(HONEST)
    return nbformat.writes(nbformat.convert(current, 3), 3).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbf" + submissions.data(HONEST), id="byte-order-mark"),
        pytest.param(submissions.data(HONEST | {"nbformat": 3}), id="says-3-is-4"),
        pytest.param(submissions.data(HONEST | {"nbformat": 5}), id="says-5"),
        pytest.param(submissions.data(HONEST | {"nbformat": None, "metadata": []}), id="says-none"),
        pytest.param(_version_3(), id="is-3"),
        pytest.param(submissions.data({"cells": HONEST["cells"]}), id="cells-only"),
    ],
)
def test_any_format_of_notebook_is_read(data):
    """The format's number and what surrounds the cells do not matter."""
    sources, _ = graded(data)

    assert [sources[i] for i in SOLUTIONS] == [WANTED[i] for i in SOLUTIONS]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b"[]", "not a notebook", id="list"),
        pytest.param(b"null", "not a notebook", id="null"),
        pytest.param(b'{"cells": {}}', "no cells", id="cells-no-list"),
        pytest.param(b"{}", "no cells", id="no-cells"),
        pytest.param(submissions.data(HONEST)[:-100], "not JSON", id="cut-off"),
        pytest.param(b"\xff\xfe{\0}\0", "UTF-8", id="utf-16"),
        pytest.param(b"PK\x03\x04" + bytes(100), "not JSON", id="zip"),
        pytest.param(b"[" * 200_000, "not JSON", id="deep"),
        pytest.param(b"1" * 10_000, "not JSON", id="long-number"),
        pytest.param(b'{"worksheets": 7, "nbformat": 3}', "format 3", id="broken-3"),
        pytest.param(b'{"cells": [' + b"1," * 5000 + b"1]}", "3000 are read", id="cells"),
    ],
)
def test_what_is_no_notebook_is_unreadable_with_the_reason(data, reason):
    """The instructor reads why nobody but a person can grade it."""
    with pytest.raises(Unreadable, match=reason):
        read(data)


def test_a_file_of_50_mb_is_read_and_a_larger_one_is_not(monkeypatch):
    """Pictures in the outputs do not cost marks; what fills the memory is not parsed."""
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 50_000_000}}

    def paste(cells):
        cells[FIRST]["outputs"] = [picture]

    large = submissions.changed(paste)
    sources, _ = graded(large)
    monkeypatch.setattr(module, "LONGEST", len(large) - 1)

    assert sources == WANTED
    with pytest.raises(Unreadable, match="50 MB"):
        read(large)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("code"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | JSON,
        "source": st.text(max_size=30) | st.lists(st.text(max_size=9), max_size=3) | JSON,
        "id": st.sampled_from([cell["id"] for cell in MASTER]) | JSON,
        "metadata": st.dictionaries(st.just("nbgrader"), JSON) | JSON,
    },
)
WHERE = st.integers(0, len(MASTER) - 1)
CHANGE = st.one_of(
    st.tuples(st.just("delete"), WHERE),
    st.tuples(st.just("copy"), WHERE, WHERE),
    st.tuples(st.just("insert"), WHERE, CELL),
    st.tuples(st.just("replace"), WHERE, JSON),
    st.tuples(
        st.just("set"), WHERE, st.sampled_from(["cell_type", "source", "id", "metadata"]), JSON
    ),
    st.tuples(st.just("strip"), WHERE),
)
FUZZ = settings(
    max_examples=700,
    deadline=None,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def _apply(cells, change):
    """Change a list of cells in one of the ways that people and programs change it."""
    what, where, *more = change
    if not cells:
        return
    where %= len(cells)
    if what == "delete":
        del cells[where]
    elif what == "copy":
        cells.insert(more[0], cells[where])
    elif what == "insert":
        cells.insert(where, more[0])
    elif what == "replace":
        cells[where] = more[0]
    elif isinstance(cells[where], dict):
        cell = {k: v for k, v in cells[where].items() if what != "strip" or k == "source"}
        cells[where] = cell | ({more[0]: more[1]} if what == "set" else {})


@FUZZ
@given(st.lists(CHANGE, min_size=1, max_size=12))
def test_a_mutated_submission_is_always_rebuilt(changes):
    """Whatever happens to a real submission's cells, the checks are run, each once, in their order."""
    cells = list(HONEST["cells"])
    for change in changes:
        _apply(cells, change)
    rebuilt = rebuild(MASTER, read(submissions.data({"cells": cells})))
    own = [cell for cell in rebuilt.cells if not cell["metadata"].get("extra")]

    assert [cell["metadata"] for cell in own] == [cell["metadata"] for cell in MASTER]
    assert [c["source"] for c in own if role(c) == "check"] == [WANTED[i] for i in CHECKS]
    json.dumps([cell["source"] for cell in rebuilt.cells], ensure_ascii=False).encode()


@FUZZ
@given(st.data())
def test_damaged_bytes_are_rebuilt_or_unreadable(data):
    """Bytes lost, changed or added anywhere in a file raise Unreadable at worst."""
    content = bytearray(FILE)
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(content) - 1))
        content[where : where + data.draw(st.integers(0, 50))] = data.draw(st.binary(max_size=8))
    try:
        found = rebuild(MASTER, read(bytes(content)))
    except Unreadable as error:
        found = str(error)

    assert found


FILE = submissions.data(HONEST)


@settings(FUZZ, max_examples=300)
@given(st.one_of(JSON, st.dictionaries(st.sampled_from(["cells", "worksheets", "nbformat"]), JSON)))
def test_any_json_is_rebuilt_or_unreadable(content):
    """JSON of any form raises Unreadable at worst."""
    try:
        found = rebuild(MASTER, read(submissions.data(content)))
    except Unreadable as error:
        found = str(error)

    assert found
