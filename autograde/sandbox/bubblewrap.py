"""The outer wall: a command in bubblewrap that sees Python, the course's code and nothing else of the machine.

https://github.com/containers/bubblewrap
"""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from autograde.sandbox import calls

SPARE_USER = 60001  # nobody's number: the limit on processes does not bind root
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
_SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/mime.types")
_PACKAGES = ("awslab", "autograde")
_LANGUAGE = {"LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "TZ": "UTC"}


def argv(command: list[str], *, writable: str | None = None) -> list[str]:
    """Return `command` in a sandbox of its own: no network, no other process, a private /tmp, a cleared environment.

    As root it keeps the three rights that `drop_root` needs.
    `writable` is a folder of this machine that it may write into.
    Raises FileNotFoundError when bubblewrap is not installed.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise FileNotFoundError("bubblewrap is not installed: apt-get install bubblewrap")
    options = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    if os.getuid() == 0:
        for right in ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN"):
            options += ["--cap-add", right]
    else:
        options += ["--unshare-user"]
    for path in system_paths():
        options += ["--symlink", os.readlink(path), path] if os.path.islink(path) else _bind(path)
    options += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]
    for path in python_paths():  # after /tmp, where a checkout may be
        for parent in reversed(Path(path).parents[:-1]):
            if str(parent) != "/tmp":
                options += ["--perms", "0755", "--dir", str(parent)]
        options += _bind(path)
    # As an ordinary user these would be writable, and one submission could leave something to the next.
    options += ["--remount-ro", "/", "--remount-ro", "/dev"]
    options += ["--chdir", "/tmp", "--die-with-parent", "--new-session", "--clearenv"]
    for name, value in environment().items():
        options += ["--setenv", name, value]
    if writable is not None:
        options += ["--bind", writable, writable]
    return [bwrap, *options, "--", *command]


def environment() -> dict[str, str]:
    """Return the few variables that a process in the sandbox has."""
    return _LANGUAGE | {"PYTHONPATH": os.pathsep.join(_roots())}


def _bind(path: str) -> list[str]:
    return ["--ro-bind", path, path]


def system_paths() -> list[str]:
    """Return what every program needs to read, and what is on this machine of it."""
    return [path for path in (*_SYSTEM, *_SETTINGS) if os.path.lexists(path)]


def python_paths() -> list[str]:
    """Return the folders that a kernel must be able to read: this Python, its packages, the course's code."""
    packages = [str(Path(find_spec(name).origin).parent) for name in _PACKAGES]
    # sys.executable may be a chain of links: every folder on the way has to be there.
    prefixes = [sys.prefix, sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable))]
    wanted = sorted({os.path.realpath(path) for path in prefixes} | {*prefixes, *packages})
    inside_system = tuple(f"{path}/" for path in _SYSTEM)
    return [path for path in wanted if not f"{path}/".startswith(inside_system)]


def _roots() -> list[str]:
    return sorted({str(Path(find_spec(name).origin).parent.parent) for name in _PACKAGES})


def drop_root() -> None:
    """Become the spare user, inside bubblewrap, if this is root; afterwards nobody here is root any more."""
    if os.getuid() != 0:
        return
    # bubblewrap covers parts of root's /proc, and the kernel allows a new /proc below only where none is covered.
    calls.mount("proc", "/proc", "proc", calls.MS_NOSUID | calls.MS_NODEV | calls.MS_NOEXEC)
    become_spare()


def become_spare() -> None:
    """Become the spare user for good."""
    os.setgroups([])
    os.setresgid(SPARE_USER, SPARE_USER, SPARE_USER)
    os.setresuid(SPARE_USER, SPARE_USER, SPARE_USER)
    # A process that changed its user may not write its own /proc files, which new namespaces need.
    calls.prctl(calls.PR_SET_DUMPABLE, 1)
