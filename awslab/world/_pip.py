"""Run what pip does in a build: `pip install` into the system, a user, a prefix or a venv."""

from __future__ import annotations

import posixpath
import re

from awslab.world._state import DIRECTORY, CommandFailed, Node, State, text_node
from awslab.world.bases import Package

# Versions for requirements without one, and compressed sizes in kilobytes.
_VERSIONS = {
    "boto3": "1.37.0",
    "django": "5.1.7",
    "fastapi": "0.115.11",
    "flask": "3.1.0",
    "gunicorn": "23.0.0",
    "jinja2": "3.1.6",
    "numpy": "2.2.4",
    "pandas": "2.2.3",
    "pip": "25.0.1",
    "requests": "2.32.3",
    "setuptools": "78.1.1",
    "sqlalchemy": "2.0.39",
    "urllib3": "2.3.0",
    "uvicorn": "0.34.0",
    "wheel": "0.45.1",
}
_KILOBYTES = {
    "boto3": 140, "botocore": 13_000, "django": 8_300, "numpy": 16_000, "pandas": 13_000,
    "pytest": 350, "mypy": 12_000, "ruff": 10_000, "scipy": 37_000, "sqlalchemy": 3_100,
    "torch": 55_000,
}  # fmt: skip
_DEFAULT_KILOBYTES = 120
_CACHE_SIZE = 1.0  # what the cache holds, per byte installed


def _pip(state: State, args: list[str]) -> None:
    if args[:1] != ["install"]:
        return
    requirements, options = _read_arguments(state, args[1:])
    if not requirements and "." not in args:
        raise CommandFailed("ERROR: You must give at least one requirement to install", 1)
    target = _site_packages(state, options)
    total = 0
    try:
        for name, version in requirements:
            size = _KILOBYTES.get(name, _DEFAULT_KILOBYTES) * 1000
            total += size
            package = Package(name, version, "pypi")
            state.write(posixpath.join(target, name), Node(size=size, package=package))
            state.tools.update({name} if name in ("gunicorn", "uvicorn", "flask", "pytest") else ())
        cached = "--no-cache-dir" not in args and not state.variables.get("PIP_NO_CACHE_DIR")
        if cached and total:
            state.write(f"{state.home}/.cache/pip/http-v2", Node(size=int(total * _CACHE_SIZE)))
    except PermissionError as error:
        raise CommandFailed(
            "ERROR: Could not install packages due to an OSError: [Errno 13] "
            f"Permission denied: '{error}'",
            1,
        ) from None


_VALUED = {"-r", "--requirement", "-t", "--target", "--prefix", "-c", "--constraint", "-i",
           "--index-url", "--extra-index-url"}  # fmt: skip


def _read_arguments(state: State, args: list[str]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    requirements, options, position = [], {}, 0
    while position < len(args):
        arg = args[position]
        name, equals, value = arg.partition("=")
        if arg in _VALUED or (equals and name in _VALUED):
            if not equals:
                position += 1
                value = args[position] if position < len(args) else ""
            options[name] = value
            if name in ("-r", "--requirement"):
                requirements += _read_file(state, value)
        elif arg.startswith("-"):
            options[arg] = ""
        elif not arg.startswith((".", "/")):
            requirements.append(_requirement(arg))
        position += 1
    return [item for item in requirements if item], options


def _read_file(state: State, name: str) -> list[tuple[str, str]]:
    node = state.tree.get(state.path(name))
    if node is None:
        raise CommandFailed(
            "ERROR: Could not open requirements file: [Errno 2] No such file or directory: "
            f"'{name}'",
            1,
        )
    found = []
    for line in (node.content or b"").decode(errors="replace").splitlines():
        line = line.split(" #")[0].strip()
        if line.startswith("-r"):
            found += _read_file(state, line[2:].strip())
        elif line and not line.startswith(("#", "-")):
            found.append(_requirement(line))
    return found


def _requirement(text: str) -> tuple[str, str]:
    """Return (name, version): the pinned version, else the lowest allowed, else a known one."""
    found = re.match(
        r"([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*(?:(===?|~=|>=|<=|<|>|!=)\s*([^,;\s]+))?", text
    )
    if found is None:
        raise CommandFailed(f"ERROR: Invalid requirement: '{text}'", 1)
    name = re.sub(r"[-_.]+", "-", found[1]).lower()
    version = found[3] if found[2] in ("==", "===", "~=", ">=", "<=") else None
    return name, version or _VERSIONS.get(name, "1.0.0")


def _python(state: State) -> str:
    version = state.base.env.get("PYTHON_VERSION", "3.11.2")
    return f"python{version.rpartition('.')[0]}"


def _site_packages(state: State, options: dict[str, str]) -> str:
    tail = f"lib/{_python(state)}/site-packages"
    for name in ("-t", "--target"):
        if name in options:
            return state.path(options[name])
    if "--prefix" in options:
        return posixpath.join(state.path(options["--prefix"]), tail)
    for folder in state.env.get("PATH", "").split(":"):
        if folder.endswith("/bin") and f"{folder[:-4]}/pyvenv.cfg" in state.tree:
            return posixpath.join(folder[:-4], tail)
    system = posixpath.join("/usr/local", tail)
    if "--user" in options or not state.writable(system):
        return posixpath.join(state.home, ".local", tail)
    return system


def _python_command(state: State, args: list[str]) -> None:
    if args[:2] == ["-m", "pip"]:
        _pip(state, args[2:])
    elif args[:2] == ["-m", "venv"] and len(args) > 2:
        path = state.path(args[-1])
        state.write(f"{path}/pyvenv.cfg", text_node(b"home = /usr/local/bin\n"))
        state.write(f"{path}/lib/{_python(state)}/site-packages", DIRECTORY)
        for tool in ("pip", "python", "python3"):
            state.write(f"{path}/bin/{tool}", Node(size=9_000, mode=0o755))
    elif args and not args[0].startswith("-") and state.path(args[0]) not in state.tree:
        raise CommandFailed(
            f"python: can't open file '{state.path(args[0])}': [Errno 2] No such file or directory",
            2,
        )


COMMANDS = {"pip": _pip, "pip3": _pip, "python": _python_command, "python3": _python_command}
