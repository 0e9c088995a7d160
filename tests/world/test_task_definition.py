"""What ECS refuses of a task definition, one fault at a time, and what it fills in."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.request_error import RequestError
from awslab.world.task_definition import (
    compatibilities,
    completed,
    is_ecr_image,
    problems,
    requires_attributes,
    validate,
)

ROLE = "arn:aws:iam::123456789012:role/execution"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v1"
LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/web",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "ecs",
    },
}


def container(**fields):
    """Make a container definition."""
    return {"name": "web", "image": IMAGE, "portMappings": [{"containerPort": 3000}], **fields}


def fargate(*containers, **fields):
    """Make a valid Fargate task definition, but for what is given."""
    return {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": ROLE,
        "containerDefinitions": list(containers) or [container(logConfiguration=LOGS)],
        **fields,
    }


def ec2(*containers, **fields):
    """Make a valid task definition for container instances, but for what is given."""
    return {
        "family": "web",
        "containerDefinitions": list(containers) or [container(memory=128)],
        **fields,
    }


def side(**fields):
    """Make a second container."""
    return container(**{"name": "side", "portMappings": [], **fields})


def with_logs(**options):
    """Make a container whose log options are changed; None leaves one out."""
    changed = {**LOGS["options"], **options}
    kept = {key: value for key, value in changed.items() if value is not None}
    return container(logConfiguration={"logDriver": "awslogs", "options": kept})


GOOD = {
    "fargate": fargate(),
    "ec2": ec2(),
    "public image without role": fargate(container(image="nginx"), executionRoleArn=None),
    "soft limit only": ec2(container(memoryReservation=64)),
    "secrets": fargate(
        container(
            secrets=[
                {"name": "A", "valueFrom": SECRET},
                {"name": "B", "valueFrom": f"{SECRET}:password::"},
                {"name": "C", "valueFrom": "/shop/key"},
                {"name": "D", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/key"},
            ]
        )
    ),
    "ordered": fargate(
        container(dependsOn=[{"containerName": "side", "condition": "HEALTHY"}]),
        side(healthCheck={"command": ["CMD-SHELL", "true"]}),
    ),
    "init container": fargate(
        container(dependsOn=[{"containerName": "side", "condition": "SUCCESS"}]),
        side(essential=False),
    ),
    "32 vCPU": fargate(cpu="32 vCPU", memory="244 GB"),
    "storage": fargate(ephemeralStorage={"sizeInGiB": 50}),
    "least and most timeouts": fargate(container(startTimeout=2, stopTimeout=120)),
    "least memory": ec2(container(memory=6)),
    "logs of an instance's own Region": ec2({**with_logs(**{"awslogs-region": None}), "memory": 6}),
    "role by name": fargate(taskRoleArn="web-task"),
    "volume": fargate(
        container(mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}]),
        volumes=[{"name": "data"}],
    ),
}

BAD = [
    (fargate(family="my service"), "Family contains invalid characters."),
    (fargate(family=""), "Family contains invalid characters."),
    (fargate(containerDefinitions=[]), "Container list cannot be empty."),
    (fargate(*[container(name=f"c{n}", portMappings=[]) for n in range(11)]), "Too many"),
    (fargate(container(name="a b")), "Container name contains invalid characters."),
    (fargate(container(name="")), "Container.name should not be null or empty."),
    (fargate(container(image="")), "Container.image should not be null or empty."),
    (fargate(container(), side(name="web")), "Container names must be unique within"),
    (fargate(container(essential=False)), "Task definition doesn't have any essential container"),
    (fargate(requiresCompatibilities=["LAMBDA"]), "Invalid compatibility value 'LAMBDA'."),
    (fargate(networkMode="bridge"), "Fargate only supports network mode 'awsvpc'."),
    (fargate(networkMode=None), "Fargate only supports network mode 'awsvpc'."),
    (ec2(networkMode="vpc"), "networkMode should be one of [bridge,host,awsvpc,none]"),
    (fargate(pidMode="host"), "do not support pidMode 'host'. The supported value"),
    (fargate(ipcMode="task"), "Fargate compatible task definitions do not support ipcMode"),
    (fargate(placementConstraints=[{"type": "memberOf"}]), "do not support constraints"),
    (ec2(ephemeralStorage={"sizeInGiB": 30}), "EC2 launch type do not support EphemeralStorage."),
    (fargate(cpu=None), "Fargate requires that 'cpu' be defined at the task level."),
    (fargate(memory=None), "Fargate requires that 'memory' be defined at the task level."),
    (fargate(cpu="1024", memory="1024"), "No Fargate configuration exists for given values: 1024"),
    (fargate(cpu="fast"), "Invalid 'cpu' setting for task."),
    (fargate(ephemeralStorage={"sizeInGiB": 5}), "EphemeralStorage size should be at least 21."),
    (
        fargate(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
        "No Fargate configuration exists for given values: 256 CPU, 512 memory.",
    ),
    (fargate(container(cpu=200), side(cpu=100)), "The sum of all container 'cpu' values cannot"),
    (fargate(container(memory=400), side(memory=200)), "The sum of all container 'memory' values"),
    (fargate(container(memory=1024)), "The 'memory' setting for container 'web' is greater than"),
    (ec2(container()), "At least one of 'memory' or 'memoryReservation' must be specified."),
    (ec2(container(memory=64, memoryReservation=128)), "greater than or equal to 'memoryRes"),
    (ec2(container(memory=5)), "Invalid 'memory' setting for container 'web'."),
    (fargate(taskRoleArn="arn:aws:s3:::bucket"), "Role is not valid"),
    (fargate(executionRoleArn="no role!"), "Role is not valid"),
    (
        fargate(container(), executionRoleArn=None),
        "Fargate requires task definition to have execution role ARN to support ECR images.",
    ),
    (
        fargate(container(image="nginx", logConfiguration=LOGS), executionRoleArn=None),
        "to have execution role ARN to support log driver awslogs.",
    ),
    (
        ec2(container(memory=64, secrets=[{"name": "A", "valueFrom": SECRET}])),
        "When you are specifying container secrets, you must also specify a value for 'exec",
    ),
    (
        fargate(container(image="nginx", repositoryCredentials={"x": 1}), executionRoleArn=None),
        "Private repository authentication requires that the task definition specify a value",
    ),
    (
        fargate(container(portMappings=[{"containerPort": 80, "hostPort": 8080}])),
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    ),
    (fargate(container(portMappings=[{"containerPort": 70000}])), "Invalid container port 70000."),
    (fargate(container(portMappings=[{"hostPort": 80}])), "Invalid container port None."),
    (
        fargate(container(portMappings=[{"containerPort": 80, "protocol": "http"}])),
        "Invalid protocol 'http'",
    ),
    (
        fargate(container(), container(name="side")),
        "Port mapping 3000/tcp is used more than once",
    ),
    (
        fargate(container(portMappings=[{"containerPort": p, "name": "http"} for p in (80, 81)])),
        "When networkMode=awsvpc, port mapping name is already used",
    ),
    (
        fargate(container(portMappings=[{"containerPort": 80, "containerPortRange": "80-90"}])),
        "cannot specify both single port and port range",
    ),
    (
        fargate(container(logConfiguration={"logDriver": "syslog"})),
        "syslog is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]",
    ),
    (
        fargate(with_logs(**{"awslogs-group": None})),
        "Log driver awslogs requires options: awslogs-group",
    ),
    (
        fargate(with_logs(**{"awslogs-region": None, "awslogs-group": None})),
        "Log driver awslogs requires options: awslogs-region, awslogs-group",
    ),
    (
        fargate(with_logs(**{"awslogs-stream-prefix": None})),
        "Fargate requires log configuration options to include awslogs-stream-prefix",
    ),
    (
        fargate(container(secrets=[{"name": "A", "valueFrom": "arn:aws:s3:::bucket"}])),
        "Invalid arn syntax",
    ),
    (
        fargate(
            container(
                secrets=[{"name": "KEY", "valueFrom": SECRET}],
                environment=[{"name": "KEY", "value": "x"}],
            )
        ),
        "The secret name must be unique",
    ),
    (
        fargate(container(healthCheck={"command": ["curl", "localhost"]})),
        "Health check command must begin with CMD or CMD-SHELL for container 'web'",
    ),
    (fargate(container(hostname="web")), "Hostname is not supported on container when netw"),
    (fargate(container(disableNetworking=True)), "Disable Networking is not supported"),
    (fargate(container(dockerSecurityOptions=["x"])), "do not support dockerSecurityOptions"),
    (fargate(inferenceAccelerators=[{"deviceName": "x"}]), "not support inferenceAccelerators"),
    (fargate(runtimePlatform={"cpuArchitecture": "M1"}), "should be one of [X86_64,ARM64]"),
    (
        fargate(volumes=[{"name": "data", "dockerVolumeConfiguration": {"scope": "task"}}]),
        "Fargate compatible task definitions do not support dockerVolumeConfiguration",
    ),
    (fargate(container(links=["db"])), "Links are not supported when networkMode=awsvpc."),
    (fargate(container(privileged=True)), "the 'privileged' setting be 'false'"),
    (
        fargate(container(linuxParameters={"devices": [{"hostPath": "/dev/x"}]})),
        "Fargate compatible task definitions do not support devices",
    ),
    (
        fargate(container(linuxParameters={"capabilities": {"add": ["NET_ADMIN"]}})),
        "NET_ADMIN is not allowed on Fargate.",
    ),
    (
        fargate(container(resourceRequirements=[{"type": "GPU", "value": "1"}])),
        "Tasks using the Fargate launch type do not support GPU resource requirements.",
    ),
    (fargate(container(extraHosts=[{"hostname": "x"}])), "Extra hosts are not supported"),
    (fargate(container(dnsServers=["1.1.1.1"])), "dnsServers are not supported"),
    (fargate(container(stopTimeout=200)), "must have a container stop timeout of less than 120"),
    (fargate(container(startTimeout=1)), "Granular start timeout on container 'web'"),
    (
        fargate(container(dependsOn=[{"containerName": "db", "condition": "START"}])),
        "Cannot depend on container + 'db' because it does not exist",
    ),
    (
        fargate(container(dependsOn=[{"containerName": "side", "condition": "DONE"}]), side()),
        "Container dependency condition should be one of",
    ),
    (
        fargate(container(dependsOn=[{"containerName": "side", "condition": "COMPLETE"}]), side()),
        "with SUCCESS or COMPLETE condition cannot be an essential container",
    ),
    (
        fargate(container(dependsOn=[{"containerName": "side", "condition": "HEALTHY"}]), side()),
        "with HEALTHY condition must have health check configured",
    ),
    (
        fargate(
            container(dependsOn=[{"containerName": "side", "condition": "START"}]),
            side(dependsOn=[{"containerName": "web", "condition": "START"}]),
        ),
        "Container dependency cycle detected",
    ),
    (fargate(container(mountPoints=[{"sourceVolume": "data"}])), "Unknown volume 'data'."),
    (
        fargate(volumes=[{"name": "data", "host": {"sourcePath": "/data"}}]),
        "Fargate compatible task definitions do not support sourcePath",
    ),
]


@pytest.mark.parametrize("params", GOOD.values(), ids=GOOD.keys())
def test_a_good_task_definition_is_accepted(params):
    """Nothing is refused that ECS takes."""
    assert problems(params) == []


@pytest.mark.parametrize(("params", "message"), BAD, ids=[message for _, message in BAD])
def test_each_fault_is_refused_in_ecs_words(params, message):
    """A single fault is the single problem, and a ClientException."""
    found = problems(params)

    assert message in found[0].message
    assert {error.code for error in found} == {"ClientException"}
    with pytest.raises(RequestError) as error:
        validate(params)
    assert error.value.message == found[0].message


def test_every_fault_is_listed():
    """The lab can show all at once; ECS shows the first."""
    wrong = fargate(container(privileged=True), cpu="300", networkMode="host")

    assert len(problems(wrong)) == 3


@pytest.mark.parametrize(
    ("setting", "value", "bound"),
    [
        ("interval", 4, "greater than or equal to the minimum allowed value 5"),
        ("interval", 301, "less than or equal to the maximum allowed value 300"),
        ("timeout", 1, "greater than or equal to the minimum allowed value 2"),
        ("timeout", 61, "less than or equal to the maximum allowed value 60"),
        ("retries", 0, "greater than or equal to the minimum allowed value 1"),
        ("retries", 11, "less than or equal to the maximum allowed value 10"),
        ("startPeriod", 301, "less than or equal to the maximum allowed value 300"),
    ],
)
def test_health_check_settings_have_ranges(setting, value, bound):
    """The message names setting, bound and container."""
    check = {"command": ["CMD-SHELL", "true"], setting: value}
    found = problems(fargate(container(healthCheck=check)))

    assert [error.message for error in found] == [
        f"Health check {setting} must be {bound} for container 'web'"
    ]


@pytest.mark.parametrize(
    ("image", "expected"),
    [(IMAGE, True), ("public.ecr.aws/nginx/nginx:latest", False), ("nginx", False)],
)
def test_a_private_ecr_image_is_told_by_its_registry(image, expected):
    """ECR Public needs no role."""
    assert is_ecr_image(image) is expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (fargate(), ["EC2", "FARGATE"]),
        (ec2(), ["EXTERNAL", "EC2"]),
        (ec2(networkMode="awsvpc"), ["EC2"]),
        (ec2(networkMode="awsvpc", cpu="256", memory="512", executionRoleArn=ROLE),
         ["EC2", "FARGATE"]),
    ],
)  # fmt: skip
def test_compatibilities_are_what_the_definition_could_run_on(params, expected):
    """Asked for or not."""
    assert compatibilities(params) == expected


def test_what_ecs_fills_in_is_filled_in_and_the_request_left_alone():
    """Sizes become numbers, ports get host and protocol, health checks their defaults."""
    params = fargate(
        container(healthCheck={"command": ["CMD-SHELL", "true"]}), cpu=".25 vCPU", memory="0.5 GB"
    )
    before = deepcopy(params)
    result = completed(params)
    web = result["containerDefinitions"][0]

    assert (result["cpu"], result["memory"]) == ("256", "512")
    assert web["portMappings"] == [{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}]
    assert (web["healthCheck"]["interval"], web["essential"]) == (30, True)
    assert params == before


def test_a_bridge_port_is_chosen_by_the_host():
    """hostPort 0 is a dynamic port."""
    web = completed(ec2())["containerDefinitions"][0]

    assert completed(ec2())["networkMode"] == "bridge"
    assert web["portMappings"][0]["hostPort"] == 0


@given(st.sampled_from(list(GOOD.values())))
def test_completing_twice_changes_nothing_and_stays_accepted(params):
    """What ECS shows can be registered again."""
    once = completed(params)

    assert completed(once) == once
    assert problems(once) == []


def test_required_attributes_follow_from_what_is_used():
    """One attribute for each capability, none twice."""
    params = fargate(
        container(
            logConfiguration=LOGS,
            healthCheck={"command": ["CMD-SHELL", "true"]},
            secrets=[{"name": "A", "valueFrom": SECRET}],
            dependsOn=[{"containerName": "side", "condition": "START"}],
        ),
        side(),
        taskRoleArn=ROLE,
    )
    names = [entry["name"] for entry in requires_attributes(params)]

    assert sorted(names) == [
        "com.amazonaws.ecs.capability.docker-remote-api.1.18",
        "com.amazonaws.ecs.capability.ecr-auth",
        "com.amazonaws.ecs.capability.logging-driver.awslogs",
        "com.amazonaws.ecs.capability.task-iam-role",
        "ecs.capability.container-health-check",
        "ecs.capability.container-ordering",
        "ecs.capability.execution-role-awslogs",
        "ecs.capability.secrets.asm.environment-variables",
        "ecs.capability.task-eni",
    ]
