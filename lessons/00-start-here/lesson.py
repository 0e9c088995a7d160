# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: Start here
#     minutes: 10
#     covers: []
# ---

# %% [markdown]
"""
# Start here

This is a hands-on course on running containers on AWS: images in ECR, services on ECS and Fargate, an Application Load Balancer in front of them, and the network and permissions around them.

You will type real commands, `aws`, `docker` and boto3, against an AWS that runs on your own machine.
It is a mock, and it behaves: images are scanned, tags refuse to move, tokens expire, old images disappear.
There is no account to open and no bill to fear, and nothing in these notebooks can reach the real AWS.

**After this page (10 minutes) you will be able to**

- start the mocked AWS and check that it works;
- run, save and restart a notebook;
- do an exercise, read what its check says, and hand it in.
"""

# %% [markdown]
"""
## 1. Start your AWS

Every notebook of the course begins with this cell.
Click into it and press **Shift + Enter** to run it.
"""

# %%
import awslab

cloud = awslab.start()
cloud

# %% [markdown]
"""
That line is worth reading once: an account number, a region, and a time.
The time is the lab's own.
It stands still until something makes it pass, so that you can wait twelve hours in no time at all:
"""

# %%
print("before:", cloud.now)
cloud.advance("12 hours")
print("after: ", cloud.now)

# %% [markdown]
"""
## 2. Check that everything is here

Four things must work: Python's AWS library, the `aws` command, the `docker` command, and the wall around them.
Run the four cells; each line they print should begin with `ok`.
"""

# %%
import boto3

who = boto3.client("sts").get_caller_identity()
print("ok  boto3 talks to account", who["Account"])

# %%
version = !aws --version
account = !aws sts get-caller-identity --query Account --output text
print("ok " if account == [who["Account"]] else "NOT OK ", version[0].split()[0], "talks to account", account[0])

# %%
docker = !docker version
print("ok " if "version" in docker[0] else "NOT OK ", docker[0])

# %%
try:
    boto3.client("sts", endpoint_url="https://sts.us-east-1.amazonaws.com").get_caller_identity()
    print("NOT OK  the real AWS was reached")
except awslab.RealAWSRefused as refused:
    print("ok  the real AWS is out of reach:", refused)

# %% [markdown]
"""
If a line says `NOT OK`, or a cell ends in red: choose **Kernel → Restart Kernel and Run All Cells**.
If that does not help, stop JupyterLab (press Ctrl + C in its terminal) and start it again with `make lab`.

The `docker` command here is a stand-in: it reads your Dockerfile and builds a real image file, but it has no engine to run containers.
That is what ECS is for, and you will get there.
"""

# %% [markdown]
"""
## 3. Do an exercise

An exercise has a task, hints, a cell for your answer, and a check.
Here is a small one.

**Task.** Create an ECR repository named `first-steps`, with boto3 or with the `aws` command.
"""

# %% [markdown] hints="first-steps"
"""
1. With boto3 it takes a client: `ecr = boto3.client("ecr")`. The method has the same name as the command, with underscores.
2. With the command line: `!aws ecr create-repository --repository-name ...`. The `!` sends the rest of the line to the shell.
3. `boto3.client("ecr").create_repository(repositoryName="first-steps")`
"""

# %% tags=["try-it"]
# Write your code here, then run this cell and the next one.


# %%
from awslab import score

with score(1) as s:
    names = [r["repositoryName"] for r in boto3.client("ecr").describe_repositories()["repositories"]]
    s.need(names, "there is no repository yet: write your answer in the cell above and run it")
    s.met(
        1,
        "a repository named `first-steps` exists",
        "first-steps" in names,
        found=names,
        expected="first-steps",
        why="names are how everything else will find it: one letter off is another repository",
    )
s

# %% [markdown]
"""
The check looked at your AWS, not at your code.
Any honest way to the goal counts: boto3, the command line, whatever you prefer.

A check knows three answers: **met**, **missed**, and **not attempted**.
Where a point is missed it says what it found, what it expected and why that matters.
The number below the table is the score, for whoever counts the points.

In lessons and assignments the code of checks and questions is folded away; a click on its three dots opens it.
"""

# %% [markdown]
"""
## 4. Graded assignments

Each lesson has an assignment of the same name in the folder `release/`.

1. Open it, for example `release/6.3.a-ecr/6.3.a-ecr.ipynb`, or fetch it from your class with **Nbgrader → Assignment List**.
2. Write your answers in the cells that say so. Cells with checks are locked.
3. Save (**Ctrl + S**). What is not saved is not handed in.
4. Press **Validate** in the toolbar. It runs the whole notebook from top to bottom in a fresh kernel, as the grader will.
   It lists the code of each check that did not give all its points. To read why, run that check in the notebook.
5. In a class: **Nbgrader → Assignment List → Submit**. You may submit again until the deadline; the last one counts.

Learning on your own? Validate is your grader: there is nothing to submit.

Two habits save most trouble: one answer a cell, and **Kernel → Restart Kernel and Run All Cells** before you hand in.
"""

# %% [markdown]
"""
## 5. The lessons

<!-- lessons: made by `make build` -->
| Lesson | Interview questions | Time | Assignment |
|---|---|---|---|
| [Start here](00-start-here.ipynb) |  | 10 min |  |
| [6.3.a ECR and container images](6.3.a-ecr.ipynb) | Q3, quick-fire 1 | 80 min | [13 exercises, 48 points, 90 min](../release/6.3.a-ecr/6.3.a-ecr.ipynb) |
| [6.3.b ECS and Fargate](6.3.b-ecs-fargate.ipynb) | Q1, Q2, Q5, Q8, quick-fire 2 | 90 min | [14 exercises, 69 points, 90 min](../release/6.3.b-ecs-fargate/6.3.b-ecs-fargate.ipynb) |
| [6.3.c Application Load Balancer](6.3.c-alb.ipynb) | Q4, quick-fire 3, quick-fire 4 | 90 min | [14 exercises, 63 points, 90 min](../release/6.3.c-alb/6.3.c-alb.ipynb) |
| [6.3.d VPC networking and IAM](6.3.d-vpc-iam.ipynb) | Q6, Q7, quick-fire 5 | 90 min | [14 exercises, 56 points, 80 min](../release/6.3.d-vpc-iam/6.3.d-vpc-iam.ipynb) |
| [6.3 Interview: eleven questions](6.3-interview.ipynb) | Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9, Q10, Q11, quick-fire 1, quick-fire 2, quick-fire 3, quick-fire 4, quick-fire 5 | 90 min | [18 exercises, 79 points, 90 min](../release/6.3-interview/6.3-interview.ipynb) |
| 6.3 Interview: design the system, from the network to the entrance | Q9 |  | [5 exercises, 26 points, 80 min](../release/6.3-interview-design/6.3-interview-design.ipynb) |
| 6.3 Interview: design the system, from the services to operation | Q9 |  | [4 exercises, 23 points, 85 min](../release/6.3-interview-design-2/6.3-interview-design-2.ipynb) |
| 6.3 Interview: secure a shop that works | Q11 |  | [10 exercises, 49 points, 85 min](../release/6.3-interview-hardening/6.3-interview-hardening.ipynb) |
| [6.3 Interview: the incident room](6.3-interview-incidents.ipynb) | Q10 | 60 min | [11 exercises, 54 points, 90 min](../release/6.3-interview-incidents/6.3-interview-incidents.ipynb) |
| [6.3 Revision: five pages to print](6.3-revision.ipynb) | Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9, Q10, Q11, quick-fire 1, quick-fire 2, quick-fire 3, quick-fire 4, quick-fire 5 | 20 min |  |
<!-- end of lessons -->

Take them in order: each one builds on the one before.
"""

# %% [markdown]
"""
## 6. Your progress

Which assignments have you begun, and how far did the last saved run get?
This cell reads the notebooks in `release/` on your disk; it changes nothing.
"""

# %%
awslab.progress("../release")

# %% [markdown]
"""
## When you stop

Choose **Kernel → Shut Down Kernel**, then close the notebook: the lab ends with its kernel, and everything in it is gone.
Your notebooks stay. Next time, run a lesson from its first cell; it rebuilds what it needs.
"""
