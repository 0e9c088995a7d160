"""What `awslab` shows, and which way its parts may look."""

import ast
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

import awslab

ROOT = Path(__file__).resolve().parent.parent
PROMISED = [
    "Cloud",
    "LabError",
    "LabGone",
    "RealAWSRefused",
    "draw",
    "key_points",
    "learner",
    "progress",
    "quiz",
    "recall",
]
PROMISED += ["rehearse", "review", "score", "start", "stop"]
# Names that are both a module of the package and something in it.
SHADOWED = sorted(name for name in PROMISED if (ROOT / f"awslab/{name}.py").exists())


def test_the_public_names_are_those_promised():
    """`__all__` is the whole face of the package, sorted, and each name is there."""
    assert sorted(awslab.__all__) == sorted(PROMISED)
    assert set(PROMISED) <= set(dir(awslab))
    assert all(getattr(awslab, name) is not None for name in awslab.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    """A slip gets Python's usual error."""
    with pytest.raises(AttributeError, match=r"module 'awslab' has no attribute 'strat'"):
        awslab.strat  # noqa: B018


ORDERS = [*SHADOWED, "cloud", "lab", "guard", "show.ecr", "cards"]
CHECK = """
import awslab, types
names = {names!r}
print([n for n in names if isinstance(getattr(awslab, n), types.ModuleType)])
"""


@pytest.mark.slow
@pytest.mark.parametrize("first", ORDERS)
def test_a_name_is_never_the_module_of_that_name(first):
    """`from awslab import score` is the function, whatever was imported before."""
    imports = [f"import awslab.{name}" for name in (first, *SHADOWED)]
    script = "\n".join([*imports, CHECK.format(names=PROMISED)])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.slow
def test_the_package_itself_is_light():
    """`docker` and `aws` import it at every call: neither boto3 nor moto nor IPython comes along."""
    script = "import awslab, sys; print([m for m in ('boto3', 'botocore', 'moto', 'IPython') "
    script += "if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("[]\n", "")


def imported(path):
    """Return the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(*patterns):
    """Return the Python files of the repository that match."""
    return sorted(itertools.chain.from_iterable(ROOT.glob(pattern) for pattern in patterns))


def within(module, packages):
    """Tell whether a module is one of the packages or in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def breaches(paths, forbidden):
    """Return `file: module` for every import that goes the wrong way."""
    return [
        f"{path.relative_to(ROOT)}: {module}"
        for path in paths
        for module in imported(path)
        if forbidden(module)
    ]


def test_the_world_is_pure():
    """The rules of AWS need the standard library, networkx and simpy; no moto, no boto3, no other part."""
    allowed = {*sys.stdlib_module_names, "networkx", "simpy"}
    impure = {"socket", "subprocess", "threading", "time", "urllib.request", "http.client", "os"}

    def forbidden(module):
        known = module.split(".")[0] in allowed or within(module, ["awslab.world"])
        return (not known and module != "awslab") or within(module, impure)

    assert files("awslab/world/*.py")
    assert breaches(files("awslab/world/**/*.py"), forbidden) == []


ARROWS = {
    "show draws plain data": (["awslab/show/**/*.py"], ["awslab.world", "awslab.show"]),
    "the server stands on the world": (
        ["awslab/server/**/*.py"],
        ["awslab.world", "awslab.server"],
    ),
    "the guard stands alone": (["awslab/guard/**/*.py"], ["awslab.guard"]),
}


@pytest.mark.parametrize("arrow", ARROWS)
def test_arrows_point_one_way(arrow):
    """A part imports only what is below it."""
    patterns, below = ARROWS[arrow]

    def forbidden(module):
        return within(module, ["awslab"]) and module != "awslab" and not within(module, below)

    assert files(*patterns)
    assert breaches(files(*patterns), forbidden) == []


def test_the_learners_side_speaks_to_the_lab_over_http_only():
    """Nothing outside the server imports it: the lab is another process."""
    paths = [p for p in files("awslab/**/*.py") if "server" not in p.relative_to(ROOT).parts]

    assert breaches(paths, lambda module: within(module, ["awslab.server", "moto"])) == []


@pytest.mark.parametrize("package", ["authoring", "autograde"])
def test_nothing_in_the_course_needs_its_makers(package):
    """`authoring` and `autograde` import awslab, never the other way round."""
    assert breaches(files("awslab/**/*.py"), lambda module: within(module, [package])) == []


def test_grading_needs_no_author():
    """Nobody imports `authoring`."""
    assert breaches(files("autograde/**/*.py"), lambda module: within(module, ["authoring"])) == []


def test_grading_uses_the_public_face():
    """`autograde` imports awslab's public names, and of the server only what it has for graders."""
    closed = ["awslab.server", "awslab.world", "awslab.guard", "moto"]
    private = breaches(
        files("autograde/**/*.py"),
        lambda module: within(module, closed) and not within(module, ["awslab.server.hosting"]),
    )

    assert private == []
