# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
What people answer instead in the assignment 6.3-interview-hardening, and other right answers.
"""

# %% wrong="find-weaknesses" slip="the task role" says="which role does ECS use before a container starts?" replace=[["= \"shop-execution\"", "= \"shop-task\""]]

# %% wrong="find-weaknesses" slip="the port that ends TLS" says="443 ends TLS" replace=[["= 80", "= 443"]]

# %% wrong="find-weaknesses" slip="the first event" says="the administrator made the rules that belong there" replace=[["!= \"administrator\"", "== \"administrator\""]]

# %% wrong="find-weaknesses" slip="the role instead of its session" says="a role is not a session" replace=[["= event[\"Username\"]", "= \"contractor\""]]

# %% wrong="find-weaknesses" slip="the port only" says="service whose image runs as root"
findings["port that serves the shop without TLS"] = 80

# %% right="find-weaknesses" by="looking at everything from outside"
for service in SERVICES:
    task = running("shop", service)[0]
    if cloud.path("internet", task["interface"], PORT).reachable:
        findings["service that the internet reaches directly"] = service
    definition = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    if "correct horse" in json.dumps(definition["containerDefinitions"]):
        findings["service with the password in plain text"] = service
    if cloud.image(f"{service}-service:v1.0").user == "":
        findings["service whose image runs as root"] = f"{service}-service"
findings["port that serves the shop without TLS"] = "80"
for role in iam.list_roles()["Roles"]:
    name = role["RoleName"]
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:any-AbCdEf"
    if "execution" in name and cloud.can(name, "secretsmanager:GetSecretValue", secret).data["allowed"]:
        findings["role that may read every secret"] = role["Arn"]
pages = trail.get_paginator("lookup_events").paginate()
for event in (each for page in pages for each in page["Events"]):
    if event["EventName"] == "AuthorizeSecurityGroupIngress":
        identity = json.loads(event["CloudTrailEvent"])["userIdentity"]
        if identity["type"] == "AssumedRole":
            findings["session that opened payment to the VPC"] = identity["arn"].rpartition("/")[2]

# %% wrong="harden-network" slip="the groups only" says="the tasks still have public addresses" replace=[["for service in SERVICES:", "for service in []:"]]

# %% wrong="harden-network" slip="the addresses only" says="the range of the VPC contains the tasks of user" replace=[["if rule[\"IpRanges\"]:", "if False:"]]

# %% wrong="harden-network" slip="everything between services closed" says="order needs its rule"
for name, group in shop["groups"].items():
    if name == "alb":
        continue
    described = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    for rule in described["IpPermissions"]:
        if rule["IpRanges"]:
            too_wide = {
                "IpProtocol": rule["IpProtocol"],
                "FromPort": rule["FromPort"],
                "ToPort": rule["ToPort"],
                "IpRanges": rule["IpRanges"],
            }
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[too_wide])
for service in SERVICES:
    ecs.update_service(
        cluster="shop",
        service=service,
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": shop["private"],
                "securityGroups": [shop["groups"][service]],
                "assignPublicIp": "DISABLED",
            }
        },
    )
ec2.revoke_security_group_ingress(
    GroupId=shop["groups"]["payment"],
    IpPermissions=[
        {
            "IpProtocol": "tcp",
            "FromPort": PORT,
            "ToPort": PORT,
            "UserIdGroupPairs": [{"GroupId": shop["groups"]["order"]}],
        }
    ],
)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-network" slip="the private subnet is thought to be enough" says="the private subnet hides an open security group" replace=[["if rule[\"IpRanges\"]", "if rule[\"IpRanges\"] and rule[\"IpRanges\"][0][\"CidrIp\"] != \"0.0.0.0/0\""]]

# %% wrong="harden-network" slip="the database forgotten" says="the database is reached by the services only" replace=[["== \"alb\"", "in (\"alb\", \"database\")"]]

# %% wrong="harden-network" slip="no task runs any more" says="so none can be looked at" replace=[["assignPublicIp\": \"DISABLED\",\n            }\n        },", "assignPublicIp\": \"DISABLED\",\n            }\n        },\n        desiredCount=0,"]]

# %% right="harden-network" by="boto3 resources: every group emptied and filled again"
network = boto3.resource("ec2")
ids = shop["groups"]
wanted = {name: [(PORT, "alb")] for name in SERVICES}
wanted["payment"].append((PORT, "order"))
wanted["database"] = [(5432, name) for name in SERVICES]
for name, rules in wanted.items():
    group = network.SecurityGroup(ids[name])
    group.revoke_ingress(IpPermissions=group.ip_permissions)
    for port, source in rules:
        pair = [{"GroupId": ids[source]}]
        group.authorize_ingress(
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": pair}]
        )
for name in SERVICES:
    now = ecs.describe_services(cluster="shop", services=[name])["services"][0]
    where = now["networkConfiguration"]["awsvpcConfiguration"]
    if where["assignPublicIp"] == "ENABLED":
        where |= {"subnets": shop["private"], "assignPublicIp": "DISABLED"}
        ecs.update_service(cluster="shop", service=name, networkConfiguration={"awsvpcConfiguration": where})

# %% wrong="harden-roles" slip="wildcards in the actions" says="allows more than one call" replace=[["allowing(action,", "allowing(action.partition(\":\")[0] + \":*\","]]

# %% wrong="harden-roles" slip="one policy for all" says="are one role with three names" replace=[["allowing(action, resource)", "allowing(*map(list, zip(*ACCESS.values())))"]]

# %% wrong="harden-roles" slip="the bucket instead of its objects" says="its role does not allow its own call" replace=[["allowing(action, resource)", "allowing(action, resource.removesuffix(\"/*\"))"]]

# %% wrong="harden-roles" slip="the old role left as it was" says="brings it back" replace=[["iam.delete_role_policy(RoleName=\"shop-task\", PolicyName=\"everything\")", ""], ["iam.delete_role(RoleName=\"shop-task\")", ""]]

# %% wrong="harden-roles" slip="roles made, not deployed" says="all tasks still run with the role shop-task" replace=[["revise(service, lambda new, role=role: new.update(taskRoleArn=role))", "pass"], ["iam.delete_role_policy(RoleName=\"shop-task\", PolicyName=\"everything\")", ""], ["iam.delete_role(RoleName=\"shop-task\")", ""]]

# %% right="harden-roles" by="other names, a managed policy each, the old role only emptied"
for service in SERVICES:
    action, resource = ACCESS[service]
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    role = iam.create_role(
        RoleName=f"svc-{service}",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
    )["Role"]["Arn"]
    policy = iam.create_policy(
        PolicyName=f"svc-{service}",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=f"svc-{service}", PolicyArn=policy)
    revise(service, lambda new, role=role: new.update(taskRoleArn=role))
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
iam.delete_role_policy(RoleName="shop-task", PolicyName="everything")

# %% wrong="harden-secrets" slip="rotated, and not deployed" says="after a rotation deploy them anew" replace=[["secrets.rotate_secret(", "rotation = dict("], ["services=SERVICES)", "services=SERVICES)\nsecrets.rotate_secret(**rotation)"]]

# %% wrong="harden-secrets" slip="moved, and not rotated" says="a secret that has leaked stays leaked" replace=[["secrets.rotate_secret(", "dict("]]

# %% wrong="harden-secrets" slip="a new value by hand" says="a new value put by hand is new once" replace=[["rotate_secret(\n    SecretId=shop[\"secret\"],\n    RotationLambdaARN=ROTATION,\n    RotationRules={\"AutomaticallyAfterDays\": DAYS},\n", "put_secret_value(SecretId=shop[\"secret\"], SecretString=\"another one\""]]

# %% wrong="harden-secrets" slip="every secret still" says="the resource is still `*`" replace=[["GetSecretValue\", shop[\"secret\"])", "GetSecretValue\", \"*\")"]]

# %% wrong="harden-secrets" slip="old revisions left" says="a rollback would bring the password back" replace=[["ecs.deregister_task_definition(taskDefinition=revision)", "pass"]]

# %% right="harden-secrets" by="a rate, and a wildcard for the six characters of the ARN"
def from_the_secret(new):
    """Take the password out of the environment."""
    container = new["containerDefinitions"][0]
    container["environment"] = []
    container["secrets"] = [{"name": "DATABASE_PASSWORD", "valueFrom": shop["secret"]}]


allowed = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": shop["secret"][:-6] + "??????",
}
iam.put_role_policy(
    RoleName="shop-execution",
    PolicyName="secrets",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
)
secrets.rotate_secret(
    SecretId=shop["secret"],
    RotationLambdaARN=ROTATION,
    RotationRules={"AutomaticallyAfterDays": DAYS, "Duration": "3h"},
)
for service in SERVICES:
    old = ecs.list_task_definitions(familyPrefix=service, status="ACTIVE")["taskDefinitionArns"]
    revise(service, from_the_secret)
    for revision in old:
        ecs.deregister_task_definition(taskDefinition=revision)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-https" slip="302" says="browsers ask in clear again" replace=[["HTTP_301", "HTTP_302"]]

# %% wrong="harden-https" slip="the plain listener deleted" says="now finds nobody"
elb.delete_listener(ListenerArn=shop["listeners"]["http"])
elb.modify_listener(
    ListenerArn=shop["listeners"]["https"], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06"
)

# %% wrong="harden-https" slip="the old policy left" says="TLS 1.0 and 1.1 are refused" replace=[["\"ELBSecurityPolicy-TLS13-1-2-2021-06\"", "\"ELBSecurityPolicy-2016-08\""]]

# %% wrong="harden-https" slip="everything to the front page" says="path and query string are kept" replace=[["\"StatusCode\": \"HTTP_301\"", "\"StatusCode\": \"HTTP_301\", \"Path\": \"/\", \"Query\": \"\""]]

# %% right="harden-https" by="the aws command"
HTTP, HTTPS = shop["listeners"]["http"], shop["listeners"]["https"]
action = json.dumps(
    [
        {
            "Type": "redirect",
            "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"},
        }
    ]
)
# !aws elbv2 modify-listener --listener-arn {HTTP} --default-actions '{action}'
# !aws elbv2 modify-listener --listener-arn {HTTPS} --ssl-policy ELBSecurityPolicy-TLS13-1-2-2021-06

# %% wrong="harden-images" slip="pushed, and not deployed" says="a pushed image runs nowhere" replace=[["revise(root, newer)", ""]]

# %% wrong="harden-images" slip="the old tag moved" says="v1.0 was moved to another image" replace=[["build_image(root, TAG,", "build_image(root, \"v1.0\","], ["revise(root, newer)", "ecs.update_service(cluster=\"shop\", service=root, forceNewDeployment=True)"]]

# %% wrong="harden-images" slip="one repository only" says="a second push of a tag is refused in all three" replace=[["for service in SERVICES:", "for service in [root]:"]]

# %% wrong="harden-images" slip="still root" says="no running task's image runs as root" replace=[["user=\"node\"", "user=\"\""]]

# %% wrong="harden-images" slip="no scan" says="images are scanned when they are pushed" replace=[["\"scanOnPush\": True", "\"scanOnPush\": False"]]

# %% right="harden-images" by="a registry-wide scanning rule, a numeric user, and latest left out"
root = findings["service whose image runs as root"]
build_image(root, TAG, user="1000")
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[
        {
            "scanFrequency": "SCAN_ON_PUSH",
            "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
        }
    ],
)
for service in SERVICES:
    ecr.put_image_tag_mutability(
        repositoryName=f"{service}-service",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "latest"}],
    )


def newer(new):
    """Name the image that does not run as root."""
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{root}-service:{TAG}"
    new["containerDefinitions"][0]["image"] = image


revise(root, newer)

# %% wrong="harden-connect" slip="TLS at the caller" says="what goes to payment is set at payment" replace=[["\"discoveryName\": \"payment\"", "\"discoveryName\": \"order\""], ["\"payment-service\"", "\"order-service\""], ["service=\"payment\"", "service=\"order\""]]

# %% wrong="harden-connect" slip="the principal of tasks" says="this role is used by ECS itself" replace=[["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]]

# %% wrong="harden-connect" slip="the alias lost" says="keep the alias" replace=[["\"clientAliases\": [{\"port\": PORT, \"dnsName\": \"payment-service\"}],", ""]]

# %% wrong="harden-connect" slip="the caller not deployed anew" says="clients learn of it when they are deployed anew" replace=[["ecs.update_service(cluster=\"shop\", service=\"order\", forceNewDeployment=True)", ""]]

# %% wrong="harden-connect" slip="another authority" says="with certificates from AUTHORITY" replace=[["AUTHORITY", "AUTHORITY + \"0\""]]

# %% wrong="harden-connect" slip="a role and nothing else" says="the call from order to payment is encrypted" replace=[["    \"tls\": {\n        \"issuerCertificateAuthority\": {\"awsPcaAuthorityArn\": AUTHORITY},\n        \"roleArn\": infrastructure,\n    },", ""]]

# %% right="harden-connect" by="what the deployment has, and tls added"
made = boto3.resource("iam").create_role(
    RoleName="connect-tls",
    AssumeRolePolicyDocument=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": ["ecs.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            },
        }
    ),
)
now = ecs.describe_services(cluster="shop", services=["payment"])["services"][0]
settings = now["deployments"][0]["serviceConnectConfiguration"]
settings["services"][0]["tls"] = {
    "issuerCertificateAuthority": {"awsPcaAuthorityArn": AUTHORITY}, "roleArn": made.arn,
}
ecs.update_service(cluster="shop", service="payment", serviceConnectConfiguration=settings)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["payment"])
ecs.update_service(cluster="shop", service="order", forceNewDeployment=True)

# %% wrong="harden-records" slip="rejected packets only" says="the intruder's packets did" replace=[["TrafficType=\"ALL\"", "TrafficType=\"REJECT\""]]

# %% wrong="harden-records" slip="accepted packets only" says="leaves out the attempts that failed" replace=[["TrafficType=\"ALL\"", "TrafficType=\"ACCEPT\""]]

# %% wrong="harden-records" slip="one subnet" says="a flow log of the whole VPC" replace=[["\"VPC\"", "\"Subnet\""], ["[shop[\"vpc\"]]", "shop[\"private\"][:1]"]]

# %% wrong="harden-records" slip="a bucket for everybody" says="what suits him" replace=[["{\"Service\": \"logdelivery.elasticloadbalancing.amazonaws.com\"}", "\"*\""]]

# %% wrong="harden-records" slip="no access logs" says="access logs arrive in the bucket" replace=[["\"Value\": \"true\"", "\"Value\": \"false\""]]

# %% right="harden-records" by="the aws command for the flow log, the whole bucket for the service"
VPC = shop["vpc"]
# !aws ec2 create-flow-logs --resource-type VPC --resource-ids {VPC} --traffic-type ALL --log-group-name {FLOW_GROUP} --deliver-logs-permission-arn arn:aws:iam::{ACCOUNT}:role/vpc-flow-logs --max-aggregation-interval 60
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{LOG_BUCKET}/*",
}
s3.put_bucket_policy(
    Bucket=LOG_BUCKET,
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=shop["load_balancer"],
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": LOG_BUCKET},
    ],
)

# %% wrong="harden-runtime" slip="no new deployment" says="deploy them anew" replace=[["for service in SERVICES:", "for service in []:"]]

# %% wrong="harden-runtime" slip="no agent" says="nobody looks into a Fargate task" replace=[["            \"AdditionalConfiguration\": [\n                {\"Name\": \"ECS_FARGATE_AGENT_MANAGEMENT\", \"Status\": \"ENABLED\"}\n            ],", ""]]

# %% wrong="harden-runtime" slip="a detector without the feature" says="Runtime Monitoring is on" replace=[["    Features=[\n        {\n            \"Name\": \"RUNTIME_MONITORING\",\n            \"Status\": \"ENABLED\",\n            \"AdditionalConfiguration\": [\n                {\"Name\": \"ECS_FARGATE_AGENT_MANAGEMENT\", \"Status\": \"ENABLED\"}\n            ],\n        }\n    ],", ""]]

# %% wrong="harden-runtime" slip="one service deployed anew" says="some services were not deployed anew" replace=[["for service in SERVICES:", "for service in [\"user\"]:"]]

# %% right="harden-runtime" by="a detector first, its features later, tasks stopped instead of deployed"
detector = guardduty.create_detector(Enable=True)["DetectorId"]
agent = {"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}
feature = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": [agent]}
guardduty.update_detector(DetectorId=detector, Features=[feature])
for service in SERVICES:
    for task in running("shop", service):
        ecs.stop_task(cluster="shop", task=task["taskArn"], reason="start again with the agent")
        ecs.get_waiter("services_stable").wait(cluster="shop", services=[service])
