"""IAM's words for what is not there or cannot be: moto's are other ones, and it takes any name.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
"""

import re
from typing import Any

from moto.core.responses import BaseResponse
from moto.iam import models

from awslab.server.errors import AWSError
from awslab.world.iam_policy import listed, load

# Operations that look for no role of that name; the name may still be impossible.
MAKING = ("CreateRole", "CreateServiceLinkedRole")
IDENTITY = (
    "CreatePolicy",
    "CreatePolicyVersion",
    "PutGroupPolicy",
    "PutRolePolicy",
    "PutUserPolicy",
)
# Operations on a customer's policy that has to be there; AttachRolePolicy has words of its own.
OF_POLICY = (
    "CreatePolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    "GetPolicy",
    "GetPolicyVersion",
    "ListEntitiesForPolicy",
    "ListPolicyVersions",
    "SetDefaultPolicyVersion",
)
NAMES = ("RoleName", "UserName", "GroupName", "PolicyName", "InstanceProfileName")
_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)


def install() -> None:
    """Give the service-linked roles of the course their names, which moto spells in lower case.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
    """
    models.SERVICE_NAME_CONVERSION.update(
        ecs="ECS", elasticloadbalancing="ElasticLoadBalancing", rds="RDS"
    )


def check(backend: Any, response: BaseResponse, operation: str) -> None:
    """Raise IAM's error for a name that cannot be, and for a role or policy that is not there."""
    given = response._get_param
    for parameter in NAMES:
        name = given(parameter)
        if name and not _NAME.fullmatch(name):
            raise AWSError(
                "ValidationError",
                f"The specified value for {parameter[0].lower()}{parameter[1:]} is invalid. It must "
                "contain only alphanumeric characters and/or the following: +=,.@_-",
            )
    role = _role(backend, given("RoleName"), operation)
    if operation == "GetRolePolicy" and role and given("PolicyName") not in role.policies:
        text = f"The role policy with name {given('PolicyName')} cannot be found."
        raise AWSError("NoSuchEntity", text)
    arn = given("PolicyArn")
    if operation in OF_POLICY and arn not in backend.managed_policies:
        raise AWSError("NoSuchEntity", f"Policy {arn} was not found.")
    if operation == "CreateUser" and given("UserName") in backend.users:
        text = f"User with name {given('UserName')} already exists."
        raise AWSError("EntityAlreadyExists", text)
    if operation == "CreateServiceLinkedRole" and not given("CustomSuffix"):
        _check_linked(backend, given("AWSServiceName"))
    if operation in IDENTITY:
        _check_no_principal(given("PolicyDocument") or "")


def _role(backend: Any, name: str | None, operation: str) -> Any:
    """Return the role that a request is about, None when it is about none."""
    if not name or operation in MAKING:
        return None
    found = next((role for role in backend.roles.values() if role.name == name), None)
    if found is None:
        raise AWSError("NoSuchEntity", f"The role with name {name} cannot be found.")
    return found


def _check_linked(backend: Any, service: str) -> None:
    """Refuse a second role of a service; moto says so in another error.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
    """
    path = f"/aws-service-role/{service}/"
    for role in backend.roles.values():
        if role.path == path:
            raise AWSError(
                "InvalidInput",
                f"Service role name {role.name} has been taken in this account, please try a "
                "different suffix.",
            )


def _check_no_principal(text: str) -> None:
    """Refuse an identity-based policy that says for whom it is: for whoever it is attached to.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    try:
        statements = listed(load(text).get("Statement"))
    except ValueError:
        return  # moto says what is wrong with it
    if any(
        isinstance(each, dict) and each.keys() & {"Principal", "NotPrincipal"}
        for each in statements
    ):
        raise AWSError("MalformedPolicyDocument", "Policy document should not specify a principal.")
