"""The policies and tags that hang on resources, out of moto's backends.

A service that moto has not imported yet has no resources: its backend is never imported for a look.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from awslab.server.iam.callers import PARTITION, backend
from awslab.world.iam_policy import Policy, PolicyError, parse


def backends(service: str, account: str, region: str) -> Any:
    """Return moto's backend of a service; None when nothing has used it yet, or the region is none of AWS's."""
    module = sys.modules.get(f"moto.{service}.models")
    try:
        return getattr(module, f"{service}_backends")[account][region] if module else None
    except KeyError:
        return None


def owner_of(arn: str, default: str) -> str:
    """Return the account that a resource belongs to; a bucket's ARN does not say it."""
    parts = arn.split(":")
    if len(parts) > 5 and parts[4].isdigit():
        return parts[4]
    if len(parts) > 5 and parts[2] == "s3":
        bucket, account = bucket_named(parts[5].split("/")[0])
        return account if bucket else default
    return default


def policy_of(arn: str, account: str) -> Policy | None:
    """Return the resource-based policy of a resource, or None when it has none."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] not in _POLICIES:
        return None
    _, _, service, region, _, name = parts
    document = _POLICIES[service](account, region, name)
    if not document:
        return None
    text = document.decode() if isinstance(document, bytes) else document
    try:
        return parse(text if isinstance(text, str) else json.dumps(text), _TITLES[service])
    except PolicyError:
        return None


def bucket_named(name: str) -> tuple[Any, str]:
    """Return moto's bucket of a name and its account; (None, "") when nobody has it."""
    module = sys.modules.get("moto.s3.models")
    for account in list(module.s3_backends) if module else ():
        bucket = module.s3_backends[account][PARTITION].buckets.get(name)  # type: ignore[union-attr]
        if bucket is not None:
            return bucket, account
    return None, ""


def _s3(account: str, region: str, name: str) -> Any:
    bucket, _ = bucket_named(name.split("/")[0])
    return bucket.policy if bucket else None


def _ecr(account: str, region: str, name: str) -> Any:
    found = backends("ecr", account, region)
    repository = found.repositories.get(name.removeprefix("repository/")) if found else None
    return repository.policy if repository else None


def _secret(account: str, region: str, name: str) -> Any:
    found = backends("secretsmanager", account, region)
    secrets = found.secrets.values() if found else ()
    arn = f":{name}"
    return next((s.policy for s in secrets if getattr(s, "arn", "").endswith(arn)), None)


def _kms(account: str, region: str, name: str) -> Any:
    found = backends("kms", account, region)
    key = found.keys.get(name.removeprefix("key/")) if found else None
    return key.policy if key else None


def _sqs(account: str, region: str, name: str) -> Any:
    found = backends("sqs", account, region)
    queue = found.queues.get(name) if found else None
    return queue.policy if queue else None


def _dynamodb(account: str, region: str, name: str) -> Any:
    found = backends("dynamodb", account, region)
    table = "/".join(name.split("/")[:2])
    arn = f"arn:{PARTITION}:dynamodb:{region}:{account}:{table}"
    policy = found.resource_policies.get(arn) if found else None
    return policy.policy_doc if policy else None


def _role(account: str, region: str, name: str) -> Any:
    """A role's trust policy is its resource-based policy."""
    arn = f"arn:{PARTITION}:iam::{account}:{name}"
    role = next((r for r in backend(account).roles.values() if r.arn == arn), None)
    return role.assume_role_policy_document if role else None


_POLICIES: dict[str, Callable[[str, str, str], Any]] = {
    "s3": _s3,
    "ecr": _ecr,
    "secretsmanager": _secret,
    "kms": _kms,
    "sqs": _sqs,
    "dynamodb": _dynamodb,
    "iam": _role,
}
_TITLES = {
    "s3": "the bucket policy",
    "ecr": "the repository policy",
    "secretsmanager": "the secret's policy",
    "kms": "the key policy",
    "sqs": "the queue policy",
    "dynamodb": "the table's policy",
    "iam": "the trust policy",
}


def tags_of(arn: str, account: str) -> dict[str, str]:
    """Return the tags of a resource, for aws:ResourceTag; services without a reader here have none."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return {}
    _, _, service, region, _, name = parts
    reader = _TAGS.get(service)
    return dict(reader(account, region, name, arn)) if reader else {}


def _pairs(tags: Any) -> dict[str, str]:
    pairs = {}
    for tag in tags or ():
        low = {key.lower(): value for key, value in tag.items()}
        pairs[low["key"]] = low.get("value", "")
    return pairs


def _ec2_tags(account: str, region: str, name: str, arn: str) -> dict[str, str]:
    found = backends("ec2", account, region)
    return dict(found.tags.get(name.split("/")[-1], {})) if found else {}


def _ecr_tags(account: str, region: str, name: str, arn: str) -> dict[str, str]:
    found = backends("ecr", account, region)
    return found.tagger.get_tag_dict_for_resource(arn) if found else {}


def _ecs_tags(account: str, region: str, name: str, arn: str) -> dict[str, str]:
    found = backends("ecs", account, region)
    if not found:
        return {}
    things = [*found.clusters.values(), *found.services.values()]
    things += [r for family in found.task_definitions.values() for r in family.values()]
    return next((_pairs(thing.tags) for thing in things if thing.arn == arn), {})


def _iam_tags(account: str, region: str, name: str, arn: str) -> dict[str, str]:
    things = [*backend(account).roles.values(), *backend(account).users.values()]
    return next((_pairs(thing.tags) for thing in things if thing.arn == arn), {})


def _secret_tags(account: str, region: str, name: str, arn: str) -> dict[str, str]:
    found = backends("secretsmanager", account, region)
    secrets = found.secrets.values() if found else ()
    return next((_pairs(s.tags) for s in secrets if getattr(s, "arn", "") == arn), {})


_TAGS: dict[str, Callable[[str, str, str, str], dict[str, str]]] = {
    "ec2": _ec2_tags,
    "ecr": _ecr_tags,
    "ecs": _ecs_tags,
    "iam": _iam_tags,
    "secretsmanager": _secret_tags,
}
