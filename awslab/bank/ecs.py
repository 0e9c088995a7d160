"""Cards on Amazon ECS and Fargate."""

from awslab.bank.card import Card

_LESSON = "6.3.b"

CARDS = (
    Card(
        "ecs-what",
        _LESSON,
        "Q1",
        "What does ECS do that Docker on one machine does not?",
        (
            "It decides where containers run, keeps the wanted number alive, deploys versions, "
            "scales, and connects them to load balancers and names."
        ),
        "Docker builds and runs one container; ECS runs a fleet.",
    ),
    Card(
        "ecs-words",
        _LESSON,
        "Q1",
        "Cluster, task definition, task, service: one line each.",
        (
            "A group for tasks; a versioned blueprint; one running copy of it; what keeps N copies "
            "running and deploys new ones."
        ),
        "A task started by RunTask is not replaced when it dies.",
    ),
    Card(
        "ecs-awsvpc",
        _LESSON,
        "quick-fire 2",
        "Which network mode do tasks on Fargate have?",
        "`awsvpc`: each has its own network interface and address.",
        "So each task takes an address of its subnet, and has its own security groups.",
    ),
    Card(
        "ecs-states",
        _LESSON,
        "Q1",
        "Through which states does a task go until it runs?",
        "PROVISIONING, PENDING, ACTIVATING, RUNNING.",
        "On the way out: DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED.",
    ),
    Card(
        "ecs-fargate-size",
        _LESSON,
        "Q2",
        "What is the largest Fargate task?",
        "32 vCPU, with 60, 120 or 244 GB.",
        "Older answers stop at 16 vCPU and 120 GB.",
    ),
    Card(
        "ecs-fargate-bill",
        _LESSON,
        "Q2",
        "What does Fargate bill?",
        (
            "The vCPU and memory reserved by the task, by the second, from the start of the image's"
            " download, at least one minute."
        ),
        "Not what the application uses: an idle task costs the same.",
    ),
    Card(
        "ecs-gpu",
        _LESSON,
        "Q2",
        "A workload needs a GPU. Where does it run?",
        "On EC2 container instances or ECS Managed Instances.",
        "Fargate has no GPUs. Managed Instances keep AWS in charge of the instances.",
    ),
    Card(
        "ecs-spot",
        _LESSON,
        "Q2",
        "What warning does a Fargate Spot task get?",
        "Two minutes: SIGTERM, then the end after `stopTimeout` at most.",
        (
            "Use it for work that can be repeated, with an ordinary base in the capacity provider "
            "strategy."
        ),
    ),
    Card(
        "ecs-deploy-steps",
        _LESSON,
        "Q5",
        "Which three calls bring a new version into a service?",
        "Push the image, register a new task definition revision, update the service to it.",
        "A revision cannot be edited; pushing the same tag alone deploys nothing.",
    ),
    Card(
        "ecs-bounds",
        _LESSON,
        "Q5",
        "Desired 3, minimum 100 percent, maximum 200: what may run during a deployment?",
        "At least 3 healthy, at most 6 tasks.",
        (
            "Lower bound: rounded up. Upper bound: rounded down. ECS may start all three new ones "
            "at once."
        ),
    ),
    Card(
        "ecs-stuck",
        _LESSON,
        "Q5",
        "Desired 3, minimum 100, maximum 125. What happens at a deployment?",
        "Nothing: 3.75 rounds down to 3, so no new task may start and none may stop.",
        "The service says so in its events. Raise the maximum, or lower the minimum.",
    ),
    Card(
        "ecs-breaker",
        _LESSON,
        "Q5",
        "When does the circuit breaker give up with the default settings?",
        "After failed tasks of half the desired count, but at least 3 and at most 200.",
        "It counts tasks that never run and tasks that fail health checks.",
    ),
    Card(
        "ecs-rollback",
        _LESSON,
        "Q5",
        "What does a rollback go back to?",
        "The last deployment that completed.",
        (
            "Rollback has to be switched on beside the breaker; without a completed deployment it "
            "has nowhere to go."
        ),
    ),
    Card(
        "ecs-grace",
        _LESSON,
        "Q10",
        "An app boots for 50 seconds and its load balancer check kills it. Which setting helps?",
        "The service's `healthCheckGracePeriodSeconds`.",
        (
            "`startPeriod` belongs to the container's own check and does nothing about the load "
            "balancer's."
        ),
    ),
    Card(
        "ecs-stopped",
        _LESSON,
        "Q10",
        "Where do you look first when tasks start and stop?",
        (
            "At a stopped task: `stopCode`, `stoppedReason`, and each container's `reason` and "
            "`exitCode`."
        ),
        "They can be described for about an hour. Then events, logs, target health.",
    ),
    Card(
        "ecs-wrong-tag",
        _LESSON,
        "Q10",
        "What does a task say whose image tag does not exist?",
        "CannotPullContainerError, `failed to resolve ref`.",
        "ResourceNotFoundException is about a secret that cannot be found.",
    ),
    Card(
        "ecs-137",
        _LESSON,
        "Q10",
        "Exit code 137: what are the two usual reasons?",
        "Killed for memory (OutOfMemoryError), or SIGKILL after `stopTimeout`.",
        "Read the container's reason before giving it more memory.",
    ),
    Card(
        "ecs-no-logs",
        _LESSON,
        "Q10",
        "A task stopped and there is no log. Did it never start?",
        (
            "Not necessarily; and a missing log group also stops it: `failed to validate logger "
            "args`."
        ),
        "The stopped reason says which.",
    ),
    Card(
        "ecs-backoff",
        _LESSON,
        "Q10",
        "Which failing tasks does ECS start more and more slowly?",
        "Those that never reach RUNNING.",
        "Tasks that fail a health check are replaced without a pause, so the breaker matters.",
    ),
    Card(
        "ecs-target-tracking",
        _LESSON,
        "Q8",
        "Name the three predefined metrics for target tracking of a service.",
        "Average CPU, average memory, requests per target of a load balancer.",
        "Requests are counted by the minute and per target, and need a resource label.",
    ),
    Card(
        "ecs-any-all",
        _LESSON,
        "Q8",
        "Two scaling policies: when does the service scale out, and when in?",
        "Out when any of them asks; in only when all agree.",
        "The policy that asks for the largest capacity wins.",
    ),
    Card(
        "ecs-cooldown",
        _LESSON,
        "Q8",
        "What are the default cooldowns, and what do 60 and 300 change?",
        "Both are 300 seconds, so only the 60 for scaling out is a change.",
        "Out quickly, in slowly. A larger scale-out is never blocked by a cooldown.",
    ),
    Card(
        "ecs-blue-green",
        _LESSON,
        "Q5",
        "When do you want blue/green rather than a rolling update?",
        "When the old version must wait, complete and ready, until the new one has proved itself.",
        (
            "ECS does it without CodeDeploy, and shifts linearly or by canary too. It costs twice "
            "the tasks for a while."
        ),
    ),
)
