"""Pull a container's image: the way to its registry, the permissions, the image itself.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecr.models import ecr_backends

from awslab.server import ec2, faults, iam
from awslab.server.ecr import layers
from awslab.server.ecs import state
from awslab.server.ecs.engine import Backend
from awslab.world import bases, ecs_tasks
from awslab.world.ecs_tasks import Stop
from awslab.world.network_path import INTERNET_ADDRESS
from awslab.world.refs import ImageRef, parse_reference

ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}
HUB = "registry-1.docker.io"


class Failed(Exception):
    """A step of the start-up failed: the `Stop` says how, `timeout` whether it waited for an answer in vain."""

    def __init__(self, stop: Stop, *, timeout: bool = False, pulling: bool = False) -> None:
        super().__init__(stop.reason)
        self.stop, self.timeout, self.pulling = stop, timeout, pulling


def denied(
    backend: Backend, task: state.LabTask, role: str, decision: Any, action: str, on: str
) -> str:
    """Return IAM's sentence for what the execution role was refused."""
    session = f"arn:aws:sts::{backend.account_id}:assumed-role/{role.rpartition('/')[2]}/{task.id}"
    text = ecs_tasks.access_denied(session, action, on)
    if decision.kind != "explicit":
        return text
    source = {"resource": "a resource-based policy", "boundary": "a permissions boundary"}
    where = source.get(decision.source, "an identity-based policy")
    return f"{text.partition(' because ')[0]} with an explicit deny in {where}"


def connect(
    backend: Backend,
    task: state.LabTask,
    service: str,
    no_way: Stop,
    error: Stop,
    *,
    pulling: bool = False,
) -> None:
    """Reach an AWS service from the task's network interface.

    Raises Failed with `no_way` when there is no path or no answer, with `error` when the service is out of order.
    """
    account, region = backend.account_id, backend.region_name
    outage = faults.how(account, region, service)
    path = ec2.reach_service(account, region, task.lab.eni, service)
    if outage == faults.TIMEOUT or not path.reachable:
        raise Failed(no_way, timeout=True, pulling=pulling)
    if outage:
        raise Failed(error, pulling=pulling)


def parse(image: str) -> ImageRef:
    """Return the parts of an image's name.

    Raises Failed for a name that is none.
    """
    try:
        return parse_reference(image)
    except ValueError:
        raise Failed(ecs_tasks.cannot_pull_not_found(image), pulling=True) from None


def authorize(backend: Backend, task: state.LabTask, role: str | None) -> None:
    """Get a registry token from ECR's API with the execution role.

    Raises Failed.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
    """
    account, region = backend.account_id, backend.region_name
    address = ec2.service_address(account, region, task.lab.eni, "ecr.api")
    no_way = ecs_tasks.cannot_connect_to_ecr(region, address)
    connect(backend, task, "ecr.api", no_way, ecs_tasks.registry_auth_failed(task.id))
    action = "ecr:GetAuthorizationToken"
    if role is None:
        raise Failed(ecs_tasks.registry_auth_denied("NoCredentialProviders", task.id))
    decision = iam.decide(account, role, action, "*")
    if not decision.allowed:
        sentence = denied(backend, task, role, decision, action, "*")
        raise Failed(ecs_tasks.registry_auth_denied(sentence, task.id))


def pull(
    backend: Backend, task: state.LabTask, ref: ImageRef, role: str | None, architecture: str
) -> state.Image:
    """Return the image, pulled over the task's network interface.

    Raises Failed.
    """
    if ref.is_ecr:
        return _from_ecr(backend, task, ref, role, ARCHITECTURES.get(architecture, "amd64"))
    path = ec2.reach(backend.account_id, backend.region_name, task.lab.eni, "internet", 443)
    if not path.reachable:
        host = HUB if ref.registry == "docker.io" else ref.registry
        url = f"https://{host}/v2/{ref.repository}/manifests/{ref.digest or ref.tag}"
        raise Failed(
            ecs_tasks.cannot_pull_timeout(ref.uri, url, INTERNET_ADDRESS),
            timeout=True,
            pulling=True,
        )
    return _public(ref)


def _from_ecr(
    backend: Backend, task: state.LabTask, ref: ImageRef, role: str | None, architecture: str
) -> state.Image:
    account, region, eni = backend.account_id, backend.region_name, task.lab.eni
    url = f"https://{ref.registry}/v2/{ref.repository}/manifests/{ref.digest or ref.tag}"
    address = ec2.service_address(account, region, eni, "ecr.dkr")
    no_way = ecs_tasks.cannot_pull_timeout(ref.uri, url, address)
    error = ecs_tasks.cannot_pull_status(ref.uri, url, "503 Service Unavailable")
    connect(backend, task, "ecr.dkr", no_way, error, pulling=True)
    arn = f"arn:aws:ecr:{ref.region}:{ref.account}:repository/{ref.repository}"
    if not role or not iam.decide(account, role, "ecr:BatchGetImage", arn).allowed:
        raise Failed(ecs_tasks.cannot_pull_denied(ref.uri), pulling=True)
    image = _find(ref, architecture)
    if not iam.decide(account, role, "ecr:GetDownloadUrlForLayer", arn).allowed:
        raise Failed(ecs_tasks.cannot_pull_blob_denied(ref.uri), pulling=True)
    bucket = f"prod-{ref.region}-starport-layer-bucket.s3.{ref.region}.amazonaws.com"
    url = f"https://{bucket}/{image.digest.partition(':')[2]}"
    address = ec2.service_address(account, region, eni, "s3")
    no_way = ecs_tasks.cannot_pull_timeout(ref.uri, url, address)
    error = ecs_tasks.cannot_pull_status(ref.uri, url, "503 Service Unavailable")
    connect(backend, task, "s3", no_way, error, pulling=True)
    if image.damaged:
        gone = ecs_tasks.cannot_pull_status(ref.uri, url, "404 Not Found")
        raise Failed(gone, pulling=True)
    return image


def _find(ref: ImageRef, architecture: str) -> state.Image:
    try:
        repository = ecr_backends[str(ref.account)][str(ref.region)].repositories[ref.repository]
        image: Any = repository._get_image(ref.tag if not ref.digest else None, ref.digest)
    except (KeyError, ServiceException):
        raise Failed(ecs_tasks.cannot_pull_not_found(ref.uri), pulling=True) from None
    named, listed = image, image.content.get("manifests")
    if listed:
        wanted = next(
            (m for m in listed if (m.get("platform") or {}).get("architecture") == architecture),
            None,
        )
        if wanted is None:
            raise Failed(ecs_tasks.cannot_pull_platform(f"linux/{architecture}"), pulling=True)
        digest = image.image_digest
        image = repository._get_image(None, wanted["digest"])
    else:
        digest = image.image_digest
    config = _config(repository, image)
    if config.get("architecture", architecture) != architecture:
        raise Failed(ecs_tasks.cannot_pull_platform(f"linux/{architecture}"), pulling=True)
    damaged = any(getattr(each, "lab_damaged", False) for each in (image, named))
    return state.Image(digest, image.get_image_size_in_bytes(), config, damaged)


def _config(repository: Any, image: Any) -> dict[str, Any]:
    blob = layers.blobs(repository).get((image.content.get("config") or {}).get("digest"))
    try:
        content = json.loads(b"".join(blob.chunks())) if blob else {}
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _public(ref: ImageRef) -> state.Image:
    """Return an image of a public registry: the catalogue's bases as they are, any other as nothing known.

    Docker Hub's official images are all in the catalogue, so another name there is a slip.
    """
    name = ref.repository.rpartition("/")[2] + (f":{ref.tag}" if ref.tag else "")
    try:
        base = bases.resolve(name)
    except LookupError:
        if ref.registry == "docker.io" and ref.repository.startswith("library/"):
            raise Failed(ecs_tasks.cannot_pull_not_found(ref.uri), pulling=True) from None
        return state.Image(ref.digest or layers.digest_of([ref.uri.encode()]), 50_000_000, {})
    config = {
        "config": {
            "User": base.user,
            "Cmd": list(base.cmd),
            "Entrypoint": list(base.entrypoint),
            "ExposedPorts": {port if "/" in port else f"{port}/tcp": {} for port in base.ports},
        },
        "awslab.users": sorted(base.users),
        "awslab.tools": sorted(base.tools),
    }
    return state.Image(layers.digest_of([base.reference.encode()]), base.size, config)
