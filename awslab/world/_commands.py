"""List the commands of a RUN that do more than files: the table that `_shell.find` looks in."""

from awslab.world import _go, _npm, _pip, _system

COMMANDS = {**_system.COMMANDS, **_npm.COMMANDS, **_pip.COMMANDS, **_go.COMMANDS}
