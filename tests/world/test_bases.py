"""Check the catalogue of base images against what it promises."""

import hashlib

import pytest

from awslab.world import bases
from awslab.world._base_layers import LAYERS


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_digest_is_the_sha256_of_the_streamed_tar(name):
    """The constants match the bytes a server streams, and so does the size."""
    size, digest = LAYERS[name]
    layer = bases.virtual_layer(f"sha256:{digest}")
    streamed, hashed = 0, hashlib.sha256()
    for chunk in layer.chunks():
        streamed += len(chunk)
        hashed.update(chunk)

    assert (layer.name, streamed, hashed.hexdigest()) == (name, size, digest)


def test_a_digest_of_no_base_is_none():
    """A digest outside the catalogue names no virtual layer."""
    assert bases.virtual_layer("sha256:" + "0" * 64) is None


@pytest.mark.parametrize(
    ("reference", "megabytes"),
    [
        ("node:20", 391),
        ("node:20-slim", 74),
        ("node:20-alpine", 46),
        ("python:3.12-slim", 45),
        ("nginx:alpine", 20),
        ("httpd:2.4", 56),
        ("httpd:2.4-alpine", 19),
        ("alpine", 4),
        ("gcr.io/distroless/static", 1),
        ("gcr.io/distroless/nodejs20-debian12", 52),
        ("scratch", 0),
    ],
)
def test_sizes_are_about_the_real_ones(reference, megabytes):
    """A learner who compares bases sees the proportions the real images have."""
    assert round(bases.resolve(reference).size / 1e6) == megabytes


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("node", "docker.io/library/node:latest"),
        ("node:20", "docker.io/library/node:20"),
        ("docker.io/node:20", "docker.io/library/node:20"),
        ("team/app", "docker.io/team/app:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("registry:5000/app", "registry:5000/app:latest"),
        ("gcr.io/distroless/static", "gcr.io/distroless/static:latest"),
        ("node@sha256:12", "docker.io/library/node@sha256:12"),
    ],
)
def test_references_are_completed_as_docker_does(typed, full):
    """Registry, `library/` and `latest` are filled in."""
    assert bases.normalise(typed) == full


@pytest.mark.parametrize("tag", ["20", "20-alpine", "lts-slim"])
def test_ecr_public_mirrors_the_library(tag):
    """public.ecr.aws/docker/library/node is Docker Hub's node."""
    mirrored = bases.resolve(f"public.ecr.aws/docker/library/node:{tag}")

    assert mirrored == bases.resolve(f"node:{tag}")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("node:99", "docker.io/library/node:99: not found"),
        ("nodee:20", "pull access denied, repository does not exist or may require authorization"),
        ("node:latest-alpine", "docker.io/library/node:latest-alpine: not found"),
    ],
)
def test_unknown_bases_are_refused_in_docker_words(reference, message):
    """A wrong tag and a wrong name give docker's two different answers."""
    with pytest.raises(bases.UnknownBase) as caught:
        bases.resolve(reference)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    "reference", ["httpd", "httpd:2.4", "public.ecr.aws/docker/library/httpd:2"]
)
def test_httpd_listens_on_80(reference):
    """The image of many public ECS templates: its port, its command, and the signal that stops it gracefully."""
    base = bases.resolve(reference)

    assert (base.ports, base.cmd, base.stop_signal) == (
        ("80/tcp",),
        ("httpd-foreground",),
        "SIGWINCH",
    )
    assert base.shell


def test_debian_images_share_debian_layers():
    """node:20 and python:3.12 start with the same layers, so a registry stores them once."""
    node, python = bases.resolve("node:20").layers, bases.resolve("python:3.12").layers

    assert node[:4] == python[:4]
    assert node[4:] != python[4:]


@pytest.mark.parametrize(
    ("reference", "shell"),
    [("node:20", True), ("alpine", True), ("gcr.io/distroless/static", False), ("scratch", False)],
)
def test_only_some_bases_have_a_shell(reference, shell):
    """distroless and scratch have no /bin/sh."""
    assert bases.resolve(reference).shell == shell


@pytest.mark.parametrize(
    ("reference", "package"),
    [
        ("node:20", ("zlib1g", "1:1.2.13.dfsg-1", "os")),
        ("node:20", ("libcurl4", "7.88.1-10", "os")),
        ("node:20-alpine", ("busybox", "1.37.0-r12", "os")),
        ("python:3.12", ("pip", "25.0.1", "pypi")),
        ("node:20-slim", ("npm", "10.8.2", "npm")),
    ],
)
def test_packages_are_listed_with_versions(reference, package):
    """A scanner finds each package by name, version and type."""
    found = {(p.name, p.version, p.type) for p in bases.resolve(reference).packages}

    assert package in found
