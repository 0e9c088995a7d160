"""What the assignment 6.3-interview asks each learner: which statements, in which order, under which letters.

The right answers are not here: they are in the assignment's hidden tests.
"""

import hashlib
from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from awslab.show.picture import Picture, code, table

__all__ = [
    "DUTIES",
    "LOGS",
    "MESSAGES",
    "QUICK_FIRE",
    "STATEMENTS",
    "STEPS",
    "Asked",
    "lettered",
    "numbered",
    "quick_fire",
]

# In the order of the alphabet, so that neither order nor ids tell anything.
STATEMENTS = {
    "s01": "A blue/green deployment of an ECS service needs AWS CodeDeploy.",
    "s02": "A new image under an old tag changes nothing for the tasks that run.",
    "s03": "A rollback by the circuit breaker goes to the last deployment that completed.",
    "s04": "A running task sees the new value of a rotated secret that was injected, within minutes.",
    "s05": "A service on Fargate may use a target group of type `instance`.",
    "s06": "A subnet is public because MapPublicIpOnLaunch is on.",
    "s07": "A task that needs a GPU needs EC2 instances that you manage yourself.",
    "s08": "After a login, images can be pushed to ECR for 12 hours.",
    "s09": "CloudTrail records the HTTP requests that your services send to each other.",
    "s10": "ECR never creates a repository on a push: somebody has to create it first.",
    "s11": "Nobody can change how many failed tasks end a deployment with the circuit breaker.",
    "s12": "Of the 16 addresses of a /28, AWS leaves you eleven.",
    "s13": "One explicit deny outweighs any number of allows.",
    "s14": "`ResourceNotFoundException` on a stopped task means that the image's tag does not exist.",
    "s15": "Scan on push is configured with a flag on each repository.",
    "s16": "The gateway endpoint of S3 is free.",
    "s17": "The largest task on Fargate has 16 vCPU and 120 GB.",
    "s18": "The managed policy AmazonECSTaskExecutionRolePolicy allows secrets to be read.",
    "s19": "When all targets of a group are unhealthy, the load balancer answers 503.",
    "s20": "Who needs a service mesh for ECS takes AWS App Mesh.",
    "s21": "With two scaling policies, a service shrinks only when both agree.",
    "s22": "`startPeriod` in a container's health check makes ECS ignore failed checks of the load balancer.",
}
STEPS = {
    "p1": "a revision of the task definition names that tag",
    "p2": "an image is built from the new code",
    "p3": "old tasks are deregistered and drain",
    "p4": "tasks of the new revision start",
    "p5": "the deployment is COMPLETED",
    "p6": "the drained tasks stop",
    "p7": "the image is pushed under a new tag",
    "p8": "the new tasks are registered as targets and pass a check",
    "p9": "the service is updated to the revision",
}
DUTIES = {
    "d01": "chooses a target group by the path of a request",
    "d02": "decides in which zone a task starts",
    "d03": "ends HTTPS with a certificate",
    "d04": "gives an image on your machine a second name",
    "d05": "keeps images, encrypted, in your account",
    "d06": "looks for known vulnerabilities in stored images",
    "d07": "redirects requests on port 80 to port 443",
    "d08": "refuses a push of a tag that may not move",
    "d09": "removes images by age or number",
    "d10": "sends no more requests to a target that fails its check",
    "d11": "serves the credentials of the task role to a container",
    "d12": "starts another task when one has stopped",
    "d13": "starts one container on the machine in front of you",
    "d14": "takes a deployment back whose tasks keep failing",
    "d15": "turns a Dockerfile into an image",
    "d16": "uploads the layers of an image to a registry",
}
LOGS = {
    "l01": "Does a process in a task mine cryptocurrency?",
    "l02": "From which addresses were connections to the database's interface rejected?",
    "l03": "How long did the target need for a customer's one slow request?",
    "l04": "How many bytes went from one task's interface to an address outside?",
    "l05": "What did the application print before it ended?",
    "l06": "What did the container write while it started?",
    "l07": "What did the order service request of the payment service by its short name, and with what status?",
    "l08": "Which path did a client on the internet ask for, and with what status?",
    "l09": "Which role called the API that deleted a task definition?",
    "l10": "Who removed a rule from the security group last night?",
}
MESSAGES = {
    "m1": "CannotPullContainerError: dial tcp 10.0.3.7:443: i/o timeout",
    "m2": "CannotPullContainerError: failed to resolve ref order-service:v9.9: not found",
    "m3": "Essential container in task exited (exit code 1)",
    "m4": "OutOfMemoryError: Container killed due to memory usage (exit code 137)",
    "m5": "ResourceInitializationError: failed to validate logger args: The specified log group does not exist.",
    "m6": "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: "
    "not authorized to perform: secretsmanager:GetSecretValue",
    "m7": "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    "m8": "Task failed ELB health checks in (target-group order-tg)",
    "m9": "Unexpected EC2 error while attempting to Create Network Interface: InsufficientFreeAddressesInSubnet",
}
# Question, possible answers, possible reasons.
QUICK_FIRE = {
    "layer": (
        "At which layer does an ALB work?",
        ("layer 3", "layer 4", "layer 7"),
        (
            "it forwards TCP connections without reading them",
            "it forwards packets by address only",
            "it reads the request: path, host, headers",
        ),
    ),
    "mode": (
        "Which network mode has a task on Fargate?",
        ("bridge", "host", "awsvpc", "none"),
        (
            "each task has a network interface of its own",
            "ports are mapped to those of a host",
            "tasks share the interface of their instance",
        ),
    ),
    "nat": (
        "What does a NAT gateway let through?",
        (
            "connections opened from inside, and their answers",
            "connections from the internet to private subnets",
            "both directions, by its security group",
        ),
        (
            "it translates source addresses, and nothing outside can open a connection through it",
            "its route table has a route to every task",
            "its security group decides",
        ),
    ),
    "token": (
        "For how long is a login to ECR good?",
        ("1 hour", "12 hours", "24 hours", "until you log out"),
        (
            "ECR ends sessions at midnight UTC",
            "the password of docker never changes",
            "the token is derived from your IAM identity and expires",
        ),
    ),
    "type": (
        "Which type of target group does a service on Fargate need?",
        ("instance", "ip", "lambda", "alb"),
        (
            "a function is called for each request",
            "a task has an address, and no instance of yours",
            "the instance's port is mapped to the task's",
        ),
    ),
}


class Asked(dict):
    """What one learner is asked, by number or letter: `asked[3]` is {"id", "text"}; shows as a table."""

    def __init__(self, title: str, rows: dict[Any, dict[str, str]]) -> None:
        super().__init__(rows)
        self.title = title

    def _picture(self) -> Picture:
        rows = [[str(key), code(row["text"])] for key, row in self.items()]
        text = "\n".join([self.title, *(f"{key:>3}  {row['text']}" for key, row in self.items())])
        return Picture(table(self.title, ("", "Text"), rows), text)

    def __repr__(self) -> str:
        return self._picture().text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._picture()._repr_mimebundle_(include, exclude)


def _arranged(ids: Sequence[str], seed: int | str) -> list[str]:
    return sorted(ids, key=lambda each: hashlib.sha256(f"{seed}/{each}".encode()).digest())


def numbered(title: str, pool: dict[str, str], seed: int, count: int) -> Asked:
    """Return `count` of a pool under the numbers 1 to `count`; the seed decides which, and their order."""
    chosen = _arranged(list(pool), seed)[:count]
    return Asked(title, {n: {"id": each, "text": pool[each]} for n, each in enumerate(chosen, 1)})


def lettered(title: str, pool: dict[str, str], seed: int | str) -> Asked:
    """Return all of a pool under the letters A, B, C, ...; the seed decides which letter each has."""
    letters = zip(ascii_uppercase, _arranged(list(pool), seed), strict=False)
    return Asked(title, {letter: {"id": each, "text": pool[each]} for letter, each in letters})


def quick_fire(seed: int) -> dict[int, dict[str, Any]]:
    """Return the five quick questions by number: "id", "question", "answers" and "reasons" by letter."""
    asked = {}
    for number, name in enumerate(_arranged(list(QUICK_FIRE), seed), 1):
        question, *choices = QUICK_FIRE[name]
        sides = [
            dict(zip(ascii_uppercase, _arranged(texts, f"{seed}/{name}"), strict=False))
            for texts in choices
        ]
        asked[number] = {
            "id": name,
            "question": question,
            "answers": sides[0],
            "reasons": sides[1],
        }
    return asked
