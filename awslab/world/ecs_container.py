"""What a container does once its image is there: crash or listen, pass its health check or not, obey signals or not.

`config` is the content of an image's config blob, {} when nothing is known of the image;
`profile` is `app_profile.complete`'s.
"""

import re
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awslab.world import app_profile
from awslab.world.refs import wildcard_match

__all__ = [
    "Exit",
    "HealthCheck",
    "crash",
    "health_decision",
    "in_order",
    "one_shot",
    "passes",
    "profile_of",
    "start_offsets",
    "status_of",
    "stop_behaviour",
    "unknown_user",
]

TERM_SECONDS = 2  # what an app that handles SIGTERM takes to finish
SIGKILL = 137
_URL = re.compile(r"https?://[^\s/:'\"]+(?::(\d+))?(/[^\s'\"|;&)]*)?")
_SHELLS = ("sh", "/bin/sh", "bash", "/bin/bash", "ash", "/bin/ash")
_TOOLS = ("curl", "wget", "nc", "node", "python", "python3", "pg_isready", "redis-cli")


@dataclass(frozen=True)
class Exit:
    """A container that ended by itself: its exit code, the line it wrote, and whether memory was the cause."""

    code: int
    line: str
    out_of_memory: bool = False


@dataclass(frozen=True)
class HealthCheck:
    """A container health check with AWS's defaults, in seconds.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """

    command: tuple[str, ...]
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "HealthCheck | None":
        """Return a container definition's health check, or None."""
        given = definition.get("healthCheck")
        if not given or given.get("command", ["NONE"])[0] == "NONE":
            return None
        return cls(
            tuple(given["command"]),
            given.get("interval") or 30,
            given.get("timeout") or 5,
            given.get("retries") or 3,
            given.get("startPeriod") or 0,
        )


def profile_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the app in an image behaves; an unreadable profile counts as none."""
    exposed = (config.get("config") or {}).get("ExposedPorts") or {}
    try:
        return app_profile.complete(config.get("awslab.app"), exposed)
    except app_profile.ProfileError:
        return app_profile.complete(None, exposed)


def crash(
    profile: Mapping[str, Any], environment: Mapping[str, str], memory: int | None
) -> Exit | None:
    """Return how the app ends while it boots, or None; `memory` is its limit in MiB.

    A container over its hard limit is killed:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/out-of-memory-errors.html
    """
    missing = [name for name in profile.get("env", []) if not environment.get(name)]
    if missing:
        return Exit(1, f"Error: required environment variable {missing[0]} is not set")
    if memory and profile.get("memory", 0) > memory:
        return Exit(SIGKILL, "", out_of_memory=True)
    return None


def unknown_user(config: Mapping[str, Any], user: str | None) -> str | None:
    """Return the name of the user to run as when the image has no such user, else None.

    https://docs.docker.com/reference/dockerfile/#user
    """
    name = (user or (config.get("config") or {}).get("User") or "").partition(":")[0]
    known = config.get("awslab.users")
    if not name or name.isdigit() or name == "root" or known is None or name in known:
        return None
    return name


def passes(check: HealthCheck, config: Mapping[str, Any], profile: Mapping[str, Any]) -> bool:
    """Tell whether the check's command succeeds inside the container once the app listens.

    A command that the image does not have fails, as curl does in most slim images.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
    """
    words = _words(check.command)
    known = config.get("awslab.tools")
    if known is not None:
        needed = _needed(check.command, words)
        if any(tool not in known for tool in needed):
            return False
    if words[:2] == ["exit", "1"] or words[:1] == ["false"]:
        return False
    text = " ".join(check.command)
    if found := _URL.search(text):
        port, path = int(found[1] or 80), (found[2] or "/").partition("?")[0]
        return port == int(profile["port"]) and status_of(profile, path) < 400
    return True


def status_of(profile: Mapping[str, Any], path: str) -> int:
    """Return the HTTP status with which the app answers a path: 404 where the profile has no word for it.

    A path may end in `*`; the longest that matches counts, and `*` alone is every other path.
    """
    health = profile["health"]
    if path in health:
        return int(health[path])
    matching = [pattern for pattern in health if "*" in pattern and wildcard_match(pattern, path)]
    return int(health[max(matching, key=len)]) if matching else 404


def _words(command: Sequence[str]) -> list[str]:
    text = " ".join(command[1:]) if command[0] in ("CMD", "CMD-SHELL") else " ".join(command)
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _needed(command: Sequence[str], words: list[str]) -> list[str]:
    shell = ["sh"] if command[0] == "CMD-SHELL" else []
    named = [word for word in words if word.rpartition("/")[2] in _TOOLS]
    return shell + [word.rpartition("/")[2] for word in named]


def health_decision(check: HealthCheck, listens_after: float, good: bool) -> tuple[float, str]:
    """Return how many seconds after the start the health status first leaves UNKNOWN, and to what.

    A check runs every interval; failures inside the start period do not count, a success ends it.
    `good`: the command succeeds once the app listens, `listens_after` seconds after the start.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
    """
    failures, moment = 0, 0
    while True:
        moment += check.interval
        if good and moment >= listens_after:
            return moment, "HEALTHY"
        if moment > check.start_period:
            failures += 1
        if failures >= check.retries:
            return moment + (check.timeout if not good else 0), "UNHEALTHY"


def in_order(containers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the containers so that each comes after those it depends on; a cycle keeps the definition's order.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
    """
    needs: dict[str, set[str]] = defaultdict(set)
    for container in containers:
        needs[container["name"]] |= {
            dependency["containerName"] for dependency in container.get("dependsOn") or []
        }
    names = {container["name"] for container in containers}
    done: list[dict[str, Any]] = []
    left = list(containers)
    while left:
        placed = {container["name"] for container in done}
        ready = next((c for c in left if needs[c["name"]] & names <= placed), left[0])
        done.append(ready)
        left.remove(ready)
    return done


def start_offsets(
    containers: list[dict[str, Any]],
    boot: Mapping[str, float],
    decisions: Mapping[str, tuple[float, str]],
) -> dict[str, float]:
    """Return how many seconds after the first container each one starts, by its dependsOn.

    `boot` is how long each container takes to listen or, where others wait for its end, to finish;
    `decisions` is what `health_decision` says of those with a health check.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
    """
    offsets: dict[str, float] = {}
    for container in in_order(containers):
        offset = 0.0
        for dependency in container.get("dependsOn") or []:
            name, condition = dependency["containerName"], dependency["condition"]
            waited = {
                "HEALTHY": decisions.get(name, (0.0, ""))[0],
                "COMPLETE": boot.get(name, 0.0),
                "SUCCESS": boot.get(name, 0.0),
            }.get(condition, 0.0)
            offset = max(offset, offsets.get(name, 0.0) + waited)
        offsets[container["name"]] = offset
    return offsets


def one_shot(containers: list[dict[str, Any]]) -> set[str]:
    """Return the containers whose end others wait for: they do their work and exit with code 0."""
    return {
        dependency["containerName"]
        for container in containers
        for dependency in container.get("dependsOn") or []
        if dependency["condition"] in ("COMPLETE", "SUCCESS")
    }


def stop_behaviour(
    config: Mapping[str, Any], command: Sequence[str] | None, entry_point: Sequence[str] | None
) -> tuple[bool, int]:
    """Return whether SIGTERM ends the app, and its exit code then.

    A command in shell form runs under `sh -c`, which does not pass the signal on.
    https://docs.docker.com/reference/dockerfile/#shell-form-entrypoint-example
    """
    image = config.get("config") or {}
    argv = [
        *(entry_point or image.get("Entrypoint") or []),
        *(command or (image.get("Cmd") if not entry_point else None) or []),
    ]
    shell = len(argv) > 1 and argv[0] in _SHELLS and argv[1] == "-c"
    if shell and not argv[-1].lstrip().startswith("exec "):
        return False, SIGKILL
    return True, 0
