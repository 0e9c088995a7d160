"""GuardDuty: a detector that watches new Fargate tasks, and findings about those that misbehave.

moto has detectors and filters; the operations on findings are the lab's. State hangs on moto's detectors.
https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring.html
"""

from datetime import datetime
from typing import Any

from moto.guardduty import urls
from moto.guardduty.models import Detector, GuardDutyBackend, guardduty_backends
from moto.guardduty.responses import GuardDutyResponse

from awslab.server.guardduty import requests
from awslab.world import guardduty as rules

__all__ = ["add_paths", "install", "is_watching", "report", "reset"]


def add_paths() -> None:
    """Give moto the paths of the operations on findings, before it builds its routes."""
    install()
    for path in requests.PATHS:
        urls.url_paths[f"{{0}}/detector/(?P<detector_id>[^/]+)/{path}$"] = (
            GuardDutyResponse.dispatch
        )


def install() -> None:
    """Attach the lab's behaviour to moto's, once."""
    if getattr(GuardDutyResponse, "lab", False):
        return
    GuardDutyResponse.lab = True  # type: ignore[attr-defined]
    for name in requests.RESPONSES:
        setattr(GuardDutyResponse, name, getattr(requests, name))
    for name in requests.BACKEND:
        setattr(GuardDutyBackend, name, getattr(requests, name))


def reset() -> None:
    """Nothing to do: findings hang on moto's detectors."""


def _detectors(account: str, region: str) -> list[Detector]:
    return list(guardduty_backends[account][region].detectors.values())


def is_watching(account: str, region: str) -> bool:
    """Tell whether a Fargate task that starts now gets GuardDuty's agent."""
    return any(
        rules.monitors_fargate(each.enabled, each.features) for each in _detectors(account, region)
    )


def report(
    account: str, region: str, behaviour: str, resource: dict[str, Any], now: datetime
) -> None:
    """Make a finding about a task's behaviour, where Runtime Monitoring is on.

    `resource` is the finding's `ecsClusterDetails`.
    """
    for detector in _detectors(account, region):
        if rules.monitors_fargate(detector.enabled, detector.features):
            kind = rules.BEHAVIOURS[behaviour]
            made = requests.finding(account, region, detector.id, kind, resource, now)
            requests.findings_of(detector)[made["id"]] = made
