"""Parse a Dockerfile into stages of instructions, with BuildKit's error messages.

https://docs.docker.com/reference/dockerfile/

    DockerfileError(ValueError)    message as BuildKit prints it; `line` is where, None if nowhere
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["Dockerfile", "DockerfileError", "Instruction", "Stage", "expand", "parse"]

_FLAGS = {
    "FROM": {"platform"},
    "COPY": {"from", "chown", "chmod", "link", "parents", "exclude"},
    "ADD": {"chown", "chmod", "link", "checksum", "keep-git-dir", "exclude"},
    "RUN": {"mount", "network", "security"},
    "HEALTHCHECK": {"interval", "timeout", "start-period", "start-interval", "retries"},
}
_NAMES = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
]
_JSON = {"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"}
_ONE = {"WORKDIR", "USER", "STOPSIGNAL"}
_SOME = {"EXPOSE", "VOLUME", "ARG", "LABEL", "ENV", "RUN", "SHELL"}


class DockerfileError(ValueError):
    """Say what is wrong in the Dockerfile and on which line."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Instruction:
    """Hold one instruction: `args` are words, or the JSON list when `json_form`.

    `text` is the instruction on one line as written; `value` is what follows the flags.
    """

    name: str
    value: str
    args: tuple[str, ...]
    flags: Mapping[str, tuple[str, ...]]
    json_form: bool
    line: int
    text: str

    def flag(self, name: str) -> str | None:
        """Return the last value of `--name`, or None."""
        values = self.flags.get(name)
        return values[-1] if values else None


@dataclass
class Stage:
    """Hold one build stage; `name` is empty when the FROM has no AS."""

    index: int
    base: str
    name: str
    platform: str | None
    start: Instruction
    instructions: list[Instruction] = field(default_factory=list)


@dataclass(frozen=True)
class Dockerfile:
    """Hold the stages, the ARGs before the first FROM and the text they came from."""

    stages: tuple[Stage, ...]
    arguments: tuple[Instruction, ...]
    text: str

    def stage(self, name: str, before: int | None = None) -> Stage | None:
        """Return the last stage with this name (in any case) or index, among those before one."""
        for stage in reversed(self.stages[:before]):
            if name.lower() == stage.name.lower() or name == str(stage.index):
                return stage
        return None

    def context(self, line: int | None, name: str = "Dockerfile") -> str:
        """Return the lines around one, as BuildKit prints them under an error."""
        if not line:
            return ""
        lines = self.text.splitlines()
        rows = [f"{name}:{line}", "--------------------"]
        for number in range(max(1, line - 2), min(len(lines), line + 2) + 1):
            mark = ">>>" if number == line else "   "
            rows.append(f"{number:4d} | {mark} {lines[number - 1]}".rstrip())
        return "\n".join([*rows, "--------------------"])


def parse(text: str) -> Dockerfile:
    """Return the Dockerfile's stages.

    Raise `DockerfileError` for an unknown instruction, a missing FROM, wrong arguments or flags,
    and for what this lab leaves out: heredocs and ONBUILD.
    """
    stages: list[Stage] = []
    arguments: list[Instruction] = []
    for line, logical in _logical_lines(text):
        try:
            instruction = _instruction(line, logical)
            if instruction.name == "FROM":
                stages.append(_stage(len(stages), instruction))
            elif stages:
                stages[-1].instructions.append(instruction)
            elif instruction.name == "ARG":
                arguments.append(instruction)
            else:
                raise ValueError("no build stage in current context")
        except DockerfileError:
            raise
        except ValueError as error:
            raise DockerfileError(f"dockerfile parse error on line {line}: {error}", line) from None
    if not stages:
        raise DockerfileError("the Dockerfile cannot be empty: no build stage in current context")
    return Dockerfile(tuple(stages), tuple(arguments), text)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, instruction on one line): continuations joined, comments dropped."""
    escape, start, parts = "\\", 0, []
    directives = True
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        stripped = raw.strip()
        if directives and (found := re.match(r"#\s*(\w+)\s*=\s*(\S+)", stripped)):
            escape = found[2] if found[1].lower() == "escape" else escape
            continue
        directives = False
        if not stripped or stripped.startswith("#"):
            continue  # BuildKit skips them inside a continued instruction too
        start = start if parts else number
        if raw.rstrip().endswith(escape):
            parts.append(raw.rstrip()[:-1])
            continue
        yield start, "".join([*parts, raw.rstrip()]).strip()
        parts = []
    if parts:
        yield start, "".join(parts).strip()


def _instruction(line: int, text: str) -> Instruction:
    name, _, rest = text.partition(" ")
    if "\t" in name:
        name, _, rest = text.partition("\t")
    name = name.upper()
    if name not in _NAMES:
        close = difflib.get_close_matches(name, _NAMES, n=1, cutoff=0.6)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise ValueError(f"unknown instruction: {name}{hint}")
    if name == "ONBUILD":
        raise ValueError(
            "ONBUILD is not supported in this lab: put the instruction in the image that needs it"
        )
    flags, value = _flags(name, rest.strip())
    if name in ("RUN", "COPY", "ADD") and re.search(r"<<-?[\"']?[A-Za-z_]", value):
        raise ValueError(
            "heredocs are not supported in this lab: join the commands with `&& \\`, "
            "or COPY a file that holds the text"
        )
    args, json_form = _arguments(name, value)
    _check_count(name, args, json_form)
    return Instruction(name, value, args, flags, json_form, line, text)


def _flags(name: str, rest: str) -> tuple[dict[str, tuple[str, ...]], str]:
    flags: dict[str, tuple[str, ...]] = {}
    known = _FLAGS.get(name, set())
    while known and (found := re.match(r"--([\w-]+)(?:=(\S+))?(?:\s+|$)", rest)):
        key = found[1]
        if key not in known:
            close = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.6)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise ValueError(f"unknown flag: --{key}{hint}")
        flags[key] = (*flags.get(key, ()), found[2] or "true")
        rest = rest[found.end() :]
    return flags, rest


def _arguments(name: str, value: str) -> tuple[tuple[str, ...], bool]:
    body = re.sub(r"^CMD\s+", "", value, flags=re.I) if name == "HEALTHCHECK" else value
    if (name in _JSON or name == "HEALTHCHECK") and body.startswith("["):
        try:
            items = json.loads(body)
        except ValueError:
            items = None
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(items), True
    if name in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
        return ((body,) if body else ()), False
    if name in ("ENV", "LABEL"):
        return _pairs(name, value), False
    try:
        return tuple(shlex.split(value)) if name == "ARG" else tuple(value.split()), False
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _pairs(name: str, value: str) -> tuple[str, ...]:
    """Return `key=value` items, from the modern form or from the old `ENV key value`."""
    first = value.split(None, 1)
    if len(first) == 2 and "=" not in first[0]:
        return (f"{first[0]}={first[1]}",)
    if len(first) == 1 and "=" not in first[0]:
        raise ValueError(f"{name} must have two arguments")
    try:
        items = shlex.split(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    for item in items:
        if "=" not in item:
            raise ValueError(
                f'Syntax error - can\'t find = in "{item}". Must be of the form: name=value'
            )
    return tuple(items)


def _check_count(name: str, args: tuple[str, ...], json_form: bool) -> None:
    if name in _ONE and len(args) != 1:
        raise ValueError(f"{name} requires exactly one argument")
    if name in _SOME and not args:
        raise ValueError(f"{name} requires at least one argument")
    if name in ("COPY", "ADD") and len(args) < 2:
        found = "only one was provided" if args else "none were provided"
        raise ValueError(
            f"{name} requires at least two arguments, but {found}. "
            "Destination could not be determined"
        )
    if name == "SHELL" and not json_form:
        raise ValueError("SHELL requires the arguments to be in JSON form")
    if name == "HEALTHCHECK" and not args:
        raise ValueError("HEALTHCHECK requires at least one argument")


def _stage(index: int, start: Instruction) -> Stage:
    words = start.args
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        raise ValueError("FROM requires either one or three arguments")
    name = words[2] if len(words) == 3 else ""
    if name and not re.fullmatch(r"[a-z][a-z0-9._-]*", name.lower()):
        raise ValueError(
            f'invalid name for build stage: "{name}", name can\'t start with a number '
            "or contain symbols"
        )
    return Stage(index, words[0], name, start.flag("platform"), start)


_VARIABLE = re.compile(r"\\(\$)|\$(?:(\w+)|\{(\w+)(?:(:?[-+?])([^}]*))?\})")


def expand(text: str, values: Mapping[str, str]) -> str:
    """Return the text with `$name`, `${name}`, `${name:-default}` and `${name:+other}` replaced."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        value = values.get(found[2] or found[3])
        operator, other = found[4] or "", found[5] or ""
        if operator.endswith("-"):
            return value if value or (value is not None and operator == "-") else other
        if operator.endswith("+"):
            return other if value or (value is not None and operator == "+") else ""
        if operator.endswith("?") and not value:
            raise DockerfileError(f"failed to process {text!r}: {found[3]}: {other or 'not set'}")
        return value or ""

    return _VARIABLE.sub(one, text)
