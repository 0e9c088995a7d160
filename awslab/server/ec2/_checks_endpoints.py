"""VPC endpoints that EC2 refuses to create."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES

from awslab.server.errors import AWSError

GATEWAY_SERVICES = ("s3", "dynamodb")


def check_endpoint(backend: Any, parameter: Callable[..., Any]) -> None:
    """Refuse an unknown service, a type it does not have, and private DNS that cannot work.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    """
    vpc = backend.get_vpc(parameter("VpcId"))
    service, kind = parameter("ServiceName"), parameter("VpcEndpointType") or "Gateway"
    short = _short_name(backend, service)
    if kind == "Gateway":
        if short not in GATEWAY_SERVICES:
            raise AWSError(
                "InvalidParameter",
                "Endpoint type (Gateway) does not match available service types ([Interface]).",
            )
        _check_tables(backend, vpc, service, parameter("RouteTableIds") or [])
        return
    if kind != "Interface":
        raise AWSError("UnsupportedOperation", "The lab simulates gateway and interface endpoints.")
    _check_subnets(backend, vpc, parameter("SubnetIds") or [])
    for group in parameter("SecurityGroupIds") or []:
        if backend.get_security_group_from_id(group) is None:
            text = f"The security group '{group}' does not exist"
            raise AWSError("InvalidGroup.NotFound", text)
    if str(parameter("PrivateDnsEnabled")).lower() != "false":
        _check_private_dns(backend, vpc, service)


def _short_name(backend: Any, service: str) -> str:
    prefix = f"com.amazonaws.{backend.region_name}."
    short = service.removeprefix(prefix)
    own = [each.service_name for each in backend.configurations.values()]
    if service in own or (service.startswith(prefix) and short in AWS_ENDPOINT_SERVICES):
        return short
    text = f"The Vpc Endpoint Service '{service}' does not exist"
    raise AWSError("InvalidServiceName", text)


def _check_tables(backend: Any, vpc: Any, service: str, table_ids: list[str]) -> None:
    for table_id in table_ids:
        table = backend.get_route_table(table_id)
        if table.vpc_id != vpc.id:
            raise AWSError(
                "InvalidParameter",
                f"Route table {table_id} and VPC {vpc.id} belong to different networks",
            )
        for route in table.routes:
            listed = route.destination_prefix_list
            if listed is not None and listed.prefix_list_name == service:
                raise AWSError(
                    "RouteAlreadyExists",
                    f"route table {table_id} already has a route with destination-prefix-list-id {listed.id}",
                )


def _check_subnets(backend: Any, vpc: Any, subnet_ids: list[str]) -> None:
    zones: set[str] = set()
    for subnet_id in subnet_ids:
        subnet = backend.get_subnet(subnet_id)
        if subnet.vpc_id != vpc.id:
            raise AWSError(
                "InvalidParameter",
                f"Subnet {subnet_id} does not belong to the VPC {vpc.id}",
            )
        if subnet.availability_zone in zones:
            raise AWSError(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnet_id}. VPC "
                "endpoint subnets should be in different availability zones supported by the VPC "
                "endpoint service.",
            )
        zones.add(subnet.availability_zone)


def _check_private_dns(backend: Any, vpc: Any, service: str) -> None:
    """https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html."""
    flags = (vpc.enable_dns_support, vpc.enable_dns_hostnames)
    if any(str(flag).lower() != "true" for flag in flags):
        raise AWSError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
            f"attributes set to true for {vpc.id}",
        )
    for other in backend.vpc_end_points.values():
        same = other.vpc_id == vpc.id and other.service_name == service
        if same and str(other.private_dns_enabled).lower() == "true":
            raise AWSError(
                "InvalidParameter",
                f"private-dns-enabled cannot be set because there is already a conflicting DNS domain "
                f"for {service} in the VPC {vpc.id}",
            )
