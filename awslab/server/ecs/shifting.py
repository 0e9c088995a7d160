"""The traffic of a service with two target groups: read from its listener rules, and shifted by their weights.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
"""

from collections.abc import Iterator
from typing import Any

from moto.ecs.models import Service
from moto.elbv2.models import FakeAction, FakeListener, FakeRule, elbv2_backends

from awslab.server import iam
from awslab.server.ecs import state
from awslab.server.ecs.engine import Backend
from awslab.world import ecs_strategy, load_balancing
from awslab.world import ecs_strategy_texts as texts

ECS = "ecs.amazonaws.com"
PRODUCTION, TEST = "productionListenerRule", "testListenerRule"


def entries(deployment: state.Deployment) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each target group of a revision that has an alternate one, with its advanced configuration."""
    for entry in deployment.settings.get("loadBalancers") or []:
        if advanced := entry.get("advancedConfiguration"):
            yield entry["targetGroupArn"], advanced


def managed(service: Service) -> bool:
    """Tell whether ECS shifts the service's traffic."""
    return any(entry.get("advancedConfiguration") for entry in service.load_balancers or [])


def _listeners(backend: Backend) -> Iterator[FakeListener]:
    for balancer in elbv2_backends[backend.account_id][backend.region_name].load_balancers.values():
        yield from balancer.listeners.values()


def rules(backend: Backend) -> dict[str, tuple[FakeListener, FakeRule]]:
    """Return every listener rule by its ARN, default rules too."""
    return {
        rule.arn: (listener, rule)
        for listener in _listeners(backend)
        for rule in listener.rules.values()
    }


def weights(rule: FakeRule) -> dict[str, int]:
    """Return the weights of the target groups that a rule forwards to."""
    return {
        arn: weight
        for action in rule.actions
        for arn, weight in load_balancing.target_groups(action.data).items()
    }


def serving(backend: Backend, rule_arn: str) -> list[str]:
    """Return the target groups that get traffic by a rule."""
    found = rules(backend).get(rule_arn)
    return [arn for arn, weight in weights(found[1]).items() if weight > 0] if found else []


def group_of(deployment: state.Deployment, group: str) -> str:
    """Return the target group that a revision's tasks are in, where the service names `group`."""
    return deployment.groups.get(group, group)


def other(group: str, advanced: dict[str, Any], taken: str) -> str:
    """Return the one of a pair of target groups that is not taken."""
    alternate = advanced["alternateTargetGroupArn"]
    return alternate if taken == group else group


def choose(
    backend: Backend, deployment: state.Deployment, blue: state.Deployment | None, *, free: bool
) -> None:
    """Give a revision its target groups: for `free` those without production traffic, else those with it."""
    for group, advanced in entries(deployment):
        found = serving(backend, advanced[PRODUCTION])
        taken = group_of(blue, group) if blue else next(iter(found), group)
        deployment.groups[group] = other(group, advanced, taken) if free else taken


def problem(backend: Backend, deployment: state.Deployment) -> str | None:
    """Return what keeps ECS from shifting the traffic of a revision, None when nothing does.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html
    """
    known = rules(backend)
    for group, advanced in entries(deployment):
        named = [advanced[key] for key in (PRODUCTION, TEST) if advanced.get(key)]
        if not set(named) <= set(known):
            return texts.rule_not_found()
        forwarded = {arn for name in named for arn in weights(known[name][1])}
        alternate = advanced["alternateTargetGroupArn"]
        found = serving(backend, advanced[PRODUCTION])
        if len(found) != 1:
            return texts.several_serving(advanced[PRODUCTION], len(found))
        if found[0] not in (group, alternate):
            return texts.unexpected(found[0], group, alternate)
        for arn in (group, alternate):
            if arn not in forwarded:
                return texts.not_associated(arn)
        if not _allowed(backend, advanced["roleArn"], named):
            return texts.missing_permissions(advanced["roleArn"])
    return None


def _allowed(backend: Backend, role: str, named: list[str]) -> bool:
    """Tell whether ECS may assume the infrastructure role and change the rules as it.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
    """
    return iam.trusts(backend.account_id, role, ECS).allowed and all(
        iam.decide(backend.account_id, role, "elasticloadbalancing:ModifyRule", rule).allowed
        for rule in named
    )


def shift(backend: Backend, deployment: state.Deployment, kind: str, percent: float) -> bool:
    """Give a revision a share of the traffic by one kind of rule, the rest to the other target group.

    Returns whether the rules were there; without such a rule in the service there is nothing to shift.
    """
    known = rules(backend)
    for group, advanced in entries(deployment):
        if not advanced.get(kind):
            continue
        if advanced[kind] not in known:
            return False
        mine = group_of(deployment, group)
        rest, share = ecs_strategy.weights(percent)
        _forward(backend, *known[advanced[kind]], {other(group, advanced, mine): rest, mine: share})
    return True


def _forward(
    backend: Backend, listener: FakeListener, rule: FakeRule, shares: dict[str, int]
) -> None:
    """Rewrite a rule's forward action to weighted target groups, keeping stickiness and other actions."""
    from awslab.server.elbv2 import targets

    if weights(rule) == shares:
        return
    actions = []
    for action in rule.actions:
        if action.type != "forward":
            actions.append(action)
            continue
        config = {
            **(action.data.get("ForwardConfig") or {}),
            "TargetGroups": [
                {"TargetGroupArn": arn, "Weight": weight} for arn, weight in shares.items()
            ],
        }
        kept = {
            k: v for k, v in action.data.items() if k not in ("TargetGroupArn", "ForwardConfig")
        }
        actions.append(FakeAction({**kept, "ForwardConfig": config}))
    rule.actions = actions
    if rule.is_default:
        listener.default_actions = actions
    targets.refresh(elbv2_backends[backend.account_id][backend.region_name])


def shares(backend: Backend, service: Service) -> dict[str, dict[str, float]]:
    """Return each deployment's share of the traffic in percent, as the rules stand: {id: {production, test}}.

    Empty for a service whose traffic ECS does not shift.
    """
    if not managed(service):
        return {}
    known = rules(backend)
    found: dict[str, dict[str, float]] = {}
    for deployment in state.lab(service).deployments:
        found[deployment.id] = {}
        for group, advanced in list(entries(deployment))[:1]:
            for key, kind in (("production", PRODUCTION), ("test", TEST)):
                rule = known.get(advanced.get(kind) or "")
                share = _share(rule[1], group_of(deployment, group)) if rule else 0.0
                found[deployment.id][key] = share
    return found


def _share(rule: FakeRule, group: str) -> float:
    by_group = weights(rule)
    total = sum(by_group.values())
    return round(100 * by_group.get(group, 0) / total, 1) if total else 0.0
