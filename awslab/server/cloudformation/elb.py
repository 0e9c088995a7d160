"""AWS::ElasticLoadBalancingV2 resources, made over their API."""

from typing import Any

from awslab.server.cloudformation.api import Api, only
from awslab.server.cloudformation.kinds import Kind, Made, Properties, Resource, kind

Elb = "elbv2"


@kind("AWS::ElasticLoadBalancingV2::LoadBalancer")
class LoadBalancer(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-loadbalancer.html"""

    replaced_by = ("Name", "Scheme", "Type")
    attributes = (
        "CanonicalHostedZoneID",
        "DNSName",
        "LoadBalancerArn",
        "LoadBalancerFullName",
        "LoadBalancerName",
        "SecurityGroups",
    )

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the load balancer and set its attributes."""
        given = api.fit(Elb, "create_load_balancer", properties, ("LoadBalancerAttributes",))
        given.setdefault("Name", short(name))
        made = api.call(Elb, "create_load_balancer", **given)["LoadBalancers"][0]
        arn = made["LoadBalancerArn"]
        self._attributes(api, arn, properties)
        return arn, {
            "CanonicalHostedZoneID": made["CanonicalHostedZoneId"],
            "DNSName": made["DNSName"],
            "LoadBalancerArn": arn,
            "LoadBalancerFullName": arn.partition(":loadbalancer/")[2],
            "LoadBalancerName": made["LoadBalancerName"],
            "SecurityGroups": made.get("SecurityGroups", []),
        }

    def _attributes(self, api: Api, arn: str, properties: Properties) -> None:
        if wanted := properties.get("LoadBalancerAttributes"):
            given = {"Attributes": wanted}
            api.apply(Elb, "modify_load_balancer_attributes", given, LoadBalancerArn=arn)

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Set attributes, security groups and subnets."""
        arn = resource.physical_resource_id
        self._attributes(api, arn, properties)
        for operation, names in (
            ("set_security_groups", ("SecurityGroups",)),
            ("set_subnets", ("Subnets", "SubnetMappings")),
            ("set_ip_address_type", ("IpAddressType",)),
        ):
            wanted = only(properties, *names)
            if wanted and wanted != only(resource.properties, *names):
                api.apply(Elb, operation, wanted, LoadBalancerArn=arn)
        if "SecurityGroups" in properties:
            resource.values["SecurityGroups"] = properties["SecurityGroups"]

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the load balancer."""
        api.call(Elb, "delete_load_balancer", LoadBalancerArn=resource.physical_resource_id)

    def ready(self, api: Api, resource: Resource) -> bool:
        """Tell whether the load balancer is active."""
        found = api.call(
            Elb, "describe_load_balancers", LoadBalancerArns=[resource.physical_resource_id]
        )
        return found["LoadBalancers"][0]["State"]["Code"] == "active"


def short(name: str) -> str:
    """Return a fresh name in the 32 characters that load balancers and target groups have."""
    stack, _, suffix = name.rpartition("-")
    return name if len(name) <= 32 else f"{stack[:19].rstrip('-')}-{suffix}"


@kind("AWS::ElasticLoadBalancingV2::TargetGroup")
class TargetGroup(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html"""

    replaced_by = ("Name", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId")
    attributes = ("LoadBalancerArns", "TargetGroupArn", "TargetGroupFullName", "TargetGroupName")
    own = ("TargetGroupAttributes", "Targets")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the target group, set its attributes and register its targets."""
        given = api.fit(Elb, "create_target_group", properties, self.own)
        given.setdefault("Name", short(name))
        made = api.call(Elb, "create_target_group", **given)["TargetGroups"][0]
        arn = made["TargetGroupArn"]
        self._parts(api, arn, properties)
        return arn, {
            "LoadBalancerArns": [],
            "TargetGroupArn": arn,
            "TargetGroupFullName": arn.rpartition(":")[2],
            "TargetGroupName": made["TargetGroupName"],
        }

    def _parts(self, api: Api, arn: str, properties: Properties) -> None:
        if wanted := properties.get("TargetGroupAttributes"):
            given = {"Attributes": wanted}
            api.apply(Elb, "modify_target_group_attributes", given, TargetGroupArn=arn)
        if targets := properties.get("Targets"):
            api.apply(Elb, "register_targets", {"Targets": targets}, TargetGroupArn=arn)

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Change health checks, attributes and targets."""
        arn = resource.physical_resource_id
        dropped = (*self.own, *self.replaced_by, "Tags", "IpAddressType")
        api.apply(Elb, "modify_target_group", properties, dropped, TargetGroupArn=arn)
        self._parts(api, arn, properties)

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the target group."""
        api.call(Elb, "delete_target_group", TargetGroupArn=resource.physical_resource_id)


@kind("AWS::ElasticLoadBalancingV2::Listener")
class Listener(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html"""

    replaced_by = ("LoadBalancerArn",)
    attributes = ("ListenerArn",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the listener."""
        made = api.apply(Elb, "create_listener", properties)["Listeners"][0]
        return made["ListenerArn"], {"ListenerArn": made["ListenerArn"]}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Change the listener."""
        dropped = ("LoadBalancerArn", "Tags")
        arn = resource.physical_resource_id
        api.apply(Elb, "modify_listener", properties, dropped, ListenerArn=arn)

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the listener."""
        api.call(Elb, "delete_listener", ListenerArn=resource.physical_resource_id)


@kind("AWS::ElasticLoadBalancingV2::ListenerRule")
class ListenerRule(Kind):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listenerrule.html"""

    replaced_by = ("ListenerArn",)
    attributes = ("IsDefault", "RuleArn")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Create the rule."""
        made = api.apply(Elb, "create_rule", properties)["Rules"][0]
        return made["RuleArn"], {"RuleArn": made["RuleArn"], "IsDefault": False}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Change the rule's conditions, actions and priority."""
        arn = resource.physical_resource_id
        dropped = ("ListenerArn", "Priority", "Tags")
        api.apply(Elb, "modify_rule", properties, dropped, RuleArn=arn)
        if properties.get("Priority") != resource.properties.get("Priority"):
            wanted: list[dict[str, Any]] = [
                {"RuleArn": arn, "Priority": int(properties["Priority"])}
            ]
            api.call(Elb, "set_rule_priorities", RulePriorities=wanted)

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the rule."""
        api.call(Elb, "delete_rule", RuleArn=resource.physical_resource_id)
