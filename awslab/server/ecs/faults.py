"""Faults that a learner puts into the lab, and their repair: `cloud.fail` and `cloud.recover`.

`awslab.server.faults` keeps what has failed; the network, pulls and apps ask it.

https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/availability-zones.html
"""

from contextlib import suppress
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends

from awslab.server import clock, control, ec2, faults
from awslab.server.ecs import containers, engine, logs, members, runtime, state, tasks
from awslab.server.ecs import spot as spots
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_tasks, network_dns
from awslab.world.account import ACCOUNT, REGION
from awslab.world.app_profile import BEHAVIOURS

ZONES = "abcdef"
KINDS = (
    'az="us-east-1a", task="<task id>", image="<repository>:<tag>", nat="nat-..." '
    'dependency="s3" or spot="<task id or zone>"'
)
WORDS = {
    "az": "Availability Zone", "image": "image", "nat": "NAT gateway", "dependency": "dependency",
    "spot": "Spot capacity of",
}  # fmt: skip


@control.action("fail")
def fail(
    az: str | None = None,
    task: str | None = None,
    image: str | None = None,
    nat: str | None = None,
    dependency: str | None = None,
    spot: str | None = None,
    how: str = faults.ERROR,
    behaves: str | None = None,
) -> dict[str, Any]:
    """Break one thing: a zone, a task, an image, a NAT gateway, a service that apps and tasks depend on, Spot tasks.

    A task that `behaves` badly goes on running.
    Raises control.Refused unless exactly one is given, and when it is not there.
    """
    wanted = {"az": az, "task": task, "image": image, "nat": nat}
    wanted |= {"dependency": dependency, "spot": spot}
    given = [name for name, value in wanted.items() if value is not None]
    if len(given) != 1:
        raise control.Refused(f"give either {KINDS}")
    stopped: list[str] = []
    if az is not None:
        stopped = _lose(str(az))
    elif task is not None:
        stopped = _misbehave(str(task), behaves) if behaves else _crash(str(task))
    elif image is not None:
        _image(str(image)).lab_damaged = True
    elif nat is not None:
        _nat(str(nat)).lab_failed = True
    elif spot is not None:
        stopped = _interrupt(str(spot))
    else:
        _depend(str(dependency), how)
    ec2.reset()  # the network that paths are computed from was built before this
    return {"now": clock.current.now.isoformat(), "stopped": stopped}


def _lose(zone: str) -> list[str]:
    regions = sorted({*(backend.region_name for backend in _backends()), REGION})
    if zone[:-1] not in regions or zone[-1:] not in ZONES:
        raise control.Refused(
            f"{zone!r} is no Availability Zone of a Region with an ECS cluster "
            f'({", ".join(regions)}); write for example "us-east-1a"'
        )
    lost = []
    found = [backend for backend in _backends() if zone[:-1] == backend.region_name]
    for account in {ACCOUNT, *(backend.account_id for backend in found)}:
        failed = faults.of(account, zone[:-1]).zones
        if zone not in failed:
            failed.append(zone)
    for backend in found:
        for task in _alive(backend):
            if task.lab.zone == zone:
                lost.append(task.id)
                tasks.stop(
                    backend, task, ecs_tasks.infrastructure_lost(), clock.current.now, lost=True
                )
        _reconsider(backend)
    return lost


def _interrupt(wanted: str) -> list[str]:
    """Warn the Spot tasks of a name or zone; a zone has no Spot capacity from now on."""
    zone = wanted[-1:] in ZONES and wanted[:-1] in {REGION, *(b.region_name for b in _backends())}
    for account in {ACCOUNT, *(backend.account_id for backend in _backends())} if zone else ():
        short = faults.of(account, wanted[:-1]).spot
        if wanted not in short:
            short.append(wanted)
    named = [(b, task) for b in _backends() for task in spots.found(wanted, _alive(b))]
    if not named and not zone:
        raise control.Refused(
            f"no FARGATE_SPOT task has the id or ARN {wanted!r}, and it is no Availability Zone; "
            "`list_tasks` names the tasks"
        )
    for backend, task in named:
        spots.interrupt(backend, task, clock.current.now)
    return [task.id for _, task in named]


def _image(name: str) -> Any:
    """Return ECR's image with a name: `repository:tag`, `repository@digest`, or its whole URI."""
    path = name.rpartition(".amazonaws.com/")[2]
    named, _, digest = path.partition("@")
    repository, _, tag = named.partition(":")
    for regions in ecr_backends.values():
        for backend in regions.values():
            if found := backend.repositories.get(repository):
                with suppress(ServiceException):
                    return found._get_image(None if digest else tag or "latest", digest or None)
    raise control.Refused(
        f"ECR has no image {name!r}; write `repository:tag`, as `aws ecr list-images` names them"
    )


def _nat(wanted: str) -> Any:
    for regions in ec2_backends.values():
        for backend in regions.values():
            nat = backend.nat_gateways.get(wanted)
            if nat is not None and nat.state != "deleted":
                return nat
    raise control.Refused(
        f"there is no NAT gateway {wanted!r}; list them with `aws ec2 describe-nat-gateways`"
    )


def _depend(dependency: str, how: str) -> None:
    if how not in (faults.ERROR, faults.TIMEOUT):
        raise control.Refused(f'how is "{faults.ERROR}" or "{faults.TIMEOUT}", not {how!r}')
    names = faults.names_of(dependency)
    if not names:
        known = ", ".join([*faults.ALIASES, *network_dns.SERVICES])
        raise control.Refused(
            f"{dependency!r} is no dependency the lab knows: give one of {known}, "
            'or a host that an app calls, such as "db.example"'
        )
    faults.of(ACCOUNT, REGION).dependencies.update(dict.fromkeys(names, how))


def _crash(wanted: str) -> list[str]:
    backend, task = _running(wanted)
    _end(backend, task)
    return [task.id]


def _misbehave(wanted: str, behaviour: str) -> list[str]:
    """Let a process of somebody else's run in a task, for GuardDuty to see."""
    if behaviour not in BEHAVIOURS:
        raise control.Refused(f"behaves is one of {', '.join(BEHAVIOURS)}, not {behaviour!r}")
    backend, task = _running(wanted)
    runtime.notice(backend, task, next(iter(task.lab.processes)), behaviour, clock.current.now)
    return []


def _running(wanted: str) -> tuple[Backend, state.LabTask]:
    for backend in _backends():
        for task in _alive(backend):
            if wanted in (task.id, task.task_arn) and task.last_status == "RUNNING":
                return backend, task
    raise control.Refused(f"no running task has the id or ARN {wanted!r}; `list_tasks` names them")


def _end(backend: Backend, task: state.LabTask) -> None:
    now = clock.current.now
    for process in task.lab.processes.values():
        if process.definition.get("essential", True) and process.stopped is None:
            process.stopped, process.listens = now, None
            shown = containers.container(task, process.name)
            shown.last_status, shown.exit_code = "STOPPED", 1
            logs.write(backend, task, process, now, ["Error: the process was made to crash"])
    tasks.stop(backend, task, ecs_tasks.container_exited(1), now)


@control.action("recover")
def recover(
    az: str | None = None,
    image: str | None = None,
    nat: str | None = None,
    dependency: str | None = None,
    spot: str | None = None,
) -> dict[str, Any]:
    """Repair what `fail` broke: the one that is named, or everything.

    Raises control.Refused for one that has not failed.
    """
    wanted = {"az": az, "image": image, "nat": nat, "dependency": dependency, "spot": spot}
    given = {name: str(value) for name, value in wanted.items() if value is not None}
    if len(given) > 1:
        raise control.Refused(f"give one of {KINDS}, or nothing to repair everything")
    repairs = {"az": _bring_back, "image": _mend, "nat": _restart, "dependency": _answer_again}
    repairs["spot"] = _offer_spot
    back: list[str] = []
    for kind, repair in repairs.items():
        if not given or kind in given:
            back += repair(given.get(kind))
    if given and not back:
        ((kind, name),) = given.items()
        raise control.Refused(f"the {WORDS[kind]} {name!r} has not failed")
    ec2.reset()
    return {"now": clock.current.now.isoformat(), "recovered": sorted(set(back))}


def _bring_back(zone: str | None) -> list[str]:
    back = []
    for found in _all_faults():
        back += [each for each in found.zones if zone in (None, each)]
        found.zones[:] = [each for each in found.zones if zone not in (None, each)]
    for backend in _backends():
        _reconsider(backend)
    return back


def _offer_spot(zone: str | None) -> list[str]:
    back = []
    for found in _all_faults():
        back += [each for each in found.spot if zone in (None, each)]
        found.spot[:] = [each for each in found.spot if zone not in (None, each)]
    for backend in _backends():
        _reconsider(backend)
    return back


def _mend(name: str | None) -> list[str]:
    if name is not None:
        return [name] if vars(_image(name)).pop("lab_damaged", False) else []
    return [
        f"{repository.name}@{image.image_digest}"
        for regions in ecr_backends.values()
        for backend in regions.values()
        for repository in backend.repositories.values()
        for image in repository.images
        if vars(image).pop("lab_damaged", False)
    ]


def _restart(name: str | None) -> list[str]:
    every = [
        nat
        for regions in ec2_backends.values()
        for b in regions.values()
        for nat in b.nat_gateways.values()
    ]
    return [
        nat.id for nat in every if name in (None, nat.id) and vars(nat).pop("lab_failed", False)
    ]


def _answer_again(name: str | None) -> list[str]:
    back = []
    for found in _all_faults():
        for each in list(found.dependencies) if name is None else faults.names_of(name):
            if found.dependencies.pop(each, None):
                back.append(each)
    return back


def _all_faults() -> list[faults.Faults]:
    return [faults.on(b) for regions in ec2_backends.values() for b in regions.values()]


def _backends() -> list[Backend]:
    return [
        backend
        for regions in engine.ecs_backends.values()
        for backend in regions.values()
        if backend.clusters
    ]


def _alive(backend: Backend) -> list[state.LabTask]:
    return [
        task
        for group in backend.tasks.values()
        for task in group.values()
        if isinstance(task, state.LabTask) and task.desired_status == "RUNNING"
    ]


def _reconsider(backend: Backend) -> None:
    for key in backend.services:
        members.changed(backend, key)
