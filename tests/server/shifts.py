"""A service with two target groups behind one load balancer, for the tests of deployments that shift traffic."""

import json

from awslab.server import clock, inprocess
from tests.server.ecs_world import ACCOUNT, World

PORT = 3000
LISTENS = {"port": PORT, "boot": 5}
SICK = {"port": PORT, "boot": 5, "health": {"*": 500}}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
MANAGED = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
LAMBDA = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:verify"


class Shifting(World):
    """A VPC, a load balancer with a production and a test listener, target groups `blue` and `green`, images."""

    def __init__(self, app, session):
        super().__init__(session)
        self.app = app
        self.elb = session.client("elbv2")
        self.cloudwatch = session.client("cloudwatch")
        self.network().roles()
        for port in (80, 8080, PORT):
            self.ec2.authorize_security_group_ingress(
                GroupId=self.group,
                IpPermissions=[
                    {
                        "IpProtocol": "tcp",
                        "FromPort": port,
                        "ToPort": port,
                        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
                    }
                ],
            )
        self.iam.create_role(RoleName="ecs-elb", AssumeRolePolicyDocument=TRUST)
        self.iam.attach_role_policy(RoleName="ecs-elb", PolicyArn=MANAGED)
        self.infrastructure = f"arn:aws:iam::{ACCOUNT}:role/ecs-elb"
        made = self.elb.create_load_balancer(
            Name="shop", Subnets=self.subnets, SecurityGroups=[self.group]
        )["LoadBalancers"][0]
        self.balancer, self.dns = made["LoadBalancerArn"], made["DNSName"]
        self.blue, self.green = (self.target_group(name) for name in ("blue", "green"))
        self.production = self.rule(80, {self.blue: 1, self.green: 0})
        self.test_rule = self.rule(8080, {self.blue: 1, self.green: 0})
        self.definitions = {
            name: self.definition(self.image(name, app=app, content=name))
            for name, app in (("v1", LISTENS), ("v2", LISTENS), ("sick", SICK))
        }

    def target_group(self, name):
        """Create a target group with quick checks and a short drain, and return its ARN."""
        made = self.elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=PORT,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(
            TargetGroupArn=made,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "10"}],
        )
        return made

    def rule(self, port, weights):
        """Create a listener on a port with one rule for every path, and return the rule's ARN."""
        nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no"}
        listener = self.elb.create_listener(
            LoadBalancerArn=self.balancer,
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
        )["Listeners"][0]["ListenerArn"]
        return self.elb.create_rule(
            ListenerArn=listener,
            Priority=10,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[forward(weights)],
        )["Rules"][0]["RuleArn"]

    def balancers(self, **changes):
        """Return the loadBalancers of a service with both target groups and both rules."""
        advanced = {
            "alternateTargetGroupArn": self.green,
            "productionListenerRule": self.production,
            "testListenerRule": self.test_rule,
            "roleArn": self.infrastructure,
            **changes,
        }
        return [
            {
                "targetGroupArn": self.blue,
                "containerName": "app",
                "containerPort": PORT,
                "advancedConfiguration": {k: v for k, v in advanced.items() if v is not None},
            }
        ]

    def start(self, name="app", version="v1", **configuration):
        """Create a service of two tasks with a strategy, and wait until its first deployment is over."""
        configuration.setdefault("strategy", "BLUE_GREEN")
        self.service(
            self.definitions[version],
            name=name,
            loadBalancers=self.balancers(),
            deploymentConfiguration=configuration,
        )
        self.over()
        return self

    def deploy(self, version="v2", **changes):
        """Begin a deployment of another version, and return its service deployment's ARN."""
        answer = self.ecs.update_service(
            cluster="main", service="app", taskDefinition=self.definitions[version], **changes
        )
        return answer["service"]["currentServiceDeployment"]

    def latest(self, back=0):
        """Describe the newest service deployment; five simulated seconds pass."""
        listed = self.ecs.list_service_deployments(cluster="main", service="app")
        arn = listed["serviceDeployments"][back]["serviceDeploymentArn"]
        return self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])[
            "serviceDeployments"
        ][0]

    def reach(self, stage, polls=400):
        """Poll until the newest service deployment is in a stage, and return it."""
        for _ in range(polls):
            found = self.latest()
            if found.get("lifecycleStage") == stage:
                return found
            assert "finishedAt" not in found, found
        raise AssertionError(f"never reached {stage}: {found}")

    def over(self, polls=400):
        """Poll until the newest service deployment is over, and return it with the stages it went through."""
        stages = []
        for _ in range(polls):
            found = self.latest()
            stage = found.get("lifecycleStage")
            if stage and stages[-1:] != [stage]:
                stages.append(stage)
            if "finishedAt" in found:
                return found, stages
        raise AssertionError(f"never over: {found}, {self.describe()['events'][:8]}")

    def answers(self, count=20, port=80):
        """Make requests and count which image's version answered, or which status."""
        found = {}
        for _ in range(count):
            status, _, body = inprocess.call(self.app, "GET", f"http://{self.dns}:{port}/")
            who = json.loads(body)["image"].rpartition(":")[2] if status == 200 else status
            found[who] = found.get(who, 0) + 1
        return found

    def weights(self, rule=None):
        """Return the weights of the blue and the green target group in a rule."""
        found = self.elb.describe_rules(RuleArns=[rule or self.production])["Rules"][0]
        groups = found["Actions"][0]["ForwardConfig"]["TargetGroups"]
        by_arn = {each["TargetGroupArn"]: each["Weight"] for each in groups}
        return by_arn.get(self.blue), by_arn.get(self.green)

    def ask(self, action, **body):
        """Ask the lab's control and return status and answer."""
        status, _, answer = inprocess.call(
            self.app, "POST", f"{inprocess.ADDRESS}/_lab/{action}", json.dumps(body).encode()
        )
        return status, json.loads(answer)

    def advance(self, minutes):
        """Let simulated minutes pass."""
        self.ask("advance", seconds=minutes * 60)
        return clock.current.now

    def messages(self):
        """Return the service's events, oldest first."""
        return [event["message"] for event in reversed(self.describe()["events"])]


def forward(weights):
    """A forward action with weights by target group."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


def configure(world, **configuration):
    """Change the deployment configuration; that begins no deployment."""
    world.ecs.update_service(cluster="main", service="app", deploymentConfiguration=configuration)


def serving(world):
    """Tell which version answers production requests, and which test requests."""
    return set(world.answers(6)), set(world.answers(6, port=8080))
