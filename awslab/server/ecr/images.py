"""Images by the digest of their manifest, tags that move or may not, sizes from layers.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
"""

import json
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import (
    ImageAlreadyExistsException,
    ImageNotFoundException,
    InvalidParameterException,
)
from moto.ecr.models import ECRBackend, Image, Repository
from moto.ecr.responses import ECRResponse

from awslab.server import clock
from awslab.server.ecr import layers, scanning
from awslab.server.errors import AWSError
from awslab.world.refs import tag_is_immutable, validate_tag

RESPONSES = ["batch_delete_image", "batch_get_image", "describe_images"]
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class LabImage(Image):
    """moto's image, identified by the sha256 of its manifest."""

    scan: scanning.Scan | None = None
    last_pull: Any = None

    @property
    def content(self) -> dict[str, Any]:
        """The manifest as data."""
        return json.loads(self.image_manifest)

    def _create_digest(self) -> None:
        self._image_digest = layers.digest_of([self.image_manifest.encode()])

    def get_image_size_in_bytes(self) -> int:
        """Return the size of the layers as stored, in bytes; for an index the largest of its images.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
        """
        if "manifests" in self.content:
            return max((entry["size"] for entry in self.content["manifests"]), default=0)
        return sum(layer["size"] for layer in self.content.get("layers", []))

    def remove_tag(self, tag: str) -> None:
        """Take one tag away; the image stays, untagged if it was the last."""
        self.image_tags.remove(tag)
        self.image_tag = self.image_tags[-1] if self.image_tags else None


def put_image(
    self: ECRBackend,
    repository_name: str,
    image_manifest: str,
    image_tag: str | None,
    image_manifest_mediatype: str | None = None,
    digest: str | None = None,
) -> Image:
    """Store a manifest whose layers are there, and give it the tag.

    Raises ECR's errors: an unknown repository, a broken manifest, missing layers, a digest that is not the
    manifest's, a tag that is taken in an immutable repository, or the same image with the same tag.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    repository = self._get_repository(repository_name)
    content = _parsed(image_manifest, image_manifest_mediatype)
    image = LabImage(
        self.account_id,
        image_tag,  # type: ignore[arg-type]
        image_manifest,
        repository_name,
        image_manifest_mediatype or content["mediaType"],
    )
    _refuse_wrong_digest(image, digest)
    _refuse_missing_parts(repository, content)
    known = next((i for i in repository.images if i.image_digest == image.image_digest), None)
    if known and (image_tag is None or image_tag in known.image_tags):
        raise ImageAlreadyExistsException(
            registry_id=repository.registry_id,
            image_tag=image_tag or "null",
            digest=known.image_digest,
            repository_name=repository.name,
        )
    if image_tag is not None:
        _free_tag(repository, image_tag)
    if known:
        known.update_tag(image_tag)
        return known
    repository.images.append(image)
    scanning.scan_on_push(self, repository, image)
    return image


def _parsed(image_manifest: str, media_type: str | None) -> dict[str, Any]:
    try:
        content = json.loads(image_manifest)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise InvalidParameterException(
            "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        )
    if not media_type and "mediaType" not in content:
        raise InvalidParameterException(
            "Invalid parameter at 'ImageManifest' failed to satisfy constraint: "
            "'the manifest names no mediaType; give imageManifestMediaType'"
        )
    if not ("manifests" in content or isinstance(content.get("layers"), list)):
        raise InvalidParameterException(
            "Invalid parameter at 'ImageManifest' failed to satisfy constraint: "
            "'Manifest must list layers, or manifests for an index'"
        )
    return content


def _refuse_wrong_digest(image: LabImage, digest: str | None) -> None:
    if digest and digest != image.image_digest:
        raise AWSError(
            "ImageDigestDoesNotMatchException",
            f"The provided digest '{digest}' does not match the digest '{image.image_digest}' "
            "computed from the image manifest",
        )


def _refuse_missing_parts(repository: Repository, content: dict[str, Any]) -> None:
    where = f"the repository with name '{repository.name}' in the registry with id '{repository.registry_id}'"
    digests = [
        part["digest"] for part in [content.get("config"), *content.get("layers", [])] if part
    ]
    if missing := layers.missing(repository, digests):
        raise AWSError(
            "LayersNotFoundException",
            f"Layers with digests '[{', '.join(missing)}]' required for pushing image into {where} "
            "do not exist",
        )
    stored = {image.image_digest for image in repository.images}
    absent = [m["digest"] for m in content.get("manifests", []) if m["digest"] not in stored]
    if absent:
        raise AWSError(
            "ReferencedImagesNotFoundException",
            f"Images with digests '[{', '.join(absent)}]' required for pushing image into {where} do not exist",
        )


def _free_tag(repository: Repository, tag: str) -> None:
    try:
        validate_tag(tag)
    except ValueError as error:
        raise InvalidParameterException(
            f"Invalid parameter at 'imageTag' failed to satisfy constraint: '{error}'"
        ) from None
    holder = next((image for image in repository.images if tag in image.image_tags), None)
    if holder is None:
        return
    filters = [f["filter"] for f in repository.image_tag_mutability_exclusion_filters or []]
    if tag_is_immutable(_text(repository.image_tag_mutability), filters, tag):
        raise AWSError(
            "ImageTagAlreadyExistsException",
            f"The image tag '{tag}' already exists in the '{repository.name}' repository "
            "and cannot be overwritten because the tag is immutable.",
        )
    holder.remove_tag(tag)


def _text(mutability: Any) -> str:
    return getattr(mutability, "value", mutability)


def _repository(self: ECRResponse) -> Repository:
    return self.ecr_backend._get_repository(
        self._get_param("repositoryName"), self._get_param("registryId")
    )


def describe_images(self: ECRResponse) -> ActionResult:
    """Answer DescribeImages, each image once, in the order of their pushes."""
    repository = _repository(self)
    wanted = self._get_param("imageIds")
    images = (
        [repository._get_image(i.get("imageTag"), i.get("imageDigest")) for i in wanted]
        if wanted
        else repository.images
    )
    status = (self._get_param("filter") or {}).get("tagStatus", "ANY")
    keep = {
        "ANY": lambda i: True,
        "TAGGED": lambda i: i.image_tags,
        "UNTAGGED": lambda i: not i.image_tags,
    }
    unique = {image.image_digest: image for image in images if keep[status](image)}
    return ActionResult({"imageDetails": [detail(image) for image in unique.values()]})


def detail(image: LabImage) -> dict[str, Any]:
    """Return an ImageDetail: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html."""
    now = clock.current.now
    known = {
        "registryId": image.registry_id,
        "repositoryName": image.repository_name,
        "imageDigest": image.image_digest,
        "imageTags": list(image.image_tags) or None,
        "imageSizeInBytes": image.get_image_size_in_bytes(),
        "imagePushedAt": image.image_pushed_at,
        "imageScanStatus": image.scan and image.scan.status(now),
        "imageScanFindingsSummary": image.scan and image.scan.summary(now),
        "imageManifestMediaType": image.image_manifest_media_type,
        "artifactMediaType": (image.content.get("config") or {}).get("mediaType"),
        "lastRecordedPullTime": image.last_pull,
    }
    return {key: value for key, value in known.items() if value is not None}


def batch_get_image(self: ECRResponse) -> ActionResult:
    """Answer BatchGetImage, each image under the tag or digest that was asked for; it counts as a pull."""
    repository = _repository(self)
    found, failures = [], []
    for image_id in self._get_param("imageIds"):
        try:
            image = repository._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))
        except ImageNotFoundException:
            failures.append(_failure(image_id, "ImageNotFound", "Requested image not found"))
            continue
        image.last_pull = clock.current.now
        found.append(
            {
                "registryId": image.registry_id,
                "repositoryName": image.repository_name,
                "imageId": {**image_id, "imageDigest": image.image_digest},
                "imageManifest": image.image_manifest,
                "imageManifestMediaType": image.image_manifest_media_type,
            }
        )
    return ActionResult({"images": found, "failures": failures})


def _failure(image_id: dict[str, str], code: str, reason: str) -> dict[str, Any]:
    return {"imageId": image_id, "failureCode": code, "failureReason": reason}


def batch_delete_image(self: ECRResponse) -> ActionResult:
    """Answer BatchDeleteImage: a digest takes the image, a tag takes the tag, the last tag takes the image.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
    """
    repository = _repository(self)
    deleted, failures = [], []
    for image_id in self._get_param("imageIds"):
        if not image_id:
            failures.append(
                _failure({}, "MissingDigestAndTag", "both tag and digest cannot be null")
            )
        elif "imageDigest" in image_id and not DIGEST.fullmatch(image_id["imageDigest"]):
            failures.append(_failure(image_id, "InvalidImageDigest", "not a sha256 digest"))
        else:
            gone, failure = _delete(repository, image_id)
            deleted += gone
            failures += failure
    return ActionResult({"imageIds": deleted, "failures": failures})


def _delete(
    repository: Repository, image_id: dict[str, str]
) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    tag = image_id.get("imageTag")
    try:
        image = repository._get_image(tag, image_id.get("imageDigest"))
    except ImageNotFoundException:
        return [], [_failure(image_id, "ImageNotFound", "Requested image not found")]
    if tag and len(image.image_tags) > 1:
        image.remove_tag(tag)
        return [{"imageDigest": image.image_digest, "imageTag": tag}], []
    if any(
        image.image_digest == entry["digest"]
        for other in repository.images
        for entry in other.content.get("manifests", [])
    ):
        reason = "Requested image referenced by manifest list"
        return [], [_failure(image_id, "ImageReferencedByManifestList", reason)]
    repository.images.remove(image)
    names: list[dict[str, str]] = [{"imageTag": t} for t in image.image_tags] or [{}]
    return [{"imageDigest": image.image_digest, **name} for name in names], []
