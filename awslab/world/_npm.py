"""Run what npm, yarn and pnpm do in a build: install, prune, cache, and the scripts of package.json.

Sizes are about the compressed ones; a range without a lock file gives its lowest version.
"""

from __future__ import annotations

import json
import posixpath
import re
from typing import Any

from awslab.world._state import CommandFailed, Node, State, text_node
from awslab.world.bases import Package

# Kilobytes with what the package brings along.
_KILOBYTES = {
    "@angular/cli": 9_000, "@babel/cli": 900, "@nestjs/cli": 6_000, "aws-sdk": 9_000,
    "esbuild": 3_800, "eslint": 3_900, "express": 620, "jest": 8_200, "mocha": 1_900,
    "next": 31_000, "nodemon": 700, "prettier": 2_400, "react-dom": 1_200, "rollup": 2_600,
    "ts-jest": 400, "ts-node": 600, "tsup": 4_200, "typescript": 4_400, "vite": 5_600,
    "vitest": 6_100, "webpack": 4_800, "webpack-cli": 500,
}  # fmt: skip
_DEFAULT_KILOBYTES = 60

_LATEST = {"npm": "11.2.0", "pm2": "6.0.5", "pnpm": "10.6.5", "typescript": "5.8.2",
           "yarn": "1.22.22"}  # fmt: skip

# Which package puts a command into node_modules/.bin.
_BINARIES = {
    "babel": "@babel/cli", "esbuild": "esbuild", "eslint": "eslint", "jest": "jest",
    "mocha": "mocha", "nest": "@nestjs/cli", "next": "next", "ng": "@angular/cli",
    "nodemon": "nodemon", "prettier": "prettier", "react-scripts": "react-scripts",
    "rimraf": "rimraf", "rollup": "rollup", "ts-node": "ts-node", "tsc": "typescript",
    "tsup": "tsup", "vite": "vite", "vitest": "vitest", "webpack": "webpack-cli",
}  # fmt: skip
_COMPILERS = {"babel", "esbuild", "nest", "next", "ng", "react-scripts", "rollup", "tsc", "tsup",
              "vite", "webpack"}  # fmt: skip
_OUTPUT = {"next": ".next", "react-scripts": "build"}


def _read_json(state: State, name: str) -> dict[str, Any] | None:
    node = state.tree.get(state.path(name))
    if node is None:
        return None
    try:
        value = json.loads(node.content or b"")
    except ValueError as error:
        raise CommandFailed(f"npm error code EJSONPARSE\nnpm error {name}: {error}", 1) from None
    if not isinstance(value, dict):
        raise CommandFailed(f"npm error code EJSONPARSE\nnpm error {name}: not an object", 1)
    return value


def _package_json(state: State) -> dict[str, Any]:
    found = _read_json(state, "package.json")
    if found is None:
        raise CommandFailed(
            "npm error code ENOENT\nnpm error enoent Could not read package.json: Error: ENOENT: "
            f"no such file or directory, open '{state.path('package.json')}'",
            254,
        )
    return found


def _npm(state: State, args: list[str]) -> None:
    words = [arg for arg in args if not arg.startswith("-")]
    action = words[0] if words else ""
    if action in ("ci", "clean-install", "install", "i", "add"):
        if action in ("install", "i", "add") and words[1:]:
            _add(state, args, words[1:])
        else:
            _install(state, args, frozen=action in ("ci", "clean-install"))
    elif action == "prune":
        if _omits_dev(state, args):
            _prune(state)
    elif action == "cache":
        if not {"--force", "-f"} & set(args):
            raise CommandFailed(
                "npm error As of npm@5, the npm cache self-heals from corruption issues. "
                "To delete it anyway, add --force.",
                1,
            )
        state.tree.remove(f"{state.home}/.npm")
    elif action in ("run", "run-script") and words[1:]:
        _script(state, words[1])
    elif action in ("test", "start", "t"):
        _script(state, {"t": "test"}.get(action, action))


def _omits_dev(state: State, args: list[str]) -> bool:
    text = " ".join(args)
    if re.search(r"--include[= ]dev", text) or "--production=false" in text:
        return False
    production = {"--production", "--prod", "-P", "--only=production", "--only=prod"}
    if re.search(r"--omit[= ]dev", text) or production & set(args):
        return True
    return state.variables.get("NODE_ENV") == "production"


def _install(state: State, args: list[str], frozen: bool) -> None:
    manifest = _package_json(state)
    lock = _read_json(state, "package-lock.json") or _read_json(state, "npm-shrinkwrap.json")
    if frozen and lock is None:
        raise CommandFailed(
            "npm error code EUSAGE\nnpm error The `npm ci` command can only install with an existing "
            "package-lock.json or npm-shrinkwrap.json with lockfileVersion >= 1. "
            "Run `npm install` once and keep the file it makes.",
            1,
        )
    packages = _wanted(manifest, lock, _omits_dev(state, args), frozen)
    if frozen:
        state.tree.remove(state.path("node_modules"))
    _unpack(state, packages)


def _wanted(
    manifest: dict[str, Any], lock: dict[str, Any] | None, omit_dev: bool, frozen: bool
) -> dict[str, str]:
    """Return {folder below the project: version} of what an install puts there."""
    kept = dict(manifest.get("dependencies") or {})
    developer = dict(manifest.get("devDependencies") or {})
    listed = kept if omit_dev else {**developer, **kept}
    locked = {
        path: record
        for path, record in ((lock or {}).get("packages") or {}).items()
        if path.startswith("node_modules/") and isinstance(record, dict)
    }
    for name, record in ((lock or {}).get("dependencies") or {}).items():  # lockfileVersion 1
        locked.setdefault(f"node_modules/{name}", record)
    missing = [name for name in {**kept, **developer} if f"node_modules/{name}" not in locked]
    if frozen and missing:
        raise CommandFailed(
            "npm error code EUSAGE\nnpm error `npm ci` can only install packages when your "
            "package.json and package-lock.json are in sync. Please update your lock file with "
            f"`npm install`.\nnpm error Missing: {missing[0]} from lock file",
            1,
        )
    wanted = {
        path: str(record.get("version", "0.0.0"))
        for path, record in locked.items()
        if not (omit_dev and (record.get("dev") or record.get("devOptional")))
    }
    for name, range_ in listed.items():
        wanted.setdefault(f"node_modules/{name}", _lowest(name, range_))
    return wanted


def _lowest(name: str, range_: Any) -> str:
    """Return the lowest version of a range, or a fixed one for `latest`, `*` and the like."""
    found = re.search(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+][\w.+-]+)?", str(range_))
    if found is None:
        return _LATEST.get(name, "1.0.0")
    return ".".join(part or "0" for part in found.groups()[:3]) + (found[4] or "")


def _unpack(state: State, packages: dict[str, str]) -> None:
    total = 0
    try:
        for path, version in sorted(packages.items()):
            name = path.rpartition("node_modules/")[2]
            size = _KILOBYTES.get(name, _DEFAULT_KILOBYTES) * 1000
            total += size
            record = Package(name, version, "npm")
            state.write(state.path(f"{path}/package.tgz"), Node(size=size, package=record))
        if total:  # without `npm cache clean` the downloads stay in the layer
            state.write(f"{state.home}/.npm/_cacache", Node(size=total))
    except PermissionError as error:
        raise CommandFailed(
            "npm error code EACCES\nnpm error syscall mkdir\nnpm error Error: EACCES: permission "
            f"denied, mkdir '{str(error).rpartition('/node_modules/')[0]}/node_modules'",
            243,
        ) from None


def _add(state: State, args: list[str], names: list[str]) -> None:
    everywhere = bool({"-g", "--global"} & set(args))
    folder = "/usr/local/lib/node_modules" if everywhere else state.path("node_modules")
    for text in names:
        name, _, version = text[1:].partition("@")
        name = text[0] + name
        record = Package(name, _lowest(name, version), "npm")
        size = _KILOBYTES.get(name, _DEFAULT_KILOBYTES) * 1000
        try:
            state.write(f"{folder}/{name}/package.tgz", Node(size=size, package=record))
        except PermissionError:
            raise CommandFailed(
                "npm error code EACCES\nnpm error syscall mkdir\nnpm error Error: EACCES: permission "
                f"denied, mkdir '{folder}/{name}'",
                243,
            ) from None
        if everywhere:
            commands = {tool for tool, package in _BINARIES.items() if package == name}
            state.tools.update(commands | {name.rpartition("/")[2]})


def _prune(state: State) -> None:
    manifest = _package_json(state)
    lock = _read_json(state, "package-lock.json")
    kept = _wanted(manifest, lock, omit_dev=True, frozen=False)
    top = state.path("node_modules")
    for path, node in list(state.tree.under(top)):
        folder = posixpath.relpath(posixpath.dirname(path), state.path("."))
        if node.package and folder not in kept:
            state.tree.remove(posixpath.dirname(path))


def _script(state: State, name: str) -> None:
    scripts = _package_json(state).get("scripts") or {}
    if name not in scripts:
        if name in ("test", "start"):
            return
        raise CommandFailed(f'npm error Missing script: "{name}"', 1)
    for step in re.split(r"&&|;", str(scripts[name])):
        words = [word for word in step.split() if not re.match(r"[A-Z_]+=", word)]
        if not words:
            continue
        if words[0] in ("npm", "pnpm", "yarn") and words[1:2] == ["run"]:
            _script(state, words[2])
        else:
            _tool(state, words)
    if name == "build" and not _has_output(state):
        state.write(state.path("dist/index.js"), text_node(b"// built\n"))


def _has_output(state: State) -> bool:
    return any(state.path(name) in state.tree for name in ("dist", "build", ".next", "out"))


def _tool(state: State, words: list[str]) -> None:
    """Run one command of a script: a tool of node_modules/.bin, or one on the PATH."""
    tool = words[0]
    package = _BINARIES.get(tool)
    installed = package and state.path(f"node_modules/{package}/package.tgz") in state.tree
    if not installed and tool not in state.tools and tool not in ("echo", "exit", "cd", "true"):
        number = "1: " if state.base.family == "debian" else ""
        raise CommandFailed(f"sh: {number}{tool}: not found", 127)
    if tool in _COMPILERS:
        _compile(state, tool, words)


def _compile(state: State, tool: str, words: list[str]) -> None:
    if "--noEmit" in words:
        return
    folder = _OUTPUT.get(tool, "dist")
    config = state.tree.get(state.path("tsconfig.json"))
    found = re.search(rb'"outDir"\s*:\s*"([^"]+)"', (config and config.content) or b"")
    if tool in ("tsc", "nest") and found:
        folder = found[1].decode()
    if "--outDir" in words[:-1]:
        folder = words[words.index("--outDir") + 1]
    source = state.path("src")
    made = 0
    for path, node in list(state.tree.under(source)):
        if not node.directory and tool in ("tsc", "nest", "babel"):
            target = re.sub(r"\.tsx?$", ".js", path[len(source) + 1 :])
            state.write(state.path(f"{folder}/{target}"), text_node(node.content or b""))
            made += 1
    if not made:
        name = "index.html" if tool in ("vite", "ng", "react-scripts") else "index.js"
        state.write(state.path(f"{folder}/{name}"), Node(size=180_000))


def _npx(state: State, args: list[str]) -> None:
    words = [arg for arg in args if arg not in ("-y", "--yes", "--no-install", "--no")]
    if words and words[0] in _BINARIES:
        _tool(state, words)


def _yarn(state: State, args: list[str]) -> None:
    words = [arg for arg in args if not arg.startswith("-")]
    if not words or words[0] in ("install", "i"):
        _install(state, args, frozen=False)
    elif words[0] == "add":
        _add(state, [], words[1:])
    elif words[0] == "run" and words[1:]:
        _script(state, words[1])
    elif words[0] == "prune":
        _prune(state)
    elif words[0] not in ("cache", "global", "config", "set", "store", "fetch"):
        _script(state, words[0])


def _corepack(state: State, args: list[str]) -> None:
    if args[:1] == ["enable"]:
        state.tools.update({"pnpm", "yarn"})


COMMANDS = {"corepack": _corepack, "npm": _npm, "npx": _npx, "pnpm": _yarn, "yarn": _yarn}
