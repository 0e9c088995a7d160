"""The causes that a diagnosis in the incident room may name: one closed list for all incidents.

Each has the sentence that it stands for, and what one would see if it were the cause.
The signs are AWS's: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

__all__ = ["CAUSES"]

CAUSES: dict[str, tuple[str, str]] = {
    "image-tag-missing": (
        "The task definition names an image tag that the repository does not have.",
        "CannotPullContainerError would end in `not found`, with the tag in it",
    ),
    "repository-policy-denies": (
        "A policy on the repository itself denies the pull.",
        "CannotPullContainerError would say 403 Forbidden, though the execution role is allowed to pull",
    ),
    "execution-role-may-not-pull": (
        "The execution role is not allowed to log in to ECR and pull.",
        "the reason would name `ecr:GetAuthorizationToken` and the role",
    ),
    "execution-role-may-not-read-secret": (
        "The execution role is not allowed to read the secret.",
        "the reason would name `secretsmanager:GetSecretValue` and say that no identity-based policy allows it",
    ),
    "secret-does-not-exist": (
        "The task definition names a secret that there is not.",
        "the reason would say ResourceNotFoundException: about a secret, never about an image",
    ),
    "secret-key-missing": (
        "The task definition asks for a key that the secret's JSON does not have.",
        "the reason would say that the secret did not contain the json key",
    ),
    "log-group-missing": (
        "The log group that the task definition names does not exist.",
        "the reason would say that the specified log group does not exist",
    ),
    "private-route-missing": (
        "The tasks' subnets have no route out any more.",
        "reasons would be timeouts, and `cloud.path` from a task's subnet would end at the route table",
    ),
    "task-outbound-closed": (
        "The tasks' security group allows no outbound traffic.",
        "reasons would be timeouts, and `cloud.path` would end at the group, with the routes in order",
    ),
    "dns-off": (
        "The VPC's DNS support is off, so names do not resolve.",
        "the reason would end in `lookup` and a name, and `cloud.path` to ecr.api would find no DNS server",
    ),
    "too-little-memory": (
        "The app needs more memory than its task has.",
        "the container would have exit code 137 with the reason OutOfMemoryError; 137 alone is no proof",
    ),
    "variable-missing": (
        "The app ends because an environment variable is missing.",
        "the container would have exit code 1, and its log would name the variable",
    ),
    "container-check-wrong": (
        "The health check in the task definition asks something that never answers.",
        "the reason would be `failed container health checks`: that check runs inside the container",
    ),
    "health-path-wrong": (
        "The target group asks for a path that the app does not serve.",
        "the targets' reason would be Target.ResponseCodeMismatch: an answer came, with the wrong status",
    ),
    "health-port-wrong": (
        "The target group asks on a port where the app does not listen.",
        "describe-target-health would show another HealthCheckPort than the target's own port",
    ),
    "grace-period-too-short": (
        "The app needs longer to boot than the service waits before it believes the load balancer.",
        "only new tasks would be replaced, with `Task failed ELB health checks`, always before they were ready",
    ),
    "task-inbound-closed": (
        "The tasks' security group does not let the load balancer in.",
        "the targets' reason would be Target.Timeout, and `cloud.path` would end at the tasks' group, inbound",
    ),
    "network-acl-denies": (
        "A network ACL of the tasks' subnets denies the traffic.",
        "`cloud.path` would end at the ACL, and both security groups would be in order",
    ),
    "balancer-outbound-closed": (
        "The load balancer's security group allows no outbound traffic.",
        "`cloud.path` would end at the load balancer's own group, outbound",
    ),
    "forwards-to-empty-group": (
        "The listener forwards to a target group that nobody is registered in.",
        "requests would get 503, while the service's own tasks run and its target group is unused",
    ),
    "scaled-to-zero": (
        "The service's desired count is zero.",
        "requests would get 503, and describe-services would show no running and no wanted task",
    ),
    "balancer-inbound-closed": (
        "The load balancer's security group does not let clients in.",
        "requests would get no answer, and `cloud.path` from the internet would end at that group",
    ),
    "public-route-missing": (
        "The load balancer's subnets have no route to the internet gateway any more.",
        "requests would get no answer, and the map would show the public subnets as private",
    ),
    "task-role-lacks-permission": (
        "No policy of the task role allows what the app does.",
        "the log would say AccessDenied, and `cloud.can` that nothing allows it",
    ),
    "explicit-deny": (
        "A policy denies what another one allows.",
        "`cloud.can` would name the statement that denies; the log says AccessDenied in both cases",
    ),
    "secret-rotated": (
        "The secret has a new value, and the running tasks still have the old one.",
        "the log would say that the login failed, and describe-secret that it was changed after the tasks started",
    ),
}
