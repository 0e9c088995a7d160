"""Tasks that start or say why not, services that keep their count, deployments that roll."""

__all__ = ["install", "reset"]


def install() -> None:
    """Attach the lab's behaviour to moto's; called once, when moto has loaded the service."""


def reset() -> None:
    """Forget what does not hang on moto's own objects; called when the account is emptied."""
