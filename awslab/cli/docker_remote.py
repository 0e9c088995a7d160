"""`docker login`, `logout`, `push` and `pull`: what talks to a registry."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from awslab.cli.docker_common import DockerError, Parser, Reference
from awslab.cli.docker_registry import Registry, RegistryError, login_of, reason
from awslab.cli.docker_store import Store

_DAEMON = "Error response from daemon:"
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|\[::1\])(:\d+)?")


def _reachable(host: str) -> bool:
    return bool(_ECR.fullmatch(host) or _LOOPBACK.fullmatch(host))


def _host(text: str | None) -> str:
    return re.sub(r"^https?://", "", text or "").split("/")[0]


def login(store: Store, words: list[str]) -> int:
    """Check a password with a registry and keep it for push and pull."""
    parser = Parser("login", "[OPTIONS] [SERVER]")
    parser.add_argument("-u", "--username", default="")
    parser.add_argument("-p", "--password")
    parser.add_argument("--password-stdin", action="store_true")
    parser.add_argument("server", nargs="?")
    options = parser.parse_args(words)
    password = _password(options)
    host = _host(options.server) or "registry-1.docker.io"
    if not _reachable(host):
        raise DockerError(
            f'{_DAEMON} Get "https://{host}/v2/": dial tcp: lookup {host}: no such host'
        )
    encoded = login_of(options.username, password)
    answer = Registry(store, host, encoded).send("GET", "/v2/")
    if answer.status != 200:
        raise DockerError(
            f"{_DAEMON} login attempt to https://{host}/v2/ failed with status: "
            f"{answer.status} {reason(answer.status)}"
        )
    config = store.read("config.json", {})
    config.setdefault("auths", {})[host] = {"auth": encoded}
    store.write("config.json", config)
    print("Login Succeeded")
    return 0


def _password(options: Any) -> str:
    if options.password is not None:
        if options.password_stdin:
            raise DockerError("conflicting options: cannot specify both --password and "
                              "--password-stdin")  # fmt: skip
        print("WARNING! Using --password via the CLI is insecure. Use --password-stdin.",
              file=sys.stderr)  # fmt: skip
        password = options.password
    elif options.password_stdin:
        if not options.username:
            raise DockerError("the --password-stdin option requires --username to be set")
        password = sys.stdin.read().rstrip("\r\n")
    else:
        raise DockerError("Error: Cannot perform an interactive login from a non TTY device")
    if not password:
        raise DockerError("Error: password is empty")
    if not options.username:
        raise DockerError("Error: Cannot perform an interactive login from a non TTY device")
    return password


def logout(store: Store, words: list[str]) -> int:
    """Forget the password of a registry."""
    parser = Parser("logout", "[SERVER]")
    parser.add_argument("server", nargs="?")
    host = _host(parser.parse_args(words).server) or "https://index.docker.io/v1/"
    config = store.read("config.json", {})
    if config.get("auths", {}).pop(host, None) is None:
        print(f"Not logged in to {host}")
    else:
        store.write("config.json", config)
        print(f"Removing login credentials for {host}")
    return 0


def push(store: Store, words: list[str]) -> int:
    """Upload an image's missing layers, its config and its manifest."""
    parser = Parser("push", "[OPTIONS] NAME[:TAG]")
    parser.add_argument("-a", "--all-tags", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("--platform")
    parser.add_argument("name")
    options = parser.parse_args(words)
    reference = Reference(options.name)
    if reference.digest:
        raise DockerError("cannot push a digest reference")
    if not options.quiet:
        print(f"The push refers to repository [{reference.full_name}]")
    tags = [reference.tag]
    if options.all_tags:
        known = [Reference(name) for name in sorted(store.names) if "@" not in name]
        tags = [other.tag for other in known if other.name == reference.name]
    found = [(tag, store.names.get(f"{reference.name}:{tag}")) for tag in tags]
    if not found or any(digest is None for _, digest in found):
        raise DockerError(f"An image does not exist locally with the tag: {reference.name}")
    if not reference.registry:
        raise DockerError("denied: requested access to the resource is denied")
    if not _reachable(reference.registry):
        raise DockerError(f"dial tcp: lookup {reference.registry}: no such host")
    registry = Registry(store, reference.registry)
    for tag, digest in found:
        try:
            _push_image(store, registry, reference, tag, digest, options.quiet)
        except RegistryError as error:
            raise DockerError(str(error)) from None
    return 0


def _push_image(
    store: Store, registry: Registry, reference: Reference, tag: str, digest: str, quiet: bool
) -> None:
    repository = reference.repository
    body = store.blob_path(digest).read_bytes()
    manifest = json.loads(body)
    config = store.blob_json(manifest["config"]["digest"])
    labels = config.get("config", {}).get("Labels") or {}
    base = Reference(labels.get("org.opencontainers.image.base.name", "scratch"))
    source = base.full_name.partition("/")[2]
    registry.ask("GET", "/v2/")
    for layer in reversed(manifest["layers"]):
        done = _push_layer(store, registry, repository, layer, source)
        if not quiet:
            print(f"{layer['digest'][7:19]}: {done}", flush=True)
    blob = manifest["config"]
    if not registry.has_blob(repository, blob["digest"]):
        registry.upload(repository, blob["digest"], blob["size"], store.blob(blob["digest"]))
    registry.put_manifest(repository, tag, body, manifest["mediaType"])
    store.names[f"{reference.name}@{digest}"] = digest
    store.save_names()
    print(f"{tag}: digest: {digest} size: {len(body)}" if not quiet else f"{reference.name}:{tag}")


def _push_layer(
    store: Store, registry: Registry, repository: str, layer: dict[str, Any], source: str
) -> str:
    """Bring one layer to the registry; return what docker says about it."""
    from awslab.world.bases import virtual_layer

    digest = layer["digest"]
    if registry.has_blob(repository, digest):
        return "Layer already exists"
    location = None
    if virtual_layer(digest) is not None:
        # The lab has the layers of its catalogue already; to the learner it is an upload, as with the real ECR.
        location = registry.mount(repository, digest, source)
        if location is None:
            return "Pushed"
    registry.upload(repository, digest, layer["size"], store.blob(digest), location)
    return "Pushed"


def pull(store: Store, words: list[str]) -> int:
    """Download an image and name it."""
    parser = Parser("pull", "[OPTIONS] NAME[:TAG|@DIGEST]")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("--platform")
    parser.add_argument("name")
    options = parser.parse_args(words)
    reference = Reference(options.name)
    written = options.name.partition("@")[0].rsplit("/", 1)[-1]
    if not reference.digest and ":" not in written and not options.quiet:
        print("Using default tag: latest")
    before = store.names.get(str(reference))
    if _reachable(reference.registry):
        digest = _pull_image(store, reference, options.quiet)
    else:
        digest = _pull_base(store, reference, options.quiet)
    store.names[str(reference)] = digest
    store.names[f"{reference.name}@{digest}"] = digest
    store.save_names()
    if not options.quiet:
        print(f"Digest: {digest}")
        news = "Image is up to date" if before == digest else "Downloaded newer image"
        print(f"Status: {news} for {reference}")
    tail = f"@{reference.digest}" if reference.digest else f":{reference.tag}"
    print(f"{reference.full_name}{tail}")
    return 0


def _pull_image(store: Store, reference: Reference, quiet: bool) -> str:
    from awslab.world import oci

    registry, repository = Registry(store, reference.registry), reference.repository
    wanted = reference.digest or reference.tag
    try:
        body, media_type = registry.manifest(repository, wanted)
        if not quiet:
            print(f"{wanted}: Pulling from {repository}")
        manifest = json.loads(body)
        for layer in manifest["layers"]:
            state = "Already exists"
            if not store.has_blob(layer["digest"]):
                store.put_blob(layer["digest"], registry.download(repository, layer["digest"]))
                state = "Pull complete"
            if not quiet:
                print(f"{layer['digest'][7:19]}: {state}", flush=True)
        blob = manifest["config"]["digest"]
        if not store.has_blob(blob):
            store.put_blob(blob, registry.download(repository, blob))
    except RegistryError as error:
        if error.code == "MANIFEST_UNKNOWN":
            raise DockerError(f"{_DAEMON} manifest for {reference} not found: {error}") from None
        if error.code == "NAME_UNKNOWN":
            raise DockerError(f"{_DAEMON} repository {reference.name} not found: {error}") from None
        raise DockerError(f"{_DAEMON} {error}") from None
    except DockerError as error:
        if str(error) != "no basic auth credentials":
            raise
        url = f"https://{reference.registry}/v2/{repository}/manifests/{wanted}"
        raise DockerError(f'{_DAEMON} Head "{url}": {error}') from None
    digest = oci.digest(body)
    store.add(body, digest, media_type)
    return digest


def _pull_base(store: Store, reference: Reference, quiet: bool) -> str:
    """Take an image from the catalogue of bases, which stands for the public registries."""
    from awslab.world import bases, builder, oci

    try:
        bases.resolve(str(reference))
    except bases.UnknownBase as error:
        if "not found" in str(error):
            raise DockerError(
                f"{_DAEMON} manifest for {reference} not found: manifest unknown: manifest unknown"
            ) from None
        raise DockerError(
            f"{_DAEMON} pull access denied for {reference.name}, repository does not exist or may "
            "require 'docker login': denied: requested access to the resource is denied"
        ) from None
    image = builder.build({}, f"FROM {reference}\n").image
    if not quiet:
        print(f"{reference.tag}: Pulling from {reference.full_name.partition('/')[2]}")
        for layer in image.layers:
            print(f"{layer.digest[7:19]}: Pull complete")
    store.put_blob(oci.digest(image.config_bytes), [image.config_bytes])
    store.add(image.manifest_bytes, image.digest, oci.MANIFEST_TYPE)
    return image.digest
