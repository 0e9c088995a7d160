# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
What people answer instead, and what the check must say to each; and other ways to the goal that must pass.
`python -m authoring check` runs every cell in the place of its exercise's solution.
"""

# %% wrong="task-size" slip="memory in GB" says="the memory is in MiB"
for cpu, memories in SIZES.items():
    for memory in memories:
        if cpu >= vcpu * 1024 and memory >= gb * 1024:
            return [str(cpu), str(memory // 1024)]
return None

# %% wrong="task-size" slip="the CPU alone decides" says="Fargate has no size of 256 CPU units and 3072 MiB"
for cpu in SIZES:
    if cpu >= vcpu * 1024:
        return [str(cpu), str(int(gb * 1024))]
return None

# %% wrong="task-size" slip="the old ceiling" says="32 vCPU and 244 GB now"
for cpu, memories in SIZES.items():
    for memory in memories:
        if cpu >= vcpu * 1024 and memory >= gb * 1024:
            return [str(cpu), str(memory)] if cpu <= 16384 else None
return None

# %% wrong="task-size" slip="numbers instead of strings" says="the API takes strings"
for cpu, memories in SIZES.items():
    for memory in memories:
        if cpu >= vcpu * 1024 and memory >= gb * 1024:
            return [cpu, memory]
return None

# %% wrong="task-size" slip="the largest memory of the first CPU" says="a smaller size is large enough"
for cpu, memories in SIZES.items():
    if cpu >= vcpu * 1024 and memories[-1] >= gb * 1024:
        return [str(cpu), str(memories[-1])]
return None

# %% wrong="task-size" slip="no size for what is too large: the largest" says="other sizes, and some that do not exist"
for cpu, memories in SIZES.items():
    for memory in memories:
        if cpu >= vcpu * 1024 and memory >= gb * 1024:
            return [str(cpu), str(memory)]
return ["32768", str(244 * 1024)]

# %% right="task-size" by="one expression"
return next(
    (
        [str(cpu), str(memory)]
        for cpu in sorted(SIZES)
        for memory in SIZES[cpu]
        if cpu / 1024 >= vcpu and memory / 1024 >= gb
    ),
    None,
)

# %% wrong="task-cost" slip="from RUNNING" says="the bill starts with the pull of the image"
hours = max(stopped - running, 60) / 3600
return hours * (vcpu * vcpu_hour + gb * gb_hour)

# %% wrong="task-cost" slip="no minimum" says="one minute is the least that is billed"
return (stopped - pulled) / 3600 * (vcpu * vcpu_hour + gb * gb_hour)

# %% wrong="task-cost" slip="whole minutes" says="every second counts"
minutes = -(-(stopped - pulled) // 60)
return minutes / 60 * (vcpu * vcpu_hour + gb * gb_hour)

# %% wrong="task-cost" slip="prices written in" says="the prices are arguments"
return max(stopped - pulled, 60) / 3600 * (vcpu * 0.04 + gb * 0.005)

# %% wrong="task-cost" slip="seconds taken for hours" says="prices are for an hour"
return max(stopped - pulled, 60) * (vcpu * vcpu_hour + gb * gb_hour)

# %% wrong="task-cost" slip="a text" says="return a number, not a text"
return f"${max(stopped - pulled, 60) / 3600 * (vcpu * vcpu_hour + gb * gb_hour):.4f}"

# %% right="task-cost" by="two products"
seconds = stopped - pulled
if seconds < 60:
    seconds = 60
return vcpu * vcpu_hour * seconds / 3600 + gb * gb_hour * seconds / 3600

# %% wrong="cluster-definition" slip="the lesson's port" says="3000 is the lesson's port"
ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])
log = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": LOG_GROUP,
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    },
}
ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1024",
    executionRoleArn=shop.execution_role,
    containerDefinitions=[
        {
            "name": "app",
            "image": VERSION_1,
            "portMappings": [{"containerPort": 3000}],
            "logConfiguration": log,
        }
    ],
)

# %% wrong="cluster-definition" slip="no execution role" says="there is no task definition of the family"
ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])
log = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": LOG_GROUP,
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    },
}
ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1024",
    containerDefinitions=[
        {
            "name": "app",
            "image": VERSION_1,
            "portMappings": [{"containerPort": PORT}],
            "logConfiguration": log,
        }
    ],
)

# %% wrong="cluster-definition" slip="a log group that does not exist" says="log group does not exist"
ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])
log = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": SERVICE,
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    },
}
ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1024",
    executionRoleArn=shop.execution_role,
    containerDefinitions=[
        {
            "name": "app",
            "image": VERSION_1,
            "portMappings": [{"containerPort": PORT}],
            "logConfiguration": log,
        }
    ],
)

# %% wrong="cluster-definition" slip="no logs, and Fargate only" says="the cluster may use Fargate and Fargate Spot"
ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE"])
ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1024",
    executionRoleArn=shop.execution_role,
    containerDefinitions=[
        {"name": "app", "image": VERSION_1, "portMappings": [{"containerPort": PORT}]}
    ],
)

# %% wrong="cluster-definition" slip="no capacity providers" says="a cluster has only the capacity providers that it is given"
ecs.create_cluster(clusterName=CLUSTER)

# %% wrong="cluster-definition" slip="a size that does not exist" says="there is no task definition of the family"
ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])
ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1",
    executionRoleArn=shop.execution_role,
    containerDefinitions=[
        {"name": "app", "image": VERSION_1, "portMappings": [{"containerPort": PORT}]}
    ],
)

# %% wrong="cluster-definition" slip="another prefix" says="the prefix of the streams"
ecs.create_cluster(clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])
log = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": LOG_GROUP,
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "app",
    },
}
ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1024",
    executionRoleArn=shop.execution_role,
    containerDefinitions=[
        {
            "name": "app",
            "image": VERSION_1,
            "portMappings": [{"containerPort": PORT}],
            "logConfiguration": log,
        }
    ],
)

# %% right="cluster-definition" by="the aws command, sizes in words"
import json
from pathlib import Path

log = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": LOG_GROUP,
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    },
}
Path("containers.json").write_text(
    json.dumps(
        [
            {
                "name": "app",
                "image": VERSION_1,
                "portMappings": [{"containerPort": PORT}],
                "logConfiguration": log,
            }
        ]
    )
)
# !aws ecs create-cluster --cluster-name {CLUSTER} --capacity-providers FARGATE FARGATE_SPOT
# !aws ecs register-task-definition --family {SERVICE} --requires-compatibilities FARGATE --network-mode awsvpc --cpu 512 --memory 1024 --execution-role-arn {shop.execution_role} --container-definitions file://containers.json

# %% wrong="create-service" slip="tasks started alone" says="which nobody replaces"
ecs.run_task(
    cluster=CLUSTER,
    taskDefinition=SERVICE,
    count=COUNT,
    launchType="FARGATE",
    networkConfiguration=shop.network,
)

# %% wrong="create-service" slip="no load balancer" says="created without loadBalancers"
ecs.create_service(
    cluster=CLUSTER,
    serviceName=SERVICE,
    taskDefinition=SERVICE,
    desiredCount=COUNT,
    launchType="FARGATE",
    networkConfiguration=shop.network,
)

# %% wrong="create-service" slip="one subnet" says="only the zones of the subnets"
network = {
    "awsvpcConfiguration": {
        "subnets": shop.subnets[:1],
        "securityGroups": [shop.security_group],
        "assignPublicIp": "DISABLED",
    }
}
ecs.create_service(
    cluster=CLUSTER,
    serviceName=SERVICE,
    taskDefinition=SERVICE,
    desiredCount=COUNT,
    launchType="FARGATE",
    networkConfiguration=network,
    loadBalancers=[
        {"targetGroupArn": shop.target_group, "containerName": "app", "containerPort": PORT}
    ],
)

# %% wrong="create-service" slip="a misspelt container" says="there is no service"
ecs.create_service(
    cluster=CLUSTER,
    serviceName=SERVICE,
    taskDefinition=SERVICE,
    desiredCount=COUNT,
    launchType="FARGATE",
    networkConfiguration=shop.network,
    loadBalancers=[
        {"targetGroupArn": shop.target_group, "containerName": "web", "containerPort": PORT}
    ],
)

# %% wrong="create-service" slip="one task" says="it runs COUNT tasks"
ecs.create_service(
    cluster=CLUSTER,
    serviceName=SERVICE,
    taskDefinition=SERVICE,
    desiredCount=1,
    launchType="FARGATE",
    networkConfiguration=shop.network,
    loadBalancers=[
        {"targetGroupArn": shop.target_group, "containerName": "app", "containerPort": PORT}
    ],
)

# %% wrong="create-service" slip="the default security group" says="a request from the internet is answered"
ec2 = boto3.client("ec2")
wanted = [{"Name": "vpc-id", "Values": [shop.vpc]}, {"Name": "group-name", "Values": ["default"]}]
default = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"][0]["GroupId"]
network = {
    "awsvpcConfiguration": {
        "subnets": shop.subnets,
        "securityGroups": [default],
        "assignPublicIp": "DISABLED",
    }
}
ecs.create_service(
    cluster=CLUSTER,
    serviceName=SERVICE,
    taskDefinition=SERVICE,
    desiredCount=COUNT,
    launchType="FARGATE",
    networkConfiguration=network,
    loadBalancers=[
        {"targetGroupArn": shop.target_group, "containerName": "app", "containerPort": PORT}
    ],
)

# %% right="create-service" by="a capacity provider strategy, revision named, grace period"
ecs.create_service(
    cluster=CLUSTER,
    serviceName=SERVICE,
    taskDefinition=f"{SERVICE}:1",
    desiredCount=COUNT,
    networkConfiguration=shop.network,
    capacityProviderStrategy=[
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 1},
    ],
    loadBalancers=[
        {"targetGroupArn": shop.target_group, "containerName": "app", "containerPort": PORT}
    ],
    healthCheckGracePeriodSeconds=20,
)

# %% right="create-service" by="the aws command"
subnets = ",".join(shop.subnets)
# !aws ecs create-service --cluster {CLUSTER} --service-name {SERVICE} --task-definition {SERVICE} --desired-count {COUNT} --launch-type FARGATE --network-configuration "awsvpcConfiguration={{subnets=[{subnets}],securityGroups=[{shop.security_group}]}}" --load-balancers targetGroupArn={shop.target_group},containerName=app,containerPort={PORT} --query service.status

# %% wrong="deployment-bounds" slip="both rounded down" says="round up"
return [desired * minimum // 100, desired * maximum // 100]

# %% wrong="deployment-bounds" slip="both rounded up" says="round down"
from math import ceil

return [ceil(desired * minimum / 100), ceil(desired * maximum / 100)]

# %% wrong="deployment-bounds" slip="not rounded" says="a number of tasks is whole"
return [desired * minimum / 100, desired * maximum / 100]

# %% wrong="deployment-bounds" slip="rounded to the nearest" says="deployment_bounds of"
return [round(desired * minimum / 100), round(desired * maximum / 100)]

# %% right="deployment-bounds" by="math"
from math import ceil, floor

return [ceil(desired * minimum / 100), floor(desired * maximum / 100)]

# %% wrong="can-move" slip="the percentages decide" says="125 percent of three tasks is three tasks"
return minimum < 100 or maximum > 100

# %% wrong="can-move" slip="only starting counts" says="stopping one first is a way to move too"
return desired == 0 or deployment_bounds(desired, minimum, maximum)[1] > desired

# %% wrong="can-move" slip="nothing desired" says="can_move of other services"
lower, upper = deployment_bounds(desired, minimum, maximum)
return bool(desired) and (upper > desired or lower < desired)

# %% right="can-move" by="comparing both with desired"
return deployment_bounds(desired, minimum, maximum) != [desired, desired] or desired == 0

# %% wrong="failures-to-trip" slip="one failure" says="failures_to_trip of 10 tasks and of 25"
return 1

# %% wrong="failures-to-trip" slip="half, rounded down" says="half of 25 is rounded up"
return min(200, max(3, desired // 2))

# %% wrong="failures-to-trip" slip="no least number" says="the least is 3"
return min(200, -(-desired // 2))

# %% wrong="failures-to-trip" slip="no greatest number" says="200 failures are enough"
return max(3, -(-desired // 2))

# %% right="failures-to-trip" by="sorted"
from math import ceil

return sorted([3, ceil(desired * 0.5), 200])[1]

# %% wrong="new-version" slip="registered only" says="registering a revision changes nothing that runs"
old = ecs.describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]
keep = (
    "family",
    "cpu",
    "memory",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
new = {key: old[key] for key in keep}
new["containerDefinitions"][0]["image"] = VERSION_2
ecs.register_task_definition(**new)

# %% wrong="new-version" slip="logs lost" says="logConfiguration got lost"
ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1024",
    executionRoleArn=shop.execution_role,
    containerDefinitions=[
        {"name": "app", "image": VERSION_2, "portMappings": [{"containerPort": PORT}]}
    ],
)
ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=SERVICE)

# %% wrong="new-version" slip="the execution role lost" says="there is no second revision"
old = ecs.describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]
container = old["containerDefinitions"][0] | {"image": VERSION_2}
container.pop("logConfiguration")
ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1024",
    containerDefinitions=[container],
)
ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=SERVICE)

# %% wrong="new-version" slip="a new family" says="another family starts at revision 1 again"
old = ecs.describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]
keep = (
    "cpu",
    "memory",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
new = {key: old[key] for key in keep}
new["containerDefinitions"][0]["image"] = VERSION_2
ecs.register_task_definition(family=SERVICE + "-v2", **new)
ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=SERVICE + "-v2")

# %% wrong="new-version" slip="a new deployment of the old revision" says="there is no second revision"
ecs.update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)

# %% wrong="new-version" slip="the old revision thrown away" says="there is something to go back to"
old = ecs.describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]
keep = (
    "family",
    "cpu",
    "memory",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
new = {key: old[key] for key in keep}
new["containerDefinitions"][0]["image"] = VERSION_2
ecs.register_task_definition(**new)
ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=SERVICE)
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=[SERVICE])
ecs.deregister_task_definition(taskDefinition=f"{SERVICE}:1")

# %% right="new-version" by="the first revision corrected in between"
keep = (
    "family",
    "cpu",
    "memory",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
old = ecs.describe_task_definition(taskDefinition=SERVICE)["taskDefinition"]
new = {key: old[key] for key in keep}
new["containerDefinitions"][0]["essential"] = True
ecs.register_task_definition(**new)
new["containerDefinitions"][0]["image"] = VERSION_2
made = ecs.register_task_definition(**new)["taskDefinition"]["taskDefinitionArn"]
ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=made)
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=[SERVICE])

# %% right="new-version" by="written out again, revision named"
log = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": LOG_GROUP,
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    },
}
made = ecs.register_task_definition(
    family=SERVICE,
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu="512",
    memory="1024",
    executionRoleArn=shop.execution_role,
    containerDefinitions=[
        {
            "name": "app",
            "image": VERSION_2,
            "portMappings": [{"containerPort": PORT}],
            "logConfiguration": log,
        }
    ],
)
ecs.update_service(
    cluster=CLUSTER, service=SERVICE, taskDefinition=made["taskDefinition"]["taskDefinitionArn"]
)

# %% wrong="circuit-breaker" slip="without rollback" says="without rollback the breaker only stops"
ecs.update_service(
    cluster=CLUSTER,
    service=SERVICE,
    deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
)

# %% wrong="circuit-breaker" slip="rollback without enable" says="rollback alone does nothing"
ecs.update_service(
    cluster=CLUSTER,
    service=SERVICE,
    deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": True}},
)

# %% wrong="circuit-breaker" slip="bounds instead of a breaker" says="has no circuit breaker yet"
ecs.update_service(
    cluster=CLUSTER,
    service=SERVICE,
    deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 150},
)

# %% wrong="circuit-breaker" slip="everything may stop" says="keep minimumHealthyPercent at 100"
ecs.update_service(
    cluster=CLUSTER,
    service=SERVICE,
    deploymentConfiguration={
        "minimumHealthyPercent": 0,
        "maximumPercent": 100,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    },
)

# %% right="circuit-breaker" by="the aws command"
# !aws ecs update-service --cluster {CLUSTER} --service {SERVICE} --deployment-configuration "deploymentCircuitBreaker={{enable=true,rollback=true}}" --query service.status

# %% right="circuit-breaker" by="a threshold of its own"
ecs.update_service(
    cluster=CLUSTER,
    service=SERVICE,
    deploymentConfiguration={
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": True,
            "thresholdConfiguration": {"type": "COUNT", "value": 2},
        }
    },
)

# %% wrong="slow-service" slip="startPeriod" says="startPeriod belongs to the container's own health check"
old = ecs.describe_task_definition(taskDefinition="report-service")["taskDefinition"]
keep = (
    "family",
    "cpu",
    "memory",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
new = {key: old[key] for key in keep}
new["containerDefinitions"][0]["healthCheck"] = {
    "command": ["CMD-SHELL", f"curl -f http://localhost:{PORT}/health"],
    "startPeriod": BOOT + 30,
}
ecs.register_task_definition(**new)
ecs.update_service(cluster="backoffice", service="report-service", taskDefinition="report-service")

# %% wrong="slow-service" slip="every answer counts as healthy" says="a check that accepts anything finds nothing"
boto3.client("elbv2").modify_target_group(
    TargetGroupArn=report_targets, Matcher={"HttpCode": "200-499"}
)
ecs.update_service(
    cluster="backoffice", service="report-service", healthCheckGracePeriodSeconds=BOOT + 30
)

# %% wrong="slow-service" slip="a slow health check" says="it takes far longer to notice a task that hangs"
boto3.client("elbv2").modify_target_group(
    TargetGroupArn=report_targets, HealthCheckIntervalSeconds=60, UnhealthyThresholdCount=5
)

# %% wrong="slow-service" slip="half of what it needs" says="is called unhealthy after"
ecs.update_service(
    cluster="backoffice", service="report-service", healthCheckGracePeriodSeconds=BOOT // 2
)

# %% wrong="slow-service" slip="an hour, to be on the safe side" says="a broken version would be kept running"
ecs.update_service(
    cluster="backoffice", service="report-service", healthCheckGracePeriodSeconds=3600
)

# %% right="slow-service" by="the aws command, and a new deployment"
seconds = BOOT + 20
# !aws ecs update-service --cluster backoffice --service report-service --health-check-grace-period-seconds {seconds} --force-new-deployment --query service.status

# %% wrong="diagnose" slip="a timeout taken for a permission, and the reverse" says="that would be an answer"
signs = {
    "failed to resolve ref": "image-not-found",
    "i/o timeout": "secret-access-denied",
    "log group does not exist": "log-group-missing",
    "AccessDenied": "no-route-to-registry",
    "OutOfMemory": "out-of-memory",
}
diagnosis = {}
for number, arn in enumerate(case_arns, 1):
    found = ecs.describe_tasks(cluster="backoffice", tasks=[arn])["tasks"][0]
    text = found["stoppedReason"] + str(found["containers"][0].get("reason"))
    diagnosis[f"case-{number}"] = next(
        (signs[sign] for sign in signs if sign in text), "app-crashed"
    )

# %% wrong="diagnose" slip="every start that fails is the image" says="the right is not"
diagnosis = {}
for number, arn in enumerate(case_arns, 1):
    found = ecs.describe_tasks(cluster="backoffice", tasks=[arn])["tasks"][0]
    ran = found["stopCode"] == "EssentialContainerExited"
    diagnosis[f"case-{number}"] = "app-crashed" if ran else "image-not-found"

# %% wrong="diagnose" slip="137 for the application's doing" says="exit code 137 and OutOfMemoryError"
diagnosis = {f"case-{number}": "app-crashed" for number in range(1, 7)}

# %% wrong="diagnose" slip="words of one's own" says="use one of the six names"
diagnosis = {f"case-{number}": "something with ECR" for number in range(1, 7)}

# %% wrong="diagnose" slip="a list" says="diagnosis is not a dictionary any more"
diagnosis = list(FAULTS)

# %% right="diagnose" by="capitals and spaces"
signs = {
    "failed to resolve ref": "image-not-found",
    "i/o timeout": "No route to registry",
    "log group does not exist": "log-group-missing",
    "AccessDenied": "Secret access denied",
    "OutOfMemory": "out-of-memory",
}
diagnosis = {}
for number, arn in enumerate(case_arns, 1):
    found = ecs.describe_tasks(cluster="backoffice", tasks=[arn])["tasks"][0]
    text = found["stoppedReason"] + str(found["containers"][0].get("reason"))
    diagnosis[f"case-{number}"] = next(
        (signs[sign] for sign in signs if sign in text), "App crashed"
    )

# %% wrong="right-size" slip="still too small" says="MiB is still less than NEEDS_MEMORY"
old = ecs.describe_task_definition(taskDefinition="thumbnail-service")["taskDefinition"]
keep = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
memory = "512" if NEEDS_MEMORY < 1024 else "1024"
ecs.register_task_definition(cpu="256", memory=memory, **{key: old[key] for key in keep})

# %% wrong="right-size" slip="a limit on the container" says="the container has a limit of its own"
old = ecs.describe_task_definition(taskDefinition="thumbnail-service")["taskDefinition"]
keep = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
old["containerDefinitions"][0]["memory"] = 512
ecs.register_task_definition(cpu="1024", memory="4096", **{key: old[key] for key in keep})

# %% wrong="right-size" slip="far too large" says="Fargate bills what is reserved"
old = ecs.describe_task_definition(taskDefinition="thumbnail-service")["taskDefinition"]
keep = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
ecs.register_task_definition(cpu="4096", memory="30720", **{key: old[key] for key in keep})

# %% wrong="right-size" slip="the logs lost" says="nothing else has changed"
old = ecs.describe_task_definition(taskDefinition="thumbnail-service")["taskDefinition"]
container = {key: old["containerDefinitions"][0][key] for key in ("name", "image", "portMappings")}
cpu, memory = fargate_size(0.25, NEEDS_MEMORY / 1024)
ecs.register_task_definition(
    family="thumbnail-service",
    requiresCompatibilities=["FARGATE"],
    networkMode="awsvpc",
    cpu=cpu,
    memory=memory,
    executionRoleArn=shop.execution_role,
    containerDefinitions=[container],
)

# %% wrong="right-size" slip="more tasks instead of more memory" says="there is no revision of thumbnail-service with another size"
ecs.run_task(
    cluster="backoffice",
    taskDefinition="thumbnail-service",
    count=3,
    launchType="FARGATE",
    networkConfiguration=shop.network,
)

# %% right="right-size" by="sizes in words"
old = ecs.describe_task_definition(taskDefinition="thumbnail-service")["taskDefinition"]
keep = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "executionRoleArn",
    "containerDefinitions",
)
cpu, memory = {
    700: (".25 vCPU", "1 GB"),
    1200: (".25 vCPU", "2 GB"),
    1900: (".25 vCPU", "2 GB"),
    2600: (".5 vCPU", "3 GB"),
}[NEEDS_MEMORY]
ecs.register_task_definition(cpu=cpu, memory=memory, **{key: old[key] for key in keep})

# %% wrong="autoscale" slip="a fraction" says="the target is in percent"
scaling = boto3.client("application-autoscaling")
target = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{CLUSTER}/{SERVICE}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MAX_TASKS)
scaling.put_scaling_policy(
    **target,
    PolicyName="cpu",
    PolicyType="TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration={
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
        },
        "TargetValue": CPU_TARGET / 100,
        "ScaleOutCooldown": 60,
        "ScaleInCooldown": 300,
    },
)

# %% wrong="autoscale" slip="cooldowns swapped" says="the two are swapped"
scaling = boto3.client("application-autoscaling")
target = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{CLUSTER}/{SERVICE}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MAX_TASKS)
label = (
    shop.load_balancer.partition("loadbalancer/")[2] + "/" + shop.target_group.rpartition(":")[2]
)
for name, value, metric in (
    ("cpu", CPU_TARGET, {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}),
    (
        "requests",
        REQUESTS,
        {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label},
    ),
):
    scaling.put_scaling_policy(
        **target,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "PredefinedMetricSpecification": metric,
            "TargetValue": float(value),
            "ScaleOutCooldown": 300,
            "ScaleInCooldown": 60,
        },
    )

# %% wrong="autoscale" slip="one name for both policies" says="a policy with the same name replaces the first one"
scaling = boto3.client("application-autoscaling")
target = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{CLUSTER}/{SERVICE}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MAX_TASKS)
label = (
    shop.load_balancer.partition("loadbalancer/")[2] + "/" + shop.target_group.rpartition(":")[2]
)
for value, metric in (
    (CPU_TARGET, {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}),
    (REQUESTS, {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}),
):
    scaling.put_scaling_policy(
        **target,
        PolicyName="tracking",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "PredefinedMetricSpecification": metric,
            "TargetValue": float(value),
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 300,
        },
    )

# %% wrong="autoscale" slip="the ARN as the resource" says="is no scalable target yet"
boto3.client("application-autoscaling").register_scalable_target(
    ServiceNamespace="ecs",
    ResourceId=f"arn:aws:ecs:us-east-1:123456789012:service/{CLUSTER}/{SERVICE}",
    ScalableDimension="ecs:service:DesiredCount",
    MinCapacity=2,
    MaxCapacity=MAX_TASKS,
)

# %% wrong="autoscale" slip="no policy" says="there is no scaling policy yet"
boto3.client("application-autoscaling").register_scalable_target(
    ServiceNamespace="ecs",
    ResourceId=f"service/{CLUSTER}/{SERVICE}",
    ScalableDimension="ecs:service:DesiredCount",
    MinCapacity=2,
    MaxCapacity=MAX_TASKS,
)

# %% wrong="autoscale" slip="requests a second, and never in" says="the target is for a minute"
scaling = boto3.client("application-autoscaling")
target = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{CLUSTER}/{SERVICE}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=MAX_TASKS)
label = (
    shop.load_balancer.partition("loadbalancer/")[2] + "/" + shop.target_group.rpartition(":")[2]
)
scaling.put_scaling_policy(
    **target,
    PolicyName="requests",
    PolicyType="TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration={
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget",
            "ResourceLabel": label,
        },
        "TargetValue": REQUESTS / 60,
        "DisableScaleIn": True,
    },
)

# %% right="autoscale" by="the aws command for the target"
# !aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id service/{CLUSTER}/{SERVICE} --scalable-dimension ecs:service:DesiredCount --min-capacity 2 --max-capacity {MAX_TASKS}
label = (
    shop.load_balancer.partition("loadbalancer/")[2] + "/" + shop.target_group.rpartition(":")[2]
)
for name, value, metric in (
    (
        "track-requests",
        REQUESTS,
        {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label},
    ),
    ("track-cpu", CPU_TARGET, {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}),
):
    boto3.client("application-autoscaling").put_scaling_policy(
        ServiceNamespace="ecs",
        ResourceId=f"service/{CLUSTER}/{SERVICE}",
        ScalableDimension="ecs:service:DesiredCount",
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "PredefinedMetricSpecification": metric,
            "TargetValue": float(value),
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 300,
        },
    )

# %% wrong="schedule" slip="in UTC" says="the hour is taken in UTC"
for name, hour, least in (("peak", PEAK_HOUR, PEAK_TASKS), ("evening", 20, 2)):
    boto3.client("application-autoscaling").put_scheduled_action(
        ServiceNamespace="ecs",
        ResourceId=f"service/{CLUSTER}/{SERVICE}",
        ScalableDimension="ecs:service:DesiredCount",
        ScheduledActionName=name,
        Schedule=f"cron(0 {hour} ? * MON-FRI *)",
        ScalableTargetAction={"MinCapacity": least, "MaxCapacity": MAX_TASKS},
    )

# %% wrong="schedule" slip="never lowered again" says="nothing ever lowers the minimum again"
boto3.client("application-autoscaling").put_scheduled_action(
    ServiceNamespace="ecs",
    ResourceId=f"service/{CLUSTER}/{SERVICE}",
    ScalableDimension="ecs:service:DesiredCount",
    ScheduledActionName="peak",
    Schedule=f"cron(0 {PEAK_HOUR} ? * MON-FRI *)",
    Timezone=TIMEZONE,
    ScalableTargetAction={"MinCapacity": PEAK_TASKS, "MaxCapacity": MAX_TASKS},
)

# %% wrong="schedule" slip="every day" says="fires on Saturday and Sunday too"
for name, hour, least in (("peak", PEAK_HOUR, PEAK_TASKS), ("evening", 20, 2)):
    boto3.client("application-autoscaling").put_scheduled_action(
        ServiceNamespace="ecs",
        ResourceId=f"service/{CLUSTER}/{SERVICE}",
        ScalableDimension="ecs:service:DesiredCount",
        ScheduledActionName=name,
        Schedule=f"cron(0 {hour} * * ? *)",
        Timezone=TIMEZONE,
        ScalableTargetAction={"MinCapacity": least, "MaxCapacity": MAX_TASKS},
    )

# %% wrong="schedule" slip="no room above" says="with the maximum at the minimum nothing can scale"
for name, hour, least in (("peak", PEAK_HOUR, PEAK_TASKS), ("evening", 20, 2)):
    boto3.client("application-autoscaling").put_scheduled_action(
        ServiceNamespace="ecs",
        ResourceId=f"service/{CLUSTER}/{SERVICE}",
        ScalableDimension="ecs:service:DesiredCount",
        ScheduledActionName=name,
        Schedule=f"cron(0 {hour} ? * MON-FRI *)",
        Timezone=TIMEZONE,
        ScalableTargetAction={"MinCapacity": least, "MaxCapacity": least},
    )

# %% wrong="schedule" slip="the desired count" says="there is no scheduled action"
ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=PEAK_TASKS)

# %% right="schedule" by="the aws command, days by number"
# !aws application-autoscaling put-scheduled-action --service-namespace ecs --resource-id service/{CLUSTER}/{SERVICE} --scalable-dimension ecs:service:DesiredCount --scheduled-action-name up --schedule "cron(0 {PEAK_HOUR} ? * 2-6 *)" --timezone {TIMEZONE} --scalable-target-action MinCapacity={PEAK_TASKS},MaxCapacity={MAX_TASKS}
# !aws application-autoscaling put-scheduled-action --service-namespace ecs --resource-id service/{CLUSTER}/{SERVICE} --scalable-dimension ecs:service:DesiredCount --scheduled-action-name down --schedule "cron(0 20 ? * 2-6 *)" --timezone {TIMEZONE} --scalable-target-action MinCapacity=2,MaxCapacity={MAX_TASKS}

# %% wrong="next-count" slip="all out, any in" says="one policy is enough to scale out"
if min(wanted) > current:
    return max(wanted)
return min(current, min(wanted)) if max(wanted) <= current else current

# %% wrong="next-count" slip="the average" says="there is no average"
return -(-sum(wanted) // len(wanted))

# %% wrong="next-count" slip="the smallest wins on the way in" says="the larger of the two wins"
return max(wanted) if max(wanted) > current else min(wanted)

# %% wrong="next-count" slip="DisableScaleIn forgotten" says="DisableScaleIn is not asked"
return max(wanted)

# %% wrong="next-count" slip="never in" says="all agree: the count goes down"
return max(current, max(wanted))

# %% wrong="next-count" slip="DisableScaleIn takes no part at all" says="does not keep a policy from scaling out"
asked = [count for count, allowed in zip(wanted, may_scale_in) if allowed]
return max(asked, default=current)

# %% right="next-count" by="step by step"
highest = current
for count in wanted:
    highest = max(highest, count)
if highest > current or not any(may_scale_in):
    return highest
lowest = 0
for count, allowed in zip(wanted, may_scale_in):
    if allowed:
        lowest = max(lowest, count)
return lowest
