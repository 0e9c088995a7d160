"""Small comforts in IPython: an AWS error is two lines, not a page of botocore."""

import linecache
import sys
import traceback
from types import TracebackType


def shorten_tracebacks() -> None:
    """Show botocore's and the lab's errors as what was wrong and the learner's own line; others stay as they are."""
    # Importing IPython takes 0.15 s, and without it there is no shell.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return
    from botocore.exceptions import BotoCoreError, ClientError

    from awslab.guard import LabGone, RealAWSRefused

    shell.set_custom_exc((BotoCoreError, ClientError, LabGone, RealAWSRefused), _show)


def _show(
    shell, kind: type, error: BaseException, trace: TracebackType, tb_offset=None
) -> list[str]:
    lines = [f"{kind.__name__}: {error}", *_own_line(trace)]
    shell._showtraceback(kind, error, lines)
    return lines


def _own_line(trace: TracebackType) -> list[str]:
    """Return where in the learner's cells the error came from, the innermost such line."""
    frames = [f for f in traceback.extract_tb(trace) if _is_cell(f.filename)]
    if not frames:
        return []
    frame = frames[-1]
    code = linecache.getline(frame.filename, frame.lineno or 0).strip()
    return [f"at line {frame.lineno} of the cell: {code}"]


def _is_cell(filename: str) -> bool:
    return "ipykernel_" in filename or filename.startswith("<ipython-input")
