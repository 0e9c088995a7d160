"""Q9's architecture, as the course builds it for its readers too: `awslab.shop`.

`build(session)` returns the names and ids of everything, as a `Shop`; the services have been created, not awaited.
"""

from awslab.shop import construct as build
from awslab.shop_network import (
    APP_PORT,
    SERVICES,
    ZONES,
    Shop,
    allow,
    endpoints,
    network,
    permission,
    security_groups,
    table,
)
from awslab.shop_services import (
    ACCESS,
    DOMAIN,
    REDIRECT,
    TRUST,
    certificate,
    create_service,
    data,
    listener,
    load_balancer,
    push,
    put_record,
    register,
    roles,
    statement,
    upload,
)
from awslab.world.account import ACCOUNT, REGION

__all__ = [
    "ACCESS",
    "ACCOUNT",
    "APP_PORT",
    "DOMAIN",
    "REDIRECT",
    "REGION",
    "SERVICES",
    "TRUST",
    "ZONES",
    "Shop",
    "allow",
    "build",
    "certificate",
    "create_service",
    "data",
    "endpoints",
    "listener",
    "load_balancer",
    "network",
    "permission",
    "push",
    "put_record",
    "register",
    "roles",
    "security_groups",
    "statement",
    "table",
    "upload",
]
