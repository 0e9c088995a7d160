# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: "6.3 Revision: five pages to print"
#     minutes: 20
#     covers: [Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9, Q10, Q11, F1, F2, F3, F4, F5]
# ---

# %% [markdown]
"""
# 6.3 Revision

To print: **File**, **Print**. To be asked instead of reading: `awslab.review()`.

| Word | In one line |
|---|---|
| **ECR** | the registry of your account and region; repositories hold images |
| **Tag, digest** | a label that may move; the hash of the content, which cannot |
| **ECS** | places containers, keeps them alive, deploys and scales them |
| **Fargate** | capacity without instances of yours; size and bill for each task |
| **Cluster, service** | a group for tasks; what keeps N of them and rolls out revisions |
| **Task (definition)** | one running copy of a numbered description that never changes |
| **ALB, target group** | routes HTTP by rules (layer 7); the addresses behind a rule, with a health check |
| **VPC, subnet** | your network in a region; a part of it in one zone |
| **Public, private** | a subnet with, or without, a route to an internet gateway |
| **NAT gateway** | lets private subnets out; lets nobody in |
| **VPC endpoint** | a way to an AWS service without the internet: interface (paid), gateway (S3, DynamoDB; free) |
| **Security group, ACL** | at the interface, allow only, remembers connections; at the subnet, numbered, remembers nothing |
| **Execution, task role** | used by ECS: pull, logs, secrets to inject; used by your code |

## The numbers

| What | How much |
|---|---|
| Token of ECR | 12 hours, one registry host |
| Largest Fargate task | 32 vCPU, 244 GB |
| Addresses that AWS keeps in a subnet | 5, so a /28 holds 11 |
| Subnets of an ALB | 2 zones, /27 or larger, 8 free addresses each |
| Successes until a **new** target gets traffic | 1 |
| Draining of a target; cooldowns of scaling; defaults | 300 s |
| Circuit breaker, default | half the desired count, at least 3, at most 200 |

<div style="break-after: page"></div>
"""

# %% [markdown]
"""
## 6.3.a ECR and container images

| Step | Command |
|---|---|
| 1 create, once | `aws ecr create-repository --repository-name user-service` |
| 2 build | `docker build -t user-service:v1.0 .` |
| 3 tag | `docker tag user-service:v1.0 <registry>/user-service:v1.0` |
| 4 log in | `aws ecr get-login-password` piped into `docker login --username AWS --password-stdin <registry>` |
| 5 push | `docker push <registry>/user-service:v1.0` |
| 6 look | `aws ecr describe-images --repository-name user-service` |

The registry is `<account>.dkr.ecr.<region>.amazonaws.com`.

| Decision | Do | Because |
|---|---|---|
| Tags | a version and the commit on one digest | what runs can be traced |
| Mutability | `IMMUTABLE`, or `IMMUTABLE_WITH_EXCLUSION` | a version cannot change its meaning |
| Scans | rules of the registry | the flag on a repository is being deprecated |
| Basic or enhanced | enhanced for npm, pip and the like | basic reads packages of the operating system only |
| Lifecycle | `untagged` by days; `tagged` with a pattern by count | `any` counts builds among the releases |
| Image | several stages, small base, `USER` not root | fast pulls, fewer CVEs, less for an intruder |

| Message | Means |
|---|---|
| `no basic auth credentials` | not logged in, token expired, or another region |
| `ImageTagAlreadyExistsException` | immutable: push a new tag |
| `RepositoryNotFoundException` | create it, or look at the region |

<div style="break-after: page"></div>
"""

# %% [markdown]
"""
## 6.3.b ECS and Fargate

| Question | Answer |
|---|---|
| States of a task | PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED |
| Network mode on Fargate | `awsvpc`: an interface and an address for each task |
| Billed on Fargate | reserved vCPU and memory by the second, from the image's download, at least a minute |
| Fargate, Managed Instances, EC2 | no servers; AWS runs the servers, GPUs included; you run the servers |
| Spot | two minutes' warning; with an ordinary base in the strategy |

| A new version | Watch |
|---|---|
| push, register a revision, update the service | the same tag again deploys nothing |
| minimum (rounded up) 100, maximum (rounded down) 200 | 3 tasks at maximum 125: 3.75 is 3, and nothing moves |
| targets: one success, then traffic | old ones drain |
| breaker **and** rollback | back to the last *completed* deployment |
| blue/green, linear, canary | built in, no CodeDeploy; a bake time and alarms |

| A stopped task says, for about an hour | Look at |
|---|---|
| CannotPullContainerError, `failed to resolve ref` | the tag |
| CannotPullContainerError, timeout | route, NAT, endpoints, security groups |
| ResourceInitializationError, secrets | the execution role, the way to Secrets Manager |
| ResourceInitializationError, `failed to validate logger args` | the log group |
| ResourceNotFoundException | the secret's ARN, or the log group: read on |
| exit 137, OutOfMemoryError | memory; or killed after `stopTimeout` |
| Task failed ELB health checks | path, port, security group, `healthCheckGracePeriodSeconds` |

| Scaling | Rule |
|---|---|
| target tracking | CPU, memory, or requests per target **and minute** (with a label) |
| several policies | out when any asks, in when all agree |
| peaks you know | scheduled actions that raise the minimum, and lower it again |

<div style="break-after: page"></div>
"""

# %% [markdown]
"""
## 6.3.c Application Load Balancer

| Part | Remember |
|---|---|
| Listener | 443 with a certificate of ACM from the same region; 80 redirects with 301 |
| Rules | lowest number first, default last; a broad path with a low number hides others |
| Patterns | `/api/users/*` misses `/api/users`; capitals count; the query is no part; the prefix stays |
| Target group | type `ip` for Fargate; the container's port |
| Health check | a path that answers 200 quickly; defaults 30 s, 5 successes to recover, 2 failures |
| All unhealthy | requests go to all of them (fail open) |
| Draining | no new requests, 300 s for those under way; shorten it |
| Inside | Service Connect or VPC Lattice instead of a load balancer |

| Status | Whose fault |
|---|---|
| 502 | the target closed or broke the connection |
| 503 | no target is registered |
| 504 | the target did not answer in time |
| `HTTPCode_ELB_5XX_Count` | made by the load balancer |
| `HTTPCode_Target_5XX_Count` | made by the application |
| access logs | off until switched on; to S3, every five minutes |

<div style="break-after: page"></div>
"""

# %% [markdown]
"""
## 6.3.d VPC networking and IAM

| Chain | Who lets whom in |
|---|---|
| load balancer | 443 and 80 from anywhere |
| task | its port from the load balancer's **group** |
| payment task | its port from the order service's group only |
| database | 5432 from the tasks' groups |
| endpoints | 443 from the tasks' groups |

| A pull without NAT needs | Trap |
|---|---|
| interface endpoints `ecr.api`, `ecr.dkr` | private DNS on, and both DNS attributes of the VPC |
| gateway endpoint of S3 | on the *private* route tables |
| `logs`, `secretsmanager`, if used | the endpoints' security group |

| Role | Trusts | May |
|---|---|---|
| execution | `ecs-tasks.amazonaws.com` | pull and log (managed policy); secrets by ARN (added) |
| task, one a service | `ecs-tasks.amazonaws.com` | what the code needs; objects are `bucket/*` |

No by default; an allow makes it yes; a deny ends it. IAM governs AWS's APIs, not third parties.
A rotated secret reaches running tasks by a new deployment.

| Question | Log |
|---|---|
| who called AWS's API | CloudTrail; its history of 90 days is on by itself |
| which addresses, accepted or rejected | VPC Flow Logs |
| which URL, which status | access logs of the load balancer |
| which request between services | access logs of Service Connect, or the applications' |
| a miner, a reverse shell | GuardDuty Runtime Monitoring |

| Between services | Gives |
|---|---|
| Service Connect with TLS | names, metrics, encryption |
| VPC Lattice with an auth policy | encryption, and who is calling |
| App Mesh | nothing: ended on 30 September 2026 |
"""
