"""Values of an assignment that differ from learner to learner: names, ports, counts, address ranges.

The first cell of an assignment is the learner's own, `NAME = "..."`; the setup cell draws from it:

    mine = awslab.draw("6.3.b-ecs-fargate")
    CLUSTER = mine.pick("CLUSTER", ["harbour", "orchard", "quarry"])
    mine

The name travels in the notebook, so the instructor's graded copy draws the same values on another machine.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

from awslab.learner import LearnerError, NotAttempted, learner
from awslab.show.picture import Picture, escape, table

T = TypeVar("T")
NOBODY = (
    "NAME is empty, so these are the example values. "
    "Write your user name into the cell above, and run both cells again."
)


class Draw:
    """Draw values by key; the same assignment, name and key give the same value on every machine."""

    def __init__(self, assignment: str, name: str) -> None:
        self.assignment = assignment
        self.name = " ".join(name.split()).casefold()
        self.values: dict[str, Any] = {}

    def pick(self, key: str, options: Sequence[T]) -> T:
        """Return one of `options`; raises ValueError when there are none."""
        if not options:
            raise ValueError(f"pick({key!r}): there is nothing to pick from")
        return self._keep(key, options[self._number(key) % len(options)])

    def number(self, key: str, low: int, high: int, step: int = 1) -> int:
        """Return a whole number from `low` to `high`, both included, in steps of `step`."""
        return self.pick(key, range(low, high + 1, step))

    def cidr(self, key: str, prefix: int = 16) -> str:
        """Return a private range 10.x.0.0/16, or with a longer prefix 10.x.y.0; `prefix` is 16 to 24 bits."""
        if not 16 <= prefix <= 24:
            raise ValueError(f"cidr({key!r}): the prefix must be 16 to 24 bits, not {prefix}")
        second, third = divmod(self._number(key), 256)
        third &= 0xFF << (24 - prefix)
        # 10.0 and 10.1 are what everybody writes without thinking, so nobody gets them.
        return self._keep(key, f"10.{20 + second % 200}.{third & 0xFF}.0/{prefix}")

    def _number(self, key: str) -> int:
        seed = "\0".join((self.assignment, self.name, key))
        return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])

    def _keep(self, key: str, value: T) -> T:
        self.values[key] = value
        return value

    def _picture(self) -> Picture:
        whose = f"Drawn for {self.name}" if self.name else NOBODY
        rows = [
            [f"<code>{escape(key)}</code>", escape(str(value))]
            for key, value in self.values.items()
        ]
        text = "\n".join([whose, *(f"{key} = {value!r}" for key, value in self.values.items())])
        return Picture(
            f"<p>{escape(whose)}</p>{table('Your values', ('Name', 'Value'), rows)}", text
        )

    def __repr__(self) -> str:
        return self._picture().text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._picture()._repr_mimebundle_(include, exclude)


def draw(assignment: str, name: str | None = None) -> Draw:
    """Start drawing for one learner; without a `name` it is the notebook's variable `NAME`, empty if there is none."""
    if name is None:
        try:
            name = learner["NAME"]
        except (LearnerError, NotAttempted):
            name = ""
    return Draw(assignment, name if isinstance(name, str) else str(name))
