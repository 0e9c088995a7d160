"""Find moto's backends fast: every look-up of moto's takes a lock and walks a list of all services.

The name of a host's service is looked for in moto's folder on disk and in 200 patterns, for every request.

A list of accounts that has an account is in moto's list of those to reset already, so there is nothing more to do.
"""

from functools import lru_cache
from typing import Any

from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

_named = lru_cache(512)(DomainDispatcherApplication.get_backend_for_host)
_original = BackendDict.__getitem__


def install() -> None:
    """Let `<service>_backends[account]` return at once an account that is there."""
    BackendDict.__getitem__ = get  # type: ignore[method-assign]
    DomainDispatcherApplication.get_backend_for_host = _named  # type: ignore[method-assign]


def get(self: Any, account_id: str) -> Any:
    """Return what a service keeps for an account, made by moto when it is not there yet."""
    found = dict.get(self, account_id)
    return _original(self, account_id) if found is None else found


def reset() -> None:
    """Forget every account of every service.

    While moto resets one service, another may make its account anew, behind moto's back: Application Auto Scaling
    holds ECS's. Such an account is in no list of moto's afterwards, and the next reset would leave it as it is.
    """
    used = list(BackendDict._instances)  # type: ignore[misc]
    BackendDict.reset()
    for each in used:
        each.clear()
