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

# %% wrong="image-uri" slip="a web address" says="docker wants no scheme"
return f"https://{account}.dkr.ecr.{region}.amazonaws.com/{repository}:{tag}"

# %% wrong="image-uri" slip="Docker Hub's form" says="image_uri builds the address"
return f"docker.io/{repository}:{tag}"

# %% wrong="image-uri" slip="no region" says="image_uri builds the address"
return f"{account}.dkr.ecr.amazonaws.com/{repository}:{tag}"

# %% wrong="image-uri" slip="this notebook's registry for all" says="use the arguments account and region"
return f"{REGISTRY}/{repository}:{tag}"

# %% right="image-uri" by="join"
host = ".".join([account, "dkr", "ecr", region, "amazonaws", "com"])
return host + "/" + repository + ":" + tag

# %% wrong="parse-image-uri" slip="the last slash" says="only the first slash ends the registry"
registry, _, rest = uri.rpartition("/")
parts = registry.split(".")
name, _, digest = rest.partition("@")
repository, _, tag = name.partition(":")
if not tag and not digest:
    tag = "latest"
return {"account": parts[0], "region": parts[3], "repository": repository, "tag": tag or None, "digest": digest or None}

# %% wrong="parse-image-uri" slip="no default tag" says="docker means latest"
registry, _, rest = uri.partition("/")
parts = registry.split(".")
name, _, digest = rest.partition("@")
repository, _, tag = name.partition(":")
return {"account": parts[0], "region": parts[3], "repository": repository, "tag": tag or None, "digest": digest or None}

# %% wrong="parse-image-uri" slip="the colon first" says="a digest has a colon of its own"
registry, _, rest = uri.partition("/")
parts = registry.split(".")
repository, _, tag = rest.partition(":")
return {"account": parts[0], "region": parts[3], "repository": repository, "tag": tag or "latest", "digest": None}

# %% wrong="parse-image-uri" slip="the wrong part of the host" says="the account is the first, the region the fourth"
registry, _, rest = uri.partition("/")
parts = registry.split(".")
name, _, digest = rest.partition("@")
repository, _, tag = name.partition(":")
if not tag and not digest:
    tag = "latest"
return {"account": parts[0], "region": parts[2], "repository": repository, "tag": tag or None, "digest": digest or None}

# %% wrong="parse-image-uri" slip="an empty text for what is missing" says="not an empty text"
registry, _, rest = uri.partition("/")
parts = registry.split(".")
name, _, digest = rest.partition("@")
repository, _, tag = name.partition(":")
if not tag and not digest:
    tag = "latest"
return {"account": parts[0], "region": parts[3], "repository": repository, "tag": tag, "digest": digest}

# %% wrong="parse-image-uri" slip="printed instead of returned" says="Did you forget a return?"
print(uri.partition("/"))

# %% wrong="parse-image-uri" slip="tag or digest, never both" says="a digest has a colon of its own"
registry, _, rest = uri.partition("/")
parts = registry.split(".")
if "@" in rest:
    repository, digest = rest.split("@")
    tag = None
else:
    repository, _, tag = rest.partition(":")
    tag, digest = tag or "latest", None
return {"account": parts[0], "region": parts[3], "repository": repository, "tag": tag, "digest": digest}

# %% wrong="parse-image-uri" slip="a tag always expected" says="not enough values to unpack"
registry, rest = uri.split("/", 1)
repository, tag = rest.split(":")
parts = registry.split(".")
return {"account": parts[0], "region": parts[3], "repository": repository, "tag": tag, "digest": None}

# %% wrong="parse-image-uri" slip="the answer to one URI" says="parse_image_uri reads slashes"
return {"account": ACCOUNT, "region": REGION, "repository": "user-service", "tag": "v1.0", "digest": None}

# %% right="parse-image-uri" by="a regular expression"
import re

found = re.fullmatch(
    r"(?P<account>\d+)\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>.+))?",
    uri,
).groupdict()
if not found["tag"] and not found["digest"]:
    found["tag"] = "latest"
return found

# %% wrong="create-repositories" slip="one repository for all" says="user-service exists"
ecr.create_repository(repositoryName="shop")

# %% wrong="create-repositories" slip="plural names" says="is another name"
for name in ("user-services", "order-services", "payment-services"):
    ecr.create_repository(repositoryName=name)

# %% wrong="create-repositories" slip="a namespace in front" says="is another name"
for name in ("user-service", "order-service", "payment-service"):
    ecr.create_repository(repositoryName="shop/" + name)

# %% wrong="create-repositories" slip="one forgotten" says="the repository payment-service exists"
for name in ("user-service", "order-service"):
    ecr.create_repository(repositoryName=name)

# %% wrong="create-repositories" slip="in another region" says="there is no repository in us-east-1 yet"
for name in ("user-service", "order-service", "payment-service"):
    boto3.client("ecr", region_name="eu-west-1").create_repository(repositoryName=name)

# %% right="create-repositories" by="the aws command"
# !aws ecr create-repository --repository-name user-service
# !aws ecr create-repository --repository-name order-service
# !aws ecr create-repository --repository-name payment-service

# %% wrong="push-five-steps" slip="no login" says="nothing has been pushed yet"
# !docker build -q -t user-service:{VERSION} files/user-service
# !docker tag user-service:{VERSION} {REGISTRY}/user-service:{VERSION}
# !docker push {REGISTRY}/user-service:{VERSION}

# %% wrong="push-five-steps" slip="no tag, so latest" says="no tag in the command means the tag latest"
# !docker build -q -t {REGISTRY}/user-service files/user-service
# !aws ecr get-login-password --region {REGION} | docker login --username AWS --password-stdin {REGISTRY}
# !docker push {REGISTRY}/user-service

# %% wrong="push-five-steps" slip="half of the version" says="the rest is about user-service:v"
major = VERSION.split(".")[0]
# !docker build -q -t {REGISTRY}/user-service:{major} files/user-service
# !aws ecr get-login-password --region {REGION} | docker login --username AWS --password-stdin {REGISTRY}
# !docker push {REGISTRY}/user-service:{major}

# %% wrong="push-five-steps" slip="into another repository" says="you pushed to order-service:v"
# !docker build -q -t {REGISTRY}/order-service:{VERSION} files/user-service
# !aws ecr get-login-password --region {REGION} | docker login --username AWS --password-stdin {REGISTRY}
# !docker push {REGISTRY}/order-service:{VERSION}

# %% wrong="push-five-steps" slip="an image put by hand" says="the tag is there, but on another image"
push_image("user-service", VERSION, content="mine")

# %% wrong="push-five-steps" slip="the report service's folder" says="3000/tcp"
# !docker build -q -t {REGISTRY}/user-service:{VERSION} files/report-service
# !aws ecr get-login-password --region {REGION} | docker login --username AWS --password-stdin {REGISTRY}
# !docker push {REGISTRY}/user-service:{VERSION}

# %% wrong="push-five-steps" slip="the name of the variable" says="in a ! command write {VERSION}"
# !docker build -q -t {REGISTRY}/user-service:VERSION files/user-service
# !aws ecr get-login-password --region {REGION} | docker login --username AWS --password-stdin {REGISTRY}
# !docker push {REGISTRY}/user-service:VERSION

# %% wrong="push-five-steps" slip="a neighbour's version" says="it has the tag v"
# !docker build -q -t {REGISTRY}/user-service:v9.9 files/user-service
# !aws ecr get-login-password --region {REGION} | docker login --username AWS --password-stdin {REGISTRY}
# !docker push {REGISTRY}/user-service:v9.9

# %% right="push-five-steps" by="bash"
import subprocess

subprocess.run(
    f"""
    set -e
    docker build -q -t {REGISTRY}/user-service:{VERSION} files/user-service
    aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
    docker push {REGISTRY}/user-service:{VERSION}
    """,
    shell=True,
    check=True,
)

# %% wrong="one-image-two-tags" slip="built twice" says="two tags, two images"
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q --label commit=none -t {REGISTRY}/order-service:{VERSION} files/user-service
# !docker build -q --label commit={GIT_SHA} -t {REGISTRY}/order-service:{GIT_SHA} files/user-service
# !docker push -q {REGISTRY}/order-service:{VERSION}
# !docker push -q {REGISTRY}/order-service:{GIT_SHA}

# %% wrong="one-image-two-tags" slip="only the version" says="the commit is a tag"
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q -t {REGISTRY}/order-service:{VERSION} files/user-service
# !docker push -q {REGISTRY}/order-service:{VERSION}

# %% wrong="one-image-two-tags" slip="both in one tag" says="the commit is part of another tag"
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q -t {REGISTRY}/order-service:{VERSION}-{GIT_SHA} files/user-service
# !docker push -q {REGISTRY}/order-service:{VERSION}-{GIT_SHA}

# %% wrong="one-image-two-tags" slip="tagged but not pushed" says="the commit is a tag"
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q -t {REGISTRY}/order-service:{VERSION} files/user-service
# !docker tag {REGISTRY}/order-service:{VERSION} {REGISTRY}/order-service:{GIT_SHA}
# !docker push -q {REGISTRY}/order-service:{VERSION}

# %% wrong="one-image-two-tags" slip="the name of the variable" says="in a ! command write {GIT_SHA}"
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q -t {REGISTRY}/order-service:{VERSION} files/user-service
# !docker tag {REGISTRY}/order-service:{VERSION} {REGISTRY}/order-service:GIT_SHA
# !docker push -q {REGISTRY}/order-service:{VERSION}
# !docker push -q {REGISTRY}/order-service:GIT_SHA

# %% wrong="one-image-two-tags" slip="an image put by hand" says="the tag is there, but on another image"
push_image("order-service", VERSION, content="mine")
push_image("order-service", GIT_SHA, content="mine")

# %% wrong="one-image-two-tags" slip="the report service's folder" says="the tag is there, but on another image"
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q -t {REGISTRY}/order-service:{VERSION} files/report-service
# !docker tag {REGISTRY}/order-service:{VERSION} {REGISTRY}/order-service:{GIT_SHA}
# !docker push -q {REGISTRY}/order-service:{VERSION}
# !docker push -q {REGISTRY}/order-service:{GIT_SHA}

# %% right="one-image-two-tags" by="boto3: the same manifest under another tag"
# !aws ecr get-login-password | docker login --username AWS --password-stdin {REGISTRY}
# !docker build -q -t {REGISTRY}/order-service:{VERSION} files/user-service
# !docker push -q {REGISTRY}/order-service:{VERSION}
image = ecr.batch_get_image(repositoryName="order-service", imageIds=[{"imageTag": VERSION}])["images"][0]
ecr.put_image(repositoryName="order-service", imageTag=GIT_SHA, imageManifest=image["imageManifest"])

# %% wrong="immutable-tags" slip="immutable without exceptions" says="without exclusion filters every tag is immutable"
ecr.put_image_tag_mutability(repositoryName="payment-service", imageTagMutability="IMMUTABLE")

# %% wrong="immutable-tags" slip="the opposite mode" says="they are the opposite"
ecr.put_image_tag_mutability(
    repositoryName="payment-service",
    imageTagMutability="MUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters=[
        {"filterType": "WILDCARD", "filter": "latest"},
        {"filterType": "WILDCARD", "filter": MOVING + "*"},
    ],
)

# %% wrong="immutable-tags" slip="a pattern too wide" says="a pattern is too wide"
ecr.put_image_tag_mutability(
    repositoryName="payment-service",
    imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters=[
        {"filterType": "WILDCARD", "filter": "latest*"},
        {"filterType": "WILDCARD", "filter": "*" + MOVING + "*"},
    ],
)

# %% wrong="immutable-tags" slip="no star" says="no filter matches"
ecr.put_image_tag_mutability(
    repositoryName="payment-service",
    imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters=[
        {"filterType": "WILDCARD", "filter": "latest"},
        {"filterType": "WILDCARD", "filter": MOVING},
    ],
)

# %% wrong="immutable-tags" slip="everything excluded" says="* alone excludes every tag"
ecr.put_image_tag_mutability(
    repositoryName="payment-service",
    imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "*"}],
)

# %% wrong="immutable-tags" slip="another repository" says="still MUTABLE"
ecr.put_image_tag_mutability(repositoryName="order-service", imageTagMutability="IMMUTABLE")

# %% right="immutable-tags" by="the aws command"
# !aws ecr put-image-tag-mutability --repository-name payment-service --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter=latest filterType=WILDCARD,filter={MOVING}*

# %% wrong="scan-on-push" slip="a flag on each repository" says="covers that repository only"
for name in ("user-service", "order-service", "payment-service"):
    ecr.put_image_scanning_configuration(
        repositoryName=name, imageScanningConfiguration={"scanOnPush": True}
    )

# %% wrong="scan-on-push" slip="only the repositories of today" says="the filter names the repositories of today"
names = ("user-service", "order-service", "payment-service")
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[
        {
            "scanFrequency": "SCAN_ON_PUSH",
            "repositoryFilters": [{"filter": name, "filterType": "WILDCARD"} for name in names],
        }
    ],
)

# %% wrong="scan-on-push" slip="everything" says="matches everything"
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}],
)

# %% wrong="scan-on-push" slip="wrong filter" says="does not match order-service"
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "service-*", "filterType": "WILDCARD"}]}],
)

# %% wrong="scan-on-push" slip="the names that the check shows" says="a wildcard matches the names of tomorrow too"
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[
        {
            "scanFrequency": "SCAN_ON_PUSH",
            "repositoryFilters": [
                {"filter": "order-service", "filterType": "WILDCARD"},
                {"filter": "invoice-service", "filterType": "WILDCARD"},
            ],
        }
    ],
)

# %% wrong="scan-on-push" slip="by hand" says="a scan of frequency MANUAL waits"
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[{"scanFrequency": "MANUAL", "repositoryFilters": [{"filter": "*-service", "filterType": "WILDCARD"}]}],
)

# %% wrong="scan-on-push" slip="no hyphen" says="the hyphen belongs to the name"
ecr.put_registry_scanning_configuration(
    scanType="BASIC",
    rules=[{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*service", "filterType": "WILDCARD"}]}],
)

# %% right="scan-on-push" by="enhanced scanning"
ecr.put_registry_scanning_configuration(
    scanType="ENHANCED",
    rules=[{"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "*-service", "filterType": "WILDCARD"}]}],
)

# %% right="scan-on-push" by="the aws command"
rules = json.dumps([{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*-service", "filterType": "WILDCARD"}]}])
# !aws ecr put-registry-scanning-configuration --scan-type BASIC --rules '{rules}'

# %% wrong="blocking-findings" slip="every severity" says="MEDIUM and below do not block"
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
return sorted({f["name"] for f in answer["imageScanFindings"]["findings"]})

# %% wrong="blocking-findings" slip="CRITICAL only" says="HIGH blocks too"
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
return sorted({f["name"] for f in answer["imageScanFindings"]["findings"] if f["severity"] == "CRITICAL"})

# %% wrong="blocking-findings" slip="not sorted" says="not sorted, or listed twice"
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
names = {f["name"] for f in answer["imageScanFindings"]["findings"] if f["severity"] in ("CRITICAL", "HIGH")}
return sorted(names, reverse=True)

# %% wrong="blocking-findings" slip="one image's answer for all" says="use the arguments repository and tag"
if tag == "clean":
    return []
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": "old"})
return sorted({f["name"] for f in answer["imageScanFindings"]["findings"] if f["severity"] in ("CRITICAL", "HIGH")})

# %% wrong="blocking-findings" slip="listed twice" says="not sorted, or listed twice"
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
return sorted(f["name"] for f in answer["imageScanFindings"]["findings"] if f["severity"] in ("CRITICAL", "HIGH"))

# %% wrong="blocking-findings" slip="whole findings" says="of each finding only its name"
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
return [f for f in answer["imageScanFindings"]["findings"] if f["severity"] in ("CRITICAL", "HIGH")]

# %% wrong="blocking-findings" slip="MEDIUM as well" says="only CRITICAL and HIGH block"
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
return sorted({f["name"] for f in answer["imageScanFindings"]["findings"] if f["severity"] in ("CRITICAL", "HIGH", "MEDIUM")})

# %% wrong="blocking-findings" slip="a second scan first" says="LimitExceededException"
ecr.start_image_scan(repositoryName=repository, imageId={"imageTag": tag})
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
return sorted({f["name"] for f in answer["imageScanFindings"]["findings"] if f["severity"] in ("CRITICAL", "HIGH")})

# %% wrong="blocking-findings" slip="no return" says="Did you forget a `return`"
answer = ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": tag})
sorted({f["name"] for f in answer["imageScanFindings"]["findings"]})

# %% right="blocking-findings" by="the paginator"
pages = ecr.get_paginator("describe_image_scan_findings").paginate(repositoryName=repository, imageId={"imageTag": tag})
found = [f for page in pages for f in page["imageScanFindings"]["findings"]]
return sorted({f["name"] for f in found if f["severity"] in {"HIGH", "CRITICAL"}})

# %% right="blocking-findings" by="the aws command"
import subprocess

command = ["aws", "ecr", "describe-image-scan-findings", "--repository-name", repository, "--image-id", f"imageTag={tag}"]
answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
return sorted({f["name"] for f in answer["imageScanFindings"]["findings"] if f["severity"] in ("CRITICAL", "HIGH")})

# %% wrong="small-image" slip="no stages, full base" says="brings a workshop of build tools"
FROM node:20
WORKDIR /app
COPY . .
RUN npm install
RUN npm run build
EXPOSE 8080
CMD ["node", "dist/server.js"]

# %% wrong="small-image" slip="development packages in the final stage" says="npm install --omit=dev"
FROM node:20 AS build
WORKDIR /app
COPY package.json .
RUN npm install
COPY . .
RUN npm run build

FROM node:20-alpine
WORKDIR /app
COPY package.json .
RUN npm install
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8080
CMD ["node", "dist/server.js"]

# %% wrong="small-image" slip="root" says="no USER, which is root"
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
EXPOSE 8080
CMD ["node", "dist/server.js"]

# %% wrong="small-image" slip="compiled code forgotten" says="the compiled dist/server.js is not in the final stage"
FROM node:20-alpine
WORKDIR /app
COPY package.json .
RUN npm install --omit=dev
USER node
EXPOSE 8080
CMD ["node", "dist/server.js"]

# %% wrong="small-image" slip="packages forgotten" says="the packages that the service needs are not in the final stage"
FROM node:20 AS build
WORKDIR /app
COPY package.json .
RUN npm install
COPY . .
RUN npm run build

FROM node:20-alpine
WORKDIR /app
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8080
CMD ["node", "dist/server.js"]

# %% wrong="small-image" slip="the port of the other service" says="the report service listens on 8080"
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
EXPOSE 3000
CMD ["node", "dist/server.js"]

# %% wrong="small-image" slip="the tools deleted in a later layer" says="a later RUN rm only hides files"
FROM node:20-alpine
WORKDIR /app
COPY . .
RUN npm install
RUN npm run build
RUN rm -rf node_modules/typescript node_modules/jest
USER node
EXPOSE 8080
CMD ["node", "dist/server.js"]

# %% wrong="small-image" slip="the shell form of CMD" says="a shell stands between docker and node"
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
CMD node dist/server.js

# %% wrong="small-image" slip="started through npm" says="npm stands between docker and node"
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
CMD ["npm", "start"]

# %% right="small-image" by="an entrypoint"
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
ENTRYPOINT ["node", "dist/server.js"]

# %% right="small-image" by="the whole folder of a stage without build tools"
FROM node:20 AS build
WORKDIR /app
COPY . .
RUN npm install
RUN npm run build && npm prune --omit=dev

FROM node:20-alpine
WORKDIR /app
COPY --from=build /app .
USER node
EXPOSE 8080
CMD ["node", "dist/server.js"]

# %% right="small-image" by="distroless"
FROM node:20 AS build
WORKDIR /app
COPY . .
RUN npm install
RUN npm run build && npm prune --omit=dev

FROM gcr.io/distroless/nodejs20-debian12:nonroot
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
EXPOSE 8080
CMD ["dist/server.js"]

# %% right="small-image" by="slim, with a user of its own"
FROM node:20 AS build
WORKDIR /app
COPY package.json .
RUN npm install
COPY . .
RUN npm run build

FROM node:20-slim
WORKDIR /app
RUN useradd --system app
COPY package.json .
RUN npm install --omit=dev
COPY --from=build /app/dist ./dist
USER app
EXPOSE 8080
CMD ["node", "dist/server.js"]

# %% wrong="lifecycle-policy" slip="any instead of tagged" says="any counts builds and developer images too"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}}, 
    {"rulePriority": 2, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% wrong="lifecycle-policy" slip="days instead of images" says="to keep a number of images use imageCountMoreThan"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}}, 
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": KEEP}, "action": {"type": "expire"}}]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% wrong="lifecycle-policy" slip="24 days instead of 24 hours" says="24 of them is almost a month"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 24}, "action": {"type": "expire"}}, 
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% wrong="lifecycle-policy" slip="every tagged image" says="its pattern must match versions only"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}}, 
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% wrong="lifecycle-policy" slip="the untagged rule forgotten" says="0 of 4 would go"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% wrong="lifecycle-policy" slip="the tags of today" says="use a pattern that future versions match"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}},
    *({"rulePriority": 1 + number, "selection": {"tagStatus": "tagged", "tagPatternList": [f"v{number}.0"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}}
      for number in range(1, 9 - KEEP))]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% wrong="lifecycle-policy" slip="hours as unit" says="no lifecycle policy yet"
policy = {"rules": [{"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "hours", "countNumber": 24}, "action": {"type": "expire"}}]}
# !aws ecr put-lifecycle-policy --repository-name catalog-service --lifecycle-policy-text '{json.dumps(policy)}'

# %% wrong="lifecycle-policy" slip="only looked at" says="put it with put_lifecycle_policy"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
cloud.lifecycle("catalog-service", policy)

# %% wrong="lifecycle-policy" slip="a pattern for this history only" says="the policy fits the tags of today only"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*.0"], "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% wrong="lifecycle-policy" slip="a v anywhere" says="its pattern must match versions only"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["*v*"], "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% wrong="lifecycle-policy" slip="a count of the untagged" says="for an age use sinceImagePushed"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
ecr.put_lifecycle_policy(repositoryName="catalog-service", lifecyclePolicyText=json.dumps(policy))

# %% right="lifecycle-policy" by="a prefix instead of a pattern, and the aws command"
policy = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "imageCountMoreThan", "countNumber": KEEP}, "action": {"type": "expire"}}]}
Path("policy.json").write_text(json.dumps(policy))
# !aws ecr put-lifecycle-policy --repository-name catalog-service --lifecycle-policy-text file://policy.json

# %% wrong="fix-policy" slip="both patterns still in one list" says="two patterns in one list mean that an image must match both"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["release-*", "v*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}]}

# %% wrong="fix-policy" slip="every tagged image" says="the selection is too wide"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}]}

# %% wrong="fix-policy" slip="only one of the two" says="only one of the two kinds goes"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}]}

# %% wrong="fix-policy" slip="a count instead of an age" says="only one of the two kinds goes"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": DAYS}, "action": {"type": "expire"}}, 
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["release-*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}]}

# %% wrong="fix-policy" slip="a day instead of DAYS" says="countNumber is in days, and"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["release-*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}, "action": {"type": "expire"}}]}

# %% wrong="fix-policy" slip="twice the days" says="days and 18 hours old"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 2 * DAYS}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["release-*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 2 * DAYS}, "action": {"type": "expire"}}]}

# %% wrong="fix-policy" slip="a v anywhere" says="a pattern with * in front"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["*v*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["release-*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}]}

# %% wrong="fix-policy" slip="two prefixes in one list" says="two patterns in one list mean that an image must match both"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPrefixList": ["v", "release-"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}]}

# %% right="fix-policy" by="JSON text"
fixed = json.dumps({"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}},
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPatternList": ["release-*"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}]})

# %% right="fix-policy" by="two prefixes"
fixed = {"rules": [
    {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}, 
    {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPrefixList": ["release-"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": DAYS}, "action": {"type": "expire"}}]}

# %% wrong="storage-cost" slip="every image in full" says="ECR stores a layer once"
return sum(size for image in images for _, size in image) / 1e9 * rate

# %% wrong="storage-cost" slip="gibibytes" says="a gigabyte here is"
layers = {digest: size for image in images for digest, size in image}
return sum(layers.values()) / 2**30 * rate

# %% wrong="storage-cost" slip="the rate written in" says="the price is an argument"
layers = {digest: size for image in images for digest, size in image}
return sum(layers.values()) / 1e9 * 0.10

# %% wrong="storage-cost" slip="rounded" says="do not round"
layers = {digest: size for image in images for digest, size in image}
return round(sum(layers.values()) / 1e9 * rate, 2)

# %% wrong="storage-cost" slip="megabytes" says="that is in megabytes"
layers = {digest: size for image in images for digest, size in image}
return sum(layers.values()) / 1e6 * rate

# %% wrong="storage-cost" slip="a text" says="return a number, not a text"
layers = {digest: size for image in images for digest, size in image}
return f"${sum(layers.values()) / 1e9 * rate:.2f}"

# %% wrong="storage-cost" slip="equal sizes taken for one layer" says="layers are the same when their digest is"
return sum({size for image in images for _, size in image}) / 1e9 * rate

# %% wrong="storage-cost" slip="shared within one image only" says="ECR stores a layer once"
return sum(sum(dict(image).values()) for image in images) / 1e9 * rate

# %% wrong="storage-cost" slip="no return" says="Did you forget a `return`"
layers = {digest: size for image in images for digest, size in image}
cost = sum(layers.values()) / 1e9 * rate

# %% right="storage-cost" by="a loop"
seen, total = set(), 0
for image in images:
    for digest, size in image:
        if digest not in seen:
            seen.add(digest)
            total += size
return total * rate / 10**9

# %% wrong="recall-ecr" slip="24 hours" says="how long a token lasts"
answers = {
    "hours that an ECR token is valid": 24,
    "user name for docker login to ECR": 'AWS',
    "names one image for ever (tag or digest)": 'digest',
    "basic scanning finds npm packages (True or False)": False,
}

# %% wrong="recall-ecr" slip="the IAM user's name" says="not your IAM user"
answers = {
    "hours that an ECR token is valid": 12,
    "user name for docker login to ECR": 'alice',
    "names one image for ever (tag or digest)": 'digest',
    "basic scanning finds npm packages (True or False)": False,
}

# %% wrong="recall-ecr" slip="a tag" says="a tag can be moved"
answers = {
    "hours that an ECR token is valid": 12,
    "user name for docker login to ECR": 'AWS',
    "names one image for ever (tag or digest)": 'tag',
    "basic scanning finds npm packages (True or False)": False,
}

# %% wrong="recall-ecr" slip="basic finds everything" says="that takes enhanced scanning"
answers = {
    "hours that an ECR token is valid": 12,
    "user name for docker login to ECR": 'AWS',
    "names one image for ever (tag or digest)": 'digest',
    "basic scanning finds npm packages (True or False)": True,
}

# %% wrong="recall-ecr" slip="small letters" says="AWS is written in capitals"
answers = {
    "hours that an ECR token is valid": 12,
    "user name for docker login to ECR": 'aws',
    "names one image for ever (tag or digest)": 'digest',
    "basic scanning finds npm packages (True or False)": False,
}

# %% wrong="recall-ecr" slip="False as a text" says="write True or False without quotes"
answers = {
    "hours that an ECR token is valid": 12,
    "user name for docker login to ECR": 'AWS',
    "names one image for ever (tag or digest)": 'digest',
    "basic scanning finds npm packages (True or False)": 'False',
}

# %% wrong="recall-ecr" slip="not a dictionary" says="answers is not a dictionary any more"
answers = [12, "AWS", "digest", False]

# %% wrong="recall-ecr" slip="one left empty" says="how long a token lasts"
answers = {
    "hours that an ECR token is valid": '',
    "user name for docker login to ECR": 'AWS',
    "names one image for ever (tag or digest)": 'digest',
    "basic scanning finds npm packages (True or False)": False,
}

# %% right="recall-ecr" by="other words"
answers = {
    "hours that an ECR token is valid": '12h',
    "user name for docker login to ECR": 'AWS',
    "names one image for ever (tag or digest)": 'the digest',
    "basic scanning finds npm packages (True or False)": False,
}

# %% right="recall-ecr" by="words"
answers = {
    "hours that an ECR token is valid": '12 hours',
    "user name for docker login to ECR": 'AWS',
    "names one image for ever (tag or digest)": 'digest',
    "basic scanning finds npm packages (True or False)": False,
}
