"""The container registry behind ECR: the OCI distribution API that docker and other clients speak.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html and the OCI distribution specification.
An account's registry answers under its own host name, and the default account's on the lab's own address, so that
a client that cannot use a proxy pushes to 127.0.0.1.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

from moto.core.exceptions import ServiceException
from moto.ecr.models import ECRBackend, LayerUpload, Repository, ecr_backends

from awslab.server import clock
from awslab.server.ecr import layers, tokens
from awslab.world.account import ACCOUNT, REGION

StartResponse = Callable[..., Any]
Environ = dict[str, Any]
Headers = list[tuple[str, str]]

_HOST = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?")
_PATH = re.compile(r"/v2/(?P<name>[a-z0-9._/-]+?)/(?P<kind>manifests|blobs|tags)/(?P<rest>.+)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# How an error of ECR's API appears to a docker client.
_CODES = {
    "RepositoryNotFoundException": (404, "NAME_UNKNOWN"),
    "ImageNotFoundException": (404, "MANIFEST_UNKNOWN"),
    "ImageTagAlreadyExistsException": (400, "TAG_INVALID"),
    "LayersNotFoundException": (400, "MANIFEST_BLOB_UNKNOWN"),
    "ReferencedImagesNotFoundException": (400, "MANIFEST_BLOB_UNKNOWN"),
    "InvalidParameterException": (400, "MANIFEST_INVALID"),
    "ImageDigestDoesNotMatchException": (400, "DIGEST_INVALID"),
}


class RegistryError(Exception):
    """An answer other than success, in the specification's form."""

    def __init__(self, status: int, code: str, message: str, headers: Headers | None = None):
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers or []


def is_registry_host(host: str) -> bool:
    """Tell whether `host` is an account's registry."""
    return _HOST.fullmatch(host) is not None


def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request of the distribution API (WSGI)."""
    try:
        status, headers, body = _answer(environ)
    except ServiceException as error:
        number, code = _CODES.get(error.code, (400, "UNSUPPORTED"))
        status, headers, body = _error(RegistryError(number, code, error.message))
    except RegistryError as error:
        status, headers, body = _error(error)
    headers.append(("Docker-Distribution-Api-Version", "registry/2.0"))
    start_response(f"{status} -", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def serve_layer(path: str, start_response: StartResponse) -> Iterable[bytes]:
    """Answer the download of a layer: `<account>/<region>/<repository>@<digest>`."""
    account, region, rest = path.split("/", 2)
    name, _, digest = rest.rpartition("@")
    repository = ecr_backends[account][region].repositories.get(name)
    blob = repository and layers.blobs(repository).get(digest)
    if not blob:
        start_response("404 Not Found", [("Content-Length", "0")])
        return []
    start_response("200 OK", _blob_headers(digest, blob))
    return blob.chunks()


def _error(error: RegistryError) -> tuple[int, Headers, list[bytes]]:
    body = json.dumps({"errors": [{"code": error.code, "message": str(error)}]}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return error.status, headers + error.headers, [body]


def _answer(environ: Environ) -> tuple[int, Headers, Iterable[bytes]]:
    backend = _backend(environ)
    path = environ["PATH_INFO"]
    if path.rstrip("/") == "/v2":
        return 200, [("Content-Length", "2"), ("Content-Type", "application/json")], [b"{}"]
    parts = _PATH.fullmatch(path)
    if not parts:
        raise RegistryError(404, "UNSUPPORTED", f"The registry has nothing at {path}")
    repository = backend._get_repository(parts["name"])
    request = _Request(environ, backend, repository, parts["rest"])
    if parts["kind"] == "tags":
        return request.tags()
    if parts["kind"] == "manifests":
        return request.manifest()
    return request.upload() if parts["rest"].startswith("uploads") else request.blob()


def _backend(environ: Environ) -> ECRBackend:
    """Return the registry of the Host header, once the password is a token of its account."""
    host = environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")
    match = _HOST.fullmatch(host)
    account, region = (match["account"], match["region"]) if match else (ACCOUNT, REGION)
    scheme, _, encoded = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    challenge = [("Www-Authenticate", f'Basic realm="http://{environ.get("HTTP_HOST")}/"')]
    if scheme.lower() != "basic":
        raise RegistryError(401, "UNAUTHORIZED", "Not Authorized", challenge)
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        raise RegistryError(401, "UNAUTHORIZED", "Not Authorized", challenge) from None
    try:
        principal = tokens.account_of(password, clock.current.now)
    except tokens.TokenError as error:
        code = "DENIED" if "expired" in str(error) else "UNAUTHORIZED"
        raise RegistryError(403 if code == "DENIED" else 401, code, str(error), challenge) from None
    if user != tokens.USER:
        raise RegistryError(401, "UNAUTHORIZED", "Not Authorized", challenge)
    if principal != account:
        who = f"arn:aws:iam::{principal}:root"
        raise RegistryError(
            403, "DENIED", f"User: {who} is not authorized to use the registry of account {account}"
        )
    return ecr_backends[account][region]


def _blob_headers(digest: str, blob: Any) -> Headers:
    return [
        ("Content-Type", "application/octet-stream"),
        ("Content-Length", str(blob.size)),
        ("Docker-Content-Digest", digest),
    ]


class _Request:
    """One request to one repository; `rest` is the path after manifests/, blobs/ or tags/."""

    def __init__(
        self, environ: Environ, backend: ECRBackend, repository: Repository, rest: str
    ) -> None:
        self.environ, self.backend, self.repository, self.rest = environ, backend, repository, rest
        self.method = environ["REQUEST_METHOD"]
        self.query = {k: v[0] for k, v in parse_qs(environ.get("QUERY_STRING", "")).items()}

    def body(self) -> bytes:
        """Read the request's body, of known length or chunked."""
        stream = self.environ["wsgi.input"]
        if length := self.environ.get("CONTENT_LENGTH"):
            return stream.read(int(length))
        # Without a length and not chunked there is no body; reading on would wait for the client for ever.
        return stream.read() if self.environ.get("wsgi.input_terminated") else b""

    def tags(self) -> tuple[int, Headers, list[bytes]]:
        """List the repository's tags."""
        names = sorted(tag for image in self.repository.images for tag in image.image_tags)
        data = json.dumps({"name": self.repository.name, "tags": names}).encode()
        return (
            200,
            [("Content-Type", "application/json"), ("Content-Length", str(len(data)))],
            [data],
        )

    def manifest(self) -> tuple[int, Headers, list[bytes]]:
        """Push or read a manifest."""
        if self.method == "PUT":
            return self._put_manifest()
        self._must_be("GET", "HEAD")
        return self._get_manifest()

    def _must_be(self, *methods: str) -> None:
        if self.method not in methods:
            raise RegistryError(405, "UNSUPPORTED", "The operation is unsupported.")

    def _get_manifest(self) -> tuple[int, Headers, list[bytes]]:
        by_digest = _DIGEST.fullmatch(self.rest)
        image = self.repository._get_image(
            None if by_digest else self.rest, self.rest if by_digest else None
        )
        if self.method == "GET":
            image.last_pull = clock.current.now
        data = image.image_manifest.encode()
        return (
            200,
            [
                ("Content-Type", image.image_manifest_media_type),
                ("Content-Length", str(len(data))),
                ("Docker-Content-Digest", image.image_digest),
            ],
            [data],
        )

    def _put_manifest(self) -> tuple[int, Headers, list[bytes]]:
        text = self.body().decode()
        tag, digest = (None, self.rest) if _DIGEST.fullmatch(self.rest) else (self.rest, None)
        media_type = self.environ.get("CONTENT_TYPE")
        try:
            image = self.backend.put_image(self.repository.name, text, tag, media_type, digest)
        except ServiceException as error:
            # The same image under the same tag again is no error to a docker client.
            if error.code != "ImageAlreadyExistsException":
                raise
            image = self.repository._get_image(tag, layers.digest_of([text.encode()]))
        location = f"/v2/{self.repository.name}/manifests/{image.image_digest}"
        return (
            201,
            [
                ("Location", location),
                ("Docker-Content-Digest", image.image_digest),
                ("Content-Length", "0"),
            ],
            [],
        )

    def blob(self) -> tuple[int, Headers, Iterator[bytes] | list[bytes]]:
        """Read a layer, or say whether it is there."""
        self._must_be("GET", "HEAD")
        blob = layers.blobs(self.repository).get(self.rest)
        if blob is None:
            raise RegistryError(404, "BLOB_UNKNOWN", f"blob unknown to registry: {self.rest}")
        return 200, _blob_headers(self.rest, blob), blob.chunks()

    def upload(self) -> tuple[int, Headers, list[bytes]]:
        """Start, continue or finish the upload of a layer."""
        self._must_be("POST", "PATCH", "PUT")
        upload_id = self.rest.removeprefix("uploads").strip("/")
        if self.method == "POST" and not upload_id:
            if "mount" in self.query and layers.mount(self.repository, self.query["mount"]):
                return self._created(self.query["mount"])
            upload = LayerUpload(self.repository.name, self.repository.registry_id)
            self.repository.uploads[upload.upload_id] = upload
            if "digest" not in self.query:
                return self._accepted(upload)
            upload_id = upload.upload_id
        upload = self.repository.uploads.get(upload_id)
        if upload is None:
            raise RegistryError(404, "BLOB_UPLOAD_UNKNOWN", f"upload unknown: {upload_id}")
        upload.layer_parts += self.body()
        return self._accepted(upload) if self.method == "PATCH" else self._finish(upload)

    def _accepted(self, upload: LayerUpload) -> tuple[int, Headers, list[bytes]]:
        location = f"/v2/{self.repository.name}/blobs/uploads/{upload.upload_id}"
        return (
            202,
            [
                ("Location", location),
                ("Docker-Upload-Uuid", upload.upload_id),
                ("Range", f"0-{max(upload.last_byte_received, 0)}"),
                ("Content-Length", "0"),
            ],
            [],
        )

    def _finish(self, upload: LayerUpload) -> tuple[int, Headers, list[bytes]]:
        data = bytes(upload.layer_parts)
        del self.repository.uploads[upload.upload_id]
        digest = layers.digest_of([data])
        if digest != self.query.get("digest"):
            given = self.query.get("digest")
            raise RegistryError(
                400, "DIGEST_INVALID", f"provided digest {given} did not match content {digest}"
            )
        layers.store(self.repository, data)
        return self._created(digest)

    def _created(self, digest: str) -> tuple[int, Headers, list[bytes]]:
        location = f"/v2/{self.repository.name}/blobs/{digest}"
        return (
            201,
            [
                ("Location", location),
                ("Docker-Content-Digest", digest),
                ("Content-Length", "0"),
            ],
            [],
        )
