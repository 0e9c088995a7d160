"""GuardDuty's Runtime Monitoring for ECS on Fargate: which behaviour makes which finding, how findings are asked for.

https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring.html
https://docs.aws.amazon.com/guardduty/latest/ug/findings-runtime-monitoring.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "BEHAVIOURS",
    "FEATURES",
    "TYPES",
    "Behaviour",
    "matches",
    "merged",
    "monitors_fargate",
    "ordered",
]

RUNTIME, EKS_RUNTIME, FARGATE = (
    "RUNTIME_MONITORING",
    "EKS_RUNTIME_MONITORING",
    "ECS_FARGATE_AGENT_MANAGEMENT",
)
FEATURES = (
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "LAMBDA_NETWORK_LOGS",
    EKS_RUNTIME,
    RUNTIME,
)
HIGH = 8.0

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Behaviour:
    """What an app does, and the finding it makes: type, title, description, process, and severity (1 to 10)."""

    type: str
    title: str
    description: str
    process: str
    severity: float = HIGH


BEHAVIOURS = {
    "cryptomining": Behaviour(
        "CryptoCurrency:Runtime/BitcoinTool.B",
        "A process in an ECS task asks for an address of cryptocurrency activity.",
        "The container {container} of the task {task} talks to an IP address that is associated with "
        "cryptocurrency-related activity.",
        "/tmp/xmrig",
    ),
    "reverse-shell": Behaviour(
        "Execution:Runtime/ReverseShell",
        "A process in an ECS task has opened a reverse shell.",
        "The container {container} of the task {task} has a shell whose input and output are redirected to a "
        "connection that the container has opened.",
        "/bin/sh",
    ),
}
TYPES = {behaviour.type: behaviour for behaviour in BEHAVIOURS.values()}


def monitors_fargate(enabled: bool, features: Iterable[Params]) -> bool:
    """Tell whether a detector puts its agent into new tasks on Fargate.

    https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html
    """
    if not enabled:
        return False
    for feature in features:
        if feature.get("name") == RUNTIME and feature.get("status") == "ENABLED":
            more = {m["name"]: m["status"] for m in feature.get("additionalConfiguration") or []}
            return more.get(FARGATE) == "ENABLED"
    return False


def merged(before: Iterable[Params], given: Iterable[Params]) -> list[dict[str, Any]]:
    """Return a detector's features after an update: those given replace those of the same name.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_UpdateDetector.html
    """
    found = {feature["name"]: dict(feature) for feature in before}
    for feature in given:
        old = found.get(feature["name"], {})
        found[feature["name"]] = {**old, **feature}
    return list(found.values())


def matches(finding: Params, criteria: Params | None) -> bool:
    """Tell whether a finding fulfils every criterion; names are dotted paths, such as `service.archived`.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListFindings.html
    """
    return all(
        _fulfils(_at(finding, path), condition)
        for path, condition in ((criteria or {}).get("criterion") or {}).items()
    )


def ordered(findings: Iterable[Params], sort: Params | None) -> list[Params]:
    """Return findings in the order asked for, by one attribute; unless asked, the latest first."""
    path = (sort or {}).get("attributeName") or "updatedAt"
    descending = ((sort or {}).get("orderBy") or "DESC") == "DESC"
    return sorted(findings, key=lambda finding: str(_at(finding, path)), reverse=descending)


def _at(finding: Any, path: str) -> Any:
    for key in path.split("."):
        finding = finding.get(key) if isinstance(finding, Mapping) else None
    return finding


def _fulfils(value: Any, condition: Params) -> bool:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    for names, test in (
        (("eq", "equals"), lambda wanted: text in wanted),
        (("neq", "notEquals"), lambda unwanted: text not in unwanted),
        (("gt", "greaterThan"), lambda bound: _number(value) > bound),
        (("gte", "greaterThanOrEqual"), lambda bound: _number(value) >= bound),
        (("lt", "lessThan"), lambda bound: _number(value) < bound),
        (("lte", "lessThanOrEqual"), lambda bound: _number(value) <= bound),
    ):
        for name in names:
            if condition.get(name) is not None and not test(condition[name]):
                return False
    return True


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
