"""Model the file system, users and settings of one build stage.

Layers are additive: what a step writes is in its layer for ever, and removing it later only adds a
whiteout. `Tree.commit` turns the writes of one step into that layer's entries.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from awslab.world.bases import Base, Package
from awslab.world.dockerignore import match
from awslab.world.oci import Entry


class CommandFailed(Exception):
    """Say that a command of a RUN failed: what it printed and its exit code."""

    def __init__(self, output: str, code: int = 1):
        super().__init__(output)
        self.output, self.code = output, code


@dataclass(frozen=True)
class Node:
    """Describe one path; `content` None is a file of which only the size (bytes) is known."""

    size: int = 0
    content: bytes | None = None
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    directory: bool = False
    package: Package | None = None


DIRECTORY = Node(mode=0o755, directory=True)


def text_node(content: bytes, **settings) -> Node:
    """Return a file node with this content."""
    return Node(size=len(content), content=content, **settings)


class Tree:
    """Hold the paths of a stage (absolute, normalised) and what the running step changed."""

    def __init__(self, nodes: dict[str, Node] | None = None):
        self.nodes: dict[str, Node] = {"/": DIRECTORY, **(nodes or {})}
        self._changed: dict[str, Node | None] = {}
        self._below: set[str] = set(self.nodes)

    def __contains__(self, path: str) -> bool:
        return path in self.nodes

    def get(self, path: str) -> Node | None:
        """Return the node at this path, or None."""
        return self.nodes.get(path)

    def under(self, path: str) -> Iterator[tuple[str, Node]]:
        """Yield the path itself, where it exists, and everything below it, sorted."""
        prefix = path.rstrip("/") + "/"
        for name in sorted(self.nodes):
            if name == path or name.startswith(prefix):
                yield name, self.nodes[name]

    def glob(self, pattern: str) -> list[str]:
        """Return the existing paths that match a shell pattern, sorted."""
        if not any(character in pattern for character in "*?["):
            return [pattern] if pattern in self.nodes else []
        return sorted(path for path in self.nodes if match(pattern, path))

    def write(self, path: str, node: Node, uid: int = 0, gid: int = 0) -> None:
        """Put a node at this path, making missing parents owned by uid and gid."""
        parent = posixpath.dirname(path)
        if parent not in self.nodes:
            self.write(parent, replace(DIRECTORY, uid=uid, gid=gid), uid, gid)
        self.nodes[path] = node
        self._changed[path] = node

    def remove(self, path: str) -> None:
        """Take away this path and everything below it."""
        for name, _ in list(self.under(path)):
            if name == "/":
                continue
            del self.nodes[name]
            if name in self._below:
                self._changed[name] = None
            else:  # made by this very step: its layer never holds it
                self._changed.pop(name, None)

    def commit(self) -> tuple[Entry, ...]:
        """End a step: return the entries of its layer, which are none when nothing changed."""
        entries = []
        for path, node in sorted(self._changed.items()):
            if path == "/":
                continue
            folder, name = posixpath.split(path)
            if node is not None:
                entries.append(_entry(path, node))
            elif self._changed.get(folder, DIRECTORY) is not None:  # else the folder's is enough
                hidden = posixpath.join(folder, f".wh.{name}").lstrip("/")
                entries.append(Entry(hidden, 0, b""))
        self._changed = {}
        self._below = set(self.nodes)
        return tuple(entries)


def _entry(path: str, node: Node) -> Entry:
    name = path.lstrip("/")
    if node.directory:
        return Entry(f"{name}/", mode=node.mode, uid=node.uid, gid=node.gid, directory=True)
    return Entry(name, node.size, node.content, node.mode, node.uid, node.gid)


@dataclass
class State:
    """Hold a stage while its instructions run.

    `groups` maps a group's name to its gid; `arguments` are the ARGs in scope.
    """

    base: Base
    tree: Tree
    env: dict[str, str]
    users: dict[str, tuple[int, int]]
    groups: dict[str, int]
    tools: set[str]
    user: str = ""
    workdir: str = "/"
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    arguments: dict[str, str] = field(default_factory=dict)
    virtual_groups: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def start(cls, base: Base) -> State:
        """Return the state right after FROM."""
        users = dict(base.users)
        return cls(
            base=base,
            tree=Tree(_known_paths(base)),
            env=dict(base.env),
            users=users,
            groups={name: gid for name, (_, gid) in users.items()},
            tools=set(base.tools),
            user=base.user,
            workdir=base.workdir or "/",
        )

    def copy(self) -> State:
        """Return an independent state, for a stage that starts FROM this one."""
        return replace(
            self,
            tree=Tree(dict(self.tree.nodes)),
            env=dict(self.env),
            users=dict(self.users),
            groups=dict(self.groups),
            tools=set(self.tools),
            arguments={},
            virtual_groups=dict(self.virtual_groups),
        )

    @property
    def variables(self) -> dict[str, str]:
        """The variables a command sees: ARGs, overridden by ENV."""
        return {**self.arguments, **self.env}

    def path(self, text: str) -> str:
        """Return the absolute path that `text` means in the working directory."""
        return posixpath.normpath(posixpath.join("/", self.workdir, text))

    def identity(self, user: str | None = None) -> tuple[int, int]:
        """Return (uid, gid) of `user`, or of the stage's user; raise LookupError naming it."""
        name, _, group = (self.user if user is None else user).partition(":")
        if name in ("", "0"):
            uid, gid = 0, 0
        elif name.isdigit():
            uid = int(name)
            gid = next((g for u, g in self.users.values() if u == uid), 0)
        elif name in self.users:
            uid, gid = self.users[name]
        else:
            raise LookupError(f"unable to find user {name}: no matching entries in passwd file")
        if group:
            if not group.isdigit() and group not in self.groups:
                raise LookupError(
                    f"unable to find group {group}: no matching entries in group file"
                )
            gid = int(group) if group.isdigit() else self.groups[group]
        return uid, gid

    @property
    def home(self) -> str:
        """The home directory of the stage's user."""
        uid, _ = self.identity()
        name = next((name for name, ids in self.users.items() if ids[0] == uid), "")
        return "/root" if uid == 0 else f"/home/{name}" if name else "/"

    def writable(self, path: str) -> bool:
        """Whether the stage's user may create or change this path."""
        uid, _ = self.identity()
        while path not in self.tree:
            path = posixpath.dirname(path)
        node = self.tree.nodes[path]
        return uid == 0 or node.uid == uid or bool(node.mode & 0o002)

    def write(self, path: str, node: Node) -> None:
        """Write as the stage's user; raise PermissionError when that user may not."""
        if not self.writable(path):
            raise PermissionError(path)
        uid, gid = self.identity()
        self.tree.write(path, replace(node, uid=uid, gid=gid), uid, gid)

    def packages(self) -> list[Package]:
        """Return what is installed: the base's system packages and what the files hold."""
        held = {node.package for node in self.tree.nodes.values() if node.package}
        newer = {package.name for package in held if package.type == "os"}
        found = held | {
            package
            for package in self.base.packages
            if package.type == "os" and package.name not in newer
        }
        return sorted(found, key=lambda package: (package.type, package.name, package.version))


def _known_paths(base: Base) -> dict[str, Node]:
    """Return the few paths of a base that Dockerfiles name."""
    if base.family == "scratch":
        return {}
    folders = ["/etc", "/usr", "/usr/local", "/usr/local/bin", "/bin", "/var", "/home", "/root"]
    nodes = {folder: DIRECTORY for folder in folders}
    nodes["/tmp"] = replace(DIRECTORY, mode=0o1777)
    users = "".join(f"{name}:x:{uid}:{gid}::\n" for name, (uid, gid) in base.users.items())
    nodes["/etc/passwd"] = text_node(users.encode())
    for name, (uid, gid) in base.users.items():
        if name in ("node", "nonroot"):
            nodes[f"/home/{name}"] = replace(DIRECTORY, uid=uid, gid=gid)
    installed = {package.name for package in base.packages}
    if installed & {"ca-certificates", "ca-certificates-bundle"} or base.family == "distroless":
        nodes |= {"/etc/ssl": DIRECTORY, "/etc/ssl/certs": DIRECTORY}
        nodes["/etc/ssl/certs/ca-certificates.crt"] = Node(size=220_000)
    for package in base.packages:
        if package.type == "npm":
            home = "/usr/local/lib/node_modules" if package.name == "npm" else "/opt"
            nodes |= {home: DIRECTORY, f"{home}/{package.name}": DIRECTORY}
            nodes[f"{home}/{package.name}/package.tgz"] = Node(package=package)
        elif package.type == "pypi":
            home = f"/usr/local/lib/python{base.env['PYTHON_VERSION'].rpartition('.')[0]}"
            nodes |= {home: DIRECTORY, f"{home}/site-packages": DIRECTORY}
            nodes[f"{home}/site-packages/{package.name}"] = Node(package=package)
    if "nginx" in base.tools:
        for folder in ("/etc/nginx", "/etc/nginx/conf.d", "/usr/share/nginx/html"):
            nodes[folder] = DIRECTORY
        for file in (
            "/etc/nginx/nginx.conf",
            "/etc/nginx/conf.d/default.conf",
            "/usr/share/nginx/html/index.html",
        ):
            nodes[file] = Node(size=1000)
    if "httpd" in base.tools:
        for folder in ("", "/bin", "/conf", "/htdocs", "/logs"):
            nodes[f"/usr/local/apache2{folder}"] = DIRECTORY
        for file in ("conf/httpd.conf", "htdocs/index.html"):
            nodes[f"/usr/local/apache2/{file}"] = Node(size=1000)
    for tool in base.tools & {"node", "python3", "nginx", "httpd", "go"}:
        nodes[f"/usr/local/bin/{tool}"] = Node(size=30_000_000, mode=0o755)
    return nodes
