"""The way of a packet or of a request, drawn on the map of a VPC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from awslab.show.picture import INK, RED, label, rect

__all__ = ["drawn_way", "hops_of", "stops", "way_text"]

Point = tuple[float, float]
HALO, INTERNET, GATEWAY = "#ffffff", "internet", "internet gateway"


class Stop(NamedTuple):
    """One place on the map that the way comes to: its hops there, and whether the last one blocks it."""

    place: str
    first: int
    last: int
    kind: str
    ok: bool

    @property
    def number(self) -> str:
        """The hops here, as their numbers in the step-by-step table."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def hops_of(way: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the hops there, without those of the answer, of `cloud.path`'s or `cloud.trace`'s data.

    Raises ValueError for data that is neither.
    """
    if "hops" in way:
        return [hop for hop in way["hops"] if hop.get("leg", "forward") == "forward"]
    if "way_in" not in way:
        raise ValueError("give what cloud.path(...) or cloud.trace(...) returned")
    found: list[dict[str, Any]] = []
    for leg in (way["way_in"], way.get("way_on")):
        for number, hop in enumerate(leg["hops"] if leg else []):
            found.append(hop)
            # The interface that a packet has come to ends its way there; what follows is the answer.
            if hop["kind"] == "network interface" and number:
                break
    return found


def stops(hops: Sequence[Mapping[str, Any]], homes: Mapping[str, str]) -> list[Stop]:
    """Return where on the map the hops are, hops in one place together.

    `homes` names the subnet of each network interface, NAT gateway and subnet on the map.
    """
    found: list[Stop] = []
    for number, hop in enumerate(hops, 1):
        place = _place(hop, homes) or (found[-1].place if found else "")
        stop = Stop(place, number, number, hop["kind"], hop["ok"])
        if found and found[-1].place == place:
            found[-1] = stop._replace(first=found[-1].first)
        elif place:
            found.append(stop)
    return found


def _place(hop: Mapping[str, Any], homes: Mapping[str, str]) -> str | None:
    if hop["kind"] in (INTERNET, GATEWAY):
        return hop["kind"]
    return homes.get(hop["id"]) or homes.get(hop.get("of", ""))


def way_text(found: Sequence[Stop]) -> str:
    """Return the way in words, for the map's text."""
    parts = [f"{s.number} {s.place}" + ("" if s.ok else f" STOPS at the {s.kind}") for s in found]
    return "  the way, by its steps: " + " -> ".join(parts)


def drawn_way(found: Sequence[Stop], points: Mapping[str, Point]) -> str:
    """Draw the way over the map: a line from place to place, its steps numbered, the block marked."""
    shown = [stop for stop in found if stop.place in points]
    corners = " ".join(f"{x:g},{y:g}" for x, y in (points[stop.place] for stop in shown))
    line = 'fill="none" stroke-linejoin="round" stroke-width='
    parts = [
        f'<polyline points="{corners}" {line}"6" stroke="{HALO}"/>',
        f'<polyline points="{corners}" {line}"2.5" stroke="{INK}" stroke-dasharray="7 4"/>',
    ]
    visits: dict[str, int] = {}
    for stop in shown:
        # The way back through a place stands beside the way there.
        shift = 46 * visits.get(stop.place, 0)
        visits[stop.place] = visits.get(stop.place, 0) + 1
        x, y = points[stop.place]
        parts.append(_mark(stop, x - shift, y))
    return "".join(parts)


def _mark(stop: Stop, x: float, y: float) -> str:
    width = 40.0 if stop.ok else 170.0
    text = stop.number if stop.ok else f"{stop.number} STOPS: {stop.kind}"
    box = rect(x - width + 20, y - 11, width, 22, fill=HALO if stop.ok else RED, radius=11)
    middle = x - width / 2 + 20
    return box + label(middle, y + 4, text, size=11, fill=INK, anchor="middle", bold=True)
