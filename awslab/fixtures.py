"""Things that a lesson puts into an AWS before the learner comes, through AWS's own API."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def push_image(
    repository: str,
    tag: str | None,
    *,
    content: str = "",
    packages: Iterable[str] = (),
    app: dict[str, Any] | None = None,
    user: str = "",
) -> str:
    """Push a small image to ECR and return its digest; other content makes another image.

    `packages` are what a scan will find in it: `"libc6=2.36-9"`, or `"npm:lodash=4.17.20"`.
    `app` is how the app inside behaves (see awslab/world/app_profile.py), `user` whom it runs as: empty is root.
    Without a tag the image is untagged.
    Raises ECR's own errors, for example when the repository is missing or the tag may not move.
    """
    from awslab.clients import client

    ecr = client("ecr")
    config: dict[str, Any] = {
        "awslab.packages": [_package(text) for text in packages],
        "content": content,
    }
    if app:
        config["awslab.app"] = app
    if user:
        config["config"] = {"User": user}
    # One layer for all, as images of one base have it: what differs is in the configuration.
    described = _uploaded(ecr, repository, {_CONFIG: json.dumps(config).encode(), _LAYER: b"layer"})
    manifest = {"schemaVersion": 2, "mediaType": _MANIFEST}
    manifest |= {"config": described[0], "layers": described[1:]}
    image = ecr.put_image(
        repositoryName=repository,
        imageManifest=json.dumps(manifest),
        **({"imageTag": tag} if tag else {}),
    )["image"]
    return image["imageId"]["imageDigest"]


def push_history(repository: str, advance: Callable[[str], Any]) -> None:
    """Make the repository anew: eight versions, four untagged builds, two developer images, 16 hours apart.

    `advance` lets time pass, as `cloud.advance` does.
    What was in the repository before, its policy included, is gone.
    """
    from awslab.clients import client

    ecr = client("ecr")
    if repository in [r["repositoryName"] for r in ecr.describe_repositories()["repositories"]]:
        ecr.delete_repository(repositoryName=repository, force=True)
    ecr.create_repository(repositoryName=repository)
    for number in range(1, 9):
        push_image(repository, f"v{number}.0", content=f"version {number}")
        if number % 2:
            push_image(repository, None, content=f"build {number}")
        if number in (2, 5):
            push_image(repository, f"dev-{number}", content=f"dev {number}")
        advance("16 hours")


def expired_by(policy_text: str, repository: str) -> list[str]:
    """Return the tags of the images that a lifecycle policy would expire now, by ECR's own preview.

    Sorted; "untagged" stands for each image without a tag.
    Raises ECR's InvalidParameterException for a policy it refuses.
    """
    from awslab.clients import client

    ecr = client("ecr")
    ecr.start_lifecycle_policy_preview(repositoryName=repository, lifecyclePolicyText=policy_text)
    ecr.get_waiter("lifecycle_policy_preview_complete").wait(repositoryName=repository)
    results = ecr.get_lifecycle_policy_preview(repositoryName=repository)["previewResults"]
    return sorted(tag for result in results for tag in result["imageTags"] or ["untagged"])


def _package(text: str) -> dict[str, str]:
    kind, colon, rest = text.partition(":")
    if not colon or "=" in kind:
        kind, rest = "os", text
    name, _, version = rest.partition("=")
    return {"name": name, "version": version, "type": kind}


def _uploaded(ecr: Any, repository: str, blobs: dict[str, bytes]) -> list[dict[str, Any]]:
    """Upload what is not there yet, by media type; return the descriptors for a manifest."""
    digests = {kind: f"sha256:{hashlib.sha256(data).hexdigest()}" for kind, data in blobs.items()}
    there = ecr.batch_check_layer_availability(
        repositoryName=repository, layerDigests=list(digests.values())
    )
    missing = {failure["layerDigest"] for failure in there["failures"]}
    for kind, data in blobs.items():
        if digests[kind] not in missing:
            continue
        upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
        ecr.upload_layer_part(
            repositoryName=repository,
            uploadId=upload,
            partFirstByte=0,
            partLastByte=len(data) - 1,
            layerPartBlob=data,
        )
        ecr.complete_layer_upload(
            repositoryName=repository, uploadId=upload, layerDigests=[digests[kind]]
        )
    return [
        {"mediaType": kind, "digest": digests[kind], "size": len(data)}
        for kind, data in blobs.items()
    ]
