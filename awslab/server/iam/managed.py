"""AWS's own managed policies, each read when it is first named: all 1,500 would cost half a second.

moto carries their documents as one JSON text; `ensure` decodes the one object that is asked for.
"""

import json
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

PREFIX = "arn:aws:iam::aws:policy/"
_decoder = json.JSONDecoder()


def ensure(backend: Any, arn: str | None) -> None:
    """Put an AWS managed policy into an account's IAM, if AWS has one of that ARN."""
    if not arn or not arn.startswith(PREFIX) or arn in backend.managed_policies:
        return
    name = arn.rpartition("/")[2]
    start = aws_managed_policies_data.find(f'\n "{name}":')
    if start < 0 or '"' in name:
        return
    data, _ = _decoder.raw_decode(aws_managed_policies_data, start + len(name) + 5)
    _add(
        backend,
        AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data),
        arn,
    )


def ensure_all(backend: Any) -> None:
    """Put every AWS managed policy into an account's IAM, as ListPolicies shows them."""
    for name, data in json.loads(aws_managed_policies_data).items():
        arn = f"arn:aws:iam::aws:policy{data.get('Path') or '/'}{name}"
        if arn not in backend.managed_policies:
            new = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
            _add(backend, new, arn)


def _add(backend: Any, policy: Any, arn: str) -> None:
    if policy.arn == arn:
        backend.managed_policies[arn] = policy
