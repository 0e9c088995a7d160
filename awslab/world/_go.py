"""Run what Go does in a build: `go mod download` and `go build`."""

from __future__ import annotations

import posixpath
import re

from awslab.world._state import CommandFailed, Node, State

_MODULE_SIZE = 900_000
_BINARY_SIZE = 4_300_000
_STRIPPED_SIZE = 2_800_000


def _go(state: State, args: list[str]) -> None:
    if args[:1] in (["build"], ["install"], ["mod"], ["test"]):
        module = state.tree.get(state.path("go.mod"))
        if module is None:
            raise CommandFailed(
                "go: go.mod file not found in current directory or any parent directory; "
                "see 'go help modules'",
                1,
            )
        for name in re.findall(r"^\s*(?:require\s+)?(\S+/\S+) v\S+", _text(module), re.M):
            state.write(f"/go/pkg/mod/{name}", Node(size=_MODULE_SIZE))
    if args[:1] == ["build"]:
        sources = [path for path, _ in state.tree.under(state.workdir) if path.endswith(".go")]
        if not sources:
            raise CommandFailed(f"no Go files in {state.workdir}", 1)
        size = _STRIPPED_SIZE if any("-s" in arg for arg in args) else _BINARY_SIZE
        target = args[args.index("-o") + 1] if "-o" in args[:-1] else _module_name(state)
        path = state.path(target)
        if target.endswith("/"):
            path = posixpath.join(path, _module_name(state))
        state.write(path, Node(size=size, mode=0o755))


def _text(node: Node) -> str:
    return (node.content or b"").decode(errors="replace")


def _module_name(state: State) -> str:
    found = re.search(r"^module\s+(\S+)", _text(state.tree.nodes[state.path("go.mod")]), re.M)
    return found[1].rpartition("/")[2] if found else "app"


COMMANDS = {"go": _go}
