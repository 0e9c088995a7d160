"""The warm process of whoever grades here: one for each worker, started when first needed."""

import atexit

from autograde.processes import Zygote

_own: Zygote | None = None


def own_zygote() -> Zygote:
    """Return this process's zygote, a new one if the last has died."""
    global _own
    if _own is None or _own.process.poll() is not None:
        if _own is None:
            atexit.register(_close)
        _own = Zygote()
    return _own


def _close() -> None:
    if _own is not None:
        _own.close()
