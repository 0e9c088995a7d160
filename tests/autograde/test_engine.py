"""Dask workers: what comes in comes out, and a worker that is killed costs nobody else a mark."""

import json

import pytest

from autograde import engine
from autograde.engine import cluster, packed, unpacked
from tests.autograde import tiny

pytestmark = pytest.mark.slow  # starts two workers, and those that take a killed one's place


@pytest.fixture(scope="module")
def client():
    """Two workers."""
    with cluster(2) as found:
        yield found


def test_a_master_is_the_same_after_the_journey():
    """Cells and files cross as bytes; equal masters give equal bytes."""
    data = packed(tiny.MASTER)

    assert unpacked(data) == tiny.MASTER
    assert packed(unpacked(data)) == data


def test_an_unreadable_submission_is_no_failure_of_the_grader(monkeypatch):
    """The worker answers with the reason; nothing is started for it."""
    monkeypatch.setattr(engine, "own_zygote", lambda: None)
    answer = json.loads(engine.work(b"{", packed(tiny.MASTER)))

    assert "not JSON" in answer["unreadable"]
