"""A path in the form of Reachability Analyzer: path components, or explanations of what stops it.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInsightsAnalysis.html
"""

from typing import Any

from awslab.world.network import AclEntry, Hop, Network, Path, Route, Rule

# A hop's kind: its resource type in ARNs, and its field in an Explanation.
KINDS = {
    "network interface": ("network-interface", "NetworkInterface"),
    "security group": ("security-group", "SecurityGroup"),
    "network ACL": ("network-acl", "Acl"),
    "route table": ("route-table", "RouteTable"),
    "internet gateway": ("internet-gateway", "InternetGateway"),
    "NAT gateway": ("natgateway", "NatGateway"),
    "VPC peering connection": ("vpc-peering-connection", "VpcPeeringConnection"),
    "VPC endpoint": ("vpc-endpoint", "VpcEndpoint"),
}
TARGETS = {
    "igw": "GatewayId",
    "local": "GatewayId",
    "vpce": "GatewayId",
    "nat": "NatGatewayId",
    "pcx": "VpcPeeringConnectionId",
    "tgw": "TransitGatewayId",
    "eni": "NetworkInterfaceId",
    "i": "InstanceId",
}


def result(network: Network, path: Path, account: str) -> dict[str, Any]:
    """Return what an analysis says of a path."""
    if not path.reachable:
        stopped = explanation(network, path.hops[-1], account)
        return {"NetworkPathFound": False, "Explanations": [stopped]}
    return {
        "NetworkPathFound": True,
        "ForwardPathComponents": components(network, path, account, "forward"),
        "ReturnPathComponents": components(network, path, account, "return"),
    }


def components(network: Network, path: Path, account: str, leg: str) -> list[dict[str, Any]]:
    """Return the PathComponents of one leg: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PathComponent.html."""
    # The internet and a name's lookup are no AWS resources.
    hops = [hop for hop in path.hops if hop.leg == leg and hop.kind in KINDS]
    return [
        {
            "SequenceNumber": number,
            "Component": component(network, hop.kind, hop.id, account),
            **_rule(hop),
            **_place(network, hop, account),
        }
        for number, hop in enumerate(hops, 1)
    ]


def component(network: Network, kind: str, thing_id: str, account: str) -> dict[str, str]:
    """Return an AnalysisComponent for a resource."""
    resource = KINDS.get(kind, (kind, ""))[0]
    arn = f"arn:aws:ec2:{network.region}:{account}:{resource}/{thing_id}"
    return {"Id": thing_id, "Arn": arn}


def explanation(network: Network, hop: Hop, account: str) -> dict[str, Any]:
    """Return the Explanation of a hop that stops the packet.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Explanation.html
    """
    known: dict[str, Any] = {"ExplanationCode": hop.code, **_place(network, hop, account)}
    if hop.direction:
        known["Direction"] = hop.direction
    if hop.kind not in KINDS or hop.id == "none":
        known["MissingComponent"] = KINDS.get(hop.kind, (hop.kind, ""))[0]
        return known
    own = component(network, hop.kind, hop.id, account)
    known |= {"Component": own, KINDS[hop.kind][1]: own, **_rule(hop)}
    if hop.kind == "security group":
        interface = network.interfaces.get(hop.of)
        groups = interface.groups if interface else (hop.id,)
        known["SecurityGroups"] = [component(network, hop.kind, g, account) for g in groups]
        known["NetworkInterface"] = component(network, "network interface", hop.of, account)
        known["Component"] = known["NetworkInterface"]
    return known


def _place(network: Network, hop: Hop, account: str) -> dict[str, Any]:
    interface = network.interfaces.get(hop.of) or network.interfaces.get(hop.id)
    subnet = network.subnets.get(interface.subnet if interface else hop.of)
    if subnet is None:
        return {}
    return {
        "Subnet": component(network, "subnet", subnet.id, account),
        "Vpc": component(network, "vpc", subnet.vpc, account),
    }


def _rule(hop: Hop) -> dict[str, Any]:
    rule = hop.rule
    if isinstance(rule, AclEntry):
        return {
            "AclRule": {
                "Cidr": rule.cidr,
                "Egress": rule.egress,
                "Protocol": rule.protocol,
                "RuleAction": "allow" if rule.allow else "deny",
                "RuleNumber": rule.number,
                **_ports(rule.ports),
            }
        }
    if isinstance(rule, Rule):
        field = {"sg": "SecurityGroupId", "pl": "PrefixListId"}.get(rule.peer[:2], "Cidr")
        return {
            "SecurityGroupRule": {
                field: rule.peer,
                "Direction": hop.direction,
                "Protocol": rule.protocol,
                **_ports(rule.ports),
            }
        }
    if isinstance(rule, Route):
        listed = rule.destination.startswith("pl-")
        where = "DestinationPrefixListId" if listed else "DestinationCidr"
        target = TARGETS.get(rule.target.partition("-")[0], "GatewayId")
        return {
            "RouteTableRoute": {
                where: rule.destination,
                target: rule.target,
                "Origin": "createroutetable" if rule.target == "local" else "createroute",
                "State": "active" if rule.active else "blackhole",
            }
        }
    return {}


def _ports(ports: tuple[int, int] | None) -> dict[str, Any]:
    return {"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}
