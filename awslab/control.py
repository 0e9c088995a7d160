"""Speak to the lab's own control: the clock and the reset, which AWS does not have."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit


def ask(endpoint: str, action: str, timeout: float = 60.0, **body: Any) -> dict[str, Any]:
    """POST one action to the lab at `endpoint` and return its answer.

    Raises ConnectionError when nothing answers there, ValueError with the lab's reason when it declines.
    """
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
    try:
        connection.request("POST", f"/_lab/{action}", json.dumps(body).encode())
        response = connection.getresponse()
        data = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(f"nothing answers as a lab at {endpoint}") from error
    finally:
        connection.close()
    if response.status == 400:
        raise ValueError(json.loads(data)["error"])
    if response.status != 200:
        raise ConnectionError(f"the lab at {endpoint} refused {action!r}: {data.decode()[:300]}")
    return json.loads(data)
