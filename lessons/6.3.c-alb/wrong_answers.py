# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
What people answer instead in assignment 6.3.c, and other right answers.
"""

# %% wrong="create-alb" slip="the port of the redirect forgotten" says="the redirect from HTTP needs port 80 open as well"
ec2.authorize_security_group_ingress(
    GroupId=shop["alb_group"], IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0"
)
elb.create_load_balancer(Name=LB_NAME, Subnets=shop["public"], SecurityGroups=[shop["alb_group"]])

# %% wrong="create-alb" slip="private subnets" says="its nodes are in private subnets"
for port in (80, 443):
    ec2.authorize_security_group_ingress(
        GroupId=shop["alb_group"], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
    )
elb.create_load_balancer(Name=LB_NAME, Subnets=shop["private"], SecurityGroups=[shop["alb_group"]])

# %% wrong="create-alb" slip="one zone" says="there is no load balancer yet"
elb.create_load_balancer(
    Name=LB_NAME, Subnets=shop["public"][:1], SecurityGroups=[shop["alb_group"]]
)

# %% wrong="create-alb" slip="every port open" says="a rule is too wide"
ec2.authorize_security_group_ingress(
    GroupId=shop["alb_group"], IpProtocol="tcp", FromPort=0, ToPort=65535, CidrIp="0.0.0.0/0"
)
elb.create_load_balancer(Name=LB_NAME, Subnets=shop["public"], SecurityGroups=[shop["alb_group"]])

# %% wrong="create-alb" slip="one range from 80 to 443" says="a rule is too wide"
ec2.authorize_security_group_ingress(
    GroupId=shop["alb_group"], IpProtocol="tcp", FromPort=80, ToPort=443, CidrIp="0.0.0.0/0"
)
elb.create_load_balancer(Name=LB_NAME, Subnets=shop["public"], SecurityGroups=[shop["alb_group"]])

# %% wrong="create-alb" slip="no security group named" says="it is reached on port 80"
for port in (80, 443):
    ec2.authorize_security_group_ingress(
        GroupId=shop["alb_group"], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
    )
elb.create_load_balancer(Name=LB_NAME, Subnets=shop["public"])

# %% wrong="create-alb" slip="internal" says="an internal load balancer has private addresses only"
for port in (80, 443):
    ec2.authorize_security_group_ingress(
        GroupId=shop["alb_group"], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0"
    )
elb.create_load_balancer(
    Name=LB_NAME, Subnets=shop["public"], SecurityGroups=[shop["alb_group"]], Scheme="internal"
)

# %% wrong="create-alb" slip="a Network Load Balancer" says="does not read HTTP"
elb.create_load_balancer(Name=LB_NAME, Subnets=shop["public"], Type="network")

# %% right="create-alb" by="the aws command"
group, subnets = shop["alb_group"], " ".join(shop["public"])
# !aws ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 80 --cidr 0.0.0.0/0
# !aws ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 443 --cidr 0.0.0.0/0
# !aws elbv2 create-load-balancer --name {LB_NAME} --subnets {subnets} --security-groups {group}

# %% right="create-alb" by="boto3 resource, one call for both ports"
group = boto3.resource("ec2").SecurityGroup(shop["alb_group"])
group.authorize_ingress(
    IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": p, "ToPort": p, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        for p in (80, 443)
    ]
)
elb.create_load_balancer(
    Name=LB_NAME,
    SubnetMappings=[{"SubnetId": each} for each in shop["public"]],
    SecurityGroups=[group.id],
    Scheme="internet-facing",
)

# %% wrong="target-groups" slip="the thresholds swapped" says="the two are swapped"
for name in ("users", "orders", "payments"):
    elb.create_target_group(
        Name=name, Protocol="HTTP", Port=PORT, VpcId=shop["vpc"], TargetType="ip",
        HealthCheckPath=HEALTH_PATH, HealthCheckIntervalSeconds=INTERVAL,
        HealthyThresholdCount=3, UnhealthyThresholdCount=2,
    )

# %% wrong="target-groups" slip="the default target type" says="`instance`, the default, is for EC2 instances"
for name in ("users", "orders", "payments"):
    elb.create_target_group(
        Name=name, Protocol="HTTP", Port=PORT, VpcId=shop["vpc"],
        HealthCheckPath=HEALTH_PATH, HealthCheckIntervalSeconds=INTERVAL,
        HealthyThresholdCount=2, UnhealthyThresholdCount=3,
    )

# %% wrong="target-groups" slip="one group for all" says="one group for all services"
elb.create_target_group(
    Name="shop", Protocol="HTTP", Port=PORT, VpcId=shop["vpc"], TargetType="ip",
    HealthCheckPath=HEALTH_PATH, HealthCheckIntervalSeconds=INTERVAL,
    HealthyThresholdCount=2, UnhealthyThresholdCount=3,
)

# %% wrong="target-groups" slip="the default health check" says="`/` is the default path"
for name in ("users", "orders", "payments"):
    elb.create_target_group(Name=name, Protocol="HTTP", Port=PORT, VpcId=shop["vpc"], TargetType="ip")

# %% wrong="target-groups" slip="port 80" says="HTTP on the port of the tasks"
for name in ("users", "orders", "payments"):
    elb.create_target_group(
        Name=name, Protocol="HTTP", Port=80, VpcId=shop["vpc"], TargetType="ip",
        HealthCheckPath=HEALTH_PATH, HealthCheckIntervalSeconds=INTERVAL,
        HealthyThresholdCount=2, UnhealthyThresholdCount=3,
    )

# %% right="target-groups" by="the aws command"
VPC = shop["vpc"]
for name in ("users", "orders", "payments"):
    # !aws elbv2 create-target-group --name {name} --protocol HTTP --port {PORT} --vpc-id {VPC} --target-type ip --health-check-path {HEALTH_PATH} --health-check-interval-seconds {INTERVAL} --healthy-threshold-count 2 --unhealthy-threshold-count 3
    pass

# %% right="target-groups" by="create, then modify"
for name in ("users", "orders", "payments"):
    made = elb.create_target_group(
        Name=name, Protocol="HTTP", Port=PORT, VpcId=shop["vpc"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group(
        TargetGroupArn=made, HealthCheckPath=HEALTH_PATH, HealthCheckIntervalSeconds=INTERVAL,
        HealthyThresholdCount=2, UnhealthyThresholdCount=3,
    )

# %% wrong="certificate" slip="requested, not validated" says="ACM has not found its record"
certificate = acm.request_certificate(
    DomainName=DOMAIN, SubjectAlternativeNames=[f"*.{DOMAIN}"], ValidationMethod="DNS"
)["CertificateArn"]

# %% wrong="certificate" slip="another Region" says="a listener sees only its own Region"
far = boto3.client("acm", region_name="eu-west-1")
certificate = far.request_certificate(
    DomainName=DOMAIN, SubjectAlternativeNames=[f"*.{DOMAIN}"], ValidationMethod="DNS"
)["CertificateArn"]

# %% wrong="certificate" slip="e-mail validation" says="somebody must click"
certificate = acm.request_certificate(
    DomainName=DOMAIN, SubjectAlternativeNames=[f"*.{DOMAIN}"], ValidationMethod="EMAIL"
)["CertificateArn"]

# %% wrong="certificate" slip="one name only" says="does not cover the names below it"
certificate = acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
record = detail["DomainValidationOptions"][0]["ResourceRecord"]
proof = {
    "Name": record["Name"], "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": record["Value"]}]
}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": proof}]}
)

# %% wrong="certificate" slip="the record as TXT" says="ACM has not found its record"
certificate = acm.request_certificate(
    DomainName=DOMAIN, SubjectAlternativeNames=[f"*.{DOMAIN}"], ValidationMethod="DNS"
)["CertificateArn"]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
record = detail["DomainValidationOptions"][0]["ResourceRecord"]
value = '"' + record["Value"] + '"'
proof = {"Name": record["Name"], "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": value}]}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": proof}]}
)

# %% right="certificate" by="the aws command"
made = !aws acm request-certificate --domain-name {DOMAIN} --subject-alternative-names "*.{DOMAIN}" --validation-method DNS --query CertificateArn --output text
certificate = made[0]
detail = acm.describe_certificate(CertificateArn=certificate)["Certificate"]
record = detail["DomainValidationOptions"][0]["ResourceRecord"]
proof = {
    "Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]
}
changes = json.dumps({"Changes": [{"Action": "UPSERT", "ResourceRecordSet": proof}]})
# !aws route53 change-resource-record-sets --hosted-zone-id {ZONE} --change-batch '{changes}'
# !aws acm wait certificate-validated --certificate-arn {certificate}

# %% wrong="listeners" slip="HTTP on port 443" says="a port number does not encrypt"
balancer = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]
no_page = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
for port, action in (
    (443, {"Type": "fixed-response", "FixedResponseConfig": no_page}),
    (80, {"Type": "redirect", "RedirectConfig": to_https}),
):
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=port, DefaultActions=[action]
    )
alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False}
record = {"Name": DOMAIN, "Type": "A", "AliasTarget": alias}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
)

# %% wrong="listeners" slip="forward on port 80" says="forward on port 80 sends passwords in clear"
balancer = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]
arn = balancer["LoadBalancerArn"]
group = elb.create_target_group(
    Name="everything", Protocol="HTTP", Port=PORT, VpcId=shop["vpc"], TargetType="ip"
)["TargetGroups"][0]["TargetGroupArn"]
no_page = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": no_page}],
)
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTP", Port=80,
    DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
)
alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False}
record = {"Name": DOMAIN, "Type": "A", "AliasTarget": alias}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
)

# %% wrong="listeners" slip="the default action forwards" says="every mistyped path would land in one service"
balancer = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]
arn = balancer["LoadBalancerArn"]
group = elb.create_target_group(
    Name="everything", Protocol="HTTP", Port=PORT, VpcId=shop["vpc"], TargetType="ip"
)["TargetGroups"][0]["TargetGroupArn"]
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
)
to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTP", Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False}
record = {"Name": DOMAIN, "Type": "A", "AliasTarget": alias}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
)

# %% wrong="listeners" slip="302, and the query string lost" says="302 says: only for now"
balancer = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]
arn = balancer["LoadBalancerArn"]
no_page = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": no_page}],
)
to_https = {"Protocol": "HTTPS", "Port": "443", "Query": "", "StatusCode": "HTTP_302"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTP", Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False}
record = {"Name": DOMAIN, "Type": "A", "AliasTarget": alias}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
)

# %% wrong="listeners" slip="a redirect to one page" says="leave Host, Path and Query out of the redirect"
balancer = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]
arn = balancer["LoadBalancerArn"]
no_page = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": no_page}],
)
to_https = {"Protocol": "HTTPS", "Port": "443", "Host": DOMAIN, "StatusCode": "HTTP_301"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTP", Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False}
record = {"Name": DOMAIN, "Type": "A", "AliasTarget": alias}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
)

# %% wrong="listeners" slip="a redirect without its port" says="name the port as well"
balancer = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]
arn = balancer["LoadBalancerArn"]
no_page = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": no_page}],
)
to_https = {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTP", Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False}
record = {"Name": DOMAIN, "Type": "A", "AliasTarget": alias}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
)

# %% wrong="listeners" slip="no alias record" says="no A record in the zone"
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
no_page = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "no such page"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": no_page}],
)
to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTP", Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)

# %% wrong="listeners" slip="a CNAME at the top of the zone" says="Route 53 refuses a CNAME at the top of a zone"
to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
elb.create_listener(
    LoadBalancerArn=balancer()["LoadBalancerArn"], Protocol="HTTP", Port=80,
    DefaultActions=[{"Type": "redirect", "RedirectConfig": to_https}],
)
put_record(Name=DOMAIN, Type="CNAME", TTL=300, ResourceRecords=[{"Value": balancer()["DNSName"]}])

# %% right="listeners" by="everything of the redirect spelt out"
balancer = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]
arn = balancer["LoadBalancerArn"]
elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTP", Port=80,
    DefaultActions=[
        {
            "Type": "redirect",
            "RedirectConfig": {
                "Protocol": "HTTPS", "Host": "#{host}", "Port": "443", "Path": "/#{path}",
                "Query": "#{query}", "StatusCode": "HTTP_301",
            },
        }
    ],
)
made = elb.create_listener(
    LoadBalancerArn=arn, Protocol="HTTPS", Port=443, SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    Certificates=[{"CertificateArn": certificate}],
    DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
)
alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": True}
record = {"Name": f"{DOMAIN}.", "Type": "A", "AliasTarget": alias}
route53.change_resource_record_sets(
    HostedZoneId=ZONE, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
)

# %% wrong="rules" slip="the bare path forgotten" says="give the rule both patterns"
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
https = next(each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"] if each["Port"] == 443)
for number, name in enumerate(("users", "orders", "payments"), 1):
    group = elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]
    elb.create_rule(
        ListenerArn=https, Priority=number,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/api/{name}/*"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )

# %% wrong="rules" slip="a broad rule in front" says="a rule with a lower number and a broader pattern takes the request"
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
https = next(each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"] if each["Port"] == 443)
for number, (name, pattern) in enumerate((("users", "/api/*"), ("orders", "/api/orders*"), ("payments", "/api/payments*")), 1):
    group = elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]
    elb.create_rule(
        ListenerArn=https, Priority=number,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [pattern]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )

# %% wrong="rules" slip="one pattern with a star at the end" says="names that only look alike are nobody's"
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
https = next(each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"] if each["Port"] == 443)
for number, name in enumerate(("users", "orders", "payments"), 1):
    group = elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]
    elb.create_rule(
        ListenerArn=https, Priority=number,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/api/{name}*"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )

# %% wrong="rules" slip="on the listener of port 80" says="they belong to the listener on port 443"
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
https = next(each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"] if each["Port"] == 80)
for number, name in enumerate(("users", "orders", "payments"), 1):
    group = elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]
    elb.create_rule(
        ListenerArn=https, Priority=number,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/api/{name}", f"/api/{name}/*"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )

# %% wrong="rules" slip="only the bare path" says="`/api/users/*` is what is below it"
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
https = next(each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"] if each["Port"] == 443)
for number, name in enumerate(("users", "orders", "payments"), 1):
    group = elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]
    elb.create_rule(
        ListenerArn=https, Priority=number,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/api/{name}"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )

# %% right="rules" by="two rules for each service, and a weight"
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
https = next(each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"] if each["Port"] == 443)
priority = 1
for name in ("users", "orders", "payments"):
    group = elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]
    for path in (f"/api/{name}", f"/api/{name}/*"):
        elb.create_rule(
            ListenerArn=https, Priority=priority, Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group, "Weight": 1}]}}],
        )
        priority += 1

# %% wrong="choose" slip="priorities sorted as texts" says="priorities are texts"
import re


def matches(pattern, text):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


path = path.partition("?")[0]
for rule in sorted(rules, key=lambda each: each["Priority"]):
    paths, hosts = rule.get("Paths"), rule.get("Hosts")
    if paths and not any(matches(each, path) for each in paths):
        continue
    if hosts and not any(matches(each.lower(), host.lower()) for each in hosts):
        continue
    return rule["TargetGroup"]

# %% wrong="choose" slip="fnmatch" says="in ELB's patterns only * and ? are special"
from fnmatch import fnmatchcase

path = path.partition("?")[0]
for rule in sorted(rules, key=lambda each: 10**6 if each["Priority"] == "default" else int(each["Priority"])):
    paths, hosts = rule.get("Paths"), rule.get("Hosts")
    if paths and not any(fnmatchcase(path, each) for each in paths):
        continue
    if hosts and not any(fnmatchcase(host.lower(), each.lower()) for each in hosts):
        continue
    return rule["TargetGroup"]

# %% wrong="choose" slip="the query string kept" says="the query string is not part of the path"
import re


def matches(pattern, text):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


for rule in sorted(rules, key=lambda each: 10**6 if each["Priority"] == "default" else int(each["Priority"])):
    paths, hosts = rule.get("Paths"), rule.get("Hosts")
    if paths and not any(matches(each, path) for each in paths):
        continue
    if hosts and not any(matches(each.lower(), host.lower()) for each in hosts):
        continue
    return rule["TargetGroup"]

# %% wrong="choose" slip="everything in lower case" says="paths are case-sensitive"
import re


def matches(pattern, text):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.I) is not None


path = path.partition("?")[0]
for rule in sorted(rules, key=lambda each: 10**6 if each["Priority"] == "default" else int(each["Priority"])):
    paths, hosts = rule.get("Paths"), rule.get("Hosts")
    if paths and not any(matches(each, path) for each in paths):
        continue
    if hosts and not any(matches(each, host) for each in hosts):
        continue
    return rule["TargetGroup"]

# %% wrong="choose" slip="one condition is enough" says="conditions of one rule are joined by and"
import re


def matches(pattern, text):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


path = path.partition("?")[0]
for rule in sorted(rules, key=lambda each: 10**6 if each["Priority"] == "default" else int(each["Priority"])):
    paths, hosts = rule.get("Paths"), rule.get("Hosts")
    if not paths and not hosts:
        return rule["TargetGroup"]
    if any(matches(each, path) for each in paths or []) or any(matches(each.lower(), host.lower()) for each in hosts or []):
        return rule["TargetGroup"]

# %% wrong="choose" slip="the star counts as covering the bare path" says="`/api/*` needs the slash"
path = path.partition("?")[0]
for rule in sorted(rules, key=lambda each: 10**6 if each["Priority"] == "default" else int(each["Priority"])):
    paths, hosts = rule.get("Paths"), rule.get("Hosts")
    if paths and not any(path.startswith(each.rstrip("*").rstrip("/")) for each in paths):
        continue
    if hosts and host.lower() not in [each.lower() for each in hosts]:
        continue
    return rule["TargetGroup"]

# %% right="choose" by="character by character"
def matches(pattern, text):
    if not pattern:
        return not text
    if pattern[0] == "*":
        return matches(pattern[1:], text) or (bool(text) and matches(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and matches(pattern[1:], text[1:])


path = path.split("?")[0]
for rule in sorted(rules, key=lambda each: (each["Priority"] == "default", each["Priority"].zfill(6))):
    tests = [(rule.get("Paths"), path), ([h.lower() for h in rule.get("Hosts") or []], host.lower())]
    if all(not patterns or any(matches(p, text) for p in patterns) for patterns, text in tests):
        return rule["TargetGroup"]

# %% wrong="canary" slip="the testers' rule comes too late" says="the rule of the testers comes too late"
groups = {each["TargetGroupName"]: each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]}
paths = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/orders", "/api/orders/*"]}}
weights = [
    {"TargetGroupArn": groups["orders"], "Weight": 100 - CANARY},
    {"TargetGroupArn": groups["orders-v2"], "Weight": CANARY},
]
order_rule = next(
    rule["RuleArn"]
    for rule in elb.describe_rules(ListenerArn=https)["Rules"]
    if groups["orders"] in [action.get("TargetGroupArn") for action in rule["Actions"]]
)
elb.modify_rule(RuleArn=order_rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}])
elb.create_rule(
    ListenerArn=https, Priority=900,
    Conditions=[{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Canary", "Values": ["always"]}}, paths],
    Actions=[{"Type": "forward", "TargetGroupArn": groups["orders-v2"]}],
)

# %% wrong="canary" slip="the header without the paths" says="the rule of the testers asks for the header only"
groups = {each["TargetGroupName"]: each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]}
weights = [
    {"TargetGroupArn": groups["orders"], "Weight": 100 - CANARY},
    {"TargetGroupArn": groups["orders-v2"], "Weight": CANARY},
]
order_rule = next(
    rule["RuleArn"]
    for rule in elb.describe_rules(ListenerArn=https)["Rules"]
    if groups["orders"] in [action.get("TargetGroupArn") for action in rule["Actions"]]
)
elb.modify_rule(RuleArn=order_rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}])
elb.create_rule(
    ListenerArn=https, Priority=1,
    Conditions=[{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Canary", "Values": ["always"]}}],
    Actions=[{"Type": "forward", "TargetGroupArn": groups["orders-v2"]}],
)

# %% wrong="canary" slip="the weights swapped" says="the weights are swapped"
groups = {each["TargetGroupName"]: each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]}
weights = [
    {"TargetGroupArn": groups["orders"], "Weight": CANARY},
    {"TargetGroupArn": groups["orders-v2"], "Weight": 100 - CANARY},
]
order_rule = next(
    rule["RuleArn"]
    for rule in elb.describe_rules(ListenerArn=https)["Rules"]
    if groups["orders"] in [action.get("TargetGroupArn") for action in rule["Actions"]]
)
elb.modify_rule(RuleArn=order_rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}])

# %% wrong="canary" slip="100 for the old group" says="weights are shares of their sum" replace=[["\"Weight\": 100 - CANARY", "\"Weight\": 100"]]

# %% wrong="canary" slip="a second rule for the same path" says="two rules do not share requests"
groups = {each["TargetGroupName"]: each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]}
elb.create_rule(
    ListenerArn=https, Priority=1,
    Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/orders", "/api/orders/*"]}}],
    Actions=[{"Type": "forward", "TargetGroupArn": groups["orders-v2"]}],
)

# %% wrong="canary" slip="the weights only" says="testers always get version 2"
groups = {each["TargetGroupName"]: each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]}
weights = [
    {"TargetGroupArn": groups["orders"], "Weight": 100 - CANARY},
    {"TargetGroupArn": groups["orders-v2"], "Weight": CANARY},
]
order_rule = next(
    rule["RuleArn"]
    for rule in elb.describe_rules(ListenerArn=https)["Rules"]
    if groups["orders"] in [action.get("TargetGroupArn") for action in rule["Actions"]]
)
elb.modify_rule(RuleArn=order_rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}])

# %% right="canary" by="a new rule in front of the old one, relative weights"
groups = {each["TargetGroupName"]: each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]}
from math import gcd

part = gcd(CANARY, 100)
weights = [
    {"TargetGroupArn": groups["orders-v2"], "Weight": CANARY // part},
    {"TargetGroupArn": groups["orders"], "Weight": (100 - CANARY) // part},
]
paths = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/orders", "/api/orders/*"]}}
tester = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "x-canary", "Values": ["always"]}}
elb.create_rule(
    ListenerArn=https, Priority=11, Conditions=[paths, tester],
    Actions=[{"Type": "forward", "TargetGroupArn": groups["orders-v2"]}],
)
elb.create_rule(
    ListenerArn=https, Priority=12, Conditions=[paths],
    Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
)

# %% wrong="longest-wait" slip="the threshold for a new target too" says="a target that is new needs one success"
return 0 if state == "healthy" else interval * healthy_threshold

# %% wrong="longest-wait" slip="one check for all" says="an unhealthy target comes back"
return interval

# %% wrong="longest-wait" slip="healthy targets wait as well" says="other settings, and a healthy target"
return interval * (healthy_threshold if state == "unhealthy" else 1)

# %% wrong="longest-wait" slip="the answer for the defaults" says="other settings, and a healthy target"
return {"initial": 30, "unhealthy": 150, "healthy": 0}[state]

# %% wrong="longest-wait" slip="printed instead of returned" says="Did you forget a `return`?"
print(interval * healthy_threshold)

# %% right="longest-wait" by="if"
if state == "healthy":
    return 0
if state == "initial":
    return interval
return healthy_threshold * interval

# %% wrong="repair-checks" slip="a matcher that takes everything" says="the check is green and worthless"
elb.modify_target_group(TargetGroupArn=clinic["reviews"], Matcher={"HttpCode": "200-499"})
elb.modify_target_group(TargetGroupArn=clinic["search"], HealthCheckPort="traffic-port")

# %% wrong="repair-checks" slip="a path of another app" says="the targets of reviews are healthy"
elb.modify_target_group(TargetGroupArn=clinic["reviews"], HealthCheckPath="/")
elb.modify_target_group(TargetGroupArn=clinic["search"], HealthCheckPort="traffic-port")

# %% wrong="repair-checks" slip="the port forgotten" says="the targets of search are healthy"
elb.modify_target_group(TargetGroupArn=clinic["reviews"], HealthCheckPath=HEALTH_PATH)

# %% wrong="repair-checks" slip="port 80" says="the targets of search are healthy"
elb.modify_target_group(TargetGroupArn=clinic["reviews"], HealthCheckPath=HEALTH_PATH)
elb.modify_target_group(TargetGroupArn=clinic["search"], HealthCheckPort="80")

# %% wrong="repair-checks" slip="any other path, which the app answers too" says="reviews still notices an app that answers 404"
elb.modify_target_group(TargetGroupArn=clinic["reviews"], Matcher={"HttpCode": "404"})
elb.modify_target_group(TargetGroupArn=clinic["search"], HealthCheckPort="traffic-port")

# %% right="repair-checks" by="the port as a number, and the aws command"
REVIEWS, SEARCH = clinic["reviews"], clinic["search"]
# !aws elbv2 modify-target-group --target-group-arn {REVIEWS} --health-check-path {HEALTH_PATH} --matcher HttpCode=200-299
elb.modify_target_group(TargetGroupArn=SEARCH, HealthCheckPort=str(PORT), HealthyThresholdCount=3)

# %% wrong="diagnose-5xx" slip="502 and 504 swapped" says="that cause shows as another one"
for path, url in failing.items():
    why = cloud.trace("GET", url).why
    diagnosis[path] = (
        "A" if "no registered targets" in why else "C" if "refused" in why else "B" if "did not answer" in why else "D"
    )

# %% wrong="diagnose-5xx" slip="every 503 is an empty group" says="look at who is registered, and at the weights"
for path, url in failing.items():
    status = ask(url)["status"]
    diagnosis[path] = {502: "B", 503: "A", 504: "C"}[status]

# %% wrong="diagnose-5xx" slip="the same for all" says="the cause of /one"
diagnosis = dict.fromkeys(failing, "C")

# %% wrong="diagnose-5xx" slip="statuses in place of letters" says="not one of the letters A, B, C and D"
diagnosis = {path: ask(url)["status"] for path, url in failing.items()}

# %% wrong="diagnose-5xx" slip="the two 503s swapped" says="the status is the same for both"
for path, url in failing.items():
    why = cloud.trace("GET", url).why
    diagnosis[path] = (
        "D" if "no registered targets" in why else "B" if "refused" in why else "C" if "did not answer" in why else "A"
    )

# %% right="diagnose-5xx" by="statuses, registered targets and weights"
balancer = elb.describe_load_balancers(Names=["errors"])["LoadBalancers"][0]["LoadBalancerArn"]
listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
for rule in elb.describe_rules(ListenerArn=listener)["Rules"]:
    if rule["IsDefault"]:
        continue
    path = rule["Conditions"][0]["PathPatternConfig"]["Values"][0]
    group = rule["Actions"][0]["ForwardConfig"]["TargetGroups"][0]
    registered = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    status = ask(failing[path])["status"]
    diagnosis[path] = {502: "b", 504: "c"}.get(status) or ("d" if group["Weight"] == 0 else "a")

# %% wrong="access-logs" slip="no bucket policy" says="neither a bucket policy nor an attribute is set yet"
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": LOG_BUCKET},
        {"Key": "access_logs.s3.prefix", "Value": LOG_PREFIX},
    ],
)

# %% wrong="access-logs" slip="a bucket for everybody" says="lets the whole world write into your bucket"
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{LOG_BUCKET}/*"}
    ],
}
s3.put_bucket_policy(Bucket=LOG_BUCKET, Policy=json.dumps(policy))
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": LOG_BUCKET},
        {"Key": "access_logs.s3.prefix", "Value": LOG_PREFIX},
    ],
)

# %% wrong="access-logs" slip="the policy only" says="a log file arrives"
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{LOG_BUCKET}/*",
        }
    ],
}
s3.put_bucket_policy(Bucket=LOG_BUCKET, Policy=json.dumps(policy))

# %% wrong="access-logs" slip="no prefix" says="the prefix is an attribute of its own"
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{LOG_BUCKET}/*",
        }
    ],
}
s3.put_bucket_policy(Bucket=LOG_BUCKET, Policy=json.dumps(policy))
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
elb.modify_load_balancer_attributes(
    LoadBalancerArn=arn,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": LOG_BUCKET},
    ],
)

# %% right="access-logs" by="the whole bucket for the service, and the aws command"
policy = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": ["logdelivery.elasticloadbalancing.amazonaws.com"]},
            "Action": ["s3:PutObject"],
            "Resource": f"arn:aws:s3:::{LOG_BUCKET}/*",
        },
    }
)
# !aws s3api put-bucket-policy --bucket {LOG_BUCKET} --policy '{policy}'
arn = elb.describe_load_balancers(Names=[LB_NAME])["LoadBalancers"][0]["LoadBalancerArn"]
# !aws elbv2 modify-load-balancer-attributes --load-balancer-arn {arn} --attributes Key=access_logs.s3.enabled,Value=true Key=access_logs.s3.bucket,Value={LOG_BUCKET} Key=access_logs.s3.prefix,Value={LOG_PREFIX}

# %% wrong="blame" slip="the target's status alone" says="a redirect has no target either"
return "load balancer" if line.split()[9] == "-" else "target" if line.split()[9].startswith("5") else "none"

# %% wrong="blame" slip="anywhere in the line" says="look at the fields, not anywhere in the line"
if " 5" not in line:
    return "none"
fields = line.split()
if "502" in line or "504" in line or fields[9] == "-" and "503" in line:
    return "load balancer"
return "target" if "50" in fields[9] or "503" in line or "599" in line else "none"

# %% wrong="blame" slip="every 502, 503, 504 is the load balancer's" says="503 can come from the app as well"
status = line.split()[8]
if not status.startswith("5"):
    return "none"
return "load balancer" if status in ("502", "503", "504") else "target"

# %% wrong="blame" slip="one field too far" says="no target answered"
fields = line.split()
status, target_status = fields[9], fields[10]
if not status.startswith("5"):
    return "none"
return "load balancer" if target_status == "-" else "target"

# %% wrong="blame" slip="the client's status alone" says="a hyphen as the target's status means that no target answered"
return "target" if line.split()[8].startswith("5") else "none"

# %% right="blame" by="shlex"
import shlex

fields = shlex.split(line)
if 500 <= int(fields[8]) <= 599:
    return "target" if fields[9].isdigit() else "load balancer"
return "none"

# %% wrong="recall-alb" slip="layer 4" says="layer 4 is the Network Load Balancer's"
answers["OSI layer of an ALB (a number)"] = 4

# %% wrong="recall-alb" slip="instance" says="a Fargate task has no instance of yours"
answers["target type for Fargate tasks"] = "instance"

# %% wrong="recall-alb" slip="503 when all are unhealthy" says="it fails open"
answers["all targets unhealthy: requests are still sent (True or False)"] = False

# %% wrong="recall-alb" slip="the threshold" says="it is for targets that were unhealthy"
answers["health checks that a new target must pass (a number)"] = 5

# %% right="recall-alb" by="as texts"
answers = dict(zip(answers, ("Layer 7", "`ip`", True, "1"), strict=True))
