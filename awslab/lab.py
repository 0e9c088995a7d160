"""Start a lab, or attach to one, and point this process and its children at it.

LabError
└── LabNotStarted   the lab process did not come up; carries what it wrote
"""

import atexit
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from awslab import control
from awslab.world.account import ADMINISTRATOR, REGION

START_LIMIT = 60  # seconds; a cold start on a slow disk takes a few
_HERE = Path(__file__).resolve().parent
_COMMANDS = {"aws": "awslab.cli.aws", "docker": "awslab.cli.docker"}
# Set by an employer's or a university's machine, any of these could lead a client past the lab.
_STRAY = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_CA_BUNDLE",
)


class LabError(RuntimeError):
    """The lab could not be reached; the message says what to do."""


class LabNotStarted(LabError):
    """The lab process did not come up."""


class Lab:
    """A running lab: its address, its private folder and, when this process started it, its process."""

    def __init__(self, endpoint: str, home: Path, process: subprocess.Popen | None) -> None:
        self.endpoint, self.home, self.process = endpoint, home, process

    def alive(self) -> bool:
        """Tell whether the lab still answers."""
        if self.process is not None and self.process.poll() is not None:
            return False
        try:
            control.ask(self.endpoint, "status")
        except ConnectionError:
            return False
        return True

    def forget_docker(self) -> None:
        """Remove the images and logins of the `docker` stand-in."""
        shutil.rmtree(self.home / "docker", ignore_errors=True)

    def stop(self) -> None:
        """End the lab process, if this process started it, and remove its folder."""
        if self.process is not None:
            if self.process.stdin:
                self.process.stdin.close()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()
        shutil.rmtree(self.home, ignore_errors=True)


_lab: Lab | None = None
_environment_before: dict[str, str] | None = None


def start() -> "Lab":
    """Return this kernel's lab: the running one, the one that AWSLAB_ENDPOINT names, or a new process.

    Raises LabError when AWSLAB_ENDPOINT names no lab, LabNotStarted when the process fails.
    """
    global _lab
    if _lab is not None and _lab.alive():
        return _lab
    given = os.environ.get("AWSLAB_ENDPOINT") if _lab is None else None
    _lab = _attach(given) if given else _spawn()
    _point_at(_lab)
    return _lab


def stop() -> None:
    """End this kernel's lab and give the process its environment back.

    The guard of this process stays: a cell run again by mistake must not find the real AWS instead.
    """
    global _lab, _environment_before
    if _lab is None:
        return
    from awslab import waiting

    waiting.uninstall()
    _lab.stop()
    _lab = None
    if _environment_before is not None:
        os.environ.clear()
        os.environ.update(_environment_before)
        _environment_before = None


def _attach(endpoint: str) -> Lab:
    endpoint = endpoint.rstrip("/")
    try:
        control.ask(endpoint, "status")
    except ConnectionError as error:
        raise LabError(
            f"AWSLAB_ENDPOINT is set to {endpoint}, but no lab answers there. "
            "Start that lab, or unset AWSLAB_ENDPOINT to get a lab of your own."
        ) from error
    lab = Lab(endpoint, Path(tempfile.mkdtemp(prefix="awslab-")), None)
    atexit.register(lab.stop)
    return lab


def _spawn() -> Lab:
    home = Path(tempfile.mkdtemp(prefix="awslab-"))
    with open(home / "lab.log", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslab.server", "--home", str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=_environment_of_the_process(),
            # Ctrl-C in a terminal is for the kernel; the lab ends when the kernel does.
            start_new_session=True,
        )
    # 0.4 s that every notebook needs anyway, while the lab starts.
    import boto3  # noqa: F401

    from awslab import guard, waiting  # noqa: F401

    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], START_LIMIT)
    line = process.stdout.readline() if ready else ""
    if not line:
        process.kill()
        process.communicate()
        wrote = (home / "lab.log").read_text()[-2000:]
        shutil.rmtree(home, ignore_errors=True)
        raise LabNotStarted(
            f"The lab did not start (exit code {process.returncode}). It wrote:\n{wrote or '(nothing)'}\n"
            "Restart the kernel and run this cell again; if it stays, run `make lab` anew."
        )
    lab = Lab(f"http://127.0.0.1:{json.loads(line)['port']}", home, process)
    atexit.register(lab.stop)
    return lab


def _environment_of_the_process() -> dict[str, str]:
    """Return this environment without AWS's settings: moto uses botocore inside, and a profile would mislead it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    return kept | files | {"AWS_EC2_METADATA_DISABLED": "true"}


def _point_at(lab: Lab) -> None:
    global _environment_before
    if _environment_before is None:
        _environment_before = dict(os.environ)
    _write_files(lab)
    for name in [n for n in os.environ if n in _STRAY or n.startswith("AWS_ENDPOINT_URL")]:
        del os.environ[name]
    os.environ.update(_environment(lab))
    from awslab import guard, notebook, waiting

    guard.install(lab.endpoint)
    waiting.install(lab.endpoint)
    notebook.shorten_tracebacks()
    # boto3's own default session keeps the endpoint and credentials that it saw first.
    import boto3

    boto3.DEFAULT_SESSION = None


def _write_files(lab: Lab) -> None:
    home = lab.home
    # Load balancers of the lab end TLS with certificates that this authority signs.
    (home / "ca.pem").write_text(control.ask(lab.endpoint, "ca")["pem"])
    (home / "bin").mkdir(exist_ok=True)
    # A grader runs the commands in a process that has them imported.
    run = os.environ.get("AWSLAB_RUN") or f'"{sys.executable}" -m'
    for command, module in _COMMANDS.items():
        script = home / "bin" / command
        script.touch(0o755)  # one of the grader's sandboxes does without chmod
        script.write_text(f'#!/bin/sh\nexec {run} {module} "$@"\n')
        script.chmod(0o755)
    (home / "aws-config").write_text(
        f"[default]\nregion = {REGION}\noutput = json\ncli_timestamp_format = iso8601\n"
    )
    (home / "aws-credentials").touch()


def _environment(lab: Lab) -> dict[str, str]:
    before = _environment_before or {}
    path = os.pathsep.join([str(lab.home / "bin"), before.get("PATH", os.defpath)])
    python_path = [str(_HERE / "guard" / "site"), str(_HERE.parent), before.get("PYTHONPATH", "")]
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    bundles = ("AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
    loopback = "127.0.0.1,localhost,::1"
    authority = dict.fromkeys(bundles, str(lab.home / "ca.pem"))
    return (
        dict.fromkeys(proxies, lab.endpoint)
        | authority
        | {
            "AWSLAB_ENDPOINT": lab.endpoint,
            "AWSLAB_HOME": str(lab.home),
            "AWS_ENDPOINT_URL": lab.endpoint,
            "AWS_ACCESS_KEY_ID": ADMINISTRATOR,
            "AWS_SECRET_ACCESS_KEY": "fake-secret-of-the-lab",
            "AWS_SESSION_TOKEN": "fake-session-of-the-lab",
            "AWS_CONFIG_FILE": str(lab.home / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(lab.home / "aws-credentials"),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # A refused request is an answer: trying it five times would only keep the learner waiting.
            "AWS_MAX_ATTEMPTS": "2",
            "AWS_RETRY_MODE": "standard",
            "AWS_PAGER": "",
            # Cloud Map and S3 Control would put a prefix before 127.0.0.1.
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "NO_PROXY": loopback,
            "no_proxy": loopback,
            "PATH": path,
            "PYTHONPATH": os.pathsep.join(entry for entry in python_path if entry),
        }
    )
