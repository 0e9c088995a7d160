"""A small VPC with a load balancer and apps behind it, for the load balancer's tests."""

import pytest
from botocore.exceptions import ClientError

from awslab.server import clock, ec2, fabric, inprocess
from awslab.world.http import Response

ACCOUNT, REGION = "123456789012", "us-east-1"
ZONES = ("us-east-1a", "us-east-1b")


class App:
    """Something that listens on one port of an address and remembers what it was asked."""

    def __init__(self, port=3000, status=200, name="app"):
        self.port, self.status, self.name = port, status, name
        self.requests = []
        self.stalls = False

    def __call__(self, port, request, now):
        """Answer as `fabric.Answer`; a health check is not remembered."""
        if port != self.port:
            raise fabric.Refused()
        if self.stalls:
            raise fabric.TimedOut()
        if not request.headers.get("user-agent", "").startswith("ELB-HealthChecker"):
            self.requests.append(request)
        return Response(self.status, {"content-type": "text/plain"}, self.name.encode())


class Shop:
    """A VPC with two public subnets, a security group chain, and whatever a test adds."""

    def __init__(self, session, app):
        self.app = app
        self.ec2, self.elb = session.client("ec2"), session.client("elbv2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.subnets = [self.subnet(f"10.0.{n}.0/24", zone) for n, zone in enumerate(ZONES)]
        table = self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        self.table = table["RouteTables"][0]["RouteTableId"]
        self.ec2.create_route(
            RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway
        )
        self.front = self.group("front", ports=(80, 443, 8080))
        self.back = self.group("back", source=self.front, ports=(3000,))

    def subnet(self, cidr, zone):
        """Create a subnet and return its id."""
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)
        return made["Subnet"]["SubnetId"]

    def group(self, name, *, source=None, ports=()):
        """Create a security group open on ports to everyone, or to another group."""
        made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)
        peer = (
            {"UserIdGroupPairs": [{"GroupId": source}]}
            if source
            else {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        )
        for port in ports:
            self.ec2.authorize_security_group_ingress(
                GroupId=made["GroupId"],
                IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}],
            )
        return made["GroupId"]

    def balancer(self, name="shop", active=True, **settings):
        """Create an internet-facing load balancer in both subnets, by default an active one."""
        settings = {"Subnets": self.subnets, "SecurityGroups": [self.front]} | settings
        made = self.elb.create_load_balancer(Name=name, **settings)["LoadBalancers"][0]
        if active:
            self.advance(60)
        self.arn, self.dns = made["LoadBalancerArn"], made["DNSName"]
        return made

    def target_group(self, name="web", **settings):
        """Create a target group of addresses on port 3000 and return its ARN."""
        settings = {"Protocol": "HTTP", "Port": 3000, "TargetType": "ip"} | settings
        made = self.elb.create_target_group(Name=name, VpcId=self.vpc, **settings)
        return made["TargetGroups"][0]["TargetGroupArn"]

    def listener(self, action, port=80, **settings):
        """Create a listener, by default HTTP on port 80, and return its ARN."""
        action = (
            {"Type": "forward", "TargetGroupArn": action} if isinstance(action, str) else action
        )
        settings = {"Protocol": "HTTP", "LoadBalancerArn": self.arn} | settings
        made = self.elb.create_listener(Port=port, DefaultActions=[action], **settings)
        return made["Listeners"][0]["ListenerArn"]

    def run(self, app=None, subnet=0, groups=None):
        """Put an app at a free address of a subnet and return the address."""
        eni = ec2.create_eni(ACCOUNT, REGION, self.subnets[subnet], groups or [self.back], "app")
        fabric.register(self.vpc, eni.private_ip_address, fabric.Host(eni.id, app or App()))
        return eni.private_ip_address

    def register(self, group, *addresses, port=3000):
        """Register addresses with a target group."""
        targets = [{"Id": address, "Port": port} for address in addresses]
        self.elb.register_targets(TargetGroupArn=group, Targets=targets)

    def serve_web(self):
        """Forward port 80 to a target group of one healthy app."""
        self.group_arn = self.target_group()
        self.listener_arn = self.listener(self.group_arn)
        self.web = App(name="web")
        self.address = self.run(self.web)
        self.register(self.group_arn, self.address)
        self.advance(10)
        return self

    def health(self, group):
        """Return {address: (state, reason)}; asking passes five seconds."""
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {
            each["Target"]["Id"]: (
                each["TargetHealth"]["State"],
                each["TargetHealth"].get("Reason"),
            )
            for each in found
        }

    def advance(self, seconds):
        """Let simulated seconds pass."""
        body = b'{"seconds": %d}' % seconds
        status, _, _ = inprocess.call(self.app, "POST", f"{inprocess.ADDRESS}/_lab/advance", body)
        assert status == 200
        return clock.current.now

    def get(self, path="/", method="GET", scheme="http", host=None, **headers):
        """Make a request to the load balancer from the internet: status, headers, body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{scheme}://{host or self.dns}{path}"
        return inprocess.call(self.app, method, url, headers=named)


def forward(*arns, weights=None, sticky=False):
    """A forward action to several target groups."""
    groups = [
        {"TargetGroupArn": arn, "Weight": weight}
        for arn, weight in zip(arns, weights or [1] * len(arns), strict=True)
    ]
    config = {"TargetGroups": groups}
    if sticky:
        config["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": 60}
    return {"Type": "forward", "ForwardConfig": config}


def redirect(**config):
    """A redirect action."""
    return {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **config}}


def fixed(body, status="200"):
    """A fixed-response action."""
    return {
        "Type": "fixed-response",
        "FixedResponseConfig": {"StatusCode": status, "MessageBody": body},
    }


def rule(shop, priority, action, listener=None, **conditions):
    """Create a rule; conditions are named as fields with underscores, path by default."""
    path = conditions.pop("path", None)
    made = [{"Field": "path-pattern", "Values": [path]}] if path else conditions.pop("given")
    created = shop.elb.create_rule(
        ListenerArn=listener or shop.listener_arn,
        Priority=priority,
        Conditions=made,
        Actions=[action],
    )
    return created["Rules"][0]["RuleArn"]


def refused(call, *arguments, **keywords):
    """Return code and message of the error that a call raises."""
    with pytest.raises(ClientError) as error:
        call(*arguments, **keywords)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]
