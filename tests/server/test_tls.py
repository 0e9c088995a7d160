"""HTTPS through the lab's door, as `requests` and `curl` do it: the certificate is really checked."""

import os
import subprocess
import sys
import threading

import certifi
import pytest
import requests

from awslab.server import tls
from awslab.server.door import open_door
from tests.server.elb import App, Shop
from tests.server.test_acm import prove, request

NAME = "shop.example.com"


@pytest.fixture
def shop(app, session, monkeypatch, tmp_path):
    """A shop at https://shop.example.com, with a door, and an environment that points at it."""
    made = Shop(session, app)
    made.balancer()
    acm, dns = session.client("acm"), session.client("route53")
    made.certificate = request(acm, NAME)
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")
    prove(dns, acm, made.certificate, zone)
    made.advance(60)
    group = made.target_group()
    made.listener(
        group,
        port=443,
        Protocol="HTTPS",
        Certificates=[{"CertificateArn": made.certificate}],
    )
    to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    made.listener({"Type": "redirect", "RedirectConfig": to_https})
    made.web = App(name="web")
    made.register(group, made.run(made.web))
    made.advance(10)
    target = {"HostedZoneId": "Z35SXDOTRQ7X7K", "DNSName": made.dns, "EvaluateTargetHealth": False}
    dns.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {"Name": NAME, "Type": "A", "AliasTarget": target},
                }
            ]
        },
    )
    door = open_door(app)
    thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    authority = tmp_path / "ca.pem"
    authority.write_text(tls.authority().pem)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{door.server_port}")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(authority))
    monkeypatch.setenv("NO_PROXY", "")
    yield made
    door.shutdown()
    thread.join()
    door.server_close()


def test_requests_gets_the_shop_over_https(shop):
    """The target sees plain HTTP and is told that the client came by HTTPS."""
    answer = requests.get(f"https://{NAME}/api/users/7?x=1", timeout=10)
    got = shop.web.requests[0]

    assert (answer.status_code, answer.text) == (200, "web")
    assert (got.path, got.query, got.host, got.scheme) == ("/api/users/7", "x=1", NAME, "http")
    assert got.headers["x-forwarded-proto"] == "https"
    assert got.headers["x-forwarded-port"] == "443"


def test_requests_follows_the_redirect_from_http(shop):
    """Two requests: the first one is answered by the load balancer itself."""
    answer = requests.get(f"http://{NAME}/a", timeout=10)

    assert [each.status_code for each in answer.history] == [301]
    assert (answer.url, answer.text) == (f"https://{NAME}:443/a", "web")


def test_a_body_arrives(shop):
    """POST through the tunnel."""
    answer = requests.post(f"https://{NAME}/orders", json={"item": 7}, timeout=10)

    assert answer.status_code == 200
    assert shop.web.requests[0].body == b'{"item": 7}'


def test_the_load_balancers_own_name_is_not_in_the_certificate(shop):
    """A client that checks refuses; one that does not look gets an answer."""
    with pytest.raises(requests.exceptions.SSLError, match="Hostname mismatch"):
        requests.get(f"https://{shop.dns}/", timeout=10)
    with pytest.warns(Warning, match="Unverified HTTPS"):
        careless = requests.get(f"https://{shop.dns}/", timeout=10, verify=False)

    assert careless.status_code == 200


def test_a_client_that_does_not_know_the_authority_refuses(shop):
    """Nobody else trusts the lab's certificates."""
    with pytest.raises(requests.exceptions.SSLError, match="certificate verify failed"):
        requests.get(f"https://{NAME}/", timeout=10, verify=certifi.where())


def test_a_closed_security_group_is_a_connection_error(shop):
    """By HTTP and by HTTPS, as when packets are lost."""
    shop.elb.set_security_groups(LoadBalancerArn=shop.arn, SecurityGroups=[shop.back])

    for scheme in ("http", "https"):
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(f"{scheme}://{NAME}/", timeout=10)


def test_the_host_header_may_differ_from_the_name_that_was_resolved(shop):
    """`curl -H Host:` and requests: rules by host look at the header."""
    listener = shop.elb.describe_listeners(LoadBalancerArn=shop.arn)["Listeners"]
    http = next(each["ListenerArn"] for each in listener if each["Port"] == 80)
    shop.elb.create_rule(
        ListenerArn=http,
        Priority=1,
        Conditions=[{"Field": "host-header", "Values": ["api.example.com"]}],
        Actions=[
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "api"},
            }
        ],
    )
    answer = requests.get(f"http://{shop.dns}/", headers={"Host": "api.example.com"}, timeout=10)

    assert answer.text == "api"


def test_a_second_certificate_is_shown_to_who_asks_for_its_name(shop, session):
    """SNI: the default certificate is for another name."""
    acm, dns = session.client("acm"), session.client("route53")
    zone = dns.list_hosted_zones()["HostedZones"][0]
    more = request(acm, "api.example.com")
    prove(dns, acm, more, {"HostedZone": zone})
    shop.advance(60)
    listener = next(
        each["ListenerArn"]
        for each in shop.elb.describe_listeners(LoadBalancerArn=shop.arn)["Listeners"]
        if each["Port"] == 443
    )
    shop.elb.add_listener_certificates(
        ListenerArn=listener, Certificates=[{"CertificateArn": more}]
    )
    record = {
        "Name": "api.example.com",
        "Type": "CNAME",
        "TTL": 60,
        "ResourceRecords": [{"Value": shop.dns}],
    }
    dns.change_resource_record_sets(
        HostedZoneId=zone["Id"],
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
    )

    assert requests.get("https://api.example.com/", timeout=10).status_code == 200
    assert requests.get(f"https://{NAME}/", timeout=10).status_code == 200


def test_what_is_no_load_balancers_is_refused(shop):
    """The lab forwards nothing."""
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get("https://example.org/", timeout=10)


@pytest.mark.parametrize(
    ("arguments", "code", "wrote"),
    [
        ([f"https://{NAME}/a"], 0, "web"),
        (["-L", f"http://{NAME}/a"], 0, "web"),
        (["-o", os.devnull, "-w", "%{http_code}", f"http://{NAME}/"], 0, "301"),
        (["--head", "-o", os.devnull, "-w", "%{http_code}", f"https://{NAME}/"], 0, "200"),
        ([f"http://{NAME}:8080/"], 52, ""),
        ([f"https://{NAME}:8080/"], 56, ""),
    ],
)
def test_curl_sees_the_same(shop, arguments, code, wrote):
    """A lost connection is curl's own error, not a status."""
    done = subprocess.run(["curl", "-s", *arguments], capture_output=True, text=True, timeout=20)

    assert (done.returncode, done.stdout) == (code, wrote)


def test_curl_refuses_a_certificate_for_another_name(shop):
    """Exit status 60."""
    done = subprocess.run(["curl", "-s", f"https://{shop.dns}/"], timeout=20)

    assert done.returncode == 60


@pytest.mark.slow
def test_a_notebooks_lab_answers_over_https():
    """One process starts the lab as a notebook does, builds with boto3, and asks with requests and curl."""
    done = subprocess.run(
        [sys.executable, "-c", _NOTEBOOK], capture_output=True, text=True, timeout=120
    )

    assert done.stderr == ""
    assert done.stdout.split() == ["301", "hello", "hello", "active", "200"]


_NOTEBOOK = """
import subprocess
import awslab, boto3, requests

cloud = awslab.start()
ec2, elb, acm, dns = (boto3.client(s) for s in ("ec2", "elbv2", "acm", "route53"))
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
subnets = [
    ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=zone)
    for n, zone in enumerate(("us-east-1a", "us-east-1b"))
]
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
mine = [{"Name": "vpc-id", "Values": [vpc]}]
table = ec2.describe_route_tables(Filters=mine)["RouteTables"][0]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
for port in (80, 443):
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
    )
made = elb.create_load_balancer(
    Name="shop", Subnets=[s["Subnet"]["SubnetId"] for s in subnets], SecurityGroups=[group]
)["LoadBalancers"][0]
arn = made["LoadBalancerArn"]
elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn])
zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
certificate = acm.request_certificate(DomainName="shop.example.com", ValidationMethod="DNS")
certificate = certificate["CertificateArn"]
option = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
record = option["DomainValidationOptions"][0]["ResourceRecord"]
for name, value in ((record["Name"], record["Value"]), ("shop.example.com", made["DNSName"])):
    record = {"Name": name, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": value}]}
    change = {"Action": "UPSERT", "ResourceRecordSet": record}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
acm.get_waiter("certificate_validated").wait(CertificateArn=certificate)
fixed = {"StatusCode": "200", "MessageBody": "hello"}
elb.create_listener(
    LoadBalancerArn=arn,
    Port=443,
    Protocol="HTTPS",
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
)
redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
elb.create_listener(
    LoadBalancerArn=arn,
    Port=80,
    Protocol="HTTP",
    DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}],
)
answer = requests.get("http://shop.example.com/")
print(answer.history[0].status_code, answer.text)
curl = ["curl", "-sL", "http://shop.example.com/"]
print(subprocess.run(curl, capture_output=True, text=True).stdout)
found = ["aws", "elbv2", "describe-load-balancers", "--names", "shop", "--output", "text"]
found += ["--query", "LoadBalancers[0].State.Code"]
print(subprocess.run(found, capture_output=True, text=True).stdout)
print(cloud.trace("GET", "http://shop.example.com/", follow=True).status)
"""
