# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: 6.3.a ECR and container images
#     minutes: 80
#     covers: [Q3, F1]
# ---

# %% [markdown]
"""
# 6.3.a ECR and container images

**Time:** about 80 minutes of reading and doing. **Before:** [Start here](00-start-here.ipynb). **After:** the assignment [6.3.a-ecr](../release/6.3.a-ecr/6.3.a-ecr.ipynb).

You will be able to

- read an image URI, and say what a tag promises and what a digest guarantees;
- push an image to ECR in five commands, and explain what breaks when one is left out;
- tag so that a running container can be traced to the commit it was built from, and stop tags from moving;
- read a scan, and know what basic scanning cannot see;
- shrink an image by a factor of eight, and run it as somebody other than root;
- let old images expire, and estimate what the rest costs.

Not here: running the image (6.3.b), and the permissions that a task needs to pull it (6.3.d).
"""

# %%
import json

import boto3

import awslab
from awslab import learner, quiz, recall, score

cloud = awslab.start()
cloud.reset()
ecr = boto3.client("ecr")
cloud

# %% [markdown]
"""
## 1. Why a registry

`docker build` leaves an image on the machine that built it.
A production container starts on a machine you have never seen, so the image has to be somewhere both can reach.
That place is a **registry**.

Amazon Elastic Container Registry (ECR) is the registry inside your AWS account.
Compared with pulling from Docker Hub, what changes is who may do what, and who looks after it:

| | Docker Hub, free plan | Amazon ECR, private |
|---|---|---|
| Who can pull | anyone; one repository may be private | nobody, until a policy allows it |
| How you log in | a user name and a password or access token | IAM, exchanged for a token that lasts 12 hours |
| Pull limits | rate-limited | API quotas of your account and region |
| At rest | managed by Docker | encrypted with AES-256, or with your own KMS key |
| Vulnerability scans | a separate service | basic scanning built in, enhanced scanning by Amazon Inspector |
| Distance to ECS, EKS, Lambda | across the internet | same region, same permissions system |

A **registry** belongs to an account and a region. In it are **repositories**, one a service. In a repository are **images**.
"""

# %% [markdown]
"""
## 2. What an image is called

An image URI is an address, read from left to right:

```text
123456789012.dkr.ecr.us-east-1.amazonaws.com/user-service:v1.0
└── account ─┘         └ region ┘            └repository┘ └tag┘
└──────────────── registry ───────────────┘
```

- The part before the first `/` is the registry: your account, and the region the image is stored in.
- The repository name may contain slashes, `team/user-service`, and is always lower case.
- Without a tag, docker means `latest`. `latest` is an ordinary tag; nothing keeps it on the newest image.
- After an `@` comes a **digest**, `@sha256:…`: the fingerprint of the image itself.

A tag is a label that somebody stuck on an image, and may move to another.
A digest is computed from the content, so it names one image for ever.
"""

# %% [markdown]
"""
**Try it.** The account is `123456789012`, the region `eu-west-1`, the repository `shop/orders`, the tag `2.1`.
Write the URI.
"""

# %% tags=["try-it"]
uri = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["uri"]
    s.met(
        1,
        "the URI of shop/orders:2.1",
        given == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/orders:2.1",
        found=given,
        expected="<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>",
        slip="leave out the scheme: docker wants no https://" if str(given).startswith("http") else "",
    )
s

# %% hide
quiz(
    "A teammate says: 'We deploy user-service:latest, so production always runs the newest build.' What is wrong?",
    {
        "Nothing: latest is moved to every new push": "Only a push that names the tag moves it. `docker push user-service:v2.0` leaves `latest` where it was.",
        "latest is only a tag; it points where the last push of that tag put it": "And a task that is already running keeps the image it started with.",
        "ECR does not accept the tag latest": "It does, like any other tag.",
    },
    right="latest is only a tag; it points where the last push of that tag put it",
)

# %% [markdown]
"""
## 3. Push an image, in five steps

In the folder `files/6.3.a-ecr/user-service` is a small Node.js service with a Dockerfile:
"""

# %%
# !cat files/6.3.a-ecr/user-service/Dockerfile

# %% [markdown]
"""
### Step 1: create the repository

Once per service. Pushing to a repository that does not exist is an error; ECR does not create it for you unless an administrator has set up a *repository creation template* for create-on-push.
"""

# %%
# !aws ecr create-repository --repository-name user-service

# %% [markdown]
"""
The answer contains the `repositoryUri`, the address you are going to push to.

### Step 2: build
"""

# %%
# !docker build -t user-service:v1.0 files/6.3.a-ecr/user-service

# %% [markdown]
"""
### Step 3: tag it with the address

docker knows where to push only by the image's name. So the image gets a second name: the ECR address.
Nothing is copied; both names point to the same image.
"""

# %%
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
# !docker tag user-service:v1.0 {REGISTRY}/user-service:v1.0
# !docker images

# %% [markdown]
"""
### Step 5 before step 4: what happens without a login?

Push now, before logging in, and read the last line. You will meet it again, in a CI log at an inconvenient hour.
"""

# %%
# !docker push {REGISTRY}/user-service:v1.0

# %% [markdown]
"""
`no basic auth credentials`: docker has no password for this registry.

### Step 4: log in

ECR has no passwords of its own. You ask AWS for a token, with your IAM identity, and hand it to docker:
"""

# %%
# !aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin {REGISTRY}

# %% [markdown]
"""
- The user name is always `AWS`, whoever you are. Who you are is inside the token.
- The password goes through the pipe and never appears on the command line, in the shell history, or in the process list.
- One login is for one registry host. Another region is another host, and another login.

### Step 5: push
"""

# %%
# !docker push {REGISTRY}/user-service:v1.0

# %% [markdown]
"""
docker pushes layer by layer, and skips the layers that the registry already has. The last line names the digest.

A sixth step is a good habit: look at what is there.
"""

# %%
# !aws ecr describe-images --repository-name user-service

# %%
cloud.repository("user-service")

# %% [markdown]
"""
**Try it.** The token lasts 12 hours. Let 13 pass, then push again.
What does docker say, and which of the five steps cures it? Put its number into `cure`.
"""

# %%
print("now:", cloud.advance("13 hours"))

# %% tags=["try-it"]
# Push here, and see: !docker push ...


cure = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    cure_given = learner["cure"]
    s.met(
        1,
        "the step that cures an expired token",
        str(cure_given).strip().lower().removeprefix("step ") == "4",
        found=cure_given,
        hint="the image and the repository are fine; what has run out?",
        why="a long-lived build machine must log in before every push, not once when it is set up",
    )
s

# %% hide
recall(
    "How long is an ECR authorization token valid?",
    "12 hours.",
    why="It carries the permissions of whoever asked for it, so treat it as a password until then.",
    tag="quick-fire 1",
)

# %% hide
recall(
    "docker push answers 'no basic auth credentials'. Which command is missing, and what does it do?",
    "`aws ecr get-login-password | docker login --username AWS --password-stdin <registry>`.",
    why="The first half exchanges your IAM identity for a token, the second half stores it for that one registry host.",
)

# %% [markdown]
"""
## 4. Tags that can be trusted

At three in the morning somebody asks: *which commit is running?*
A version number alone does not answer that, so give every image two tags: the version for people, the git commit for the investigation.

Tag the same image twice and push both names. The layers are there already; only a name is added.
"""

# %%
sha = "3f2a91c"
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker tag user-service:v1.0 {REGISTRY}/user-service:{sha}
# !docker push {REGISTRY}/user-service:{sha}

# %%
cloud.repository("user-service")

# %% [markdown]
"""
Two tags, one digest. That is the whole point: `v1.0` and `3f2a91c` are provably the same image.

Build twice instead of tagging twice, and you may get two digests: base images move, package versions resolve anew, files carry timestamps.
Then `v1.0` and the commit name two different things, and nobody notices.

### A tag that moves

By default a repository is `MUTABLE`: pushing a tag that exists takes the name away from the old image.
An hour later somebody builds a hotfix and pushes it as `v1.0` again.
The label stands for the change; it is enough to make another image.
"""

# %%
cloud.advance("1 hour")
# !docker build -q --label change=hotfix -t {REGISTRY}/user-service:v1.0 files/6.3.a-ecr/user-service
# !docker push -q {REGISTRY}/user-service:v1.0
cloud.repository("user-service")

# %% [markdown]
"""
The old image still answers to its commit, but `v1.0` is now something else.
Had the old image had only that one tag, it would be **untagged**: still there, still billed, reachable by digest only.

### A tag that does not

`IMMUTABLE` means: a tag, once pushed, stays on its image. A second push of the tag is refused.
"""

# %%
# !aws ecr put-image-tag-mutability --repository-name user-service --image-tag-mutability IMMUTABLE
# !docker tag {REGISTRY}/user-service:{sha} {REGISTRY}/user-service:v1.0
# !docker push {REGISTRY}/user-service:v1.0

# %% [markdown]
"""
Many teams want both: versions that never move, and a `latest` or `dev-…` that does.
`IMMUTABLE_WITH_EXCLUSION` takes a list of patterns that stay movable.
"""

# %%
ecr.put_image_tag_mutability(
    repositoryName="user-service",
    imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "latest"}],
)["imageTagMutability"]

# %% [markdown]
"""
**Try it.** In this repository, three people push. Which pushes are refused? Put their letters into `refused`, as a list.

- A pushes a new image as `v1.1`, a tag that does not exist yet.
- B pushes a new image as `v1.0`, which exists.
- C pushes a new image as `latest`, which exists by then.
"""

# %% tags=["try-it"]
refused = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    given = learner["refused"]
    letters = sorted(str(letter).upper() for letter in (given if isinstance(given, list) else [given]))
    s.met(
        1,
        "who is refused",
        letters == ["B"],
        found=given,
        slip="a new tag is no problem: immutable means that a tag cannot move, not that nothing can be pushed"
        if "A" in letters
        else "`latest` is on the exclusion list" if "C" in letters else "",
        hint="immutable protects tags that exist, except those that a pattern excludes",
    )
s

# %% hide
quiz(
    "A deployment pipeline re-pushes v1.4 and the service keeps running the old code. The repository is MUTABLE. Why?",
    {
        "ECR keeps the first image of a tag": "Not in a MUTABLE repository: the tag has moved.",
        "A running service does not look at the tag again; ECS resolved it to a digest when the deployment started": "It takes a new deployment to fetch the new image. Until then every task, a replaced one too, runs the old digest, whatever `v1.4` means by now.",
        "docker pushed to another region": "Another region is another registry: the push would have failed there, without a login.",
    },
    right="A running service does not look at the tag again; ECS resolved it to a digest when the deployment started",
)

# %% [markdown]
"""
## 5. Scan what you ship

An image is a file system, with the bugs of everything in it. Scanning compares its packages with a list of known vulnerabilities (CVEs).

| | Basic | Enhanced |
|---|---|---|
| Looks at | operating-system packages | operating-system **and** language packages (npm, pip, …) |
| When | on push, or by hand; an image once in 24 hours | on push, or continuously as new CVEs are published |
| By | ECR | Amazon Inspector, charged per image |

Scanning is configured once for the **registry**, by rules with filters on repository names.
Older material sets a flag on each repository, `imageScanningConfiguration.scanOnPush`. It is still accepted, but AWS is deprecating it in favour of the registry's configuration: a rule also covers the repository that is created next month.
"""

# %%
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[
        {
            "scanFrequency": "SCAN_ON_PUSH",
            "repositoryFilters": [{"filter": "*-service", "filterType": "WILDCARD"}],
        }
    ],
)["registryScanningConfiguration"]["rules"]

# %% [markdown]
"""
An hour later, push the next version and wait for its scan. In the lab waiting costs no time: a waiter moves the clock instead.
"""

# %%
cloud.advance("1 hour")
# !docker build -q --label version=1.1 -t {REGISTRY}/user-service:v1.1 files/6.3.a-ecr/user-service
# !docker push -q {REGISTRY}/user-service:v1.1
# !aws ecr wait image-scan-complete --repository-name user-service --image-id imageTag=v1.1

# %%
scan = ecr.describe_image_scan_findings(
    repositoryName="user-service", imageId={"imageTag": "v1.1"}
)["imageScanFindings"]
scan["findingSeverityCounts"]

# %% [markdown]
"""
The severities are `CRITICAL`, `HIGH`, `MEDIUM`, `LOW`, `INFORMATIONAL` and `UNDEFINED`.
Here are the worst, and where they come from:
"""

# %%
findings = scan["findings"]
for finding in findings[:6]:
    attributes = {a["key"]: a["value"] for a in finding["attributes"]}
    print(f"{finding['severity']:9}{finding['name']:17}{attributes['package_name']} {attributes['package_version']}")

# %% [markdown]
"""
`git`, an SSH client, the library of `curl`: none of it is needed to answer an HTTP request.
The full `node:20` image is made for building software, and brings a workshop along.

**Try it.** `package.json` pins `lodash` 4.17.20, which has a known HIGH vulnerability.
Is it among the findings? Set `lodash_found` to `True` or `False`, and think about why before you run the check.
"""

# %% tags=["try-it"]
lodash_found = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    answer = learner["lodash_found"]
    s.met(
        1,
        "lodash in a basic scan",
        answer is False,
        found=answer,
        slip="write True or False without quotes" if isinstance(answer, str) else "",
        why="basic scanning reads the operating system's package database; npm packages are not in it. "
        "Enhanced scanning reads both",
        hint='look for it: [f for f in findings if "lodash" in str(f)]',
    )
s

# %% [markdown]
"""
The CVE list that the lab scans with is small and frozen, so that your results do not change while you learn.
In production the list grows every day, and an image that was clean when you pushed it will not stay so.
"""

# %% [markdown]
"""
## 6. Small images that are not root

Three decisions shrink an image, and with it the pull time of every new task, the storage bill and the list of CVEs.

**A multi-stage build.** The first stage has the compiler and the tests; the last stage copies only the result. What is not copied is not shipped.

**A smaller base.** `node:20-alpine` holds Node.js and little else.

**Not root.** A container's process runs as root unless the image says otherwise. `USER node` is one line, and it is the difference between an intruder who owns the container and one who can hardly write a file.
"""

# %%
# !cat files/6.3.a-ecr/user-service/Dockerfile.small

# %%
cloud.advance("1 hour")
folder = "files/6.3.a-ecr/user-service"
# !docker build -q -f {folder}/Dockerfile.small -t {REGISTRY}/user-service:v1.2 {folder}
# !docker push -q {REGISTRY}/user-service:v1.2
# !aws ecr wait image-scan-complete --repository-name user-service --image-id imageTag=v1.2

# %%
cloud.image("user-service:v1.1")

# %%
cloud.image("user-service:v1.2")

# %%
cloud.compare("user-service:v1.1", "user-service:v1.2")

# %% [markdown]
"""
The whole second image is smaller than the tools of the first. And the scans?
"""

# %%
cloud.repository("user-service")

# %% [markdown]
"""
Smaller images are not only faster to pull: what is not in them needs no patch.

Order inside a Dockerfile matters too: `COPY package.json` before `RUN npm install` before `COPY . .` lets docker reuse the installed packages as long as `package.json` stays the same.
And layers only ever add: a `RUN rm` in a later line hides a file, but the earlier layer still carries it.

Alpine is not free of charge. It uses musl instead of glibc, so a package with native code may need another build; and it lacks tools you may rely on. A container health check that calls `curl` fails on an image that has no `curl`.
"""

# %% hide
quiz(
    "Your service moves from node:20 to node:20-alpine, and its container health check `curl -f localhost:3000/health` now always fails. The app answers. Why?",
    {
        "Alpine blocks localhost": "It does not; the app answers there.",
        "There is no curl in the image, so the command itself fails": "Use what the image has, such as `wget`, or a few lines of Node.js.",
        "musl makes HTTP slower": "Not by seconds, and a timeout would not hit every time.",
    },
    right="There is no curl in the image, so the command itself fails",
)

# %% [markdown]
"""
**Try it.** Which user does each image run as? Put the two names into a list, `v1.1` first.
`cloud.image("user-service:v1.1").user` is what the image says.
"""

# %% tags=["try-it"]
users = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    listed = learner["users"]
    s.met(
        1,
        "the users of v1.1 and v1.2",
        isinstance(listed, list) and [user or "root" for user in listed] == ["root", "node"],
        found=listed,
        expected="a list of two names, v1.1 first",
        why="an empty User means root: nothing in the first Dockerfile says otherwise",
        hint='[cloud.image("user-service:v1.1").user, ...]',
    )
s

# %% [markdown]
"""
## 7. Let old images go

Every push adds an image, and nothing removes one. A **lifecycle policy** is a list of rules that do.

```json
{
  "rules": [
    {
      "rulePriority": 1,
      "description": "untagged images go after a day",
      "selection": {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1
      },
      "action": {"type": "expire"}
    }
  ]
}
```

- `tagStatus` says which images a rule looks at: `untagged`, `tagged` (then name the tags with `tagPatternList` or `tagPrefixList`) or `any`.
- `countType` says when one goes: `imageCountMoreThan` keeps the newest N, `sinceImagePushed` keeps a number of **days**. There are no hours.
- `rulePriority` is the order. Each image belongs to the first rule that selects it, and no later rule can take it. A rule for `any` must come last.
- Two patterns in one list mean *and*: an image must match both. For *or*, write two rules.

The rules run within 24 hours, and what they expire is gone. So look first: the preview shows what would happen.

To have something to tidy, here are two builds, an hour apart, both pushed as `latest`.
The second takes the tag from the first, which is left untagged.
"""

# %%
cloud.advance("1 hour")
# !docker build -q --label build=1 -t {REGISTRY}/user-service:latest files/6.3.a-ecr/user-service
# !docker push -q {REGISTRY}/user-service:latest
cloud.advance("1 hour")
# !docker build -q --label build=2 -t {REGISTRY}/user-service:latest files/6.3.a-ecr/user-service
# !docker push -q {REGISTRY}/user-service:latest
cloud.advance("30 hours")
cloud.repository("user-service")

# %% [markdown]
"""
One rule for the untagged, one for the versions. What does the policy do to each image?
"""

# %%
policy = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "untagged images go after a day",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 1,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "keep the newest two versions",
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["v*"],
                "countType": "imageCountMoreThan",
                "countNumber": 2,
            },
            "action": {"type": "expire"},
        },
    ]
}
cloud.lifecycle("user-service", policy)

# %% [markdown]
"""
Satisfied? Then put it, and let a day pass.
"""

# %%
ecr.put_lifecycle_policy(repositoryName="user-service", lifecyclePolicyText=json.dumps(policy))
cloud.advance("1 day")
cloud.repository("user-service")

# %% [markdown]
"""
A policy that AWS would refuse is refused here too, when you put it:
"""

# %% tags=["raises-exception"]
ecr.put_lifecycle_policy(
    repositoryName="user-service",
    lifecyclePolicyText=json.dumps(policy).replace('"days"', '"hours"'),
)

# %% [markdown]
"""
**Try it.** A colleague writes one rule, *tagStatus any, imageCountMoreThan 10*, "to keep our last ten releases".
The pipeline pushes an untagged build on every commit, about thirty a day.
What happens to the releases? Set `outcome` to `"kept"` or `"lost"`.
"""

# %% tags=["try-it"]
outcome = ...

# %% hide
# Run this cell to check your answer.
with score(1) as s:
    guess = learner["outcome"]
    s.met(
        1,
        "what happens to the releases",
        str(guess).strip().lower() == "lost",
        found=guess,
        why="`any` counts the untagged builds too: thirty of them a day push every release out of the newest ten. "
        "Count releases with `tagged` and a pattern",
    )
s

# %% [markdown]
"""
## 8. What it costs

ECR bills the gigabytes that it stores, and traffic that leaves the region. With a storage price of 0.10 dollars a GB and month:

50 images × 300 MB = 15 000 MB = 15 GB, and 15 × 0.10 = **1.50 dollars a month**

This is an upper bound: layers that several images of a repository share are stored once.
An option of the registry, *blob mounting*, lets repositories of one account and region share layers too.
Not a fortune; but it never shrinks by itself, and thirty services with a thousand images each are another number.
"""

# %%
def monthly_cost(images, megabytes_each, dollars_per_gb=0.10):
    """Return the monthly storage cost in dollars, if no layer were shared."""
    return images * megabytes_each / 1000 * dollars_per_gb


print(f"50 images:                  ${monthly_cost(50, 300):.2f}")
print(f"after keeping the last 10:  ${monthly_cost(10, 300):.2f}")
print(f"ten, each 48 MB:            ${monthly_cost(10, 48):.2f}")

# %% [markdown]
"""
## 9. Pitfalls

- **Deploying `latest`.** You cannot say what is running, and a rollback has nothing to go back to. Deploy a version or a digest.
- **Building once per environment.** Build once, push once, and promote the same digest from test to production.
- **A login that worked yesterday.** The token lasted 12 hours.
- **Right image, wrong region.** The URI names the region; so must the login.
- **Secrets in an image.** A file deleted in a later layer is still in the earlier one. Anyone who can pull can read it.
- **A policy for `any` before a policy for `tagged`.** ECR refuses it; a rule for `any` has to be the last.
- **A scan nobody reads.** Scanning does not stop a push. Something, usually the pipeline, has to look at the findings and decide.
"""

# %% [markdown]
"""
## 10. Recall

Answer aloud before you look.
"""

# %% hide
recall(
    "Walk me through pushing an image to ECR.",
    "Create the repository (once), build, tag with the registry's address, log in with a token from `get-login-password`, push.",
    why="Then say what you add in practice: a version and a commit on one digest, immutable tags, scan on push, a lifecycle policy.",
    tag="Q3",
)

# %% hide
recall(
    "What is the difference between a tag and a digest?",
    "A tag is a movable label; a digest is the hash of the content.",
    why="Deploying by digest means that nothing can change under you.",
)

# %% hide
recall(
    "Your repository is IMMUTABLE and CI fails with ImageTagAlreadyExistsException. What do you do?",
    "Push under a new tag.",
    why="Making the repository mutable would only hide that two builds claim one version.",
)

# %% hide
recall(
    "What does basic scanning miss?",
    "Language packages: npm, pip, Maven.",
    why="Enhanced scanning with Amazon Inspector covers them, and keeps looking after the push.",
)

# %% hide
recall(
    "Why is a multi-stage build smaller?",
    "Only the last stage is shipped, and it copies just the build's result.",
    why="Compilers, test tools and their CVEs stay behind.",
)

# %% hide
recall(
    "How would you keep the last ten releases and drop untagged builds after a day?",
    "Two rules: `untagged`, `sinceImagePushed` 1 day; and `tagged` with a pattern, `imageCountMoreThan` 10.",
    why="With `any` instead of `tagged`, builds would count against the ten.",
)

# %% [markdown]
"""
## Clean up

A repository with images refuses to be deleted unless you insist.
"""

# %%
# !aws ecr delete-repository --repository-name user-service --force --query repository.repositoryName

# %% [markdown]
"""
**Next:** the assignment [6.3.a-ecr](../release/6.3.a-ecr/6.3.a-ecr.ipynb).

**Read more at AWS:** [pushing an image](https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-ecr-image.html),
[registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html),
[tag mutability](https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html),
[image scanning](https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html),
[lifecycle policies](https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html),
[blob mounting](https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html).
"""
