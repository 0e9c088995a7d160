"""Where the name of an AWS service leads to from inside a VPC, and the way there.

`resolve` answers as the Route 53 Resolver of the VPC does; `service_path` then walks to the answer.
https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
"""

from dataclasses import dataclass

from awslab.world.network import Endpoint, Hop, Interface, Network, Path
from awslab.world.network_path import UnknownPlace, until_stopped, walk

__all__ = ["HTTPS", "SERVICES", "Answer", "host_name", "resolve", "service_path"]

HTTPS = 443
# A service's host name, and one of the public addresses behind it. S3's and DynamoDB's are
# inside the prefix lists that gateway endpoints route; the others are one address each.
SERVICES = {
    "ecr.api": ("api.ecr.{region}.amazonaws.com", "44.213.79.10"),
    "ecr.dkr": ("*.dkr.ecr.{region}.amazonaws.com", "44.213.79.20"),
    "s3": ("s3.{region}.amazonaws.com", "52.216.0.10"),
    "dynamodb": ("dynamodb.{region}.amazonaws.com", "52.94.0.10"),
    "logs": ("logs.{region}.amazonaws.com", "44.213.79.30"),
    "secretsmanager": ("secretsmanager.{region}.amazonaws.com", "44.213.79.40"),
    "ssm": ("ssm.{region}.amazonaws.com", "44.213.79.50"),
    "kms": ("kms.{region}.amazonaws.com", "44.213.79.60"),
    "sts": ("sts.{region}.amazonaws.com", "44.213.79.70"),
    "sqs": ("sqs.{region}.amazonaws.com", "44.213.79.80"),
}


@dataclass(frozen=True)
class Answer:
    """What the VPC's resolver answers: an address, the endpoint it belongs to, if any, and why.

    `address` is None when the name does not resolve.
    """

    address: str | None
    endpoint: str | None
    why: str


def host_name(service: str, region: str) -> str:
    """Return the host name of a service in a Region.

    Raises UnknownPlace for a service that the lab has no name for.
    """
    if service not in SERVICES:
        raise UnknownPlace(f"{service!r} is none of the services {', '.join(SERVICES)}")
    return SERVICES[service][0].format(region=region)


def resolve(network: Network, vpc_id: str, service: str, zone: str = "") -> Answer:
    """Return where a service's name leads to from a VPC.

    Without DNS support of the VPC no name resolves.
    An interface endpoint with private DNS names answers with its own address, the one in `zone` if it has one,
    as long as the VPC has DNS support and DNS hostnames on; otherwise the answer is a public address.
    Raises UnknownPlace for an unknown service.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
    """
    name, vpc = host_name(service, network.region), network.vpcs[vpc_id]
    if not vpc.dns_support:
        why = f"{name} does not resolve: enableDnsSupport of {vpc_id} is off, so it has no DNS server."
        return Answer(None, None, why)
    public = SERVICES[service][1]
    endpoint = _interface_endpoint(network, vpc_id, service)
    if endpoint is None:
        return Answer(public, None, f"{name} is the public address {public}.")
    if not endpoint.private_dns:
        why = f"{name} is the public address {public}: private DNS names are off for {endpoint.id}."
        return Answer(public, None, why)
    if not vpc.dns_hostnames:
        why = (
            f"{name} is the public address {public}: enableDnsHostnames of {vpc_id} is off, so the "
            f"private DNS names of {endpoint.id} do not work."
        )
        return Answer(public, None, why)
    own = _address(network, endpoint, zone)
    return Answer(own, endpoint.id, f"{name} is {own}, the interface endpoint {endpoint.id}.")


def _interface_endpoint(network: Network, vpc_id: str, service: str) -> Endpoint | None:
    full = f"com.amazonaws.{network.region}.{service}"
    candidates = [
        each
        for each in network.endpoints.values()
        if each.vpc == vpc_id and each.service == full and not each.gateway
        if each.state == "available" and any(i in network.interfaces for i in each.interfaces)
    ]
    return max(candidates, key=lambda each: each.private_dns, default=None)


def _address(network: Network, endpoint: Endpoint, zone: str) -> str:
    own = [network.interfaces[i] for i in endpoint.interfaces if i in network.interfaces]
    # AWS takes the addresses of an impaired zone out of the answer.
    own = [each for each in own if not network.is_down(each.subnet)] or own
    near = [each for each in own if network.subnets[each.subnet].zone == zone]
    return (near or own)[0].addresses[0]


def service_path(network: Network, source: Interface, service: str) -> Path:
    """Return the way from an interface to a service by HTTPS: the name's answer first, then every hop.

    Raises UnknownPlace for an unknown service.
    """
    subnet = network.subnets[source.subnet]
    answer = resolve(network, subnet.vpc, service, subnet.zone)
    name = host_name(service, network.region)
    dns = Hop(
        "DNS", name, answer.address is not None, answer.why, "" if answer.address else "NO_PATH"
    )
    hops = [dns]
    if answer.address:
        hops += until_stopped(walk(network, source, answer.address, "tcp", HTTPS))
    return Path(source.id, service, HTTPS, "tcp", tuple(hops))
