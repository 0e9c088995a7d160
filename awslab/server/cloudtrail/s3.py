"""S3's management events: what is done to buckets. moto's S3 has a dispatcher of its own.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
"""

from typing import Any

from moto.s3.responses import S3Response

from awslab.server.cloudtrail import record

# On a bucket's address, and yet about the objects in it: data events.
_DATA = {"ListObjects", "ListBucket", "ListObjectsV2", "ListObjectVersions", "DeleteObjects"}
_DATA |= {"DeleteObject", "PutObject", "ListMultipartUploads", "ListBucketMultipartUploads"}
_DATA |= {"ListBucketVersions", "HeadBucket"}
_NAMES = {"ListAllMyBuckets": "ListBuckets", "PutEncryptionConfiguration": "PutBucketEncryption"}


def install() -> None:
    """Note each request to a bucket once it is answered."""
    if getattr(S3Response, "lab_observed", False):
        return
    S3Response.lab_observed = True  # type: ignore[attr-defined]
    original = S3Response.bucket_response

    def bucket_response(self: Any, request: Any, full_url: str, headers: Any) -> Any:
        answer = original(self, request, full_url, headers)
        _observe(self, answer)
        return answer

    S3Response.bucket_response = bucket_response  # type: ignore[method-assign]


def reset() -> None:
    """Nothing to do: the records are `awslab.server.cloudtrail`'s."""


def _observe(response: Any, answer: Any) -> None:
    action = response.data.get("Action", "")
    action = action[0] if isinstance(action, list) else action
    action = _NAMES.get(action, action)
    if not action or action in _DATA:
        return
    status, headers, body = answer
    bucket = response.data.get("BucketName")
    parameters = {"bucketName": bucket} if bucket else {}
    record.note(response, action, (status, headers, body), parameters)
