"""The running system of the incident room: one service of two tasks behind a load balancer, built by AWS's own API.

`build` waits until it is steady; `deploy` makes a new revision of its task definition, as a release does.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from awslab.clients import client
from awslab.draw import Draw
from awslab.ecs_fixtures import Stage, push_app, stage
from awslab.world.account import ACCOUNT, REGION

__all__ = ["ANYWHERE", "System", "allow", "build"]

ANYWHERE = "0.0.0.0/0"
VARIABLE = "DATABASE_PASSWORD"
_NAMES = ("orders", "invoices", "tickets", "bookings", "parcels", "refunds", "coupons", "reviews")
_CLUSTERS = ("harbour", "orchard", "quarry", "lantern", "meadow", "copper", "willow", "anchor")
_SETTINGS = ("CURRENCY", "WAREHOUSE", "TENANT", "SALES_REGION", "PRICE_LIST", "CARRIER", "CHANNEL")


@dataclass
class System:
    """Names and ids of what runs; `draw` is where the values of an incident come from."""

    draw: Draw
    name: str
    cluster: str
    port: int
    version: str
    setting: str
    on: Stage
    secret: str = ""
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """Return one client a service: a judge asks hundreds of times, and making one costs more than a call."""
        if service not in self._made:
            self._made[service] = client(service)
        return self._made[service]

    @property
    def service(self) -> str:
        """The name of the ECS service, of its repository and of its task definition's family."""
        return f"{self.name}-service"

    @property
    def log_group(self) -> str:
        """The log group of the tasks."""
        return f"/ecs/{self.service}"

    @property
    def task_role(self) -> str:
        """The name of the role that the app works with."""
        return f"{self.name}-task"

    @property
    def execution_role(self) -> str:
        """The name of the role that ECS starts the tasks with."""
        return self.on.execution_role.rpartition("/")[2]

    @property
    def file(self) -> str:
        """The ARN of the object that the app reads at each request."""
        return f"arn:aws:s3:::{self.name}-files/{self.name}.json"

    @property
    def url(self) -> str:
        """An address that answers 200 while all is well."""
        return f"{self.on.url}/{self.name}/7"

    def app(self, tag: str, **changes: Any) -> str:
        """Push a version of the app, `changes` being keys of its profile, and return the image's URI."""
        health = {"/health": 200, f"/{self.name}*": 200, "*": 404}
        profile = {
            "port": self.port,
            "boot": 5,
            "memory": 180,
            "health": health,
            "env": [VARIABLE, self.setting],
            "needs_secret": VARIABLE,
            "calls": [{"action": "s3:GetObject", "resource": self.file}],
        }
        return push_app(self.service, tag, **profile | changes)

    def register(self, tag: str, task: dict[str, Any] | None = None, **container: Any) -> str:
        """Register a revision for an image tag and return its ARN."""
        options = {
            "awslogs-group": self.log_group,
            "awslogs-region": REGION,
            "awslogs-stream-prefix": "app",
        }
        app = {
            "name": "app",
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{self.service}:{tag}",
            "essential": True,
            "portMappings": [{"containerPort": self.port, "protocol": "tcp"}],
            "environment": [{"name": self.setting, "value": "north"}],
            "secrets": [{"name": VARIABLE, "valueFrom": f"{self.secret}:password::"}],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        definition = {
            "family": self.service,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": self.on.execution_role,
            "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{self.task_role}",
            "containerDefinitions": [app | container],
        }
        made = self.client("ecs").register_task_definition(**definition | (task or {}))
        return made["taskDefinition"]["taskDefinitionArn"]

    def deploy(self, **changes: Any) -> None:
        """Start a deployment: a new one of the same revision unless something is changed."""
        self.client("ecs").update_service(
            cluster=self.cluster,
            service=self.service,
            **(changes or {"forceNewDeployment": True}),
        )

    def described(self) -> dict[str, Any]:
        """Describe the service; five simulated seconds pass."""
        return self.client("ecs").describe_services(cluster=self.cluster, services=[self.service])[
            "services"
        ][0]

    def reasons(self) -> list[str]:
        """Return what the stopped tasks of the service and their containers say."""
        ecs = self.client("ecs")
        arns = ecs.list_tasks(
            cluster=self.cluster, serviceName=self.service, desiredStatus="STOPPED"
        )["taskArns"]
        tasks = ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []
        return [
            f"{task.get('stoppedReason')} {container.get('reason', '')}"
            for task in tasks
            if task.get("stopCode") != "UserInitiated"
            for container in task["containers"]
        ]

    def health(self, service: dict[str, Any]) -> list[dict[str, str]]:
        """Return the health of each target of the target groups that a described service has."""
        elb = self.client("elbv2")
        arns = [each["targetGroupArn"] for each in service["loadBalancers"]]
        found = [elb.describe_target_health(TargetGroupArn=arn) for arn in arns]
        return [
            each["TargetHealth"] for group in found for each in group["TargetHealthDescriptions"]
        ]


def allow(action: str, resource: str, effect: str = "Allow") -> str:
    """Return a policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def build(draw: Draw) -> System:
    """Build the system in an empty account, its names drawn, and wait until it is steady.

    Raises AWS's own ClientError, for example when the account is not empty.
    """
    name = draw.pick("name", _NAMES)
    port = draw.number("port", 3100, 8900, 100)
    system = System(
        draw=draw,
        name=name,
        cluster=draw.pick("cluster", _CLUSTERS),
        port=port,
        version=f"v{draw.number('major', 1, 3)}.{draw.number('minor', 1, 9)}.0",
        setting=draw.pick("setting", _SETTINGS),
        on=stage(name, port=port, cidr=draw.cidr("cidr")),
    )
    _surroundings(system)
    system.app(system.version)
    system.register(system.version)
    _serve(system)
    return system


def _surroundings(system: System) -> None:
    iam, s3 = system.client("iam"), system.client("s3")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    s3.create_bucket(Bucket=f"{system.name}-files")
    s3.put_object(Bucket=f"{system.name}-files", Key=f"{system.name}.json", Body=b"{}")
    iam.create_role(RoleName=system.task_role, AssumeRolePolicyDocument=document)
    iam.put_role_policy(
        RoleName=system.task_role,
        PolicyName="files",
        PolicyDocument=allow("s3:GetObject", f"arn:aws:s3:::{system.name}-files/*"),
    )
    system.secret = system.client("secretsmanager").create_secret(
        Name=f"{system.name}/database", SecretString='{"password": "correct horse"}'
    )["ARN"]
    secrets = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{system.name}/*"
    iam.put_role_policy(
        RoleName=system.execution_role,
        PolicyName="secrets",
        PolicyDocument=allow("secretsmanager:GetSecretValue", secrets),
    )
    system.client("logs").create_log_group(logGroupName=system.log_group)


def _serve(system: System) -> None:
    ecs = system.client("ecs")
    ecs.create_cluster(clusterName=system.cluster)
    behind = {
        "targetGroupArn": system.on.target_group,
        "containerName": "app",
        "containerPort": system.port,
    }
    ecs.create_service(
        cluster=system.cluster,
        serviceName=system.service,
        taskDefinition=system.service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=60,
        networkConfiguration=system.on.network,
        loadBalancers=[behind],
    )
    ecs.get_waiter("services_stable").wait(cluster=system.cluster, services=[system.service])
