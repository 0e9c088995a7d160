"""boto3 clients for the course's own code: as the environment says now, and cheap to ask for again.

`boto3.client` keeps the credentials that its first call found, so inside `cloud.as_role` it would be the wrong one.
A session of its own reads botocore's service descriptions again, 80 ms a client; here all sessions share them, and
who asks again in the same environment gets the same client.
"""

import os
from functools import cache, lru_cache
from typing import Any

from awslab.role import URI


def client(service: str, region: str | None = None) -> Any:
    """Return a client of a service with today's credentials and endpoint; a new one takes 10 ms.

    A client for a role is always new: its credentials come from the lab, which may have forgotten the last ones.
    """
    if URI in os.environ:
        return _new(service, region)
    return _same(service, region, tuple(sorted(_settings())))


def _settings() -> list[tuple[str, str]]:
    return [(name, value) for name, value in os.environ.items() if name.startswith("AWS_")]


@lru_cache(maxsize=64)
def _same(service: str, region: str | None, settings: tuple[tuple[str, str], ...]) -> Any:
    return _new(service, region)


def _new(service: str, region: str | None) -> Any:
    import boto3.session

    session = boto3.session.Session()
    session._session.register_component("data_loader", _loader())
    return session.client(service, region_name=region)


@cache
def _loader() -> Any:
    from botocore.loaders import create_loader

    return create_loader()
