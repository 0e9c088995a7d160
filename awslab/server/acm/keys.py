"""RSA keys for the certificates that ACM issues: finding one takes 30 to 200 ms, so a lab may have some ready.

A lab that is forked for every submission takes them along; each key serves one certificate of a lab.
"""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from moto.acm.models import CertBundle

_ready: list[rsa.RSAPrivateKey] = []
_find = rsa.generate_private_key
_moto_generate = CertBundle.generate_cert.__func__  # type: ignore[attr-defined]
_moto_validate = CertBundle.validate_pk


def prepare(count: int) -> None:
    """Have so many keys ready."""
    while len(_ready) < count:
        _ready.append(_find(65537, 2048))


def _take(public_exponent: int, key_size: int, backend: Any = None) -> rsa.RSAPrivateKey:
    if _ready and (public_exponent, key_size) == (65537, 2048):
        return _ready.pop(0)
    return _find(public_exponent, key_size, backend)


@classmethod  # type: ignore[misc]
def generate_cert(cls: type[CertBundle], *arguments: Any, **kwargs: Any) -> CertBundle:
    """Make a certificate, with a key that is ready; moto looks the function up at every call."""
    rsa.generate_private_key = _take
    try:
        return _moto_generate(cls, *arguments, **kwargs)
    finally:
        rsa.generate_private_key = _find


def validate_pk(self: CertBundle) -> Any:
    """Read a certificate's key; one that was made here needs no proof, which takes 35 ms."""
    if self.type == "AMAZON_ISSUED":
        return load_pem_private_key(self.key, None, unsafe_skip_rsa_key_validation=True)
    return _moto_validate(self)
