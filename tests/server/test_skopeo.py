"""The registry as a client that we did not write finds it: Debian's skopeo, over loopback."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import boto3
import pytest

from tests.tools import need

pytestmark = pytest.mark.slow

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
MEGABYTE = 1_000_000


def skopeo(*arguments):
    """Run skopeo and return the finished process."""
    command = need("skopeo", "apt install skopeo")
    return subprocess.run([command, *arguments], capture_output=True, text=True, check=False)


def done(process):
    """Return what a process printed, once it has succeeded."""
    assert process.returncode == 0, process.stderr
    return process.stdout


def digest(data):
    """Return the sha256 digest of bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layout(folder, text):
    """Write an OCI layout of one image, whose one layer holds one file, and return the manifest's digest."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("app/hello.txt")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    layer = gzip.compress(archive.getvalue(), mtime=0)
    root = {"type": "layers", "diff_ids": [digest(archive.getvalue())]}
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": root})
    part = lambda kind, data: {"mediaType": kind, "digest": put(data), "size": len(data)}  # noqa: E731

    def put(data):
        path = folder / "blobs/sha256" / digest(data)[7:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return digest(data)

    manifest = {"schemaVersion": 2, "mediaType": MANIFEST}
    manifest |= {"config": part(CONFIG, config.encode()), "layers": [part(LAYER, layer)]}
    image = part(MANIFEST, json.dumps(manifest).encode())
    image["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [image]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return image["digest"]


@pytest.fixture(scope="module")
def token(cloud):
    """The password of `docker login`, from the real `aws` command."""
    return done(
        subprocess.run(
            ["aws", "ecr", "get-login-password"], capture_output=True, text=True, check=False
        )
    ).strip()


@pytest.fixture
def shop(cloud):
    """An empty repository `shop`, as skopeo names it."""
    cloud.reset()
    boto3.session.Session().client("ecr").create_repository(repositoryName="shop")
    return f"docker://{cloud.endpoint.removeprefix('http://')}/shop"


@pytest.fixture
def image(tmp_path):
    """An OCI layout, as skopeo names it, and its digest."""
    folder = tmp_path / "in"
    return f"oci:{folder}:v1", layout(folder, b"hello\n" * 1000)


@pytest.fixture
def pushed(shop, image, token):
    """The repository with the image as v1."""
    source, _ = image
    login = f"--dest-creds=AWS:{token}"
    done(skopeo("copy", "--dest-tls-verify=false", login, source, f"{shop}:v1"))
    return shop


def test_an_image_goes_in_and_comes_out_the_same(pushed, image, token, tmp_path):
    """Copied in, copied out: one digest, and every blob byte for byte."""
    out = tmp_path / "out"
    login = f"--src-creds=AWS:{token}"
    done(skopeo("copy", "--src-tls-verify=false", login, f"{pushed}:v1", f"oci:{out}:v1"))
    blobs = {
        folder: {path.name: path.read_bytes() for path in folder.glob("blobs/sha256/*")}
        for folder in (tmp_path / "in", out)
    }
    [manifest] = json.loads((out / "index.json").read_text())["manifests"]

    assert manifest["digest"] == image[1]
    assert len(blobs[out]) == 3
    assert blobs[out] == blobs[tmp_path / "in"]


def test_inspect_reads_what_ecr_has(pushed, image, token):
    """skopeo and boto3 tell the same digest and the same tags."""
    told = json.loads(
        done(skopeo("inspect", "--tls-verify=false", f"--creds=AWS:{token}", f"{pushed}:v1"))
    )
    ecr = boto3.session.Session().client("ecr")
    [detail] = ecr.describe_images(repositoryName="shop")["imageDetails"]

    assert told["Digest"] == image[1] == detail["imageDigest"]
    assert told["RepoTags"] == ["v1"] == detail["imageTags"]


def test_tags_are_listed_and_a_tag_can_be_added(pushed, token):
    """A copy inside the registry moves no layer and adds a name."""
    login = f"AWS:{token}"
    both = [f"--src-creds={login}", f"--dest-creds={login}"]
    loopback = ["--src-tls-verify=false", "--dest-tls-verify=false"]
    done(skopeo("copy", *loopback, *both, f"{pushed}:v1", f"{pushed}:stable"))
    listed = done(skopeo("list-tags", "--tls-verify=false", f"--creds={login}", pushed))

    assert json.loads(listed)["Tags"] == ["stable", "v1"]


def test_an_expired_token_is_refused(cloud, pushed, token):
    """After twelve simulated hours skopeo is told to log in again."""
    cloud.advance("12 hours")
    refused = skopeo("inspect", "--tls-verify=false", f"--creds=AWS:{token}", f"{pushed}:v1")

    assert refused.returncode != 0
    assert "denied" in refused.stderr.lower() or "expired" in refused.stderr


@pytest.mark.parametrize("login", ["--no-creds", "--creds=AWS:secret"])
def test_a_wrong_login_is_refused(pushed, login):
    """Without the token there is nothing to see."""
    refused = skopeo("inspect", "--tls-verify=false", login, f"{pushed}:v1")

    assert refused.returncode != 0
    assert "unauthorized" in refused.stderr.lower() or "authentication" in refused.stderr.lower()


def test_an_immutable_tag_is_refused(pushed, image, token, tmp_path):
    """ECR's reason reaches the person who pushes."""
    ecr = boto3.session.Session().client("ecr")
    ecr.put_image_tag_mutability(repositoryName="shop", imageTagMutability="IMMUTABLE")
    layout(tmp_path / "other", b"other\n")
    login = f"--dest-creds=AWS:{token}"
    source = f"oci:{tmp_path / 'other'}:v1"
    refused = skopeo("copy", "--dest-tls-verify=false", login, source, f"{pushed}:v1")

    assert refused.returncode != 0
    assert "already exists in the 'shop' repository" in refused.stderr


def test_what_docker_built_is_an_image_for_others_too(shop, token, tmp_path, monkeypatch):
    """An image on node:20-alpine, pushed by the stand-in, is pulled whole, mounted base layers included."""
    monkeypatch.chdir(tmp_path)
    Path("Dockerfile").write_text(
        'FROM node:20-alpine\nCOPY app.js /app/\nCMD ["node", "app.js"]\n'
    )
    Path("app.js").write_text("console.log(1)\n")
    name = f"{HOST}/shop:built"
    script = f"""set -e
        docker build -q -t {name} .
        echo '{token}' | docker login -u AWS --password-stdin {HOST}
        docker push {name}"""
    done(subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False))
    out = tmp_path / "out"
    # As a folder, skopeo keeps the bytes; into an OCI layout it would compress the stand-in's plain layers.
    login = f"--src-creds=AWS:{token}"
    done(skopeo("copy", "--src-tls-verify=false", login, f"{shop}:built", f"dir:{out}"))
    blobs = [path for path in out.iterdir() if len(path.name) == 64]
    ecr = boto3.session.Session().client("ecr")
    [detail] = ecr.describe_images(repositoryName="shop")["imageDetails"]
    manifest = json.loads((out / "manifest.json").read_bytes())

    assert digest((out / "manifest.json").read_bytes()) == detail["imageDigest"]
    assert {path.name for path in blobs} == {
        part["digest"][7:] for part in [manifest["config"], *manifest["layers"]]
    }
    assert sum(path.stat().st_size for path in blobs) > 40 * MEGABYTE
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in blobs)
