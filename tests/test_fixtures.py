"""What a lesson puts into ECR before the learner comes: real images, by ECR's own rules."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from awslab import fixtures
from awslab.server import inprocess
from awslab.server.app import LabApp


@pytest.fixture(scope="module")
def core():
    """The lab's core in this process, and a session of it."""
    app = LabApp()
    return app, inprocess.session(app)


@pytest.fixture
def ecr(core, monkeypatch):
    """ECR of an empty account with the repository `shop`, which is also what boto3 talks to."""
    app, session = core
    app.reset()
    monkeypatch.setattr(boto3.session, "Session", lambda: session)
    client = session.client("ecr")
    client.create_repository(repositoryName="shop")
    return client


def images(ecr):
    """Return ECR's details of the images in `shop`."""
    return ecr.describe_images(repositoryName="shop")["imageDetails"]


@pytest.mark.parametrize("tag", ["v1", None])
def test_an_image_is_pushed(ecr, tag):
    """With its tag, or untagged; the digest returned is ECR's."""
    digest = fixtures.push_image("shop", tag)
    [image] = images(ecr)

    assert image["imageDigest"] == digest
    assert image.get("imageTags", []) == ([tag] if tag else [])


def test_content_makes_the_image(ecr):
    """The same content is the same image under another tag, other content another."""
    one = fixtures.push_image("shop", "v1", content="a")
    same = fixtures.push_image("shop", "stable", content="a")
    other = fixtures.push_image("shop", "v2", content="b")

    assert one == same != other
    assert len(images(ecr)) == 2


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("libc6=2.36-9", {"name": "libc6", "version": "2.36-9", "type": "os"}),
        ("npm:lodash=4.17.20", {"name": "lodash", "version": "4.17.20", "type": "npm"}),
        ("libfoo=1:2.3-4", {"name": "libfoo", "version": "1:2.3-4", "type": "os"}),
        ("npm:@babel/core=7.0.0", {"name": "@babel/core", "version": "7.0.0", "type": "npm"}),
    ],
)
def test_a_package_is_written_as_its_manager_writes_it(text, package):
    """Debian's epochs and npm's scopes included."""
    assert fixtures._package(text) == package


def test_a_scan_finds_the_packages(ecr):
    """An old libc6 is a finding; an image without packages is clean."""
    fixtures.push_image("shop", "old", packages=["libc6=2.36-9"])
    fixtures.push_image("shop", "clean", content="clean")
    counts = {}
    for tag in ("old", "clean"):
        image = {"repositoryName": "shop", "imageId": {"imageTag": tag}}
        ecr.start_image_scan(**image)
        # Each look passes five simulated seconds, and a scan takes thirty.
        looks = [ecr.describe_image_scan_findings(**image) for _ in range(8)]
        counts[tag] = looks[-1]["imageScanFindings"]["findingSeverityCounts"]

    assert counts == {"old": {"HIGH": 2}, "clean": {}}


def test_ecrs_own_errors_come_through(ecr):
    """A missing repository and a tag that may not move."""
    ecr.put_image_tag_mutability(repositoryName="shop", imageTagMutability="IMMUTABLE")
    fixtures.push_image("shop", "v1")
    codes = []
    for repository, content in (("nope", ""), ("shop", "other")):
        with pytest.raises(ClientError) as failed:
            fixtures.push_image(repository, "v1", content=content)
        codes.append(failed.value.response["Error"]["Code"])

    assert codes == ["RepositoryNotFoundException", "ImageTagAlreadyExistsException"]


def test_a_history_is_made_anew(ecr):
    """Eight versions, four untagged builds, two developer images, 16 hours apart, whatever was there."""
    fixtures.push_image("shop", "leftover")
    spans = []
    fixtures.push_history("shop", spans.append)
    tags = sorted(tag for image in images(ecr) for tag in image.get("imageTags", []))

    assert spans == ["16 hours"] * 8
    assert len(images(ecr)) == 14
    assert tags == ["dev-2", "dev-5", *(f"v{number}.0" for number in range(1, 9))]


def test_a_policy_expires_what_its_preview_says(ecr):
    """By tag, sorted; an untagged image is called so; a refused policy is ECR's error."""
    for tag in ("v2", None, "v1"):
        fixtures.push_image("shop", tag, content=str(tag))
    count = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}
    rule = {"rulePriority": 1, "selection": count, "action": {"type": "expire"}}
    with pytest.raises(ClientError) as failed:
        fixtures.expired_by(json.dumps({"rules": "x" * 100}), "shop")
    expired = fixtures.expired_by(json.dumps({"rules": [rule]}), "shop")

    assert failed.value.response["Error"]["Code"] == "InvalidParameterException"
    assert len(expired) == 2
    assert set(expired) <= {"untagged", "v1", "v2"}
