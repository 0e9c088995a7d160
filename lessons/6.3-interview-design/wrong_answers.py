# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
What people answer instead in the assignment 6.3-interview-design, and other right answers.
"""

# %% wrong="design-network" slip="one NAT gateway for both zones" says="it dies with its zone"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
blocks = [str(block) for block in ip_network(VPC_CIDR).subnets(new_prefix=24)]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def table(**target):
    """Make a route table, with a default route if there is a target."""
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    if target:
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
    return made


def subnet(block, zone, of):
    """Make a subnet and give it a route table."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
    ec2.associate_route_table(RouteTableId=of, SubnetId=made["SubnetId"])
    return made["SubnetId"]


to_internet, nowhere = table(GatewayId=gateway), table()
public, private, data, private_tables = [], [], [], []
for index, zone in enumerate(ZONES):
    public.append(subnet(blocks[index], zone, to_internet))
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[-1], AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    if not private_tables:
        private_tables.append(table(NatGatewayId=nat["NatGatewayId"]))
    private.append(subnet(blocks[10 + index], zone, private_tables[-1]))
    data.append(subnet(blocks[20 + index], zone, nowhere))

# %% wrong="design-network" slip="the data tier gets out" says="a database has nobody to call"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
blocks = [str(block) for block in ip_network(VPC_CIDR).subnets(new_prefix=24)]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def table(**target):
    """Make a route table, with a default route if there is a target."""
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    if target:
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
    return made


def subnet(block, zone, of):
    """Make a subnet and give it a route table."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
    ec2.associate_route_table(RouteTableId=of, SubnetId=made["SubnetId"])
    return made["SubnetId"]


to_internet, nowhere = table(GatewayId=gateway), table()
public, private, data, private_tables = [], [], [], []
for index, zone in enumerate(ZONES):
    public.append(subnet(blocks[index], zone, to_internet))
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[-1], AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    private_tables.append(table(NatGatewayId=nat["NatGatewayId"]))
    private.append(subnet(blocks[10 + index], zone, private_tables[-1]))
    data.append(subnet(blocks[20 + index], zone, private_tables[-1]))

# %% wrong="design-network" slip="the NAT gateway in a private subnet" says="private subnets need a route to a NAT gateway in a public subnet"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
blocks = [str(block) for block in ip_network(VPC_CIDR).subnets(new_prefix=24)]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def table(**target):
    """Make a route table, with a default route if there is a target."""
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    if target:
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
    return made


def subnet(block, zone, of):
    """Make a subnet and give it a route table."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
    ec2.associate_route_table(RouteTableId=of, SubnetId=made["SubnetId"])
    return made["SubnetId"]


to_internet, nowhere = table(GatewayId=gateway), table()
public, private, data, private_tables = [], [], [], []
for index, zone in enumerate(ZONES):
    public.append(subnet(blocks[index], zone, to_internet))
    hidden = subnet(blocks[30 + index], zone, nowhere)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=hidden, AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    private_tables.append(table(NatGatewayId=nat["NatGatewayId"]))
    private.append(subnet(blocks[10 + index], zone, private_tables[-1]))
    data.append(subnet(blocks[20 + index], zone, nowhere))

# %% wrong="design-network" slip="both subnets of a tier in one zone" says="both subnets of a tier are in one zone"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
blocks = [str(block) for block in ip_network(VPC_CIDR).subnets(new_prefix=24)]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def table(**target):
    """Make a route table, with a default route if there is a target."""
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    if target:
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
    return made


def subnet(block, zone, of):
    """Make a subnet and give it a route table."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
    ec2.associate_route_table(RouteTableId=of, SubnetId=made["SubnetId"])
    return made["SubnetId"]


to_internet, nowhere = table(GatewayId=gateway), table()
public, private, data, private_tables = [], [], [], []
for index, zone in enumerate([ZONES[0], ZONES[0]]):
    public.append(subnet(blocks[index], zone, to_internet))
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[-1], AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    private_tables.append(table(NatGatewayId=nat["NatGatewayId"]))
    private.append(subnet(blocks[10 + index], zone, private_tables[-1]))
    data.append(subnet(blocks[20 + index], zone, nowhere))

# %% wrong="design-network" slip="everything public" says="every subnet is public"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
blocks = [str(block) for block in ip_network(VPC_CIDR).subnets(new_prefix=24)]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


def table(**target):
    """Make a route table, with a default route if there is a target."""
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    if target:
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
    return made


def subnet(block, zone, of):
    """Make a subnet and give it a route table."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
    ec2.associate_route_table(RouteTableId=of, SubnetId=made["SubnetId"])
    return made["SubnetId"]


to_internet, nowhere = table(GatewayId=gateway), table()
public, private, data, private_tables = [], [], [], []
for index, zone in enumerate(ZONES):
    public.append(subnet(blocks[index], zone, to_internet))
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[-1], AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    private_tables.append(table(NatGatewayId=nat["NatGatewayId"]))
    private.append(subnet(blocks[10 + index], zone, to_internet))
    data.append(subnet(blocks[20 + index], zone, to_internet))

# %% wrong="design-network" slip="the internet gateway not attached" says="the VPC has no subnets yet"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
blocks = [str(block) for block in ip_network(VPC_CIDR).subnets(new_prefix=24)]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]


def table(**target):
    """Make a route table, with a default route if there is a target."""
    made = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    if target:
        ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", **target)
    return made


def subnet(block, zone, of):
    """Make a subnet and give it a route table."""
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]
    ec2.associate_route_table(RouteTableId=of, SubnetId=made["SubnetId"])
    return made["SubnetId"]


to_internet, nowhere = table(GatewayId=gateway), table()
public, private, data, private_tables = [], [], [], []
for index, zone in enumerate(ZONES):
    public.append(subnet(blocks[index], zone, to_internet))
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[-1], AllocationId=address)["NatGateway"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat["NatGatewayId"]])
    private_tables.append(table(NatGatewayId=nat["NatGatewayId"]))
    private.append(subnet(blocks[10 + index], zone, private_tables[-1]))
    data.append(subnet(blocks[20 + index], zone, nowhere))

# %% right="design-network" by="CloudFormation"
blocks = [str(block) for block in ip_network(VPC_CIDR).subnets(new_prefix=24)]
ref = lambda name: {"Ref": name}
resources = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": VPC_CIDR, "EnableDnsHostnames": True}},
    "Gateway": {"Type": "AWS::EC2::InternetGateway"},
    "Attached": {
        "Type": "AWS::EC2::VPCGatewayAttachment",
        "Properties": {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Gateway")},
    },
}
for name in ("Public", "PrivateA", "PrivateB", "Data"):
    resources[f"{name}Table"] = {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": ref("Vpc")}}
resources["PublicRoute"] = {
    "Type": "AWS::EC2::Route",
    "DependsOn": "Attached",
    "Properties": {
        "RouteTableId": ref("PublicTable"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": ref("Gateway"),
    },
}
for index, (letter, zone) in enumerate(zip("AB", ZONES)):
    for tier, first, of in (("Public", 0, "Public"), ("Private", 10, f"Private{letter}"), ("Data", 20, "Data")):
        resources[f"{tier}{letter}Subnet"] = {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": ref("Vpc"), "CidrBlock": blocks[first + index], "AvailabilityZone": zone},
        }
        resources[f"{tier}{letter}Use"] = {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": ref(f"{tier}{letter}Subnet"), "RouteTableId": ref(f"{of}Table")},
        }
    resources[f"Address{letter}"] = {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}
    resources[f"Nat{letter}"] = {
        "Type": "AWS::EC2::NatGateway",
        "DependsOn": "Attached",
        "Properties": {
            "SubnetId": ref(f"Public{letter}Subnet"),
            "AllocationId": {"Fn::GetAtt": [f"Address{letter}", "AllocationId"]},
        },
    }
    resources[f"Out{letter}"] = {
        "Type": "AWS::EC2::Route",
        "Properties": {
            "RouteTableId": ref(f"Private{letter}Table"), "DestinationCidrBlock": "0.0.0.0/0",
            "NatGatewayId": ref(f"Nat{letter}"),
        },
    }
formation = boto3.client("cloudformation")
formation.create_stack(StackName="network", TemplateBody=json.dumps({"Resources": resources}))
formation.get_waiter("stack_create_complete").wait(StackName="network")

# %% wrong="design-groups" slip="the VPC's range as the source" says="a range lets in the whole VPC"
groups = {
    name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for name in ("alb", *SERVICES, "database", "endpoints")
}


def allow(to, port, source):
    """Let a range or another group in on one port."""
    of = (
        {"IpRanges": [{"CidrIp": source}]}
        if "/" in source
        else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
    ec2.authorize_security_group_ingress(GroupId=groups[to], IpPermissions=[rule])


allow("alb", 80, "0.0.0.0/0")
allow("alb", 443, "0.0.0.0/0")
for service in SERVICES:
    allow(service, PORT, "alb")
    allow("database", 5432, service)
    allow("endpoints", 443, service)
allow(THIRD, PORT, VPC_CIDR)
for name in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{name}",
        SubnetIds=private,
        SecurityGroupIds=[groups["endpoints"]],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=private_tables,
)

# %% wrong="design-groups" slip="the database open to the VPC" says="the database trusts the whole VPC"
groups = {
    name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for name in ("alb", *SERVICES, "database", "endpoints")
}


def allow(to, port, source):
    """Let a range or another group in on one port."""
    of = (
        {"IpRanges": [{"CidrIp": source}]}
        if "/" in source
        else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
    ec2.authorize_security_group_ingress(GroupId=groups[to], IpPermissions=[rule])


allow("alb", 80, "0.0.0.0/0")
allow("alb", 443, "0.0.0.0/0")
for service in SERVICES:
    allow(service, PORT, "alb")
    pass
    allow("endpoints", 443, service)
allow(THIRD, PORT, SECOND)
allow("database", 5432, VPC_CIDR)
for name in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{name}",
        SubnetIds=private,
        SecurityGroupIds=[groups["endpoints"]],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=private_tables,
)

# %% wrong="design-groups" slip="port 80 closed" says="nobody ever sees the redirect"
groups = {
    name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for name in ("alb", *SERVICES, "database", "endpoints")
}


def allow(to, port, source):
    """Let a range or another group in on one port."""
    of = (
        {"IpRanges": [{"CidrIp": source}]}
        if "/" in source
        else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
    ec2.authorize_security_group_ingress(GroupId=groups[to], IpPermissions=[rule])


allow("alb", 443, "0.0.0.0/0")
for service in SERVICES:
    allow(service, PORT, "alb")
    allow("database", 5432, service)
    allow("endpoints", 443, service)
allow(THIRD, PORT, SECOND)
for name in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{name}",
        SubnetIds=private,
        SecurityGroupIds=[groups["endpoints"]],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=private_tables,
)

# %% wrong="design-groups" slip="one of ECR's two endpoints" says="ECR is two services"
groups = {
    name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for name in ("alb", *SERVICES, "database", "endpoints")
}


def allow(to, port, source):
    """Let a range or another group in on one port."""
    of = (
        {"IpRanges": [{"CidrIp": source}]}
        if "/" in source
        else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
    ec2.authorize_security_group_ingress(GroupId=groups[to], IpPermissions=[rule])


allow("alb", 80, "0.0.0.0/0")
allow("alb", 443, "0.0.0.0/0")
for service in SERVICES:
    allow(service, PORT, "alb")
    allow("database", 5432, service)
    allow("endpoints", 443, service)
allow(THIRD, PORT, SECOND)
for name in ("ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{name}",
        SubnetIds=private,
        SecurityGroupIds=[groups["endpoints"]],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=private_tables,
)

# %% wrong="design-groups" slip="the endpoints' group closed" says="does not let the services in on 443"
groups = {
    name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for name in ("alb", *SERVICES, "database", "endpoints")
}


def allow(to, port, source):
    """Let a range or another group in on one port."""
    of = (
        {"IpRanges": [{"CidrIp": source}]}
        if "/" in source
        else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
    ec2.authorize_security_group_ingress(GroupId=groups[to], IpPermissions=[rule])


allow("alb", 80, "0.0.0.0/0")
allow("alb", 443, "0.0.0.0/0")
for service in SERVICES:
    allow(service, PORT, "alb")
    allow("database", 5432, service)
    pass
allow(THIRD, PORT, SECOND)
for name in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{name}",
        SubnetIds=private,
        SecurityGroupIds=[groups["endpoints"]],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=private_tables,
)

# %% wrong="design-groups" slip="S3's endpoint for the public subnets" says="the private ones"
groups = {
    name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for name in ("alb", *SERVICES, "database", "endpoints")
}


def allow(to, port, source):
    """Let a range or another group in on one port."""
    of = (
        {"IpRanges": [{"CidrIp": source}]}
        if "/" in source
        else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
    ec2.authorize_security_group_ingress(GroupId=groups[to], IpPermissions=[rule])


allow("alb", 80, "0.0.0.0/0")
allow("alb", 443, "0.0.0.0/0")
for service in SERVICES:
    allow(service, PORT, "alb")
    allow("database", 5432, service)
    allow("endpoints", 443, service)
allow(THIRD, PORT, SECOND)
for name in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{name}",
        SubnetIds=private,
        SecurityGroupIds=[groups["endpoints"]],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=[to_internet],
)

# %% wrong="design-groups" slip="tasks open to the internet" says="a group lets the internet in"
groups = {
    name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    for name in ("alb", *SERVICES, "database", "endpoints")
}


def allow(to, port, source):
    """Let a range or another group in on one port."""
    of = (
        {"IpRanges": [{"CidrIp": source}]}
        if "/" in source
        else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **of}
    ec2.authorize_security_group_ingress(GroupId=groups[to], IpPermissions=[rule])


allow("alb", 80, "0.0.0.0/0")
allow("alb", 443, "0.0.0.0/0")
for service in SERVICES:
    allow(service, PORT, "alb")
    allow("database", 5432, service)
    allow("endpoints", 443, service)
allow(THIRD, PORT, SECOND)
allow(FIRST, PORT, "0.0.0.0/0")
for name in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{name}",
        SubnetIds=private,
        SecurityGroupIds=[groups["endpoints"]],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=vpc,
    VpcEndpointType="Gateway",
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=private_tables,
)

# %% right="design-groups" by="boto3 resources, and the VPC's range for the endpoints"
from types import SimpleNamespace

at = boto3.resource("ec2").Vpc(vpc)
made = {
    name: at.create_security_group(GroupName=name, Description=f"the group of {name}")
    for name in ["alb", "database", "endpoints", *SERVICES]
}
groups = {name: group.id for name, group in made.items()}


def tcp(port, *names, **ranges):
    """Return one permission."""
    sources = [{"GroupId": groups[name]} for name in names]
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": sources, **ranges}


anyone = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
made["alb"].authorize_ingress(IpPermissions=[tcp(80, **anyone), tcp(443, **anyone)])
made["database"].authorize_ingress(IpPermissions=[tcp(5432, *SERVICES)])
made["endpoints"].authorize_ingress(IpPermissions=[tcp(443, IpRanges=[{"CidrIp": VPC_CIDR}])])
for name in (FIRST, SECOND):
    made[name].authorize_ingress(IpPermissions=[tcp(PORT, "alb")])
made[THIRD].authorize_ingress(IpPermissions=[tcp(PORT, "alb", SECOND)])
for name in ("secretsmanager", "logs", "ecr.dkr", "ecr.api"):
    ec2.create_vpc_endpoint(
        VpcId=vpc, VpcEndpointType="Interface", ServiceName=f"com.amazonaws.us-east-1.{name}",
        SubnetIds=private, SecurityGroupIds=[groups["endpoints"]],
    )
ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=private_tables)

# %% wrong="design-images" slip="tags that move" says="tags can be moved"
rule = {
    "rulePriority": 1,
    "selection": {
        "tagStatus": "tagged",
        "tagPatternList": ["*"],
        "countType": "imageCountMoreThan",
        "countNumber": KEEP,
    },
    "action": {"type": "expire"},
}
for service in SERVICES:
    ecr.create_repository(
        repositoryName=service,
        imageScanningConfiguration={"scanOnPush": True},
    )
    ecr.put_lifecycle_policy(
        repositoryName=service, lifecyclePolicyText=json.dumps({"rules": [rule]})
    )
    push_image(service, VERSION, content=f"{service} {VERSION}", app=given["apps"][service])

# %% wrong="design-images" slip="any instead of tagged" says="builds without a tag count too"
rule = {
    "rulePriority": 1,
    "selection": {
        "tagStatus": "any",
        "countType": "imageCountMoreThan",
        "countNumber": KEEP,
    },
    "action": {"type": "expire"},
}
for service in SERVICES:
    ecr.create_repository(
        repositoryName=service,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
    )
    ecr.put_lifecycle_policy(
        repositoryName=service, lifecyclePolicyText=json.dumps({"rules": [rule]})
    )
    push_image(service, VERSION, content=f"{service} {VERSION}", app=given["apps"][service])

# %% wrong="design-images" slip="no lifecycle policy" says="every image ever pushed is paid for"
rule = {
    "rulePriority": 1,
    "selection": {
        "tagStatus": "tagged",
        "tagPatternList": ["*"],
        "countType": "imageCountMoreThan",
        "countNumber": KEEP,
    },
    "action": {"type": "expire"},
}
for service in SERVICES:
    ecr.create_repository(
        repositoryName=service,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
    )
    push_image(service, VERSION, content=f"{service} {VERSION}", app=given["apps"][service])

# %% wrong="design-images" slip="no scan" says="images are scanned when they are pushed"
rule = {
    "rulePriority": 1,
    "selection": {
        "tagStatus": "tagged",
        "tagPatternList": ["*"],
        "countType": "imageCountMoreThan",
        "countNumber": KEEP,
    },
    "action": {"type": "expire"},
}
for service in SERVICES:
    ecr.create_repository(
        repositoryName=service,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": False},
    )
    ecr.put_lifecycle_policy(
        repositoryName=service, lifecyclePolicyText=json.dumps({"rules": [rule]})
    )
    push_image(service, VERSION, content=f"{service} {VERSION}", app=given["apps"][service])

# %% wrong="design-images" slip="one image for all" says="all three are the same image"
rule = {
    "rulePriority": 1,
    "selection": {
        "tagStatus": "tagged",
        "tagPatternList": ["*"],
        "countType": "imageCountMoreThan",
        "countNumber": KEEP,
    },
    "action": {"type": "expire"},
}
for service in SERVICES:
    ecr.create_repository(
        repositoryName=service,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
    )
    ecr.put_lifecycle_policy(
        repositoryName=service, lifecyclePolicyText=json.dumps({"rules": [rule]})
    )
    push_image(service, VERSION, content="shop", app=given["apps"][FIRST])

# %% right="design-images" by="a registry-wide scanning rule, and the aws command for the policy"
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[
        {
            "scanFrequency": "SCAN_ON_PUSH",
            "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
        }
    ],
)
selection = {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": KEEP}
old = {"rulePriority": 5, "selection": selection, "action": {"type": "expire"}}
builds = {
    "rulePriority": 10,
    "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7},
    "action": {"type": "expire"},
}
policy = json.dumps({"rules": [old, builds]})
for service in SERVICES:
    ecr.create_repository(repositoryName=service)
    ecr.put_image_tag_mutability(repositoryName=service, imageTagMutability="IMMUTABLE")
    push_image(service, VERSION, content=service, app=given["apps"][service])
    # !aws ecr put-lifecycle-policy --repository-name {service} --lifecycle-policy-text '{policy}'

# %% wrong="design-roles" slip="every secret" says="every secret of the account"
secret = secrets.create_secret(Name=SECRET, SecretString="correct horse battery staple")["ARN"]


def allowing(action, resource, **more):
    """Return a policy of one statement."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def role(name, action, resource):
    """Make a role for ECS tasks that may do one thing."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    document = allowing(action, resource)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)


role("execution", "secretsmanager:GetSecretValue", "*")
iam.attach_role_policy(
    RoleName="execution",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
for service in SERVICES:
    role(f"{service}-task", *given["access"][service])

# %% wrong="design-roles" slip="the managed policy is thought to read secrets" says="AWS's managed policy does not contain it"
secret = secrets.create_secret(Name=SECRET, SecretString="correct horse battery staple")["ARN"]


def allowing(action, resource, **more):
    """Return a policy of one statement."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def role(name, action, resource):
    """Make a role for ECS tasks that may do one thing."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    document = allowing(action, resource)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)


role("execution", "ecr:DescribeImages", "*")
iam.attach_role_policy(
    RoleName="execution",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
for service in SERVICES:
    role(f"{service}-task", *given["access"][service])

# %% wrong="design-roles" slip="the wrong principal" says="tasks come as ecs-tasks.amazonaws.com"
secret = secrets.create_secret(Name=SECRET, SecretString="correct horse battery staple")["ARN"]


def allowing(action, resource, **more):
    """Return a policy of one statement."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def role(name, action, resource):
    """Make a role for ECS tasks that may do one thing."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    document = allowing(action, resource)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)


role("execution", "secretsmanager:GetSecretValue", secret)
iam.attach_role_policy(
    RoleName="execution",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
for service in SERVICES:
    role(f"{service}-task", *given["access"][service])

# %% wrong="design-roles" slip="one policy for all" says="whoever breaks into one service has the data of three"
secret = secrets.create_secret(Name=SECRET, SecretString="correct horse battery staple")["ARN"]


def allowing(action, resource, **more):
    """Return a policy of one statement."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def role(name, action, resource):
    """Make a role for ECS tasks that may do one thing."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    document = allowing(action, resource)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)


role("execution", "secretsmanager:GetSecretValue", secret)
iam.attach_role_policy(
    RoleName="execution",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
for service in SERVICES:
    role(
        f"{service}-task",
        [action for action, _ in given["access"].values()],
        [resource for _, resource in given["access"].values()],
    )

# %% wrong="design-roles" slip="the bucket instead of its objects" says="a bucket's ARN covers no object"
secret = secrets.create_secret(Name=SECRET, SecretString="correct horse battery staple")["ARN"]


def allowing(action, resource, **more):
    """Return a policy of one statement."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def role(name, action, resource):
    """Make a role for ECS tasks that may do one thing."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    document = allowing(action, resource)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)


role("execution", "secretsmanager:GetSecretValue", secret)
iam.attach_role_policy(
    RoleName="execution",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
for service in SERVICES:
    action, resource = given["access"][service]
    role(f"{service}-task", action, resource.removesuffix("/1.png"))

# %% wrong="design-roles" slip="a wildcard in the action" says="allows deleting as well as reading"
secret = secrets.create_secret(Name=SECRET, SecretString="correct horse battery staple")["ARN"]


def allowing(action, resource, **more):
    """Return a policy of one statement."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def role(name, action, resource):
    """Make a role for ECS tasks that may do one thing."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    document = allowing(action, resource)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document)


role("execution", "secretsmanager:GetSecretValue", secret)
iam.attach_role_policy(
    RoleName="execution",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
for service in SERVICES:
    action, resource = given["access"][service]
    role(f"{service}-task", action.partition(":")[0] + ":*", resource)

# %% right="design-roles" by="boto3 resources, the whole bucket's objects"
account = boto3.resource("iam")
secret = secrets.create_secret(
    Name=SECRET, SecretString=secrets.get_random_password(PasswordLength=24)["RandomPassword"]
)["ARN"]
trust = {"Effect": "Allow", "Principal": {"Service": ["ecs-tasks.amazonaws.com"]}, "Action": "sts:AssumeRole"}
wanted = {f"{service}-task": given["access"][service] for service in SERVICES}
wanted["execution"] = ("secretsmanager:GetSecretValue", secret)
for name, (action, resource) in wanted.items():
    made = account.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    statement = {"Effect": "Allow", "Action": [action], "Resource": [resource.replace("/1.png", "/*")]}
    policy = account.create_policy(
        PolicyName=f"{name}-access",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    made.attach_policy(PolicyArn=policy.arn)
account.Role("execution").attach_policy(
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
)

# %% wrong="design-entrance" slip="the bare path forgotten" says="does not match"
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    paths = [f"/{PREFIX}/{service}/*"]
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets[service]}],
    )

# %% wrong="design-entrance" slip="a pattern that takes too much" says="a pattern such as"
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    paths = [f"/{PREFIX}/{service}*"]
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets[service]}],
    )

# %% wrong="design-entrance" slip="302" says="302 says: only for now"
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_302"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    paths = [f"/{PREFIX}/{service}", f"/{PREFIX}/{service}/*"]
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets[service]}],
    )

# %% wrong="design-entrance" slip="thresholds swapped" says="the thresholds are swapped"
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=3,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    paths = [f"/{PREFIX}/{service}", f"/{PREFIX}/{service}/*"]
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets[service]}],
    )

# %% wrong="design-entrance" slip="one target group for all" says="one target group serves several services"
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    paths = [f"/{PREFIX}/{service}", f"/{PREFIX}/{service}/*"]
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets[FIRST]}],
    )

# %% wrong="design-entrance" slip="the drain of 300 seconds left" says="the default is 300 seconds"
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "300"}],
    )
    paths = [f"/{PREFIX}/{service}", f"/{PREFIX}/{service}/*"]
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets[service]}],
    )

# %% wrong="design-entrance" slip="the default target type" says="are registered by address"
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    paths = [f"/{PREFIX}/{service}", f"/{PREFIX}/{service}/*"]
    elb.create_rule(
        ListenerArn=https,
        Priority=number * 10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        Actions=[{"Type": "forward", "TargetGroupArn": targets[service]}],
    )

# %% right="design-entrance" by="two rules for each service"
def record(content):
    """Put a record into the zone of DOMAIN."""
    route53.change_resource_record_sets(
        HostedZoneId=given["zone"],
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": content}]},
    )


certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
proof = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = [{"Value": proof["Value"]}]
record({"Name": proof["Name"], "Type": proof["Type"], "TTL": 300, "ResourceRecords": value})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)

balancer = elb.create_load_balancer(
    Name=CLUSTER, Subnets=public, SecurityGroups=[groups["alb"]], Scheme="internet-facing"
)["LoadBalancers"][0]
elb.get_waiter("load_balancer_available").wait(Names=[CLUSTER])
alias = {
    "HostedZoneId": balancer["CanonicalHostedZoneId"],
    "DNSName": balancer["DNSName"],
    "EvaluateTargetHealth": False,
}
record({"Name": DOMAIN, "Type": "A", "AliasTarget": alias})

to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTP",
    Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
https = elb.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"],
    Protocol="HTTPS",
    Port=443,
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
)["Listeners"][0]["ListenerArn"]
targets = {}
for number, service in enumerate(SERVICES, 1):
    targets[service] = elb.create_target_group(
        Name=service,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath=HEALTH_PATH,
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=targets[service],
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    )
    for more, path in enumerate((f"/{PREFIX}/{service}", f"/{PREFIX}/{service}/*")):
        elb.create_rule(
            ListenerArn=https,
            Priority=number * 10 + more,
            Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": targets[service]}]}}],
        )

# %% wrong="design-services" slip="the password in the environment" says="reads the password"
ecs.create_cluster(clusterName=CLUSTER)
for service in SERVICES:
    logs.create_log_group(logGroupName=f"/ecs/{service}")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{service}-task",
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}:{VERSION}",
                "essential": True,
                "portMappings": [{"containerPort": PORT}],
                "environment": [{"name": "DATABASE_PASSWORD", "value": "correct horse battery staple"}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=service,
        taskDefinition=service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": private,
                "securityGroups": [groups[service]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": targets[service],
                "containerName": "app",
                "containerPort": PORT,
            }
        ],
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=SERVICES)

# %% wrong="design-services" slip="no rollback" says="needs enable and rollback, both"
ecs.create_cluster(clusterName=CLUSTER)
for service in SERVICES:
    logs.create_log_group(logGroupName=f"/ecs/{service}")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{service}-task",
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}:{VERSION}",
                "essential": True,
                "portMappings": [{"containerPort": PORT}],
                "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=service,
        taskDefinition=service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": private,
                "securityGroups": [groups[service]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": targets[service],
                "containerName": "app",
                "containerPort": PORT,
            }
        ],
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": False},
        },
    )
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=SERVICES)

# %% wrong="design-services" slip="one task role for all" says="each service has its own role"
ecs.create_cluster(clusterName=CLUSTER)
for service in SERVICES:
    logs.create_log_group(logGroupName=f"/ecs/{service}")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{FIRST}-task",
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}:{VERSION}",
                "essential": True,
                "portMappings": [{"containerPort": PORT}],
                "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=service,
        taskDefinition=service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": private,
                "securityGroups": [groups[service]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": targets[service],
                "containerName": "app",
                "containerPort": PORT,
            }
        ],
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=SERVICES)

# %% wrong="design-services" slip="public subnets" says="a task is in a public subnet"
ecs.create_cluster(clusterName=CLUSTER)
for service in SERVICES:
    logs.create_log_group(logGroupName=f"/ecs/{service}")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{service}-task",
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}:{VERSION}",
                "essential": True,
                "portMappings": [{"containerPort": PORT}],
                "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=service,
        taskDefinition=service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": public,
                "securityGroups": [groups[service]],
                "assignPublicIp": "ENABLED",
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": targets[service],
                "containerName": "app",
                "containerPort": PORT,
            }
        ],
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=SERVICES)

# %% wrong="design-services" slip="one zone" says="all tasks are in one zone"
ecs.create_cluster(clusterName=CLUSTER)
for service in SERVICES:
    logs.create_log_group(logGroupName=f"/ecs/{service}")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{service}-task",
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}:{VERSION}",
                "essential": True,
                "portMappings": [{"containerPort": PORT}],
                "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=service,
        taskDefinition=service,
        desiredCount=2,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": private[:1],
                "securityGroups": [groups[service]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": targets[service],
                "containerName": "app",
                "containerPort": PORT,
            }
        ],
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=SERVICES)

# %% wrong="design-services" slip="half of the tasks may be missing" says="killed tasks are replaced, and no request fails meanwhile"
ecs.create_cluster(clusterName=CLUSTER)
for service in SERVICES:
    logs.create_log_group(logGroupName=f"/ecs/{service}")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{service}-task",
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}:{VERSION}",
                "essential": True,
                "portMappings": [{"containerPort": PORT}],
                "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=service,
        taskDefinition=service,
        desiredCount=1,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": private,
                "securityGroups": [groups[service]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": targets[service],
                "containerName": "app",
                "containerPort": PORT,
            }
        ],
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=SERVICES)

# %% right="design-services" by="CloudFormation for the services"
ecs.create_cluster(clusterName=CLUSTER)
for service in SERVICES:
    logs.create_log_group(logGroupName=f"/ecs/{service}")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{service}-task",
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}:{VERSION}",
                "essential": True,
                "portMappings": [{"containerPort": PORT}],
                "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": secret}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
resources = {}
for service in SERVICES:
    resources[f"Service{SERVICES.index(service)}"] = {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "ServiceName": service,
            "Cluster": CLUSTER,
            "TaskDefinition": ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]["taskDefinitionArn"],
            "DesiredCount": 2,
            "LaunchType": "FARGATE",
            "HealthCheckGracePeriodSeconds": 45,
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets": private, "SecurityGroups": [groups[service]], "AssignPublicIp": "DISABLED",
                }
            },
            "LoadBalancers": [
                {"TargetGroupArn": targets[service], "ContainerName": "app", "ContainerPort": PORT}
            ],
            "DeploymentConfiguration": {
                "MinimumHealthyPercent": 100,
                "MaximumPercent": 200,
                "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
            },
        },
    }
formation = boto3.client("cloudformation")
formation.create_stack(StackName="services", TemplateBody=json.dumps({"Resources": resources}))
formation.get_waiter("stack_create_complete").wait(StackName="services")

# %% wrong="design-operation" slip="a fraction as the target" says="or the target a fraction"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU / 100,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% wrong="design-operation" slip="the load balancer's own errors" says="what the load balancer makes up itself"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_ELB_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% wrong="design-operation" slip="the average latency" says="an average hides the slow requests"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    Statistic="Average",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% wrong="design-operation" slip="latency of no load balancer" says="the load balancer's own has the one dimension LoadBalancer"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **(watched | {"Dimensions": []}),
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% wrong="design-operation" slip="milliseconds" says="the metric is in seconds"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1000,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% wrong="design-operation" slip="one task at least" says="one task is none when its zone is lost"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% wrong="design-operation" slip="no dimension" says="an alarm sees no data"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% wrong="design-operation" slip="no retention" says="kept, and paid for, for ever"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% wrong="design-operation" slip="a bucket policy alone" says="a bucket alone does not switch them on"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 120,
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "false"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)

# %% right="design-operation" by="scaling on memory as well, access logs under a prefix"
for service in SERVICES:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{CLUSTER}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=MOST)
    scaling.put_scaling_policy(
        **target,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": CPU,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 180,
        },
    )
    scaling.put_scaling_policy(
        **target,
        PolicyName="memory",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 80,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageMemoryUtilization"
            },
        },
    )
    logs.put_retention_policy(logGroupName=f"/ecs/{service}", retentionInDays=RETENTION)

arn = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
watched = {
    "Namespace": "AWS/ApplicationELB",
    "Dimensions": [{"Name": "LoadBalancer", "Value": arn.partition("loadbalancer/")[2]}],
    "Period": 60,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
cloudwatch.put_metric_alarm(
    AlarmName="errors",
    MetricName="HTTPCode_Target_5XX_Count",
    Statistic="Sum",
    Threshold=10,
    EvaluationPeriods=2,
    **watched,
)
cloudwatch.put_metric_alarm(
    AlarmName="latency",
    MetricName="TargetResponseTime",
    ExtendedStatistic="p99",
    Threshold=1,
    EvaluationPeriods=3,
    **watched,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{given['logs']}/front/*",
}
s3.put_bucket_policy(
    Bucket=given["logs"],
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.prefix", "Value": "front"},
        {"Key": "access_logs.s3.bucket", "Value": given["logs"]},
    ],
)
