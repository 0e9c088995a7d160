"""What a listener's rule rewrites, and which transforms cannot be."""

import pytest

from awslab.world.http import Request
from awslab.world.request_error import RequestError
from awslab.world.transforms import Failed, check_transforms, rewritten, uri


def host(regex, to):
    """A host header rewrite."""
    config = {"Rewrites": [{"Regex": regex, "Replace": to}]}
    return {"Type": "host-header-rewrite", "HostHeaderRewriteConfig": config}


def url(regex, to):
    """A URL rewrite."""
    config = {"Rewrites": [{"Regex": regex, "Replace": to}]}
    return {"Type": "url-rewrite", "UrlRewriteConfig": config}


ASKED = Request(path="/api/users/7", query="page=2", host="mywebsite-shop.com")


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (url("^/api/(.*)$", "/$1"), "/users/7?page=2"),
        (url("^/api", ""), "/users/7?page=2"),
        (url(r"^/api/([a-z]+)/(\d+)", "/$1.php?id=$2&v=1"), "/users.php?id=7&v=1?page=2"),
        (url(r"^/api/users/(\d+)\?page=(\d+)$", "/u/$1/$2"), "/u/7/2"),
        (url("^/shop/(.*)$", "/$1"), "/api/users/7?page=2"),
    ],
)
def test_path_and_query_are_rewritten_where_the_pattern_matches(transform, expected):
    """Groups are filled in; without a match the URL stays."""
    assert uri(rewritten(ASKED, [transform])) == expected


def test_the_host_header_is_rewritten_with_the_host():
    """The example of AWS's documentation; a port in the header stays, the path too."""
    asked = Request(path="/a", host="mywebsite-shop.com", headers={"host": "mywebsite-shop.com:81"})
    found = rewritten(asked, [host(r"^mywebsite-(.+).com$", "internal.dev.$1.myweb.com")])

    assert found.host == "internal.dev.shop.myweb.com"
    assert found.headers["host"] == "internal.dev.shop.myweb.com:81"
    assert found.path == "/a"


@pytest.mark.parametrize(
    ("transform", "status"),
    [
        (url("^/api/(.*)$", "/$2"), "TransformReplaceError"),
        (url("^/api/", ""), "TransformInvalidPath"),
        (host("^my.*$", "not a host"), "TransformInvalidHost"),
    ],
)
def test_a_match_that_cannot_be_replaced_fails(transform, status):
    """ELB answers such a request with 500."""
    with pytest.raises(Failed) as error:
        rewritten(ASKED, [transform])

    assert str(error.value) == status


@pytest.mark.parametrize(
    ("transforms", "message"),
    [
        ([{"Type": "path-rewrite"}], "Member must satisfy enum value set"),
        ([url("a", "b"), url("c", "d")], "only one transform of type 'url-rewrite'"),
        ([{"Type": "url-rewrite"}], "must have a UrlRewriteConfig"),
        ([{**host("a", "b"), "Type": "url-rewrite"}], "must have a UrlRewriteConfig"),
        ([{"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": []}}], "with a rewrite"),
        ([url("(a", "b")], "The regular expression '(a' is not valid"),
        ([url("(?=a)", "b")], "uses a feature that is not supported"),
        ([url("a", "b" * 1025)], "The 'Replace' value is too long; the limit is '1024'"),
    ],
)
def test_what_cannot_be_a_transform_is_refused(transforms, message):
    """One fault, one refusal."""
    with pytest.raises(RequestError) as error:
        check_transforms(transforms)

    assert error.value.code == "ValidationError"
    assert message in error.value.message


def test_one_transform_of_each_type_is_accepted():
    """Both at once, and none."""
    assert check_transforms([host("a", "b"), url("^/a", "/b")]) is None
    assert check_transforms([]) is None
