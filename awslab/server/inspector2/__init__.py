"""Inspector: the findings of ECR's enhanced scans, asked for over all repositories.

Only container images are looked at; enabling a resource type is noted, ECR's scan type decides what is scanned.
https://docs.aws.amazon.com/inspector/latest/user/scanning-ecr.html
"""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from moto.ecr.models import ecr_backends
from moto.inspector2.models import Inspector2Backend

from awslab.server import clock
from awslab.server.ecr import scanning
from awslab.server.errors import AWSError

# A filter's name -> the values of a finding that it looks at.
FILTERS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "severity": lambda finding: [finding["severity"]],
    "findingStatus": lambda finding: [finding["status"]],
    "findingType": lambda finding: [finding["type"]],
    "vulnerabilityId": lambda finding: [_package(finding)["vulnerabilityId"]],
    "ecrImageRepositoryName": lambda finding: [_image(finding)["repositoryName"]],
    "ecrImageHash": lambda finding: [_image(finding)["imageHash"]],
    "ecrImageTags": lambda finding: _image(finding)["imageTags"],
}
_moto = {
    name: getattr(Inspector2Backend, name)
    for name in ("batch_get_account_status", "enable", "disable")
}


def install() -> None:
    """Attach the lab's behaviour to moto's, once."""
    if getattr(Inspector2Backend, "lab", False):
        return
    Inspector2Backend.lab = True  # type: ignore[attr-defined]
    for method in (batch_get_account_status, enable, disable, list_findings):
        setattr(Inspector2Backend, method.__name__, method)


def reset() -> None:
    """Nothing to do: the findings are ECR's."""


def enable(
    self: Inspector2Backend, account_ids: list[str] | None, resource_types: list[str]
) -> list[dict[str, Any]]:
    """Turn Inspector on, for the own account unless others are named.

    https://docs.aws.amazon.com/inspector/v2/APIReference/API_Enable.html
    """
    return _moto["enable"](self, account_ids or [self.account_id], resource_types)


def disable(
    self: Inspector2Backend, account_ids: list[str] | None, resource_types: list[str]
) -> list[dict[str, Any]]:
    """Turn Inspector off, for the own account unless others are named.

    https://docs.aws.amazon.com/inspector/v2/APIReference/API_Disable.html
    """
    return _moto["disable"](self, account_ids or [self.account_id], resource_types)


def batch_get_account_status(
    self: Inspector2Backend, account_ids: list[str] | None
) -> list[dict[str, Any]]:
    """Return what is on, for the own account unless others are named.

    https://docs.aws.amazon.com/inspector/v2/APIReference/API_BatchGetAccountStatus.html
    """
    return _moto["batch_get_account_status"](self, account_ids or [self.account_id])


def list_findings(
    self: Inspector2Backend,
    filter_criteria: dict[str, Any] | None,
    max_results: Any,
    next_token: Any,
    sort_criteria: Any,
) -> list[dict[str, Any]]:
    """Return what the enhanced scans of all images have found and the criteria let through, on one page.

    https://docs.aws.amazon.com/inspector/v2/APIReference/API_ListFindings.html
    """
    wanted = filter_criteria or {}
    for name in wanted:
        if name not in FILTERS:
            known = ", ".join(FILTERS)
            raise AWSError(
                "ValidationException",
                f"The lab does not filter findings by {name}; it has {known}.",
            )
    return [
        finding
        for finding in _findings(self.account_id, self.region_name)
        if all(_passes(FILTERS[name](finding), wanted[name]) for name in wanted)
    ]


def _findings(account: str, region: str) -> Iterator[dict[str, Any]]:
    for repository in ecr_backends[account][region].repositories.values():
        for image in repository.images:
            scan = image.scan
            if scan is None or scan.kind != "ENHANCED" or not scan.done(clock.current.now):
                continue
            for found in scanning.enhanced(repository, image):
                observed = int(scan.started.timestamp())
                name = sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:32]
                details = {
                    "repositoryName": repository.name,
                    "registry": account,
                    "imageHash": image.image_digest,
                    "imageTags": list(image.image_tags),
                }
                found["resources"][0] |= {
                    "partition": "aws",
                    "region": region,
                    "details": {"awsEcrContainerImage": details},
                }
                yield found | {
                    "findingArn": f"arn:aws:inspector2:{region}:{account}:finding/{name}",
                    "firstObservedAt": observed,
                    "lastObservedAt": observed,
                    "updatedAt": observed,
                    "remediation": {"recommendation": {"text": "None Provided"}},
                }


def _package(finding: dict[str, Any]) -> dict[str, Any]:
    return finding["packageVulnerabilityDetails"]


def _image(finding: dict[str, Any]) -> dict[str, Any]:
    return finding["resources"][0]["details"]["awsEcrContainerImage"]


def _passes(values: list[str], conditions: list[dict[str, str]]) -> bool:
    """Tell whether one of the conditions holds; a NOT_EQUALS has to hold for every value.

    https://docs.aws.amazon.com/inspector/v2/APIReference/API_StringFilter.html
    """
    tests: dict[str, Callable[[str], bool]] = {
        "EQUALS": lambda wanted: wanted in values,
        "PREFIX": lambda wanted: any(value.startswith(wanted) for value in values),
        "NOT_EQUALS": lambda wanted: wanted not in values,
    }
    return any(tests[each["comparison"]](each["value"]) for each in conditions)
