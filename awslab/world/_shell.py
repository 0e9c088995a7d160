"""Run the shell line of a RUN against a stage: `&&`, `||`, `;`, pipes, variables, simple files.

What the table does not know but the base has on its PATH changes nothing; what the base lacks fails
as in a shell, with exit code 127. Conditions and loops are refused rather than guessed.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable
from dataclasses import replace

from awslab.world._state import DIRECTORY, CommandFailed, State, text_node
from awslab.world.dockerfile import expand

Command = Callable[[State, list[str]], None]

_KEYWORDS = {"if", "then", "else", "fi", "for", "while", "until", "do", "done", "case", "{", "("}
_OPERATORS = {"&&", "||", ";", "|", "&"}
_BUILTINS = {
    ":", "true", "set", "export", "cd", "exit", "exec", "umask", "wait", ".", "source", "[", "test",
    "false", "echo", "printf", "unset", "trap", "ulimit", "command", "type", "hash", "eval",
}  # fmt: skip


def run(state: State, line: str) -> None:
    """Run one shell line; raise `CommandFailed` as the shell would end."""
    line = re.sub(r"\$\([^()]*\)|`[^`]*`", "value", line)
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        tokens = list(lexer)
    except ValueError as error:
        raise CommandFailed(f"/bin/sh: syntax error: {error}", 2) from None
    for command, _ in _split(tokens):
        if command and command[0] in _KEYWORDS:
            raise CommandFailed(
                f"/bin/sh: this lab's build does not run `{command[0]}`: "
                "write plain commands joined by &&",
                2,
            )
    workdir, env = state.workdir, dict(state.env)
    try:
        _run_list(state, tokens)
    finally:  # `cd` and `export` end with the shell
        state.workdir, state.env = workdir, env


def _run_list(state: State, tokens: list[str]) -> None:
    operator, failure = ";", None
    for command, following in _split(tokens):
        if not (
            (operator == "||" and failure is None) or (operator == "&&" and failure is not None)
        ):
            failure = None
            try:
                _simple(state, command)
            except CommandFailed as error:
                failure = error
        operator = following
    if failure is not None:
        raise failure


def _split(tokens: list[str]):
    command: list[str] = []
    for token in tokens:
        if token in _OPERATORS:
            yield command, token
            command = []
        else:
            command.append(token)
    yield command, ";"


def _simple(state: State, words: list[str]) -> None:
    words, target, append = _redirect(words)
    env = dict(state.env)
    values = state.variables
    words = [expand(word, values) for word in words]
    while words and (found := re.fullmatch(r"([A-Za-z_]\w*)=(.*)", words[0], re.S)):
        state.env[found[1]] = found[2]
        words = words[1:]
    if not words:
        return
    name = words[0]
    try:
        find(state, name)(state, words[1:])
        if target and target != "/dev/null":
            output = " ".join(words[1:]).encode() + b"\n" if name in ("echo", "printf") else b""
            path = state.path(expand(target, values))
            old = state.tree.get(path) if append else None
            state.write(path, text_node((old.content or b"" if old else b"") + output))
    except PermissionError as error:
        raise CommandFailed(f"{name}: {error}: Permission denied", 1) from None
    except (IndexError, ValueError):  # an argument is missing, or no number: a usage error
        raise CommandFailed(f"{name}: invalid arguments: {' '.join(words[1:])}", 1) from None
    finally:
        if name not in ("export", "cd"):
            state.env = env


def _redirect(words: list[str]) -> tuple[list[str], str, bool]:
    """Return the words without redirections, the file that standard output goes to, and >>."""
    kept: list[str] = []
    target, append, position = "", False, 0
    while position < len(words):
        word = words[position]
        if word and set(word) <= set("<>&"):
            numbered = bool(kept) and kept[-1].isdigit()
            stream = kept.pop() if numbered else "1"
            if word in (">", ">>") and stream == "1" and position + 1 < len(words):
                target, append = words[position + 1], word == ">>"
            position += 2
            continue
        kept.append(word)
        position += 1
    return kept, target, append


def find(state: State, name: str) -> Command:
    """Return what runs for a command name; raise `CommandFailed` 127 when there is no such command."""
    from awslab.world._commands import COMMANDS

    base = posixpath.basename(name)
    if "/" in name:
        path = state.path(name)
        if path not in state.tree and (base not in state.tools or not _system_folder(path)):
            raise _not_found(state, name)
        node = state.tree.get(path)
        if node is not None and not node.mode & 0o111:
            raise CommandFailed(f"/bin/sh: {name}: Permission denied", 126)
        # /opt/venv/bin/pip works on its own venv; the caller restores the environment.
        state.env["PATH"] = f"{posixpath.dirname(path)}:{state.env.get('PATH', '')}"
    elif name not in state.tools and name not in _BUILTINS:
        raise _not_found(state, name)
    return COMMANDS.get(base) or FILES.get(base) or _nothing


def _system_folder(path: str) -> bool:
    return path.startswith(("/bin/", "/sbin/", "/usr/", "/opt/"))


def _not_found(state: State, name: str) -> CommandFailed:
    number = "1: " if state.base.family == "debian" else ""
    return CommandFailed(f"/bin/sh: {number}{name}: not found", 127)


def _nothing(state: State, args: list[str]) -> None:
    """Change nothing."""


def _flags(args: list[str]) -> tuple[str, list[str]]:
    short = "".join(arg[1:] for arg in args if re.fullmatch(r"-[A-Za-z]+", arg))
    long = "".join(f" {arg}" for arg in args if arg.startswith("--"))
    return short + long, [arg for arg in args if not arg.startswith("-")]


def _cd(state: State, args: list[str]) -> None:
    path = state.path(args[0] if args else state.home)
    if path not in state.tree:
        raise CommandFailed(f"/bin/sh: cd: can't cd to {args[0]}: No such file or directory", 2)
    state.workdir = path


def _export(state: State, args: list[str]) -> None:
    for arg in args:
        name, equals, value = arg.partition("=")
        if equals:
            state.env[name] = value


def _exit(state: State, args: list[str]) -> None:
    code = int(args[0]) if args and args[0].isdigit() else 0
    if code:
        raise CommandFailed("", code)


def _false(state: State, args: list[str]) -> None:
    raise CommandFailed("", 1)


def _test(state: State, args: list[str]) -> None:
    if len(args) >= 2 and args[0] in ("-f", "-d", "-e") and state.path(args[1]) not in state.tree:
        raise CommandFailed("", 1)


def _mkdir(state: State, args: list[str]) -> None:
    options, paths = _flags(args)
    for text in paths:
        path = state.path(text)
        if path in state.tree:
            if "p" in options:
                continue
            raise CommandFailed(f"mkdir: can't create directory '{text}': File exists", 1)
        if "p" not in options and posixpath.dirname(path) not in state.tree:
            raise CommandFailed(
                f"mkdir: can't create directory '{text}': No such file or directory", 1
            )
        if not state.writable(path):
            raise CommandFailed(f"mkdir: can't create directory '{text}': Permission denied", 1)
        state.write(path, DIRECTORY)


def _rm(state: State, args: list[str]) -> None:
    options, paths = _flags(args)
    for text in paths:
        found = state.tree.glob(state.path(text))
        if not found and "f" not in options:
            raise CommandFailed(f"rm: can't remove '{text}': No such file or directory", 1)
        for path in found:
            if not state.writable(posixpath.dirname(path)):
                raise CommandFailed(f"rm: can't remove '{text}': Permission denied", 1)
            state.tree.remove(path)


def _copy(state: State, args: list[str], move: bool = False) -> None:
    _, paths = _flags(args)
    if len(paths) < 2:
        return
    target = state.path(paths[-1])
    inside = paths[-1].endswith("/") or _is_directory(state, target)
    for text in paths[:-1]:
        found = state.tree.glob(state.path(text.removesuffix("/.")))
        if not found:
            verb = "mv: can't rename" if move else "cp: can't stat"
            raise CommandFailed(f"{verb} '{text}': No such file or directory", 1)
        for source in found:
            into = inside and not text.endswith("/.")
            top = posixpath.join(target, posixpath.basename(source)) if into else target
            for path, node in list(state.tree.under(source)):
                state.write(posixpath.normpath(top + path[len(source) :]), node)
            if move:
                state.tree.remove(source)


def _is_directory(state: State, path: str) -> bool:
    node = state.tree.get(path)
    return node is not None and node.directory


def _touch(state: State, args: list[str]) -> None:
    for text in _flags(args)[1]:
        path = state.path(text)
        if path not in state.tree:
            state.write(path, text_node(b""))


def _existing(state: State, name: str, texts: list[str], recursive: bool):
    for text in texts:
        found = state.tree.glob(state.path(text))
        if not found:
            raise CommandFailed(f"{name}: {text}: No such file or directory", 1)
        for path in found:
            yield from (
                list(state.tree.under(path)) if recursive else [(path, state.tree.nodes[path])]
            )


def _chown(state: State, args: list[str]) -> None:
    options, words = _flags(args)
    if state.identity()[0] != 0:
        raise CommandFailed(f"chown: {words[-1]}: Operation not permitted", 1)
    owner, paths = words[0], words[1:]
    user, colon, group = owner.partition(":")
    try:
        uid, gid = state.identity(user + (f":{group}" if group else ""))
    except LookupError:
        raise CommandFailed(f"chown: unknown user/group {owner}", 1) from None
    for path, node in _existing(state, "chown", paths, "R" in options):
        state.tree.write(path, replace(node, uid=uid, gid=gid if colon else node.gid))


def _chmod(state: State, args: list[str]) -> None:
    words = [arg for arg in args if not re.fullmatch(r"-[Rvf]+|--\w+", arg)]
    recursive = any(arg.startswith("-") and "R" in arg for arg in args)
    for path, node in _existing(state, "chmod", words[1:], recursive):
        mode = int(words[0], 8) if words[0].isdigit() else node.mode | 0o111 * ("x" in words[0])
        state.tree.write(path, replace(node, mode=mode))


def _fetch(state: State, args: list[str]) -> None:
    """Fail as without a network, which a build in this lab does not have."""
    for arg in args:
        if found := re.match(r"https?://([^/:]+)", arg):
            raise CommandFailed(f"curl: (6) Could not resolve host: {found[1]}", 6)


def _ln(state: State, args: list[str]) -> None:
    words = _flags(args)[1]
    if len(words) == 2:
        state.write(state.path(words[1]), text_node(b"", mode=0o777))


FILES: dict[str, Command] = {
    "cd": _cd,
    "export": _export,
    "exit": _exit,
    "false": _false,
    "test": _test,
    "[": _test,
    "mkdir": _mkdir,
    "rm": _rm,
    "cp": _copy,
    "mv": lambda state, args: _copy(state, args, move=True),
    "touch": _touch,
    "chown": _chown,
    "chmod": _chmod,
    "ln": _ln,
    "curl": _fetch,
    "wget": _fetch,
    "git": _fetch,
}
