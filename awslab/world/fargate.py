"""AWS Fargate's task sizes, and what a task of a size costs.

CPU is in CPU units (1,024 are one vCPU), memory in MiB, ephemeral storage in GiB.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size

Errors: RequestError, with the message of ECS's ClientException.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil

from awslab.world.request_error import RequestError

__all__ = [
    "DEFAULT_EPHEMERAL_STORAGE",
    "SIZES",
    "WINDOWS_CPU",
    "Rates",
    "Size",
    "billed_seconds",
    "check_ephemeral_storage",
    "check_size",
    "cost",
    "parse_cpu",
    "parse_memory",
]

GIB = 1024


def _steps(first: int, last: int, step: int = 1) -> tuple[int, ...]:
    return tuple(gib * GIB for gib in range(first, last + 1, step))


# CPU units -> the memory values, in MiB, that go with them.
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: _steps(1, 4),
    1024: _steps(2, 8),
    2048: _steps(4, 16),
    4096: _steps(8, 30),
    8192: _steps(16, 60, 4),
    16384: _steps(32, 120, 8),
    32768: (60 * GIB, 120 * GIB, 244 * GIB),
}
WINDOWS_CPU = (1024, 2048, 4096)
DEFAULT_EPHEMERAL_STORAGE = 20
EPHEMERAL_STORAGE = range(21, 201)
MINIMUM_SECONDS = 60
_CPU = re.compile(r"(\d+)|(\d*\.?\d+)\s*vcpu", re.IGNORECASE)
_MEMORY = re.compile(r"(\d+)|(\d*\.?\d+)\s*gb", re.IGNORECASE)
_SEE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."


@dataclass(frozen=True)
class Size:
    """One task size: `cpu` in CPU units, `memory` in MiB."""

    cpu: int
    memory: int


@dataclass(frozen=True)
class Rates:
    """What a Region charges: per vCPU-hour, per GB-hour of memory, per GB-hour of storage above 20 GB."""

    vcpu_hour: float
    gb_hour: float
    storage_gb_hour: float = 0.0


def parse_cpu(value: str | int) -> int:
    """Return CPU units for `"1024"`, `"1 vCPU"` or `".25 vCPU"`.

    Raises RequestError for anything else.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
    """
    return _parse(value, _CPU, "cpu")


def parse_memory(value: str | int) -> int:
    """Return MiB for `"512"`, `"2 GB"` or `"0.5GB"`.

    Raises RequestError for anything else.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
    """
    return _parse(value, _MEMORY, "memory")


@lru_cache(maxsize=256)  # asked for every running task each simulated minute
def _parse(value: str | int, pattern: re.Pattern[str], setting: str) -> int:
    found = pattern.fullmatch(str(value).strip())
    number = found and (int(found[1]) if found[1] else float(found[2]) * 1024)
    if not number or number != int(number):
        raise RequestError("ClientException", f"Invalid '{setting}' setting for task. {_SEE}")
    return int(number)


def check_size(cpu: str | int | None, memory: str | int | None, *, windows: bool = False) -> Size:
    """Return the size that a task's `cpu` and `memory` name.

    Raises RequestError when one is missing or Fargate has no such pair.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
    """
    for setting, value in (("cpu", cpu), ("memory", memory)):
        if value in (None, ""):
            raise RequestError(
                "ClientException",
                f"Fargate requires that '{setting}' be defined at the task level.",
            )
    units, mib = parse_cpu(cpu or ""), parse_memory(memory or "")
    if mib not in SIZES.get(units, ()) or (windows and units not in WINDOWS_CPU):
        raise RequestError(
            "ClientException",
            f"No Fargate configuration exists for given values: {units} CPU, {mib} memory. "
            "See the Amazon ECS documentation for the valid values.",
        )
    return Size(units, mib)


def check_ephemeral_storage(size: int, *, windows: bool = False) -> None:
    """Accept 21 to 200 GiB, on Linux only.

    Raises RequestError otherwise.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
    """
    if windows:
        raise RequestError(
            "ClientException",
            "Tasks using the Fargate launch type on Windows do not support ephemeralStorage.",
        )
    if size not in EPHEMERAL_STORAGE:
        bound = "at least 21" if size < EPHEMERAL_STORAGE[0] else "at most 200"
        raise RequestError("ClientException", f"EphemeralStorage size should be {bound}.")


def billed_seconds(pull_started: datetime, stopped: datetime) -> int:
    """Return the seconds AWS bills: from the start of the image pull, at least one minute.

    Raises ValueError when the task stopped before it started.
    https://aws.amazon.com/fargate/pricing/
    """
    seconds = ceil((stopped - pull_started).total_seconds())
    if seconds < 0:
        raise ValueError(f"stopped at {stopped}, before the image pull began at {pull_started}")
    return max(MINIMUM_SECONDS, seconds)


def cost(
    size: Size, seconds: float, rates: Rates, *, storage: int = DEFAULT_EPHEMERAL_STORAGE
) -> float:
    """Return what one task costs for `seconds` from the start of its image pull.

    What is reserved is billed, whether used or not, for one minute at least; 20 GB of storage are free.
    Raises ValueError for negative seconds.
    https://aws.amazon.com/fargate/pricing/
    """
    if seconds < 0:
        raise ValueError(f"a task cannot run for {seconds} seconds")
    hours = max(MINIMUM_SECONDS, ceil(seconds)) / 3600
    extra = max(0, storage - DEFAULT_EPHEMERAL_STORAGE)
    hourly = (
        size.cpu / 1024 * rates.vcpu_hour
        + size.memory / 1024 * rates.gb_hour
        + extra * rates.storage_gb_hour
    )
    return hourly * hours
