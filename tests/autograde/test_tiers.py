"""The sandbox that a machine gets: the best that works there, and none without saying so."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograde.processes import Zygote
from autograde.sandbox import bubblewrap, landlock, tiers, watch
from autograde.sandbox.inside import MB, Limits
from tests.autograde import attacks
from tests.autograde.tiny import FULL, graded, points, text

ROOT = Path(__file__).resolve().parents[2]
USER = "60002"
GRADE = """
import json, sys
from autograde.processes import Zygote
from autograde.sandbox import tiers
from tests.autograde.tiny import graded, points, text
ATTACK = '''
import ctypes, os, socket
for path in {paths!r}:
    try: print("READ", os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(9))
    except OSError: pass
for folder in {folders!r}:
    try: open(folder + "/written-by-a-submission", "w").close(); print("WROTE", folder)
    except OSError: pass
try: os.kill(0, 0); print("alone")
except OSError: pass
if ctypes.CDLL(None).unshare(0x10000000) == 0: print("CALLED")
try: socket.create_connection(("127.0.0.1", {port}), 1); print("CONNECTED")
except OSError: pass
print([name for name in os.listdir("/proc") if name.isdigit()])
os.kill(0, 15) if os.getpid() != 1 else None
'''
said = []
for tier in (tiers.BUBBLEWRAP, tiers.LANDLOCK):
    with Zygote(tier) as zygote:
        honest = graded(zygote)
        attack = graded(zygote, {{"double": "pass"}}, [(1, ATTACK)])
        said.append([points(honest), points(attack), text(attack, "READ"), tiers.find().name])
print(json.dumps(said))
"""
# Root's own Python may lie where nobody else may look: give the user a copy of the way to it.
AS_USER = """
set -e
aside=$1 closed=$2 kept=$3; shift 3
if [ -n "$closed" ]; then
    mount --bind "$closed" "$aside"
    mount -t tmpfs -o mode=755 tmpfs "$closed"
    for path in $kept; do
        mkdir -p "$closed/$path"
        mount --bind "$aside/$path" "$closed/$path"
    done
fi
exec setpriv --reuid USER --regid USER --clear-groups --inh-caps -all --bounding-set -all "$@"
""".replace("USER", USER)


def as_user(command, aside):
    """Return a command that runs `command` as an ordinary user."""
    if os.getuid() != 0:
        return command
    wanted = [*map(Path, bubblewrap.python_paths()), ROOT]
    closed = {str(up) for path in wanted for up in path.parents if not up.stat().st_mode & 1}
    assert len(closed) <= 1, closed
    top = min(closed, default="")
    kept = [str(path.relative_to(top)) for path in wanted if top and path.is_relative_to(top)]
    script = ["sh", "-c", AS_USER, "sh", str(aside), top, " ".join(kept)]
    return ["unshare", "--mount", "--propagation", "private", *script, *command]


@pytest.mark.slow
def test_an_ordinary_user_has_both_tiers(tmp_path):
    """With bubblewrap and without, right answers get full marks, and the machine is out of an attack's reach."""
    paths = ["/etc/passwd", "/home", "/var", "/run", str(ROOT / "lessons"), str(ROOT / ".git")]
    folders = ["/", "/dev", "/usr", "/var", "/run", str(ROOT / "autograde")]
    if not ROOT.is_relative_to("/tmp"):  # there the way to the code is in the private /tmp
        folders.append(str(ROOT))
    env = bubblewrap.environment() | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    env["PATH"] += ":/usr/sbin:/sbin"
    with socket.create_server(("127.0.0.1", 0)) as door:
        code = GRADE.format(paths=paths, folders=folders, port=door.getsockname()[1])
        command = as_user([sys.executable, "-c", code], tmp_path)
        done = subprocess.run(command, capture_output=True, text=True, env=env, cwd="/tmp")
    assert done.returncode == 0, done.stderr

    for honest, attacked, shown, tier in json.loads(done.stdout):
        assert honest == FULL
        assert attacked == {"check-bucket": 2, "check-double": 0, "check-answer": 2}
        assert tier == tiers.BUBBLEWRAP.name
        assert "'1'" in shown
        assert not any(word in shown for word in ("READ", "WROTE", "CALLED", "CONNECTED"))
    assert not (ROOT / "written-by-a-submission").exists()


# A dozen of the attacks, for what namespaces would have kept away, and two honest submissions.
CHOSEN = (
    "full_marks or commands_reach or share_nothing or crash or parents or daemon or closed or forks"
    " or machine or outside or port or hidden or forged"
)
ATTACKED = f"""
import sys, pytest
from autograde.sandbox import tiers
print(tiers.find().name, flush=True)
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--basetemp", sys.argv[1], "-k", {CHOSEN!r},
                      "tests/autograde/test_attacks.py", "tests/autograde/test_grade.py"]))
"""


@pytest.mark.slow
@pytest.mark.skipif(landlock.version() < landlock.ISOLATES, reason="an old kernel: no such tier")
def test_attacks_fail_where_namespaces_are_forbidden_too():
    """The machine forbids new namespaces: the third tier is found, honest work earns its marks, attacks fail."""
    env = bubblewrap.environment() | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    env["PATH"] += ":/usr/sbin:/sbin"
    forbidding = ["bwrap", "--unshare-user", "--disable-userns", "--dev-bind", "/", "/", "--"]
    # Where an ordinary user may write, and with no name that an attack looks for.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "aside").mkdir()
        if os.getuid() == 0:
            os.chown(folder, int(USER), int(USER))
        run = [sys.executable, "-c", ATTACKED, f"{folder}/tests"]
        command = as_user([*forbidding, *run], f"{folder}/aside")
        done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT)

    assert done.stdout.splitlines()[0] == tiers.WALLED.name, done.stderr
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


@pytest.fixture
def fresh():
    """Look for a tier anew, in the test and after it."""
    tiers._best.cache_clear()
    yield
    tiers._best.cache_clear()


def test_other_systems_are_refused(fresh, monkeypatch):
    """Without Linux there is no sandbox, and the message says what to do."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(tiers.NoSandbox, match="needs Linux, this is darwin"):
        tiers.find()


def test_each_tier_says_what_it_lacks(fresh, monkeypatch):
    """Root without bubblewrap has no sandbox; the message names the package to install."""
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(tiers.os, "getuid", lambda: 0)
    monkeypatch.setattr(tiers, "_tried", lambda command: "it cannot read Python")
    with pytest.raises(
        tiers.NoSandbox,
        match=r"apt-get install bubblewrap; without bubblewrap, .*cannot read Python",
    ):
        tiers.find()


def test_the_kernel_s_own_words_are_the_reason(fresh, monkeypatch):
    """A machine that forbids namespaces is refused with what bubblewrap and the kernel have said."""
    monkeypatch.setattr(
        tiers.bubblewrap, "argv", lambda command: ["sh", "-c", "echo no map >&2; exit 1"]
    )
    monkeypatch.setattr(tiers, "_landlock", lambda: "unshare: Operation not permitted")
    monkeypatch.setattr(tiers, "_walled", lambda: "landlock: Function not implemented")
    with pytest.raises(tiers.NoSandbox, match="sh: no map; unshare: Operation not permitted; land"):
        tiers.find()


def test_without_bubblewrap_landlock_is_taken(fresh, monkeypatch):
    """The second tier is found where the first is not installed."""
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(tiers, "_landlock", lambda: "")

    assert tiers.find() is tiers.LANDLOCK


def test_unsandboxed_is_a_permission_and_no_wish(fresh, monkeypatch):
    """Where a sandbox works it is used all the same; where none does, nothing runs unless that was allowed."""
    works = tiers.find(unsandboxed=True)
    tiers._best.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(tiers.NoSandbox, match="--unsandboxed"):
        tiers.find()

    assert works is not tiers.NONE
    assert tiers.find(unsandboxed=True) is tiers.NONE


WINDOWS = """
import os, sys
import distributed, nbgrader.apps
for name in ("fcntl", "resource", "pyseccomp"):
    sys.modules[name] = None
sys.platform = "win32"
del os.fork
from autograde.command import main
main()
"""


@pytest.mark.slow
def test_windows_is_told_why(tmp_path):
    """The command starts without what only Unix has, and says where else to grade."""
    command = [sys.executable, "-c", WINDOWS, "tiny", "--unsandboxed"]
    env = bubblewrap.environment() | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path)

    assert done.returncode == 2, done.stderr
    assert "win32 cannot fork processes: grade on Linux, or in its WSL" in done.stderr


@pytest.fixture(scope="module")
def bare():
    """A warm process without a sandbox."""
    with Zygote(tiers.NONE) as warm:
        yield warm


def running(zygote):
    """Return the processes that descend from a warm one, without the other warm one, which labs come from."""
    return watch.members(zygote.process.pid, watch.children())[2:]


SHOW = "import os, tempfile\nprint([os.getpid(), tempfile.gettempdir()])"


@pytest.mark.slow
def test_without_a_sandbox_the_learner_s_process_is_still_its_own(bare):
    """The marks are the same, cells and checks are in two processes, and nothing of a submission is left."""
    honest = graded(bare, {"bucket": "!aws s3 mb s3://learner-bucket"}, [(3, SHOW)])
    patched = graded(bare, {"double": "pass"}, [(1, attacks.RIGGED["score patched"][0])])
    daemon = graded(bare, {"double": "pass"}, [(1, attacks.ENDING["a daemon"][0])])
    process, folder = json.loads(text(honest, SHOW))[0][0]["text"].strip("[]\n ").split(", ")

    assert points(honest) == FULL
    assert points(patched) == points(daemon) == FULL | {"check-double": 0}
    assert int(process) not in (os.getpid(), bare.process.pid)
    assert not Path(folder.strip("'")).exists()
    assert running(bare) == []


@pytest.mark.slow
def test_without_a_sandbox_memory_and_time_are_bounded_all_the_same(bare):
    """A fork bomb is ended with everything that it has started, and so is what uses too much memory."""
    bomb = "import os\nfor _ in range(5): os.fork()\nwhile True: pass"
    busy = graded(bare, {"double": "pass"}, [(1, bomb)], Limits(cpu=3))
    large = "x = bytearray(os.urandom(300 * 10**6))\nwhile True: pass"
    full = graded(bare, {"double": "pass"}, [(1, "import os\n" + large)], Limits(memory=250 * MB))

    assert "more CPU time" in "\n".join(busy.evidence)
    assert "more memory" in "\n".join(full.evidence)
    assert points(busy)["check-bucket"] == points(full)["check-bucket"] == 2
    assert running(bare) == []


@pytest.mark.slow
def test_without_a_sandbox_a_grading_that_is_given_up_leaves_nothing():
    """A worker that ends in the middle of a submission ends its processes, and removes their folders."""
    with Zygote(tiers.NONE) as warm:
        learner = warm.start("learner", Limits(), folder={}, commands=True)
        learner.channel.receive(30)
        learner.channel.send({"run": "print(__import__('os').getcwd(), flush=True)"})
        folder = learner.channel.receive(30)["outputs"][0]["text"].strip()
        learner.channel.send({"run": "while True: pass"})
        there, processes = Path(folder).exists(), running(warm)
    learner.channel.close()

    assert there
    assert not Path(folder).parent.exists()
    assert len(processes) >= 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in processes)


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no landlock")
def test_landlock_opens_only_what_it_names(tmp_path):
    """A process with landlock reads one folder, writes one, and opens nothing else."""
    for name in ("read", "write", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    code = """
import sys
from autograde.sandbox import landlock
landlock.restrict([sys.argv[1] + "/read"], [sys.argv[1] + "/write"])
for name in ("read", "write", "other"):
    for mode in ("r", "r+"):
        try: open(f"{sys.argv[1]}/{name}/file", mode).close(); print(name, mode)
        except OSError: pass
"""
    env = bubblewrap.environment() | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, env=env
    )

    assert done.stdout.splitlines() == ["read r", "write r", "write r+"], done.stderr
