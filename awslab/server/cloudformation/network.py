"""AWS::EC2 resources of a network, made over EC2's API.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from awslab.server.cloudformation.api import Api, code, only
from awslab.server.cloudformation.kinds import Kind, Made, Properties, Resource, kind

TAG = ("Tags",)


class Tagged(Kind):
    """A resource that EC2 makes in one call, with tags, and deletes in one."""

    tag_type = ""
    creates = ""
    answer = ("", "")  # where the answer has the resource, and its id
    deletes = ("", "")
    own: tuple[str, ...] = ()  # properties that are no parameters of the call

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Make the resource with its tags."""
        given = api.fit("ec2", self.creates, properties, (*TAG, *self.own))
        if properties.get("Tags"):
            tags = [{"Key": t["Key"], "Value": str(t["Value"])} for t in properties["Tags"]]
            given["TagSpecifications"] = [{"ResourceType": self.tag_type, "Tags": tags}]
        answer = api.call("ec2", self.creates, **given)
        made = answer.get(self.answer[0], answer)
        identity = made[self.answer[1]]
        self.finish(api, identity, properties)
        return identity, self.values(identity, made)

    def finish(self, api: Api, identity: str, properties: Properties) -> None:
        """Set what the call could not."""

    def values(self, identity: str, made: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes for Fn::GetAtt."""
        return {name: identity for name in self.attributes}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Set what can be changed, and the tags."""
        identity = resource.physical_resource_id
        if properties.get("Tags"):
            api.apply("ec2", "create_tags", only(properties, "Tags"), Resources=[identity])
        self.finish(api, identity, properties)

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the resource."""
        operation, parameter = self.deletes
        api.call("ec2", operation, **{parameter: resource.physical_resource_id})


@kind("AWS::EC2::VPC")
class Vpc(Tagged):
    """A VPC; DNS attributes are calls of their own."""

    tag_type, creates = "vpc", "create_vpc"
    answer, deletes = ("Vpc", "VpcId"), ("delete_vpc", "VpcId")
    replaced_by = ("CidrBlock", "Ipv4IpamPoolId", "InstanceTenancy")
    own = ("EnableDnsSupport", "EnableDnsHostnames")
    attributes = ("CidrBlock", "CidrBlockAssociations", "DefaultSecurityGroup", "VpcId")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Make the VPC and find its default security group."""
        identity, values = super().create(api, properties, name)
        wanted = (
            {"Name": "vpc-id", "Values": [identity]},
            {
                "Name": "group-name",
                "Values": ["default"],
            },
        )
        found = api.call("ec2", "describe_security_groups", Filters=list(wanted))
        values["DefaultSecurityGroup"] = found["SecurityGroups"][0]["GroupId"]
        return identity, values

    def values(self, identity: str, made: dict[str, Any]) -> dict[str, Any]:
        """Return the id and the address ranges."""
        ranges = [a["AssociationId"] for a in made.get("CidrBlockAssociationSet", [])]
        return {
            "VpcId": identity,
            "CidrBlock": made["CidrBlock"],
            "CidrBlockAssociations": ranges,
        }

    def finish(self, api: Api, identity: str, properties: Properties) -> None:
        """Set the DNS attributes."""
        for name in self.own:
            if name in properties:
                value = {"Value": str(properties[name]).lower() == "true"}
                api.call("ec2", "modify_vpc_attribute", VpcId=identity, **{name: value})


@kind("AWS::EC2::Subnet")
class Subnet(Tagged):
    """A subnet."""

    tag_type, creates = "subnet", "create_subnet"
    answer, deletes = ("Subnet", "SubnetId"), ("delete_subnet", "SubnetId")
    replaced_by = ("AvailabilityZone", "CidrBlock", "VpcId")
    own = ("MapPublicIpOnLaunch",)
    attributes = ("AvailabilityZone", "CidrBlock", "SubnetId", "VpcId")

    def values(self, identity: str, made: dict[str, Any]) -> dict[str, Any]:
        """Return what EC2 says of the subnet."""
        return {name: made[name] for name in self.attributes}

    def finish(self, api: Api, identity: str, properties: Properties) -> None:
        """Set whether interfaces get public addresses."""
        if "MapPublicIpOnLaunch" in properties:
            given = only(properties, "MapPublicIpOnLaunch")
            value = {"Value": str(given["MapPublicIpOnLaunch"]).lower() == "true"}
            api.call("ec2", "modify_subnet_attribute", SubnetId=identity, MapPublicIpOnLaunch=value)


@kind("AWS::EC2::InternetGateway")
class InternetGateway(Tagged):
    """An internet gateway."""

    tag_type, creates = "internet-gateway", "create_internet_gateway"
    answer = ("InternetGateway", "InternetGatewayId")
    deletes = ("delete_internet_gateway", "InternetGatewayId")
    replaced_by = ()
    attributes = ("InternetGatewayId",)


@kind("AWS::EC2::VPCGatewayAttachment")
class GatewayAttachment(Kind):
    """What attaches an internet gateway to a VPC."""

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Attach the gateway."""
        api.apply("ec2", "attach_internet_gateway", properties)
        return f"IGW|{properties['VpcId']}", {"AttachmentType": "IGW"}

    def delete(self, api: Api, resource: Resource) -> None:
        """Detach the gateway."""
        api.apply("ec2", "detach_internet_gateway", resource.properties)


@kind("AWS::EC2::RouteTable")
class RouteTable(Tagged):
    """A route table."""

    tag_type, creates = "route-table", "create_route_table"
    answer = ("RouteTable", "RouteTableId")
    deletes = ("delete_route_table", "RouteTableId")
    replaced_by = ("VpcId",)
    attributes = ("RouteTableId",)


@kind("AWS::EC2::Route")
class Route(Kind):
    """A route of a table."""

    replaced_by = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "RouteTableId")
    attributes = ("CidrBlock",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Add the route."""
        api.apply("ec2", "create_route", properties)
        where = properties.get("DestinationCidrBlock") or properties.get("DestinationIpv6CidrBlock")
        return f"{properties['RouteTableId']}|{where}", {"CidrBlock": where}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Lead the route elsewhere."""
        api.apply("ec2", "replace_route", properties)

    def delete(self, api: Api, resource: Resource) -> None:
        """Remove the route."""
        api.apply("ec2", "delete_route", only(resource.properties, *self.replaced_by))


@kind("AWS::EC2::SubnetRouteTableAssociation")
class Association(Kind):
    """What puts a subnet on a route table."""

    attributes = ("Id",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Associate the subnet."""
        made = api.apply("ec2", "associate_route_table", properties)["AssociationId"]
        return made, {"Id": made}

    def delete(self, api: Api, resource: Resource) -> None:
        """End the association."""
        api.call("ec2", "disassociate_route_table", AssociationId=resource.physical_resource_id)


@kind("AWS::EC2::EIP")
class Address(Tagged):
    """An Elastic IP address; Ref is the address itself."""

    tag_type, creates = "elastic-ip", "allocate_address"
    replaced_by = ("Domain",)
    answer = ("", "PublicIp")
    own = ("InstanceId",)
    attributes = ("AllocationId", "PublicIp")

    def values(self, identity: str, made: dict[str, Any]) -> dict[str, Any]:
        """Return the address and its allocation."""
        return {"PublicIp": identity, "AllocationId": made["AllocationId"]}

    def delete(self, api: Api, resource: Resource) -> None:
        """Release the address."""
        api.call("ec2", "release_address", AllocationId=resource.values["AllocationId"])


@kind("AWS::EC2::NatGateway")
class NatGateway(Tagged):
    """A NAT gateway, which takes a while to be available and to go."""

    tag_type, creates = "natgateway", "create_nat_gateway"
    answer = ("NatGateway", "NatGatewayId")
    deletes = ("delete_nat_gateway", "NatGatewayId")
    replaced_by = ("AllocationId", "ConnectivityType", "SubnetId", "PrivateIpAddress")
    attributes = ("NatGatewayId",)

    def ready(self, api: Api, resource: Resource) -> bool:
        """Tell whether the gateway is available."""
        named = [resource.physical_resource_id]
        found = api.call("ec2", "describe_nat_gateways", NatGatewayIds=named)["NatGateways"][0]
        return found["State"] == "available"


@kind("AWS::EC2::SecurityGroup")
class SecurityGroup(Tagged):
    """A security group with the rules written into it; one whose template has none lets everything out."""

    tag_type, creates = "security-group", "create_security_group"
    answer, deletes = ("", "GroupId"), ("delete_security_group", "GroupId")
    replaced_by = ("GroupName", "GroupDescription", "VpcId")
    attributes = ("GroupId", "VpcId")

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Make the group, then its rules."""
        given = {
            "GroupName": properties.get("GroupName", name),
            "Description": properties["GroupDescription"],
            **only(properties, "VpcId", "Tags"),
        }
        identity, _ = super().create(api, given, name)
        self._rules(api, identity, {}, properties)
        return identity, {"GroupId": identity, "VpcId": properties.get("VpcId")}

    def update(self, api: Api, resource: Resource, properties: Properties) -> None:
        """Take away the rules that are gone and add the new ones."""
        super().update(api, resource, properties)
        self._rules(api, resource.physical_resource_id, resource.properties, properties)

    def _rules(self, api: Api, identity: str, old: Properties, new: Properties) -> None:
        for way in ("ingress", "egress"):
            name = f"SecurityGroup{way.title()}"
            before, after = old.get(name, []), new.get(name, [])
            if way == "egress":
                before, after = before or [EVERYTHING], after or [EVERYTHING]
            for verb, rules, others in (("revoke", before, after), ("authorize", after, before)):
                changed = [permission(api, rule, way) for rule in rules if rule not in others]
                if changed:
                    operation = f"{verb}_security_group_{way}"
                    api.call("ec2", operation, GroupId=identity, IpPermissions=changed)


EVERYTHING = {"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}


def permission(api: Api, rule: Properties, way: str) -> dict[str, Any]:
    """Return a rule of a template as one permission of EC2's API."""
    text = {"Description": rule["Description"]} if rule.get("Description") else {}
    peers: dict[str, Any] = {}
    if rule.get("CidrIp"):
        peers["IpRanges"] = [{"CidrIp": rule["CidrIp"], **text}]
    if rule.get("CidrIpv6"):
        peers["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **text}]
    side = "Source" if way == "ingress" else "Destination"
    if group := rule.get(f"{side}SecurityGroupId"):
        peers["UserIdGroupPairs"] = [{"GroupId": group, **text}]
    if prefixes := rule.get(f"{side}PrefixListId"):
        peers["PrefixListIds"] = [{"PrefixListId": prefixes, **text}]
    ports = {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
    return {"IpProtocol": str(rule["IpProtocol"]), **ports, **peers}


class Rule(Kind):
    """One rule of a security group, on its own so that two groups can name each other."""

    way = ""
    attributes = ("Id",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Add the rule."""
        self._call(api, "authorize", properties)
        return name, {"Id": name}

    def delete(self, api: Api, resource: Resource) -> None:
        """Take the rule away; the group may be gone already."""
        try:
            self._call(api, "revoke", resource.properties)
        except ClientError as error:
            if code(error) not in ("InvalidGroup.NotFound", "InvalidPermission.NotFound"):
                raise

    def _call(self, api: Api, verb: str, properties: Properties) -> None:
        rule = [permission(api, properties, self.way)]
        operation = f"{verb}_security_group_{self.way}"
        api.call("ec2", operation, GroupId=properties["GroupId"], IpPermissions=rule)


@kind("AWS::EC2::SecurityGroupIngress")
class Ingress(Rule):
    """A rule for what comes in."""

    way = "ingress"


@kind("AWS::EC2::SecurityGroupEgress")
class Egress(Rule):
    """A rule for what goes out."""

    way = "egress"


@kind("AWS::EC2::VPCEndpoint")
class Endpoint(Tagged):
    """A gateway or interface endpoint."""

    tag_type, creates = "vpc-endpoint", "create_vpc_endpoint"
    answer = ("VpcEndpoint", "VpcEndpointId")
    attributes = ("Id",)

    def create(self, api: Api, properties: Properties, name: str) -> Made:
        """Make the endpoint; its policy is JSON text for the API."""
        given = dict(properties)
        if isinstance(given.get("PolicyDocument"), dict):
            given["PolicyDocument"] = json.dumps(given["PolicyDocument"], default=str)
        return super().create(api, given, name)

    def delete(self, api: Api, resource: Resource) -> None:
        """Delete the endpoint."""
        api.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[resource.physical_resource_id])
