"""Reachability Analyzer answers from the lab's rules, from an empty account through boto3."""

import pytest
from botocore.exceptions import ClientError

from tests.server.vpcs import ANYWHERE, build, create_eni, subnet


@pytest.fixture
def shop(app, session):
    """A VPC with a public and a private subnet."""
    return build(session.client("ec2"))


@pytest.fixture
def analyse(shop):
    """Analyse a path and return what the finished analysis says."""

    def analyse(source, destination, port=None, **more):
        more |= {"DestinationPort": port} if port else {}
        path = shop.ec2.create_network_insights_path(
            Source=source, Destination=destination, Protocol="tcp", **more
        )["NetworkInsightsPath"]
        started = shop.ec2.start_network_insights_analysis(
            NetworkInsightsPathId=path["NetworkInsightsPathId"]
        )["NetworkInsightsAnalysis"]
        assert started["Status"] == "running"
        found = shop.ec2.describe_network_insights_analyses(
            NetworkInsightsAnalysisIds=[started["NetworkInsightsAnalysisId"]]
        )["NetworkInsightsAnalyses"][0]
        assert found["Status"] == "succeeded"
        return found

    return analyse


def test_a_path_that_is_found_has_its_components(shop, analyse):
    """Forward and return, with the rule that let the packet through."""
    lb, app = create_eni(shop.public, shop.lb), create_eni(shop.private, shop.app)
    found = analyse(lb, app, 3000)
    forward = found["ForwardPathComponents"]
    group = next(c for c in forward if c["Component"]["Id"] == shop.app)
    route = next(c for c in forward if c["Component"]["Id"] == shop.public_table)

    assert found["NetworkPathFound"] is True
    assert [c["SequenceNumber"] for c in forward] == list(range(1, len(forward) + 1))
    assert forward[0]["Component"]["Id"] == lb
    assert forward[-1]["Component"]["Id"] == app
    assert group["SecurityGroupRule"] == {
        "SecurityGroupId": shop.lb,
        "Direction": "ingress",
        "Protocol": "tcp",
        "PortRange": {"From": 3000, "To": 3000},
    }
    assert route["RouteTableRoute"]["DestinationCidr"] == "10.0.0.0/16"
    assert route["RouteTableRoute"]["GatewayId"] == "local"
    assert any("AclRule" in c for c in found["ReturnPathComponents"])


def test_a_path_that_is_not_found_is_explained(shop, analyse):
    """By code, direction and the component at fault."""
    lb, app = create_eni(shop.public, shop.lb), create_eni(shop.private, shop.app)
    found = analyse(lb, app, 22)
    told = found["Explanations"][0]

    assert found["NetworkPathFound"] is False
    assert told["ExplanationCode"] == "ENI_SG_RULES_MISMATCH"
    assert told["Direction"] == "ingress"
    assert told["NetworkInterface"]["Id"] == told["Component"]["Id"] == app
    assert [group["Id"] for group in told["SecurityGroups"]] == [shop.app]
    assert told["Vpc"]["Id"] == shop.vpc


def test_an_internet_gateway_stands_for_the_internet(shop, analyse):
    """As a source and as a destination, by id or ARN."""
    lb = create_eni(shop.public, shop.lb, public_ip=True)
    app = create_eni(shop.private, shop.app)
    arn = f"arn:aws:ec2:us-east-1:123456789012:internet-gateway/{shop.igw}"

    assert analyse(shop.igw, lb, 443)["NetworkPathFound"] is True
    assert analyse(app, arn, 443)["NetworkPathFound"] is True
    assert analyse(shop.igw, app, 443)["Explanations"][0]["ExplanationCode"] == (
        "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
    )


def test_routes_and_network_acls_are_explained(shop, analyse):
    """With the route table and subnet, or the entry, in AWS's fields."""
    third = subnet(shop.ec2, shop.vpc, "10.0.20.0/24")
    lonely, lb = create_eni(third, shop.app), create_eni(shop.public, shop.lb)
    no_route = analyse(lonely, shop.igw, 443)["Explanations"][0]
    acl = next(
        found["NetworkAclId"]
        for found in shop.ec2.describe_network_acls()["NetworkAcls"]
        if found["VpcId"] == shop.vpc
    )
    shop.ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=50,
        Egress=False,
        Protocol="-1",
        RuleAction="deny",
        CidrBlock=ANYWHERE,
    )
    denied = analyse(lb, lonely, 3000)["Explanations"][0]

    assert no_route["ExplanationCode"] == "NO_ROUTE_TO_DESTINATION"
    assert no_route["RouteTable"]["Id"].startswith("rtb-")
    assert no_route["Subnet"]["Id"] == third
    assert denied["ExplanationCode"] == "SUBNET_ACL_RESTRICTION"
    assert denied["Acl"]["Id"] == acl
    assert denied["AclRule"]["RuleNumber"] == 50
    assert denied["AclRule"]["RuleAction"] == "deny"


def test_without_a_port_any_open_one_will_do(shop, analyse):
    """The analyzer looks for a way, not for a certain port."""
    lb, app = create_eni(shop.public, shop.lb), create_eni(shop.private, shop.app)

    assert analyse(lb, app)["NetworkPathFound"] is True
    assert analyse(app, lb)["NetworkPathFound"] is True


def test_endpoints_instances_and_addresses_are_places(shop, analyse):
    """An interface endpoint, a gateway endpoint, an instance, a destination address."""
    ec2 = shop.ec2
    app = create_eni(shop.private, shop.app)
    group = shop.group("endpoint", (443, shop.app))
    made = ec2.create_vpc_endpoint(
        VpcId=shop.vpc,
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=[shop.private],
        SecurityGroupIds=[group],
    )["VpcEndpoint"]["VpcEndpointId"]
    s3 = ec2.create_vpc_endpoint(
        VpcId=shop.vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        RouteTableIds=[shop.private_table],
    )["VpcEndpoint"]["VpcEndpointId"]
    instance = ec2.run_instances(
        ImageId="ami-12c6146b",
        MinCount=1,
        MaxCount=1,
        SubnetId=shop.private,
        SecurityGroupIds=[shop.app],
    )["Instances"][0]

    assert analyse(app, made, 443)["NetworkPathFound"] is True
    assert analyse(app, s3, 443)["NetworkPathFound"] is True
    assert analyse(instance["InstanceId"], made, 443)["NetworkPathFound"] is True
    assert analyse(app, app, 443, DestinationIp="198.51.100.1")["NetworkPathFound"] is True
    assert analyse(app, shop.nat, 443)["NetworkPathFound"] is False


def test_paths_and_analyses_are_kept_until_they_are_deleted(shop, analyse):
    """A path goes after its analyses."""
    ec2 = shop.ec2
    lb, app = create_eni(shop.public, shop.lb), create_eni(shop.private, shop.app)
    found = analyse(lb, app, 3000)
    path_id, analysis_id = found["NetworkInsightsPathId"], found["NetworkInsightsAnalysisId"]
    with pytest.raises(ClientError, match="AnalysisExistsForNetworkInsightsPath"):
        ec2.delete_network_insights_path(NetworkInsightsPathId=path_id)
    kept = ec2.describe_network_insights_analyses(NetworkInsightsPathId=path_id)
    ec2.delete_network_insights_analysis(NetworkInsightsAnalysisId=analysis_id)
    ec2.delete_network_insights_path(NetworkInsightsPathId=path_id)

    assert len(kept["NetworkInsightsAnalyses"]) == 1
    assert ec2.describe_network_insights_paths()["NetworkInsightsPaths"] == []
    assert ec2.describe_network_insights_analyses()["NetworkInsightsAnalyses"] == []


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (
            (
                "create_network_insights_path",
                {"Source": "eni-none", "Destination": "eni-none", "Protocol": "tcp"},
            ),
            "InvalidParameterValue",
        ),
        (
            ("create_network_insights_path", {"Source": "eni-none", "Protocol": "tcp"}),
            "MissingParameter",
        ),
        (
            ("start_network_insights_analysis", {"NetworkInsightsPathId": "nip-0"}),
            "InvalidNetworkInsightsPathId.NotFound",
        ),
        (
            ("describe_network_insights_paths", {"NetworkInsightsPathIds": ["nip-0"]}),
            "InvalidNetworkInsightsPathId.NotFound",
        ),
        (
            ("delete_network_insights_analysis", {"NetworkInsightsAnalysisId": "nia-0"}),
            "InvalidNetworkInsightsAnalysisId.NotFound",
        ),
    ],
)
def test_what_does_not_exist_is_refused(shop, call, code):
    """With EC2's error codes."""
    operation, parameters = call
    with pytest.raises(ClientError) as error:
        getattr(shop.ec2, operation)(**parameters)

    assert error.value.response["Error"]["Code"] == code
