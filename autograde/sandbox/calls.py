"""The few Linux calls that Python 3.11 does not offer; each raises OSError when the kernel declines."""

import ctypes
import os
import signal
import socket
import struct

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
PR_SET_CHILD_SUBREAPER = 36
_PR_GET_TID_ADDRESS, _CHILD_CLEARTID, _CHILD_SETTID = 40, 0x00200000, 0x01000000
_CLONE = {"x86_64": 56, "aarch64": 220}  # the number of the system call
libc = None if os.name == "nt" else ctypes.CDLL(None, use_errno=True)
_python = None if os.name == "nt" else ctypes.PyDLL(None, use_errno=True)  # keeps Python's lock


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` names for new ones: https://man7.org/linux/man-pages/man2/unshare.2.html."""
    _checked(libc.unshare(flags), "unshare")


def fork(flags: int) -> int:
    """Fork as `os.fork` does, the child as the first process of the namespaces that `flags` names.

    With `unshare` a second fork would be needed, of a process that has a lot to copy.
    Raises OSError where the kernel has no such namespaces, or does not say where the C library keeps its number.
    https://man7.org/linux/man-pages/man2/clone.2.html
    """
    # The C library keeps the number of a thread; the kernel puts the child's into the same place.
    place = ctypes.c_void_p()
    _checked(libc.prctl(_PR_GET_TID_ADDRESS, ctypes.byref(place), 0, 0, 0), "prctl")
    flags |= _CHILD_SETTID | _CHILD_CLEARTID | signal.SIGCHLD
    last = (place.value, 0) if os.uname().machine == "x86_64" else (0, place.value)
    _python.PyOS_BeforeFork()
    pid = _python.syscall(*map(ctypes.c_long, (_CLONE[os.uname().machine], flags, 0, 0, *last)))
    number = ctypes.get_errno()
    _python.PyOS_AfterFork_Parent() if pid else _python.PyOS_AfterFork_Child()
    if pid < 0:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system: https://man7.org/linux/man-pages/man2/mount.2.html."""
    text = [part.encode() or None for part in (source, target, kind)]
    _checked(libc.mount(*text, flags, options.encode() or None), f"mount {kind} on {target}")


def prctl(option: int, value: int) -> None:
    """Change one attribute of this process: https://man7.org/linux/man-pages/man2/prctl.2.html."""
    _checked(libc.prctl(option, value, 0, 0, 0), f"prctl {option}")


def seccomp(program: bytes) -> None:
    """Filter this thread's system calls, and its children's: https://man7.org/linux/man-pages/man2/seccomp.2.html."""
    code = ctypes.create_string_buffer(program, len(program))
    filters = _Filters(len(program) // 8, ctypes.addressof(code))
    _checked(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(filters), 0, 0), "seccomp")


class _Filters(ctypes.Structure):
    """struct sock_fprog: how many instructions of 8 bytes, and where."""

    _fields_ = (("count", ctypes.c_ushort), ("first", ctypes.c_void_p))


def loopback_up() -> None:
    """Bring up the loopback interface of a new network namespace."""
    import fcntl  # not on Windows, where this is imported and not called

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP))
