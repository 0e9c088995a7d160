"""What grading a class costs: `autograde` beside stock `nbgrader autograde`, on the same submissions in one run.

    .venv/bin/python benchmarks/grading.py [--assignment NAME] [--submissions 60] [--large 1000] [--otter FOLDER]

The submissions are the model answers with a seeded part of them left as handed out, each with a name of its own.
Stock nbgrader grades them one after the other, then `autograde` does with one worker and with two; marks and comments
in the three gradebooks are compared.
"A minute" counts the whole command, its start too; "warm" is from the first result to the last, for both.
`jupyter execute` and `otter run` show what running a notebook costs; otter-grader is looked for in FOLDER, where
`pip install --target FOLDER otter-grader` has put it: its versions of packages are not those of the course.
It prints tables in Markdown and ends by itself; exit code 1 when a limit is not met or a mark differs.
"""

import argparse
import json
import os
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RATIO_LIMIT = 30  # times the submissions a minute of stock nbgrader, both warm
FIRST_LIMIT = 5.0  # seconds from the command to the first recorded result
SCALE_LIMIT = 1.8  # of two workers against one
OTHERS = 3  # submissions for `jupyter execute` and `otter run`
SEED = 63


class Course:
    """A course folder with one assignment and its submissions."""

    def __init__(self, root: Path, assignment: str) -> None:
        self.root, self.assignment = root, assignment
        root.mkdir()
        shutil.copy(ROOT / "nbgrader_config.py", root)
        shutil.copytree(ROOT / "source" / assignment, root / "source" / assignment)
        self.run("nbgrader", "generate_assignment", assignment, "--force")

    def run(self, *command: str, **more: str) -> str:
        """Run a program of this environment in the course folder, with `more` in its environment; return its output."""
        paths = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        own = {"PATH": paths, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(self.root)}
        done = subprocess.run(
            command, cwd=self.root, env=os.environ | own | more, text=True, capture_output=True
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def hand_in(self, count: int) -> None:
        """Write submissions: the model answers, a fifth of them left out, by a seed."""
        name = f"{self.assignment}.ipynb"
        source = json.loads((self.root / "source" / self.assignment / name).read_text())
        released = json.loads((self.root / "release" / self.assignment / name).read_text())
        answers = {cell["id"]: cell["source"] for cell in source["cells"]}
        for number in range(count):
            chance = random.Random(SEED + number)
            notebook = json.loads(json.dumps(released))
            for cell in notebook["cells"]:
                settings = cell["metadata"].get("nbgrader", {})
                if settings.get("solution") and chance.random() < 0.8:
                    cell["source"] = answers[cell["id"]]
                if "".join(cell["source"]).startswith('NAME = ""'):
                    cell["source"] = f'NAME = "student-{number}"'
            folder = self.root / "submitted" / f"student-{number:04}" / self.assignment
            folder.mkdir(parents=True)
            (folder / name).write_text(json.dumps(notebook))

    def ended(self) -> list[float]:
        """Return when each graded notebook was written, in order."""
        return sorted(path.stat().st_mtime for path in self.root.glob("autograded/*/*/*.ipynb"))

    def marks(self) -> list[tuple[Any, ...]]:
        """Return every mark and comment in the gradebook."""
        with sqlite3.connect(self.root / "gradebook.db") as database:
            marks = database.execute(
                "select s.student_id, c.name, g.auto_score, g.needs_manual_grade from grade g "
                "join base_cell c on c.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id "
                "join submitted_assignment s on s.id = n.assignment_id order by 1, 2"
            ).fetchall()
            comments = database.execute(
                "select s.student_id, c.name, m.auto_comment from comment m "
                "join base_cell c on c.id = m.cell_id join submitted_notebook n on n.id = m.notebook_id "
                "join submitted_assignment s on s.id = n.assignment_id order by 1, 2"
            ).fetchall()
        return marks + comments


def grade(course: Course, workers: int, cores: int = 2) -> dict[str, Any]:
    """Grade a course with `autograde` in a process of its own; return what `one_run` prints."""
    arguments = (course.assignment, str(workers), str(cores))
    shown = course.run(sys.executable, __file__, "--one-run", *arguments)
    return json.loads(shown.splitlines()[-1])


def one_run(assignment: str, workers: int, cores: int) -> None:
    """Do what `autograde ASSIGNMENT --workers N` does, and print when each submission was recorded, CPU and memory."""
    began = time.time() - _age()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])  # of all that it starts, too
    from autograde.command import load_modules
    from autograde.sandbox import tiers
    from autograde.workers import Shared

    ended: list[float] = []
    memory, helpers, seconds, cpu = 0.0, 0.0, [], 0.0
    with Shared(tiers.find()):
        course, run = load_modules()
        config, _ = course.load()
        options, of = run.Options(assignment, workers=workers), [0]
        for outcome in run.run(options, config, lambda done, count: of.append(count)):
            ended.append(time.time() - began)
            seconds.append(outcome.seconds)
            cpu += outcome.cpu
            # Once each: looking at every process takes as long as a tenth of a submission, in the writer's process.
            if len(ended) == of[-1] // 2:
                memory = _memory()
            if len(ended) == of[-1]:
                helpers = _helpers()
    used = resource.getrusage(resource.RUSAGE_SELF)
    result = {"wall": time.time() - began, "ended": ended, "seconds": seconds, "memory": memory}
    result["workers"] = workers
    cpu_of = {"sandboxed": cpu, "main": used.ru_utime + used.ru_stime, "helpers": helpers}
    print(json.dumps(result | cpu_of))


def _age() -> float:
    """Return the seconds since this process was started: its imports are part of the command."""
    ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    return float(Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


def _helpers() -> float:
    """Return the CPU seconds of the workers, Dask's others, and the warm process with all that it has forked."""
    from autograde.sandbox import watch

    return sum(watch.cpu(pid) for pid in watch.members(os.getpid(), watch.children())[1:])


def _memory() -> float:
    """Return the MB that this process's descendants hold, shared pages counted once."""
    from autograde.sandbox import watch

    total = 0
    for pid in watch.members(os.getpid(), watch.children()):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def others(course: Course, otter: str | None) -> list[tuple[str, float]]:
    """Return seconds a submission of programs that only run notebooks, or run them without a sandbox."""
    paths = sorted(course.root.glob(f"submitted/*/*/{course.assignment}.ipynb"))[:OTHERS]
    rows = []
    for name, run in {"jupyter execute": _execute, "otter run": _otter}.items():
        found = []
        for path in paths if otter or run is _execute else []:
            began = time.perf_counter()
            run(course, str(path), otter)
            found.append(time.perf_counter() - began)
        rows += [(f"`{name}`", statistics.median(found))] if found else []
    return rows


def _execute(course: Course, path: str, otter: str | None) -> None:
    course.run("jupyter", "execute", "--allow-errors", path)


def _otter(course: Course, path: str, otter: str) -> None:
    """Have otter run a notebook with its own checks, and give it one that has nothing to do."""
    archive = course.root / "otter.zip"
    test = {"suites": [{"cases": [{"code": ">>> 1 + 1\n2"}]}], "name": "q1", "points": 1}
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("otter_config.json", json.dumps({"show_hidden": True}))
        file.writestr("tests/q1.py", f"OK_FORMAT = True\ntest = {test!r}\n")
    cli = (sys.executable, "-c", "from otter.cli import cli; cli()", "run", path)
    where = os.pathsep.join((str(ROOT), otter))
    course.run(*cli, "-a", str(archive), "-o", str(course.root), PYTHONPATH=where)
    if "Autograder Failed" in (course.root / "results.json").read_text():
        raise SystemExit(f"otter-grader in {otter} did not run {path}")


def table(head: str, rows: list[tuple[Any, ...]]) -> None:
    """Print a table in Markdown."""
    names = head.split("|")
    print("\n| " + " | ".join(names) + " |\n|" + " --- |" * len(names))
    for row in rows:
        cells = (f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row)
        print("| " + " | ".join(cells) + " |")


def described(name: str, count: int, stock: float, warm: float, run: dict[str, Any]) -> tuple:
    """Return one row of the main table; `stock` is its wall, `warm` its submissions a second."""
    times = sorted(run["seconds"])
    return (
        name,
        60 * count / run["wall"],
        stock / run["wall"],
        60 * _rate(run["ended"]),
        _rate(run["ended"]) / warm,
        run["ended"][0],
        statistics.median(times),
        times[int(0.95 * (len(times) - 1))],
        (run["main"] + run["helpers"]) / count,
        f"{run['memory'] / run['workers']:.0f}",
    )


def compare(place: Path, assignment: str, count: int, otter: str | None) -> bool:
    """Measure one assignment and print it; return whether every limit was met."""
    courses = [Course(place / f"{assignment}-{i}", assignment) for i in range(4)]
    for course in courses:
        course.hand_in(count)
    began = time.perf_counter()
    courses[0].run("nbgrader", "autograde", assignment, AUTOGRADE_STOCK="1")
    stock = time.perf_counter() - began
    one, two, half = grade(courses[1], 1), grade(courses[2], 2), grade(courses[3], 1, cores=1)
    marks = [course.marks() for course in courses]
    same = all(found == marks[0] for found in marks)
    print(f"\n## {assignment}, {count} submissions\n")
    print(f"Marks and comments: {len(marks[0])}, {'equal' if same else 'NOT EQUAL'}.")
    head = "Way|A minute|Times stock|Warm, a minute|Times stock|First result, s|p50, s|p95, s|CPU each, s|MB a worker"
    warm = _rate(courses[0].ended())
    first = ("stock `nbgrader autograde`", 60 * count / stock, 1.0, 60 * warm, 1.0)
    rows = [(*first, "", 1 / warm, "", "", "")]
    rows += [
        described("`autograde`, 1 worker", count, stock, warm, one),
        described("`autograde`, 2 workers", count, stock, warm, two),
        described("`autograde`, 1 worker, all on 1 core", count, stock, warm, half),
    ]
    rows += [
        (name, 60 / each, stock / count / each, "", "", "", each, "", "", "")
        for name, each in others(courses[0], otter)
    ]
    table(head, rows)
    parts = [
        ("learner, checks and lab, sandboxed", one["sandboxed"] / count),
        ("the gradebook's writer, its start", one["main"] / count),
        (
            "workers, Dask, the warm process; their start",
            (one["helpers"] - one["sandboxed"]) / count,
        ),
    ]
    table("Where the CPU goes, 1 worker|s each", parts)
    ratio = _rate(two["ended"]) / warm
    scale, cores = (_rate(two["ended"]) / _rate(run["ended"]) for run in (one, half))
    limits = [
        ("marks and comments equal", "", same),
        (f"warm, at least {RATIO_LIMIT} times stock", ratio, ratio >= RATIO_LIMIT),
        (f"first result in {FIRST_LIMIT:g} s", two["ended"][0], two["ended"][0] <= FIRST_LIMIT),
        (f"two workers, warm, at least {SCALE_LIMIT} times one", scale, scale >= SCALE_LIMIT),
        (
            f"two on two cores, warm, at least {SCALE_LIMIT} times one on one",
            cores,
            cores >= SCALE_LIMIT,
        ),
    ]
    table("Limit|Measured|Met", [(*row, "yes" if met else "NO") for *row, met in limits])
    return all(met for *_, met in limits)


def _rate(ended: list[float]) -> float:
    """Return submissions a second between the first and the last result."""
    return (len(ended) - 1) / (ended[-1] - ended[0])


def machine() -> float:
    """Return how many times as much two busy processes do here as one: two cores are not always two."""
    text = json.dumps({str(number): [number] * 20 for number in range(3000)})

    def busy(processes: int) -> float:
        began, started = time.perf_counter(), []
        for _ in range(processes):
            if (pid := os.fork()) == 0:
                for _ in range(100):
                    json.loads(text)
                os._exit(0)
            started.append(pid)
        for pid in started:
            os.waitpid(pid, 0)
        return time.perf_counter() - began

    return statistics.median(2 * busy(1) / busy(2) for _ in range(5))


def many(place: Path, assignment: str, count: int) -> None:
    """Grade a large class and print what a submission costs along the way."""
    course = Course(place / f"{assignment}-many", assignment)
    course.hand_in(count)
    ended = grade(course, 2)["ended"]
    step = max(1, count // 10)
    rows = []
    for number in range(step, count + 1, step):
        spent = ended[number - 1] - (ended[number - step - 1] if number > step else 0)
        rows.append((f"{number - step + 1} to {number}", spent / step))
    print(f"\n## {assignment}, {count} submissions, 2 workers: {ended[-1]:.0f} s")
    table("Submissions|s each", rows)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assignment", action="append", help="default: 6.3-interview")
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--otter", metavar="FOLDER", help="where otter-grader is")
    parser.add_argument("--large", type=int, default=1000, help="0 leaves it out")
    parser.add_argument(
        "--one-run", nargs=3, metavar=("ASSIGNMENT", "WORKERS", "CORES"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.one_run:
        one_run(options.one_run[0], *map(int, options.one_run[1:]))
        return 0
    names = options.assignment or ["6.3-interview"]
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start.")
    print(f"Two busy processes do {machine():.1f} times as much as one.")
    with tempfile.TemporaryDirectory() as folder:
        met = [compare(Path(folder), name, options.submissions, options.otter) for name in names]
        if options.large:
            many(Path(folder), names[0], options.large)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
