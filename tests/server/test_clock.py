"""The simulated clock: it moves on request only, stops at what is due, and is the one that moto reads."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from awslab.server import clock, inprocess

MINUTE = timedelta(minutes=1)


def test_a_new_clock_starts_at_the_epoch_and_stands_still():
    """Two labs start at the same moment, and reading the time does not move it."""
    one, other = clock.Clock(), clock.Clock()

    assert (one.now, one.now) == (other.now, clock.EPOCH)


def test_advance_stops_at_each_moment_that_is_due():
    """What falls due on the way runs at its own time, in order, and sees that time."""
    ours = clock.Clock()
    waiting = [clock.EPOCH + 2 * MINUTE, clock.EPOCH + 1 * MINUTE, clock.EPOCH + 9 * MINUTE]
    ran = []

    def run(moment):
        ran.append((moment, ours.now))
        waiting.remove(moment)

    ours.every(lambda: min(waiting, default=None), run)
    ours.advance(5 * MINUTE)

    first, second = clock.EPOCH + MINUTE, clock.EPOCH + 2 * MINUTE
    assert ran == [(first, first), (second, second)]
    assert ours.now == clock.EPOCH + 5 * MINUTE


def test_time_does_not_go_back():
    """A negative span is refused and changes nothing."""
    ours = clock.Clock()
    with pytest.raises(ValueError, match="only moves forward"):
        ours.advance(-MINUTE)

    assert ours.now == clock.EPOCH


# Service, the call that creates something, the path to the time that AWS notes of it.
NOTED = {
    "ecr": (
        lambda c: c.create_repository(repositoryName="shop"),
        lambda r: r["repository"]["createdAt"],
    ),
    "iam": (
        lambda c: c.create_user(UserName="ada"),
        lambda r: r["User"]["CreateDate"],
    ),
    "logs": (
        lambda c: (c.create_log_group(logGroupName="/ecs/shop"), c.describe_log_groups())[1],
        lambda r: datetime.fromtimestamp(r["logGroups"][0]["creationTime"] / 1000, UTC),
    ),
    "secretsmanager": (
        lambda c: c.create_secret(Name="s", SecretString="x") and c.describe_secret(SecretId="s"),
        lambda r: r["CreatedDate"],
    ),
    "ssm": (
        lambda c: (
            c.put_parameter(Name="p", Value="x", Type="String"),
            c.get_parameter(Name="p"),
        )[1],
        lambda r: r["Parameter"]["LastModifiedDate"],
    ),
}


@pytest.mark.parametrize("service", NOTED)
def test_moto_reads_the_simulated_clock(app, session, service):
    """Whatever a service notes carries simulated time; this fails when moto takes its time in a new way."""
    create, when = NOTED[service]
    answer = create(session.client(service))

    noted = when(answer)
    assert abs(noted - clock.current.now) < timedelta(seconds=1)


def test_the_same_calls_give_the_same_ids_and_times(app, session):
    """History repeats byte for byte after a reset."""

    def history():
        app.reset()
        ec2 = session.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        return vpc, ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]

    assert history() == history()


def test_held_clock_does_not_move():
    """What the lab asks of itself takes no time; afterwards the clock moves again."""
    held = clock.Clock()
    with held.held():
        inside = held.advance(timedelta(seconds=5))
    outside = held.advance(timedelta(seconds=5))

    assert inside == clock.EPOCH
    assert outside == clock.EPOCH + timedelta(seconds=5)


@pytest.mark.parametrize("seconds", [-1, 1e15, "soon", float("nan")])
def test_a_time_that_cannot_be_reached_is_declined(app, seconds):
    """Back, beyond the calendar, or no number: the answer says so and the clock stays."""
    body = json.dumps({"seconds": seconds}).encode()
    status, _, content = inprocess.call(app, "POST", f"{inprocess.ADDRESS}/_lab/advance", body)

    assert status == 400
    assert f"cannot move by {seconds}" in json.loads(content)["error"]
    assert clock.current.now == clock.EPOCH
