"""Check the Dockerfile parser: what it reads and how it refuses."""

import pytest

from awslab.world import dockerfile
from awslab.world.dockerignore import ignored, match


def first(text):
    """Return the first instruction after FROM."""
    return dockerfile.parse(f"FROM node:20\n{text}").stages[0].instructions[0]


def test_stages_have_names_bases_and_platforms():
    """FROM ... AS gives each stage its name, base and platform."""
    parsed = dockerfile.parse(
        "# syntax=docker/dockerfile:1\nARG V=20\nFROM --platform=linux/arm64 node:${V} AS build\n"
        "FROM build\n"
    )

    assert [(s.name, s.base, s.platform) for s in parsed.stages] == [
        ("build", "node:${V}", "linux/arm64"),
        ("", "build", None),
    ]
    assert [item.args for item in parsed.arguments] == [("V=20",)]
    assert parsed.stage("BUILD") is parsed.stages[0]
    assert parsed.stage("1") is parsed.stages[1]
    assert parsed.stage("1", before=1) is None


def test_continued_lines_drop_comments_and_keep_the_first_line_number():
    """A comment inside a continued RUN is dropped; the error points at its first line."""
    item = first("\nRUN one && \\\n  # why\n\n  two")

    assert item.args == ("one &&   two",)
    assert item.line == 3


@pytest.mark.parametrize(
    ("text", "args", "json_form"),
    [
        ('CMD ["node", "a.js"]', ("node", "a.js"), True),
        ("CMD node a.js", ("node a.js",), False),
        ("CMD ['node']", ("['node']",), False),
        ('COPY ["a b", "c/"]', ("a b", "c/"), True),
        ('ENV A="x y" B=z', ("A=x y", "B=z"), False),
        ("ENV A x y", ("A=x y",), False),
        ("EXPOSE 80 443/tcp", ("80", "443/tcp"), False),
        ("ARG A=1", ("A=1",), False),
        ("HEALTHCHECK NONE", ("NONE",), False),
        ('HEALTHCHECK --retries=2 CMD ["x"]', ("x",), True),
    ],
)
def test_arguments_in_shell_and_json_form(text, args, json_form):
    """Each instruction's arguments come out as docker reads them."""
    item = first(text)

    assert (item.args, item.json_form) == (args, json_form)


def test_flags_are_kept():
    """--from and --chown are flags, not sources."""
    item = first("COPY --from=build --chown=app:app /a /b")

    assert (item.flag("from"), item.flag("chown"), item.args) == ("build", "app:app", ("/a", "/b"))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("FRM x", 1, "dockerfile parse error on line 1: unknown instruction: FRM (did you mean"),
        ("RUN x", 1, "no build stage in current context"),
        ("", None, "the Dockerfile cannot be empty"),
        ("FROM a b", 1, "FROM requires either one or three arguments"),
        ("FROM a AS 1x", 1, 'invalid name for build stage: "1x"'),
        ("FROM a\nCOPY x", 2, "COPY requires at least two arguments, but only one was provided"),
        ("FROM a\nENV A", 2, "ENV must have two arguments"),
        ("FROM a\nENV A=1 B", 2, 'can\'t find = in "B". Must be of the form: name=value'),
        ("FROM a\nUSER a b", 2, "USER requires exactly one argument"),
        ("FROM a\nEXPOSE", 2, "EXPOSE requires at least one argument"),
        ("FROM a\nCOPY --form=x a b", 2, "unknown flag: --form (did you mean from?)"),
        ("FROM a\nSHELL /bin/sh", 2, "SHELL requires the arguments to be in JSON form"),
        ("FROM a\nONBUILD RUN x", 2, "ONBUILD is not supported in this lab"),
        ("FROM a\n\nRUN cat <<EOF\nx\nEOF", 3, "heredocs are not supported in this lab"),
    ],
)
def test_errors_are_buildkits_and_name_the_line(text, line, message):
    """What BuildKit refuses is refused with its message and line."""
    with pytest.raises(dockerfile.DockerfileError) as caught:
        dockerfile.parse(text)

    assert message in str(caught.value)
    assert caught.value.line == line


def test_context_marks_the_line():
    """The lines around an error are shown as BuildKit shows them."""
    shown = dockerfile.parse("FROM a\nRUN b\nRUN c").context(2)

    assert shown.splitlines() == [
        "Dockerfile:2",
        "--------------------",
        "   1 |     FROM a",
        "   2 | >>> RUN b",
        "   3 |     RUN c",
        "--------------------",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A-${A}", "1-1"),
        ("${B:-2}", "2"),
        ("${A:-2}", "1"),
        ("${A:+yes}", "yes"),
        ("${B:+yes}", ""),
        ("\\$A", "$A"),
        ("$B", ""),
    ],
)
def test_variables_are_expanded(text, value):
    """The forms that Dockerfiles support."""
    assert dockerfile.expand(text, {"A": "1"}) == value


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.js", "a.js", True),
        ("*.js", "src/a.js", False),
        ("**/*.js", "src/deep/a.js", True),
        ("**/*.js", "a.js", True),
        ("a?", "ab", True),
        ("[ab].txt", "b.txt", True),
    ],
)
def test_patterns_match_as_in_go(pattern, path, expected):
    """A star stops at a slash, two do not."""
    assert match(pattern, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("node_modules/express/index.js", True),
        ("src/a.log", True),
        ("src/keep.log", False),
        ("src/a.js", False),
        (".env", True),
    ],
)
def test_dockerignore_last_match_decides(path, expected):
    """Directories take their content along and `!` puts a file back."""
    test = ignored("# comment\nnode_modules/\n**/*.log\n!src/keep.log\n/.env\n\n")

    assert test(path) == expected
