"""CloudWatch from an empty account: statistics with percentiles, alarms on the clock, their history."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
METRIC = {"Namespace": "Shop", "MetricName": "Queue"}


@pytest.fixture
def cloudwatch(app, session):
    """A CloudWatch client of the empty lab."""
    return session.client("cloudwatch")


def put(cloudwatch, *values, minute=0):
    """Put values of the queue's length at a minute from the start."""
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {
                "MetricName": "Queue",
                "Value": value,
                "Unit": "Count",
                "Timestamp": NOW + timedelta(minutes=minute),
            }
            for value in values
        ],
    )


def alarm(cloudwatch, **changes):
    """Make an alarm on an average queue above 10 in two minutes of two."""
    settings = {
        **METRIC,
        "AlarmName": "long-queue",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 10,
        "EvaluationPeriods": 2,
        "Period": 60,
        "Statistic": "Average",
        **changes,
    }
    cloudwatch.put_metric_alarm(**settings)


def state(cloudwatch, name="long-queue"):
    """Return the state of an alarm."""
    return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def test_statistics_of_what_was_put(cloudwatch):
    """Averages and percentiles by period, oldest values first by their time."""
    put(cloudwatch, *range(1, 101))
    put(cloudwatch, 7, minute=1)
    found = cloudwatch.get_metric_statistics(
        **METRIC,
        StartTime=NOW,
        EndTime=NOW + timedelta(minutes=5),
        Period=60,
        Statistics=["Average", "SampleCount"],
        ExtendedStatistics=["p99", "p50"],
    )["Datapoints"]
    first = min(found, key=lambda point: point["Timestamp"])

    assert [point["Average"] for point in found] == [50.5, 7]
    assert first["ExtendedStatistics"] == {"p99": 99, "p50": 50}
    assert first["SampleCount"] == 100
    assert first["Unit"] == "Count"


def test_metric_data_with_a_percentile_newest_first(cloudwatch):
    """GetMetricData takes p99 as a statistic."""
    put(cloudwatch, *range(1, 101))
    put(cloudwatch, 7, minute=1)
    query = {"Metric": METRIC, "Period": 60, "Stat": "p99"}
    found = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "q", "MetricStat": query}],
        StartTime=NOW,
        EndTime=NOW + timedelta(minutes=5),
    )["MetricDataResults"][0]

    assert found["Values"] == [7, 99]
    assert found["Timestamps"][1] == NOW


def test_dimensions_have_to_be_exact(cloudwatch):
    """A metric without dimensions is another one than the same name with some."""
    put(cloudwatch, 5)
    span = {"StartTime": NOW, "EndTime": NOW + timedelta(minutes=5), "Period": 60}
    found = cloudwatch.get_metric_statistics(
        **METRIC, **span, Statistics=["Sum"], Dimensions=[{"Name": "Queue", "Value": "a"}]
    )

    assert found["Datapoints"] == []


def test_an_unknown_statistic_is_refused(cloudwatch):
    """The code is AWS's."""
    with pytest.raises(ClientError) as error:
        cloudwatch.get_metric_statistics(
            **METRIC,
            StartTime=NOW,
            EndTime=NOW + timedelta(minutes=1),
            Period=60,
            ExtendedStatistics=["p101"],
        )

    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_an_alarm_goes_off_and_comes_back(cloudwatch, advance):
    """Two long minutes set it off, a short one ends it; the history tells."""
    alarm(cloudwatch)
    seen = [state(cloudwatch)]
    for minute, value in enumerate([20, 20, 20, 3, 3]):
        put(cloudwatch, value, minute=minute)
        advance(60)
        seen.append(state(cloudwatch))
    history = cloudwatch.describe_alarm_history(
        AlarmName="long-queue", HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]

    assert seen == ["INSUFFICIENT_DATA", "INSUFFICIENT_DATA", "ALARM", "ALARM", "OK", "OK"]
    assert [item["HistorySummary"] for item in history] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
    ]


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", "ALARM"),
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
    ],
)
def test_what_missing_data_means(cloudwatch, advance, treatment, expected):
    """The metric stops while the alarm is on."""
    alarm(cloudwatch, TreatMissingData=treatment)
    for minute in (0, 1):
        put(cloudwatch, 20, minute=minute)
    advance(120)
    before = state(cloudwatch)
    advance(600)

    assert before == "ALARM"
    assert state(cloudwatch) == expected


def test_a_changed_alarm_keeps_its_state(cloudwatch, advance):
    """PutMetricAlarm on an alarm that is there replaces its settings only."""
    alarm(cloudwatch)
    cloudwatch.set_alarm_state(AlarmName="long-queue", StateValue="ALARM", StateReason="test")
    alarm(cloudwatch, Threshold=50)

    assert state(cloudwatch) == "ALARM"


def test_an_alarm_on_a_percentile(cloudwatch, advance):
    """One slow request of a hundred moves p99.5, not p50."""
    for name, statistic in (("p50", "p50"), ("tail", "p99.5")):
        cloudwatch.put_metric_alarm(
            **METRIC,
            AlarmName=name,
            ComparisonOperator="GreaterThanThreshold",
            Threshold=10,
            EvaluationPeriods=1,
            Period=60,
            ExtendedStatistic=statistic,
        )
    put(cloudwatch, *[1] * 99, 100)
    advance(60)

    assert [state(cloudwatch, name) for name in ("p50", "tail")] == ["OK", "ALARM"]
