"""What a scan finds in an image, and when ECR scans it."""

import re

import pytest

from awslab.world import bases, scan


def package(name, version, kind="os"):
    """Make a package record."""
    return {"name": name, "version": version, "type": kind}


def found(packages, scan_type="ENHANCED"):
    """Return the CVE numbers of a scan."""
    return [finding.id for finding in scan.findings(packages, scan_type)]


def of_base(reference, scan_type="BASIC"):
    """Scan a base image."""
    packages = [each.record() for each in bases.resolve(reference).packages]
    return scan.findings(packages, scan_type)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (package("lodash", "4.17.20", "npm"), ["CVE-2021-23337"]),
        (package("lodash", "4.17.21", "npm"), []),
        (package("lodash", "4.17.11", "npm"), ["CVE-2019-10744", "CVE-2021-23337"]),
        (package("lodash", "4.17.21-rc.1", "npm"), ["CVE-2021-23337"]),
        (package("axios", "0.28.0", "npm"), []),
        (package("axios", "1.5.1", "npm"), ["CVE-2023-45857"]),
        (package("qs", "6.9.7", "npm"), []),
        (package("qs", "6.10.2", "npm"), ["CVE-2022-24999"]),
        (package("requests", "2.30.0", "pypi"), ["CVE-2023-32681", "CVE-2024-35195"]),
        (package("requests", "2.32", "pypi"), []),
        (package("requests", "2.32.0rc1", "pypi"), ["CVE-2024-35195"]),
        (package("PyYAML", "5.3.1", "pypi"), ["CVE-2020-14343"]),
        (package("lodash", "4.17.20", "pypi"), []),
        (package("libc6", "2.36-9+deb12u2"), ["CVE-2023-4911", "CVE-2023-6246"]),
        (package("libc6", "2.36-9+deb12u10"), []),
        (package("busybox", "1.37.0-r13"), []),
        (package("unheard-of", "1"), []),
    ],
)
def test_version_decides(record, expected):
    """A package is reported exactly when its version lies in an affected range."""
    assert found([record]) == expected


@pytest.mark.parametrize(
    ("scan_type", "expected"),
    [("BASIC", ["CVE-2023-44487"]), ("ENHANCED", ["CVE-2021-44906", "CVE-2023-44487"])],
)
def test_basic_sees_system_packages_only(scan_type, expected):
    """Basic scanning leaves out what npm and pip installed."""
    packages = [package("libnghttp2-14", "1.52.0-1"), package("minimist", "1.2.5", "npm")]

    assert found(packages, scan_type) == expected


def test_unknown_scan_type_is_refused():
    """Only ECR's two scan types exist."""
    with pytest.raises(ValueError, match="BASIC, ENHANCED"):
        scan.findings([], "FULL")


def test_findings_are_sorted_and_counted_worst_first():
    """Findings and counts start with the worst severity; absent severities are left out."""
    packages = [package("apt", "2.6.1"), package("libcurl4", "7.88.1-10"), package("libc6", "2.36")]

    actual = scan.findings(packages)

    assert [f.severity for f in actual] == ["CRITICAL", "HIGH", "HIGH", "LOW", "INFORMATIONAL"]
    assert list(scan.severity_counts(actual).items()) == [
        ("CRITICAL", 1),
        ("HIGH", 2),
        ("LOW", 1),
        ("INFORMATIONAL", 1),
    ]


def test_same_package_twice_is_one_finding():
    """A package listed by two layers is reported once."""
    assert found([package("apt", "2.6.1")] * 2) == ["CVE-2011-3374"]


@pytest.mark.parametrize("reference", ["node:20", "python:3.12"])
def test_full_debian_bases_have_serious_findings(reference):
    """The big bases carry several findings, a CRITICAL one among them."""
    actual = scan.severity_counts(of_base(reference))

    assert actual["CRITICAL"] >= 1
    assert sum(actual.values()) >= 10


@pytest.mark.parametrize(
    ("reference", "allowed"),
    [
        ("node:20-slim", {"INFORMATIONAL"}),
        ("node:20-alpine", {"LOW"}),
        ("python:3.12-slim", {"INFORMATIONAL"}),
        ("nginx:1.27", {"INFORMATIONAL"}),
        ("nginx:1.27-alpine", {"LOW"}),
        ("gcr.io/distroless/nodejs20-debian12", set()),
        ("gcr.io/distroless/static", set()),
        ("scratch", set()),
    ],
)
def test_small_bases_have_little_or_nothing(reference, allowed):
    """Slim has one informational finding, Alpine a few LOW ones, distroless none."""
    assert set(scan.severity_counts(of_base(reference, "ENHANCED"))) == allowed


def test_catalogue_is_well_formed():
    """Every entry has a CVE number, a known type and severity, ranges that parse, and a sentence."""
    for known in scan.CATALOGUE:
        scan.findings([package(known.package, "1", known.type)], "ENHANCED")

        assert re.fullmatch(r"CVE-\d{4}-\d{4,}", known.id)
        assert known.severity in scan.SEVERITIES
        assert 0 < known.score <= 10
        assert known.description.endswith(".")
        assert known.uri.endswith(known.id)
        assert re.fullmatch(r"((>=|<|=) \S+( |$))+", known.affected.replace(",", ""))
    assert {known.severity for known in scan.CATALOGUE} == set(scan.SEVERITIES) - {"UNDEFINED"}
    assert {known.type for known in scan.CATALOGUE} == {"os", "npm", "pypi"}


def test_catalogue_names_each_pair_once():
    """No vulnerability is listed twice for one package."""
    pairs = [(known.id, known.package) for known in scan.CATALOGUE]

    assert len(pairs) == len(set(pairs))


def test_severity_follows_the_score():
    """From LOW up, severity and CVSS score agree."""
    floors = {"LOW": 0.1, "MEDIUM": 4.0, "HIGH": 7.0, "CRITICAL": 9.0}
    ceilings = {"LOW": 3.9, "MEDIUM": 6.9, "HIGH": 8.9, "CRITICAL": 10.0}
    rated = [known for known in scan.CATALOGUE if known.severity in floors]

    assert [k.id for k in rated if not floors[k.severity] <= k.score <= ceilings[k.severity]] == []


@pytest.mark.parametrize(
    "ordered",
    [
        ["1.0~rc1", "1.0", "1.0-1", "1.0-1+b1", "1.0-1+deb12u1", "1.0-2", "1.0.1", "1.10", "1:0.1"],
        ["2.36-9+deb12u1", "2.36-9+deb12u3", "2.36-9+deb12u10"],
        ["3.0.9-1", "3.0.11-1~deb12u1", "3.0.11-1~deb12u2", "3.0.11-1"],
        ["1.37.0-r2", "1.37.0-r12"],
    ],
)
def test_versions_order_as_debian_orders_them(ordered):
    """Numbers compare as numbers, `~` sorts before the end, an epoch beats everything."""
    assert sorted(reversed(ordered), key=scan.version_key) == ordered


NAMES = ["prod", "repo-prod", "prod-repo", "repo-prod-repo", "prodrepo"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("prod", [True, True, True, True, True]),
        ("*prod", [True, True, False, False, False]),
        ("prod*", [True, False, True, False, True]),
        ("*prod*", [True, True, True, True, True]),
        ("prod*repo", [False, False, True, False, True]),
        ("*", [True, True, True, True, True]),
    ],
)
def test_filters_match_as_in_the_documentation(pattern, expected):
    """The table of AWS's page on scan filters comes out."""
    assert [scan.filter_matches(pattern, name) for name in NAMES] == expected


def rule(frequency, *patterns):
    """Make a rule of the registry's scanning configuration."""
    filters = [{"filter": each, "filterType": "WILDCARD"} for each in patterns]
    return {"scanFrequency": frequency, "repositoryFilters": filters}


@pytest.mark.parametrize(
    ("rules", "flag", "expected"),
    [
        ([], False, "MANUAL"),
        ([], True, "SCAN_ON_PUSH"),
        ([rule("SCAN_ON_PUSH", "*")], False, "SCAN_ON_PUSH"),
        ([rule("SCAN_ON_PUSH", "web*")], False, "MANUAL"),
        ([rule("SCAN_ON_PUSH", "web*")], True, "SCAN_ON_PUSH"),
        ([rule("SCAN_ON_PUSH", "web*", "shop")], False, "SCAN_ON_PUSH"),
        ([rule("SCAN_ON_PUSH", "*"), rule("CONTINUOUS_SCAN", "shop")], False, "CONTINUOUS_SCAN"),
        ([rule("CONTINUOUS_SCAN", "shop"), rule("SCAN_ON_PUSH", "*")], True, "CONTINUOUS_SCAN"),
        ([{"scanFrequency": "SCAN_ON_PUSH"}], False, "MANUAL"),
    ],
)
def test_frequency_of_a_repository(rules, flag, expected):
    """A matching continuous filter wins over scan on push; without any match the flag decides."""
    assert scan.scan_frequency(rules, "team/shop-api", flag) == expected


def test_applied_filters_are_the_ones_that_match():
    """The filters that decided are listed in the order of the configuration."""
    rules = [rule("SCAN_ON_PUSH", "*", "web"), rule("CONTINUOUS_SCAN", "shop")]

    actual = [each["filter"] for each in scan.applied_filters(rules, "team/shop-api")]

    assert actual == ["*", "shop"]
