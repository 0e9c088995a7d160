"""Cells that are plain Python: IPython need not look for magics in them, and whoever grades compiles a check once.

Python's own compiled form crosses to the process that runs it, which is forked from the same Python.
"""

import ast
import base64
import marshal
import warnings
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any

from IPython.core.compilerop import code_name

Codes = list[
    CodeType
]  # of one cell, in their order; the value of the last one is shown, if it has one


def name(cell: str) -> str:
    """Return the file name that a cell's code has: the same wherever and how often it runs."""
    return code_name(cell, 0)


def tree(cell: str) -> ast.Module | None:
    """Return a cell's syntax tree, None for what is no Python, not without a warning, or not for IPython.

    A first line that is empty or indented and a copied prompt are taken away by IPython, and what awaits needs a loop.
    """
    if not cell or cell[0].isspace() or any(sign in cell for sign in ("In [", "async", "await")):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning):
        return None


def codes(found: ast.Module, name: str, compiler: Callable[..., CodeType]) -> Codes | None:
    """Return a tree compiled by a function like `compile`, None for what does not compile, as `return` by itself."""
    body, last = found.body, []
    if body and isinstance(body[-1], ast.Expr):
        body, last = body[:-1], body[-1:]
    try:
        made = [compiler(ast.Module(body, []), name, "exec")] if body else []
        return made + ([compiler(ast.Interactive(last), name, "single")] if last else [])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=1000)
def packed(cell: str) -> str | None:
    """Return a cell compiled, as text; None if it has to be compiled where it runs."""
    found = tree(cell)
    if found is None or "__future__" in cell:  # which holds for later cells, too
        return None
    made = codes(found, name(cell + "\n" * (not cell.endswith("\n"))), _alone)
    return None if made is None else base64.b64encode(marshal.dumps(made)).decode()


def unpacked(text: str) -> Codes:
    """Return what `packed` has packed."""
    return marshal.loads(base64.b64decode(text))


def _alone(found: ast.AST, name: str, kind: str) -> Any:
    return compile(found, name, kind, dont_inherit=True)
