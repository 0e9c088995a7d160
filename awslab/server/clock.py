"""The lab's simulated clock: it moves only when something asks it to.

Every lab starts at the same moment, so that the same calls give the same history, byte for byte.
"""

import datetime as real_datetime
import sys
import time as real_time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# A Monday, 09:00 UTC: "weekdays at nine" is now, and a day is easy to count from it.
EPOCH = real_datetime.datetime(2026, 1, 5, 9, 0, tzinfo=real_datetime.UTC)

Due = Callable[[], real_datetime.datetime | None]
Run = Callable[[real_datetime.datetime], None]


class Clock:
    """Simulated time with events: `advance` stops at every moment at which something is due.

    `now` is an aware datetime in UTC.
    """

    def __init__(self, now: real_datetime.datetime = EPOCH) -> None:
        self.now = now
        self._tickers: list[tuple[Due, Run]] = []
        self._held = False

    def every(self, due: Due, run: Run) -> None:
        """Call `run(moment)` whenever the moment that `due()` names is reached; None means nothing is due."""
        self._tickers.append((due, run))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no time pass inside: what the lab asks of itself is no poll of the learner's."""
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before

    def advance(self, delta: real_datetime.timedelta) -> real_datetime.datetime:
        """Move the clock forward by `delta`, running what falls due on the way; return the new time.

        Raises ValueError for a negative delta: AWS has no way back either.
        """
        if delta < real_datetime.timedelta(0):
            raise ValueError(f"the clock only moves forward, not by {delta}")
        if self._held:
            return self.now
        end = self.now + delta
        while (soonest := self._soonest(end)) is not None:
            moment, run = soonest
            self.now = max(self.now, moment)
            run(self.now)
        self.now = end
        return end

    def _soonest(self, end: real_datetime.datetime) -> tuple[real_datetime.datetime, Run] | None:
        waiting = [
            (moment, run)
            for due, run in self._tickers
            if (moment := due()) is not None and moment <= end
        ]
        return min(waiting, key=lambda entry: entry[0], default=None)


# moto keeps its state in module globals, one set a process; its clock is therefore one a process too.
current = Clock()


class _SimulatedMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, real_datetime.datetime)


class SimulatedDatetime(real_datetime.datetime, metaclass=_SimulatedMeta):
    """`datetime.datetime` whose `now`, `utcnow` and `today` read the simulated clock."""

    @classmethod
    def now(cls, tz: real_datetime.tzinfo | None = None) -> real_datetime.datetime:
        """Return the simulated time, aware in `tz`, or naive in UTC when `tz` is None."""
        return current.now.astimezone(tz) if tz else current.now.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> real_datetime.datetime:
        """Return the simulated time, naive, in UTC."""
        return current.now.replace(tzinfo=None)

    today = utcnow


def _simulated_time() -> float:
    return current.now.timestamp()


def _copy_of(module: types.ModuleType, **changes: object) -> types.ModuleType:
    copy = types.ModuleType(module.__name__, module.__doc__)
    vars(copy).update(vars(module), **changes)
    return copy


_REPLACEMENTS = {
    id(real_datetime): _copy_of(real_datetime, datetime=SimulatedDatetime),
    id(real_datetime.datetime): SimulatedDatetime,
    id(real_time): _copy_of(real_time, time=_simulated_time),
    id(real_time.time): _simulated_time,
}
_seen: set[str] = set()


def patch_moto() -> None:
    """Point the clock of every moto module imported so far at the simulated one.

    moto imports a service at its first call, so the lab calls this again whenever modules were added.
    """
    for name in [name for name in sys.modules if name.startswith("moto.") and name not in _seen]:
        _seen.add(name)
        names = vars(sys.modules[name])
        for key, value in list(names.items()):
            if id(value) in _REPLACEMENTS:
                names[key] = _REPLACEMENTS[id(value)]
