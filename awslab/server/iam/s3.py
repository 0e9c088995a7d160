"""Permissions on S3: moto's S3 has its own dispatcher and its own check, which this one replaces."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import xmltodict
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from awslab.server.errors import AWSError
from awslab.server.iam import callers, documents, enforcement, resources
from awslab.server.iam.decisions import decide_for, environment
from awslab.server.iam.needs import Need
from awslab.world.iam import Policies, Request, evaluate
from awslab.world.iam_match import lookup
from awslab.world.iam_policy import PolicyError, validate_bucket
from awslab.world.iam_principal import Principal

__all__ = ["install", "reset"]

PERMITTED = PermissionResult.PERMITTED
# moto's word for an action -> IAM's.
ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "GetAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketCORS": "GetBucketCORS",
    "SelectObject": "GetObject",
}
# Sub-resources that moto takes for the bucket itself.
SUBRESOURCES = {
    "encryption": ("GetEncryptionConfiguration", "PutEncryptionConfiguration"),
    "replication": ("GetReplicationConfiguration", "PutReplicationConfiguration"),
    "publicAccessBlock": ("GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
    "ownershipControls": ("GetBucketOwnershipControls", "PutBucketOwnershipControls"),
    "object-lock": ("GetBucketObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
    "inventory": ("GetInventoryConfiguration", "PutInventoryConfiguration"),
}


def authorize(self: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
    """Refuse an S3 request that its caller may not make.

    Raises AWSError AccessDenied, InvalidAccessKeyId or ExpiredToken.
    See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    """
    signed = "Authorization" in self.headers or "Credential=" in self.uri
    if not signed and "AWSAccessKeyId=" not in self.uri:
        _authorize_anonymous(self, bucket_name, key_name)
        return
    try:
        caller = callers.by_key(enforcement.access_key(self))
    except AWSError as error:
        if error.code != "InvalidClientTokenId":
            raise
        text = "The AWS Access Key Id you provided does not exist in our records."
        raise callers.rejected("InvalidAccessKeyId", text) from None
    if caller is not None:
        context = {
            "aws:RequestedRegion": self.region,
            "aws:UserAgent": self.headers.get("User-Agent"),
        }
        enforcement.refuse_first(self, caller, needs(self, bucket_name, key_name), context)
        _hide_missing(self, caller, context, bucket_name, key_name)
    if self.data.get("Action") == "PutBucketPolicy":
        _check_policy(self, str(bucket_name))


def _check_policy(self: Any, bucket: str) -> None:
    """Refuse a bucket policy that S3 refuses; moto stores any text."""
    text = self.body.decode() if isinstance(self.body, bytes) else str(self.body)
    _, account = resources.bucket_named(bucket)
    try:
        missing = documents.missing(text, account) if account else ()
        validate_bucket(text, bucket, missing)
    except PolicyError as error:
        raise AWSError("MalformedPolicy", str(error)) from None


def _authorize_anonymous(self: Any, bucket: str | None, key: str | None) -> None:
    """Let anyone in whom the bucket policy or a public-read ACL lets in.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    found, _ = resources.bucket_named(bucket or "")
    item = found.keys.get(key) if found is not None and key else None
    readable = self.method in ("GET", "HEAD") and item is not None and item.acl
    if readable and item.acl.public_read:
        return
    for need in needs(self, bucket, key):
        if found is None or permission(found, need.action, need.resource) is not PERMITTED:
            raise callers.rejected("AccessDenied", "Access Denied")


def needs(self: Any, bucket: str | None, key: str | None) -> Iterable[Need]:
    """Yield what an S3 request needs: bucket actions on the bucket's ARN, object actions on the object's."""
    query = self.querystring
    action = self.data.get("Action", "")
    action = action[0] if isinstance(action, list) else action
    action = ACTIONS.get(action, action)
    for name, (read, write) in SUBRESOURCES.items():
        if name in query and not key:
            action = read if self.method == "GET" else write
    if action == "DeleteObject" and not key:
        yield from (Need("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{k}") for k in _keys(self))
        return
    arn = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "") if bucket else "*"
    yield Need(f"s3:{action}", arn, _context(self, action))
    source = self.headers.get("x-amz-copy-source")
    if source and key:
        path = unquote(source).lstrip("/").partition("?")[0]
        yield Need("s3:GetObject", f"arn:aws:s3:::{path}")


def _context(self: Any, action: str) -> dict[str, Any]:
    """Return S3's own context keys.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/list_amazons3.html#amazons3-policy-keys
    """
    query, headers = self.querystring, self.headers
    keys: dict[str, Any] = {
        "s3:x-amz-acl": headers.get("x-amz-acl"),
        "s3:x-amz-server-side-encryption": headers.get("x-amz-server-side-encryption"),
        "s3:x-amz-storage-class": headers.get("x-amz-storage-class"),
    }
    if action.startswith("ListBucket"):
        keys |= {
            "s3:prefix": query.get("prefix", [""])[0],
            "s3:delimiter": query.get("delimiter", [None])[0],
            "s3:max-keys": query.get("max-keys", [None])[0],
        }
    return keys


def _keys(self: Any) -> list[str]:
    """Return the keys of a DeleteObjects request."""
    objects = xmltodict.parse(self.body, strip_whitespace=False)["Delete"].get("Object", [])
    return [entry["Key"] for entry in (objects if isinstance(objects, list) else [objects])]


def _hide_missing(
    self: Any, caller: Any, context: Any, bucket: str | None, key: str | None
) -> None:
    """Refuse to say that an object is missing to a caller who may not list the bucket.

    See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    if not key or self.method not in ("GET", "HEAD"):
        return
    found, _ = resources.bucket_named(str(bucket))
    if found is None or key in found.keys:
        return
    need = Need("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    decision = decide_for(caller, need.action, need.resource, context)
    if not decision.allowed:
        raise enforcement.denied(self, caller, need, decision)


def permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Tell what a bucket policy says to an anonymous caller; everyone else was decided before moto asks.

    moto's own answer takes a Deny for everyone's, whatever its Principal and Condition say.
    """
    policy = resources.policy_of(resource, self.account_id)
    request = Request(
        Principal("", kind="anonymous"),
        action.replace("Head", "Get"),
        resource,
        "",
        lookup(environment()),
    )
    allowed = policy and evaluate(request, Policies(resource=policy)).allowed
    return PERMITTED if allowed else PermissionResult.NEUTRAL


def install() -> None:
    """Replace moto's check with the lab's."""
    S3Response._authenticate_and_authorize_s3_action = authorize  # type: ignore[method-assign]
    FakeBucket.get_permission = permission  # type: ignore[method-assign]


def reset() -> None:
    """Nothing to do: bucket policies hang on moto's own buckets."""
