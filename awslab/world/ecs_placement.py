"""Where Amazon ECS may place tasks: capacity providers, placement, zones, subnets and security groups.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html

Errors: RequestError, most with code InvalidParameterException.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from awslab.world.request_error import RequestError

__all__ = [
    "FARGATE_PROVIDERS",
    "check",
    "check_awsvpc",
    "check_rebalancing",
    "check_strategy",
    "launch_type",
    "refuse",
]

FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
MOST_SUBNETS, MOST_SECURITY_GROUPS = 16, 5

Params = Mapping[str, Any]


def refuse(message: str) -> NoReturn:
    """Raise the RequestError of most of ECS's refusals, an InvalidParameterException."""
    raise RequestError("InvalidParameterException", message)


def launch_type(strategy: Sequence[Params]) -> str:
    """Return where a capacity provider strategy launches: FARGATE, or EC2 for any other and for none.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    providers = [entry.get("capacityProvider") for entry in strategy]
    return "FARGATE" if providers and set(providers) <= set(FARGATE_PROVIDERS) else "EC2"


def check_strategy(strategy: Sequence[Params], providers: Sequence[str]) -> None:
    """Accept a capacity provider strategy of a cluster that has `providers`.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
    """
    named = [entry.get("capacityProvider") for entry in strategy]
    if not named:
        return
    if not set(named) <= set(providers):
        refuse(
            "The specified capacity provider strategy cannot contain a capacity provider that is "
            "not associated with the cluster. Associate the capacity provider with the cluster or "
            "specify a valid capacity provider and try again."
        )
    if set(named) & set(FARGATE_PROVIDERS) and not set(named) <= set(FARGATE_PROVIDERS):
        refuse(
            "A capacity provider strategy cannot contain a mix of capacity providers using Auto "
            "Scaling groups and Fargate providers. Specify one or the other and try again."
        )
    # The API's default weight is 0, which alone is refused; without any weight AWS's documentation is silent,
    # and the lab accepts.
    if all(entry.get("weight", 0) == 0 for entry in strategy) and any(
        "weight" in entry for entry in strategy
    ):
        refuse(
            "There are no capacity providers in the capacity provider strategy with a weight value "
            "greater than zero. Specify a weight greater than zero and try again."
        )
    if sum(1 for entry in strategy if entry.get("base", 0) > 0) > 1:
        refuse(
            "There are multiple capacity providers in the specified capacity provider strategy with "
            "a base value greater than zero. Only one capacity provider can have a base value "
            "greater than zero. Specify a valid capacity provider strategy and try again."
        )


def check(whole: Params, launch: str, scheduling: str) -> None:
    """Accept placement constraints, placement strategies and the scheduling strategy.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    if launch == "FARGATE":
        if whole.get("placementConstraints"):
            refuse("Placement constraints are not supported with FARGATE launch type.")
        if whole.get("placementStrategy"):
            refuse("Placement strategies are not supported with FARGATE launch type.")
        if scheduling == "DAEMON":
            refuse("The daemon scheduling strategy is not supported with FARGATE launch type.")
    elif scheduling == "DAEMON" and whole.get("placementStrategy"):
        refuse("The daemon scheduling strategy does not support placement strategies")


def check_rebalancing(scheduling: str, maximum_percent: int) -> None:
    """Accept Availability Zone rebalancing.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
    """
    text = "The service couldn't be created because Availability Zone Rebalancing does not support "
    if scheduling == "DAEMON":
        refuse(f"{text}DAEMON as scheduling strategy. Update scheduling strategy and try again.")
    if maximum_percent <= 100:
        refuse(f"{text}a maximumPercent of 100 or less. Update maximumPercent and try again.")


def check_awsvpc(configuration: Params, vpc_of: Mapping[str, str], launch: str) -> None:
    """Accept the subnets, security groups and public address of an awsvpcConfiguration.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    """
    subnets = configuration.get("subnets") or []
    groups = configuration.get("securityGroups") or []
    if not subnets:
        refuse("subnets can not be empty.")
    if len(subnets) > MOST_SUBNETS:
        refuse(f"subnets can have at most {MOST_SUBNETS} items.")
    if len(groups) > MOST_SECURITY_GROUPS:
        refuse(f"securityGroups can have at most {MOST_SECURITY_GROUPS} items.")
    for subnet in subnets:
        if subnet not in vpc_of:
            refuse(
                f"Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' "
                "does not exist (ErrorCode: InvalidSubnetID.NotFound)"
            )
    for group in groups:
        if group not in vpc_of:
            refuse(
                f"Error retrieving security group information for [{group}]: The security group "
                f"'{group}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            )
    if len({vpc_of[subnet] for subnet in subnets}) > 1:
        refuse("subnets must all belong to the same VPC.")
    if any(vpc_of[group] != vpc_of[subnets[0]] for group in groups):
        refuse("Security groups and subnets must belong to the same VPC.")
    public = configuration.get("assignPublicIp")
    if public not in (None, "ENABLED", "DISABLED"):
        refuse("assignPublicIp should be one of [ENABLED,DISABLED]")
    if public == "ENABLED" and launch == "EC2":
        refuse("Assign public IP is not supported for this launch type.")
