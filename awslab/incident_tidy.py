"""What a repair in the incident room must not leave behind: holes, wildcards, checks that see nothing."""

import json
from typing import Any

from awslab.incident_system import ANYWHERE, System

__all__ = ["untidy"]

_BOTH = (ANYWHERE, "::/0")


def untidy(system: System) -> list[str]:
    """Return a sentence for everything that a hasty repair widened or switched off."""
    service = system.described()
    found = [
        *_open_groups(system),
        *_public_tasks(service),
        *_wide_roles(system),
        *_open_repository(system),
        *_open_bucket(system),
        *_blind_checks(service, system),
        *_task_definition(service, system),
    ]
    return list(dict.fromkeys(found))


def _open_groups(system: System) -> list[str]:
    wanted = [{"Name": "vpc-id", "Values": [system.on.vpc]}]
    found = []
    for group in system.client("ec2").describe_security_groups(Filters=wanted)["SecurityGroups"]:
        for rule in group["IpPermissions"]:
            sources = {each["CidrIp"] for each in rule["IpRanges"]}
            sources |= {each["CidrIpv6"] for each in rule.get("Ipv6Ranges", [])}
            front = group["GroupName"].endswith("-alb") and rule.get("FromPort") == 80
            if sources & set(_BOTH) and not (front and rule.get("ToPort") == 80):
                found.append(
                    f"{group['GroupId']} ({group['GroupName']}) lets the whole internet in on "
                    f"{_ports(rule)}; name the group or the port that needs it"
                )
    return found


def _ports(rule: dict[str, Any]) -> str:
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if first is None or first == -1:
        return "every port"
    return f"port {first}" if first == last else f"ports {first} to {last}"


def _public_tasks(service: dict[str, Any]) -> list[str]:
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    if network.get("assignPublicIp") == "ENABLED":
        return ["the tasks have public addresses now: that goes round the fault, and exposes them"]
    return []


def _documents(system: System, role: str) -> list[Any]:
    """Return the policies of a role that are its own, inline or attached, those of AWS by their ARN."""
    iam = system.client("iam")
    found: list[Any] = []
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        found.append(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
    for each in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = each["PolicyArn"]
        if arn.startswith("arn:aws:iam::aws:"):
            found.append(arn)
            continue
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        kept = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        found.append(kept["PolicyVersion"]["Document"])
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _wide_roles(system: System) -> list[str]:
    found = []
    for role in (system.task_role, system.execution_role):
        for document in _documents(system, role):
            if isinstance(document, str):
                if "Admin" in document or document.endswith("FullAccess"):
                    found.append(
                        f"{role} has {document.rpartition('/')[2]}: far more than it needs"
                    )
                continue
            content = json.loads(document) if isinstance(document, bytes) else document
            for statement in _listed(content["Statement"]):
                actions = [str(each) for each in _listed(statement.get("Action", []))]
                wide = [each for each in actions if each == "*" or each.endswith(":*")]
                if statement["Effect"] == "Allow" and wide:
                    found.append(f"{role} is allowed {wide[0]}: a wildcard; allow the one action")
    return found


def _open_repository(system: System) -> list[str]:
    ecr = system.client("ecr")
    try:
        text = ecr.get_repository_policy(repositoryName=system.service)["policyText"]
    except ecr.exceptions.RepositoryPolicyNotFoundException:
        return []
    return ["every AWS account may pull from the repository now"] if _for_anyone(text) else []


def _open_bucket(system: System) -> list[str]:
    s3 = system.client("s3")
    try:
        text = s3.get_bucket_policy(Bucket=f"{system.name}-files")["Policy"]
    except s3.exceptions.ClientError:  # NoSuchBucketPolicy
        return []
    return ["everybody may read the bucket now"] if _for_anyone(text) else []


def _for_anyone(policy: str) -> bool:
    """Say whether a resource policy allows something to everybody, without a condition."""
    return any(
        statement["Effect"] == "Allow"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and "Condition" not in statement
        for statement in _listed(json.loads(policy)["Statement"])
    )


def _blind_checks(service: dict[str, Any], system: System) -> list[str]:
    arns = [each["targetGroupArn"] for each in service["loadBalancers"]]
    found = []
    if not arns:
        return ["the service is no longer behind its load balancer"]
    for group in system.client("elbv2").describe_target_groups(TargetGroupArns=arns)[
        "TargetGroups"
    ]:
        codes = group.get("Matcher", {}).get("HttpCode", "200")
        if any(_beyond(part) for part in codes.split(",")):
            found.append(
                f"the health check takes {codes}: an app that answers errors counts as healthy"
            )
        if group["HealthCheckProtocol"] != "HTTP":
            found.append("the health check does not read HTTP any more")
    if service.get("healthCheckGracePeriodSeconds", 0) > 1800:
        found.append("the grace period is so long that a task that broke is kept for it")
    return found


def _beyond(part: str) -> bool:
    """Say whether a code or a range of codes takes a status that is not a success."""
    return int(part.strip().rpartition("-")[2]) > 299


def _task_definition(service: dict[str, Any], system: System) -> list[str]:
    described = system.client("ecs").describe_task_definition(
        taskDefinition=service["taskDefinition"]
    )
    definition, found = described["taskDefinition"], []
    if int(definition.get("memory", 0)) > 4096:
        found.append(f"{definition['memory']} MiB a task: find the need instead of paying for it")
    for container in definition["containerDefinitions"]:
        plain = {each["name"] for each in container.get("environment", [])}
        if "DATABASE_PASSWORD" in plain:
            found.append(
                "a password stands in `environment`, for everyone who may read the definition"
            )
        check = " ".join(container.get("healthCheck", {}).get("command", ["localhost"]))
        if "localhost" not in check and "127.0.0.1" not in check:
            found.append("the container's health check asks nothing of the app")
        if not container.get("logConfiguration"):
            found.append("the tasks log nowhere now, so the next incident has no evidence")
    return found
