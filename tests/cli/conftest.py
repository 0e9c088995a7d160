"""A project to build, the docker command to build it with, and a small registry to push it to."""

import base64
import hashlib
import http.server
import json
import os
import re
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from awslab.cli import docker
from awslab.world.bases import virtual_layer

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
REPOSITORY = f"{HOST}/my-service"
DOCKERFILE = """FROM node:20-alpine
WORKDIR /app
COPY package.json ./
RUN npm install
COPY src src
USER node
EXPOSE 3000
CMD ["node", "src/index.js"]
"""


class FakeRegistry(http.server.BaseHTTPRequestHandler):
    """Answer the distribution API for one repository, `my-service`, with the password `secret`."""

    protocol_version = "HTTP/1.1"
    blobs: dict[str, bytes]
    manifests: dict[str, bytes]
    seen: list[str]
    mounts: bool

    def log_message(self, *args):
        """Say nothing."""

    def answer(self, status, body=b"", **headers):
        """Send one answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message):
        """Send one error in the specification's form."""
        self.answer(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode())

    def handle_any(self):
        """Answer a request of any method."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        self.seen.append(f"{self.headers['Host']} {self.command} {parts.path}")
        login = base64.b64encode(b"AWS:secret").decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            return self.refuse(401, "UNAUTHORIZED", "Not Authorized")
        if parts.path == "/v2/":
            return self.answer(200, b"{}")
        name, kind, rest = re.fullmatch(r"/v2/(.+?)/(blobs|manifests)/(.+)", parts.path).groups()
        if name != "my-service":
            return self.refuse(404, "NAME_UNKNOWN", f"The repository '{name}' does not exist")
        handler = self.manifest if kind == "manifests" else self.blob
        return handler(rest, parse_qs(parts.query), content)

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = handle_any

    def manifest(self, tag, query, content):
        """Store or return a manifest."""
        if self.command == "PUT":
            if self.manifests.get(tag, content) != content:
                return self.refuse(400, "TAG_INVALID", f"The image tag '{tag}' already exists")
            self.manifests[tag] = content
            return self.answer(201)
        if tag not in self.manifests:
            return self.refuse(404, "MANIFEST_UNKNOWN", "Requested image not found")
        return self.answer(200, self.manifests[tag], **{"Content-Type": "application/json"})

    def blob(self, rest, query, content):
        """Store or return a blob; uploads keep their bytes under their path."""
        if self.command in ("GET", "HEAD"):
            found = self.blobs.get(rest)
            return self.answer(200 if found is not None else 404, found or b"")
        if self.command == "POST":
            digest = query.get("mount", [""])[0]
            if self.mounts and virtual_layer(digest):
                self.blobs[digest] = b""
                return self.answer(201)
            return self.answer(202, Location=f"http://{HOST}/v2/my-service/blobs/uploads/u1?s=1")
        if self.command == "PATCH":
            self.blobs["upload"] = content
            return self.answer(202, Location="/v2/my-service/blobs/uploads/u1?s=2")
        digest = query["digest"][0]
        found = f"sha256:{hashlib.sha256(self.blobs['upload']).hexdigest()}"
        if found != digest:
            return self.refuse(400, "DIGEST_INVALID", found)
        self.blobs[digest] = self.blobs.pop("upload")
        return self.answer(201)


@pytest.fixture
def registry():
    """A running fake registry."""
    state = {"blobs": {}, "manifests": {}, "seen": [], "mounts": True}
    handler = type("Handler", (FakeRegistry,), state)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        handler.address = f"http://127.0.0.1:{server.server_port}"
        yield handler
        server.shutdown()
        thread.join()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small Node.js project, which is the current folder, and a lab session's home."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src/index.js").write_text("console.log(1)\n")
    (folder / "package.json").write_text('{"dependencies": {"express": "^4.18.2"}}')
    (folder / "Dockerfile").write_text(DOCKERFILE)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AWSLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWSLAB_ENDPOINT", "http://127.0.0.1:1")
    return folder


@pytest.fixture
def run(project, capsys):
    """Run a docker command line and return (exit code, stdout, stderr)."""

    def run(line):
        code = docker.main(line.split())
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def logged_in(run, registry, monkeypatch):
    """A login to the fake registry, through the lab's door."""
    monkeypatch.setenv("AWSLAB_ENDPOINT", registry.address)
    code, _, _ = run(f"login -u AWS -p secret {HOST}")
    assert code == 0
    return registry


@pytest.fixture
def built(run):
    """The project, built under its local and its registry name."""
    code, _, err = run(f"build -t my-service:v1.0 -t {REPOSITORY}:v1.0 .")
    assert code == 0, err


@pytest.fixture
def home(project):
    """The folder of the local store."""
    return Path(os.environ["AWSLAB_HOME"], "docker")
