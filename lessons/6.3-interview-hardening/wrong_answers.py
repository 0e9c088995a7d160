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

# %% wrong="find-weaknesses" slip="the task role" says="which role does ECS use before a container starts?"
for service in SERVICES:
    found = ecs.describe_services(cluster="shop", services=[service])["services"][0]
    network = found["networkConfiguration"]["awsvpcConfiguration"]
    if network["assignPublicIp"] == "ENABLED":
        findings["service that the internet reaches directly"] = service
    definition = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    if definition["containerDefinitions"][0]["environment"]:
        findings["service with the password in plain text"] = service
    if not cloud.image(f"{service}-service:v1.0").user:
        findings["service whose image runs as root"] = service
findings["port that serves the shop without TLS"] = 80
findings["role that may read every secret"] = "shop-task"
opened = [{"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}]
for event in trail.lookup_events(LookupAttributes=opened)["Events"]:
    if event["Username"] != "administrator":
        findings["session that opened payment to the VPC"] = event["Username"]

# %% wrong="find-weaknesses" slip="the port that ends TLS" says="443 ends TLS"
for service in SERVICES:
    found = ecs.describe_services(cluster="shop", services=[service])["services"][0]
    network = found["networkConfiguration"]["awsvpcConfiguration"]
    if network["assignPublicIp"] == "ENABLED":
        findings["service that the internet reaches directly"] = service
    definition = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    if definition["containerDefinitions"][0]["environment"]:
        findings["service with the password in plain text"] = service
    if not cloud.image(f"{service}-service:v1.0").user:
        findings["service whose image runs as root"] = service
findings["port that serves the shop without TLS"] = 443
findings["role that may read every secret"] = "shop-execution"
opened = [{"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}]
for event in trail.lookup_events(LookupAttributes=opened)["Events"]:
    if event["Username"] != "administrator":
        findings["session that opened payment to the VPC"] = event["Username"]

# %% wrong="find-weaknesses" slip="the first event" says="the administrator made the rules that belong there"
for service in SERVICES:
    found = ecs.describe_services(cluster="shop", services=[service])["services"][0]
    network = found["networkConfiguration"]["awsvpcConfiguration"]
    if network["assignPublicIp"] == "ENABLED":
        findings["service that the internet reaches directly"] = service
    definition = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    if definition["containerDefinitions"][0]["environment"]:
        findings["service with the password in plain text"] = service
    if not cloud.image(f"{service}-service:v1.0").user:
        findings["service whose image runs as root"] = service
findings["port that serves the shop without TLS"] = 80
findings["role that may read every secret"] = "shop-execution"
opened = [{"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}]
for event in trail.lookup_events(LookupAttributes=opened)["Events"]:
    if event["Username"] == "administrator":
        findings["session that opened payment to the VPC"] = event["Username"]

# %% wrong="find-weaknesses" slip="the role instead of its session" says="a role is not a session"
for service in SERVICES:
    found = ecs.describe_services(cluster="shop", services=[service])["services"][0]
    network = found["networkConfiguration"]["awsvpcConfiguration"]
    if network["assignPublicIp"] == "ENABLED":
        findings["service that the internet reaches directly"] = service
    definition = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    if definition["containerDefinitions"][0]["environment"]:
        findings["service with the password in plain text"] = service
    if not cloud.image(f"{service}-service:v1.0").user:
        findings["service whose image runs as root"] = service
findings["port that serves the shop without TLS"] = 80
findings["role that may read every secret"] = "shop-execution"
opened = [{"AttributeKey": "EventName", "AttributeValue": "AuthorizeSecurityGroupIngress"}]
for event in trail.lookup_events(LookupAttributes=opened)["Events"]:
    if event["Username"] != "administrator":
        findings["session that opened payment to the VPC"] = "contractor"

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

# %% wrong="harden-network" slip="the groups only" says="the tasks still have public addresses"
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
for service in []:
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
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-network" slip="the addresses only" says="the range of the VPC contains the tasks of user"
for name, group in shop["groups"].items():
    if name == "alb":
        continue
    described = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    for rule in described["IpPermissions"]:
        if False:
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
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

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

# %% wrong="harden-network" slip="the private subnet is thought to be enough" says="the private subnet hides an open security group"
for name, group in shop["groups"].items():
    if name == "alb":
        continue
    described = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    for rule in described["IpPermissions"]:
        if rule["IpRanges"] and rule["IpRanges"][0]["CidrIp"] != "0.0.0.0/0":
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
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-network" slip="the database forgotten" says="the database is reached by the services only"
for name, group in shop["groups"].items():
    if name in ("alb", "database"):
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
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

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

# %% wrong="harden-roles" slip="wildcards in the actions" says="allows more than one call"
def revise(service, change):
    """Register the task definition anew with a change, and deploy it."""
    old = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    kept = (
        "family",
        "networkMode",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "containerDefinitions",
    )
    new = {key: old[key] for key in kept} | {"requiresCompatibilities": ["FARGATE"]}
    change(new)
    ecs.register_task_definition(**new)
    ecs.update_service(cluster="shop", service=service, taskDefinition=service)


for service in SERVICES:
    action, resource = ACCESS[service]
    action = action.partition(":")[0] + ":*"
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    role = iam.create_role(
        RoleName=f"{service}-task",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=f"{service}-task",
        PolicyName="own-data",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    revise(service, lambda new, role=role: new.update(taskRoleArn=role))
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
iam.delete_role_policy(RoleName="shop-task", PolicyName="everything")
iam.delete_role(RoleName="shop-task")

# %% wrong="harden-roles" slip="one policy for all" says="are one role with three names"
def revise(service, change):
    """Register the task definition anew with a change, and deploy it."""
    old = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    kept = (
        "family",
        "networkMode",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "containerDefinitions",
    )
    new = {key: old[key] for key in kept} | {"requiresCompatibilities": ["FARGATE"]}
    change(new)
    ecs.register_task_definition(**new)
    ecs.update_service(cluster="shop", service=service, taskDefinition=service)


for service in SERVICES:
    action, resource = ACCESS[service]
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allowed = {
        "Effect": "Allow",
        "Action": [each for each, _ in ACCESS.values()],
        "Resource": [each for _, each in ACCESS.values()],
    }
    role = iam.create_role(
        RoleName=f"{service}-task",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=f"{service}-task",
        PolicyName="own-data",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    revise(service, lambda new, role=role: new.update(taskRoleArn=role))
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
iam.delete_role_policy(RoleName="shop-task", PolicyName="everything")
iam.delete_role(RoleName="shop-task")

# %% wrong="harden-roles" slip="the bucket instead of its objects" says="its role does not allow its own call"
def revise(service, change):
    """Register the task definition anew with a change, and deploy it."""
    old = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    kept = (
        "family",
        "networkMode",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "containerDefinitions",
    )
    new = {key: old[key] for key in kept} | {"requiresCompatibilities": ["FARGATE"]}
    change(new)
    ecs.register_task_definition(**new)
    ecs.update_service(cluster="shop", service=service, taskDefinition=service)


for service in SERVICES:
    action, resource = ACCESS[service]
    resource = resource.removesuffix("/*")
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    role = iam.create_role(
        RoleName=f"{service}-task",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=f"{service}-task",
        PolicyName="own-data",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    revise(service, lambda new, role=role: new.update(taskRoleArn=role))
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
iam.delete_role_policy(RoleName="shop-task", PolicyName="everything")
iam.delete_role(RoleName="shop-task")

# %% wrong="harden-roles" slip="the old role left as it was" says="brings it back"
def revise(service, change):
    """Register the task definition anew with a change, and deploy it."""
    old = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    kept = (
        "family",
        "networkMode",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "containerDefinitions",
    )
    new = {key: old[key] for key in kept} | {"requiresCompatibilities": ["FARGATE"]}
    change(new)
    ecs.register_task_definition(**new)
    ecs.update_service(cluster="shop", service=service, taskDefinition=service)


for service in SERVICES:
    action, resource = ACCESS[service]
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    role = iam.create_role(
        RoleName=f"{service}-task",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=f"{service}-task",
        PolicyName="own-data",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    revise(service, lambda new, role=role: new.update(taskRoleArn=role))
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-roles" slip="roles made, not deployed" says="all tasks still run with the role shop-task"
def revise(service, change):
    """Register the task definition anew with a change, and deploy it."""
    old = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    kept = (
        "family",
        "networkMode",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "containerDefinitions",
    )
    new = {key: old[key] for key in kept} | {"requiresCompatibilities": ["FARGATE"]}
    change(new)
    ecs.register_task_definition(**new)
    ecs.update_service(cluster="shop", service=service, taskDefinition=service)


for service in SERVICES:
    action, resource = ACCESS[service]
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    role = iam.create_role(
        RoleName=f"{service}-task",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=f"{service}-task",
        PolicyName="own-data",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% right="harden-roles" by="other names, a managed policy each, the old role only emptied"
def revise(service, change):
    """Register the task definition anew with a change, and deploy it."""
    old = ecs.describe_task_definition(taskDefinition=service)["taskDefinition"]
    kept = (
        "family",
        "networkMode",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "containerDefinitions",
    )
    new = {key: old[key] for key in kept} | {"requiresCompatibilities": ["FARGATE"]}
    change(new)
    ecs.register_task_definition(**new)
    ecs.update_service(cluster="shop", service=service, taskDefinition=service)


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

# %% wrong="harden-secrets" slip="rotated, and not deployed" says="after a rotation deploy them anew"
def from_the_secret(new):
    """Take the password out of the environment."""
    container = new["containerDefinitions"][0]
    container["environment"] = []
    container["secrets"] = [{"name": "DATABASE_PASSWORD", "valueFrom": shop["secret"]}]


allowed = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": shop["secret"],
}
iam.put_role_policy(
    RoleName="shop-execution",
    PolicyName="secrets",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
)
for service in SERVICES:
    old = ecs.list_task_definitions(familyPrefix=service, status="ACTIVE")["taskDefinitionArns"]
    revise(service, from_the_secret)
    for revision in old:
        ecs.deregister_task_definition(taskDefinition=revision)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)
secrets.rotate_secret(
    SecretId=shop["secret"],
    RotationLambdaARN=ROTATION,
    RotationRules={"AutomaticallyAfterDays": DAYS},
)

# %% wrong="harden-secrets" slip="moved, and not rotated" says="a secret that has leaked stays leaked"
def from_the_secret(new):
    """Take the password out of the environment."""
    container = new["containerDefinitions"][0]
    container["environment"] = []
    container["secrets"] = [{"name": "DATABASE_PASSWORD", "valueFrom": shop["secret"]}]


allowed = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": shop["secret"],
}
iam.put_role_policy(
    RoleName="shop-execution",
    PolicyName="secrets",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
)
for service in SERVICES:
    old = ecs.list_task_definitions(familyPrefix=service, status="ACTIVE")["taskDefinitionArns"]
    revise(service, from_the_secret)
    for revision in old:
        ecs.deregister_task_definition(taskDefinition=revision)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-secrets" slip="a new value by hand" says="a new value put by hand is new once"
def from_the_secret(new):
    """Take the password out of the environment."""
    container = new["containerDefinitions"][0]
    container["environment"] = []
    container["secrets"] = [{"name": "DATABASE_PASSWORD", "valueFrom": shop["secret"]}]


allowed = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": shop["secret"],
}
iam.put_role_policy(
    RoleName="shop-execution",
    PolicyName="secrets",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
)
secrets.put_secret_value(SecretId=shop["secret"], SecretString="another one")
for service in SERVICES:
    old = ecs.list_task_definitions(familyPrefix=service, status="ACTIVE")["taskDefinitionArns"]
    revise(service, from_the_secret)
    for revision in old:
        ecs.deregister_task_definition(taskDefinition=revision)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-secrets" slip="every secret still" says="the resource is still `*`"
def from_the_secret(new):
    """Take the password out of the environment."""
    container = new["containerDefinitions"][0]
    container["environment"] = []
    container["secrets"] = [{"name": "DATABASE_PASSWORD", "valueFrom": shop["secret"]}]


allowed = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "*",
}
iam.put_role_policy(
    RoleName="shop-execution",
    PolicyName="secrets",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
)
secrets.rotate_secret(
    SecretId=shop["secret"],
    RotationLambdaARN=ROTATION,
    RotationRules={"AutomaticallyAfterDays": DAYS},
)
for service in SERVICES:
    old = ecs.list_task_definitions(familyPrefix=service, status="ACTIVE")["taskDefinitionArns"]
    revise(service, from_the_secret)
    for revision in old:
        ecs.deregister_task_definition(taskDefinition=revision)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-secrets" slip="old revisions left" says="a rollback would bring the password back"
def from_the_secret(new):
    """Take the password out of the environment."""
    container = new["containerDefinitions"][0]
    container["environment"] = []
    container["secrets"] = [{"name": "DATABASE_PASSWORD", "valueFrom": shop["secret"]}]


allowed = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": shop["secret"],
}
iam.put_role_policy(
    RoleName="shop-execution",
    PolicyName="secrets",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
)
secrets.rotate_secret(
    SecretId=shop["secret"],
    RotationLambdaARN=ROTATION,
    RotationRules={"AutomaticallyAfterDays": DAYS},
)
for service in SERVICES:
    old = ecs.list_task_definitions(familyPrefix=service, status="ACTIVE")["taskDefinitionArns"]
    revise(service, from_the_secret)
    for revision in old:
        pass
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

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

# %% wrong="harden-https" slip="302" says="browsers ask in clear again"
to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_302"}
elb.modify_listener(
    ListenerArn=shop["listeners"]["http"],
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
elb.modify_listener(
    ListenerArn=shop["listeners"]["https"], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06"
)

# %% wrong="harden-https" slip="the plain listener deleted" says="now finds nobody"
elb.delete_listener(ListenerArn=shop["listeners"]["http"])
elb.modify_listener(
    ListenerArn=shop["listeners"]["https"], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06"
)

# %% wrong="harden-https" slip="the old policy left" says="TLS 1.0 and 1.1 are refused"
to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
elb.modify_listener(
    ListenerArn=shop["listeners"]["http"],
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)

# %% wrong="harden-https" slip="everything to the front page" says="path and query string are kept"
to_https = {"Protocol": "HTTPS", "Port": "443", "Path": "/", "Query": "", "StatusCode": "HTTP_301"}
elb.modify_listener(
    ListenerArn=shop["listeners"]["http"],
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
elb.modify_listener(
    ListenerArn=shop["listeners"]["https"], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06"
)

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

# %% wrong="harden-images" slip="pushed, and not deployed" says="a pushed image runs nowhere"
root = findings["service whose image runs as root"]
build_image(root, TAG, user="node")


def newer(new):
    """Name the image that does not run as root."""
    container = new["containerDefinitions"][0]
    container["image"] = container["image"].rpartition(":")[0] + ":" + TAG


for service in SERVICES:
    repository = f"{service}-service"
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName=repository, imageScanningConfiguration={"scanOnPush": True}
    )
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-images" slip="the old tag moved" says="v1.0 was moved to another image"
root = findings["service whose image runs as root"]
build_image(root, "v1.0", user="node")


def newer(new):
    """Name the image that does not run as root."""
    container = new["containerDefinitions"][0]
    container["image"] = container["image"].rpartition(":")[0] + ":" + TAG


ecs.update_service(cluster="shop", service=root, forceNewDeployment=True)
for service in SERVICES:
    repository = f"{service}-service"
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName=repository, imageScanningConfiguration={"scanOnPush": True}
    )
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-images" slip="one repository only" says="a second push of a tag is refused in all three"
root = findings["service whose image runs as root"]
build_image(root, TAG, user="node")


def newer(new):
    """Name the image that does not run as root."""
    container = new["containerDefinitions"][0]
    container["image"] = container["image"].rpartition(":")[0] + ":" + TAG


revise(root, newer)
for service in [root]:
    repository = f"{service}-service"
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName=repository, imageScanningConfiguration={"scanOnPush": True}
    )
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-images" slip="still root" says="no running task's image runs as root"
root = findings["service whose image runs as root"]
build_image(root, TAG, user="")


def newer(new):
    """Name the image that does not run as root."""
    container = new["containerDefinitions"][0]
    container["image"] = container["image"].rpartition(":")[0] + ":" + TAG


revise(root, newer)
for service in SERVICES:
    repository = f"{service}-service"
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName=repository, imageScanningConfiguration={"scanOnPush": True}
    )
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-images" slip="no scan" says="images are scanned when they are pushed"
root = findings["service whose image runs as root"]
build_image(root, TAG, user="node")


def newer(new):
    """Name the image that does not run as root."""
    container = new["containerDefinitions"][0]
    container["image"] = container["image"].rpartition(":")[0] + ":" + TAG


revise(root, newer)
for service in SERVICES:
    repository = f"{service}-service"
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName=repository, imageScanningConfiguration={"scanOnPush": False}
    )
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

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

# %% wrong="harden-connect" slip="TLS at the caller" says="what goes to payment is set at payment"
trusted = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
infrastructure = iam.create_role(
    RoleName="connect-tls",
    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
)["Role"]["Arn"]
iam.attach_role_policy(
    RoleName="connect-tls",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
)
entry = {
    "portName": "http",
    "discoveryName": "order",
    "clientAliases": [{"port": PORT, "dnsName": "order-service"}],
    "tls": {
        "issuerCertificateAuthority": {"awsPcaAuthorityArn": AUTHORITY},
        "roleArn": infrastructure,
    },
}
ecs.update_service(
    cluster="shop",
    service="order",
    serviceConnectConfiguration={"enabled": True, "namespace": "shop", "services": [entry]},
)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["payment"])
ecs.update_service(cluster="shop", service="order", forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["order"])

# %% wrong="harden-connect" slip="the principal of tasks" says="this role is used by ECS itself"
trusted = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
infrastructure = iam.create_role(
    RoleName="connect-tls",
    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
)["Role"]["Arn"]
iam.attach_role_policy(
    RoleName="connect-tls",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
)
entry = {
    "portName": "http",
    "discoveryName": "payment",
    "clientAliases": [{"port": PORT, "dnsName": "payment-service"}],
    "tls": {
        "issuerCertificateAuthority": {"awsPcaAuthorityArn": AUTHORITY},
        "roleArn": infrastructure,
    },
}
ecs.update_service(
    cluster="shop",
    service="payment",
    serviceConnectConfiguration={"enabled": True, "namespace": "shop", "services": [entry]},
)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["payment"])
ecs.update_service(cluster="shop", service="order", forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["order"])

# %% wrong="harden-connect" slip="the alias lost" says="keep the alias"
trusted = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
infrastructure = iam.create_role(
    RoleName="connect-tls",
    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
)["Role"]["Arn"]
iam.attach_role_policy(
    RoleName="connect-tls",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
)
entry = {
    "portName": "http",
    "discoveryName": "payment",
    "tls": {
        "issuerCertificateAuthority": {"awsPcaAuthorityArn": AUTHORITY},
        "roleArn": infrastructure,
    },
}
ecs.update_service(
    cluster="shop",
    service="payment",
    serviceConnectConfiguration={"enabled": True, "namespace": "shop", "services": [entry]},
)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["payment"])
ecs.update_service(cluster="shop", service="order", forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["order"])

# %% wrong="harden-connect" slip="the caller not deployed anew" says="clients learn of it when they are deployed anew"
trusted = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
infrastructure = iam.create_role(
    RoleName="connect-tls",
    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
)["Role"]["Arn"]
iam.attach_role_policy(
    RoleName="connect-tls",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
)
entry = {
    "portName": "http",
    "discoveryName": "payment",
    "clientAliases": [{"port": PORT, "dnsName": "payment-service"}],
    "tls": {
        "issuerCertificateAuthority": {"awsPcaAuthorityArn": AUTHORITY},
        "roleArn": infrastructure,
    },
}
ecs.update_service(
    cluster="shop",
    service="payment",
    serviceConnectConfiguration={"enabled": True, "namespace": "shop", "services": [entry]},
)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["payment"])
ecs.get_waiter("services_stable").wait(cluster="shop", services=["order"])

# %% wrong="harden-connect" slip="another authority" says="with certificates from AUTHORITY"
trusted = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
infrastructure = iam.create_role(
    RoleName="connect-tls",
    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
)["Role"]["Arn"]
iam.attach_role_policy(
    RoleName="connect-tls",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
)
entry = {
    "portName": "http",
    "discoveryName": "payment",
    "clientAliases": [{"port": PORT, "dnsName": "payment-service"}],
    "tls": {
        "issuerCertificateAuthority": {"awsPcaAuthorityArn": AUTHORITY + "0"},
        "roleArn": infrastructure,
    },
}
ecs.update_service(
    cluster="shop",
    service="payment",
    serviceConnectConfiguration={"enabled": True, "namespace": "shop", "services": [entry]},
)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["payment"])
ecs.update_service(cluster="shop", service="order", forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["order"])

# %% wrong="harden-connect" slip="a role and nothing else" says="the call from order to payment is encrypted"
trusted = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
infrastructure = iam.create_role(
    RoleName="connect-tls",
    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
)["Role"]["Arn"]
iam.attach_role_policy(
    RoleName="connect-tls",
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
)
entry = {
    "portName": "http",
    "discoveryName": "payment",
    "clientAliases": [{"port": PORT, "dnsName": "payment-service"}],
}
ecs.update_service(
    cluster="shop",
    service="payment",
    serviceConnectConfiguration={"enabled": True, "namespace": "shop", "services": [entry]},
)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["payment"])
ecs.update_service(cluster="shop", service="order", forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=["order"])

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

# %% wrong="harden-records" slip="rejected packets only" says="the intruder's packets did"
ec2.create_flow_logs(
    ResourceType="VPC",
    ResourceIds=[shop["vpc"]],
    TrafficType="REJECT",
    LogGroupName=FLOW_GROUP,
    DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/vpc-flow-logs",
    MaxAggregationInterval=60,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{LOG_BUCKET}/AWSLogs/{ACCOUNT}/*",
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

# %% wrong="harden-records" slip="accepted packets only" says="leaves out the attempts that failed"
ec2.create_flow_logs(
    ResourceType="VPC",
    ResourceIds=[shop["vpc"]],
    TrafficType="ACCEPT",
    LogGroupName=FLOW_GROUP,
    DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/vpc-flow-logs",
    MaxAggregationInterval=60,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{LOG_BUCKET}/AWSLogs/{ACCOUNT}/*",
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

# %% wrong="harden-records" slip="one subnet" says="a flow log of the whole VPC"
ec2.create_flow_logs(
    ResourceType="Subnet",
    ResourceIds=shop["private"][:1],
    TrafficType="ALL",
    LogGroupName=FLOW_GROUP,
    DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/vpc-flow-logs",
    MaxAggregationInterval=60,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{LOG_BUCKET}/AWSLogs/{ACCOUNT}/*",
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

# %% wrong="harden-records" slip="a bucket for everybody" says="what suits him"
ec2.create_flow_logs(
    ResourceType="VPC",
    ResourceIds=[shop["vpc"]],
    TrafficType="ALL",
    LogGroupName=FLOW_GROUP,
    DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/vpc-flow-logs",
    MaxAggregationInterval=60,
)
may_write = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{LOG_BUCKET}/AWSLogs/{ACCOUNT}/*",
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

# %% wrong="harden-records" slip="no access logs" says="access logs arrive in the bucket"
ec2.create_flow_logs(
    ResourceType="VPC",
    ResourceIds=[shop["vpc"]],
    TrafficType="ALL",
    LogGroupName=FLOW_GROUP,
    DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/vpc-flow-logs",
    MaxAggregationInterval=60,
)
may_write = {
    "Effect": "Allow",
    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::{LOG_BUCKET}/AWSLogs/{ACCOUNT}/*",
}
s3.put_bucket_policy(
    Bucket=LOG_BUCKET,
    Policy=json.dumps({"Version": "2012-10-17", "Statement": [may_write]}),
)
elb.modify_load_balancer_attributes(
    LoadBalancerArn=shop["load_balancer"],
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "false"},
        {"Key": "access_logs.s3.bucket", "Value": LOG_BUCKET},
    ],
)

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

# %% wrong="harden-runtime" slip="no new deployment" says="deploy them anew"
guardduty.create_detector(
    Enable=True,
    Features=[
        {
            "Name": "RUNTIME_MONITORING",
            "Status": "ENABLED",
            "AdditionalConfiguration": [
                {"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}
            ],
        }
    ],
)
for service in []:
    ecs.update_service(cluster="shop", service=service, forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-runtime" slip="no agent" says="nobody looks into a Fargate task"
guardduty.create_detector(
    Enable=True,
    Features=[
        {
            "Name": "RUNTIME_MONITORING",
            "Status": "ENABLED",
        }
    ],
)
for service in SERVICES:
    ecs.update_service(cluster="shop", service=service, forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-runtime" slip="a detector without the feature" says="Runtime Monitoring is on"
guardduty.create_detector(
    Enable=True,
)
for service in SERVICES:
    ecs.update_service(cluster="shop", service=service, forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% wrong="harden-runtime" slip="one service deployed anew" says="some services were not deployed anew"
guardduty.create_detector(
    Enable=True,
    Features=[
        {
            "Name": "RUNTIME_MONITORING",
            "Status": "ENABLED",
            "AdditionalConfiguration": [
                {"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}
            ],
        }
    ],
)
for service in ["user"]:
    ecs.update_service(cluster="shop", service=service, forceNewDeployment=True)
ecs.get_waiter("services_stable").wait(cluster="shop", services=SERVICES)

# %% right="harden-runtime" by="a detector first, its features later, tasks stopped instead of deployed"
detector = guardduty.create_detector(Enable=True)["DetectorId"]
agent = {"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}
feature = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": [agent]}
guardduty.update_detector(DetectorId=detector, Features=[feature])
for service in SERVICES:
    for task in running("shop", service):
        ecs.stop_task(cluster="shop", task=task["taskArn"], reason="start again with the agent")
        ecs.get_waiter("services_stable").wait(cluster="shop", services=[service])
