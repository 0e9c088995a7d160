"""The warm process that all others of a grading are forked from; `python -m autograde.zygote` inside the sandbox.

Its standard input is a channel:

    {"start": {...}} with open files   -> {"pid": n}; the first file is the new process's own channel
    {"end": n}                         -> {"code": exit code, or minus the signal, "cpu": seconds,
                                           "ended": what it used more of than allowed (`watch.ENDED`), or ""}
"""

import contextlib
import os
import select
import socket
import sys
import traceback
from typing import Any

from autograde import roles, warm
from autograde.sandbox import bubblewrap, inside, watch
from autograde.sandbox.inside import Limits
from autograde.sandbox.watch import Family
from autograde.sandbox.way import Way
from autograde.wire import Channel, Closed
from awslab.server.hosting import warm as warm_lab

WARM: dict[str, Any] = {}


def main() -> None:
    """Warm up, say so, and fork on request until the other end is gone."""
    way = _WAYS[sys.argv[1]]()
    if "--try" in sys.argv:
        way.attempt()
        return
    channel = Channel(socket.socket(fileno=os.dup(0)))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    warm.remember_models()
    WARM["lab"] = warm_lab()
    warm.warm_shell()
    warm.freeze()
    channel.send({"ready": True})
    families: dict[int, Family] = {}  # by the process that was forked
    while True:
        if not select.select([channel], [], [], watch.PAUSE if families else None)[0]:
            running = [f for pid, f in families.items() if _runs(pid) and not f.ended]
            for family in watch.look(running):
                _send(family.first, way.stop)
            continue
        try:
            message, files = channel.receive_with_files()
        except Closed:
            for pid, family in families.items():
                _end(pid, family, way.stop)
            os._exit(0)
        if "start" in message:
            pid, inner = _start(message["start"], files, channel, way)
            families[pid] = way.family(pid, inner, Limits(**message["start"]["limits"]))
            channel.send({"pid": pid})
        elif "end" in message:
            channel.send(_end(message["end"], families.pop(message["end"]), way.stop))


def _boxed() -> Way:
    from autograde.sandbox import filters  # noqa: F401  (while libseccomp can be looked for)

    bubblewrap.drop_root()
    return inside.Apart(bubblewrap.python_paths(), [])


def _unboxed() -> Way:
    """Do for the warm process what bubblewrap would have done; each fork locks itself in further."""
    from autograde.sandbox import filters  # noqa: F401

    keep = bubblewrap.python_paths()
    read = bubblewrap.system_paths() + keep
    inside.new_namespaces(inside.MB, keep)
    inside.hide_machine(keep)
    os.chdir("/tmp")
    return inside.Apart(keep, read)


def _walled() -> Way:
    from autograde.sandbox.walled import Walled

    keep = bubblewrap.python_paths()
    os.chdir("/")
    return Walled(bubblewrap.system_paths() + keep)


def _open() -> Way:
    from autograde.sandbox.beside import Beside

    return Beside()


_WAYS = {"--boxed": _boxed, "--landlock": _unboxed, "--walled": _walled, "--open": _open}


def _start(start: dict[str, Any], files: list[int], channel: Channel, way: Way) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(read)
            channel.close()
            way.enter(Limits(**start["limits"]), write, files)
            roles.play(Channel(socket.socket(fileno=files[0])), start, files[1:], way)
            code = 0
        except BaseException:
            traceback.print_exc()  # to the log
        finally:
            os._exit(code)
    os.close(write)
    for file in files:
        os.close(file)
    with os.fdopen(read) as told:
        return pid, int(told.read() or 0)


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
