"""More single faults in the shop: settings that are wrong, things that are gone, load that is too much.

See `test_faults.py` for the first thirty, and `test_faults_on_purpose.py` for those of `cloud.fail`.
"""

import hashlib
import json

import pytest

from awslab.server import control
from tests.q9 import architecture as shop_of
from tests.q9.architecture import APP_PORT, DOMAIN, TRUST, ZONES
from tests.q9.healing import heals, logged, statuses
from tests.q9.load import TARGET, activities, counts, desired, send, track

EXECUTION = "shop-execution"
ANYWHERE = "0.0.0.0/0"
ALL_OUT = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}]
OVERLOAD = 120  # requests a second: two tasks of a quarter vCPU do 50


def nat_gateway_deleted(w):
    """Its route is a blackhole: half of the requests that need the internet fail; a new one and its route heal it."""
    ec2, zone = w.client("ec2"), ZONES[0]
    route = {"RouteTableId": w.shop.routes[zone], "DestinationCidrBlock": ANYWHERE}
    ec2.delete_nat_gateway(NatGatewayId=w.shop.nat[zone])
    table = ec2.describe_route_tables(RouteTableIds=[w.shop.routes[zone]])["RouteTables"][0]

    assert "blackhole" in {each["State"] for each in table["Routes"]}
    assert statuses(w, "order") == {200, 500}
    yield
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=w.shop.public[zone], AllocationId=address)
    ec2.replace_route(**route, NatGatewayId=made["NatGateway"]["NatGatewayId"])


def nat_gateway_in_a_private_subnet(w):
    """A NAT gateway in a private subnet has no way out itself: what goes through it is lost."""
    ec2, zone = w.client("ec2"), ZONES[0]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=w.shop.private[zone], AllocationId=address)
    route = {"RouteTableId": w.shop.routes[zone], "DestinationCidrBlock": ANYWHERE}
    ec2.replace_route(**route, NatGatewayId=made["NatGateway"]["NatGatewayId"])

    assert statuses(w, "payment") == {200, 500}
    yield
    ec2.replace_route(**route, NatGatewayId=w.shop.nat[zone])


def tasks_may_not_speak(w):
    """The tasks' security group allows no outbound traffic: they cannot fetch what they start with."""
    ec2, group = w.client("ec2"), w.shop.groups["user"]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=ALL_OUT)

    assert statuses(w, "user") == {500}
    w.deploy()
    w.stopped_saying("ResourceInitializationError", "connection issue between the task and")
    yield
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=ALL_OUT)


def acl_lets_no_answers_in(w):
    """A network ACL on the private subnets lets in the app's port only: answers from S3 do not come back."""
    ec2 = w.client("ec2")
    acl = ec2.create_network_acl(VpcId=w.shop.vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 100, "Protocol": "6", "CidrBlock": ANYWHERE}
    everything, app = {"From": 0, "To": 65535}, {"From": APP_PORT, "To": APP_PORT}
    ec2.create_network_acl_entry(**entry, RuleAction="allow", Egress=True, PortRange=everything)
    ec2.create_network_acl_entry(**entry, RuleAction="allow", Egress=False, PortRange=app)
    private = list(w.shop.private.values())
    filters = [{"Name": "association.subnet-id", "Values": private}]
    replaced = []
    for found in ec2.describe_network_acls(Filters=filters)["NetworkAcls"]:
        for each in found["Associations"]:
            if each["SubnetId"] in private:
                new = ec2.replace_network_acl_association(
                    AssociationId=each["NetworkAclAssociationId"], NetworkAclId=acl
                )
                replaced.append((new["NewAssociationId"], found["NetworkAclId"]))

    assert set(w.health()) == {("healthy", None)}
    assert statuses(w, "user") == {500}
    yield
    for association, before in replaced:
        ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=before)


def dns_support_off(w):
    """Without the VPC's DNS server no name resolves: nothing starts, and the apps' calls fail."""
    ec2 = w.client("ec2")
    ec2.modify_vpc_attribute(VpcId=w.shop.vpc, EnableDnsSupport={"Value": False})

    assert statuses(w, "order") == {500}
    w.deploy()
    w.stopped_saying("ResourceInitializationError")
    yield
    ec2.modify_vpc_attribute(VpcId=w.shop.vpc, EnableDnsSupport={"Value": True})


def subnets_without_a_way_out(w):
    """The service is moved into the isolated subnets: the layers in S3 are out of reach."""
    network = {"securityGroups": [w.shop.groups["user"]], "assignPublicIp": "DISABLED"}
    isolated = {**network, "subnets": list(w.shop.data.values())}
    w.deploy(networkConfiguration={"awsvpcConfiguration": isolated})
    w.stopped_saying("CannotPullContainerError", "i/o timeout")

    assert w.status() == 200
    yield
    private = {**network, "subnets": list(w.shop.private.values())}
    w.deploy(networkConfiguration={"awsvpcConfiguration": private})


def secret_key_missing(w):
    """The task definition asks for a key of a secret that is no JSON."""
    secrets = [{"name": "DATABASE_PASSWORD", "valueFrom": f"{w.shop.secret}:password::"}]
    changed = {"container": {"secrets": secrets}}
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v1.0", **changed))
    w.stopped_saying("ResourceInitializationError", "did not contain json key password")
    yield
    manager = w.client("secretsmanager")
    manager.put_secret_value(SecretId=w.shop.secret, SecretString='{"password": "correct horse"}')
    w.settle("user")
    w.deploy(taskDefinition="user:2")


def secret_scheduled_for_deletion(w):
    """The secret waits for its deletion: it can be restored, and until then nothing starts."""
    manager = w.client("secretsmanager")
    manager.delete_secret(SecretId=w.shop.secret, RecoveryWindowInDays=7)
    w.deploy()
    w.stopped_saying("InvalidRequestException", "marked for deletion")
    yield
    manager.restore_secret(SecretId=w.shop.secret)


def secret_under_a_key_of_one_s_own(w):
    """The secret is encrypted with a customer managed key, which the execution role may not use."""
    key = w.client("kms").create_key()["KeyMetadata"]["Arn"]
    w.client("secretsmanager").update_secret(SecretId=w.shop.secret, KmsKeyId=key)
    w.deploy()
    w.stopped_saying("ResourceInitializationError", "kms:Decrypt")
    yield
    document = shop_of.statement("kms:Decrypt", key)
    w.client("iam").put_role_policy(RoleName=EXECUTION, PolicyName="key", PolicyDocument=document)


def task_role_not_trusted(w):
    """The task role trusts another service: ECS cannot assume it for new tasks."""
    iam, name = w.client("iam"), "shop-user-task"
    iam.update_assume_role_policy(
        RoleName=name, PolicyDocument=TRUST.replace("ecs-tasks", "lambda")
    )
    w.deploy()
    w.stopped_saying("unable to assume the role", name)
    yield
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=TRUST)


def task_role_bounded(w):
    """A permissions boundary that lacks the action takes it away, whatever the role's policy allows."""
    iam, name = w.client("iam"), "shop-user-task"
    document = shop_of.statement("logs:*", "*")
    arn = iam.create_policy(PolicyName="bound", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=arn)

    assert statuses(w, "user") == {500}
    assert logged(w, "AccessDenied")
    yield
    iam.delete_role_permissions_boundary(RoleName=name)


def bucket_denies(w):
    """The bucket's own policy denies the task role."""
    s3 = w.client("s3")
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": w.shop.roles["user"]},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::user-photos/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(Bucket="user-photos", Policy=json.dumps(policy))

    assert statuses(w, "user") == {500}
    yield
    s3.delete_bucket_policy(Bucket="user-photos")


def wrong_architecture(w):
    """The image was built on a laptop for arm64, the task runs on x86."""
    _push_for(w, "arm64", "v2.0")
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v2.0"))
    w.stopped_saying("CannotPullContainerError", "platform 'linux/amd64'")
    yield
    _push_for(w, "amd64", "v2.1")
    w.settle("user")
    w.deploy(taskDefinition=shop_of.register(w.session, w.shop, "user", "v2.1"))


def _push_for(w, architecture, tag):
    """Push the image again under a tag, with an architecture in its config."""
    ecr, repository = w.client("ecr"), "user-service"
    shop_of.push(w.session, "user", tag)
    image = {"repositoryName": repository, "imageIds": [{"imageTag": tag}]}
    manifest = json.loads(ecr.batch_get_image(**image)["images"][0]["imageManifest"])
    profile = {"port": APP_PORT, "boot": 5, "health": {"*": 200}}
    content = json.dumps({"architecture": architecture, "awslab.app": profile}).encode()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    shop_of.upload(ecr, repository, content, digest)
    manifest["config"] |= {"digest": digest, "size": len(content)}
    ecr.batch_delete_image(**image)
    ecr.put_image(repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest))


def repository_deleted(w):
    """The repository is gone with all images; what runs goes on, and nothing new starts."""
    ecr = w.client("ecr")
    ecr.delete_repository(repositoryName="user-service", force=True)
    w.deploy()
    w.stopped_saying("CannotPullContainerError", "not found")

    assert w.status() == 200
    yield
    shop_of.push(w.session, "user", "v1.0")


def container_check_on_the_wrong_port(w):
    """The container's health check asks a port on which nothing listens: the task is unhealthy and replaced."""
    command = ["CMD-SHELL", "wget -q -O - http://localhost:9999/health || exit 1"]
    check = {"healthCheck": {"command": command, "interval": 5, "retries": 2}}
    changed = shop_of.register(w.session, w.shop, "user", "v1.0", container=check)
    w.deploy(taskDefinition=changed)
    w.stopped_saying("failed container health checks")
    yield
    w.deploy(taskDefinition="user:1")


def health_check_on_the_wrong_port(w):
    """The target group asks another port than the app's: it times out in the security group."""
    change = {"TargetGroupArn": w.shop.targets["user"]}
    w.client("elbv2").modify_target_group(**change, HealthCheckPort="9999")
    w.health_saying("unhealthy", "Target.Timeout")
    yield
    w.client("elbv2").modify_target_group(**change, HealthCheckPort="traffic-port")


def no_circuit_breaker(w):
    """Without a circuit breaker a deployment that cannot work goes on failing; the old tasks answer."""
    settings = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    broken = shop_of.register(w.session, w.shop, "user", "v9.9")
    w.deploy(taskDefinition=broken, deploymentConfiguration=settings)

    def failed_often():
        return w.service("user")["deployments"][0]["failedTasks"] >= 4

    w.poll_until(failed_often, polls=600)
    assert w.service("user")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert w.status() == 200
    yield
    w.deploy(taskDefinition="user:1")


def certificate_of_another_name(w):
    """The listener shows a certificate for another domain: clients end the connection."""
    elb, acm = w.client("elbv2"), w.client("acm")
    other = acm.request_certificate(DomainName="www.example.com", ValidationMethod="DNS")
    arn = other["CertificateArn"]
    options = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    record = options["DomainValidationOptions"][0]["ResourceRecord"]
    value = {"TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    proof = {"Name": record["Name"], "Type": record["Type"], **value}
    shop_of.put_record(w.session, w.shop, proof)
    acm.get_waiter("certificate_validated").wait(CertificateArn=arn)
    listener = {"ListenerArn": w.shop.listeners["https"]}
    elb.modify_listener(**listener, Certificates=[{"CertificateArn": arn}])

    found = control.ACTIONS["trace"]("GET", f"https://{DOMAIN}/api/users/7")
    assert found["status"] is None
    assert f"for www.example.com, not for {DOMAIN}" in found["why"]
    yield
    elb.modify_listener(**listener, Certificates=[{"CertificateArn": w.shop.certificate}])


def rule_for_another_host(w):
    """The rule also wants a host header that no client sends: the default action answers."""
    elb, rule = w.client("elbv2"), w.shop.rules["user"]
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/users/*"]}}
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": ["api.example.com"]}}
    elb.modify_rule(RuleArn=rule, Conditions=[path, host])

    assert w.status() == 404
    yield
    elb.modify_rule(RuleArn=rule, Conditions=[path])


def too_few_tasks_for_the_load(w):
    """More requests than the tasks can do: 504s until there are more of them."""
    before = counts(send((3, OVERLOAD)))

    assert before["504"] > 0
    yield
    w.deploy(desiredCount=6)
    w.settle("user")
    w.poll_until(lambda: set(w.health()) == {("healthy", None)})
    after = counts(send((3, OVERLOAD)))
    assert "504" not in after


def scaling_ends_too_low(w):
    """Automatic scaling may not go beyond its maximum: the alarm stays on, the tasks are too few."""
    scaling = w.client("application-autoscaling")
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=3)
    track(scaling)
    send((12, OVERLOAD))

    assert desired(w) == 3
    assert w.client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
    yield
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=12)
    found = counts(send((15, OVERLOAD), seed=2))
    assert desired(w) > 3
    assert found["200"] > 0


def scaling_suspended(w):
    """Scaling out is suspended: load brings the alarm, and no activity."""
    scaling = w.client("application-autoscaling")
    bounds = {"MinCapacity": 2, "MaxCapacity": 12}
    off = {"DynamicScalingOutSuspended": True}
    scaling.register_scalable_target(**TARGET, **bounds, SuspendedState=off)
    track(scaling)
    send((8, OVERLOAD))

    assert (desired(w), activities(scaling)) == (2, [])
    yield
    off["DynamicScalingOutSuspended"] = False
    scaling.register_scalable_target(**TARGET, **bounds, SuspendedState=off)
    send((8, OVERLOAD), seed=2)
    assert desired(w) > 2


FAULTS = [
    nat_gateway_deleted,
    nat_gateway_in_a_private_subnet,
    tasks_may_not_speak,
    acl_lets_no_answers_in,
    dns_support_off,
    subnets_without_a_way_out,
    secret_key_missing,
    secret_scheduled_for_deletion,
    secret_under_a_key_of_one_s_own,
    task_role_not_trusted,
    task_role_bounded,
    bucket_denies,
    wrong_architecture,
    repository_deleted,
    container_check_on_the_wrong_port,
    health_check_on_the_wrong_port,
    no_circuit_breaker,
    certificate_of_another_name,
    rule_for_another_host,
    too_few_tasks_for_the_load,
    scaling_ends_too_low,
    scaling_suspended,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_shows_its_symptom_and_heals(world, fault):
    """What AWS would show appears; after the repair the shop is whole again."""
    whole = heals(world, fault)

    assert whole


def test_there_are_enough_faults():
    """At least 15 more faults, each with a name of its own."""
    assert len({fault.__name__ for fault in FAULTS}) == len(FAULTS) >= 15
