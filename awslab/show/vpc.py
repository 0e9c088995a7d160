"""The map of a VPC: zones side by side, tiers below each other, what is public and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    escape,
    fit,
    label,
    rect,
    svg,
)
from awslab.show.way import (
    GATEWAY,
    INTERNET,
    Point,
    Stop,
    drawn_way,
    hops_of,
    stops,
    way_text,
)

__all__ = ["map_picture"]

# A tier's tint; its word is always written beside it.
TIERS = {"public": BLUE, "private": GREEN, "isolated": GREY}
COLUMN, MARGIN, LINE, SHOWN, ACROSS = 300, 16, 17, 6, 3


def map_picture(network: dict[str, Any], way: Mapping[str, Any] | None = None) -> Picture:
    """Draw VPCs: subnets by zone and tier with their routes, gateways, endpoints and interfaces.

    `way` is the data of a path or a trace, drawn on the map of each VPC that it touches.
    Raises ValueError for data that is neither.

    >>> picture = map_picture({"region": "us-east-1", "vpcs": [{
    ...     "id": "vpc-1", "name": "shop", "cidrs": ["10.0.0.0/16"], "dns_support": True,
    ...     "dns_hostnames": True, "internet_gateway": None, "zones": [], "subnets": [],
    ...     "endpoints": [], "peerings": []}]})
    """
    hops = hops_of(way) if way else []
    ways = [stops(hops, _homes(vpc)) for vpc in network["vpcs"]]
    texts = [_text(vpc) for vpc in network["vpcs"]]
    texts = [
        f"{text}\n{way_text(found)}" if found else text
        for text, found in zip(texts, ways, strict=True)
    ]
    drawings = [_drawing(*each) for each in zip(network["vpcs"], texts, ways, strict=True)]
    head = f"{len(texts)} VPC{'' if len(texts) == 1 else 's'} in {network['region']}"
    broken = [f"FAULT: {each}" for each in network.get("faults", ())]
    notes = "".join(f"<div>{badge(each, RED, 'cross')}</div>" for each in broken)
    html = (
        f'<div style="max-width:980px"><div><b>{escape(head)}</b></div>{notes}'
        f"{''.join(drawings)}</div>"
    )
    return Picture(html, "\n".join([head, *broken, *texts]), network)


def _homes(vpc: dict[str, Any]) -> dict[str, str]:
    """Return the subnet of each subnet, network interface and NAT gateway of a VPC, by its id."""
    homes = {}
    for subnet in vpc["subnets"]:
        homes[subnet["id"]] = subnet["id"]
        for each in subnet["interfaces"]:
            homes[each["id"]] = subnet["id"]
            kind, _, name = each["owner"].rpartition(" ")
            if kind == "NAT gateway":
                homes[name] = subnet["id"]
    return homes


def _title(thing: dict[str, Any]) -> str:
    return f"{thing['name']} ({thing['id']})" if thing["name"] else thing["id"]


def _text(vpc: dict[str, Any]) -> str:
    gateway = vpc["internet_gateway"] or "none attached"
    flags = f"DNS support {_on(vpc['dns_support'])}, DNS hostnames {_on(vpc['dns_hostnames'])}"
    lines = [f"VPC {_title(vpc)}, {', '.join(vpc['cidrs'])}; internet gateway: {gateway}; {flags}"]
    for subnet in _ordered(vpc["subnets"]):
        lines.append(
            f"  {subnet['zone']}  {subnet['kind']}  {subnet['cidr']}  {subnet['free']} free  {subnet['why']}"
        )
        for each in subnet["interfaces"]:
            public = f", public {each['public_ip']}" if each["public_ip"] else ""
            groups = f"; {', '.join(each['groups'])}" if each["groups"] else ""
            owner = f" {each['owner']}" if each["owner"] else ""
            down = "; FAILED" if each.get("failed") else ""
            lines.append(f"      {each['id']}{owner}: {each['address']}{public}{groups}{down}")
    for each in vpc["endpoints"]:
        lines.append(f"  {_endpoint(each)}")
    for each in vpc["peerings"]:
        lines.append(f"  {_peering(each)}")
    return "\n".join(lines)


def _on(flag: bool) -> str:
    return "on" if flag else "off"


def _endpoint(endpoint: dict[str, Any]) -> str:
    dns = f", private DNS {_on(endpoint['private_dns'])}" if endpoint["type"] == "interface" else ""
    service = endpoint["service"].split(".", 3)[-1]
    return f"{service}: {endpoint['type']} endpoint{dns} ({endpoint['id']})"


def _peering(peering: dict[str, Any]) -> str:
    return f"peering {peering['id']} with {peering['other']}, {'' if peering['active'] else 'not '}active"


def _ordered(subnets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tiers = list(TIERS)
    return sorted(subnets, key=lambda s: (tiers.index(s["kind"]), s["zone"], s["cidr"]))


def _drawing(vpc: dict[str, Any], text: str, way: Sequence[Stop]) -> str:
    zones = vpc["zones"]
    width = MARGIN + max(1, min(len(zones), ACROSS)) * (COLUMN + MARGIN)
    parts, top = [_gateway(vpc, width)], 106.0
    points: dict[str, Point] = {INTERNET: (width / 2 + 60, 14), GATEWAY: (width / 2 + 104, 42)}
    for start in range(0, len(zones), ACROSS):
        drawn, top = _zones(vpc, zones[start : start + ACROSS], top, points)
        parts.append(drawn)
    extras, bottom = _extras(vpc, top, width)
    frame = rect(1, 42, width - 2, bottom - 42, radius=8)
    over = drawn_way(way, points) if way else ""
    return svg(width, bottom + 2, frame + "".join([*parts, extras, over]), text)


def _zones(
    vpc: dict[str, Any], zones: list[str], top: float, points: dict[str, Point]
) -> tuple[str, float]:
    """Draw zones side by side and their tiers below each other; return the drawing and its end.

    Notes in `points` where in each subnet's box a way goes through.
    """
    parts = []
    for index, zone in enumerate(zones):
        x = MARGIN + index * (COLUMN + MARGIN)
        shown = f"{zone} FAILED" if zone in vpc.get("failed_zones", ()) else zone
        parts.append(label(x + COLUMN / 2, top, shown, bold=True, anchor="middle"))
    top += 12
    for tier in TIERS:
        bottoms = [top]
        for index, zone in enumerate(zones):
            x, y = MARGIN + index * (COLUMN + MARGIN), top
            for subnet in _ordered(vpc["subnets"]):
                if (subnet["zone"], subnet["kind"]) == (zone, tier):
                    begins = y
                    drawn, y = _subnet(subnet, x, y)
                    parts.append(drawn)
                    points[subnet["id"]] = (x + COLUMN - 26, (begins + y - 12) / 2)
            bottoms.append(y)
        top = max(bottoms)
    return "".join(parts), top + 14


def _gateway(vpc: dict[str, Any], width: float) -> str:
    """Draw the VPC's title, and its internet gateway on the frame's upper edge."""
    flags = f"DNS support {_on(vpc['dns_support'])}, hostnames {_on(vpc['dns_hostnames'])}"
    title = f"VPC {_title(vpc)}"
    parts = [
        label(MARGIN, 70, fit(title, width - 2 * MARGIN), bold=True),
        label(width - MARGIN, 84, flags, size=11, anchor="end") if width > 500 else "",
        label(MARGIN, 84, ", ".join(vpc["cidrs"]), size=11, mono=True),
    ]
    x = width / 2
    if vpc["internet_gateway"]:
        name = fit(f"internet gateway {vpc['internet_gateway']}", 240, 11)
        parts.append(label(x, 12, "internet", anchor="middle"))
        parts.append(f'<path d="M{x:g} 16v14" stroke="currentColor" fill="none"/>')
        parts.append(rect(x - 130, 30, 260, 24, fill=AMBER, tip=vpc["internet_gateway"]))
        parts.append(label(x, 46, name, fill=INK, size=11, anchor="middle"))
    else:
        parts.append(label(x, 30, "no internet gateway attached", anchor="middle"))
    return "".join(parts)


def _subnet(subnet: dict[str, Any], x: float, y: float) -> tuple[str, float]:
    """Draw one subnet at (x, y); return the drawing and where the next one starts."""
    lines = _subnet_lines(subnet)
    height = 30 + LINE * len(lines)
    tint = TIERS[subnet["kind"]]
    parts = [rect(x, y, COLUMN, height, fill=tint, tip=subnet["why"])]
    room = COLUMN - 100
    name = subnet["name"] or subnet["id"]
    parts.append(label(x + 10, y + 19, fit(name, room), fill=INK, bold=True))
    parts.append(label(x + COLUMN - 10, y + 19, subnet["kind"], fill=INK, anchor="end", bold=True))
    for index, (line, mono) in enumerate(lines):
        shown = fit(line, COLUMN - 20, 11, mono=mono)
        at = y + 19 + LINE * (index + 1)
        parts.append(label(x + 10, at, shown, fill=INK, size=11, mono=mono))
    return "".join(parts), y + height + 12


def _subnet_lines(subnet: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return what a subnet's box says: addresses, the routes that make it what it is, who is in it."""
    main = " (main)" if subnet["main"] else ""
    lines = [(f"{subnet['cidr']}, {subnet['free']} addresses free", False)]
    for route in subnet["routes"]:
        state = "" if route["active"] else " BLACKHOLE"
        lines.append((f"{route['destination']} -> {route['target']}{state}", True))
    if not subnet["routes"]:
        lines.append(("no route out of the VPC", False))
    lines.append((f"by {subnet['route_table']}{main}", False))
    for each in subnet["interfaces"][:SHOWN]:
        public = f" / {each['public_ip']}" if each["public_ip"] else ""
        mark = "\u2715 FAILED" if each.get("failed") else "\u25aa"
        lines.append((f"{mark} {each['address']}{public}  {each['owner'] or each['id']}", False))
    hidden = len(subnet["interfaces"]) - SHOWN
    if hidden > 0:
        lines.append((f"and {hidden} more network interfaces", False))
    return lines


def _extras(vpc: dict[str, Any], y: float, width: float) -> tuple[str, float]:
    """Draw endpoints and peering connections below the subnets."""
    parts, y = [], y - 14 if vpc["zones"] else y
    rows = [(_endpoint(each), VIOLET) for each in vpc["endpoints"]]
    rows += [(_peering(each), AMBER) for each in vpc["peerings"]]
    for text, tint in rows:
        parts.append(rect(MARGIN, y, width - 2 * MARGIN, 24, fill=tint, tip=text))
        shown = fit(text, width - 2 * MARGIN - 20, 11)
        parts.append(label(MARGIN + 10, y + 16, shown, fill=INK, size=11))
        y += 30
    return "".join(parts), y + 8
