# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: 6.3.a ECR and container images
#     minutes: 90
#     covers: [Q3, F1]
# ---

# %% [markdown]
"""
# Assignment 6.3.a: ECR and container images

About 90 minutes. Do the lesson [6.3.a ECR and container images](../../notebooks/6.3.a-ecr.ipynb) first.

You look after three services of a shop: `user-service`, `order-service` and `payment-service`, and you are about to add a fourth.
Write each answer in the cell that says so, run it, then run the check below it.
Use boto3, the `aws` command (`!aws ...`) or `docker` (`!docker ...`) as you like; the checks look at what is in your AWS, not at how it got there.

Save (**Ctrl + S**), press **Validate**, then submit. Validate runs everything from the top in a fresh AWS: an answer must not depend on something you did by hand.
It lists each check that did not give all its points, its code and what was missed. Running the check here shows the same, easier to read.

Some values are your own: a version, a commit, a number of days.
Write your name into the first cell and run the two cells; the table shows your values, and `VERSION`, `GIT_SHA` and the others are variables that you can use.
"""

# %% id="name"
NAME = ""  # your user name, as your instructor knows it

# %% given="setup"
import json
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

import awslab
from awslab import learner, score
from awslab.fixtures import expired_by, push_history, push_image

cloud = awslab.start()
cloud.reset()
ecr = boto3.client("ecr")

ACCOUNT = "123456789012"
REGION = "us-east-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

mine = awslab.draw("6.3.a-ecr")
VERSION = mine.pick(
    "VERSION", [f"v{major}.{minor}" for major in (1, 3, 4) for minor in range(1, 10)]
)
GIT_SHA = mine.pick(
    "GIT_SHA",
    ["8c1d7e4", "e07b9a2", "51fd3c6", "b96d0fe", "2ac84d1", "f30e75b", "9d17a8c", "c4e6b03"],
)
MOVING = mine.pick(
    "MOVING", ["dev-", "test-", "draft-", "nightly-", "preview-", "sandbox-", "trial-", "wip-"]
)
KEEP = mine.number("KEEP", 2, 6)
DAYS = mine.number("DAYS", 14, 60)
mine

# %% [markdown]
"""
## 1. Read and write image URIs (3 points)

Complete the two functions.

- `image_uri(account, region, repository, tag)` returns the full URI of an image in ECR.
- `parse_image_uri(uri)` returns a dictionary with the keys `account`, `region`, `repository`, `tag` and `digest`.
  A part that the URI does not have is `None`, except that an image with neither tag nor digest has the tag `latest`.

Repository names may contain slashes. A URI may end in `@sha256:…` instead of a tag, or after one.
"""

# %% [markdown] hints="image-uri"
"""
1. The registry is everything before the first `/`. Split there first; what is left is the repository and the tag or digest.
2. `"a.b.c".split(".")` gives the parts of the host: the account is the first, the region the fourth.
3. Look for `@` before you look for `:`, because a digest contains a colon. `text.partition("@")` returns what is before, the `@`, and what is after.
"""


# %% solution="image-uri" needs=[]
def image_uri(account, region, repository, tag):
    """Return the URI of an image in ECR: <registry>/<repository>:<tag>."""
    ### BEGIN SOLUTION
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{repository}:{tag}"
    ### END SOLUTION


# %% solution="parse-image-uri"
def parse_image_uri(uri):
    """Return {"account", "region", "repository", "tag", "digest"} of an image URI."""
    ### BEGIN SOLUTION
    registry, _, rest = uri.partition("/")
    parts = registry.split(".")
    name, _, digest = rest.partition("@")
    repository, _, tag = name.partition(":")
    if not tag and not digest:
        tag = "latest"
    return {
        "account": parts[0],
        "region": parts[3],
        "repository": repository,
        "tag": tag or None,
        "digest": digest or None,
    }
    ### END SOLUTION


# %% hide check="image-uri" points=3
"""Both directions, for a plain URI, a namespaced repository, a missing tag and a digest."""


def slip_in(uri, got, want):
    """Name the usual mistake behind a wrong answer of parse_image_uri, if it is one."""
    wrong = [key for key in want if not isinstance(got, dict) or got.get(key) != want[key]]
    if got is None:
        return "the function returned nothing. Did you forget a return?"
    if not isinstance(got, dict) or "account" in wrong or "region" in wrong:
        return "the parts of the host are separated by dots: the account is the first, the region the fourth"
    if "" in got.values():
        return "a part that is not there is None, not an empty text"
    if "@" in uri and wrong:
        return "a digest has a colon of its own: look for @ before you look for :"
    if wrong == ["tag"]:
        return "without tag and digest, docker means latest"
    return (
        "only the first slash ends the registry; a repository name may contain more"
        if wrong
        else ""
    )


with score(3) as s:
    built = learner.call("image_uri", "210987654321", "eu-west-1", "shop/orders", "2.1")
    s.met(
        1,
        "image_uri builds the address",
        built == "210987654321.dkr.ecr.eu-west-1.amazonaws.com/shop/orders:2.1",
        found=built,
        expected="210987654321.dkr.ecr.eu-west-1.amazonaws.com/shop/orders:2.1",
        slip="docker wants no scheme: leave out https://"
        if str(built).startswith("http")
        else "that is the registry of this notebook: use the arguments account and region"
        if str(built).startswith(REGISTRY)
        else "the function returned nothing. Did you forget a return?"
        if built is None
        else "",
        read="section 2 of the lesson",
    )
    uri = f"{REGISTRY}/user-service:v1.0"
    plain = learner.call("parse_image_uri", uri)
    expected = {
        "account": ACCOUNT,
        "region": REGION,
        "repository": "user-service",
        "tag": "v1.0",
        "digest": None,
    }
    s.met(
        1,
        "parse_image_uri reads user-service:v1.0",
        plain == expected,
        found=plain,
        expected=expected,
        slip=slip_in(uri, plain, expected),
    )
    ### BEGIN HIDDEN TESTS
    cases = {
        "210987654321.dkr.ecr.ap-south-1.amazonaws.com/shop/web": ("shop/web", "latest", None),
        "210987654321.dkr.ecr.ap-south-1.amazonaws.com/a/b/c:1.0": ("a/b/c", "1.0", None),
        f"210987654321.dkr.ecr.ap-south-1.amazonaws.com/web@sha256:{'ab' * 32}": (
            "web",
            None,
            f"sha256:{'ab' * 32}",
        ),
        f"210987654321.dkr.ecr.ap-south-1.amazonaws.com/web:1.0@sha256:{'cd' * 32}": (
            "web",
            "1.0",
            f"sha256:{'cd' * 32}",
        ),
    }
    for uri, (repository, tag, digest) in cases.items():
        got = learner.call("parse_image_uri", uri)
        want = {
            "account": "210987654321",
            "region": "ap-south-1",
            "repository": repository,
            "tag": tag,
            "digest": digest,
        }
        if got != want:
            break
    s.met(
        1,
        "parse_image_uri reads slashes, digests and missing tags",
        got == want,
        found=f"{got} for {uri}",
        expected=want,
        slip=slip_in(uri, got, want),
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 2. One repository a service (3 points)

Create the repositories `user-service`, `order-service` and `payment-service`.
"""

# %% [markdown] hints="create-repositories"
"""
1. It is one call for each. In Python, a `for` loop over the three names.
2. `ecr.create_repository(repositoryName=...)`, or `!aws ecr create-repository --repository-name ...`.
3. Running the cell a second time raises `RepositoryAlreadyExistsException`: the first run did the work. Restart the kernel to start from an empty AWS.
"""

# %% solution="create-repositories" needs=[]
### BEGIN SOLUTION
for name in ("user-service", "order-service", "payment-service"):
    ecr.create_repository(repositoryName=name)
### END SOLUTION

# %% hide check="create-repositories" points=3
"""Three repositories, each with the name of its service."""
with score(3) as s:
    names = [
        r["repositoryName"] for r in boto3.client("ecr").describe_repositories()["repositories"]
    ]
    s.need(names, f"there is no repository in {REGION} yet")
    near = [
        n
        for n in names
        if "/" in n or n.endswith("services") or "_" in n or not n.endswith("-service")
    ]
    for name in ("user-service", "order-service", "payment-service"):
        s.met(
            1,
            f"the repository {name} exists",
            name in names,
            found=names,
            expected=name,
            slip=f"{near[0]} is another name; tags and policies belong to a repository, so each service has its own"
            if near
            else "",
            why="pipelines, policies and task definitions find a repository by its exact name",
        )
s

# %% [markdown]
"""
## 3. Push in five steps (5 points)

Build the image of the user service from the folder `files/user-service`, and push it to its repository under the tag `VERSION`.
The repository exists already; the other four steps are yours.
"""

# %% [markdown] hints="push-five-steps"
"""
1. The steps are in section 3 of the lesson: build, tag, log in, push.
2. Inside a `!` command, `{REGISTRY}` is replaced by the value of the Python variable, and so is `{VERSION}`.
3. `!aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}` logs in; build with `-t` and the folder as the last argument.
"""

# %% solution="push-five-steps" needs=["create-repositories"]
### BEGIN SOLUTION
# !docker build -q -t user-service:{VERSION} files/user-service
# !docker tag user-service:{VERSION} {REGISTRY}/user-service:{VERSION}
# !aws ecr get-login-password --region {REGION} | docker login --username AWS --password-stdin {REGISTRY}
# !docker push {REGISTRY}/user-service:{VERSION}
### END SOLUTION

# %% hide check="push-five-steps" points=5
"""Your version is in user-service, and it is the image that files/user-service builds."""
with score(5) as s:
    client = boto3.client("ecr")
    repositories = [r["repositoryName"] for r in client.describe_repositories()["repositories"]]
    s.need(
        "user-service" in repositories,
        "the repository user-service is missing: do exercise 2 first",
    )
    images = client.describe_images(repositoryName="user-service")["imageDetails"]
    elsewhere = [
        f"{name}:{tag}"
        for name in repositories
        if name != "user-service"
        for i in client.describe_images(repositoryName=name)["imageDetails"]
        for tag in i.get("imageTags", [])
    ]
    s.need(
        images or elsewhere,
        "nothing has been pushed yet: read what docker said to each of your commands",
    )
    tags = sorted(tag for i in images for tag in i.get("imageTags", []))
    s.met(
        1,
        "an image is in user-service",
        bool(images),
        found=tags or elsewhere,
        slip=f"you pushed to {elsewhere[0]}: the repository is part of the address"
        if elsewhere
        else "",
    )
    s.met(
        1,
        f"it has the tag {VERSION}",
        VERSION in tags,
        found=tags,
        expected=VERSION,
        slip="no tag in the command means the tag latest"
        if tags == ["latest"]
        else "VERSION is a Python variable: in a ! command write {VERSION}"
        if "VERSION" in tags
        else "",
    )
    s.need(VERSION in tags, f"the rest is about user-service:{VERSION}, which is not there")
    image = cloud.image(f"user-service:{VERSION}")
    s.met(
        2,
        "it is built from files/user-service",
        image.config.get("Cmd") == ["node", "dist/server.js"]
        and any(p["name"] == "express" for p in image.packages),
        found={"Cmd": image.config.get("Cmd"), "packages": len(image.packages)},
        expected="the command and the packages of files/user-service/Dockerfile",
        slip="the tag is there, but on another image: did you build a folder of your own, or put a manifest by hand?",
    )
    s.met(
        1,
        "it listens where the service does, on 3000",
        "3000/tcp" in image.config.get("ExposedPorts", {}),
        found=list(image.config.get("ExposedPorts", {})),
        expected="3000/tcp",
    )
s

# %% [markdown]
"""
## 4. A version and a commit on one digest (3 points)

Build the order service from the same folder, `files/user-service`, and push it to `order-service` under two tags: `VERSION`, and the commit it was built from, `GIT_SHA`.
Both tags must name the same image.
"""

# %% [markdown] hints="one-image-two-tags"
"""
1. One build, two `docker tag`, two `docker push`.
2. The second push uploads nothing: all layers exist already. It only adds a name.
3. With boto3 there is another way: get the manifest of the first tag with `batch_get_image`, and `put_image` the same manifest with the second tag.
"""

# %% solution="one-image-two-tags" needs=["create-repositories"]
### BEGIN SOLUTION
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q -t {REGISTRY}/order-service:{VERSION} files/user-service
# !docker tag {REGISTRY}/order-service:{VERSION} {REGISTRY}/order-service:{GIT_SHA}
# !docker push -q {REGISTRY}/order-service:{VERSION}
# !docker push -q {REGISTRY}/order-service:{GIT_SHA}
### END SOLUTION

# %% hide check="one-image-two-tags" points=3
"""One image carries both tags, so the version can be traced to its commit."""
with score(3) as s:
    repositories = [
        r["repositoryName"] for r in boto3.client("ecr").describe_repositories()["repositories"]
    ]
    s.need(
        "order-service" in repositories,
        "the repository order-service is missing: do exercise 2 first",
    )
    digests = {
        tag: image["imageDigest"]
        for image in boto3.client("ecr").describe_images(repositoryName="order-service")[
            "imageDetails"
        ]
        for tag in image.get("imageTags", [])
    }
    s.need(digests, "nothing with a tag has been pushed to order-service yet")
    image = cloud.image(f"order-service:{VERSION}") if VERSION in digests else None
    packages = sorted(p["name"] for p in image.packages if p["type"] == "npm") if image else []
    s.met(
        1,
        f"the tag {VERSION} is there, on the image that files/user-service builds",
        image and image.config.get("Cmd") == ["node", "dist/server.js"] and "lodash" in packages,
        found={"tags": sorted(digests), f"npm packages of {VERSION}": packages},
        expected=f"{VERSION}, with the packages of files/user-service/package.json",
        slip="the tag is there, but on another image" if image else "",
    )
    s.met(
        1,
        "the commit is a tag",
        GIT_SHA in digests,
        found=sorted(digests),
        expected=GIT_SHA,
        slip="GIT_SHA is a Python variable: in a ! command write {GIT_SHA}"
        if "GIT_SHA" in digests
        else "the commit is part of another tag; make it a tag of its own, so that it can be looked up"
        if any(GIT_SHA in tag for tag in digests)
        else "",
    )
    both = {digests.get(VERSION), digests.get(GIT_SHA)}
    s.met(
        1,
        "both tags name one digest",
        len(both) == 1 and None not in both,
        found=digests,
        expected="one digest under both tags",
        slip="two tags, two images: tag the same image twice instead of building twice"
        if None not in both
        else "",
        why="if the two differ, the version in production cannot be traced to its commit",
        read="section 4 of the lesson",
    )
s

# %% [markdown]
"""
## 5. Tags that do not move (4 points)

Make `payment-service` refuse a second push of any tag, except `latest` and every tag that starts with `MOVING`.
"""

# %% [markdown] hints="immutable-tags"
"""
1. A repository's setting can be changed with `put_image_tag_mutability`.
2. The mode is `IMMUTABLE_WITH_EXCLUSION`; the exceptions go into `imageTagMutabilityExclusionFilters`.
3. Each filter is `{"filterType": "WILDCARD", "filter": "..."}`; `*` stands for any characters. `MOVING + "*"` joins two texts.
"""

# %% solution="immutable-tags" needs=["create-repositories"]
### BEGIN SOLUTION
ecr.put_image_tag_mutability(
    repositoryName="payment-service",
    imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters=[
        {"filterType": "WILDCARD", "filter": "latest"},
        {"filterType": "WILDCARD", "filter": MOVING + "*"},
    ],
)
### END SOLUTION

# %% hide check="immutable-tags" points=4
"""The check pushes to payment-service, each tag twice, and sees which second push is refused."""


def second_push(tag):
    """Push two different images under one tag; return the error code of the second, or "accepted"."""
    digests = [push_image("payment-service", tag, content="first " + tag)]
    try:
        digests.append(push_image("payment-service", tag, content="second " + tag))
    except ClientError as error:
        return error.response["Error"]["Code"]
    finally:
        ids = [{"imageDigest": digest} for digest in digests]
        boto3.client("ecr").batch_delete_image(repositoryName="payment-service", imageIds=ids)
    return "accepted"


def slip_of(tag, outcome, mode):
    """Name the mistake behind a second push that ended otherwise than it should."""
    if tag == "v2.0":
        return (
            "the filters are the exceptions from immutable; in MUTABLE_WITH_EXCLUSION they are the opposite"
            if mode == "MUTABLE_WITH_EXCLUSION"
            else "a filter matches this version too: * alone excludes every tag"
        )
    if mode == "IMMUTABLE":
        return "without exclusion filters every tag is immutable, the movable ones too"
    return (
        f"no filter matches {tag}: a filter has to match the whole tag, and * stands for the rest"
    )


with score(4) as s:
    modes = {
        r["repositoryName"]: r["imageTagMutability"]
        for r in boto3.client("ecr").describe_repositories()["repositories"]
    }
    s.need(
        "payment-service" in modes, "the repository payment-service is missing: do exercise 2 first"
    )
    s.need(
        modes["payment-service"] != "MUTABLE",
        "payment-service is still MUTABLE, as it was created",
    )
    for points, tag, expected in (
        (1, "v2.0", "ImageTagAlreadyExistsException"),
        (1, "latest", "accepted"),
        (1, MOVING + "42", "accepted"),
    ):
        outcome = second_push(tag)
        s.met(
            points,
            f"a second push of {tag}",
            outcome == expected,
            found=outcome,
            expected=expected,
            slip=slip_of(tag, outcome, modes["payment-service"]),
            why=f"a version must mean one image for ever; latest and {MOVING} builds are meant to move",
            read="section 4 of the lesson",
        )
    ### BEGIN HIDDEN TESTS
    strict = {
        tag: second_push(tag) for tag in (f"v2.0-{MOVING}1", "latest-1", MOVING.replace("-", "ice"))
    }
    s.met(
        1,
        "no other tag can move",
        set(strict.values()) == {"ImageTagAlreadyExistsException"},
        found=strict,
        expected=f"only latest itself, and tags that start with {MOVING}",
        slip="a pattern is too wide: * at the front or the end matches more than it should",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 6. Scan whatever is pushed (3 points)

Configure the registry so that an image pushed to any repository whose name ends in `-service` is scanned on push, including repositories that do not exist yet. Basic scanning is enough.
"""

# %% [markdown] hints="scan-on-push"
"""
1. A flag on each repository does not know about next month's. What belongs to the registry as a whole?
2. `put_registry_scanning_configuration(scanType=..., rules=[...])`.
3. A rule has a `scanFrequency` of `SCAN_ON_PUSH`, and `repositoryFilters` such as `[{"filter": "...", "filterType": "WILDCARD"}]`.
"""

# %% solution="scan-on-push" needs=["create-repositories"]
### BEGIN SOLUTION
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[
        {
            "scanFrequency": "SCAN_ON_PUSH",
            "repositoryFilters": [{"filter": "*-service", "filterType": "WILDCARD"}],
        }
    ],
)
### END SOLUTION

# %% hide check="scan-on-push" points=3
"""The check pushes to an old and to a new repository and looks whether a scan started."""


def scanned(repository):
    """Push an image and tell whether it is scanned; leave nothing behind."""
    client = boto3.client("ecr")
    existing = [r["repositoryName"] for r in client.describe_repositories()["repositories"]]
    if repository not in existing:
        client.create_repository(repositoryName=repository)
    digest = push_image(repository, "scan-probe", content="scan " + repository)
    found = client.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    client.batch_delete_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    if repository not in existing:
        client.delete_repository(repositoryName=repository)
    return "imageScanStatus" in found["imageDetails"][0]


with score(3) as s:
    settings = boto3.client("ecr").get_registry_scanning_configuration()["scanningConfiguration"]
    flags = [
        r["repositoryName"]
        for r in boto3.client("ecr").describe_repositories()["repositories"]
        if r["imageScanningConfiguration"]["scanOnPush"]
    ]
    s.need(settings["rules"] or flags, "the registry has no scanning rule yet")
    repositories = [
        r["repositoryName"] for r in boto3.client("ecr").describe_repositories()["repositories"]
    ]
    s.need(
        "order-service" in repositories,
        "the repository order-service is missing: do exercise 2 first",
    )
    manual = any(rule["scanFrequency"] == "MANUAL" for rule in settings["rules"])
    s.met(
        1,
        "a push to order-service is scanned",
        scanned("order-service"),
        found={"rules": settings["rules"], "scanOnPush flags": flags},
        slip="a scan of frequency MANUAL waits for somebody to start it: use SCAN_ON_PUSH"
        if manual
        else "the rule's filter does not match order-service",
        read="section 5 of the lesson",
    )
    later = scanned("invoice-service")
    s.met(
        1,
        "a push to a repository created later is scanned too",
        later,
        found={"rules": settings["rules"], "scanOnPush flags": flags},
        slip="scanOnPush on a repository covers that repository only, and AWS is deprecating it; use the registry's configuration"
        if flags
        else "a scan of frequency MANUAL waits for somebody to start it: use SCAN_ON_PUSH"
        if manual
        else "the filter names the repositories of today; use a wildcard",
    )
    ### BEGIN HIDDEN TESTS
    seen = {
        name: scanned(name) for name in ("returns-service", "service-experiments", "microservice")
    }
    s.met(
        1,
        "every name that ends in -service is scanned, and no other",
        # Who missed the point above has paid for the names.
        seen["returns-service"] >= later
        and not seen["service-experiments"]
        and not seen["microservice"],
        found=seen,
        expected="only names that end in -service",
        slip="the filter lists names; a wildcard matches the names of tomorrow too"
        if seen["returns-service"] < later
        else "a filter without * matches every name that contains it, and * alone matches everything"
        if seen["service-experiments"]
        else "the hyphen belongs to the name: *service matches microservice too",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 7. Which findings block a release? (3 points)

Complete the function. It returns the names of the findings of one image whose severity is `CRITICAL` or `HIGH`, sorted by name, without duplicates.
The image has been scanned already.
"""

# %% [markdown] hints="blocking-findings"
"""
1. `describe_image_scan_findings(repositoryName=..., imageId={"imageTag": ...})` has them under `imageScanFindings`, `findings`.
2. Each finding has a `name` and a `severity`.
3. `sorted({f["name"] for f in findings if ...})`: a set drops duplicates, and `sorted` makes a list of it.
"""


# %% solution="blocking-findings" needs=[]
def blocking_findings(repository, tag):
    """Return the sorted names of an image's CRITICAL and HIGH findings."""
    ### BEGIN SOLUTION
    answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
    findings = answer["imageScanFindings"]["findings"]
    return sorted({f["name"] for f in findings if f["severity"] in ("CRITICAL", "HIGH")})
    ### END SOLUTION


# %% hide check="blocking-findings" points=3
"""The check pushes images with known packages, scans them, and compares."""


def scan_of(tag, *packages):
    """Push an image with these packages, scan it, and return its findings."""
    client = boto3.client("ecr")
    if "scan-lab" not in [
        r["repositoryName"] for r in client.describe_repositories()["repositories"]
    ]:
        client.create_repository(repositoryName="scan-lab")
    push_image("scan-lab", tag, content=tag, packages=packages)
    client.start_image_scan(repositoryName="scan-lab", imageId={"imageTag": tag})
    client.get_waiter("image_scan_complete").wait(
        repositoryName="scan-lab", imageId={"imageTag": tag}
    )
    found = client.describe_image_scan_findings(
        repositoryName="scan-lab", imageId={"imageTag": tag}
    )
    return found["imageScanFindings"]["findings"]


def names(findings, *severities):
    """Return the sorted names of the findings of these severities."""
    return sorted({f["name"] for f in findings if f["severity"] in severities})


def slip_in_findings(blocked, findings):
    """Name the mistake in a list of blocking findings, if it is a usual one."""
    if not isinstance(blocked, list) or not all(isinstance(name, str) for name in blocked):
        return "return a list of names: of each finding only its name"
    if set(names(findings, "MEDIUM", "LOW")) & set(blocked):
        return "only CRITICAL and HIGH block: MEDIUM and below do not block"
    if blocked and blocked == names(findings, "CRITICAL"):
        return "HIGH blocks too"
    if sorted(set(blocked)) == names(findings, "CRITICAL", "HIGH"):
        return "the right findings, but not sorted, or listed twice"
    if set(blocked) - {f["name"] for f in findings}:
        return "the answer is that of another image: use the arguments repository and tag"
    return ""


with score(3) as s:
    try:
        old = scan_of("old", "libc6=2.36-9+deb12u1", "login=1:4.13+dfsg1-1", "libcurl4=7.88.1-10")
        calm = scan_of("calm", "busybox=1.37.0-r12")
        blocked = learner.call("blocking_findings", "scan-lab", "old")
        s.met(
            1,
            "an old image is blocked by its CRITICAL and HIGH findings",
            blocked == names(old, "CRITICAL", "HIGH"),
            found=learner.returned(blocked, "blocking_findings", "scan-lab", "old"),
            expected=names(old, "CRITICAL", "HIGH"),
            slip=slip_in_findings(blocked, old),
        )
        blocked = learner.call("blocking_findings", "scan-lab", "calm")
        s.met(
            1,
            "an image with LOW findings only passes",
            blocked == [],
            found=blocked,
            expected=[],
            slip=slip_in_findings(blocked, calm),
        )
        ### BEGIN HIDDEN TESTS
        other = scan_of(
            "other", "libssl3=3.0.9-1", "git=1:2.39.2-1.1", "libcurl4=7.88.1-10", "libcurl=8.0.1-r0"
        )
        blocked = learner.call("blocking_findings", "scan-lab", "other")
        s.met(
            1,
            "another image, with one vulnerability in two packages",
            blocked == names(other, "CRITICAL", "HIGH"),
            found=blocked,
            expected=names(other, "CRITICAL", "HIGH"),
            slip=slip_in_findings(blocked, other),
        )
        ### END HIDDEN TESTS
    finally:
        boto3.client("ecr").delete_repository(repositoryName="scan-lab", force=True)
s

# %% [markdown]
"""
## 8. A small image that is not root (5 points)

The report service in `files/report-service` has a Dockerfile that ships the compiler, the test tools and a root shell.
Write a better one, build it, and push it to a new repository `report-service` as `v1.0`. The image must

- be smaller than 80 MB,
- contain neither `typescript` nor `jest`, in no layer, but the service's own packages and its compiled code,
- not run as root,
- have no CRITICAL or HIGH finding in a basic scan,
- still start with `node dist/server.js` and expose port 8080.
"""

# %% [markdown] hints="small-image"
"""
1. Two stages: build in the first, ship the second. Look at `files/user-service/Dockerfile.small`.
2. `npm install --omit=dev` leaves the development packages out; `COPY --from=build` brings the compiled `dist` folder across.
3. A small base such as `node:20-alpine` has a user called `node`; write `USER node` after the last `COPY`.
"""

# %% solution="small-image" needs=[]
dockerfile = """\
### BEGIN SOLUTION
FROM node:20 AS build
WORKDIR /app
COPY package.json .
RUN npm install
COPY . .
RUN npm run build

FROM node:20-alpine
WORKDIR /app
COPY package.json .
RUN npm install --omit=dev
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8080
CMD ["node", "dist/server.js"]
### END SOLUTION
"""

# %% given="build-report-service"
Path("files/report-service/Dockerfile.small").write_text(dockerfile)
if "report-service" not in [
    r["repositoryName"] for r in ecr.describe_repositories()["repositories"]
]:
    ecr.create_repository(repositoryName="report-service")
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q -f files/report-service/Dockerfile.small -t {REGISTRY}/report-service:v1.0 files/report-service && docker push -q {REGISTRY}/report-service:v1.0

# %% hide check="small-image" points=5
"""The image in report-service is small, clean, complete, and does not run as root."""
with score(5) as s:
    client = boto3.client("ecr")
    tagged = [
        t
        for i in client.describe_images(repositoryName="report-service")["imageDetails"]
        for t in i.get("imageTags", [])
    ]
    s.need(
        "v1.0" in tagged,
        "no report-service:v1.0 yet: the cell above shows what docker says to your Dockerfile",
    )
    image = cloud.image("report-service:v1.0")
    npm = sorted(p["name"] for p in image.packages if p["type"] == "npm")
    megabytes = round(image.size / 1e6, 1)
    s.met(
        1,
        "it is smaller than 80 MB",
        megabytes < 80,
        found=f"{megabytes} MB on {image.base}",
        expected="less than 80 MB",
        slip="the final stage stands on the full image, which brings a workshop of build tools"
        if megabytes > 300
        else "",
        why="each new task pulls the image before it can start",
        read="section 6 of the lesson",
    )
    files = cloud.files("report-service:v1.0")
    tools = [name for name in ("typescript", "jest") if name in npm]
    hidden = [
        name
        for name in ("typescript", "jest")
        if any(f"node_modules/{name}" in file for file in files)
    ]
    missing = [name for name in ("express", "pdfkit") if name not in npm]
    compiled = any(file.endswith("dist/server.js") for file in files)
    s.met(
        1,
        "it has the service's packages and code, and no build tools",
        not tools and not hidden and not missing and compiled,
        found={
            "build tools": tools or hidden,
            "missing packages": missing,
            "compiled code": compiled,
        },
        slip="the final stage has the development packages too: npm install --omit=dev"
        if tools
        else "an earlier layer still carries them: a later RUN rm only hides files"
        if hidden
        else "the packages that the service needs are not in the final stage"
        if missing
        else "the compiled dist/server.js is not in the final stage: COPY --from=build"
        if not compiled
        else "",
    )
    s.met(
        1,
        "it does not run as root",
        image.user.split(":")[0] not in ("", "root", "0"),
        found=image.user or "no USER, which is root",
        expected="a user without privileges",
        why="who breaks into the app gets the rights of its user",
    )
    this = {"repositoryName": "report-service", "imageId": {"imageDigest": image.digest}}
    details = client.describe_images(repositoryName="report-service", imageIds=[this["imageId"]])
    if "imageScanStatus" not in details["imageDetails"][0]:
        client.start_image_scan(**this)
    client.get_waiter("image_scan_complete").wait(**this)
    scan = client.describe_image_scan_findings(**this)
    counts = scan["imageScanFindings"]["findingSeverityCounts"]
    s.met(
        1,
        "a basic scan finds nothing CRITICAL or HIGH",
        not counts.get("CRITICAL") and not counts.get("HIGH"),
        found=counts,
        slip="these come with the base image: choose a smaller one",
    )
    # The entrypoint of the node images only runs the command it is given.
    entrypoint = [
        word for word in image.config.get("Entrypoint") or [] if word != "docker-entrypoint.sh"
    ]
    command = entrypoint + (image.config.get("Cmd") or [])
    starts = [word.rpartition("/")[2] if word.endswith("/node") else word for word in command]
    ports = list(image.config.get("ExposedPorts", {}))
    s.met(
        1,
        "it starts the service on port 8080",
        starts == ["node", "dist/server.js"] and ports == ["8080/tcp"],
        found={"command": command, "ExposedPorts": ports},
        expected={"command": ["node", "dist/server.js"], "ExposedPorts": ["8080/tcp"]},
        slip="that is the user service's port; the report service listens on 8080"
        if "3000/tcp" in ports
        else "without brackets a shell stands between docker and node, and keeps the stop signal from it"
        if command[:1] == ["/bin/sh"]
        else "npm stands between docker and node, and may keep the stop signal from it"
        if command[:1] == ["npm"]
        else "",
    )
s

# %% [markdown]
"""
## 9. Keep the newest versions (5 points)

The next cell makes the history of a busy repository, `catalog-service`: eight versions, some builds without a tag, and two images for developers.
Run it and look at the picture.
A policy really expires images when time passes. Run the cell again to begin anew, without a policy.
"""

# %% given="catalog-history"
push_history("catalog-service", cloud.advance)
cloud.repository("catalog-service")

# %% [markdown]
"""
Put a lifecycle policy on `catalog-service` that

- keeps the newest `KEEP` of the images whose tag starts with `v`,
- expires untagged images 24 hours after their push,
- never touches an image with a `dev-` tag.

`cloud.lifecycle("catalog-service", policy)` draws what a policy would do before you put it.
"""

# %% [markdown] hints="lifecycle-policy"
"""
1. Two rules, one for `untagged` and one for `tagged`. What is selected by neither stays.
2. The rule for versions has `tagStatus` `tagged`, a `tagPatternList` or `tagPrefixList`, and `countType` `imageCountMoreThan`.
3. The rule for untagged images has `countType` `sinceImagePushed`; the only `countUnit` is `days`, and 24 hours are 1.
"""

# %% solution="lifecycle-policy" needs=[]
### BEGIN SOLUTION
policy = {
    "rules": [
        {
            "rulePriority": 1,
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
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["v*"],
                "countType": "imageCountMoreThan",
                "countNumber": KEEP,
            },
            "action": {"type": "expire"},
        },
    ]
}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))
### END SOLUTION

# %% hide check="lifecycle-policy" points=5
"""ECR's own preview of the policy, on the history above and on another one."""
with score(5) as s:
    try:
        text = boto3.client("ecr").get_lifecycle_policy(repositoryName="catalog-service")[
            "lifecyclePolicyText"
        ]
    except ClientError:
        text = ""
    s.need(text, "catalog-service has no lifecycle policy yet: put it with put_lifecycle_policy")
    chosen = [rule["selection"] for rule in json.loads(text)["rules"]]
    too_wide = (
        "the rule counts other tagged images as well: its pattern must match versions only"
        if any(p.startswith("*") for c in chosen for p in c.get("tagPatternList", []))
        else ""
    )
    # On a copy of the history: the images of catalog-service may have gone since the policy was put.
    push_history("history-probe", cloud.advance)
    gone = expired_by(text, "history-probe")
    versions = [tag for tag in gone if tag.startswith("v")]
    s.met(
        2,
        f"the newest {KEEP} versions stay, the others go",
        versions == [f"v{number}.0" for number in range(1, 9 - KEEP)],
        found=versions,
        expected=[f"v{number}.0" for number in range(1, 9 - KEEP)],
        slip="any counts builds and developer images too, and they push versions out"
        if any(c["tagStatus"] == "any" for c in chosen)
        else "sinceImagePushed counts days; to keep a number of images use imageCountMoreThan"
        if not any(c["countType"] == "imageCountMoreThan" for c in chosen)
        else too_wide,
        read="section 7 of the lesson",
    )
    untagged = gone.count("untagged")
    s.met(
        1,
        "untagged images older than a day go",
        untagged == 4,
        found=f"{untagged} of 4 would go",
        slip="the only unit is days: 24 of them is almost a month"
        if any(c["countNumber"] == 24 for c in chosen)
        else "imageCountMoreThan keeps a number of images, however old: for an age use sinceImagePushed"
        if 0 < untagged < 4
        else "",
        why="every moved tag leaves an untagged image behind, and storage is billed for each",
    )
    developers = [tag for tag in gone if tag.startswith("dev-")]
    s.met(
        1,
        "developer images stay",
        not developers,
        found=developers,
        expected=[],
        slip=too_wide if developers else "",
    )
    ### BEGIN HIDDEN TESTS
    boto3.client("ecr").delete_repository(repositoryName="history-probe", force=True)
    boto3.client("ecr").create_repository(repositoryName="history-probe")
    for number in range(1, 8):
        push_image("history-probe", f"v2.{number}", content=f"probe {number}")
        cloud.advance("1 hour")
    push_image("history-probe", "dev-9", content="probe dev")
    push_image("history-probe", None, content="young build")
    young = expired_by(text, "history-probe")
    s.met(
        1,
        "the same on another repository: seven young versions, one young build",
        young == [f"v2.{number}" for number in range(1, 8 - KEEP)],
        found=young,
        expected=[f"v2.{number}" for number in range(1, 8 - KEEP)],
        slip="the young untagged build would go at once: 24 hours is countNumber 1 with sinceImagePushed"
        if "untagged" in young
        else "the policy fits the tags of today only; use a pattern that future versions match"
        if not young
        else "",
    )
    ### END HIDDEN TESTS
    boto3.client("ecr").delete_repository(repositoryName="history-probe", force=True)
s

# %% [markdown]
"""
## 10. A policy that does nothing (3 points)

A colleague wants images with a `v…` tag **and also** images with a `release-…` tag to go `DAYS` days after their push, and nothing else.
The policy below was accepted, and has not expired an image since. Set `fixed` to a policy that does what was meant.

```python
{"rules": [{
    "rulePriority": 1,
    "selection": {"tagStatus": "tagged", "tagPatternList": ["v*", "release-*"],
                  "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS},
    "action": {"type": "expire"},
}]}
```
"""

# %% [markdown] hints="fix-policy"
"""
1. Which image does a list of two patterns select? Section 7 of the lesson says what two patterns mean together.
2. No image has both tags, so the rule selects nothing. How do you say *or*?
3. Two rules with priorities 1 and 2, alike but for the pattern.
"""

# %% solution="fix-policy" needs=[]
fixed = ...
### BEGIN SOLUTION
fixed = {
    "rules": [
        {
            "rulePriority": priority,
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": [pattern],
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": DAYS,
            },
            "action": {"type": "expire"},
        }
        for priority, pattern in ((1, "v*"), (2, "release-*"))
    ]
}
### END SOLUTION

# %% hide check="fix-policy" points=3
"""The check previews the policy on a repository with old and young images of several tags."""
with score(3) as s:
    repaired = learner["fixed"]
    text = repaired if isinstance(repaired, str) else json.dumps(repaired)
    client = boto3.client("ecr")
    client.create_repository(repositoryName="policy-probe")
    try:
        for tag in ("v1", "release-1", "tools-1", "dev-1", None):
            push_image("policy-probe", tag, content=f"old {tag}")
        cloud.advance("36 hours")
        for tag in ("v2", "release-2"):
            push_image("policy-probe", tag, content=f"young {tag}")
        cloud.advance(f"{DAYS - 1} days 6 hours")
        outcome = expired_by(text, "policy-probe")
        s.met(
            1,
            "old v images and old release images go",
            {"v1", "release-1"} <= set(outcome),
            found=outcome,
            expected=["release-1", "v1"],
            slip="two patterns in one list mean that an image must match both; write two rules"
            if len(json.loads(text)["rules"]) == 1 and not outcome
            else f"both images are {DAYS} days and 18 hours old: countNumber is a number of days"
            if not outcome
            else "only one of the two kinds goes",
        )
        young = sorted({"v2", "release-2"} & set(outcome))
        s.met(
            1,
            f"images of {DAYS - 1} days stay",
            bool(outcome) and not young,
            found=young,
            slip=f"countNumber is in days, and {DAYS} of them" if young else "",
        )
        others = sorted(set(outcome) - {"v1", "v2", "release-1", "release-2"})
        s.met(
            1,
            "nothing else goes",
            bool(outcome) and not others,
            found=others,
            slip="the selection is too wide: any, or a pattern with * in front, takes images that nobody meant"
            if others
            else "",
        )
    finally:
        client.delete_repository(repositoryName="policy-probe", force=True)
s

# %% [markdown]
"""
## 11. What the repository costs (4 points)

Complete the function. `images` is a list of images; each image is a list of its layers, and a layer is a pair of its digest and its size in bytes.
ECR stores a layer once, however many images of the repository use it.
The function returns the cost of one month in dollars, where `rate` is the price of a gigabyte (10⁹ bytes) and month. Do not round.
"""

# %% [markdown] hints="storage-cost"
"""
1. First find the distinct layers, then add up their sizes.
2. `dict(pairs)` keeps one entry for each digest.
3. `total / 1e9 * rate`, where `total` is the sum of the sizes of the distinct layers.
"""


# %% solution="storage-cost" needs=[]
def storage_cost(images, rate):
    """Return the dollars a month for the distinct layers of these images."""
    ### BEGIN SOLUTION
    layers = {digest: size for image in images for digest, size in image}
    return sum(layers.values()) / 1e9 * rate
    ### END SOLUTION


# %% hide check="storage-cost" points=4
"""One image, fifty equal sizes, shared layers, another rate."""


def close(a, b):
    """Tell whether `a` is a number, and `b` but for the rounding of floats."""
    return isinstance(a, int | float) and abs(a - b) < 1e-9


with score(4) as s:
    image = [["sha256:a", 2_000_000_000]]
    one = learner.call("storage_cost", [image], 0.10)
    s.met(
        1,
        "one image of 2 GB at 0.10 dollars",
        close(one, 0.20),
        found=learner.returned(one, "storage_cost", [image], 0.10),
        expected=0.20,
        slip="that is in gibibytes; a gigabyte here is 10⁹ bytes"
        if close(one, 2e9 / 2**30 * 0.1)
        else "that is in megabytes; a gigabyte is 10⁹ bytes"
        if close(one, 200)
        else "return a number, not a text"
        if isinstance(one, str)
        else "",
    )
    fifty = [[[f"sha256:{n}", 300_000_000]] for n in range(50)]
    many = learner.call("storage_cost", fifty, 0.10)
    s.met(
        1,
        "50 images of 300 MB that share nothing",
        close(many, 1.50),
        found=many,
        expected=1.50,
        slip="layers are the same when their digest is, not when their size is"
        if close(many, 0.03)
        else "",
    )
    shared = [[["sha256:base", 45_000_000], [f"sha256:{n}", 5_000_000]] for n in range(10)]
    alike = learner.call("storage_cost", shared, 0.10)
    s.met(
        1,
        "ten images on one base of 45 MB",
        close(alike, 0.0095),
        found=alike,
        expected=0.0095,
        slip="the shared base layer was counted ten times: ECR stores a layer once"
        if close(alike, 0.05)
        else "do not round: cents add up over thirty services"
        if close(alike, 0.01)
        else "",
    )
    ### BEGIN HIDDEN TESTS
    other = learner.call("storage_cost", [*shared, [["sha256:base", 45_000_000]], []], 0.25)
    s.met(
        1,
        "another rate, and an image without layers",
        close(other, 0.02375),
        found=other,
        expected=0.02375,
        slip="the price is an argument: use rate" if close(other, 0.0095) else "",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 12. From memory (4 points)

Fill in the answers. Close the lesson first.
They are compared when your work is graded. Learning on your own? Sections 2, 3 and 5 of the lesson have them.
"""

# %% [markdown] hints="recall-ecr"
"""
1. The first one is the quick-fire question of the interview; the lesson's sections 3 to 5 have the others.
2. The user name in `docker login` is the same for everybody. A digest never moves.
3. Basic scanning reads the operating system's packages.
"""

# %% solution="recall-ecr" needs=[]
answers = {
    "hours that an ECR token is valid": None,
    "user name for docker login to ECR": None,
    "names one image for ever (tag or digest)": None,
    "basic scanning finds npm packages (True or False)": None,
}
### BEGIN SOLUTION
answers = {
    "hours that an ECR token is valid": 12,
    "user name for docker login to ECR": "AWS",
    "names one image for ever (tag or digest)": "digest",
    "basic scanning finds npm packages (True or False)": False,
}
### END SOLUTION

# %% hide check="recall-ecr" points=4
"""Four facts, one point each."""
with score(4) as s:
    given = learner["answers"]
    s.need(isinstance(given, dict), "answers is not a dictionary any more: fill in the four values")
    s.need(any(value is not None for value in given.values()), "no answer is filled in yet")
    ### BEGIN HIDDEN TESTS
    hours, user, name, npm = (
        given.get("hours that an ECR token is valid"),
        given.get("user name for docker login to ECR"),
        given.get("names one image for ever (tag or digest)"),
        given.get("basic scanning finds npm packages (True or False)"),
    )
    s.met(
        1,
        "how long a token lasts",
        str(hours).lower().rstrip(" hours.") in ("12", "12.0"),
        found=hours,
        why="a build machine that logged in yesterday cannot push today",
        read="section 3 of the lesson",
    )
    s.met(
        1,
        "who logs in",
        str(user).strip() == "AWS",
        found=user,
        slip="AWS is written in capitals"
        if str(user).strip().upper() == "AWS"
        else "not your IAM user: who you are is inside the token"
        if user
        else "",
        read="section 3 of the lesson",
    )
    s.met(
        1,
        "what names one image for ever",
        str(name).lower().split()[-1:] == ["digest"],
        found=name,
        slip="a tag can be moved, unless the repository is immutable"
        if "tag" in str(name).lower()
        else "",
        read="section 2 of the lesson",
    )
    s.met(
        1,
        "basic scanning and npm",
        npm is False,
        found=npm,
        slip="that takes enhanced scanning"
        if npm is True
        else "write True or False without quotes"
        if isinstance(npm, str)
        else "",
        read="section 5 of the lesson",
    )
    ### END HIDDEN TESTS
s

# %% [markdown]
"""
## 13. In your own words (3 points)

A colleague says: *Immutable tags are a nuisance. When a build is broken I just push `v1.4` again, fixed.*
Answer in three to five sentences. Say what can go wrong, what your colleague should do instead, and where a tag that moves is fine.
This answer is read by a person.
"""

# %% [markdown] hints="why-immutable"
"""
1. Two services are deployed as `v1.4`, one before and one after the second push. Which code does each run, and how could you tell?
2. What does a rollback to `v1.4` bring back? Which image is left without a tag, and what does a lifecycle policy do to it?
3. Which tags does nobody deploy to production?
"""

# %% [markdown] answer="why-immutable" points=3
"""
<!-- BEGIN SOLUTION -->
If `v1.4` is pushed again, the tag names another image from then on: what was deployed before and what is deployed after run different code under one name, and nobody can tell which commit caused a fault or what a rollback to `v1.4` would bring back.
The first image is left untagged, and once a lifecycle policy expires it, ECS, which remembers the running deployment by its digest, cannot replace a lost task.
Push the fix as `v1.4.1`, with its commit as a second tag, and deploy that.
A moving tag is fine where nothing is deployed from it, such as `latest` or `dev-` for people who want the newest build.

Rubric, one point each:

- what can go wrong: the name no longer identifies the code (two deployments differ, no tracing, a rollback to something else, or a first image that expires while it runs);
- what to do instead: a new version, deployed by its own tag or digest;
- where moving is fine: tags that production does not deploy, excluded by pattern.
<!-- END SOLUTION -->
"""
