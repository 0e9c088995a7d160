"""Dask workers: what comes in comes out, and a worker that is killed costs nobody else a mark."""

import json

import dask
import pytest

from autograde import engine
from autograde.engine import cluster, grade_all, packed, unpacked
from tests.autograde import tiny

pytestmark = pytest.mark.slow  # starts two workers, and those that take a killed one's place


@pytest.fixture(scope="module")
def client():
    """Two workers."""
    with cluster(2) as found:
        yield found


def test_a_killed_worker_loses_nothing_and_a_killer_is_named(client, tmp_path):
    """Death once is tried again; death each time is the submission's; an error of the grader's is said."""

    # Defined here, so that it travels to the workers as code: they cannot import the tests.
    def work(data, master):
        import os
        import signal

        mark = os.path.join(master.decode(), data.decode())
        if data == b"kills" or (data == b"dies-once" and not os.path.exists(mark)):
            with open(mark, "w"):
                pass
            os.kill(os.getpid(), signal.SIGKILL)
        if data == b"fails":
            raise RuntimeError("no lab")
        return b'{"graded": "%s"}' % data

    names = [b"ann", b"dies-once", b"bob", b"fails", b"kills", b"cem"]
    jobs = [(name.decode(), name, str(tmp_path).encode()) for name in names]
    found = dict(grade_all(client, jobs, work))
    lost = {name: found.pop(name)["lost"] for name in ("fails", "kills")}

    assert found == {name: {"graded": name} for name in ("ann", "dies-once", "bob", "cem")}
    assert lost["kills"] == "it took a worker down each time it was tried"
    assert lost["fails"] == "the grader failed: RuntimeError: no lab"


def test_short_submissions_go_out_together(client):
    """The first ones alone, later ones together, each with its own result; those that take long stay alone."""

    def work(data, master):
        seconds = float(master)
        return b'{"seconds": %f, "graded": "%s"}' % (seconds, data)

    def sizes(seconds):
        jobs = [(n, b"%d" % n, seconds) for n in range(40)]
        bundles, seen = engine._Bundles, []

        class Watched(bundles):
            def send(self):
                super().send()
                seen.extend(len(sent) for sent in self.sent.values())

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "_Bundles", Watched)
            found = dict(grade_all(client, jobs, work))
        assert {n: result["graded"] for n, result in found.items()} == {
            n: str(n) for n in range(40)
        }
        return seen

    assert max(sizes(b"0.1")) == 5
    assert max(sizes(b"1")) == 1


def test_workers_that_do_not_come_back_are_replaced(client):
    """When all are gone for good, what is to be graded does not wait for ever."""

    def work(data, master):
        return b'{"graded": "%s"}' % data

    client.wait_for_workers(2)  # one that is just being started again cannot be closed
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1s"}):
        for worker in list(client.cluster.workers.values()):
            client.cluster.sync(worker.close)
        found = dict(grade_all(client, [("ann", b"ann", b"master")], work))

    assert found == {"ann": {"graded": "ann"}}


def test_a_master_is_the_same_after_the_journey():
    """Cells and files cross as bytes; equal masters give equal bytes."""
    data = packed(tiny.MASTER)

    assert unpacked(data) == tiny.MASTER
    assert packed(unpacked(data)) == data


def test_an_unreadable_submission_is_no_failure_of_the_grader(monkeypatch):
    """The worker answers with the reason; nothing is started for it."""
    monkeypatch.setattr(engine, "own_zygote", lambda unsandboxed: None)
    answer = json.loads(engine.work(b"{", packed(tiny.MASTER)))

    assert "not JSON" in answer["unreadable"]
