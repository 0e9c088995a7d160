"""How a pure rule says that AWS refuses a request: AWS's error code and AWS's sentence.

Errors: RequestError(ValueError).
"""

__all__ = ["RequestError"]


class RequestError(ValueError):
    """AWS refuses the request: `code` as in `error.response["Error"]["Code"]`, `message` as AWS says it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __repr__(self) -> str:
        return f"RequestError({self.code!r}, {self.message!r})"
