"""The calls that `random_calls.Caller` makes of EC2 and of Elastic Load Balancing."""

from tests.q9 import architecture
from tests.q9.architecture import APP_PORT, ZONES

EVERYWHERE = "0.0.0.0/0"


class Ec2:
    """Subnets, routes, gateways, endpoints, security groups."""

    def create_subnet(self):
        """Create a subnet, as small as they come, perhaps over another one."""
        cidr = f"10.0.{self.random.randint(30, 60)}.{self.random.choice((0, 16, 32))}/28"
        made = self.call(
            "ec2",
            "create_subnet",
            VpcId=self.any("vpc"),
            CidrBlock=cidr,
            AvailabilityZone=self.random.choice(ZONES),
        )
        if made:
            self.made("subnet", made["Subnet"]["SubnetId"])

    def delete_subnet(self):
        """Delete a subnet."""
        subnet = self.any("subnet")
        if self.call("ec2", "delete_subnet", SubnetId=subnet):
            self.deleted("subnet", subnet)

    def create_vpc(self):
        """Create a VPC."""
        made = self.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16")
        if made:
            self.made("vpc", made["Vpc"]["VpcId"])

    def delete_vpc(self):
        """Delete a VPC."""
        vpc = self.any("vpc")
        if self.call("ec2", "delete_vpc", VpcId=vpc):
            self.deleted("vpc", vpc)

    def route(self):
        """Create, replace or delete a default route."""
        what = self.random.choice(("create_route", "replace_route", "delete_route"))
        nat = {"NatGatewayId": self.any("nat")}
        target = nat if self.maybe() else {"GatewayId": self.any("igw")}
        self.call(
            "ec2",
            what,
            RouteTableId=self.any("table"),
            DestinationCidrBlock=EVERYWHERE,
            **({} if what == "delete_route" else target),
        )

    def create_table(self):
        """Create a route table and put a subnet on it."""
        made = self.call("ec2", "create_route_table", VpcId=self.any("vpc"))
        if made:
            table = made["RouteTable"]["RouteTableId"]
            self.made("table", table)
            self.call(
                "ec2", "associate_route_table", RouteTableId=table, SubnetId=self.any("subnet")
            )

    def delete_table(self):
        """Delete a route table."""
        table = self.any("table")
        if self.call("ec2", "delete_route_table", RouteTableId=table):
            self.deleted("table", table)

    def nat_gateway(self):
        """Create or delete a NAT gateway."""
        if self.maybe():
            gateway = self.any("nat")
            self.call("ec2", "delete_nat_gateway", NatGatewayId=gateway)
            return
        address = self.call("ec2", "allocate_address", Domain="vpc")
        if address:
            made = self.call(
                "ec2",
                "create_nat_gateway",
                SubnetId=self.any("subnet"),
                AllocationId=address["AllocationId"],
            )
            if made:
                self.made("nat", made["NatGateway"]["NatGatewayId"])

    def internet_gateway(self):
        """Attach, detach or delete the internet gateway."""
        what = self.random.choice(("attach", "attach", "detach"))
        self.call(
            "ec2",
            f"{what}_internet_gateway",
            InternetGatewayId=self.any("igw"),
            VpcId=self.any("vpc"),
        )

    def endpoint(self):
        """Create or delete an endpoint."""
        if self.maybe():
            endpoint = self.any("endpoint")
            answer = self.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[endpoint])
            if answer and not answer.get("Unsuccessful"):
                self.deleted("endpoint", endpoint)
            return
        service = self.random.choice(("ecr.api", "ecr.dkr", "logs", "secretsmanager"))
        made = self.call(
            "ec2",
            "create_vpc_endpoint",
            VpcId=self.shop.vpc,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{architecture.REGION}.{service}",
            SubnetIds=[self.any("subnet")],
            SecurityGroupIds=[self.any("group")],
            PrivateDnsEnabled=self.maybe(),
        )
        if made:
            self.made("endpoint", made["VpcEndpoint"]["VpcEndpointId"])

    def create_group(self):
        """Create a security group."""
        made = self.call(
            "ec2",
            "create_security_group",
            GroupName=f"g{self.number}",
            Description="random",
            VpcId=self.any("vpc"),
        )
        if made:
            self.made("group", made["GroupId"])

    def delete_group(self):
        """Delete a security group."""
        group = self.any("group")
        if self.call("ec2", "delete_security_group", GroupId=group):
            self.deleted("group", group)

    def group_rule(self):
        """Let somebody into or out of a security group, or no longer."""
        what = self.random.choice(("authorize", "authorize", "revoke"))
        way = self.random.choice(("ingress", "ingress", "egress"))
        cidr = EVERYWHERE if self.maybe() else ""
        port = self.random.choice((80, 443, APP_PORT))
        permission = architecture.permission(port, cidr, self.any("group"))
        self.call(
            "ec2",
            f"{what}_security_group_{way}",
            GroupId=self.any("group"),
            IpPermissions=[permission],
        )

    def interface(self):
        """Create an interface, delete one, or count the addresses that are left."""
        what = self.random.choice(("create", "create", "delete", "describe"))
        if what == "describe":
            found = self.call("ec2", "describe_subnets")["Subnets"]
            self.free = {each["SubnetId"]: each["AvailableIpAddressCount"] for each in found}
        elif what == "delete":
            interface = self.any("interface")
            if self.call("ec2", "delete_network_interface", NetworkInterfaceId=interface):
                self.deleted("interface", interface)
        else:
            made = self.call("ec2", "create_network_interface", SubnetId=self.any("subnet"))
            if made:
                self.made("interface", made["NetworkInterface"]["NetworkInterfaceId"])

    def describe_interfaces(self):
        """Describe all interfaces, and try to delete one of them, whoever has it."""
        found = self.call("ec2", "describe_network_interfaces")
        ids = [each["NetworkInterfaceId"] for each in found["NetworkInterfaces"]]
        self.call("ec2", "delete_network_interface", NetworkInterfaceId=self.random.choice(ids))


class Elb:
    """Load balancers, listeners, rules, target groups, targets."""

    def create_target_group(self):
        """Create a target group."""
        made = self.call(
            "elbv2",
            "create_target_group",
            Name=f"t{self.number}",
            Protocol="HTTP",
            Port=APP_PORT,
            VpcId=self.any("vpc"),
            TargetType="ip",
            HealthCheckPath=self.random.choice(("/health", "/nope")),
            HealthCheckIntervalSeconds=self.random.choice((5, 10, 30)),
            HealthCheckTimeoutSeconds=2,
        )
        if made:
            self.made("target group", made["TargetGroups"][0]["TargetGroupArn"])

    def modify_target_group(self):
        """Change a target group's health check or its deregistration delay."""
        group = self.any("target group")
        if self.maybe():
            delay = {
                "Key": "deregistration_delay.timeout_seconds",
                "Value": self.random.choice(("0", "30", "300")),
            }
            self.call(
                "elbv2", "modify_target_group_attributes", TargetGroupArn=group, Attributes=[delay]
            )
            return
        self.call(
            "elbv2",
            "modify_target_group",
            TargetGroupArn=group,
            HealthCheckPath=self.random.choice(("/health", "/nope", "/")),
            HealthCheckIntervalSeconds=self.random.choice((5, 15, 60)),
        )

    def delete_target_group(self):
        """Delete a target group."""
        group = self.any("target group")
        if self.call("elbv2", "delete_target_group", TargetGroupArn=group):
            self.deleted("target group", group)

    def forward(self):
        """Return an action: to one target group, to two, or a fixed answer."""
        if self.maybe(0.2):
            fixed = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "no"}
            return {"Type": "fixed-response", "FixedResponseConfig": fixed}
        groups = list(dict.fromkeys(self.any("target group") for _ in range(2)))
        weighted = [
            {"TargetGroupArn": each, "Weight": self.random.randint(0, 9)} for each in groups
        ]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}

    def create_rule(self):
        """Create a rule of a listener."""
        path = self.random.choice(("/api/users/*", "/api/*", "/x"))
        made = self.call(
            "elbv2",
            "create_rule",
            ListenerArn=self.any("listener"),
            Priority=self.random.randint(1, 60),
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}],
            Actions=[self.forward()],
        )
        if made:
            self.made("rule", made["Rules"][0]["RuleArn"])

    def modify_rule(self):
        """Send a rule's requests elsewhere."""
        self.call("elbv2", "modify_rule", RuleArn=self.any("rule"), Actions=[self.forward()])

    def delete_rule(self):
        """Delete a rule."""
        rule = self.any("rule")
        if self.call("elbv2", "delete_rule", RuleArn=rule):
            self.deleted("rule", rule)

    def create_listener(self):
        """Create a listener."""
        made = self.call(
            "elbv2",
            "create_listener",
            LoadBalancerArn=self.any("balancer"),
            Protocol="HTTP",
            Port=self.random.choice((80, 81, 8080)),
            DefaultActions=[self.forward()],
        )
        if made:
            self.made("listener", made["Listeners"][0]["ListenerArn"])

    def delete_listener(self):
        """Delete a listener."""
        listener = self.any("listener")
        if self.call("elbv2", "delete_listener", ListenerArn=listener):
            self.deleted("listener", listener)

    def create_balancer(self):
        """Create a load balancer."""
        subnets = [self.any("subnet") for _ in range(2)]
        made = self.call(
            "elbv2",
            "create_load_balancer",
            Name=f"b{self.number}",
            Subnets=list(self.shop.public.values()) if self.maybe() else subnets,
            SecurityGroups=[self.any("group")],
        )
        if made:
            self.made("balancer", made["LoadBalancers"][0]["LoadBalancerArn"])

    def modify_balancer(self):
        """Change a load balancer's subnets or security groups."""
        balancer = self.any("balancer")
        if self.maybe():
            subnets = [self.any("subnet") for _ in range(2)]
            self.call("elbv2", "set_subnets", LoadBalancerArn=balancer, Subnets=subnets)
        else:
            groups = [self.any("group")]
            self.call(
                "elbv2", "set_security_groups", LoadBalancerArn=balancer, SecurityGroups=groups
            )

    def delete_balancer(self):
        """Delete a load balancer."""
        balancer = self.any("balancer")
        if self.call("elbv2", "delete_load_balancer", LoadBalancerArn=balancer):
            self.deleted("balancer", balancer)

    def targets(self):
        """Register or deregister a target by hand."""
        group, address = self.any("target group"), f"10.0.10.{self.random.randint(4, 30)}"
        what = self.random.choice(("register_targets", "deregister_targets"))
        target = [{"Id": address, "Port": APP_PORT}]
        answer = self.call("elbv2", what, TargetGroupArn=group, Targets=target)
        if answer is None:
            return
        if what == "register_targets":
            self.known.by_hand.add((group, address, APP_PORT))
        else:
            self.known.by_hand.discard((group, address, APP_PORT))

    def describe_health(self):
        """Describe the health of a group's targets."""
        self.call("elbv2", "describe_target_health", TargetGroupArn=self.any("target group"))
