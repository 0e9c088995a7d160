"""Run notebooks in real kernels that are kept from one notebook to the next."""

import asyncio
import json
import math
import queue
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from shutil import copytree

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from authoring.stage import Stage

SCORE_JSON = "application/vnd.awslab.score+json"
CELL_SECONDS = 120
# A fresh lab and a fresh namespace, in the folder of the notebook that comes next.
_FRESH = """
import os
os.chdir({folder!r})
if "cloud" in globals():
    cloud.reset()
get_ipython().reset()
get_ipython().run_line_magic("xmode", "Context")
"""


class Worker:
    """One kernel, started when first needed and again after it died or hung."""

    def __init__(self) -> None:
        self.client = None
        self.stage: Stage | None = None
        # CPU time that the last notebook of run() took: what it takes alone on a machine, however busy this one is.
        self.seconds = 0.0
        # The kernel's sockets belong to one event loop, and so to one thread.
        self.loop = asyncio.Runner()

    def run(self, notebook: NotebookNode, folder: Path, inside: str = "") -> NotebookNode:
        """Run a copy of the notebook's code cells in a copy of `folder`; return it with outputs.

        `inside` names the folder in it to run in, for a notebook that looks at its neighbours.
        Errors become outputs and the next cell runs, as in nbgrader.
        """
        self._leave_stage()
        done = deepcopy(notebook)
        with tempfile.TemporaryDirectory() as name:
            here = Path(name) / "here"
            copytree(folder, here)
            self.prepare(here / inside)
            before = self._cpu()
            for index, cell in enumerate(done.cells):
                if cell.cell_type == "code":
                    self.execute(done, cell, index)
            self.seconds = self._cpu() - before
            self._leave_folder()
        return done

    def rerun(self, notebook: NotebookNode, folder: Path, start: str) -> NotebookNode:
        """Do what run() does, but bring back what stands before the cell `start` if it ran before."""
        if self.stage is None or self.stage.folder != folder:
            self._leave_stage()
            self.stage = Stage(self, folder)
        return self.stage.run(notebook, start)

    def _cpu(self) -> float:
        """Return the CPU seconds of the kernel and all that it started, ended or not."""
        if self.client is None:
            return 0.0
        kernel = psutil.Process(self.client.km.provisioner.pid)
        total = 0.0
        for process in (kernel, *kernel.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                used = process.cpu_times()
                total += used.user + used.system + used.children_user + used.children_system
        return total

    def _leave_stage(self) -> None:
        if self.stage is not None:
            self._leave_folder()
            self.stage.close()
            self.stage = None

    def _leave_folder(self) -> None:
        """Let the kernel stand elsewhere, so that its folder can be removed."""
        if self.client is not None:
            self.code(f"import os; os.chdir({tempfile.gettempdir()!r})")

    @property
    def alive(self) -> bool:
        """Whether there is a kernel: none before the first notebook, and after it died or hung."""
        return self.client is not None

    def prepare(self, folder: Path) -> None:
        """Give the next notebook a kernel without names, with a fresh lab, in its folder."""
        code = _FRESH.format(folder=str(folder))
        if self.client is not None and not self.code(code):
            return
        self.end()
        self.client = NotebookClient(
            new_notebook(),
            kernel_name="python3",
            timeout=CELL_SECONDS,
            allow_errors=True,
            # A warning that a kernel on loopback is not encrypted is no news here.
            extra_arguments=["--log-level=ERROR"],
        )
        self.client.create_kernel_manager()
        # What a child process of the kernel prints belongs in no terminal.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.loop.run(self.client.async_start_new_kernel(cwd=str(folder), **quiet))
        self.loop.run(self.client.async_start_new_kernel_client())
        if self.code(code):
            raise RuntimeError("a new kernel cannot run a cell: does `jupyter lab` work here?")

    def code(self, source: str) -> str:
        """Run a cell of our own; return its error, an empty text if there is none."""
        cell = new_code_cell(source)
        self.execute(new_notebook(cells=[cell]), cell, 0)
        return "; ".join(errors(cell))

    def execute(self, notebook: NotebookNode, cell: NotebookNode, index: int) -> None:
        """Run one cell of the notebook; what goes wrong becomes an output of the cell."""
        if self.client is None:
            cell.outputs = [new_output("error", ename="DeadKernelError", evalue="not run")]
            return
        self.client.nb = notebook
        self.client.reset_execution_trackers()
        try:
            self.loop.run(self.client.async_execute_cell(cell, index))
        except (CellTimeoutError, DeadKernelError) as error:
            said = str(error).strip().splitlines()[0]
            cell.outputs = [new_output("error", ename=type(error).__name__, evalue=said)]
            self.end()

    def end(self) -> None:
        """End the kernel; the next notebook starts another."""
        if self.client is not None:
            self.client.kc.stop_channels()
            self.loop.run(self.client.km.shutdown_kernel(now=True))
            self.client = None
        if self.stage is not None:  # what it kept was in the kernel
            self.stage.close()
            self.stage = None

    def close(self) -> None:
        """End the kernel for good."""
        self.end()
        self.loop.close()


def run_all(jobs: list[Callable], count: int = 2) -> list:
    """Call each job with a Worker, `count` at a time; return their results in order.

    A job is a function of one Worker. The first exception of a job is raised at the end.
    """
    todo = queue.SimpleQueue()
    for numbered in enumerate(jobs):
        todo.put(numbered)
    results = [None] * len(jobs)

    def work() -> None:
        worker = Worker()
        try:
            while True:
                index, job = todo.get_nowait()
                results[index] = job(worker)
        except queue.Empty:
            return
        finally:
            worker.close()

    with ThreadPoolExecutor(count) as pool:
        for thread in [pool.submit(work) for _ in range(min(count, len(jobs)))]:
            thread.result()
    return results


def errors(cell: NotebookNode) -> list[str]:
    """Return the exceptions of a cell that has run, as `name: message`."""
    return [
        f"{output.ename}: {output.evalue}"
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def stderr(cell: NotebookNode) -> str:
    """Return what a cell that has run wrote to stderr."""
    return "".join(
        output.text
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    )


def points(cell: NotebookNode) -> float:
    """Return nbgrader's points for a check that has run; stderr costs nothing in this course.

    A score above the cell's points, which nbgrader refuses, is infinite.
    """
    graded = deepcopy(cell)
    graded.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    try:
        return determine_grade(graded)[0]
    except ValueError:
        return math.inf


def score_of(cell: NotebookNode) -> dict | None:
    """Return the data of the score that a check has shown, None for a check without one."""
    for output in cell.outputs:
        if SCORE_JSON in output.get("data", {}):
            return output.data[SCORE_JSON]
    return None


def said(cell: NotebookNode) -> str:
    """Return all that a cell's outputs say to the learner, with single spaces for all spaces."""
    parts = []
    for output in cell.get("outputs", []):
        parts += [output.get("text", ""), output.get("evalue", "")]
        data = output.get("data", {})
        parts += _strings(data.get(SCORE_JSON, []))
        parts.append(data.get("text/plain") or data.get("text/html", ""))
    return " ".join(" ".join(parts).split())


def _strings(data) -> list[str]:
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        return [text for part in data for text in _strings(part)]
    return [data if isinstance(data, str) else json.dumps(data)]
