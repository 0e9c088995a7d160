"""Speak the OCI distribution API with a registry, always through the lab's door.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md

    RegistryError(Exception)    a refused request: status, code such as NAME_UNKNOWN, message
"""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from awslab.cli.docker_common import DockerError
from awslab.cli.docker_store import Store

_ACCEPT = ", ".join(
    [
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]
)
_CHUNK = 1024 * 1024
_TIMEOUT = 60


class RegistryError(Exception):
    """Say how a registry refused; the text is docker's: `name unknown: <message>`."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(f"{code.lower().replace('_', ' ')}: {message}")
        self.status, self.code = status, code


@dataclass(frozen=True)
class Answer:
    """Hold one answer: status, headers and body."""

    status: int
    headers: Any
    body: bytes


class Registry:
    """Make requests to one registry host with the login stored for it, if any."""

    def __init__(self, store: Store, host: str, login: str | None = None):
        self.host, self._endpoint = host, urlsplit(store.endpoint)
        self._login = login or stored_login(store, host)

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        """Send a request and give the response, unread, until the block ends."""
        sent = {"Host": self.host, **(headers or {})}
        if self._login:
            sent["Authorization"] = f"Basic {self._login}"
        # http.client knows no proxies: the lab's door is reached directly.
        connection = http.client.HTTPConnection(
            self._endpoint.hostname or "127.0.0.1", self._endpoint.port or 80, timeout=_TIMEOUT
        )
        try:
            connection.request(method, path, body=body, headers=sent)
            yield connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise DockerError(
                f"Cannot connect to the lab at {self._endpoint.geturl()}: {error}. "
                "Run `cloud = awslab.start()` again."
            ) from None
        finally:
            connection.close()

    def send(self, method: str, path: str, *args: Any, **kwargs: Any) -> Answer:
        """Send a request and return the whole answer."""
        with self.open(method, path, *args, **kwargs) as response:
            return Answer(response.status, response.headers, response.read())

    def ask(self, method: str, path: str, *args: Any, **kwargs: Any) -> Answer:
        """Send a request; raise `RegistryError` unless it succeeds."""
        answer = self.send(method, path, *args, **kwargs)
        if answer.status >= 400:
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: Answer) -> Exception:
        if answer.status == 401 and not self._login:
            return DockerError("no basic auth credentials")
        try:
            first = json.loads(answer.body)["errors"][0]
            return RegistryError(answer.status, first["code"], first.get("message", ""))
        except (ValueError, LookupError, TypeError):
            text = f"{answer.status} {reason(answer.status)}"
            return RegistryError(
                answer.status, "UNKNOWN", f"unexpected status from registry: {text}"
            )

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether the repository already holds a blob."""
        return self.send("HEAD", f"/v2/{repository}/blobs/{digest}").status == 200

    def mount(self, repository: str, digest: str, source: str) -> str | None:
        """Ask to take a blob from another repository; return None if done, else where to upload."""
        query = f"mount={quote(digest)}&from={quote(source, safe='')}"
        answer = self.ask("POST", f"/v2/{repository}/blobs/uploads/?{query}")
        return None if answer.status == 201 else _path(answer.headers["Location"])

    def upload(
        self, repository: str, digest: str, size: int, chunks: Iterable[bytes],
        location: str | None = None,
    ) -> None:  # fmt: skip
        """Upload a blob of `size` bytes, starting a new upload unless one is given."""
        if location is None:
            answer = self.ask("POST", f"/v2/{repository}/blobs/uploads/")
            location = _path(answer.headers["Location"])
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        answer = self.ask("PATCH", location, chunks, headers)
        location = _path(answer.headers.get("Location", location))
        join = "&" if "?" in location else "?"
        done = f"{location}{join}digest={quote(digest)}"
        self.ask("PUT", done, headers={"Content-Length": "0"})

    def download(self, repository: str, digest: str) -> Iterator[bytes]:
        """Yield a blob's bytes."""
        with self.open("GET", f"/v2/{repository}/blobs/{digest}") as response:
            if response.status >= 400:
                raise self._refusal(Answer(response.status, response.headers, response.read()))
            while chunk := response.read(_CHUNK):
                yield chunk

    def manifest(self, repository: str, reference: str) -> tuple[bytes, str]:
        """Return a manifest's bytes and media type."""
        path = f"/v2/{repository}/manifests/{reference}"
        answer = self.ask("GET", path, headers={"Accept": _ACCEPT})
        return answer.body, answer.headers.get("Content-Type", "")

    def put_manifest(self, repository: str, tag: str, body: bytes, media_type: str) -> None:
        """Push a manifest under a tag."""
        self.ask("PUT", f"/v2/{repository}/manifests/{tag}", body, {"Content-Type": media_type})


def reason(status: int) -> str:
    """Return the words that go with an HTTP status."""
    return http.client.responses.get(status, "")


def _path(location: str) -> str:
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def login_of(user: str, password: str) -> str:
    """Return what docker keeps in config.json for a login."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def stored_login(store: Store, host: str) -> str | None:
    """Return the login kept for a host, or None."""
    return store.read("config.json", {}).get("auths", {}).get(host, {}).get("auth")
