"""The container registry: the OCI distribution API as docker meets it at ECR, over the core."""

import base64
import hashlib
import io
import json

import pytest

from awslab.server import clock, inprocess, registry
from awslab.server.ecr import tokens
from awslab.world.bases import resolve

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
HOUR = 3600


def digest(data):
    """Return the sha256 digest of bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def basic(user, password):
    """Return an Authorization header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Client:
    """Speak the distribution API to the core, with ECR's token unless told otherwise."""

    def __init__(self, app, host=HOST):
        self.app, self.host = app, host
        password, self.expires = tokens.issue("123456789012", clock.current.now)
        self.login = basic("AWS", password)

    def __call__(self, method, path, body=b"", **headers):
        """Make a request and return (status, headers, body)."""
        headers = {**self.login, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return inprocess.call(self.app, method, f"http://{self.host}/v2/{path}", body, headers)

    def upload(self, data, name="shop"):
        """Upload a blob in one PUT."""
        _, headers, _ = self("POST", f"{name}/blobs/uploads/")
        path = headers["Location"].removeprefix("/v2/")
        status, _, _ = self("PUT", f"{path}?digest={digest(data)}", data)
        assert status == 201
        return digest(data)

    def push(self, tag, content=b"layer", name="shop"):
        """Push a small image and return its manifest."""
        config = b"{}"
        parts = [(CONFIG, config), (LAYER, content)]
        described = [
            {"mediaType": kind, "digest": self.upload(data, name), "size": len(data)}
            for kind, data in parts
        ]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST}
        manifest |= {"config": described[0], "layers": described[1:]}
        text = json.dumps(manifest).encode()
        self.answer = self("PUT", f"{name}/manifests/{tag}", text, Content_Type=MANIFEST)
        return text


@pytest.fixture
def client(app, ecr):
    """A client that is logged in; the registry has one empty repository, `shop`."""
    ecr.create_repository(repositoryName="shop")
    return Client(app)


def error_of(answer):
    """Return status, code and message of an error."""
    status, _, body = answer
    [error] = json.loads(body)["errors"]
    return status, error["code"], error["message"]


LOGINS = {
    "none": ({}, 401, "UNAUTHORIZED"),
    "bearer": ({"Authorization": "Bearer x"}, 401, "UNAUTHORIZED"),
    "not base64": ({"Authorization": "Basic !!!"}, 401, "UNAUTHORIZED"),
    "not text": ({"Authorization": "Basic //79"}, 401, "UNAUTHORIZED"),
    "invented password": (basic("AWS", "secret"), 401, "UNAUTHORIZED"),
    "empty password": (basic("AWS", ""), 401, "UNAUTHORIZED"),
}


@pytest.mark.parametrize("login", LOGINS)
def test_a_request_without_a_token_is_challenged(client, login):
    """401 with a Basic challenge is what makes docker say `no basic auth credentials`."""
    client.login, status, code = LOGINS[login]
    answer = client("GET", "")

    assert error_of(answer) == (status, code, "Not Authorized")
    assert answer[1]["Www-Authenticate"].startswith("Basic realm=")
    assert answer[1]["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_the_user_is_aws(client):
    """The user name of a login is the word AWS, whoever asked for the token."""
    password, _ = tokens.issue("123456789012", clock.current.now)
    client.login = basic("root", password)

    assert error_of(client("GET", "")) == (401, "UNAUTHORIZED", "Not Authorized")


@pytest.mark.parametrize(("hours", "status"), [(0, 200), (11.99, 200), (12, 403), (24, 403)])
def test_a_token_ends_after_twelve_hours(client, advance, hours, status):
    """The same login is good until the twelfth simulated hour."""
    advance(hours * HOUR)

    assert client("GET", "")[0] == status


def test_an_expired_token_says_so(client, advance):
    """The message tells what to do: log in again."""
    advance(12 * HOUR)

    assert error_of(client("GET", "shop/tags/list")) == (
        403,
        "DENIED",
        "Your authorization token has expired. Reauthenticate and try again.",
    )


def test_a_token_of_another_account_is_denied(app):
    """Each account has its own registry."""
    other = Client(app, HOST.replace("123456789012", "210987654321"))

    status, code, message = error_of(other("GET", ""))
    assert (status, code) == (403, "DENIED")
    assert "not authorized to use the registry of account 210987654321" in message


@pytest.mark.parametrize("host", [HOST, "127.0.0.1:5000", "localhost:5000"])
def test_the_registry_answers_by_name_and_on_loopback(client, host):
    """A client that takes no proxy pushes to the lab's own address."""
    client.host = host

    assert client("GET", "")[0] == 200


@pytest.mark.parametrize(
    ("host", "known"),
    [(HOST, True), ("1.dkr.ecr.us-east-1.amazonaws.com", False), (f"x{HOST}", False)],
)
def test_a_registry_host_has_an_account(host, known):
    """Twelve digits, a region, Amazon's domain."""
    assert registry.is_registry_host(host) == known


def test_what_is_pushed_is_pulled(client):
    """Manifest and blobs come back byte for byte, by tag and by digest."""
    manifest = client.push("v1", b"hello" * 1000)
    by_tag = client("GET", "shop/manifests/v1")
    by_digest = client("GET", f"shop/manifests/{digest(manifest)}")
    blob = client("GET", f"shop/blobs/{digest(b'hello' * 1000)}")

    assert client.answer[0] == 201
    assert client.answer[1]["Docker-Content-Digest"] == digest(manifest)
    assert (by_tag[2], by_digest[2], blob[2]) == (manifest, manifest, b"hello" * 1000)
    assert by_tag[1]["Content-Type"] == MANIFEST
    assert by_tag[1]["Docker-Content-Digest"] == digest(manifest)


def test_head_has_the_headers_of_get_and_no_body(client):
    """docker asks with HEAD whether a layer or a tag is there."""
    manifest = client.push("v1")
    for path, size in ((f"blobs/{digest(b'layer')}", 5), ("manifests/v1", len(manifest))):
        status, headers, body = client("HEAD", f"shop/{path}")

        assert (status, headers["Content-Length"], body) == (200, str(size), b"")


def test_a_push_by_docker_is_seen_by_the_api(client, ecr):
    """Registry and API are one ECR: digest, tags and the size of the layers."""
    manifest = client.push("v1", b"x" * 5000)
    [image] = ecr.describe_images(repositoryName="shop")["imageDetails"]

    assert (image["imageDigest"], image["imageTags"]) == (digest(manifest), ["v1"])
    assert image["imageSizeInBytes"] >= 5000


def test_the_same_push_again_succeeds(client):
    """A second `docker push` of one image is no error."""
    client.push("v1")
    first = client.answer
    client.push("v1")

    assert (client.answer[0], client.answer[1]) == (first[0], first[1])


def test_tags_are_listed(client):
    """Sorted, each once; an empty repository has none."""
    empty = client("GET", "shop/tags/list")
    for tag, content in (("v2", b"b"), ("v1", b"a"), ("latest", b"b")):
        client.push(tag, content)
    listed = client("GET", "shop/tags/list")

    assert json.loads(empty[2]) == {"name": "shop", "tags": []}
    assert json.loads(listed[2]) == {"name": "shop", "tags": ["latest", "v1", "v2"]}


def test_a_blob_arrives_in_pieces(client):
    """POST, PATCH, PATCH, PUT: each answer says how much has arrived."""
    _, headers, _ = client("POST", "shop/blobs/uploads/")
    path = headers["Location"].removeprefix("/v2/")
    ranges = [client("PATCH", path, piece)[1]["Range"] for piece in (b"abc", b"defg")]
    status, headers, _ = client("PUT", f"{path}?digest={digest(b'abcdefg')}")

    assert ranges == ["0-2", "0-6"]
    assert (status, headers["Docker-Content-Digest"]) == (201, digest(b"abcdefg"))
    assert client("GET", f"shop/blobs/{digest(b'abcdefg')}")[2] == b"abcdefg"


def test_a_blob_arrives_in_one_post(client):
    """The specification's shortest upload."""
    status, _, _ = client("POST", f"shop/blobs/uploads/?digest={digest(b'abc')}", b"abc")

    assert status == 201
    assert client("HEAD", f"shop/blobs/{digest(b'abc')}")[0] == 200


def test_a_body_without_a_length_is_read_only_when_it_ends(client):
    """Chunked bodies are read to their end; without either, reading would wait for the client for ever."""

    def put(stream, **extra):
        _, headers, _ = client("POST", "shop/blobs/uploads/")
        environ = {
            "REQUEST_METHOD": "PUT",
            "PATH_INFO": headers["Location"],
            "QUERY_STRING": f"digest={digest(b'abc')}",
            "HTTP_HOST": HOST,
            "HTTP_AUTHORIZATION": client.login["Authorization"],
            "wsgi.input": stream,
        }
        statuses = []
        registry.serve(environ | extra, lambda status, headers: statuses.append(status[:3]))
        return statuses

    waiting = io.BytesIO(b"the next request of this connection")
    assert put(io.BytesIO(b"abc"), **{"wsgi.input_terminated": True}) == ["201"]
    assert (put(waiting), waiting.tell()) == (["400"], 0)


def test_a_wrong_digest_is_refused_and_nothing_is_kept(client):
    """The digest of the bytes received counts."""
    _, headers, _ = client("POST", "shop/blobs/uploads/")
    path = headers["Location"].removeprefix("/v2/")
    answer = client("PUT", f"{path}?digest={digest(b'other')}", b"abc")

    assert error_of(answer)[:2] == (400, "DIGEST_INVALID")
    assert client("HEAD", f"shop/blobs/{digest(b'other')}")[0] == 404
    assert client("HEAD", f"shop/blobs/{digest(b'abc')}")[0] == 404


def test_a_base_images_layers_are_mounted(client):
    """Layers that the catalogue knows need no upload, and can be read all the same."""
    layer = min(resolve("node:20-alpine").layers, key=lambda layer: layer.size)
    mount = f"shop/blobs/uploads/?mount={layer.digest}&from=library/node"
    status, headers, _ = client("POST", mount)
    _, _, blob = client("GET", f"shop/blobs/{layer.digest}")

    assert (status, headers["Docker-Content-Digest"]) == (201, layer.digest)
    assert (len(blob), digest(blob)) == (layer.size, layer.digest)


def test_an_unknown_mount_becomes_an_upload(client):
    """As the specification says: 202, and the client sends the bytes."""
    status, headers, _ = client("POST", f"shop/blobs/uploads/?mount={digest(b'?')}&from=other")

    assert status == 202
    assert headers["Location"].startswith("/v2/shop/blobs/uploads/")


REFUSALS = {
    "unknown repository": ("GET", "nope/tags/list", 404, "NAME_UNKNOWN"),
    "upload to an unknown repository": ("POST", "nope/blobs/uploads/", 404, "NAME_UNKNOWN"),
    "unknown tag": ("GET", "shop/manifests/nope", 404, "MANIFEST_UNKNOWN"),
    "unknown digest": ("GET", f"shop/manifests/{digest(b'?')}", 404, "MANIFEST_UNKNOWN"),
    "unknown blob": ("GET", f"shop/blobs/{digest(b'?')}", 404, "BLOB_UNKNOWN"),
    "unknown upload": ("PATCH", "shop/blobs/uploads/nope", 404, "BLOB_UPLOAD_UNKNOWN"),
    "broken manifest": ("PUT", "shop/manifests/v9", 400, "MANIFEST_INVALID"),
    "no such path": ("GET", "_catalog", 404, "UNSUPPORTED"),
    "deleting a manifest": ("DELETE", "shop/manifests/v1", 405, "UNSUPPORTED"),
    "deleting a blob": ("DELETE", f"shop/blobs/{digest(b'layer')}", 405, "UNSUPPORTED"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_errors_have_the_specifications_form(client, what):
    """A client shows status, code and sentence to its user."""
    client.push("v1")
    method, path, status, code = REFUSALS[what]
    found = error_of(client(method, path))

    assert found[:2] == (status, code)
    assert found[2]


def test_a_manifest_whose_layers_are_missing_is_refused(client):
    """A push that skipped a layer cannot be pulled, so ECR does not take it."""
    part = {"mediaType": LAYER, "digest": digest(b"never sent"), "size": 10}
    config = {"mediaType": CONFIG, "digest": client.upload(b"{}"), "size": 2}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [part]}
    answer = client("PUT", "shop/manifests/v1", json.dumps(manifest).encode())

    assert error_of(answer)[:2] == (400, "MANIFEST_BLOB_UNKNOWN")


def test_an_immutable_tag_does_not_move(client, ecr):
    """docker shows ECR's sentence about the tag."""
    ecr.put_image_tag_mutability(repositoryName="shop", imageTagMutability="IMMUTABLE")
    client.push("v1", b"one")
    client.push("v1", b"two")

    status, code, message = error_of(client.answer)
    assert (status, code) == (400, "TAG_INVALID")
    assert "'v1' already exists in the 'shop' repository" in message
