"""What Route 53 refuses of a batch of changes."""

import pytest

from awslab.world.request_error import RequestError
from awslab.world.route53 import check_changes

ZONE = "shop.example."
ALIAS = {"DNSName": "web.elb.example", "HostedZoneId": "Z1", "EvaluateTargetHealth": False}


def record(name, kind="A", value="192.0.2.1", **fields):
    """Make a record set of one value, but for what is given."""
    made = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}], **fields}
    return {key: value for key, value in made.items() if value is not None}


def alias(name):
    """Make an alias record."""
    return record(name, TTL=None, ResourceRecords=None, AliasTarget=ALIAS)


def change(action, *records):
    """Make changes that all have one action."""
    return [{"Action": action, "ResourceRecordSet": each} for each in records]


THERE = [
    record("shop.example.", "NS", "ns-1.example."),
    record("shop.example.", "SOA", "ns-1.example. hostmaster 1"),
    record("www.shop.example.", "CNAME", "shop.example"),
    record("api.shop.example."),
]
FORM = "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]"


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            change("CREATE", record("Shop.example", "CNAME", "web.example")),
            "InvalidChangeBatch",
            "[RRSet of type CNAME with DNS name shop.example. is not permitted at apex in zone "
            "shop.example.]",
        ),
        (
            change("UPSERT", record("api.shop.example", "CNAME", "web.example")),
            "InvalidChangeBatch",
            "is not permitted as it conflicts with other records with the same DNS name",
        ),
        (
            change("CREATE", record("www.shop.example")),
            "InvalidChangeBatch",
            "because a conflicting RRSet of type  CNAME with the same DNS name already exists",
        ),
        (
            change("CREATE", record("api.shop.example", value="192.0.2.9")),
            "InvalidChangeBatch",
            "[Tried to create resource record set [name='api.shop.example.', type='A'] but it "
            "already exists]",
        ),
        (
            change("DELETE", record("gone.shop.example")),
            "InvalidChangeBatch",
            "but it was not found",
        ),
        (
            change("DELETE", record("api.shop.example", value="192.0.2.9")),
            "InvalidChangeBatch",
            "but the values provided do not match the current values",
        ),
        (
            change("CREATE", record("myshop.example")),
            "InvalidChangeBatch",
            "RRSet with DNS name myshop.example. is not permitted in zone shop.example.",
        ),
        (change("CREATE", record("a.shop.example", TTL=None)), "InvalidInput", FORM),
        (
            change("CREATE", record("a.shop.example", AliasTarget=ALIAS)),
            "InvalidInput",
            "but found more than one in Change with",
        ),
    ],
)
def test_what_dns_or_the_zone_does_not_allow_is_refused(changes, code, message):
    """With the code and words of Route 53."""
    with pytest.raises(RequestError) as error:
        check_changes(ZONE, THERE, changes)

    assert error.value.code == code
    assert message in error.value.message


@pytest.mark.parametrize(
    "changes",
    [
        change("CREATE", alias("shop.example")),
        change("UPSERT", record("api.shop.example", value="192.0.2.9")),
        change("UPSERT", record("www.shop.example", "CNAME", "other.example")),
        change("DELETE", record("WWW.shop.example", "CNAME", "shop.example"))
        + change("CREATE", record("www.shop.example")),
        change("CREATE", record("b.shop.example", SetIdentifier="1", Weight=1))
        + change("CREATE", record("b.shop.example", SetIdentifier="2", Weight=1)),
    ],
)
def test_what_fits_is_accepted(changes):
    """An alias at the apex, changed values, and a CNAME that the same batch takes away first."""
    assert check_changes(ZONE, THERE, changes) is None
