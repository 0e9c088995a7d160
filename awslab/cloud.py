"""`cloud`: what a learner sees of the lab and AWS does not show; never how anything is built.

Everything here reads AWS through boto3, as any other client would.
"""

import io
import json
import re
import tarfile
import urllib.request
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from awslab import control, lab
from awslab.show.picture import Picture
from awslab.window import ServiceWindow
from awslab.world.account import ACCOUNT, REGION

if TYPE_CHECKING:
    from awslab.show.network import PathPicture

_UNITS = {
    "s": "seconds", "sec": "seconds", "second": "seconds", "seconds": "seconds",
    "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes", "m": "minutes",
    "h": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days",
    "week": "weeks", "weeks": "weeks",
}  # fmt: skip
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")


def start() -> "Cloud":
    """Start the lab, or find the one that runs, and return the window on it.

    The first call takes about a second; a second call changes nothing.
    Afterwards boto3, `!aws`, `!docker` and plain HTTP in this notebook all talk to the lab.
    Raises LabError when the lab cannot be had; the message says what to do.
    """
    return Cloud(lab.start())


def seconds(span: str | float | timedelta) -> float:
    """Return a span of time in seconds: `"5 min"`, `"1 day 2 h"`, a timedelta, or seconds as they are.

    Raises ValueError for anything else.
    """
    if isinstance(span, timedelta):
        return span.total_seconds()
    if isinstance(span, int | float):
        return float(span)
    parts = _SPAN.findall(span.lower())
    leftover = _SPAN.sub("", span.lower()).strip(" ,")
    if not parts or leftover or any(unit not in _UNITS for _, unit in parts):
        raise ValueError(
            f'{span!r} is not a span of time; write for example "5 min", "12 hours" or "1 day"'
        )
    return sum(timedelta(**{_UNITS[unit]: float(n)}).total_seconds() for n, unit in parts)


@dataclass(frozen=True)
class RegistryImage:
    """One image as ECR has it: digest, tags, size in bytes, layers and config of the OCI image."""

    uri: str
    digest: str
    tags: list[str]
    size: int
    layers: list[dict[str, Any]]
    config: dict[str, Any]
    base: str | None
    packages: list[dict[str, str]] = field(repr=False)

    @property
    def user(self) -> str:
        """The user that the container runs as; empty means root."""
        return self.config.get("User", "")

    def _picture(self) -> Picture:
        from awslab.show.ecr import image_picture

        return image_picture(
            {
                "ref": self.uri,
                "digest": self.digest,
                "size": self.size,
                "layers": self.layers,
                "config": self.config,
                "base": self.base,
            }
        )

    def __repr__(self) -> str:
        return self._picture().text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._picture()._repr_mimebundle_()


class Cloud(ServiceWindow):
    """The window on one lab."""

    def __init__(self, running: lab.Lab) -> None:
        self._lab = running

    def __repr__(self) -> str:
        return (
            f"A mocked AWS at {self.endpoint}: account {ACCOUNT}, region {REGION}, "
            f"{self.now:%Y-%m-%d %H:%M} UTC.\nNothing in this notebook can reach the real AWS."
        )

    @property
    def endpoint(self) -> str:
        """The lab's address, for a client that reads no environment variable."""
        return self._lab.endpoint

    @property
    def now(self) -> datetime:
        """The simulated time, aware, in UTC."""
        return self._control("status")

    def advance(self, span: str | float | timedelta) -> datetime:
        """Let simulated time pass: `cloud.advance("12 hours")`; return the new time.

        Raises ValueError for a span it does not understand or that goes back.
        """
        amount = seconds(span)
        if amount < 0:
            raise ValueError(f"time only moves forward; {span!r} would go back")
        return self._control("advance", seconds=amount)

    def reset(self) -> datetime:
        """Make everything as after a start: no resources, no docker images or logins, the first moment.

        Returns that moment.
        """
        self._lab.forget_docker()
        return self._control("reset")

    def snapshot(self) -> int:
        """Keep the whole account as it is now; the number returned brings it back with `restore`."""
        return self._ask("snapshot")["snapshot"]

    def restore(self, snapshot: int) -> datetime:
        """Bring the account back to a snapshot, its clock included; return the time then.

        Raises ValueError for a number that no snapshot has.
        """
        return self._control("restore", snapshot=snapshot)

    def _control(self, action: str, **body: Any) -> datetime:
        return datetime.fromisoformat(self._ask(action, **body)["now"])

    def _ask(self, action: str, **body: Any) -> dict[str, Any]:
        try:
            return control.ask(self.endpoint, action, **body)
        except ConnectionError as error:
            from awslab.guard import LabGone, gone

            raise LabGone(gone(self.endpoint)) from error

    def path(
        self, source: str, destination: str, port: int = 443, protocol: str = "tcp"
    ) -> "PathPicture":
        """Follow a packet: `cloud.path("internet", "my-alb", 443)`; `.reachable`, `.why`, `.hops` say what happens.

        Either end is a network interface's id, an IPv4 address, "internet", a running task's id or ARN, or the name
        of a load balancer or an ECS service; the destination may be an AWS service such as "ecr.api".
        Raises ValueError for a place that is not there; the message lists what can be given.
        """
        from awslab.show.network import path_picture

        ends = {"source": source, "destination": destination}
        return path_picture(self._ask("path", **ends, port=port, protocol=protocol))

    def map(self, vpc_id: str | None = None, way: Picture | None = None) -> Picture:
        """Draw a VPC, or all but the default one: zones, subnets and why they are public or not, what is in them.

        `way` is what `path` or `trace` returned: it is drawn on the map, with the hop that blocks it marked.
        Raises ValueError for a VPC that is not there.
        """
        from awslab.show.vpc import map_picture

        return map_picture(self._ask("map", vpc_id=vpc_id), way.data if way else None)

    def can(
        self, role: str, action: str, resource: str = "*", context: dict[str, Any] | None = None
    ) -> Picture:
        """Tell whether a role or user may do something, and which statement decides it.

        `cloud.can("order-task", "s3:GetObject", "arn:aws:s3:::orders/1")`; `role` is a role's name or an ARN.
        `context` gives or overrides context keys: `{"aws:SourceIp": "10.0.1.7"}`.
        Raises ValueError for a role that does not exist or an action without a service.
        """
        from awslab.show.iam import decision_picture

        asked = {"role": role, "operation": action, "resource": resource, "context": context or {}}
        return decision_picture(self._ask("can", **asked))

    def as_role(self, role: str) -> AbstractContextManager[str]:
        """Run a block with a role's credentials, as the code in a task has them: `with cloud.as_role("order-task"):`.

        boto3 clients made inside, `!aws` and any child process get them from the container credentials endpoint.
        Raises ValueError for a role that does not exist or that ECS tasks may not assume.
        """
        from awslab.role import as_role

        return as_role(self.endpoint, role)

    def image(self, reference: str) -> RegistryImage:
        """Return one image in ECR, with its layers and config: `cloud.image("my-service:v1.0")`.

        Raises ECR's own ClientError when repository or image is not there, ValueError for a bad reference.
        """
        repository, image_id = _parts(reference)
        ecr = _client("ecr")
        details = ecr.describe_images(repositoryName=repository, imageIds=[image_id])
        detail = details["imageDetails"][0]
        manifest = json.loads(_manifest(ecr, repository, image_id))
        content = self._blob(ecr, repository, manifest.get("config"))
        return RegistryImage(
            uri=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{reference.rpartition('.com/')[2]}",
            digest=detail["imageDigest"],
            tags=detail.get("imageTags", []),
            size=detail["imageSizeInBytes"],
            layers=_layers(manifest, content),
            config=content.get("config", {}),
            base=content.get("config", {})
            .get("Labels", {})
            .get("org.opencontainers.image.base.name"),
            packages=content.get("awslab.packages", []),
        )

    def compare(self, *references: str) -> Picture:
        """Draw several images to one scale, layers that they share marked.

        Raises what `image` raises.
        """
        from awslab.show.ecr import sizes_picture

        images = [(reference, self.image(reference)) for reference in references]
        return sizes_picture([{"label": name, "layers": image.layers} for name, image in images])

    def files(self, reference: str) -> list[str]:
        """Return the paths in an image's own layers, those of its base left out.

        A file that a later layer deletes is still in the earlier one, so it is listed.
        Raises what `image` raises.
        """
        repository, _ = _parts(reference)
        paths = set()
        for layer in self.image(reference).layers:
            if not layer["base"]:
                data = _download(_client("ecr"), repository, layer["digest"])
                paths |= _names(data)
        return sorted(paths)

    def _blob(self, ecr: Any, repository: str, part: dict[str, Any] | None) -> dict[str, Any]:
        return json.loads(_download(ecr, repository, part["digest"])) if part else {}

    def repository(self, name: str) -> Picture:
        """Draw a repository: its tags, the digest each one names, sizes, scans.

        Raises ECR's RepositoryNotFoundException when it is not there.
        """
        from awslab.show.ecr import repository_picture

        ecr = _client("ecr")
        found = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
        images = ecr.get_paginator("describe_images").paginate(repositoryName=name)
        return repository_picture(
            {
                "name": name,
                "uri": found["repositoryUri"],
                "mutability": found["imageTagMutability"],
                "images": [_drawn(detail) for page in images for detail in page["imageDetails"]],
            }
        )

    def lifecycle(self, name: str, policy: str | dict[str, Any] | None = None) -> Picture:
        """Draw what a lifecycle policy would do to a repository now: the one given, or the repository's own.

        `policy` is the policy's JSON, as text or as a dictionary.
        Raises ECR's own errors for a policy it refuses and for a repository without one.
        """
        from awslab.show.ecr import lifecycle_picture

        ecr = _client("ecr")
        text = json.dumps(policy) if isinstance(policy, dict) else policy
        ecr.start_lifecycle_policy_preview(
            repositoryName=name, **({"lifecyclePolicyText": text} if text else {})
        )
        ecr.get_waiter("lifecycle_policy_preview_complete").wait(repositoryName=name)
        preview = ecr.get_lifecycle_policy_preview(repositoryName=name)
        policy_rules = json.loads(preview["lifecyclePolicyText"])["rules"]
        rules = {rule["rulePriority"]: rule for rule in policy_rules}
        gone = {
            r["imageDigest"]: rules[r["appliedRulePriority"]] for r in preview["previewResults"]
        }
        pages = ecr.get_paginator("describe_images").paginate(repositoryName=name)
        images = [detail for page in pages for detail in page["imageDetails"]]
        return lifecycle_picture([_verdict(detail, gone) for detail in images])


def _client(service: str) -> Any:
    from awslab.clients import client

    return client(service)


def _parts(reference: str) -> tuple[str, dict[str, str]]:
    name = reference.rpartition(".amazonaws.com/")[2]
    named, at, digest = name.partition("@")
    repository, _, tag = named.partition(":")
    if not repository:
        raise ValueError(f"{reference!r} names no image; write for example 'my-service:v1.0'")
    return repository, {"imageDigest": digest} if at else {"imageTag": tag or "latest"}


def _download(ecr: Any, repository: str, digest: str) -> bytes:
    url = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url["downloadUrl"]) as response:
        return response.read()


def _names(layer: bytes) -> set[str]:
    try:
        with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
            return set(archive.getnames())
    except tarfile.ReadError:  # an image put by the API alone may hold anything
        return set()


def _manifest(ecr: Any, repository: str, image_id: dict[str, str]) -> str:
    answer = ecr.batch_get_image(repositoryName=repository, imageIds=[image_id])
    return answer["images"][0]["imageManifest"]


def _layers(manifest: dict[str, Any], content: dict[str, Any]) -> list[dict[str, Any]]:
    steps = [step for step in content.get("history", []) if not step.get("empty_layer")]
    from_base = content.get("awslab.base_layers", 0)
    return [
        {
            "digest": layer["digest"],
            "size": layer["size"],
            "created_by": steps[index]["created_by"] if index < len(steps) else "",
            "base": index < from_base,
        }
        for index, layer in enumerate(manifest.get("layers", []))
    ]


def _drawn(detail: dict[str, Any]) -> dict[str, Any]:
    summary = detail.get("imageScanFindingsSummary")
    return {
        "digest": detail["imageDigest"],
        "tags": detail.get("imageTags", []),
        "size": detail["imageSizeInBytes"],
        "pushed_at": detail["imagePushedAt"].astimezone(UTC).isoformat(),
        "findings": summary["findingSeverityCounts"] if summary else None,
    }


def _verdict(detail: dict[str, Any], gone: dict[str, dict[str, Any]]) -> dict[str, Any]:
    digest = detail["imageDigest"]
    rule = gone.get(digest)
    return {
        "digest": digest,
        "tags": detail.get("imageTags", []),
        "pushed_at": detail["imagePushedAt"].astimezone(UTC).isoformat(),
        "action": "EXPIRE" if rule else "KEEP",
        "rule": rule["rulePriority"] if rule else None,
        "why": _why(rule["selection"]) if rule else "no rule expires it",
    }


def _why(selection: dict[str, Any]) -> str:
    """Say in words what a rule selects, so that a preview explains itself."""
    tags = selection.get("tagPatternList") or [f"{p}*" for p in selection.get("tagPrefixList", [])]
    words = {"tagged": f"tagged {' and '.join(f'`{tag}`' for tag in tags)}", "any": "any image"}
    which, count = words.get(selection["tagStatus"], "untagged"), selection["countNumber"]
    if selection["countType"] == "imageCountMoreThan":
        return f"{which}, and not among the newest {count} of them"
    if selection["countType"] == "sinceImagePushed":
        return f"{which}, and pushed more than {count} {'day' if count == 1 else 'days'} ago"
    return f"{which}, and {selection['countType']} {count}"
