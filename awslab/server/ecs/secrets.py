"""Secrets and parameters that a task's containers get as environment variables, fetched by the execution role.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
"""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.ecs.models import TaskDefinition
from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends

from awslab.server import iam
from awslab.server.ecs import pulls, state
from awslab.server.ecs.engine import Backend
from awslab.server.ecs.pulls import Failed
from awslab.world import ecs_tasks


def fetch(
    backend: Backend, task: state.LabTask, definition: TaskDefinition, role: str | None
) -> dict[str, dict[str, str]]:
    """Return the values of each container's secrets, by variable name.

    Raises Failed.
    """
    return {
        container["name"]: {
            secret["name"]: _value(backend, task, role, secret["valueFrom"])
            for secret in container.get("secrets") or []
        }
        for container in definition.container_definitions
    }


def _value(backend: Backend, task: state.LabTask, role: str | None, source: str) -> str:
    if source.split(":")[2:3] == ["secretsmanager"]:
        return _secret(backend, task, role, source)
    return _parameter(backend, task, role, source)


def _connect(backend: Backend, task: state.LabTask, service: str, source: str) -> None:
    no_way = ecs_tasks.cannot_connect_to_secret(source)
    pulls.connect(backend, task, service, no_way, ecs_tasks.secret_unavailable(source, task.id))


def _secret(backend: Backend, task: state.LabTask, role: str | None, source: str) -> str:
    """Return a secret's value: `arn[:json-key[:version-stage[:version-id]]]`."""
    parts = source.split(":")
    arn, (key, stage, version) = ":".join(parts[:7]), [*parts[7:], "", "", ""][:3]
    region, account = parts[3], parts[4]
    _connect(backend, task, "secretsmanager", arn)
    store = secretsmanager_backends[account][region]
    found = next((s for s in store.secrets.values() if s.arn == arn or s.arn[:-7] == arn), None)
    action = "secretsmanager:GetSecretValue"
    # IAM decides first: who may not read a secret does not learn whether it exists.
    _allow_secret(backend, task, role, action, found.arn if found else arn, arn)
    if found is None:
        raise Failed(ecs_tasks.secret_missing(arn, task.id))
    if found.is_deleted():
        raise Failed(ecs_tasks.secret_deleted(arn, task.id))
    try:
        value = store.get_secret_value(arn, version, stage)
    except JsonRESTError as error:  # no such version, or no value yet
        why = f"{error.error_type}: {error.message}"
        raise Failed(ecs_tasks.secret_refused(arn, why, task.id)) from None
    kms_key = getattr(found, "kms_key_id", None)
    if kms_key and "alias/aws/secretsmanager" not in kms_key:
        _allow_secret(backend, task, role, "kms:Decrypt", _key_arn(region, account, kms_key), arn)
    text = value.get("SecretString") or ""
    return _json_key(text, key) if key else text


def outdated(process: state.Process) -> str | None:
    """Return the variable that the app logs in with when its secret has been rotated since the container started.

    A running container keeps the value that it was given:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    if not (name := process.profile.get("needs_secret")):
        return None
    sources = {s["name"]: s["valueFrom"] for s in process.definition.get("secrets") or []}
    parts = sources.get(name, "").split(":")
    if parts[2:3] != ["secretsmanager"]:
        return None
    arn, key = ":".join(parts[:7]), [*parts[7:], ""][0]
    store = secretsmanager_backends[parts[4]][parts[3]]
    try:
        text = store.get_secret_value(arn, None, "AWSCURRENT").get("SecretString") or ""  # type: ignore[arg-type]
        current = _json_key(text, key) if key else text
    except (JsonRESTError, Failed):  # deleted, or no such key any more: the database does not know
        return None
    return name if process.environment.get(name) != current else None


def _key_arn(region: str, account: str, key: str) -> str:
    return key if key.startswith("arn:") else f"arn:aws:kms:{region}:{account}:key/{key}"


def _json_key(text: str, key: str) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict) or key not in content:
        raise Failed(ecs_tasks.secret_key_missing(key))
    return str(content[key])


def _allow_secret(
    backend: Backend, task: state.LabTask, role: str | None, action: str, on: str, arn: str
) -> None:
    if role is None:
        raise Failed(ecs_tasks.secret_denied(arn, "NoCredentialProviders", task.id))
    decision = iam.decide(backend.account_id, role, action, on)
    if not decision.allowed:
        sentence = pulls.denied(backend, task, role, decision, action, on)
        raise Failed(ecs_tasks.secret_denied(arn, sentence, task.id))


def _parameter(backend: Backend, task: state.LabTask, role: str | None, source: str) -> str:
    """Return an SSM parameter's value; `source` is its name, or its ARN."""
    if source.startswith("arn:"):
        region, name = source.split(":")[3], source.partition(":parameter/")[2]
        name = f"/{name}" if "/" in name else name
    else:
        region, name = backend.region_name, source
    _connect(backend, task, "ssm", source)
    arn = f"arn:aws:ssm:{region}:{backend.account_id}:parameter/{name.lstrip('/')}"
    if role is None:
        raise Failed(ecs_tasks.ssm_denied("NoCredentialProviders", task.id))
    decision = iam.decide(backend.account_id, role, "ssm:GetParameters", arn)
    if not decision.allowed:
        sentence = pulls.denied(backend, task, role, decision, "ssm:GetParameters", arn)
        raise Failed(ecs_tasks.ssm_denied(sentence, task.id))
    found: dict[str, Any] = ssm_backends[backend.account_id][region].get_parameters([name])
    parameter = found.get(name)
    if parameter is None:
        raise Failed(ecs_tasks.ssm_missing([name]))
    key = getattr(parameter, "keyid", None)
    if parameter.parameter_type == "SecureString" and key and key != "alias/aws/ssm":
        key_arn = _key_arn(region, backend.account_id, key)
        decision = iam.decide(backend.account_id, role, "kms:Decrypt", key_arn)
        if not decision.allowed:
            sentence = pulls.denied(backend, task, role, decision, "kms:Decrypt", key_arn)
            raise Failed(ecs_tasks.ssm_denied(sentence, task.id))
    return str(parameter.value)
