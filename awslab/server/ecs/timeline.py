"""The history of a service as `cloud.timeline` draws it."""

from dataclasses import asdict
from typing import Any

from moto.ecs.models import Service

from awslab.server import clock, control
from awslab.server.ecs import engine, state


@control.action("timeline")
def timeline(service: str, cluster: str | None = None, whole: bool = False) -> dict[str, Any]:
    """Return the moments of a service from the last deployment on, or of its whole life.

    `service` is a name, `cluster/name` or an ARN.
    Raises control.Refused when no service or more than one answers to it.
    """
    found = _find(service, cluster)
    moments = state.lab(found).history
    if not whole:
        moments = moments[_last_deployment(moments) :]
    return {
        "service": found.name,
        "cluster": found.cluster_name,
        "now": clock.current.now.isoformat(),
        "moments": [asdict(moment) | {"at": moment.at.isoformat()} for moment in moments],
    }


def _find(name: str, cluster: str | None) -> Service:
    parts = name.rpartition(":service/")[2].split("/")
    wanted, inside = parts[-1], cluster or (parts[-2] if len(parts) > 1 else None)
    known = [
        service
        for regions in engine.ecs_backends.values()
        for backend in regions.values()
        for service in backend.services.values()
    ]
    found = [s for s in known if s.name == wanted and inside in (None, s.cluster_name)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(sorted(f"{s.cluster_name}/{s.name}" for s in known)) or "none"
    problem = "several services are" if found else "no service is"
    raise control.Refused(f"{problem} called {name!r}; the services are: {listed}")


def _last_deployment(moments: list[state.Moment]) -> int:
    """Return the index of the moment just before the deployment that was begun last."""
    seen: set[str] = set()
    start = 0
    for index, moment in enumerate(moments):
        fresh = {deployment["id"] for deployment in moment.deployments} - seen
        if fresh:
            start = max(0, index - 1)
            seen |= fresh
    return start
