"""Grade many submissions on Dask workers: bytes go out, bytes come back, nothing is shared on disk.

https://distributed.dask.org/en/stable/
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import dask
from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from autograde.grade import Master, grade
from autograde.rebuild import Unreadable
from autograde.workers import own_zygote

RETRIES = 2  # of a submission at which the grader itself has failed
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


def unpacked(data: bytes) -> Master:
    """Return the master that `packed` has made bytes of."""
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


def grade_all(
    client: Client,
    jobs: Iterable[tuple[Any, bytes, bytes]],
    work: Callable[[bytes, bytes], bytes] = work,
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield (name, result) for each (name, submission, packed master) as they are done, in any order.

    `work` is what a worker does with a submission and a packed master.
    A submission that takes its worker down again and again, with no other one under way, comes back as {"lost": why}.
    """
    masters: dict[str, Any] = {}
    sent: dict[str, tuple[Any, bytes, bytes]] = {}
    futures = []
    for name, data, master in jobs:
        key = hashlib.sha256(master).hexdigest()
        if key not in masters:
            # A task and not `scatter`, whose data is lost for good when all workers die at once.
            masters[key] = client.submit(bytes, master, key=f"master-{key}")
        future = client.submit(work, data, masters[key], pure=False, retries=RETRIES)
        sent[future.key] = (name, data, master)
        futures.append(future)
    suspects = []
    for future in as_completed(futures):
        job = sent.pop(future.key)
        try:
            yield job[0], _result(future)
        except KilledWorker:
            suspects.append(job)
        future.release()
    yield from _alone(client, suspects, work)


def _alone(
    client: Client,
    suspects: list[tuple[Any, bytes, bytes]],
    work: Callable[[bytes, bytes], bytes],
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Grade one after the other what was in the hands of workers that have died.

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
