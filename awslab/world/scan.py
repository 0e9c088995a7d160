"""Amazon ECR image scanning: what a scan finds, and when an image is scanned.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awslab.world._cves import CATALOGUE, Vulnerability
from awslab.world.refs import wildcard_match

__all__ = [
    "CATALOGUE",
    "SEVERITIES",
    "Finding",
    "Vulnerability",
    "applied_filters",
    "filter_matches",
    "findings",
    "scan_frequency",
    "severity_counts",
    "version_key",
]

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")
SCAN_TYPES = {"BASIC": ("os",), "ENHANCED": ("os", "npm", "pypi")}


@dataclass(frozen=True)
class Finding:
    """Hold one vulnerability of one installed package."""

    vulnerability: Vulnerability
    package: str
    version: str

    @property
    def id(self) -> str:
        """Return the CVE number."""
        return self.vulnerability.id

    @property
    def severity(self) -> str:
        """Return one of SEVERITIES."""
        return self.vulnerability.severity


def findings(packages: Iterable[Mapping[str, str]], scan_type: str = "BASIC") -> list[Finding]:
    """Return what a scan finds in these packages, worst severity first, then by CVE and package.

    A package is `{"name": ..., "version": ..., "type": "os" | "npm" | "pypi"}`.
    BASIC looks at packages of the operating system only, ENHANCED at programming languages' too.
    Raises ValueError for another scan type.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced.html
    """
    if scan_type not in SCAN_TYPES:
        raise ValueError(f"scanType {scan_type!r}: must be one of {', '.join(SCAN_TYPES)}")
    found = {
        Finding(known, package["name"], package["version"])
        for package in packages
        if package["type"] in SCAN_TYPES[scan_type]
        for known in CATALOGUE
        if _concerns(known, package)
    }
    return sorted(
        found, key=lambda f: (SEVERITIES.index(f.severity), f.id, f.package, version_key(f.version))
    )


def severity_counts(found: Iterable[Finding]) -> dict[str, int]:
    """Count findings by severity, worst first; a severity without findings is left out, as in ECR.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFindings.html
    """
    counts = Counter(finding.severity for finding in found)
    return {severity: counts[severity] for severity in SEVERITIES if counts[severity]}


def scan_frequency(
    registry_rules: Sequence[Mapping[str, Any]],
    repository_name: str,
    scan_on_push_flag: bool = False,
) -> str:
    """Return when a repository's images are scanned: CONTINUOUS_SCAN, SCAN_ON_PUSH or MANUAL.

    The rules are those of PutRegistryScanningConfiguration; where filters of both kinds match,
    continuous scanning wins.
    The repository's own `scanOnPush` flag is being deprecated but still counts.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html
    """
    matched = {
        rule["scanFrequency"] for rule in registry_rules if applied_filters([rule], repository_name)
    }
    if "CONTINUOUS_SCAN" in matched:
        return "CONTINUOUS_SCAN"
    return "SCAN_ON_PUSH" if "SCAN_ON_PUSH" in matched or scan_on_push_flag else "MANUAL"


def applied_filters(
    registry_rules: Sequence[Mapping[str, Any]], repository_name: str
) -> list[Mapping[str, str]]:
    """Return the repository filters of these rules that match the name, in their order.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryScanningConfiguration.html
    """
    return [
        each
        for rule in registry_rules
        for each in rule.get("repositoryFilters", [])
        if filter_matches(each["filter"], repository_name)
    ]


def filter_matches(pattern: str, repository_name: str) -> bool:
    """Tell whether a scan filter matches a repository name.

    Without a wildcard the name must contain the filter; with `*` the whole name must match.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
    """
    if "*" in pattern:
        return wildcard_match(pattern, repository_name)
    return pattern in repository_name


def version_key(version: str, kind: str = "os") -> tuple:
    """Return a key that orders versions the way Debian's package manager does.

    The key covers apk, npm and PyPI versions too, with pre-releases before their release.
    """
    if kind == "npm":
        version = version.replace("-", "~", 1)
    elif kind == "pypi":
        version = re.sub(r"\.?(?=(?:dev|a|b|rc)\d)", "~", version)
        version = re.sub(r"(?:\.0)+(?=~|$)", "", version)
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch) if epoch.isdigit() else 0, _part_key(upstream), _part_key(revision)


def _part_key(text: str) -> tuple:
    pairs = re.findall(r"(\D*)(\d*)", text)
    # The closing pair makes an end of text sort after `~` and before everything else.
    return *((_text_key(word), int(number or 0)) for word, number in pairs), ((0,), 0)


def _text_key(word: str) -> tuple[int, ...]:
    weights = [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 0x110000 for c in word]
    return (*weights, 0)


def _concerns(known: Vulnerability, package: Mapping[str, str]) -> bool:
    name = package["name"]
    if package["type"] == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()
    if (known.package, known.type) != (name, package["type"]):
        return False
    version = version_key(package["version"], known.type)
    return any(_within(one, version, known.type) for one in known.affected.split(","))


def _within(conditions: str, version: tuple, kind: str) -> bool:
    words = conditions.split()
    for sign, limit in zip(words[::2], words[1::2], strict=True):
        bound = version_key(limit, kind)
        holds = {">=": version >= bound, "<": version < bound, "=": version == bound}
        if not holds[sign]:
            return False
    return True
