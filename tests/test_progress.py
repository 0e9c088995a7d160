"""The table of a learner's progress."""

import json

import pytest

from awslab.progress import progress
from awslab.show.checks import SCORE_JSON


def _check(points, outputs):
    meta = {"grade": True, "points": points, "grade_id": "check-a"}
    return {"cell_type": "code", "metadata": {"nbgrader": meta}, "outputs": outputs}


def test_counts_what_the_last_saved_run_gave(tmp_path):
    """A check that was never run counts in the total only; an unreadable file is named."""
    ran = [{"output_type": "display_data", "data": {SCORE_JSON: {"points": 2}}}]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.ipynb").write_text(json.dumps({"cells": [_check(3, ran), _check(4, [])]}))
    (tmp_path / "a" / "b.ipynb").write_text("not a notebook")
    picture = progress(tmp_path)

    assert picture.data[0] == {
        "assignment": "a", "unreadable": False, "checks": 2, "run": 1, "points": 2, "of": 7,
    }  # fmt: skip
    assert "2 of 7" in picture.html
    assert "cannot be read" in picture.text


def test_no_folder(tmp_path):
    """The error says where the assignments are."""
    with pytest.raises(FileNotFoundError, match="release/"):
        progress(tmp_path / "none")


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"cells": [{"cell_type": "code"}]}', '{"cells": 1}', "\xff"]
)
def test_what_is_no_notebook_is_named_and_hides_no_other(tmp_path, text):
    """A half-written file is a row of its own; the rest is still counted."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.ipynb").write_bytes(text.encode("latin-1"))
    (tmp_path / "a" / "b.ipynb").write_text(json.dumps({"cells": [_check(3, [])]}))

    assert [row["unreadable"] for row in progress(tmp_path).data] == [True, False]


def test_only_graded_cells_count(tmp_path):
    """Answers, free cells and Markdown have no points of their own here."""
    cells = [
        _check(3, []),
        {"cell_type": "code", "metadata": {"nbgrader": {"solution": True}}, "outputs": []},
        {"cell_type": "code", "metadata": {}, "outputs": []},
        {"cell_type": "markdown", "metadata": {"nbgrader": {"grade": True, "points": 5}}},
    ]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.ipynb").write_text(json.dumps({"cells": cells}))
    [row] = progress(tmp_path).data

    assert (row["checks"], row["of"]) == (1, 3)


def test_an_empty_folder_says_so(tmp_path):
    """Before anything was handed out."""
    picture = progress(tmp_path)

    assert (picture.text, picture.data) == ("No assignment yet.", [])
    assert "No assignment here yet." in picture.html
