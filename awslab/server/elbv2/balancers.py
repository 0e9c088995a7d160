"""Create, change and delete load balancers as ELB does: two zones, an internet gateway, free addresses, interfaces.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
"""

import re
from datetime import timedelta
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.elbv2.exceptions import LoadBalancerNotFoundError
from moto.elbv2.models import AvailabilityZone, ELBv2Backend, FakeLoadBalancer

from awslab.server import clock, fabric
from awslab.server.ec2.interfaces import taken
from awslab.server.elbv2 import access_logs, state, targets, wire
from awslab.server.elbv2.serving import Node
from awslab.server.errors import AWSError

NAME_LENGTH = 32
FREE_ADDRESSES = 8
# AWS takes two to three minutes; a minute keeps lessons short and still makes people wait for "active".
PROVISIONING = timedelta(seconds=60)
POLL = timedelta(seconds=5)
# Route 53's zone of load balancers: https://docs.aws.amazon.com/general/latest/gr/elb.html
_HOSTED_ZONES = {"us-east-1": "Z35SXDOTRQ7X7K"}
DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
_ENUMS = {
    "routing.http.xff_header_processing.mode": ("append", "preserve", "remove"),
    "routing.http.desync_mitigation_mode": ("monitor", "defensive", "strictest"),
}
_RANGES = {"idle_timeout.timeout_seconds": (1, 4000), "client_keep_alive.seconds": (60, 604800)}

_moto_create = ELBv2Backend.create_load_balancer
_moto_delete = ELBv2Backend.delete_load_balancer
_moto_attributes = ELBv2Backend.modify_load_balancer_attributes
_moto_describe = ELBv2Backend.describe_load_balancers


def create_load_balancer(
    self: ELBv2Backend,
    name: str,
    security_groups: list[str] | None,
    subnet_ids: list[str] | None,
    subnet_mappings: list[dict[str, str]] | None = None,
    scheme: str | None = None,
    loadbalancer_type: str | None = None,
    ip_address_type: str = "ipv4",
    tags: list[dict[str, str]] | None = None,
) -> FakeLoadBalancer:
    """Create a load balancer, or return the one of the same name and settings.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    scheme = scheme or "internet-facing"
    wanted = [*(subnet_ids or []), *(each["SubnetId"] for each in subnet_mappings or [])]
    if loadbalancer_type not in (None, "application"):
        return _moto_create(
            self, name, security_groups or [], subnet_ids or [], subnet_mappings, scheme,
            loadbalancer_type, ip_address_type, tags,
        )  # fmt: skip
    _check_name(name)
    _check_enum("scheme", scheme, ("internet-facing", "internal"))
    subnets = _checked_subnets(self, wanted, scheme)
    groups = _checked_groups(self, security_groups, subnets[0].vpc_id)
    if known := _same_name(self, name, scheme, wanted, groups, ip_address_type):
        return known
    _check_free(self, subnets)
    balancer = _moto_create(
        self, name, groups, wanted, None, scheme, "application", ip_address_type, tags
    )
    _finish(self, balancer)
    return balancer


def _finish(self: ELBv2Backend, balancer: FakeLoadBalancer) -> None:
    serial = int(balancer.arn.rpartition("/")[2], 16) % 10**10
    prefix = "internal-" if balancer.scheme == "internal" else ""
    balancer.dns_name = f"{prefix}{balancer.name}-{serial}.{self.region_name}.elb.amazonaws.com"
    balancer.canonical_hosted_zone_id = _HOSTED_ZONES.get(
        self.region_name, balancer.canonical_hosted_zone_id
    )
    balancer.attrs = dict(DEFAULTS)
    balancer.lab_active_at = clock.current.now + PROVISIONING
    try:
        wire.attach(balancer)
    except Exception:
        # What AWS could not place it does not keep.
        wire.detach(balancer)
        _moto_delete(self, balancer.arn)
        raise
    answer_at_nodes(balancer)


def answer_at_nodes(balancer: FakeLoadBalancer) -> None:
    """Let the load balancer answer at the private addresses of its interfaces."""
    account, region = wire.owner(balancer)
    for eni_id in state.nodes(balancer).values():
        eni = wire.interface(account, region, eni_id)
        if eni is not None:
            answer = Node(account, region, balancer.arn, eni_id)
            fabric.register(balancer.vpc_id, eni.private_ip_address, fabric.Host(eni_id, answer))


def _check_name(name: str) -> None:
    """Raise ValidationError for a name ELB refuses.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    if len(name) > NAME_LENGTH:
        problem = f"cannot be longer than '{NAME_LENGTH}' characters"
    elif not re.fullmatch(r"[A-Za-z0-9-]+", name):
        problem = "can only contain characters that are alphanumeric characters and hyphens(-)"
    elif name.startswith("-") or name.endswith("-"):
        problem = "cannot begin or end with '-'"
    elif name.startswith("internal-"):
        problem = "cannot begin with 'internal-'"
    else:
        return
    raise AWSError("ValidationError", f"The load balancer name '{name}' {problem}")


def _check_enum(parameter: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise AWSError(
            "ValidationError",
            f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(allowed)}]",
        )


def _subnet(self: ELBv2Backend, subnet_id: str) -> Any:
    try:
        found = self.ec2_backend.get_subnet(subnet_id)
    except EC2ClientError:
        found = None
    if found is None:
        raise AWSError("SubnetNotFound", f"The subnet ID '{subnet_id}' does not exist")
    return found


def _checked_subnets(self: ELBv2Backend, wanted: list[str], scheme: str) -> list[Any]:
    """Return moto's subnets, one in each of at least two zones of one VPC that has what the scheme needs."""
    if not wanted:
        raise AWSError("ValidationError", "Either subnets or subnet mappings must be specified")
    subnets = [_subnet(self, each) for each in wanted]
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise AWSError(
            "InvalidConfigurationRequest",
            f"All subnets must belong to the same VPC: '{', '.join(wanted)}'",
        )
    names = [subnet.availability_zone for subnet in subnets]
    if len(set(names)) < len(names):
        raise AWSError(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    if len(names) < 2:
        raise AWSError(
            "ValidationError",
            "At least two subnets in two different Availability Zones must be specified",
        )
    vpc = subnets[0].vpc_id
    attached = (each.vpc for each in self.ec2_backend.internet_gateways.values())
    if scheme == "internet-facing" and vpc not in [each.id for each in attached if each]:
        raise AWSError("InvalidSubnet", f"VPC {vpc} has no internet gateway")
    return subnets


def _check_free(self: ELBv2Backend, subnets: list[Any]) -> None:
    for subnet in subnets:
        # AWS keeps five addresses of every subnet.
        free = subnet.cidr.num_addresses - 5 - len(taken(self.ec2_backend, subnet.id))
        if free < FREE_ADDRESSES:
            raise AWSError(
                "InvalidSubnet",
                f"Not enough IP space available in {subnet.id}. "
                f"ELB requires at least {FREE_ADDRESSES} free IP addresses in each subnet.",
            )


def _checked_groups(self: ELBv2Backend, wanted: list[str] | None, vpc_id: str) -> list[str]:
    """Return the security groups to use: those given, or the VPC's default one."""
    if not wanted:
        return [self.ec2_backend.get_default_security_group(vpc_id).id]
    for group_id in wanted:
        found = self.ec2_backend.get_security_group_from_id(group_id)
        if found is None:
            raise AWSError("InvalidSecurityGroup", f"Security group '{group_id}' does not exist")
        if found.vpc_id != vpc_id:
            raise AWSError("InvalidConfigurationRequest", "One or more security groups are invalid")
    return list(wanted)


def _same_name(
    self: ELBv2Backend, name: str, scheme: str, subnets: list[str], groups: list[str], ip_type: str
) -> FakeLoadBalancer | None:
    for known in self.load_balancers.values():
        if known.name != name:
            continue
        have = (known.scheme, {s.id for s in known.subnets}, set(known.security_groups))
        if (*have, known.ip_address_type) == (scheme, set(subnets), set(groups), ip_type):
            return known
        raise AWSError(
            "DuplicateLoadBalancerName",
            f"A load balancer with the same name '{name}' exists, but with different settings",
        )
    return None


def describe_load_balancers(
    self: ELBv2Backend, arns: list[str] | None, names: list[str] | None
) -> list[FakeLoadBalancer]:
    """Return load balancers; asking for one that is not active yet passes five simulated seconds."""
    found = _found(self, arns or [], names or [])
    if any(not _active(balancer) for balancer in found):
        clock.current.advance(POLL)
    for balancer in found:
        balancer.state = "active" if _active(balancer) else "provisioning"
    return found


def _found(self: ELBv2Backend, arns: list[str], names: list[str]) -> list[FakeLoadBalancer]:
    known = list(self.load_balancers.values())
    if not arns and not names:
        return known
    by_name = {balancer.name: balancer for balancer in known}
    found = [self.load_balancers.get(arn) for arn in arns] + [by_name.get(name) for name in names]
    if missing := [each for each, got in zip([*arns, *names], found, strict=True) if got is None]:
        raise AWSError("LoadBalancerNotFound", f"Load balancers '[{', '.join(missing)}]' not found")
    return [each for each in dict.fromkeys(found) if each is not None]


def _active(balancer: FakeLoadBalancer) -> bool:
    return state.active_at(balancer) <= clock.current.now


def delete_load_balancer(self: ELBv2Backend, arn: str) -> None:
    """Delete a load balancer with its listeners and interfaces; one that is not there is not an error.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
    """
    balancer = self.load_balancers.get(arn)
    if balancer is None:
        return
    if state.enabled(balancer, "deletion_protection.enabled", False):
        raise AWSError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    wire.detach(balancer)
    _moto_delete(self, arn)
    targets.refresh(self)


def set_subnets(
    self: ELBv2Backend, arn: str, subnets: list[str], subnet_mappings: list[dict[str, Any]]
) -> list[AvailabilityZone]:
    """Replace the load balancer's subnets, by the rules of its creation.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
    """
    balancer = _balancer(self, arn)
    wanted = [*subnets, *(each["SubnetId"] for each in subnet_mappings)]
    found = _checked_subnets(self, wanted, balancer.scheme)
    if found[0].vpc_id != balancer.vpc_id:
        raise AWSError(
            "InvalidConfigurationRequest",
            f"The subnets must be in the load balancer's VPC '{balancer.vpc_id}'",
        )
    _check_free(self, [each for each in found if each not in balancer.subnets])
    balancer.subnets = found
    wire.attach(balancer)
    answer_at_nodes(balancer)
    return [AvailabilityZone(subnet) for subnet in found]


def set_security_groups(self: ELBv2Backend, arn: str, sec_groups: list[str]) -> None:
    """Replace the load balancer's security groups.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html
    """
    balancer = _balancer(self, arn)
    balancer.security_groups = _checked_groups(self, sec_groups, balancer.vpc_id)
    wire.regroup(balancer)


def _balancer(self: ELBv2Backend, arn: str) -> FakeLoadBalancer:
    balancer = self.load_balancers.get(arn)
    if balancer is None:
        raise LoadBalancerNotFoundError()
    return balancer


def modify_load_balancer_attributes(
    self: ELBv2Backend, arn: str, attrs: dict[str, Any]
) -> dict[str, Any]:
    """Set attributes of a load balancer, within their ranges.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
    """
    balancer = _balancer(self, arn)
    for key, value in attrs.items():
        default = DEFAULTS.get(key)
        low, high = _RANGES.get(key, (0, 0))
        if key in _RANGES and not (value.isdigit() and low <= int(value) <= high):
            _refuse(key, value, f"must be between '{low}-{high}' inclusive")
        if key in _ENUMS and value not in _ENUMS[key]:
            _refuse(key, value, f"must be one of [{', '.join(_ENUMS[key])}]")
        if default in ("true", "false") and value not in ("true", "false"):
            _refuse(key, value, "must be one of [true, false]")
    after = balancer.attrs | attrs
    if after.get("access_logs.s3.enabled") == "true":
        access_logs.check(balancer, after)
    return _moto_attributes(self, arn, attrs)


def _refuse(key: str, value: str, why: str) -> None:
    raise AWSError("ValidationError", f"'{key}' value '{value}' {why}")
