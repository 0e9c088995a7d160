"""Host names that the lab's door answers, besides AWS's API and the registries: load balancers.

An extension appends a resolver: a function from a host name to a WSGI application, or None when it is not its own.
"""

from collections.abc import Callable, Iterable
from typing import Any

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

RESOLVERS: list[Callable[[str], WSGI | None]] = []


def resolve(host: str) -> WSGI | None:
    """Return who answers for a host name, or None."""
    return next((found for resolver in RESOLVERS if (found := resolver(host))), None)
