"""Cards on VPC networking, IAM, secrets and logs."""

from awslab.bank.card import Card

_LESSON = "6.3.d"

CARDS = (
    Card(
        "vpc-nat",
        _LESSON,
        "quick-fire 5",
        "What is a NAT gateway for?",
        "Connections that private subnets open to the internet; nobody can open one inwards.",
        "It stands in a public subnet, one in each zone.",
    ),
    Card(
        "vpc-public",
        _LESSON,
        "Q7",
        "What makes a subnet public?",
        "Its route table sends 0.0.0.0/0 to an internet gateway.",
        "Neither its name nor MapPublicIpOnLaunch does. A resource still needs a public address.",
    ),
    Card(
        "vpc-private-why",
        _LESSON,
        "Q7",
        "Why do tasks run in private subnets?",
        (
            "A wrong security group alone then exposes nothing: there is no route in and no public "
            "address."
        ),
        "Two independent mistakes are needed instead of one.",
    ),
    Card(
        "vpc-five",
        _LESSON,
        "Q9",
        "How many addresses of a /28 can be used?",
        "11: AWS keeps five of the 16.",
        "Each Fargate task takes one, and a deployment needs up to twice as many.",
    ),
    Card(
        "vpc-endpoints",
        _LESSON,
        "Q7",
        "Which endpoints does a task need to be pulled without NAT?",
        (
            "Interface endpoints for `ecr.api` and `ecr.dkr`, and the gateway endpoint of S3 on the"
            " private route table."
        ),
        "And `logs` and `secretsmanager` if they are used. Layers come from S3.",
    ),
    Card(
        "vpc-endpoint-sg",
        _LESSON,
        "Q7",
        "The endpoints exist and the pull times out. What is forgotten most often?",
        "The endpoint's security group has to let 443 in from the tasks; or private DNS is off.",
        "An interface endpoint is an interface, with a door of its own.",
    ),
    Card(
        "vpc-endpoint-cost",
        _LESSON,
        "Q7",
        "Are endpoints always cheaper than NAT?",
        (
            "No. Interface endpoints cost by the hour in each zone; only the gateway endpoints of "
            "S3 and DynamoDB are free."
        ),
        "Five in two zones can cost more than two NAT gateways with little traffic.",
    ),
    Card(
        "vpc-sg-nacl",
        _LESSON,
        "Q7",
        "Security group or network ACL: which remembers connections?",
        "The security group. The ACL is stateless.",
        "So an ACL has to allow the answers too, on ports 1024 to 65535.",
    ),
    Card(
        "vpc-sg-chain",
        _LESSON,
        "Q9",
        "How does a task let only the load balancer in?",
        "Its security group names the load balancer's group as the source, on the task's port.",
        "Addresses change; membership does not.",
    ),
    Card(
        "iam-execution",
        _LESSON,
        "Q6",
        "Who uses the execution role, and for what?",
        "ECS, around your code: pull the image, write the log, fetch the secrets to inject.",
        "The managed policy covers pull and log. Secrets have to be added, each by its ARN.",
    ),
    Card(
        "iam-task-role",
        _LESSON,
        "Q6",
        "Who uses the task role?",
        "Your code in the container.",
        "ECS assumes it and hands out credentials at 169.254.170.2; the code calls no AssumeRole.",
    ),
    Card(
        "iam-trust",
        _LESSON,
        "Q6",
        "Whom does the trust policy of both roles name?",
        "`ecs-tasks.amazonaws.com`.",
        "With conditions on the account or source ARN against confused deputies.",
    ),
    Card(
        "iam-deny",
        _LESSON,
        "Q11",
        "One policy allows, another denies. What holds?",
        "The deny.",
        "It starts at no; an allow makes it yes; an explicit deny ends it.",
    ),
    Card(
        "iam-third-party",
        _LESSON,
        "Q9",
        "Does a task role let a service call a payment provider?",
        "No: IAM governs AWS's APIs only.",
        "A third party needs a way out (NAT) and its own key, from Secrets Manager.",
    ),
    Card(
        "secrets-injected",
        _LESSON,
        "Q11",
        "A secret was rotated. When does a running task see it?",
        "Never: it was injected at the start. A new deployment brings it.",
        "Or the code reads the secret itself, at run time, with its task role.",
    ),
    Card(
        "secrets-plain",
        _LESSON,
        "Q11",
        "Why is `environment` the wrong place for a password?",
        "Everybody who may describe the task definition reads it, for every revision.",
        "`secrets` holds only the ARN.",
    ),
    Card(
        "conn-service-connect",
        _LESSON,
        "Q11",
        "What does Service Connect's TLS give, and what not?",
        (
            "Encryption with certificates from Private CA that ECS rotates; it does not tell the "
            "callee who calls."
        ),
        "For the caller's identity: VPC Lattice with an auth policy, or tokens.",
    ),
    Card(
        "conn-app-mesh",
        _LESSON,
        "Q11",
        "Why is App Mesh no answer any more?",
        "AWS ended it on 30 September 2026.",
        "It was closed to new customers two years before. Use Service Connect or VPC Lattice.",
    ),
    Card(
        "log-cloudtrail",
        _LESSON,
        "Q11",
        "Does CloudTrail record HTTP requests between services?",
        "No. It records calls to AWS's APIs.",
        (
            "For requests: access logs of Service Connect or of the load balancer, if they are "
            "switched on."
        ),
    ),
    Card(
        "log-flow",
        _LESSON,
        "Q11",
        "What does a VPC flow log know about a request?",
        "Addresses, ports, bytes, and whether it was accepted.",
        "No path, no status, no content.",
    ),
    Card(
        "log-guardduty",
        _LESSON,
        "Q11",
        "What finds a cryptocurrency miner in a task?",
        "GuardDuty Runtime Monitoring.",
        (
            "An agent beside the containers; it has to be enabled, and the execution role has to "
            "pull it."
        ),
    ),
)
