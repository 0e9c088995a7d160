"""AWS's error codes instead of moto's raw Python exceptions.

moto answers a request it did not foresee with an HTTP 500 and a Python traceback.
AWS answers in the protocol of the service, with a code and a sentence, and so does the lab.
"""

import logging
import warnings
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ParamValidationError
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from werkzeug.exceptions import HTTPException

log = logging.getLogger("awslab")

Check = Callable[[BaseResponse, str], None]
Observer = Callable[[BaseResponse, str, Any], None]
_checks: dict[str, list[Check]] = {}
_observers: list[Observer] = []
ANY = "*"


class AWSError(ServiceException):
    """One of AWS's errors, by its code: `AWSError("EmptyUploadException", "...")`.

    moto takes its own ServiceException for one of the service that the class's module belongs to.
    `status` is the HTTP status where it is not the one of the service's model.
    """

    status: int | None = None


class NotSimulated(AWSError):
    """An operation that neither moto nor the lab has."""

    code = "NotImplemented"


class InternalFailure(AWSError):
    """Something broke inside the lab; see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html."""

    code = "InternalFailure"


def check_requests(service: str, check: Check) -> None:
    """Call `check(response, operation)` before each request to `service`, or to any for `ANY`.

    It may raise an AWSError, which is then the answer; checks for ANY (permissions) come first.
    """
    _checks.setdefault(service, []).append(check)


def observe_requests(observe: Observer) -> None:
    """Call `observe(response, operation, answer)` after each request, its answer being status, headers and body."""
    if observe not in _observers:  # a second lab in this process installs its extensions again
        _observers.append(observe)


def aws_error(
    service: str, operation: str, error: Exception, region: str | None = None
) -> ServiceException:
    """Return the AWS error that stands for a raw Python exception of moto's."""
    if isinstance(error, ServiceException):
        return error
    if isinstance(error, NotImplementedError):
        return NotSimulated(f"The lab does not simulate {service}:{operation}.")
    if isinstance(error, KeyError) and error.args == (region,):
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
        return AWSError(
            "InvalidSignatureException",
            f"Credential should be scoped to a valid region, not '{region}'.",
        )
    if isinstance(error, ParamValidationError):
        return AWSError("InvalidParameterException", str(error))
    log.exception("%s:%s failed inside the lab", service, operation, exc_info=error)
    return InternalFailure(
        f"The lab itself failed on {service}:{operation} ({type(error).__name__}: {error}). "
        "This is a fault of the lab, not of your request; please report it with the request."
    )


def install() -> None:
    """Wrap moto's dispatcher, once."""
    if getattr(BaseResponse.call_action, "lab", False):
        return
    original = BaseResponse.call_action

    def call_action(self: BaseResponse) -> Any:
        operation = self._get_action() or ""
        answer = answered(self, operation)
        for observe in _observers:
            observe(self, operation, answer)
        return answer

    def answered(self: BaseResponse, operation: str) -> Any:
        try:
            for check in [*_checks.get(ANY, []), *_checks.get(self.service_name, [])]:
                check(self, operation)
            return original(self)
        except HTTPException:
            raise
        except Exception as error:
            result = ActionResult(aws_error(self.service_name, operation, error, self.region))
            with warnings.catch_warnings():
                # moto warns of codes that are no service's own, such as NotImplemented.
                warnings.simplefilter("ignore")
                status, headers, body = self.serialized(result)
            headers["status"] = getattr(error, "status", None) or status
            answer = self._transform_response(self.response_headers, (body, headers))
            status, headers, body = answer
            return status, *self._enrich_response(headers, body)

    call_action.lab = True  # type: ignore[attr-defined]
    BaseResponse.call_action = call_action  # type: ignore[method-assign]
