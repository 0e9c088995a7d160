"""Route 53 that refuses the record sets that DNS does not allow; the rules are `awslab.world.route53`."""

from moto.core.responses import BaseResponse
from moto.route53.responses import Route53

from awslab.server import errors
from awslab.server.errors import AWSError
from awslab.world import route53 as rules
from awslab.world.request_error import RequestError

__all__ = ["install", "reset"]


def install() -> None:
    """Look at each batch of changes before moto does; once."""
    if getattr(Route53, "lab", False):
        return
    Route53.lab = True  # type: ignore[attr-defined]
    errors.check_requests("route53", check)


def reset() -> None:
    """Nothing to do: all state hangs on moto's own zones."""


def check(response: BaseResponse, operation: str) -> None:
    """Raise the AWSError with which Route 53 refuses a batch of changes, if it does.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    """
    if operation != "ChangeResourceRecordSets":
        return
    assert isinstance(response, Route53)
    zone = response.backend.get_hosted_zone(response._get_param("HostedZoneId"))
    there = [
        {
            "Name": each.name,
            "Type": each.type,
            "SetIdentifier": each.set_identifier,
            "TTL": each.ttl,
            "ResourceRecords": each.resource_records,
            "AliasTarget": each.alias_target,
        }
        for each in zone.rrsets
    ]
    try:
        rules.check_changes(zone.name, there, response._get_param("ChangeBatch.Changes") or [])
    except RequestError as error:
        raise AWSError(error.code, error.message) from None
