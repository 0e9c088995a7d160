# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Interview: eleven questions"
#     minutes: 90
#     covers: [Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9, Q10, Q11, F1, F2, F3, F4, F5]
# ---

# %% [markdown]
"""
# Assignment 6.3-interview: eleven questions

About 90 minutes: half an hour for exercises 1 to 7, an hour for exercises 8 to 18. Do the lesson [6.3 Interview](../../notebooks/6.3-interview.ipynb) first, and close it.

Exercises 1 to 7 are marked by a program. The checks here tell whether your answer can be read; which parts are right you learn with your feedback, as in an interview.
Exercises 8 to 18 are marked by a person. Write four to six sentences in each, as you would say them: what it is, an example, and the pitfall. Words of your own count; a list of catchwords does not.

Save (**Ctrl + S**), press **Validate**, then submit.

Write your name into the first cell and run the two cells: which statements you get, in which order and under which letters, depends on it.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
import awslab
from awslab import interview_cases, learner, score
from awslab.interview_cases import lettered, numbered, quick_fire

mine = awslab.draw("6.3-interview")
PAPER = mine.number("PAPER", 1000, 9999)
DESIRED = mine.number("DESIRED", 3, 13)
MINIMUM = mine.pick("MINIMUM", [40, 50, 60, 70, 75, 80, 90])
MAXIMUM = mine.pick("MAXIMUM", [110, 120, 125, 130, 140, 150, 175])
INTERVAL = mine.pick("INTERVAL", [5, 10, 15, 20, 25, 40, 45, 60])
THRESHOLD = mine.number("THRESHOLD", 3, 10)
PREFIX = mine.pick("PREFIX", [23, 24, 25, 26, 27, 28])
FLEET = mine.pick("FLEET", [2, 4, 5, 9, 15, 25, 31, 60, 90, 420, 500])
mine

# %% [markdown]
"""
## 1. Quick fire, with reasons (5 points)

Five questions, each with answers and reasons under letters. Put the letters of the right answer and of the right reason into `quick`, by the question's number:

`quick = {1: ("A", "B"), 2: ("C", "A"), ...}`

An answer counts half, its reason the other half.
"""

# %% given="quick-questions"
QUICK = quick_fire(PAPER)
for number, asked in QUICK.items():
    print(f"{number}. {asked['question']}")
    for side in ("answers", "reasons"):
        print(f"   {side}:", "; ".join(f"{letter} {text}" for letter, text in asked[side].items()))

# %% [markdown] hints="quick"
"""
1. All five are in the lesson, under *Quick fire*.
2. `QUICK[1]["answers"]` has the answers of the first question by letter. A reason has to explain the answer, not only be true.
3. Twelve hours; an interface for each task; HTTP is read; tasks have addresses and no instances; only from inside.
"""

# %% solution="quick" needs=[]
### BEGIN SOLUTION
RIGHT = {
    "token": ("12 hours", "the token is derived"),
    "mode": ("awsvpc", "each task has"),
    "layer": ("layer 7", "it reads the request"),
    "type": ("ip", "a task has an address"),
    "nat": ("connections opened from inside", "it translates source"),
}


def letter(side, start):
    """Return the letter of the text that starts so."""
    return next(each for each, text in side.items() if text.startswith(start))


quick = {
    number: (letter(asked["answers"], RIGHT[asked["id"]][0]), letter(asked["reasons"], RIGHT[asked["id"]][1]))
    for number, asked in QUICK.items()
}
### END SOLUTION

# %% hide check="quick" points=5
"""Each of the five questions has its answer and the reason for it."""
with score(5) as s:
    given = learner["quick"]
    s.need(isinstance(given, dict), "`quick` is not a dictionary yet: {1: (answer, reason), ...}")
    chosen = {}
    for number, asked in QUICK.items():
        pair = given.get(str(number))
        s.need(isinstance(pair, list) and len(pair) == 2, f"`quick[{number}]` is not a pair of letters yet: (answer, reason)")
        chosen[number] = [
            asked[side].get(str(letter).strip().upper()) for side, letter in zip(("answers", "reasons"), pair)
        ]
        s.need(all(chosen[number]), f"`quick[{number}]` has a letter that the question does not have: {pair}")
    ### BEGIN HIDDEN TESTS
    truth = {
        "token": ("12 hours", "the token is", "a pipeline logs in on every run"),
        "mode": ("awsvpc", "each task has", "so each task takes an address of its subnet, and has security groups of its own"),
        "layer": ("layer 7", "it reads", "so it can route by path or host"),
        "type": ("ip", "a task has", "with `instance` the service is refused"),
        "nat": ("connections opened", "it translates", "a NAT gateway has no security group and lets nobody in"),
    }
    for number, asked in QUICK.items():
        answer, reason, why = truth[asked["id"]]
        for text, start, what in zip(chosen[number], (answer, reason), ("the answer", "the reason")):
            s.met(0.5, f"{number}. {asked['question']} {what}", text.startswith(start), found=text, why=why)
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 2. True, false, or outdated? (7 points)

Fourteen statements. Some hold, some never did, and some were true once: somebody who learnt AWS a few years ago says them in good faith.
Put `"true"`, `"false"` or `"outdated"` into `verdicts`, by number: `verdicts = {1: "true", 2: "outdated", ...}`.
"""

# %% given="statements-asked"
STATEMENTS = numbered("What people say", interview_cases.STATEMENTS, PAPER, 14)
STATEMENTS

# %% [markdown] hints="verdicts"
"""
1. *Outdated* means that AWS worked like that once and works differently now. *False* means that it never did.
2. The lesson has a table of what has changed, near its end. Not everything in it was ever true.
3. New since: larger Fargate tasks, Managed Instances, built-in blue/green, scanning rules of the registry, creation on push, a configurable circuit breaker. Gone: App Mesh.
"""

# %% solution="verdicts" needs=[]
### BEGIN SOLUTION
WORDS = {"t": "true", "f": "false", "o": "outdated"}
TRUTH = {key: WORDS[letter] for key, letter in zip(sorted(interview_cases.STATEMENTS), "ottfffotfoottfotoffotf")}
verdicts = {number: TRUTH[row["id"]] for number, row in STATEMENTS.items()}
### END SOLUTION

# %% hide check="verdicts" points=7
"""Each statement has the verdict that AWS's documentation gives it today."""
with score(7) as s:
    given = learner["verdicts"]
    s.need(isinstance(given, dict), "`verdicts` is not a dictionary yet: {1: \"true\", ...}")
    said = {number: str(given.get(str(number), "")).strip().lower() for number in STATEMENTS}
    open_ones = [number for number, verdict in said.items() if verdict not in ("true", "false", "outdated")]
    s.need(not open_ones, f"these numbers are not \"true\", \"false\" or \"outdated\" yet: {open_ones}")
    ### BEGIN HIDDEN TESTS
    now = {
        "s17": ("outdated", "32 vCPU, with 60, 120 or 244 GB"),
        "s20": ("outdated", "App Mesh ended on 30 September 2026; Service Connect or VPC Lattice"),
        "s01": ("outdated", "ECS has blue/green, linear and canary deployments of its own"),
        "s07": ("outdated", "ECS Managed Instances have GPUs, and AWS manages them"),
        "s15": ("outdated", "scanning is configured by rules of the registry; the flag is being deprecated"),
        "s10": ("outdated", "a repository creation template can create it on push"),
        "s11": ("outdated", "since July 2026 it is configurable, as a number or a percentage"),
        "s14": ("false", "it is about a secret; a missing tag is a CannotPullContainerError"),
        "s22": ("false", "that is `healthCheckGracePeriodSeconds` of the service"),
        "s18": ("false", "it covers pull and log; secrets have to be added"),
        "s09": ("false", "it records calls to AWS's APIs"),
        "s06": ("false", "the route to an internet gateway makes it public"),
        "s19": ("false", "it fails open: the requests go to all of them"),
        "s05": ("false", "a task on Fargate has an address and no instance: `ip`"),
        "s04": ("false", "it was injected at the start; a new deployment brings the new value"),
        "s08": ("true", "12 hours, for one registry host"),
        "s21": ("true", "out when any asks, in when all agree"),
        "s12": ("true", "AWS keeps five of every subnet's addresses"),
        "s02": ("true", "ECS resolved the tag when the deployment started"),
        "s13": ("true", "it starts at no, an allow makes it yes, a deny ends it"),
        "s16": ("true", "interface endpoints cost by the hour, gateway endpoints nothing"),
        "s03": ("true", "without a completed deployment it has nowhere to go"),
    }
    for number, row in STATEMENTS.items():
        verdict, why = now[row["id"]]
        slip = {
            ("outdated", "true"): "it was true once",
            ("outdated", "false"): "not wrong from the start: it was true once",
            ("false", "outdated"): "it never worked like that",
            ("true", "outdated"): "it still holds",
        }.get((verdict, said[number]), "")
        s.met(0.5, f"{number}. {row['text']}", said[number] == verdict, found=said[number], why=why, slip=slip)
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 3. A deployment, in order (4 points)

The steps of a rolling update under letters, out of order. Put the letters into the list `order`, first step first.
Half a point for each step that is followed directly by the right one.
"""

# %% given="steps-asked"
STEPS = lettered("What happens in a rolling update", interview_cases.STEPS, PAPER)
STEPS

# %% [markdown] hints="order"
"""
1. Begin with what you do, then follow what ECS and the load balancer do.
2. The minimum is 100 percent: nothing old goes before something new is healthy.
3. Build, push, revision, update; start, register and pass; drain, stop; completed.
"""

# %% solution="order" needs=[]
### BEGIN SOLUTION
RANK = "p2 p7 p1 p9 p4 p8 p3 p6 p5".split()
order = sorted(STEPS, key=lambda letter: RANK.index(STEPS[letter]["id"]))
### END SOLUTION

# %% hide check="order" points=4
"""The nine steps are in the order in which they happen."""
with score(4) as s:
    given = learner["order"]
    letters = [str(letter).strip().upper() for letter in (list(given) if isinstance(given, list | str) else [])]
    s.need(sorted(letters) == sorted(STEPS), f"`order` does not hold each of the letters {', '.join(STEPS)} once yet")
    ### BEGIN HIDDEN TESTS
    steps = [STEPS[letter]["id"] for letter in letters]
    names = interview_cases.STEPS
    rank = "p2 p7 p1 p9 p4 p8 p3 p6 p5".split()
    slips = {
        "p7": "ECS pulls from the registry: the image has to be there before a revision can run",
        "p8": "nothing old leaves before a new task has passed its check",
        "p3": "a target drains before its task is stopped",
    }
    for first, second in zip(rank, rank[1:]):
        after = steps[steps.index(first) + 1] if steps.index(first) + 1 < len(steps) else ""
        s.met(0.5, f"{names[first]}: what comes next", after == second, found=names.get(after, "nothing"), slip=slips.get(first, ""))
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 4. Who does it? (6 points)

Twelve duties. Put `"Docker"`, `"ECR"`, `"ECS"` or `"ALB"` into `duties`, by number.
"""

# %% given="duties-asked"
DUTIES = numbered("Who ...", interview_cases.DUTIES, PAPER, 12)
DUTIES

# %% [markdown] hints="duties"
"""
1. On your machine, in the registry, around the tasks, or in front of them?
2. Docker works on one machine. ECR stores. The ALB sees requests. What is left is ECS.
3. The health check belongs to the load balancer; the new task that follows belongs to ECS.
"""

# %% solution="duties" needs=[]
### BEGIN SOLUTION
NAMES = {"D": "Docker", "R": "ECR", "S": "ECS", "A": "ALB"}
WHO = {key: NAMES[letter] for key, letter in zip(sorted(interview_cases.DUTIES), "ASADRRARRASSDSDD")}
duties = {number: WHO[row["id"]] for number, row in DUTIES.items()}
### END SOLUTION

# %% hide check="duties" points=6
"""Each duty is with the one who has it."""
with score(6) as s:
    given = learner["duties"]
    s.need(isinstance(given, dict), "`duties` is not a dictionary yet: {1: \"ECS\", ...}")
    said = {number: str(given.get(str(number), "")).strip().lower() for number in DUTIES}
    open_ones = [number for number, who in said.items() if who not in ("docker", "ecr", "ecs", "alb")]
    s.need(not open_ones, f"these numbers are not \"Docker\", \"ECR\", \"ECS\" or \"ALB\" yet: {open_ones}")
    ### BEGIN HIDDEN TESTS
    groups = {"docker": "d04 d13 d15 d16", "ecr": "d05 d06 d08 d09", "ecs": "d02 d11 d12 d14", "alb": "d01 d03 d07 d10"}
    whys = {
        "docker": "Docker builds, names, starts and pushes on one machine",
        "ecr": "ECR keeps images and decides about their tags, scans and age",
        "ecs": "ECS places, replaces and deploys tasks, and gives them their role",
        "alb": "the load balancer reads requests and checks its targets",
    }
    slips = {
        ("docker", "ecs"): "ECS builds no images and works on no machine of yours",
        ("ecs", "docker"): "Docker knows one machine only; nobody there replaces or places anything",
        ("ecs", "ecr"): "ECR stores images; it runs nothing and restarts nothing",
        ("ecs", "alb"): "the load balancer only stops sending requests; ECS acts on tasks",
        ("ecr", "docker"): "that is what the registry does with what was pushed",
    }
    for number, row in DUTIES.items():
        who = next(name for name, ids in groups.items() if row["id"] in ids)
        s.met(0.5, f"{number}. {row['text']}", said[number] == who, found=given[str(number)], why=whys[who], slip=slips.get((who, said[number]), ""))
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 5. Which log answers it? (4 points)

Eight questions after an incident. Everything was switched on. Put the one source that answers each into `sources`, by number. The sources:

`"CloudTrail"`, `"VPC Flow Logs"`, `"ALB access logs"`, `"Service Connect access logs"`, `"CloudWatch Logs"`, `"GuardDuty"`
"""

# %% given="logs-asked"
LOGS = numbered("After the incident", interview_cases.LOGS, PAPER, 8)
SOURCES = ("CloudTrail", "VPC Flow Logs", "ALB access logs", "Service Connect access logs", "CloudWatch Logs", "GuardDuty")
LOGS

# %% [markdown] hints="sources"
"""
1. Was an API of AWS called? Did packets flow? Was a request made, from outside or between services? Did the application say something?
2. Flow logs know addresses and bytes, never a path. CloudTrail knows no request that calls no AWS API.
3. What a container prints goes through the `awslogs` driver.
"""

# %% solution="sources" needs=[]
### BEGIN SOLUTION
WHERE = {key: SOURCES[int(digit)] for key, digit in zip(sorted(interview_cases.LOGS), "5121443200")}
sources = {number: WHERE[row["id"]] for number, row in LOGS.items()}
### END SOLUTION

# %% hide check="sources" points=4
"""Each question has the source that answers it."""
with score(4) as s:
    given = learner["sources"]
    s.need(isinstance(given, dict), "`sources` is not a dictionary yet: {1: \"CloudTrail\", ...}")
    known = {source.lower(): source for source in SOURCES} | {"cloudwatch": SOURCES[4]}
    known |= {"flow logs": SOURCES[1], "guardduty runtime monitoring": SOURCES[5]}

    def source_of(answer):
        """Return the source that an answer names, with or without AWS's own name before it."""
        words = " ".join(str(answer).lower().split())
        return known.get(words.removeprefix("aws ").removeprefix("amazon "))

    said = {number: source_of(given.get(str(number), "")) for number in LOGS}
    open_ones = [number for number, source in said.items() if source is None]
    s.need(not open_ones, f"these numbers do not name one of the six sources yet: {open_ones}")
    ### BEGIN HIDDEN TESTS
    truth = {key: SOURCES[int(digit)] for key, digit in zip(sorted(interview_cases.LOGS), "5121443200")}
    whys = {
        SOURCES[0]: "it records who called which API of AWS",
        SOURCES[1]: "they record addresses, ports, bytes, accepted or rejected",
        SOURCES[2]: "the load balancer writes a line for each request from its clients",
        SOURCES[3]: "the proxies beside the tasks see the requests between services",
        SOURCES[4]: "the log driver brings there what containers print",
        SOURCES[5]: "Runtime Monitoring watches processes in tasks",
    }
    for number, row in LOGS.items():
        right = truth[row["id"]]
        slip = {
            SOURCES[0]: "CloudTrail sees calls to AWS's APIs; this was none",
            SOURCES[1]: "Flow Logs have no paths, no status and no content",
            SOURCES[2]: "the load balancer sees only requests that come through it",
        }.get(said[number], "")
        s.met(0.5, f"{number}. {row['text']}", said[number] == right, found=said[number], why=whys[right], slip=slip)
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 6. Where do you look first? (4 points)

Eight messages of tasks that stopped. Put the first place to look at into `looks`, by number. The places:

`"image tag"`, `"way to ECR"`, `"execution role"`, `"secret"`, `"log group"`, `"memory"`, `"health check"`, `"subnet addresses"`, `"application log"`
"""

# %% given="messages-asked"
MESSAGES = numbered("Stopped tasks", interview_cases.MESSAGES, PAPER, 8)
PLACES = ("image tag", "way to ECR", "execution role", "secret", "log group", "memory", "health check", "subnet addresses", "application log")
MESSAGES

# %% [markdown] hints="looks"
"""
1. The first word is a category, the last words are the cause.
2. *not found* is not *timeout*, and *not authorized* is neither.
3. `ResourceNotFoundException` is about the resource that it names.
"""

# %% solution="looks" needs=[]
### BEGIN SOLUTION
PLACE = {key: PLACES[int(digit)] for key, digit in zip(sorted(interview_cases.MESSAGES), "108542367")}
looks = {number: PLACE[row["id"]] for number, row in MESSAGES.items()}
### END SOLUTION

# %% hide check="looks" points=4
"""Each message leads to the place where its cause is."""
with score(4) as s:
    given = learner["looks"]
    s.need(isinstance(given, dict), "`looks` is not a dictionary yet: {1: \"memory\", ...}")
    known = {place.lower(): place for place in PLACES}
    said = {number: known.get(str(given.get(str(number), "")).strip().lower()) for number in MESSAGES}
    open_ones = [number for number, place in said.items() if place is None]
    s.need(not open_ones, f"these numbers do not name one of the nine places yet: {open_ones}")
    ### BEGIN HIDDEN TESTS
    places = {key: int(digit) for key, digit in zip(sorted(interview_cases.MESSAGES), "108542367")}
    whys = (
        "the reference could not be resolved: ECR was reached, the tag is not there",
        "nobody answered: route, NAT gateway, endpoints, their security group",
        "the call arrived and was refused: the role of ECS, not the task role",
        "the category is about a secret that is not where the ARN says",
        "the log driver could not start: the group has to exist",
        "the container took more than its limit",
        "path, port, security group, or too short a grace period",
        "each task takes an address, and the subnet has none left",
        "the application ended by itself: read what it printed",
    )
    for number, row in MESSAGES.items():
        index = places[row["id"]]
        slip = {
            (3, "image tag"): "a missing tag is a CannotPullContainerError; here the message names a secret",
            (0, "way to ECR"): "without a way there would be a timeout, not an answer",
            (1, "image tag"): "ECR would say that a tag is not there; here nobody answered",
            (2, "secret"): "the secret is there; reading it was refused",
        }.get((index, said[number]), "")
        s.met(0.5, f"{number}. {row['text']}", said[number] == PLACES[index], found=said[number], why=whys[index], slip=slip)
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 7. Say a number (5 points)

An answer with a number in it is remembered. Put five into `numbers`, as a dictionary:

- `"fewest"`: a service wants `DESIRED` tasks, with a minimum of `MINIMUM` percent. How many healthy tasks must a deployment leave?
- `"most"`: the same service, with a maximum of `MAXIMUM` percent. How many tasks may run at once?
- `"recovery"`: a target was unhealthy and answers again. The check runs every `INTERVAL` seconds, the healthy threshold is `THRESHOLD`. After how many seconds at most is it healthy?
- `"addresses"`: how many tasks on Fargate fit into an empty subnet with the prefix length `PREFIX`?
- `"failures"`: how many failed tasks end a deployment of a service that wants `FLEET` tasks, with the circuit breaker as AWS sets it by default?
"""

# %% [markdown] hints="numbers"
"""
1. Percentages of tasks have to become whole tasks: one bound is rounded up, the other down.
2. A subnet has 2 to the power of 32 minus its prefix length addresses, and AWS keeps some of them.
3. The circuit breaker takes half of the tasks that are wanted, rounded up, but never fewer than 3 and never more than 200.
"""

# %% solution="numbers" needs=[]
### BEGIN SOLUTION
numbers = {
    "fewest": -(-DESIRED * MINIMUM // 100),
    "most": DESIRED * MAXIMUM // 100,
    "recovery": INTERVAL * THRESHOLD,
    "addresses": 2 ** (32 - PREFIX) - 5,
    "failures": min(max(-(-FLEET // 2), 3), 200),
}
### END SOLUTION

# %% hide check="numbers" points=5
"""The five numbers follow from the rules and from your own values."""
with score(5) as s:
    given = learner["numbers"]
    names = ("fewest", "most", "recovery", "addresses", "failures")
    s.need(isinstance(given, dict), "`numbers` is not a dictionary yet")
    open_ones = [name for name in names if isinstance(given.get(name), bool) or not isinstance(given.get(name), int | float)]
    s.need(not open_ones, f"these are not numbers yet: {', '.join(open_ones)}")
    ### BEGIN HIDDEN TESTS
    low, high, half = DESIRED * MINIMUM / 100, DESIRED * MAXIMUM / 100, FLEET / 2
    fewest, most = -int(-low // 1), int(high)
    failures = min(max(-int(-half // 1), 3), 200)
    found = {name: given[name] for name in names}
    s.met(
        1, f"the fewest healthy tasks: {DESIRED} at {MINIMUM} percent", found["fewest"] == fewest, found=found["fewest"],
        why=f"{low:g} is rounded up", slip="the lower bound is rounded up" if found["fewest"] in (int(low), low) else "",
    )
    s.met(
        1, f"the most running tasks: {DESIRED} at {MAXIMUM} percent", found["most"] == most, found=found["most"],
        why=f"{high:g} is rounded down", slip="the upper bound is rounded down" if found["most"] in (most + 1, high) else "",
    )
    s.met(
        1, f"recovery with {INTERVAL} s and threshold {THRESHOLD}", found["recovery"] == INTERVAL * THRESHOLD, found=found["recovery"],
        why="the threshold counts for a target that recovers",
        slip="one success is enough for a new target only; this one was unhealthy" if found["recovery"] == INTERVAL else "",
    )
    size = 2 ** (32 - PREFIX)
    s.met(
        1, f"tasks in a /{PREFIX}", found["addresses"] == size - 5, found=found["addresses"],
        why=f"{size} addresses, of which AWS keeps five",
        slip="AWS keeps five addresses of every subnet, not two" if found["addresses"] in (size, size - 2) else "",
    )
    s.met(
        1, f"failed tasks that end a deployment of {FLEET}", found["failures"] == failures, found=found["failures"],
        why="half of the desired count, rounded up, at least 3 and at most 200",
        slip="one failed task ends no deployment" if found["failures"] == 1 else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 8. ECS and Docker (4 points)

A friend runs three containers with `docker run` on one server and asks what ECS would do for him. Explain it: what ECS takes over, its four building blocks, an example, and one thing that people wrongly expect of it.

Four to six sentences.
"""

# %% [markdown] answer="q1" points=4
"""
<!-- BEGIN SOLUTION -->
ECS is an orchestrator: it decides where containers run, keeps the wanted number alive, rolls out new versions and connects them to load balancers, while Docker builds an image and runs it on one machine.
A cluster groups the work, a task definition describes a task by image, size, ports and roles, a task is one running copy, a service keeps N of them.
If one of his three dies at night, ECS starts another; on his server nobody does.
He still builds images himself and needs a registry, and a task that he starts alone, without a service, is not replaced either.

Rubric, one point each:

- what ECS adds: placing, keeping alive, deploying or scaling, as against Docker on one machine;
- cluster, task definition, task and service, told apart correctly;
- an example of something happening, such as a lost task;
- a pitfall that is true: ECS builds no images, a task started alone is not replaced, or the like.
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 9. Fargate or instances (4 points)

Your team starts a service with uneven load, and another team runs a steady job on GPUs. Recommend where each should run, say what each is billed for, and name a limit of Fargate as it is today.

Four to six sentences.
"""

# %% [markdown] answer="q2" points=4
"""
<!-- BEGIN SOLUTION -->
The service goes to Fargate: no instances to patch or scale, and billing by the second for the vCPU and memory that its tasks reserve, so it costs little when it is small.
The GPU job needs EC2 or ECS Managed Instances, because Fargate has no GPUs; there whole instances are billed, used or not, and a steady job fills them and can use Savings Plans.
Fargate ends at 32 vCPU and 244 GB; 16 and 120 are old numbers.
Pitfall: reserved is not used, so an oversized task on Fargate costs as much as a busy one.

Rubric, one point each:

- Fargate for the first, with a reason from operation or load;
- EC2 or Managed Instances for the GPUs;
- billing right for both: reserved vCPU and memory by the second; whole instances;
- a current limit (32 vCPU, 244 GB, no GPUs); 16 vCPU and 120 GB earns nothing here.
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 10. Images on their way (4 points)

Describe how an image gets from a Dockerfile into ECR, in order, and what you add so that an auditor can tell which commit runs in production.

Four to six sentences.
"""

# %% [markdown] answer="q3" points=4
"""
<!-- BEGIN SOLUTION -->
Once create the repository; then build, tag with the address in ECR, log in with a token from `get-login-password`, push.
The token is valid for 12 hours and one registry host, so a pipeline logs in every time.
The same image gets two tags, a version and the commit, and the repository is immutable, so that the digest that runs leads to one commit for ever.
Scanning rules in the registry and a lifecycle policy for tagged images complete it.
Pitfall: building again for each environment gives other digests, and then the tested image is not the one that runs.

Rubric, one point each:

- the five steps in a workable order;
- the login: token of IAM, 12 hours, or one registry;
- traceability: two tags on one digest, or deploying by digest, with immutable tags;
- a pitfall or addition that is true (scan, lifecycle, one build, region).
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 11. One door for three services (4 points)

Three services, one domain. Explain what an Application Load Balancer does for them, how it decides where a request goes, and one surprise in its rules or its health checks.

Four to six sentences.
"""

# %% [markdown] answer="q4" points=4
"""
<!-- BEGIN SOLUTION -->
It works at layer 7: it reads each request and sends it to a target group by path or host, so three services share one name and one certificate, which it also terminates.
Rules are tried by number, the lowest first, and the default comes last.
It checks every target and sends requests only to healthy ones; on Fargate the targets are addresses, type ip.
Surprise: a pattern `/api/users/*` does not match `/api/users`, and if all targets are unhealthy they all get requests.

Rubric, one point each:

- layer 7, one entry, HTTPS ends there;
- routing by path or host, in order of priority, with a default;
- health checks and what follows from them; targets of type ip;
- a surprise that is true (pattern, capitals, shadowing, fail open, prefix kept).
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 12. Without an outage (4 points)

Tell how version 2 replaces version 1 of a service that customers are using. Say which two percentages bound it, when a new task gets its first request, and what happens if version 2 does not start.

Four to six sentences.
"""

# %% [markdown] answer="q5" points=4
"""
<!-- BEGIN SOLUTION -->
The image is pushed under a new tag, a new revision names it, the service is updated.
ECS starts new tasks within the maximum percent and stops old ones only above the minimum healthy percent; with 100 and 200 all new ones may start before any old one goes.
A new task registers with the target group and gets requests after its first successful check; old targets drain before their tasks stop.
If tasks keep failing, the circuit breaker ends the deployment and, with rollback, the last completed one comes back.
Pitfall: pushing over the same tag without a new deployment changes nothing.

Rubric, one point each:

- push, new revision, update of the service;
- minimum healthy and maximum percent, with their effect;
- first request after one successful check (not interval times threshold), and draining;
- circuit breaker with rollback to the last completed deployment.
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 13. Two roles (4 points)

A colleague gives a task one role for both purposes "because it works". Explain what each of the two roles is for and who uses it, and what is dangerous about the one role.

Four to six sentences.
"""

# %% [markdown] answer="q6" points=4
"""
<!-- BEGIN SOLUTION -->
The execution role is used by ECS around the code: it pulls the image, writes logs and fetches the secrets to inject.
The task role is used by the code; ECS assumes it and serves its credentials to the container.
Both trust `ecs-tasks.amazonaws.com`.
With one role for both, whoever gets into the code can read every secret that is injected and pull every image, and if services share it, each has what the others have.
So: one execution role with secrets listed by ARN, and a task role for each service.

Rubric, one point each:

- execution role: ECS uses it, for pull, logs and secrets;
- task role: the code uses it, for its own data;
- the danger named: the code gains secrets or pulls, or other services' data;
- a way to do it: least privilege, one task role a service, secrets by ARN, or the trust policy.
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 14. Private on purpose (4 points)

Explain what makes a subnet private, what that protects from, and how a task in it still gets its image. Weigh the cost.

Four to six sentences.
"""

# %% [markdown] answer="q7" points=4
"""
<!-- BEGIN SOLUTION -->
A subnet is private if its route table has no route to an internet gateway; the name decides nothing.
Then a wrong rule in a security group exposes nothing, because there is no way in: two mistakes are needed.
The image comes through a NAT gateway in a public subnet of the zone, or through endpoints: interface endpoints for ecr.api and ecr.dkr and the gateway endpoint of S3.
NAT costs by the hour and the gigabyte, interface endpoints by the hour in each zone, S3's gateway endpoint nothing; which is cheaper has to be counted, and third parties need NAT anyway.

Rubric, one point each:

- private by its routes;
- defence in depth: independent of the security group;
- NAT, or the right endpoints with S3 among them;
- cost weighed rather than asserted.
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 15. Grow and shrink (4 points)

The load of a service doubles at nine every weekday and rises without warning at other times. Configure its scaling, in words and numbers, and say what scaling cannot do.

Four to six sentences.
"""

# %% [markdown] answer="q8" points=4
"""
<!-- BEGIN SOLUTION -->
Register the service as a scalable target, say 2 to 20 tasks.
Target tracking on CPU at 70 percent and on requests per target, which is a number per minute; it grows when either asks and shrinks when both agree.
Cooldown 60 seconds for out, 300, the default, for in.
A scheduled action raises the minimum before nine in the local time zone, and another lowers it later.
Scaling reacts after minutes of metrics and the boot of a task, so the minimum has to carry the beginning of a peak, and the maximum has to fit the subnet and the database.

Rubric, one point each:

- scalable target with minimum and maximum, and target tracking with a metric and its unit;
- the rule for several policies, or asymmetric cooldowns, right;
- scheduled action before nine, and back;
- a limit: delay, minimum, addresses, database.
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 16. The whole system (4 points)

Design the infrastructure for three services in six sentences, from the client to the database, and say for each part why it is there. End with one thing that you would leave out at first, and why.

Four to six sentences.
"""

# %% [markdown] answer="q9" points=4
"""
<!-- BEGIN SOLUTION -->
A VPC in two zones with public, private and data subnets, so that a zone may fail and a database has no way out.
An internet-facing load balancer with HTTPS, a redirect and three rules; target groups of type ip.
One cluster, three services on Fargate in the private subnets, two tasks each, with breaker, rollback and scaling; a NAT gateway a zone and endpoints for the way out.
Three repositories, immutable, scanned, with lifecycle rules.
Security groups in a chain, one execution role, three task roles, secrets by ARN; logs, alarms and access logs.
At first I would leave out some interface endpoints, because with little traffic NAT alone is cheaper.

Rubric, one point each:

- network: two zones, tiers, NAT or endpoints, with reasons;
- entry and compute: load balancer with rules and HTTPS, services with two tasks or more in private subnets;
- security: chain of groups, roles a service, secrets;
- operation: images or observability, and a reasoned omission.
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 17. Start, stop, start, stop (4 points)

At 09:12 the tasks of a new version start and stop in a loop. Tell in which order you look, what each place tells you, and two causes that look alike but are told apart by one detail.

Four to six sentences.
"""

# %% [markdown] answer="q10" points=4
"""
<!-- BEGIN SOLUTION -->
First I see whether customers are served, and whether the breaker has rolled back.
Then a stopped task: stopCode, stoppedReason, reason and exit code of the container; it is there for about an hour.
Then events, the container's log, the health of the targets, and what changed since the last revision.
CannotPullContainerError with `failed to resolve ref` is a tag that does not exist; with a timeout it is the network.
Exit 137 may be memory, or SIGKILL after the stop timeout: the container's reason tells.
The rollback repairs nothing, so the cause still has to be found.

Rubric, one point each:

- an order that begins with the stopped task's reason (after looking at the effect);
- logs, events, health or network, with what each tells;
- two causes that look alike and the detail that separates them;
- a pitfall: rollback is no cure, no log proves nothing, grace period is not startPeriod, or the hour.
<!-- END SOLUTION -->
"""

# %% [markdown]
"""
## 18. Trust nobody inside (4 points)

An intruder has taken over the user service. Explain which layers keep him from the payment service and its data, and which records show afterwards what he tried. Mention no service that has ended.

Four to six sentences.
"""

# %% [markdown] answer="q11" points=4
"""
<!-- BEGIN SOLUTION -->
The security group of payment lets in the group of the order service only, so the user service cannot connect.
Service Connect with TLS encrypts what services say, and VPC Lattice with an auth policy, or tokens, checks who calls.
The user service's task role has no right to payment's data, and its secrets are its own.
GuardDuty Runtime Monitoring may have seen the intruder's process.
Flow logs show rejected connections, CloudTrail the refused calls of the role, access logs of Service Connect the requests, if they were switched on before.
The secrets he saw are rotated, and the services deployed again.

Rubric, one point each:

- network: security group by caller;
- caller's identity and encryption kept apart, without App Mesh;
- IAM and secrets: own task role, rotation with a new deployment;
- records: at least two sources with what each shows.
<!-- END SOLUTION -->
"""
