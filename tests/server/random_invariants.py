"""What must hold in the lab after every call, whatever was called; `check(caller)` raises AssertionError.

It reads the lab's state and not the API, because asking the API lets time pass.
"""

import ipaddress
from collections import Counter

from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends

from awslab.server import fabric
from awslab.server.ec2 import interfaces
from awslab.server.ecs import deployments, state
from awslab.server.elbv2.state import targets as targets_of
from awslab.world import ecs_scheduler
from tests.q9.architecture import ACCOUNT, REGION

STARTING = ("PROVISIONING", "PENDING", "ACTIVATING")
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
ORDER = (*STARTING, "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")


def check(caller):
    """Check everything."""
    ecs, ec2 = ecs_backends[ACCOUNT][REGION], ec2_backends[ACCOUNT][REGION]
    tasks = [task for group in ecs.tasks.values() for task in group.values()]
    counts(ecs, tasks)
    shifts(ecs)
    lives(caller.known, tasks)
    interfaces_of(ec2, tasks)
    free_addresses(ec2)
    said, caller.free = caller.free, {}
    for subnet, count in said.items():
        taken = interfaces.taken(ec2, subnet)
        size = ec2.get_subnet(subnet).cidr.num_addresses
        assert count == size - 5 - len(taken), f"{subnet} has {count} free addresses"
    targets(caller.known, tasks)
    hosts(ec2, tasks)
    graves(caller.known)


def counts(ecs, tasks):
    """A service counts as running and pending the tasks that are, and no others."""
    up = Counter()
    for task in tasks:
        if task.desired_status == "RUNNING":
            kind = "pending" if task.last_status in STARTING else "running"
            up[task.lab.service, kind] += 1
    for key, service in ecs.services.items():
        deployments.refresh(service)
        if service.status == "INACTIVE":
            alive = [t for t in tasks if t.lab.service == key and t.last_status != "STOPPED"]
            assert not alive, f"{key} is INACTIVE and has {[t.id for t in alive]}"
        found = {"running": service.running_count, "pending": service.pending_count}
        assert found == {kind: up[key, kind] for kind in found}, key
        assert sum(d["status"] == "PRIMARY" for d in service.deployments) == 1, key


def shifts(ecs):
    """Traffic shifts only to the primary deployment while it is in progress, and blue is there to go back to."""
    for key, service in ecs.services.items():
        known = state.lab(service)
        rollout = known.rollout
        if rollout is None or service.status != "ACTIVE":
            continue
        first, record = known.deployments[0], known.service_deployments[0]
        assert first.id == rollout.deployment == record["deployment"], key
        assert (first.state, record["status"]) == ("IN_PROGRESS", "IN_PROGRESS"), key
        going = rollout.at.stage == "CLEAN_UP"
        assert rollout.blue is None or going or deployments.by_id(known, rollout.blue), key


def lives(known, tasks):
    """A task goes its way in one direction, and keeps the reason for which it stops."""
    for task in tasks:
        step = ORDER.index(task.last_status)
        before = known.progress.get(task.id, 0)
        assert step >= before, f"{task.id} went from {ORDER[before]} to {task.last_status}"
        known.progress[task.id] = step
        if task.desired_status == "STOPPED":
            assert task.stop_code, task.id
            assert task.stopped_reason, task.id
            reason = known.reasons.setdefault(task.id, task.stopped_reason)
            assert task.stopped_reason == reason, task.id
        else:
            assert step <= ORDER.index("RUNNING"), f"{task.id} stops although it is to run"


def interfaces_of(ec2, tasks):
    """Every task beyond PROVISIONING has an interface of its own, until it has stopped."""
    held = [task for task in tasks if task.lab.eni and task.last_status != "STOPPED"]
    ids = [task.lab.eni for task in held]
    assert len(ids) == len(set(ids)), "two tasks share an interface"
    for task in held:
        eni = ec2.enis.get(task.lab.eni)
        assert eni is not None, f"{task.id} runs without its interface {task.lab.eni}"
        assert eni.private_ip_address == task.lab.address, task.id
        assert eni.subnet.id == task.lab.subnet, task.id
    for task in tasks:
        if task.last_status == "STOPPED":
            assert task.lab.eni not in ec2.enis, f"{task.id} left {task.lab.eni} behind"
    owned = {e.id for e in ec2.enis.values() if ":attachment/" in (e.description or "")}
    assert owned <= set(ids), f"interfaces of no task: {owned - set(ids)}"


def free_addresses(ec2):
    """An address is used once in a subnet and lies in it; the lab's count of those in use is right."""
    used = {}
    for eni in ec2.enis.values():
        for each in eni.private_ip_addresses:
            address = each["PrivateIpAddress"]
            assert address not in used.setdefault(eni.subnet.id, set()), f"{address} used twice"
            used[eni.subnet.id].add(address)
            network = ipaddress.ip_network(eni.subnet.cidr_block)
            assert ipaddress.ip_address(address) in network, f"{address} is not in {network}"
        assert eni.subnet.id in subnets(ec2), f"{eni.id} is in a deleted subnet"
    for subnet, addresses in used.items():
        assert set(interfaces.taken(ec2, subnet)) == addresses, subnet


def subnets(ec2):
    """Return every subnet's id."""
    return {subnet for zone in ec2.subnets.values() for subnet in zone}


def targets(known, tasks):
    """A registered target is a task that is not stopping, or was registered by hand."""
    owned = {
        (group, task.lab.address, port)
        for task in tasks
        if task.lab.registered and task.desired_status == "RUNNING"
        for group, _, port in task.lab.targets
    }
    for arn, group in elbv2_backends[ACCOUNT][REGION].target_groups.items():
        for (address, port), target in targets_of(group).items():
            if target.drain_until is None:
                key = (arn, address, port)
                assert key in owned | known.by_hand, f"{key} is registered for nobody"


def hosts(ec2, tasks):
    """Who answers at an address has the interface that has it; every running task answers at its own."""
    for task in tasks:
        if task.last_status == "RUNNING":
            host = fabric.host_at(task.lab.vpc, task.lab.address)
            assert host is not None, f"nobody answers for {task.id}"
            assert host.eni_id == task.lab.eni, task.id
    for (vpc, address), host in fabric._hosts.items():
        eni = ec2.enis.get(host.eni_id)
        assert eni is not None, f"{address} answers without the interface {host.eni_id}"
        assert (eni.subnet.vpc_id, eni.private_ip_address) == (vpc, address)


def graves(known):
    """What was deleted is not there again."""
    ec2, elb = ec2_backends[ACCOUNT][REGION], elbv2_backends[ACCOUNT][REGION]
    listeners = {
        arn: each for b in elb.load_balancers.values() for arn, each in b.listeners.items()
    }
    there = {
        "subnet": subnets(ec2),
        "vpc": ec2.vpcs,
        "table": ec2.route_tables,
        "group": {group for vpc in ec2.groups.values() for group in vpc},
        "interface": ec2.enis,
        "endpoint": {e.id for e in ec2.vpc_end_points.values() if e.state != "deleted"},
        "target group": elb.target_groups,
        "balancer": elb.load_balancers,
        "listener": listeners,
        "rule": {rule for each in listeners.values() for rule in each.rules},
        "repository": ecr_backends[ACCOUNT][REGION].repositories,
        "service": {
            service.name
            for service in ecs_backends[ACCOUNT][REGION].services.values()
            if service.status == "ACTIVE"
        },
    }
    risen = [(kind, thing) for kind, thing in known.gone if thing in there[kind]]
    assert not risen, f"deleted and there again: {risen}"


def keeps_bounds(service, actions):
    """What the scheduler decides takes the healthy tasks not under the lower bound, all tasks not over the upper."""
    kinds = Counter()
    for group in service.groups:
        kinds["healthy"] += group.healthy
        kinds["all"] += group.active
    stops = [each for each in actions if isinstance(each, ecs_scheduler.Stop)]
    starts = sum(each.count for each in actions if isinstance(each, ecs_scheduler.Start))
    healthy_stops = sum(each.count for each in stops if each.kind == ecs_scheduler.HEALTHY)
    if healthy_stops:
        left = kinds["healthy"] - healthy_stops
        assert left >= service.bounds.lower, f"{left} healthy tasks left of {service}"
    if starts:
        total = kinds["all"] - sum(each.count for each in stops) + starts
        assert total <= max(service.bounds.upper, service.desired), f"{total} tasks of {service}"


__all__ = ["check", "keeps_bounds"]
