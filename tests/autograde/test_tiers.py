"""The sandbox that a machine gets: the best that works there, and none without saying so."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograde.sandbox import bubblewrap, landlock, tiers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fresh():
    """Look for a tier anew, in the test and after it."""
    tiers.find.cache_clear()
    yield
    tiers.find.cache_clear()


def test_other_systems_are_refused(fresh, monkeypatch):
    """Without Linux there is no sandbox, and the message says what to do."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(tiers.NoSandbox, match="needs Linux, this is darwin"):
        tiers.find()


def test_each_tier_says_what_it_lacks(fresh, monkeypatch):
    """Root without bubblewrap has no sandbox; the message names the package to install."""
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(tiers.os, "getuid", lambda: 0)
    with pytest.raises(
        tiers.NoSandbox, match="apt-get install bubblewrap; without bubblewrap, root"
    ):
        tiers.find()


def test_the_kernel_s_own_words_are_the_reason(fresh, monkeypatch):
    """A machine that forbids namespaces is refused with what bubblewrap and the kernel have said."""
    monkeypatch.setattr(
        tiers.bubblewrap, "argv", lambda command: ["sh", "-c", "echo no map >&2; exit 1"]
    )
    monkeypatch.setattr(tiers, "_landlock", lambda: "unshare: Operation not permitted")
    with pytest.raises(tiers.NoSandbox, match="sh: no map; unshare: Operation not permitted"):
        tiers.find()


def test_without_bubblewrap_landlock_is_taken(fresh, monkeypatch):
    """The second tier is found where the first is not installed."""
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(tiers, "_landlock", lambda: "")

    assert tiers.find() is tiers.LANDLOCK


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
