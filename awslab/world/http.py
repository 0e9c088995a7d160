"""HTTP as plain data: what a client asked, what an app or a load balancer answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """One request; header names are lower case, `path` is without the query, `query` is as sent."""

    method: str = "GET"
    path: str = "/"
    host: str = ""
    scheme: str = "http"
    port: int = 80
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    source_ip: str = "203.0.113.10"


@dataclass(frozen=True)
class Response:
    """One answer; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
