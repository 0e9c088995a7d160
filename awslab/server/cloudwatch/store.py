"""What CloudWatch keeps in the lab, hung on moto's backend: series of datapoints by minute, alarms' history, traffic.

A datapoint is a distribution (`awslab.world.metrics`), so that percentiles are exact.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend, MetricAggregatedDatum, MetricDatum
from moto.cloudwatch.models import cloudwatch_backends as backends

from awslab.world import metrics
from awslab.world.metrics import Distribution

MINUTE = timedelta(minutes=1)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
KEPT = timedelta(days=15)
Dimensions = tuple[tuple[str, str], ...]
Key = tuple[str, str, Dimensions]  # namespace, metric, dimensions in the order of their names


@dataclass
class Series:
    """One metric: its unit and its datapoints, oldest first."""

    unit: str
    points: list[tuple[datetime, Distribution]] = field(default_factory=list)


@dataclass
class State:
    """What one account and Region has; `open` are the values of the minute that is not over."""

    series: dict[Key, Series] = field(default_factory=dict)
    open: dict[Key, dict[float, float]] = field(default_factory=dict)
    work: dict[str, float] = field(default_factory=dict)  # task ARN -> vCPU seconds this minute
    history: list[dict[str, Any]] = field(default_factory=list)  # of alarms, oldest first
    traffic: list[Any] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)  # counts by minute, for the picture


def state(backend: CloudWatchBackend) -> State:
    """Return what the lab keeps on a backend."""
    return backend.__dict__.setdefault("lab", State())


def of(account: str, region: str) -> State:
    """Return what the lab keeps for an account and Region."""
    return state(backends[account][region])


def used() -> Iterator[tuple[CloudWatchBackend, State]]:
    """Yield every backend that has something."""
    for regions in list(backends.values()):
        for backend in list(regions.values()):
            if backend.alarms or "lab" in backend.__dict__:
                yield backend, state(backend)


def dimensions(given: Iterable[tuple[str, str]]) -> Dimensions:
    """Return dimensions in the order in which a key has them."""
    return tuple(sorted(given))


def count(kept: State, key: Key, value: float, times: float = 1.0) -> None:
    """Add values to the minute that is not over."""
    values = kept.open.setdefault(key, {})
    values[value] = values.get(value, 0.0) + times


def publish(kept: State, key: Key, unit: str, moment: datetime, values: Distribution) -> None:
    """Add a datapoint to a metric; those older than fifteen days go."""
    series = kept.series.get(key)
    if series is None:
        series = kept.series[key] = Series(unit)
    series.points.append((moment, values))
    if (
        series.points[0][0] < moment - 2 * KEPT
    ):  # not one by one: that costs the whole list each time
        series.points = [point for point in series.points if point[0] >= moment - KEPT]


def points(
    backend: CloudWatchBackend, key: Key, unit: str | None = None, *, everything: bool = True
) -> list[tuple[datetime, Distribution]]:
    """Return the datapoints of a metric, oldest first: the lab's own and those that were put.

    `everything` includes what moto computes on the fly for other services.
    """
    series = state(backend).series.get(key)
    found = list(series.points) if series and unit in (None, series.unit) else []
    put = backend.get_all_metrics() if everything else backend.metric_data
    for datum in put:
        if (datum.namespace, datum.name) != key[:2] or unit not in (None, datum.unit):
            continue
        if dimensions((d.name, d.value) for d in datum.dimensions) == key[2]:
            found += [(_aware(datum.timestamp), values) for values in _values(datum)]
    return sorted(found, key=lambda point: point[0]) if put else found


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _values(datum: Any) -> Iterator[Distribution]:
    if isinstance(datum, MetricDatum):
        yield {float(datum.value): 1.0}
    elif isinstance(datum, MetricAggregatedDatum) and datum.sample_count:
        yield _of_statistics(datum)


def _of_statistics(datum: MetricAggregatedDatum) -> Distribution:
    """Return values with the minimum, maximum, count and sum of a StatisticSet: the rest lies at one mean."""
    rest = datum.sample_count - 2
    if rest < 0 or datum.min == datum.max:
        return {datum.sum / datum.sample_count: datum.sample_count}
    ends = {float(datum.min): 1.0, float(datum.max): 1.0}
    middle = {(datum.sum - datum.min - datum.max) / rest: rest} if rest else {}
    return metrics.merged([ends, middle])
