"""What a container does: crash, listen, pass its health check, obey signals, wait for others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world import ecs_container as rules

PROFILE = {"port": 3000, "boot": 5, "health": {"/health": 200, "/api/*": 200, "/old": 301}}


def check(command, **changes):
    return rules.HealthCheck(("CMD-SHELL", command), **changes)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/health", 200), ("/api/users/7", 200), ("/old", 301), ("/", 404), ("/healthz", 404)],
)
def test_profile_answers_paths(path, expected):
    """A path answers as listed, by its own name before a pattern, and 404 where nothing is said."""
    assert rules.status_of(PROFILE, path) == expected


def test_star_is_every_other_path():
    """`*` counts where no longer pattern matches."""
    profile = {"health": {"*": 204, "/api/*": 200}}

    assert rules.status_of(profile, "/api/x") == 200
    assert rules.status_of(profile, "/x") == 204


@pytest.mark.parametrize(
    ("profile", "environment", "memory", "expected"),
    [
        ({"env": ["A"]}, {"A": "1"}, 512, None),
        ({"env": ["A", "B"]}, {"A": "1"}, 512, (1, False)),
        ({"env": ["A"]}, {"A": ""}, 512, (1, False)),
        ({"memory": 512}, {}, 512, None),
        ({"memory": 513}, {}, 512, (137, True)),
        ({"memory": 513}, {}, None, None),
    ],
)
def test_crash_has_its_cause(profile, environment, memory, expected):
    """A missing or empty variable is exit code 1, memory over the limit is 137."""
    found = rules.crash(profile, environment, memory)

    assert (found and (found.code, found.out_of_memory)) == expected


@pytest.mark.parametrize(
    ("user", "config", "expected"),
    [
        (None, {"config": {"User": "app"}, "awslab.users": ["root"]}, "app"),
        ("app:app", {"awslab.users": ["root"]}, "app"),
        ("app", {"awslab.users": ["app", "root"]}, None),
        ("1000", {"awslab.users": ["root"]}, None),
        ("app", {}, None),
        (None, {"awslab.users": ["root"]}, None),
    ],
)
def test_user_must_be_in_the_image(user, config, expected):
    """A name needs an entry in the image, a number does not; of an unknown image nothing is said."""
    assert rules.unknown_user(config, user) == expected


@pytest.mark.parametrize(
    ("command", "tools", "expected"),
    [
        ("curl -f http://localhost:3000/health || exit 1", ["sh", "curl"], True),
        ("curl -f http://localhost:3000/health || exit 1", ["sh"], False),
        ("curl -f http://localhost:3000/health || exit 1", ["curl"], False),
        ("wget -q -O- http://127.0.0.1:3000/old", ["sh", "wget"], True),
        ("curl -f http://localhost:3000/", ["sh", "curl"], False),
        ("curl -f http://localhost/health", ["sh", "curl"], False),
        ("exit 1", ["sh"], False),
        ("exit 0", ["sh"], True),
    ],
)
def test_check_needs_tool_port_and_path(command, tools, expected):
    """The command runs in the image, against the app's own port and paths."""
    assert rules.passes(check(command), {"awslab.tools": tools}, PROFILE) is expected


def test_check_without_a_shell_needs_none():
    """CMD runs the tool itself."""
    direct = rules.HealthCheck(("CMD", "curl", "-f", "http://localhost:3000/health"))

    assert rules.passes(direct, {"awslab.tools": ["curl"]}, PROFILE)


@pytest.mark.parametrize(
    ("changes", "listens", "good", "expected"),
    [
        ({}, 5, True, (30, "HEALTHY")),
        ({"interval": 5}, 12, True, (15, "HEALTHY")),
        ({"interval": 5}, 60, True, (15, "UNHEALTHY")),
        ({"interval": 5, "start_period": 60}, 60, True, (60, "HEALTHY")),
        ({"interval": 5, "retries": 2}, 5, False, (15, "UNHEALTHY")),
    ],
)
def test_health_is_decided(changes, listens, good, expected):
    """The first success is healthy; as many failures as retries, after the start period, are unhealthy."""
    assert rules.health_decision(check("x", **changes), listens, good) == expected


@given(
    st.integers(5, 300), st.integers(1, 10), st.integers(0, 300), st.floats(0, 600), st.booleans()
)
def test_start_period_only_helps(interval, retries, period, listens, good):
    """A longer start period never turns a healthy container unhealthy, and the verdict always comes."""
    short = check("x", interval=interval, retries=retries, start_period=period)
    longer = check("x", interval=interval, retries=retries, start_period=period + 60)
    verdicts = [rules.health_decision(each, listens, good)[1] for each in (short, longer)]

    assert verdicts != ["HEALTHY", "UNHEALTHY"]
    assert good or "HEALTHY" not in verdicts


@pytest.mark.parametrize(
    ("config", "command", "expected"),
    [
        ({"config": {"Cmd": ["node", "app.js"]}}, None, (True, 0)),
        ({"config": {"Cmd": ["/bin/sh", "-c", "node app.js"]}}, None, (False, 137)),
        ({"config": {"Cmd": ["/bin/sh", "-c", "exec node app.js"]}}, None, (True, 0)),
        ({"config": {"Cmd": ["node", "app.js"]}}, ["sh", "-c", "node app.js"], (False, 137)),
        ({}, None, (True, 0)),
    ],
)
def test_shell_form_does_not_pass_signals_on(config, command, expected):
    """Only a command that is itself the first process gets SIGTERM."""
    assert rules.stop_behaviour(config, command, None) == expected


def test_offsets_follow_dependencies():
    """Each condition adds its own wait; chains add up."""
    containers = [
        {"name": "app", "dependsOn": [{"containerName": "proxy", "condition": "HEALTHY"}]},
        {"name": "proxy", "dependsOn": [{"containerName": "init", "condition": "SUCCESS"}]},
        {"name": "init"},
        {"name": "logs", "dependsOn": [{"containerName": "init", "condition": "START"}]},
    ]
    boot = {"app": 5.0, "proxy": 5.0, "init": 20.0, "logs": 1.0}
    offsets = rules.start_offsets(containers, boot, {"proxy": (10.0, "HEALTHY")})

    assert offsets == {"init": 0, "logs": 0, "proxy": 20, "app": 30}
    assert rules.one_shot(containers) == {"init"}
    assert next(c["name"] for c in rules.in_order(containers)) == "init"
