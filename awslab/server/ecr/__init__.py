"""ECR that behaves: images by digest, immutable tags, scans, lifecycle policies that expire, tokens that end.

Each module replaces methods of moto's `ECRBackend` and `ECRResponse`; `install()` puts them in place, once.
"""

from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecr.responses import ECRResponse

from awslab.server import clock, errors
from awslab.server.ecr import images, layers, lifecycle, requests, scanning, tokens

__all__ = ["install", "reset"]


def install() -> None:
    """Attach the lab's ECR to moto's, and its events to the simulated clock."""
    if getattr(ECRResponse, "lab", False):
        return
    ECRResponse.lab = True  # type: ignore[attr-defined]
    errors.check_requests("ecr", requests.check)
    for module in (images, layers, lifecycle, scanning, tokens):
        for name in module.RESPONSES:
            setattr(ECRResponse, name, getattr(module, name))
    ECRBackend.put_image = images.put_image  # type: ignore[method-assign]
    clock.current.every(
        lambda: lifecycle.due(ecr_backends), lambda at: lifecycle.run(ecr_backends, at)
    )


def reset() -> None:
    """Nothing to do: all state hangs on moto's own repositories and images."""
