"""CloudFormation's other types: private networks, repositories, policies, nested stacks; and their updates."""

import json

import pytest

from tests.server.test_cloudformation import Stacks, outputs, template


@pytest.fixture
def stacks(app, session):
    """An empty account to deploy stacks in."""
    return Stacks(app, session)


def private(port=443, allowed="s3:GetObject", tag="one"):
    """Return a template of a private network, a repository and a role with a policy of its own."""
    vpc, subnet = {"Ref": "Vpc"}, {"Ref": "Subnet"}
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/16"}
    trusted = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    parts = {
        "Vpc": ("EC2::VPC", {"CidrBlock": "10.0.0.0/16", "Tags": [{"Key": "Name", "Value": tag}]}),
        "Subnet": ("EC2::Subnet", {"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}),
        "Gateway": ("EC2::InternetGateway", {}),
        "Attached": (
            "EC2::VPCGatewayAttachment",
            {"VpcId": vpc, "InternetGatewayId": {"Ref": "Gateway"}},
        ),
        "Address": ("EC2::EIP", {"Domain": "vpc"}),
        "Nat": (
            "EC2::NatGateway",
            {"SubnetId": subnet, "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}},
        ),
        "Table": ("EC2::RouteTable", {"VpcId": vpc}),
        "Route": (
            "EC2::Route",
            {
                "RouteTableId": {"Ref": "Table"},
                "DestinationCidrBlock": "0.0.0.0/0",
                "NatGatewayId": {"Ref": "Nat"},
            },
        ),
        "Group": (
            "EC2::SecurityGroup",
            {"GroupDescription": "endpoints", "VpcId": vpc, "SecurityGroupIngress": [rule]},
        ),
        "Endpoint": (
            "EC2::VPCEndpoint",
            {
                "VpcId": vpc,
                "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
                "RouteTableIds": [{"Ref": "Table"}],
            },
        ),
        "Repository": ("ECR::Repository", {"ImageScanningConfiguration": {"ScanOnPush": "true"}}),
        "Role": (
            "IAM::Role",
            {"AssumeRolePolicyDocument": {"Statement": [{**trusted, "Action": "sts:AssumeRole"}]}},
        ),
        "Policy": (
            "IAM::Policy",
            {
                "PolicyName": "data",
                "PolicyDocument": {"Statement": [statement]},
                "Roles": [{"Ref": "Role"}],
            },
        ),
    }
    made = {n: {"Type": f"AWS::{kind}", "Properties": p} for n, (kind, p) in parts.items()}
    made["Nat"]["DependsOn"] = "Attached"
    return template(**made)


def test_private_network_is_made_and_deleted(stacks):
    """NAT gateways, addresses, endpoints, repositories and policies come and go with their stack."""
    made = stacks.create(private())
    resources = stacks.resources()
    ec2 = stacks.session.client("ec2")
    nat = ec2.describe_nat_gateways(NatGatewayIds=[resources["Nat"]])["NatGateways"][0]
    stacks.client.delete_stack(StackName="shop")
    gone = stacks.finished(made["StackId"])

    assert made["StackStatus"] == "CREATE_COMPLETE", stacks.failures()
    assert nat["NatGatewayAddresses"][0]["PublicIp"] == resources["Address"]
    assert gone["StackStatus"] == "DELETE_COMPLETE", stacks.failures(gone["StackId"])
    assert ec2.describe_addresses()["Addresses"] == []


def test_update_changes_in_place(stacks):
    """A rule, a tag and a policy change without new resources."""
    stacks.create(private())
    before = stacks.resources()
    stack = stacks.update(private(port=8443, allowed="s3:PutObject", tag="two"))
    ec2, iam = stacks.session.client("ec2"), stacks.session.client("iam")
    group = ec2.describe_security_groups(GroupIds=[before["Group"]])["SecurityGroups"][0]
    vpc = ec2.describe_vpcs(VpcIds=[before["Vpc"]])["Vpcs"][0]
    policy = iam.get_role_policy(RoleName=before["Role"], PolicyName="data")

    assert stack["StackStatus"] == "UPDATE_COMPLETE", stacks.failures()
    assert stacks.resources() == before
    assert [p["FromPort"] for p in group["IpPermissions"]] == [8443]
    assert {"Key": "Name", "Value": "two"} in vpc["Tags"]
    assert policy["PolicyDocument"]["Statement"][0]["Action"] == "s3:PutObject"


def test_resource_out_of_the_template_is_deleted(stacks):
    """What an update's template no longer has is deleted; what is new is made."""
    cluster, group = {"Type": "AWS::ECS::Cluster"}, {"Type": "AWS::Logs::LogGroup"}
    stacks.create(template(A=cluster))
    stack = stacks.update(template(B=group))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert set(stacks.resources()) == {"B"}
    assert stacks.session.client("ecs").list_clusters()["clusterArns"] == []


def test_younger_resource_that_an_older_one_uses_is_deleted(stacks):
    """A security group that an update added to an older one's rules goes after it."""
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "one"}}
    stacks.create(template(A=group))
    rule = {"IpProtocol": "-1", "SourceSecurityGroupId": {"Fn::GetAtt": ["B", "GroupId"]}}
    using = {**group, "Properties": {**group["Properties"], "SecurityGroupIngress": [rule]}}
    stack = stacks.update(template(A=using, B=group))
    stacks.client.delete_stack(StackName="shop")
    gone = stacks.finished(stack["StackId"])

    assert stack["StackStatus"] == "UPDATE_COMPLETE", stacks.failures()
    assert gone["StackStatus"] == "DELETE_COMPLETE", stacks.failures(stack["StackId"])


def test_repository_with_images_is_not_deleted(stacks):
    """What cannot be deleted is named, and the stack stays, DELETE_FAILED; emptied, it goes."""
    named = {"RepositoryName": "app"}
    stack = stacks.create(template(R={"Type": "AWS::ECR::Repository", "Properties": named}))
    stacks.world.image()
    stacks.client.delete_stack(StackName="shop")
    failed = stacks.finished(stack["StackId"])
    images = stacks.world.ecr.list_images(repositoryName="app")["imageIds"]
    stacks.world.ecr.batch_delete_image(repositoryName="app", imageIds=images)
    stacks.client.delete_stack(StackName="shop")
    gone = stacks.finished(stack["StackId"])

    assert failed["StackStatus"] == "DELETE_FAILED"
    assert "The following resource(s) failed to delete: [R]" in failed["StackStatusReason"]
    assert gone["StackStatus"] == "DELETE_COMPLETE"


def test_nested_stack_gives_its_outputs(stacks):
    """A stack of a template in S3 is made inside another, which uses its outputs."""
    inner = json.loads(
        template(A={"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "in"}})
    )
    inner["Outputs"] = {"Name": {"Value": {"Ref": "A"}}}
    s3 = stacks.session.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="inner.json", Body=json.dumps(inner))
    url = "https://templates.s3.amazonaws.com/inner.json"
    outer = json.loads(
        template(Inner={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}})
    )
    outer["Outputs"] = {"Cluster": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Name"]}}}
    stack = stacks.create(json.dumps(outer))
    stacks.client.delete_stack(StackName="shop")
    gone = stacks.finished(stack["StackId"])

    assert stack["StackStatus"] == "CREATE_COMPLETE", stacks.failures()
    assert outputs(stack) == {"Cluster": "in"}
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.session.client("ecs").list_clusters()["clusterArns"] == []
