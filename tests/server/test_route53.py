"""Route 53 as boto3 sees it: what it refuses is not there afterwards."""

import pytest

from tests.server.elb import refused


@pytest.fixture
def dns(app, session):
    """A Route 53 client."""
    return session.client("route53")


def put(dns, zone, **record):
    """Return what Route 53 says to creating one record set with a TTL of a minute."""
    change = {"Action": "CREATE", "ResourceRecordSet": {"TTL": 60, **record}}
    return refused(
        dns.change_resource_record_sets, HostedZoneId=zone, ChangeBatch={"Changes": [change]}
    )


def test_a_cname_at_the_top_of_a_zone_is_refused(dns):
    """Plain moto takes it."""
    zone = dns.create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"]
    code, message = put(
        dns, zone, Name="shop.example", Type="CNAME", ResourceRecords=[{"Value": "a.b"}]
    )
    kinds = [
        each["Type"]
        for each in dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    ]

    assert code == "InvalidChangeBatch"
    assert message == (
        "[RRSet of type CNAME with DNS name shop.example. is not permitted at apex in zone "
        "shop.example.]"
    )
    assert sorted(kinds) == ["NS", "SOA"]
