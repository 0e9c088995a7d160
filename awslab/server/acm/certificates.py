"""Certificates requested, validated by DNS on the simulated clock, described, deleted only while nothing uses them.

https://docs.aws.amazon.com/acm/latest/userguide/gs-acm-request-public.html
"""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any

from moto.acm.exceptions import CertificateNotFound
from moto.acm.models import AWSCertificateManagerBackend, CertBundle
from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.base_backend import BackendDict
from moto.core.responses import ActionResult

from awslab.server import clock, names
from awslab.server.errors import AWSError

PENDING, ISSUED, FAILED, TIMED_OUT = (
    "PENDING_VALIDATION",
    "ISSUED",
    "FAILED",
    "VALIDATION_TIMED_OUT",
)
# AWS looks for the record by itself and says "several minutes"; a minute after it is there is enough here.
LOOK = timedelta(minutes=1)
# https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
GIVES_UP = timedelta(hours=72)
POLL = timedelta(seconds=5)
# https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html
_AMAZONS = ("amazonaws.com", "cloudfront.net", "elasticbeanstalk.com")
_MAILBOXES = ("administrator", "hostmaster", "postmaster", "webmaster", "admin")

_moto_request = AWSCertificateManagerBackend.request_certificate
_moto_delete = AWSCertificateManagerBackend.delete_certificate
_moto_describe = CertBundle.describe
_moto_answer_request = AWSCertificateManagerResponse.request_certificate
_moto_not_valid_before = CertBundle._not_valid_before


def request_certificate(self: AWSCertificateManagerResponse) -> ActionResult:
    """Answer RequestCertificate; without ValidationMethod ACM writes e-mails, which nobody reads here.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    """
    method = self._get_param("ValidationMethod") or "EMAIL"
    if method not in ("DNS", "EMAIL", "HTTP"):
        raise AWSError(
            "ValidationException",
            f"1 validation error detected: Value '{method}' at 'validationMethod' failed to satisfy "
            "constraint: Member must satisfy enum value set: [EMAIL, DNS, HTTP]",
        )
    answer = _moto_answer_request(self)
    certificate = self.acm_backend._certificates[answer.result["CertificateArn"]]
    vars(certificate).setdefault("lab_method", method)
    return answer


def requested(
    self: AWSCertificateManagerBackend,
    domain_name: str,
    idempotency_token: str,
    subject_alt_names: list[str],
    *arguments: Any,
    **kwargs: Any,
) -> str:
    """Request a certificate and begin to look for its validation records."""
    arn = _moto_request(
        self, domain_name, idempotency_token, subject_alt_names, *arguments, **kwargs
    )
    certificate = self._certificates[arn]
    if certificate.type == "AMAZON_ISSUED" and not hasattr(certificate, "lab_requested"):
        certificate.lab_requested = clock.current.now
        certificate.lab_next_look = clock.current.now + LOOK
        # In the order of the request: moto keeps them in a set.
        certificate.sans = list(dict.fromkeys([domain_name, *(subject_alt_names or [])]))
        if any(name.lower().endswith(_AMAZONS) for name in certificate.sans):
            certificate.status, certificate.lab_next_look = FAILED, None
    return arn


def describe_certificate(self: AWSCertificateManagerResponse) -> ActionResult:
    """Answer DescribeCertificate; asking for one that is not issued yet passes five simulated seconds."""
    arn = self._get_param("CertificateArn")
    if arn is None:
        raise AWSError(
            "ValidationException",
            "A required parameter for the specified action is not supplied.",
        )
    certificate = self.acm_backend.get_certificate(arn)
    if certificate.status == PENDING:
        clock.current.advance(POLL)
    return ActionResult(result=certificate.describe())


# --- on the clock --------------------------------------------------------------------------------


def _pending(backends: BackendDict) -> Iterator[CertBundle]:
    for account in list(backends.values()):
        for backend in list(account.values()):
            for certificate in backend._certificates.values():
                if certificate.status == PENDING and getattr(certificate, "lab_next_look", None):
                    yield certificate


def due(backends: BackendDict) -> datetime | None:
    """Return the moment at which ACM next looks for a validation record."""
    return min((each.lab_next_look for each in _pending(backends)), default=None)


def run(backends: BackendDict, now: datetime) -> None:
    """Issue the certificates whose records are there, and give up on those that waited too long."""
    for certificate in list(_pending(backends)):
        if certificate.lab_next_look > now:
            continue
        certificate.lab_next_look = now + LOOK
        dns = getattr(certificate, "lab_method", "EMAIL") == "DNS"
        if dns and all(_validated(certificate, domain) for domain in certificate.sans):
            certificate.status, certificate.lab_issued = ISSUED, now
        elif now - certificate.lab_requested >= GIVES_UP:
            certificate.status = TIMED_OUT


def record(certificate: CertBundle, domain: str) -> dict[str, str]:
    """Return the CNAME record that proves control of a domain; `*.x` and `x` share one.

    https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
    """
    account, base = certificate.arn.split(":")[4], domain.removeprefix("*.")
    name, value = (
        md5(f"{account}{base}{part}".encode(), usedforsecurity=False).hexdigest()
        for part in ("name", "value")
    )
    return {
        "Name": f"_{name}.{base}.",
        "Type": "CNAME",
        "Value": f"_{value}.acm-validations.aws.",
    }


def _validated(certificate: CertBundle, domain: str) -> bool:
    wanted = record(certificate, domain)
    return any(
        found.type == "CNAME"
        and wanted["Value"].rstrip(".") in [v.rstrip(".") for v in found.records]
        for found in names.records(wanted["Name"])
    )


# --- in moto's place -----------------------------------------------------------------------------


def check(self: CertBundle) -> None:
    """Let a certificate expire; being issued is the clock's business, not a matter of waiting."""
    if self._not_valid_after(self._cert) <= clock.current.now.replace(tzinfo=None):
        self.status = "EXPIRED"


def not_valid_before(self: CertBundle, certificate: Any) -> datetime:
    """Return the start of a certificate's validity, at the latest the lab's first moment.

    A certificate made with openssl today is from the future for a simulated clock.
    """
    return min(_moto_not_valid_before(self, certificate), clock.EPOCH.replace(tzinfo=None))


def describe(self: CertBundle) -> dict[str, Any]:
    """Return a CertificateDetail: https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html."""
    answer = _moto_describe(self)
    detail = answer["Certificate"]
    detail["InUseBy"] = users(self.arn)
    if self.type != "AMAZON_ISSUED":
        return answer
    detail["DomainValidationOptions"] = [_option(self, domain) for domain in self.sans]
    for key in (
        ("IssuedAt",) if self.status == ISSUED else ("IssuedAt", "NotBefore", "NotAfter", "Serial")
    ):
        detail.pop(key, None)
    if self.status == ISSUED:
        detail["IssuedAt"] = self.lab_issued.timestamp()
        detail["RenewalEligibility"] = "ELIGIBLE" if detail["InUseBy"] else "INELIGIBLE"
    if self.status == FAILED:
        detail["FailureReason"] = "ADDITIONAL_VERIFICATION_REQUIRED"
    return answer


def _option(self: CertBundle, domain: str) -> dict[str, Any]:
    status = {ISSUED: "SUCCESS", PENDING: PENDING}.get(self.status, "FAILED")
    method = getattr(self, "lab_method", "EMAIL")
    option: dict[str, Any] = {
        "DomainName": domain,
        "ValidationStatus": status,
        "ValidationMethod": method,
    }
    if method == "DNS":
        return option | {"ResourceRecord": record(self, domain)}
    base = domain.removeprefix("*.")
    emails = [f"{box}@{base}" for box in _MAILBOXES]
    return option | {"ValidationDomain": domain, "ValidationEmails": emails}


def users(arn: str) -> list[str]:
    """Return the ARNs of the load balancers that show a certificate."""
    if "awslab.server.elbv2" not in sys.modules:
        return []
    from awslab.server.elbv2 import state

    return [
        balancer.arn
        for backend in state.backends()
        for balancer in backend.load_balancers.values()
        if any(arn in listener.certificates for listener in balancer.listeners.values())
    ]


def delete_certificate(self: AWSCertificateManagerBackend, arn: str) -> None:
    """Delete a certificate that nothing uses.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html
    """
    if arn not in self._certificates:
        raise CertificateNotFound(arn=arn, account_id=self.account_id)
    if users(arn):
        raise AWSError(
            "ResourceInUseException",
            f"Certificate {arn} in account {self.account_id} is in use.",
        )
    _moto_delete(self, arn)
