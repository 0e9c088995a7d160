"""The system calls that no notebook needs: refused with EPERM, so that a program that tries sees an error.

What is refused is what has broken sandboxes: new namespaces and mounts, other processes' memory, keys, kernel modules,
BPF, io_uring and the like. Docker's default profile refuses nearly the same; this one also refuses memory that no
process has mapped, because nobody could count it:
https://docs.docker.com/engine/security/seccomp/
"""

import errno

import pyseccomp

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


def _filter() -> pyseccomp.SyscallFilter:
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in REFUSED.split():
        try:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        except (OSError, ValueError, RuntimeError):
            continue  # this architecture or this kernel does not have it
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


def install() -> None:
    """Refuse these calls in this process and in all its children, for good."""
    _filter().load()
