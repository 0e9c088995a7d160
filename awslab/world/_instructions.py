"""Apply one Dockerfile instruction to a stage: files, settings, and RUN by way of the shell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from awslab.world import _shell, oci
from awslab.world._state import DIRECTORY, CommandFailed, Node, State, text_node
from awslab.world.bases import Base
from awslab.world.dockerfile import Instruction, expand
from awslab.world.dockerignore import match

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)")
_NANOSECONDS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


@dataclass
class Config:
    """Hold the part of the image config that instructions set directly."""

    cmd: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    volumes: list[str] = field(default_factory=list)
    stop_signal: str = ""
    healthcheck: dict[str, Any] | None = None

    @classmethod
    def of(cls, base: Base) -> Config:
        """Return the config a stage inherits from its base."""
        return cls(list(base.cmd), list(base.entrypoint), list(base.ports),
                   stop_signal=base.stop_signal)  # fmt: skip

    def copy(self) -> Config:
        """Return an independent copy."""
        return replace(
            self, cmd=list(self.cmd), entrypoint=list(self.entrypoint), ports=list(self.ports),
            labels=dict(self.labels), volumes=list(self.volumes),
        )  # fmt: skip

    def as_oci(self, state: State) -> dict[str, Any]:
        """Return the `config` object of an OCI image config, without empty fields."""
        whole = {
            "User": state.user,
            "Env": [f"{name}={value}" for name, value in state.env.items()],
            "ExposedPorts": {port: {} for port in self.ports},
            "Cmd": self.cmd,
            "Entrypoint": self.entrypoint,
            "WorkingDir": state.workdir,
            "Labels": self.labels,
            "Volumes": {volume: {} for volume in self.volumes},
            "StopSignal": self.stop_signal,
            "Healthcheck": self.healthcheck,
        }
        return {name: value for name, value in whole.items() if value}


class Steps:
    """Apply instructions that may read one build context."""

    def __init__(self, context: Mapping[str, bytes], executable: frozenset[str]):
        self._context = _tree(context, executable)

    def apply(
        self, state: State, config: Config, item: Instruction, source: Callable[[str], State]
    ) -> str:
        """Do what the instruction says; return a digest of the files it read, for the cache key.

        `source(name)` gives the state that `COPY --from=name` reads.
        Raise `CommandFailed` from RUN, ValueError or LookupError with BuildKit's message otherwise.
        """
        if item.name in ("COPY", "ADD"):
            return self._copy(state, item, source)
        if item.name == "RUN":
            caches = _cache_mounts(state, item)
            _run(state, item)
            for path in caches:  # what a cache mount holds is in no layer
                state.tree.remove(path)
        elif item.name == "WORKDIR":
            state.workdir = state.path(expand(item.args[0], state.variables))
            if state.workdir not in state.tree:
                state.tree.write(state.workdir, DIRECTORY)
        elif item.name == "ENV":
            values = state.variables  # all of one ENV see the values from before it
            for pair in item.args:
                name, _, value = pair.partition("=")
                state.env[name] = expand(value, values)
        elif item.name == "USER":
            state.user = expand(item.args[0], state.variables)
        elif item.name == "SHELL":
            state.shell = item.args
        else:
            _configure(state, config, item)
        return ""

    def _copy(self, state: State, item: Instruction, source) -> str:
        words = [expand(word, state.variables) for word in item.args]
        origin = item.flag("from")
        nodes = self._context
        if origin is not None:
            nodes = source(expand(origin, state.variables)).tree.nodes
        owner = _owner(state, item.flag("chown"))
        mode = item.flag("chmod")
        sources, target = words[:-1], words[-1]
        found = [(word, path) for word in sources for path in _find(nodes, word, item.name)]
        folder = target.endswith("/") or target in (".", "..") or len(found) > 1
        destination = state.path(target)
        if len(sources) > 1 and not (target.endswith("/") or target in (".", "..")):
            known = state.tree.get(destination)
            if known is None or not known.directory:
                raise ValueError(
                    f"When using {item.name} with more than one source file, "
                    "the destination must be a directory and end with a /"
                )
        seen = []
        for _, path in found:
            for name, node in _pieces(nodes, path, destination, folder, state):
                copied = replace(node, uid=owner[0], gid=owner[1])
                if mode and mode.isdigit() and not node.directory:
                    copied = replace(copied, mode=int(mode, 8))
                if name in state.tree and node.directory:
                    continue
                state.tree.write(name, copied, *owner)
                seen.append(f"{name} {node.size} {oci.digest(node.content or b'')}")
        return oci.digest("\n".join(seen).encode())


def _tree(context: Mapping[str, bytes], executable: frozenset[str]) -> dict[str, Node]:
    nodes = {"/": DIRECTORY}
    for name, content in context.items():
        path = posixpath.normpath(f"/{name}")
        folder = posixpath.dirname(path)
        while folder not in nodes:
            nodes[folder] = DIRECTORY
            folder = posixpath.dirname(folder)
        nodes[path] = text_node(content, mode=0o755 if name in executable else 0o644)
    return nodes


def _find(nodes: Mapping[str, Node], word: str, name: str) -> list[str]:
    if name == "ADD" and re.match(r"https?://|git@", word):
        raise ValueError(
            f"ADD {word}: the network is out of reach in this lab; put the file in the build context"
        )
    if word.startswith(".."):
        word = re.sub(r"^(\.\./?)+", "", word)
    path = posixpath.normpath(posixpath.join("/", word))
    if any(character in word for character in "*?["):
        return sorted(known for known in nodes if match(path, known))  # none is no error
    if path in nodes:
        return [path]
    raise LookupError(
        f'failed to compute cache key: failed to calculate checksum of ref: "{path}": not found'
    )


def _pieces(nodes: Mapping[str, Node], path: str, destination: str, folder: bool, state: State):
    """Yield (target path, node): a directory gives its content, a file itself."""
    node = nodes[path]
    if not node.directory:
        known = state.tree.get(destination)
        inside = folder or (known is not None and known.directory)
        yield (
            posixpath.join(destination, posixpath.basename(path)) if inside else destination,
            node,
        )
        return
    prefix = path.rstrip("/") + "/"
    yield destination, DIRECTORY
    for name in sorted(nodes):
        if name.startswith(prefix) and name != "/":
            yield posixpath.join(destination, name[len(prefix) :]), nodes[name]


def _owner(state: State, chown: str | None) -> tuple[int, int]:
    if chown is None:
        return 0, 0
    text = expand(chown, state.variables)
    user, colon, group = text.partition(":")
    if not user.isdigit() and user not in state.users:
        raise LookupError(
            f"unable to convert uid/gid chown string to host mapping: can't find uid for user "
            f"{user}: no such user: {user}"
        )
    if colon and not group.isdigit() and group not in state.groups:
        raise LookupError(
            f"unable to convert uid/gid chown string to host mapping: can't find gid for group "
            f"{group}: no such group: {group}"
        )
    if not colon and user.isdigit():
        return int(user), int(user)
    return state.identity(text)


def _cache_mounts(state: State, item: Instruction) -> list[str]:
    """Return the targets of `--mount=type=cache` that the stage itself does not have."""
    targets = []
    for mount in item.flags.get("mount", ()):
        options = dict(part.partition("=")[::2] for part in mount.split(","))
        kind = options.get("type", "bind")
        if kind == "bind":
            raise ValueError(
                "RUN --mount=type=bind is not supported in this lab: COPY the files instead"
            )
        path = state.path(options.get("target") or options.get("dst") or "/run/secrets")
        if kind == "cache" and path not in state.tree:
            targets.append(path)
    return targets


def _run(state: State, item: Instruction) -> None:
    command = " ".join(item.args) if item.json_form else f"/bin/sh -c {item.args[0]}"
    try:
        state.identity()
    except LookupError as error:
        raise LookupError(
            f'process "{command}" did not complete successfully: {error.args[0]}'
        ) from None
    if not item.json_form:
        if not state.base.shell:
            raise CommandFailed(
                "runc run failed: unable to start container process: error during container init: "
                'exec: "/bin/sh": stat /bin/sh: no such file or directory',
                1,
            )
        _shell.run(state, item.args[0])
        return
    words = list(item.args)
    if words[:2] in (["/bin/sh", "-c"], ["sh", "-c"], ["/bin/bash", "-c"]) and state.base.shell:
        _shell.run(state, words[2])
        return
    env = dict(state.env)
    try:
        _shell.find(state, words[0])(state, words[1:])
    except CommandFailed as error:
        if error.code != 127:
            raise
        raise CommandFailed(
            f'runc run failed: unable to start container process: exec: "{words[0]}": '
            "executable file not found in $PATH",
            127,
        ) from None
    finally:
        state.env = env


def _configure(state: State, config: Config, item: Instruction) -> None:
    shell_form = list(item.args) if item.json_form else [*state.shell, *item.args]
    if item.name == "CMD":
        config.cmd = shell_form
    elif item.name == "ENTRYPOINT":
        config.entrypoint, config.cmd = shell_form, []  # ENTRYPOINT drops the base's CMD
    elif item.name == "EXPOSE":
        for word in item.args:
            config.ports += [port for port in _ports(expand(word, state.variables))
                             if port not in config.ports]  # fmt: skip
    elif item.name == "LABEL":
        for pair in item.args:
            name, _, value = pair.partition("=")
            config.labels[name] = expand(value, state.variables)
    elif item.name == "VOLUME":
        config.volumes += [expand(word, state.variables) for word in item.args]
    elif item.name == "STOPSIGNAL":
        config.stop_signal = expand(item.args[0], state.variables)
    elif item.name == "HEALTHCHECK":
        config.healthcheck = _healthcheck(item)


def _ports(text: str) -> list[str]:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?(?:/(tcp|udp|sctp))?", text.lower())
    if found is None or not 0 < int(found[1]) <= int(found[2] or found[1]) <= 65535:
        raise ValueError(f"invalid containerPort: {text}")
    return [
        f"{port}/{found[3] or 'tcp'}"
        for port in range(int(found[1]), int(found[2] or found[1]) + 1)
    ]


def _healthcheck(item: Instruction) -> dict[str, Any]:
    if item.value.upper().strip() == "NONE":
        return {"Test": ["NONE"]}
    if not re.match(r"CMD\s", item.value, re.I):
        raise ValueError(f'unknown type "{item.value.split()[0].upper()}" in HEALTHCHECK (try CMD)')
    test = ["CMD", *item.args] if item.json_form else ["CMD-SHELL", *item.args]
    check: dict[str, Any] = {"Test": test}
    for flag, key in (("interval", "Interval"), ("timeout", "Timeout"),
                      ("start-period", "StartPeriod"), ("start-interval", "StartInterval")):  # fmt: skip
        text = item.flag(flag)
        if text is not None:
            check[key] = _nanoseconds(flag, text)
    retries = item.flag("retries")
    if retries is not None:
        if not retries.isdigit() or int(retries) < 1:
            raise ValueError(f"--retries must be at least 1 (not {retries})")
        check["Retries"] = int(retries)
    return check


def _nanoseconds(flag: str, text: str) -> int:
    parts = _DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise ValueError(f'invalid duration "{text}" for --{flag}: write it as 30s or 1m30s')
    return int(sum(float(number) * _NANOSECONDS[unit] for number, unit in parts))
