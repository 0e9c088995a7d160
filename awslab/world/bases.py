"""Know the base images a Dockerfile may start FROM.

A catalogue, not a copy: each base has layers of about the real compressed size, the operating
system packages with versions, the users, the tools on its PATH and the defaults of its config.
A base layer is *virtual*: a plain tar holding one file of zeros, so it can be streamed from nothing
and its digest can be a constant (`awslab.world._base_layers`).
Images on Debian share Debian's layers, as the real ones do.

The full Debian images are an old build with known vulnerabilities; slim, Alpine and distroless are
newer builds with few or none.
Both run on linux/amd64 and linux/arm64 and, unlike the real ones, have the same layers on both.

    UnknownBase(LookupError)    no such base; the message is docker's
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from awslab.world._base_layers import DISTRIBUTION, LAYERS, PACKAGES, TOOLS

__all__ = [
    "Base",
    "Package",
    "UnknownBase",
    "VirtualLayer",
    "catalogue",
    "distribution",
    "normalise",
    "resolve",
    "virtual_layer",
]

TAR_BLOCK = 512
_CHUNK = bytes(1024 * 1024)


class UnknownBase(LookupError):
    """Say that no base has this name or tag, in docker's words."""


@dataclass(frozen=True)
class Package:
    """Name one installed package: `type` is `os`, `npm` or `pypi`."""

    name: str
    version: str
    type: str = "os"

    def record(self) -> dict[str, str]:
        """Return the record the image config lists under `awslab.packages`."""
        return {"name": self.name, "version": self.version, "type": self.type}


@dataclass(frozen=True)
class VirtualLayer:
    """Stand for an uncompressed tar with one file of zeros; `size` is the tar's, in bytes."""

    name: str
    size: int
    digest: str

    def chunks(self) -> Iterator[bytes]:
        """Yield the tar's bytes, at most 1 MiB at a time and `size` in all."""
        import tarfile

        entry = tarfile.TarInfo(f"var/lib/base/{self.name}")
        entry.size = self.size - 3 * TAR_BLOCK
        yield entry.tobuf(tarfile.USTAR_FORMAT)
        left = self.size - TAR_BLOCK
        while left:
            step = min(left, len(_CHUNK))
            yield _CHUNK[:step]
            left -= step


@dataclass(frozen=True)
class Base:
    """Describe one base image: what it holds and what its config says.

    `users` maps a name to (uid, gid); `family` is debian, alpine, distroless, busybox or scratch.
    """

    reference: str
    family: str
    layers: tuple[VirtualLayer, ...]
    packages: tuple[Package, ...]
    tools: frozenset[str]
    env: Mapping[str, str]
    users: Mapping[str, tuple[int, int]]
    user: str = ""
    workdir: str = ""
    cmd: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    stop_signal: str = ""

    @property
    def shell(self) -> bool:
        """Whether `/bin/sh` exists, so that a shell-form RUN can work."""
        return "sh" in self.tools

    @property
    def size(self) -> int:
        """The bytes of all layers."""
        return sum(layer.size for layer in self.layers)


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_USERS = {
    "debian": {"root": (0, 0), "daemon": (1, 1), "www-data": (33, 33), "nobody": (65534, 65534)},
    "alpine": {"root": (0, 0), "daemon": (2, 2), "nobody": (65534, 65534)},
    "distroless": {"root": (0, 0), "nobody": (65534, 65534), "nonroot": (65532, 65532)},
    "busybox": {"root": (0, 0), "daemon": (1, 1), "nobody": (65534, 65534)},
    "scratch": {},
}
_NODE = {"18": "18.20.8", "20": "20.19.0", "22": "22.14.0"}
_PYTHON = {"3.11": "3.11.12", "3.12": "3.12.10", "3.13": "3.13.3"}
_GO = {"1.22": "1.22.12", "1.23": "1.23.8", "1.24": "1.24.2"}
_NGINX = {"1.27": "1.27.5"}
_HTTPD = {"2.4": "2.4.63"}
# The tags that move: the newest version also answers to these.
_MOVING = {
    "22": ["lts", "latest"],
    "3.13": ["3", "latest"],
    "1.24": ["1", "latest"],
    "1.27": ["1", "latest"],
    "2.4": ["2", "latest"],
}


@dataclass(frozen=True)
class _Flavour:
    """Say how one family of images is laid out on Debian, Debian slim or Alpine."""

    suffixes: tuple[str, ...]
    family: str
    below: tuple[str, ...]
    key: str


_BUILD = ("debian-bookworm", "buildpack-curl", "buildpack-scm")
_FULL = _Flavour(("", "-bookworm"), "debian", (*_BUILD, "buildpack-full"), "bookworm")
_SLIM = _Flavour(("-slim", "-bookworm-slim"), "debian", ("debian-bookworm-slim",), "slim")
_ALPINE = _Flavour(("-alpine", "-alpine3.21"), "alpine", ("alpine-3.21",), "alpine")


@dataclass
class _Catalogue:
    """Collect bases by `repository:tag` while they are described."""

    bases: dict[str, Base] = field(default_factory=dict)

    def add(self, repository: str, tags: list[str], family: str, names: tuple[str, ...], **config):
        users = dict(_USERS[family]) | config.pop("users", {})
        env = {"PATH": _PATH} | config.pop("env", {})
        for tag in tags:
            reference = f"{repository}:{tag}"
            self.bases[reference] = Base(
                reference=reference,
                family=family,
                layers=tuple(_layer(name) for name in names),
                packages=tuple(package for name in names for package in _packages(name)),
                tools=frozenset(tool for name in names for tool in TOOLS.get(name, "").split()),
                env=env if family != "scratch" else {},
                users=users,
                **config,
            )

    def language(self, name, versions, top, flavours=(_FULL, _SLIM, _ALPINE), **config):
        """Add every version and flavour of one image; `top` names its own layers."""
        for short, exact in versions.items():
            for flavour in flavours:
                words = [short, exact, *_MOVING.get(short, [])]
                # `node:alpine` is the newest on Alpine; no image is tagged `latest-alpine`.
                tags = [
                    f"{word}{suffix}".removeprefix("latest-")
                    for word in words
                    for suffix in flavour.suffixes
                ]
                own = tuple(layer.format(v=short, f=flavour.key) for layer in top)
                settings = {
                    key: value(short, exact) if callable(value) else value
                    for key, value in config.items()
                }
                repository = f"docker.io/library/{name}"
                self.add(repository, tags, flavour.family, flavour.below + own, **settings)


def _layer(name: str) -> VirtualLayer:
    size, digest = LAYERS[name]
    return VirtualLayer(name, size, f"sha256:{digest}")


def _packages(layer: str) -> Iterator[Package]:
    for kind, listing in PACKAGES.get(layer, {}).items():
        for item in listing.split():
            name, _, version = item.partition("=")
            yield Package(name, version, kind)


def _languages(book: _Catalogue) -> None:
    book.language(
        "node",
        _NODE,
        ("node-user", "node-{v}-{f}", "yarn", "node-entrypoint"),
        env=lambda _, exact: {"NODE_VERSION": exact, "YARN_VERSION": "1.22.22"},
        users={"node": (1000, 1000)},
        entrypoint=("docker-entrypoint.sh",),
        cmd=("node",),
    )
    book.language(
        "python",
        _PYTHON,
        ("python-libs-{f}", "python-{v}-{f}"),
        env=lambda _, exact: {"LANG": "C.UTF-8", "PYTHON_VERSION": exact},
        cmd=("python3",),
    )
    go = _Flavour(("", "-bookworm"), "debian", (*_BUILD, "golang-gcc"), "bookworm")
    book.language(
        "golang",
        _GO,
        ("golang-{v}",),
        flavours=(go, _ALPINE),
        env=lambda _, exact: {
            "PATH": f"/go/bin:/usr/local/go/bin:{_PATH}",
            "GOLANG_VERSION": exact,
            "GOPATH": "/go",
        },
        workdir="/go",
        cmd=("bash",),
    )
    slim = _Flavour(("", "-bookworm"), "debian", ("debian-bookworm-slim",), "bookworm")
    book.language(
        "nginx",
        _NGINX,
        ("nginx-{f}", "nginx-config"),
        flavours=(slim, _ALPINE),
        env=lambda _, exact: {"NGINX_VERSION": exact},
        users={"nginx": (101, 101)},
        entrypoint=("/docker-entrypoint.sh",),
        cmd=("nginx", "-g", "daemon off;"),
        ports=("80/tcp",),
        stop_signal="SIGQUIT",
    )
    book.language(
        "httpd",
        _HTTPD,
        ("httpd-prefix", "httpd-{v}-{f}"),
        flavours=(slim, _ALPINE),
        env=lambda _, exact: {
            "PATH": f"/usr/local/apache2/bin:{_PATH}",
            "HTTPD_PREFIX": "/usr/local/apache2",
            "HTTPD_VERSION": exact,
        },
        workdir="/usr/local/apache2",
        cmd=("httpd-foreground",),
        ports=("80/tcp",),
        stop_signal="SIGWINCH",
    )


def _systems(book: _Catalogue) -> None:
    hub = "docker.io/library"
    full = ["latest", "bookworm", "12", "12.10"]
    book.add(f"{hub}/debian", full, "debian", ("debian-bookworm",), cmd=("bash",))
    slim = ["bookworm-slim", "12-slim", "stable-slim"]
    book.add(f"{hub}/debian", slim, "debian", ("debian-bookworm-slim",), cmd=("bash",))
    tags = ["latest", "3", "3.21"]
    book.add(f"{hub}/alpine", tags, "alpine", ("alpine-3.21",), cmd=("/bin/sh",))
    tags = ["latest", "stable", "1.37"]
    book.add(f"{hub}/busybox", tags, "busybox", ("busybox-1.37",), cmd=("sh",))


def _distroless(book: _Catalogue) -> None:
    certificates = {"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}
    static = ("distroless-static",)
    kinds = {
        "static": (static, {}),
        "base": ((*static, "distroless-libc"), {}),
    }
    for version in ("18", "20", "22"):
        layers = (*static, "distroless-libc", "distroless-cc", f"distroless-node-{version}")
        kinds[f"nodejs{version}"] = (layers, {"entrypoint": ("/nodejs/bin/node",)})
    for kind, (layers, config) in kinds.items():
        names = [f"{kind}-debian12"] + ([kind] if kind in ("static", "base") else [])
        for name in names:
            repository = f"gcr.io/distroless/{name}"
            where = {"env": certificates, **config}
            book.add(repository, ["latest"], "distroless", layers, user="0", workdir="/", **where)
            where["workdir"] = "/home/nonroot"
            book.add(repository, ["nonroot"], "distroless", layers, user="65532", **where)


@cache
def catalogue() -> Mapping[str, Base]:
    """Return every base by its full reference, such as `docker.io/library/node:20`."""
    book = _Catalogue()
    _languages(book)
    _systems(book)
    _distroless(book)
    book.add("scratch", ["latest"], "scratch", ())
    return book.bases


def normalise(reference: str) -> str:
    """Return the reference with the registry, `library/` and tag that docker would add."""
    name, at, digest = reference.partition("@")
    repository, tag = name, ""
    if ":" in name.rsplit("/", 1)[-1]:
        repository, _, tag = name.rpartition(":")
    host, slash, _ = repository.partition("/")
    if not slash:
        repository = f"docker.io/library/{repository}"
    elif not re.search(r"[.:]", host) and host != "localhost":
        repository = f"docker.io/{repository}"
    elif host == "docker.io" and repository.count("/") == 1:
        repository = f"docker.io/library/{repository.split('/')[1]}"
    if not tag and not at:
        tag = "latest"
    tagged = f"{repository}:{tag}" if tag else repository
    return f"{tagged}{at}{digest}"


def resolve(reference: str) -> Base:
    """Return the base that `FROM reference` means.

    Raise `UnknownBase` with docker's message: `... not found` for a tag or digest that an existing
    repository lacks, `pull access denied ...` for a repository that does not exist.
    """
    if reference == "scratch":
        return catalogue()["scratch:latest"]
    full = normalise(reference)
    known = full.replace("public.ecr.aws/docker/library/", "docker.io/library/", 1)
    base = catalogue().get(known)
    if base is not None:
        return base
    repository = re.sub(r"(:[^/:@]+)?(@.*)?$", "", known)
    if any(name.rpartition(":")[0] == repository for name in catalogue()):
        raise UnknownBase(f"{full}: not found")
    raise UnknownBase(
        "pull access denied, repository does not exist or may require authorization: "
        "server message: insufficient_scope: authorization failed"
    )


@cache
def _by_digest() -> dict[str, VirtualLayer]:
    return {f"sha256:{digest}": _layer(name) for name, (_, digest) in LAYERS.items()}


def virtual_layer(digest: str) -> VirtualLayer | None:
    """Return the base layer with this digest (`sha256:...`), or None when no base has it."""
    return _by_digest().get(digest)


def distribution(family: str) -> str:
    """Return the distribution's name and version, such as `Debian GNU/Linux 12 (bookworm)`."""
    return DISTRIBUTION[family]
