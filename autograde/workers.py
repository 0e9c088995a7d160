"""The warm process of whoever grades here: one for each worker, started when first needed."""

import atexit

from autograde.processes import Zygote
from autograde.sandbox import tiers

_own: Zygote | None = None


def own_zygote(unsandboxed: bool = False) -> Zygote:
    """Return this process's zygote, a new one if the last has died; `unsandboxed` as for `tiers.find`."""
    global _own
    if _own is None or _own.process.poll() is not None:
        if _own is None:
            atexit.register(_close)
        _own = Zygote(tiers.find(unsandboxed))
    return _own


def _close() -> None:
    if _own is not None:
        _own.close()
