"""`cloud` on a running lab: what it draws and tells is what AWS's API says."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

import awslab
from awslab import fixtures

pytestmark = pytest.mark.slow

EPOCH = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
KEEP_ONE = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": 1,
            },
            "action": {"type": "expire"},
        }
    ]
}


@pytest.fixture
def ecr(cloud):
    """ECR with one empty repository, `shop`, in an account that is otherwise empty."""
    cloud.reset()
    client = boto3.session.Session().client("ecr")
    client.create_repository(repositoryName="shop")
    return client


def code_of(error):
    """Return the error code that AWS's client sees."""
    return error.value.response["Error"]["Code"]


def test_time_stands_still_until_it_is_advanced(cloud, ecr):
    """`now` reads, `advance` moves and returns the new time."""
    first, second = cloud.now, cloud.now
    later = cloud.advance("1 day 2 h")

    assert (first, second) == (EPOCH, EPOCH)
    assert later == cloud.now == EPOCH + timedelta(days=1, hours=2)


def test_time_does_not_go_back(cloud, ecr):
    """A negative span is refused before the lab hears of it."""
    with pytest.raises(ValueError, match="time only moves forward"):
        cloud.advance(-1)

    assert cloud.now == EPOCH


def test_cloud_says_where_it_is(cloud, ecr):
    """Account, region, simulated time."""
    assert repr(cloud) == (
        f"A mocked AWS at {cloud.endpoint}: account 123456789012, region us-east-1, "
        "2026-01-05 09:00 UTC.\nNothing in this notebook can reach the real AWS."
    )


@pytest.mark.parametrize("form", ["shop:v1", HOST + "/shop:v1", "shop@{digest}"])
def test_an_image_by_any_of_its_names(cloud, ecr, form):
    """Digest, tags and size are ECR's own."""
    digest = fixtures.push_image("shop", "v1", packages=["npm:lodash=4.17.20"])
    image = cloud.image(form.format(digest=digest))
    [detail] = ecr.describe_images(repositoryName="shop")["imageDetails"]

    assert (image.digest, image.tags) == (digest, ["v1"])
    assert image.size == detail["imageSizeInBytes"]
    assert image.uri.startswith(f"{HOST}/shop")
    assert image.packages == [{"name": "lodash", "version": "4.17.20", "type": "npm"}]
    assert digest[7:15] in repr(image)
    assert "text/html" in image._repr_mimebundle_()


@pytest.mark.parametrize(
    ("reference", "code"),
    [("shop:nope", "ImageNotFoundException"), ("nope:v1", "RepositoryNotFoundException")],
)
def test_an_image_that_is_not_there_is_ecrs_error(cloud, ecr, reference, code):
    """The learner meets AWS's code, as in boto3."""
    with pytest.raises(ClientError) as failed:
        cloud.image(reference)

    assert code_of(failed) == code


@pytest.fixture
def built(ecr, tmp_path, monkeypatch):
    """Two images on one base, built and pushed by the `docker` stand-in."""
    monkeypatch.chdir(tmp_path)
    Path("app.js").write_text("console.log(1)\n")
    base = "FROM node:20-alpine\nWORKDIR /srv\nCOPY app.js .\n"
    Path("Dockerfile").write_text(base + "USER node\n")
    Path("Dockerfile.two").write_text(base + 'CMD ["node", "app.js"]\n')
    script = f"""set -e
        aws ecr get-login-password | docker login -u AWS --password-stdin {HOST}
        docker build -q -t {HOST}/shop:one .
        docker build -q -t {HOST}/shop:two -f Dockerfile.two .
        docker push -q {HOST}/shop:one
        docker push -q {HOST}/shop:two"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ecr


def test_what_docker_built_can_be_looked_into(cloud, built):
    """User, base, layers, own files; and what two images share."""
    one, two = cloud.image("shop:one"), cloud.image("shop:two")
    compared = cloud.compare("shop:one", "shop:two")

    assert (one.user, two.user) == ("node", "")
    assert one.base == "node:20-alpine" or one.base.endswith("/node:20-alpine")
    assert one.layers[0]["base"] is True
    assert sum(layer["size"] for layer in one.layers) == pytest.approx(one.size, rel=0.01)
    assert "srv/app.js" in cloud.files("shop:one")
    assert "shop:one" in compared.text
    assert "shared" in compared.text


def test_reset_forgets_images_and_logins_too(cloud, built):
    """After a reset docker has no image and no password, AWS no repository, and time begins anew."""
    before = subprocess.run(["docker", "images", "-q"], capture_output=True, text=True).stdout
    cloud.advance("1 day")
    moment = cloud.reset()
    after = subprocess.run(["docker", "images", "-q"], capture_output=True, text=True).stdout
    built.create_repository(repositoryName="shop")
    script = f"docker build -q -t {HOST}/shop:x . && docker push {HOST}/shop:x"
    pushed = subprocess.run(["bash", "-c", script], capture_output=True, text=True)

    assert len(before.split()) == 2
    assert (after, moment, cloud.now) == ("", EPOCH, EPOCH)
    assert "no basic auth credentials" in pushed.stderr


def test_a_repository_is_drawn_as_it_is(cloud, ecr):
    """Tags, digests and mutability; a missing repository is ECR's error."""
    ecr.put_image_tag_mutability(repositoryName="shop", imageTagMutability="IMMUTABLE")
    digest = fixtures.push_image("shop", "v1")
    picture = cloud.repository("shop")
    with pytest.raises(ClientError) as failed:
        cloud.repository("nope")

    assert "v1" in picture.text
    assert digest[7:15] in picture.text
    assert "IMMUTABLE" in picture.text
    assert code_of(failed) == "RepositoryNotFoundException"


@pytest.mark.parametrize("form", [lambda p: p, json.dumps], ids=["dictionary", "text"])
def test_a_policy_is_tried_before_it_is_put(cloud, ecr, form):
    """The preview tells the fate of each image and changes nothing."""
    old = fixtures.push_image("shop", "v1", content="old")
    cloud.advance("1 day")
    new = fixtures.push_image("shop", "v2", content="new")
    picture = cloud.lifecycle("shop", form(KEEP_ONE))
    left = ecr.describe_images(repositoryName="shop")["imageDetails"]
    lines = picture.text.splitlines()

    assert [line for line in lines if old[7:15] in line and "rule 1" in line]
    assert [line for line in lines if new[7:15] in line and "no rule" in line]
    assert len(left) == 2


def test_without_a_policy_there_is_nothing_to_preview(cloud, ecr):
    """The repository's own policy is used when none is given; ECR says when there is none."""
    with pytest.raises(ClientError) as failed:
        cloud.lifecycle("shop")
    ecr.put_lifecycle_policy(repositoryName="shop", lifecyclePolicyText=json.dumps(KEEP_ONE))
    picture = cloud.lifecycle("shop")

    assert code_of(failed) == "LifecyclePolicyNotFoundException"
    assert picture.text.startswith("Lifecycle of 0 images")


def test_a_second_window_sees_the_same_lab(cloud, ecr):
    """`awslab.start()` in a later cell is the same AWS."""
    assert awslab.start().repository("shop").text == cloud.repository("shop").text
