"""Cards on the Application Load Balancer."""

from awslab.bank.card import Card

_LESSON = "6.3.c"

CARDS = (
    Card(
        "alb-layer",
        _LESSON,
        "quick-fire 3",
        "At which layer does an Application Load Balancer work?",
        "Layer 7: HTTP and HTTPS.",
        "So it can route by path, host, header, method, query or source address.",
    ),
    Card(
        "alb-ip",
        _LESSON,
        "quick-fire 4",
        "Which target type do tasks on Fargate need?",
        "`ip`.",
        "A task has an address of its own; there is no instance of yours to name.",
    ),
    Card(
        "alb-why",
        _LESSON,
        "Q4",
        "What three things does an ALB do for microservices?",
        "Routes by path or host, checks health, ends HTTPS.",
        "One name and one certificate in front of many services.",
    ),
    Card(
        "alb-rule-order",
        _LESSON,
        "Q4",
        "In which order are listener rules tried?",
        "By priority, the lowest number first; the default action last.",
        "A broad path with a low number hides the narrower ones behind it.",
    ),
    Card(
        "alb-star",
        _LESSON,
        "Q4",
        "Does `/api/users/*` match `/api/users`?",
        "No.",
        (
            "Write both patterns. Paths are case-sensitive, the query string is not part of them, "
            "and the prefix is not cut off."
        ),
    ),
    Card(
        "alb-zones",
        _LESSON,
        "Q4",
        "How many subnets does an ALB need?",
        "At least two, in two Availability Zones.",
        "Each a /27 or larger, with eight addresses free.",
    ),
    Card(
        "alb-first-check",
        _LESSON,
        "Q5",
        "How many successful checks does a new target need?",
        "One.",
        (
            "The healthy threshold counts for a target that was unhealthy and recovers. Many "
            "written answers multiply it for new targets too."
        ),
    ),
    Card(
        "alb-recovery",
        _LESSON,
        "Q5",
        "Interval 15 s, healthy threshold 2: how long until a sick target is back?",
        "Up to 30 seconds: interval times threshold.",
        "Defaults are 30 s and 5: two and a half minutes.",
    ),
    Card(
        "alb-fail-open",
        _LESSON,
        "Q4",
        "All targets of a group are unhealthy. Where do requests go?",
        "To all of them: the load balancer fails open.",
        "A 503 means that no target is registered.",
    ),
    Card(
        "alb-502",
        _LESSON,
        "Q10",
        "502, 503, 504 from an ALB: what does each say?",
        "The target closed or broke the connection; no target is there; no answer in time.",
        "Ask for HTTPCode_ELB_5XX and HTTPCode_Target_5XX: who made the error?",
    ),
    Card(
        "alb-draining",
        _LESSON,
        "Q5",
        "What happens to a target that is deregistered?",
        "It drains: no new requests, 300 seconds by default for those under way.",
        "If requests take two seconds, a deployment waits for nothing. Shorten it.",
    ),
    Card(
        "alb-cert",
        _LESSON,
        "Q4",
        "From which region must the certificate of an ALB come?",
        "From the region of the load balancer, issued by ACM.",
        "Certificates from ACM renew themselves as long as their DNS record stays.",
    ),
    Card(
        "alb-redirect",
        _LESSON,
        "Q4",
        "What belongs on port 80?",
        "A redirect to HTTPS, with 301.",
        "A forward there would serve everything in clear text too.",
    ),
    Card(
        "alb-health-path",
        _LESSON,
        "Q10",
        "The health check gets 301 from the application. What happens?",
        "The target is unhealthy: the matcher is 200.",
        (
            "Check a path that answers 200 quickly and needs no database. Do not widen the matcher "
            "to hide an error."
        ),
    ),
    Card(
        "alb-without",
        _LESSON,
        "Q4",
        "Is an ALB the only way between services?",
        "No: Service Connect and VPC Lattice connect services inside.",
        "The ALB is for clients outside, and where layer 7 rules are wanted.",
    ),
    Card(
        "alb-request-metric",
        _LESSON,
        "Q8",
        "Which unit has a target of 1000 on ALBRequestCountPerTarget?",
        "Requests per target in one minute.",
        "And it needs a ResourceLabel that names the load balancer and the target group.",
    ),
)
