"""`docker build`: read the context, build with `awslab.world.builder`, print as BuildKit does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from awslab.cli.docker_common import DockerError, Parser, Reference, human_size
from awslab.cli.docker_store import Store
from awslab.world import builder, dockerfile, oci
from awslab.world.dockerignore import ignored

_LARGEST_CONTEXT = 200_000_000


def build(store: Store, words: list[str]) -> int:
    """Build an image and name it."""
    options = _parse(words)
    log = _Log(sys.stderr, options.quiet)
    folder = Path(options.path)
    if options.path == "-" or "://" in options.path:
        raise DockerError("ERROR: this lab builds from a folder only; give its path, such as `.`")
    if not folder.is_dir():
        raise DockerError(f'ERROR: unable to prepare context: path "{options.path}" not found')
    tags = [_tag(text) for text in options.tag]
    file = Path(options.file) if options.file else folder / "Dockerfile"
    name = file.name
    try:
        text = file.read_text(errors="replace")
    except (FileNotFoundError, IsADirectoryError):
        raise DockerError(
            f"ERROR: failed to solve: failed to read dockerfile: open {name}: "
            "no such file or directory"
        ) from None
    log.start(f"[internal] load build definition from {name}",
              f"transferring dockerfile: {human_size(len(text.encode()))} done")  # fmt: skip
    context, executable = _read_context(folder, file)
    size = sum(len(content) for content in context.values())
    log.start("[internal] load build context", f"transferring context: {human_size(size)} done")
    cached = frozenset() if options.no_cache else frozenset(store.read("cache.json", []))
    settings = builder.Options(
        target=options.target,
        build_args=_pairs(options.build_arg, os.environ),
        platform=options.platform,
        labels=_pairs(options.label, {}),
        cached=cached,
    )
    try:
        app = _app_profile(folder, file)
        built = builder.build(context, text, settings, app, executable, log.step)
    except builder.BuildError as error:
        log.failure(error, text, name)
        raise DockerError(f"ERROR: failed to solve: {error}") from None
    except dockerfile.DockerfileError as error:
        log.context(text, error.line, name)
        raise DockerError(f"ERROR: failed to solve: {error}") from None
    _keep(store, built, tags, log)
    if options.quiet:
        print(oci.digest(built.image.config_bytes))
    if options.push:
        from awslab.cli.docker_remote import push

        for tag in tags:
            push(store, [str(tag)])
    return 0


def _parse(words: list[str]) -> Any:
    parser = Parser("build", "[OPTIONS] PATH")
    parser.add_argument("-t", "--tag", action="append", default=[])
    parser.add_argument("-f", "--file")
    parser.add_argument("--target")
    parser.add_argument("--build-arg", action="append", default=[])
    parser.add_argument("--label", action="append", default=[])
    parser.add_argument("--platform")
    parser.add_argument("--no-cache", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("--push", action="store_true")
    for flag in ("--load", "--pull", "--rm", "--force-rm"):  # no meaning without an engine
        parser.add_argument(flag, action="store_true")
    for flag in ("--progress", "--provenance", "--sbom", "--cache-from", "--cache-to", "--builder",
                 "--network"):  # fmt: skip
        parser.add_argument(flag)
    parser.add_argument("path", nargs="?")
    options = parser.parse_args(words)
    if options.path is None:
        raise DockerError(
            "ERROR: docker: 'docker buildx build' requires 1 argument\n\n"
            "Usage:  docker buildx build [OPTIONS] PATH | URL | -\n\n"
            "Run 'docker buildx build --help' for more information"
        )
    return options


def _tag(text: str) -> Reference:
    try:
        return Reference(text)
    except DockerError as error:
        raise DockerError(f'ERROR: failed to build: invalid tag "{text}": {error}') from None


def _pairs(items: list[str], environment: Any) -> dict[str, str]:
    """Return `name=value` items as a mapping; a bare name takes the environment's value."""
    pairs = {}
    for item in items:
        name, equals, value = item.partition("=")
        if equals or name in environment:
            pairs[name] = value if equals else environment[name]
    return pairs


def _read_context(folder: Path, file: Path) -> tuple[dict[str, bytes], set[str]]:
    """Return the context's files by relative path, without the ignored, and the executable ones."""
    own = file.with_name(f"{file.name}.dockerignore")
    rules = own if own.is_file() else folder / ".dockerignore"
    skip = ignored(rules.read_text() if rules.is_file() else "")
    paths, total = {}, 0
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            relative = path.relative_to(folder).as_posix()
            if not path.is_file() or skip(relative):
                continue
            total += path.stat().st_size
            if total > _LARGEST_CONTEXT:
                raise DockerError(
                    f"ERROR: the build context {folder} holds more than "
                    f"{human_size(_LARGEST_CONTEXT)}; build in a folder of its own, or list what "
                    "is not needed in .dockerignore"
                )
            paths[relative] = path
    executable = {name for name, path in paths.items() if os.access(path, os.X_OK)}
    return {name: path.read_bytes() for name, path in paths.items()}, executable


def _app_profile(folder: Path, file: Path) -> Any:
    """Return app.yml parsed: beside the Dockerfile, or at the top of the context."""
    for path in (file.with_name("app.yml"), folder / "app.yml"):
        if path.is_file():
            import yaml

            try:
                return yaml.safe_load(path.read_text())
            except yaml.YAMLError as error:
                message = " ".join(str(error).split())
                raise builder.BuildError(f"app.yml is not valid YAML: {message}") from None
    return None


def _keep(store: Store, built: builder.Built, tags: list[Reference], log: _Log) -> None:
    from awslab.world.bases import virtual_layer

    image = built.image
    for layer in image.layers:
        if virtual_layer(layer.digest) is None:
            store.put_blob(layer.digest, layer.chunks())
    image_id = oci.digest(image.config_bytes)
    store.put_blob(image_id, [image.config_bytes])
    store.add(image.manifest_bytes, image.digest, oci.MANIFEST_TYPE)
    lines = ["exporting layers done", f"writing image {image_id} done"]
    for tag in tags:
        store.names[str(tag)] = image.digest
        lines.append(f"naming to {tag.full_name}:{tag.tag} done")
    store.save_names()
    store.write("cache.json", sorted({*store.read("cache.json", []), *built.keys}))
    log.start("exporting to image", *lines)


class _Log:
    """Print numbered steps in BuildKit's plain style, without times so that output repeats."""

    def __init__(self, stream: Any, quiet: bool):
        self._stream, self._quiet, self._number = stream, quiet, 0

    def start(self, title: str, *lines: str, end: str = "DONE") -> None:
        """Print one step with its lines."""
        self._number += 1
        if self._quiet:
            return
        for line in (title, *lines, end):
            print(f"#{self._number} {line}", file=self._stream)
        print(file=self._stream)

    def step(self, step: builder.Step) -> None:
        """Print one finished instruction."""
        self.start(step.title, end="CACHED" if step.cached else "DONE")

    def failure(self, error: builder.BuildError, text: str, name: str) -> None:
        """Print the step that failed, what it printed, and its place in the Dockerfile."""
        printed = error.output.splitlines()
        if error.step:
            quiet, self._quiet = self._quiet, False
            self.start(error.step, *printed, end=f"ERROR: {error}")
            self._quiet = quiet
            print("------", f" > {error.step}:", *printed, "------", sep="\n", file=self._stream)
        self.context(text, error.line, name)

    def context(self, text: str, line: int | None, name: str) -> None:
        """Print the lines around one line of the Dockerfile."""
        shown = dockerfile.Dockerfile((), (), text).context(line, name)
        if shown:
            print(shown, file=self._stream)
