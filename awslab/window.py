"""The part of `cloud` that looks at services, loads and breaks them: timeline, trace, traffic, fail, recover."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from awslab.show.cost import CostPicture
    from awslab.show.ecs import Timeline
    from awslab.show.routing import TracePicture
    from awslab.show.scaling import TrafficPicture

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

    def traffic(
        self,
        url: str,
        rate: "float | dict[str, float] | None" = None,
        duration: str | float | timedelta = "10 min",
        seed: int = 0,
        *,
        wait: bool = True,
    ) -> "TrafficPicture":
        """Send requests through a load balancer and draw what they do: `cloud.traffic(url, 50, "30 min")`.

        `rate` is requests a second, or rates by the time from which they hold: `{"0 min": 10, "10 min": 200}`.
        The time of `duration` passes, unless `wait=False`: then the requests come as time passes.
        Without `rate` nothing is sent, and what came so far is drawn.
        Raises ValueError for an address that leads to no load balancer, and for numbers that make no sense.
        """
        from awslab.clients import client
        from awslab.cloud import seconds
        from awslab.show.scaling import traffic_picture

        client("elbv2").describe_load_balancers()
        if rate is not None:
            rates = rate if isinstance(rate, dict) else {"0 min": rate}
            schedule = [[seconds(at), each] for at, each in rates.items()]
            left = seconds(duration)
            self._ask("traffic", url=url, schedule=schedule, seconds=left, seed=seed, wait=False)
            while wait and left > 0:  # a day in one request would outlast its timeout
                self._ask("advance", seconds=min(left, 3600))
                left -= 3600
        return traffic_picture(self._ask("traffic", url=url))

    def cost(
        self, rates: dict[str, float] | None = None, *, kilobytes: float = 10
    ) -> "CostPicture":
        """Show what runs now costs a month, with what each part costs and why: `cloud.cost()`.

        `.total` is in US dollars, `.parts` has what, quantity, unit, rate, monthly and why, `.groups` their sums.
        The rates are examples of us-east-1; `rates={"nat_hour": 0.05}` puts in others, by the names in
        `awslab.world.cost.RATES`. What depends on traffic is scaled from the requests so far, of `kilobytes` each.
        Raises ValueError for a rate that is not there, and for negative numbers.
        """
        from awslab.show.cost import cost_picture
        from awslab.world.cost import Item, bill

        bill([], rates)  # a wrong rate is said before anything is asked
        counted = self._ask("cost", kilobytes=kilobytes)
        parts = bill((Item(**item) for item in counted.pop("items")), rates)
        return cost_picture(parts, counted)

    def fail(
        self,
        *,
        az: str | None = None,
        task: str | None = None,
        image: str | None = None,
        nat: str | None = None,
        dependency: str | None = None,
        spot: str | None = None,
        how: str = "error",
        behaves: str | None = None,
    ) -> list[str]:
        """Break one thing: `az="us-east-1a"`, `task=arn`, `image="shop:v1"`, `nat="nat-..."`, `dependency="s3"`.

        `spot` interrupts a FARGATE_SPOT task by its id or ARN, or all in a zone, which then has no Spot capacity.

        A failed zone loses its tasks and NAT gateways; a damaged image cannot be pulled; a NAT gateway drops packets.
        A dependency is an AWS service such as "secretsmanager", or a host that apps call, such as "db.example":
        with `how="error"` it answers errors, with `how="timeout"` it does not answer; tasks that need it do not start.
        `task=arn, behaves="cryptomining"` (or "reverse-shell") lets a foreign process run, for GuardDuty to see.
        Returns the ids of the tasks that stop. Raises ValueError for what is not there.
        """
        given = {"az": az, "task": task, "image": image, "nat": nat, "dependency": dependency}
        return self._ask("fail", **given, spot=spot, how=how, behaves=behaves)["stopped"]

    def recover(
        self,
        az: str | None = None,
        *,
        image: str | None = None,
        nat: str | None = None,
        dependency: str | None = None,
        spot: str | None = None,
    ) -> list[str]:
        """Repair what `fail` broke, the one that is named or everything; return what was repaired.

        Raises ValueError for one that has not failed.
        """
        given = {"az": az, "image": image, "nat": nat, "dependency": dependency, "spot": spot}
        return self._ask("recover", **given)["recovered"]

    def hook(self, function: str, status: str) -> None:
        """Let a deployment's lifecycle hook answer: `cloud.hook("my-function", "FAILED")`.

        No Lambda function runs in the lab: each answers SUCCEEDED, until this says FAILED or IN_PROGRESS.
        Raises ValueError for another answer, and before there is an ECS cluster.
        """
        self._ask("hook", function=function, status=status)
