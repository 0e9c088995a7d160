"""Keep this lab's local images and logins, in the folder the lab gave this session.

The folder is an OCI image layout (`oci-layout`, `index.json`, `blobs/sha256/`), except that the layers
of base images are not stored: `awslab.world.bases` makes them when they are read.
`repositories.json` maps `name:tag` and `name@digest` to a manifest's digest, `config.json` holds
logins as docker's does, `cache.json` the keys of finished build steps.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from awslab.cli.docker_common import DockerError, Reference

_CHUNK = 1024 * 1024


class Store:
    """Read and write one folder of images; `endpoint` is the lab's door."""

    def __init__(self, folder: Path, endpoint: str):
        self.folder, self.endpoint = folder, endpoint
        self._names: dict[str, str] | None = None

    @classmethod
    def of_environment(cls) -> Store | None:
        """Return the running lab's store, or None when no lab is running."""
        endpoint, home = os.environ.get("AWSLAB_ENDPOINT"), os.environ.get("AWSLAB_HOME")
        return cls(Path(home, "docker"), endpoint) if endpoint and home else None

    def read(self, name: str, default: Any) -> Any:
        """Return a JSON file of the folder, or the default when there is none."""
        try:
            return json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return default

    def write(self, name: str, value: Any) -> None:
        """Replace a JSON file of the folder in one step, readable by its owner only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f"{name}.{os.getpid()}"
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(value, file, indent=1, sort_keys=True)
        temporary.replace(self.folder / name)

    # Blobs

    def blob_path(self, digest: str) -> Path:
        """Return where the blob with this digest is kept."""
        return self.folder / "blobs" / Path(*digest.split(":", 1))

    def has_blob(self, digest: str) -> bool:
        """Whether the blob's bytes can be had: stored, or those of a base layer."""
        from awslab.world.bases import virtual_layer

        return virtual_layer(digest) is not None or self.blob_path(digest).exists()

    def blob(self, digest: str) -> Iterator[bytes]:
        """Yield a blob's bytes."""
        from awslab.world.bases import virtual_layer

        layer = virtual_layer(digest)
        if layer is not None:
            yield from layer.chunks()
            return
        with self.blob_path(digest).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def blob_json(self, digest: str) -> Any:
        """Return a blob that is JSON."""
        return json.loads(self.blob_path(digest).read_bytes())

    def put_blob(self, digest: str, chunks: Iterable[bytes]) -> None:
        """Store a blob; raise `DockerError` when its bytes do not have this digest."""
        path = self.blob_path(digest)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary, seen, size = path.with_suffix(f".{os.getpid()}"), hashlib.sha256(), 0
        with temporary.open("wb") as file:
            for chunk in chunks:
                seen.update(chunk)
                size += len(chunk)
                if chunk.strip(b"\0"):
                    file.write(chunk)
                else:  # installed packages are zeros: leave holes instead of filling the disk
                    file.seek(len(chunk), os.SEEK_CUR)
            file.truncate(size)
        if f"sha256:{seen.hexdigest()}" != digest:
            temporary.unlink()
            raise DockerError(f"filesystem layer verification failed for digest {digest}")
        temporary.replace(path)

    # Images

    @property
    def names(self) -> dict[str, str]:
        """`name:tag` and `name@digest` -> manifest digest."""
        if self._names is None:
            self._names = self.read("repositories.json", {})
        return self._names

    def save_names(self) -> None:
        """Keep the names as they now are."""
        self.write("repositories.json", self.names)

    def digests(self) -> list[str]:
        """Return the manifest digests of all images, oldest first."""
        return [item["digest"] for item in self.read("index.json", {"manifests": []})["manifests"]]

    def add(self, manifest: bytes, digest: str, media_type: str) -> None:
        """Record an image whose blobs are stored."""
        self.put_blob(digest, [manifest])
        index = self.read("index.json", {"schemaVersion": 2, "manifests": []})
        if digest not in [item["digest"] for item in index["manifests"]]:
            index["manifests"].append(
                {"mediaType": media_type, "digest": digest, "size": len(manifest)}
            )
            self.write("index.json", index)
            self.write("oci-layout", {"imageLayoutVersion": "1.0.0"})

    def forget(self, digest: str) -> list[str]:
        """Remove an image and the blobs only it used; return the digests of what went."""
        mine = self._blobs_of(digest)
        index = self.read("index.json", {"manifests": []})
        index["manifests"] = [item for item in index["manifests"] if item["digest"] != digest]
        self.write("index.json", index)
        kept = {blob for item in index["manifests"] for blob in self._blobs_of(item["digest"])}
        gone = [blob for blob in mine if blob not in kept]
        for blob in gone:
            self.blob_path(blob).unlink(missing_ok=True)
        return gone

    def _blobs_of(self, digest: str) -> list[str]:
        manifest = self.blob_json(digest)
        return [digest, manifest["config"]["digest"], *(x["digest"] for x in manifest["layers"])]

    def image_id(self, digest: str) -> str:
        """Return an image's id: the digest of its config."""
        return self.blob_json(digest)["config"]["digest"]

    def names_of(self, digest: str) -> list[str]:
        """Return the tags and digests that name an image, sorted."""
        return sorted(name for name, found in self.names.items() if found == digest)

    def find(self, text: str) -> str | None:
        """Return the manifest digest of an image given by name, id or start of its id."""
        wanted = text.removeprefix("sha256:")
        if wanted and set(wanted) <= set("0123456789abcdef"):
            for digest in self.digests():
                ids = (self.image_id(digest), digest)
                if len(wanted) >= 4 and any(x[7:].startswith(wanted) for x in ids):
                    return digest
        if text.startswith("sha256:"):
            return None
        return self.names.get(str(Reference(text)))
