"""The evaluation of policies: layers, principals, accounts, and the sentences that explain them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awslab.world.iam import Policies, Request, evaluate, message
from awslab.world.iam_match import lookup
from awslab.world.iam_policy import Policy, parse
from awslab.world.iam_principal import Principal

ACCOUNT, OTHER = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/order"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/order/task"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
KEY = "arn:aws:s3:::orders/1"
AS_SESSION = Principal(SESSION, ACCOUNT, "role", ROLE)
AS_USER = Principal(USER, ACCOUNT, "user")


def policy(*statements, name="p"):
    """Return a policy of the current version."""
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, name)


def allow(action="s3:*", resource="*", **more):
    """Return an Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="s3:*", resource="*", **more):
    """Return a Deny statement."""
    return {**allow(action, resource, **more), "Effect": "Deny"}


ANY = policy(allow("*"))
NOTHING = policy(allow("ec2:*"))


def granting(entry, effect="Allow"):
    """Return a resource-based policy for one principal."""
    return policy({**allow(), "Effect": effect, "Principal": entry})


@pytest.mark.parametrize(
    ("layers", "allowed", "source"),
    [
        ({}, False, "identity"),
        ({"identity": (ANY,)}, True, "identity"),
        ({"identity": (policy(allow("s3:Put*")),)}, False, "identity"),
        ({"identity": (ANY, policy(deny()))}, False, "identity"),
        ({"identity": (ANY,), "boundary": NOTHING}, False, "boundary"),
        ({"identity": (ANY,), "boundary": ANY}, True, "identity"),
        ({"boundary": ANY}, False, "identity"),
        ({"identity": (ANY,), "session": (NOTHING,)}, False, "session"),
        ({"identity": (ANY,), "session": (NOTHING, ANY)}, True, "identity"),
        ({"session": (ANY,)}, False, "identity"),
        ({"identity": (ANY,), "boundary": policy(allow("*"), deny())}, False, "boundary"),
        ({"identity": (ANY,), "session": (policy(allow("*"), deny()),)}, False, "session"),
        ({"identity": (ANY,), "resource": granting("*", "Deny")}, False, "resource"),
    ],
)
def test_layers_of_one_account(layers, allowed, source):
    """An identity policy must allow, boundary and session policies limit, a deny anywhere wins."""
    decision = evaluate(Request(AS_SESSION, "s3:GetObject", KEY), Policies(**layers))

    assert (decision.allowed, decision.source) == (allowed, source)


@pytest.mark.parametrize(
    ("principal", "entry", "limits", "allowed"),
    [
        (AS_USER, {"AWS": USER}, {}, True),
        (AS_USER, {"AWS": USER}, {"boundary": NOTHING}, True),
        (AS_USER, {"AWS": ACCOUNT}, {}, False),
        (AS_USER, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"identity": (ANY,)}, True),
        (AS_USER, "*", {}, True),
        (AS_USER, {"AWS": "*"}, {}, True),
        (AS_USER, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, {}, False),
        (AS_SESSION, {"AWS": ROLE}, {}, True),
        (AS_SESSION, {"AWS": ROLE}, {"boundary": NOTHING}, False),
        (AS_SESSION, {"AWS": ROLE}, {"session": (NOTHING,)}, False),
        (AS_SESSION, {"AWS": SESSION}, {"boundary": NOTHING, "session": (NOTHING,)}, True),
        (AS_SESSION, {"AWS": SESSION + "2"}, {}, False),
        (AS_SESSION, {"Service": "ecs-tasks.amazonaws.com"}, {}, False),
    ],
)
def test_a_resource_policy_grants_by_the_kind_of_principal(principal, entry, limits, allowed):
    """A user or session is granted directly, a role within its limits, an account only lets its policies decide."""
    decision = evaluate(
        Request(principal, "s3:GetObject", KEY), Policies(resource=granting(entry), **limits)
    )

    assert decision.allowed == allowed


@pytest.mark.parametrize(
    ("identity", "resource", "allowed"),
    [
        ((ANY,), None, False),
        ((), granting({"AWS": ROLE}), False),
        ((ANY,), granting({"AWS": ROLE}), True),
        ((ANY,), granting({"AWS": ACCOUNT}), True),
        ((ANY,), granting({"AWS": OTHER}), False),
    ],
)
def test_across_accounts_both_sides_must_allow(identity, resource, allowed):
    """The resource's account and the caller's both decide."""
    request = Request(AS_SESSION, "s3:GetObject", KEY, OTHER)

    assert evaluate(request, Policies(identity, resource)).allowed == allowed


@pytest.mark.parametrize(
    ("limits", "source"),
    [({"boundary": NOTHING}, "boundary"), ({"session": (NOTHING,)}, "session")],
)
def test_across_accounts_limits_hold_too(limits, source):
    """What another account grants to the role, its own boundary and session policies still limit."""
    request = Request(AS_SESSION, "s3:GetObject", KEY, OTHER)
    decision = evaluate(request, Policies((ANY,), granting({"AWS": SESSION}), **limits))

    assert (decision.allowed, decision.source) == (False, source)


@pytest.mark.parametrize(
    ("resource", "identity", "allowed"),
    [
        (None, (ANY,), False),
        (granting({"AWS": ACCOUNT}), (ANY,), True),
        (granting({"AWS": ACCOUNT}), (), False),
        (granting({"AWS": ROLE}), (), True),
    ],
)
def test_a_key_policy_must_allow_in_any_case(resource, identity, allowed):
    """KMS and roles to assume: without a word of the resource's own policy, no identity policy is enough."""
    request = Request(AS_SESSION, "s3:GetObject", KEY)

    assert evaluate(request, Policies(identity, resource, resource_decides=True)).allowed == allowed


@pytest.mark.parametrize(
    ("spared", "boundary", "denied"),
    [
        ({"AWS": [SESSION, ROLE, ACCOUNT]}, None, False),
        ({"AWS": [ROLE, f"arn:aws:iam::{ACCOUNT}:root"]}, None, False),
        ({"AWS": [ROLE]}, None, True),
        ({"AWS": [USER, ACCOUNT]}, None, True),
        ({"AWS": [ACCOUNT]}, None, False),
        ({"AWS": [ROLE, ACCOUNT]}, ANY, True),
    ],
)
def test_not_principal_spares_whom_it_names_with_the_account(spared, boundary, denied):
    """The account has to stand beside the role, and a principal with a boundary is always denied."""
    statement = {"Effect": "Deny", "NotPrincipal": spared, "Action": "*", "Resource": "*"}
    policies = Policies((ANY,), policy(statement), boundary)

    assert (
        evaluate(Request(AS_SESSION, "s3:GetObject", KEY), policies).kind == "explicit"
    ) == denied


def test_not_principal_with_allow_grants_nothing():
    """AWS does not support the combination; it must not open a bucket."""
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": USER}, "Action": "*", "Resource": "*"}

    assert not evaluate(
        Request(AS_SESSION, "s3:GetObject", KEY), Policies((), policy(statement))
    ).allowed


@pytest.mark.parametrize(
    ("principal", "resource", "allowed"),
    [
        (Principal("", kind="anonymous"), granting("*"), True),
        (Principal("", kind="anonymous"), granting({"AWS": ACCOUNT}), False),
        (
            Principal("ecs-tasks.amazonaws.com", kind="service"),
            granting({"Service": "ecs-tasks.amazonaws.com"}),
            True,
        ),
        (
            Principal("ecs-tasks.amazonaws.com", kind="service"),
            granting({"Service": "ecs.amazonaws.com"}),
            False,
        ),
        (Principal("", ACCOUNT, "root"), None, True),
        (Principal("", ACCOUNT, "root"), granting("*", "Deny"), False),
    ],
)
def test_callers_without_identity_policies(principal, resource, allowed):
    """Services and anonymous callers live by the resource's policy; root may do what nothing denies."""
    assert (
        evaluate(Request(principal, "s3:GetObject", KEY), Policies((), resource)).allowed == allowed
    )


@pytest.mark.parametrize(
    ("statement", "action", "resource", "applies"),
    [
        (allow("s3:getobject"), "s3:GetObject", KEY, True),
        (allow("s3:Get?bject"), "s3:GetObject", KEY, True),
        (allow("s3:Get"), "s3:GetObject", KEY, False),
        (allow("*"), "sqs:SendMessage", KEY, True),
        ({"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}, "s3:GetObject", KEY, True),
        ({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, "s3:GetObject", KEY, False),
        (allow(resource="arn:aws:s3:::orders"), "s3:GetObject", KEY, False),
        (allow(resource="arn:aws:s3:::orders/*"), "s3:GetObject", KEY, True),
        (allow(resource="arn:aws:s3:::Orders/*"), "s3:GetObject", KEY, False),
        (allow(resource="arn:aws:s3:::orders/?"), "s3:GetObject", KEY + "2", False),
        (
            {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::orders/*"},
            "s3:GetObject",
            KEY,
            False,
        ),
        (
            {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::users/*"},
            "s3:GetObject",
            KEY,
            True,
        ),
        (allow(resource="arn:aws:s3:::${aws:PrincipalTag/team}/*"), "s3:GetObject", KEY, True),
        (allow(resource="arn:aws:s3:::${aws:username}/*"), "s3:GetObject", KEY, False),
        (allow(resource="arn:aws:s3:::orders${aws:username}/*"), "s3:GetObject", KEY, False),
        (allow(resource="arn:aws:s3:::${aws:username, 'orders'}/*"), "s3:GetObject", KEY, True),
        (allow(resource="arn:aws:s3:::orders/${*}"), "s3:GetObject", KEY, False),
        (allow(resource="arn:aws:s3:::orders/${*}"), "s3:GetObject", "arn:aws:s3:::orders/*", True),
    ],
)
def test_actions_resources_and_variables(statement, action, resource, applies):
    """Actions ignore case, resources do not; wildcards, Not elements and policy variables work as documented."""
    decision = evaluate(
        Request(AS_SESSION, action, resource, "", lookup({"aws:PrincipalTag/team": "orders"})),
        Policies((policy(statement),)),
    )

    assert decision.allowed == applies


def test_variables_are_plain_text_in_old_documents():
    """Without Version 2012-10-17 `${...}` is not a variable."""
    old = parse({"Statement": [allow(resource="arn:aws:s3:::${aws:PrincipalTag/team}/*")]})
    context = lookup({"aws:PrincipalTag/team": "orders"})

    assert not evaluate(
        Request(AS_SESSION, "s3:GetObject", KEY, "", context), Policies((old,))
    ).allowed


def test_a_variables_own_wildcards_are_literal():
    """A tag with the value `*` does not open everything."""
    star = policy(allow(resource="arn:aws:s3:::${aws:PrincipalTag/team}/*"))
    context = lookup({"aws:PrincipalTag/team": "*"})

    assert not evaluate(
        Request(AS_SESSION, "s3:GetObject", KEY, "", context), Policies((star,))
    ).allowed


def test_the_reason_names_the_nearest_statement():
    """A learner reads which statement almost allowed, and why it did not."""
    near = policy(allow("s3:GetObject", "arn:aws:s3:::users/*", Sid="Read"), name="data")
    decision = evaluate(Request(AS_SESSION, "s3:GetObject", KEY), Policies((near,)))

    assert decision.why == (
        "No identity-based policy allows s3:GetObject on arn:aws:s3:::orders/1; "
        "the nearest, statement Read of data allows s3:GetObject, but on arn:aws:s3:::users/*."
    )


@pytest.mark.parametrize(
    ("policies", "ending"),
    [
        (Policies(), "because no identity-based policy allows the s3:GetObject action"),
        (
            Policies((ANY,), None, NOTHING),
            "because no permissions boundary allows the s3:GetObject action",
        ),
        (
            Policies((ANY,), session=(NOTHING,)),
            "because no session policy allows the s3:GetObject action",
        ),
        (Policies((ANY, policy(deny()))), "with an explicit deny in an identity-based policy"),
        (
            Policies((ANY,), granting("*", "Deny")),
            "with an explicit deny in a resource-based policy",
        ),
    ],
)
def test_refusals_read_as_awss(policies, ending):
    """The message names the caller, the action, the resource and the type of policy."""
    text = message(
        evaluate(Request(AS_SESSION, "s3:GetObject", KEY), policies), SESSION, "s3:GetObject", KEY
    )

    assert text == (
        f"User: {SESSION} is not authorized to perform: s3:GetObject on resource: {KEY} {ending}"
    )


def test_an_explicit_deny_names_the_managed_policys_arn():
    """AWS adds the ARN where the policy has one."""
    arn = f"arn:aws:iam::{ACCOUNT}:policy/stop"
    named = parse({"Statement": [deny()]}, "stop", arn)
    text = message(
        evaluate(Request(AS_SESSION, "s3:GetObject", KEY), Policies((named,))), "u", "a", "r"
    )

    assert text.endswith(f"with an explicit deny in an identity-based policy: {arn}")


# --- properties -------------------------------------------------------------------------------

PATTERNS = st.sampled_from(["*", "s3:*", "s3:GetObject", "s3:Put*", "sqs:*"])
PLACES = st.sampled_from(["*", "arn:aws:s3:::orders/*", KEY, "arn:aws:s3:::users/*"])
STATEMENTS = st.builds(
    lambda effect, action, resource: {"Effect": effect, "Action": action, "Resource": resource},
    st.sampled_from(["Allow", "Deny"]), PATTERNS, PLACES,
)  # fmt: skip
DOCUMENTS = st.lists(STATEMENTS, max_size=4).map(lambda statements: policy(*statements))
RESOURCES = st.lists(
    st.builds(
        lambda statement, entry: {**statement, "Principal": entry},
        STATEMENTS,
        st.sampled_from(["*", {"AWS": ROLE}, {"AWS": SESSION}, {"AWS": ACCOUNT}, {"AWS": USER}]),
    ),
    max_size=3,
).map(lambda statements: policy(*statements))
LAYERS = st.builds(
    Policies,
    st.lists(DOCUMENTS, max_size=3).map(tuple),
    st.none() | RESOURCES,
    st.none() | DOCUMENTS,
    st.none() | st.lists(DOCUMENTS, min_size=1, max_size=2).map(tuple),
)
REQUESTS = st.builds(
    Request,
    st.sampled_from([AS_USER, AS_SESSION]),
    st.sampled_from(["s3:GetObject", "s3:PutObject"]),
    st.just(KEY),
    st.sampled_from(["", OTHER]),
)
DENY_ALL = policy(deny("*"))


def _with(policies, layer, document):
    """Return policies with one more document in a layer."""
    if layer == "resource":
        statement = json.dumps(
            {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}
        )
        return Policies(policies.identity, parse(statement), policies.boundary, policies.session)
    if layer == "identity":
        more = (*policies.identity, document)
        return Policies(more, policies.resource, policies.boundary, policies.session)
    if layer == "boundary":
        return Policies(policies.identity, policies.resource, document, policies.session)
    return Policies(
        policies.identity,
        policies.resource,
        policies.boundary,
        (*(policies.session or ()), document),
    )


@given(REQUESTS, LAYERS, st.sampled_from(["identity", "resource", "boundary", "session"]))
def test_deny_beats_every_allow(request, policies, layer):
    """Whatever else is there, one matching Deny in any layer refuses."""
    assert evaluate(request, _with(policies, layer, DENY_ALL)).kind == "explicit"


@given(REQUESTS, LAYERS, DOCUMENTS)
def test_a_further_allow_never_refuses(request, policies, document):
    """Adding Allow statements to an identity policy takes nothing away."""
    allows = Policy("more", tuple(s for s in document.statements if s.effect == "Allow"))
    before, after = (
        evaluate(request, policies),
        evaluate(request, _with(policies, "identity", allows)),
    )

    assert after.allowed or not before.allowed


@given(REQUESTS, LAYERS, DOCUMENTS)
def test_a_boundary_never_grants(request, policies, document):
    """What is refused without a boundary is refused with any."""
    without = Policies(policies.identity, policies.resource, None, policies.session)
    bounded = _with(policies, "boundary", document)

    assert evaluate(request, without).allowed or not evaluate(request, bounded).allowed


@given(REQUESTS, LAYERS, DOCUMENTS)
def test_a_session_policy_never_grants(request, policies, document):
    """What the role may not do, no session of it may."""
    without = Policies(policies.identity, policies.resource, policies.boundary)
    limited = Policies(policies.identity, policies.resource, policies.boundary, (document,))

    assert evaluate(request, without).allowed or not evaluate(request, limited).allowed


@given(REQUESTS, LAYERS)
def test_every_decision_says_why(request, policies):
    """A decision has one sentence and four steps, and names a statement unless nothing matched."""
    decision = evaluate(request, policies)

    assert decision.why.endswith(".")
    assert len(decision.steps) == 4
    assert bool(decision.statement) == (decision.kind != "implicit")
