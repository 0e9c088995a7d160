"""CloudFormation: a stack of a Fargate service that answers, rolls, is refused, rolled back and deleted."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from awslab.server import inprocess
from awslab.server.cloudformation import work
from tests.server.ecs_world import World

TEMPLATE = (Path(__file__).parent / "templates" / "fargate.yml").read_text()
ABLE = ["CAPABILITY_IAM"]


class Stacks:
    """Deploy stacks in an empty account."""

    def __init__(self, app, session):
        self.app, self.session, self.world = app, session, World(session)
        self.client = session.client("cloudformation")

    def create(self, template=TEMPLATE, name="shop", **parameters):
        """Create a stack and return it when it has come to an end."""
        self.client.create_stack(
            StackName=name,
            TemplateBody=template,
            Capabilities=ABLE,
            Parameters=given(parameters),
        )
        return self.finished(name)

    def update(self, template=TEMPLATE, name="shop", **parameters):
        """Update a stack and return it when it has come to an end."""
        self.client.update_stack(
            StackName=name,
            TemplateBody=template,
            Capabilities=ABLE,
            Parameters=given(parameters),
        )
        return self.finished(name)

    def describe(self, name="shop"):
        """Describe a stack; five simulated seconds pass."""
        return self.client.describe_stacks(StackName=name)["Stacks"][0]

    def finished(self, name="shop", polls=2500):
        """Poll a stack until nothing is in progress."""
        stack_id = self.describe(name)["StackId"]
        for _ in range(polls):
            stack = self.describe(stack_id)
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
        raise AssertionError((stack, self.failures(name)))

    def events(self, name="shop"):
        """Return (logical id, status, reason) of a stack's events, the first first."""
        found = self.client.describe_stack_events(StackName=name)["StackEvents"]
        return [
            (e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", ""))
            for e in reversed(found)
        ]

    def failures(self, name="shop"):
        """Return the events that say FAILED."""
        return [event for event in self.events(name) if event[1].endswith("FAILED")]

    def resources(self, name="shop"):
        """Return the physical ids by logical id."""
        found = self.client.list_stack_resources(StackName=name)["StackResourceSummaries"]
        return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in found}

    def get(self, stack):
        """Ask the URL among a stack's outputs; return the status and the body."""
        url = outputs(stack)["Url"]
        status, _, body = inprocess.call(
            self.app, "GET", url, headers={"Host": urlsplit(url).netloc}
        )
        return status, body

    def service(self):
        """Describe the stack's service."""
        ecs = self.session.client("ecs")
        resources = self.resources()
        named = {"cluster": resources["Cluster"], "services": [resources["Service"]]}
        return ecs.describe_services(**named)["services"][0]


def given(parameters):
    """Return parameters as the API takes them."""
    return [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]


def outputs(stack):
    """Return a stack's outputs by key."""
    return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}


def refusal(call, **arguments):
    """Return the code and message of the error that a call raises."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.fixture
def stacks(app, session):
    """An empty account to deploy stacks in."""
    return Stacks(app, session)


@pytest.fixture
def image(stacks):
    """An image whose app answers on port 3000."""
    return stacks.world.image(app={"port": 3000, "health": {"*": 200}})


def test_stack_answers(stacks, image):
    """A stack of a Fargate service is complete when the service answers at its load balancer's name."""
    stack = stacks.create(Image=image)

    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.failures()
    assert stacks.get(stack)[0] == 200


def test_service_is_the_apis_own(stacks, image):
    """Every property of the task definition and the service reaches ECS, and scaling reaches its service."""
    stacks.create(Image=image)
    service = stacks.service()
    task = stacks.session.client("ecs").describe_task_definition(
        taskDefinition=service["taskDefinition"]
    )["taskDefinition"]
    scaling = stacks.session.client("application-autoscaling")
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    actions = scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]

    assert (task["cpu"], task["memory"], task["networkMode"]) == ("256", "512", "awsvpc")
    assert "FARGATE" in task["compatibilities"]
    assert task["containerDefinitions"][0]["logConfiguration"]["options"]["awslogs-group"] == (
        "/ecs/shop"
    )
    assert (service["launchType"], service["runningCount"]) == ("FARGATE", 2)
    assert service["loadBalancers"][0]["containerPort"] == 3000
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"]["rollback"] is True
    assert (targets[0]["MinCapacity"], targets[0]["MaxCapacity"]) == (2, 6)
    assert policies[0]["PolicyName"] == "requests"
    assert actions[0]["Timezone"] == "Europe/Rome"


def test_resources_come_in_order(stacks, image):
    """A resource starts when those it refers to are complete; the service takes until it is steady."""
    stacks.create(Image=image)
    events = [(logical, status) for logical, status, _ in stacks.events()]
    at = {event: number for number, event in enumerate(events)}

    assert at["Balancer", "CREATE_COMPLETE"] < at["Listener", "CREATE_IN_PROGRESS"]
    assert at["Service", "CREATE_COMPLETE"] < at["Scaling", "CREATE_IN_PROGRESS"]
    assert events[-1] == ("shop", "CREATE_COMPLETE")


def test_creating_takes_time(stacks, image):
    """create_stack answers at once; the stack is in progress until the service is steady."""
    stacks.client.create_stack(
        StackName="shop",
        TemplateBody=TEMPLATE,
        Capabilities=ABLE,
        Parameters=given({"Image": image}),
    )
    first = stacks.describe()
    last = stacks.finished()

    assert first["StackStatus"] == "CREATE_IN_PROGRESS"
    assert "Outputs" not in first
    assert set(outputs(last)) == {"Url", "Service", "Zone"}


def test_update_of_the_image_rolls_the_service(stacks, image):
    """A new image makes a new revision, the service rolls onto it, and the old revision is deregistered."""
    stacks.create(Image=image)
    before = stacks.service()["taskDefinition"]
    body = stacks.world.image(tag="v2", app={"port": 3000, "health": {"*": 200}}, content="two")
    stack = stacks.update(Image=body)
    after = stacks.service()
    ecs = stacks.session.client("ecs")

    assert stack["StackStatus"] == "UPDATE_COMPLETE", stacks.failures()
    assert after["taskDefinition"] != before
    assert [d["rolloutState"] for d in after["deployments"]] == ["COMPLETED"]
    assert stacks.get(stack)[0] == 200
    old = ecs.describe_task_definition(taskDefinition=before)["taskDefinition"]
    assert old["status"] == "INACTIVE"


def test_update_that_fails_goes_back(stacks, image):
    """An image that is not there trips the circuit breaker, and the stack goes back to what it was."""
    stacks.create(Image=image)
    before = stacks.service()["taskDefinition"]
    stack = stacks.update(Image=image.replace(":v1", ":v9"))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "ECS Deployment Circuit Breaker was triggered" in stacks.failures()[0][2]
    assert stacks.service()["taskDefinition"] == before
    assert stacks.get(stack)[0] == 200


@pytest.mark.parametrize(
    ("parameters", "logical", "words"),
    [
        ({"ServiceSubnets": "subnet-0123456789abcdef0"}, "Service", "subnet-0123456789abcdef0"),
        (
            {"ExecutionRole": "arn:aws:iam::123456789012:role/nobody"},
            "Service",
            "ECS Deployment Circuit Breaker was triggered",
        ),
        ({"Cpu": "300"}, "Task", "CPU"),
    ],
    ids=["subnet", "role", "size"],
)
def test_failure_rolls_the_stack_back(stacks, image, parameters, logical, words):
    """A resource that the API refuses fails with the API's reason, and what was made is deleted again."""
    stack = stacks.create(Image=image, **parameters)
    failed, _, reason = stacks.failures()[0]

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert failed == logical
    assert words.lower() in reason.lower()
    assert stacks.resources() == {}
    assert stacks.session.client("elbv2").describe_load_balancers()["LoadBalancers"] == []


def test_rolled_back_stack_can_only_be_deleted(stacks, image):
    """A stack whose creation was rolled back refuses an update."""
    stacks.create(Image=image, Cpu="300")
    code, message = refusal(
        stacks.client.update_stack,
        StackName="shop",
        TemplateBody=TEMPLATE,
        Capabilities=ABLE,
        Parameters=given({"Image": image}),
    )

    assert code == "ValidationError"
    assert "is in ROLLBACK_COMPLETE state and can not be updated" in message


def test_delete_leaves_nothing(stacks, image):
    """Deleting a stack deletes what it made, once the tasks are gone."""
    stacks.create(Image=image)
    vpc = stacks.resources()["Vpc"]
    stacks.client.delete_stack(StackName="shop")
    stack = stacks.finished()
    ec2 = stacks.session.client("ec2")

    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert vpc not in [v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"]]
    assert stacks.session.client("ecs").list_clusters()["clusterArns"] == []
    assert stacks.client.list_exports()["Exports"] == []


def template(**resources):
    """Return a template of a few resources."""
    return json.dumps({"Resources": resources})


@pytest.mark.parametrize(
    ("resources", "code", "words"),
    [
        (
            {"A": {"Type": "AWS::Nothing::Here"}},
            "ValidationError",
            "Unrecognized resource types: [AWS::Nothing::Here]",
        ),
        (
            {"A": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": {"Ref": "B"}}}},
            "ValidationError",
            "Unresolved resource dependencies [B]",
        ),
        (
            {
                "A": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": {"Ref": "B"}}},
                "B": {"Type": "AWS::ECS::Cluster", "DependsOn": "A"},
            },
            "ValidationError",
            "Circular dependency between resources: [A, B]",
        ),
        (
            {"A": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}}},
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
        ),
    ],
    ids=["type", "reference", "circle", "capability"],
)
def test_template_is_refused(stacks, resources, code, words):
    """A template that cannot be is refused before anything is made."""
    found, message = refusal(
        stacks.client.create_stack,
        StackName="shop",
        TemplateBody=template(**resources),
        Capabilities=ABLE,
    )

    assert found == code
    assert words in message


def test_unknown_property_fails(stacks):
    """A property that a type does not have fails its resource."""
    cluster = {"Type": "AWS::ECS::Cluster", "Properties": {"Nmae": "x"}}
    stack = stacks.create(template(A=cluster))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "extraneous key [Nmae] is not permitted" in stacks.failures()[0][2]


def test_unchanged_update_is_refused(stacks):
    """An update that changes nothing is refused."""
    body = template(A={"Type": "AWS::ECS::Cluster"})
    stacks.create(body)

    assert refusal(stacks.client.update_stack, StackName="shop", TemplateBody=body) == (
        "ValidationError",
        "No updates are to be performed.",
    )


def test_roles_own_permissions_count(stacks, session):
    """A stack makes its resources with the permissions of whoever asked for it."""
    from tests.server.roles import Role, allow

    client = Role(session, "deployer", allow("cloudformation:*")).client("cloudformation")
    client.create_stack(StackName="shop", TemplateBody=template(A={"Type": "AWS::ECS::Cluster"}))
    stack = stacks.finished()

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "is not authorized to perform: ecs:CreateCluster" in stacks.failures()[0][2]


def test_change_set_creates_and_updates(stacks):
    """A change set makes a stack when it is executed, and fails by itself when it changes nothing."""
    body = template(A={"Type": "AWS::ECS::Cluster"})
    client, named = stacks.client, {"StackName": "shop", "TemplateBody": body}
    client.create_change_set(ChangeSetName="one", ChangeSetType="CREATE", **named)
    client.execute_change_set(ChangeSetName="one", StackName="shop")
    made = stacks.finished()
    client.create_change_set(ChangeSetName="two", ChangeSetType="UPDATE", **named)
    same = client.describe_change_set(ChangeSetName="two", StackName="shop")

    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert same["Status"] == "FAILED"
    assert "didn't contain changes" in same["StatusReason"]


def test_export_is_imported(stacks):
    """A stack imports what another exports."""
    cluster = {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "main"}}
    first = {"Resources": {"A": cluster}}
    first["Outputs"] = {"Name": {"Value": {"Ref": "A"}, "Export": {"Name": "cluster-name"}}}
    stacks.create(json.dumps(first), name="one")
    named = {"LogGroupName": {"Fn::Sub": ["/x/${N}", {"N": {"Fn::ImportValue": "cluster-name"}}]}}
    stacks.create(template(B={"Type": "AWS::Logs::LogGroup", "Properties": named}), name="two")

    assert stacks.resources("two") == {"B": "/x/main"}


def test_role_by_its_short_name(stacks, image):
    """A task definition may name a role by what Ref gives: its name."""
    named = TEMPLATE.replace("!GetAtt Execution.Arn, ", "!Ref Execution, ")
    stack = stacks.create(named, Image=image)

    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.failures()


def test_service_that_never_is_steady_fails(stacks, image, monkeypatch):
    """Without a circuit breaker, CloudFormation waits for a service only so long: three hours, here ten minutes."""
    monkeypatch.setattr(work, "STABLE", 120)
    patient = TEMPLATE.replace("Enable: true, Rollback: true", "Enable: false, Rollback: false")
    stack = stacks.create(patient, Image=image.replace(":v1", ":v9"))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.failures()[0][0] == "Service"
    assert "Exceeded attempts to wait" in stacks.failures()[0][2]


def test_update_with_previous_values(stacks, image):
    """UsePreviousValue keeps what was given, and what was a default stays one."""
    stacks.create(Image=image)
    previous = [{"ParameterKey": name, "UsePreviousValue": True} for name in ("Image", "Cpu")]
    stacks.client.update_stack(
        StackName="shop",
        TemplateBody=TEMPLATE.replace("RetentionInDays: 7", "RetentionInDays: 14"),
        Capabilities=ABLE,
        Parameters=previous,
    )
    stack = stacks.finished()
    groups = stacks.session.client("logs").describe_log_groups(logGroupNamePrefix="/ecs/shop")

    assert stack["StackStatus"] == "UPDATE_COMPLETE", stacks.failures()
    assert groups["logGroups"][0]["retentionInDays"] == 14
    updated = {event[0] for event in stacks.events() if event[1] == "UPDATE_COMPLETE"}
    assert updated == {"Logs", "shop"}


def test_snapshot_keeps_a_stack_in_progress(stacks, image):
    """A stack that is being made goes on after a restore."""
    stacks.client.create_stack(
        StackName="shop",
        TemplateBody=TEMPLATE,
        Capabilities=ABLE,
        Parameters=given({"Image": image}),
    )
    stacks.describe()
    kept = stacks.app.snapshot()["snapshot"]
    stacks.app.reset()
    stacks.app.restore(kept)
    stack = stacks.finished()

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.get(stack)[0] == 200
