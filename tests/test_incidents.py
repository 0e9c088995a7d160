"""The incident room: every case shows itself, is repaired by the course's own solution, and tells a cure from a hole.

The solutions are those of the assignment, run as they stand there, so each of them is proved for each case.
"""

import json
import re
from pathlib import Path

import boto3
import pytest
from botocore.client import BaseClient

from awslab import incidents, score
from awslab.draw import Draw
from awslab.incident_cases import CASES
from awslab.incident_causes import CAUSES
from awslab.server import inprocess
from awslab.server.app import LabApp
from awslab.server.names import Unreachable

STEM = "6.3-interview-incidents"
TEXT = (Path(__file__).parents[1] / f"lessons/{STEM}/assignment.py").read_text()
ALL = [(number, case) for number in range(1, 9) for case in range(len(CASES[number]))]
SERVICES = ("ec2", "ecr", "iam", "ecs", "logs", "s3")
BY_CAUSE = {
    cause: (number, case) for number in range(1, 9) for case, (cause, _) in enumerate(CASES[number])
}
ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]


class Room:
    """An account with one incident in it, and the names that an answer in the assignment has."""

    def __init__(self, patched, number, case, name="ada"):
        app = LabApp()
        self.session = inprocess.session(app)
        patched.setattr(boto3.session, "Session", lambda **_: self.session)
        patched.setattr(incidents, "_status", lambda url: _status(app, url))
        self.number = number
        self.cause, change = CASES[number][case]
        self.proof = []
        kept = list(CASES[number])
        kept[case] = (self.cause, lambda system: self.proof.extend(change(system)) or self.proof)
        patched.setitem(CASES, number, tuple(kept))
        self.incident = incidents.open_incident(Draw(STEM, name), number, case=case)
        self.names = {name: self.session.client(name) for name in SERVICES}
        self.names |= {"elb": self.session.client("elbv2"), "json": json}
        self.names["secrets"] = self.session.client("secretsmanager")
        self.names[f"incident_{number}"] = self.incident

    def solve(self):
        """Run the assignment's solution and return its diagnosis."""
        for name in ("why-stopped", f"incident-{self.number}"):
            exec(_solution(name), self.names)
        return self.names[f"diagnosis_{self.number}"]

    def judged(self, diagnosis):
        """Return the points of the four parts that `judge` gives, and everything it says."""
        with score(5) as s:
            incidents.judge(s, self.incident, diagnosis)
        said = " ".join(
            str(row.get(key, "")) for row in s.rows for key in ("label", "slip", "found")
        )
        return [row["earned"] for row in s.rows], said


def _status(app, url):
    try:
        return inprocess.call(app, "GET", url)[0]
    except Unreachable:
        return None


def _solution(name):
    """Return the solution of an exercise as it stands in the assignment."""
    found = re.search(rf'# %% solution="{name}"[^\n]*\n(.*?)\n# %%', TEXT, re.S)
    return found[1]


@pytest.fixture
def enter(monkeypatch):
    """Open one incident: number, case, and the name it is drawn for."""

    def enter(number, case, name="ada"):
        return Room(monkeypatch, number, case, name)

    return enter


@pytest.mark.parametrize(("number", "case"), ALL, ids=lambda value: str(value))
def test_every_case_is_solved_by_the_course_s_solution(enter, number, case):
    """The diagnosis names the cause and proves it, and the repair heals without leaving anything behind."""
    room = enter(number, case, ("ada", "grace", "linus")[case % 3])
    diagnosis = room.solve()
    earned, said = room.judged(diagnosis)

    assert diagnosis["cause"] == CASES[number][case][0]
    assert earned == [1, 1, 2, 1], said


@pytest.mark.parametrize("number", [1, 5, 8])
def test_a_right_diagnosis_alone_heals_nothing(enter, number):
    """Without a repair the last three points are missing, whatever the incident."""
    room = enter(number, 0)
    earned, said = room.judged({"cause": room.cause, "evidence": room.proof[0]})

    assert earned == [1, 1, 0, 0]
    assert "not repaired yet" in said


def test_a_page_does_not_tell_the_cause(enter):
    """Neither its text nor its HTML contains the name of a cause."""
    page = enter(5, 1).incident
    shown = repr(page) + page._repr_mimebundle_()["text/html"]

    assert page.service in shown
    assert not [cause for cause in CAUSES if cause in shown]


def inside(thing, seen):
    """Return everything that a learner finds by following attributes and items, as text."""
    if id(thing) in seen or isinstance(thing, BaseClient):
        return ""
    seen.add(id(thing))
    if isinstance(thing, dict):
        thing = [*thing, *thing.values()]
    if isinstance(thing, list | tuple | set):
        return " ".join(inside(each, seen) for each in thing)
    return f"{thing} {inside(vars(thing), seen)}" if hasattr(thing, "__dict__") else str(thing)


@pytest.mark.parametrize(("number", "case"), [(1, 1), (5, 0), (7, 0)])
def test_an_incident_does_not_hold_its_diagnosis(enter, number, case):
    """Neither the cause nor what was drawn for it can be read in the object."""
    room = enter(number, case)
    held = inside(room.incident, set())

    assert room.incident.service in held
    assert room.cause not in held
    assert room.proof[0] not in held


@pytest.mark.parametrize("cause", ["variable-missing x", "ariable-missing", "explicit-deny"])
def test_a_cause_is_named_as_in_the_list(enter, cause):
    """What only contains the name, or is a part of it, is another answer."""
    sealed = enter(4, 1).incident._cause

    assert sealed.among("<variable-missing>")
    assert not sealed.among(f"<{cause}>")


def test_no_diagnosis_is_no_attempt(enter):
    """Nothing is tried out before there is a diagnosis."""
    earned, said = enter(8, 0).judged({"cause": None, "evidence": None})

    assert earned == [0]
    assert "it comes before the repair" in said


def test_another_incident_is_not_judged(enter, monkeypatch):
    """An answer is judged in its own account only."""
    first = enter(1, 0)
    enter(2, 0)
    earned, said = first.judged({"cause": "dns-off", "evidence": "x"})

    assert earned == [0]
    assert "run the cell that opens incident 1 again" in said


@pytest.mark.parametrize(
    ("diagnosis", "says"),
    [
        ({"cause": "broken", "evidence": "x"}, "not in the list of causes"),
        ({"cause": "explicit-deny", "evidence": "x"}, "if it were explicit-deny"),
        ({"cause": "secret-rotated", "evidence": "x" * 800}, "everything at once"),
    ],
)
def test_a_wrong_diagnosis_is_answered(enter, diagnosis, says):
    """A cause that is none, one that is another, and everything pasted as evidence."""
    room = enter(8, 0)
    room.solve()
    earned, said = room.judged(diagnosis)

    assert earned == [0, 0, 2, 1]
    assert says in said


@pytest.mark.parametrize(
    ("case", "evidence"),
    [
        (0, "The group {name}-tasks has no inbound rule for the load balancer."),
        (1, "Rule 50 denies inbound tcp port {port} from 10.0.0.7."),
        (1, "{{'CidrBlock': '0.0.0.0/0', 'RuleAction': 'deny', 'RuleNumber': 50}}"),
        (2, "{name}-alb, outbound: no rule"),
    ],
)
def test_evidence_may_be_said_in_one_s_own_words(enter, monkeypatch, case, evidence):
    """A group's name or an ACL's rule proves as well as an id."""
    room = enter(6, case)
    monkeypatch.setattr(room.incident, "trouble", lambda: "not repaired")
    system = room.incident._system
    words = evidence.format(name=system.name, port=system.port)
    earned, said = room.judged({"cause": room.cause, "evidence": words})

    assert earned == [1, 1, 0, 0], said


def open_the_tasks(room):
    """Let the whole internet in on the app's port."""
    system = room.incident._system
    rule = {"IpProtocol": "tcp", "FromPort": system.port, "ToPort": system.port}
    room.names["ec2"].authorize_security_group_ingress(
        GroupId=system.on.security_group, IpPermissions=[rule | {"IpRanges": ANYWHERE}]
    )


def open_every_port(room):
    """Let the whole internet in to the load balancer, on every port."""
    found = room.names["elb"].describe_load_balancers()["LoadBalancers"][0]
    room.names["ec2"].authorize_security_group_ingress(
        GroupId=found["SecurityGroups"][0],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": ANYWHERE}],
    )


def allow_everything(room):
    """Allow the task role everything."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    room.names["iam"].put_role_policy(
        RoleName=room.incident._system.task_role,
        PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def attach_full_access(room):
    """Attach one of AWS's policies that allows a whole service."""
    room.names["iam"].attach_role_policy(
        RoleName=room.incident._system.task_role,
        PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess",
    )


def take_every_status(room):
    """Call an answer 404 healthy."""
    room.names["elb"].modify_target_group(
        TargetGroupArn=room.incident._system.on.target_group, Matcher={"HttpCode": "200-404"}
    )


def write_the_password_down(room):
    """Put the password into the task definition."""
    system = room.incident._system
    pairs = {"DATABASE_PASSWORD": "correct horse", system.setting: "north"}
    environment = [{"name": name, "value": value} for name, value in pairs.items()]
    definition = system.register(system.version, environment=environment, secrets=[])
    system.deploy(taskDefinition=definition)


def buy_memory(room):
    """Give a task far more memory than it needs."""
    system = room.incident._system
    definition = system.register(system.version, {"cpu": "1024", "memory": "8192"})
    system.deploy(taskDefinition=definition)


@pytest.mark.parametrize(
    ("cause", "workaround", "says"),
    [
        ("task-inbound-closed", open_the_tasks, "lets the whole internet in on port"),
        ("balancer-inbound-closed", open_every_port, "lets the whole internet in on every port"),
        ("task-role-lacks-permission", allow_everything, "is allowed *: a wildcard"),
        ("task-role-lacks-permission", attach_full_access, "AmazonS3FullAccess: far more"),
        ("health-path-wrong", take_every_status, "an app that answers errors counts as healthy"),
        ("secret-key-missing", write_the_password_down, "a password stands in `environment`"),
        ("too-little-memory", buy_memory, "find the need instead of paying for it"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_workaround_heals_and_costs_a_point(enter, cause, workaround, says):
    """Customers are served again, and what was left behind is named."""
    room = enter(*BY_CAUSE[cause])
    workaround(room)
    earned, said = room.judged({"cause": cause, "evidence": room.proof[0]})

    assert earned == [1, 1, 2, 0], said
    assert says in said


def more_tasks(room):
    """Ask for more of what fails."""
    room.incident._system.deploy(desiredCount=4)


def the_other_role(room):
    """Give the task role what the execution role lacks."""
    room.names["iam"].attach_role_policy(
        RoleName=room.incident._system.task_role,
        PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    )


def public_addresses(room):
    """Give the tasks public addresses in private subnets."""
    system = room.incident._system
    network = system.on.network["awsvpcConfiguration"] | {"assignPublicIp": "ENABLED"}
    system.deploy(networkConfiguration={"awsvpcConfiguration": network})


def start_period(room):
    """Make a container health check patient, which the load balancer does not read."""
    system = room.incident._system
    definition = room.names["ecs"].describe_task_definition(taskDefinition=system.service)
    container = definition["taskDefinition"]["containerDefinitions"][0]
    tag = container["image"].rpartition(":")[2]
    check = {"command": ["CMD-SHELL", "exit 0"], "startPeriod": 300}
    system.deploy(taskDefinition=system.register(tag, healthCheck=check))


@pytest.mark.parametrize(
    ("cause", "attempt"),
    [
        ("image-tag-missing", more_tasks),
        ("execution-role-may-not-pull", the_other_role),
        ("private-route-missing", public_addresses),
        ("grace-period-too-short", start_period),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_does_not_help_is_refused(enter, cause, attempt):
    """The usual slips leave the system ill."""
    room = enter(*BY_CAUSE[cause])
    attempt(room)
    earned, _ = room.judged({"cause": cause, "evidence": room.proof[0]})

    assert earned == [1, 1, 0, 0]


def test_every_cause_has_an_incident():
    """The list that learners choose from is the list of what happens, no more and no less."""
    happening = [cause for number in range(1, 9) for cause, _ in CASES[number]]

    assert sorted(happening) == sorted(CAUSES)
    assert len(happening) == len(set(happening)) >= 16


def test_every_incident_reaches_somebody():
    """Among three hundred names each case of each number is drawn."""
    drawn = {
        (number, Draw(f"{STEM} {number}", f"learner {name}").pick("case", range(len(cases))))
        for number, cases in CASES.items()
        for name in range(300)
    }

    assert drawn >= set(ALL)


def test_the_method_is_a_picture_and_a_text():
    """Three questions, said in words for those who do not see the drawing."""
    picture = incidents.method()

    assert 'role="img"' in picture.html
    assert [line[:2] for line in picture.text.splitlines() if line[0].isdigit()] == [
        "1.",
        "2.",
        "3.",
    ]
    assert picture.html.count("aria-label") == 1
    assert "NotInUse: no listener forwards to the group" in picture.text


def test_the_list_of_causes_says_each():
    """The table has every cause with its sentence."""
    shown = incidents.causes()

    assert shown.data == list(CAUSES)
    assert all(sentence in shown.text for sentence, _ in CAUSES.values())
