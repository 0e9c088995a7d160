"""The certificates of a listener, as its clients see them."""

from cryptography import x509
from moto.elbv2.models import FakeListener

from awslab.world.certificates import Certificate


def of(listener: FakeListener) -> list[Certificate]:
    """Return the certificates of a listener, the default one first.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
    """
    return [_certificate(arn) for arn in dict.fromkeys(listener.certificates)]


def _certificate(arn: str) -> Certificate:
    _, partition, service, region, account, _ = arn.split(":", 5)
    if service == "iam":
        from moto.iam.models import iam_backends

        stored = iam_backends[account][partition].get_certificate_by_arn(arn)
        parts = (stored.cert_body, stored.cert_chain, stored.private_key)
        pem = "\n".join(part for part in parts if part).encode()
        return Certificate(arn, _domains(stored.cert_body.encode()), pem)
    from moto.acm.models import AWS_ROOT_CA, acm_backends

    bundle = acm_backends[account][region]._certificates[arn]
    if bundle.type != "IMPORTED":
        return Certificate(arn, tuple(bundle.sans))
    chain = bundle.chain.replace(AWS_ROOT_CA, b"")
    pem = b"\n".join([bundle.cert, chain, bundle.key])
    return Certificate(arn, tuple(bundle.sans) or (bundle.common_name,), pem)


def _domains(pem: bytes) -> tuple[str, ...]:
    extensions = x509.load_pem_x509_certificate(pem).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(names.get_values_for_type(x509.DNSName))
