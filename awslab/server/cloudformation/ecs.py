"""AWS::ECS, AWS::ECR and AWS::ApplicationAutoScaling resources, made over their APIs."""

import json
from typing import Any

from botocore.exceptions import ClientError

from awslab.server.cloudformation.api import Api, Failed, Waiting, only
from awslab.server.cloudformation.kinds import Kind, Made, Properties, Resource, kind


@kind("AWS::ECS::Cluster")
class Cluster(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-cluster.html"""

    replaced_by = ("ClusterName",)
    attributes = ("Arn",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the cluster."""
        given = api.fit("ecs", "create_cluster", _settings(properties))
        made = api.call("ecs", "create_cluster", **{"clusterName": name, **given})["cluster"]
        return made["clusterName"], {"Arn": made["clusterArn"]}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Change settings and capacity providers."""
        api.apply(
            "ecs",
            "update_cluster",
            only(_settings(properties), "Settings", "Configuration", "ServiceConnectDefaults"),
            cluster=resource.physical_resource_id,
        )
        providers = ("CapacityProviders", "DefaultCapacityProviderStrategy")
        if any(properties.get(n) != resource.properties.get(n) for n in providers):
            given = {name: properties.get(name, []) for name in providers}
            api.apply(
                "ecs",
                "put_cluster_capacity_providers",
                given,
                cluster=resource.physical_resource_id,
            )

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the cluster."""
        api.call("ecs", "delete_cluster", cluster=resource.physical_resource_id)


def _settings(properties: Properties) -> Properties:
    return {("Settings" if n == "ClusterSettings" else n): v for n, v in properties.items()}


@kind("AWS::ECS::TaskDefinition")
class TaskDefinition(Kind):
    """A change registers a new revision, and deregisters the old one when the update has succeeded.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html
    """

    attributes = ("TaskDefinitionArn",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Register the task definition."""
        given = api.fit("ecs", "register_task_definition", properties)
        given.setdefault("family", name.rpartition("-")[0].replace("-", ""))
        for role in ("executionRoleArn", "taskRoleArn"):
            if given.get(role) and not given[role].startswith("arn:"):
                # A role's short name is what Ref gives, and what ECS takes for its ARN.
                account = api.call("sts", "get_caller_identity")["Account"]
                given[role] = f"arn:aws:iam::{account}:role/{given[role]}"
        made = api.call("ecs", "register_task_definition", **given)["taskDefinition"]
        return made["taskDefinitionArn"], {"TaskDefinitionArn": made["taskDefinitionArn"]}

    def delete(self, api: Api, resource: Resource) -> None:
        """Deregister the task definition."""
        api.call("ecs", "deregister_task_definition", taskDefinition=resource.physical_resource_id)


@kind("AWS::ECS::Service")
class Service(Kind):
    """The resource is complete when the service is steady.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
    """

    replaced_by = ("Cluster", "LaunchType", "Role", "SchedulingStrategy", "ServiceName")
    attributes = ("Name", "ServiceArn")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the service; without a count it wants one task."""
        given = api.fit("ecs", "create_service", properties)
        given.setdefault("serviceName", name)
        if given.get("schedulingStrategy") != "DAEMON":
            given.setdefault("desiredCount", 1)
        made = api.call("ecs", "create_service", **given)["service"]
        return made["serviceArn"], {"Name": made["serviceName"], "ServiceArn": made["serviceArn"]}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Update the service, which rolls when its task definition or network changed."""
        dropped = (*self.replaced_by, "Tags", "DeploymentController", "EnableECSManagedTags")
        given = api.fit("ecs", "update_service", properties, dropped)
        if properties.get("DesiredCount") == resource.properties.get("DesiredCount"):
            given.pop("desiredCount", None)  # auto scaling may have moved it
        api.call("ecs", "update_service", **{**given, **self._named(resource)})

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the service and wait until its tasks are gone."""
        found = self._describe(api, resource)
        if found is None or found["status"] == "INACTIVE":
            return
        if found["status"] == "ACTIVE":
            api.call("ecs", "delete_service", force=True, **self._named(resource))
        raise Waiting

    def ready(self, api: Api, resource: Resource) -> bool:
        """Tell whether the service is steady.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        """
        found = self._describe(api, resource) or {"deployments": []}
        states = [d.get("rolloutState") for d in found["deployments"]]
        if "FAILED" in states or self._rolled_back(found):
            raise Failed(
                "Resource handler returned message: \"Error occurred during operation 'ECS Deployment "
                "Circuit Breaker was triggered'.\" (HandlerErrorCode: GeneralServiceException)"
            )
        return states == ["COMPLETED"] and found["runningCount"] == found["desiredCount"]

    @staticmethod
    def _rolled_back(found: dict[str, Any]) -> bool:
        return any(
            "rolling back" in (d.get("rolloutStateReason") or "") for d in found["deployments"]
        )

    @staticmethod
    def _named(resource: Resource) -> dict[str, str]:
        cluster = resource.physical_resource_id.split("/")[-2]
        return {"cluster": cluster, "service": resource.physical_resource_id.rpartition("/")[2]}

    def _describe(self, api: Api, resource: Resource) -> dict[str, Any] | None:
        named = self._named(resource)
        found = api.call(
            "ecs", "describe_services", cluster=named["cluster"], services=[named["service"]]
        )
        return next(iter(found["services"]), None)


@kind("AWS::ECR::Repository")
class Repository(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html"""

    replaced_by = ("RepositoryName", "EncryptionConfiguration")
    attributes = ("Arn", "RepositoryUri")
    own = ("LifecyclePolicy", "RepositoryPolicyText", "EmptyOnDelete")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the repository and put its policies."""
        given = api.fit("ecr", "create_repository", properties, self.own)
        given.setdefault("repositoryName", name.lower())
        made = api.call("ecr", "create_repository", **given)["repository"]
        self._policies(api, made["repositoryName"], properties)
        values = {"Arn": made["repositoryArn"], "RepositoryUri": made["repositoryUri"]}
        return made["repositoryName"], values

    def _policies(self, api: Api, name: str, properties: Properties) -> None:
        if text := (properties.get("LifecyclePolicy") or {}).get("LifecyclePolicyText"):
            api.call("ecr", "put_lifecycle_policy", repositoryName=name, lifecyclePolicyText=text)
        if policy := properties.get("RepositoryPolicyText"):
            text = policy if isinstance(policy, str) else json.dumps(policy, default=str)
            api.call("ecr", "set_repository_policy", repositoryName=name, policyText=text)

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Change policies, scanning and mutability."""
        name = resource.physical_resource_id
        self._policies(api, name, properties)
        for prop, operation in (
            ("ImageTagMutability", "put_image_tag_mutability"),
            ("ImageScanningConfiguration", "put_image_scanning_configuration"),
        ):
            if prop in properties:
                api.apply("ecr", operation, only(properties, prop), repositoryName=name)

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the repository, with its images only if the template says so."""
        force = str(resource.properties.get("EmptyOnDelete", False)).lower() == "true"
        api.call(
            "ecr", "delete_repository", repositoryName=resource.physical_resource_id, force=force
        )


@kind("AWS::ApplicationAutoScaling::ScalableTarget")
class ScalableTarget(Kind):
    """Ref is `resource id|dimension|namespace`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalabletarget.html
    """

    replaced_by = ("ResourceId", "ScalableDimension", "ServiceNamespace")
    attributes = ("Id",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Register the target and its scheduled actions."""
        self._register(api, properties)
        reference = "|".join(
            properties.get(part, "")
            for part in ("ResourceId", "ScalableDimension", "ServiceNamespace")
        )
        return reference, {"Id": reference}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Register the target again with its new ends."""
        gone = self._scheduled(resource.properties) - self._scheduled(properties)
        for action in sorted(gone):
            self._named(api, "delete_scheduled_action", properties, ScheduledActionName=action)
        self._register(api, properties)

    def delete(self, api: Api, resource: Resource) -> None:
        """Deregister the target."""
        self._named(api, "deregister_scalable_target", resource.properties)

    def _register(self, api: Api, properties: Properties) -> None:
        service = "application-autoscaling"
        api.apply(service, "register_scalable_target", properties, ("ScheduledActions",))
        for action in properties.get("ScheduledActions", []):
            given = api.fit(service, "put_scheduled_action", action)
            self._named(api, "put_scheduled_action", properties, **given)

    @staticmethod
    def _scheduled(properties: Properties) -> set[str]:
        return {a["ScheduledActionName"] for a in properties.get("ScheduledActions", [])}

    def _named(self, api: Api, operation: str, properties: Properties, **more: Any) -> None:
        named = only(properties, *self.replaced_by)
        api.apply("application-autoscaling", operation, named, **more)


@kind("AWS::ApplicationAutoScaling::ScalingPolicy")
class ScalingPolicy(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationautoscaling-scalingpolicy.html"""

    replaced_by = (
        "PolicyName",
        "ResourceId",
        "ScalableDimension",
        "ScalingTargetId",
        "ServiceNamespace",
    )
    attributes = ("Arn", "PolicyName")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Put the policy."""
        arn = self._put(api, properties)
        return arn, {"Arn": arn, "PolicyName": properties.get("PolicyName")}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Put the policy again."""
        self._put(api, properties)

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the policy; its target may have taken it along."""
        named = only(self._targeted(resource.properties), *self.replaced_by)
        try:
            api.apply("application-autoscaling", "delete_scaling_policy", named)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ObjectNotFoundException":
                raise

    def _put(self, api: Api, properties: Properties) -> str:
        given = self._targeted(properties)
        return api.apply("application-autoscaling", "put_scaling_policy", given)["PolicyARN"]

    @staticmethod
    def _targeted(properties: Properties) -> Properties:
        """Return the properties with the target spelled out, as the API wants it."""
        given = dict(properties)
        target = given.pop("ScalingTargetId", "")
        parts = dict(
            zip(
                ("ResourceId", "ScalableDimension", "ServiceNamespace"),
                target.split("|"),
                strict=False,
            )
        )
        return {**given, **{name: value for name, value in parts.items() if value}}
