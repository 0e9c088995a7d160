"""Lifecycle policies that are checked when they are put, previewed on request, and run once a simulated day.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.responses import ActionResult
from moto.ecr.exceptions import InvalidParameterException, LifecyclePolicyNotFoundException
from moto.ecr.models import Repository
from moto.ecr.responses import ECRResponse

from awslab.server import clock
from awslab.server.errors import AWSError
from awslab.world import lifecycle as rules

RESPONSES = [
    "put_lifecycle_policy",
    "get_lifecycle_policy",
    "start_lifecycle_policy_preview",
    "get_lifecycle_policy_preview",
]
# AWS expires images within 24 hours of their meeting a rule.
PERIOD = timedelta(days=1)
POLL = timedelta(seconds=5)


def due(backends: BackendDict) -> datetime | None:
    """Return the moment of the next evaluation of any repository's policy."""
    times = [repository.lab_next_evaluation for repository in _with_policy(backends)]
    return min(times, default=None)


def run(backends: BackendDict, now: datetime) -> None:
    """Expire what the policies that are due say, and note the evaluation."""
    for repository in _with_policy(backends):
        if repository.lab_next_evaluation > now:
            continue
        for verdict in _verdicts(repository, repository.lifecycle_policy, now):
            if verdict.outcome == rules.EXPIRE:
                repository.images = [
                    image for image in repository.images if image.image_digest != verdict.digest
                ]
        repository.lab_last_evaluation = now
        repository.lab_next_evaluation = now + PERIOD


def _with_policy(backends: BackendDict) -> Iterator[Repository]:
    for account in backends.values():
        for backend in account.values():
            yield from (repo for repo in backend.repositories.values() if repo.lifecycle_policy)


def _verdicts(repository: Repository, policy_text: str, now: datetime) -> list[rules.Verdict]:
    return rules.evaluate(rules.validate(policy_text), map(_plain, repository.images), now)


def _plain(image: Any) -> rules.Image:
    return rules.Image(
        digest=image.image_digest,
        pushed_at=datetime.fromtimestamp(image.image_pushed_at, UTC),
        tags=tuple(image.image_tags),
        pulled_at=image.last_pull,
        references=tuple(entry["digest"] for entry in image.content.get("manifests", [])),
    )


def _repository(self: ECRResponse) -> Repository:
    return self.ecr_backend._get_repository(
        self._get_param("repositoryName"), self._get_param("registryId")
    )


def _checked(policy_text: str) -> str:
    try:
        rules.validate(policy_text)
    except rules.LifecyclePolicyError as error:
        raise InvalidParameterException(str(error)) from None
    return policy_text


def put_lifecycle_policy(self: ECRResponse) -> ActionResult:
    """Answer PutLifecyclePolicy; the first evaluation follows within 24 hours.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
    """
    repository = _repository(self)
    repository.lifecycle_policy = _checked(self._get_param("lifecyclePolicyText"))
    repository.lab_last_evaluation = None
    repository.lab_next_evaluation = clock.current.now + PERIOD
    return ActionResult(_policy(repository))


def get_lifecycle_policy(self: ECRResponse) -> ActionResult:
    """Answer GetLifecyclePolicy with the time of the last evaluation, once there was one."""
    repository = _repository(self)
    if not repository.lifecycle_policy:
        raise LifecyclePolicyNotFoundException(repository.name, repository.registry_id)
    evaluated = repository.lab_last_evaluation
    return ActionResult(_policy(repository) | ({"lastEvaluatedAt": evaluated} if evaluated else {}))


def _policy(repository: Repository) -> dict[str, Any]:
    return {
        "registryId": repository.registry_id,
        "repositoryName": repository.name,
        "lifecyclePolicyText": repository.lifecycle_policy,
    }


def start_lifecycle_policy_preview(self: ECRResponse) -> ActionResult:
    """Answer StartLifecyclePolicyPreview, with the policy given or else the repository's own.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lpp_creation.html
    """
    repository = _repository(self)
    text = self._get_param("lifecyclePolicyText") or repository.lifecycle_policy
    if not text:
        raise LifecyclePolicyNotFoundException(repository.name, repository.registry_id)
    started = clock.current.now
    repository.lab_preview = (_checked(text), started, _verdicts(repository, text, started))
    return ActionResult(
        _policy(repository) | {"lifecyclePolicyText": text, "status": "IN_PROGRESS"}
    )


def get_lifecycle_policy_preview(self: ECRResponse) -> ActionResult:
    """Answer GetLifecyclePolicyPreview: the images that would expire, each with the rule that decides.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicyPreview.html
    """
    repository = _repository(self)
    preview = getattr(repository, "lab_preview", None)
    if preview is None:
        raise AWSError(
            "LifecyclePolicyPreviewNotFoundException",
            f"There is no lifecycle policy preview for the repository with name '{repository.name}' "
            f"in the registry with id '{repository.registry_id}'",
        )
    text, started, verdicts = preview
    answer = _policy(repository) | {"lifecyclePolicyText": text}
    if clock.current.advance(POLL) < started + POLL:
        return ActionResult(answer | {"status": "IN_PROGRESS"})
    images = {image.image_digest: image for image in repository.images}
    results = [
        _result(images[verdict.digest], verdict)
        for verdict in verdicts
        if verdict.outcome == rules.EXPIRE and verdict.digest in images
    ]
    summary = {"expiringImageTotalCount": len(results)}
    return ActionResult(
        answer | {"status": "COMPLETE", "previewResults": results, "summary": summary}
    )


def _result(image: Any, verdict: rules.Verdict) -> dict[str, Any]:
    return {
        "imageTags": list(image.image_tags),
        "imageDigest": image.image_digest,
        "imagePushedAt": image.image_pushed_at,
        "action": {"type": "EXPIRE"},
        "appliedRulePriority": verdict.rule,
    }
