"""A small course of one lesson and one assignment, built once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from authoring.build import build

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


@pytest.fixture(scope="session")
def built_course(tmp_path_factory):
    """The small course, built; not to be changed."""
    root = tmp_path_factory.mktemp("built") / "course"
    shutil.copytree(HERE / "course", root)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    build(root)
    return root


@pytest.fixture
def course(built_course, tmp_path):
    """A copy of the small course that a test may change."""
    root = tmp_path / "course"
    shutil.copytree(built_course, root)
    return root


@pytest.fixture
def edit():
    """A function that replaces text in a file and fails when the text is not there."""

    def replace(path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace
