"""The part of `cloud` that looks at services and breaks things: timeline, trace, fail, recover."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from awslab.show.ecs import Timeline
    from awslab.show.routing import TracePicture

__all__ = ["ServiceWindow"]


class ServiceWindow:
    """What `Cloud` offers on Amazon ECS and on load balancers."""

    def _ask(self, action: str, **body: Any) -> dict[str, Any]:
        raise NotImplementedError

    def timeline(
        self, service: str, cluster: str | None = None, *, whole: bool = False
    ) -> "Timeline":
        """Draw a service's last deployment, with a slider: `cloud.timeline("my-service")`.

        `service` is a name, `cluster/name` or an ARN; `whole=True` draws all that happened since it was created.
        Raises ValueError when no service, or more than one, is called so.
        """
        from awslab.show.ecs import timeline_picture

        return timeline_picture(
            self._ask("timeline", service=service, cluster=cluster, whole=whole)
        )

    def trace(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        body: str = "",
        *,
        follow: bool = False,
    ) -> "TracePicture":
        """Follow a request from the internet through a load balancer: `cloud.trace("GET", "http://<DNS name>/api")`.

        `.status`, `.rule`, `.target_group`, `.target` and `.why` say what happened; the request really is made.
        `follow=True` also follows redirects; `.history` holds the requests before the last one.
        Raises ValueError for an address that leads to no load balancer.
        """
        from awslab.show.routing import trace_picture

        history: list[TracePicture] = []
        while True:
            asked = self._ask("trace", method=method, url=url, headers=headers, body=body)
            picture = trace_picture(asked)
            picture.history = list(history)
            if not follow or "location" not in picture.headers or len(history) == 10:
                return picture
            history.append(picture)
            url, method = picture.headers["location"], "HEAD" if method == "HEAD" else "GET"
            headers = {k: v for k, v in (headers or {}).items() if k.lower() != "host"}

    def fail(self, *, az: str | None = None, task: str | None = None) -> list[str]:
        """Lose an Availability Zone, `cloud.fail(az="us-east-1a")`, or let a task crash, `cloud.fail(task=arn)`.

        Returns the ids of the tasks that stop; a failed zone gets no new tasks until `recover`.
        Raises ValueError for a zone or task that is not there.
        """
        return self._ask("fail", az=az, task=task)["stopped"]

    def recover(self, az: str | None = None) -> list[str]:
        """Bring a failed Availability Zone back, or all of them; return which.

        Raises ValueError when that zone has not failed.
        """
        return self._ask("recover", az=az)["recovered"]
