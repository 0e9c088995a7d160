"""Grade one submission: its cells in the sandbox, the checks outside it, and one lab that both see.

Bytes come in and plain data goes out, so that a submission may be graded on another machine.
"""

import base64
import os
import time
from dataclasses import dataclass, field
from typing import Any

from autograde.processes import Process, Zygote
from autograde.rebuild import Cell, read, rebuild, role
from autograde.sandbox.inside import Limits
from autograde.wire import Channel, Closed, Garbage, TooLate, WireError

START = 30  # seconds for a fork to say that it is ready
GRACE = 2  # seconds beyond a cell's own limit before its process is ended
ASK = 20  # seconds for one value or call that a check wants
LEARNER = ("own", "solution")
# What a submission may show the instructor: text. HTML, SVG and scripts would run in the instructor's browser.
HARMLESS = ("text/plain",)


@dataclass
class Master:
    """An assignment as it is graded: the released cells with the source's checks, and the files beside them."""

    cells: list[Cell]
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Graded:
    """One graded submission: cells with outputs, what was put right, and what somebody should look at."""

    cells: list[Cell]
    repairs: list[str]
    evidence: list[str]
    seconds: float
    cpu: float  # seconds, of all its processes


def grade(data: bytes, master: Master, zygote: Zygote, limits: Limits | None = None) -> Graded:
    """Grade the bytes of a submitted notebook; raises Unreadable for what is no notebook."""
    rebuilt = rebuild(master.cells, read(data))
    graded = run_cells(rebuilt.cells, master, zygote, limits)
    graded.repairs = rebuilt.repairs
    return graded


def run_cells(
    cells: list[Cell], master: Master, zygote: Zygote, limits: Limits | None = None
) -> Graded:
    """Run the code cells of a rebuilt notebook, each where it belongs, and fill in their outputs."""
    began = time.perf_counter()
    with _Room(zygote, master, limits or Limits()) as room:
        for cell in cells:
            if cell["cell_type"] == "code":
                cell["outputs"] = room.run(cell)
    return Graded(cells, [], room.evidence, time.perf_counter() - began, room.cpu)


class _Room:
    """The three processes of one grading."""

    def __init__(self, zygote: Zygote, master: Master, limits: Limits) -> None:
        self.limits, self.evidence, self.cpu = limits, [], 0.0
        self.deadline = time.monotonic() + limits.wall
        files = {name: base64.b64encode(data).decode() for name, data in master.files.items()}
        self._all: list[Process] = []
        doors = []
        for name in ("learner", "checker"):
            process = zygote.start(name, limits, folder=files)
            self._all.append(process)
            _, passed = process.channel.receive_with_files(START)
            doors += passed
        self._lab = zygote.start("lab", limits, doors)
        self._all.append(self._lab)
        self._lab.channel.receive(START)
        for door in doors:
            os.close(door)
        self._learner: Channel | None = self._all[0].channel
        self._checker = self._all[1].channel

    def __enter__(self) -> "_Room":
        return self

    def __exit__(self, *error: Any) -> None:
        for process in self._all:
            process.end()
        self.cpu = sum(process.cpu for process in self._all)

    def run(self, cell: Cell) -> list[dict[str, Any]]:
        """Run one cell where it belongs and return its outputs."""
        what = role(cell)
        if what == "check":
            return self._check(cell["source"])
        if what != "given":
            return self._answer(cell["source"])
        self._lab.channel.send({"record": True})
        self._lab.channel.receive(START)
        outputs = self._check(cell["source"])
        self._lab.channel.send({"record": False})
        self._lab.channel.receive(START)
        shown = self._answer(cell["source"])
        # A given cell that uses the learner's names runs only beside them.
        failed = any(output["output_type"] == "error" for output in outputs)
        return shown if failed else outputs

    def _answer(self, source: str) -> list[dict[str, Any]]:
        """Run a cell of the learner's; one that takes the process with it ends the learner's cells for good."""
        if self._learner is None:
            return [_error("DeadKernelError", "not run: the kernel ended in a cell above")]
        try:
            self._learner.send({"run": source})
            reply = self._learner.receive(self._left(self.limits.cell + GRACE))
            return [_harmless(output) for output in reply["outputs"]]
        except (WireError, KeyError, TypeError, AttributeError) as error:
            return [_error("DeadKernelError", self._lost(error))]

    def _check(self, source: str) -> list[dict[str, Any]]:
        """Run a check, and pass on what it asks the learner's names."""
        self._checker.send({"run": source})
        while True:
            message = self._checker.receive(START + self.limits.wall)
            if "outputs" in message:
                return message["outputs"]
            self._checker.send({"answer": self._asked(message["ask"])})

    def _asked(self, question: dict[str, str]) -> str:
        if self._learner is None:
            return '{"error": "the kernel of this submission ended in a cell above"}'
        try:
            self._learner.send(question)
            answer = self._learner.receive(self._left(ASK))["answer"]
            return answer if isinstance(answer, str) else '{"error": "no answer"}'
        except (WireError, KeyError, TypeError) as error:
            self._lost(error)
            return '{"error": "it took the kernel down, or far too long"}'

    def _left(self, seconds: float) -> float:
        return max(0.01, min(seconds, self.deadline - time.monotonic()))

    def _lost(self, error: Exception) -> str:
        """Give the learner's process up; return why, for the learner, and keep it for the instructor."""
        if isinstance(error, TooLate):
            what = "a cell did not end in time, although it was told to"
        elif isinstance(error, Closed):
            what = "a cell ended the kernel: by exit, by a crash, or by using more than it may"
        elif isinstance(error, Garbage):
            what = "what the kernel sent was not an answer"
        else:
            what = "the kernel sent an answer of another form"
        self.evidence.append(what)
        self._learner = None
        self._all[0].end()
        return what


def _error(name: str, message: str) -> dict[str, Any]:
    return {
        "output_type": "error",
        "ename": name,
        "evalue": message,
        "traceback": [f"{name}: {message}"],
    }


def _harmless(output: Any) -> dict[str, Any]:
    """Return an output of the learner's with nothing but text in it, whatever it claims to be."""
    kind = output["output_type"]
    if kind == "stream":
        name = "stderr" if output["name"] == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": str(output["text"])}
    if kind == "error":
        return _error(str(output["ename"])[:200], str(output["evalue"])[:10_000]) | {
            "traceback": [str(line)[:10_000] for line in output["traceback"][:100]]
        }
    data = {name: str(output["data"][name]) for name in HARMLESS if name in output["data"]}
    return {"output_type": "display_data", "data": data, "metadata": {}}
