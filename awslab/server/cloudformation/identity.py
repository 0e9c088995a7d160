"""AWS::IAM roles and policies, AWS::Logs groups and nested stacks, made over their APIs."""

import json
from typing import Any

from botocore.exceptions import ClientError

from awslab.server.cloudformation.api import Api, Failed, Waiting, code, only
from awslab.server.cloudformation.kinds import Kind, Made, Properties, Resource, kind


def text(document: Any) -> str:
    """Return a policy document as JSON; YAML reads its version as a date."""
    return document if isinstance(document, str) else json.dumps(document, default=str)


def inline(document: Any) -> str:
    """Return an inline policy as JSON; one without a version is accepted, which moto's IAM refuses.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """
    if isinstance(document, dict):
        document = {"Version": "2012-10-17", **document}
    return text(document)


@kind("AWS::IAM::Role")
class Role(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html"""

    replaced_by = ("Path", "RoleName")
    attributes = ("Arn", "RoleId")
    own = ("AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the role and its policies."""
        given = api.fit("iam", "create_role", properties, self.own)
        given = {"RoleName": name[:64], **given}
        trust = text(properties["AssumeRolePolicyDocument"])
        made = api.call("iam", "create_role", AssumeRolePolicyDocument=trust, **given)["Role"]
        self._policies(api, made["RoleName"], {}, properties)
        return made["RoleName"], {"Arn": made["Arn"], "RoleId": made["RoleId"]}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Change whom the role trusts and what it may do."""
        name = resource.physical_resource_id
        trust = text(properties["AssumeRolePolicyDocument"])
        api.call("iam", "update_assume_role_policy", RoleName=name, PolicyDocument=trust)
        self._policies(api, name, resource.properties, properties)

    def delete(self, api: Api, resource: Resource) -> None:
        """Take the role's policies away and delete it."""
        self._policies(api, resource.physical_resource_id, resource.properties, {})
        api.call("iam", "delete_role", RoleName=resource.physical_resource_id)

    @staticmethod
    def _policies(api: Api, role: str, old: Properties, new: Properties) -> None:
        before, after = (set(p.get("ManagedPolicyArns", [])) for p in (old, new))
        for arn in sorted(before - after):
            api.call("iam", "detach_role_policy", RoleName=role, PolicyArn=arn)
        for arn in sorted(after - before):
            api.call("iam", "attach_role_policy", RoleName=role, PolicyArn=arn)
        was, now = (
            {p["PolicyName"]: inline(p["PolicyDocument"]) for p in properties.get("Policies", [])}
            for properties in (old, new)
        )
        for name in sorted(set(was) - set(now)):
            api.call("iam", "delete_role_policy", RoleName=role, PolicyName=name)
        for name in now:
            if was.get(name) != now[name]:
                named = {"RoleName": role, "PolicyName": name}
                api.call("iam", "put_role_policy", PolicyDocument=now[name], **named)


@kind("AWS::IAM::Policy")
class InlinePolicy(Kind):
    """A policy written into roles, users and groups.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html
    """

    replaced_by = ("PolicyName",)
    holders = (("Roles", "role"), ("Users", "user"), ("Groups", "group"))

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Put the policy."""
        self._put(api, properties)
        return name, {}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Put the policy again, and take it from whom it no longer names."""
        self._put(api, properties)
        self._remove(api, resource.properties, properties)

    def delete(self, api: Api, resource: Resource) -> None:
        """Take the policy away."""
        self._remove(api, resource.properties, {})

    def _put(self, api: Api, properties: Properties) -> None:
        document = inline(properties["PolicyDocument"])
        for names, holder in self.holders:
            for name in properties.get(names, []):
                given = {f"{holder.title()}Name": name, "PolicyName": properties["PolicyName"]}
                api.call("iam", f"put_{holder}_policy", PolicyDocument=document, **given)

    def _remove(self, api: Api, old: Properties, new: Properties) -> None:
        for names, holder in self.holders:
            for name in set(old.get(names, [])) - set(new.get(names, [])):
                given = {f"{holder.title()}Name": name, "PolicyName": old["PolicyName"]}
                try:
                    api.call("iam", f"delete_{holder}_policy", **given)
                except ClientError as error:
                    if code(error) != "NoSuchEntity":
                        raise


@kind("AWS::Logs::LogGroup")
class LogGroup(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"""

    replaced_by = ("LogGroupName",)
    attributes = ("Arn",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the group and set how long it keeps events."""
        name = str(properties.get("LogGroupName", name))
        tags = {t["Key"]: str(t["Value"]) for t in properties.get("Tags", [])} or None
        given = api.fit("logs", "create_log_group", only(properties, "KmsKeyId", "LogGroupClass"))
        api.call("logs", "create_log_group", logGroupName=name, tags=tags, **given)
        self._retention(api, name, properties)
        found = api.call("logs", "describe_log_groups", logGroupNamePrefix=name)["logGroups"]
        return name, {"Arn": next(g["arn"] for g in found if g["logGroupName"] == name)}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Set how long the group keeps events."""
        self._retention(api, resource.physical_resource_id, properties)

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the group."""
        api.call("logs", "delete_log_group", logGroupName=resource.physical_resource_id)

    @staticmethod
    def _retention(api: Api, name: str, properties: Properties) -> None:
        if "RetentionInDays" in properties:
            days = int(properties["RetentionInDays"])
            api.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)


@kind("AWS::CloudFormation::Stack")
class NestedStack(Kind):
    """A stack of its own, from a template in S3; its outputs are attributes `Outputs.Name`.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
    """

    replaced_by = ()

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Start the stack."""
        made = api.call("cloudformation", "create_stack", StackName=name, **self._given(properties))
        return made["StackId"], {}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Start the stack's update."""
        named = {"StackName": resource.physical_resource_id}
        try:
            api.call("cloudformation", "update_stack", **named, **self._given(properties))
        except ClientError as error:
            if "No updates" not in str(error):
                raise

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the stack and wait until it is gone."""
        named = {"StackName": resource.physical_resource_id}
        status = self._describe(api, resource)["StackStatus"]
        if status == "DELETE_COMPLETE":
            return
        if status == "DELETE_FAILED":
            raise Failed(
                f"Embedded stack {resource.physical_resource_id} was not successfully deleted"
            )
        if status != "DELETE_IN_PROGRESS":
            api.call("cloudformation", "delete_stack", **named)
        raise Waiting

    def ready(self, api: Api, resource: Resource) -> bool:
        """Tell whether the stack is complete, and take over its outputs."""
        found = self._describe(api, resource)
        status = found["StackStatus"]
        if "ROLLBACK" in status or status.endswith("FAILED"):
            raise Failed(
                f"Embedded stack {resource.physical_resource_id} was not successfully created: {status}"
            )
        for output in found.get("Outputs", []):
            resource.values[f"Outputs.{output['OutputKey']}"] = output["OutputValue"]
        return status.endswith("_COMPLETE")

    @staticmethod
    def _describe(api: Api, resource: Resource) -> dict[str, Any]:
        named = resource.physical_resource_id
        return api.call("cloudformation", "describe_stacks", StackName=named)["Stacks"][0]

    @staticmethod
    def _given(properties: Properties) -> dict[str, Any]:
        values = properties.get("Parameters", {}).items()
        joined = [(n, ",".join(map(str, v)) if isinstance(v, list) else str(v)) for n, v in values]
        parameters = [{"ParameterKey": n, "ParameterValue": v} for n, v in joined]
        able = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
        return {
            "TemplateURL": properties["TemplateURL"],
            "Parameters": parameters,
            "Capabilities": able,
        }
