"""What runs now, as the items of a monthly bill: `cloud.cost` prices them with `awslab.world.cost`.

What depends on traffic is taken from the requests that load balancers have counted, scaled to a month.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from awslab.server import clock, control
from awslab.server.cloudwatch import collect, store
from awslab.world import cost, metrics, network_dns, network_path
from awslab.world.account import ACCOUNT, REGION
from awslab.world.cost import HOURS, Item
from awslab.world.ecr_cost import unique_layer_bytes
from awslab.world.fargate import parse_cpu, parse_memory

MONTH = timedelta(hours=HOURS)
EVENT = 26  # bytes that CloudWatch Logs adds to each event
LINE = 60  # bytes of a log line where none has been written yet
FREE_STORAGE = 20  # GiB of each Fargate task


@control.action("cost")
def items(kilobytes: float = 10, account: str = ACCOUNT, region: str = REGION) -> dict[str, Any]:
    """Return the items of the bill, and how many requests they count on.

    `kilobytes` is what a request and its answer carry together, which nothing in the lab can measure.
    Raises control.Refused for kilobytes below 0.
    """
    if kilobytes < 0:
        raise control.Refused(
            f"kilobytes is {kilobytes!r}: a request cannot carry less than nothing"
        )
    found = _Account(account, region, float(kilobytes))
    every = [*found.fargate(), *found.network(), *found.balancers(), *found.kept()]
    return {
        "items": [vars(item) for item in every if item.quantity or item.measured],
        "requests": found.total,
        "since": found.since.isoformat() if found.since else None,
        "now": clock.current.now.isoformat(),
        "kilobytes": kilobytes,
    }


def _load(module: str, name: str, account: str, region: str) -> Any:
    """Return moto's backend of a service, None when nobody has used the service."""
    loaded = sys.modules.get(f"moto.{module}.models")
    return getattr(loaded, name)[account][region] if loaded else None


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


class _Account:
    """One account and Region, as it is now."""

    def __init__(self, account: str, region: str, kilobytes: float) -> None:
        self.account, self.region, self.kilobytes = account, region, kilobytes
        self.kept_metrics = store.of(account, region)
        self.elb = _load("elbv2", "elbv2_backends", account, region)
        self.ecs = _load("ecs", "ecs_backends", account, region)
        self.since = min(
            (
                series.points[0][0]
                for (space, name, _), series in self.kept_metrics.series.items()
                if (space, name) == (collect.ELB, "RequestCount") and series.points
            ),
            default=None,
        )
        self.total = sum(self.requests((*own,)) for own in self._balancer_names())

    def _balancer_names(self) -> Iterator[store.Dimensions]:
        for balancer in self.elb.load_balancers.values() if self.elb else ():
            yield next(collect.names(balancer))

    def requests(self, having: store.Dimensions) -> float:
        """Return how many requests were counted under some dimensions, the open minute left out."""
        series = self.kept_metrics.series.get((collect.ELB, "RequestCount", having))
        return sum(metrics.statistic(v, "Sum") for _, v in series.points) if series else 0.0

    def monthly(self, requests: float) -> float:
        """Return requests scaled from the time since the first of them to a month."""
        if self.since is None:
            return 0.0
        # The open minute is not counted yet, so its time must not be either.
        whole = clock.current.now.replace(second=0, microsecond=0)
        return requests * (MONTH / max(whole - self.since, store.MINUTE))

    def _because(self, requests: float) -> str:
        if not requests:
            return "no requests so far: send some with cloud.traffic"
        return f"{requests:,.0f} requests since {self.since:%Y-%m-%d %H:%M}, scaled to a month"

    # --- tasks -----------------------------------------------------------------------------------

    def tasks(self) -> list[Any]:
        """Return the tasks that one pays for: from the pull of their images until they stop."""
        groups = self.ecs.tasks.values() if self.ecs else ()
        return [
            task
            for group in groups
            for task in group.values()
            if task.last_status not in ("PROVISIONING", "STOPPED", "DEPROVISIONING")
        ]

    def fargate(self) -> Iterator[Item]:
        """Yield vCPU, memory and storage, by service, CPU architecture and capacity provider."""
        groups: dict[tuple[str, str, int, int, int], int] = Counter()
        for task in self.tasks():
            definition = self.ecs.describe_task_definition(task.task_definition_arn)
            arm = (definition.runtime_platform or {}).get("cpuArchitecture") == "ARM64"
            spot = getattr(task, "capacity_provider_name", None) == "FARGATE_SPOT"
            kind = "spot_" if spot else "arm_" if arm else ""
            name = str(task.group).removeprefix("service:")
            disk = int((task.ephemeral_storage or {}).get("sizeInGiB", FREE_STORAGE))
            size = (parse_cpu(task.cpu or 256), parse_memory(task.memory or 512), disk)
            groups[(name, kind, *size)] += 1
        for (name, kind, cpu, memory, disk), count in groups.items():
            words = {"spot_": ", Fargate Spot", "arm_": ", ARM64"}.get(kind, "")
            hours = count * HOURS
            why = f"{_count(count, 'task')} of {name}{words}, {HOURS} h a month"
            for what, rate, each in (
                (f"{cpu / 1024:g} vCPU", "vcpu", cpu / 1024),
                (f"{memory / 1024:g} GB", "gb", memory / 1024),
            ):
                key = f"fargate_{kind}{rate}_hour"
                yield Item("Fargate", f"{count} x {what}: {name}{words}", key, hours * each, why)
            extra = max(0, disk - FREE_STORAGE)
            what = f"{count} x {extra} GB storage: {name}"
            yield Item(
                "Fargate", what, "fargate_storage_gb_hour", hours * extra, f"{why}; 20 GB are free"
            )

    # --- network ---------------------------------------------------------------------------------

    def network(self) -> Iterator[Item]:
        """Yield NAT gateways, interface endpoints and public IPv4 addresses."""
        ec2 = _load("ec2", "ec2_backends", self.account, self.region)
        if ec2 is None:
            return
        nats = [n.id for n in ec2.nat_gateways.values() if n.state in ("available", "pending")]
        ends = {
            each.service_name.split(".", 3)[-1]: len(each.network_interface_ids)
            for each in ec2.vpc_end_points.values()
            if each.network_interface_ids
        }
        nat_gb, endpoint_gb = self._gigabytes()
        if nats:
            why = "each is paid by the hour, used or not"
            yield Item(
                "NAT gateways", _count(len(nats), "gateway"), "nat_hour", len(nats) * HOURS, why
            )
            why = f"calls of the apps and their logs that leave through one; {self._because(self.total)}"
            yield Item("NAT gateways", "data through them", "nat_gb", nat_gb, why, True)
        if ends:
            number = sum(len(e.network_interface_ids) for e in ec2.vpc_end_points.values())
            why = f"one address a zone each: {', '.join(sorted(ends))}; gateway endpoints are free"
            what = f"{_count(len(ends), 'endpoint')} with {number} addresses"
            yield Item("VPC endpoints", what, "endpoint_hour", number * HOURS, why)
            why = f"calls of the apps and their logs; {self._because(self.total)}"
            yield Item("VPC endpoints", "data through them", "endpoint_gb", endpoint_gb, why, True)
        public = {each.public_ip for each in ec2.enis.values() if each.public_ip}
        public |= {each.public_ip for each in ec2.addresses}
        why = "load balancers, NAT gateways, tasks with a public IP, Elastic IPs, in use or not"
        what = f"{len(public)} public IPv4"
        yield Item("Public IPv4", what, "ipv4_hour", len(public) * HOURS, why)

    def _gigabytes(self) -> tuple[float, float]:
        """Return what goes through NAT gateways and through interface endpoints in a month, in GB."""
        through = {"NAT gateway": 0.0, "endpoint": 0.0}
        for service, tasks in self._services().items():
            share = self.monthly(self._requests_of(service)) / max(1, len(tasks))
            for task in tasks:
                for name, size in self._sends(task):
                    if way := self._way(task, name):
                        through[way] += share * size / 1e9
        return through["NAT gateway"], through["endpoint"]

    def _services(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for task in self.tasks():
            if getattr(getattr(task, "lab", None), "service", None):
                found.setdefault(task.lab.service, []).append(task)
        return found

    def _requests_of(self, key: str) -> float:
        service = self.ecs.services.get(key)
        total = 0.0
        for each in service.load_balancers if service else ():
            group = self.elb.target_groups.get(each.get("targetGroupArn")) if self.elb else None
            for balancer in self.elb.load_balancers.values() if group else ():
                total += self.requests(tuple(collect.names(balancer, group))[-1])
        return total

    def _sends(self, task: Any) -> Iterator[tuple[str, float]]:
        """Yield what a task calls for each request, and the bytes of that call."""
        for process in task.lab.processes.values():
            for call in process.profile.get("calls") or []:
                if isinstance(call, dict) and "host" in call:
                    yield str(call["host"]), self.kilobytes * 1000
                else:
                    action = call if isinstance(call, str) else call["action"]
                    yield action.partition(":")[0], self.kilobytes * 1000
            if self._logs(process):
                yield "logs", self._line(process)

    def _logs(self, process: Any) -> str | None:
        """Return the log group that a container writes to."""
        given = process.definition.get("logConfiguration") or {}
        options = given.get("options") or {}
        return options.get("awslogs-group") if given.get("logDriver") == "awslogs" else None

    def _line(self, process: Any) -> float:
        """Return the bytes of a container's log line, by those that it has written."""
        logs = _load("logs", "logs_backends", self.account, self.region)
        group = logs.groups.get(self._logs(process)) if logs else None
        sizes = [
            len(event.message)
            for stream in (group.streams.values() if group else ())
            for event in stream.events[-100:]
        ]
        return EVENT + (sum(sizes) / len(sizes) if sizes else LINE)

    def _way(self, task: Any, name: str) -> str | None:
        """Return through what a task reaches a service or host: a NAT gateway, an endpoint, or nothing paid."""
        from awslab.server import ec2

        network = ec2.network(self.account, self.region)
        if task.lab.eni not in network.interfaces:
            return None
        if name in network_dns.SERVICES:
            # Not by `ec2.reach`, which sends packets: flow logs would record what nobody sent.
            path = network_dns.service_path(network, network.interfaces[task.lab.eni], name)
        else:
            path = network_path.path(network, task.lab.eni, "internet", network_dns.HTTPS)
        if any(hop.kind == "NAT gateway" for hop in path.hops):
            return "NAT gateway"
        ends = {i for each in network.endpoints.values() for i in each.interfaces}
        return "endpoint" if any(hop.id in ends for hop in path.hops) else None

    # --- load balancers --------------------------------------------------------------------------

    def balancers(self) -> Iterator[Item]:
        """Yield the hours of each load balancer and its capacity units."""
        for balancer in self.elb.load_balancers.values() if self.elb else ():
            requests = self.requests(next(collect.names(balancer)))
            rate = self.monthly(requests) / MONTH.total_seconds()
            rules = max((len(each.rules) for each in balancer.listeners.values()), default=0)
            used, decides = cost.lcus(rate, self.kilobytes, rules)
            why = "paid by the hour, used or not"
            yield Item("Load balancers", balancer.name, "alb_hour", HOURS, why)
            why = f"{used:.3g} LCU on average, by {decides}; {self._because(requests)}"
            if not requests:
                why = self._because(requests)
            what = f"capacity of {balancer.name}"
            yield Item("Load balancers", what, "lcu_hour", used * HOURS, why, True)

    # --- what is kept ----------------------------------------------------------------------------

    def kept(self) -> Iterator[Item]:
        """Yield images, logs, alarms, secrets, keys and hosted zones."""
        yield from self._images()
        yield from self._log_items()
        alarms = len(self.kept_alarms())
        yield Item(
            "CloudWatch", _count(alarms, "alarm"), "alarm_month", alarms, "of one metric each"
        )
        manager = _load("secretsmanager", "secretsmanager_backends", self.account, self.region)
        secrets = [s for s in (manager.secrets.values() if manager else ()) if not s.is_deleted()]
        names = ", ".join(sorted(secret.name for secret in secrets)[:3])
        what = _count(len(secrets), "secret")
        yield Item("Secrets and keys", what, "secret_month", len(secrets), names)
        kms = _load("kms", "kms_backends", self.account, self.region)
        own = [
            key
            for key in (kms.keys.values() if kms else ())
            if key.key_state != "PendingDeletion"
            and not any(alias.startswith("alias/aws/") for alias in key.aliases)
        ]
        why = "customer managed; those of AWS are free"
        yield Item("Secrets and keys", _count(len(own), "key"), "key_month", len(own), why)
        dns = _load("route53", "route53_backends", self.account, "aws")
        zones = list(dns.zones.values()) if dns else []
        why = ", ".join(zone.name for zone in zones)
        yield Item("Route 53", _count(len(zones), "hosted zone"), "zone_month", len(zones), why)

    def kept_alarms(self) -> dict[str, Any]:
        """Return the account's alarms."""
        return store.backends[self.account][self.region].alarms

    def _images(self) -> Iterator[Item]:
        ecr = _load("ecr", "ecr_backends", self.account, self.region)
        size = number = 0
        for repository in ecr.repositories.values() if ecr else ():
            images = [image.content for image in repository.images]
            number += len(images)
            size += unique_layer_bytes(
                [*(each.get("layers") or []), *([each["config"]] if each.get("config") else [])]
                for each in images
            )
        why = f"{_count(number, 'image')}; layers that images of a repository share count once"
        yield Item("ECR", f"{size / 1e6:,.4g} MB of images", "ecr_gb_month", size / 1e9, why)

    def _log_items(self) -> Iterator[Item]:
        gigabytes, total, writing = 0.0, 0.0, False
        for service, tasks in self._services().items():
            first = next(iter(tasks[0].lab.processes.values()), None)
            if first is None or not self._logs(first):
                continue
            writing = True
            requests = self._requests_of(service)
            total += requests
            gigabytes += self.monthly(requests) * self._line(first) / 1e9
        if writing:
            why = f"one line a request; {self._because(total)}"
            yield Item("CloudWatch", "logs taken in", "logs_gb", gigabytes, why, True)
            why = "those of one month, before compression; without a retention they pile up"
            yield Item("CloudWatch", "logs kept", "logs_gb_month", gigabytes, why, True)
