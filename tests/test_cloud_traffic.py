"""`cloud.traffic` on a running lab: spans and rates as one writes them, and a picture back."""

import boto3
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def url(cloud):
    """The address of a load balancer in the default VPC that answers 200 to everything."""
    cloud.reset()
    session = boto3.session.Session()
    ec2, elb = session.client("ec2"), session.client("elbv2")
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:2]]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    made = elb.create_load_balancer(Name="web", Subnets=subnets, SecurityGroups=[group])
    balancer = made["LoadBalancers"][0]
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[balancer["LoadBalancerArn"]])
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[answer],
    )
    return f"http://{balancer['DNSName']}/"


def test_traffic_passes_time_and_is_drawn(cloud, url):
    """Two rates, three hours; asked again, nothing more is sent."""
    before = cloud.now
    picture = cloud.traffic(url, {"0 min": 1, "1 h": 5}, "3 h", seed=7)
    again = cloud.traffic(url)

    assert (cloud.now - before).total_seconds() == 3 * 3600
    assert picture.answers.keys() == {"200"}
    assert picture.answers["200"] == pytest.approx(3600 + 2 * 5 * 3600, rel=0.05)
    assert "Requests a second" in picture.html
    assert again.answers == picture.answers


def test_traffic_can_come_while_other_things_happen(cloud, url):
    """With wait=False it flows as time passes."""
    empty = cloud.traffic(url, 2, "10 min", wait=False)
    cloud.advance("5 min")
    some = cloud.traffic(url)

    assert empty.answers == {}
    assert 4 <= len(some.minutes) <= 5


def test_an_address_without_load_balancer_is_refused(cloud, url):
    """The error names the cure."""
    with pytest.raises(ValueError, match="take DNSName from"):
        cloud.traffic("http://nowhere.example/", 1)
