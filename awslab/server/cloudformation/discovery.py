"""AWS::ServiceDiscovery namespaces and services, and rotation schedules of secrets, made over their APIs."""

from typing import Any

from awslab.server.cloudformation.api import Api
from awslab.server.cloudformation.kinds import Kind, Made, Properties, Resource, kind


class Namespace(Kind):
    """A Cloud Map namespace; subclasses name the operation that makes it."""

    operation = ""
    attributes = ("Arn", "Id")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the namespace, and find it through the operation."""
        given = api.fit("servicediscovery", self.operation, properties)
        begun = api.call("servicediscovery", self.operation, **given)["OperationId"]
        done = api.call("servicediscovery", "get_operation", OperationId=begun)["Operation"]
        identity = done["Targets"]["NAMESPACE"]
        made = api.call("servicediscovery", "get_namespace", Id=identity)["Namespace"]
        zone = (made["Properties"].get("DnsProperties") or {}).get("HostedZoneId")
        values = {"Arn": made["Arn"], "Id": identity} | ({"HostedZoneId": zone} if zone else {})
        return identity, values

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the namespace."""
        api.call("servicediscovery", "delete_namespace", Id=resource.physical_resource_id)


@kind("AWS::ServiceDiscovery::HttpNamespace")
class HttpNamespace(Namespace):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicediscovery-httpnamespace.html"""

    operation = "create_http_namespace"


@kind("AWS::ServiceDiscovery::PrivateDnsNamespace")
class PrivateDnsNamespace(Namespace):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicediscovery-privatednsnamespace.html"""

    operation = "create_private_dns_namespace"
    attributes = ("Arn", "HostedZoneId", "Id")


@kind("AWS::ServiceDiscovery::Service")
class Service(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicediscovery-service.html"""

    attributes = ("Arn", "Id", "Name")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the service; without a name it gets the fresh one."""
        given: dict[str, Any] = api.fit(
            "servicediscovery", "create_service", properties, ("ServiceAttributes",)
        )
        given.setdefault("Name", name)
        made = api.call("servicediscovery", "create_service", **given)["Service"]
        return made["Id"], {"Arn": made["Arn"], "Id": made["Id"], "Name": made["Name"]}

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the service."""
        api.call("servicediscovery", "delete_service", Id=resource.physical_resource_id)


@kind("AWS::SecretsManager::RotationSchedule")
class RotationSchedule(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-rotationschedule.html"""

    replaced_by = ("SecretId",)
    own = ("HostedRotationLambda", "RotateImmediatelyOnUpdate")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Turn rotation on; a hosted rotation function is one that nobody has to write."""
        given = api.fit("secretsmanager", "rotate_secret", properties, self.own)
        if "HostedRotationLambda" in properties:
            account = api.call("sts", "get_caller_identity")["Account"]
            function = f"arn:aws:lambda:{api.region}:{account}:function:{name}"
            given.setdefault("RotationLambdaARN", function)
        now = str(properties.get("RotateImmediatelyOnUpdate", True)).lower() == "true"
        made = api.call("secretsmanager", "rotate_secret", RotateImmediately=now, **given)
        return made["ARN"], {}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Set the rules again."""
        self.create(api, properties, resource.physical_resource_id.rpartition(":")[2])

    def delete(self, api: Api, resource: Resource) -> None:
        """Turn rotation off."""
        api.call("secretsmanager", "cancel_rotate_secret", SecretId=resource.physical_resource_id)
