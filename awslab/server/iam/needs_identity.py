"""What IAM's and STS's own operations need."""

from collections.abc import Iterable

from awslab.server.iam.callers import backend
from awslab.server.iam.needs import Call, Need, rule

# STS answers these to anyone with valid credentials, whatever their policies say.
FREE = {"GetCallerIdentity", "GetSessionToken"}
_ACCOUNT_WIDE = ("List", "GetAccount", "UpdateAccount", "GenerateCredential", "GetCredential")


@rule("iam")
def iam(call: Call) -> Iterable[Need]:
    """Yield what IAM needs: the role, user, group or policy; a user's own when no name is given.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    params, action = call.params, f"iam:{call.operation}"
    context = {
        "iam:PolicyARN": params.get("PolicyArn"),
        "iam:PermissionsBoundary": params.get("PermissionsBoundary"),
    }
    names = []
    path = str(params.get("Path") or "/")
    if call.operation in ("CreateRole", "CreateUser", "CreateGroup", "CreateInstanceProfile"):
        kind = call.operation.removeprefix("Create")
        short = "instance-profile" if kind == "InstanceProfile" else kind.lower()
        names = [f"{short}{path}{params.get(f'{kind}Name')}"]
    elif call.operation == "CreatePolicy":
        names = [f"policy{path}{params.get('PolicyName')}"]
    elif call.operation.startswith("SimulatePrincipal"):
        names = call.many("PolicySourceArn")
    else:
        names = _named(call)
    if not names and not call.operation.startswith(_ACCOUNT_WIDE) and "User" in call.operation:
        names = [call.caller_arn]
    for name in names:
        yield Need(action, call.arn("iam", name, region=""), context)
    if call.operation == "AddRoleToInstanceProfile":
        for name in _named(call):
            if ":role/" in name:
                yield Need("iam:PassRole", name, {"iam:PassedToService": "ec2.amazonaws.com"})


def _named(call: Call) -> list[str]:
    """Return the ARNs of the role, user, group or policy that a call is about, paths included."""
    params, found = call.params, backend(call.account)
    holders = (
        ("RoleName", "role", found.roles.values()),
        ("UserName", "user", found.users.values()),
        ("GroupName", "group", found.groups.values()),
        ("InstanceProfileName", "instance-profile", found.instance_profiles.values()),
    )
    names = []
    for parameter, kind, things in holders:
        if name := params.get(parameter):
            arns = [thing.arn for thing in things if thing.name == name]
            names.append(arns[0] if arns else f"{kind}/{name}")
    # AttachRolePolicy is about the role; the policy is a context key.
    return names or call.many("PolicyArn")


@rule("sts")
def sts(call: Call) -> Iterable[Need]:
    """Yield what STS needs: the role to assume.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
    """
    params = call.params
    context = {
        "sts:ExternalId": params.get("ExternalId"),
        "sts:RoleSessionName": params.get("RoleSessionName"),
        "sts:SourceIdentity": params.get("SourceIdentity"),
    }
    action = f"sts:{call.operation}"
    yield Need(action, str(params.get("RoleArn") or "*"), context)
    if call.operation == "AssumeRole" and params.get("Tags"):
        yield Need("sts:TagSession", str(params.get("RoleArn")), context)
