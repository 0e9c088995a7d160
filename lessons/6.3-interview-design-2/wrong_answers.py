# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
What people answer instead in the assignment 6.3-interview-design-2, and other right answers.
"""

# %% wrong="design-paths" slip="the bare path forgotten" says="does not match" replace=[["[f\"/{PREFIX}/{service}\", f\"/{PREFIX}/{service}/*\"]", "[f\"/{PREFIX}/{service}/*\"]"]]

# %% wrong="design-paths" slip="a pattern that takes too much" says="a pattern such as" replace=[["[f\"/{PREFIX}/{service}\", f\"/{PREFIX}/{service}/*\"]", "[f\"/{PREFIX}/{service}*\"]"]]

# %% wrong="design-paths" slip="thresholds swapped" says="the thresholds are swapped" replace=[[" HealthyThresholdCount=2", " HealthyThresholdCount=3"], ["UnhealthyThresholdCount=3", "UnhealthyThresholdCount=2"]]

# %% wrong="design-paths" slip="one target group for all" says="one target group serves several services" replace=[["\"TargetGroupArn\": targets[service]", "\"TargetGroupArn\": targets[FIRST]"]]

# %% wrong="design-paths" slip="the drain of 300 seconds left" says="the default is 300 seconds" replace=[["\"Value\": \"30\"", "\"Value\": \"300\""]]

# %% wrong="design-paths" slip="the default target type" says="are registered by address" replace=[["TargetType=\"ip\",", ""]]

# %% right="design-paths" by="two rules for each service"
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

# %% wrong="design-services" slip="the password in the environment" says="reads the password" replace=[["\"secrets\": [{\"name\": \"DATABASE_PASSWORD\", \"valueFrom\": secret}]", "\"environment\": [{\"name\": \"DATABASE_PASSWORD\", \"value\": \"correct horse battery staple\"}]"]]

# %% wrong="design-services" slip="no rollback" says="needs enable and rollback, both" replace=[["\"rollback\": True", "\"rollback\": False"]]

# %% wrong="design-services" slip="one task role for all" says="each service has its own role" replace=[["{service}-task", "{FIRST}-task"]]

# %% wrong="design-services" slip="public subnets" says="a task is in a public subnet" replace=[["\"subnets\": private", "\"subnets\": public"], ["DISABLED", "ENABLED"]]

# %% wrong="design-services" slip="one zone" says="all tasks are in one zone" replace=[["\"subnets\": private", "\"subnets\": private[:1]"]]

# %% wrong="design-services" slip="half of the tasks may be missing" says="killed tasks are replaced, and no request fails meanwhile" replace=[["desiredCount=2", "desiredCount=1"]]

# %% wrong="design-services" slip="four times the memory" says="bills what a task reserves" replace=[["memory=\"512\"", "memory=\"2048\""]]

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

# %% wrong="design-operation" slip="a fraction as the target" says="or the target a fraction" replace=[["\"TargetValue\": CPU", "\"TargetValue\": CPU / 100"]]

# %% wrong="design-operation" slip="the load balancer's own errors" says="what the load balancer makes up itself" replace=[["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"]]

# %% wrong="design-operation" slip="the average latency" says="an average hides the slow requests" replace=[["ExtendedStatistic=\"p99\"", "Statistic=\"Average\""]]

# %% wrong="design-operation" slip="latency of no load balancer" says="the load balancer's own has the one dimension LoadBalancer" replace=[["EvaluationPeriods=3,\n    **watched", "EvaluationPeriods=3,\n    **(watched | {\"Dimensions\": []})"]]

# %% wrong="design-operation" slip="milliseconds" says="the metric is in seconds" replace=[["Threshold=1,", "Threshold=1000,"]]

# %% wrong="design-operation" slip="one task at least" says="one task is none when its zone is lost" replace=[["MinCapacity=2", "MinCapacity=1"]]

# %% wrong="design-operation" slip="no dimension" says="an alarm sees no data" replace=[["[{\"Name\": \"LoadBalancer\", \"Value\": arn.partition(\"loadbalancer/\")[2]}]", "[]"]]

# %% wrong="design-operation" slip="no retention" says="kept, and paid for, for ever" replace=[["logs.put_retention_policy(", "dict("]]

# %% wrong="design-operation" slip="a bucket policy alone" says="a bucket alone does not switch them on" replace=[["\"Value\": \"true\"", "\"Value\": \"false\""]]

# %% wrong="design-operation" slip="one slow minute of three" says="three of three have to be slow" replace=[["EvaluationPeriods=3,", "EvaluationPeriods=3,\n    DatapointsToAlarm=1,"]]

# %% wrong="design-operation" slip="any error" says="the threshold is too low" replace=[["Threshold=10,", "Threshold=0,"]]

# %% wrong="design-operation" slip="one bad minute" says="two of two have to be bad" replace=[["EvaluationPeriods=2,", "EvaluationPeriods=1,"]]

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
