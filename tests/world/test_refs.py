"""Image references, names, tags and immutability in Amazon ECR."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awslab.world import refs
from awslab.world.refs import ImageRef

HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
CHINA = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"
DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("uri", "repository", "tag", "digest"),
    [
        (f"{HOST}/app", "app", "latest", None),
        (f"{HOST}/app:v1.0", "app", "v1.0", None),
        (f"{HOST}/team-a/shop/api:3f2c_x", "team-a/shop/api", "3f2c_x", None),
        (f"{HOST}/app@{DIGEST}", "app", None, DIGEST),
        (f"{HOST}/app:v1@{DIGEST}", "app", "v1", DIGEST),
    ],
)
def test_ecr_uri_falls_into_its_parts(uri, repository, tag, digest):
    """An ECR URI gives account, Region, repository, tag and digest."""
    actual = refs.parse_image_uri(uri)

    assert actual == ImageRef(HOST, "123456789012", "eu-west-1", repository, tag, digest)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (f"{HOST}/app", f"{HOST}/app:latest"),
        (f"{HOST}/ns/app:v1", f"{HOST}/ns/app:v1"),
        (f"{HOST}/app@{DIGEST}", f"{HOST}/app@{DIGEST}"),
        (f"{CHINA}/app:v1", f"{CHINA}/app:v1"),
    ],
)
def test_uri_is_the_inverse(uri, expected):
    """`uri` writes back what was parsed, with the default tag made visible."""
    assert refs.parse_image_uri(uri).uri == expected


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        (f"https://{HOST}/app", "scheme"),
        (HOST, "repository is missing"),
        (f"{HOST}/", "repository name"),
        ("nginx:1.27", "repository is missing"),
        ("docker.io/library/nginx", "not a private Amazon ECR registry"),
        ("123456789012.dkr.ecr.amazonaws.com/app", "region ''"),
        ("12345.dkr.ecr.eu-west-1.amazonaws.com/app", "account '12345'"),
        ("123456789012.dkr.ecr.Europe.amazonaws.com/app", "region 'Europe'"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com/app", "cn"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn/app", "cn"),
        (f"{HOST}/App:v1", "lower case"),
        (f"{HOST}/app:", "tag ''"),
        (f"{HOST}/app:bad tag", "tag 'bad tag'"),
        (f"{HOST}/app:v1:v2", "tag 'v1:v2'"),
        (f"{HOST}/app@sha256:1234", "digest"),
        (f"{HOST}/app@", "digest ''"),
    ],
)
def test_error_names_the_wrong_part(uri, message):
    """A bad URI is refused with the name of the part that is wrong."""
    with pytest.raises(ValueError) as caught:
        refs.parse_image_uri(uri)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("node:20-alpine", "docker.io/library/node:20-alpine"),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
        ("public.ecr.aws/nginx/nginx:1.27", "public.ecr.aws/nginx/nginx:1.27"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("gcr.io/distroless/nodejs20-debian12", "gcr.io/distroless/nodejs20-debian12:latest"),
    ],
)
def test_other_registries_parse_as_docker_reads_them(reference, expected):
    """A reference without an ECR registry gets docker's defaults and no account."""
    actual = refs.parse_reference(reference)

    assert (actual.uri, actual.account, actual.is_ecr) == (expected, None, False)


_NAMES = st.from_regex(
    r"[a-z0-9]{2,6}(?:[._-][a-z0-9]{1,4})?(?:/[a-z0-9]{1,6}){0,2}", fullmatch=True
)
_TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,30}", fullmatch=True)


@settings(derandomize=True)
@given(
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    region=st.sampled_from(["us-east-1", "us-gov-west-1", "ap-southeast-2", "cn-north-1"]),
    repository=_NAMES,
    tag=_TAGS,
)
def test_image_uri_and_parse_are_inverses(account, region, repository, tag):
    """What `image_uri` builds, `parse_image_uri` takes apart again."""
    actual = refs.parse_image_uri(refs.image_uri(account, region, repository, tag))

    assert (actual.account, actual.region, actual.repository, actual.tag) == (
        account,
        region,
        repository,
        tag,
    )


@pytest.mark.parametrize(
    "name",
    ["ab", "app", "team/app", "a1.b_c-d", "a__b", "a--b", "1app", "a" * 256],
)
def test_repository_name_accepted(name):
    """Names within ECR's pattern pass."""
    assert refs.validate_repository_name(name) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a", "2 to 256"),
        ("a" * 257, "2 to 256"),
        ("My-App", "lower case"),
        ("-app", "letter or digit"),
        ("app-", "letter or digit"),
        ("a..b", "one dot"),
        ("a___b", "underscores"),
        ("a//b", "one slash"),
        ("/app", "one slash"),
        ("app/", "one slash"),
        ("my app", "letters and digits"),
        ("app\n", "letters and digits"),
    ],
)
def test_repository_name_refused_with_the_rule(name, message):
    """A bad name is refused with the rule it breaks."""
    with pytest.raises(ValueError) as caught:
        refs.validate_repository_name(name)

    assert message in str(caught.value)


@pytest.mark.parametrize("tag", ["", "a" * 129, "-v1", ".v1", "v 1", "v1/2", "v1+build", "v1\n"])
def test_tag_refused(tag):
    """A tag outside the pattern is refused by name."""
    with pytest.raises(ValueError) as caught:
        refs.validate_tag(tag)

    assert repr(tag) in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("prod*", "prod-1", True),
        ("prod*", "prod", True),
        ("prod", "prod-1", False),
        ("*prod", "preprod", True),
        ("*prod*", "a-prod-b", True),
        ("v*.*", "v1", False),
        ("v1.0", "v1x0", False),
        ("*", "", True),
    ],
)
def test_wildcard_matches_the_whole_text(pattern, text, expected):
    """Only `*` is special, and the whole text must match."""
    assert refs.wildcard_match(pattern, text) is expected


@pytest.mark.parametrize(
    ("mutability", "filters", "tag", "expected"),
    [
        ("MUTABLE", [], "v1", False),
        ("IMMUTABLE", [], "v1", True),
        ("IMMUTABLE", ["v*"], "v1", True),
        ("IMMUTABLE_WITH_EXCLUSION", ["latest", "dev-*"], "v1", True),
        ("IMMUTABLE_WITH_EXCLUSION", ["latest", "dev-*"], "latest", False),
        ("IMMUTABLE_WITH_EXCLUSION", ["latest", "dev-*"], "dev-7", False),
        ("MUTABLE_WITH_EXCLUSION", ["v*"], "v1", True),
        ("MUTABLE_WITH_EXCLUSION", ["v*"], "latest", False),
        (
            "MUTABLE_WITH_EXCLUSION",
            [{"filterType": "WILDCARD", "filter": "v*"}],
            "v2",
            True,
        ),
    ],
)
def test_exclusions_turn_the_mode_round(mutability, filters, tag, expected):
    """An excluded tag behaves the other way than the repository's mode."""
    assert refs.tag_is_immutable(mutability, filters, tag) is expected


@pytest.mark.parametrize(
    ("mutability", "filters", "message"),
    [
        ("FROZEN", [], "imageTagMutability"),
        ("IMMUTABLE_WITH_EXCLUSION", [{"filterType": "REGEX", "filter": "v.*"}], "WILDCARD"),
    ],
)
def test_unknown_mode_or_filter_is_refused(mutability, filters, message):
    """An unknown mutability or filter type is an error."""
    with pytest.raises(ValueError) as caught:
        refs.tag_is_immutable(mutability, filters, "v1")

    assert message in str(caught.value)
