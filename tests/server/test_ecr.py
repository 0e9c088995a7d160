"""ECR that behaves, each rule from an empty account through boto3."""

import hashlib
import json
from datetime import UTC, timedelta

import pytest
from botocore.exceptions import ClientError

from awslab.server import clock, inprocess
from awslab.world.bases import resolve

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
DAY = 86_400


def digest(data):
    """Return the sha256 digest of text or bytes, as ECR writes it."""
    data = data if isinstance(data, bytes) else data.encode()
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def upload(ecr, repository, data, claimed=None):
    """Upload one layer by the API and return its digest."""
    started = ecr.initiate_layer_upload(repositoryName=repository)
    upload_id = started["uploadId"]
    if data:
        ecr.upload_layer_part(
            repositoryName=repository,
            uploadId=upload_id,
            partFirstByte=0,
            partLastByte=len(data) - 1,
            layerPartBlob=data,
        )
    return ecr.complete_layer_upload(
        repositoryName=repository, uploadId=upload_id, layerDigests=[claimed or digest(data)]
    )["layerDigest"]


def manifest_of(config, *layers):
    """Return the text of a manifest that names a config and layers by their bytes."""
    part = lambda kind, data: {"mediaType": kind, "digest": digest(data), "size": len(data)}  # noqa: E731
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": part(CONFIG, config),
            "layers": [part(LAYER, layer) for layer in layers],
        }
    )


def push(ecr, repository, tag=None, content=b"app", packages=()):
    """Push an image of one layer and return its digest; the same content is the same image."""
    config = json.dumps({"awslab.packages": list(packages)}).encode()
    for data in (config, content):
        if ecr.batch_check_layer_availability(
            repositoryName=repository, layerDigests=[digest(data)]
        )["failures"]:
            upload(ecr, repository, data)
    text = manifest_of(config, content)
    tags = {"imageTag": tag} if tag else {}
    image = ecr.put_image(repositoryName=repository, imageManifest=text, **tags)["image"]
    return image["imageId"]["imageDigest"]


def code_of(error):
    """Return the error code that AWS's client sees."""
    return error.value.response["Error"]["Code"]


@pytest.fixture
def shop(ecr):
    """An ECR client whose registry has an empty repository `shop`."""
    ecr.create_repository(repositoryName="shop")
    return ecr


# --- authorization -------------------------------------------------------------------------------


def test_a_token_ends_twelve_hours_after_it_was_given(ecr, advance):
    """The quick-fire answer, on the simulated clock."""
    advance(3 * 3600)
    token = ecr.get_authorization_token()["authorizationData"][0]

    assert token["expiresAt"].astimezone(UTC) == clock.EPOCH + timedelta(hours=15)
    assert token["proxyEndpoint"] == "https://123456789012.dkr.ecr.us-east-1.amazonaws.com"


# --- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda e: e.create_repository(repositoryName="Shop"), "InvalidParameterException"),
        (lambda e: e.create_repository(repositoryName="shop"), "RepositoryAlreadyExistsException"),
        (
            lambda e: e.create_repository(repositoryName="web", imageTagMutability="FROZEN"),
            "InvalidParameterException",
        ),
        (
            lambda e: e.put_image(repositoryName="none", imageManifest="{}"),
            "RepositoryNotFoundException",
        ),
        (
            lambda e: e.put_image(repositoryName="shop", imageManifest="{]"),
            "InvalidParameterException",
        ),
        (
            lambda e: e.put_image(repositoryName="shop", imageManifest="[1]"),
            "InvalidParameterException",
        ),
        (
            lambda e: e.put_image(repositoryName="shop", imageManifest="{}"),
            "InvalidParameterException",
        ),
        (
            lambda e: e.put_image(repositoryName="shop", imageManifest=manifest_of(b"{}")),
            "LayersNotFoundException",
        ),
        (
            lambda e: e.describe_images(repositoryName="shop", imageIds=[{"imageTag": "v9"}]),
            "ImageNotFoundException",
        ),
        (
            lambda e: e.get_download_url_for_layer(
                repositoryName="shop", layerDigest=digest(b"nothing")
            ),
            "LayersNotFoundException",
        ),
        (
            lambda e: e.describe_image_scan_findings(
                repositoryName="shop", imageId={"imageTag": "v9"}
            ),
            "ImageNotFoundException",
        ),
        (
            lambda e: e.get_lifecycle_policy(repositoryName="shop"),
            "LifecyclePolicyNotFoundException",
        ),
        (
            lambda e: e.start_lifecycle_policy_preview(repositoryName="shop"),
            "LifecyclePolicyNotFoundException",
        ),
        (
            lambda e: e.get_lifecycle_policy_preview(repositoryName="shop"),
            "LifecyclePolicyPreviewNotFoundException",
        ),
        (
            lambda e: e.complete_layer_upload(
                repositoryName="shop",
                uploadId="00000000-0000-0000-0000-000000000000",
                layerDigests=[digest(b"x")],
            ),
            "UploadNotFoundException",
        ),
        (
            lambda e: e.create_pull_through_cache_rule(
                ecrRepositoryPrefix="hub", upstreamRegistryUrl="registry-1.docker.io"
            ),
            "NotImplemented",
        ),
    ],
)
def test_bad_requests_get_ecr_s_own_error_code(shop, call, code):
    """No request ends in a Python traceback or an HTTP 500."""
    with pytest.raises(ClientError) as error:
        call(shop)

    assert code_of(error) == code
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


# --- layers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "claimed", "code"),
    [
        (b"layer", digest(b"another"), "InvalidLayerException"),
        (b"", digest(b""), "EmptyUploadException"),
        (b"once", None, "LayerAlreadyExistsException"),
    ],
)
def test_layers_are_checked_by_digest(shop, data, claimed, code):
    """A wrong digest, an empty upload and a second copy are refused."""
    upload(shop, "shop", b"once")
    with pytest.raises(ClientError) as error:
        upload(shop, "shop", data, claimed)

    assert code_of(error) == code


def test_a_layer_comes_back_as_it_went_up(app, shop):
    """The download address that ECR gives serves the very bytes."""
    content = bytes(range(256)) * 9000  # more than one piece
    name = upload(shop, "shop", content)
    url = shop.get_download_url_for_layer(repositoryName="shop", layerDigest=name)["downloadUrl"]

    assert inprocess.call(app, "GET", url)[2] == content


# --- images and tags -----------------------------------------------------------------------------


def test_an_image_is_named_by_the_digest_of_its_manifest(shop):
    """Two tags on one manifest are one image; the digest is the manifest's sha256."""
    one = push(shop, "shop", "v1.0")
    other = push(shop, "shop", "3f2a91c")
    images = shop.describe_images(repositoryName="shop")["imageDetails"]

    assert one == other == digest(manifest_of(b'{"awslab.packages": []}', b"app"))
    assert [sorted(i["imageTags"]) for i in images] == [["3f2a91c", "v1.0"]]


def test_a_moved_tag_leaves_the_old_image_untagged(shop):
    """In a MUTABLE repository the tag moves and the old image stays, without a name."""
    old = push(shop, "shop", "latest", b"one")
    new = push(shop, "shop", "latest", b"two")
    images = {
        i["imageDigest"]: i.get("imageTags")
        for i in shop.describe_images(repositoryName="shop")["imageDetails"]
    }

    assert images == {old: None, new: ["latest"]}


def test_the_size_is_the_sum_of_the_layers(shop):
    """What ECR stores and bills is layers, not the config."""
    push(shop, "shop", "v1", b"x" * 12_345)

    assert (
        shop.describe_images(repositoryName="shop")["imageDetails"][0]["imageSizeInBytes"] == 12_345
    )


@pytest.mark.parametrize(
    ("mutability", "filters", "refused"),
    [
        ("MUTABLE", [], []),
        ("IMMUTABLE", [], ["latest", "v1"]),
        ("IMMUTABLE_WITH_EXCLUSION", ["latest*"], ["v1"]),
        ("MUTABLE_WITH_EXCLUSION", ["v*"], ["v1"]),
    ],
)
def test_immutable_tags_do_not_move(ecr, mutability, filters, refused):
    """A second image under a taken tag is refused where the tag is immutable, with AWS's code."""
    exclusions = [{"filterType": "WILDCARD", "filter": f} for f in filters]
    ecr.create_repository(
        repositoryName="shop",
        imageTagMutability=mutability,
        **({"imageTagMutabilityExclusionFilters": exclusions} if filters else {}),
    )
    codes = {}
    for tag in ("latest", "v1"):
        push(ecr, "shop", tag, b"one" + tag.encode())
        try:
            push(ecr, "shop", tag, b"two" + tag.encode())
        except ClientError as error:
            codes[tag] = error.response["Error"]["Code"]

    assert codes == dict.fromkeys(refused, "ImageTagAlreadyExistsException")


def test_the_same_image_under_the_same_tag_is_refused_by_the_api(shop):
    """PutImage says that there is nothing to do."""
    push(shop, "shop", "v1")
    with pytest.raises(ClientError) as error:
        push(shop, "shop", "v1")

    assert code_of(error) == "ImageAlreadyExistsException"


@pytest.mark.parametrize("tag", ["bad tag", ".hidden", "a" * 200])
def test_bad_tags_are_refused(shop, tag):
    """A tag is letters, digits, `_`, `.`, `-`, and does not start with a dot."""
    with pytest.raises(ClientError) as error:
        push(shop, "shop", tag)

    assert code_of(error) == "InvalidParameterException"


def test_a_wrong_digest_is_refused(shop):
    """PutImage compares the digest it is given with the manifest."""
    upload(shop, "shop", b"{}")
    with pytest.raises(ClientError) as error:
        shop.put_image(
            repositoryName="shop", imageManifest=manifest_of(b"{}"), imageDigest=digest(b"x")
        )

    assert code_of(error) == "ImageDigestDoesNotMatchException"


def test_an_index_needs_its_images_and_protects_them(shop):
    """A multi-platform index is refused before its images are there, and keeps them from deletion."""
    index = lambda d: json.dumps(  # noqa: E731
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [{"mediaType": MANIFEST, "digest": d, "size": 3}],
        }
    )
    with pytest.raises(ClientError) as error:
        shop.put_image(repositoryName="shop", imageManifest=index(digest(b"absent")))
    arm = push(shop, "shop")
    shop.put_image(repositoryName="shop", imageManifest=index(arm), imageTag="v1")
    failures = shop.batch_delete_image(repositoryName="shop", imageIds=[{"imageDigest": arm}])

    assert code_of(error) == "ReferencedImagesNotFoundException"
    assert failures["failures"][0]["failureCode"] == "ImageReferencedByManifestList"


def test_getting_an_image_reports_the_name_that_was_asked_for(shop):
    """BatchGetImage by tag answers under that tag, and notes the pull."""
    push(shop, "shop", "v1.0")
    push(shop, "shop", "3f2a91c")
    answer = shop.batch_get_image(
        repositoryName="shop", imageIds=[{"imageTag": "v1.0"}, {"imageTag": "v9"}]
    )
    pulled = shop.describe_images(repositoryName="shop")["imageDetails"][0]["lastRecordedPullTime"]

    assert [i["imageId"]["imageTag"] for i in answer["images"]] == ["v1.0"]
    assert answer["failures"][0]["failureCode"] == "ImageNotFound"
    assert pulled == clock.EPOCH


def test_deleting_by_tag_and_by_digest(shop):
    """A tag goes alone while others are left; the last tag or the digest takes the image."""
    push(shop, "shop", "v1.0")
    image = push(shop, "shop", "3f2a91c")
    delete = lambda **i: shop.batch_delete_image(repositoryName="shop", imageIds=[i])  # noqa: E731
    left = lambda: len(shop.describe_images(repositoryName="shop")["imageDetails"])  # noqa: E731
    counts = []
    delete(imageTag="v1.0")
    counts.append(left())
    delete(imageTag="3f2a91c")
    counts.append(left())
    push(shop, "shop", "v1.0")
    push(shop, "shop", "3f2a91c")
    gone = delete(imageDigest=image)["imageIds"]

    assert counts == [1, 0]
    assert sorted(i["imageTag"] for i in gone) == ["3f2a91c", "v1.0"]
    assert left() == 0


# --- scanning ------------------------------------------------------------------------------------

LIBC = {"name": "libc6", "version": "2.36-9+deb12u1", "type": "os"}
LODASH = {"name": "lodash", "version": "4.17.20", "type": "npm"}


def findings_of(ecr, tag="v1"):
    """Wait for the scan without sleeping and return its findings."""
    for _ in range(8):  # every look takes five simulated seconds
        answer = ecr.describe_image_scan_findings(repositoryName="shop", imageId={"imageTag": tag})
        if answer["imageScanStatus"]["status"] != "IN_PROGRESS":
            return answer
    raise AssertionError("the scan did not end in 40 simulated seconds")


def test_scan_on_push_finds_what_the_image_declares(ecr):
    """The flag starts a scan at the push; basic scanning knows system packages, not npm's."""
    ecr.create_repository(repositoryName="shop", imageScanningConfiguration={"scanOnPush": True})
    push(ecr, "shop", "v1", packages=[LIBC, LODASH])
    first = ecr.describe_images(repositoryName="shop")["imageDetails"][0]["imageScanStatus"]
    findings = findings_of(ecr)["imageScanFindings"]

    assert first == {"status": "IN_PROGRESS"}
    assert {f["attributes"][0]["value"] for f in findings["findings"]} == {"libc6"}
    assert "CVE-2023-4911" in [f["name"] for f in findings["findings"]]
    assert findings["findingSeverityCounts"]["HIGH"] == len(findings["findings"])


def test_without_scan_on_push_nothing_is_scanned_until_asked(shop):
    """A scan by hand works once in 24 hours."""
    push(shop, "shop", "v1", packages=[LIBC])
    ask = lambda: shop.start_image_scan(repositoryName="shop", imageId={"imageTag": "v1"})  # noqa: E731
    with pytest.raises(ClientError) as unscanned:
        findings_of(shop)
    ask()
    with pytest.raises(ClientError) as again:
        ask()

    assert code_of(unscanned) == "ScanNotFoundException"
    assert code_of(again) == "LimitExceededException"
    assert findings_of(shop)["imageScanStatus"]["status"] == "COMPLETE"


def test_a_second_scan_is_possible_a_day_later(shop, advance):
    """The quota is one scan an image in 24 hours."""
    push(shop, "shop", "v1", packages=[LIBC])
    shop.start_image_scan(repositoryName="shop", imageId={"imageTag": "v1"})
    advance(DAY)
    answer = shop.start_image_scan(repositoryName="shop", imageId={"imageTag": "v1"})

    assert answer["imageScanStatus"]["status"] == "IN_PROGRESS"


def test_enhanced_scanning_also_knows_language_packages(shop):
    """The registry's own configuration turns it on, by a filter on repository names."""
    shop.put_registry_scanning_configuration(
        scanType="ENHANCED",
        rules=[
            {
                "scanFrequency": "SCAN_ON_PUSH",
                "repositoryFilters": [{"filter": "sho*", "filterType": "WILDCARD"}],
            }
        ],
    )
    push(shop, "shop", "v1", packages=[LIBC, LODASH])
    found = findings_of(shop)["imageScanFindings"]["enhancedFindings"]

    assert {f["packageVulnerabilityDetails"]["vulnerablePackages"][0]["name"] for f in found} == {
        "libc6",
        "lodash",
    }


def test_an_image_that_says_nothing_of_its_packages_cannot_be_scanned(ecr):
    """As with an operating system that ECR does not know, the scan fails and says so."""
    ecr.create_repository(repositoryName="shop", imageScanningConfiguration={"scanOnPush": True})
    upload(ecr, "shop", b"{}")
    ecr.put_image(repositoryName="shop", imageManifest=manifest_of(b"{}"), imageTag="v1")
    status = findings_of(ecr)["imageScanStatus"]

    assert status["status"] == "FAILED"
    assert "UnsupportedImageError" in status["description"]


# --- lifecycle -----------------------------------------------------------------------------------


def rule(priority=1, status="untagged", count="sinceImagePushed", number=1, **selection):
    """Return one lifecycle rule."""
    unit = {"countUnit": "days"} if count.startswith("since") else {}
    selection |= {"tagStatus": status, "countType": count, "countNumber": number, **unit}
    return {"rulePriority": priority, "selection": selection, "action": {"type": "expire"}}


def text_of(*rules):
    """Return a lifecycle policy's text."""
    return json.dumps({"rules": list(rules)})


def tags_left(ecr):
    """Return the tags that are left in `shop`, sorted."""
    images = ecr.describe_images(repositoryName="shop")["imageDetails"]
    return sorted(tag for image in images for tag in image.get("imageTags", ["untagged"]))


def test_a_policy_expires_images_within_a_day(shop, advance):
    """The images are there when the policy is put and gone 24 hours later; the evaluation is noted."""
    for number in range(5):
        push(shop, "shop", f"v{number}", b"%d" % number)
        advance(60)
    keep_two = rule(status="tagged", count="imageCountMoreThan", number=2, tagPatternList=["v*"])
    shop.put_lifecycle_policy(repositoryName="shop", lifecyclePolicyText=text_of(keep_two))
    before = tags_left(shop)
    advance(DAY)
    evaluated = shop.get_lifecycle_policy(repositoryName="shop")["lastEvaluatedAt"]

    assert before == ["v0", "v1", "v2", "v3", "v4"]
    assert tags_left(shop) == ["v3", "v4"]
    assert evaluated.astimezone(UTC) == clock.EPOCH + timedelta(minutes=5, days=1)


def test_untagged_images_go_a_day_after_their_push(shop, advance):
    """What a moved tag leaves behind is cleaned up; the tagged image stays."""
    shop.put_lifecycle_policy(repositoryName="shop", lifecyclePolicyText=text_of(rule()))
    push(shop, "shop", "latest", b"one")
    push(shop, "shop", "latest", b"two")
    advance(DAY)
    after_one = tags_left(shop)
    advance(DAY)

    assert after_one == ["latest", "untagged"]
    assert tags_left(shop) == ["latest"]


def test_a_preview_tells_and_does_not_touch(shop, advance):
    """The preview names the images and the rule, and nothing goes."""
    push(shop, "shop", "v1", b"one")
    advance(60)
    push(shop, "shop", "v2", b"two")
    keep_one = rule(status="tagged", count="imageCountMoreThan", tagPatternList=["*"])
    shop.start_lifecycle_policy_preview(
        repositoryName="shop", lifecyclePolicyText=text_of(keep_one)
    )
    shop.get_waiter("lifecycle_policy_preview_complete").wait(
        repositoryName="shop", WaiterConfig={"Delay": 0}
    )
    preview = shop.get_lifecycle_policy_preview(repositoryName="shop")
    advance(2 * DAY)

    results = [(r["imageTags"], r["appliedRulePriority"]) for r in preview["previewResults"]]
    assert results == [(["v1"], 1)]
    assert preview["summary"]["expiringImageTotalCount"] == 1
    assert tags_left(shop) == ["v1", "v2"]


@pytest.mark.parametrize(
    "policy",
    [
        "not json " * 20,
        text_of(rule(status="tagged")),
        text_of(rule(status="any"), rule(2)),
        text_of(rule(), rule()),
        text_of(rule() | {"action": {"type": "delete"}}),
    ],
)
def test_policies_that_aws_refuses_are_refused(shop, policy):
    """A bad policy is refused when it is put, and when it is previewed."""
    with pytest.raises(ClientError) as put:
        shop.put_lifecycle_policy(repositoryName="shop", lifecyclePolicyText=policy)
    with pytest.raises(ClientError) as preview:
        shop.start_lifecycle_policy_preview(repositoryName="shop", lifecyclePolicyText=policy)

    assert code_of(put) == code_of(preview) == "InvalidParameterException"


def test_the_catalogue_of_bases_is_what_the_registry_mounts():
    """Base layers are known on both sides, so that nobody uploads 300 MB."""
    assert all(layer.size > 0 for layer in resolve("node:20").layers)
