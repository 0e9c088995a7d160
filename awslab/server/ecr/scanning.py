"""Image scans: started by a push or by hand, finished after half a simulated minute, findings from packages.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import LimitExceededException, ScanNotFoundException
from moto.ecr.models import ECRBackend, Repository
from moto.ecr.responses import ECRResponse

from awslab.server import clock
from awslab.server.ecr import layers
from awslab.server.errors import AWSError
from awslab.world import scan as rules

RESPONSES = ["start_image_scan", "describe_image_scan_findings"]
DURATION = timedelta(seconds=30)
POLL = timedelta(seconds=5)
ONCE_EACH = timedelta(hours=24)


@dataclass(frozen=True)
class Scan:
    """One scan of one image; `packages` is None when the image does not say what is in it."""

    kind: str
    started: datetime
    packages: list[dict[str, str]] | None
    continuous: bool = False

    @property
    def completed(self) -> datetime:
        """When the scan ends."""
        return self.started + DURATION

    def status(self, now: datetime) -> dict[str, str]:
        """Return an ImageScanStatus: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html."""
        if self.packages is None:
            reason = "UnsupportedImageError: The operating system and package manager are unknown."
            return {"status": "FAILED", "description": reason}
        if now < self.completed:
            return {"status": "IN_PROGRESS"}
        if self.continuous:
            text = "Continuous scan is selected for image."
            return {"status": "ACTIVE", "description": text}
        return {"status": "COMPLETE", "description": "The scan was completed successfully."}

    def done(self, now: datetime) -> bool:
        """Tell whether there are findings to read."""
        return self.packages is not None and now >= self.completed

    def findings(self) -> list[rules.Finding]:
        """Return what is known about the packages, most severe first."""
        return rules.findings(self.packages or [], self.kind)

    def summary(self, now: datetime) -> dict[str, Any] | None:
        """Return an ImageScanFindingsSummary, or None before the scan has ended."""
        if not self.done(now):
            return None
        return {
            "imageScanCompletedAt": self.completed,
            "vulnerabilitySourceUpdatedAt": clock.EPOCH,
            "findingSeverityCounts": rules.severity_counts(self.findings()),
        }


def scan_on_push(backend: ECRBackend, repository: Repository, image: Any) -> None:
    """Scan a pushed image if the registry's rules or the repository's own flag say so.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
    """
    settings = backend.registry_scanning_configuration
    # Enhanced scanning follows the registry's rules alone.
    basic = settings["scanType"] == "BASIC"
    flag = basic and bool((repository.image_scanning_configuration or {}).get("scanOnPush"))
    frequency = rules.scan_frequency(settings["rules"] or [], repository.name, flag)
    if frequency != "MANUAL":
        continuous = frequency == "CONTINUOUS_SCAN"
        image.scan = _scan(repository, image, settings["scanType"], continuous)


def _scan(repository: Repository, image: Any, kind: str, continuous: bool = False) -> Scan:
    return Scan(kind, clock.current.now, _packages(repository, image), continuous)


def _packages(repository: Repository, image: Any) -> list[dict[str, str]] | None:
    config = layers.blobs(repository).get((image.content.get("config") or {}).get("digest"))
    try:
        content = json.loads(b"".join(config.chunks())) if config else {}
    except ValueError:
        return None
    return content.get("awslab.packages") if isinstance(content, dict) else None


def _image(self: ECRResponse) -> tuple[Repository, Any, dict[str, str]]:
    repository = self.ecr_backend._get_repository(
        self._get_param("repositoryName"), self._get_param("registryId")
    )
    image_id = self._get_param("imageId")
    image = repository._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))
    return repository, image, {**image_id, "imageDigest": image.image_digest}


def start_image_scan(self: ECRResponse) -> ActionResult:
    """Answer StartImageScan: basic scanning by hand, once an image in 24 hours.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html
    """
    repository, image, image_id = _image(self)
    if self.ecr_backend.registry_scanning_configuration["scanType"] == "ENHANCED":
        raise AWSError("ValidationException", "This feature is disabled")
    now = clock.current.now
    if image.scan and now - image.scan.started < ONCE_EACH:
        raise LimitExceededException()
    image.scan = _scan(repository, image, "BASIC")
    return ActionResult(_answer(repository, image, image_id))


def _answer(repository: Repository, image: Any, image_id: dict[str, str]) -> dict[str, Any]:
    return {
        "registryId": repository.registry_id,
        "repositoryName": repository.name,
        "imageId": image_id,
        "imageScanStatus": image.scan.status(clock.current.now),
    }


def describe_image_scan_findings(self: ECRResponse) -> ActionResult:
    """Answer DescribeImageScanFindings; asking takes five simulated seconds, so that waiting for it ends.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
    """
    repository, image, image_id = _image(self)
    if image.scan is None:
        tag = image_id.get("imageTag", "null")
        raise ScanNotFoundException(
            image_id=f"{{imageDigest:'{image.image_digest}', imageTag:'{tag}'}}",
            repository_name=repository.name,
            registry_id=repository.registry_id,
        )
    now = clock.current.advance(POLL)
    answer = _answer(repository, image, image_id)
    if image.scan.done(now):
        found = image.scan.findings()
        listed = (
            {"enhancedFindings": enhanced(repository, image)}
            if image.scan.kind == "ENHANCED"
            else {"findings": [_basic(f) for f in found]}
        )
        answer["imageScanFindings"] = image.scan.summary(now) | listed
    return ActionResult(answer)


def _basic(finding: rules.Finding) -> dict[str, Any]:
    return {
        "name": finding.id,
        "description": finding.vulnerability.description,
        "uri": finding.vulnerability.uri,
        "severity": finding.severity,
        "attributes": [
            {"key": "package_name", "value": finding.package},
            {"key": "package_version", "value": finding.version},
        ],
    }


def enhanced(repository: Repository, image: Any) -> list[dict[str, Any]]:
    """Return what an enhanced scan of an image has found, in Inspector's form.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EnhancedImageScanFinding.html
    """
    return [_enhanced(finding, repository, image) for finding in image.scan.findings()]


def _enhanced(finding: rules.Finding, repository: Repository, image: Any) -> dict[str, Any]:
    package = {"name": finding.package, "version": finding.version}
    return {
        "awsAccountId": repository.registry_id,
        "title": f"{finding.id} - {finding.package}",
        "description": finding.vulnerability.description,
        "severity": finding.severity,
        "status": "ACTIVE",
        "type": "PACKAGE_VULNERABILITY",
        "packageVulnerabilityDetails": {
            "vulnerabilityId": finding.id,
            "sourceUrl": finding.vulnerability.uri,
            "vulnerablePackages": [package],
        },
        "resources": [
            {
                "id": f"{repository.arn}/{image.image_digest}",
                "type": "AWS_ECR_CONTAINER_IMAGE",
            }
        ],
    }
