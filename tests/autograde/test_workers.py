"""One warm process for all local workers of a command."""

import os
import signal

import pytest

from autograde import lab, workers
from autograde.processes import WARM_UP
from autograde.sandbox import tiers, watch
from autograde.sandbox.inside import Limits
from tests.autograde import tiny
from tests.autograde.tiny import FULL, points

pytestmark = pytest.mark.slow  # a warm process


@pytest.fixture(scope="module")
def shared():
    """A shared warm process."""
    with workers.Shared(tiers.find()) as found:
        yield found


def ready(warm):
    """Fork a checker, and wait until it says that it is ready."""
    process = warm.start("checker", Limits(), folder={}, commands=False)
    _, files = process.channel.receive_with_files(WARM_UP)
    for file in files:
        os.close(file)
    return process


def test_two_workers_grade_with_one_process(shared):
    """Each has a channel of its own to it, and says which sandbox that is."""
    first, second = workers._joined(), workers._joined()
    with first, second:
        found = [points(tiny.graded(warm)) for warm in (first, second)]

    assert found == [FULL, FULL]
    assert first.tier.name == second.tier.name == tiers.find().name


def test_what_a_worker_has_started_ends_with_it(shared):
    """A worker that dies leaves no submission running, and the other one's goes on."""
    first, second = workers._joined(), workers._joined()
    gone, kept = ready(first), ready(second)
    first.close()
    other = ready(second)
    other.end()  # the warm process has answered since: it has seen that the first is gone
    kept.channel.send({"run": "print(6 * 7)"})
    said = kept.channel.receive(WARM_UP)
    with gone.channel.stream as stream, second:
        kept.end()

        assert stream.recv(1) == b""
        assert "42" in str(said)


def test_a_worker_whose_warm_process_is_gone_starts_its_own(monkeypatch):
    """Nothing is lost when the shared one is killed."""
    monkeypatch.setattr(workers, "_own", None)
    with workers.Shared(tiers.find()) as shared:
        joined = workers.own_zygote()
        shared._zygote.process.kill()
        shared._zygote.process.wait()
        joined.channel.stream.recv(1)  # until the end of it is heard
        own = workers.own_zygote()
    with own:
        found = points(tiny.graded(own))

    assert own is not joined
    assert found == FULL


def test_labs_that_are_gone_are_started_anew(monkeypatch):
    """Labs come from a second warm process: a worker does not go on without it."""
    monkeypatch.delenv(workers.SHARED, raising=False)
    monkeypatch.setattr(workers, "_own", None)
    first = workers.own_zygote()
    second = watch.members(first.process.pid, watch.children())[-1]
    os.kill(second, signal.SIGKILL)
    first.labs.channel.stream.recv(1)  # until the end of it is heard
    own = workers.own_zygote()
    with own:
        found = points(tiny.graded(own))

    assert own is not first
    assert found == FULL


def test_labs_are_prepared_once_they_are_expected():
    """A notebook that begins with boto3 has them prepared before the first one is asked for; others leave it."""
    with workers.Shared(tiers.find()) as shared, workers._joined() as joined:
        prepared = []
        shared._zygote.expect_lab = lambda: prepared.append(True)
        workers.expect_lab()
        process = joined.start("lab", Limits(), recording=False)
        process.end()

    assert prepared == [True]
    assert lab.likely([{"cell_type": "code", "source": "import boto3"}])
    assert lab.likely([{"cell_type": "code", "source": "cloud = awslab.start()"}])
    assert not lab.likely(
        [
            {"cell_type": "markdown", "source": "`import boto3`"},
            {"cell_type": "code", "source": "import awslab"},
        ]
    )


def test_without_a_command_a_worker_has_its_own(monkeypatch):
    """As on another machine's Dask worker, and in `nbgrader autograde`."""
    monkeypatch.delenv(workers.SHARED, raising=False)

    assert workers._joined() is None


def test_nothing_is_left_after_the_command():
    """The warm process ends with the block."""
    with workers.Shared(tiers.find()) as shared:
        workers._joined().close()
        pid = shared._zygote.process.pid

    assert pid not in {child for found in watch.children().values() for child in found}
