"""The warm process that all others of a grading are forked from; `python -m autograde.zygote` inside the sandbox.

There are two: labs come from a fork of the first one, which has moto loaded as well, once somebody has use for it.
The learner's process and the checker's have half as much to copy without it.
The first one's standard input is a channel. When it is ready, it says so, with an open file: the second one's channel.

    {"start": {...}} with open files   -> {"pid": n}; the first file is the new process's own channel
    {"prepare": true}                  for the second one: load moto, a fork will be wanted soon
    {"join": true} with a stream socket, another channel; what was started through one ends with it
    {"end": n}                         -> {"code": exit code, or minus the signal, "cpu": seconds,
                                           "ended": what it used more of than allowed (`watch.ENDED`), or ""}
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from autograde import quick_clients, roles, warm
from autograde.sandbox import bubblewrap, calls, inside, watch
from autograde.sandbox.inside import Limits
from autograde.sandbox.watch import Family
from autograde.sandbox.way import Way
from autograde.wire import Channel, Closed
from awslab.server.hosting import warm as warm_lab

WARM: dict[str, Any] = {}


def main() -> None:
    """Warm up, say so, and fork on request until the other end is gone."""
    gc.disable()  # nothing becomes garbage while modules load, and looking for it takes a second
    warm.keep_memory()
    way = _WAYS[sys.argv[1]]()
    if "--try" in sys.argv:
        way.attempt()
        return
    channel = Channel(socket.socket(fileno=os.dup(0)))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    quick_clients.install()
    warm.warm_shell()
    warm.warm_clients()
    ours, labs = Channel.pair()
    if (second := os.fork()) == 0:
        for end in (channel, labs):
            end.close()
        if sys.platform.startswith("linux"):
            calls.prctl(calls.PR_SET_PDEATHSIG, signal.SIGKILL)
        _Service(ours, way, prepare=_prepare_labs).run()
    ours.close()
    warm.freeze()
    channel.send({"ready": True}, [labs.fileno()])
    labs.close()
    _Service(channel, way, second=second).run()


def _prepare_labs() -> None:
    WARM["lab"] = warm_lab()
    warm.freeze()
    signal.signal(signal.SIGTERM, lambda *_: None)  # from here on there may be labs to end


class _Service:
    """Fork for everybody who has a channel, and watch what was forked."""

    def __init__(
        self,
        first: Channel,
        way: Way,
        second: int = 0,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """Serve until the first channel is closed, and wait then for the second warm process.

        `prepare` is done when it is asked for, and before the first fork.
        """
        self.first, self.way, self.second, self.prepare = first, way, second, prepare
        self.channels = [first]
        # By the process that was forked, with the channel that has asked for it.
        self.families: dict[int, tuple[Family, Channel]] = {}
        self._spread = True  # its memory lies on many small pages

    def run(self) -> None:
        """Answer until the first channel is closed."""
        look = 0.0  # when to look at the families next
        idle = None
        while True:
            wait = max(0.0, look - time.monotonic()) if self.families else None
            ready = select.select(self.channels, [], [], 0 if idle else wait)[0]
            for channel in ready:
                self._answer(channel)
            if self.families and self._spread:  # somebody has use for it
                idle, self._spread = warm.collapse(), False
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
            if self.prepare and ("start" in message or "prepare" in message):
                self.prepare()
                self.prepare = None
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
            if self.second:
                _send(self.second, signal.SIGTERM)
                os.waitpid(self.second, 0)
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
