"""The system calls that no notebook needs: refused with EPERM, so that a program that tries sees an error.

What is refused is what has broken sandboxes: new namespaces and mounts, other processes' memory, keys, kernel modules,
BPF, io_uring and the like. Docker's default profile refuses nearly the same; this one also refuses memory that no
process has mapped, because nobody could count it:
https://docs.docker.com/engine/security/seccomp/
"""

import errno
import socket
import tempfile
from functools import cache

import pyseccomp

from autograde.sandbox import calls

REFUSED = """
    acct add_key bpf clock_adjtime clock_settime create_module delete_module fanotify_init
    finit_module fsconfig fsmount fsopen fspick get_kernel_syms init_module io_uring_enter
    io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl
    lookup_dcookie mbind memfd_create memfd_secret migrate_pages mount mount_setattr move_mount move_pages
    name_to_handle_at nfsservctl open_by_handle_at open_tree perf_event_open personality
    pidfd_getfd pivot_root process_madvise process_vm_readv process_vm_writev ptrace
    mq_open msgget query_module quotactl quotactl_fd reboot request_key set_mempolicy setdomainname sethostname
    semget setns settimeofday shmget stime swapoff swapon sysfs syslog umount umount2 unshare uselib
    userfaultfd ustat vhangup vm86 vm86old chroot
"""
NEW_NAMESPACES = 0x7E020000 | 0x00000080  # every CLONE_NEW... flag of clone(2)
TIOCSTI = 0x5412  # types into the terminal that started the grading
# Without namespaces also these: they change what another process of the same user has, or watch it.
REFUSED_BESIDE = """
    inotify_add_watch fanotify_mark semget listen
    sched_setaffinity sched_setattr sched_setparam sched_setscheduler setpriority ioprio_set
"""
# Landlock lets these through to all files of the same user. They are not done, and said to have been:
# who copies a file copies its mode as well, and would fail.
IGNORED_BESIDE = """
    chmod fchmod fchmodat fchmodat2 chown fchown fchownat lchown utime utimes futimesat
    setxattr fsetxattr lsetxattr setxattrat removexattr fremovexattr lremovexattr removexattrat
    file_setattr
"""
FILE_FLAGS = (0x40086602, 0x401C5820)  # FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR
MSG_FASTOPEN = 0x20000000  # connects without `connect`, which landlock would see
TCP = 6


def _filter() -> pyseccomp.SyscallFilter:
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    _refuse(rules, REFUSED)
    for bit in range(7, 32):
        if NEW_NAMESPACES & (1 << bit):
            rules.add_rule(
                pyseccomp.ERRNO(errno.EPERM),
                "clone",
                pyseccomp.Arg(0, pyseccomp.MASKED_EQ, 1 << bit, 1 << bit),
            )
    # clone3 hides its flags behind a pointer: say it does not exist, and the C library uses clone.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    rules.add_rule(
        pyseccomp.ERRNO(errno.EPERM),
        "ioctl",
        pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, TIOCSTI),
    )
    return rules


def _refuse(
    rules: pyseccomp.SyscallFilter,
    names: str,
    *conditions: pyseccomp.Arg,
    number: int = errno.EPERM,
) -> None:
    for name in names.split():
        try:
            rules.add_rule(pyseccomp.ERRNO(number), name, *conditions)
        except (OSError, ValueError, RuntimeError):
            continue  # this architecture or this kernel does not have it


def _refuse_beside(rules: pyseccomp.SyscallFilter) -> None:
    """Refuse what reaches another process where all of a machine share their namespaces."""
    _refuse(rules, REFUSED_BESIDE)
    _refuse(rules, IGNORED_BESIDE, number=0)
    # With no time given it is how Python asks whether a file is there.
    _refuse(rules, "utimensat", pyseccomp.Arg(2, pyseccomp.EQ, 0))
    _refuse(rules, "utimensat", pyseccomp.Arg(2, pyseccomp.NE, 0), number=0)
    for flags in FILE_FLAGS:
        _refuse(rules, "ioctl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, flags))
    _refuse(rules, "prlimit64", pyseccomp.Arg(0, pyseccomp.NE, 0))
    _refuse(rules, "prctl", pyseccomp.Arg(0, pyseccomp.EQ, calls.PR_SET_DUMPABLE))  # see watch.py
    # Of sockets only TCP over IPv4 is left: landlock sees where that connects.
    _refuse(rules, "socket", pyseccomp.Arg(0, pyseccomp.NE, socket.AF_INET))
    for kind in (2, 3, 4, 5, 6, 10):  # all but SOCK_STREAM; above them are flags
        _refuse(rules, "socket", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xF, kind))
    _refuse(rules, "socket", pyseccomp.Arg(2, pyseccomp.GT, TCP))
    fast = (pyseccomp.MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN)
    _refuse(rules, "sendto sendmmsg", pyseccomp.Arg(3, *fast))
    _refuse(rules, "sendmsg", pyseccomp.Arg(2, *fast))


@cache
def program(beside: bool = False) -> bytes:
    """Return the filter as the kernel wants it; made once in a warm process, it is there in all forks.

    `beside` refuses others, more of them.
    """
    rules = _filter()
    if beside:
        _refuse_beside(rules)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def install(beside: bool = False) -> None:
    """Refuse these calls in this process and in all its children, for good."""
    calls.seccomp(program(beside))
