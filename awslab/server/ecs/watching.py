"""CloudWatch alarms that fail a deployment: looked at from its begin until it is over.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
"""

import sys
from datetime import datetime, timedelta
from typing import Any

from moto.ecs.models import Service

from awslab.server.ecs import engine, members, state
from awslab.server.ecs.engine import Backend

EVERY = timedelta(seconds=15)


def begin(backend: Backend, service: Service, now: datetime) -> None:
    """Watch the alarms of a deployment that begins; one whose alarm is on already is not watched."""
    record = state.lab(service).service_deployments[0]
    configured = (getattr(service, "deployment_configuration", None) or {}).get("alarms") or {}
    if not configured.get("enable"):
        return
    names = list(configured.get("alarmNames") or [])
    record["alarms"] = {
        "names": names,
        "rollback": bool(configured.get("rollback")),
        "ignored": bool(_on(backend, names)),
        "triggered": [],
    }
    _later(backend, service, now)


def _later(backend: Backend, service: Service, now: datetime) -> None:
    number = len(state.lab(service).service_deployments)
    engine.once(backend, now + EVERY, "alarms", f"{number}@{state.key_of(service)}")


def _on(backend: Backend, names: list[str]) -> list[str]:
    """Return which of the alarms are in ALARM."""
    if "moto.cloudwatch.models" not in sys.modules:
        return []
    from moto.cloudwatch.models import cloudwatch_backends

    known = cloudwatch_backends[backend.account_id][backend.region_name].alarms
    return [name for name in names if name in known and known[name].state_value == "ALARM"]


def triggered(backend: Backend, record: dict[str, Any]) -> list[str]:
    """Return the alarms that fail a service deployment now, and note them."""
    watched = record.get("alarms")
    if not watched or watched["ignored"] or record["status"] != "IN_PROGRESS":
        return []
    watched["triggered"] = _on(backend, watched["names"])
    return list(watched["triggered"])


@engine.on("alarms")
def look(backend: Backend, argument: str, now: datetime) -> None:
    """Look at the alarms of the latest deployment, until it is over."""
    number, _, key = argument.partition("@")
    service = backend.services.get(key)
    if service is None or service.status != "ACTIVE":
        return
    records = state.lab(service).service_deployments
    if len(records) != int(number) or records[0]["status"] != "IN_PROGRESS":
        return
    if triggered(backend, records[0]):
        members.changed(backend, key)
        return
    _later(backend, service, now)
