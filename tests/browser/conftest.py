"""A learner's JupyterLab: a copy of the course, opened with `make lab` in a browser without network.

Screenshots go to the folder named by AWSLAB_SHOTS, else to pytest's temporary folder.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.tools import need

ROOT = Path(__file__).resolve().parents[2]
CONTENT = (".jupyter", "Makefile", "pyproject.toml", "uv.lock", "nbgrader_config.py")
FOLDERS = ("notebooks", "release", "source")
TOKEN = "browser-test"
WIDGET = "application/vnd.jupyter.widget-view+json"
# Whatever a page asks of another machine fails, as it would without a network.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"


@pytest.fixture(scope="package")
def shots(tmp_path_factory):
    """Return the folder for screenshots."""
    named = os.environ.get("AWSLAB_SHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def course(tmp_path_factory):
    """Return a copy of the repository as a learner has it, .venv being the one under test."""
    copy = tmp_path_factory.mktemp("course")
    for name in CONTENT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        elif source.exists():
            shutil.copy(source, copy / name)
    for name in FOLDERS:
        if (ROOT / name).exists():
            ignored = shutil.ignore_patterns(".ipynb_checkpoints")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    (copy / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return copy


@pytest.fixture(scope="package")
def home(tmp_path_factory):
    """Return a home directory without Jupyter settings of its own."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="package")
def address(course, home):
    """Start `make lab` on a free port, give its address, stop it at the end."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    flags = f"--no-browser --port={port} --IdentityProvider.token={TOKEN} --expose-app-in-browser"
    process = subprocess.Popen(
        # -o: the environment is there already, nothing is to be installed.
        ["make", "-o", ".venv/.learner", "lab", f"LABFLAGS={flags}"],
        cwd=course,
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        log = _read_until(process.stdout, f"127.0.0.1:{port}/")
        drain = threading.Thread(target=lambda: log.extend(process.stdout), daemon=True)
        drain.start()
        try:
            assert process.poll() is None, "".join(log)
            yield url
        finally:
            _stop(process, url)
            drain.join()


@pytest.fixture(scope="package")
def browser():
    """Start the Chromium of this machine."""
    chromium = need("chromium", "apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", OFFLINE]
        )
        yield browser
        browser.close()


@pytest.fixture
def lab(browser, address, course, home, shots):
    """Give a JupyterLab in a fresh browser window; its kernels end with the test."""
    # The tabs and the theme of the test before.
    shutil.rmtree(home / ".jupyter" / "lab", ignore_errors=True)
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(30_000)
    lab = Lab(context.new_page(), address, course, shots)
    yield lab
    lab.page.evaluate(
        "async () => { if (window.jupyterapp)"
        " await window.jupyterapp.serviceManager.sessions.shutdownAll() }"
    )
    context.close()


class Lab:
    """What a person does in JupyterLab, and what the person then sees."""

    def __init__(self, page, address, course, shots):
        self.page, self.address, self.course, self.shots = page, address, course, shots
        self.foreign = []  # requests to other machines
        self.errors = []  # errors of the page's own scripts
        page.on("request", self._note_request)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note_request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:", "ws://127.0.0.1")):
            self.foreign.append(request.url)

    def open(self, path=None):
        """Open the address that `make lab` prints, or a notebook, and wait for its kernel."""
        place = f"lab/tree/{path}" if path else ""
        self.page.goto(f"{self.address}/{place}?token={TOKEN}")
        self.page.locator(".jp-NotebookPanel-toolbar").first.wait_for()
        self._until("panel => panel.context.isReady && panel.sessionContext.isReady")
        self._until("panel => panel.sessionContext.session?.kernel?.status === 'idle'")

    def _until(self, condition):
        """Wait until a condition on the current notebook panel holds in the browser."""
        self.page.wait_for_function(
            f"() => {{ const panel = window.jupyterapp?.shell.currentWidget;"
            f" return panel?.sessionContext && ({condition})(panel) }}",
            timeout=180_000,
        )

    def current(self, expression):
        """Return an expression of the current notebook panel, named `panel`, as plain data."""
        return self.page.evaluate(
            f"() => {{ const panel = window.jupyterapp.shell.currentWidget; return {expression} }}"
        )

    def run_all(self):
        """Choose Run > Run All Cells; wait until every code cell has run and the kernel is idle."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self._until(
            "panel => panel.content.widgets.every(cell => cell.model.type !== 'code'"
            " || !cell.model.sharedModel.source.trim()"
            " || (cell.model.executionCount !== null && cell.model.executionState !== 'running'))"
            " && panel.sessionContext.session.kernel.status === 'idle'"
        )

    def cells(self):
        """Return the notebook in the window, cells with their outputs, as nbformat's plain data."""
        return self.current("panel.content.model.toJSON()")["cells"]

    def surprises(self):
        """Return the errors that the notebook's cells ended in and do not announce."""
        return [
            f"{cell['id']}: {output['ename']}: {output['evalue']}"
            for cell in self.cells()
            if "raises-exception" not in cell["metadata"].get("tags", [])
            for output in cell.get("outputs", [])
            if output["output_type"] == "error"
        ]

    def pictures(self):
        """Scroll to each cell with a picture; return by cell id whether all of it is drawn."""
        return {
            cell["id"]: self.show(index).evaluate(DRAWN)
            for index, cell in enumerate(self.cells())
            if _has_picture(cell)
        }

    def show(self, index):
        """Scroll to a cell, as a reader would, and return its element."""
        self.page.evaluate(
            "async index => { const panel = window.jupyterapp.shell.currentWidget;"
            " panel.content.activeCellIndex = index;"
            " await panel.content.scrollToItem(index, 'start') }",
            index,
        )
        return self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')

    def save(self):
        """Press Ctrl+S and wait until the file is written."""
        self.page.keyboard.press("Control+s")
        self._until("panel => !panel.context.model.dirty")

    def theme(self, name):
        """Switch to "JupyterLab Light" or "JupyterLab Dark"."""
        self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name
        )
        self.page.locator(f'body[data-jp-theme-name="{name}"]').wait_for(state="attached")

    def shot(self, name):
        """Keep a picture of the window."""
        self.page.screenshot(path=self.shots / f"{name}.png")


# Waits as long as an image loads or a drawing has no size yet, for two seconds at most.
DRAWN = """async element => {
    const frame = () => new Promise(requestAnimationFrame);
    const drawn = () => {
        const all = [...element.querySelectorAll("svg[role=img], img")];
        const whole = picture => picture.getBoundingClientRect().width > 0
            && (picture.tagName !== "IMG" || (picture.complete && picture.naturalWidth > 0));
        return all.length > 0 && all.every(whole);
    };
    const start = performance.now();
    while (!drawn() && performance.now() - start < 2000) await frame();
    return drawn();
}"""


def _has_picture(cell):
    if cell["cell_type"] == "markdown":
        return "![" in cell["source"] or 'role="img"' in cell["source"]
    shown = [output.get("data", {}) for output in cell.get("outputs", [])]
    return any(
        any(kind.startswith("image/") for kind in data)
        or ('role="img"' in "".join(data.get("text/html", "")) and WIDGET not in data)
        for data in shown
    )


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(home):
    """Return this environment without the settings of the person who runs the tests."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "AWS", "PYTEST", "VIRTUAL_ENV", "IPYTHON"))
    }
    return {**mine, "HOME": str(home)}


def _read_until(stream, text):
    lines = []
    for line in stream:
        lines.append(line)
        if text in line:
            break
    return lines


def _stop(process, url):
    request = urllib.request.Request(
        f"{url}/api/shutdown", method="POST", headers={"Authorization": f"token {TOKEN}"}
    )
    try:
        urllib.request.urlopen(request, timeout=10).close()
        process.wait(timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        os.killpg(process.pid, 9)
        process.wait()
