"""Show the figures of a class as text and as one HTML page that needs no network."""

import statistics
from html import escape

from autograde.figures import Exercise, Figures

SHOWN = 3  # mistakes of an exercise
BINS = 10  # of the histogram
STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --bar: #1f6feb; --line: #8c959f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --bar: #58a6ff; --line: #6e7681; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
caption { text-align: left; padding-bottom: .6rem; }
tbody th { white-space: nowrap; }
td ul { margin: 0; padding-left: 1.2rem; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg rect.bar { fill: var(--bar); }
svg line { stroke: var(--line); }
"""


def as_text(assignment: str, found: Figures) -> str:
    """Return the figures as lines of text."""
    lines = [f"{assignment}: {_class(found)}", ""]
    width = max((len(exercise.name) for exercise in found.exercises), default=8)
    lines.append(f"{'exercise':{width}}  full points  mean points  discrimination    time")
    for exercise in found.exercises:
        sorts = _number(exercise.discrimination)
        lines.append(
            f"{exercise.name:{width}}  {exercise.passed:>11.0%}  {exercise.mean:>11.0%}  {sorts:>14}"
            f"  {_time(exercise):>6}"
        )
        lines += [f"    {count} x {name}" for name, count in exercise.mistakes.most_common(SHOWN)]
    return "\n".join(lines)


def _class(found: Figures) -> str:
    graded = len(found.totals)
    said = f"{graded} graded, {found.people} for a person"
    if graded:
        said += (
            f"; median {statistics.median(found.totals):g} of {found.maximum:g} points"
            f"; {statistics.median(found.seconds):.2f} s to grade one (median)"
        )
    return said


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _time(exercise: Exercise) -> str:
    return "-" if exercise.time is None else f"{exercise.time:.2f} s"


def as_page(assignment: str, found: Figures) -> str:
    """Return the figures as one HTML page: a table with every number, and a picture beside it."""
    title = f"{escape(assignment)}: results of the class"
    rows = "\n".join(_row(exercise) for exercise in found.exercises)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{escape(_class(found))}</p>
<h2>Full points by exercise</h2>
{_bars(found.exercises)}
<h2>Exercises</h2>
<table>
<caption>Discrimination is the point-biserial correlation of full points with the points of all other exercises:
near 0 or below, the exercise does not tell who knows the subject.
Time is what the answer and its check run while they are graded, the median of the class.</caption>
<thead><tr><th scope="col">Exercise</th><th scope="col" class="number">Full points</th>
<th scope="col" class="number">Mean points</th><th scope="col" class="number">Discrimination</th>
<th scope="col" class="number">Time</th>
<th scope="col">Most frequent mistakes</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<h2>Points of the class</h2>
{_histogram(found)}
</main>
</body>
</html>
"""


def _row(exercise: Exercise) -> str:
    mistakes = "".join(
        f"<li>{count} {'time' if count == 1 else 'times'}: {escape(name)}</li>"
        for name, count in exercise.mistakes.most_common(SHOWN)
    )
    return (
        f'<tr><th scope="row">{escape(exercise.name)}</th>'
        f'<td class="number">{exercise.passed:.0%}</td><td class="number">{exercise.mean:.0%}</td>'
        f'<td class="number">{_number(exercise.discrimination)}</td>'
        f'<td class="number">{_time(exercise)}</td>'
        f"<td>{f'<ul>{mistakes}</ul>' if mistakes else 'none'}</td></tr>"
    )


def _bars(exercises: list[Exercise]) -> str:
    """Return one horizontal bar for each exercise, its share written beside it."""
    parts = []
    for number, exercise in enumerate(exercises):
        top, width = 24 * number, 360 * exercise.passed
        parts.append(
            f'<text x="0" y="{top + 15}">{escape(exercise.name[:36])}</text>'
            f'<rect class="bar" x="260" y="{top + 3}" width="{width:.1f}" height="16"/>'
            f'<text x="{266 + width:.1f}" y="{top + 15}">{exercise.passed:.0%}</text>'
        )
    said = "; ".join(f"{e.name}: {e.passed:.0%}" for e in exercises)
    return _svg(680, 24 * len(exercises), f"Share with full points. {said}", parts)


def _histogram(found: Figures) -> str:
    """Return how many submissions have how many points, in ten classes of equal width."""
    counts = [0] * BINS
    for total in found.totals:
        counts[min(BINS - 1, int(BINS * total / found.maximum) if found.maximum else 0)] += 1
    parts, most = [], max(counts) or 1
    for number, count in enumerate(counts):
        left, height = 64 * number + 20, 120 * count / most
        middle = left + 28
        parts.append(
            f'<rect class="bar" x="{left}" y="{140 - height:.1f}" width="56" height="{height:.1f}"/>'
            f'<text x="{middle}" y="{134 - height:.1f}" text-anchor="middle">{count}</text>'
            f'<text x="{left}" y="158" text-anchor="middle">{found.maximum * number / BINS:g}</text>'
        )
    parts.append(
        f'<text x="660" y="158" text-anchor="middle">{found.maximum:g}</text>'
        '<line x1="20" y1="140" x2="660" y2="140"/>'
    )
    said = ", ".join(
        f"{count} from {found.maximum * n / BINS:g}" for n, count in enumerate(counts) if count
    )
    return _svg(680, 170, f"Submissions by points: {said or 'none'}", parts)


def _svg(width: int, height: int, said: str, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(said)}">'
        f"<title>{escape(said)}</title>{''.join(parts)}</svg>"
    )
