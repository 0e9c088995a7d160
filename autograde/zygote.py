"""The warm process that all others of a grading are forked from; `python -m autograde.zygote` inside the sandbox.

Its standard input is a channel:

    {"start": {...}} with open files   -> {"pid": n}; the first file is the new process's own channel
    {"end": n}                         -> {"code": exit code, or minus the signal, "cpu": seconds,
                                           "ended": "memory" or "cpu" if that was more than allowed, else ""}
"""

import contextlib
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any

from autograde import roles, warm
from autograde.sandbox import bubblewrap, inside, watch
from autograde.sandbox.watch import Family
from autograde.wire import Channel, Closed
from awslab.server.hosting import warm as warm_lab

WARM: dict[str, Any] = {}


def main() -> None:
    """Warm up, say so, and fork on request until the other end is gone."""
    keep = bubblewrap.python_paths()
    read = bubblewrap.system_paths() + keep
    if "--boxed" in sys.argv:
        bubblewrap.drop_root()
        allow: list[str] = []
    else:
        allow = read
        _box(keep)
    if "--try-landlock" in sys.argv:
        inside.allow_only(allow)
        inside.give_up_rights()
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
                _kill(family.first)
            continue
        try:
            message, files = channel.receive_with_files()
        except Closed:
            os._exit(0)
        if "start" in message:
            pid, inner = _start(message["start"], files, channel, keep, allow)
            limits = message["start"]["limits"]
            families[pid] = Family(inner or pid, limits["memory"], limits["cpu"])
            channel.send({"pid": pid})
        elif "end" in message:
            channel.send(_end(message["end"], families.pop(message["end"])))


def _box(keep: list[str]) -> None:
    """Do for the warm process what bubblewrap would have done; each fork locks itself in further."""
    inside.new_namespaces(inside.MB, keep)
    inside.hide_machine(keep)
    os.chdir("/tmp")


def _start(
    start: dict[str, Any], files: list[int], channel: Channel, keep: list[str], allow: list[str]
) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(read)
            channel.close()
            inside.new_namespaces(start["limits"]["disk"], keep, write)
            inside.keep_files(0, 1, 2, *files)
            if allow:
                inside.allow_only(allow)
            roles.play(Channel(socket.socket(fileno=files[0])), start, files[1:])
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
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _end(pid: int, family: Family) -> dict[str, Any]:
    """Kill what is left of a process and everything it has started; return how it ended and its CPU seconds."""
    # Once the forked process is gone, so is the first one, and its number may be another's.
    if _runs(pid):
        _kill(family.first)
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
