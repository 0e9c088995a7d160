"""What ECR's, ECS's, Application Auto Scaling's and Cloud Map's operations need."""

from collections.abc import Iterable
from typing import Any

from awslab.server.iam.needs import Call, Need, rule
from awslab.server.iam.resources import backends

TASKS = "ecs-tasks.amazonaws.com"
_REGISTRY_WIDE = {
    "GetAuthorizationToken",
    "DescribeRegistry",
    "GetRegistryPolicy",
    "PutRegistryPolicy",
    "DeleteRegistryPolicy",
    "GetRegistryScanningConfiguration",
    "PutRegistryScanningConfiguration",
    "PutReplicationConfiguration",
    "GetAccountSetting",
    "PutAccountSetting",
    "CreatePullThroughCacheRule",
    "DescribePullThroughCacheRules",
    "DeletePullThroughCacheRule",
}


@rule("ecr")
def ecr(call: Call) -> Iterable[Need]:
    """Yield what ECR needs: the repository, by name.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    """
    action = f"ecr:{call.operation}"
    if call.operation in _REGISTRY_WIDE:
        yield Need(action)
        return
    if call.params.get("resourceArn"):
        yield Need(action, call.params["resourceArn"])
        return
    account = call.params.get("registryId") or call.account
    for name in call.many("repositoryName", "repositoryNames") or ["*"]:
        yield Need(action, f"arn:aws:ecr:{call.region}:{account}:repository/{name}")


_CLUSTER = {
    "CreateCluster": "clusterName",
    "DeleteCluster": "cluster",
    "UpdateCluster": "cluster",
    "UpdateClusterSettings": "cluster",
    "PutClusterCapacityProviders": "cluster",
    "ListContainerInstances": "cluster",
    "ListAttributes": "cluster",
    "RegisterContainerInstance": "cluster",
    "DeregisterContainerInstance": "cluster",
}
_SERVICE = {
    "CreateService": "serviceName",
    "UpdateService": "service",
    "DeleteService": "service",
    "DescribeServices": "services",
    "ListServiceDeployments": "service",
    "UpdateServicePrimaryTaskSet": "service",
    "CreateTaskSet": "service",
}
_TASK = {"StopTask": "task", "DescribeTasks": "tasks", "ExecuteCommand": "task"}
_TASK |= {"GetTaskProtection": "tasks", "UpdateTaskProtection": "tasks"}
# They name a thing of their own by ARN.
_BY_ARN = {
    "DescribeServiceDeployments": "serviceDeploymentArns",
    "StopServiceDeployment": "serviceDeploymentArn",
    "DescribeServiceRevisions": "serviceRevisionArns",
    "ListTagsForResource": "resourceArn",
    "TagResource": "resourceArn",
    "UntagResource": "resourceArn",
}


@rule("ecs")
def ecs(call: Call) -> Iterable[Need]:
    """Yield what ECS needs: the cluster, service, task or task definition, with ecs:cluster as context.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """
    operation, action, params = call.operation, f"ecs:{call.operation}", call.params
    name = str(params.get("cluster") or params.get("clusterName") or "default").split("/")[-1]
    cluster = call.arn("ecs", f"cluster/{name}")
    context: dict[str, Any] = {"ecs:cluster": cluster}
    if operation in ("RunTask", "StartTask"):
        yield from _run(call, action, context)
    elif operation == "RegisterTaskDefinition":
        yield Need(action, call.arn("ecs", f"task-definition/{params.get('family', '')}:*"))
        yield from pass_roles(call, params.get("taskRoleArn"), params.get("executionRoleArn"))
    elif operation == "DescribeClusters":
        for given in call.many("clusters") or ["default"]:
            yield Need(action, call.arn("ecs", f"cluster/{str(given).split('/')[-1]}"))
    elif operation in _CLUSTER:
        yield Need(action, cluster)
    elif operation in _SERVICE:
        if params.get("taskDefinition"):
            context["ecs:task-definition"] = task_definition_arn(call, params["taskDefinition"])
        for given in call.many(_SERVICE[operation]):
            yield Need(action, call.arn("ecs", f"service/{name}/{_last(given)}"), context)
    elif operation in _TASK:
        for given in call.many(_TASK[operation]):
            yield Need(action, call.arn("ecs", f"task/{name}/{_last(given)}"), context)
    elif operation in _BY_ARN:
        for given in call.many(_BY_ARN[operation]):
            yield Need(action, given)
    elif operation == "DeleteTaskDefinitions":
        for given in call.many("taskDefinitions"):
            yield Need(action, task_definition_arn(call, given))
    else:
        yield Need(action, "*", context)


def _last(name: Any) -> str:
    return str(name).split("/")[-1]


def _run(call: Call, action: str, context: dict[str, Any]) -> Iterable[Need]:
    """Running a task passes its roles to ECS, those of the overrides included.

    See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    arn = task_definition_arn(call, call.params.get("taskDefinition", ""))
    yield Need(action, arn, context)
    family, _, revision = arn.partition("task-definition/")[2].partition(":")
    found = backends("ecs", call.account, call.region)
    revisions = found.task_definitions.get(family, {}) if found else {}
    definition = revisions.get(int(revision)) if revision.isdigit() else None
    overrides = call.params.get("overrides") or {}
    task_role = overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", None)
    execution = overrides.get("executionRoleArn") or getattr(definition, "execution_role_arn", None)
    yield from pass_roles(call, task_role, execution)


def task_definition_arn(call: Call, given: Any) -> str:
    """Return a task definition's ARN from `family`, `family:revision` or the ARN itself."""
    if str(given).startswith("arn:"):
        return str(given)
    family, _, revision = str(given).partition(":")
    if not revision:
        found = backends("ecs", call.account, call.region)
        revisions = found.task_definitions.get(family) if found else None
        revision = str(max(revisions)) if revisions else "*"
    return call.arn("ecs", f"task-definition/{family}:{revision}")


def pass_roles(call: Call, *roles: Any) -> Iterable[Need]:
    """Yield iam:PassRole for each role that a call hands to ECS.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    for role in dict.fromkeys(role for role in roles if role):
        arn = call.arn("iam", role if ":" in str(role) else f"role/{role}", "")
        yield Need("iam:PassRole", arn, {"iam:PassedToService": TASKS})


@rule("application-autoscaling", "applicationautoscaling")
def application_autoscaling(call: Call) -> Iterable[Need]:
    """Yield what Application Auto Scaling needs: any scalable target, for their ids are AWS's own.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
    """
    action = f"application-autoscaling:{call.operation}"
    described = call.operation.startswith("Describe")
    context = {
        "application-autoscaling:service-namespace": call.params.get("ServiceNamespace"),
        "application-autoscaling:scalable-dimension": call.params.get("ScalableDimension"),
    }
    target = call.arn("application-autoscaling", "scalable-target/*")
    yield Need(action, "*" if described else target, context)


@rule("servicediscovery")
def service_discovery(call: Call) -> Iterable[Need]:
    """Yield what Cloud Map needs: a service or a namespace by id.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html
    """
    action = f"servicediscovery:{call.operation}"
    service = call.params.get("ServiceId")
    if "Service" in call.operation and not call.operation.startswith(("List", "Create")):
        service = service or call.params.get("Id")
    if service:
        yield Need(action, call.arn("servicediscovery", f"service/{_last(service)}"))
    elif call.params.get("Id") and "Namespace" in call.operation:
        yield Need(action, call.arn("servicediscovery", f"namespace/{_last(call.params['Id'])}"))
    else:
        yield Need(action)
