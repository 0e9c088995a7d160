"""Bound what a submission's processes use together: a limit on one process is none on fifty of them.

https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html
"""

import contextlib
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PAUSE = 0.25  # seconds between two looks
ENDED = ("memory", "cpu", "processes", "disk")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Family:
    """A process and all that descend from it, with what they may use together."""

    first: int
    memory: int  # bytes
    cpu: float  # seconds
    ended: str = ""  # one of ENDED once it has used more than that
    processes: int = 0  # none: something else bounds them
    folder: str = ""  # none: it is in memory, and its size bounded
    disk: int = 0  # bytes below that folder


def look(families: Iterable[Family]) -> list[Family]:
    """Return those that use more than they may, with `ended` filled in."""
    if not os.path.isdir("/proc"):  # macOS
        return []
    tree = children()
    found = []
    for family in families:
        pids = members(family.first, tree)
        if family.processes and len(pids) > family.processes:  # first: it is cheap to find out
            family.ended = "processes"
        elif memory(pids, family.memory) > family.memory:
            family.ended = "memory"
        elif sum(map(cpu, pids)) > family.cpu:
            family.ended = "cpu"
        elif family.folder and _size(family.folder, pids, family.disk) > family.disk:
            family.ended = "disk"
        if family.ended:
            found.append(family)
    return found


def memory(pids: Iterable[int], enough: int) -> int:
    """Return the bytes of memory that processes use together; an upper bound while that is below `enough`.

    Pages that a fork shares with its parent count once: the kernel's "proportional set size".
    """
    upper = {pid: _field_sum(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:")) for pid in pids}
    if sum(upper.values()) <= enough:
        return sum(upper.values())
    # A process may hide its maps (PR_SET_DUMPABLE): it is then held to have nothing in common with others.
    return sum(_pss(pid, most) for pid, most in upper.items())


def _pss(pid: int, unknown: int) -> int:
    try:
        return _field_sum(f"/proc/{pid}/smaps_rollup", ("Pss:",), strict=True)
    except PermissionError:
        return unknown


def _field_sum(path: str, names: tuple[str, ...], strict: bool = False) -> int:
    """Add up fields that /proc gives in kB; 0 for a process that has ended."""
    try:
        with open(path) as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith(names))
    except PermissionError:
        if strict:
            raise
        return 0
    except OSError:
        return 0


def _size(folder: str, pids: Iterable[int], enough: int) -> int:
    """Return the bytes that the files below a folder take, and those that processes have open and no folder has."""
    paths = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]
    for pid in pids:
        try:
            paths += [f"/proc/{pid}/fd/{number}" for number in os.listdir(f"/proc/{pid}/fd")]
        except PermissionError:
            # One that has ended, or one that hides what it has open.
            if _stat(pid)[:1] not in ([], ["Z"]):
                return enough + 1
        except OSError:
            continue
    return sum(
        {(found.st_dev, found.st_ino): found.st_blocks * 512 for found in _files(paths)}.values()
    )


def _files(paths: Iterable[str]) -> Iterator[os.stat_result]:
    """Yield what is known of the files that a submission has made; one that goes meanwhile takes no room."""
    for path in paths:
        opened = path.startswith("/proc/")
        with contextlib.suppress(OSError):
            found = os.stat(path) if opened else os.lstat(path)
            if not opened or (stat.S_ISREG(found.st_mode) and found.st_nlink == 0):
                yield found


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the third on: the second may hold anything."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def cpu(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended; 0 for one that is gone."""
    return sum(map(int, _stat(pid)[11:15])) / _TICKS


def children() -> dict[int, list[int]]:
    """Return the children of every process that can be seen, by its number."""
    found = defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _stat(int(name))):
            found[int(fields[1])].append(int(name))
    return found


def members(first: int, tree: dict[int, list[int]]) -> list[int]:
    """Return a process and its descendants; one that loses its parent becomes its namespace's first one's."""
    found = [first]
    for pid in found:
        found += tree.get(pid, ())
    return found
