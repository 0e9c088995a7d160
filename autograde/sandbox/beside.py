"""Run a fork beside all other processes of this machine, where there are no namespaces to put it into.

It has a folder of its own, and all that it starts ends with it; that is all, unless `walled` locks it in further.
Without Linux there is neither `watch.py` nor a way to find a process that has left its group.
"""

import contextlib
import os
import secrets
import shutil
import signal
import sys
import tempfile

from autograde.sandbox import calls, watch
from autograde.sandbox.inside import Limits, end_as, keep_files
from autograde.sandbox.watch import Family

LINUX = sys.platform.startswith("linux")
_BOTH = (signal.SIGTERM, signal.SIGCHLD)


class Beside:
    """The way into the tier without a sandbox; the name is as in `inside.Apart`."""

    port = 0  # any free one: the loopback interface is everybody's
    stop = signal.SIGTERM

    def __init__(self) -> None:
        """Choose a name that nobody can have taken for the folders."""
        self._folders = f"{tempfile.gettempdir()}/submission-{secrets.token_hex(8)}-"

    def fork(self) -> int:
        """Fork; return 0 in the child."""
        return os.fork()

    def enter(self, limits: Limits, files: list[int]) -> None:
        """Continue as the first process of a session, in an empty folder that ends with it.

        The calling process stays behind, and ends it and all that it has started when it is told to (SIGTERM).
        """
        folder = self._folder(os.getpid())
        os.mkdir(folder, 0o700)
        if LINUX:
            calls.prctl(calls.PR_SET_CHILD_SUBREAPER, 1)
            calls.prctl(calls.PR_SET_PDEATHSIG, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_BLOCK, _BOTH)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # ignored, it would not be waited for
        child = os.fork()
        if child:
            _stay_behind(child, folder)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _BOTH)
        os.setsid()
        if LINUX:
            calls.prctl(calls.PR_SET_PDEATHSIG, signal.SIGKILL)
            keep_files(0, 1, 2, *files)
        os.environ |= {"TMPDIR": folder, "HOME": folder}
        tempfile.tempdir = folder
        os.chdir(folder)

    def _folder(self, pid: int) -> str:
        return f"{self._folders}{pid}"

    def family(self, pid: int, limits: Limits) -> Family:
        """Watch all that descends from the fork, and its folder."""
        bounds = {"processes": limits.processes, "disk": limits.disk}
        return Family(pid, limits.memory, limits.cpu, folder=self._folder(pid), **bounds)

    def lock(self, limits: Limits, port: int | None = None) -> None:
        """Bound what a process may use by itself, where the machine can."""
        import resource  # not on Windows

        bounds = {
            resource.RLIMIT_FSIZE: limits.file_size,
            resource.RLIMIT_CPU: limits.cpu + 10,
            resource.RLIMIT_CORE: 0,
        }
        for name, value in bounds.items():
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(name, (value, value))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def attempt(self) -> None:
        """Fail where there is nothing to try: a fork is what everything rests on."""
        if not hasattr(os, "fork"):
            raise OSError("this system cannot fork processes")


def _stay_behind(child: int, folder: str) -> None:
    """Wait for the child's end or for SIGTERM, end all that is left of it, and end as it has ended."""
    with contextlib.suppress(OSError):
        os.closerange(0, 1024)
    status = None
    while status is None and signal.sigwait(_BOTH) != signal.SIGTERM:
        status = _reaped(child, os.WNOHANG)
    ended = _end_all(child)
    shutil.rmtree(folder, ignore_errors=True)
    end_as(ended if status is None else status)


def _reaped(child: int, options: int = 0) -> int | None:
    """Take leave of all processes that have ended; return the child's status if it is among them."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, options))[0]:
            if ended[0] == child:
                found = ended[1]
    return found


def _end_all(child: int) -> int | None:
    """Kill all that descends from this process; return the child's status, None if it has ended before."""
    if not LINUX:
        with contextlib.suppress(OSError):
            os.killpg(child, signal.SIGKILL)
        return _reaped(child)
    status = None
    # Again and again: one that was in the middle of a fork when it was stopped has started another one after all.
    while left := _descendants():
        before: list[int] = []
        while left != before:  # stopped first, so that none of them starts another one meanwhile
            _signal(left, signal.SIGSTOP)
            left, before = _descendants(), left
        _signal(left, signal.SIGKILL)
        ended = _reaped(child, os.WNOHANG)
        status = ended if status is None else status
    return status


def _descendants() -> list[int]:
    return sorted(watch.members(os.getpid(), watch.children())[1:])


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
