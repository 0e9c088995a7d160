"""Check the docker stand-in as a learner uses it: commands, output, errors and exit codes."""

import io
import json
import re
import subprocess
import sys

import pytest

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
REPOSITORY = f"{HOST}/my-service"


@pytest.mark.parametrize("variable", ["AWSLAB_HOME", "AWSLAB_ENDPOINT"])
def test_without_a_lab_the_first_cell_is_named(run, monkeypatch, variable):
    """docker outside a lab says which cell to run."""
    monkeypatch.delenv(variable)

    assert run("images") == (
        1,
        "",
        "docker: no lab is running in this kernel. Run `cloud = awslab.start()` first.\n",
    )


def test_build_prints_steps_and_names_the_image(run):
    """A build's plain output lists every step, without times, and the image it wrote."""
    code, out, err = run("build -t my-service:v1.0 .")

    assert (code, out) == (0, "")
    assert "[2/5] WORKDIR /app\n" in err
    assert "naming to docker.io/library/my-service:v1.0 done" in err
    assert not re.search(r"\d\.\ds", err)


def test_building_twice_gives_the_same_image_from_the_cache(run):
    """Nothing changed: the same id, every step cached."""
    _, first, _ = run("build -q .")
    _, second, _ = run("build -q .")
    _, _, err = run("build .")

    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", first)
    assert second == first
    assert err.count("CACHED") == 5


def test_a_changed_source_rebuilds_from_its_copy_on(run, built, project):
    """Steps before the changed COPY stay cached, and --no-cache caches none."""
    (project / "src/index.js").write_text("console.log(2)\n")
    _, _, err = run("build .")
    _, _, fresh = run("build --no-cache .")

    assert err.count("CACHED") == 4
    assert fresh.count("CACHED") == 0


@pytest.mark.parametrize(
    ("dockerfile", "shown"),
    [
        (None, "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file"),
        ("FRM node:20", "Dockerfile:1\n--------------------\n   1 | >>> FRM node:20"),
        ("FROM node:20\nBUILD", "dockerfile parse error on line 2: unknown instruction: BUILD"),
        ("FROM node:99", "ERROR: failed to solve: node:99: failed to resolve source metadata"),
        ("FROM alpine\nRUN npm ci", "------\n > [2/2] RUN npm ci:\n/bin/sh: npm: not found\n------"),
        ("FROM alpine\nCOPY nope .", '"/nope": not found'),
    ],
)  # fmt: skip
def test_a_failed_build_shows_where_and_why(run, project, dockerfile, shown):
    """The context, the command's output and the last line are BuildKit's; the exit code is 1."""
    if dockerfile is None:
        (project / "Dockerfile").unlink()
    else:
        (project / "Dockerfile").write_text(dockerfile)
    code, out, err = run("build .")

    assert (code, out) == (1, "")
    assert shown in err


def test_dockerignore_keeps_files_out_of_the_context(run, project):
    """What .dockerignore lists is not there to be copied."""
    (project / ".dockerignore").write_text("src\n")
    code, _, err = run("build .")

    assert code == 1
    assert '"/src": not found' in err


@pytest.mark.parametrize(
    ("profile", "code", "shown"),
    [
        ("port: 8080\nhealth: {/health: 200}\n", 0, ""),
        ("prot: 8080\n", 1, "unknown key 'prot'"),
        ("port: [\n", 1, "app.yml is not valid YAML"),
    ],
)
def test_app_yml_travels_with_the_image_or_stops_the_build(run, project, profile, code, shown):
    """The profile beside the Dockerfile is checked at build time."""
    (project / "app.yml").write_text(profile)
    found, _, err = run("build .")

    assert found == code
    assert shown in err


@pytest.mark.parametrize(
    ("line", "code", "shown"),
    [
        ("build", 1, "requires 1 argument"),
        ("build nowhere", 1, 'unable to prepare context: path "nowhere" not found'),
        ("build --frob .", 125, "unknown flag: --frob"),
        ("build -t My:v1 .", 1, "repository name (My) must be lowercase"),
        ("build --target x .", 1, 'target stage "x" could not be found'),
        ("tag one", 1, "'docker tag' requires 2 arguments"),
        ("tag nope other", 1, "Error response from daemon: No such image: nope:latest"),
        ("rmi nope", 1, "Error response from daemon: No such image: nope:latest"),
        ("history nope", 1, "Error response from daemon: No such image: nope:latest"),
        ("inspect nope", 1, "Error: No such object: nope"),
        ("push nope:v1", 1, "An image does not exist locally with the tag: nope"),
        ("pull nodee", 1, "pull access denied for nodee"),
        ("pull node:99", 1, "manifest for node:99 not found: manifest unknown"),
        ("login -u AWS --password-stdin example.com", 1, "password is empty"),
        ("login --password-stdin example.com", 1, "requires --username"),
        ("login -u x -p y example.com", 1, "lookup example.com: no such host"),
        ("run my-service", 1, "containers run on ECS in this course"),
        ("compose up", 1, "containers run on ECS in this course"),
        ("frob", 1, "docker: unknown command: docker frob"),
        ("image frob", 1, "docker image: the commands here are"),
    ],
)
def test_errors_are_on_stderr_in_docker_words(run, monkeypatch, line, code, shown):
    """Every refused command says why on stderr and ends with docker's exit code."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    found, _, err = run(line)

    assert found == code
    assert shown in err


def test_images_lists_names_tags_and_sizes(run, built):
    """One image with two names is listed twice with one id."""
    _, out, _ = run("images")
    head, *rows = [line.split() for line in out.splitlines()]

    assert head == ["REPOSITORY", "TAG", "IMAGE", "ID", "CREATED", "SIZE"]
    assert [row[:2] for row in rows] == [[REPOSITORY, "v1.0"], ["my-service", "v1.0"]]
    assert rows[0][2] == rows[1][2]
    assert rows[0][-1] == "47.6MB"
    assert len(run("images -q")[1].split()) == 1


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("images my-service --format {{.Repository}}:{{.Tag}}", "my-service:v1.0"),
        ("image ls --filter reference=my-* --format {{.Tag}}", "v1.0"),
        ("inspect -f {{.Config.User}} my-service:v1.0", "node"),
        ("image inspect --format {{.Config.Cmd}} my-service:v1.0", "[node src/index.js]"),
        ("inspect -f {{.Architecture}} my-service:v1.0", "amd64"),
        ("history --format {{.CreatedBy}} my-service:v1.0", 'CMD ["node", "src/index.js"]'),
    ],
)
def test_formats_print_the_asked_field(run, built, line, shown):
    """--format templates work for the fields that lessons use."""
    code, out, _ = run(line)

    assert code == 0
    assert out.splitlines()[0] == shown


def test_inspect_prints_json(run, built):
    """inspect is the list of details that scripts parse."""
    _, out, _ = run("inspect my-service:v1.0")
    (details,) = json.loads(out)

    assert details["RepoTags"] == [f"{REPOSITORY}:v1.0", "my-service:v1.0"]
    assert details["Config"]["ExposedPorts"] == {"3000/tcp": {}}
    assert details["RootFS"]["Layers"][0].startswith("sha256:")


def test_rmi_untags_and_then_deletes(run, built):
    """An image goes with its last name."""
    _, first, _ = run("rmi my-service:v1.0")
    _, second, _ = run(f"rmi {REPOSITORY}:v1.0")

    assert first == "Untagged: my-service:v1.0\n"
    assert "Deleted: sha256:" in second
    assert len(run("images")[1].splitlines()) == 1


@pytest.mark.slow
def test_the_command_imports_nothing_slow(project):
    """Learners wait for every command: neither boto3, moto nor networkx is imported."""
    code = (
        "import sys; from awslab.cli import docker; docker.main(['build', '-q', '.']); "
        "print(sorted({'boto3', 'botocore', 'moto', 'networkx', 'simpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
