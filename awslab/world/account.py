"""The lab's one account: where a notebook works, and as whom."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
# The access key of the administrator that a notebook is; no other key is known before IAM makes one.
ADMINISTRATOR = "ASIALABLABLABLABLAB0"
