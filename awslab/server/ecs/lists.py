"""ECS's List operations: every filter, sorted, in pages; and DescribeTasks with what it does not find.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.responses import DESCRIBE_TASKS_TAGS
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from awslab.server.ecs import lookups
from awslab.server.errors import AWSError

RESPONSES = [
    "describe_tasks",
    "list_clusters",
    "list_services",
    "list_task_definitions",
    "list_task_definition_families",
    "list_tasks",
]
MOST = 100


def page(self: Response, items: list[str]) -> dict[str, Any]:
    """Return the page of `items` that the request's maxResults and nextToken ask for.

    Raises AWSError for a token that is none or a size out of range.
    """
    size = int(self._get_param("maxResults") or MOST)
    token = self._get_param("nextToken") or "0"
    if not 1 <= size <= MOST:
        raise AWSError("InvalidParameterException", f"maxResults should be between 1 and {MOST}.")
    if not token.isdecimal() or int(token) > len(items):
        raise AWSError("InvalidParameterException", "Invalid token.")
    start = int(token)
    more = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return {"items": items[start : start + size], **more}


def _answer(self: Response, key: str, items: list[str]) -> ActionResult:
    found = page(self, items)
    return ActionResult({key: found.pop("items"), **found})


def list_clusters(self: Response) -> ActionResult:
    """Answer ListClusters with the ACTIVE ones.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html
    """
    clusters = self.ecs_backend.clusters.values()
    return _answer(self, "clusterArns", [c.arn for c in clusters if c.status == "ACTIVE"])


def list_services(self: Response) -> ActionResult:
    """Answer ListServices with those of the cluster that are not INACTIVE.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html
    """
    home = self.ecs_backend._get_cluster(self._get_param("cluster") or "default")
    launch, scheduling = self._get_param("launchType"), self._get_param("schedulingStrategy")
    arns = [
        service.arn
        for service in self.ecs_backend.services.values()
        if service.cluster_name == home.name
        and service.status != "INACTIVE"
        and launch in (None, service.launch_type)
        and scheduling in (None, service.scheduling_strategy)
    ]
    return _answer(self, "serviceArns", sorted(arns))


def list_task_definitions(self: Response) -> ActionResult:
    """Answer ListTaskDefinitions: by family, then by revision, ACTIVE ones unless asked otherwise.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
    """
    family, status = self._get_param("familyPrefix"), self._get_param("status") or "ACTIVE"
    found = [
        definition
        for name, revisions in sorted(self.ecs_backend.task_definitions.items())
        for _, definition in sorted(revisions.items())
        if family in (None, name) and definition.status == status
    ]
    if self._get_param("sort") == "DESC":
        found.reverse()
    return _answer(self, "taskDefinitionArns", [definition.arn for definition in found])


def list_task_definition_families(self: Response) -> ActionResult:
    """Answer ListTaskDefinitionFamilies by the beginning of the name and whether any revision is ACTIVE.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitionFamilies.html
    """
    prefix, status = self._get_param("familyPrefix") or "", self._get_param("status") or "ALL"
    families = [
        name
        for name, revisions in sorted(self.ecs_backend.task_definitions.items())
        if name.startswith(prefix)
        and status in ("ALL", "ACTIVE" if _has_active(revisions) else "INACTIVE")
    ]
    return _answer(self, "families", families)


def _has_active(revisions: dict[int, Any]) -> bool:
    return any(definition.status == "ACTIVE" for definition in revisions.values())


def list_tasks(self: Response) -> ActionResult:
    """Answer ListTasks; without a desiredStatus, tasks that ECS wants to run.

    A PENDING desiredStatus never matches: ECS sets only RUNNING and STOPPED.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
    """
    home = self.ecs_backend._get_cluster(self._get_param("cluster") or "default")
    tests = list(_filters(self))
    arns = [
        task.task_arn
        for task in self.ecs_backend.tasks.get(home.name, {}).values()
        if all(test(task) for test in tests)
    ]
    return _answer(self, "taskArns", arns)


def _filters(self: Response) -> list[Callable[[Any], bool]]:
    desired = self._get_param("desiredStatus") or "RUNNING"
    tests: list[Callable[[Any], bool]] = [lambda task: task.desired_status == desired]
    if service := self._get_param("serviceName"):
        group = f"service:{service.rpartition('/')[2]}"
        tests.append(lambda task: task.group == group)
    if family := self._get_param("family"):
        tests.append(lambda task: lookups.family_of(task.task_definition_arn)[0] == family)
    if started_by := self._get_param("startedBy"):
        tests.append(lambda task: task.started_by == started_by)
    if launch := self._get_param("launchType"):
        tests.append(lambda task: task.launch_type == launch)
    if instance := self._get_param("containerInstance"):
        tests.append(lambda task: instance in (task.container_instance_arn or ""))
    return tests


def describe_tasks(self: Response) -> ActionResult:
    """Answer DescribeTasks in the order asked; a task that the cluster does not have is a failure.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
    """
    backend = self.ecs_backend
    home = backend._get_cluster(self._get_param("cluster") or "default")
    wanted = self._get_param("tasks") or []
    if not wanted:
        raise AWSError("InvalidParameterException", "Tasks cannot be empty.")
    tasks = {arn.rpartition("/")[2]: t for arn, t in backend.tasks.get(home.name, {}).items()}
    found = [tasks[task_id] for task_id in map(_id, wanted) if task_id in tasks]
    prefix = home.arn.replace(":cluster/", ":task/")
    failures = [
        {"arn": name if name.startswith("arn:") else f"{prefix}/{name}", "reason": "MISSING"}
        for name in wanted
        if _id(name) not in tasks
    ]
    with_tags = "TAGS" in (self._get_param("include") or [])
    choose = self._include_in_response if with_tags else self._exclude_from_response
    choose(DESCRIBE_TASKS_TAGS)
    return ActionResult({"tasks": found, "failures": failures})


def _id(task: str) -> str:
    return task.rpartition("/")[2]
