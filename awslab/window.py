"""The part of `cloud` that looks at services and breaks things: timeline, fail, recover."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from awslab.show.ecs import Timeline

__all__ = ["ServiceWindow"]


class ServiceWindow:
    """What `Cloud` offers on Amazon ECS."""

    def _ask(self, action: str, **body: Any) -> dict[str, Any]:
        raise NotImplementedError

    def _ask_ecs(self, action: str, **body: Any) -> dict[str, Any]:
        import boto3

        boto3.session.Session().client(
            "ecs"
        ).list_clusters()  # the lab extends ECS at its first call
        return self._ask(action, **body)

    def timeline(
        self, service: str, cluster: str | None = None, *, whole: bool = False
    ) -> "Timeline":
        """Draw a service's last deployment, with a slider: `cloud.timeline("my-service")`.

        `service` is a name, `cluster/name` or an ARN; `whole=True` draws all that happened since it was created.
        Raises ValueError when no service, or more than one, is called so.
        """
        from awslab.show.ecs import timeline_picture

        return timeline_picture(
            self._ask_ecs("timeline", service=service, cluster=cluster, whole=whole)
        )

    def fail(self, *, az: str | None = None, task: str | None = None) -> list[str]:
        """Lose an Availability Zone, `cloud.fail(az="us-east-1a")`, or let a task crash, `cloud.fail(task=arn)`.

        Returns the ids of the tasks that stop; a failed zone gets no new tasks until `recover`.
        Raises ValueError for a zone or task that is not there.
        """
        return self._ask_ecs("fail", az=az, task=task)["stopped"]

    def recover(self, az: str | None = None) -> list[str]:
        """Bring a failed Availability Zone back, or all of them; return which.

        Raises ValueError when that zone has not failed.
        """
        return self._ask_ecs("recover", az=az)["recovered"]
