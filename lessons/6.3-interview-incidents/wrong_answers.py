# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
What people answer instead in the incident room, and other right answers.

Wrong answers are proved for the learner grace, so they are about the incidents that are drawn for this name.
"""

# %% wrong="why-stopped" slip="running tasks only" says="list_tasks without desiredStatus"
arns = ecs.list_tasks(cluster=cluster, serviceName=service)["taskArns"]
tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
return [task["stoppedReason"] for task in tasks if task["lastStatus"] == "STOPPED"]

# %% wrong="why-stopped" slip="the task only" says="why is in the container"
arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
return [f"{task.get('stopCode')}; {task.get('stoppedReason')}" for task in tasks]

# %% wrong="why-stopped" slip="every service of the cluster" says="list_tasks takes serviceName"
arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
return [
    f"{task.get('stopCode')}; {task.get('stoppedReason')}; {task['containers']}" for task in tasks
]

# %% wrong="why-stopped" slip="an empty list is asked for" says="InvalidParameterException"
arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
return [
    f"{task.get('stopCode')}; {task.get('stoppedReason')}; {task['containers']}" for task in tasks
]

# %% wrong="why-stopped" slip="written down" says="written down instead of asked for"
return [
    "EssentialContainerExited; Essential container in task exited; OutOfMemoryError; exit code 137"
]

# %% right="why-stopped" by="a paginator, and the whole task as JSON"
pages = ecs.get_paginator("list_tasks").paginate(
    cluster=cluster, serviceName=service, desiredStatus="STOPPED"
)
arns = [arn for page in pages for arn in page["taskArns"]]
found = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
return [json.dumps(task, default=str) for task in found]

# %% wrong="incident-1" slip="the image is blamed" says="if it were image-tag-missing"
diagnosis_1 = {"cause": "image-tag-missing", "evidence": "CannotPullContainerError"}
ecs.update_service(
    cluster=incident_1.cluster, service=incident_1.service, taskDefinition=f"{incident_1.service}:1"
)

# %% wrong="incident-1" slip="the other role" says="a deployment that fails is not the cure"
diagnosis_1 = {
    "cause": "execution-role-may-not-pull",
    "evidence": "not authorized: ecr:GetAuthorizationToken",
}
definition = ecs.describe_task_definition(taskDefinition=incident_1.service)["taskDefinition"]
iam.attach_role_policy(
    RoleName=definition["taskRoleArn"].rpartition("/")[2],
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)

# %% wrong="incident-1" slip="administrator" says="far more than it needs"
diagnosis_1 = {
    "cause": "execution-role-may-not-pull",
    "evidence": "not authorized: ecr:GetAuthorizationToken",
}
definition = ecs.describe_task_definition(taskDefinition=incident_1.service)["taskDefinition"]
iam.attach_role_policy(
    RoleName=definition["executionRoleArn"].rpartition("/")[2],
    PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
)

# %% wrong="incident-1" slip="everything as evidence" says="that is everything at once"
everything = " ".join(why_stopped(incident_1.cluster, incident_1.service) * 3)
diagnosis_1 = {"cause": "execution-role-may-not-pull", "evidence": everything}
definition = ecs.describe_task_definition(taskDefinition=incident_1.service)["taskDefinition"]
iam.attach_role_policy(
    RoleName=definition["executionRoleArn"].rpartition("/")[2],
    PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)

# %% right="incident-1" by="the actions one by one"
definition = ecs.describe_task_definition(taskDefinition=incident_1.service)["taskDefinition"]
role = definition["executionRoleArn"].rpartition("/")[2]
diagnosis_1 = {"cause": "Execution-role-may-not-pull", "evidence": role}
actions = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
]
actions += ["ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"]
statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
iam.put_role_policy(
    RoleName=role,
    PolicyName="start",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
)

# %% wrong="incident-2" slip="the secret is said to be missing" says="if it were secret-does-not-exist"
diagnosis_2 = {"cause": "secret-does-not-exist", "evidence": "did not contain json key"}
ecs.update_service(
    cluster=incident_2.cluster, service=incident_2.service, taskDefinition=f"{incident_2.service}:1"
)

# %% wrong="incident-2" slip="a password in environment" says="a password stands in `environment`"
diagnosis_2 = {"cause": "secret-key-missing", "evidence": "did not contain json key"}
newest = ecs.describe_task_definition(taskDefinition=incident_2.service)["taskDefinition"]
container = newest["containerDefinitions"][0]
container["environment"] = container["environment"] + [
    {"name": "DATABASE_PASSWORD", "value": "correct horse"}
]
container["secrets"] = []
keys = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "executionRoleArn",
    "taskRoleArn",
)
ecs.register_task_definition(**{key: newest[key] for key in keys}, containerDefinitions=[container])
ecs.update_service(
    cluster=incident_2.cluster, service=incident_2.service, taskDefinition=incident_2.service
)

# %% wrong="incident-2" slip="more permissions" says="a wildcard"
diagnosis_2 = {"cause": "secret-key-missing", "evidence": "did not contain json key"}
newest = ecs.describe_task_definition(taskDefinition=incident_2.service)["taskDefinition"]
statement = {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}
iam.put_role_policy(
    RoleName=newest["executionRoleArn"].rpartition("/")[2],
    PolicyName="more",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
)

# %% wrong="incident-2" slip="no evidence" says="the id or name of the one thing that is wrong"
diagnosis_2 = {"cause": "secret-key-missing", "evidence": "something is wrong with the secret"}
ecs.update_service(
    cluster=incident_2.cluster, service=incident_2.service, taskDefinition=f"{incident_2.service}:1"
)

# %% right="incident-2" by="the key put into the secret"
newest = ecs.describe_task_definition(taskDefinition=incident_2.service)["taskDefinition"]
reference = newest["containerDefinitions"][0]["secrets"][0]["valueFrom"]
name, key = reference.split(":secret:")[1].split(":")[:2]
secret = reference.removesuffix(f":{key}::")
secrets.put_secret_value(
    SecretId=secret, SecretString=json.dumps({"password": "correct horse", key: "correct horse"})
)
diagnosis_2 = {"cause": "secret-key-missing", "evidence": reference}

# %% wrong="incident-3" slip="the route is blamed" says="if it were private-route-missing"
diagnosis_3 = {"cause": "private-route-missing", "evidence": "i/o timeout"}
(table, *_) = ec2.describe_route_tables()["RouteTables"]
vpc = elb.describe_load_balancers()["LoadBalancers"][0]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})

# %% wrong="incident-3" slip="public addresses" says="the tasks have public addresses now"
diagnosis_3 = {"cause": "dns-off", "evidence": "enableDnsSupport is false"}
service = ecs.describe_services(cluster=incident_3.cluster, services=[incident_3.service])[
    "services"
][0]
network = service["networkConfiguration"]["awsvpcConfiguration"] | {"assignPublicIp": "ENABLED"}
ecs.update_service(
    cluster=incident_3.cluster,
    service=incident_3.service,
    networkConfiguration={"awsvpcConfiguration": network},
)

# %% wrong="incident-3" slip="the other attribute" says="a request gets 500"
diagnosis_3 = {"cause": "dns-off", "evidence": "enableDnsSupport is false"}
vpc = elb.describe_load_balancers()["LoadBalancers"][0]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})

# %% wrong="incident-3" slip="a symptom as evidence" says="the id or name of the one thing that is wrong"
diagnosis_3 = {"cause": "dns-off", "evidence": "ResourceInitializationError: i/o timeout"}
vpc = elb.describe_load_balancers()["LoadBalancers"][0]["VpcId"]
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})

# %% right="incident-3" by="the aws command"
VPC = elb.describe_load_balancers()["LoadBalancers"][0]["VpcId"]
diagnosis_3 = {"cause": "dns-off", "evidence": VPC}
# !aws ec2 modify-vpc-attribute --vpc-id {VPC} --enable-dns-support '{{"Value": true}}'

# %% wrong="incident-4" slip="memory is blamed" says="if it were too-little-memory"
diagnosis_4 = {"cause": "too-little-memory", "evidence": "failed container health checks"}
ecs.update_service(
    cluster=incident_4.cluster, service=incident_4.service, taskDefinition=f"{incident_4.service}:1"
)

# %% wrong="incident-4" slip="a longer start period" says="a deployment that fails is not the cure"
diagnosis_4 = {"cause": "container-check-wrong", "evidence": "failed container health checks"}
newest = ecs.describe_task_definition(taskDefinition=incident_4.service)["taskDefinition"]
container = newest["containerDefinitions"][0]
container["healthCheck"] |= {"startPeriod": 30}
keys = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "executionRoleArn",
    "taskRoleArn",
)
ecs.register_task_definition(**{key: newest[key] for key in keys}, containerDefinitions=[container])
ecs.update_service(
    cluster=incident_4.cluster, service=incident_4.service, taskDefinition=incident_4.service
)

# %% wrong="incident-4" slip="a check that cannot fail" says="asks nothing of the app"
diagnosis_4 = {"cause": "container-check-wrong", "evidence": "failed container health checks"}
newest = ecs.describe_task_definition(taskDefinition=incident_4.service)["taskDefinition"]
container = newest["containerDefinitions"][0]
container["healthCheck"]["command"] = ["CMD-SHELL", "exit 0"]
keys = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "executionRoleArn",
    "taskRoleArn",
)
ecs.register_task_definition(**{key: newest[key] for key in keys}, containerDefinitions=[container])
ecs.update_service(
    cluster=incident_4.cluster, service=incident_4.service, taskDefinition=incident_4.service
)

# %% wrong="incident-4" slip="the load balancer is blamed" says="if it were health-port-wrong"
diagnosis_4 = {"cause": "health-port-wrong", "evidence": "unhealthy"}
ecs.update_service(
    cluster=incident_4.cluster, service=incident_4.service, taskDefinition=f"{incident_4.service}:1"
)

# %% right="incident-4" by="the check corrected in a new revision"
newest = ecs.describe_task_definition(taskDefinition=incident_4.service)["taskDefinition"]
container = newest["containerDefinitions"][0]
asked = container["healthCheck"]["command"]
port = container["portMappings"][0]["containerPort"]
container["healthCheck"]["command"] = [
    "CMD-SHELL",
    f"wget -q -O - http://localhost:{port}/health || exit 1",
]
keys = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "executionRoleArn",
    "taskRoleArn",
)
ecs.register_task_definition(**{key: newest[key] for key in keys}, containerDefinitions=[container])
ecs.update_service(
    cluster=incident_4.cluster, service=incident_4.service, taskDefinition=incident_4.service
)
diagnosis_4 = {"cause": "container-check-wrong", "evidence": f"the check asks {asked[1]}"}

# %% wrong="incident-5" slip="startPeriod" says="a deployment that fails is not the cure"
diagnosis_5 = {"cause": "grace-period-too-short", "evidence": "Task failed ELB health checks"}
newest = ecs.describe_task_definition(taskDefinition=incident_5.service)["taskDefinition"]
container = newest["containerDefinitions"][0]
port = container["portMappings"][0]["containerPort"]
container["healthCheck"] = {
    "command": ["CMD-SHELL", f"wget -q -O - http://localhost:{port}/health || exit 1"],
    "startPeriod": 300,
}
keys = (
    "family",
    "networkMode",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "executionRoleArn",
    "taskRoleArn",
)
ecs.register_task_definition(**{key: newest[key] for key in keys}, containerDefinitions=[container])
ecs.update_service(
    cluster=incident_5.cluster, service=incident_5.service, taskDefinition=incident_5.service
)

# %% wrong="incident-5" slip="a little longer" says="a deployment that fails is not the cure"
diagnosis_5 = {"cause": "grace-period-too-short", "evidence": "healthCheckGracePeriodSeconds is 20"}
ecs.update_service(
    cluster=incident_5.cluster, service=incident_5.service, healthCheckGracePeriodSeconds=60
)

# %% wrong="incident-5" slip="the path is blamed" says="if it were health-path-wrong"
diagnosis_5 = {"cause": "health-path-wrong", "evidence": "Task failed ELB health checks"}
ecs.update_service(
    cluster=incident_5.cluster, service=incident_5.service, healthCheckGracePeriodSeconds=300
)

# %% wrong="incident-5" slip="a grace period of a day" says="so long that a task that broke is kept"
diagnosis_5 = {"cause": "grace-period-too-short", "evidence": "healthCheckGracePeriodSeconds is 20"}
ecs.update_service(
    cluster=incident_5.cluster, service=incident_5.service, healthCheckGracePeriodSeconds=86400
)

# %% right="incident-5" by="the aws command"
CLUSTER, SERVICE = incident_5.cluster, incident_5.service
# !aws ecs update-service --cluster {CLUSTER} --service {SERVICE} --health-check-grace-period-seconds 400 --query service.status
diagnosis_5 = {"cause": "grace-period-too-short", "evidence": "the grace period of 20 seconds"}

# %% wrong="incident-6" slip="open to the world" says="lets the whole internet in on port"
service = ecs.describe_services(cluster=incident_6.cluster, services=[incident_6.service])[
    "services"
][0]
tasks = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"][0]
port = service["loadBalancers"][0]["containerPort"]
diagnosis_6 = {"cause": "task-inbound-closed", "evidence": tasks}
ec2.authorize_security_group_ingress(
    GroupId=tasks, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
)

# %% wrong="incident-6" slip="the ACL is blamed" says="if it were network-acl-denies"
service = ecs.describe_services(cluster=incident_6.cluster, services=[incident_6.service])[
    "services"
][0]
tasks = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"][0]
diagnosis_6 = {"cause": "network-acl-denies", "evidence": "Target.Timeout"}

# %% wrong="incident-6" slip="the load balancer's group" says="the targets are"
service = ecs.describe_services(cluster=incident_6.cluster, services=[incident_6.service])[
    "services"
][0]
tasks = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"][0]
port = service["loadBalancers"][0]["containerPort"]
front = elb.describe_load_balancers()["LoadBalancers"][0]["SecurityGroups"][0]
diagnosis_6 = {"cause": "task-inbound-closed", "evidence": tasks}
pair = [{"GroupId": tasks}]
ec2.authorize_security_group_ingress(
    GroupId=front,
    IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": pair}
    ],
)

# %% wrong="incident-6" slip="a check that takes everything" says="an app that answers errors counts as healthy"
service = ecs.describe_services(cluster=incident_6.cluster, services=[incident_6.service])[
    "services"
][0]
tasks = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"][0]
diagnosis_6 = {"cause": "task-inbound-closed", "evidence": tasks}
elb.modify_target_group(
    TargetGroupArn=service["loadBalancers"][0]["targetGroupArn"], Matcher={"HttpCode": "200-499"}
)

# %% right="incident-6" by="the load balancer's subnets as the source"
service = ecs.describe_services(cluster=incident_6.cluster, services=[incident_6.service])[
    "services"
][0]
tasks = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"][0]
port = service["loadBalancers"][0]["containerPort"]
zones = elb.describe_load_balancers()["LoadBalancers"][0]["AvailabilityZones"]
subnets = ec2.describe_subnets(SubnetIds=[zone["SubnetId"] for zone in zones])["Subnets"]
ranges = [{"CidrIp": subnet["CidrBlock"]} for subnet in subnets]
ec2.authorize_security_group_ingress(
    GroupId=tasks,
    IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}],
)
diagnosis_6 = {"cause": "task-inbound-closed", "evidence": f"{tasks} has no inbound rule"}

# %% wrong="incident-7" slip="more tasks" says="the targets are unused"
listener_arn = elb.describe_listeners(
    LoadBalancerArn=elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
)["Listeners"][0]["ListenerArn"]
diagnosis_7 = {"cause": "forwards-to-empty-group", "evidence": listener_arn}
ecs.update_service(cluster=incident_7.cluster, service=incident_7.service, desiredCount=4)

# %% wrong="incident-7" slip="the count is blamed" says="if it were scaled-to-zero"
diagnosis_7 = {"cause": "scaled-to-zero", "evidence": "503"}
ecs.update_service(cluster=incident_7.cluster, service=incident_7.service, desiredCount=2)

# %% wrong="incident-7" slip="targets registered by hand" says="the targets are unused"
balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]
empty = listener["DefaultActions"][0]["TargetGroupArn"]
service = ecs.describe_services(cluster=incident_7.cluster, services=[incident_7.service])[
    "services"
][0]
own = service["loadBalancers"][0]["targetGroupArn"]
targets = elb.describe_target_health(TargetGroupArn=own)["TargetHealthDescriptions"]
elb.register_targets(
    TargetGroupArn=empty,
    Targets=[{"Id": each["Target"]["Id"], "Port": each["Target"]["Port"]} for each in targets],
)
diagnosis_7 = {"cause": "forwards-to-empty-group", "evidence": empty}

# %% wrong="incident-7" slip="an answer without an app" says="the targets are unused"
balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]
diagnosis_7 = {"cause": "forwards-to-empty-group", "evidence": listener["ListenerArn"]}
page = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "all is well"}
elb.modify_listener(
    ListenerArn=listener["ListenerArn"],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": page}],
)

# %% right="incident-7" by="a forward with weights"
balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]
empty = listener["DefaultActions"][0]["TargetGroupArn"]
service = ecs.describe_services(cluster=incident_7.cluster, services=[incident_7.service])[
    "services"
][0]
groups = [{"TargetGroupArn": service["loadBalancers"][0]["targetGroupArn"], "Weight": 1}]
groups.append({"TargetGroupArn": empty, "Weight": 0})
elb.modify_listener(
    ListenerArn=listener["ListenerArn"],
    DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
)
diagnosis_7 = {"cause": "forwards-to-empty-group", "evidence": empty}

# %% wrong="incident-8" slip="everything is allowed" says="a wildcard"
definition = ecs.describe_task_definition(taskDefinition=incident_8.service)["taskDefinition"]
role = definition["taskRoleArn"].rpartition("/")[2]
diagnosis_8 = {"cause": "task-role-lacks-permission", "evidence": role}
statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
iam.put_role_policy(
    RoleName=role,
    PolicyName="files",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
)

# %% wrong="incident-8" slip="the other role" says="a request gets 500"
definition = ecs.describe_task_definition(taskDefinition=incident_8.service)["taskDefinition"]
diagnosis_8 = {"cause": "task-role-lacks-permission", "evidence": "AccessDenied"}
bucket = s3.list_buckets()["Buckets"][0]["Name"]
statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
iam.put_role_policy(
    RoleName=definition["executionRoleArn"].rpartition("/")[2],
    PolicyName="files",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
)

# %% wrong="incident-8" slip="a deny is seen" says="if it were explicit-deny"
definition = ecs.describe_task_definition(taskDefinition=incident_8.service)["taskDefinition"]
role = definition["taskRoleArn"].rpartition("/")[2]
diagnosis_8 = {"cause": "explicit-deny", "evidence": role}
bucket = s3.list_buckets()["Buckets"][0]["Name"]
statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
iam.put_role_policy(
    RoleName=role,
    PolicyName="files",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
)

# %% wrong="incident-8" slip="a whole service" says="far more than it needs"
definition = ecs.describe_task_definition(taskDefinition=incident_8.service)["taskDefinition"]
role = definition["taskRoleArn"].rpartition("/")[2]
diagnosis_8 = {"cause": "task-role-lacks-permission", "evidence": role}
iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")

# %% wrong="incident-8" slip="a public bucket" says="everybody may read the bucket now"
definition = ecs.describe_task_definition(taskDefinition=incident_8.service)["taskDefinition"]
diagnosis_8 = {"cause": "task-role-lacks-permission", "evidence": "s3:GetObject"}
bucket = s3.list_buckets()["Buckets"][0]["Name"]
statement = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": f"arn:aws:s3:::{bucket}/*",
}
s3.put_bucket_policy(
    Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
)

# %% right="incident-8" by="a policy of one's own, attached"
definition = ecs.describe_task_definition(taskDefinition=incident_8.service)["taskDefinition"]
role = definition["taskRoleArn"].rpartition("/")[2]
bucket = s3.list_buckets()["Buckets"][0]["Name"]
statement = {
    "Effect": "Allow",
    "Action": ["s3:GetObject"],
    "Resource": [f"arn:aws:s3:::{bucket}/*"],
}
made = iam.create_policy(
    PolicyName="read-files",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
)
iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
diagnosis_8 = {"cause": "task-role-lacks-permission", "evidence": f"{role} may not s3:GetObject"}

# %% wrong="first-cause" slip="137 is memory" says="137 is not always memory"
signs = {
    "137": "too-little-memory",
    ": not found": "image-tag-missing",
    "json key": "secret-key-missing",
}
return next((cause for sign, cause in signs.items() if sign in line), "look further")

# %% wrong="first-cause" slip="ResourceNotFoundException is an image" says="not about an image"
if "ResourceNotFoundException" in line or "not found" in line:
    return "image-tag-missing"
return "too-little-memory" if "OutOfMemory" in line else "look further"

# %% wrong="first-cause" slip="ResourceNotFoundException is a secret" says="about the log group here"
signs = {
    "ResourceNotFoundException": "secret-does-not-exist",
    ": not found": "image-tag-missing",
    "OutOfMemory": "too-little-memory",
    "json key": "secret-key-missing",
    "secretsmanager:GetSecretValue": "execution-role-may-not-read-secret",
    "ecr:GetAuthorizationToken": "execution-role-may-not-pull",
    "403": "repository-policy-denies",
}
return next((cause for sign, cause in signs.items() if sign in line), "look further")

# %% wrong="first-cause" slip="a timeout is a route" says="a timeout is a route, a group, an ACL or DNS"
if "timeout" in line:
    return "private-route-missing"
return "too-little-memory" if "OutOfMemory" in line else "look further"

# %% wrong="first-cause" slip="printed instead of returned" says="an image tag that is not there"
print("image-tag-missing" if "not found" in line else "look further")

# %% right="first-cause" by="if, one after the other"
text = line.lower()
if "accessdenied" in text:
    return (
        "execution-role-may-not-pull" if "ecr:get" in text else "execution-role-may-not-read-secret"
    )
if "resourcenotfoundexception" in text:
    return "log-group-missing" if "log group" in text else "secret-does-not-exist"
if "cannotpullcontainererror" in text:
    return "repository-policy-denies" if "403" in text else "image-tag-missing"
if "json key" in text:
    return "secret-key-missing"
if "outofmemoryerror" in text:
    return "too-little-memory"
return "container-check-wrong" if "container health" in text else "look further"
