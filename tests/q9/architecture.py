"""Q9's architecture, built with plain boto3: three services behind one load balancer, in two Availability Zones.

`build(session)` returns the names and ids of everything, as a `Shop`.
Nothing here knows that the AWS is mocked: it is the code that one would run against a real account.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

ACCOUNT = "123456789012"
REGION = "us-east-1"
ZONES = ("us-east-1a", "us-east-1b")
SERVICES = ("user", "order", "payment")
DOMAIN = "shop.example.com"
APP_PORT = 3000
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
# What each service may do with its own data, and nothing else.
ACCESS = {
    "user": ("s3:GetObject", "arn:aws:s3:::user-photos/*"),
    "order": ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders"),
    "payment": ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:payments"),
}


@dataclass
class Shop:
    """Everything that was built, by role."""

    vpc: str = ""
    internet_gateway: str = ""
    public: dict[str, str] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    nat: dict[str, str] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    secret: str = ""
    zone: str = ""
    certificate: str = ""
    load_balancer: str = ""
    dns_name: str = ""
    listeners: dict[str, str] = field(default_factory=dict)


def build(session: Any, app: dict[str, Any] | None = None) -> Shop:
    """Build the whole architecture and return it; the services have been created, not awaited.

    `app` is the profile of the image that all services run (see awslab/world/app_profile.py).
    """
    shop = Shop()
    network(session, shop)
    security_groups(session, shop)
    endpoints(session, shop)
    data(session, shop)
    roles(session, shop)
    for service in SERVICES:
        push(session, service, "v1.0", app)
    load_balancer(session, shop)
    session.client("ecs").create_cluster(clusterName="shop")
    for service in SERVICES:
        session.client("logs").create_log_group(logGroupName=f"/ecs/{service}")
        register(session, shop, service, "v1.0")
        create_service(session, shop, service)
    return shop


def network(session: Any, shop: Shop) -> None:
    """Make the VPC: three tiers in two zones, an internet gateway, a NAT gateway a zone."""
    ec2 = session.client("ec2")
    shop.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=shop.vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=shop.vpc, EnableDnsHostnames={"Value": True})
    for tier, first in (("public", 0), ("private", 10), ("data", 20)):
        for index, zone in enumerate(ZONES):
            subnet = ec2.create_subnet(
                VpcId=shop.vpc, CidrBlock=f"10.0.{first + index}.0/24", AvailabilityZone=zone
            )
            getattr(shop, tier)[zone] = subnet["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    shop.internet_gateway = gateway
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=shop.vpc)
    shop.routes["public"] = table(ec2, shop, [shop.public[zone] for zone in ZONES])
    ec2.create_route(
        RouteTableId=shop.routes["public"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    for zone in ZONES:
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(SubnetId=shop.public[zone], AllocationId=address)
        shop.nat[zone] = nat["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=list(shop.nat.values()))
    for zone in ZONES:
        shop.routes[zone] = table(ec2, shop, [shop.private[zone]])
        ec2.create_route(
            RouteTableId=shop.routes[zone],
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId=shop.nat[zone],
        )
    shop.routes["data"] = table(ec2, shop, [shop.data[zone] for zone in ZONES])


def table(ec2: Any, shop: Shop, subnets: list[str]) -> str:
    """Make a route table for some subnets and return its id."""
    made = ec2.create_route_table(VpcId=shop.vpc)["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=made, SubnetId=subnet)
    return made


def security_groups(session: Any, shop: Shop) -> None:
    """Make the chain: internet -> load balancer -> tasks -> database; payment takes calls from order only."""
    ec2 = session.client("ec2")
    for name in ("alb", *SERVICES, "database", "endpoints"):
        shop.groups[name] = ec2.create_security_group(
            GroupName=f"shop-{name}", Description=name, VpcId=shop.vpc
        )["GroupId"]
    for port in (80, 443):
        allow(ec2, shop.groups["alb"], port, cidr="0.0.0.0/0")
    for service in SERVICES:
        allow(ec2, shop.groups[service], APP_PORT, group=shop.groups["alb"])
        allow(ec2, shop.groups["database"], 5432, group=shop.groups[service])
        allow(ec2, shop.groups["endpoints"], 443, group=shop.groups[service])
    allow(ec2, shop.groups["payment"], APP_PORT, group=shop.groups["order"])


def allow(ec2: Any, to: str, port: int, *, cidr: str = "", group: str = "") -> None:
    """Let TCP into the security group `to` on one port, from a CIDR or from another group."""
    ec2.authorize_security_group_ingress(GroupId=to, IpPermissions=[permission(port, cidr, group)])


def permission(port: int, cidr: str = "", group: str = "") -> dict[str, Any]:
    """Return one permission of a security group."""
    source = (
        {"IpRanges": [{"CidrIp": cidr}]} if cidr else {"UserIdGroupPairs": [{"GroupId": group}]}
    )
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}


def endpoints(session: Any, shop: Shop) -> None:
    """Make the endpoints of a pull and of the secrets, so that they need no NAT gateway."""
    ec2 = session.client("ec2")
    for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
        made = ec2.create_vpc_endpoint(
            VpcId=shop.vpc,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            SubnetIds=[shop.private[zone] for zone in ZONES],
            SecurityGroupIds=[shop.groups["endpoints"]],
            PrivateDnsEnabled=True,
        )
        shop.endpoints[service] = made["VpcEndpoint"]["VpcEndpointId"]
    made = ec2.create_vpc_endpoint(
        VpcId=shop.vpc,
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{REGION}.s3",
        RouteTableIds=[shop.routes[zone] for zone in ZONES],
    )
    shop.endpoints["s3"] = made["VpcEndpoint"]["VpcEndpointId"]


def data(session: Any, shop: Shop) -> None:
    """Make what the services keep: photos, orders, payments, the database password."""
    session.client("s3").create_bucket(Bucket="user-photos")
    session.client("s3").put_object(Bucket="user-photos", Key="ada.png", Body=b"picture")
    session.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    session.client("sqs").create_queue(QueueName="payments")
    shop.secret = session.client("secretsmanager").create_secret(
        Name="shop/database", SecretString="correct horse"
    )["ARN"]


def roles(session: Any, shop: Shop) -> None:
    """Make one execution role for all, and one task role a service."""
    iam = session.client("iam")
    shop.roles["execution"] = iam.create_role(
        RoleName="shop-execution", AssumeRolePolicyDocument=TRUST
    )["Role"]["Arn"]
    iam.attach_role_policy(
        RoleName="shop-execution",
        PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    )
    secrets = statement("secretsmanager:GetSecretValue", shop.secret)
    iam.put_role_policy(RoleName="shop-execution", PolicyName="secrets", PolicyDocument=secrets)
    for service in SERVICES:
        name = f"shop-{service}-task"
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        shop.roles[service] = made["Role"]["Arn"]
        document = statement(*ACCESS[service])
        iam.put_role_policy(RoleName=name, PolicyName="data", PolicyDocument=document)


def statement(action: str, resource: str) -> str:
    """Return a policy that allows one action on one resource."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def push(session: Any, service: str, tag: str, app: dict[str, Any] | None = None) -> str:
    """Push an image by ECR's API and return its digest; the repository is made when it is missing."""
    ecr = session.client("ecr")
    names = [r["repositoryName"] for r in ecr.describe_repositories()["repositories"]]
    repository = f"{service}-service"
    if repository not in names:
        ecr.create_repository(repositoryName=repository)
    action, resource = ACCESS[service]
    profile = {
        "port": APP_PORT,
        "boot": 5,
        "health": {"/health": 200, "*": 200},
        "env": ["DATABASE_PASSWORD"],
        "calls": [{"action": action, "resource": resource.replace("*", "ada.png")}],
        **(app or {}),
    }
    config = json.dumps(
        {"awslab.app": profile, "awslab.packages": [], "config": {}, "version": tag}
    ).encode()
    parts = []
    for kind, content in (("config", config), ("layer", f"{service} {tag}".encode())):
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        upload(ecr, repository, content, digest)
        media = "config.v1+json" if kind == "config" else "layer.v1.tar"
        parts.append(
            {
                "mediaType": f"application/vnd.oci.image.{media}",
                "digest": digest,
                "size": len(content),
            }
        )
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": parts[0],
        "layers": parts[1:],
    }
    image = ecr.put_image(
        repositoryName=repository, imageTag=tag, imageManifest=json.dumps(manifest)
    )
    return image["image"]["imageId"]["imageDigest"]


def upload(ecr: Any, repository: str, content: bytes, digest: str) -> None:
    """Upload one layer unless it is there."""
    there = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[digest])
    if not there["failures"]:
        return
    number = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    ecr.upload_layer_part(
        repositoryName=repository,
        uploadId=number,
        partFirstByte=0,
        partLastByte=len(content) - 1,
        layerPartBlob=content,
    )
    ecr.complete_layer_upload(repositoryName=repository, uploadId=number, layerDigests=[digest])


def load_balancer(session: Any, shop: Shop) -> None:
    """Make the load balancer: HTTPS with a rule a service, HTTP that redirects."""
    elb = session.client("elbv2")
    shop.certificate = certificate(session, shop)
    made = elb.create_load_balancer(
        Name="shop",
        Subnets=[shop.public[zone] for zone in ZONES],
        SecurityGroups=[shop.groups["alb"]],
        Scheme="internet-facing",
    )["LoadBalancers"][0]
    shop.load_balancer, shop.dns_name = made["LoadBalancerArn"], made["DNSName"]
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[shop.load_balancer])
    alias = {
        "HostedZoneId": made["CanonicalHostedZoneId"],
        "DNSName": made["DNSName"],
        "EvaluateTargetHealth": False,
    }
    put_record(session, shop, {"Name": DOMAIN, "Type": "A", "AliasTarget": alias})
    for service in SERVICES:
        shop.targets[service] = elb.create_target_group(
            Name=f"{service}-tg",
            Protocol="HTTP",
            Port=APP_PORT,
            VpcId=shop.vpc,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=15,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=3,
        )["TargetGroups"][0]["TargetGroupArn"]
        elb.modify_target_group_attributes(
            TargetGroupArn=shop.targets[service],
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
        )
    shop.listeners["http"] = listener(elb, shop, "HTTP", 80, REDIRECT)
    nothing = {
        "Type": "fixed-response",
        "FixedResponseConfig": {
            "StatusCode": "404",
            "ContentType": "text/plain",
            "MessageBody": "no",
        },
    }
    shop.listeners["https"] = listener(elb, shop, "HTTPS", 443, nothing)
    for number, service in enumerate(SERVICES, 1):
        path = f"/api/{service}s"
        shop.rules[service] = elb.create_rule(
            ListenerArn=shop.listeners["https"],
            Priority=number * 10,
            Conditions=[
                {
                    "Field": "path-pattern",
                    "PathPatternConfig": {"Values": [path, f"{path}/*"]},
                }
            ],
            Actions=[{"Type": "forward", "TargetGroupArn": shop.targets[service]}],
        )["Rules"][0]["RuleArn"]


REDIRECT = {
    "Type": "redirect",
    "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"},
}


def listener(elb: Any, shop: Shop, protocol: str, port: int, action: dict[str, Any]) -> str:
    """Make a listener and return its ARN."""
    secure = {"Certificates": [{"CertificateArn": shop.certificate}]} if protocol == "HTTPS" else {}
    return elb.create_listener(
        LoadBalancerArn=shop.load_balancer,
        Protocol=protocol,
        Port=port,
        DefaultActions=[action],
        **secure,
    )["Listeners"][0]["ListenerArn"]


def certificate(session: Any, shop: Shop) -> str:
    """Request a certificate, put its DNS record into Route 53, and wait until it is issued."""
    acm, dns = session.client("acm"), session.client("route53")
    shop.zone = dns.create_hosted_zone(Name="example.com", CallerReference="shop")["HostedZone"][
        "Id"
    ]
    arn = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
    options = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    record = options["DomainValidationOptions"][0]["ResourceRecord"]
    proof = {
        "Name": record["Name"],
        "Type": record["Type"],
        "TTL": 60,
        "ResourceRecords": [{"Value": record["Value"]}],
    }
    put_record(session, shop, proof)
    acm.get_waiter("certificate_validated").wait(CertificateArn=arn)
    return arn


def put_record(session: Any, shop: Shop, record: dict[str, Any]) -> None:
    """Put one record set into the zone."""
    change = {"Action": "UPSERT", "ResourceRecordSet": record}
    session.client("route53").change_resource_record_sets(
        HostedZoneId=shop.zone, ChangeBatch={"Changes": [change]}
    )


def register(session: Any, shop: Shop, service: str, tag: str, **changes: Any) -> str:
    """Register a task definition revision for one image tag and return its ARN."""
    container = {
        "name": "app",
        "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}-service:{tag}",
        "essential": True,
        "portMappings": [{"containerPort": APP_PORT, "protocol": "tcp"}],
        "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": shop.secret}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": f"/ecs/{service}",
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "app",
            },
        },
        **changes.pop("container", {}),
    }
    definition = {
        "family": service,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": shop.roles["execution"],
        "taskRoleArn": shop.roles[service],
        "containerDefinitions": [container],
        **changes,
    }
    registered = session.client("ecs").register_task_definition(**definition)
    return registered["taskDefinition"]["taskDefinitionArn"]


def create_service(session: Any, shop: Shop, service: str) -> None:
    """Create one service of two tasks in the private subnets, with the circuit breaker on."""
    session.client("ecs").create_service(
        cluster="shop",
        serviceName=service,
        taskDefinition=service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": [shop.private[zone] for zone in ZONES],
                "securityGroups": [shop.groups[service]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": shop.targets[service],
                "containerName": "app",
                "containerPort": APP_PORT,
            }
        ],
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
