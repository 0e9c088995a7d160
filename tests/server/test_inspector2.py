"""Inspector lists what ECR's enhanced scans have found, over all repositories."""

import pytest
from botocore.exceptions import ClientError

from tests.server.test_ecr import LIBC, LODASH, push


@pytest.fixture
def inspector(ecr, session, advance):
    """Two repositories, of which enhanced scanning looks at one; an Inspector client."""
    ecr.put_registry_scanning_configuration(
        scanType="ENHANCED",
        rules=[
            {
                "scanFrequency": "SCAN_ON_PUSH",
                "repositoryFilters": [{"filter": "shop*", "filterType": "WILDCARD"}],
            }
        ],
    )
    for name in ("shop", "other"):
        ecr.create_repository(repositoryName=name)
        push(ecr, name, "v1", packages=[LIBC, LODASH])
    advance(300)
    return session.client("inspector2")


def found(inspector, **criteria):
    """Return the packages of the findings that fulfil the criteria."""
    findings = inspector.list_findings(filterCriteria=criteria)["findings"]
    return {
        each["packageVulnerabilityDetails"]["vulnerablePackages"][0]["name"] for each in findings
    }


def test_findings_are_those_of_enhanced_scans(inspector):
    """The image, its tag and repository stand in the resource; what is not scanned has none."""
    findings = inspector.list_findings()["findings"]
    images = [each["resources"][0]["details"]["awsEcrContainerImage"] for each in findings]

    assert found(inspector) == {"libc6", "lodash"}
    assert {each["repositoryName"] for each in images} == {"shop"}
    assert images[0]["imageTags"] == ["v1"]
    assert {each["status"] for each in findings} == {"ACTIVE"}


def test_findings_are_filtered(inspector):
    """By repository and severity, equal or not; other criteria are refused."""
    equal = lambda value: [{"comparison": "EQUALS", "value": value}]  # noqa: E731
    everywhere = found(inspector, ecrImageRepositoryName=equal("shop"))
    nowhere = found(inspector, ecrImageRepositoryName=equal("other"))
    other = [{"comparison": "NOT_EQUALS", "value": "CRITICAL"}]
    with pytest.raises(ClientError) as caught:
        found(inspector, title=equal("x"))

    assert everywhere == {"libc6", "lodash"}
    assert nowhere == set()
    assert found(inspector, severity=other) <= everywhere
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_enabling_is_for_the_own_account(inspector):
    """Without account ids, as AWS takes it."""
    answer = inspector.enable(resourceTypes=["ECR"])
    status = inspector.batch_get_account_status()["accounts"]

    assert answer["failedAccounts"] == []
    assert status[0]["resourceState"]["ecr"]["status"] == "ENABLED"
