"""When Secrets Manager rotates a secret, and what a new value looks like.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
"""

import json
import re
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from awslab.world import scaling_schedule
from awslab.world.autoscaling_schedule import check_schedule
from awslab.world.request_error import RequestError

__all__ = ["check", "new_value", "next_run"]

LENGTH = 32  # characters, as GetRandomPassword gives by default
INVALID = "InvalidParameterException"
_LAMBDA = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[\w$-]+)?")

Params = Mapping[str, Any]


def check(rules: Params, function: str | None) -> None:
    """Accept the rotation rules and the Lambda function's ARN of a RotateSecret request.

    Raises RequestError.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
    """
    if function is not None and not _LAMBDA.fullmatch(function):
        raise RequestError(INVALID, f"RotationLambdaARN {function} is no ARN of a Lambda function.")
    days, expression = rules.get("AutomaticallyAfterDays"), rules.get("ScheduleExpression")
    if days is not None and expression:
        raise RequestError(
            INVALID, "RotationRules takes AutomaticallyAfterDays or ScheduleExpression, not both."
        )
    if days is not None and not 1 <= days <= 1000:
        raise RequestError(INVALID, "RotationRules.AutomaticallyAfterDays must be within 1-1000.")
    if not expression:
        return
    try:
        if expression.startswith("at"):
            raise RequestError(INVALID, "")
        check_schedule(expression)
    except RequestError:
        raise RequestError(
            INVALID,
            f"The schedule expression {expression} is no valid rate() or cron() expression.",
        ) from None
    if re.fullmatch(r"rate\((\d+ minutes?|[1-3] hours?)\)", expression):
        raise RequestError(INVALID, "A secret rotates at most once every four hours.")


def next_run(rules: Params, after: datetime) -> datetime | None:
    """Return when the next rotation is due after one at `after`, None without a schedule; times in UTC."""
    if days := rules.get("AutomaticallyAfterDays"):
        return after + timedelta(days=days)
    if expression := rules.get("ScheduleExpression"):
        return scaling_schedule.next_run(expression, UTC, after, after)
    return None


def new_value(old: str, seed: str) -> str:
    """Return a secret's next value: a new password, inside the JSON object if the old value is one.

    The same `seed` gives the same password.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    """
    random = Random(seed)  # the same every time
    password = "".join(random.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))
    try:
        content = json.loads(old)
    except ValueError:
        content = None
    if isinstance(content, dict):
        return json.dumps({**content, "password": password})
    return password
