"""A Jupyter kernel in bubblewrap, for whoever runs notebooks that others have written.

    jupyter kernelspec install --sys-prefix autograde/sandbox/awslab-sandbox
    jupyter execute --kernel_name=awslab-sandbox notebook.ipynb

It has no network: its channels are Unix sockets in a folder that only it and its client see.
What bounds all processes of a submission together (`watch.py`) is the grader's; here each process has its limits.
https://jupyter-client.readthedocs.io/en/stable/provisioning.html
"""

import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from autograde.sandbox import bubblewrap, inside
from autograde.sandbox.inside import Limits

THREADS = 128  # a kernel's threads count as processes


class SandboxProvisioner(LocalProvisioner):
    """Start a kernel as jupyter_client does, with bubblewrap around it."""

    folder: str | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Have the channels in a folder of their own, and put the sandbox before the kernel's command."""
        manager = self.parent
        if self.folder is None:
            self.folder = tempfile.mkdtemp(prefix="kernel-")
            manager.transport = "ipc"
            manager.ip = f"{self.folder}/channel"
            manager.connection_file = f"{self.folder}/connection.json"
        kwargs = await super().pre_launch(**kwargs)
        if os.getuid() == 0:
            for path in (self.folder, manager.connection_file):
                os.chown(path, bubblewrap.SPARE_USER, bubblewrap.SPARE_USER)
        kernel = [sys.executable, "-m", "autograde.sandbox.provisioner", *kwargs["cmd"]]
        kwargs["cmd"] = bubblewrap.argv(kernel, writable=self.folder)
        return kwargs

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the folder with the channels once the kernel is not coming back."""
        await super().cleanup(restart)
        if self.folder and not restart:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


def main() -> None:
    """Inside bubblewrap: give up what is left of root's rights, and become the command that is given."""
    from autograde.sandbox import filters  # noqa: F401  (while libseccomp can be looked for)

    bubblewrap.drop_root()
    inside.limit(Limits(**asdict(Limits()) | {"processes": THREADS}))
    inside.give_up_rights()
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
