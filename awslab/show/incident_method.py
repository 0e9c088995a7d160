"""Draw the order in which to look when a service is ill: three questions, and what each answer points to."""

from awslab.show.picture import AMBER, BLUE, GREEN, INK, Picture, label, rect, svg

__all__ = ["method_picture"]

# Each question with its answers: what one sees, where to look, which causes are left.
_STEPS = (
    (
        "1. Did a task stop?",
        "list-tasks with desiredStatus STOPPED, describe-tasks",
        AMBER,
        (
            ("TaskFailedToStart", "image, role, secret, log group: the reason names the call"),
            ("... with a timeout", "route, security group, network ACL, DNS"),
            ("EssentialContainerExited", "exit code, its reason, then the log"),
            ("failed health checks", "container check, or the load balancer's (step 2)"),
        ),
    ),
    (
        "2. Is a target not healthy?",
        "describe-target-health: state and reason",
        BLUE,
        (
            ("ResponseCodeMismatch", "path, matcher: the app did answer"),
            ("Timeout", "security groups, network ACL, the port that is asked"),
            ("FailedHealthChecks", "refused or cut: port of the app, boot time, grace period"),
            ("NotInUse", "no listener forwards to the group, or the zone is not enabled"),
        ),
    ),
    (
        "3. All healthy, and clients fail?",
        "one request: cloud.trace, curl",
        GREEN,
        (
            ("no answer", "the way in: security group on 443/80, public route, DNS name"),
            ("503", "no target to send to: forwarding, desired count, weights"),
            ("502, 504", "refused, or too late: port, timeout, load"),
            ("500", "the app answered so: read its log, then its task role and secret"),
        ),
    ),
)
_WIDTH, _LEFT, _ROW = 920, 300, 30


def method_picture() -> Picture:
    """Return the questions from top to bottom, each with its answers to the right."""
    parts, lines, y = [], [], 8.0
    for question, look, tint, answers in _STEPS:
        height = _ROW * len(answers) + 8
        parts += [
            rect(8, y, _LEFT - 40, height, fill=tint),
            label(20, y + height / 2 - 6, question, size=14, fill=INK, bold=True),
        ]
        for number, part in enumerate(_wrapped(look)):
            parts.append(label(20, y + height / 2 + 14 + 14 * number, part, size=11, fill=INK))
        lines.append(f"{question} ({look})")
        for number, (seen, left) in enumerate(answers):
            middle = y + _ROW * number + 23
            parts += [
                f'<path d="M{_LEFT - 32} {y + height / 2:g}L{_LEFT - 4} {middle - 4:g}" '
                'stroke="currentColor" fill="none"/>',
                label(_LEFT, middle, seen, size=12, bold=True),
                label(_LEFT + 190, middle, left, size=12),
            ]
            lines.append(f"   {seen}: {left}")
        y += height + 34
        if question != _STEPS[-1][0]:
            parts += [
                f'<path d="M120 {y - 32:g}v22m-5 -7l5 7l5 -7" stroke="currentColor" fill="none"/>',
                label(136, y - 14, "no", size=12),
            ]
    text = "\n".join(lines)
    return Picture(svg(_WIDTH, y - 26, "".join(parts), text), text)


def _wrapped(text: str) -> list[str]:
    """Break a text at the comma nearest to its middle when it is long."""
    if len(text) < 45:
        return [text]
    head, _, tail = text.partition(", ")
    return [f"{head},", tail]
