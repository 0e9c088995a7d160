"""GuardDuty's API: detectors as AWS accepts them, findings as it lists them.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Operations.html
"""

import json
from datetime import datetime
from typing import Any

from moto.guardduty.models import Detector, GuardDutyBackend
from moto.guardduty.responses import GuardDutyResponse
from moto.moto_api._internal import mock_random

from awslab.server import clock
from awslab.server.errors import AWSError
from awslab.world import guardduty as rules

PATHS = ("findings", "findings/get", "findings/create", "findings/archive", "findings/unarchive")
RESPONSES = (
    "archive_findings",
    "create_sample_findings",
    "get_findings",
    "list_findings",
    "unarchive_findings",
)
BACKEND = ("create_detector", "update_detector")
_moto = {name: getattr(GuardDutyBackend, name) for name in BACKEND}
MOST = 50  # findings in one answer
BAD_REQUEST = "BadRequestException"


# --- detectors -------------------------------------------------------------------------------------


def create_detector(
    self: GuardDutyBackend,
    enable: bool,
    finding_publishing_frequency: str,
    data_sources: dict[str, Any],
    tags: dict[str, str],
    features: list[dict[str, Any]] | None,
) -> str:
    """Create the Region's only detector.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html
    """
    if self.detectors:
        raise AWSError(
            BAD_REQUEST,
            "The request is rejected because a detector already exists for the current account.",
        )
    _check(features or [])
    return _moto["create_detector"](
        self, enable, finding_publishing_frequency, data_sources, tags, features
    )


def update_detector(
    self: GuardDutyBackend,
    detector_id: str,
    enable: bool,
    finding_publishing_frequency: str,
    data_sources: dict[str, Any],
    features: list[dict[str, Any]] | None,
) -> None:
    """Change a detector; features that are not named stay as they are.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_UpdateDetector.html
    """
    before = self.get_detector(detector_id).features
    after = rules.merged(before, features) if features is not None else None
    _check(after or [])
    _moto["update_detector"](
        self, detector_id, enable, finding_publishing_frequency, data_sources, after
    )


def _check(features: list[dict[str, Any]]) -> None:
    for feature in features:
        if feature.get("name") not in rules.FEATURES:
            raise AWSError(
                BAD_REQUEST,
                f"The request is rejected because the feature name {feature.get('name')} is invalid.",
            )
    on = {each["name"] for each in features if each.get("status") == "ENABLED"}
    if {rules.RUNTIME, rules.EKS_RUNTIME} <= on:
        raise AWSError(
            BAD_REQUEST,
            "The request is rejected because RUNTIME_MONITORING and EKS_RUNTIME_MONITORING cannot both be "
            "enabled.",
        )


# --- findings --------------------------------------------------------------------------------------


def findings_of(detector: Detector) -> dict[str, dict[str, Any]]:
    """Return a detector's findings by id, to be added to."""
    return vars(detector).setdefault("lab_findings", {})


def finding(
    account: str,
    region: str,
    detector_id: str,
    behaviour: rules.Behaviour,
    resource: dict[str, Any],
    now: datetime,
    *,
    sample: bool = False,
) -> dict[str, Any]:
    """Return a new finding about an ECS task.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html
    """
    identity = mock_random.get_random_hex(length=32)
    task = resource.get("taskDetails") or {}
    container = next((each["name"] for each in task.get("containers") or []), "")
    moment = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    prefix = "[SAMPLE] " if sample else ""
    said = behaviour.description.format(container=container, task=task.get("arn", ""))
    return {
        "accountId": account,
        "arn": f"arn:aws:guardduty:{region}:{account}:detector/{detector_id}/finding/{identity}",
        "createdAt": moment,
        "updatedAt": moment,
        "description": prefix + said,
        "id": identity,
        "partition": "aws",
        "region": region,
        "resource": {"resourceType": "ECSCluster", "ecsClusterDetails": resource},
        "schemaVersion": "2.0",
        "service": {
            "archived": False,
            "count": 1,
            "detectorId": detector_id,
            "eventFirstSeen": moment,
            "eventLastSeen": moment,
            "featureName": "RuntimeMonitoring",
            "resourceRole": "TARGET",
            "serviceName": "guardduty",
            "runtimeDetails": {
                "process": {
                    "name": behaviour.process.rpartition("/")[2],
                    "executablePath": behaviour.process,
                }
            },
        },
        "severity": behaviour.severity,
        "title": prefix + behaviour.title,
        "type": behaviour.type,
    }


def _detector(self: GuardDutyResponse) -> Detector:
    return self.guardduty_backend.get_detector(self.path.split("/detector/")[1].split("/")[0])


def list_findings(self: GuardDutyResponse) -> str:
    """Answer ListFindings: ids of the findings that fulfil the criteria, at most 50 a page.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ListFindings.html
    """
    found = [
        each
        for each in findings_of(_detector(self)).values()
        if rules.matches(each, self._get_param("findingCriteria"))
    ]
    found = rules.ordered(found, self._get_param("sortCriteria"))
    begin = int(self._get_param("nextToken") or 0)
    end = begin + int(self._get_param("maxResults") or MOST)
    page = {"findingIds": [each["id"] for each in found[begin:end]]}
    return json.dumps(page | ({"nextToken": str(end)} if end < len(found) else {}))


def get_findings(self: GuardDutyResponse) -> str:
    """Answer GetFindings; ids that are unknown are left out.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetFindings.html
    """
    known, wanted = findings_of(_detector(self)), self._get_param("findingIds") or []
    if len(wanted) > MOST:
        raise AWSError(BAD_REQUEST, f"The request is rejected: at most {MOST} findings at a time.")
    found = [known[identity] for identity in wanted if identity in known]
    return json.dumps({"findings": rules.ordered(found, self._get_param("sortCriteria"))})


def create_sample_findings(self: GuardDutyResponse) -> str:
    """Answer CreateSampleFindings, for the types that the lab knows.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateSampleFindings.html
    """
    detector = _detector(self)
    for wanted in self._get_param("findingTypes") or list(rules.TYPES):
        if wanted not in rules.TYPES:
            known = ", ".join(rules.TYPES)
            raise AWSError(BAD_REQUEST, f"The lab has no finding type {wanted}; it has {known}.")
        account, region = self.current_account, self.region
        made = finding(
            account,
            region,
            detector.id,
            rules.TYPES[wanted],
            {"name": "GeneratedFindingECSClusterName"},
            clock.current.now,
            sample=True,
        )
        findings_of(detector)[made["id"]] = made
    return "{}"


def archive_findings(self: GuardDutyResponse) -> str:
    """Answer ArchiveFindings.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_ArchiveFindings.html
    """
    return _archive(self, True)


def unarchive_findings(self: GuardDutyResponse) -> str:
    """Answer UnarchiveFindings.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_UnarchiveFindings.html
    """
    return _archive(self, False)


def _archive(self: GuardDutyResponse, archived: bool) -> str:
    known = findings_of(_detector(self))
    for identity in self._get_param("findingIds") or []:
        if identity in known:
            known[identity]["service"]["archived"] = archived
    return "{}"
