# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
What people answer instead, and what the check must say to each; and other ways to the goal that must pass.
`python -m authoring check` runs every cell in the place of its exercise's solution.
"""

# %% wrong="tasks-that-fit" slip="all addresses" says="AWS keeps five addresses of every subnet"
return ipaddress.ip_network(cidr).num_addresses - in_use

# %% wrong="tasks-that-fit" slip="two reserved, as in any network" says="AWS keeps five"
return ipaddress.ip_network(cidr).num_addresses - 2 - in_use

# %% wrong="tasks-that-fit" slip="sizes that AWS refuses" says="AWS makes no subnet of that size"
return max(0, ipaddress.ip_network(cidr).num_addresses - 5 - in_use)

# %% wrong="tasks-that-fit" slip="below zero" says="there are no fewer than 0 tasks"
block = ipaddress.ip_network(cidr)
return block.num_addresses - 5 - in_use if 16 <= block.prefixlen <= 28 else 0

# %% wrong="tasks-that-fit" slip="what is in use forgotten" says="what is in use is gone"
block = ipaddress.ip_network(cidr)
return block.num_addresses - 5 if 16 <= block.prefixlen <= 28 else 0

# %% wrong="tasks-that-fit" slip="printed" says="Did you forget a return?"
print(ipaddress.ip_network(cidr).num_addresses - 5 - in_use)

# %% right="tasks-that-fit" by="arithmetic on the prefix"
prefix = int(cidr.rpartition("/")[2])
if prefix < 16 or prefix > 28:
    return 0
room = 2 ** (32 - prefix) - 5 - in_use
return room if room > 0 else 0

# %% wrong="six-subnets" slip="everything in one zone" says="all in one zone"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
for block in list(ipaddress.ip_network(VPC_CIDR).subnets(new_prefix=22))[:6]:
    ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=ZONES[0])

# %% wrong="six-subnets" slip="a /24 for the tasks" says="0/1  in each zone a subnet for twice TASKS"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
for number, block in enumerate(list(ipaddress.ip_network(VPC_CIDR).subnets(new_prefix=24))[:6]):
    ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=ZONES[number % 2])

# %% wrong="six-subnets" slip="a neighbour's range" says="that is another range than the one drawn for you"
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
for number, block in enumerate(
    list(ipaddress.ip_network("10.0.0.0/16").subnets(new_prefix=22))[:6]
):
    ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=ZONES[number % 2])

# %% wrong="six-subnets" slip="the whole range used up" says="nothing can be added later"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
halves = list(ipaddress.ip_network(VPC_CIDR).subnets(new_prefix=18))
small = list(halves[3].subnets(new_prefix=24))
for zone, blocks in zip(
    ZONES, ([halves[0], small[0], small[1]], [halves[1], halves[2], small[2]]), strict=True
):
    for block in blocks:
        ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=zone)

# %% wrong="six-subnets" slip="DNS hostnames off" says="DNS hostnames are off"
vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
for number, block in enumerate(list(ipaddress.ip_network(VPC_CIDR).subnets(new_prefix=22))[:6]):
    ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=ZONES[number % 2])

# %% right="six-subnets" by="small subnets for balancer and data, resources instead of a client"
resource = boto3.resource("ec2")
made = resource.create_vpc(CidrBlock=VPC_CIDR)
made.modify_attribute(EnableDnsHostnames={"Value": True})
large_blocks = list(ipaddress.ip_network(VPC_CIDR).subnets(new_prefix=20))
little = list(large_blocks[15].subnets(new_prefix=27))
for number, zone in enumerate(ZONES):
    for block in (large_blocks[number], little[2 * number], little[2 * number + 1]):
        made.create_subnet(CidrBlock=str(block), AvailabilityZone=zone)

# %% wrong="public-subnets" slip="the route in the main table" says="the route stands in the main route table"
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0][
    "RouteTableId"
]
ec2.create_route(RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

# %% wrong="public-subnets" slip="no association" says="no route table in use leads to it"
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
public_table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

# %% wrong="public-subnets" slip="one zone only" says="0/2  in each zone the internet reaches a subnet"
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
public_table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
ec2.associate_route_table(RouteTableId=public_table, SubnetId=subnets["public", ZONES[0]])

# %% wrong="public-subnets" slip="the tasks' subnets as well" says="4 of 6 subnets are public"
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
public_table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
for zone in ZONES:
    ec2.associate_route_table(RouteTableId=public_table, SubnetId=subnets["public", zone])
    ec2.associate_route_table(RouteTableId=public_table, SubnetId=subnets["private", zone])

# %% wrong="public-subnets" slip="only the attribute" says="no internet gateway is attached to your VPC yet"
for zone in ZONES:
    ec2.modify_subnet_attribute(
        SubnetId=subnets["public", zone], MapPublicIpOnLaunch={"Value": True}
    )

# %% right="public-subnets" by="the aws command, a table for each subnet"
import subprocess


def aws(*words):
    """Run an `aws ec2` command and return its answer."""
    done = subprocess.run(["aws", "ec2", *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout or "{}")


gateway = aws("create-internet-gateway")["InternetGateway"]["InternetGatewayId"]
aws("attach-internet-gateway", "--internet-gateway-id", gateway, "--vpc-id", vpc)
for zone in ZONES:
    each = aws("create-route-table", "--vpc-id", vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=each, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=each, SubnetId=subnets["public", zone])

# %% wrong="nat-gateways" slip="one NAT gateway for both zones" says="there is only one NAT gateway"
address = ec2.allocate_address(Domain="vpc")["AllocationId"]
nat = ec2.create_nat_gateway(SubnetId=subnets["public", ZONES[0]], AllocationId=address)[
    "NatGateway"
]["NatGatewayId"]
ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
for zone in ZONES:
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets["private", zone])

# %% wrong="nat-gateways" slip="two NAT gateways, one table" says="its route table leads to the NAT gateway of the lost zone"
table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
for zone in ZONES:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnets["public", zone], AllocationId=address)[
        "NatGateway"
    ]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets["private", zone])
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)

# %% wrong="nat-gateways" slip="NAT gateways in the private subnets" says="a NAT gateway stands in a subnet without a way out itself"
for zone in ZONES:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnets["private", zone], AllocationId=address)[
        "NatGateway"
    ]["NatGatewayId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets["private", zone])

# %% wrong="nat-gateways" slip="the data subnets go out too" says="the NAT route is in a table that the data subnets use too"
for zone in ZONES:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnets["public", zone], AllocationId=address)[
        "NatGateway"
    ]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    for tier in ("private", "data"):
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[tier, zone])

# %% wrong="nat-gateways" slip="zones crossed" says="its route table leads to the NAT gateway of the lost zone"
for zone, other in (ZONES, ZONES[::-1]):
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnets["public", other], AllocationId=address)[
        "NatGateway"
    ]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets["private", zone])

# %% right="nat-gateways" by="resources, a table for the data subnets too"
resource = boto3.resource("ec2")
made = resource.Vpc(vpc)
closed_table = made.create_route_table()
for zone in ZONES:
    closed_table.associate_with_subnet(SubnetId=subnets["data", zone])
    table = made.create_route_table()
    table.associate_with_subnet(SubnetId=subnets["private", zone])
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnets["public", zone], AllocationId=address)[
        "NatGateway"
    ]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    table.create_route(DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)

# %% wrong="security-groups" slip="tasks open to the world" says="the tasks are open to the world"
for group, port in ((ALB_GROUP, 80), (ALB_GROUP, 443), (APP_GROUP, APP_PORT), (DB_GROUP, DB_PORT)):
    let_in(group, port, "0.0.0.0/0")

# %% wrong="security-groups" slip="the VPC's range" says="a range lets in the whole VPC"
for port in (80, 443):
    let_in(ALB_GROUP, port, "0.0.0.0/0")
let_in(APP_GROUP, APP_PORT, "172.16.0.0/16")
let_in(DB_GROUP, DB_PORT, "172.16.0.0/16")

# %% wrong="security-groups" slip="443 only" says="the redirect to HTTPS is never reached"
let_in(ALB_GROUP, 443, "0.0.0.0/0")
let_in(APP_GROUP, APP_PORT, ALB_GROUP)
let_in(DB_GROUP, DB_PORT, APP_GROUP)

# %% wrong="security-groups" slip="the group names itself" says="the tasks let each other in, not the load balancer"
for port in (80, 443):
    let_in(ALB_GROUP, port, "0.0.0.0/0")
let_in(APP_GROUP, APP_PORT, APP_GROUP)
let_in(DB_GROUP, DB_PORT, DB_GROUP)

# %% wrong="security-groups" slip="all traffic between the groups" says="more ports are open than asked for"
for port in (80, 443):
    let_in(ALB_GROUP, port, "0.0.0.0/0")
for group, source in ((APP_GROUP, ALB_GROUP), (DB_GROUP, APP_GROUP)):
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": source}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

# %% wrong="security-groups" slip="outbound rules" says="none of the three groups lets anybody in yet"
for group, port, target in ((ALB_GROUP, APP_PORT, APP_GROUP), (APP_GROUP, DB_PORT, DB_GROUP)):
    pair = {"UserIdGroupPairs": [{"GroupId": target}]}
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **pair}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])

# %% right="security-groups" by="resources"
alb, app_tasks, db = map(boto3.resource("ec2").SecurityGroup, (ALB_GROUP, APP_GROUP, DB_GROUP))
alb.authorize_ingress(IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0")
alb.authorize_ingress(IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0")
for target, port, source in ((app_tasks, APP_PORT, alb), (db, DB_PORT, app_tasks)):
    target.authorize_ingress(
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "UserIdGroupPairs": [{"GroupId": source.id}],
            }
        ]
    )

# %% wrong="payment-callers" slip="the old rule left" says="the old rule is still there"
rule = {
    "IpProtocol": "tcp",
    "FromPort": APP_PORT,
    "ToPort": APP_PORT,
    "UserIdGroupPairs": [{"GroupId": ORDER_GROUP}],
}
ec2.authorize_security_group_ingress(GroupId=PAYMENT_GROUP, IpPermissions=[rule])

# %% wrong="payment-callers" slip="one subnet's range" says="a range of addresses names today's tasks"
old = ec2.describe_security_groups(GroupIds=[PAYMENT_GROUP])["SecurityGroups"][0]["IpPermissions"]
ec2.revoke_security_group_ingress(GroupId=PAYMENT_GROUP, IpPermissions=old)
ec2.authorize_security_group_ingress(
    GroupId=PAYMENT_GROUP,
    IpProtocol="tcp",
    FromPort=APP_PORT,
    ToPort=APP_PORT,
    CidrIp="172.16.10.0/24",
)

# %% wrong="payment-callers" slip="closed for all" says="0/1  the order service reaches payments"
old = ec2.describe_security_groups(GroupIds=[PAYMENT_GROUP])["SecurityGroups"][0]["IpPermissions"]
ec2.revoke_security_group_ingress(GroupId=PAYMENT_GROUP, IpPermissions=old)

# %% wrong="payment-callers" slip="all ports" says="one port is enough"
old = ec2.describe_security_groups(GroupIds=[PAYMENT_GROUP])["SecurityGroups"][0]["IpPermissions"]
ec2.revoke_security_group_ingress(GroupId=PAYMENT_GROUP, IpPermissions=old)
rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": ORDER_GROUP}]}
ec2.authorize_security_group_ingress(GroupId=PAYMENT_GROUP, IpPermissions=[rule])

# %% wrong="payment-callers" slip="the order service's group opened instead" says="still takes calls from the whole VPC"
rule = {
    "IpProtocol": "tcp",
    "FromPort": APP_PORT,
    "ToPort": APP_PORT,
    "UserIdGroupPairs": [{"GroupId": PAYMENT_GROUP}],
}
ec2.authorize_security_group_ingress(GroupId=ORDER_GROUP, IpPermissions=[rule])

# %% right="payment-callers" by="security group rules by their ids"
found = ec2.describe_security_group_rules(
    Filters=[{"Name": "group-id", "Values": [PAYMENT_GROUP]}]
)["SecurityGroupRules"]
inbound = [r["SecurityGroupRuleId"] for r in found if not r["IsEgress"]]
ec2.revoke_security_group_ingress(GroupId=PAYMENT_GROUP, SecurityGroupRuleIds=inbound)
rule = {
    "IpProtocol": "tcp",
    "FromPort": APP_PORT,
    "ToPort": APP_PORT,
    "UserIdGroupPairs": [{"GroupId": ORDER_GROUP}],
}
ec2.authorize_security_group_ingress(GroupId=PAYMENT_GROUP, IpPermissions=[rule])

# %% wrong="network-acl" slip="no way back for answers" says="the answer to the client's ephemeral port needs its own rule"
everywhere = {"NetworkAclId": ACL, "RuleAction": "allow", "Protocol": "6", "CidrBlock": "0.0.0.0/0"}
ec2.create_network_acl_entry(
    **everywhere, RuleNumber=100, PortRange={"From": 443, "To": 443}, Egress=True
)

# %% wrong="network-acl" slip="Linux's ephemeral ports only" says="a load balancer takes ports from 1024 on"
tcp = {"NetworkAclId": ACL, "Protocol": "6", "RuleAction": "allow"}
ec2.create_network_acl_entry(
    NetworkAclId=ACL,
    RuleNumber=50,
    RuleAction="deny",
    Protocol="-1",
    CidrBlock=QUARANTINE,
    Egress=False,
)
ec2.create_network_acl_entry(
    **tcp,
    RuleNumber=110,
    CidrBlock="0.0.0.0/0",
    PortRange={"From": 32768, "To": 61000},
    Egress=False,
)
ec2.create_network_acl_entry(
    **tcp,
    RuleNumber=100,
    CidrBlock="172.16.0.0/16",
    PortRange={"From": 32768, "To": 61000},
    Egress=True,
)
ec2.create_network_acl_entry(
    **tcp, RuleNumber=110, CidrBlock="0.0.0.0/0", PortRange={"From": 443, "To": 443}, Egress=True
)

# %% wrong="network-acl" slip="deny after allow" says="the deny needs a lower number than every allow"
tcp = {"NetworkAclId": ACL, "Protocol": "6", "RuleAction": "allow"}
ec2.create_network_acl_entry(
    **tcp,
    RuleNumber=110,
    CidrBlock="0.0.0.0/0",
    PortRange={"From": 1024, "To": 65535},
    Egress=False,
)
ec2.create_network_acl_entry(
    **tcp,
    RuleNumber=100,
    CidrBlock="172.16.0.0/16",
    PortRange={"From": 1024, "To": 65535},
    Egress=True,
)
ec2.create_network_acl_entry(
    **tcp, RuleNumber=110, CidrBlock="0.0.0.0/0", PortRange={"From": 443, "To": 443}, Egress=True
)

# %% wrong="network-acl" slip="everything allowed" says="an entry allows everything in"
for egress in (False, True):
    ec2.create_network_acl_entry(
        NetworkAclId=ACL,
        RuleNumber=90,
        RuleAction="allow",
        Protocol="-1",
        CidrBlock="0.0.0.0/0",
        Egress=egress,
    )
ec2.create_network_acl_entry(
    NetworkAclId=ACL,
    RuleNumber=50,
    RuleAction="deny",
    Protocol="-1",
    CidrBlock=QUARANTINE,
    Egress=False,
)

# %% wrong="network-acl" slip="the default ACL instead" says="the deny needs a lower number than every allow"
default = next(
    a["NetworkAclId"]
    for a in ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [place["vpc"]]}])[
        "NetworkAcls"
    ]
    if a["IsDefault"]
)
association = ec2.describe_network_acls(NetworkAclIds=[ACL])["NetworkAcls"][0]["Associations"][0]
ec2.replace_network_acl_association(
    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=default
)

# %% right="network-acl" by="resources, the old entries replaced"
acl = boto3.resource("ec2").NetworkAcl(ACL)
acl.delete_entry(RuleNumber=100, Egress=False)
acl.delete_entry(RuleNumber=200, Egress=False)
acl.create_entry(
    RuleNumber=10, RuleAction="deny", Protocol="-1", CidrBlock=QUARANTINE, Egress=False
)
acl.create_entry(
    RuleNumber=20,
    RuleAction="allow",
    Protocol="6",
    CidrBlock="0.0.0.0/0",
    PortRange={"From": 1024, "To": 65535},
    Egress=False,
)
acl.create_entry(
    RuleNumber=10, RuleAction="allow", Protocol="-1", CidrBlock="0.0.0.0/0", Egress=True
)

# %% wrong="is-public" slip="by name" says="neither the name nor MapPublicIpOnLaunch"
found = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]
return any("public" in tag["Value"] for tag in found.get("Tags", []))

# %% wrong="is-public" slip="by MapPublicIpOnLaunch" says="0/1  a public subnet of the prepared VPC"
return ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["MapPublicIpOnLaunch"]

# %% wrong="is-public" slip="any default route" says="a NAT gateway is no internet gateway"
found = ec2.describe_route_tables(
    Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}]
)["RouteTables"]
return any(
    route.get("DestinationCidrBlock") == "0.0.0.0/0" for table in found for route in table["Routes"]
)

# %% wrong="is-public" slip="no main table" says="without an association a subnet uses the main route table"
found = ec2.describe_route_tables(
    Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}]
)["RouteTables"]
return any(
    route.get("GatewayId", "").startswith("igw-") and route["State"] == "active"
    for table in found
    for route in table["Routes"]
)

# %% wrong="is-public" slip="the state ignored" says="the route's state is blackhole"
found = ec2.describe_route_tables(
    Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}]
)["RouteTables"]
if not found:
    vpc_id = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["VpcId"]
    found = ec2.describe_route_tables(
        Filters=[
            {"Name": "vpc-id", "Values": [vpc_id]},
            {"Name": "association.main", "Values": ["true"]},
        ]
    )["RouteTables"]
return any(route.get("GatewayId", "").startswith("igw-") for route in found[0]["Routes"])

# %% right="is-public" by="resources"
found = boto3.resource("ec2").Subnet(subnet_id)
tables = list(found.vpc.route_tables.all())
own = [t for t in tables if any(a.subnet_id == subnet_id for a in t.associations)]
main_tables = [t for t in tables if any(a.main for a in t.associations)]
routes = (own or main_tables)[0].routes
return any(
    r.destination_cidr_block == "0.0.0.0/0"
    and (r.gateway_id or "").startswith("igw-")
    and r.state == "active"
    for r in routes
)

# %% wrong="endpoints" slip="an internet gateway and a NAT gateway" says="an internet gateway"
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=CLOSED["vpc"])
for table in CLOSED["tables"].values():
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

# %% wrong="endpoints" slip="ecr.dkr only" says="ECR is two endpoints"
ec2.modify_vpc_attribute(VpcId=CLOSED["vpc"], EnableDnsHostnames={"Value": True})
gate = security_group(CLOSED["vpc"], "gate", everything("172.17.0.0/16", 443))
for service in ("ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=CLOSED["vpc"],
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        SubnetIds=list(CLOSED["private"].values()),
        SecurityGroupIds=[gate],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=CLOSED["vpc"],
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=list(CLOSED["tables"].values()),
)

# %% wrong="endpoints" slip="a closed security group" says="does not let the tasks in on 443"
ec2.modify_vpc_attribute(VpcId=CLOSED["vpc"], EnableDnsHostnames={"Value": True})
for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=CLOSED["vpc"],
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        SubnetIds=list(CLOSED["private"].values()),
        SecurityGroupIds=[security_group(CLOSED["vpc"], "shut")],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=CLOSED["vpc"],
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=list(CLOSED["tables"].values()),
)

# %% wrong="endpoints" slip="S3 in one route table" says="both subnets have one"
ec2.modify_vpc_attribute(VpcId=CLOSED["vpc"], EnableDnsHostnames={"Value": True})
gate = security_group(CLOSED["vpc"], "gate", everything("172.17.0.0/16", 443))
for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=CLOSED["vpc"],
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        SubnetIds=list(CLOSED["private"].values()),
        SecurityGroupIds=[gate],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=CLOSED["vpc"],
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=[CLOSED["tables"][ZONE_A]],
)

# %% wrong="endpoints" slip="no private DNS" says="names still resolve to public addresses"
gate = security_group(CLOSED["vpc"], "gate", everything("172.17.0.0/16", 443))
for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=CLOSED["vpc"],
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        SubnetIds=list(CLOSED["private"].values()),
        SecurityGroupIds=[gate],
        PrivateDnsEnabled=False,
    )
ec2.create_vpc_endpoint(
    VpcId=CLOSED["vpc"],
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=list(CLOSED["tables"].values()),
)

# %% wrong="endpoints" slip="endpoints of ECS as well" says="are for EC2 container instances"
ec2.modify_vpc_attribute(VpcId=CLOSED["vpc"], EnableDnsHostnames={"Value": True})
gate = security_group(CLOSED["vpc"], "gate", everything("172.17.0.0/16", 443))
for service in (
    "ecr.api",
    "ecr.dkr",
    "logs",
    "secretsmanager",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
):
    ec2.create_vpc_endpoint(
        VpcId=CLOSED["vpc"],
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        SubnetIds=list(CLOSED["private"].values()),
        SecurityGroupIds=[gate],
        PrivateDnsEnabled=True,
    )
ec2.create_vpc_endpoint(
    VpcId=CLOSED["vpc"],
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=list(CLOSED["tables"].values()),
)

# %% right="endpoints" by="the VPC's range in the security group, resources"
ec2.modify_vpc_attribute(VpcId=CLOSED["vpc"], EnableDnsHostnames={"Value": True})
gate = boto3.resource("ec2").create_security_group(
    GroupName="gate", Description="443", VpcId=CLOSED["vpc"]
)
gate.authorize_ingress(IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="172.17.0.0/16")
for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
    ec2.create_vpc_endpoint(
        VpcId=CLOSED["vpc"],
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        SubnetIds=list(CLOSED["private"].values()),
        SecurityGroupIds=[gate.id],
    )
ec2.create_vpc_endpoint(
    VpcId=CLOSED["vpc"],
    ServiceName=f"com.amazonaws.{REGION}.s3",
    RouteTableIds=list(CLOSED["tables"].values()),
)

# %% wrong="execution-role" slip="secrets assumed to be included" says="AmazonECSTaskExecutionRolePolicy does not cover secrets"
role(EXECUTION_ROLE, execution=True)

# %% wrong="execution-role" slip="trusting the wrong service" says="the trust policy must name the service ecs-tasks.amazonaws.com"
allow = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
iam.create_role(
    RoleName=EXECUTION_ROLE,
    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
)
role_policy = {
    "Version": "2012-10-17",
    "Statement": [statement("secretsmanager:GetSecretValue", SECRET_ARN)],
}
iam.put_role_policy(
    RoleName=EXECUTION_ROLE, PolicyName="secret", PolicyDocument=json.dumps(role_policy)
)
iam.attach_role_policy(
    RoleName=EXECUTION_ROLE,
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)

# %% wrong="execution-role" slip="every secret" says="it reads other secrets too"
role(EXECUTION_ROLE, statement("secretsmanager:GetSecretValue", "*"), execution=True)

# %% wrong="execution-role" slip="all of Secrets Manager on the secret" says="reading takes secretsmanager:GetSecretValue only"
role(EXECUTION_ROLE, statement("secretsmanager:*", SECRET_ARN), execution=True)

# %% wrong="execution-role" slip="the secret alone" says="0/1  it may pull images and write logs"
role(EXECUTION_ROLE, statement("secretsmanager:GetSecretValue", SECRET_ARN))

# %% right="execution-role" by="a policy of one's own, and a condition against the confused deputy"
allow = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"},
    },
}
iam.create_role(
    RoleName=EXECUTION_ROLE,
    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
)
rights = [
    statement("ecr:GetAuthorizationToken", "*"),
    statement(
        ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
        f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*",
    ),
    statement(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/*",
    ),
    statement("secretsmanager:GetSecretValue", SECRET_ARN),
]
made = iam.create_policy(
    PolicyName="start-tasks",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": rights}),
)
iam.attach_role_policy(RoleName=EXECUTION_ROLE, PolicyArn=made["Policy"]["Arn"])

# %% wrong="task-roles" slip="the bucket instead of its objects" says="objects have ARNs of their own"
role(f"{SHOP}-user-task", statement(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{PHOTOS}"))
role(
    f"{SHOP}-order-task",
    statement(
        ["dynamodb:GetItem", "dynamodb:PutItem"],
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{ORDERS}",
    ),
)
role(
    f"{SHOP}-payment-task", statement("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}")
)

# %% wrong="task-roles" slip="one policy for all" says="one policy for all three"
for name in ("user", "order", "payment"):
    role(
        f"{SHOP}-{name}-task",
        statement(
            [
                "s3:GetObject",
                "s3:PutObject",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "sqs:SendMessage",
            ],
            "*",
        ),
    )

# %% wrong="task-roles" slip="stars in the actions" says="a star in the actions allows deleting too"
role(f"{SHOP}-user-task", statement("s3:*", [f"arn:aws:s3:::{PHOTOS}", f"arn:aws:s3:::{PHOTOS}/*"]))
role(
    f"{SHOP}-order-task",
    statement("dynamodb:*", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{ORDERS}"),
)
role(f"{SHOP}-payment-task", statement("sqs:*", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"))

# %% wrong="task-roles" slip="one role forgotten" says="-payment-task is missing"
role(f"{SHOP}-user-task", statement(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{PHOTOS}/*"))
role(
    f"{SHOP}-order-task",
    statement(
        ["dynamodb:GetItem", "dynamodb:PutItem"],
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{ORDERS}",
    ),
)

# %% wrong="task-roles" slip="trusting EC2" says="the trust policy must name the service"
allow = {
    "Effect": "Allow",
    "Principal": {"Service": "ec2.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
for name in ("user", "order", "payment"):
    iam.create_role(
        RoleName=f"{SHOP}-{name}-task",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )

# %% wrong="task-roles" slip="roles swapped" says="AccessDenied"
role(f"{SHOP}-order-task", statement(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{PHOTOS}/*"))
role(
    f"{SHOP}-user-task",
    statement(
        ["dynamodb:GetItem", "dynamodb:PutItem"],
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{ORDERS}",
    ),
)
role(
    f"{SHOP}-payment-task", statement("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}")
)

# %% right="task-roles" by="customer managed policies"
rights = {
    "user": (["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{PHOTOS}/*"),
    "order": (
        ["dynamodb:GetItem", "dynamodb:PutItem"],
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{ORDERS}",
    ),
    "payment": ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"),
}
for name, (actions, resource) in rights.items():
    role(f"{SHOP}-{name}-task")
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement(actions, resource)]})
    made = iam.create_policy(PolicyName=f"{name}-data", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=f"{SHOP}-{name}-task", PolicyArn=made)

# %% right="task-roles" by="the condition that AWS recommends against the confused deputy"
rights = {
    "user": (["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{PHOTOS}/*"),
    "order": (
        ["dynamodb:GetItem", "dynamodb:PutItem"],
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{ORDERS}",
    ),
    "payment": ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"),
}
who = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"}},
}
for name, (actions, resource) in rights.items():
    trusted = json.dumps({"Version": "2012-10-17", "Statement": [who]})
    iam.create_role(RoleName=f"{SHOP}-{name}-task", AssumeRolePolicyDocument=trusted)
    document = {"Version": "2012-10-17", "Statement": [statement(actions, resource)]}
    iam.put_role_policy(
        RoleName=f"{SHOP}-{name}-task", PolicyName="own", PolicyDocument=json.dumps(document)
    )

# %% wrong="explicit-deny" slip="allowing less in a second policy" says="not allowing is not denying"
document = {
    "Version": "2012-10-17",
    "Statement": [statement(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{PHOTOS}/public/*")],
}
iam.put_role_policy(RoleName=REPORT_ROLE, PolicyName="fence", PolicyDocument=json.dumps(document))

# %% wrong="explicit-deny" slip="the platform team's policy rewritten" says="the policy `access` belongs to somebody else"
document = {
    "Version": "2012-10-17",
    "Statement": [statement(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{PHOTOS}/public/*")],
}
iam.put_role_policy(RoleName=REPORT_ROLE, PolicyName="access", PolicyDocument=json.dumps(document))

# %% wrong="explicit-deny" slip="only reading fenced off" says="reading is fenced off, writing is not"
fence = [
    statement("s3:DeleteObject", f"arn:aws:s3:::{PHOTOS}/*", "Deny"),
    statement("s3:GetObject", f"arn:aws:s3:::{PHOTOS}/private/*", "Deny"),
]
iam.put_role_policy(
    RoleName=REPORT_ROLE,
    PolicyName="fence",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": fence}),
)

# %% wrong="explicit-deny" slip="everything denied" says="the fence is too wide"
document = {"Version": "2012-10-17", "Statement": [statement("s3:*", "*", "Deny")]}
iam.put_role_policy(RoleName=REPORT_ROLE, PolicyName="fence", PolicyDocument=json.dumps(document))

# %% wrong="explicit-deny" slip="deletes forgotten" says="0/1  nothing is deleted"
document = {
    "Version": "2012-10-17",
    "Statement": [statement("s3:*", f"arn:aws:s3:::{PHOTOS}/private/*", "Deny")],
}
iam.put_role_policy(RoleName=REPORT_ROLE, PolicyName="fence", PolicyDocument=json.dumps(document))

# %% right="explicit-deny" by="a managed policy with NotResource"
fence = [
    statement("s3:Delete*", "*", "Deny"),
    {
        "Effect": "Deny",
        "Action": "s3:*",
        "NotResource": [f"arn:aws:s3:::{PHOTOS}", f"arn:aws:s3:::{PHOTOS}/public/*"],
    },
]
made = iam.create_policy(
    PolicyName="fence", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": fence})
)
iam.attach_role_policy(RoleName=REPORT_ROLE, PolicyArn=made["Policy"]["Arn"])

# %% wrong="find-faults" slip="all fine" says="the code could read every secret that the execution role may inject"
faults = dict.fromkeys("ABCDEF", "fine")

# %% wrong="find-faults" slip="a neighbour's answers" says="0/0.5  definition"
order = [
    "fine",
    "roles swapped",
    "one role for both",
    "execution role missing",
    "another service's task role",
    "secret in plain text",
]
faults = dict(zip("ABCDEF", order, strict=True))

# %% wrong="find-faults" slip="labels of one's own" says="not one of the six labels"
faults = dict.fromkeys("ABCDEF", "wrong role")

# %% wrong="find-faults" slip="a reference taken for the secret" says="a secret in `secrets` is a reference"
faults = dict.fromkeys("ABCDEF", "secret in plain text")

# %% right="find-faults" by="a table of pairs"
labels = {
    ("shop-execution", "order-task"): "fine",
    ("order-task", "shop-execution"): "roles swapped",
    ("shop-execution", "shop-execution"): "one role for both",
    ("", "order-task"): "execution role missing",
    ("shop-execution", "payment-task"): "another service's task role",
}
faults = {}
for letter, each in definitions(DEFINITIONS).items():
    pair = tuple(
        each.get(key, "").rpartition("/")[2] for key in ("executionRoleArn", "taskRoleArn")
    )
    faults[letter] = (
        "secret in plain text" if "environment" in each["containerDefinitions"][0] else labels[pair]
    )
