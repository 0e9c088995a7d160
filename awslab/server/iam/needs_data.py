"""What the operations of Secrets Manager, Parameter Store, KMS, SQS, DynamoDB, CloudWatch and its Logs need."""

import contextlib
from collections.abc import Iterable
from typing import Any

from awslab.server.iam.needs import Call, Need, rule
from awslab.server.iam.resources import backends

AWS_KEY = "alias/aws/secretsmanager"  # needs no permission of the caller's


@rule("secretsmanager")
def secretsmanager(call: Call) -> Iterable[Need]:
    """Yield what Secrets Manager needs: the secret by its whole ARN, and its KMS key when that is a customer's.

    See https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access.html
    """
    action = f"secretsmanager:{call.operation}"
    if call.operation == "CreateSecret":
        yield Need(action, call.arn("secretsmanager", f"secret:{call.params.get('Name')}-??????"))
        return
    named = call.many("SecretId", "SecretIdList")
    if call.operation == "BatchGetSecretValue" or not named:
        yield Need(action)
        action = "secretsmanager:GetSecretValue"
    for given in named:
        arn, key = _secret(call, str(given))
        yield Need(action, arn, {"secretsmanager:SecretId": arn})
        if key not in ("", AWS_KEY) and action.endswith((":GetSecretValue", ":PutSecretValue")):
            yield decrypt(call, key, "secretsmanager", "Access to KMS is not allowed")


def _secret(call: Call, given: str) -> tuple[str, str]:
    """Return ARN and KMS key of a secret named by name, ARN, or ARN without its six characters."""
    found = backends("secretsmanager", call.account, call.region)
    for secret in found.secrets.values() if found else ():
        arn = getattr(secret, "arn", "")
        if given in (secret.name, arn) or (arn and given == arn[:-7]):
            return arn, getattr(secret, "kms_key_id", None) or ""
    return call.arn("secretsmanager", f"secret:{given}"), ""


def decrypt(call: Call, key: str, via: str, refusal: str = "") -> Need:
    """Return the need for a customer's key that a service decrypts with on the caller's behalf.

    See https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    context = {"kms:ViaService": f"{via}.{call.region}.amazonaws.com"}
    return Need("kms:Decrypt", key_arn(call, key), context, refusal)


def key_arn(call: Call, given: str) -> str:
    """Return a KMS key's ARN from its id, ARN or alias."""
    found = backends("kms", call.account, call.region)
    if found:
        with contextlib.suppress(Exception):
            return found.keys[found.get_key_id(found.any_id_to_key_id(given))].arn
    return call.arn("kms", given if given.startswith("alias/") else f"key/{given}")


@rule("ssm")
def ssm(call: Call) -> Iterable[Need]:
    """Yield what Parameter Store needs: parameters by ARN, a leading slash dropped; `*` for the rest of SSM.

    See https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    action = f"ssm:{call.operation}"
    if "Parameter" not in call.operation or call.operation == "DescribeParameters":
        yield Need(action)
        return
    for given in call.many("Name", "Names", "Path"):
        name = str(given).split(":parameter/")[-1].strip("/")
        yield Need(action, call.arn("ssm", f"parameter/{name}"))
        found = backends("ssm", call.account, call.region)
        versions = found._parameters.get(str(given)) if found else None
        key = getattr(versions[-1], "keyid", None) if versions else None
        if call.params.get("WithDecryption") and key and key != "alias/aws/ssm":
            yield decrypt(call, key, "ssm")


_KMS_WIDE = {"CreateKey", "ListKeys", "ListAliases", "GenerateRandom"}


@rule("kms")
def kms(call: Call) -> Iterable[Need]:
    """Yield what KMS needs: the key, and for aliases the alias as well.

    See https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
    """
    action = f"kms:{call.operation}"
    if call.operation in _KMS_WIDE:
        yield Need(action)
        return
    if call.params.get("AliasName"):
        yield Need(action, call.arn("kms", call.params["AliasName"]))
    given = call.params.get("KeyId") or call.params.get("TargetKeyId") or _key_of(call)
    context = {
        f"kms:EncryptionContext:{key}": value
        for key, value in (call.params.get("EncryptionContext") or {}).items()
    }
    if given:
        yield Need(action, key_arn(call, str(given)), context)


def _key_of(call: Call) -> str:
    """Return the key that a ciphertext was made with: moto writes its id in front."""
    from moto.kms.utils import _deserialize_ciphertext_blob

    with contextlib.suppress(Exception):
        return _deserialize_ciphertext_blob(call.params["CiphertextBlob"]).key_id
    return ""


@rule("sqs")
def sqs(call: Call) -> Iterable[Need]:
    """Yield what SQS needs: the queue; a batch needs the action of its single messages.

    See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    action = f"sqs:{call.operation.removesuffix('Batch')}"
    url = str(call.params.get("QueueUrl") or "").rstrip("/")
    name = url.split("/")[-1] or call.params.get("QueueName")
    account = url.split("/")[-2] if url.count("/") > 1 else call.account
    owner = account if account.isdigit() else call.params.get("QueueOwnerAWSAccountId")
    yield Need(action, f"arn:aws:sqs:{call.region}:{owner or call.account}:{name}" if name else "*")


_TRANSACT = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


@rule("dynamodb")
def dynamodb(call: Call) -> Iterable[Need]:
    """Yield what DynamoDB needs: the table or the index; a transaction needs the action of each item.

    See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/using-identity-based-policies.html
    """
    params, action = call.params, f"dynamodb:{call.operation}"
    if call.operation in ("BatchGetItem", "BatchWriteItem"):
        for table in params.get("RequestItems") or {}:
            yield Need(action, _table(call, table))
    elif call.operation in ("TransactWriteItems", "TransactGetItems"):
        for entry in call.many("TransactItems"):
            for kind, item in entry.items():
                yield Need(f"dynamodb:{_TRANSACT[kind]}", _table(call, item["TableName"]))
    elif params.get("TableName"):
        index = f"/index/{params['IndexName']}" if params.get("IndexName") else ""
        context = _leading_key(call, params)
        yield Need(action, _table(call, params["TableName"]) + index, context)
    elif params.get("ResourceArn"):
        yield Need(action, params["ResourceArn"])
    else:
        yield Need(action)


def _table(call: Call, name: str) -> str:
    return call.arn("dynamodb", f"table/{name}") if ":" not in name else name


def _leading_key(call: Call, params: Any) -> dict[str, Any]:
    """Return dynamodb:LeadingKeys, the partition key of the item.

    See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    found = backends("dynamodb", call.account, call.region)
    table = found.tables.get(params["TableName"]) if found else None
    item = params.get("Key") or params.get("Item") or {}
    value = item.get(table.hash_key_attr) if table and table.hash_key_attr else None
    return {"dynamodb:LeadingKeys": [str(v) for v in value.values()]} if value else {}


_STREAM = {"CreateLogStream", "DeleteLogStream", "PutLogEvents", "GetLogEvents"}
_LOG_TAGS = {"TagResource", "UntagResource", "ListTagsForResource"}


@rule("logs")
def logs(call: Call) -> Iterable[Need]:
    """Yield what CloudWatch Logs needs: the stream, an empty one for the group as a whole.

    That is why a policy on a group needs `:*` at its end, except for tags.
    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    action = f"logs:{call.operation}"
    if call.operation in _LOG_TAGS:
        yield Need(action, str(call.params.get("resourceArn")).removesuffix(":*"))
        return
    names = ("logGroupName", "logGroupIdentifier", "logGroupNames", "logGroupIdentifiers")
    groups = call.many(*names)
    if call.operation == "DescribeLogGroups":
        groups = [""]
    stream = call.params.get("logStreamName", "") if call.operation in _STREAM else ""
    for group in groups:
        name = str(group).split(":log-group:")[-1].removesuffix(":*")
        yield Need(action, call.arn("logs", f"log-group:{name}:log-stream:{stream}"))


@rule("cloudwatch")
def cloudwatch(call: Call) -> Iterable[Need]:
    """Yield what CloudWatch needs: alarms and dashboards by name, `*` for metrics.

    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    """
    action = f"cloudwatch:{call.operation}"
    if "Alarm" in call.operation and call.operation != "DescribeAlarmsForMetric":
        for name in call.many("AlarmName", "AlarmNames") or ["*"]:
            yield Need(action, call.arn("cloudwatch", f"alarm:{name}"))
    elif call.operation.endswith(("Dashboard", "Dashboards")) and "List" not in call.operation:
        for name in call.many("DashboardName", "DashboardNames"):
            yield Need(action, call.arn("cloudwatch", f"dashboard/{name}", region=""))
    else:
        yield Need(action, "*", {"cloudwatch:namespace": call.params.get("Namespace")})
