"""What a forked process does: run the learner's cells, run the checks, or be the lab between them.

Each speaks over one channel, a message for a message:

    learner   {"run": source, "compiled": see plain.py}
                                              -> {"outputs": [...]}
              {"get": name}                   -> {"answer": text of JSON}
              {"call": name, "with": text}    -> {"answer": text of JSON}
    checker   the same                        -> {"ask": {"get": ...}} any number of times, answered with
                                                 {"answer": text}, then {"outputs": [...]}
    lab       {"record": true or false}       -> {}
"""

import base64
import json
import os
import socket
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograde import commands
from autograde.sandbox.inside import Limits
from autograde.sandbox.way import Way
from autograde.wire import Channel, Closed
from awslab.server.hosting import serve

LAB_THREADS = 400
LONGEST_ANSWER = 1_000_000  # bytes of one value that crosses from the learner to a check


def listener(port: int) -> socket.socket:
    """Return a socket on this process's own loopback, for the lab to answer on."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(("127.0.0.1", port))
    door.listen(64)
    return door


def _settle(channel: Channel, door: socket.socket, start: dict[str, Any]) -> None:
    """Have a folder with the assignment's files, a bare environment, and the lab's address."""
    folder = os.path.join(tempfile.gettempdir(), "assignment")
    os.mkdir(folder)
    os.chdir(folder)
    for name, content in start["folder"].items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    os.environ["AWSLAB_ENDPOINT"] = f"http://127.0.0.1:{door.getsockname()[1]}"
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    if start["commands"]:
        os.environ |= commands.start()
    channel.send({"ready": True}, [door.fileno()])
    door.close()


def learner(channel: Channel, start: dict[str, Any], files: list[int], way: Way) -> None:
    """Run the learner's cells; nothing that arrives or leaves here is trusted by anybody."""
    from autograde.shell import new_shell
    from autograde.untrusted import HARMLESS
    from awslab.learner import call_function, read_variable

    limits = Limits(**start["limits"])
    os.dup2(
        1, 2
    )  # the log is for the grader's own errors, and other submissions' processes write there
    door = listener(way.port)
    way.lock(limits, door.getsockname()[1])
    _settle(channel, door, start)
    shell = new_shell()
    shell.display_formatter.active_types = list(HARMLESS)  # no more than these is kept
    own = os.getpid()
    while True:
        message = channel.receive()
        if "run" in message:
            outputs = shell.run(message["run"], limits.cell, message.get("compiled"))
            if os.getpid() != own:  # a cell has forked, and this is not the one to answer
                os._exit(0)
            channel.send({"outputs": outputs})
        elif "get" in message:
            channel.send(_answer(read_variable, shell.user_ns, message["get"]))
        elif "call" in message:
            given = message["with"].encode()
            channel.send(_answer(call_function, shell.user_ns, message["call"], given))


def _answer(read: Callable[..., bytes], *arguments: Any) -> dict[str, str]:
    """Return an answer to a check; an object may raise whatever is done to it, and the kernel goes on."""
    try:
        answer = read(*arguments)
    except BaseException as error:
        return {"answer": json.dumps({"error": f"Reading it raised {type(error).__name__}"})}
    if len(answer) > LONGEST_ANSWER:
        return {"answer": '{"error": "The value is too long for a check to read"}'}
    return {"answer": answer.decode()}


class _Remote:
    """The learner's names, seen from the checker: the bytes of `awslab.learner.Namespace`, carried."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def _ask(self, question: dict[str, str]) -> bytes:
        self._channel.send({"ask": question})
        return self._channel.receive()["answer"].encode()

    def get(self, name: str) -> bytes:
        return self._ask({"get": name})

    def call(self, name: str, arguments: bytes) -> bytes:
        return self._ask({"call": name, "with": arguments.decode()})


def checker(channel: Channel, start: dict[str, Any], files: list[int], way: Way) -> None:
    """Run the checks, from the gradebook's copy; the learner's names come over the channel as JSON."""
    from autograde.shell import new_shell
    from awslab.learner import learner as names

    _settle(channel, listener(way.port), start)
    names.namespace = _Remote(channel)
    shell = new_shell()
    while True:
        message = channel.receive()
        seconds = start["limits"]["wall"]
        channel.send({"outputs": shell.run(message["run"], seconds, message.get("compiled"))})


def lab(channel: Channel, start: dict[str, Any], files: list[int], way: Way) -> None:
    """Serve one AWS account on two doors: the first open file is the learner's, the second the checker's."""
    from autograde.zygote import WARM

    # A thread for each connection counts as a process.
    way.lock(replace(Limits(**start["limits"]), processes=LAB_THREADS))
    record = serve(WARM["lab"], *files, recording=start["recording"])
    channel.send({"ready": True})
    while True:
        message = channel.receive()
        (record.begin if message["record"] else record.end)()
        channel.send({})


ROLES: dict[str, Callable[[Channel, dict[str, Any], list[int], Way], None]] = {
    "learner": learner,
    "checker": checker,
    "lab": lab,
}


def play(channel: Channel, start: dict[str, Any], files: list[int], way: Way) -> None:
    """Be what `start["role"]` says until the other end of the channel is closed."""
    try:
        ROLES[start["role"]](channel, start, files, way)
    except Closed:
        return
