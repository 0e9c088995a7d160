"""Certificates: requested, validated by DNS, used by listeners, kept while they are in use."""

from datetime import UTC, timedelta

import pytest
from botocore.exceptions import ClientError
from moto.acm.models import acm_backends

from awslab.server import clock
from awslab.server.acm import keys
from awslab.world.account import ACCOUNT
from tests.server.elb import Shop

OK = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}


@pytest.fixture
def acm(app, session):
    """An ACM client of the empty lab."""
    return session.client("acm")


@pytest.fixture
def dns(app, session):
    """A Route 53 client of the empty lab."""
    return session.client("route53")


def request(acm, domain="shop.example.com", method="DNS", **more):
    """Request a certificate and return its ARN."""
    method = {"ValidationMethod": method} if method else {}
    return acm.request_certificate(DomainName=domain, **method, **more)["CertificateArn"]


def detail(acm, arn):
    """Return what ACM says of a certificate."""
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


def prove(dns, acm, arn, zone=None):
    """Put the validation records of a certificate into a public hosted zone."""
    zone = zone or dns.create_hosted_zone(Name="example.com", CallerReference="1")
    records = {
        option["ResourceRecord"]["Name"]: option["ResourceRecord"]
        for option in detail(acm, arn)["DomainValidationOptions"]
    }
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": each["Name"],
                "Type": each["Type"],
                "TTL": 60,
                "ResourceRecords": [{"Value": each["Value"]}],
            },
        }
        for each in records.values()
    ]
    dns.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"], ChangeBatch={"Changes": changes}
    )


def test_a_certificate_is_issued_once_its_record_is_there(acm, dns, advance):
    """Not by waiting alone: an hour without the record changes nothing."""
    arn = request(acm)
    advance(3600)
    waiting = detail(acm, arn)
    prove(dns, acm, arn)
    acm.get_waiter("certificate_validated").wait(
        CertificateArn=arn, WaiterConfig={"Delay": 0, "MaxAttempts": 20}
    )
    issued = detail(acm, arn)

    assert (waiting["Status"], "IssuedAt" in waiting) == ("PENDING_VALIDATION", False)
    assert issued["Status"] == "ISSUED"
    assert issued["IssuedAt"].astimezone(UTC) > clock.EPOCH + timedelta(hours=1)
    assert issued["DomainValidationOptions"][0]["ValidationStatus"] == "SUCCESS"


def test_every_name_needs_its_record_and_a_wildcard_shares_that_of_its_domain(acm, dns, advance):
    """Options come in the order of the request, the same in every run."""
    names = ["*.example.com", "api.example.com"]
    arn = request(acm, "example.com", SubjectAlternativeNames=names)
    options = detail(acm, arn)["DomainValidationOptions"]
    prove(dns, acm, arn)
    records = [option["ResourceRecord"] for option in options]
    advance(60)

    assert [option["DomainName"] for option in options] == ["example.com", *names]
    assert records[0] == records[1] != records[2]
    assert detail(acm, arn)["Status"] == "ISSUED"


@pytest.mark.parametrize("zone", ["private", "wrong value"])
def test_a_record_that_nobody_else_can_see_proves_nothing(acm, dns, session, advance, zone):
    """ACM looks from the internet, for exactly the value that it named."""
    arn = request(acm)
    if zone == "private":
        vpc = session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = dns.create_hosted_zone(
            Name="example.com",
            CallerReference="1",
            VPC={"VPCRegion": "us-east-1", "VPCId": vpc},
            HostedZoneConfig={"PrivateZone": True},
        )
        prove(dns, acm, arn, made)
    else:
        prove(dns, acm, request(acm, "other.example.com"))
    advance(600)

    assert detail(acm, arn)["Status"] == "PENDING_VALIDATION"


def test_validation_times_out_after_three_days(acm, advance):
    """72 hours without the record."""
    arn = request(acm)
    advance(72 * 3600)

    assert detail(acm, arn)["Status"] == "VALIDATION_TIMED_OUT"


def test_without_a_method_acm_writes_emails(acm, dns, advance):
    """There is no record then, and nobody reads the mail."""
    arn = request(acm, method=None)
    option = detail(acm, arn)["DomainValidationOptions"][0]
    advance(600)

    assert option["ValidationMethod"] == "EMAIL"
    assert "admin@shop.example.com" in option["ValidationEmails"]
    assert "ResourceRecord" not in option
    assert detail(acm, arn)["Status"] == "PENDING_VALIDATION"


def test_amazons_own_names_are_not_given_away(acm):
    """A load balancer's DNS name cannot have a certificate of one's own."""
    found = detail(acm, request(acm, "shop-1.us-east-1.elb.amazonaws.com"))

    assert (found["Status"], found["FailureReason"]) == (
        "FAILED",
        "ADDITIONAL_VERIFICATION_REQUIRED",
    )


def test_a_certificate_in_use_is_not_deleted(acm, dns, app, session):
    """InUseBy names the load balancer, until its listener is gone."""
    shop = Shop(session, app)
    shop.balancer()
    arn = request(acm)
    prove(dns, acm, arn)
    shop.advance(60)
    listener = shop.listener(OK, port=443, Protocol="HTTPS", Certificates=[{"CertificateArn": arn}])
    used = detail(acm, arn)["InUseBy"]
    with pytest.raises(ClientError) as error:
        acm.delete_certificate(CertificateArn=arn)
    shop.elb.delete_listener(ListenerArn=listener)
    acm.delete_certificate(CertificateArn=arn)

    assert used == [shop.arn]
    assert error.value.response["Error"]["Code"] == "ResourceInUseException"
    assert acm.list_certificates()["CertificateSummaryList"] == []


def test_an_unknown_validation_method_is_refused(acm):
    """DNS, EMAIL or HTTP."""
    with pytest.raises(ClientError) as error:
        request(acm, method="PHONE")

    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_keys_that_are_ready_serve_one_certificate_each(acm, monkeypatch):
    """Certificates take the keys there are, then new ones, and an imported key is still read with care."""
    monkeypatch.setattr(keys, "_ready", [])
    keys.prepare(1)
    ready = keys._ready[0].public_key()
    arns = [
        acm.request_certificate(DomainName=f"{name}.example.com")["CertificateArn"]
        for name in ("a", "b")
    ]
    kept = acm_backends[ACCOUNT]["us-east-1"]._certificates
    first, second = (kept[arn]._cert.public_key() for arn in arns)
    with pytest.raises(ClientError) as refused:
        acm.import_certificate(Certificate=kept[arns[0]].cert, PrivateKey=b"no key")

    assert first == ready
    assert second != ready
    assert kept[arns[0]]._key.public_key() == ready
    assert not keys._ready
    assert refused.value.response["Error"]["Code"] == "ValidationException"
