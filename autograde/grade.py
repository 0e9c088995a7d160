"""Grade one submission: its cells in the sandbox, the checks outside it, and one lab that both see.

Bytes come in and plain data goes out, so that a submission may be graded on another machine.
"""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from autograde import commands, evidence, names, plain, untrusted
from autograde.lab import START, Lab, likely
from autograde.processes import Process, Zygote
from autograde.rebuild import Cell, read, rebuild, role
from autograde.sandbox.inside import Limits
from autograde.untrusted import Forged
from autograde.wire import Channel, Closed, Garbage, TooLate, WireError

GRACE = 2  # seconds beyond a cell's own limit before its process is ended
LEARNER = ("own", "solution")
LAB_ENDED = "the lab of this submission ended before its checks were done"


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
    graded.evidence = rebuilt.evidence + graded.evidence
    return graded


def run_cells(
    cells: list[Cell], master: Master, zygote: Zygote, limits: Limits | None = None
) -> Graded:
    """Run the code cells of a rebuilt notebook, each where it belongs, and fill in their outputs."""
    began = time.perf_counter()
    with _Room(zygote, master, cells, limits or Limits()) as room:
        if (name := names.written(cells)) is not None:
            room.name = json.dumps({"value": name})
        for cell in cells:
            if cell["cell_type"] == "code":
                started = time.perf_counter()
                cell["outputs"] = room.run(cell)
                cell["seconds"] = round(time.perf_counter() - started, 3)
    own = [c for c in cells if c["cell_type"] == "code" and role(c) in LEARNER]
    seen = evidence.in_source(c["source"] for c in own)
    seen += dict.fromkeys(line for c in own for line in evidence.in_outputs(c["outputs"]))
    seen += room.evidence
    return Graded(cells, [], seen, time.perf_counter() - began, room.cpu)


class _Room:
    """The three processes of one grading."""

    def __init__(self, zygote: Zygote, master: Master, cells: list[Cell], limits: Limits) -> None:
        self.limits, self.evidence, self.cpu = limits, [], 0.0
        self.name: str | None = (
            None  # the answer to a check that asks for NAME, whatever it becomes
        )
        self.deadline = time.monotonic() + limits.wall
        if likely(master.cells):
            zygote.expect_lab()
        files = {name: base64.b64encode(data).decode() for name, data in master.files.items()}
        self._all: list[Process] = []
        for name, roles in (("learner", (*LEARNER, "given")), ("checker", ("check", "given"))):
            needed = commands.needed(c["source"] for c in cells if role(c) in roles)
            self._all.append(zygote.start(name, limits, folder=files, commands=needed))
        doors = [
            door for process in self._all for door in process.channel.receive_with_files(START)[1]
        ]
        self._lab = Lab(zygote, limits, doors)
        self._learner: Channel | None = self._all[0].channel
        self._checker = self._all[1].channel

    def __enter__(self) -> "_Room":
        return self

    def __exit__(self, *error: Any) -> None:
        for process in self._all:
            process.end()
        self.cpu = self._lab.end() + sum(process.cpu for process in self._all)
        if self._lab.broke:
            self.evidence.append(LAB_ENDED)

    def run(self, cell: Cell) -> list[dict[str, Any]]:
        """Run one cell where it belongs and return its outputs."""
        what = role(cell)
        if what == "check":
            return self._check(cell["source"])
        if what != "given":
            return self._answer(cell["source"], None)
        self._lab.record(True)
        outputs = self._check(cell["source"])
        self._lab.record(False)
        shown = self._answer(cell["source"], plain.packed(cell["source"]))
        # A given cell that uses the learner's names runs only beside them.
        failed = any(output["output_type"] == "error" for output in outputs)
        return shown if failed else outputs

    def _answer(self, source: str, compiled: str | None) -> list[dict[str, Any]]:
        """Run a cell of the learner's; one that takes the process with it ends the learner's cells for good."""
        if self._learner is None:
            return [untrusted.error("DeadKernelError", "not run: the kernel ended in a cell above")]
        seconds = self._left(self.limits.cell + GRACE)
        try:
            self._learner.send({"run": source, "compiled": compiled}, timeout=seconds)
            self._lab.wait(self._learner, seconds)
            return untrusted.outputs(self._learner.receive(seconds))
        except (WireError, Forged) as error:
            return [untrusted.error("DeadKernelError", self._lost(error))]

    def _check(self, source: str) -> list[dict[str, Any]]:
        """Run a check, and pass on what it asks the learner's names."""
        self._checker.send({"run": source, "compiled": plain.packed(source)})
        while True:
            self._lab.wait(self._checker, START + self.limits.wall)
            message = self._checker.receive(START + self.limits.wall)
            if "outputs" in message:
                return message["outputs"]
            self._checker.send({"answer": self._asked(message["ask"])})

    def _asked(self, question: dict[str, str]) -> str:
        if question.get("get") != "NAME":
            return self._learner_s_answer(question)
        if self.name is None:  # not written as a text: what it is now, and from now on
            self.name = self._learner_s_answer(question)
        return self.name

    def _learner_s_answer(self, question: dict[str, str]) -> str:
        if self._learner is None:
            return '{"error": "the kernel of this submission ended in a cell above"}'
        seconds = self._left(self.limits.ask)
        try:
            self._learner.send(question, timeout=seconds)
            self._lab.wait(self._learner, seconds)
            return untrusted.answer(self._learner.receive(seconds))
        except (WireError, Forged) as error:
            self._lost(error)
            return '{"error": "it took the kernel down, or far too long"}'

    def _left(self, seconds: float) -> float:
        return max(0.01, min(seconds, self.deadline - time.monotonic()))

    def _lost(self, error: Exception) -> str:
        """Give the learner's process up; return why, for the learner, and keep it for the instructor."""
        self._learner = None
        process = self._all[0]
        process.end()
        if isinstance(error, Forged | Garbage):
            what = f"the kernel did not send what a kernel sends: {error}"
        else:
            what = evidence.of_end(process, isinstance(error, Closed))
            if isinstance(error, TooLate) and not process.ended:
                what = "a cell did not end in time, although it was told to"
        self.evidence.append(what)
        return what
