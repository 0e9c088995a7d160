"""Check that builds make the images docker would make, and fail as docker would."""

import json

import pytest

from awslab.world import builder

PACKAGE = {
    "scripts": {"build": "tsc", "lint": "eslint ."},
    "dependencies": {"express": "^4.18.2"},
    "devDependencies": {"typescript": "^5.4.0", "jest": "^29.7.0"},
}
LOCK = {
    "packages": {
        "": {},
        "node_modules/express": {"version": "4.18.2"},
        "node_modules/qs": {"version": "6.11.0"},
        "node_modules/jest": {"version": "29.7.0", "dev": True},
        "node_modules/typescript": {"version": "5.4.5", "dev": True},
    }
}
CONTEXT = {
    "package.json": json.dumps(PACKAGE).encode(),
    "package-lock.json": json.dumps(LOCK).encode(),
    "requirements.txt": b"Flask[async]==2.2.0  # web\nrequests>=2.30\n",
    "src/index.ts": b"console.log(1)",
    "go.mod": b"module example.com/app\n\nrequire github.com/a/b v1.0.0\n",
    "main.go": b"package main",
}
NODE = "FROM node:20-alpine\nWORKDIR /app\n"


def build(text, **options):
    """Build from the usual context."""
    return builder.build(CONTEXT, text, builder.Options(**options))


def own_layers(built):
    """Return the layers that the build itself made."""
    return [layer for layer in built.image.layers if not hasattr(layer, "name")]


def installed(built, kind):
    """Return name -> version of the packages of one type."""
    records = built.image.config["awslab.packages"]
    return {item["name"]: item["version"] for item in records if item["type"] == kind}


def config(text, **options):
    """Return the `config` object of the image."""
    return build(text, **options).image.config["config"]


def test_the_same_input_gives_the_same_digest():
    """Builds are reproducible: digest and steps repeat."""
    text = NODE + "COPY . .\nRUN npm ci"
    one, other = build(text), build(text)

    assert one.image.digest == other.image.digest
    assert one.steps == other.steps


def test_one_changed_byte_changes_the_digest():
    """An image names its content."""
    text = NODE + "COPY src src"
    other = builder.build({**CONTEXT, "src/index.ts": b"console.log(2)"}, text)

    assert build(text).image.digest != other.image.digest


@pytest.mark.parametrize(
    ("text", "message", "output"),
    [
        ("FROM node:99", "docker.io/library/node:99: not found", ""),
        ("FROM nodee:20", "pull access denied, repository does not exist", ""),
        ("FROM alpine\nRUN npm ci", "exit code: 127", "/bin/sh: npm: not found"),
        ("FROM alpine\nRUN apt-get update", "exit code: 127", "/bin/sh: apt-get: not found"),
        ("FROM debian\nRUN apk add curl", "exit code: 127", "/bin/sh: 1: apk: not found"),
        ("FROM gcr.io/distroless/static\nRUN ls", "exit code: 1", 'exec: "/bin/sh": stat /bin/sh'),
        ("FROM scratch\nRUN ls", "exit code: 1", 'exec: "/bin/sh": stat /bin/sh'),
        ("FROM node:20\nUSER app\nRUN ls", "unable to find user app: no matching entries", ""),
        ("FROM node:20\nUSER node\nRUN apt-get update", "exit code: 100", "Permission denied"),
        ("FROM node:20\nCOPY nope .", 'failed to compute cache key', ""),
        ("FROM node:20\nCOPY ../up .", '"/up": not found', ""),
        ("FROM node:20\nCOPY --chown=app . .", "no such user: app", ""),
        ("FROM node:20\nRUN npm ci", "exit code: 254", "Could not read package.json"),
        (NODE + "COPY package.json .\nRUN npm ci", "exit code: 1", "package-lock.json"),
        (NODE + "COPY . .\nUSER node\nRUN npm ci", "exit code: 243", "mkdir '/app/node_modules'"),
        (NODE + "COPY . .\nRUN npm run build", "exit code: 127", "sh: tsc: not found"),
        (NODE + "COPY . .\nRUN npm run bild", "exit code: 1", 'Missing script: "bild"'),
        ("FROM debian\nRUN apt-get install -y curl", "exit code: 100", "Unable to locate package"),
        ("FROM debian\nRUN apt-get update && apt-get install curl", "exit code: 1", "Abort."),
        ("FROM alpine\nRUN apk add nope", "exit code: 1", "nope (no such package)"),
        ("FROM alpine\nRUN adduser -S app -G app", "exit code: 1", "unknown group app"),
        ("FROM python:3.12\nRUN pip install -r nope.txt", "exit code: 1", "No such file"),
        ("FROM golang:1.22\nRUN go build", "exit code: 1", "go.mod file not found"),
        ("FROM node:20\nRUN if true; then ls; fi", "exit code: 2", "does not run `if`"),
        ("FROM node:20\nRUN curl -o x https://example.com/x", "exit code: 6", "resolve host"),
        ("FROM node:20\nRUN cd /nope", "exit code: 2", "can't cd to /nope"),
        ("FROM node:20\nEXPOSE web", "invalid containerPort: web", ""),
        ("FROM node:20\nHEALTHCHECK --interval=30 CMD x", 'invalid duration "30"', ""),
        ("FROM node:20 AS a\nCOPY --from=a /x /y", "pull access denied", ""),
    ],
)  # fmt: skip
def test_builds_fail_as_docker_fails(text, message, output):
    """The message, what the command printed and the line are docker's."""
    with pytest.raises(builder.BuildError) as caught:
        build(text)

    assert message in str(caught.value)
    assert output in caught.value.output
    assert caught.value.line == len(text.splitlines())


def test_a_missing_user_is_only_noticed_when_something_runs():
    """USER alone does not look the user up, as with docker."""
    assert config("FROM node:20-alpine\nUSER app")["User"] == "app"


@pytest.mark.parametrize(
    "commands",
    [
        "RUN addgroup -S app && adduser -S app -G app",
        "RUN adduser -D app",
    ],
)
def test_a_created_user_can_run_and_own(commands):
    """After adduser, RUN and --chown know the user."""
    built = build(f"FROM alpine\n{commands}\nCOPY --chown=app src /src\nUSER app\nRUN ls")
    users = built.image.config["awslab.users"]
    copied = {entry.path: entry.uid for entry in own_layers(built)[1].entries}

    assert "app" in users
    assert copied["src/index.ts"] >= 100


def test_cleaning_in_the_same_run_saves_and_later_does_not():
    """Layers are additive: only a removal in the same RUN makes the image smaller."""
    install = "RUN apt-get update && apt-get install -y --no-install-recommends curl"
    clean = "rm -rf /var/lib/apt/lists/*"
    together = build(f"FROM debian\n{install} && {clean}").image.size
    apart = build(f"FROM debian\n{install}\nRUN {clean}").image.size
    never = build(f"FROM debian\n{install}").image.size

    assert apart - together > 15_000_000
    assert apart > never


def test_a_removed_file_leaves_a_whiteout():
    """Removing what an earlier layer holds adds one whiteout and nothing else."""
    built = build("FROM alpine\nCOPY src /src\nRUN rm -rf /src")

    assert [entry.path for entry in own_layers(built)[-1].entries] == [".wh.src"]


def test_a_multi_stage_build_ships_only_what_is_copied():
    """The final stage has the built files and none of the build's tools or layers."""
    built = build(
        "FROM node:20 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n"
        "FROM node:20-alpine\nWORKDIR /app\nCOPY --from=build --chown=node:node /app/dist ./dist\n"
    )
    files = {entry.path: entry for layer in own_layers(built) for entry in layer.entries}

    assert (files["app/dist/index.js"].uid, files["app/dist/index.js"].size) == (1000, 14)
    assert "typescript" not in installed(built, "npm")
    assert built.image.size < 50_000_000
    assert [step.title.split("]")[0] for step in built.steps] == [
        *(f"[build {number}/4" for number in range(1, 5)),
        *(f"[stage-1 {number}/3" for number in range(1, 4)),
    ]


def test_a_static_binary_runs_from_scratch():
    """Go's build stage is left behind; the image is the binary."""
    built = build(
        "FROM golang:1.22 AS b\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /bin/app .\n"
        'FROM scratch\nCOPY --from=b /bin/app /app\nENTRYPOINT ["/app"]'
    )

    assert len(built.image.layers) == 1
    assert built.image.size < 5_000_000
    assert built.image.config["config"]["Entrypoint"] == ["/app"]


def test_the_config_holds_what_the_dockerfile_says():
    """Every setting arrives in the image config under its OCI name."""
    found = config(
        'FROM node:20-alpine\nWORKDIR /app\nENV A=1\nENV B=${A}2 PATH="/x:$PATH"\nEXPOSE 3000 53/udp\n'
        'LABEL team=shop\nVOLUME /data\nSTOPSIGNAL SIGTERM\nUSER node\nCMD ["node", "a.js"]\n'
        "HEALTHCHECK --interval=1m30s --retries=2 CMD wget -q localhost || exit 1",
        labels={"commit": "abc"},
    )

    assert found["WorkingDir"] == "/app"
    assert {"A=1", "B=12"} <= set(found["Env"])
    assert any(value.startswith("PATH=/x:/usr/local/sbin") for value in found["Env"])
    assert found["ExposedPorts"] == {"3000/tcp": {}, "53/udp": {}}
    assert found["Labels"] == {
        "team": "shop",
        "commit": "abc",
        "org.opencontainers.image.base.name": "docker.io/library/node:20-alpine",
    }
    assert (found["User"], found["Cmd"]) == ("node", ["node", "a.js"])
    assert found["Healthcheck"] == {
        "Test": ["CMD-SHELL", "wget -q localhost || exit 1"],
        "Interval": 90_000_000_000,
        "Retries": 2,
    }


def test_an_entrypoint_drops_the_cmd_of_the_base():
    """Setting ENTRYPOINT resets the inherited CMD, as docker does."""
    assert "Cmd" not in config('FROM node:20\nENTRYPOINT ["node"]')


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, "20"), ({"build_args": {"V": "22"}}, "22")],
)
def test_build_arguments_choose_the_base(options, expected):
    """An ARG before FROM has a default that --build-arg replaces."""
    labels = config("ARG V=20\nFROM node:${V}-alpine", **options)["Labels"]

    assert f"node:{expected}-alpine" in labels["org.opencontainers.image.base.name"]


def test_target_builds_one_stage():
    """--target stops at that stage and builds no other."""
    built = build("FROM alpine AS a\nRUN ls\nFROM node:20", target="a")

    assert [step.title for step in built.steps] == [
        "[a 1/2] FROM docker.io/library/alpine:latest",
        "[a 2/2] RUN ls",
    ]


def test_steps_are_cached_until_something_changes():
    """A changed source invalidates its COPY and what follows, not the install before it."""
    text = NODE + "COPY package*.json ./\nRUN npm ci\nCOPY src src\nRUN npm run build"
    before = build(text)
    changed = {**CONTEXT, "src/index.ts": b"changed"}
    after = builder.build(changed, text, builder.Options(cached=before.keys))

    assert [step.cached for step in after.steps] == [True, True, True, True, False, False]


@pytest.mark.parametrize(
    ("app", "exposed", "profile"),
    [
        (None, "", {"port": 80, "boot": 5, "health": {"*": 200}}),
        (None, "EXPOSE 3000 9000", {"port": 3000, "boot": 5, "health": {"*": 200}}),
        (
            {"port": 8080, "boot": 30, "health": {"/health": 200}, "env": ["DB"]},
            "EXPOSE 3000",
            {"port": 8080, "boot": 30, "health": {"/health": 200}, "env": ["DB"]},
        ),
    ],
)
def test_the_app_profile_is_in_the_config(app, exposed, profile):
    """app.yml, or the defaults from EXPOSE, travel with the image."""
    built = builder.build({}, f"FROM alpine\n{exposed}", app=app)

    assert built.image.config["awslab.app"] == profile


@pytest.mark.parametrize(
    ("app", "message"),
    [
        ({"prot": 80}, "unknown key 'prot'; the keys are port, boot, health, env, memory"),
        ({"port": 0}, "port must be a whole number from 1 to 65535"),
        ({"boot": "fast"}, "boot must be a number of seconds"),
        ({"health": {"/": "ok"}}, "health of '/' must be an HTTP status"),
        ({"health": {"x": 200}}, "a health path starts with `/`"),
        ({"env": "DB"}, "env must be a list"),
        ({"calls": ["S3"]}, "calls must be a list of AWS actions"),
        (["port"], "app.yml must be a mapping"),
    ],
)
def test_a_wrong_app_profile_stops_the_build(app, message):
    """The error names the key, what was found and what is allowed."""
    with pytest.raises(builder.BuildError) as caught:
        builder.build({}, "FROM alpine", app=app)

    assert message in str(caught.value)


def test_a_wildcard_may_match_nothing():
    """`COPY package.json yarn.lock* ./` works without a yarn.lock."""
    built = build(NODE + "COPY package.json yarn.lock* ./")

    assert [entry.path for entry in own_layers(built)[-1].entries] == ["app/package.json"]


def test_alpine_lacks_the_curl_that_a_health_check_may_need():
    """The image says which commands it has, so a wrong health check can fail as on ECS."""
    tools = build("FROM node:20-alpine").image.config["awslab.tools"]

    assert "wget" in tools
    assert "curl" not in tools
    assert "curl" in build("FROM alpine\nRUN apk add --no-cache curl").image.config["awslab.tools"]
