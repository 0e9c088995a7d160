"""One fault at a time in a shop that works: AWS's symptom appears, and repairing the fault heals it.

Each fault is a generator: what stands before its `yield` breaks the shop and shows the symptom, what stands after
repairs it. The test then asks for a healthy shop again.
"""

import json

import pytest

from tests.q9 import architecture as shop_of
from tests.q9.architecture import ACCESS, APP_PORT, SERVICES, TRUST, ZONES

EXECUTION = "shop-execution"
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
UNREACHABLE = "unreachable"


def endpoints_group_closed(w):
    """The endpoints' security group lets nobody in: pulls and secrets time out."""
    ec2, group = w.client("ec2"), w.shop.groups["endpoints"]
    rules = [shop_of.permission(443, group=w.shop.groups[s]) for s in SERVICES]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)
    w.deploy()
    w.stopped_saying("TaskFailedToStart", "ResourceInitializationError", "unable to pull secrets")
    yield
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)


def no_way_to_layers(w):
    """Neither the S3 endpoint nor a NAT gateway leads to the layers: the pull times out."""
    ec2 = w.client("ec2")
    ec2.delete_vpc_endpoints(VpcEndpointIds=[w.shop.endpoints["s3"]])
    everywhere = "0.0.0.0/0"
    for zone in ZONES:
        ec2.delete_route(RouteTableId=w.shop.routes[zone], DestinationCidrBlock=everywhere)
    w.deploy()
    w.stopped_saying("CannotPullContainerError")
    yield
    for zone in ZONES:
        ec2.create_route(
            RouteTableId=w.shop.routes[zone],
            DestinationCidrBlock=everywhere,
            NatGatewayId=w.shop.nat[zone],
        )


def target_group_port_blocked(w):
    """The tasks' security group no longer lets the load balancer in: health checks time out."""
    ec2, group = w.client("ec2"), w.shop.groups["user"]
    rule = [shop_of.permission(APP_PORT, group=w.shop.groups["alb"])]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule)
    w.health_saying("unhealthy", "Target.Timeout")
    yield
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule)


def load_balancer_group_closed(w):
    """The load balancer's security group has no rule for 443: clients wait in vain; 80 still answers."""
    ec2, group = w.client("ec2"), w.shop.groups["alb"]
    rule = [shop_of.permission(443, cidr="0.0.0.0/0")]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule)

    assert w.status() == UNREACHABLE
    assert w.status(scheme="http") == 301
    yield
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule)


def load_balancer_may_not_speak(w):
    """The load balancer's security group allows no outbound traffic: its health checks time out."""
    ec2, group = w.client("ec2"), w.shop.groups["alb"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    w.health_saying("unhealthy", "Target.Timeout")
    yield
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=everything)


def _acl(w, subnets):
    """Put a network ACL of its own on some subnets; return it and the associations it replaced."""
    ec2 = w.client("ec2")
    acl = ec2.create_network_acl(VpcId=w.shop.vpc)["NetworkAcl"]["NetworkAclId"]
    replaced = []
    filters = [{"Name": "association.subnet-id", "Values": subnets}]
    for found in ec2.describe_network_acls(Filters=filters)["NetworkAcls"]:
        for association in found["Associations"]:
            if association["SubnetId"] in subnets:
                new = ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl
                )
                replaced.append((new["NewAssociationId"], found["NetworkAclId"]))
    return acl, replaced


def _put_back(w, replaced):
    for association, acl in replaced:
        w.client("ec2").replace_network_acl_association(AssociationId=association, NetworkAclId=acl)


def _entry(w, acl, number, action, egress, first, last):
    w.client("ec2").create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=number,
        Protocol="6",
        RuleAction=action,
        Egress=egress,
        CidrBlock="0.0.0.0/0",
        PortRange={"From": first, "To": last},
    )


def acl_denies_the_app(w):
    """A network ACL on the private subnets denies the app's port before it allows everything."""
    acl, replaced = _acl(w, list(w.shop.private.values()))
    _entry(w, acl, 50, "deny", False, APP_PORT, APP_PORT)
    _entry(w, acl, 100, "allow", False, 0, 65535)
    _entry(w, acl, 100, "allow", True, 0, 65535)
    w.health_saying("unhealthy", "Target.Timeout")
    yield
    _put_back(w, replaced)


def acl_forgets_the_way_back(w):
    """A network ACL on the public subnets allows 443 in and no ephemeral ports out: no answer comes back."""
    acl, replaced = _acl(w, list(w.shop.public.values()))
    _entry(w, acl, 100, "allow", False, 0, 65535)
    _entry(w, acl, 100, "allow", True, 443, 443)

    assert w.status() == UNREACHABLE
    yield
    _put_back(w, replaced)


def public_route_gone(w):
    """The public subnets lose their route to the internet gateway: nothing gets in."""
    ec2, table = w.client("ec2"), w.shop.routes["public"]
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")

    assert w.status() == UNREACHABLE
    yield
    ec2.create_route(
        RouteTableId=table,
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=w.shop.internet_gateway,
    )


def addresses_used_up(w):
    """The private subnets have no free address left: a new task gets no network interface."""
    ec2, made = w.client("ec2"), []
    for subnet in w.shop.private.values():
        free = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"]
        for _ in range(free):
            interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
            made.append(interface["NetworkInterfaceId"])
    w.deploy()
    w.stopped_saying("TaskFailedToStart", "InsufficientFreeAddressesInSubnet")
    yield
    for interface in made:
        ec2.delete_network_interface(NetworkInterfaceId=interface)


def execution_role_without_policy(w):
    """The execution role may not read ECR."""
    iam = w.client("iam")
    iam.detach_role_policy(RoleName=EXECUTION, PolicyArn=MANAGED)
    w.deploy()
    w.stopped_saying("TaskFailedToStart", "ecr:", "not authorized")
    yield
    iam.attach_role_policy(RoleName=EXECUTION, PolicyArn=MANAGED)


def execution_role_without_secrets(w):
    """The execution role may not read the secret."""
    iam = w.client("iam")
    iam.delete_role_policy(RoleName=EXECUTION, PolicyName="secrets")
    w.deploy()
    w.stopped_saying("ResourceInitializationError", "secretsmanager:GetSecretValue")
    yield
    document = shop_of.statement("secretsmanager:GetSecretValue", w.shop.secret)
    iam.put_role_policy(RoleName=EXECUTION, PolicyName="secrets", PolicyDocument=document)


def execution_role_not_trusted(w):
    """The execution role trusts EC2 instead of ECS tasks: ECS cannot assume it."""
    iam = w.client("iam")
    iam.update_assume_role_policy(
        RoleName=EXECUTION, PolicyDocument=TRUST.replace("ecs-tasks", "ec2")
    )
    w.deploy()
    w.stopped_saying("unable to assume the role", EXECUTION)
    yield
    iam.update_assume_role_policy(RoleName=EXECUTION, PolicyDocument=TRUST)


def task_role_without_data(w):
    """The task role lost its policy: the app runs, is healthy, and fails each request."""
    iam, logs = w.client("iam"), w.client("logs")
    iam.delete_role_policy(RoleName="shop-user-task", PolicyName="data")

    assert w.status() == 500
    assert w.status("order") == 200
    lines = logs.filter_log_events(logGroupName="/ecs/user")["events"]
    assert any("AccessDenied" in line["message"] for line in lines)
    yield
    document = shop_of.statement(*ACCESS["user"])
    iam.put_role_policy(RoleName="shop-user-task", PolicyName="data", PolicyDocument=document)


def task_role_denied(w):
    """An explicit deny beats the allow."""
    iam = w.client("iam")
    deny = shop_of.statement("s3:*", "*").replace('"Allow"', '"Deny"')
    iam.put_role_policy(RoleName="shop-user-task", PolicyName="freeze", PolicyDocument=deny)

    assert w.status() == 500
    yield
    iam.delete_role_policy(RoleName="shop-user-task", PolicyName="freeze")


def repository_denies(w):
    """The repository's own policy denies the pull."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            }
        ],
    }
    ecr = w.client("ecr")
    ecr.set_repository_policy(repositoryName="user-service", policyText=json.dumps(policy))
    w.deploy()
    w.stopped_saying("CannotPullContainerError", "403 Forbidden")
    yield
    ecr.delete_repository_policy(repositoryName="user-service")


def tag_missing(w):
    """The new task definition names a tag that was never pushed."""
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v9.9"))
    w.stopped_saying("CannotPullContainerError", "v9.9", "not found")
    yield
    w.deploy(taskDefinition="user:1")


def image_expired(w):
    """The image that runs was deleted from ECR: no new task can start; the running ones go on."""
    ecr = w.client("ecr")
    ecr.batch_delete_image(repositoryName="user-service", imageIds=[{"imageTag": "v1.0"}])

    assert w.status() == 200
    w.deploy()
    w.stopped_saying("CannotPullContainerError")
    yield
    shop_of.push(w.session, "user", "v1.0")


def environment_missing(w):
    """The new task definition forgot the secret: the app exits at once."""
    definition = shop_of.register(w.session, w.shop, "user", "v1.0", container={"secrets": []})
    w.deploy(taskDefinition=definition)
    w.stopped_saying("EssentialContainerExited", "Essential container in task exited")

    assert any("exit 1" in reason for reason in w.reasons())
    lines = w.client("logs").filter_log_events(logGroupName="/ecs/user")["events"]
    assert any("DATABASE_PASSWORD" in line["message"] for line in lines)
    yield
    w.deploy(taskDefinition="user:1")


def too_little_memory(w):
    """The new version needs more memory than the task has: killed, exit code 137."""
    shop_of.push(w.session, "user", "v2.0", {"memory": 900})
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v2.0"))
    w.stopped_saying("OutOfMemoryError", "exit 137")
    yield
    bigger = shop_of.register(w.session, w.shop, "user", "v2.0", memory="1024")
    w.deploy(taskDefinition=bigger)


def wrong_port(w):
    """The new version listens on another port: connections to the target are refused."""
    shop_of.push(w.session, "user", "v2.0", {"port": 8080})
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v2.0"))
    w.stopped_saying("ServiceSchedulerInitiated", "Task failed ELB health checks")

    assert w.status() == 200
    yield
    w.deploy(taskDefinition="user:1")


def health_path_not_found(w):
    """The target group asks for a path that answers 404."""
    shop_of.push(w.session, "user", "v2.0", {"health": {"/health": 200, "/ping": 404, "*": 200}})
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v2.0"))
    w.settle("user")
    change = {"TargetGroupArn": w.shop.targets["user"]}
    w.client("elbv2").modify_target_group(**change, HealthCheckPath="/ping")
    w.health_saying("unhealthy", "Target.ResponseCodeMismatch")
    yield
    w.client("elbv2").modify_target_group(**change, HealthCheckPath="/health")


def wrong_matcher(w):
    """The target group accepts only 204, and the app answers 200."""
    change = {"TargetGroupArn": w.shop.targets["user"]}
    w.client("elbv2").modify_target_group(**change, Matcher={"HttpCode": "204"})
    w.health_saying("unhealthy", "Target.ResponseCodeMismatch")

    assert w.status() == 200, "all targets are unhealthy, so the load balancer fails open"
    yield
    w.client("elbv2").modify_target_group(**change, Matcher={"HttpCode": "200"})


def slow_start(w):
    """The new version boots for three minutes, the grace period is half a minute: killed again and again."""
    shop_of.push(w.session, "user", "v2.0", {"boot": 180})
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v2.0"))
    w.stopped_saying("Task failed ELB health checks")
    yield
    w.settle("user")
    w.deploy(taskDefinition="user:2", healthCheckGracePeriodSeconds=300)


def secret_deleted(w):
    """The secret is gone: ResourceNotFoundException, which is not about images."""
    manager = w.client("secretsmanager")
    manager.delete_secret(SecretId=w.shop.secret, ForceDeleteWithoutRecovery=True)
    w.deploy()
    w.stopped_saying("ResourceInitializationError", "ResourceNotFoundException")
    yield
    made = manager.create_secret(Name="shop/database", SecretString="new horse")["ARN"]
    document = shop_of.statement("secretsmanager:GetSecretValue", made)
    w.client("iam").put_role_policy(
        RoleName=EXECUTION, PolicyName="secrets", PolicyDocument=document
    )
    w.shop.secret, old = made, w.shop.secret
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v1.0"))
    w.settle("user")
    w.shop.secret = old


def log_group_missing(w):
    """The log group is gone: the logging driver cannot start."""
    w.client("logs").delete_log_group(logGroupName="/ecs/user")
    w.deploy()
    w.stopped_saying("ResourceInitializationError", "log group does not exist")
    yield
    w.client("logs").create_log_group(logGroupName="/ecs/user")


def rule_deleted(w):
    """Without its rule, a path falls through to the listener's own answer."""
    elb = w.client("elbv2")
    elb.delete_rule(RuleArn=w.shop.rules["user"])

    assert w.status() == 404
    yield
    _rule(w, 10, ["/api/users", "/api/users/*"], "user")


def _rule(w, priority, paths, service):
    return w.client("elbv2").create_rule(
        ListenerArn=w.shop.listeners["https"],
        Priority=priority,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": w.shop.targets[service]}],
    )["Rules"][0]["RuleArn"]


def rule_shadowed(w):
    """A broad rule with a lower number takes the requests of all others."""
    rule = _rule(w, 1, ["/api/*"], "payment")

    assert w.get("/api/users/7")[1]["service"] == "payment"
    yield
    w.client("elbv2").delete_rule(RuleArn=rule)


def scaled_to_nothing(w):
    """No task is wanted, so the target group is empty: 503."""
    w.deploy(desiredCount=0)
    w.settle("user")

    assert w.status() == 503
    yield
    w.deploy(desiredCount=2)


def forwarded_to_nobody(w):
    """A weight of zero and an empty target group: the rule sends everything nowhere."""
    elb = w.client("elbv2")
    empty = elb.create_target_group(
        Name="empty-tg", Protocol="HTTP", Port=APP_PORT, VpcId=w.shop.vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    actions = lambda target: [{"Type": "forward", "TargetGroupArn": target}]  # noqa: E731
    elb.modify_rule(RuleArn=w.shop.rules["user"], Actions=actions(empty))

    assert w.status() == 503
    yield
    elb.modify_rule(RuleArn=w.shop.rules["user"], Actions=actions(w.shop.targets["user"]))


def no_room_to_deploy(w):
    """minimumHealthyPercent 100 and maximumPercent 100 would leave no room; AWS refuses or the rollout is stuck."""
    ecs = w.client("ecs")
    settings = {"minimumHealthyPercent": 100, "maximumPercent": 125}
    w.deploy(deploymentConfiguration=settings)
    w.deploy()

    def stuck():
        messages = [event["message"] for event in w.service("user")["events"]]
        return any("unable to" in m and "minimumHealthyPercent" in m for m in messages)

    w.poll_until(stuck)
    assert w.status() == 200
    yield
    ecs.update_service(
        cluster="shop",
        service="user",
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
    )


FAULTS = [
    endpoints_group_closed,
    no_way_to_layers,
    target_group_port_blocked,
    load_balancer_group_closed,
    load_balancer_may_not_speak,
    acl_denies_the_app,
    acl_forgets_the_way_back,
    public_route_gone,
    addresses_used_up,
    execution_role_without_policy,
    execution_role_without_secrets,
    execution_role_not_trusted,
    task_role_without_data,
    task_role_denied,
    repository_denies,
    tag_missing,
    image_expired,
    environment_missing,
    too_little_memory,
    wrong_port,
    health_path_not_found,
    wrong_matcher,
    slow_start,
    secret_deleted,
    log_group_missing,
    rule_deleted,
    rule_shadowed,
    scaled_to_nothing,
    forwarded_to_nobody,
    no_room_to_deploy,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_shows_its_symptom_and_heals(world, fault):
    """What AWS would show appears; after the repair the shop is whole again."""
    steps = fault(world)
    next(steps)
    assert next(steps, "repaired") == "repaired"
    world.settle("user")

    def answers():
        return world.get("/api/users/7")[0] == 200 and set(world.health()) == {("healthy", None)}

    assert world.poll_until(answers)


def test_there_are_enough_faults():
    """At least 25 faults, each with a name of its own."""
    assert len({fault.__name__ for fault in FAULTS}) == len(FAULTS) >= 25
