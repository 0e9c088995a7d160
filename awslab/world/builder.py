"""Build an image from a Dockerfile and a build context, without a container engine.

Instructions work on a model of each stage's file system (`_state`); what RUN does comes from a table
of known commands (`_shell`, `_system`, `_npm`, `_pip`, `_go`). Layers are additive, as in any image.
Nothing is read or written: the context is a mapping of paths to bytes.

    BuildError(Exception)    what BuildKit would print; `line` is the Dockerfile's line or None
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from awslab.world import app_profile, bases, dockerfile, oci
from awslab.world._instructions import Config, Steps
from awslab.world._state import CommandFailed, State

__all__ = ["BuildError", "Built", "Options", "Step", "build"]


class BuildError(Exception):
    """Say why the build failed: `output` is what the failing command printed."""

    def __init__(self, message: str, line: int | None = None, output: str = "", step: str = ""):
        super().__init__(message)
        self.line, self.output, self.step = line, output, step


@dataclass(frozen=True)
class Options:
    """Hold the flags of `docker build`; `cached` are the step keys of earlier builds."""

    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    cached: Collection[str] = ()


@dataclass(frozen=True)
class Step:
    """Report one step: its title such as `[build 2/5] RUN npm ci`, and whether it was cached."""

    title: str
    key: str
    cached: bool
    output: str = ""


@dataclass(frozen=True)
class Built:
    """Hold the result: the image, its steps in order, and the keys of all of them."""

    image: oci.Image
    steps: tuple[Step, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The keys to pass as `cached` to the next build."""
        return frozenset(step.key for step in self.steps)


@dataclass
class _Stage:
    """Hold what one finished stage hands to the next: state, layers, config, cache key."""

    state: State
    config: Config
    layers: list[oci.Blob]
    diff_history: list[dict[str, Any]]
    base_name: str
    key: str


def build(
    context: Mapping[str, bytes],
    text: str,
    options: Options | None = None,
    app: Mapping[str, Any] | None = None,
    executable: Collection[str] = (),
    report: Callable[[Step], None] = lambda step: None,
) -> Built:
    """Return the image of a Dockerfile's last (or target) stage.

    `context` maps relative paths to bytes, already without what .dockerignore leaves out;
    `app` is the parsed app.yml; `executable` names context files that may be run.
    `report` is called with every step as it ends.
    Raise `BuildError`, and `dockerfile.DockerfileError` when the text does not parse.
    """
    options = options or Options()
    parsed = dockerfile.parse(text)
    return _Build(context, parsed, options, executable, report).run(app)


class _Build:
    """Carry one build: the finished stages and the steps so far."""

    def __init__(self, context, parsed, options, executable, report):
        self.parsed: dockerfile.Dockerfile = parsed
        self.options: Options = options
        self.report = report
        self.steps: list[Step] = []
        self.done: dict[int, _Stage] = {}
        self.maker = Steps(context, frozenset(executable))
        self.globals = {
            "TARGETPLATFORM": self._platform(None),
            "TARGETOS": "linux",
            "TARGETARCH": self._platform(None).split("/")[1],
            "BUILDPLATFORM": "linux/amd64",
            "BUILDOS": "linux",
            "BUILDARCH": "amd64",
        }
        self.arguments = dict(self.globals)
        for instruction in parsed.arguments:
            for item in instruction.args:
                name, _, value = item.partition("=")
                given = options.build_args.get(name)
                default = dockerfile.expand(value, self.arguments)
                self.arguments[name] = given if given is not None else default

    def run(self, app: Mapping[str, Any] | None) -> Built:
        target = self.parsed.stages[-1]
        if self.options.target is not None:
            found = self.parsed.stage(self.options.target)
            if found is None:
                raise BuildError(f'target stage "{self.options.target}" could not be found')
            target = found
        final = self._stage(target)
        return Built(self._image(final, target, app), tuple(self.steps))

    def _platform(self, text: str | None) -> str:
        platform = text or self.options.platform or "linux/amd64"
        if platform.split("/")[:2] not in (["linux", "amd64"], ["linux", "arm64"]):
            raise BuildError(
                f'"{platform}": unknown operating system or architecture: this lab builds '
                "linux/amd64 and linux/arm64"
            )
        return platform

    def _source(self, name: str, before: int) -> State:
        """Return the state that `COPY --from=name` copies from: an earlier stage or a base image."""
        stage = self.parsed.stage(name, before)
        if stage is not None:
            return self._stage(stage).state
        return State.start(self._resolve(name, None))

    def _resolve(self, reference: str, line: int | None) -> bases.Base:
        try:
            return bases.resolve(reference)
        except bases.UnknownBase as error:
            raise BuildError(
                f"{reference}: failed to resolve source metadata for "
                f"{bases.normalise(reference)}: {error}",
                line,
            ) from None

    def _stage(self, stage: dockerfile.Stage) -> _Stage:
        """Return the finished stage, building it and what it starts from at most once."""
        if stage.index in self.done:
            return self.done[stage.index]
        reference = dockerfile.expand(stage.base, self.arguments)
        if not reference:
            raise BuildError(f"base name ({stage.base}) should not be blank", stage.start.line)
        for item in stage.instructions:  # what this stage copies from is built first
            needed = self.parsed.stage(item.flag("from") or "", stage.index)
            if needed is not None:
                self._stage(needed)
        work = self._start(stage, reference)
        total = 1 + sum(1 for item in stage.instructions if item.name in _COUNTED)
        label = stage.name or (f"stage-{stage.index}" if len(self.parsed.stages) > 1 else "")
        titles = _titles(label, total)
        self._log(f"{next(titles)} FROM {bases.normalise(reference)}", work.key)
        for instruction in stage.instructions:
            title = f"{next(titles)} {instruction.text}" if instruction.name in _COUNTED else ""
            self._instruction(work, instruction, title, stage.index)
        self.done[stage.index] = work
        return work

    def _start(self, stage: dockerfile.Stage, reference: str) -> _Stage:
        earlier = self.parsed.stage(reference, stage.index)
        if earlier is not None:
            below = self._stage(earlier)
            return _Stage(
                below.state.copy(), below.config.copy(), list(below.layers),
                list(below.diff_history), below.base_name, below.key,
            )  # fmt: skip
        base = self._resolve(reference, stage.start.line)
        history = [{"created": oci.CREATED, "created_by": f"base layer {layer.name}"}
                   for layer in base.layers]  # fmt: skip
        platform = self._platform(
            stage.platform and dockerfile.expand(stage.platform, self.globals)
        )
        key = oci.digest(f"{base.reference} {platform}".encode())
        return _Stage(State.start(base), Config.of(base), list(base.layers), history,
                      bases.normalise(reference), key)  # fmt: skip

    def _instruction(
        self, work: _Stage, item: dockerfile.Instruction, title: str, index: int
    ) -> None:
        try:
            if item.name == "ARG":
                self._argument(work.state, item)
                return
            written = self.maker.apply(
                work.state, work.config, item, lambda name: self._source(name, index)
            )
        except CommandFailed as error:
            self._fail(item, title, error)
        except (BuildError, dockerfile.DockerfileError) as error:
            error.line = error.line or item.line
            raise
        except (LookupError, ValueError) as error:
            raise BuildError(str(error.args[0]), item.line, step=title) from None
        record = {"created": oci.CREATED, "created_by": _created_by(item)}
        entries = work.state.tree.commit()
        if entries:
            work.layers.append(oci.Layer(entries))
        else:
            record["empty_layer"] = True
        work.diff_history.append(record)
        if title:
            seen = f"{work.key} {item.text} {work.state.arguments} {written}"
            work.key = oci.digest(seen.encode())
            self._log(title, work.key)

    def _fail(self, item: dockerfile.Instruction, title: str, error: CommandFailed) -> None:
        command = " ".join(item.args) if item.json_form else f"/bin/sh -c {item.args[0]}"
        raise BuildError(
            f'process "{command}" did not complete successfully: exit code: {error.code}',
            item.line,
            error.output,
            title,
        ) from None

    def _argument(self, state: State, item: dockerfile.Instruction) -> None:
        for text in item.args:
            name, equals, value = text.partition("=")
            if name in self.options.build_args:
                state.arguments[name] = self.options.build_args[name]
            elif equals:
                state.arguments[name] = dockerfile.expand(value, state.variables)
            elif name in self.arguments:
                state.arguments[name] = self.arguments[name]

    def _log(self, title: str, key: str) -> None:
        step = Step(title, key, key in self.options.cached)
        self.steps.append(step)
        self.report(step)

    def _image(self, final: _Stage, target: dockerfile.Stage, app) -> oci.Image:
        config = final.config.as_oci(final.state)
        labels = {**config.get("Labels", {}), **self.options.labels}
        labels["org.opencontainers.image.base.name"] = final.base_name
        config["Labels"] = labels
        try:
            profile = app_profile.complete(app, config.get("ExposedPorts", {}))
        except app_profile.ProfileError as error:
            raise BuildError(str(error)) from None
        platform = self._platform(
            target.platform and dockerfile.expand(target.platform, self.globals)
        )
        return oci.Image(
            {
                "architecture": platform.split("/")[1],
                "os": "linux",
                "created": oci.CREATED,
                "config": config,
                "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in final.layers]},
                "history": final.diff_history,
                "awslab.packages": [package.record() for package in final.state.packages()],
                "awslab.base_layers": sum(
                    isinstance(layer, bases.VirtualLayer) for layer in final.layers
                ),
                "awslab.app": profile,
                "awslab.users": sorted(final.state.users),
                "awslab.tools": sorted(final.state.tools),
            },
            tuple(final.layers),
        )


# BuildKit numbers the instructions that touch the file system.
_COUNTED = {"RUN", "COPY", "ADD", "WORKDIR"}


def _titles(label: str, total: int) -> Iterator[str]:
    for number in range(1, total + 1):
        yield f"[{label} {number}/{total}]" if label else f"[{number}/{total}]"


def _created_by(item: dockerfile.Instruction) -> str:
    if item.name == "RUN":
        command = " ".join(item.args) if item.json_form else f"/bin/sh -c {item.args[0]}"
        return f"RUN {command} # buildkit"
    comment = " # buildkit" if item.name in ("COPY", "ADD") else ""
    return f"{item.text}{comment}"
