"""A kernel in the sandbox, driven by the real jupyter_client."""

import os
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from autograde import sandbox

pytestmark = pytest.mark.slow
NAME = "awslab-sandbox"
SPECS = Path(sandbox.__file__).parent
TARGET = "autograde.sandbox.provisioner:SandboxProvisioner"


@pytest.fixture(scope="module")
def kernel():
    """A manager and a client of a running kernel."""
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, TARGET, factory.GROUP_NAME)
    specs = KernelSpecManager(kernel_dirs=[str(SPECS)], ensure_native_kernel=False)
    manager = KernelManager(kernel_name=NAME, kernel_spec_manager=specs)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.context.destroy()


def shown(client, code):
    """Run code and return what it has written, or the error's name."""
    said = []

    def keep(message):
        content = message["content"]
        said.append(content.get("text", content.get("ename", "")))

    client.execute_interactive(code, timeout=60, output_hook=keep)
    return "".join(said)


def test_the_kernel_sees_nothing_of_the_machine(kernel):
    """Neither files nor variables nor processes nor ports of the machine are there."""
    code = f"""
import os, socket
paths = ["/etc/passwd", "/home", "/var", "/run", "{Path(__file__)}", "{SPECS.parents[1]}/lessons"]
print([p for p in paths if os.path.exists(p)], "PYTEST_CURRENT_TEST" in os.environ, os.getuid() != 0)
print(sorted(name for _, name in socket.if_nameindex()))
"""

    assert shown(kernel[1], code).splitlines() == ["[] False True", "['lo']"]


def test_the_kernel_has_limits(kernel):
    """Too much memory is an error in the cell, and system calls that break sandboxes are refused."""
    assert shown(kernel[1], "import mmap; mmap.mmap(-1, 20 * 10**9)") == "OSError"
    assert (
        shown(
            kernel[1],
            "import os; print(ctypes.CDLL(None).unshare(0x10000000))".replace(
                "import os", "import ctypes"
            ),
        )
        == "-1\n"
    )


def test_a_kernel_is_interrupted_and_goes_on(kernel):
    """An interrupt comes as a message: signals do not get into the sandbox."""
    manager, client = kernel
    # Only what the cell itself has written shows that it runs: an interrupt before that is nobody's, and lost.
    # It ends in a loop, because a signal just before a call that waits for one leaves it waiting.
    # What is sent right after an error would be aborted.
    client.execute("print('running', flush=True)\nwhile True: pass", stop_on_error=False)
    while client.get_iopub_msg(timeout=60)["content"].get("text") != "running\n":
        continue
    manager.interrupt_kernel()

    assert client.get_shell_msg(timeout=60)["content"]["ename"] == "KeyboardInterrupt"
    # In the reply, and not on stdout: what is written right after an interrupt may come late.
    reply = client.execute_interactive("", user_expressions={"x": "6 * 7"}, timeout=60)
    assert reply["content"]["user_expressions"]["x"]["data"]["text/plain"] == "42"


def test_the_channels_are_in_a_private_folder(kernel):
    """The connection file and the sockets lie where no other user may look."""
    folder = Path(kernel[0].connection_file).parent

    assert folder.stat().st_mode & 0o077 == 0
    assert Path(kernel[0].ip).parent == folder
    assert [name for name in os.listdir(folder) if name.startswith("channel-")]
