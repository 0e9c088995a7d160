"""Lock this process in: it is a fork of a warm process, so there is nothing to start and a lot to leave behind.

Only Linux has what this needs; `tiers.py` says beforehand what of it works on this machine.
"""

import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from autograde.sandbox import calls, landlock
from autograde.sandbox.watch import Family

NOBODY = 1000  # the user that the process sees itself as
MB = 1 << 20
NAMESPACES = calls.NEWUSER | calls.NEWPID | calls.NEWNET | calls.NEWIPC | calls.NEWUTS | calls.NEWNS
PRIVATE = ("/home", "/root", "/run", "/var", "/mnt", "/media", "/srv", "/opt")


@dataclass(frozen=True)
class Limits:
    """What one submission may use; sizes in bytes, times in seconds."""

    memory: int = 1024 * MB  # of all its processes together; see watch.py
    address_space: int = 4096 * MB  # of one process
    file_size: int = 64 * MB
    disk: int = 96 * MB  # of /tmp, which is in memory
    processes: int = 48
    open_files: int = 256
    cpu: int = 120
    wall: int = 300
    cell: int = 60
    ask: int = 20  # for one value or call that a check wants


class Apart:
    """The way into the tiers with namespaces."""

    port = 8061  # of the lab, in the network namespace of the learner and in that of the checker
    stop = signal.SIGKILL  # ends a process with all that it has started

    def __init__(self, keep: Sequence[str], allow: Sequence[str]) -> None:
        """Keep some paths of /tmp in sight; `allow` those that alone may be read, or nothing for all there are."""
        self._keep, self._allow = keep, allow

    def fork(self) -> int:
        """Fork into new namespaces; return 0 in the child."""
        self._owner = os.getuid(), os.getgid()
        return calls.fork(NAMESPACES)

    def enter(self, limits: Limits, files: Sequence[int]) -> None:
        """Lock this fork in, with no file open but its log and `files`; see `settle`."""
        settle(*self._owner, limits.disk, self._keep)
        keep_files(0, 1, 2, *files)
        if self._allow:
            allow_only(self._allow)

    def family(self, pid: int, limits: Limits) -> Family:
        """Watch the namespace's first process."""
        return Family(pid, limits.memory, limits.cpu)

    def lock(self, limits: Limits, port: int | None = None) -> None:
        """Bound and restrict this process, before it runs what it should not trust."""
        limit(limits)
        give_up_rights()

    def attempt(self) -> None:
        """Do what can fail, to see whether it does."""
        if (child := self.fork()) == 0:
            os._exit(0)
        os.waitpid(child, 0)
        if self._allow:
            allow_only(self._allow)
        give_up_rights()


def new_namespaces(disk: int, keep: Sequence[str] = ()) -> None:
    """Continue as the first process of new namespaces; see `settle`.

    The calling process stays behind as the one that its parent knows, and ends with the same code.
    """
    owner = os.getuid(), os.getgid()
    calls.unshare(NAMESPACES)
    child = os.fork()
    if child:
        _stay_behind(child)
    settle(*owner, disk, keep)


def settle(user: int, group: int, disk: int, keep: Sequence[str] = ()) -> None:
    """Furnish new namespaces as their first process; `user` and `group` are the ones it has outside.

    `/tmp` is empty, with `disk` bytes of room; only the paths of `keep` that lie there stay to be seen.
    """
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{NOBODY} {user} 1")
    _write("/proc/self/gid_map", f"{NOBODY} {group} 1")
    # Out of the warm process's group: kill(0) reaches a whole group, whatever namespaces its members are in.
    os.setsid()
    calls.prctl(calls.PR_SET_PDEATHSIG, signal.SIGKILL)
    calls.loopback_up()
    calls.mount("", "/", "", calls.MS_REC | calls.MS_PRIVATE)
    quiet = calls.MS_NOSUID | calls.MS_NODEV
    calls.mount("proc", "/proc", "proc", quiet | calls.MS_NOEXEC)
    _private("/dev/shm", 16 * MB)
    _private("/tmp", disk, [path for path in keep if path.startswith("/tmp/")])


def hide_machine(keep: Sequence[str]) -> None:
    """Put empty folders over those that hold data and sockets of others; needs a mount namespace of its own."""
    for folder in PRIVATE:
        _private(folder, MB, [path for path in keep if path.startswith(f"{folder}/")])


def allow_only(read: Sequence[str]) -> None:
    """Open nothing but `read`, this process's own folders in memory, and /proc."""
    devices = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
    landlock.restrict(read, ["/tmp", "/dev/shm", "/proc", *devices])


def _private(folder: str, size: int, keep: Sequence[str] = ()) -> None:
    """Put an empty folder in memory over `folder`; what is under it in `keep` stays to be seen."""
    if not os.path.isdir(folder):
        return
    kept = {path: os.open(path, os.O_PATH) for path in keep}
    flags = calls.MS_NOSUID | calls.MS_NODEV
    calls.mount("tmpfs", folder, "tmpfs", flags, f"size={size},mode=1777")
    for path, descriptor in kept.items():
        os.makedirs(path, exist_ok=True)
        calls.mount(f"/proc/self/fd/{descriptor}", path, "", calls.MS_BIND | calls.MS_REC)
        calls.mount("", path, "", calls.MS_REMOUNT | calls.MS_BIND | calls.MS_RDONLY | flags)
        os.close(descriptor)


def _write(path: str, text: str) -> None:
    # Not `open`: what a fork touches is copied, and Python's files are many objects.
    file = os.open(path, os.O_WRONLY)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def _stay_behind(child: int) -> None:
    """Wait for the first process of the new namespace and end as it ends."""
    with contextlib.suppress(OSError):
        os.closerange(0, 1024)
    _, status = os.waitpid(child, 0)
    end_as(status)


def end_as(status: int) -> None:
    """End this process as another one, of that status, has ended."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError):  # SIGKILL has no handler to put back
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def keep_files(*descriptors: int) -> None:
    """Close all open files but these: what a warm process has open, all of its forks would share."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in descriptors:
            with contextlib.suppress(OSError):
                os.close(int(name))


def limit(limits: Limits) -> None:
    """Bound what one process may use; its children inherit the bounds."""
    import resource  # not on Windows, where `Limits` is imported too

    bounds = {
        resource.RLIMIT_AS: limits.address_space,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CPU: limits.cpu + 10,  # of one process; watch.py sees the sum earlier
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    for name, value in bounds.items():
        resource.setrlimit(name, (value, value))
    # When the machine has no memory left, a submission goes before anything else.
    _write("/proc/self/oom_score_adj", "1000")
    # A write beyond the limit is an error in the cell, not the end of the kernel.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def give_up_rights() -> None:
    """Never gain a right again, and do without the system calls that no notebook needs."""
    from autograde.sandbox import filters  # needs libseccomp, which only Linux has

    calls.prctl(calls.PR_SET_NO_NEW_PRIVS, 1)
    filters.install()
