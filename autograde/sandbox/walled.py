"""Lock a fork in without any namespace: landlock, seccomp and limits, for a machine that forbids namespaces.

What this does not hold: a file's existence and size can be asked for, and the lab's port be reached on other machines
too, because landlock knows ports and no addresses.
https://docs.kernel.org/userspace-api/landlock.html
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace

from autograde.sandbox import beside, bubblewrap, calls, filters, inside, landlock
from autograde.sandbox.inside import Limits

SPARE = 500  # processes of the user beyond those there are: what `watch.py` has time to see a fork bomb by
_DEVICES = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]


class Walled(beside.Beside):
    """The way into the tier without namespaces."""

    def __init__(self, read: Sequence[str]) -> None:
        """Let the learner's process and the lab read `read`; as root, be the spare user from here on."""
        super().__init__()
        self._read = read
        if os.getuid() == 0:
            bubblewrap.become_spare()

    def lock(self, limits: Limits, port: int | None = None) -> None:
        """Leave this process its folder, the files to read, and one port."""
        inside.limit(replace(limits, processes=_threads_of_user() + SPARE))
        own = f"/proc/{os.getpid()}"
        landlock.restrict([*self._read, own], [tempfile.gettempdir(), *_DEVICES])
        landlock.isolate(port)
        calls.prctl(calls.PR_SET_NO_NEW_PRIVS, 1)
        filters.install(beside=True)

    def attempt(self) -> None:
        """Lock this process in."""
        self.lock(Limits(), 1)


def _threads_of_user() -> int:
    """Return how many threads the user of this process has: the limit is on all of them."""
    count, user = 0, os.getuid()
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue  # it has ended
    return count
