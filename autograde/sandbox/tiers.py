"""Which sandbox this machine can give: the best there is, or none and the reason.

Exceptions:

    RuntimeError
      +-- NoSandbox   learners' code would run with the rights of whoever grades
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from autograde.sandbox import bubblewrap


class NoSandbox(RuntimeError):
    """No sandbox works here; the message says what each one lacks."""


@dataclass(frozen=True)
class Tier:
    """One way to lock submissions in."""

    name: str
    flag: str  # for `zygote.py`
    wrap: Callable[[list[str]], list[str]]

    def command(self) -> list[str]:
        """Return the command that starts the warm process."""
        return self.wrap([sys.executable, "-m", "autograde.zygote", self.flag])


_OR = ", or let what learners have written do on this machine what you can do: --unsandboxed"
BUBBLEWRAP = Tier("namespaces and seccomp, in bubblewrap", "--boxed", bubblewrap.argv)
LANDLOCK = Tier("namespaces, landlock and seccomp, without bubblewrap", "--landlock", list)


WALLED = Tier(
    "landlock and seccomp, without namespaces (one TCP port of other machines stays in reach)",
    "--walled",
    list,
)
NONE = Tier("none", "--open", list)


def find(unsandboxed: bool = False) -> Tier:
    """Return the best tier that works on this machine, by trying it.

    Raises NoSandbox when there is none, unless submissions may run `unsandboxed`.
    """
    try:
        return _best()
    except NoSandbox:
        if not unsandboxed or not hasattr(os, "fork"):
            raise
        return NONE


@lru_cache
def _best() -> Tier:
    if not hasattr(os, "fork"):
        raise NoSandbox(f"{sys.platform} cannot fork processes: grade on Linux, or in its WSL")
    if not sys.platform.startswith("linux"):
        raise NoSandbox(f"a sandbox needs Linux, this is {sys.platform}: grade on Linux{_OR}")
    reasons = []
    for tier, problem in ((BUBBLEWRAP, _bubblewrap), (LANDLOCK, _landlock), (WALLED, _walled)):
        if not (reason := problem()):
            return tier
        reasons.append(reason)
    raise NoSandbox("no sandbox works here: " + "; ".join(reasons) + _OR)


def _bubblewrap() -> str:
    """Return why bubblewrap does not do here, "" if it does."""
    try:
        return _tried(bubblewrap.argv(["true"]))
    except FileNotFoundError as error:
        return str(error)


def _landlock() -> str:
    if os.getuid() == 0:
        return "without bubblewrap, root's rights cannot be taken from a submission"
    return _tried([sys.executable, "-m", "autograde.zygote", "--landlock", "--try"])


def _walled() -> str:
    reason = _tried([sys.executable, "-m", "autograde.zygote", "--walled", "--try"])
    if reason and os.getuid() == 0:
        return f"as another user than root, who has to be able to read this Python: {reason}"
    return reason


def _tried(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=bubblewrap.environment())
    if done.returncode == 0:
        return ""
    said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return f"{os.path.basename(command[0])}: {said[-1][:300]}"
