"""Image layers: uploaded in parts, checked by digest, kept once a repository, downloadable.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator

from moto.core.responses import ActionResult
from moto.ecr.models import Repository
from moto.ecr.responses import ECRResponse

from awslab.server.errors import AWSError
from awslab.world.bases import VirtualLayer, virtual_layer

RESPONSES = ["complete_layer_upload", "get_download_url_for_layer"]
CHUNK = 1 << 20


class Blob:
    """A layer's bytes, compressed in memory: the stand-in's layers are mostly zeros."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._packed = zlib.compress(data, 1)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in pieces of at most 1 MiB."""
        unpack = zlib.decompressobj()
        pending = self._packed
        while pending and (piece := unpack.decompress(pending, CHUNK)):
            yield piece
            pending = unpack.unconsumed_tail


def blobs(repository: Repository) -> dict[str, Blob | VirtualLayer]:
    """Return the bytes behind `repository.layers`, by digest."""
    return repository.__dict__.setdefault("lab_blobs", {})


def digest_of(data: Iterable[bytes]) -> str:
    """Return `sha256:<hex>` of the bytes."""
    sha = hashlib.sha256()
    for piece in data:
        sha.update(piece)
    return f"sha256:{sha.hexdigest()}"


def store(repository: Repository, data: bytes) -> str:
    """Keep a layer in the repository and return its digest."""
    digest = digest_of([data])
    blobs(repository)[digest] = Blob(data)
    repository.layers[digest] = len(data)
    return digest


def mount(repository: Repository, digest: str) -> bool:
    """Put a base image's layer, known to the catalogue, into the repository; False when it is unknown."""
    layer = blobs(repository).get(digest) or virtual_layer(digest)
    if layer is None:
        return False
    blobs(repository)[digest] = layer
    repository.layers[digest] = layer.size
    return True


def missing(repository: Repository, digests: Iterable[str]) -> list[str]:
    """Return the digests that the repository has no layer for."""
    return [digest for digest in digests if digest not in repository.layers]


def complete_layer_upload(self: ECRResponse) -> ActionResult:
    """Answer CompleteLayerUpload: the digest given must be the digest of the bytes received."""
    name = self._get_param("repositoryName")
    upload_id = self._get_param("uploadId")
    repository = self.ecr_backend._get_repository(name, self._get_param("registryId"))
    where = f"repository with name '{name}' in the registry with id '{repository.registry_id}'"
    upload = repository.uploads.get(upload_id)
    if upload is None:
        raise AWSError(
            "UploadNotFoundException", f"Upload with id '{upload_id}' does not exist in the {where}"
        )
    data = bytes(upload.layer_parts)
    if not data:
        raise AWSError(
            "EmptyUploadException", f"The upload with id '{upload_id}' in the {where} has no parts"
        )
    digest = digest_of([data])
    if digest not in (given := self._get_param("layerDigests")):
        raise AWSError(
            "InvalidLayerException",
            f"The layer digest '{given[0]}' does not match the digest '{digest}' "
            f"computed from the bytes uploaded to the {where}",
        )
    del repository.uploads[upload_id]
    if digest in repository.layers:
        raise AWSError(
            "LayerAlreadyExistsException",
            f"Layer with digest '{digest}' already exists in the {where}",
        )
    store(repository, data)
    return ActionResult(
        {
            "registryId": repository.registry_id,
            "repositoryName": name,
            "uploadId": upload_id,
            "layerDigest": digest,
        }
    )


def get_download_url_for_layer(self: ECRResponse) -> ActionResult:
    """Answer GetDownloadUrlForLayer with an address on the lab's own door."""
    name, digest = self._get_param("repositoryName"), self._get_param("layerDigest")
    repository = self.ecr_backend._get_repository(name, self._get_param("registryId"))
    if missing(repository, [digest]):
        raise AWSError(
            "LayersNotFoundException",
            f"The layer with digest '{digest}' does not exist in the repository with name '{name}' "
            f"in the registry with id '{repository.registry_id}'",
        )
    door = f"{self.parsed_url.scheme}://{self.parsed_url.netloc}"
    path = f"{self.current_account}/{self.region}/{name}@{digest}"
    return ActionResult({"downloadUrl": f"{door}/_lab/layers/{path}", "layerDigest": digest})
