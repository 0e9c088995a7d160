"""The learner's ratings: kept whole, and never lost with a file that cannot be read."""

import json
from datetime import date

import pytest

from awslab.review_file import ReviewFile
from awslab.spacing import Memory

GOOD = Memory(date(2026, 3, 3), row=1, ease=2.5, days=1)
BETTER = Memory(date(2026, 3, 9), row=2, ease=2.6, days=6)


@pytest.fixture
def path(tmp_path):
    """Return where the ratings go; the folder does not exist yet."""
    return tmp_path / ".awslab" / "review.json"


def test_what_is_put_is_there_again(path):
    """Two cards survive a new start, and no half-written file is left."""
    ReviewFile(path).put("a", GOOD)
    ReviewFile(path).put("b", BETTER)

    assert ReviewFile(path).memories == {"a": GOOD, "b": BETTER}
    assert sorted(p.name for p in path.parent.iterdir()) == ["review.json", "review.json.bak"]


def test_what_another_notebook_wrote_is_kept(path):
    """Two notebooks with one file do not overwrite each other's cards."""
    one, two = ReviewFile(path), ReviewFile(path)
    one.put("a", GOOD)
    two.put("b", BETTER)

    assert ReviewFile(path).memories == {"a": GOOD, "b": BETTER}


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", '{"cards": {"a": {"due": "soon"}}}', '{"cards": {"a": 1}}']
)
def test_an_unreadable_file_is_set_aside_and_the_one_before_is_used(path, broken):
    """The note says what happened and where the file is; its content is still there."""
    ReviewFile(path).put("a", GOOD)
    ReviewFile(path).put("b", BETTER)
    path.write_text(broken, encoding="utf-8")
    found = ReviewFile(path)

    assert found.memories == {"a": GOOD}
    assert "kept as review.unreadable-1.json" in found.notes[0]
    assert (path.parent / "review.unreadable-1.json").read_text(encoding="utf-8") == broken


def test_a_first_file_that_is_unreadable_starts_anew_and_is_kept(path):
    """Without a version before, the ratings start anew, and say so."""
    path.parent.mkdir()
    path.write_text("{", encoding="utf-8")
    found = ReviewFile(path)
    found.put("a", GOOD)

    assert "start anew" in found.notes[0]
    assert json.loads(path.read_text(encoding="utf-8"))["cards"].keys() == {"a"}
    assert (path.parent / "review.unreadable-1.json").exists()


def test_nothing_is_read_or_written_before_the_first_rating(path):
    """Looking at what is due makes no file."""
    assert ReviewFile(path).memories == {}
    assert not path.parent.exists()
