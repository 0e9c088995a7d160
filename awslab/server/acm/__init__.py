"""ACM whose certificates are issued once DNS says so: the CNAME record that ACM names stands in a public hosted zone.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
"""

from moto.acm.models import AWSCertificateManagerBackend, CertBundle, acm_backends
from moto.acm.responses import AWSCertificateManagerResponse

from awslab.server import clock
from awslab.server.acm import certificates, keys

__all__ = ["install", "reset"]


def install() -> None:
    """Attach the lab's validation to moto's certificates, and to the simulated clock; once."""
    if getattr(AWSCertificateManagerResponse, "lab", False):
        return
    AWSCertificateManagerResponse.lab = True  # type: ignore[attr-defined]
    for name in ("request_certificate", "describe_certificate"):
        setattr(AWSCertificateManagerResponse, name, getattr(certificates, name))
    AWSCertificateManagerBackend.request_certificate = certificates.requested  # type: ignore[method-assign]
    AWSCertificateManagerBackend.delete_certificate = certificates.delete_certificate  # type: ignore[method-assign]
    CertBundle.generate_cert = keys.generate_cert  # type: ignore[method-assign]
    CertBundle.validate_pk = keys.validate_pk  # type: ignore[method-assign]
    CertBundle.check = certificates.check  # type: ignore[method-assign]
    CertBundle.describe = certificates.describe  # type: ignore[method-assign]
    CertBundle._not_valid_before = certificates.not_valid_before  # type: ignore[method-assign]
    clock.current.every(
        lambda: certificates.due(acm_backends), lambda at: certificates.run(acm_backends, at)
    )


def reset() -> None:
    """Nothing to do: all state hangs on moto's own certificates."""
