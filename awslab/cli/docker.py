"""The `docker` command of the course: images without a container engine.

`awslab.start()` puts it on PATH. It builds, tags, lists, pushes and pulls images as docker does,
output and errors included; containers run on ECS.
Each command's module is imported when it is used, because learners wait for every command.

    DockerError(Exception)    a message for stderr and an exit code
"""

from __future__ import annotations

import sys
from importlib import import_module

from awslab.cli.docker_common import DockerError

_ABSENT = "docker: no lab is running in this kernel. Run `cloud = awslab.start()` first."

_COMMANDS = {
    "build": ("docker_build", "build"),
    "history": ("docker_images", "history"),
    "images": ("docker_images", "images"),
    "inspect": ("docker_images", "inspect"),
    "login": ("docker_remote", "login"),
    "logout": ("docker_remote", "logout"),
    "pull": ("docker_remote", "pull"),
    "push": ("docker_remote", "push"),
    "rmi": ("docker_images", "remove"),
    "tag": ("docker_images", "tag"),
    "version": ("docker_images", "version"),
}
# `docker image ls` and its kind.
_GROUPS = {
    "image": {"ls": "images", "list": "images", "rm": "rmi", "remove": "rmi"}
    | {name: name for name in ("build", "history", "inspect", "pull", "push", "tag")},
    "buildx": {"build": "build"},
    "builder": {"build": "build"},
}
_CONTAINERS = {
    "run": "register a task definition and call `run_task` or create a service",
    "ps": "call `list_tasks` and `describe_tasks`",
    "logs": "read the task's log group with `aws logs`",
    "exec": "read the task's logs and `cloud.trace(...)`",
    "stop": "call `stop_task`",
    "compose": "describe the services in task definitions and create ECS services",
}
_OTHERS = """
attach container cp create diff export kill network node pause port restart rename rm service stack
start stats swarm top unpause update volume wait
"""
_CONTAINERS |= dict.fromkeys(_OTHERS.split(), _CONTAINERS["run"])
_HELP = """Usage:  docker COMMAND

Images, as docker has them:
  build       Build an image from a Dockerfile
  history     Show the history of an image
  images      List images (also `docker image ls`)
  inspect     Show an image's details as JSON
  login       Authenticate to a registry
  logout      Log out from a registry
  pull        Download an image from a registry
  push        Upload an image to a registry
  rmi         Remove images
  tag         Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE
  version     Show the version

Containers run on Amazon ECS in this course."""


def main(argv: list[str] | None = None) -> int:
    """Run one docker command; return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except DockerError as error:
        if str(error):
            print(error, file=sys.stderr)
        return error.code
    except BrokenPipeError:  # `docker images | head`
        sys.stderr.close()
        return 0


def _run(words: list[str]) -> int:
    if not words or words[0] in ("help", "--help", "-h"):
        print(_HELP)
        return 0
    if words[0] in ("--version", "-v"):
        words = ["version"]
    name, rest = words[0], words[1:]
    if name in _GROUPS:
        group, name = name, rest[0] if rest else ""
        if name not in _GROUPS[group]:
            known = ", ".join(sorted(_GROUPS[group]))
            raise DockerError(f"docker {group}: the commands here are {known}")
        name, rest = _GROUPS[group][name], rest[1:]
    if name in _CONTAINERS:
        raise DockerError(
            f"docker {name}: there is no container engine here, containers run on ECS in this "
            f"course: {_CONTAINERS[name]}."
        )
    if name not in _COMMANDS:
        raise DockerError(f"docker: unknown command: docker {name}\n\nRun 'docker --help' for more")
    from awslab.cli.docker_store import Store

    store = Store.of_environment()
    if store is None:
        raise DockerError(_ABSENT)
    module, function = _COMMANDS[name]
    return getattr(import_module(f"awslab.cli.{module}"), function)(store, rest)


if __name__ == "__main__":
    sys.exit(main())
