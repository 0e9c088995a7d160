"""Grade many submissions on Dask workers: bytes go out, bytes come back, nothing is shared on disk.

https://distributed.dask.org/en/stable/
"""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import dask
from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from autograde.grade import Master, grade
from autograde.rebuild import Unreadable
from autograde.workers import own_zygote

RETRIES = 2  # of a submission at which the grader itself has failed
AHEAD = 3  # bundles for each worker: one to grade, the next, and one that is being recorded here
LONGEST = 0.5  # seconds of work in a bundle of more than one
SHORTEST = 0.01  # seconds that a submission is taken to need at least
DEATHS = 1  # of a worker, that what it had in hand survives; the next one makes it a suspect
# Dask looks at itself 100 times a second in each worker, and at its event loops 50 times; nobody reads what it finds.
QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
}


@contextmanager
def cluster(workers: int, scheduler: str | None = None) -> Iterator[Client]:
    """Give a client of the scheduler at an address, or of local workers that end with the block."""
    if scheduler:
        with Client(scheduler) as client:
            yield client
        return
    options = {
        "dashboard_address": ":0",
        "threads_per_worker": 1,
        "memory_limit": 0,
        "scheduler_kwargs": {"allowed_failures": DEATHS},
    }
    with (
        dask.config.set(QUIET),
        LocalCluster(n_workers=workers, **options) as local,
        Client(local) as client,
    ):
        # A worker that could not be started again is replaced: without any, all would wait for ever.
        local.adapt(minimum=workers, maximum=workers)
        yield client


def packed(master: Master) -> bytes:
    """Return a master as bytes of JSON; equal masters give equal bytes."""
    files = {name: data.hex() for name, data in sorted(master.files.items())}
    return json.dumps({"cells": master.cells, "files": files}, sort_keys=True).encode()


@lru_cache(maxsize=8)
def unpacked(data: bytes) -> Master:
    """Return the master that `packed` has made bytes of; it is everybody's, not to be changed."""
    content = json.loads(data)
    files = {name: bytes.fromhex(text) for name, text in content["files"].items()}
    return Master(content["cells"], files)


def work(data: bytes, master: bytes, unsandboxed: bool = False) -> bytes:
    """Grade one submission on a worker: JSON with the fields of `Graded`, or with "unreadable" and the reason.

    The worker's sandbox comes as "sandbox"; with `unsandboxed`, there may be none (see `tiers.find`).
    """
    try:
        zygote = own_zygote(unsandboxed)
        graded = grade(data, unpacked(master), zygote)
    except Unreadable as error:
        return json.dumps({"unreadable": str(error)}).encode()
    return json.dumps(vars(graded) | {"sandbox": zygote.tier.name}).encode()


Job = tuple[Any, bytes, bytes]  # a name, a submission, and its packed master
Work = Callable[[bytes, bytes], bytes]


def grade_all(
    client: Client, jobs: Iterable[Job], work: Work = work
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield (name, result) for each (name, submission, packed master) as they are done, in any order.

    `work` is what a worker does with a submission and a packed master. What takes no time goes out in bundles.
    A submission that takes its worker down again and again, with no other one under way, comes back as {"lost": why}.
    """
    bundles, suspects = _Bundles(client, jobs, work), []
    for future in bundles.done:
        bundle = bundles.sent.pop(future.key)
        try:
            results = [json.loads(result) for result in future.result()]
        except Exception:  # of the worker or of the grader; at which submission, we shall see
            suspects += bundle
        else:
            bundles.pace = max(result.get("seconds", LONGEST) for result in results)
            yield from zip((job[0] for job in bundle), results, strict=True)
        future.release()
        bundles.send()
    yield from _alone(client, suspects, work)


class _Bundles:
    """Submissions on their way to the workers: a task of Dask's costs as much as a tenth of a short submission."""

    def __init__(self, client: Client, jobs: Iterable[Job], work: Work) -> None:
        self._client, self._work, self._waiting = client, work, deque(jobs)
        self._masters: dict[bytes, Any] = {}
        self.sent: dict[str, list[Job]] = {}
        self.done = as_completed()
        self.pace = LONGEST  # seconds of a submission
        self.send()

    def send(self) -> None:
        """Send as much as keeps the workers busy."""
        workers = max(1, len(self._client.nthreads()))
        while self._waiting and len(self.sent) < AHEAD * workers:
            fair = len(self._waiting) // (2 * workers)  # small ones at the end: no worker waits
            size = max(1, min(int(LONGEST / max(self.pace, SHORTEST)), fair))
            bundle = [self._waiting.popleft()]
            master = bundle[0][2]
            while len(bundle) < size and self._waiting[0][2] == master:
                bundle.append(self._waiting.popleft())
            data = [job[1] for job in bundle]
            future = self._client.submit(_each, self._work, self._there(master), *data, pure=False)
            self.sent[future.key] = bundle
            self.done.add(future)

    def _there(self, master: bytes) -> Any:
        if master not in self._masters:
            # A task and not `scatter`, whose data is lost for good when all workers die at once.
            key = f"master-{hashlib.sha256(master).hexdigest()}"
            self._masters[master] = self._client.submit(bytes, master, key=key)
        return self._masters[master]


def _each(work: Work, master: bytes, *data: bytes) -> list[bytes]:
    return [work(one, master) for one in data]


def _alone(client: Client, suspects: list[Job], work: Work) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Grade one after the other what was under way when a worker died or the grader failed.

    Dask counts a death against all that a worker had in hand, also what it had not begun:
    https://distributed.dask.org/en/stable/killed.html
    """
    for name, data, master in suspects:
        # The master itself, and not its task, which may have been in a dead worker's hands as well.
        future = client.submit(work, data, master, pure=False, retries=RETRIES)
        try:
            yield name, _result(future)
        except KilledWorker:
            yield name, {"lost": "it took a worker down each time it was tried"}
        future.release()


def _result(future: Any) -> dict[str, Any]:
    """Return a result, or that the grader has failed; raises KilledWorker."""
    try:
        return json.loads(future.result())
    except KilledWorker:
        raise
    # An error of the grader, not of the submission: say so, and go on with the others.
    except Exception as error:
        return {"lost": f"the grader failed: {type(error).__name__}: {str(error)[:500]}"}
