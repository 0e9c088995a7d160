"""`aws` and `docker` without their start-up: a process that has them imported forks once for each command.

What is on PATH is `run_command.py`, which hands over its arguments and its open files and waits for the exit code.
The server is a part of the learner's sandbox, as the commands themselves are.
"""

import contextlib
import json
import os
import re
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from pathlib import Path

CLIENT = Path(__file__).with_name("run_command.py")


_NEEDED = re.compile(r"^\s*[!%]|\bsubprocess\b|\bos\.system\b", re.MULTILINE)


def needed(sources: Iterable[str]) -> bool:
    """Return whether code may run a command; without the server, too, it works, a second slower."""
    return any(map(_may_run_one, sources))


@lru_cache(maxsize=1000)  # most cells are those of every other submission
def _may_run_one(source: str) -> bool:
    return bool(_NEEDED.search(source))


def start() -> dict[str, str]:
    """Fork the server, which ends with the process that starts it.

    Returns what makes `awslab.start()` put the client on PATH, and the client find the server;
    nothing where Unix sockets are closed to this process: each command then has a start-up of its own.
    """
    path = str(Path(tempfile.gettempdir(), ".commands"))
    try:
        door = socket.socket(socket.AF_UNIX)
    except PermissionError:
        return {}
    door.bind(path)
    door.listen(16)
    if os.fork() == 0:
        with contextlib.suppress(BaseException):
            _serve(door)
        os._exit(0)
    door.close()
    return {"AWSLAB_RUN": f'"{sys.executable}" -I -S "{CLIENT}"', "AWSLAB_COMMANDS": path}


def _serve(door: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        connection, _ = door.accept()
        if os.fork() == 0:
            door.close()
            _handle(connection)
            os._exit(0)
        connection.close()


def _handle(connection: socket.socket) -> None:
    """Run one command as the client would have, and tell its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    data, files, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    length, _, rest = data.partition(b"\n")
    while len(rest) < int(length):
        more = connection.recv(1 << 20)
        if not more:
            return
        rest += more
    request = json.loads(rest)
    for target, file in enumerate(files):
        os.dup2(file, target)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = request["argv"]
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, m) for n, m in ((0, "r"), (1, "w"), (2, "w")))
    code = _run(request["module"])
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    with contextlib.suppress(OSError):
        connection.sendall(str(code).encode())


def _run(module: str) -> int:
    try:
        return int(import_module(module).main() or 0)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
