"""Start warm processes from outside: the worker's end of `zygote.py`."""

import contextlib
import select
import socket
import subprocess
import tempfile
from typing import Any

from autograde.sandbox import bubblewrap, tiers
from autograde.sandbox.inside import Limits
from autograde.sandbox.tiers import Tier
from autograde.wire import Channel, WireError

WARM_UP = 120  # seconds at most, on a slow disk
CLEAN_UP = 5  # seconds at most


class NotStarted(WireError):
    """The warm process or one of its forks did not come up; the message carries what it wrote."""


class Process:
    """One forked process: its channel, and its end."""

    def __init__(self, zygote: "Warm", pid: int, channel: Channel) -> None:
        self._zygote, self.pid, self.channel = zygote, pid, channel
        self.code: int | None = None
        self.ended = (
            ""  # what it used more of than it may (`watch.ENDED`), if it was ended for that
        )
        self.cpu = 0.0  # seconds, of the process and its children, once it has ended

    def end(self) -> int:
        """Kill it and all that it has started; return its exit code, or minus the signal that ended it."""
        if self.code is None:
            self.channel.close()
            ended = self._zygote.end(self.pid)
            self.code, self.cpu, self.ended = ended["code"], ended["cpu"], ended["ended"]
        return self.code


class Warm:
    """A warm process in a sandbox, `tier`, at the other end of a channel; labs are forked from another one, `labs`."""

    def __init__(self, channel: Channel, tier: Tier, labs: "Warm | None" = None) -> None:
        self.channel, self.tier, self.labs = channel, tier, labs

    def alive(self) -> bool:
        """Return whether it has not ended."""
        if self.labs and not self.labs.alive():
            return False
        if not select.select([self.channel], [], [], 0)[0]:
            return True
        return bool(self.channel.stream.recv(1, socket.MSG_PEEK))

    def start(self, role: str, limits: Limits, files: list[int] = (), **more: Any) -> Process:
        """Fork a process that plays `role` (see `roles.py`)."""
        if role == "lab" and self.labs:
            return self.labs.start(role, limits, files, **more)
        ours, theirs = Channel.pair()
        start = {"role": role, "limits": vars(limits), **more}
        self.channel.send({"start": start}, [theirs.fileno(), *files])
        theirs.close()
        return Process(self, self.channel.receive(WARM_UP)["pid"], ours)

    def expect_lab(self) -> None:
        """Have labs prepared: it takes more than a second, and the first one would wait for it."""
        if self.labs:
            self.labs.channel.send({"prepare": True})

    def end(self, pid: int) -> dict[str, Any]:
        """Kill a process by its number in the sandbox; return its "code", "cpu" and "ended" (see `Process`)."""
        self.channel.send({"end": pid})
        return self.channel.receive(WARM_UP)

    def close(self) -> None:
        """End everything that was forked through this channel."""
        self.channel.close()
        if self.labs:
            self.labs.close()

    def __enter__(self) -> "Warm":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()


class Zygote(Warm):
    """A warm process that this one starts and ends; use it as a context manager."""

    def __init__(self, tier: Tier | None = None) -> None:
        """Start it in a tier of the sandbox, by default the best there is; raises NotStarted, tiers.NoSandbox."""
        ours, theirs = socket.socketpair()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  (closed in close)
        super().__init__(Channel(ours), tier or tiers.find())
        with theirs:
            self.process = subprocess.Popen(
                self.tier.command(),
                stdin=theirs,
                stdout=self.log,
                stderr=self.log,
                env=bubblewrap.environment(),
            )
        try:
            _, (labs,) = self.channel.receive_with_files(WARM_UP)
            self.labs = Warm(Channel(socket.socket(fileno=labs)), self.tier)
        except WireError as error:
            wrote = self.wrote()
            self.close()
            raise NotStarted(f"the sandbox did not start: {wrote}") from error

    def alive(self) -> bool:
        """Return whether it has not ended."""
        return self.process.poll() is None and self.labs.alive()

    def join(self, stream: socket.socket, labs: socket.socket) -> None:
        """Have it listen to one more channel for each of the two, whose other ends then are a `Warm`."""
        self.channel.send({"join": True}, [stream.fileno()])
        self.labs.channel.send({"join": True}, [labs.fileno()])

    def wrote(self) -> str:
        """Return what the process wrote to its log."""
        self.log.seek(0)
        return self.log.read()[-2000:].decode(errors="replace")

    def close(self) -> None:
        """End the warm process and everything forked from it."""
        super().close()
        # It ends its forks, and removes their folders.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(CLEAN_UP)
        self.process.kill()
        self.process.wait()
        self.log.close()
