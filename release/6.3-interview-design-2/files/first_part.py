"""The first sitting as its model solution builds it, with the names of the notebook that runs this file."""

from ipaddress import ip_network

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
    data.append(subnet(blocks[20 + index], zone, nowhere))

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
    RouteTableIds=private_tables,
)

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
    push_image(service, VERSION, content=f"{service} {VERSION}", app=given["apps"][service])

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
    role(f"{service}-task", *given["access"][service])

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
