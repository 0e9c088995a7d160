"""Why a task does not start: one fault each, put into an account in which it would, and AWS's own words for it."""

import json

import pytest

from tests.server.ecs_world import ACCOUNT, EXECUTION, REGISTRY, TRUST, World

LISTENS = {"port": 3000, "boot": 5, "health": {"*": 200}}
LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/app",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "ecs",
    },
}
PULLS = "pull image manifest has been retried"


@pytest.fixture
def world(app, session):
    """VPC with two public subnets, execution role, nothing else."""
    return World(session).network().roles()


def allow(*statements):
    """Return the execution role's usual policy with more statements."""
    document = json.loads(EXECUTION)
    document["Statement"] += statements
    return json.dumps(document)


def only(*actions):
    """Return a policy that allows some actions on everything."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def permit(world, policy):
    """Replace the execution role's policy."""
    world.iam.put_role_policy(RoleName="execution", PolicyName="start", PolicyDocument=policy)


def test_task_starts_when_nothing_is_wrong(world):
    """The account of these tests is right: a task with secrets, parameters and logs runs."""
    secret = world.session.client("secretsmanager").create_secret(
        Name="db", SecretString='{"url": "postgres://db"}'
    )["ARN"]
    world.session.client("ssm").put_parameter(Name="/app/mode", Value="fast", Type="String")
    world.logs.create_log_group(logGroupName="/ecs/app")
    needed = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret}
    permit(world, allow(needed, {**needed, "Action": "ssm:GetParameters", "Resource": "*"}))
    image = world.image(app={**LISTENS, "env": ["DATABASE_URL", "MODE"]})
    secrets = [
        {"name": "DATABASE_URL", "valueFrom": f"{secret}:url::"},
        {"name": "MODE", "valueFrom": "/app/mode"},
    ]
    task = world.run(
        world.definition(image, container={"secrets": secrets, "logConfiguration": LOGS})
    )
    stream = f"ecs/app/{task['taskArn'].rpartition('/')[2]}"
    events = world.logs.get_log_events(logGroupName="/ecs/app", logStreamName=stream)["events"]

    assert task["lastStatus"] == "RUNNING", task.get("stoppedReason")
    assert [event["message"] for event in events] == ["Listening on port 3000"]


# --- role, network, image --------------------------------------------------------------------------


def no_address(world):
    return world.definition(world.image(app=LISTENS)), {
        "networkConfiguration": world.reaches("DISABLED")
    }


def no_route(world):
    world.ec2.delete_route(RouteTableId=world.table, DestinationCidrBlock="0.0.0.0/0")
    return world.definition(world.image(app=LISTENS)), {}


def no_trust(world):
    trust = TRUST.replace("ecs-tasks.amazonaws.com", "ec2.amazonaws.com")
    world.iam.update_assume_role_policy(RoleName="execution", PolicyDocument=trust)
    return world.definition(world.image(app=LISTENS)), {}


def no_policy(world):
    world.iam.delete_role_policy(RoleName="execution", PolicyName="start")
    return world.definition(world.image(app=LISTENS)), {}


def no_batch_get_image(world):
    permit(world, only("ecr:GetAuthorizationToken"))
    return world.definition(world.image(app=LISTENS)), {}


def no_layers(world):
    permit(world, only("ecr:GetAuthorizationToken", "ecr:BatchGetImage"))
    return world.definition(world.image(app=LISTENS)), {}


def repository_denies(world):
    image = world.image(app=LISTENS)
    denial = {
        "Effect": "Deny",
        "Principal": {"AWS": world.role},
        "Action": "ecr:BatchGetImage",
    }
    world.ecr.set_repository_policy(
        repositoryName="app",
        policyText=json.dumps({"Version": "2012-10-17", "Statement": [denial]}),
    )
    return world.definition(image), {}


def no_tag(world):
    world.image("v1", app=LISTENS)
    return world.definition(f"{REGISTRY}/app:v2"), {}


def no_repository(world):
    return world.definition(f"{REGISTRY}/other:v1"), {}


def no_digest(world):
    world.image("v1", app=LISTENS)
    return world.definition(f"{REGISTRY}/app@sha256:{'0' * 64}"), {}


def other_architecture(world):
    return world.definition(world.image(app=LISTENS, config={"architecture": "arm64"})), {}


def hub_without_internet(world):
    return world.definition("nginx:1.27"), {"networkConfiguration": world.reaches("DISABLED")}


def slip_of_the_pen(world):
    return world.definition("ngnix:latest"), {}


AUTH = "ResourceInitializationError: unable to pull secrets or registry auth: "


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            no_address,
            f"{AUTH}The task cannot pull registry auth from Amazon ECR: There is a connection issue "
            "between the task and Amazon ECR. Check your task network configuration.",
        ),
        (no_route, f"{AUTH}The task cannot pull registry auth from Amazon ECR"),
        (
            no_trust,
            f"ECS was unable to assume the role 'arn:aws:iam::{ACCOUNT}:role/execution' that was "
            "provided for this task.",
        ),
        (
            no_policy,
            f"{AUTH}execution resource retrieval failed: unable to retrieve ecr registry auth: "
            "service call has been retried 1 time(s): AccessDeniedException: User: "
            f"arn:aws:sts::{ACCOUNT}:assumed-role/execution/",
        ),
        (
            no_batch_get_image,
            f"CannotPullContainerError: {PULLS} 1 time(s): failed to resolve ref {REGISTRY}/app:v1: "
            f"pulling from host {REGISTRY} failed with status code [manifests v1]: 403 Forbidden",
        ),
        (
            no_layers,
            "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy",
        ),
        (repository_denies, f"CannotPullContainerError: {PULLS} 1 time(s)"),
        (
            no_tag,
            f"CannotPullContainerError: {PULLS} 7 time(s): failed to resolve ref {REGISTRY}/app:v2: "
            "not found",
        ),
        (no_repository, f"{PULLS} 7 time(s): failed to resolve ref {REGISTRY}/other:v1: not found"),
        (no_digest, f"failed to resolve ref {REGISTRY}/app@sha256:{'0' * 64}: not found"),
        (
            other_architecture,
            f"{PULLS} 7 time(s): image Manifest does not contain descriptor matching platform "
            "'linux/amd64'",
        ),
        (
            hub_without_internet,
            f"{PULLS} 5 time(s): failed to resolve ref docker.io/library/nginx:1.27: failed to do "
            'request: Head "https://registry-1.docker.io/v2/library/nginx/manifests/1.27"',
        ),
        (slip_of_the_pen, "failed to resolve ref docker.io/library/ngnix:latest: not found"),
    ],
)
def test_task_fails_to_start(world, fault, expected):
    """The task stops with TaskFailedToStart and AWS's reason; no container ever ran."""
    definition, changes = fault(world)
    task = world.run(definition, **changes)

    assert task["lastStatus"] == "STOPPED"
    assert task["stopCode"] == "TaskFailedToStart"
    assert expected in task["stoppedReason"]
    assert "startedAt" not in task
    assert "exitCode" not in task["containers"][0]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ((), None),
        (("ecr.api",), "The task cannot pull registry auth from Amazon ECR"),
        (("ecr.dkr",), f'Head "https://{REGISTRY}/v2/app/manifests/v1": dial tcp'),
        (("s3",), "prod-us-east-1-starport-layer-bucket"),
        (("logs",), "The task cannot find the Amazon CloudWatch log group defined in the task"),
    ],
)
def test_private_pull_needs_every_endpoint(world, missing, expected):
    """Without NAT or public address the task needs ecr.api, ecr.dkr, S3's gateway and logs; each has its own reason."""
    world.ec2.delete_route(RouteTableId=world.table, DestinationCidrBlock="0.0.0.0/0")
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        world.ec2.modify_vpc_attribute(VpcId=world.vpc, **{attribute: {"Value": True}})
    world.ec2.authorize_security_group_ingress(
        GroupId=world.group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "UserIdGroupPairs": [{"GroupId": world.group}],
            }
        ],
    )
    for service in {"ecr.api", "ecr.dkr", "logs"} - set(missing):
        world.ec2.create_vpc_endpoint(
            VpcId=world.vpc,
            ServiceName=f"com.amazonaws.us-east-1.{service}",
            VpcEndpointType="Interface",
            SubnetIds=world.subnets,
            SecurityGroupIds=[world.group],
            PrivateDnsEnabled=True,
        )
    if "s3" not in missing:
        world.ec2.create_vpc_endpoint(
            VpcId=world.vpc,
            ServiceName="com.amazonaws.us-east-1.s3",
            RouteTableIds=[world.table],
        )
    world.logs.create_log_group(logGroupName="/ecs/app")
    definition = world.definition(world.image(app=LISTENS), container={"logConfiguration": LOGS})
    task = world.run(definition, networkConfiguration=world.reaches("DISABLED"))

    assert task["lastStatus"] == ("STOPPED" if expected else "RUNNING"), task.get("stoppedReason")
    assert (expected or "") in task.get("stoppedReason", "")


def test_a_security_group_that_is_gone_makes_no_interface(world):
    """Nothing uses the group of a service without tasks; scaled out, its task says what is missing."""
    world.service(world.definition(world.image(app=LISTENS)), desired=0)
    world.ec2.delete_security_group(GroupId=world.group)
    world.ecs.update_service(cluster="main", service="app", desiredCount=1)
    world.until(lambda service: service["deployments"][0]["failedTasks"])
    (task, *_) = world.tasks(status="STOPPED")

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].endswith("InvalidGroup.NotFound")


def test_full_subnet_has_no_address_for_the_task(world):
    """A /28 has eleven addresses: the twelfth task cannot get its network interface."""
    small = World(world.session)
    small.role, small.vpc = world.role, world.vpc
    small.group = world.group
    small.subnets = [
        world.ec2.create_subnet(
            VpcId=world.vpc, CidrBlock="10.0.9.0/28", AvailabilityZone="us-east-1a"
        )["Subnet"]["SubnetId"]
    ]
    definition = world.definition(world.image(app=LISTENS))
    small.service(definition, desired=12)
    service = small.until(lambda s: any("unable to place" in e["message"] for e in s["events"]))
    text = next(e["message"] for e in service["events"] if "unable to place" in e["message"])

    assert service["runningCount"] + service["pendingCount"] <= 12
    assert (
        "(service app) was unable to place a task. Reason: Unexpected EC2 error while attempting to "
        f"Create Network Interface in subnet '{small.subnets[0]}': InsufficientFreeAddressesInSubnet"
    ) in text


# --- secrets and logs ------------------------------------------------------------------------------


def secret_missing(world):
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:gone-AbCdEf"
    permit(world, allow({"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}))
    return arn


def secret_denied(world):
    return world.session.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]


def secret_key_missing(world):
    arn = secret_denied(world)
    permit(world, allow({"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}))
    return f"{arn}:password::"


def secret_deleted(world):
    arn = secret_denied(world)
    permit(world, allow({"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}))
    world.session.client("secretsmanager").delete_secret(SecretId=arn)
    return arn


def secret_of_no_such_stage(world):
    return secret_key_missing(world).replace(":password::", "::AWSNEXT:")


def secret_of_another_key(world):
    key = world.session.client("kms").create_key()["KeyMetadata"]["Arn"]
    permit(world, allow({"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}))
    return world.session.client("secretsmanager").create_secret(
        Name="db", SecretString="x", KmsKeyId=key
    )["ARN"]


def parameter_missing(world):
    permit(world, allow({"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"}))
    return "/app/gone"


def parameter_denied(world):
    world.session.client("ssm").put_parameter(Name="/app/mode", Value="x", Type="String")
    return "/app/mode"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            secret_missing,
            "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        ),
        (secret_denied, "is not authorized to perform: secretsmanager:GetSecretValue on resource:"),
        (
            secret_deleted,
            "You can't perform this operation on the secret because it was marked for",
        ),
        (secret_of_no_such_stage, "ResourceNotFoundException: "),
        (secret_key_missing, "did not contain json key password"),
        (secret_of_another_key, "is not authorized to perform: kms:Decrypt on resource:"),
        (parameter_missing, "invalid parameters: /app/gone"),
        (parameter_denied, "is not authorized to perform: ssm:GetParameters on resource:"),
    ],
)
def test_secret_cannot_be_had(world, fault, expected):
    """The execution role, not the task role, fetches secrets; a missing one and a forbidden one read differently."""
    source = fault(world)
    secrets = [{"name": "PASSWORD", "valueFrom": source}]
    task = world.run(world.definition(world.image(app=LISTENS), container={"secrets": secrets}))

    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(f"{AUTH}execution resource retrieval failed: ")
    assert expected in task["stoppedReason"]


@pytest.mark.parametrize(
    ("create", "policy", "expected"),
    [
        (False, EXECUTION, "ResourceNotFoundException: The specified log group does not exist."),
        (True, EXECUTION, "is not authorized to perform: logs:CreateLogGroup on resource:"),
        (True, allow({"Effect": "Allow", "Action": "logs:*", "Resource": "*"}), None),
    ],
)
def test_log_group_must_be_there(world, create, policy, expected):
    """Without the group the logging driver fails; `awslogs-create-group` needs its own permission."""
    permit(world, policy)
    logs = json.loads(json.dumps(LOGS))
    if create:
        logs["options"]["awslogs-create-group"] = "true"
    definition = world.definition(world.image(app=LISTENS), container={"logConfiguration": logs})
    task = world.run(definition)

    assert task["lastStatus"] == ("STOPPED" if expected else "RUNNING")
    if expected:
        assert "failed to validate logger args" in task["stoppedReason"]
        assert expected in task["stoppedReason"]


# --- containers ------------------------------------------------------------------------------------


def test_missing_variable_ends_the_app(world):
    """The app exits with code 1 and its last log line names the variable."""
    world.logs.create_log_group(logGroupName="/ecs/app")
    image = world.image(app={**LISTENS, "env": ["DATABASE_URL"]})
    task = world.run(world.definition(image, container={"logConfiguration": LOGS}))
    stream = f"ecs/app/{task['taskArn'].rpartition('/')[2]}"
    events = world.logs.get_log_events(logGroupName="/ecs/app", logStreamName=stream)["events"]

    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert task["containers"][0]["exitCode"] == 1
    assert "DATABASE_URL" in events[-1]["message"]


def test_app_over_its_memory_is_killed(world):
    """An app that uses 600 MiB of 512 ends with exit code 137 and OutOfMemoryError."""
    task = world.run(world.definition(world.image(app={**LISTENS, "memory": 600})))

    assert task["stopCode"] == "EssentialContainerExited"
    assert task["containers"][0]["exitCode"] == 137
    assert task["containers"][0]["reason"].startswith("OutOfMemoryError: ")


def test_unknown_user_cannot_start(world):
    """A user that the image does not have stops the container before it runs."""
    config = {"config": {"User": "node"}, "awslab.users": ["root", "nobody"]}
    task = world.run(world.definition(world.image(app=LISTENS, config=config)))

    assert task["stopCode"] == "TaskFailedToStart"
    assert "unable to find user node" in task["containers"][0]["reason"]


def test_sidecar_that_is_not_essential_may_end(world):
    """A crash of a container that is not essential leaves the task running; both containers are shown."""
    sidecar = {
        "name": "sidecar",
        "image": world.image("v1", "sidecar", app={"env": ["TOKEN"]}, content="s"),
        "essential": False,
    }
    task = world.run(world.definition(world.image(app=LISTENS), others=[sidecar]))
    shown = {c["name"]: (c["lastStatus"], c.get("exitCode")) for c in task["containers"]}

    assert task["lastStatus"] == "RUNNING"
    assert shown == {"app": ("RUNNING", None), "sidecar": ("STOPPED", 1)}


def test_environment_comes_from_definition_and_overrides(world):
    """An override of RunTask gives the app the variable its definition lacks."""
    definition = world.definition(world.image(app={**LISTENS, "env": ["MODE"]}))
    override = {"name": "app", "environment": [{"name": "MODE", "value": "fast"}]}
    task = world.run(definition, overrides={"containerOverrides": [override]})

    assert task["lastStatus"] == "RUNNING"


def statuses(task):
    return {c["name"]: (c["lastStatus"], c.get("exitCode")) for c in task["containers"]}


def test_container_waits_for_the_one_it_depends_on(world):
    """A migration that others wait for ends with code 0 before the app starts; the task then runs."""
    migration = {
        "name": "migrate",
        "image": world.image("v1", "migrate", app={"boot": 30}, content="m"),
        "essential": False,
    }
    waits = {"dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}]}
    task = world.run(
        world.definition(world.image(app=LISTENS), container=waits, others=[migration])
    )
    took = task["startedAt"] - task["pullStoppedAt"]

    assert task["lastStatus"] == "RUNNING"
    assert statuses(task) == {"app": ("RUNNING", None), "migrate": ("STOPPED", 0)}
    assert took.seconds >= 30


@pytest.mark.parametrize(
    ("condition", "profile", "config"),
    [
        ("SUCCESS", {"env": ["TOKEN"]}, {}),
        ("HEALTHY", {"boot": 1}, {"awslab.tools": ["sh"]}),
    ],
)
def test_dependency_that_fails_keeps_its_dependant_from_starting(world, condition, profile, config):
    """A dependency that crashed, or never turned healthy, ends the task before the app has started."""
    check = {"command": ["CMD-SHELL", "curl -f http://localhost/"], "interval": 5, "retries": 1}
    other = {
        "name": "other",
        "image": world.image("v1", "other", app=profile, config=config, content="o"),
        "essential": False,
        **({"healthCheck": check} if condition == "HEALTHY" else {}),
    }
    waits = {"dependsOn": [{"containerName": "other", "condition": condition}]}
    task = world.run(world.definition(world.image(app=LISTENS), container=waits, others=[other]))
    reason = next(c["reason"] for c in task["containers"] if c["name"] == "app")

    assert task["stopCode"] == "TaskFailedToStart"
    assert f"dependency other did not reach {condition}" in reason
