"""What the warm process and its forks need of a tier of the sandbox."""

from collections.abc import Sequence
from typing import Protocol

from autograde.sandbox.inside import Limits
from autograde.sandbox.watch import Family


class Way(Protocol):
    """How a fork of the warm process gets into the sandbox."""

    port: int  # of the lab, for the learner and for the checker; 0 for any free one
    stop: int  # the signal that ends a fork with all that it has started

    def fork(self) -> int:
        """Fork the warm process; return 0 in the child."""

    def enter(self, limits: Limits, files: Sequence[int]) -> None:
        """Lock this fork in, with no file open but its log and `files`."""

    def family(self, pid: int, limits: Limits) -> Family:
        """Return what is to be watched of a fork."""

    def lock(self, limits: Limits, port: int | None = None) -> None:
        """Bound and restrict this process, before it runs what it should not trust; `port` is where its lab is."""

    def attempt(self) -> None:
        """Do what can fail, to see whether it does; raises OSError."""
