"""Pictures of ECR: what a repository holds, what an image is made of, what a lifecycle does.

Every function takes plain data, such as `json.loads` gives, and returns a `Picture`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from awslab.show.picture import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    INK,
    RED,
    VIOLET,
    Picture,
    badge,
    code,
    escape,
    fit,
    label,
    megabytes,
    rect,
    svg,
    table,
)

__all__ = ["image_picture", "lifecycle_picture", "repository_picture", "sizes_picture"]

SEVERITIES = {  # in Amazon Inspector's order, worst first
    "CRITICAL": RED,
    "HIGH": AMBER,
    "MEDIUM": VIOLET,
    "LOW": BLUE,
    "INFORMATIONAL": GREY,
    "UNDEFINED": GREY,
}
ACTIONS = {  # a verdict's action: word, tint, shape
    "EXPIRE": ("expire", RED, "cross"),
    "ARCHIVE": ("archive", AMBER, "box"),
    "KEEP": ("keep", GREEN, "tick"),
}
KINDS = {"base": GREY, "shared": VIOLET, "own": BLUE}
BAR = 640  # pixels of the longest bar
TAG_LEFT, TAG_WIDTH, BOX_LEFT, BOX_WIDTH, SCAN_LEFT = 0, 190, 260, 220, 500
ROW, GAP = 26, 14  # pixels of a tag's line, and between two images


def repository_picture(repo: dict[str, Any]) -> Picture:
    """Show a repository: tags point at digests, digests have a size, a push date and findings.

    >>> picture = repository_picture({
    ...     "name": "my-service", "uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-service",
    ...     "mutability": "IMMUTABLE",
    ...     "images": [{"digest": "sha256:9f2c", "tags": ["v1.0", "3f9c2ab"], "size": 52_300_000,
    ...                 "pushed_at": "2025-01-05T10:00:00+00:00", "findings": {"HIGH": 2}}]})

    `size` is in bytes; `findings` counts by severity, `{}` is a clean scan and None is no scan.
    """
    images = sorted(repo["images"], key=lambda image: image["pushed_at"], reverse=True)
    head = f"Repository `{repo['name']}`, {_count(images, 'image')}, tags {repo['mutability']}"
    lines = [head, f"  {repo['uri']}"] + [_image_line(image) for image in images]
    body, y = [], 24.0
    for title, x in (("tags", TAG_LEFT), ("images, newest first", BOX_LEFT), ("scan", SCAN_LEFT)):
        body.append(label(x, 12, title, bold=True))
    for image in images:
        drawn, y = _image_row(image, y)
        body.append(drawn)
    drawing = (
        svg(774, y, "".join(body), "\n".join(lines[2:])) if images else "<p>No images yet.</p>"
    )
    html = (
        f'<div style="max-width:900px"><div><b>{code(head)}</b></div>'
        f"<div style='margin-bottom:8px'><code>{escape(repo['uri'])}</code></div>{drawing}</div>"
    )
    return Picture(html, "\n".join(lines if images else [*lines, "  no images yet"]), repo)


def _image_line(image: dict[str, Any]) -> str:
    tags = ", ".join(image["tags"]) or "(no tag)"
    facts = f"{megabytes(image['size'])}, pushed {_minute(image['pushed_at'])}"
    return f"  {tags} -> {_short(image['digest'])}  {facts}, {_scan(image['findings'])}"


def _image_row(image: dict[str, Any], y: float) -> tuple[str, float]:
    """Draw one image at height y; return the drawing and where the next one starts."""
    tags = image["tags"]
    height = max(2, len(tags), (len(_counts(image["findings"])) + 1) // 2) * ROW
    middle = y + height / 2
    parts = [rect(BOX_LEFT, y, BOX_WIDTH, height, fill=BLUE, tip=image["digest"])]
    parts.append(label(BOX_LEFT + 10, middle - 4, _short(image["digest"]), fill=INK, mono=True))
    facts = f"{megabytes(image['size'])}, {_minute(image['pushed_at'])}"
    parts.append(label(BOX_LEFT + 10, middle + 14, facts, fill=INK))
    if not tags:
        parts.append(rect(TAG_LEFT + 1, middle - 11, TAG_WIDTH, 22, dash="4 3", radius=11))
        parts.append(label(TAG_LEFT + 12, middle + 4, "no tag"))
    first = middle - len(tags) * ROW / 2
    for i, tag in enumerate(tags):
        line = first + (i + 0.5) * ROW
        parts.append(rect(TAG_LEFT + 1, line - 11, TAG_WIDTH, 22, fill=GREY, radius=11, tip=tag))
        name = fit(tag, TAG_WIDTH - 24, mono=True)
        parts.append(label(TAG_LEFT + 12, line + 4, name, fill=INK, mono=True))
        parts.append(_arrow(TAG_LEFT + TAG_WIDTH + 1, line, BOX_LEFT, middle))
    parts.append(_scan_badges(image["findings"], middle))
    return "".join(parts), y + height + GAP


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    bend = (x1 + x2) / 2
    return (
        f'<path d="M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2 - 7:g} {y2:g}" fill="none" '
        f'stroke="currentColor"/><path d="M{x2 - 8:g} {y2 - 4:g}l8 4l-8 4z" fill="currentColor"/>'
    )


def _scan_badges(findings: dict[str, int] | None, y: float) -> str:
    counts = _counts(findings)
    if not counts:
        return label(SCAN_LEFT, y + 4, _scan(findings))
    parts, first = [], y - (len(counts) - 1) // 2 * 12
    for i, (severity, count) in enumerate(counts):
        x, line = SCAN_LEFT + i % 2 * 138, first + i // 2 * 24
        parts.append(rect(x, line - 10, 132, 20, fill=SEVERITIES.get(severity, GREY)))
        parts.append(label(x + 8, line + 4, f"{severity} {count}", fill=INK, size=11))
    return "".join(parts)


def _counts(findings: dict[str, int] | None) -> list[tuple[str, int]]:
    order = list(SEVERITIES)
    counts = [(severity, count) for severity, count in (findings or {}).items() if count]
    return sorted(counts, key=lambda c: order.index(c[0]) if c[0] in order else len(order))


def _scan(findings: dict[str, int] | None) -> str:
    if findings is None:
        return "not scanned"
    return ", ".join(f"{n} {severity}" for severity, n in _counts(findings)) or "no findings"


def image_picture(image: dict[str, Any]) -> Picture:
    """Show what an image is made of: its layers to scale, and what its configuration says.

    >>> picture = image_picture({
    ...     "ref": "my-service:v1.0", "digest": "sha256:9f2c", "size": 52_300_000,
    ...     "base": "docker.io/library/node:20-alpine",
    ...     "layers": [{"digest": "sha256:aa", "size": 48_000_000, "base": True,
    ...                 "created_by": "ADD rootfs.tar.gz /"},
    ...                {"digest": "sha256:bb", "size": 4_300_000, "base": False,
    ...                 "created_by": "COPY . ."}],
    ...     "config": {"User": "node", "Cmd": ["node", "server.js"],
    ...                "ExposedPorts": {"8080/tcp": {}}, "Env": ["NODE_ENV=production"]}})

    Sizes are in bytes; `base` is None for an image built from scratch.
    """
    layers, total = image["layers"], megabytes(image["size"])
    head = (
        f"Image `{image['ref']}`, {total} in {_count(layers, 'layer')}, {_short(image['digest'])}"
    )
    facts = _facts(image)
    rows = [
        (str(i), megabytes(layer["size"]), "base" if layer.get("base") else "own", _step(layer))
        for i, layer in enumerate(layers, 1)
    ]
    lines = [head, *(f"  {name}: {value}" for name, value in facts), "  layers:"]
    lines += [f"    {i:>2}  {size:>8}  {kind:<4}  {step}" for i, size, kind, step in rows]
    shares = ", ".join(f"{kind} layers {megabytes(size)}" for kind, size in _shares(layers))
    bar = _bar(layers, 22, sum(layer["size"] for layer in layers), {}, numbers=True)
    body = label(0, 12, shares or "no layers") + bar
    html = (
        f'<div style="max-width:900px"><div><b>{code(head)}</b></div>'
        + svg(_frame([layers]), 58, body, f"Layers to scale: {shares}")
        + table("Layers, in build order", ("no.", "size", "from", "made by"), _cells(rows))
        + table("Configuration", ("field", "value"), _cells(facts))
        + "</div>"
    )
    return Picture(html, "\n".join(lines), image)


def _facts(image: dict[str, Any]) -> list[tuple[str, str]]:
    config = image["config"]
    command = config.get("Cmd") or []
    return [
        ("base", image.get("base") or "scratch (no base image)"),
        ("user", config.get("User") or "root (no USER is set)"),
        ("command", command if isinstance(command, str) else " ".join(command) or "none"),
        ("ports", ", ".join(config.get("ExposedPorts") or {}) or "none exposed"),
        ("environment", ", ".join(config.get("Env") or []) or "none"),
    ]


def _step(layer: dict[str, Any]) -> str:
    return str(layer.get("created_by") or "unknown step")


def _shares(layers: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    sizes: Counter[str] = Counter()
    for layer in layers:
        sizes["base" if layer.get("base") else "own"] += layer["size"]
    return list(sizes.items())


def sizes_picture(images: Sequence[dict[str, Any]]) -> Picture:
    """Compare images by their layers, all to one scale; layers in several images are marked shared.

    >>> picture = sizes_picture([
    ...     {"label": "node:20", "layers": [{"digest": "sha256:aa", "size": 390_000_000,
    ...                                      "base": True}]},
    ...     {"label": "node:20-alpine", "layers": [{"digest": "sha256:bb", "size": 48_000_000,
    ...                                             "base": True}]}])

    Sizes are in bytes.
    """
    totals = [sum(layer["size"] for layer in image["layers"]) for image in images]
    used = Counter(d for image in images for d in {x["digest"] for x in image["layers"]})
    unique = {layer["digest"]: layer["size"] for image in images for layer in image["layers"]}
    head = (
        f"{_count(images, 'image')}: {megabytes(sum(totals))} added up, "
        f"{megabytes(sum(unique.values()))} with every distinct layer counted once"
    )
    longest = max([len(image["label"]) for image in images], default=0)
    lines, body, y = [head], [_legend(14)], 34.0
    for image, total in zip(images, totals, strict=True):
        kinds = Counter({kind: 0 for kind in KINDS})
        for layer in image["layers"]:
            kinds[_kind(layer, used)] += layer["size"]
        parts = ", ".join(f"{kind} {megabytes(size)}" for kind, size in kinds.items() if size)
        lines.append(f"  {image['label']:<{longest}}  {megabytes(total):>8}  ({parts or 'empty'})")
        body.append(label(0, y, fit(image["label"], BAR - 90), bold=True))
        body.append(label(BAR, y, megabytes(total), anchor="end"))
        body.append(_bar(image["layers"], y + 6, max(totals), used))
        y += 56
    width = _frame(image["layers"] for image in images)
    drawing = svg(width, y - 8, "".join(body), "\n".join(lines[1:]))
    html = f'<div style="max-width:900px"><div><b>{escape(head)}</b></div>{drawing}</div>'
    return Picture(html, "\n".join(lines), list(images))


def _kind(layer: dict[str, Any], used: dict[str, int]) -> str:
    if used.get(layer["digest"], 0) > 1:
        return "shared"
    return "base" if layer.get("base") else "own"


def _legend(y: float) -> str:
    words = {"base": "base", "shared": "shared by several images", "own": "own"}
    parts, x = [], 1.0
    for kind, word in words.items():
        parts.append(_segment(x, y - 10, 16, 12, kind, word))
        parts.append(label(x + 22, y, word))
        x += 36 + 7 * len(word)
    return "".join(parts)


def _frame(bars: Iterable[Sequence[Any]]) -> float:
    """Return the width that holds the bars; each layer may need 2 pixels more than its share."""
    return BAR + 2 + 2 * max([len(layers) for layers in bars], default=0)


def _bar(
    layers: Sequence[dict[str, Any]],
    y: float,
    longest: float,
    used: dict[str, int],
    numbers: bool = False,
) -> str:
    """Draw layers side by side, `longest` bytes to the full width; wide ones carry their word."""
    parts, x = [], 1.0
    for i, layer in enumerate(layers, 1):
        width = max(BAR * layer["size"] / longest, 2) if longest else 2  # 2: empty, yet visible
        kind = _kind(layer, used)
        tip = f"{kind}: {megabytes(layer['size'])}, {_short(layer['digest'])}"
        parts.append(_segment(x, y, width, 32, kind, tip))
        name = f"{i}: {kind}" if numbers else kind
        for text in (name, str(i) if numbers else ""):
            if text and width > 8 * len(text) + 6:
                parts.append(label(x + width / 2, y + 20, text, fill=INK, anchor="middle"))
                break
        x += width
    return "".join(parts)


def _segment(x: float, y: float, width: float, height: float, kind: str, tip: str) -> str:
    dash = "4 3" if kind == "shared" else ""
    return rect(x, y, width, height, fill=KINDS[kind], dash=dash, radius=0, tip=tip)


def lifecycle_picture(verdicts: Sequence[dict[str, Any]]) -> Picture:
    """Show what a lifecycle policy does to each image: its fate, the rule that decides, and why.

    >>> picture = lifecycle_picture([
    ...     {"digest": "sha256:9f2c", "tags": [], "pushed_at": "2025-01-05T10:00:00+00:00",
    ...      "action": "EXPIRE", "rule": 1, "why": "untagged for 20 days, more than 14"}])

    `action` is EXPIRE, ARCHIVE or KEEP; `rule` is the deciding rule's priority, None for no rule.
    """
    images = sorted(verdicts, key=lambda verdict: verdict["pushed_at"], reverse=True)
    fates = Counter(verdict["action"] for verdict in images)
    parts = [f"{fates[action]} to {ACTIONS[action][0]}" for action in ACTIONS if fates[action]]
    head = f"Lifecycle of {_count(images, 'image')}" + (f": {', '.join(parts)}" if parts else "")
    lines, rows = [head], []
    for verdict in images:
        tags = ", ".join(verdict["tags"]) or "(no tag)"
        rule = f"rule {verdict['rule']}" if verdict["rule"] is not None else "no rule"
        digest, pushed = _short(verdict["digest"]), _minute(verdict["pushed_at"])
        word = ACTIONS[verdict["action"]][0]
        lines.append(f"  [{word}] {tags} {digest} pushed {pushed}; {rule}: {verdict['why']}")
        rows.append(
            (
                badge(*ACTIONS[verdict["action"]]),
                f"{escape(tags).replace(', ', '<br>')}<br><code>{escape(digest)}</code>",
                escape(pushed),
                escape(rule),
                code(verdict["why"]),
            )
        )
    headers = ("result", "image", "pushed", "decided by", "why")
    html = f'<div style="max-width:900px">{table(head, headers, rows)}</div>'
    return Picture(html, "\n".join(lines), list(verdicts))


def _cells(rows: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    return [tuple(escape(value) for value in row) for row in rows]


def _count(items: Sequence[Any], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _short(digest: str) -> str:
    """Shorten a digest to what tells it apart, as docker's image lists do."""
    name, _, value = digest.partition(":")
    return f"{name}:{value[:12]}" if value else digest[:12]


def _minute(moment: str) -> str:
    """Shorten an ISO date and time to the minute."""
    return moment[:16].replace("T", " ")
