"""The shell of a graded submission takes short cuts; each does what IPython does."""

import json
import subprocess
import sys

import pytest

from autograde import plain

# In this order in one shell: a value, its uses, what is no Python, errors of every kind, and what changes later cells.
CELLS = {
    "a value": "x = 1\nx",
    "a hidden value": "x = 1;",
    "a comment with a semicolon": "x  # done;",
    "a semicolon before a comment": "x;  # done",
    "a semicolon before empty lines": "x;\n\n# done",
    "a text with a semicolon": "'''a;\n'''",
    "something printed": "import sys\nprint(';')\nprint('no', file=sys.stderr)",
    "a command": "!echo hi",
    "a cell magic": "%%bash\necho hi",
    "a command's output": "files = !echo a b\nfiles",
    "a magic": "%pwd",
    "a question": "x?",
    "commands in a loop": "for i in range(2):\n    !echo {i}",
    "an indented cell": "  y = 2\n  y",
    "empty lines first": "\n\n1 / 0",
    "a copied prompt": ">>> 1 + 1",
    "a copied notebook": "In [1]: 1 + 1",
    "a percent sign": "total = (\n    7\n    %2\n)",
    "something awaited": "async def five(): return 5\nawait five()",
    "a coroutine": "async def f(): pass\nf().close()",
    "a warning of the parser": "'\\d'",
    "no Python": "def f(:",
    "nothing": "",
    "a blank": " \n",
    "a comment": "# nothing\n",
    "the cells so far": "len(In), sorted(Out), _i1, _ii, _, __, _1",
    "an error": "1 / 0",
    "an error in a function": "def f(n):\n    return 1 / n\n\n\nf(1)\nf(0)\nprint('no')",
    "that function again": "g = 1\nf(0)",
    "an error in what is shown": "class R:\n    def __repr__(self):\n        raise ValueError('no')\n\n\nR()",
    "an error with its own traceback": (
        "class E(Exception):\n    def _render_traceback_(self):\n        return ['mine']\n\n\nraise E"
    ),
    "a return by itself": "z = 1\nreturn",
    "was anything done": "'z' in dir()",
    "an end": "raise SystemExit(3)",
    "an assertion": "assert x == 2, 'not two'",
    "a display": "from IPython.display import HTML, display\ndisplay(HTML('<b>b</b>'))\nHTML('<i>i</i>')",
    "a future": "from __future__ import annotations\ndef h(a: nothing): pass\nh.__annotations__",
    "its effect": "def h(a: nothing): pass\nh.__annotations__",
    "itself": "get_ipython().run_cell('x + 1').result",
    "its number": "get_ipython().execution_count",
    "a name of its own": "_ = 5\n_",
    "the value after it": "7",
    "which stays": "_",
    "a hook": (
        "seen = []\nget_ipython().events.register('pre_run_cell', lambda info: seen.append(info.raw_cell))\n"
        "get_ipython().events.register('post_run_cell', lambda result: seen.append(result.success))"
    ),
    "a hooked cell": "1",
    "what it has seen": "seen",
    "a step": (
        "def two(lines):\n    return [line.replace('one', 'two') for line in lines]\n\n\n"
        "get_ipython().input_transformers_post.append(two)\n"
        "get_ipython().input_transformer_manager.cleanup_transforms.append(two)"
    ),
    "its effect on a cell": "'one'",
}

ASK = """
import json, sys
from IPython.core.displayhook import DisplayHook
from autograde import plain
from autograde.shell import new_shell

way, cells = json.load(sys.stdin)
shell, answers = new_shell(), []
if way == "IPython":
    shell._run_plain = lambda *given: None
    type(shell.displayhook).quiet = DisplayHook.quiet
for cell in cells:
    packed = plain.packed(cell) if way == "compiled before" else None
    answers.append([shell.run(cell, 5, packed), shell.execution_count])
print(json.dumps(answers))
"""


def answers(way):
    """Run all cells in a process of its own, which has one shell; return outputs and the next cell's number."""
    said = json.dumps([way, list(CELLS.values())])
    run = subprocess.run([sys.executable, "-c", ASK], input=said, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return dict(zip(CELLS, json.loads(run.stdout.splitlines()[-1]), strict=True))


@pytest.fixture(scope="module")
def of_ipython():
    """What IPython does."""
    return answers("IPython")


@pytest.fixture(scope="module", params=["compiled here", "compiled before"])
def ours(request):
    """What the short cuts do."""
    return answers(request.param)


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_does_the_same(of_ipython, ours, cell):
    """Outputs, tracebacks and numbers are IPython's own."""
    assert ours[cell] == of_ipython[cell]


def test_the_cells_are_not_all_alike(of_ipython):
    """What is compared above is something: values, errors, streams, displays, and effects of one cell on the next."""
    kinds = {output["output_type"] for outputs, _ in of_ipython.values() for output in outputs}

    assert kinds == {"stream", "error", "execute_result", "display_data"}
    assert "two" in str(of_ipython["its effect on a cell"])
    assert "'one'" not in str(of_ipython["its effect on a cell"])
    assert "True" in str(of_ipython["what it has seen"])


@pytest.mark.parametrize(
    "cell",
    ["x = 1\nx", "x = 1;", "# nothing\n", "def f(n):\n    return 1 / n\n\n\nf(0)", "'''a;\n'''"],
)
def test_a_plain_cell_crosses_compiled(cell):
    """So that a check is compiled once, and not for each submission."""
    found = plain.unpacked(plain.packed(cell))

    assert found == plain.codes(plain.tree(cell), plain.name(cell.rstrip("\n") + "\n"), compile)


@pytest.mark.parametrize(
    "cell",
    ["!echo hi", "%pwd", " x = 1", "await f()", "In [1]: 1", "'\\d'", "def f(:", "return", ""],
)
def test_what_is_not_plain_is_left_to_ipython(cell):
    """Nor does what changes the compiler for later cells."""
    assert plain.packed(cell) is None
    assert plain.packed("from __future__ import annotations") is None
