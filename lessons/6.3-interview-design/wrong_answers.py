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

# %% wrong="design-network" slip="one NAT gateway for both zones" says="it dies with its zone" replace=[["    private_tables.append(", "    if not private_tables:\n        private_tables.append("]]

# %% wrong="design-network" slip="the data tier gets out" says="a database has nobody to call" replace=[["zone, nowhere)", "zone, private_tables[-1])"]]

# %% wrong="design-network" slip="the NAT gateway in a private subnet" says="private subnets need a route to a NAT gateway in a public subnet" replace=[["    address =", "    hidden = subnet(blocks[30 + index], zone, nowhere)\n    address ="], ["SubnetId=public[-1]", "SubnetId=hidden"]]

# %% wrong="design-network" slip="both subnets of a tier in one zone" says="both subnets of a tier are in one zone" replace=[["enumerate(ZONES)", "enumerate([ZONES[0], ZONES[0]])"]]

# %% wrong="design-network" slip="everything public" says="every subnet is public" replace=[["zone, private_tables[-1])", "zone, to_internet)"], ["zone, nowhere)", "zone, to_internet)"]]

# %% wrong="design-network" slip="the internet gateway not attached" says="the VPC has no subnets yet" replace=[["ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)", ""]]

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

# %% wrong="design-groups" slip="the VPC's range as the source" says="a range lets in the whole VPC" replace=[["allow(THIRD, PORT, SECOND)", "allow(THIRD, PORT, VPC_CIDR)"]]

# %% wrong="design-groups" slip="the database open to the VPC" says="the database trusts the whole VPC" replace=[["allow(\"database\", 5432, service)", "pass"], ["allow(THIRD, PORT, SECOND)", "allow(THIRD, PORT, SECOND)\nallow(\"database\", 5432, VPC_CIDR)"]]

# %% wrong="design-groups" slip="port 80 closed" says="nobody ever sees the redirect" replace=[["allow(\"alb\", 80, \"0.0.0.0/0\")", ""]]

# %% wrong="design-groups" slip="one of ECR's two endpoints" says="ECR is two services" replace=[["\"ecr.api\", \"ecr.dkr\"", "\"ecr.dkr\""]]

# %% wrong="design-groups" slip="the endpoints' group closed" says="does not let the services in on 443" replace=[["allow(\"endpoints\", 443, service)", "pass"]]

# %% wrong="design-groups" slip="S3's endpoint for the public subnets" says="the private ones" replace=[["RouteTableIds=private_tables", "RouteTableIds=[to_internet]"]]

# %% wrong="design-groups" slip="tasks open to the internet" says="a group lets the internet in" replace=[["allow(THIRD, PORT, SECOND)", "allow(THIRD, PORT, SECOND)\nallow(FIRST, PORT, \"0.0.0.0/0\")"]]

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

# %% wrong="design-images" slip="tags that move" says="tags can be moved" replace=[["IMMUTABLE", "MUTABLE"]]

# %% wrong="design-images" slip="any instead of tagged" says="builds without a tag count too" replace=[["\"tagStatus\": \"tagged\"", "\"tagStatus\": \"any\""], ["\"tagPatternList\": [\"*\"],", ""]]

# %% wrong="design-images" slip="no lifecycle policy" says="every image ever pushed is paid for" replace=[["ecr.put_lifecycle_policy(", "dict("]]

# %% wrong="design-images" slip="no scan" says="images are scanned when they are pushed" replace=[["\"scanOnPush\": True", "\"scanOnPush\": False"]]

# %% wrong="design-images" slip="one image for all" says="all three are the same image" replace=[["f\"{service} {VERSION}\", app=given[\"apps\"][service]", "\"shop\", app=given[\"apps\"][FIRST]"]]

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

# %% wrong="design-roles" slip="every secret" says="every secret of the account" replace=[["GetSecretValue\", secret", "GetSecretValue\", \"*\""]]

# %% wrong="design-roles" slip="the managed policy is thought to read secrets" says="AWS's managed policy does not contain it" replace=[["\"secretsmanager:GetSecretValue\", secret", "\"ecr:DescribeImages\", \"*\""]]

# %% wrong="design-roles" slip="the wrong principal" says="tasks come as ecs-tasks.amazonaws.com" replace=[["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]]

# %% wrong="design-roles" slip="one policy for all" says="whoever breaks into one service has the data of three" replace=[["*given[\"access\"][service]", "*map(list, zip(*given[\"access\"].values()))"]]

# %% wrong="design-roles" slip="the bucket instead of its objects" says="a bucket's ARN covers no object" replace=[["*given[\"access\"][service]", "*(part.removesuffix(\"/1.png\") for part in given[\"access\"][service])"]]

# %% wrong="design-roles" slip="a wildcard in the action" says="allows deleting as well as reading" replace=[["*given[\"access\"][service]", "given[\"access\"][service][0].partition(\":\")[0] + \":*\", given[\"access\"][service][1]"]]

# %% wrong="design-roles" slip="every resource" says="on the data of the whole account" replace=[["*given[\"access\"][service]", "given[\"access\"][service][0], \"*\""]]

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

# %% wrong="design-entrance" slip="302" says="302 says: only for now" replace=[["HTTP_301", "HTTP_302"]]

# %% wrong="design-entrance" slip="a redirect to the front page" says="lands on the front page" replace=[["\"StatusCode\": \"HTTP_301\"", "\"StatusCode\": \"HTTP_301\", \"Path\": \"/\", \"Query\": \"\""]]

# %% wrong="design-entrance" slip="the load balancer in the private subnets" says="is it in public subnets" replace=[["Subnets=public", "Subnets=private"]]

# %% wrong="design-entrance" slip="nothing on port 80" says="comes on port 80, and finds nobody" replace=[["    Port=80,", "    Port=8080,"]]

# %% wrong="design-entrance" slip="no alias record" says="does the name point at it" replace=[["record({\"Name\": DOMAIN,", "dict({\"Name\": DOMAIN,"]]

# %% right="design-entrance" by="CloudFormation for the listeners"
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

template = {
    "Resources": {
        "Plain": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": balancer["LoadBalancerArn"],
                "Protocol": "HTTP",
                "Port": 80,
                "DefaultActions": [
                    {
                        "Type": "redirect",
                        "RedirectConfig": {
                            "Protocol": "HTTPS",
                            "Port": "443",
                            "Path": "/#{path}",
                            "Query": "#{query}",
                            "StatusCode": "HTTP_301",
                        },
                    }
                ],
            },
        },
        "Secure": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": balancer["LoadBalancerArn"],
                "Protocol": "HTTPS",
                "Port": 443,
                "Certificates": [{"CertificateArn": certificate}],
                "DefaultActions": [
                    {
                        "Type": "fixed-response",
                        "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"},
                    }
                ],
            },
        },
    }
}
cloudformation = boto3.client("cloudformation")
cloudformation.create_stack(StackName="listeners", TemplateBody=json.dumps(template))
cloudformation.get_waiter("stack_create_complete").wait(StackName="listeners")
