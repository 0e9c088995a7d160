"""The warm process of whoever grades here: that of the command for its local workers, else one of their own."""

import atexit
import contextlib
import os
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any

from autograde.processes import WARM_UP, Warm, Zygote
from autograde.sandbox import tiers
from autograde.sandbox.tiers import Tier
from autograde.wire import Channel, WireError

SHARED = "AUTOGRADE_WARM"  # an environment variable: the path of the command's own warm process
_own: Warm | None = None
_shared: "Shared | None" = None


def expect_lab() -> None:
    """Have the command's own warm process, if there is one, prepare labs."""
    if _shared:
        with contextlib.suppress(WireError):  # a worker finds out
            _shared.expect_lab()


class Shared:
    """One warm process for all local workers, warming up while the command loads; use it as a context manager.

    Workers find it by the environment: a socket in a folder that only this user may enter.
    """

    def __init__(self, tier: Tier) -> None:
        global _shared
        _shared = self
        self._tier, self._labs = tier, False
        self._folder = tempfile.TemporaryDirectory(prefix="autograde-")
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(Path(self._folder.name, "warm")))
        self._door.listen()
        os.environ[SHARED] = self._door.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            self._zygote = Zygote(self._tier)
        except WireError:  # a worker starts its own, and that one says what is wrong
            self._door.close()
            return
        if self._labs:
            self._zygote.expect_lab()
        while True:
            try:
                stream, _ = self._door.accept()
                ours, theirs = Channel.pair()
                with stream, ours.stream, theirs.stream:
                    tier = {"name": self._tier.name, "flag": self._tier.flag}
                    Channel(stream).send(tier, [theirs.fileno()])
                    self._zygote.join(stream, ours.stream)
            except (OSError, WireError):  # the door is closed, or the warm process has ended
                self._door.close()
                return

    def expect_lab(self) -> None:
        """Have labs prepared, as soon as the warm process is there."""
        self._labs = True
        if hasattr(self, "_zygote"):
            self._zygote.expect_lab()

    def __enter__(self) -> "Shared":
        return self

    def __exit__(self, *error: Any) -> None:
        global _shared
        _shared = None
        os.environ.pop(SHARED, None)
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        if hasattr(self, "_zygote"):
            self._zygote.close()
        self._folder.cleanup()


def own_zygote(unsandboxed: bool = False) -> Warm:
    """Return this process's way to a warm process, a new one if the last has died.

    `unsandboxed` is for `tiers.find`.
    """
    global _own
    if _own is None:
        atexit.register(_close)
        _own = _joined()
    if _own is not None and not _own.alive():
        _own.close()
        _own = None
    if _own is None:
        _own = Zygote(tiers.find(unsandboxed))
    return _own


def _joined() -> Warm | None:
    """Return a channel to the command's own warm process, None where there is none."""
    if not (path := os.environ.get(SHARED)):
        return None
    stream = socket.socket(socket.AF_UNIX)
    try:
        stream.connect(path)
        channel = Channel(stream)
        found, (labs,) = channel.receive_with_files(WARM_UP)
        tier = Tier(**found, wrap=list)
        return Warm(channel, tier, Warm(Channel(socket.socket(fileno=labs)), tier))
    except (OSError, WireError):
        stream.close()
        return None


def _close() -> None:
    if _own is not None:
        _own.close()
