"""Run a notebook's cells in this process, with IPython, and collect what they show as nbformat outputs.

A forked process is ready at once; a Jupyter kernel would take half a second to answer its first message.
"""

import os
import signal
import subprocess
import sys
from types import CodeType
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from autograde import plain
from awslab.notebook import shorten_tracebacks

LONGEST_OUTPUT = 1_000_000  # characters of all outputs of one cell
MOST_OUTPUTS = 500  # of one cell


class CellTimeout(BaseException):
    """A cell took too long; not an Exception, so that `except Exception` does not swallow it."""


class Outputs:
    """Collect the outputs of one cell, no more than anybody would read."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin the next cell."""
        self.items: list[dict[str, Any]] = []
        self.left = LONGEST_OUTPUT

    def stream(self, name: str, text: str) -> None:
        """Add text written to stdout or stderr."""
        text = text[: max(self.left, 0)]
        self.left -= len(text)
        if not text:
            return
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.add({"output_type": "stream", "name": name, "text": text})

    def data(self, kind: str, data: dict[str, Any], metadata: dict[str, Any], **more: Any) -> None:
        """Add a display or a result; one that is too long is left out, and the cell says so."""
        size = sum(len(value) if isinstance(value, str) else 1000 for value in data.values())
        if size > self.left:
            data, metadata = {"text/plain": f"(an output of {size} characters is left out)"}, {}
            size = 60
        self.left -= size
        self.add({"output_type": kind, "data": data, "metadata": metadata, **more})

    def add(self, output: dict[str, Any]) -> None:
        """Add one output as nbformat has it."""
        if len(self.items) < MOST_OUTPUTS:
            self.items.append(output)


class _Stream:
    """Stand in for sys.stdout or sys.stderr."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name, self._outputs = name, outputs

    def write(self, text: str) -> int:
        self._outputs.stream(self.name, str(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1 if self.name == "stdout" else 2


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **more: Any) -> None:
        self.shell.outputs.data("display_data", dict(data), dict(metadata or {}))

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()


class _Result(DisplayHook):
    def quiet(self) -> bool:
        """Return whether a semicolon ends the cell; to find out, IPython looks at every token of it."""
        cell = self.shell.history_manager.input_hist_parsed[-1]
        lines = [line.strip() for line in cell.splitlines()]
        code = [line for line in lines if line and not line.startswith("#")]
        return bool(code) and ";" in code[-1] and super().quiet()

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self.shell.outputs.data(
            "execute_result",
            dict(format_dict),
            dict(md_dict or {}),
            execution_count=self.prompt_count,
        )

    def finish_displayhook(self) -> None:
        pass


class _Compiler(CachingCompiler):
    """IPython's compiler, for which the same cell has the same name wherever it runs."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return plain.name(transformed_code)


class CellShell(InteractiveShell):
    """IPython without a terminal and without a kernel."""

    def __init__(self, **more: Any) -> None:
        self.outputs = Outputs()
        parts = {"display_pub_class": _Publisher, "displayhook_class": _Result}
        super().__init__(compiler_class=_Compiler, **parts, **more)
        self.colors = "nocolor"
        self._usual = self._steps(), self.compile.flags

    def init_history(self) -> None:
        """Keep the history in memory: a file would outlive the submission."""
        self.config.HistoryManager.enabled = False
        super().init_history()

    def _steps(self) -> list[list[Any]]:
        """Return copies of all that changes a cell before it runs."""
        steps = self.input_transformer_manager
        parts = (steps.cleanup_transforms, steps.line_transforms, steps.token_transformers)
        return [list(part) for part in (*parts, self.ast_transformers)]

    def _codes(self, cell: str, compiled: str | None) -> plain.Codes | None:
        """Return a cell compiled; None if IPython must run it, since it is no plain Python or IPython was changed."""
        steps, flags = self._usual
        changed = self._steps() != steps or "run_cell" in vars(self)
        if changed or self.ast_node_interactivity != "last_expr":
            return None
        if compiled and self.compile.flags == flags:
            return plain.unpacked(compiled)
        tree = plain.tree(cell)
        ended = cell if cell.endswith("\n") else cell + "\n"
        return tree and plain.codes(tree, plain.name(ended), self.compile)

    def _run_plain(self, raw_cell: str, compiled: str | None) -> ExecutionResult | None:
        """Do what `run_cell` does with a cell in which nothing is to be transformed; nothing with another one."""
        if (codes := self._codes(raw_cell, compiled)) is None:
            return None
        cell = raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        info = ExecutionInfo(raw_cell, True, False, True, None, None, transformed_cell=cell)
        result = ExecutionResult(info)
        count = result.execution_count = self.execution_count
        self.execution_count += 1
        try:
            self.events.trigger("pre_execute")
            self.events.trigger("pre_run_cell", info)
            self.history_manager.store_inputs(count, cell, raw_cell)
            self.logger.log(cell, raw_cell)
            self.compile.cache(cell, count, raw_code=raw_cell)
            with self.builtin_trap, self.display_trap:
                self.displayhook.exec_result = result
                failed = any(self._run_code(code, result) for code in codes)
                self.displayhook.exec_result = None
            self.last_execution_succeeded = not failed
            self.last_execution_result = result
        finally:
            self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)
        return result

    def _run_code(self, code: CodeType, result: ExecutionResult) -> bool:
        """Run code, show what it raises, and return whether it does; nothing in it awaits."""
        try:
            self.run_code(code, result).send(None)
        except StopIteration as ended:
            return ended.value
        raise RuntimeError("plain code has awaited something")

    def enable_gui(self, gui: Any = None) -> None:
        """Have no event loop to enable."""

    def system_piped(self, command: str) -> None:
        """Run a `!command`; show what it writes as the cell's stdout, as a kernel does."""
        done = subprocess.Popen(
            ["/bin/sh", "-c", self.var_expand(command, depth=1)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with done.stdout:
            for chunk in iter(lambda: done.stdout.read1(1 << 16), b""):
                sys.stdout.write(chunk.decode(errors="replace"))
        code = done.wait()
        self.user_ns["_exit_code"] = code if code >= 0 else -code
        if code > 128:
            self.user_ns["_exit_code"] = -(code - 128)

    system = system_piped

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.outputs.add(
            {
                "output_type": "error",
                "ename": getattr(etype, "__name__", str(etype)),
                "evalue": str(evalue)[:10_000],
                "traceback": [str(line)[:10_000] for line in stb][:100],
            }
        )

    def run(self, source: str, seconds: int, compiled: str | None = None) -> list[dict[str, Any]]:
        """Run one cell for at most `seconds`; return its outputs, an error among them if it failed.

        `compiled` is what `plain.packed` has made of it.
        """
        self.outputs.clear()
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Stream("stdout", self.outputs), _Stream("stderr", self.outputs)
        signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(seconds)
        try:
            result = self._run_plain(source, compiled) or self.run_cell(source, store_history=True)
        except CellTimeout:
            result = None
        finally:
            signal.alarm(0)
            sys.stdout, sys.stderr = before
        failed = result is None or not result.success
        if failed and not any(o["output_type"] == "error" for o in self.outputs.items):
            self._say_timeout_or_hidden_error(result)
        return self.outputs.items

    def _say_timeout_or_hidden_error(self, result: Any) -> None:
        """Record an error that the cell's own code has kept from being shown."""
        error = result and (result.error_in_exec or result.error_before_exec)
        error = error or CellTimeout("the cell took too long")
        self._showtraceback(type(error), error, [f"{type(error).__name__}: {error}"])


def _too_long(signum: int, frame: Any) -> None:
    raise CellTimeout("the cell took too long")


def new_shell() -> CellShell:
    """Return this process's shell; there is one at most, and a fork finds that of the warm process."""
    if not CellShell.initialized():
        InteractiveShell.clear_instance()
        os.environ.setdefault("PAGER", "cat")
        shell = CellShell.instance()
        shell.InteractiveTB.set_mode("Context")
        shorten_tracebacks()
    return CellShell.instance()
