"""What goes wrong in the incident room: changes as people make them, each by one of AWS's own calls.

The cases have numbers instead of names, because a learner may see their names.
A case changes the system and returns what proves it: ids, names, words of AWS; any of them is taken as evidence.
"""

import json
from collections.abc import Callable
from typing import Any

from awslab.incident_system import ANYWHERE, System, allow
from awslab.world.account import ACCOUNT, REGION

__all__ = ["CASES"]

_ALL_OUT = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}]
_MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
_DENIES = 50  # the number of the network ACL's entry that denies
_ENTRY = ("rule {}", "entry {}", "number {}", "rulenumber={}", "rulenumber': {}", 'rulenumber": {}')
Proof = list[str]


def _next(s: System, **more: Any) -> str:
    """Release the next version of the app and return its tag."""
    tag = s.version.replace(".0", f".{s.draw.number('patch', 1, 9)}")
    s.app(tag, **more)
    return tag


def _revision(definition: str) -> str:
    return definition.rpartition("/")[2]


def _routes(s: System, subnets: list[str]) -> list[str]:
    """Return the route tables of some subnets."""
    wanted = [{"Name": "association.subnet-id", "Values": subnets}]
    tables = s.client("ec2").describe_route_tables(Filters=wanted)["RouteTables"]
    return [each["RouteTableId"] for each in tables]


def _public(s: System) -> list[str]:
    zones = s.client("elbv2").describe_load_balancers(LoadBalancerArns=[s.on.load_balancer])
    return [each["SubnetId"] for each in zones["LoadBalancers"][0]["AvailabilityZones"]]


def _balancer_group(s: System) -> str:
    found = s.client("elbv2").describe_load_balancers(LoadBalancerArns=[s.on.load_balancer])
    return found["LoadBalancers"][0]["SecurityGroups"][0]


def _named(s: System, group: str) -> Proof:
    """Return the id of a security group, and its name."""
    found = s.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return [group, found[0]["GroupName"]]


def _case_11(s: System) -> Proof:
    """A tag that was pushed under another name."""
    tag = _next(s)
    bare = s.client("ecr").batch_get_image(repositoryName=s.service, imageIds=[{"imageTag": tag}])
    manifest = bare["images"][0]["imageManifest"]
    s.client("ecr").put_image(repositoryName=s.service, imageTag=tag[1:], imageManifest=manifest)
    s.client("ecr").batch_delete_image(repositoryName=s.service, imageIds=[{"imageTag": tag}])
    definition = s.register(tag)
    s.deploy(taskDefinition=definition)
    return [f":{tag}", tag, _revision(definition)]


def _case_12(s: System) -> Proof:
    """A policy of the repository that denies pulls."""
    sid = s.draw.pick("sid", ("QuarterEnd", "AuditHold", "SecurityReview", "Migration", "Freeze"))
    statement = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s.client("ecr").set_repository_policy(repositoryName=s.service, policyText=text)
    s.deploy(taskDefinition=s.register(_next(s)))
    return [sid, "403 forbidden", f"repository/{s.service}", f"amazonaws.com/{s.service}"]


def _case_13(s: System) -> Proof:
    """An execution role without the managed policy."""
    s.client("iam").detach_role_policy(RoleName=s.execution_role, PolicyArn=_MANAGED)
    s.deploy(taskDefinition=s.register(_next(s)))
    return [s.execution_role, "ecr:getauthorizationtoken"]


def _case_21(s: System) -> Proof:
    """An execution role that lost its inline policy."""
    s.client("iam").delete_role_policy(RoleName=s.execution_role, PolicyName="secrets")
    s.deploy(taskDefinition=s.register(_next(s)))
    return [s.execution_role, "secretsmanager:getsecretvalue"]


def _case_22(s: System) -> Proof:
    """A reference to a secret that nobody made."""
    name = f"{s.name}/{s.draw.pick('other', ('db', 'postgres', 'aurora', 'main', 'rds', 'data'))}"
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}"
    secrets = [{"name": "DATABASE_PASSWORD", "valueFrom": arn}]
    definition = s.register(_next(s), secrets=secrets)
    s.deploy(taskDefinition=definition)
    return [name, "resourcenotfoundexception", _revision(definition)]


def _case_23(s: System) -> Proof:
    """A key that the secret's JSON lacks."""
    key = s.draw.pick("key", ("passwd", "pass", "pwd", "secret", "db_password", "value"))
    secrets = [{"name": "DATABASE_PASSWORD", "valueFrom": f"{s.secret}:{key}::"}]
    definition = s.register(_next(s), secrets=secrets)
    s.deploy(taskDefinition=definition)
    return [f"json key {key}", f":{key}::", "did not contain json key", _revision(definition)]


def _case_24(s: System) -> Proof:
    """A log group that somebody tidied away."""
    s.client("logs").delete_log_group(logGroupName=s.log_group)
    s.deploy(taskDefinition=s.register(_next(s)))
    return [s.log_group, "log group does not exist"]


def _case_31(s: System) -> Proof:
    """Private subnets without their default route."""
    tables = _routes(s, s.on.subnets)
    for table in tables:
        s.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE)
    s.deploy(taskDefinition=s.register(_next(s)))
    return [*tables, *s.on.subnets]


def _case_32(s: System) -> Proof:
    """A security group of the tasks without outbound rules."""
    s.client("ec2").revoke_security_group_egress(
        GroupId=s.on.security_group, IpPermissions=_ALL_OUT
    )
    s.deploy(taskDefinition=s.register(_next(s)))
    return _named(s, s.on.security_group)


def _case_33(s: System) -> Proof:
    """A VPC without its DNS server."""
    s.client("ec2").modify_vpc_attribute(VpcId=s.on.vpc, EnableDnsSupport={"Value": False})
    s.deploy(taskDefinition=s.register(_next(s)))
    return [s.on.vpc, "enablednssupport", "lookup api.ecr"]


def _case_41(s: System) -> Proof:
    """A version that needs more memory than its task has."""
    definition = s.register(_next(s, memory=s.draw.number("memory", 600, 960, 20)))
    s.deploy(taskDefinition=definition)
    return ["outofmemory", "137", _revision(definition)]


def _case_42(s: System) -> Proof:
    """A revision that forgets a variable."""
    definition = s.register(_next(s), environment=[])
    s.deploy(taskDefinition=definition)
    return [s.setting, _revision(definition)]


def _case_43(s: System) -> Proof:
    """A container health check that asks another port."""
    other = str(s.port + s.draw.number("offset", 1, 9))
    command = ["CMD-SHELL", f"wget -q -O - http://localhost:{other}/health || exit 1"]
    check = {"command": command, "interval": 5, "retries": 2}
    definition = s.register(_next(s), healthCheck=check)
    s.deploy(taskDefinition=definition)
    return ["failed container health checks", other, _revision(definition)]


def _group_name(s: System) -> str:
    return s.on.target_group.split("/")[1]


def _case_51(s: System) -> Proof:
    """A health check path that the app does not know."""
    paths = ("/healthz", "/status", "/alive", "/ping", "/ready", "/up", "/healthcheck")
    path = s.draw.pick("path", paths)
    s.client("elbv2").modify_target_group(TargetGroupArn=s.on.target_group, HealthCheckPath=path)
    return [path, "responsecodemismatch", "[404]", _group_name(s)]


def _case_52(s: System) -> Proof:
    """A health check on a port where nothing listens."""
    port = str(s.port + s.draw.number("offset", 1, 9))
    s.client("elbv2").modify_target_group(TargetGroupArn=s.on.target_group, HealthCheckPort=port)
    return [port, _group_name(s), "healthcheckport"]


def _case_53(s: System) -> Proof:
    """A version that boots for longer than the service waits."""
    definition = s.register(_next(s, boot=s.draw.number("boot", 130, 180, 10)))
    s.deploy(taskDefinition=definition, healthCheckGracePeriodSeconds=20)
    proof = ["healthcheckgraceperiodseconds", "grace", "task failed elb health checks"]
    return [*proof, _group_name(s), f"service/{s.cluster}", _revision(definition)]


def _case_61(s: System) -> Proof:
    """Tasks whose security group no longer lets the load balancer in."""
    pair = [{"GroupId": _balancer_group(s)}]
    rule = {"IpProtocol": "tcp", "FromPort": s.port, "ToPort": s.port, "UserIdGroupPairs": pair}
    group = s.on.security_group
    s.client("ec2").revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return _named(s, group)


def _case_62(s: System) -> Proof:
    """A network ACL on the private subnets that denies the app's port."""
    ec2 = s.client("ec2")
    acl = ec2.create_network_acl(VpcId=s.on.vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "CidrBlock": ANYWHERE}
    ports = {"From": s.port, "To": s.port}
    ec2.create_network_acl_entry(
        **entry, RuleNumber=_DENIES, Protocol="6", RuleAction="deny", Egress=False, PortRange=ports
    )
    for egress in (False, True):
        ec2.create_network_acl_entry(
            **entry, RuleNumber=100, Protocol="-1", RuleAction="allow", Egress=egress
        )
    wanted = [{"Name": "association.subnet-id", "Values": s.on.subnets}]
    for found in ec2.describe_network_acls(Filters=wanted)["NetworkAcls"]:
        for each in found["Associations"]:
            if each["SubnetId"] in s.on.subnets:
                ec2.replace_network_acl_association(
                    AssociationId=each["NetworkAclAssociationId"], NetworkAclId=acl
                )
    # The sentence of `cloud.path` and the entry as EC2 describes it name no ACL, but the rule.
    return [acl, *(text.format(_DENIES) for text in _ENTRY)]


def _case_63(s: System) -> Proof:
    """A load balancer whose security group allows nothing out."""
    group = _balancer_group(s)
    s.client("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=_ALL_OUT)
    return _named(s, group)


def _case_71(s: System) -> Proof:
    """A listener that forwards to a group without targets."""
    elb = s.client("elbv2")
    name = f"{s.name}-{s.draw.pick('colour', ('green', 'canary', 'next', 'new', 'beta', 'v2'))}"
    empty = elb.create_target_group(
        Name=name, Protocol="HTTP", Port=s.port, VpcId=s.on.vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = {"Type": "forward", "TargetGroupArn": empty}
    elb.modify_listener(ListenerArn=s.on.listener, DefaultActions=[forward])
    return [name, s.on.listener]


def _case_72(s: System) -> Proof:
    """A service that was scaled to nothing."""
    s.deploy(desiredCount=0)
    return ["desiredcount", "desired count", "desired_count", f"service/{s.cluster}"]


def _case_73(s: System) -> Proof:
    """A load balancer whose security group has no rule for clients."""
    group = _balancer_group(s)
    s.client("ec2").revoke_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp=ANYWHERE
    )
    return _named(s, group)


def _case_74(s: System) -> Proof:
    """Public subnets without their route to the internet gateway."""
    tables = _routes(s, _public(s))
    for table in tables:
        s.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE)
    return [*tables, *_public(s)]


def _case_81(s: System) -> Proof:
    """A task role that lost its policy."""
    s.client("iam").delete_role_policy(RoleName=s.task_role, PolicyName="files")
    return [s.task_role, "s3:getobject", "accessdenied"]


def _case_82(s: System) -> Proof:
    """A deny on top of what the task role is allowed."""
    names = ("lockdown", "quarter-end", "compliance", "cost-stop", "hold", "audit-2026")
    name = s.draw.pick("policy", names)
    s.client("iam").put_role_policy(
        RoleName=s.task_role,
        PolicyName=name,
        PolicyDocument=allow("s3:*", "*", "Deny"),
    )
    return [name, "explicit deny", s.task_role]


def _case_83(s: System) -> Proof:
    """A secret that got a new value, which running tasks do not know."""
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate-{s.name}"
    s.client("secretsmanager").rotate_secret(SecretId=s.secret, RotationLambdaARN=function)
    return [f"{s.name}/database", "authentication failed", "lastrotateddate", "lastchangeddate"]


# For each number in the assignment: what may be wrong, with the cause that a diagnosis has to name.
CASES: dict[int, tuple[tuple[str, Callable[[System], Proof]], ...]] = {
    0: (("too-little-memory", _case_41),),
    1: (
        ("image-tag-missing", _case_11),
        ("repository-policy-denies", _case_12),
        ("execution-role-may-not-pull", _case_13),
    ),
    2: (
        ("execution-role-may-not-read-secret", _case_21),
        ("secret-does-not-exist", _case_22),
        ("secret-key-missing", _case_23),
        ("log-group-missing", _case_24),
    ),
    3: (
        ("private-route-missing", _case_31),
        ("task-outbound-closed", _case_32),
        ("dns-off", _case_33),
    ),
    4: (
        ("too-little-memory", _case_41),
        ("variable-missing", _case_42),
        ("container-check-wrong", _case_43),
    ),
    5: (
        ("health-path-wrong", _case_51),
        ("health-port-wrong", _case_52),
        ("grace-period-too-short", _case_53),
    ),
    6: (
        ("task-inbound-closed", _case_61),
        ("network-acl-denies", _case_62),
        ("balancer-outbound-closed", _case_63),
    ),
    7: (
        ("forwards-to-empty-group", _case_71),
        ("scaled-to-zero", _case_72),
        ("balancer-inbound-closed", _case_73),
        ("public-route-missing", _case_74),
    ),
    8: (
        ("task-role-lacks-permission", _case_81),
        ("explicit-deny", _case_82),
        ("secret-rotated", _case_83),
    ),
}
