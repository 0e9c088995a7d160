"""CloudWatch's API over the lab's series: statistics with percentiles, metric data, metrics, alarm history.

Dimensions have to be exactly those of a metric, as in AWS.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.metric_data_expression_parser import parse_expression
from moto.cloudwatch.models import CloudWatchBackend, MetricDatum, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from awslab.server.cloudwatch import store
from awslab.server.errors import AWSError
from awslab.world import metrics

__all__ = ["install"]

_moto_metric_data = CloudWatchBackend.get_metric_data
_moto_filtered = CloudWatchBackend.get_filtered_metrics
SIMPLE = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
MOST = 1440  # datapoints in one answer of GetMetricStatistics


def install() -> None:
    """Put the lab's answers in moto's place."""
    CloudWatchResponse.get_metric_statistics = get_metric_statistics  # type: ignore[method-assign]
    CloudWatchResponse.describe_alarm_history = describe_alarm_history  # type: ignore[attr-defined]
    CloudWatchBackend.get_metric_data = get_metric_data  # type: ignore[method-assign]
    CloudWatchBackend.get_filtered_metrics = get_filtered_metrics  # type: ignore[method-assign]


def _moment(given: Any) -> datetime:
    moment = (
        datetime.fromisoformat(given.replace("Z", "+00:00")) if isinstance(given, str) else given
    )
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _key(metric: dict[str, Any]) -> store.Key:
    given = store.dimensions((d["Name"], d["Value"]) for d in metric.get("Dimensions") or [])
    return metric.get("Namespace", ""), metric.get("MetricName", ""), given


def _windows(
    backend: CloudWatchBackend,
    key: store.Key,
    unit: str | None,
    span: tuple[datetime, datetime],
    period: int,
) -> list[tuple[datetime, dict[float, float]]]:
    """Return the periods in which something was measured.

    A start between two minutes is rounded down to the beginning of a period.
    """
    step = timedelta(seconds=period)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    start = epoch + (span[0] - epoch) // step * step if period >= 60 else span[0]
    count = max(0, -((start - span[1]) // step))
    values = metrics.windows(store.points(backend, key, unit), start, step, count)
    return [(start + n * step, found) for n, found in enumerate(values) if found]


def _check(statistic: str) -> None:
    if not metrics.is_statistic(statistic):
        raise AWSError(
            "InvalidParameterValue",
            f"The value {statistic} for parameter Statistic is not supported.",
        )


def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
    """Answer GetMetricStatistics, percentiles included.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
    """
    params = self._get_params()
    simple, extended = params.get("Statistics") or [], params.get("ExtendedStatistics") or []
    if not simple and not extended:
        raise AWSError(
            "InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics"
        )
    for each in [*simple, *extended]:
        _check(each)
    period, unit = int(params["Period"]), params.get("Unit")
    span = _moment(params["StartTime"]), _moment(params["EndTime"])
    if span[0] >= span[1]:
        raise AWSError(
            "InvalidParameterValue",
            "The parameter StartTime must be less than the parameter EndTime.",
        )
    if (span[1] - span[0]).total_seconds() / period > MOST:
        raise AWSError(
            "InvalidParameterCombination",
            f"You have requested up to {int((span[1] - span[0]).total_seconds() / period)} datapoints, "
            f"which exceeds the limit of {MOST}. You may reduce the datapoints requested by increasing "
            "Period, or decreasing the time range.",
        )
    backend, key = self.cloudwatch_backend, _key(params)
    shown = unit or _unit(backend, key)
    points = []
    for moment, values in _windows(backend, key, unit, span, period):
        point = {"Timestamp": moment, "Unit": shown or "None"}
        point |= {name: metrics.statistic(values, name) for name in simple}
        if extended:
            point["ExtendedStatistics"] = {n: metrics.statistic(values, n) for n in extended}
        points.append(point)
    return ActionResult({"Label": params["MetricName"], "Datapoints": points})


def _unit(backend: CloudWatchBackend, key: store.Key) -> str | None:
    series = store.state(backend).series.get(key)
    if series:
        return series.unit
    put = (d for d in backend.metric_data if (d.namespace, d.name) == key[:2])
    return next((d.unit for d in put), None)


def get_metric_data(
    self: CloudWatchBackend,
    queries: list[dict[str, Any]],
    start_time: datetime,
    end_time: datetime,
    scan_by: str = "TimestampDescending",
) -> list[dict[str, Any]]:
    """Answer GetMetricData; moto's own metric math works on the results, its SELECT on what was put.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    span = _moment(start_time), _moment(end_time)
    if span[0] >= span[1]:
        # moto has AWS's errors for this.
        return _moto_metric_data(self, [], start_time, end_time, scan_by)
    found, shown = [], []
    for query in queries:
        if "MetricStat" in query:
            result = _measured(self, query, span)
        elif query["Expression"].startswith("SELECT"):
            result = _moto_metric_data(self, [query], start_time, end_time, scan_by)[0]
        else:
            continue
        found.append(result)
        if query.get("ReturnData", True):
            shown.append(result)
    for query in queries:
        if "Expression" in query and not query["Expression"].startswith("SELECT"):
            values, moments = parse_expression(query["Expression"], found)
            shown.append(_result(query, query["Id"], moments, values))
    if scan_by == "TimestampDescending":
        shown = [
            r | {"timestamps": r["timestamps"][::-1], "values": r["values"][::-1]} for r in shown
        ]
    return shown


def _measured(
    backend: CloudWatchBackend, query: dict[str, Any], span: tuple[datetime, datetime]
) -> dict[str, Any]:
    stat = query["MetricStat"]
    name, key = stat["Stat"], _key(stat["Metric"])
    _check(name)
    points = _windows(backend, key, stat.get("Unit"), span, int(stat["Period"]))
    values = [metrics.statistic(found, name) for _, found in points]
    return _result(query, f"{key[1]} {name}", [moment for moment, _ in points], values)


def _result(
    query: dict[str, Any], label: str, moments: list[Any], values: list[Any]
) -> dict[str, Any]:
    return {
        "id": query["Id"],
        "label": query.get("Label") or label,
        "timestamps": list(moments),
        "values": list(values),
        "status_code": "Complete",
    }


def get_filtered_metrics(
    self: CloudWatchBackend, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
) -> list[MetricDatumBase]:
    """Return the metrics that there are, the lab's own with them."""
    found = _moto_filtered(self, metric_name, namespace, dimensions)
    for space, name, having in store.state(self).series:
        named = [{"Name": key, "Value": value} for key, value in having]
        datum = MetricDatum(space, name, 0.0, named, None)
        if datum.filter(namespace, metric_name, dimensions or []):
            found.append(datum)
    return found


def describe_alarm_history(self: CloudWatchResponse) -> ActionResult:
    """Answer DescribeAlarmHistory, newest first unless asked otherwise.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
    """
    params = self._get_params()
    begin, end = params.get("StartDate"), params.get("EndDate")
    items = [
        item
        for item in store.state(self.cloudwatch_backend).history
        if params.get("AlarmName") in (None, item["AlarmName"])
        and params.get("HistoryItemType") in (None, item["HistoryItemType"])
        and (begin is None or item["Timestamp"] >= _moment(begin))
        and (end is None or item["Timestamp"] <= _moment(end))
    ]
    if params.get("ScanBy") != "TimestampAscending":
        items.reverse()
    first, size = int(params.get("NextToken") or 0), int(params.get("MaxRecords") or 100)
    after = first + size
    token = {"NextToken": str(after)} if after < len(items) else {}
    return ActionResult({"AlarmHistoryItems": items[first:after], **token})
