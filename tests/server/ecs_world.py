"""An account in which ECS tasks can run: VPC, subnets in two zones, roles, a repository, a task definition."""

import json

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
EXECUTION = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "ecr:GetAuthorizationToken",
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchGetImage",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                ],
                "Resource": "*",
            }
        ],
    }
)
ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class World:
    """Clients of one empty lab, and the usual parts to build in it."""

    def __init__(self, session):
        self.ecs, self.ec2, self.iam, self.ecr, self.logs = (
            session.client(name) for name in ("ecs", "ec2", "iam", "ecr", "logs")
        )
        self.session = session

    def network(self, zones=("us-east-1a", "us-east-1b"), prefix=24):
        """Make a VPC with a public subnet in each zone and a security group."""
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        tables = self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        self.table = tables["RouteTables"][0]["RouteTableId"]
        self.ec2.create_route(
            RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
        )
        self.subnets = [
            self.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/{prefix}", AvailabilityZone=zone
            )["Subnet"]["SubnetId"]
            for number, zone in enumerate(zones)
        ]
        self.group = self.ec2.create_security_group(
            GroupName="tasks", Description="tasks", VpcId=self.vpc
        )["GroupId"]
        return self

    def roles(self, policy=EXECUTION, trust=TRUST):
        """Make the execution role."""
        role = self.iam.create_role(RoleName="execution", AssumeRolePolicyDocument=trust)
        self.role = role["Role"]["Arn"]
        if policy:
            self.iam.put_role_policy(
                RoleName="execution", PolicyName="start", PolicyDocument=policy
            )
        return self

    def image(self, tag="v1", repository="app", *, app=None, config=None, content=""):
        """Push an image with an app profile and return its URI."""
        names = [r["repositoryName"] for r in self.ecr.describe_repositories()["repositories"]]
        if repository not in names:
            self.ecr.create_repository(repositoryName=repository)
        blob = {"config": {}, "content": content, **(config or {})}
        if app is not None:
            blob["awslab.app"] = app
        digests = [
            self._upload(repository, data)
            for data in (json.dumps(blob).encode(), f"layer {content}".encode())
        ]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"digest": digests[0][0], "size": digests[0][1], "mediaType": "config"},
            "layers": [{"digest": digests[1][0], "size": digests[1][1], "mediaType": "layer"}],
        }
        self.ecr.put_image(
            repositoryName=repository, imageManifest=json.dumps(manifest), imageTag=tag
        )
        return f"{REGISTRY}/{repository}:{tag}"

    def _upload(self, repository, data):
        import hashlib

        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        there = self.ecr.batch_check_layer_availability(
            repositoryName=repository, layerDigests=[digest]
        )
        if there["failures"]:
            upload = self.ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
            self.ecr.upload_layer_part(
                repositoryName=repository,
                uploadId=upload,
                partFirstByte=0,
                partLastByte=len(data) - 1,
                layerPartBlob=data,
            )
            self.ecr.complete_layer_upload(
                repositoryName=repository, uploadId=upload, layerDigests=[digest]
            )
        return digest, len(data)

    def definition(self, image, family="app", **changes):
        """Register a Fargate task definition with one container `app` on port 3000, and return its ARN."""
        container = {
            "name": "app",
            "image": image,
            "portMappings": [{"containerPort": 3000}],
            **changes.pop("container", {}),
        }
        settings = {
            "family": family,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": self.role,
            "containerDefinitions": [container, *changes.pop("others", [])],
            **changes,
        }
        answer = self.ecs.register_task_definition(**settings)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def reaches(self, public="ENABLED"):
        """Return a networkConfiguration of the subnets."""
        return {
            "awsvpcConfiguration": {
                "subnets": self.subnets,
                "securityGroups": [self.group],
                "assignPublicIp": public,
            }
        }

    def service(self, definition, name="app", desired=2, **changes):
        """Create a service in cluster `main`."""
        self.ecs.create_cluster(clusterName="main")
        settings = {
            "cluster": "main",
            "serviceName": name,
            "taskDefinition": definition,
            "desiredCount": desired,
            "launchType": "FARGATE",
            "networkConfiguration": self.reaches(),
            **changes,
        }
        return self.ecs.create_service(**settings)["service"]

    def describe(self, name="app"):
        """Describe a service; five simulated seconds pass."""
        return self.ecs.describe_services(cluster="main", services=[name])["services"][0]

    def tasks(self, name="app", status="RUNNING"):
        """Describe a service's tasks."""
        arns = self.ecs.list_tasks(cluster="main", serviceName=name, desiredStatus=status)
        if not arns["taskArns"]:
            return []
        return self.ecs.describe_tasks(cluster="main", tasks=arns["taskArns"])["tasks"]

    def until(self, condition, *, polls=400, name="app"):
        """Describe the service until a condition holds of it, and return it."""
        for _ in range(polls):
            service = self.describe(name)
            if condition(service):
                return service
        raise AssertionError(f"never happened: {service['events'][:5]}, {service['deployments']}")

    def run(self, definition, **changes):
        """Run one task and return it once it is RUNNING or STOPPED."""
        self.ecs.create_cluster(clusterName="main")
        settings = {
            "cluster": "main",
            "taskDefinition": definition,
            "launchType": "FARGATE",
            "networkConfiguration": self.reaches(),
            **changes,
        }
        arn = self.ecs.run_task(**settings)["tasks"][0]["taskArn"]
        for _ in range(100):
            task = self.ecs.describe_tasks(cluster="main", tasks=[arn])["tasks"][0]
            if task["lastStatus"] in ("RUNNING", "STOPPED"):
                return task
        raise AssertionError(f"neither RUNNING nor STOPPED: {task}")
