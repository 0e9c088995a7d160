"""Bound what a submission's processes use together: a limit on one process is none on fifty of them.

https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable
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
        if memory(pids, family.memory) > family.memory:
            family.ended = "memory"
        elif sum(map(_cpu, pids)) > family.cpu:
            family.ended = "cpu"
        elif family.processes and len(pids) > family.processes:
            family.ended = "processes"
        elif family.folder and _size(family.folder) > family.disk:
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


def _size(folder: str) -> int:
    """Return the bytes that the files below a folder take; one that goes meanwhile takes none."""
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(path, name)).st_blocks * 512
    return size


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the third on: the second may hold anything."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu(pid: int) -> float:
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
