"""Check what the commands of a RUN do to an image: package managers, and any words at all."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awslab.world import builder, dockerfile

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
}
NODE = "FROM node:20-alpine\nWORKDIR /app\n"


def build(text):
    """Build from the usual context."""
    return builder.build(CONTEXT, text)


def installed(built, kind):
    """Return name -> version of the packages of one type."""
    records = built.image.config["awslab.packages"]
    return {item["name"]: item["version"] for item in records if item["type"] == kind}


def test_development_dependencies_stay_out_of_a_production_install():
    """`npm ci` takes everything, `--omit=dev` what the app needs, with the lock's versions."""
    everything = build(NODE + "COPY . .\nRUN npm ci")
    production = build(NODE + "COPY . .\nRUN npm ci --omit=dev && npm cache clean --force")

    assert {"express", "qs", "jest", "typescript"} <= set(installed(everything, "npm"))
    assert {"jest", "typescript"}.isdisjoint(installed(production, "npm"))
    assert installed(production, "npm")["qs"] == "6.11.0"
    assert everything.image.size - production.image.size > 20_000_000


def test_node_env_production_omits_development_dependencies():
    """ENV NODE_ENV=production before the install is why `tsc` goes missing."""
    built = build(NODE + "ENV NODE_ENV=production\nCOPY . .\nRUN npm ci")

    assert "typescript" not in installed(built, "npm")


def test_pruning_later_does_not_shrink_the_image():
    """`npm prune` removes packages from the file system but not from the layer below."""
    text = NODE + "COPY . .\nRUN npm ci"
    pruned = build(f"{text}\nRUN npm prune --omit=dev")

    assert "jest" not in installed(pruned, "npm")
    assert pruned.image.size > build(text).image.size


def test_a_cache_mount_stays_out_of_the_layer():
    """With a cache mount the downloads are not in the image, as after `npm cache clean`."""
    text = NODE + "COPY . .\nRUN {}npm ci"
    mounted = build(text.format("--mount=type=cache,target=/root/.npm "))

    assert mounted.image.size < build(text.format("")).image.size - 10_000_000


def test_pnpm_comes_with_corepack():
    """`corepack enable` puts pnpm on the PATH, and pnpm installs what package.json lists."""
    built = build(NODE + "COPY . .\nRUN corepack enable && pnpm install --prod")

    assert "express" in installed(built, "npm")
    assert "typescript" not in installed(built, "npm")


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("npm install -g npm@latest", {"npm": "11.2.0", "yarn": "1.22.22"}),
        ("rm -rf /usr/local/lib/node_modules/npm", {"yarn": "1.22.22"}),
        ("npm install left-pad@1.3", {"left-pad": "1.3.0", "npm": "10.8.2", "yarn": "1.22.22"}),
    ],
)
def test_packages_of_the_base_can_be_replaced_or_removed(command, found):
    """The record follows the final file system."""
    assert installed(build(f"FROM node:20-alpine\nRUN {command}"), "npm") == found


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12-slim\nCOPY . .\nRUN pip install --no-cache-dir -r requirements.txt",
        "FROM python:3.12-slim\nCOPY . .\nRUN python -m venv /v && /v/bin/pip install -r requirements.txt",
        "FROM python:3.12 AS b\nCOPY . .\nRUN pip install --user -r requirements.txt\n"
        "FROM python:3.12-slim\nCOPY --from=b /root/.local /root/.local",
    ],
)  # fmt: skip
def test_requirements_are_recorded_wherever_pip_puts_them(text):
    """System, venv and user installs all leave records of name and version."""
    found = installed(build(text), "pypi")

    assert (found["flask"], found["requests"]) == ("2.2.0", "2.30")


def test_an_upgrade_replaces_old_system_packages():
    """`apt-get upgrade` brings the old base's packages to the newest version, in a new layer."""
    text = "FROM debian\nRUN apt-get update && apt-get upgrade -y"
    old = installed(build("FROM debian"), "os")["libc6"]
    upgraded = installed(build(text), "os")
    single = installed(build("FROM node:20\nRUN apt-get update && apt-get install -y curl"), "os")

    assert (old, upgraded["libc6"]) == ("2.36-9+deb12u1", "2.36-9+deb12u10")
    assert (single["curl"], single["libcurl4"]) == ("7.88.1-10+deb12u12", "7.88.1-10")


WORDS = """
-R -p -rf -o -g -u -r --virtual -G -y install add run build ci mod -m venv app app:app 8 755 u+x
/app . .. a/b * > >> < && || ; | $PATH ${X:-y} '' @ x== del --uid=zz package.json ( { !
"""
TOOLS = """
npm npx yarn pip python go apt-get apk adduser addgroup useradd groupadd chown chmod mkdir rm cp mv
touch ln cd export exit test curl
"""


@given(
    base=st.sampled_from(["node:20", "python:3.12-alpine", "golang:1.22", "debian", "scratch"]),
    tool=st.sampled_from(TOOLS.split()),
    words=st.lists(st.sampled_from(WORDS.split()), max_size=6),
    user=st.sampled_from(["", "USER node\n", "USER 1000\n"]),
)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_command_line_builds_or_fails_as_a_build(base, tool, words, user):
    """Whatever a learner types after RUN ends in an image or in a build error, never a traceback."""
    text = f"FROM {base}\nWORKDIR /app\nCOPY . .\n{user}RUN {tool} {' '.join(words)}"
    try:
        outcome = build(text).image.digest
    except (builder.BuildError, dockerfile.DockerfileError) as error:
        outcome = str(error)

    assert outcome
