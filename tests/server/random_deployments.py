"""The calls that `random_calls.Caller` makes of deployments that shift traffic, their hooks, and Spot tasks."""

import json

from tests.q9.architecture import ACCOUNT, APP_PORT, ZONES
from tests.server.shifts import LAMBDA, MANAGED, TRUST

ROLE = "shop-elb"


class Deployments:
    """Blue/green, linear and canary services, and what happens to them on the way."""

    def strategy(self):
        """Return a random strategy with short times, perhaps with hooks, alarms or the circuit breaker."""
        name = self.random.choice(("BLUE_GREEN", "BLUE_GREEN", "LINEAR", "CANARY", "ROLLING"))
        minutes = self.random.choice((0, 1, 5))
        found = {
            "strategy": name,
            "bakeTimeInMinutes": minutes,
            "deploymentCircuitBreaker": {"enable": self.maybe(), "rollback": self.maybe(0.7)},
        }
        if name == "LINEAR":
            percent = self.random.choice((3.0, 25.0, 33.3, 100.0))
            found["linearConfiguration"] = {
                "stepPercent": percent,
                "stepBakeTimeInMinutes": minutes,
            }
        if name == "CANARY":
            percent = self.random.choice((0.1, 5.0, 50.0))
            found["canaryConfiguration"] = {
                "canaryPercent": percent,
                "canaryBakeTimeInMinutes": minutes,
            }
        if self.maybe(0.3):
            found["lifecycleHooks"] = [self.lifecycle_hook()]
        if self.maybe(0.2):
            found["alarms"] = {"alarmNames": ["none"], "enable": True, "rollback": self.maybe()}
        return found

    def lifecycle_hook(self):
        """Return a hook of either kind."""
        stage = self.random.choice(
            ("PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT")
        )
        if self.maybe():
            return {
                "targetType": "PAUSE",
                "lifecycleStages": [stage],
                "timeoutConfiguration": {
                    "timeoutInMinutes": self.random.choice((1, 30)),
                    "action": self.random.choice(("CONTINUE", "ROLLBACK")),
                },
            }
        return {"hookTargetArn": LAMBDA, "roleArn": f"{LAMBDA}-role", "lifecycleStages": [stage]}

    def pair(self):
        """Make a second target group and a rule that forwards to it and to another one."""
        self.call("iam", "create_role", RoleName=ROLE, AssumeRolePolicyDocument=TRUST)
        self.call("iam", "attach_role_policy", RoleName=ROLE, PolicyArn=MANAGED)
        made = self.call(
            "elbv2",
            "create_target_group",
            Name=f"alternate-{self.number}",
            Protocol="HTTP",
            Port=APP_PORT,
            VpcId=self.shop.vpc,
            TargetType="ip",
        )
        if not made:
            return
        group, other = self.any("target group"), made["TargetGroups"][0]["TargetGroupArn"]
        self.made("target group", other)
        weights = [{"TargetGroupArn": group, "Weight": 1}, {"TargetGroupArn": other, "Weight": 0}]
        rule = self.call(
            "elbv2",
            "create_rule",
            ListenerArn=self.any("listener"),
            Priority=1000 + self.number,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{self.number}/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
        )
        if rule:
            self.made("rule", rule["Rules"][0]["RuleArn"])
            self.made("pair", (group, other, rule["Rules"][0]["RuleArn"]))

    def shifted(self):
        """Return loadBalancers with both target groups of a pair, or none."""
        pair = self.any("pair")
        if pair == "none":
            return []
        group, other, rule = pair
        advanced = {
            "alternateTargetGroupArn": other,
            "productionListenerRule": rule,
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}",
        }
        if self.maybe(0.2):
            advanced["testListenerRule"] = self.any("rule")
        return [
            {
                "targetGroupArn": group,
                "containerName": "app",
                "containerPort": APP_PORT,
                "advancedConfiguration": advanced,
            }
        ]

    def create_shifting_service(self):
        """Create a service with a strategy, mostly of what can run."""
        name = f"b{self.number}" if self.maybe(0.7) else self.any("service")
        made = self.call(
            "ecs",
            "create_service",
            cluster="shop",
            serviceName=name,
            taskDefinition=self.any("definition"),
            desiredCount=self.random.randint(0, 3),
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": list(self.shop.private.values()),
                    "securityGroups": [self.shop.groups["user"]],
                }
            },
            loadBalancers=self.shifted(),
            deploymentConfiguration=self.strategy(),
        )
        if made:
            self.made("service", name)
            self.made("shifting", name)

    def update_strategy(self):
        """Change the strategy, the load balancers or the task definition of a service, or several of them."""
        changes = {
            "deploymentConfiguration": self.strategy(),
            "loadBalancers": self.shifted(),
            "taskDefinition": self.any("definition"),
            "forceNewDeployment": True,
            "desiredCount": self.random.randint(0, 3),
        }
        chosen = self.random.sample(sorted(changes), self.random.choice((1, 1, 2, 3)))
        self.call(
            "ecs",
            "update_service",
            cluster="shop",
            service=self.any("shifting" if self.maybe(0.8) else "service"),
            **{name: changes[name] for name in chosen},
        )

    def decide(self):
        """Stop a deployment, continue one that pauses, or let the function of a hook answer."""
        if self.maybe(0.3):
            status = self.random.choice(("SUCCEEDED", "FAILED", "IN_PROGRESS"))
            self.control("hook", function="verify", status=status)
            return
        listed = self.call(
            "ecs", "list_service_deployments", cluster="shop", service=self.any("shifting")
        )
        for each in (listed or {}).get("serviceDeployments", [])[:1]:
            arn = each["serviceDeploymentArn"]
            found = self.call("ecs", "describe_service_deployments", serviceDeploymentArns=[arn])
            (shown,) = found["serviceDeployments"]
            json.dumps(shown, default=str)
            for hook in shown.get("lifecycleHookDetails", []):
                self.call(
                    "ecs",
                    "continue_service_deployment",
                    serviceDeploymentArn=arn,
                    hookId=hook["hookId"],
                    action=self.random.choice(("CONTINUE", "CONTINUE", "ROLLBACK")),
                )
            if self.maybe(0.3):
                kind = self.random.choice(("ROLLBACK", "ROLLBACK", "ABORT"))
                self.call("ecs", "stop_service_deployment", serviceDeploymentArn=arn, stopType=kind)

    def fail_spot(self):
        """Interrupt a Spot task, or all of a zone."""
        self.control("fail", spot=self.random.choice((self.any("task"), *ZONES)))
