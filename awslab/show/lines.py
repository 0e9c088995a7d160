"""Picture of a few straight lines over one axis: what something costs by how much of it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from awslab.show.picture import Picture, escape, label, svg

__all__ = ["lines_picture"]

WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 640, 300, 56, 44, 190, 36
DASHES = ("", "7 4", "2 3", "10 3 2 3")  # what tells the lines apart without colour


def lines_picture(
    title: str, across: str, xs: Sequence[float], lines: Mapping[str, Sequence[float]]
) -> Picture:
    """Draw up to four lines over the values `xs`, each named at its right end.

    `across` says what `xs` are; every line has one value for each of them, from 0 upwards.
    Raises ValueError for more lines, fewer than two values, or lines of another length.

    >>> picture = lines_picture("Cost", "GB", [0, 100], {"NAT": [66.0, 70.5]})
    """
    if not 1 <= len(lines) <= len(DASHES) or len(xs) < 2:
        raise ValueError(f"give one to {len(DASHES)} lines over two values or more")
    if wrong := [name for name, ys in lines.items() if len(ys) != len(xs)]:
        raise ValueError(f"{wrong[0]!r} has not one value for each of the {len(xs)} in xs")
    top = max(max(ys) for ys in lines.values()) or 1.0
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        across_part = (x - xs[0]) / (xs[-1] - xs[0])
        return LEFT + across_part * wide, TOP + (1 - y / top) * tall

    ends = _apart([place(xs[-1], ys[-1])[1] for ys in lines.values()])
    parts = [label(LEFT, 18, title, bold=True), _axes(across, xs, top)]
    for (name, ys), dash, end in zip(lines.items(), DASHES, ends, strict=False):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, xs, ys))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-dasharray="{dash}"><title>{escape(name)}</title></polyline>'
        )
        parts.append(label(WIDTH - RIGHT + 6, end + 4, name, size=11))
    rows = [f"{title} (by {across})"]
    rows += [
        f"  {name}: {ys[0]:.2f} at {xs[0]:g}, {ys[-1]:.2f} at {xs[-1]:g}"
        for name, ys in lines.items()
    ]
    text = "\n".join(rows)
    return Picture(svg(WIDTH, HEIGHT, "".join(parts), text), text, {"xs": xs, "lines": lines})


def _axes(across: str, xs: Sequence[float], top: float) -> str:
    base, end = HEIGHT - BOTTOM, WIDTH - RIGHT
    middle = (xs[0] + xs[-1]) / 2
    return (
        f'<path d="M{LEFT} {TOP}V{base}H{end}" fill="none" stroke="currentColor"/>'
        + label(LEFT - 6, TOP + 4, f"{top:.0f}", size=11, anchor="end")
        + label(LEFT - 6, base, "0", size=11, anchor="end")
        + label(LEFT, base + 16, f"{xs[0]:g}", size=11, anchor="middle")
        + label((LEFT + end) / 2, base + 16, f"{middle:g}", size=11, anchor="middle")
        + label(end, base + 16, f"{xs[-1]:g}", size=11, anchor="middle")
        + label((LEFT + end) / 2, base + 34, across, size=11, anchor="middle")
    )


def _apart(heights: Sequence[float], least: float = 14) -> list[float]:
    """Return the heights, moved so that no two names overlap."""
    placed: dict[int, float] = {}
    last = -least
    for index in sorted(range(len(heights)), key=heights.__getitem__):
        last = max(heights[index], last + least)
        placed[index] = last
    return [placed[index] for index in range(len(heights))]
