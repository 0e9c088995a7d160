"""The incident room: something is wrong with a running service; find out what, and repair it.

    incident = incidents.open_incident(mine, 1)    # builds a system in an empty account and breaks it
    incidents.judge(s, incident, {"cause": "...", "evidence": "..."})    # inside `with score(5) as s:`

What happens to whom is drawn from the learner's name, so neighbours have other incidents.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from awslab.draw import Draw
from awslab.incident_cases import CASES
from awslab.incident_causes import CAUSES
from awslab.incident_system import System, build
from awslab.incident_tidy import untidy
from awslab.score import Score
from awslab.show.incident_method import method_picture
from awslab.show.picture import Picture, escape, table
from awslab.world.account import ACCOUNT, REGION

__all__ = ["Incident", "causes", "judge", "method", "open_incident"]

LONGEST_EVIDENCE = 700  # characters: one line of AWS's, not everything that AWS says
_POLLS = 72  # each lets five simulated seconds pass
_WHAT = {
    0: "The deployment of {service} that began at {time} does not finish.",
    1: "The deployment of {service} that began at {time} does not finish. Its tasks start and stop. "
    "The tasks of the version before still answer.",
    2: "{time}: no task of the new version of {service} reaches RUNNING. Customers notice nothing yet.",
    3: "Since {time} new tasks of {service} do not start. Customers report errors from the tasks that still run.",
    4: "The release of {service} at {time} got as far as starting its containers. None of them stays.",
    5: "Since {time} tasks of {service} are started, taken away and started again. No error is in their log.",
    6: "{time}: the load balancer reports the targets of {service} as unhealthy. Requests are slow, then fail.",
    7: "{time}: customers get no page at all from {service}. Nobody has released anything.",
    8: "{time}: {service} answers every request with status 500. All targets are healthy.",
}


class _Sealed:
    """Texts that can be recognised and not read: an incident lives in the learner's kernel."""

    def __init__(self, seed: str, texts: list[str]) -> None:
        self._seed = seed
        folded = [text.casefold() for text in texts]
        self._marks = {(len(text), self._mark(text)) for text in folded}

    def _mark(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._seed}\0{text}".encode()).digest()

    def among(self, text: str) -> bool:
        """Say whether one of the texts stands in a given one, in capitals or not."""
        text = text.casefold()
        return any(
            (length, self._mark(text[at : at + length])) in self._marks
            for length in {length for length, _ in self._marks}
            for at in range(len(text) - length + 1)
        )


class Incident:
    """One page to the person on call: what was noticed, and where; not what is wrong."""

    def __init__(self, number: int, system: System, cause: str, proof: list[str]) -> None:
        self.number, self._system = number, system
        seed = f"{system.name} {system.on.vpc}"
        # A longer text with the cause in it is another answer: the mark of the whole decides.
        self._cause = _Sealed(seed, [f"<{cause}>"])
        self._proof = _Sealed(seed, proof)
        self.cluster, self.service, self.url = system.cluster, system.service, system.url
        self.message = _WHAT[number].format(
            service=system.service, time=f"{_now(system):%H:%M} UTC"
        )

    def __repr__(self) -> str:
        return self._picture().text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self._picture()._repr_mimebundle_(include, exclude)

    def _picture(self) -> Picture:
        facts = {"cluster": self.cluster, "service": self.service, "url": self.url}
        rows = [[name, f"<code>{escape(value)}</code>"] for name, value in facts.items()]
        title = f"Incident {self.number}." if self.number else "Drill."
        head = f"<p><strong>{title}</strong> {escape(self.message)}</p>"
        text = "\n".join(
            [
                f"{title} {self.message}",
                *(f"  {name}: {value}" for name, value in facts.items()),
            ]
        )
        return Picture(head + table("Where", ("What", "Value"), rows), text)

    def is_open(self) -> bool:
        """Say whether this incident's system is the one that the account holds now."""
        found = self._system.client("ecs").describe_clusters(
            clusters=[self.cluster], include=["TAGS"]
        )
        return any(
            tag["key"] == "incident" and tag["value"] == str(self.number)
            for cluster in found["clusters"]
            for tag in cluster.get("tags", [])
        )

    def trouble(self) -> str:
        """Say what still is wrong after the repair, or nothing: requests, targets, and a deployment made now.

        Simulated time passes, six minutes a question while there is trouble.
        """
        wrong = self._polled(_unwell)
        if wrong:
            return wrong
        self._system.deploy()
        wrong = self._polled(lambda *now: _unfinished(now[1]) or _unwell(*now))
        return wrong and f"a deployment made now does not get well: {wrong}"

    def _polled(self, check: Callable[[System, dict[str, Any]], str]) -> str:
        """Ask until a check finds nothing, and return what it found last."""
        wrong = ""
        for _ in range(_POLLS):
            wrong = check(self._system, self._system.described())
            if not wrong:
                break
        return wrong


def _now(system: System) -> Any:
    return max(each["createdAt"] for each in system.described()["deployments"])


def _unfinished(service: dict[str, Any]) -> str:
    first, *others = service["deployments"]
    if not others and first["rolloutState"] == "COMPLETED":
        return ""
    return f"{first['runningCount']} of its {first['desiredCount']} tasks run after six minutes"


def _unwell(system: System, service: dict[str, Any]) -> str:
    """Say what is wrong as customers and the load balancer see it, or nothing."""
    if service["desiredCount"] < 2:
        return f"the service wants {service['desiredCount']} tasks; it had two"
    if service["runningCount"] < 2:
        return f"{service['runningCount']} tasks are running; two are needed"
    states = [each["State"] for each in system.health(service)]
    if states.count("healthy") < 2:
        return f"the targets are {', '.join(states) or 'none'}; two healthy ones are needed"
    for _ in range(3):
        if (status := _status(system.url)) != 200:
            return f"a request gets {status or 'no answer'}"
    return ""


def _status(url: str) -> int | None:
    """Return the status that a client on the internet gets, None without an answer."""
    from awslab.alb_faults import ask

    return ask(url)["status"]


def open_incident(mine: Draw, number: int, *, case: int | None = None) -> Incident:
    """Build the system of incident `number` in an empty account, break it, and return the page.

    `mine` is the learner's draw; `case` chooses among the cases of a number instead, for tests.
    Raises KeyError for a number that there is not, and AWS's own ClientError when the account is not empty.
    """
    cases = CASES[number]
    draw = Draw(f"{mine.assignment} {number}", mine.name)
    system = build(draw)
    cause, change = draw.pick("case", cases) if case is None else cases[case]
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{system.cluster}"
    system.client("ecs").tag_resource(
        resourceArn=arn, tags=[{"key": "incident", "value": str(number)}]
    )
    proof = change(system)
    draw.values.clear()  # they name the case, and the learner holds the system
    _show(system, number)
    return Incident(number, system, cause, proof)


def _show(system: System, number: int) -> None:
    """Let time pass until what people noticed is there to be read."""
    for _ in range(_POLLS):
        service = system.described()
        states = {each["State"] for each in system.health(service)}
        shown = {
            5: "unhealthy" in states or bool(system.reasons()),
            6: "unhealthy" in states,
            7: service["desiredCount"] == service["runningCount"],
            8: True,
        }.get(number, len(system.reasons()) > 1)
        if shown:
            break
    if number in (3, 8):
        for _ in range(4):  # so that the log has lines to read
            _status(system.url)


def causes() -> Picture:
    """Show every cause that a diagnosis may name, with the sentence that it stands for."""
    rows = [
        [f'<code style="white-space:nowrap">{escape(name)}</code>', escape(sentence)]
        for name, (sentence, _) in CAUSES.items()
    ]
    text = "\n".join(f"{name}: {sentence}" for name, (sentence, _) in CAUSES.items())
    return Picture(table("Causes", ("Write", "What it says"), rows), text, list(CAUSES))


def method() -> Picture:
    """Show the order in which to look: stopped tasks, targets, requests."""
    return method_picture()


def judge(s: Score, incident: Incident, diagnosis: Any) -> None:
    """Give five points: cause 1, evidence 1, repair 2, nothing else made worse 1.

    `diagnosis` is `{"cause": one of CAUSES, "evidence": an id, a name or AWS's words}`.
    """
    s.need(isinstance(diagnosis, dict), "the diagnosis is a dictionary with cause and evidence")
    cause = str(diagnosis.get("cause") or "").strip().casefold()
    evidence = str(diagnosis.get("evidence") or "").strip()
    s.need(cause or evidence, "there is no diagnosis yet; it comes before the repair")
    number = incident.number
    right = incident._cause.among(f"<{cause}>")
    s.need(
        incident.is_open(),
        f"another incident is open; run the cell that opens incident {number} again, then your answer",
    )
    s.met(
        1,
        "the cause",
        right,
        found=cause,
        slip="" if right else _not_this(cause),
        hint="describe what stopped or failed, and read its reason before anything else",
    )
    short = len(evidence) <= LONGEST_EVIDENCE
    proves = short and incident._proof.among(evidence)
    s.met(
        1,
        "the evidence",
        proves,
        found=evidence,
        slip="that is everything at once; evidence is one line, or one id" if not short else "",
        hint="the id or name of the one thing that is wrong, or the words of AWS or of the log that say so",
        why="without it the next person has to find it again",
    )
    wrong = incident.trouble()
    s.met(
        2,
        "customers are served, and a deployment made now finishes",
        not wrong,
        found=wrong or "both",
        slip="a deployment that fails is not the cure: the tasks of the version before answered all the time"
        if wrong.startswith("a deployment made now")
        else "",
    )
    left = untidy(incident._system)
    s.met(
        1,
        "nothing else was opened, widened or switched off",
        not wrong and not left,
        found=left or ("not repaired yet" if wrong else "nothing"),
        slip=left[0] if left else "",
        why="a repair that leaves a hole is the next incident",
    )


def _not_this(cause: str) -> str:
    if not cause:
        return ""
    if cause not in CAUSES:
        return "this is not in the list of causes; `incidents.causes()` shows them"
    return f"if it were {cause}: {CAUSES[cause][1]}"
