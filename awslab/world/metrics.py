"""What requests do to a task and what CloudWatch makes of numbers: load, response times, statistics.

The values of one moment are a `Distribution`: value -> how often it was measured; a thousand requests cost no
more than one. Times are in seconds, CPU in vCPU seconds, memory in MiB.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

__all__ = [
    "Distribution",
    "Served",
    "arrivals",
    "cpu_utilization",
    "is_statistic",
    "memory_utilization",
    "merged",
    "rate_at",
    "served",
    "statistic",
    "windows",
]

Distribution = Mapping[float, float]
Point = tuple[datetime, Distribution]

# An app whose profile says nothing of CPU or memory takes this much.
CPU_PER_REQUEST = 0.01
MEMORY = 64.0
LATENCY = 0.005  # of a request that takes no CPU time
BUSIEST = 0.95  # beyond this share of its CPU a task's waiting time is taken as no longer
# Five points of an exponential distribution: share of the requests, and the percentile that stands for it.
_SHARES = ((0.5, 0.25), (0.4, 0.70), (0.05, 0.925), (0.04, 0.97), (0.01, 0.995))
_SIMPLE = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")


def is_statistic(name: str) -> bool:
    """Tell whether a statistic is one that the lab computes: the five simple ones and percentiles such as p99.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    if name in _SIMPLE:
        return True
    number = name[1:]
    return name[:1] == "p" and number.replace(".", "", 1).isdigit() and 0 <= float(number) <= 100


def statistic(values: Distribution, name: str) -> float:
    """Return a statistic of measured values, of which there is at least one.

    A percentile is the lowest value that at least so many of a hundred do not exceed.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    Raises ValueError for a statistic that is not `is_statistic`.
    """
    if not is_statistic(name):
        raise ValueError(f"{name!r} is no statistic; take one of {', '.join(_SIMPLE)}, or p99")
    count = sum(values.values())
    if name == "SampleCount":
        return count
    if name in ("Minimum", "Maximum"):
        return min(values) if name == "Minimum" else max(values)
    if name in ("Sum", "Average"):
        total = math.fsum(value * times for value, times in values.items())
        return total if name == "Sum" else total / count
    wanted, seen = float(name[1:]) / 100 * count, 0.0
    for value in sorted(values):
        seen += values[value]
        if seen >= wanted - 1e-9:
            return value
    return max(values)


def merged(parts: Iterable[Distribution]) -> dict[float, float]:
    """Return all values of several distributions together."""
    whole: dict[float, float] = {}
    for part in parts:
        for value, times in part.items():
            whole[value] = whole.get(value, 0.0) + times
    return whole


def windows(
    points: Sequence[Point], start: datetime, period: timedelta, count: int
) -> list[dict[float, float]]:
    """Return the values of `count` periods from `start` on, {} where nothing was measured.

    `points` are in the order of time; a point belongs to the period in which it lies, its beginning included.
    """
    found: list[list[Distribution]] = [[] for _ in range(count)]
    first = bisect_right(points, start - timedelta(microseconds=1), key=lambda point: point[0])
    for moment, values in points[first:]:
        index = (moment - start) // period
        if index >= count:
            break
        found[index].append(values)
    return [merged(parts) for parts in found]


# --- load ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """What became of requests to one task: CPU used, how long answers took, how many were too many."""

    cpu: float
    times: dict[float, float]
    dropped: int


def served(requests: int, seconds: float, vcpu: float, profile: Mapping[str, Any]) -> Served:
    """Return what `requests` within `seconds` do to a task of `vcpu` whose app has a profile.

    The busier the task the longer an answer takes (a queue with random arrivals, M/M/1); what needs more CPU
    time than there is waits too long and gets no answer.
    """
    each = profile.get("cpu_per_request")
    each = CPU_PER_REQUEST if each is None else float(each)
    capacity = vcpu * seconds
    wanted = requests * each
    kept = requests if wanted <= capacity or not each else int(capacity / each)
    base = LATENCY + each / min(vcpu, 1.0)
    mean = base / (1 - min(BUSIEST, kept * each / capacity))
    times: dict[float, float] = {}
    for share, percentile in _SHARES if kept else ():
        took = round(-mean * math.log(1 - percentile), 3)
        times[took] = times.get(took, 0.0) + kept * share
    return Served(min(wanted, capacity), times, requests - kept)


def cpu_utilization(cpu: float, seconds: float, vcpu: float) -> float:
    """Return the percentage of its CPU that a task used, at most 100.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html
    """
    return round(min(100.0, 100 * cpu / (seconds * vcpu)), 4)


def memory_utilization(profiles: Iterable[Mapping[str, Any]], memory: float) -> float:
    """Return the percentage of a task's memory that its apps use, at most 100.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html
    """
    used = sum(float(MEMORY if p.get("memory") is None else p["memory"]) for p in profiles)
    return round(min(100.0, 100 * used / memory), 4)


def rate_at(schedule: Sequence[tuple[float, float]], elapsed: float) -> float:
    """Return the requests a second at a time: those of the last entry (second, rate) that is not later.

    Before the first entry there are none.
    """
    index = bisect_right(schedule, elapsed, key=lambda entry: entry[0])
    return schedule[index - 1][1] if index else 0.0


def arrivals(rate: float, seconds: float, seed: str) -> int:
    """Return how many requests come in `seconds` at a mean `rate` a second: random, the same for the same seed.

    The normal distribution stands for Poisson's.
    """
    mean = rate * seconds
    return max(0, round(random.Random(seed).gauss(mean, math.sqrt(mean)))) if mean > 0 else 0
