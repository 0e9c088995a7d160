"""What an Application Load Balancer does once a rule has matched: forward, redirect, answer; and how it shares.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from awslab.world.http import Request, Response

__all__ = [
    "COOKIES",
    "choose",
    "cookie",
    "error",
    "fixed_response",
    "forwarded",
    "redirect",
    "target_groups",
]

SERVER = "awselb/2.0"
# The cookies of stickiness, to a target and to a target group:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions
COOKIES = {"target": "AWSALB", "group": "AWSALBTG"}
_TITLES = {
    301: "301 Moved Permanently",
    302: "302 Found",
    400: "400 Bad Request",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}
_DEFAULT_PORTS = {"http": 80, "https": 443}


def choose(
    weights: Mapping[str, float], state: Mapping[str, float]
) -> tuple[str | None, dict[str, float]]:
    """Return the next choice among weighted names, and the state to pass in the next time.

    Smooth weighted round robin: over any run each name gets its share to within one choice, without chance.
    None when no name has a weight above 0; equal weights are plain round robin.
    """
    live = {name: weight for name, weight in weights.items() if weight > 0}
    if not live:
        return None, dict(state)
    total = sum(live.values())
    after = {name: state.get(name, 0.0) + weight for name, weight in live.items()}
    # Floating point leaves equals unequal by a hair: the first of the highest to a billionth wins.
    chosen = max(after, key=lambda name: round(after[name], 9))
    after[chosen] -= total
    return chosen, after


def target_groups(action: Mapping[str, Any]) -> dict[str, int]:
    """Return the weight of each target group that a forward action names.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions
    """
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if not groups:
        arn = action.get("TargetGroupArn")
        return {arn: 1} if arn else {}
    return {each["TargetGroupArn"]: int(each.get("Weight", 1)) for each in groups}


def redirect(config: Mapping[str, Any], request: Request) -> Response:
    """Return the answer of a redirect action; what the action leaves out stays as it was.

    `#{path}` comes without its leading slash, and the port is always written, also 443.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#redirect-actions
    """
    values = {
        "protocol": request.scheme,
        "host": request.host.partition(":")[0],
        "port": str(request.port),
        "path": request.path.removeprefix("/"),
        "query": request.query,
    }

    def filled(name: str, default: str) -> str:
        text = config.get(name)
        text = default if text is None else str(text)
        for keyword, value in values.items():
            text = text.replace(f"#{{{keyword}}}", value)
        return text

    query = filled("Query", "#{query}")
    location = (
        f"{filled('Protocol', '#{protocol}').lower()}://{filled('Host', '#{host}')}"
        f":{filled('Port', '#{port}')}{filled('Path', '/#{path}')}" + (f"?{query}" if query else "")
    )
    status = int(str(config["StatusCode"]).removeprefix("HTTP_"))
    answer = error(status)
    return replace(answer, headers={**answer.headers, "location": location})


def fixed_response(config: Mapping[str, Any]) -> Response:
    """Return the answer of a fixed-response action.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#fixed-response-actions
    """
    body = (config.get("MessageBody") or "").encode()
    kind = config.get("ContentType") or "text/plain"
    return Response(
        int(config["StatusCode"]),
        {"content-type": f"{kind}; charset=utf-8", "server": SERVER},
        body,
    )


def error(status: int) -> Response:
    """Return the page that the load balancer itself sends with a status, and no target ever saw.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    """
    title = _TITLES[status]
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    ).encode()
    return Response(status, {"content-type": "text/html", "server": SERVER}, body)


def forwarded(
    request: Request,
    *,
    mode: str = "append",
    client_port: int | None = None,
    trace_id: str = "",
) -> Request:
    """Return the request as a target gets it: the same path and Host, the client's address in X-Forwarded-*.

    `mode` is the attribute routing.http.xff_header_processing.mode: append, preserve or remove.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    headers = dict(request.headers)
    source = request.source_ip if client_port is None else f"{request.source_ip}:{client_port}"
    before = headers.get("x-forwarded-for")
    if mode == "append":
        headers["x-forwarded-for"] = f"{before}, {source}" if before else source
    elif mode == "remove":
        headers.pop("x-forwarded-for", None)
    headers["x-forwarded-proto"] = request.scheme
    headers["x-forwarded-port"] = str(request.port)
    default = request.port == _DEFAULT_PORTS.get(request.scheme)
    named = request.host if default or ":" in request.host else f"{request.host}:{request.port}"
    headers.setdefault("host", named)
    if trace_id:
        headers.setdefault("x-amzn-trace-id", trace_id)
    return replace(request, headers=headers)


def cookie(headers: Mapping[str, str], name: str) -> str | None:
    """Return the value of a cookie of the request, or None."""
    pairs: Iterable[str] = headers.get("cookie", "").split(";")
    for pair in pairs:
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return None
