"""The shell of a graded submission takes short cuts; each says what IPython says."""

import json
import subprocess
import sys

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograde.shell import _Compiler, _Transformers

CELLS = [
    "x = 1\nx",
    "x = 1;",
    "x  # done;",
    "x;  # done",
    "x;\n\n# done",
    "'''a;\n'''",
    "print(';')",
    "!echo hi",
    "%%bash\necho hi",
    "files = !ls /\nfiles",
    "%time 1 + 1",
    "x?",
    "for i in range(2):\n    !echo {i}",
    "  y = 2\n  y",
    ">>> 1 + 1",
    "In [1]: 1 + 1",
    "total = (\n    7\n    %2\n)",
    "await nothing()",
    "async def f(): pass",
    "[each async for each in nothing()]",
    "awaited = 1",
    "'\\d'",
    "def f(:",
    "",
    "# nothing\n",
]

ASK = """
import json, sys, tokenize
from IPython.core.displayhook import DisplayHook
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from autograde.shell import new_shell

def hides(python):
    try:
        return bool(DisplayHook.semicolon_at_end_of_expression(python))
    except (tokenize.TokenError, SyntaxError):
        return False  # it is not run, and shows nothing

shell, answers = new_shell(), []
for cell in json.load(sys.stdin):
    python = TransformerManager().transform_cell(cell)
    shell.history_manager.input_hist_parsed.append(python)
    plain = InteractiveShell.should_run_async(shell, cell, transformed_cell=python)
    ours = shell.should_run_async(cell, transformed_cell=python)
    answers.append({"async": [plain, ours], "quiet": [hides(python), bool(shell.displayhook.quiet())]})
print(json.dumps(answers))
"""


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_becomes_the_same_python(cell):
    """What is Python already is left alone only where IPython would have left it alone."""
    expected = TransformerManager().transform_cell(cell)

    assert expected == _Transformers(_Compiler()).transform_cell(cell)


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, list[bool]]]:
    """What IPython says of each cell, and what the shell says; in a process of its own: a process has one shell."""
    run = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps(CELLS), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return dict(zip(CELLS, json.loads(run.stdout), strict=True))


@pytest.mark.parametrize("cell", CELLS)
def test_what_awaits_is_run_as_a_coroutine(answers, cell):
    """A cell without the words is not compiled to find out, and awaits nothing."""
    expected, found = answers[cell]["async"]

    assert expected == found


@pytest.mark.parametrize("cell", CELLS)
def test_a_semicolon_at_the_end_hides_the_result(answers, cell):
    """Wherever the last semicolon stands, the result is hidden as IPython hides it."""
    expected, found = answers[cell]["quiet"]

    assert expected == found


def test_a_step_that_a_cell_has_added_is_taken():
    """Whoever adds a step to IPython's own has it run on plain Python, too."""
    transformers = _Transformers(_Compiler())

    class Double:
        priority = 1

        @classmethod
        def find(cls, tokens_by_line):
            return cls() if tokens_by_line[0][0].string == "one" else None

        start_line = start_col = 0

        def transform(self, lines):
            return ["two = 2\n"]

    transformers.token_transformers.append(Double)

    assert transformers.transform_cell("one = 1") == "two = 2\n"
