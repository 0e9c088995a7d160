"""Which certificate a load balancer shows for a name, and whether a client that asked for it accepts that.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Certificate", "chosen", "covers", "names"]


@dataclass(frozen=True)
class Certificate:
    """One certificate of a listener: its ARN and the domain names it is for.

    `pem` is an imported certificate with its chain and key; without it the authority signs one.
    """

    arn: str
    domains: tuple[str, ...]
    pem: bytes | None = None


def covers(domain: str, host: str) -> bool:
    """Tell whether a certificate's domain name covers a host name.

    `*.example.com` covers names with exactly one label more, so neither `example.com` nor `a.b.example.com`.
    https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html
    """
    domain, host = domain.lower().rstrip("."), host.lower().rstrip(".")
    if domain.startswith("*."):
        label, _, rest = host.partition(".")
        return bool(label) and rest == domain[2:]
    return domain == host


def names(certificate: Certificate, host: str) -> bool:
    """Tell whether a certificate is for a host name: a client refuses the connection when it is not."""
    return any(covers(domain, host) for domain in certificate.domains)


def chosen(certificates: Sequence[Certificate], host: str | None) -> Certificate:
    """Return the certificate that a listener shows to a client that asks for `host` (SNI; None: it names none).

    It is one that matches the name, an exact match before a wildcard; else the default one, which comes first.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
    """
    if host:
        exact = [c for c in certificates if host.lower() in (d.lower() for d in c.domains)]
        wild = [c for c in certificates if names(c, host)]
        return next(iter([*exact, *wild]), certificates[0])
    return certificates[0]
