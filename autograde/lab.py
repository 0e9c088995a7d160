"""The lab of one grading, started when somebody first connects to it: many an exercise asks nothing of AWS."""

import os
import re
import select
import signal
import time
from collections.abc import Iterable, Sequence

from autograde.processes import Process, Zygote
from autograde.rebuild import Cell
from autograde.sandbox.inside import Limits
from autograde.wire import Channel, WireError

_LIKELY = re.compile(r"\bboto3\b|\bawslab\.start\(")
START = 30  # seconds for a fork to say that it is ready


def likely(cells: Iterable[Cell]) -> bool:
    """Return whether a notebook's own code begins as one that asks AWS something; any may, and waits a little then."""
    return any(cell["cell_type"] == "code" and _LIKELY.search(cell["source"]) for cell in cells)


class Lab:
    """A lab behind listening sockets, the learner's and the checker's; there is no process until one is used."""

    def __init__(self, zygote: Zygote, limits: Limits, doors: Sequence[int]) -> None:
        self._zygote, self._limits, self._doors = zygote, limits, list(doors)
        self._process: Process | None = None
        self._recording = False
        self._lost = False  # it did not answer

    def wait(self, channel: Channel, seconds: float) -> None:
        """Wait until something comes in a channel, and start the lab if somebody connects to it before."""
        deadline = time.monotonic() + seconds
        while self._process is None:
            left = max(0.0, deadline - time.monotonic())
            ready = select.select([channel, *self._doors], [], [], left)[0]
            if channel in ready or not ready:
                return
            self._start()

    def record(self, on: bool) -> None:
        """Remember what a given cell does, or no more."""
        self._recording = on
        if self._process is None:
            return
        try:
            self._process.channel.send({"record": on}, timeout=START)
            self._process.channel.receive(START)
        except WireError:
            self._lost = True

    def end(self) -> float:
        """End it; return the seconds of CPU that it has used."""
        if self._process is None:
            self._close_doors()
            return 0.0
        self._process.end()
        return self._process.cpu

    @property
    def broke(self) -> bool:
        """Whether it has ended before it was told to."""
        process = self._process
        return self._lost or bool(
            process and (process.ended or process.code not in (None, 0, -signal.SIGKILL))
        )

    def _start(self) -> None:
        # Whoever has connected is answered at once: a later message to record would miss the first calls.
        self._process = self._zygote.start(
            "lab", self._limits, self._doors, recording=self._recording
        )
        self._process.channel.receive(START)
        self._close_doors()

    def _close_doors(self) -> None:
        while self._doors:
            os.close(self._doors.pop())
