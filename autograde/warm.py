"""Have everything imported, read and built before the first submission comes: a fork then starts in milliseconds."""

import contextlib
import ctypes
import gc
import io
import os
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import boto3
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

import awslab
import awslab.show
from awslab.server.hosting import CALLS

# What many a cell does; the first time takes longest.
_FIRST_CELLS = (
    "1 / 0",
    "!true",
    "%%bash\ntrue",
    "import awslab\nawslab.draw('warm', name='nobody')",
    "from awslab import score\nwith score(1) as s:\n    s.met(1, 'warm', 2 > 1)\ns",
)
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # parameters of mallopt
_KEPT = 32 << 20  # bytes, the most that glibc takes for the second one
_HUGE = 2 << 20  # bytes of a huge page
_COLLAPSE = 25  # MADV_COLLAPSE


def keep_memory() -> None:
    """Have the C library keep what is freed: given back to the kernel and asked for again, every page costs 3 µs.

    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it
    for parameter in (_TRIM_THRESHOLD, _MMAP_THRESHOLD) if mallopt else ():
        mallopt(parameter, _KEPT)


def warm_shell() -> None:
    """Make the shell that every fork finds ready, import what it needs, and let it format its first error."""
    from IPython.core.async_helpers import get_asyncio_loop

    import autograde.untrusted  # noqa: F401
    from autograde.shell import new_shell

    _warm_commands()
    for package in (awslab, awslab.show):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    shell = new_shell()
    for cell in _FIRST_CELLS:
        shell.run(cell, 5)
    shell.reset(new_session=True)
    # Its sockets would be open in every fork; each makes a loop of its own when it needs one.
    get_asyncio_loop().close()


def _warm_commands() -> None:
    """Import what `aws` and `docker` import; what they print is for nobody."""
    from awscli.clidriver import create_clidriver

    import awslab.cli.docker  # noqa: F401

    skeleton = ["--region", "us-east-1", "ecr", "describe-repositories", "--generate-cli-skeleton"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        create_clidriver().main(skeleton)


def warm_clients() -> None:
    """Have boto3 read its models, and make and sign a first request of each service; no request is sent."""
    core = botocore.session.get_session()
    core.set_config_variable("region", "us-east-1")
    core.set_credentials("nobody", "nothing")
    core.register("before-send", _no_answer)
    session = boto3.Session(botocore_session=core)
    for service, call in CALLS.items():
        name, arguments = (call, {}) if isinstance(call, str) else call
        with contextlib.suppress(ClientError):
            getattr(session.client(service), name)(**arguments)


def _no_answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    body = io.BytesIO(b"{}" if b"json" in request.headers.get("Content-Type", b"") else b"<a/>")
    body.stream = lambda: iter([body.read()])
    return AWSResponse(request.url, 400, {}, body)


def freeze() -> None:
    """Keep the garbage collector from touching, and so copying, what the forks share."""
    os.environ.pop("AWSLAB_ENDPOINT", None)
    gc.freeze()
    gc.enable()


def collapse() -> Iterator[None]:
    """Put what the forks share on huge pages, a piece at each step: a fork then copies 128 entries and not 65,000.

    Where the kernel does not do it (Linux before 6.1, others), nothing changes.
    https://man7.org/linux/man-pages/man2/madvise.2.html
    """
    libc = ctypes.CDLL(None)
    advise = getattr(libc, "madvise", None)
    if not os.path.exists("/proc/self/maps") or advise is None:
        return
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _own_memory():
        for piece in range(-(-start // _HUGE) * _HUGE, end - _HUGE + 1, _HUGE):
            advise(piece, _HUGE, _COLLAPSE)
            yield


def _own_memory() -> list[tuple[int, int]]:
    """Return the addresses of this process's heap and other memory that no file is behind."""
    found = []
    with open("/proc/self/maps") as maps:
        for line in maps:
            where, rights, *_, name = line.rstrip("\n").split(" ", 5)
            if rights.startswith("rw") and name.strip() in ("", "[heap]"):
                start, end = (int(address, 16) for address in where.split("-"))
                found.append((start, end))
    return found
