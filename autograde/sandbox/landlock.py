"""Let a process open nothing but the files under a few paths, without any right and without bubblewrap.

https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import struct
from collections.abc import Iterable

from autograde.sandbox import calls

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every architecture
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _IOCTL = 1, 2, 4, 8, 1 << 14, 1 << 15
_BIND, _CONNECT, _MESSAGES, _SIGNALS, _PORT = 1, 2, 1, 2, 2
ISOLATES = 6  # the version that keeps signals and messages in
_ONE_FILE = (
    _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
)  # what may be allowed for a path that is no folder
_ALL = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}  # by version of the interface; 16 bits since 5


def version() -> int:
    """Return the version of the kernel's interface, 0 when it has none."""
    return max(0, calls.libc.syscall(_CREATE, None, ctypes.c_size_t(0), 1))


def restrict(read: Iterable[str], write: Iterable[str]) -> None:
    """Open nothing from now on but what is under `read`, and for writing under `write`; for good.

    Raises OSError when the kernel declines.
    """
    everything = _everything()
    rules = _rules(struct.pack("=Q", everything))
    _allow_paths(rules, read, _EXECUTE | _READ | _LIST)
    _allow_paths(rules, write, everything)
    _enforce(rules)


def isolate(port: int | None) -> None:
    """Connect to nothing over TCP but a port, and send no signal and no message to what is not so isolated; for good.

    Other sockets than TCP's and Unix sockets with a path are not landlock's; see `filters.py`.
    Raises OSError when the kernel declines.
    """
    if version() < ISOLATES:
        raise OSError(
            f"landlock {version()} of this kernel lets signals through: {ISOLATES} does not"
        )
    rules = _rules(struct.pack("=QQQ", 0, _BIND | _CONNECT, _MESSAGES | _SIGNALS))
    if port is not None:
        _checked(calls.libc.syscall(_ADD, rules, _PORT, struct.pack("=QQ", _CONNECT, port), 0))
    _enforce(rules)


def _everything() -> int:
    return _ALL.get(version(), 0xFFFF)


def _rules(handled: bytes) -> int:
    return _checked(calls.libc.syscall(_CREATE, handled, ctypes.c_size_t(len(handled)), 0))


def _enforce(rules: int) -> None:
    calls.prctl(calls.PR_SET_NO_NEW_PRIVS, 1)
    _checked(calls.libc.syscall(_RESTRICT, rules, 0))
    os.close(rules)


def _allow_paths(rules: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        if os.path.exists(path):
            _allow(rules, path, rights & _everything())


def _allow(rules: int, path: str, rights: int) -> None:
    target = os.open(path, os.O_PATH)
    if not os.path.isdir(path):
        rights &= _ONE_FILE
    _checked(calls.libc.syscall(_ADD, rules, 1, struct.pack("=Qi", rights, target), 0))
    os.close(target)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return result
