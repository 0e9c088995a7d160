"""The shop's services: their data, roles, images, load balancer and task definitions.

Nothing here knows that the AWS is mocked: it is the code that one would run against a real account.
"""

import hashlib
import json
from typing import Any

from awslab.shop_network import APP_PORT, SERVICES, ZONES, Shop
from awslab.world.account import ACCOUNT, REGION

DOMAIN = "shop.example.com"
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
