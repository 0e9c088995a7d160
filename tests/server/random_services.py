"""The calls that `random_calls.Caller` makes of ECS, ECR and IAM."""

import hashlib
import json

from tests.q9 import architecture
from tests.q9.architecture import ACCOUNT, APP_PORT, REGION, SERVICES

POLICY = "arn:aws:iam::aws:policy/"
MANAGED = (
    f"{POLICY}service-role/AmazonECSTaskExecutionRolePolicy",
    f"{POLICY}AmazonS3ReadOnlyAccess",
)
APPS = (
    {"port": APP_PORT, "boot": 5},
    {"port": APP_PORT, "boot": 5, "health": {"*": 500}},
    {"port": APP_PORT, "boot": 40},
    {"port": APP_PORT, "exit": {"code": 1, "after": 10}},
    {"port": 8080, "boot": 1},
)


class Ecs:
    """Task definitions, tasks and services."""

    def network_configuration(self):
        """Return a random network configuration."""
        private = self.maybe(0.8)
        subnets = list(self.shop.private.values()) if private else [self.any("subnet")]
        return {
            "awsvpcConfiguration": {
                "subnets": subnets[: self.random.choice((1, 2, 2))],
                "securityGroups": [self.any("group")],
                "assignPublicIp": self.random.choice(("ENABLED", "DISABLED")),
            }
        }

    def deployment_configuration(self):
        """Return random bounds and circuit breaker."""
        return {
            "minimumHealthyPercent": self.random.choice((0, 50, 100)),
            "maximumPercent": self.random.choice((100, 150, 200)),
            "deploymentCircuitBreaker": {"enable": self.maybe(), "rollback": self.maybe()},
        }

    def register_task_definition(self):
        """Register a revision, of an image that may not exist."""
        family, tag = self.random.choice(SERVICES), self.random.choice(("v1.0", "v2", "nope"))
        image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{self.any('repository')}:{tag}"
        app = {
            "name": "app",
            "image": image,
            "essential": True,
            "portMappings": [{"containerPort": APP_PORT}],
        }
        if self.maybe(0.3):
            app["healthCheck"] = {"command": ["CMD-SHELL", "curl -f localhost"], "interval": 10}
        made = self.call(
            "ecs",
            "register_task_definition",
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu=self.random.choice(("256", "512", "300")),
            memory="1024",
            executionRoleArn=self.shop.roles["execution"],
            taskRoleArn=self.shop.roles[family],
            containerDefinitions=[app],
        )
        if made:
            self.made("definition", made["taskDefinition"]["taskDefinitionArn"])

    def deregister_task_definition(self):
        """Deregister a revision."""
        definition = self.any("definition")
        definition = definition if ":" in definition else f"{definition}:1"
        self.call("ecs", "deregister_task_definition", taskDefinition=definition)

    def delete_task_definitions(self):
        """Delete a revision that was deregistered, or try to."""
        definition = self.any("definition")
        if ":" in definition:
            self.call("ecs", "delete_task_definitions", taskDefinitions=[definition])

    def run_task(self):
        """Run tasks that no service owns."""
        made = self.call(
            "ecs",
            "run_task",
            cluster="shop",
            taskDefinition=self.any("definition"),
            count=self.random.randint(1, 3),
            launchType="FARGATE",
            networkConfiguration=self.network_configuration(),
        )
        for task in (made or {}).get("tasks", ()):
            self.made("task", task["taskArn"])

    def stop_task(self):
        """Stop a task, perhaps for a reason."""
        reason = {"reason": "it was time"} if self.maybe() else {}
        self.call("ecs", "stop_task", cluster="shop", task=self.any("task"), **reason)

    def launch(self):
        """Return how a service is launched, and sometimes who deploys it."""
        spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 3}]
        providers = [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, *spot]
        ways = (
            {"launchType": "FARGATE"},
            {"launchType": "EC2"},
            {"capacityProviderStrategy": providers},
            {"capacityProviderStrategy": spot},
            {"launchType": "FARGATE", "deploymentController": {"type": "CODE_DEPLOY"}},
            {"launchType": "FARGATE", "deploymentController": {"type": "EXTERNAL"}},
        )
        return self.random.choices(ways, (8, 1, 2, 1, 1, 1))[0]

    def cluster(self):
        """Give the cluster its capacity providers, or try to delete it or another one."""
        what = self.random.choice(("providers", "delete", "create", "describe"))
        other = self.random.choice(("shop", "other"))
        if what == "providers":
            self.call(
                "ecs",
                "put_cluster_capacity_providers",
                cluster=other,
                capacityProviders=["FARGATE", "FARGATE_SPOT"],
                defaultCapacityProviderStrategy=[],
            )
        elif what == "describe":
            self.call("ecs", "describe_clusters", clusters=[other])
        elif what == "create":
            self.call("ecs", "create_cluster", clusterName=other)
        else:
            self.call("ecs", "delete_cluster", cluster=other)

    def create_service(self):
        """Create a service, behind a load balancer or not."""
        name = f"s{self.number}" if self.maybe(0.7) else self.any("service")
        more = {}
        if self.maybe():
            group = self.any("target group")
            more["loadBalancers"] = [
                {"targetGroupArn": group, "containerName": "app", "containerPort": APP_PORT}
            ]
            more["healthCheckGracePeriodSeconds"] = self.random.choice((0, 60))
        made = self.call(
            "ecs",
            "create_service",
            cluster="shop",
            serviceName=name,
            taskDefinition=self.any("definition"),
            desiredCount=self.random.randint(0, 4),
            networkConfiguration=self.network_configuration(),
            deploymentConfiguration=self.deployment_configuration(),
            availabilityZoneRebalancing=self.random.choice(("ENABLED", "DISABLED")),
            **self.launch(),
            **more,
        )
        if made:
            self.made("service", name)

    def update_service(self):
        """Change one or several things of a service."""
        changes = {
            "desiredCount": self.random.randint(0, 5),
            "taskDefinition": self.any("definition"),
            "forceNewDeployment": True,
            "networkConfiguration": self.network_configuration(),
            "deploymentConfiguration": self.deployment_configuration(),
            "loadBalancers": [],
            "healthCheckGracePeriodSeconds": self.random.choice((0, 60)),
            "platformVersion": "LATEST",
            "enableExecuteCommand": True,
        }
        chosen = self.random.sample(sorted(changes), self.random.choice((1, 1, 2)))
        self.call(
            "ecs",
            "update_service",
            cluster="shop",
            service=self.any("service"),
            **{name: changes[name] for name in chosen},
        )

    def delete_service(self):
        """Delete a service."""
        name = self.any("service")
        gone = self.call(
            "ecs", "delete_service", cluster="shop", service=name, force=self.maybe(0.7)
        )
        if gone:
            self.deleted("service", name)

    def describe_services(self):
        """Describe services; their counts are those of the tasks there are."""
        names = list(dict.fromkeys(self.any("service") for _ in range(3)))
        found = self.call("ecs", "describe_services", cluster="shop", services=names)
        for service in (found or {}).get("services", ()):
            for deployment in service["deployments"]:
                assert deployment["runningCount"] >= 0 <= deployment["pendingCount"], service

    def describe_tasks(self):
        """Describe the tasks that are listed, running or stopped."""
        status = self.random.choice(("RUNNING", "STOPPED"))
        listed = self.call("ecs", "list_tasks", cluster="shop", desiredStatus=status)
        if not listed or not listed["taskArns"]:
            return
        for arn in listed["taskArns"]:
            self.made("task", arn)
        found = self.call("ecs", "describe_tasks", cluster="shop", tasks=listed["taskArns"])
        for task in found["tasks"]:
            stopped = task["desiredStatus"] == "STOPPED"
            assert not stopped or task["stoppedReason"], task

    def describe_service_deployments(self):
        """List a service's deployments and describe them and the revisions."""
        name = self.any("service")
        listed = self.call("ecs", "list_service_deployments", cluster="shop", service=name)
        arns = [
            each["serviceDeploymentArn"] for each in (listed or {}).get("serviceDeployments", [])
        ]
        if arns:
            self.call("ecs", "describe_service_deployments", serviceDeploymentArns=arns[:20])

    def look(self):
        """Ask for a service's timeline."""
        self.control("timeline", cluster="shop", service=self.any("service"))


class Ecr:
    """Repositories and images."""

    def create_repository(self):
        """Create a repository, perhaps with immutable tags."""
        name = f"r{self.number}" if self.maybe(0.7) else self.any("repository")
        mutability = self.random.choice(("MUTABLE", "IMMUTABLE"))
        if self.call(
            "ecr", "create_repository", repositoryName=name, imageTagMutability=mutability
        ):
            self.made("repository", name)

    def delete_repository(self):
        """Delete a repository."""
        name = self.any("repository")
        if self.call("ecr", "delete_repository", repositoryName=name, force=self.maybe()):
            self.deleted("repository", name)

    def push(self):
        """Push an image whose app works, crashes or answers nothing."""
        repository, tag = self.any("repository"), self.random.choice(("v1.0", "v2", "v3"))
        app = self.random.choice(APPS)
        config = json.dumps({"awslab.app": app, "config": {}, "n": self.number % 7}).encode()
        digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
        started = self.call("ecr", "initiate_layer_upload", repositoryName=repository)
        if not started:
            return
        part = {"repositoryName": repository, "uploadId": started["uploadId"]}
        self.call(
            "ecr",
            "upload_layer_part",
            **part,
            partFirstByte=0,
            partLastByte=len(config) - 1,
            layerPartBlob=config,
        )
        self.call("ecr", "complete_layer_upload", **part, layerDigests=[digest])
        media = "application/vnd.oci.image.{}"
        layer = {"mediaType": media.format("config.v1+json"), "digest": digest, "size": len(config)}
        manifest = {
            "schemaVersion": 2,
            "mediaType": media.format("manifest.v1+json"),
            "config": layer,
            "layers": [{**layer, "mediaType": media.format("layer.v1.tar")}],
        }
        manifest = json.dumps(manifest)
        self.call(
            "ecr", "put_image", repositoryName=repository, imageTag=tag, imageManifest=manifest
        )

    def delete_image(self):
        """Delete an image by its tag."""
        tag = self.random.choice(("v1.0", "v2", "v3"))
        self.call(
            "ecr",
            "batch_delete_image",
            repositoryName=self.any("repository"),
            imageIds=[{"imageTag": tag}],
        )

    def lifecycle(self):
        """Put a lifecycle policy that keeps few images."""
        rule = {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": self.random.randint(1, 3),
            },
            "action": {"type": "expire"},
        }
        self.call(
            "ecr",
            "put_lifecycle_policy",
            repositoryName=self.any("repository"),
            lifecyclePolicyText=json.dumps({"rules": [rule]}),
        )

    def describe_images(self):
        """Describe a repository's images."""
        self.call("ecr", "describe_images", repositoryName=self.any("repository"))


class Iam:
    """What the roles of the shop may do."""

    def role(self):
        """Return the name of a role of the shop, or of none."""
        names = [f"shop-{service}-task" for service in SERVICES]
        return self.random.choice(["shop-execution", *names, "nobody"])

    def attach_policy(self):
        """Attach a managed policy."""
        policy = self.random.choice(MANAGED)
        self.call("iam", "attach_role_policy", RoleName=self.role(), PolicyArn=policy)

    def detach_policy(self):
        """Detach a managed policy."""
        policy = self.random.choice(MANAGED)
        self.call("iam", "detach_role_policy", RoleName=self.role(), PolicyArn=policy)

    def put_policy(self):
        """Write an inline policy that allows or denies."""
        statement = json.loads(architecture.statement(self.random.choice(("*", "ecr:*")), "*"))
        statement["Statement"][0]["Effect"] = self.random.choice(("Allow", "Allow", "Deny"))
        self.call(
            "iam",
            "put_role_policy",
            RoleName=self.role(),
            PolicyName=self.random.choice(("secrets", "data", "more")),
            PolicyDocument=json.dumps(statement),
        )

    def delete_role(self):
        """Delete a role that has no policies any more, or make it again."""
        name = self.role()
        if self.maybe():
            self.call("iam", "delete_role", RoleName=name)
        elif name != "nobody":
            trust = architecture.TRUST
            self.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust)

    def logs_and_secrets(self):
        """Delete what tasks need to start, or make it again."""
        group = f"/ecs/{self.random.choice(SERVICES)}"
        what = self.random.choice(("delete_log_group", "create_log_group"))
        self.call("logs", what, logGroupName=group)
        what = self.random.choice(("delete_secret", "restore_secret"))
        self.call("secretsmanager", what, SecretId=self.shop.secret)

    def delete_policy(self):
        """Delete an inline policy."""
        name = self.random.choice(("secrets", "data", "more"))
        self.call("iam", "delete_role_policy", RoleName=self.role(), PolicyName=name)
