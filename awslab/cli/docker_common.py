"""What the docker commands share: the error, docker's way with flags, references, `--format`."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

DEFAULT_REGISTRY = "docker.io"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"\w[\w.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class DockerError(Exception):
    """Stop a command: the message goes to stderr, the code is the exit code."""

    def __init__(self, message: str, code: int = 1):
        super().__init__(message)
        self.code = code


class Parser(argparse.ArgumentParser):
    """Parse a docker command's words, with docker's own usage errors (exit code 125)."""

    def __init__(self, command: str, usage: str):
        super().__init__(prog=f"docker {command}", usage=f"docker {command} {usage}",
                         allow_abbrev=False)  # fmt: skip

    def error(self, message: str) -> NoReturn:
        unknown = re.search(r"unrecognized arguments: (-\S+)", message)
        if unknown:
            word = unknown[1].split("=")[0]
            kind = "unknown flag" if word.startswith("--") else "unknown shorthand flag"
            message = f"{kind}: {word}"
        raise DockerError(
            f"{message}\n\nUsage:  {self.usage}\n\nRun '{self.prog} --help' for more information",
            125 if unknown else 1,
        )


class Reference:
    """Hold an image's name as typed: registry (empty for Docker Hub), repository, tag or digest."""

    def __init__(self, text: str):
        name, _, self.digest = text.partition("@")
        self.tag = ""
        if ":" in name.rsplit("/", 1)[-1]:
            name, _, self.tag = name.rpartition(":")
        host, slash, rest = name.partition("/")
        if slash and (re.search(r"[.:]", host) or host == "localhost"):
            self.registry, self.repository = host, rest
        else:
            self.registry, self.repository = "", name
        if self.registry == DEFAULT_REGISTRY:
            self.registry, self.repository = "", self.repository.removeprefix("library/")
        self._check(text)
        if not self.digest:
            self.tag = self.tag or "latest"

    def _check(self, text: str) -> None:
        if _REPOSITORY.fullmatch(self.repository.lower()) and self.repository != (
            self.repository.lower()
        ):
            raise DockerError(
                f"invalid reference format: repository name ({self.repository}) must be lowercase"
            )
        if (
            not _REPOSITORY.fullmatch(self.repository)
            or (self.tag and not _TAG.fullmatch(self.tag))
            or (self.digest and not _DIGEST.fullmatch(self.digest))
            or text.endswith(":")
        ):
            raise DockerError("invalid reference format")

    @property
    def name(self) -> str:
        """The repository with its registry, as `docker images` shows it."""
        return f"{self.registry}/{self.repository}" if self.registry else self.repository

    @property
    def full_name(self) -> str:
        """The repository with registry and `library/` always written out."""
        if self.registry:
            return self.name
        middle = "" if "/" in self.repository else "library/"
        return f"{DEFAULT_REGISTRY}/{middle}{self.repository}"

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}" if self.digest else f"{self.name}:{self.tag}"


def human_size(size: float) -> str:
    """Return bytes as docker writes them: three digits and a decimal unit."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.3g}{unit}" if size < 999.5 else f"{size:.0f}{unit}"


_ACTION = re.compile(r"\{\{\s*(.*?)\s*\}\}")


def render(template: str, value: Any) -> str:
    """Return a `--format` template filled in: `{{.A.B}}`, `json`, `len` and `index` are known."""
    if template == "json":
        template = "{{json .}}"
    return _ACTION.sub(lambda found: _action(found[1], value), template.replace("\\t", "\t"))


def _action(text: str, value: Any) -> str:
    import json

    words = text.split()
    if len(words) == 1 and words[0].startswith("."):
        return _shown(_field(value, words[0]))
    if len(words) == 2 and words[0] == "json":
        return json.dumps(_field(value, words[1]))
    if len(words) == 2 and words[0] == "len":
        return str(len(_field(value, words[1])))
    if len(words) == 3 and words[0] == "index":
        items, key = _field(value, words[1]), words[2].strip('"')
        try:
            return _shown(items[int(key)] if isinstance(items, list) else items.get(key, ""))
        except (IndexError, ValueError):
            raise DockerError(f"template parsing error: index out of range: {key}", 64) from None
    raise DockerError(
        f"template parsing error: {{{{{text}}}}} is not known here; use {{{{.Field}}}}, "
        "{{json .Field}}, {{len .Field}} or {{index .Field 0}}",
        64,
    )


def _field(value: Any, path: str) -> Any:
    for name in path.strip(".").split("."):
        if name:
            if not isinstance(value, dict) or name not in value:
                raise DockerError(f'template parsing error: map has no entry for key "{name}"', 64)
            value = value[name]
    return value


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{' '.join(_shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{_shown(item)}' for key, item in sorted(value.items()))}]"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
