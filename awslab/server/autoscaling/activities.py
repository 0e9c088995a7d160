"""Scaling activities: a scalable target's capacity changed, by whom and why.

https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scaling-activities.html
"""

import json
from datetime import UTC, datetime
from typing import Any

from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeScalableTarget,
    applicationautoscaling_backends,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.moto_api._internal import mock_random

from awslab.server.ecs import services

__all__ = ["change", "describe_scaling_activities", "listed", "service_of"]

Backend = ApplicationAutoscalingBackend


def kept(backend: Backend) -> list[dict[str, Any]]:
    """Return the activities of a backend, oldest first."""
    return backend.__dict__.setdefault("lab_activities", [])


def service_of(backend: Backend, resource: str) -> Any:
    """Return the ECS service that a resource ID names, None when it is not there or not ACTIVE."""
    _, cluster, name = resource.split("/")
    found = backend.ecs_backend.services.get(f"{cluster}:{name}")
    return found if found is not None and found.status == "ACTIVE" else None


def change(
    backend: Backend, target: FakeScalableTarget, capacity: int, cause: str, now: datetime
) -> None:
    """Set the desired count of a target's service, and write the activity."""
    _, cluster, name = target.resource_id.split("/")
    services.scale(backend.account_id, backend.region_name, cluster, name, capacity)
    done = f"Successfully set desired count to {capacity}. Change successfully fulfilled by ecs."
    write(backend, target, f"Setting desired count to {capacity}.", cause, done, now)


def write(
    backend: Backend, target: FakeScalableTarget, what: str, cause: str, done: str, now: datetime
) -> None:
    """Write an activity."""
    kept(backend).append(
        {
            "ActivityId": str(mock_random.uuid4()),
            "ServiceNamespace": target.service_namespace,
            "ResourceId": target.resource_id,
            "ScalableDimension": target.scalable_dimension,
            "Description": what,
            "Cause": cause,
            "StartTime": now.timestamp(),
            "EndTime": now.timestamp(),
            "StatusCode": "Successful",
            "StatusMessage": done,
        }
    )


def describe_scaling_activities(self: ApplicationAutoScalingResponse) -> str:
    """Answer DescribeScalingActivities, newest first.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html
    """
    params = json.loads(self.body)
    found = [
        activity
        for activity in reversed(kept(self.applicationautoscaling_backend))
        if all(
            params.get(key) in (None, activity[key])
            for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")
        )
    ]
    first, size = int(params.get("NextToken") or 0), int(params.get("MaxResults") or 50)
    after = first + size
    token = {"NextToken": str(after)} if after < len(found) else {}
    return json.dumps({"ScalingActivities": found[first:after], **token})


def listed(account: str, region: str, since: datetime) -> list[dict[str, Any]]:
    """Return the activities since a moment, as `cloud.traffic` shows them."""
    return [
        {
            "at": datetime.fromtimestamp(activity["StartTime"], UTC).isoformat(),
            "resource": activity["ResourceId"],
            "what": activity["Description"],
            "cause": activity["Cause"],
        }
        for activity in kept(applicationautoscaling_backends[account][region])
        if activity["StartTime"] >= since.timestamp()
    ]
