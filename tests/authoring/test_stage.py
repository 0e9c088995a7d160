"""Many variants of a notebook in one kernel: each finds what a run from the top would."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from authoring.rewind import is_plain
from authoring.run import Worker, errors

pytestmark = pytest.mark.slow

TOP = """
import os
from pathlib import Path
import boto3
import awslab
cloud = awslab.start()
cloud.reset()
ecr = boto3.client("ecr")
"""
SEEN = """
print(sorted(name for name in ("extra", "given") if name in globals()), given, cloud.now.minute)
print([r["repositoryName"] for r in ecr.describe_repositories()["repositories"]])
print(sorted(str(p) for p in Path().rglob("*")), os.environ.get("EXTRA"), Path.cwd().name)
!docker images -q
"""
SPOIL = """
extra, given["list"], ecr = 1, 2, None
os.environ["EXTRA"] = "x"
Path("files/kept.txt").unlink()
Path("new/folder").mkdir(parents=True)
os.chdir("new")
cloud.advance("7 min")
boto3.client("ecr").create_repository(repositoryName="spoilt")
!docker build -q -t spoilt:1 ../image
"""


def book(given, answer):
    """Return a notebook whose cell `answer` holds the answer, with a look at everything after it."""
    sources = [("top", TOP), ("given", given), ("answer", answer), ("seen", SEEN)]
    code = [new_code_cell(text, id=name) for name, text in sources]
    return new_notebook(cells=[new_markdown_cell("Prose.", id="why"), *code])


@pytest.fixture(scope="module")
def worker():
    """A worker that keeps its kernel."""
    one = Worker()
    yield one
    one.close()


@pytest.fixture
def folder(tmp_path):
    """A working folder with a file and an image to build."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files/kept.txt").write_text("kept")
    (tmp_path / "image").mkdir()
    (tmp_path / "image/Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return tmp_path


GIVEN = 'given = {"list": [1]}\necr.create_repository(repositoryName="given")'


def seen(done):
    """Return what the last cell printed."""
    return "".join(output.get("text", "") for output in done.cells[-1].outputs)


@pytest.fixture
def expected(worker, folder):
    """What an answer that does nothing leaves, by a run from the top."""
    return seen(worker.run(book(GIVEN, ""), folder))


def test_what_a_variant_did_is_undone(worker, folder, expected):
    """Names, data, files, environment, clock, AWS and docker are as they were before it."""
    worker.rerun(book(GIVEN, ""), folder, "answer")
    worker.rerun(book(GIVEN, SPOIL), folder, "answer")
    again = worker.rerun(book(GIVEN, ""), folder, "answer")

    assert "kept.txt" in expected
    assert seen(again) == expected
    assert [cell.id for cell in again.cells] == ["why", "top", "given", "answer", "seen"]


def test_another_prefix_starts_from_what_is_common(worker, folder, expected):
    """A notebook that differs earlier runs its own cells, on the lab of the cells before."""
    worker.rerun(book(GIVEN, SPOIL), folder, "answer")
    other = worker.rerun(book("given = 3", "x = 1"), folder, "answer")
    first = worker.rerun(book(GIVEN, ""), folder, "answer")

    assert "[]\n" in seen(other)
    assert seen(first) == expected


def test_a_dead_kernel_spoils_one_variant_only(worker, folder, expected):
    """The next variant gets a new kernel, and what was kept in the old one is made anew."""
    dead = worker.rerun(book(GIVEN, "os._exit(1)"), folder, "answer")
    after = worker.rerun(book(GIVEN, ""), folder, "answer")

    assert [bool(errors(cell)) for cell in dead.cells[3:]] == [True, True]
    assert seen(after) == expected


@pytest.mark.parametrize(
    ("value", "plain"),
    [({"a": [1, (2.0, None)]}, True), ([object()], False), ({"a": {1: print}}, False)],
)
def test_data_is_told_from_objects(value, plain):
    """Only what is data all through is copied: a copy of a client would be another client."""
    assert is_plain(value) == plain
