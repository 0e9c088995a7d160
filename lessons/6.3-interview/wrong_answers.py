# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
What people answer instead, and what the check must say to each; and other ways to the goal that must pass.
`python -m authoring check` runs every cell in the place of its exercise's solution.
"""

# %% wrong="quick" slip="instance for Fargate" says="with `instance` the service is refused"
def letter(side, *starts):
    return next(each for each, text in side.items() if text.startswith(starts))


quick = {
    n: (letter(q["answers"], *(("12 hours", "awsvpc", "layer 7", "ip", "connections opened") if q["id"] != "type" else ("instance",))), letter(q["reasons"], *("the token is", "each task has", "it reads", "a task has", "it translates")))
    for n, q in QUICK.items()
}

# %% wrong="quick" slip="bridge mode" says="so each task takes an address of its subnet"
def letter(side, *starts):
    return next(each for each, text in side.items() if text.startswith(starts))


quick = {
    n: (letter(q["answers"], *(("12 hours", "awsvpc", "layer 7", "ip", "connections opened") if q["id"] != "mode" else ("bridge",))), letter(q["reasons"], *("the token is", "each task has", "it reads", "a task has", "it translates")))
    for n, q in QUICK.items()
}

# %% wrong="quick" slip="a NAT gateway lets in" says="lets nobody in"
def letter(side, *starts):
    return next(each for each, text in side.items() if text.startswith(starts))


quick = {
    n: (letter(q["answers"], *(("12 hours", "awsvpc", "layer 7", "ip", "connections opened") if q["id"] != "nat" else ("connections from the internet",))), letter(q["reasons"], *("the token is", "each task has", "it reads", "a task has", "it translates")))
    for n, q in QUICK.items()
}

# %% wrong="quick" slip="answers without reasons" says="is not a pair of letters yet"
quick = {1: "A", 2: "B", 3: "C", 4: "A", 5: "B"}

# %% wrong="quick" slip="a letter that is not there" says="a letter that the question does not have"
quick = {n: ("Z", "A") for n in QUICK}

# %% right="quick" by="lists, small letters, keys as text"
def letter(side, *starts):
    return next(each for each, text in side.items() if text.startswith(starts))


quick = {
    str(n): [letter(q["answers"], *("12 hours", "awsvpc", "layer 7", "ip", "connections opened")).lower(), letter(q["reasons"], *("the token is", "each task has", "it reads", "a task has", "it translates")).lower()] for n, q in QUICK.items()
}

# %% wrong="verdicts" slip="outdated taken for true" says="it was true once"
WORDS = {"t": "true", "f": "false", "o": "outdated"}
TRUTH = {key: WORDS[letter] for key, letter in zip(sorted(interview_cases.STATEMENTS), "ottfffotfoottfotoffotf")}
verdicts = {n: TRUTH[row["id"]].replace("outdated", "true") for n, row in STATEMENTS.items()}

# %% wrong="verdicts" slip="outdated taken for false" says="not wrong from the start"
WORDS = {"t": "true", "f": "false", "o": "outdated"}
TRUTH = {key: WORDS[letter] for key, letter in zip(sorted(interview_cases.STATEMENTS), "ottfffotfoottfotoffotf")}
verdicts = {n: TRUTH[row["id"]].replace("outdated", "false") for n, row in STATEMENTS.items()}

# %% wrong="verdicts" slip="everything has changed" says="it still holds"
verdicts = {n: "outdated" for n in STATEMENTS}

# %% wrong="verdicts" slip="false taken for outdated" says="it never worked like that"
WORDS = {"t": "true", "f": "false", "o": "outdated"}
TRUTH = {key: WORDS[letter] for key, letter in zip(sorted(interview_cases.STATEMENTS), "ottfffotfoottfotoffotf")}
verdicts = {n: TRUTH[row["id"]].replace("false", "outdated") for n, row in STATEMENTS.items()}

# %% wrong="verdicts" slip="a fourth verdict" says="these numbers are not"
verdicts = {n: "maybe" for n in STATEMENTS}

# %% right="verdicts" by="keys as text, capitals"
WORDS = {"t": "true", "f": "false", "o": "outdated"}
TRUTH = {key: WORDS[letter] for key, letter in zip(sorted(interview_cases.STATEMENTS), "ottfffotfoottfotoffotf")}
verdicts = {str(n): TRUTH[row["id"]].upper() for n, row in STATEMENTS.items()}

# %% wrong="order" slip="drained after it was stopped" says="a target drains before its task is stopped"
RANK = "p2 p7 p1 p9 p4 p8 p3 p6 p5".split()
right = sorted(STEPS, key=lambda letter: RANK.index(STEPS[letter]["id"]))
order = [*right[:6], right[7], right[6], right[8]]

# %% wrong="order" slip="old tasks out first" says="nothing old leaves before a new task has passed its check"
RANK = "p2 p7 p1 p9 p4 p8 p3 p6 p5".split()
right = sorted(STEPS, key=lambda letter: RANK.index(STEPS[letter]["id"]))
order = [*right[:4], right[6], right[7], right[4], right[5], right[8]]

# %% wrong="order" slip="the service before the image" says="the image has to be there before a revision can run"
RANK = "p2 p7 p1 p9 p4 p8 p3 p6 p5".split()
right = sorted(STEPS, key=lambda letter: RANK.index(STEPS[letter]["id"]))
order = [right[2], right[3], *right[:2], *right[4:]]

# %% wrong="order" slip="a step forgotten" says="does not hold each of the letters"
RANK = "p2 p7 p1 p9 p4 p8 p3 p6 p5".split()
right = sorted(STEPS, key=lambda letter: RANK.index(STEPS[letter]["id"]))
order = right[:-1]

# %% wrong="order" slip="as printed" says="what comes next"
order = list(STEPS)

# %% right="order" by="one text"
RANK = "p2 p7 p1 p9 p4 p8 p3 p6 p5".split()
right = sorted(STEPS, key=lambda letter: RANK.index(STEPS[letter]["id"]))
order = "".join(right).lower()

# %% wrong="duties" slip="ECS builds images" says="ECS builds no images"
NAMES = {"D": "Docker", "R": "ECR", "S": "ECS", "A": "ALB"}
WHO = {key: NAMES[letter] for key, letter in zip(sorted(interview_cases.DUTIES), "ASADRRARRASSDSDD")}
duties = {n: WHO[row["id"]].replace("Docker", "ECS") for n, row in DUTIES.items()}

# %% wrong="duties" slip="ECR restarts tasks" says="it runs nothing and restarts nothing"
NAMES = {"D": "Docker", "R": "ECR", "S": "ECS", "A": "ALB"}
WHO = {key: NAMES[letter] for key, letter in zip(sorted(interview_cases.DUTIES), "ASADRRARRASSDSDD")}
duties = {n: WHO[row["id"]].replace("ECS", "ECR") for n, row in DUTIES.items()}

# %% wrong="duties" slip="the load balancer replaces tasks" says="only stops sending requests"
NAMES = {"D": "Docker", "R": "ECR", "S": "ECS", "A": "ALB"}
WHO = {key: NAMES[letter] for key, letter in zip(sorted(interview_cases.DUTIES), "ASADRRARRASSDSDD")}
duties = {n: WHO[row["id"]].replace("ECS", "ALB") for n, row in DUTIES.items()}

# %% wrong="duties" slip="Docker orchestrates" says="Docker knows one machine only"
NAMES = {"D": "Docker", "R": "ECR", "S": "ECS", "A": "ALB"}
WHO = {key: NAMES[letter] for key, letter in zip(sorted(interview_cases.DUTIES), "ASADRRARRASSDSDD")}
duties = {n: WHO[row["id"]].replace("ECS", "Docker") for n, row in DUTIES.items()}

# %% wrong="duties" slip="other names" says="these numbers are not"
duties = {n: "Fargate" for n in DUTIES}

# %% right="duties" by="keys as text, small letters"
NAMES = {"D": "Docker", "R": "ECR", "S": "ECS", "A": "ALB"}
WHO = {key: NAMES[letter] for key, letter in zip(sorted(interview_cases.DUTIES), "ASADRRARRASSDSDD")}
duties = {str(n): WHO[row["id"]].lower() for n, row in DUTIES.items()}

# %% wrong="sources" slip="CloudTrail sees everything" says="this was none"
sources = {n: "CloudTrail" for n in LOGS}

# %% wrong="sources" slip="flow logs for requests" says="have no paths"
WHERE = {key: SOURCES[int(digit)] for key, digit in zip(sorted(interview_cases.LOGS), "5121443200")}
sources = {n: WHERE[row["id"]].replace("ALB access logs", "Flow Logs").replace("Service Connect access logs", "Flow Logs") for n, row in LOGS.items()}

# %% wrong="sources" slip="the load balancer sees calls inside" says="only requests that come through it"
WHERE = {key: SOURCES[int(digit)] for key, digit in zip(sorted(interview_cases.LOGS), "5121443200")}
sources = {n: "ALB access logs" if "logs" in WHERE[row["id"]].lower() else WHERE[row["id"]] for n, row in LOGS.items()}

# %% wrong="sources" slip="a source that was not offered" says="do not name one of the six sources"
sources = {n: "X-Ray" for n in LOGS}

# %% right="sources" by="the names as AWS and people write them"
WHERE = {key: SOURCES[int(digit)] for key, digit in zip(sorted(interview_cases.LOGS), "5121443200")}
ALSO = {"CloudTrail": "AWS CloudTrail", "VPC Flow Logs": "Flow logs", "CloudWatch Logs": "Amazon CloudWatch Logs"}
sources = {n: ALSO.get(WHERE[row["id"]], WHERE[row["id"]]) for n, row in LOGS.items()}

# %% right="sources" by="small letters"
WHERE = {key: SOURCES[int(digit)] for key, digit in zip(sorted(interview_cases.LOGS), "5121443200")}
sources = {n: WHERE[row["id"]].lower() for n, row in LOGS.items()}

# %% wrong="looks" slip="a missing secret taken for a missing tag" says="here the message names a secret"
PLACE = {key: PLACES[int(digit)] for key, digit in zip(sorted(interview_cases.MESSAGES), "108542367")}
right = {n: PLACE[row["id"]] for n, row in MESSAGES.items()}
looks = {n: "image tag" if place == "secret" else place for n, place in right.items()}

# %% wrong="looks" slip="a missing tag taken for the network" says="there would be a timeout"
PLACE = {key: PLACES[int(digit)] for key, digit in zip(sorted(interview_cases.MESSAGES), "108542367")}
right = {n: PLACE[row["id"]] for n, row in MESSAGES.items()}
looks = {n: "way to ECR" if place == "image tag" else place for n, place in right.items()}

# %% wrong="looks" slip="a timeout taken for a missing tag" says="here nobody answered"
PLACE = {key: PLACES[int(digit)] for key, digit in zip(sorted(interview_cases.MESSAGES), "108542367")}
right = {n: PLACE[row["id"]] for n, row in MESSAGES.items()}
looks = {n: "image tag" if place == "way to ECR" else place for n, place in right.items()}

# %% wrong="looks" slip="always the log" says="ECR was reached"
looks = {n: "application log" for n in MESSAGES}

# %% wrong="looks" slip="a place of one's own" says="do not name one of the nine places"
looks = {n: "CloudWatch" for n in MESSAGES}

# %% right="looks" by="keys as text"
PLACE = {key: PLACES[int(digit)] for key, digit in zip(sorted(interview_cases.MESSAGES), "108542367")}
right = {n: PLACE[row["id"]] for n, row in MESSAGES.items()}
looks = {str(n): place.title() for n, place in right.items()}

# %% wrong="numbers" slip="both bounds rounded the other way" says="bound is rounded"
numbers = {
    "fewest": -(-DESIRED * MINIMUM // 100), "most": DESIRED * MAXIMUM // 100, "recovery": INTERVAL * THRESHOLD,
    "addresses": 2 ** (32 - PREFIX) - 5, "failures": min(max(-(-FLEET // 2), 3), 200),
}
numbers |= {"fewest": DESIRED * MINIMUM // 100, "most": -(-DESIRED * MAXIMUM // 100)}

# %% wrong="numbers" slip="one success to recover" says="this one was unhealthy"
numbers = {
    "fewest": -(-DESIRED * MINIMUM // 100), "most": DESIRED * MAXIMUM // 100, "recovery": INTERVAL * THRESHOLD,
    "addresses": 2 ** (32 - PREFIX) - 5, "failures": min(max(-(-FLEET // 2), 3), 200),
}
numbers["recovery"] = INTERVAL

# %% wrong="numbers" slip="two addresses kept" says="not two"
numbers = {
    "fewest": -(-DESIRED * MINIMUM // 100), "most": DESIRED * MAXIMUM // 100, "recovery": INTERVAL * THRESHOLD,
    "addresses": 2 ** (32 - PREFIX) - 5, "failures": min(max(-(-FLEET // 2), 3), 200),
}
numbers["addresses"] += 3

# %% wrong="numbers" slip="one failure ends it" says="one failed task ends no deployment"
numbers = {
    "fewest": -(-DESIRED * MINIMUM // 100), "most": DESIRED * MAXIMUM // 100, "recovery": INTERVAL * THRESHOLD,
    "addresses": 2 ** (32 - PREFIX) - 5, "failures": min(max(-(-FLEET // 2), 3), 200),
}
numbers["failures"] = 1

# %% wrong="numbers" slip="numbers as text" says="these are not numbers yet"
numbers = {
    "fewest": -(-DESIRED * MINIMUM // 100), "most": DESIRED * MAXIMUM // 100, "recovery": INTERVAL * THRESHOLD,
    "addresses": 2 ** (32 - PREFIX) - 5, "failures": min(max(-(-FLEET // 2), 3), 200),
}
numbers = {name: str(value) for name, value in numbers.items()}

# %% right="numbers" by="math"
import math

numbers = dict(
    fewest=math.ceil(DESIRED * MINIMUM / 100), most=math.floor(DESIRED * MAXIMUM / 100), recovery=THRESHOLD * INTERVAL,
    addresses=(1 << 32 - PREFIX) - 5, failures=sorted((3, math.ceil(FLEET / 2), 200))[1],
)
