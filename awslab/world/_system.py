"""Run what changes the operating system in a build: apt-get, apk, users and groups."""

from __future__ import annotations

from dataclasses import replace

from awslab.world import _os_packages
from awslab.world._state import DIRECTORY, CommandFailed, Node, State, text_node
from awslab.world.bases import Package

_APT_LISTS = "/var/lib/apt/lists"
_APT_INDEX = f"{_APT_LISTS}/debian_dists_bookworm_main_Packages"
_APT_INDEX_SIZE = 17_000_000
_APK_INDEX = "/var/cache/apk/APKINDEX.tar.gz"
_APK_INDEX_SIZE = 2_400_000


def _place(name: str) -> str:
    return f"/usr/lib/{name}"


def _install(state: State, package: _os_packages.SystemPackage) -> None:
    if any((x.name, x.version) == (package.name, package.version) for x in state.base.packages):
        return
    record = Package(package.name, package.version, "os")
    state.tree.write(_place(package.name), Node(size=package.size, package=record))
    state.tools.update(package.tools)
    if package.name == "ca-certificates":
        state.tree.write("/etc/ssl/certs/ca-certificates.crt", Node(size=220_000))


def _remove(state: State, name: str) -> None:
    if _place(name) in state.tree:
        state.tree.remove(_place(name))
        package = _os_packages.find(state.base.family, name)
        state.tools.difference_update(set(package.tools) - state.base.tools)


def _apt(state: State, args: list[str]) -> None:
    words = [arg for arg in args if not arg.startswith("-")]
    action, names = (words or [""])[0], [name.split("=")[0] for name in words[1:]]
    if state.identity()[0] != 0 and action:
        lock = f"{_APT_LISTS}/lock" if action == "update" else "/var/lib/dpkg/lock-frontend"
        raise CommandFailed(
            f"E: Could not open lock file {lock} - open (13: Permission denied)", 100
        )
    if action == "update":
        state.tree.write(_APT_INDEX, Node(size=_APT_INDEX_SIZE))
    elif action == "install":
        _apt_install(state, args, names)
    elif action in ("upgrade", "dist-upgrade", "full-upgrade"):
        _apt_upgrade(state, args)
    elif action in ("remove", "purge", "autoremove"):
        for name in names:
            _remove(state, name)


def _apt_install(state: State, args: list[str], names: list[str]) -> None:
    packages = []
    for name in names:
        package = _os_packages.find("debian", name)
        if package is None or _APT_INDEX not in state.tree:
            present = any(known.name == name for known in state.base.packages)
            if present:
                continue
            raise CommandFailed(f"E: Unable to locate package {name}", 100)
        packages.append(package)
        if "--no-install-recommends" not in args:
            for other in _os_packages.RECOMMENDS.get(name, ()):
                packages.append(_os_packages.find("debian", other))
    _agree(args)
    for package in packages:
        _install(state, package)


def _agree(args: list[str]) -> None:
    """Stop where apt-get asks a question that nobody answers in a build."""
    short = "".join(arg for arg in args if arg.startswith("-") and not arg.startswith("--"))
    if "y" not in short and not {"--yes", "--assume-yes"} & set(args):
        raise CommandFailed("Do you want to continue? [Y/n] Abort.", 1)


def _apt_upgrade(state: State, args: list[str]) -> None:
    if _APT_INDEX not in state.tree:  # apt-get knows of nothing newer
        return
    newest = _os_packages.newest_debian()
    known = {package.name: package.version for package in state.base.packages}
    news = [
        newest[name] for name in known if name in newest and newest[name].version != known[name]
    ]
    if news:
        _agree(args)
    for package in news:
        _install(state, package)


def _apk(state: State, args: list[str]) -> None:
    group = _option(args, "--virtual", "-t")
    words = [arg for arg in args if not arg.startswith("-") and arg != group]
    action, names = (words or [""])[0], words[1:]
    if state.identity()[0] != 0:
        raise CommandFailed(
            "ERROR: Unable to lock database: Permission denied\n"
            "ERROR: Failed to open apk database: Permission denied",
            99,
        )
    keeps_index = "--no-cache" not in args
    if action in ("add", "update", "upgrade") and keeps_index:
        state.tree.write(_APK_INDEX, Node(size=_APK_INDEX_SIZE))
    if action == "add":
        _apk_add(state, names, group)
    elif action == "del":
        for name in names:
            for member in state.virtual_groups.pop(name, [name]):
                _remove(state, member)


def _apk_add(state: State, names: list[str], group: str | None) -> None:
    plain = [name.split("=")[0].split("~")[0].split(">")[0] for name in names]
    for name in plain:
        known = _os_packages.find("alpine", name)
        if known is None and not any(package.name == name for package in state.base.packages):
            raise CommandFailed(
                f"ERROR: unable to select packages:\n  {name} (no such package):\n"
                f"    required by: world[{name}]",
                1,
            )
        if known is not None:
            _install(state, known)
    if group:
        state.virtual_groups[group] = plain


def _option(args: list[str], *names: str) -> str | None:
    for position, arg in enumerate(args):
        name, equals, value = arg.partition("=")
        if name in names:
            if equals:
                return value
            return args[position + 1] if position + 1 < len(args) else None
    return None


# Options of the four commands that take a value, so that the value is not read as a name.
_VALUED = {
    "-u", "--uid", "-g", "--gid", "-G", "--ingroup", "--groups", "-s", "--shell", "-h", "--home",
    "-d", "--home-dir", "-c", "--comment", "--gecos", "-k",
}  # fmt: skip


def _names(args: list[str], switches: set[str]) -> list[str]:
    names, skip = [], False
    for arg in args:
        if skip:
            skip = False
        elif arg in _VALUED and arg not in switches:
            skip = True
        elif not arg.startswith("-"):
            names.append(arg)
    return names


def _next_id(taken: set[int], system: bool) -> int:
    number = 100 if system else 1000
    while number in taken:
        number += 1
    return number


def _only_root(state: State, command: str) -> None:
    if state.identity()[0] != 0:
        raise CommandFailed(f"{command}: Permission denied: only root may add a user or group", 1)


def _add_group(state: State, args: list[str]) -> None:
    _only_root(state, "addgroup")
    names = _names(args, set())
    if not names:
        raise CommandFailed("addgroup: a group name is required", 1)
    if len(names) == 2 and names[1] in state.groups:  # addgroup USER GROUP
        return
    name = names[0]
    if name in state.groups:
        raise CommandFailed(f"addgroup: group '{name}' in use", 1)
    system = bool({"-S", "--system", "-r"} & set(args))
    wanted = _option(args, "-g", "--gid")
    taken = set(state.groups.values())
    state.groups[name] = int(wanted) if wanted else _next_id(taken, system)
    state.tree.write("/etc/group", text_node("\n".join(sorted(state.groups)).encode()))


def _add_user(state: State, args: list[str], useradd: bool = False) -> None:
    command = "useradd" if useradd else "adduser"
    _only_root(state, command)
    names = _names(args, set())
    if not names:
        raise CommandFailed(f"{command}: a user name is required", 1)
    name = names[0]
    if len(names) == 2 and name in state.users:  # adduser USER GROUP
        return
    if name in state.users:
        code = 9 if useradd else 1
        raise CommandFailed(f"{command}: user '{name}' in use", code)
    group = _option(args, "-g", "--gid") if useradd else _option(args, "-G", "--ingroup")
    if group and not group.isdigit() and group not in state.groups:
        raise CommandFailed(f"{command}: unknown group {group}", 6 if useradd else 1)
    system = bool({"-S", "--system", "-r"} & set(args)) or any(
        arg.startswith("-") and not arg.startswith("--") and ("S" in arg or "r" in arg)
        for arg in args
    )
    wanted = _option(args, "-u", "--uid")
    uid = int(wanted) if wanted else _next_id({ids[0] for ids in state.users.values()}, system)
    gid = (int(group) if group.isdigit() else state.groups[group]) if group else uid
    state.users[name] = (uid, gid)
    state.groups.setdefault(name, gid)
    rows = "".join(f"{user}:x:{ids[0]}:{ids[1]}::\n" for user, ids in state.users.items())
    state.tree.write("/etc/passwd", text_node(rows.encode()))
    no_home = bool({"-H", "--no-create-home", "-M"} & set(args))
    makes_home = bool({"-m", "--create-home"} & set(args)) if useradd else not no_home
    if makes_home:
        state.tree.write(f"/home/{name}", replace(DIRECTORY, uid=uid, gid=gid))


COMMANDS = {
    "apt-get": _apt,
    "apt": _apt,
    "apk": _apk,
    "addgroup": _add_group,
    "groupadd": _add_group,
    "adduser": _add_user,
    "useradd": lambda state, args: _add_user(state, args, useradd=True),
}
