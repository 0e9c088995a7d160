"""Create and change target groups, and take targets, as ELB does.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
"""

from ipaddress import AddressValueError, IPv4Address, ip_network
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.exceptions import TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup
from moto.elbv2.responses import ELBV2Response

from awslab.server import ec2
from awslab.server.elbv2 import state, targets
from awslab.server.errors import AWSError
from awslab.world.target_health import valid_matcher

RESPONSES = ["deregister_targets", "modify_target_group_attributes", "register_targets"]
# Addresses outside the VPC that an `ip` target may have:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-type
_PRIVATE = [
    ip_network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
]
_WEB = ("HTTP", "HTTPS")
# The attributes of an Application Load Balancer's target group, with what each one takes:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
_BOOLEAN = ("true", "false")
_ENUMS = {
    "stickiness.enabled": _BOOLEAN,
    "stickiness.type": ("lb_cookie", "app_cookie"),
    "load_balancing.algorithm.type": (
        "round_robin",
        "least_outstanding_requests",
        "weighted_random",
    ),
    "load_balancing.algorithm.anomaly_mitigation": ("on", "off"),
    "load_balancing.cross_zone.enabled": (*_BOOLEAN, "use_load_balancer_configuration"),
}
_RANGES = {
    "deregistration_delay.timeout_seconds": (0, 3600),
    "stickiness.lb_cookie.duration_seconds": (1, 604800),
    "stickiness.app_cookie.duration_seconds": (1, 604800),
}
_DEFAULTS = {
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}

_moto_create = ELBv2Backend.create_target_group
_moto_modify = ELBv2Backend.modify_target_group
_moto_attributes = ELBv2Backend.modify_target_group_attributes


def create_target_group(self: ELBv2Backend, name: str, **kwargs: Any) -> FakeTargetGroup:
    """Create a target group, or return the one of the same name and settings.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    given = {key: value for key, value in kwargs.items() if key != "tags"}
    for known in self.target_groups.values():
        if known.name == name:
            if getattr(known, "lab_created", None) == given:
                return known
            raise AWSError(
                "DuplicateTargetGroupName",
                f"A target group with the same name '{name}' exists, but with different settings",
            )
    protocol, kind = kwargs.get("protocol"), kwargs.get("target_type") or "instance"
    web = protocol in _WEB
    if web:
        _check_path(kwargs.get("healthcheck_path"))
        _check_matcher((kwargs.get("matcher") or {}).get("HttpCode"))
        _check_protocol(protocol, kwargs.get("healthcheck_protocol"))
    if web and str(kwargs.get("healthcheck_enabled")).lower() == "false":
        raise AWSError(
            "ValidationError",
            f"Health check enabled must be true for target groups with target type '{kind}'",
        )
    if web and not kwargs.get("healthcheck_protocol"):
        kwargs["healthcheck_protocol"] = "HTTP"
    group = _moto_create(self, name, **kwargs)
    group.lab_created = given
    if web:
        group.attributes = _DEFAULTS | {k: str(v) for k, v in group.attributes.items()}
        group.attributes.pop("waf.fail_open.enabled", None)
    return group


def _check_path(path: str | None) -> None:
    if path is not None and (not path.startswith("/") or " " in path):
        raise AWSError(
            "ValidationError", f"Health check path '{path}' must begin with '/' and hold no space"
        )


def _check_matcher(codes: str | None) -> None:
    if codes is not None and not valid_matcher(codes):
        raise AWSError(
            "ValidationError",
            f"Health check matcher HTTP code '{codes}' must be within '200-499' inclusive",
        )


def _check_protocol(protocol: str, check: str | None) -> None:
    if check is not None and check not in _WEB:
        raise AWSError(
            "ValidationError",
            f"Health check protocol '{check}' is not supported for target groups with protocol "
            f"'{protocol}'",
        )


def modify_target_group(
    self: ELBv2Backend, arn: str, *arguments: Any, **kwargs: Any
) -> FakeTargetGroup:
    """Change a target group's health check.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html
    """
    group = self.target_groups.get(arn)
    if group is None:
        raise TargetGroupNotFoundError()
    names = ("protocol", "port", "path", "interval", "timeout", "healthy", "unhealthy", "codes")
    given = dict(zip(names, arguments, strict=False))
    if group.protocol in _WEB:
        _check_path(given.get("path"))
        _check_matcher(given.get("codes"))
        _check_protocol(group.protocol, given.get("protocol"))
        interval = int(given.get("interval") or group.health_check_interval_seconds)
        timeout = int(given.get("timeout") or group.health_check_timeout_seconds)
        if timeout >= interval:
            raise AWSError(
                "ValidationError",
                f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'",
            )
    return _moto_modify(self, arn, *arguments, **kwargs)


def modify_target_group_attributes(self: ELBV2Response) -> ActionResult:
    """Set attributes of a target group and answer with all of them.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroupAttributes.html
    """
    arn = self._get_param("TargetGroupArn")
    group = state.group(self.current_account, self.region, arn)
    given = {each["Key"]: each["Value"] for each in self._get_param("Attributes", [])}
    if group.protocol in _WEB:
        for key, value in given.items():
            _check_attribute(group, key, value)
    _moto_attributes(self.elbv2_backend, arn, _for_moto(given))
    group.attributes.update(given)
    return ActionResult({"Attributes": group.attributes})


def _for_moto(given: dict[str, str]) -> dict[str, str]:
    # moto refuses 3600, which AWS takes.
    return {k: v for k, v in given.items() if k != "deregistration_delay.timeout_seconds"}


def _check_attribute(group: FakeTargetGroup, key: str, value: str) -> None:
    if key not in group.attributes:
        raise AWSError("ValidationError", f"Target group attribute key '{key}' is not recognized")
    if key in _ENUMS and value not in _ENUMS[key]:
        _refuse(key, value, f"must be one of [{', '.join(_ENUMS[key])}]")
    if key in _RANGES:
        low, high = _RANGES[key]
        if not (value.isdigit() and low <= int(value) <= high):
            _refuse(key, value, f"must be between '{low}-{high}' inclusive")
    slow = key == "slow_start.duration_seconds"
    if slow and not (value == "0" or (value.isdigit() and 30 <= int(value) <= 900)):
        _refuse(key, value, "must be between '30-900' inclusive, or '0' to disable")


def _refuse(key: str, value: str, why: str) -> None:
    raise AWSError("ValidationError", f"'{key}' value '{value}' {why}")


# --- targets ---------------------------------------------------------------------------------------


def register_targets(self: ELBV2Response) -> ActionResult:
    """Register targets, all or none of them.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html
    """
    register(self.elbv2_backend, self._get_param("TargetGroupArn"), self._get_param("Targets", []))
    return EmptyResult()


def register(self: ELBv2Backend, target_group_arn: str, instances: list[dict[str, Any]]) -> None:
    """Do what `register_targets` does, for moto's callers: Auto Scaling registers instances here."""
    group = state.group(self.account_id, self.region_name, target_group_arn)
    checked = [_checked(group, each) for each in instances]
    for address, port, zone in checked:
        targets.add(group, address, port, zone)


def deregister_targets(self: ELBV2Response) -> ActionResult:
    """Deregister targets; one that is not registered is not an error.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html
    """
    deregister(
        self.elbv2_backend, self._get_param("TargetGroupArn"), self._get_param("Targets", [])
    )
    return EmptyResult()


def deregister(self: ELBv2Backend, target_group_arn: str, instances: list[dict[str, Any]]) -> None:
    """Do what `deregister_targets` does, for moto's callers."""
    group = state.group(self.account_id, self.region_name, target_group_arn)
    for each in instances:
        targets.remove(group, each["Id"], int(each.get("Port") or group.port))


def _checked(group: FakeTargetGroup, given: dict[str, Any]) -> tuple[str, int, str]:
    """Return id, port and Availability Zone of a target, or raise what ELB answers."""
    port = int(given.get("Port") or group.port or 0)
    if group.target_type == "instance":
        return given["Id"], port, _zone_of_instance(group, given["Id"])
    if group.target_type != "ip":
        return given["Id"], port, "all"
    return given["Id"], port, _zone_of_address(group, given["Id"], given.get("AvailabilityZone"))


def _zone_of_instance(group: FakeTargetGroup, instance_id: str) -> str:
    instance = group.ec2_backend.get_instance_by_id(instance_id)
    if instance is None:
        raise AWSError("InvalidTarget", f"The instance ID '{instance_id}' is not valid")
    if instance.state != "running":
        raise AWSError(
            "InvalidTarget",
            "The following targets are not in a running state and cannot be registered: "
            f"'{instance_id}'",
        )
    return instance.placement


def _zone_of_address(group: FakeTargetGroup, address: str, given: str | None) -> str:
    """Return the zone of an address: its subnet's, or what was given for an address outside the VPC.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
    """
    try:
        number = IPv4Address(address)
    except AddressValueError:
        raise AWSError(
            "ValidationError", f"The IP address '{address}' is not a valid IPv4 address"
        ) from None
    for subnet in ec2.network(group.account_id, group.region_name).subnets.values():
        if subnet.vpc == group.vpc_id and number in ip_network(subnet.cidr):
            zone = subnet.zone
            if given == "all":
                raise AWSError(
                    "ValidationError",
                    f"The IP address '{address}' is within the VPC, and cannot have its "
                    f"Availability Zone overridden to 'all' from '{zone}'",
                )
            return zone
    if not any(number in block for block in _PRIVATE):
        raise AWSError(
            "ValidationError",
            f"The IP address '{address}' is neither in the VPC nor in one of the private ranges "
            f"{', '.join(map(str, _PRIVATE))}",
        )
    if given is None:
        raise AWSError(
            "ValidationError",
            f"The Availability Zone is required for IP address '{address}' because it is not in "
            "the VPC",
        )
    return given
