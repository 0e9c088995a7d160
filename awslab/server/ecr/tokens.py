"""ECR's authorization tokens: a password for `docker login` that ends after twelve hours of simulated time.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from moto.core.responses import ActionResult
from moto.ecr.responses import ECRResponse

from awslab.server import clock

RESPONSES = ["get_authorization_token"]
LIFETIME = timedelta(hours=12)
USER = "AWS"
# Only this lab ever checks it; a fixed key keeps the same calls giving the same answers.
_KEY = b"awslab registry token"


class TokenError(Exception):
    """The password is not one that the lab issued, or it has expired."""


def issue(account: str, now: datetime) -> tuple[str, datetime]:
    """Return a password for the principal of `account`, and the moment at which it expires."""
    expires = now + LIFETIME
    claims = json.dumps({"account": account, "expires": expires.timestamp()}).encode()
    signature = hmac.new(_KEY, claims, hashlib.sha256).digest()
    return base64.b64encode(signature + claims).decode(), expires


def account_of(password: str, now: datetime) -> str:
    """Return the account that a password was issued to.

    Raises TokenError with the registry's own text when it is not a token or has expired.
    """
    try:
        raw = base64.b64decode(password, validate=True)
        signature, claims = raw[:32], raw[32:]
        genuine = hmac.compare_digest(signature, hmac.new(_KEY, claims, hashlib.sha256).digest())
        if not genuine:
            raise ValueError
        content = json.loads(claims)
    except ValueError:
        raise TokenError("Not Authorized") from None
    if datetime.fromtimestamp(content["expires"], UTC) <= now:
        raise TokenError("Your authorization token has expired. Reauthenticate and try again.")
    return content["account"]


def get_authorization_token(self: ECRResponse) -> ActionResult:
    """Answer GetAuthorizationToken: `AWS:<password>` in base64, valid for twelve hours.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
    """
    password, expires = issue(self.current_account, clock.current.now)
    token = base64.b64encode(f"{USER}:{password}".encode()).decode()
    registries = self._get_param("registryIds") or [self.current_account]
    return ActionResult(
        {
            "authorizationData": [
                {
                    "authorizationToken": token,
                    "expiresAt": expires,
                    "proxyEndpoint": f"https://{registry}.dkr.ecr.{self.region}.amazonaws.com",
                }
                for registry in registries
            ]
        }
    )
