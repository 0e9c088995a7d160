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
