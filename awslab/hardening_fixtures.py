"""The shop of assignment 6.3-interview-hardening: it works, and it is open in a dozen places.

Which service has which weakness is drawn for each learner while the shop is built, and kept nowhere: a check draws
it again, or reads it in AWS. Everything is made through AWS's own API.
"""

import contextlib
import json
from typing import Any

from botocore.exceptions import ClientError

from awslab import shop_network, shop_services
from awslab.alb_faults import ask
from awslab.clients import client
from awslab.design_probes import steady, while_asking
from awslab.draw import draw
from awslab.fixtures import push_image
from awslab.shop_network import APP_PORT, SERVICES, ZONES, Shop
from awslab.shop_services import ACCESS, DOMAIN, TRUST, statement
from awslab.world.account import ACCOUNT, REGION

__all__ = [
    "DRAWN",
    "PASSWORD",
    "ROLE",
    "answers",
    "app_of",
    "build_image",
    "insecure_shop",
    "shop_ids",
]

CLUSTER = "shop"
CIDR = "10.0.0.0/16"
PASSWORD = "correct horse"  # what shop_services.data stores as the database's password
DRAWN = "what is wrong with the shop"  # what the weaknesses are drawn for, instead of an assignment
ROLE = "shop-task"  # the one task role that all services share
_SPIES = (
    "agency-07",
    "night-shift",
    "temp-admin",
    "old-laptop",
    "ci-debug",
    "support-3",
    "trainee",
)


class _Lab:
    """What the makers of the shop need of a boto3 session."""

    client = staticmethod(client)


def app_of(service: str) -> dict[str, Any]:
    """Return how a service's app behaves: it logs in to the database and calls what is its own; order calls payment."""
    action, resource = ACCESS[service]
    calls: list[dict[str, str]] = [
        {"action": action, "resource": resource.replace("*", "ada.png")},
    ]
    if service == "order":
        calls.append({"url": "http://payment-service:3000/payments"})
    return {
        "port": APP_PORT,
        "boot": 5,
        "health": {"/health": 200, "*": 200},
        "env": ["DATABASE_PASSWORD"],
        "needs_secret": "DATABASE_PASSWORD",
        "calls": calls,
    }


def build_image(service: str, tag: str, user: str = "") -> str:
    """Do as the build server does: build a service's image, with `USER user` if given, push it, return its digest.

    Raises ECR's own errors, for example when the tag is there and may not move.
    """
    content = f"{service} {tag} {user}"
    return push_image(f"{service}-service", tag, content=content, app=app_of(service), user=user)


def insecure_shop() -> dict[str, Any]:
    """Build the shop, or find it, wait until it is steady, and return the ids of its parts as plain JSON.

    Keys: `vpc`; `public`, `private`, lists of subnets; `groups` by name; `secret`, its ARN; `load_balancer`, its ARN;
    `listeners`, the ARNs of `http` and `https`; `targets`, the ARN of each service's target group.
    """
    try:
        client("ecs").describe_services(cluster=CLUSTER, services=list(SERVICES))
    except ClientError:
        _build()
    return shop_ids()


def answers() -> dict[str, int | None]:
    """Wait until the services are steady, twenty simulated minutes at most; return what each answers to a customer."""
    while_asking(CLUSTER, SERVICES, [], lambda: steady(CLUSTER, SERVICES))
    return {each: ask(f"https://{DOMAIN}/api/{each}s/7")["status"] for each in SERVICES}


def _build() -> None:
    shop, drawn = Shop(), draw(DRAWN)
    exposed = drawn.pick("exposed", SERVICES)
    leaky = drawn.pick("leaky", [each for each in SERVICES if each != exposed])
    root = drawn.pick("root", SERVICES)
    shop_network.network(_Lab, shop)
    shop_network.security_groups(_Lab, shop)
    shop_network.endpoints(_Lab, shop)
    shop_services.data(_Lab, shop)
    _roles(shop)
    for service in SERVICES:
        client("ecr").create_repository(repositoryName=f"{service}-service")
        build_image(service, "v1.0", "" if service == root else "node")
    shop_services.load_balancer(_Lab, shop)
    _open_the_doors(shop, exposed, drawn.pick("spy", _SPIES))
    client("ecs").create_cluster(clusterName=CLUSTER)
    client("servicediscovery").create_http_namespace(Name=CLUSTER)
    for service in reversed(SERVICES):  # payment first: order finds only endpoints that are there
        client("logs").create_log_group(logGroupName=f"/ecs/{service}")
        _register(shop, service, service == leaky)
        _serve(shop, service, service == exposed)
    client("ecs").get_waiter("services_stable").wait(cluster=CLUSTER, services=list(SERVICES))


def _roles(shop: Shop) -> None:
    iam = client("iam")
    for name in ("shop-execution", ROLE):
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        shop.roles[name] = made["Role"]["Arn"]
    iam.attach_role_policy(
        RoleName="shop-execution",
        PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    )
    every_secret = statement("secretsmanager:GetSecretValue", "*")
    iam.put_role_policy(
        RoleName="shop-execution", PolicyName="secrets", PolicyDocument=every_secret
    )
    anything = {
        "Effect": "Allow",
        "Action": ["s3:*", "dynamodb:*", "sqs:*", "secretsmanager:GetSecretValue"],
        "Resource": "*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [anything]})
    iam.put_role_policy(RoleName=ROLE, PolicyName="everything", PolicyDocument=document)


def _open_the_doors(shop: Shop, exposed: str, spy: str) -> None:
    """Open groups that were closed, one of them by a session that should not exist, and the plain listener."""
    ec2, iam = client("ec2"), client("iam")
    shop_network.allow(ec2, shop.groups["database"], 5432, cidr=CIDR)
    shop_network.allow(ec2, shop.groups[exposed], APP_PORT, cidr="0.0.0.0/0")
    trust = TRUST.replace('"Service": "ecs-tasks.amazonaws.com"', f'"AWS": "{ACCOUNT}"')
    iam.create_role(RoleName="contractor", AssumeRolePolicyDocument=trust)
    document = statement("ec2:*", "*")
    iam.put_role_policy(RoleName="contractor", PolicyName="network", PolicyDocument=document)
    as_spy = _client_of(f"arn:aws:iam::{ACCOUNT}:role/contractor", spy)
    shop_network.allow(as_spy("ec2"), shop.groups["payment"], APP_PORT, cidr=CIDR)
    with contextlib.suppress(ClientError):  # refused, and recorded all the same
        as_spy("secretsmanager").get_secret_value(SecretId=shop.secret)
    client("elbv2").modify_listener(
        ListenerArn=shop.listeners["http"],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": shop.targets["user"]}],
    )


def _client_of(role: str, session_name: str) -> Any:
    import boto3

    given = client("sts").assume_role(RoleArn=role, RoleSessionName=session_name)["Credentials"]
    session = boto3.session.Session()
    return lambda service: session.client(
        service,
        region_name=REGION,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def _register(shop: Shop, service: str, leaky: bool) -> None:
    password = {"environment": [{"name": "DATABASE_PASSWORD", "value": PASSWORD}], "secrets": []}
    mapping = {"containerPort": APP_PORT, "name": "http", "appProtocol": "http"}
    shop.roles |= {"execution": shop.roles["shop-execution"], service: shop.roles[ROLE]}
    container = {"portMappings": [mapping], **(password if leaky else {})}
    shop_services.register(_Lab, shop, service, "v1.0", container=container)


def _serve(shop: Shop, service: str, exposed: bool) -> None:
    alias = {"port": APP_PORT, "dnsName": f"{service}-service"}
    entry = {"portName": "http", "discoveryName": service, "clientAliases": [alias]}
    subnets = shop.public if exposed else shop.private
    client("ecs").create_service(
        cluster=CLUSTER,
        serviceName=service,
        taskDefinition=service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": [subnets[zone] for zone in ZONES],
                "securityGroups": [shop.groups[service]],
                "assignPublicIp": "ENABLED" if exposed else "DISABLED",
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
        serviceConnectConfiguration={"enabled": True, "namespace": CLUSTER, "services": [entry]},
    )


def shop_ids() -> dict[str, Any]:
    """Return the ids of the shop's parts, as AWS has them now; the keys are those of `insecure_shop`."""
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": [CIDR]}])["Vpcs"][0]["VpcId"]
    within = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets = sorted(
        ec2.describe_subnets(Filters=within)["Subnets"], key=lambda each: each["AvailabilityZone"]
    )
    by_third = {
        "public": "0",
        "private": "1",
        "data": "2",
    }  # 10.0.0.0/24, 10.0.10.0/24, 10.0.20.0/24
    tiers = {
        tier: [
            each["SubnetId"]
            for each in subnets
            if each["CidrBlock"].split(".")[2].zfill(2).startswith(first)
        ]
        for tier, first in by_third.items()
    }
    groups = ec2.describe_security_groups(Filters=within)["SecurityGroups"]
    balancer = elb.describe_load_balancers(Names=["shop"])["LoadBalancers"][0]["LoadBalancerArn"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    targets = elb.describe_target_groups()["TargetGroups"]
    return {
        "vpc": vpc,
        **tiers,
        "groups": {
            each["GroupName"].removeprefix("shop-"): each["GroupId"]
            for each in groups
            if each["GroupName"] != "default"
        },
        "secret": client("secretsmanager").describe_secret(SecretId="shop/database")["ARN"],
        "load_balancer": balancer,
        "listeners": {each["Protocol"].lower(): each["ListenerArn"] for each in listeners},
        "targets": {
            each["TargetGroupName"].removesuffix("-tg"): each["TargetGroupArn"] for each in targets
        },
    }
