"""Deployments that shift traffic, moved along the clock: blue/green, linear and canary.

The rules are `awslab.world.ecs_strategy`; `shifting` changes the listener rules, `hooks` asks the lifecycle hooks.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
"""

from datetime import datetime
from typing import Any

from moto.ecs.models import Service

from awslab.server.ecs import deployments, engine, events, hooks, members, shifting, state, watching
from awslab.server.ecs.engine import Backend
from awslab.server.ecs.state import lab
from awslab.world import ecs_scheduler, ecs_strategy
from awslab.world import ecs_service as rules
from awslab.world import ecs_strategy_texts as texts

__all__ = ["begin", "move", "plan", "roll_back", "seen"]


def begin(backend: Backend, service: Service, now: datetime) -> None:
    """Let the deployment that has just become the primary one shift traffic, if the service's strategy does.

    Blue is the revision that the last rollout came from, else the newest completed one; all traffic goes back to it.
    """
    known = lab(service)
    green, before = known.deployments[0], known.rollout
    known.rollout = None
    watching.begin(backend, service, now)
    chosen = ecs_strategy.settings(getattr(service, "deployment_configuration", None))
    blue = _blue(known, before)
    if before is not None and blue is not None:
        given_up = deployments.by_id(known, before.deployment)
        _shift_back(backend, service, given_up, blue, now)
    rolling = chosen.strategy == ecs_strategy.ROLLING
    shifting.choose(backend, green, blue, free=not rolling)
    if rolling:
        return
    others = sum(1 for each in known.deployments[1:] if each.members)
    at = ecs_strategy.begin(max(1, others), now)
    known.rollout = state.Rollout(green.id, blue.id if blue else None, chosen, at)
    if trouble := shifting.problem(backend, green):
        known.rollout.trouble = texts.networking(trouble)
    _enter(service, known.rollout, now)
    _wake(backend, service, now)


def _blue(known: state.ServiceState, before: state.Rollout | None) -> state.Deployment | None:
    if before is not None:
        return deployments.find(known, before.blue)
    return next(
        (each for each in known.deployments[1:] if each.completed and each.state != "FAILED"), None
    )


def plan(
    service: Service, view: ecs_scheduler.Service, now: datetime
) -> list[ecs_scheduler.Action]:
    """Return what the scheduler does: within its bounds, or each revision by itself while traffic shifts."""
    rollout = lab(service).rollout
    if rollout is None:
        return ecs_scheduler.plan(view, now)
    return ecs_strategy.plan(view, rollout.at, rollout.blue, now)


def move(backend: Backend, service: Service, now: datetime) -> None:
    """Take a rollout to its next stage, end it, or roll it back; and come back when more is due."""
    known = lab(service)
    rollout = known.rollout
    if rollout is None:
        _alarmed(backend, service, now)
        return
    if _failed(backend, service, rollout, now):
        return
    after = ecs_strategy.advance(rollout.at, rollout.settings, seen(service, rollout), now)
    if after is None:
        known.rollout = None
        deployments.complete(service, known.deployments[0], now)
        return
    if after != rollout.at:
        before, rollout.at = rollout.at, after
        _enter(service, rollout, now)
        if not _follow(backend, service, rollout, before, now):
            roll_back(backend, service, texts.networking(texts.rule_not_found()), now, "networking")
            return
    _wake(backend, service, now)


def seen(service: Service, rollout: state.Rollout) -> ecs_strategy.Seen:
    """Return what a rollout waits for, as it is."""
    known = lab(service)
    green, *others = known.deployments
    waiting = green.count(state.PENDING, state.LAUNCHED, state.UNHEALTHY)
    return ecs_strategy.Seen(
        alone=not any(each.members for each in others if each.id != rollout.blue),
        scaled=green.count(state.HEALTHY) >= service.desired_count and not waiting,
        cleaned=not any(each.members for each in others),
        hooks=hooks.done(rollout.hooks),
    )


def _enter(service: Service, rollout: state.Rollout, now: datetime) -> None:
    """Write down the stage that has begun, and begin its hooks."""
    known = lab(service)
    record = known.service_deployments[0]
    record |= {"lifecycleStage": ecs_strategy.shown(rollout.at), "updatedAt": now}
    events.add(service, now, texts.stage(service.name, rollout.deployment, rollout.at.stage))
    rollout.hooks = hooks.enter(service, rollout.at.stage, now)
    record.setdefault("hooks", []).extend(rollout.hooks)


def _follow(
    backend: Backend,
    service: Service,
    rollout: state.Rollout,
    before: ecs_strategy.Rollout,
    now: datetime,
) -> bool:
    """Shift the traffic that a new stage shifts; return False when a listener rule is gone."""
    share, last = (
        {
            shifting.TEST: ecs_strategy.test(at),
            shifting.PRODUCTION: ecs_strategy.production(at, rollout.settings),
        }
        for at in (rollout.at, before)
    )
    green = lab(service).deployments[0]
    for kind, percent in share.items():
        if percent == last[kind]:
            continue
        if not shifting.shift(backend, green, kind, percent):
            return False
        _tell(service, green, green, kind, percent, now)
    return True


def _shift_back(
    backend: Backend,
    service: Service,
    green: state.Deployment,
    blue: state.Deployment,
    now: datetime,
) -> None:
    """Take all traffic from green, as far as its rules are there: blue may know of no second target group."""
    for kind in (shifting.PRODUCTION, shifting.TEST):
        if shifting.shift(backend, green, kind, 0.0):
            _tell(service, green, blue, kind, 100.0, now)


def _tell(
    service: Service,
    green: state.Deployment,
    whose: state.Deployment,
    kind: str,
    percent: float,
    now: datetime,
) -> None:
    """Say which share a revision has now, if green's settings name a rule of that kind."""
    if any(advanced.get(kind) for _, advanced in shifting.entries(green)):
        word = "production" if kind == shifting.PRODUCTION else "test"
        events.add(service, now, texts.shifted(service.name, whose.id, word, percent))


def _failed(backend: Backend, service: Service, rollout: state.Rollout, now: datetime) -> bool:
    """Roll a rollout back that must not go on; return whether it was."""
    known = lab(service)
    green = known.deployments[0]
    if rollout.at.stage == ecs_strategy.CLEAN_UP:  # blue is going: there is no way back
        return False
    if rollout.trouble:
        roll_back(backend, service, rollout.trouble, now, "networking", shift=False)
        return True
    breaker = rules.breaker(getattr(service, "deployment_configuration", None))
    if rules.tripped(green.failed_tasks, service.desired_count, breaker):
        roll_back(backend, service, texts.breaker(), now, "breaker", back=breaker.rollback)
        return True
    if _alarmed(backend, service, now):
        return True
    why = hooks.ask(backend, service, rollout.hooks, now)
    if why is None and ecs_strategy.timed_out(rollout.at, now):
        why = texts.timed_out(rollout.at.stage)
    if why is not None:
        roll_back(backend, service, why, now, "hook")
    return why is not None


def _alarmed(backend: Backend, service: Service, now: datetime) -> bool:
    """End the deployment whose alarm has gone off; return whether one has."""
    records = lab(service).service_deployments
    names = watching.triggered(backend, records[0]) if records else []
    if names:
        back = records[0]["alarms"]["rollback"]
        roll_back(backend, service, texts.alarm(names), now, "alarm", back=back)
    return bool(names)


def roll_back(
    backend: Backend,
    service: Service,
    why: str,
    now: datetime,
    cause: str,
    *,
    back: bool = True,
    shift: bool = True,
) -> None:
    """Fail the primary deployment, and go back to blue, or for a rolling update to the last completed one.

    All traffic is blue's again at once, as far as its rules are there; without `back`, or without a revision to
    go back to, the service stays as it is.
    """
    known = lab(service)
    green, rollout = known.deployments[0], known.rollout
    known.rollout = None
    target = deployments.candidate(known, green) if rollout is None else rollout.blue
    events.add(service, now, texts.failed(service.name, green.id, why))
    if not back:
        deployments.end(service, green, None, now, why, cause=cause)
        return
    if target is None:
        record = deployments.record_of(known, green)
        deployments.end(service, green, None, now, why, cause=cause, status="ROLLBACK_FAILED")
        if record is not None:
            record["statusReason"] = texts.NO_CANDIDATE
        events.add(service, now, texts.failed(service.name, green.id, texts.NO_CANDIDATE))
        return
    if rollout is not None and shift:
        _shift_back(backend, service, green, deployments.by_id(known, target), now)
    deployments.end(service, green, target, now, why, cause=cause)


def _wake(backend: Backend, service: Service, now: datetime) -> None:
    """Come back when the stage or one of its hooks is due."""
    rollout = lab(service).rollout
    if rollout is None:
        return
    moments: list[Any] = [
        ecs_strategy.due(rollout.at, rollout.settings),
        hooks.due(rollout.hooks, now),
        rollout.at.since + ecs_strategy.LONGEST,
    ]
    coming = [moment for moment in moments if moment is not None and moment > now]
    if coming:
        moment = min(coming)
        argument = f"{state.key_of(service)}@{moment.isoformat()}"
        engine.once(backend, moment, "rollout", argument)


@engine.on("rollout")
def look(backend: Backend, argument: str, now: datetime) -> None:
    """Ask the scheduler once more, after all that happens in this moment."""
    members.changed(backend, argument.partition("@")[0])
