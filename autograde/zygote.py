"""The warm process that all others of a grading are forked from; `python -m autograde.zygote` inside the sandbox.

Its standard input is a channel:

    {"start": {...}} with open files   -> {"pid": n}; the first file is the new process's own channel
    {"join": true} with a stream socket, another channel; what was started through one ends with it
    {"end": n}                         -> {"code": exit code, or minus the signal, "cpu": seconds,
                                           "ended": what it used more of than allowed (`watch.ENDED`), or ""}
"""

import contextlib
import gc
import os
import select
import socket
import sys
import time
import traceback
from typing import Any

from autograde import quick_clients, roles, warm
from autograde.sandbox import bubblewrap, inside, watch
from autograde.sandbox.inside import Limits
from autograde.sandbox.watch import Family
from autograde.sandbox.way import Way
from autograde.wire import Channel, Closed
from awslab.server.hosting import warm as warm_lab

WARM: dict[str, Any] = {}


def main() -> None:
    """Warm up, say so, and fork on request until the other end is gone."""
    gc.disable()  # nothing becomes garbage while modules load, and looking for it takes a second
    way = _WAYS[sys.argv[1]]()
    if "--try" in sys.argv:
        way.attempt()
        return
    channel = Channel(socket.socket(fileno=os.dup(0)))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    quick_clients.install()
    WARM["lab"] = warm_lab()
    warm.warm_shell()
    warm.freeze()
    channel.send({"ready": True})
    _Service(channel, way).run()


class _Service:
    """Fork for everybody who has a channel, and watch what was forked."""

    def __init__(self, first: Channel, way: Way) -> None:
        self.first, self.way = first, way
        self.channels = [first]
        # By the process that was forked, with the channel that has asked for it.
        self.families: dict[int, tuple[Family, Channel]] = {}

    def run(self) -> None:
        """Answer until the first channel is closed."""
        look = 0.0  # when to look at the families next
        idle = warm.collapse()
        while True:
            wait = max(0.0, look - time.monotonic()) if self.families else None
            ready = select.select(self.channels, [], [], 0 if idle else wait)[0]
            for channel in ready:
                self._answer(channel)
            if idle and not ready and next(idle, idle) is idle:
                idle = None
            if self.families and time.monotonic() >= look:
                running = [f for p, (f, _) in self.families.items() if _runs(p) and not f.ended]
                for family in watch.look(running):
                    _send(family.first, self.way.stop)
                look = time.monotonic() + watch.PAUSE

    def _answer(self, channel: Channel) -> None:
        try:
            message, files = channel.receive_with_files()
            if "start" in message:
                pid = _start(message["start"], files, self.channels, self.way)
                family = self.way.family(pid, Limits(**message["start"]["limits"]))
                self.families[pid] = family, channel
                channel.send({"pid": pid})
            elif "end" in message:
                family, _ = self.families.pop(message["end"])
                channel.send(_end(message["end"], family, self.way.stop))
            elif "join" in message:
                self.channels.append(Channel(socket.socket(fileno=files[0])))
        except Closed:
            self._gone(channel)

    def _gone(self, channel: Channel) -> None:
        """End what was forked for somebody who is gone; with the first one, all."""
        for pid, (family, owner) in list(self.families.items()):
            if channel in (owner, self.first):
                _end(pid, family, self.way.stop)
                del self.families[pid]
        if channel is self.first:
            os._exit(0)
        self.channels.remove(channel)
        channel.close()


def _make_filter(beside: bool = False) -> None:
    """Make the filter of system calls while libseccomp can be looked for, and once for all forks."""
    from autograde.sandbox import filters

    filters.program(beside)


def _boxed() -> Way:
    _make_filter()
    bubblewrap.drop_root()
    return inside.Apart(bubblewrap.python_paths(), [])


def _unboxed() -> Way:
    """Do for the warm process what bubblewrap would have done; each fork locks itself in further."""
    _make_filter()
    keep = bubblewrap.python_paths()
    read = bubblewrap.system_paths() + keep
    inside.new_namespaces(inside.MB, keep)
    inside.hide_machine(keep)
    os.chdir("/tmp")
    return inside.Apart(keep, read)


def _walled() -> Way:
    from autograde.sandbox.walled import Walled

    _make_filter(beside=True)
    keep = bubblewrap.python_paths()
    os.chdir("/")
    return Walled(bubblewrap.system_paths() + keep)


def _open() -> Way:
    from autograde.sandbox.beside import Beside

    return Beside()


_WAYS = {"--boxed": _boxed, "--landlock": _unboxed, "--walled": _walled, "--open": _open}


def _start(start: dict[str, Any], files: list[int], channels: list[Channel], way: Way) -> int:
    pid = way.fork()
    if pid == 0:
        code = 1
        try:
            for channel in channels:
                channel.close()
            way.enter(Limits(**start["limits"]), files)
            roles.play(Channel(socket.socket(fileno=files[0])), start, files[1:], way)
            code = 0
        except BaseException:
            traceback.print_exc()  # to the log
        finally:
            os._exit(code)
    for file in files:
        os.close(file)
    return pid


def _runs(pid: int) -> bool:
    if not hasattr(
        os, "waitid"
    ):  # macOS before Python 3.13; there the number is that of the fork itself
        return True
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _end(pid: int, family: Family, stop: int) -> dict[str, Any]:
    """Kill what is left of a process and everything it has started; return how it ended and its CPU seconds."""
    # Once the forked process is gone, so is the first one, and its number may be another's.
    if _runs(pid):
        _send(family.first, stop)
    _, status, used = os.wait4(pid, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "cpu": used.ru_utime + used.ru_stime,
        "ended": family.ended,
    }


if __name__ == "__main__":
    # Under one name only: the roles look for WARM in autograde.zygote.
    from autograde import zygote

    zygote.main()
