"""Metric alarms: evaluated once a simulated minute, with a history, and actions for whoever listens.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend

from awslab.server import clock
from awslab.server.cloudwatch import store
from awslab.world import alarms as rules
from awslab.world import metrics

__all__ = ["EVALUATED", "evaluate", "install", "latest"]

# Called with a backend and the moment after its alarms were evaluated: Application Auto Scaling acts on them.
EVALUATED: list[Callable[[CloudWatchBackend, datetime], None]] = []
_put = CloudWatchBackend.put_metric_alarm
_update = Alarm.update_state
_delete = CloudWatchBackend.delete_alarms


def install() -> None:
    """Put the lab's alarms in moto's place."""
    CloudWatchBackend.put_metric_alarm = put_metric_alarm  # type: ignore[method-assign]
    CloudWatchBackend.set_alarm_state = set_alarm_state(CloudWatchBackend.set_alarm_state)  # type: ignore[method-assign]
    CloudWatchBackend.delete_alarms = delete_alarms  # type: ignore[method-assign]


def put_metric_alarm(self: CloudWatchBackend, name: str, *args: Any, **fields: Any) -> Alarm:
    """Create an alarm in INSUFFICIENT_DATA; one that is there already keeps its state.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    before = self.alarms.get(name)
    alarm = _put(self, name, *args, **fields)
    if before is None:
        alarm.state_value = rules.INSUFFICIENT
    else:
        for key in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp"):
            setattr(alarm, key, getattr(before, key))
    done = "created" if before is None else "updated"
    _note(self, alarm, "ConfigurationUpdate", f'Alarm "{name}" {done}', {"type": done.title()})
    return alarm


def delete_alarms(self: CloudWatchBackend, alarm_names: list[str]) -> None:
    """Delete alarms; their history stays."""
    for name in alarm_names:
        if alarm := self.alarms.get(name):
            said = f'Alarm "{name}" deleted'
            _note(self, alarm, "ConfigurationUpdate", said, {"type": "Delete"})
    _delete(self, alarm_names)


def set_alarm_state(original: Callable[..., None]) -> Callable[..., None]:
    """Return SetAlarmState with a history: the state lasts until the next evaluation changes it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
    """

    def replacement(
        self: CloudWatchBackend, alarm_name: str, reason: str, reason_data: str, state_value: str
    ) -> None:
        alarm = self.alarms.get(alarm_name)
        before = alarm.state_value if alarm else ""
        original(self, alarm_name, reason, reason_data, state_value)
        if alarm and before != state_value:
            _changed(self, alarm, before, state_value, reason)

    return replacement


def evaluate(now: datetime) -> None:
    """Evaluate every metric alarm on what was measured until `now`, a full minute."""
    for backend, _ in list(store.used()):
        for alarm in list(backend.alarms.values()):
            if not _simple(alarm):
                continue
            settings = _settings(alarm)
            values = _values(backend, alarm, now, rules.looked_at(settings))
            verdict = rules.evaluate(settings, values, alarm.state_value)
            if verdict.state != alarm.state_value:
                before = alarm.state_value
                _update(alarm, verdict.reason, json.dumps({"version": "1.0"}), verdict.state)
                _changed(backend, alarm, before, verdict.state, verdict.reason)
        for listener in EVALUATED:
            listener(backend, now)


def _simple(alarm: Alarm) -> bool:
    """Tell whether the lab evaluates an alarm: on one metric, against a fixed threshold."""
    return (
        alarm.rule is None
        and bool(alarm.metric_name)
        and alarm.comparison_operator in rules.WORDS
        and metrics.is_statistic(alarm.extended_statistic or alarm.statistic or "")
    )


def _settings(alarm: Alarm) -> rules.Settings:
    return rules.Settings(
        alarm.comparison_operator,
        float(alarm.threshold),
        int(alarm.evaluation_periods),
        int(alarm.datapoints_to_alarm) if alarm.datapoints_to_alarm else None,
        alarm.treat_missing_data or "missing",
    )


def _values(
    backend: CloudWatchBackend, alarm: Alarm, now: datetime, count: int
) -> list[float | None]:
    name = alarm.extended_statistic or alarm.statistic
    period = timedelta(seconds=int(alarm.period or 60))
    having = store.dimensions((d.name, d.value) for d in alarm.dimensions)
    key = (alarm.namespace, alarm.metric_name, having)
    points = store.points(backend, key, alarm.unit or None, everything=False)
    found = metrics.windows(points, now - count * period, period, count)
    return [metrics.statistic(values, name) if values else None for values in found]


def latest(backend: CloudWatchBackend, alarm: Alarm, now: datetime) -> float | None:
    """Return the newest datapoint that an alarm looks at, None when it is missing."""
    return _values(backend, alarm, now, 1)[0]


def _changed(
    backend: CloudWatchBackend, alarm: Alarm, before: str, after: str, reason: str
) -> None:
    data = {
        "version": "1.0",
        "oldState": {"stateValue": before},
        "newState": {"stateValue": after, "stateReason": reason},
    }
    _note(backend, alarm, "StateUpdate", f"Alarm updated from {before} to {after}", data)
    actions = {
        rules.ALARM: alarm.alarm_actions,
        rules.OK: alarm.ok_actions,
        rules.INSUFFICIENT: alarm.insufficient_data_actions,
    }[after]
    for action in actions if alarm.actions_enabled else ():
        said = f"Successfully executed action {action}"
        _note(
            backend,
            alarm,
            "Action",
            said,
            {"actionState": "Succeeded", "notificationResource": action},
        )


def _note(
    backend: CloudWatchBackend, alarm: Alarm, kind: str, summary: str, data: dict[str, Any]
) -> None:
    store.state(backend).history.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": "CompositeAlarm" if alarm.rule is not None else "MetricAlarm",
            "Timestamp": clock.current.now,
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps(data),
        }
    )
