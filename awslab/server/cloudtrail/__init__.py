"""CloudTrail's event history: every management API call, who made it and what came of it.

`record` notes a call as it was made, at little cost; `events` writes it out when somebody asks; `lookup` answers.
An event can be looked up at once: AWS delivers it within minutes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from moto.core.responses import BaseResponse

from awslab.server import clock, errors
from awslab.server.cloudtrail import record
from awslab.server.cloudtrail.record import Record
from awslab.world import cloudtrail as rules

__all__ = ["assumed", "freeze", "install", "reset", "thaw"]


def install() -> None:
    """Note every request that moto's dispatcher answers; called once."""
    errors.observe_requests(_observe)


def reset() -> None:
    """Empty the event history."""
    record.forget()


def freeze() -> Any:
    """Return what a snapshot keeps: the records."""
    return record.kept()


def thaw(state: Any) -> None:
    """Take the records of a snapshot."""
    record.take(state)


def _observe(response: BaseResponse, operation: str, answer: Any) -> None:
    service = response.boto3_service_name
    if operation and rules.is_management(service, operation):
        record.note(response, operation, answer)


def assumed(account: str, region: str, role_arn: str, session: str, service: str) -> None:
    """Note that an AWS service, such as ecs-tasks.amazonaws.com, assumed a role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """
    parameters = {"roleArn": role_arn, "roleSessionName": session}
    record.add(
        Record(
            time=clock.current.now,
            account=account,
            region=region,
            service="sts",
            operation="AssumeRole",
            identity={"type": "AWSService", "invokedBy": service},
            agent=service,
            address=service,
            parameters=parameters,
        )
    )


def newest(account: str, region: str, since: datetime) -> Iterator[Record]:
    """Yield the records of an account and Region, the newest first, back to a moment."""
    return record.newest(account, region, since)
