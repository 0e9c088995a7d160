"""What Amazon ECS says of a deployment that shifts traffic: service events and reasons.

The reasons of failures are AWS's own:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html
AWS tells of stages and hooks on EventBridge, which the lab has not: the events about them are the lab's words.
"""

from collections.abc import Sequence

__all__ = [
    "NO_CANDIDATE",
    "alarm",
    "breaker",
    "failed",
    "hook",
    "hook_failed",
    "hook_timed_out",
    "missing_permissions",
    "networking",
    "not_associated",
    "rule_not_found",
    "several_serving",
    "shifted",
    "stage",
    "timed_out",
    "unexpected",
]

NO_CANDIDATE = "No rollback candidate was found to run the rollback."
_BACK = "Service deployment rolled back because"


def stage(service: str, deployment_id: str, name: str) -> str:
    """Say that a deployment has reached a lifecycle stage."""
    return f"(service {service}) (deployment {deployment_id}) reached lifecycle stage {name}."


def shifted(service: str, deployment_id: str, kind: str, percent: float) -> str:
    """Say which share of the `production` or `test` traffic a deployment now has."""
    return f"(service {service}) (deployment {deployment_id}) has {percent:g}% of {kind} traffic."


def hook(service: str, name: str, target: str, status: str) -> str:
    """Say where a lifecycle hook of a stage stands; `target` is its ARN, or the id of a pause hook."""
    return f"(service {service}) lifecycle hook {target} at stage {name}: {status}."


def failed(service: str, deployment_id: str, why: str) -> str:
    """Say why a deployment failed.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
    """
    return f"(service {service}) (deployment {deployment_id}) deployment failed: {why}"


def breaker() -> str:
    """Give the circuit breaker as the reason."""
    return f"{_BACK} the circuit breaker threshold was exceeded."


def alarm(names: Sequence[str]) -> str:
    """Give CloudWatch alarms as the reason; AWS documents no wording, this is the lab's."""
    return f"{_BACK} CloudWatch alarm(s) {', '.join(names)} went into ALARM state."


def hook_failed(name: str, target: str) -> str:
    """Give a lifecycle hook's verdict as the reason."""
    return f"{_BACK} {name} lifecycle hook(s) failed. Lifecycle hook target {target} returned FAILED status."


def hook_timed_out(name: str, kind: str = "pause") -> str:
    """Give a lifecycle hook as the reason that nobody continued, or that never came to a verdict."""
    return f"{_BACK} {name} {kind} hook timed out."


def timed_out(name: str) -> str:
    """Give a stage as the reason that took longer than 24 hours; the wording is the lab's."""
    return f"{_BACK} lifecycle stage {name} timed out."


def networking(problem: str) -> str:
    """Give target groups or listener rules as the reason."""
    return f"{_BACK} of invalid networking configuration. {problem}"


def rule_not_found() -> str:
    """Describe a listener rule that is gone."""
    return "One or more rules not found"


def not_associated(group: str) -> str:
    """Describe a target group that no rule of the service forwards to."""
    return (
        f"Target group {group} is not associated with either productionListenerRule or "
        "testListenerRule."
    )


def several_serving(rule: str, number: int) -> str:
    """Describe a production listener rule with more or less than one target group of a weight above 0."""
    return (
        f"productionListenerRule {rule} should have exactly one target group serving traffic but "
        f"found {number} target groups which are serving traffic"
    )


def unexpected(found: str, group: str, alternate: str) -> str:
    """Describe a production listener rule that forwards to a target group of somebody else."""
    return (
        f"Production listener rule is forwarding traffic to unexpected target group {found}. "
        f"Expected traffic to be forwarded to either targetGroupArn: {group} or "
        f"alternateTargetGroupArn: {alternate}"
    )


def missing_permissions(role: str) -> str:
    """Describe an infrastructure role that ECS may not assume, or that may not change listener rules."""
    return (
        "ECS was unable to manage the ELB resources due to missing permissions on ECS "
        f"Infrastructure Role '{role}'."
    )
