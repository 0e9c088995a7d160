"""What somebody should look at: how a submission's process ended, and what its source reaches for.

Nothing here changes a mark; only a person may withhold one.
"""

import re
from collections.abc import Iterable
from typing import Any

from autograde.shell import LONGEST_OUTPUT, MOST_OUTPUTS

_REACHES_FOR = {
    r"NBGRADER_(EXECUTION|VALIDATING)|gethostname|getfqdn|platform\.node|\buname\b": "asks whether it is being graded",
    r"input_transformers|ast_transformers|events\.(un)?register|run_cell|_showtraceback|\.showtraceback"
    r"|get_ipython\(\)\)?\.(_|compile)": "changes how IPython runs cells",
    r"sitecustomize|usercustomize": "changes how Python starts",
    r"\bbuiltins\b|__builtins__": "reaches for Python's builtins",
    r"/proc/(self|\d|\{)|_getframe|\bgc\.get_(objects|referrers)|\bctypes\b": "looks into its process",
    r"gradebook\.db|HIDDEN TESTS|\.\./.*\.ipynb": "looks for the gradebook, hidden tests or others' notebooks",
    r"\bboto3\.\w+ *=[^=]|\bsys\.modules\b|setattr\(boto": "replaces parts of other modules",
    r"def __(eq|getattr|getattribute)__": "makes objects that answer every question",
    r"vnd\.awslab|<script|Javascript\(": "shows what only a check or a page's own script would show",
    r"\bmmap\b|\bsetsid\b|start_new_session": "asks for memory or processes beside Python's own",
    r"/_lab/|moto-api|AWSLAB_ENDPOINT": "reaches for the lab's own controls",
    r"os\._exit|os\.kill\b|os\.fork\b|SIGKILL|\bkillpg\b|prctl": "starts or ends processes",
    r"autograde\.|AWSLAB_COMMANDS": "reaches for the grader's own code",
}
_LIMITS = {
    "MemoryError": "a cell asked for more memory than it may use",
    "Cannot allocate memory": "a cell asked for more memory than it may use",
    "No space left on device": "a cell wrote more files than there is room for",
    "File too large": "a cell wrote a larger file than is allowed",
    "CellTimeout": "a cell ran out of time",
    "Resource temporarily unavailable": "a cell started more processes than it may",
}
_MEANS = {
    "memory": "more memory than it may use",
    "cpu": "more CPU time than it may use",
    "processes": "more processes than it may use",
    "disk": "more room for files than it may use",
}


def in_source(sources: Iterable[str]) -> list[str]:
    """Return a sentence for each unusual thing that the learner's cells reach for."""
    text = "\n".join(sources)
    found = []
    for pattern, sentence in _REACHES_FOR.items():
        if match := re.search(pattern, text):
            found.append(f"a cell {sentence}: `{_line(text, match.start())}`")
    return found


def in_outputs(outputs: Iterable[dict[str, Any]]) -> list[str]:
    """Return a sentence for each limit of the sandbox that a cell of the learner's has run into."""
    outputs = list(outputs)
    size = sum(len(output["text"]) for output in outputs if output["output_type"] == "stream")
    errors = " ".join(f"{o['ename']} {o['evalue']}" for o in outputs if o["output_type"] == "error")
    found = [sentence for name, sentence in _LIMITS.items() if name in errors]
    if size >= LONGEST_OUTPUT or len(outputs) >= MOST_OUTPUTS:
        found.append("a cell wrote more than is kept")
    return found


def _line(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[start : end if end >= 0 else None].strip()[:200]


def of_end(process: Any, itself: bool) -> str:
    """Return how a process (see `processes.Process`) has ended; `itself` tells that nobody has asked it to."""
    if process.ended:
        return f"the kernel was ended: it used {_MEANS[process.ended]}"
    if process.code == -24:  # SIGXCPU; the number is Linux's
        return f"the kernel was ended: it used {_MEANS['cpu']}"
    if not itself or process.code == -9:
        return "the kernel stopped answering, and was ended"
    if process.code < 0:
        return f"the kernel crashed: signal {-process.code}"
    return f"the kernel ended itself: exit code {process.code}"
