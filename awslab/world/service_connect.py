"""Service Connect's endpoints: what a service's configuration offers, and under which names its clients find it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from awslab.world.ecs_placement import refuse

__all__ = ["Endpoint", "attempts", "check", "endpoints", "find", "is_enabled"]

Params = Mapping[str, Any]
# The proxy tries a request twice again, each time at another task.
RETRIES = 2
_DISCOVERY_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Endpoint:
    """One port of a service in a namespace: `dns_name:port` for clients, `target_port` on each task.

    `encrypted` tells whether the proxies of client and server speak TLS with each other.
    """

    discovery_name: str
    dns_name: str
    port: int
    target_port: int
    encrypted: bool = False


def is_enabled(configuration: Params | None) -> bool:
    """Tell whether a service takes part in Service Connect, as a server or only as a client."""
    return bool((configuration or {}).get("enabled"))


def check(entry: Params) -> None:
    """Accept one entry of a configuration's `services`.

    Raises RequestError.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectService.html
    """
    aliases = entry.get("clientAliases") or []
    if len(aliases) > 1:
        refuse(f"{len(aliases)} clientAliases exceeds the max limit of 1")
    for port in [alias.get("port") for alias in aliases] + [entry.get("ingressPortOverride", 1)]:
        if port not in range(1, 65536):
            refuse(f"The port {port} is not between 1 and 65535.")
    name = entry.get("discoveryName") or entry.get("portName") or ""
    if not _DISCOVERY_NAME.fullmatch(name):
        refuse(
            f"The discovery name {name!r} must have 1 to 64 lowercase letters, numbers, underscores and "
            "hyphens, and must not begin with a hyphen."
        )
    tls = entry.get("tls")
    if tls is not None:
        authority = tls.get("issuerCertificateAuthority") or {}
        if not authority.get("awsPcaAuthorityArn") or not tls.get("roleArn"):
            refuse(
                "TLS needs the awsPcaAuthorityArn of a private CA and the roleArn of an infrastructure role."
            )


def endpoints(
    configuration: Params | None, containers: Iterable[Params], namespace: str
) -> tuple[Endpoint, ...]:
    """Return what a service offers; `containers` are its task definition's, `namespace` is a name.

    Without `discoveryName` the port mapping's name counts, without a client alias `<discoveryName>.<namespace>`.
    A service whose port name no mapping has is left out: ECS has refused it before.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectService.html
    """
    if not is_enabled(configuration):
        return ()
    ports = {
        mapping["name"]: int(mapping["containerPort"])
        for container in containers
        for mapping in container.get("portMappings") or []
        if mapping.get("name")
    }
    found = []
    for entry in (configuration or {}).get("services") or []:
        port = ports.get(entry.get("portName"))
        if port is None:
            continue
        discovery = entry.get("discoveryName") or entry["portName"]
        alias = next(iter(entry.get("clientAliases") or []), {})
        found.append(
            Endpoint(
                discovery_name=discovery,
                dns_name=alias.get("dnsName") or f"{discovery}.{namespace}",
                port=int(alias.get("port") or port),
                target_port=int(entry.get("ingressPortOverride") or port),
                encrypted=bool(entry.get("tls")),
            )
        )
    return tuple(found)


def find(known: Iterable[tuple[str, Endpoint]], host: str) -> list[tuple[str, Endpoint]]:
    """Return the endpoints, each with an id, that a client's proxy has under a host name, on any port."""
    return [(identity, each) for identity, each in known if each.dns_name == host.lower()]


def attempts(addresses: list[str], turn: int) -> list[str]:
    """Return the tasks that the proxy tries for its request number `turn`, in order: round robin.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
    """
    start = turn % max(1, len(addresses))
    return (addresses[start:] + addresses[:start])[: 1 + RETRIES]
