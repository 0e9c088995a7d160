"""TLS as a load balancer terminates it: the lab's own certificate authority, and a socket wrapped for a listener.

Clients in a notebook trust the authority because `awslab.start()` points their CA bundle at it.
Names are really checked: a certificate for shop.example.com does not do for the load balancer's own name.
"""

import os
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from awslab.server import control
from awslab.world.certificates import Certificate, chosen

# The clients' clocks are real, the lab's is not: the certificates are valid on both.
_FROM, _TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)


class Authority:
    """A certificate authority with a key of its own, and the certificates it has signed.

    `folder` holds them for OpenSSL, which reads certificates from files only.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="awslab-tls-")
        self._folder = Path(folder or self._temporary.name)  # type: ignore[union-attr]
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Amazon"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Amazon of the mocked AWS"),
            ]
        )
        self._certificate = self._signed(
            self._name, self._key.public_key(), _authority_extensions()
        )
        self._contexts: dict[tuple[Certificate, ...], ssl.SSLContext] = {}

    @property
    def pem(self) -> str:
        """The authority's certificate, for clients to trust."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def context(self, certificates: Sequence[Certificate]) -> ssl.SSLContext:
        """Return a server's TLS settings that show the certificate for the name that the client asks for."""
        key = tuple(certificates)
        if key not in self._contexts:
            base = self._loaded(certificates[0])

            def choose(socket: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
                found = chosen(certificates, name)
                if found != certificates[0]:
                    socket.context = self.context([found])

            base.sni_callback = choose
            self._contexts[key] = base
        return self._contexts[key]

    def _loaded(self, certificate: Certificate) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        path = self._folder / f"certificate-{len(self._contexts)}.pem"
        path.touch(mode=0o600)
        path.write_bytes(certificate.pem or self._issued(certificate.domains))
        context.load_cert_chain(path)
        return context

    def _issued(self, domains: Sequence[str]) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        # A common name holds 64 characters; clients read the alternative names anyway.
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domains[0][:64])])
        certificate = self._signed(name, key.public_key(), _server_extensions(domains))
        return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def _signed(self, name: x509.Name, key: Any, extensions: list[tuple[Any, bool]]) -> Any:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_FROM)
            .not_valid_after(_TO - timedelta(days=0 if name == self._name else 1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256())


def _authority_extensions() -> list[tuple[Any, bool]]:
    usage = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
            "key_agreement", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    return [
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), True),
    ]


def _server_extensions(domains: Sequence[str]) -> list[tuple[Any, bool]]:
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([_alternative(each) for each in domains]), False),
    ]


def _alternative(domain: str) -> Any:
    try:
        return x509.IPAddress(ip_address(domain))
    except ValueError:
        return x509.DNSName(domain)


_authority: Authority | None = None


def authority(folder: str | os.PathLike[str] | None = None) -> Authority:
    """Return this process's authority, made at the first call; its files go to `folder` then."""
    global _authority
    if _authority is None:
        _authority = Authority(folder)
    return _authority


@control.action("ca")
def ca() -> dict[str, str]:
    """Return the authority's certificate, for a client to trust."""
    return {"pem": authority().pem}
