"""Make OCI images: layers as tars that are streamed, a config, a manifest and their digests.

The same input gives the same bytes: fixed times, sorted keys, no compression.
Format: https://github.com/opencontainers/image-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"

# Every build happens at this moment (as with BuildKit's SOURCE_DATE_EPOCH), so digests repeat.
CREATED = "2026-01-05T09:00:00Z"
SOURCE_DATE_EPOCH = 1_767_603_600

_BLOCK = 512
ZEROS = bytes(1024 * 1024)


class Blob(Protocol):
    """Anything with a digest and a size in bytes whose bytes can be streamed."""

    @property
    def digest(self) -> str: ...

    @property
    def size(self) -> int: ...

    def chunks(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class Entry:
    """Describe one path of a layer; `content` None means `size` bytes of zeros.

    `path` has no leading slash; `directory` entries have no content.
    """

    path: str
    size: int = 0
    content: bytes | None = None
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    directory: bool = False


@dataclass(frozen=True)
class Layer:
    """Hold one uncompressed layer as its entries, in order; digest and size are computed once."""

    entries: tuple[Entry, ...]

    def chunks(self) -> Iterator[bytes]:
        """Yield the tar's bytes without ever holding a large file."""
        import tarfile

        for entry in self.entries:
            info = tarfile.TarInfo(entry.path)
            info.type = tarfile.DIRTYPE if entry.directory else tarfile.REGTYPE
            info.size = 0 if entry.directory else entry.size
            info.mode, info.uid, info.gid = entry.mode, entry.uid, entry.gid
            info.mtime = SOURCE_DATE_EPOCH
            yield info.tobuf(tarfile.GNU_FORMAT)
            yield from _body(entry)
        yield ZEROS[: 2 * _BLOCK]

    @cached_property
    def _hashed(self) -> tuple[str, int]:
        seen, size = hashlib.sha256(), 0
        for chunk in self.chunks():
            seen.update(chunk)
            size += len(chunk)
        return f"sha256:{seen.hexdigest()}", size

    @property
    def digest(self) -> str:
        """The sha256 of the tar, which is also its diff id since nothing is compressed."""
        return self._hashed[0]

    @property
    def size(self) -> int:
        """The tar's length in bytes."""
        return self._hashed[1]


def _body(entry: Entry) -> Iterator[bytes]:
    if entry.directory:
        return
    if entry.content is None:
        left = entry.size
        while left:
            step = min(left, len(ZEROS))
            yield ZEROS[:step]
            left -= step
    else:
        yield entry.content
    yield ZEROS[: -entry.size % _BLOCK]


@dataclass(frozen=True)
class Image:
    """Hold one image: its config as plain data and its layers, lowest first."""

    config: Mapping[str, Any]
    layers: tuple[Blob, ...]

    @cached_property
    def config_bytes(self) -> bytes:
        """The config blob."""
        return dumps(self.config)

    @cached_property
    def manifest_bytes(self) -> bytes:
        """The manifest, naming the config and every layer by digest and size."""
        layers = [
            {"mediaType": LAYER_TYPE, "digest": layer.digest, "size": layer.size}
            for layer in self.layers
        ]
        config = {
            "mediaType": CONFIG_TYPE,
            "digest": digest(self.config_bytes),
            "size": len(self.config_bytes),
        }
        return dumps(
            {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": layers}
        )

    @property
    def digest(self) -> str:
        """The manifest's digest, by which a registry names the image."""
        return digest(self.manifest_bytes)

    @property
    def size(self) -> int:
        """The bytes of all layers."""
        return sum(layer.size for layer in self.layers)


def digest(content: bytes) -> str:
    """Return the content's digest as `sha256:<64 hex digits>`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def dumps(value: Any) -> bytes:
    """Return the value as JSON in one canonical form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
