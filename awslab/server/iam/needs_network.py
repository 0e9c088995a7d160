"""What EC2's and Elastic Load Balancing's operations need."""

import re
from collections.abc import Iterable

from awslab.server.iam.needs import Call, Need, rule

# A parameter that names a resource -> the type in its ARN.
_EC2 = {
    "VpcId": "vpc",
    "SubnetId": "subnet",
    "SubnetIds": "subnet",
    "GroupId": "security-group",
    "SecurityGroupIds": "security-group",
    "RouteTableId": "route-table",
    "RouteTableIds": "route-table",
    "InternetGatewayId": "internet-gateway",
    "NatGatewayId": "natgateway",
    "NetworkAclId": "network-acl",
    "AllocationId": "elastic-ip",
    "VpcEndpointId": "vpc-endpoint",
    "VpcEndpointIds": "vpc-endpoint",
    "NetworkInterfaceId": "network-interface",
    "VpcPeeringConnectionId": "vpc-peering-connection",
    "InstanceIds": "instance",
}
# What an operation makes: the resource has no id yet.
_EC2_MAKES = {
    "CreateVpc": "vpc",
    "CreateDefaultVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateSecurityGroup": "security-group",
    "CreateRouteTable": "route-table",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateNetworkAcl": "network-acl",
    "CreateVpcEndpoint": "vpc-endpoint",
    "CreateNetworkInterface": "network-interface",
    "CreateVpcPeeringConnection": "vpc-peering-connection",
    "CreateFlowLogs": "vpc-flow-log",
    "AllocateAddress": "elastic-ip",
    "RunInstances": "instance",
}
_ID = re.compile(r"^([a-z]+)-[0-9a-f]+$")
_TYPES = {  # of an id, for tags
    "vpc": "vpc", "subnet": "subnet", "sg": "security-group", "rtb": "route-table",
    "igw": "internet-gateway", "nat": "natgateway", "acl": "network-acl",
    "eipalloc": "elastic-ip", "vpce": "vpc-endpoint", "eni": "network-interface",
    "pcx": "vpc-peering-connection", "i": "instance", "fl": "vpc-flow-log",
}  # fmt: skip


@rule("ec2")
def ec2(call: Call) -> Iterable[Need]:
    """Yield what EC2 needs: every resource that the call names or makes; `*` to describe.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    """
    action = f"ec2:{call.operation}"
    if call.operation.startswith(("Describe", "Get", "Search")):
        yield Need(action)
        return
    names = []
    if call.operation in _EC2_MAKES:
        names.append(f"{_EC2_MAKES[call.operation]}/*")
    if call.operation in ("CreateTags", "DeleteTags"):
        for given in call.many("Resources", "ResourceIds"):
            found = _ID.match(str(given))
            names.append(f"{_TYPES.get(found[1], '*') if found else '*'}/{given}")
    for parameter, kind in _EC2.items():
        names += [f"{kind}/{given}" for given in call.many(parameter)]
    for name in names:
        yield Need(action, call.arn("ec2", name))


_MAKES = {
    "CreateLoadBalancer": "loadbalancer/app/{Name}/*",
    "CreateTargetGroup": "targetgroup/{Name}/*",
}
_NAMES = ("LoadBalancerArn", "ListenerArn", "RuleArn", "TargetGroupArn", "ResourceArns")


@rule("elbv2")
def elbv2(call: Call) -> Iterable[Need]:
    """Yield what Elastic Load Balancing needs; its Describe operations know no resources.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
    """
    action = f"elasticloadbalancing:{call.operation}"
    if call.operation.startswith("Describe"):
        yield Need(action)
    elif call.operation in _MAKES:
        name = _MAKES[call.operation].format(Name=call.params.get("Name", ""))
        if call.params.get("Type") == "network":
            name = name.replace("/app/", "/net/")
        yield Need(action, call.arn("elasticloadbalancing", name))
    elif call.operation == "SetRulePriorities":
        for entry in call.many("RulePriorities"):
            yield Need(action, entry.get("RuleArn", "*"))
    else:
        for arn in call.many(*_NAMES):
            yield Need(action, arn)
