"""Read `app.yml`: how the app inside an image behaves when the lab runs it.

port: 3000              # the TCP port it listens on
boot: 5                 # seconds from start to listening
health: {/health: 200}  # HTTP status by path; "*" is every other path
env: [DATABASE_URL]     # variables it needs, or it exits with code 1
needs_secret: DATABASE_PASSWORD    # the one of them it logs in with: fails once the secret is rotated
memory: 180             # MiB it uses
cpu_per_request: 0.02   # vCPU seconds
calls:                  # what it calls at each request: AWS, a host outside, another service
  - {action: s3:GetObject, resource: "arn:aws:s3:::bucket/*"}
  - {host: db.example, port: 5432}
  - {url: "http://order-service:3000/orders", method: GET}    # $NAME in it is a variable of the container
behaves: cryptomining   # or reverse-shell: something in it that GuardDuty finds

ProfileError(ValueError)    what is wrong with the file, and what is allowed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

KEYS = (
    "port",
    "boot",
    "health",
    "env",
    "memory",
    "cpu_per_request",
    "calls",
    "needs_secret",
    "behaves",
)
BEHAVIOURS = ("cryptomining", "reverse-shell")
_NUMBERS = {"boot": "seconds", "memory": "MiB", "cpu_per_request": "vCPU seconds"}


class ProfileError(ValueError):
    """Say what is wrong in app.yml."""


def complete(given: Mapping[str, Any] | None, exposed: Iterable[str] = ()) -> dict[str, Any]:
    """Return the profile with defaults filled in.

    `exposed` lists ports as the image config does (`3000/tcp`); the first is the default port, 80
    when there is none. Unless the file says otherwise, boot takes 5 seconds and every path answers
    200.
    Raise `ProfileError` for an unknown key or a value of the wrong kind.
    """
    first = next(iter(exposed), "80")
    profile: dict[str, Any] = {"port": int(first.split("/")[0]), "boot": 5, "health": {"*": 200}}
    if given is None:
        return profile
    if not isinstance(given, Mapping):
        raise ProfileError("app.yml must be a mapping of keys to values")
    unknown = sorted(str(key) for key in given if key not in KEYS)
    if unknown:
        raise ProfileError(f"app.yml: unknown key {unknown[0]!r}; the keys are {', '.join(KEYS)}")
    profile.update({key: value for key, value in given.items() if value is not None})
    _check(profile)
    return profile


def _check(profile: Mapping[str, Any]) -> None:
    port = profile["port"]
    if not _is_number(port) or port != int(port) or not 1 <= port <= 65535:
        raise ProfileError(f"app.yml: port must be a whole number from 1 to 65535, found {port!r}")
    for key, unit in _NUMBERS.items():
        value = profile.get(key, 0)
        if not _is_number(value) or value < 0:
            raise ProfileError(f"app.yml: {key} must be a number of {unit}, found {value!r}")
    _check_health(profile["health"])
    env = profile.get("env", [])
    if not isinstance(env, list) or not all(isinstance(name, str) for name in env):
        raise ProfileError(f"app.yml: env must be a list of variable names, found {env!r}")
    if not isinstance(profile.get("needs_secret", ""), str):
        raise ProfileError(
            f"app.yml: needs_secret must be a variable's name, found {profile['needs_secret']!r}"
        )
    if profile.get("behaves", BEHAVIOURS[0]) not in BEHAVIOURS:
        known, found = ", ".join(BEHAVIOURS), profile["behaves"]
        raise ProfileError(f"app.yml: behaves must be one of {known}, found {found!r}")
    calls = profile.get("calls", [])
    if not isinstance(calls, list) or not all(_is_call(call) for call in calls):
        raise ProfileError(
            "app.yml: calls must be a list of AWS actions such as `s3:GetObject`, or of mappings "
            f"with `action` and `resource`, with `host` and `port`, or with `url`, found {calls!r}"
        )


def _check_health(health: Any) -> None:
    if not isinstance(health, Mapping):
        raise ProfileError(f"app.yml: health must map paths to HTTP statuses, found {health!r}")
    for path, status in health.items():
        if path != "*" and not str(path).startswith("/"):
            raise ProfileError(f"app.yml: a health path starts with `/` or is `*`, found {path!r}")
        if not _is_number(status) or not 100 <= status <= 599:
            raise ProfileError(
                f"app.yml: health of {path!r} must be an HTTP status, found {status!r}"
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_call(call: Any) -> bool:
    if isinstance(call, Mapping) and "host" in call:
        port = call.get("port", 443)
        return _is_number(port) and 1 <= port <= 65535 and "." in str(call["host"])
    if isinstance(call, Mapping) and "url" in call:
        return str(call["url"]).startswith(("http://", "https://", "$"))
    action = call.get("action") if isinstance(call, Mapping) else call
    return isinstance(action, str) and ":" in action
