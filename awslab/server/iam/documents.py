"""What IAM refuses to store: bad trust policies, missing policies, documents that are too long.

moto checks identity policies itself; it takes any trust policy, and knows no AWS managed policies.
"""

from collections.abc import Iterable
from typing import Any

import botocore.session
from moto.core.responses import ActionResult, BaseResponse
from moto.iam.exceptions import NotFoundException

from awslab.server.errors import AWSError
from awslab.server.iam import callers, managed, wording
from awslab.world.iam_policy import PolicyError, listed, load, principals, validate_trust

# Characters without white space; see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LIMITS = {
    "CreateRole": ("ACLSizePerRole", "AssumeRolePolicyDocument", 2048),
    "UpdateAssumeRolePolicy": ("ACLSizePerRole", "PolicyDocument", 2048),
    "CreatePolicy": ("PolicySize", "PolicyDocument", 6144),
    "CreatePolicyVersion": ("PolicySize", "PolicyDocument", 6144),
    "PutUserPolicy": ("Maximum policy size", "PolicyDocument", 2048),
    "PutGroupPolicy": ("Maximum policy size", "PolicyDocument", 5120),
    "PutRolePolicy": ("Maximum policy size", "PolicyDocument", 10240),
}
# Service principals that are no endpoint's name.
_MORE_SERVICES = (
    "ecs-tasks", "edgelambda", "vpc-flow-logs", "delivery.logs", "spotfleet", "spot", "ops.apigateway",
    "ecs.application-autoscaling", "autoscaling-plans", "batchoperations.s3", "logging.s3",
    "pods.eks", "eks-fargate-pods", "eks-fargate", "billingconsole", "cloudwatch", "trustedadvisor",
    "export.rds", "rds", "directoryservice", "ds", "elasticloadbalancing", "logger.cloudfront",
    "dynamodb.application-autoscaling", "custom-resource.application-autoscaling", "chatbot",
    "replication.dynamodb", "replication.ecr", "pullthroughcache.ecr", "container.sagemaker",
    "credentials.iot", "vpce", "waf-regional", "kafkaconnect", "codestar-notifications",
)  # fmt: skip
_services: set[str] = set()


def services() -> set[str]:
    """Return the service principals that exist: one for every endpoint that botocore knows, and some more."""
    if not _services:
        names = botocore.session.get_session().get_available_services()
        models = {"application-autoscaling", "states", "monitoring", "email", "mediaconvert"}
        _services.update(f"{name}.amazonaws.com" for name in {*names, *models, *_MORE_SERVICES})
    return _services


def check(response: BaseResponse, operation: str) -> None:
    """Make the AWS managed policies that a request names exist, and refuse documents that are too long."""
    backend = callers.backend(response.current_account)
    for parameter in ("PolicyArn", "PermissionsBoundary"):
        managed.ensure(backend, response._get_param(parameter))
    wording.check(backend, response, operation)
    if operation == "ListPolicies" and response._get_param("Scope") != "Local":
        managed.ensure_all(backend)
    if operation in LIMITS:
        name, parameter, limit = LIMITS[operation]
        text = response._get_param(parameter) or ""
        if len("".join(text.split())) > limit:
            raise AWSError("LimitExceeded", f"Cannot exceed quota for {name}: {limit}")
    if operation in ("CreateRole", "UpdateAssumeRolePolicy"):
        check_trust(response._get_param(LIMITS[operation][1]), response.current_account)
    if operation in ("CreateRole", "PutRolePermissionsBoundary"):
        _check_boundary(backend, response._get_param("PermissionsBoundary"))


def check_trust(text: str, account: str) -> None:
    """Refuse a trust policy that AWS refuses; users and roles of this account that it names must exist."""
    try:
        validate_trust(text, services(), missing(text, account))
    except PolicyError as error:
        raise AWSError("MalformedPolicyDocument", str(error)) from None


def missing(text: str, account: str) -> Iterable[str]:
    """Yield the users and roles of an account that a document names and that do not exist."""
    backend = callers.backend(account)
    there = {thing.arn for things in (backend.roles, backend.users) for thing in things.values()}
    for statement in listed(load(text).get("Statement")):
        if isinstance(statement, dict):
            for kind, value in principals(statement.get("Principal") or {}):
                ours = value.startswith(
                    (f"arn:aws:iam::{account}:role/", f"arn:aws:iam::{account}:user/")
                )
                if (
                    kind == "AWS"
                    and ours
                    and value not in there
                    and not value.endswith("user/administrator")
                ):
                    yield value


def _check_boundary(backend: Any, arn: str | None) -> None:
    if arn and arn.startswith("arn:") and arn not in backend.managed_policies:
        raise AWSError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.")


def put_user_permissions_boundary(self: Any) -> ActionResult:
    """Bound what a user may do.

    See https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
    """
    user = self.backend.get_user(self._get_param("UserName"))
    arn = self._get_param("PermissionsBoundary")
    _check_boundary(self.backend, arn)
    user.lab_permissions_boundary = arn
    return ActionResult({})


def delete_user_permissions_boundary(self: Any) -> ActionResult:
    """Take a user's permissions boundary away.

    See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html
    """
    user = self.backend.get_user(self._get_param("UserName"))
    if not getattr(user, "lab_permissions_boundary", None):
        raise NotFoundException(f"The user with name {user.name} has no permissions boundary.")
    user.lab_permissions_boundary = None
    return ActionResult({})


RESPONSES = ("put_user_permissions_boundary", "delete_user_permissions_boundary")
