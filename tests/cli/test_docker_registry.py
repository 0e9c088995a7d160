"""Check login, push and pull against a small registry, and against the lab's own."""

import base64
import hashlib
import io
import json
import threading

import pytest

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
REPOSITORY = f"{HOST}/my-service"


def test_login_keeps_the_password_as_docker_does(run, home, registry, monkeypatch):
    """--password-stdin reads the token; config.json holds it under `auths`, for the owner only."""
    monkeypatch.setenv("AWSLAB_ENDPOINT", registry.address)
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    code, out, err = run(f"login --username AWS --password-stdin https://{HOST}")
    path = home / "config.json"

    assert (code, out, err) == (0, "Login Succeeded\n", "")
    assert list(json.loads(path.read_text())["auths"]) == [HOST]
    assert path.stat().st_mode & 0o077 == 0
    assert registry.seen == [f"{HOST} GET /v2/"]


def test_a_wrong_password_is_refused(run, home, registry, monkeypatch):
    """The status of a refused login is in the message and nothing is kept."""
    monkeypatch.setenv("AWSLAB_ENDPOINT", registry.address)
    code, _, err = run(f"login -u AWS -p wrong {HOST}")

    assert code == 1
    assert err.endswith(
        f"Error response from daemon: login attempt to https://{HOST}/v2/ failed with status: "
        "401 Unauthorized\n"
    )
    assert not (home / "config.json").exists()


def test_push_without_a_login_says_no_basic_auth_credentials(run, built, registry, monkeypatch):
    """The error every learner meets first."""
    monkeypatch.setenv("AWSLAB_ENDPOINT", registry.address)
    code, out, err = run(f"push {REPOSITORY}:v1.0")

    assert code == 1
    assert out == f"The push refers to repository [{REPOSITORY}]\n"
    assert err == "no basic auth credentials\n"


def test_push_mounts_base_layers_and_uploads_the_rest(run, built, logged_in):
    """Base layers cost nothing, own layers are uploaded, a second push finds all of them."""
    _, first, _ = run(f"push {REPOSITORY}:v1.0")
    _, second, _ = run(f"push {REPOSITORY}:v1.0")
    digest = f"sha256:{hashlib.sha256(logged_in.manifests['v1.0']).hexdigest()}"
    size = len(logged_in.manifests["v1.0"])

    assert first.count(": Pushed\n") == 9
    assert list(logged_in.blobs.values()).count(b"") == 5, "base layers were mounted, not uploaded"
    assert first.endswith(f"v1.0: digest: {digest} size: {size}\n")
    assert second.count(": Layer already exists\n") == 9
    assert run(f"inspect -f {{{{.RepoDigests}}}} {REPOSITORY}:v1.0")[1] == (
        f"[{REPOSITORY}@{digest}]\n"
    )


def test_push_uploads_base_layers_where_the_registry_cannot_mount(run, logged_in, project):
    """A registry that answers 202 to a mount gets the layer's bytes."""
    logged_in.mounts = False
    (project / "Dockerfile").write_text("FROM alpine\nCOPY src /src\n")
    run(f"build -t {REPOSITORY}:v1.0 .")
    _, out, _ = run(f"push {REPOSITORY}:v1.0")

    assert out.count(": Pushed\n") == 2
    assert sorted(map(len, logged_in.blobs.values()))[-1] == 3_640_320


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{HOST}/other:v1", "name unknown: The repository 'other' does not exist\n"),
        (f"{REPOSITORY}:v1.0", "tag invalid: The image tag 'v1.0' already exists\n"),
        ("my-service:v1.0", "denied: requested access to the resource is denied\n"),
        ("quay.io/x/y:v1", "dial tcp: lookup quay.io: no such host\n"),
    ],
)
def test_push_passes_on_the_registrys_refusal(run, built, logged_in, name, message):
    """A missing repository, an immutable tag and a wrong registry each have docker's text."""
    run(f"tag my-service:v1.0 {name}")
    logged_in.manifests["v1.0"] = b"another image"
    code, _, err = run(f"push {name}")

    assert (code, err) == (1, message)


def test_pull_brings_back_what_was_pushed(run, built, logged_in):
    """After rmi, pull restores the same image; base layers are not downloaded."""
    run(f"push {REPOSITORY}:v1.0")
    image_id = run("images -q")[1].split()[0]
    run(f"rmi -f {image_id}")
    logged_in.seen.clear()
    code, out, _ = run(f"pull {REPOSITORY}:v1.0")

    assert code == 0
    assert f"Status: Downloaded newer image for {REPOSITORY}:v1.0\n" in out
    assert run("images -q")[1].split() == [image_id]
    assert sum("/blobs/" in line for line in logged_in.seen) == 5


def test_a_pulled_blob_must_have_its_digest(run, built, logged_in):
    """Bytes that do not match their digest are refused."""
    run(f"push {REPOSITORY}:v1.0")
    run(f"rmi -f {run('images -q')[1].split()[0]}")
    for digest in logged_in.blobs:
        logged_in.blobs[digest] = b"tampered"
    code, _, err = run(f"pull {REPOSITORY}:v1.0")

    assert code == 1
    assert "filesystem layer verification failed for digest sha256:" in err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{REPOSITORY}:v9", "manifest unknown: Requested image not found"),
        (f"{HOST}/other:v1", f"repository {HOST}/other not found: name unknown:"),
    ],
)
def test_pull_of_what_is_missing_is_refused(run, logged_in, name, message):
    """A missing tag and a missing repository give docker's two answers."""
    code, _, err = run(f"pull {name}")

    assert code == 1
    assert message in err


def test_logout_forgets_the_login(run, logged_in):
    """After logout a pull has no credentials."""
    assert run(f"logout {HOST}")[1] == f"Removing login credentials for {HOST}\n"
    assert "no basic auth credentials" in run(f"pull {REPOSITORY}:v1.0")[2]


def test_pull_of_a_public_base_takes_it_from_the_catalogue(run):
    """Docker Hub is stood in for by the catalogue of bases."""
    code, out, _ = run("pull node:20-alpine")

    assert code == 0
    assert out.startswith("20-alpine: Pulling from library/node\n")
    assert out.endswith("docker.io/library/node:20-alpine\n")


@pytest.mark.slow
def test_the_labs_own_registry_takes_a_push_and_gives_it_back(run, built, monkeypatch):
    """Against the real lab: log in with ECR's token, push, pull, and see the image in ECR."""
    from awslab.server import inprocess
    from awslab.server.app import LabApp
    from awslab.server.door import open_door

    app = LabApp()
    app.reset()
    ecr = inprocess.session(app).client("ecr")
    ecr.create_repository(repositoryName="my-service")
    (token,) = ecr.get_authorization_token()["authorizationData"]
    password = base64.b64decode(token["authorizationToken"]).decode().removeprefix("AWS:")
    server = open_door(app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWSLAB_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    try:
        run(f"login -u AWS -p {password} {HOST}")
        pushed = run(f"push {REPOSITORY}:v1.0")
        run(f"rmi -f {run('images -q')[1].split()[0]}")
        pulled = run(f"pull {REPOSITORY}:v1.0")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    (image,) = ecr.describe_images(repositoryName="my-service")["imageDetails"]

    assert (pushed[0], pulled[0]) == (0, 0)
    assert image["imageTags"] == ["v1.0"]
    assert f"digest: {image['imageDigest']} size:" in pushed[1]
    assert f"Digest: {image['imageDigest']}\n" in pulled[1]
