"""App Mesh has ended, and the lab says so."""

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_mesh", {"meshName": "shop"}),
        ("list_meshes", {}),
        ("list_virtual_services", {"meshName": "shop"}),
    ],
)
def test_every_call_is_refused_and_names_what_to_use_instead(app, session, operation, parameters):
    """Support ended in September 2026; operations that moto has no path for are refused alike."""
    with pytest.raises(ClientError) as caught:
        getattr(session.client("appmesh"), operation)(**parameters)
    error = caught.value.response["Error"]

    assert error["Code"] == "ForbiddenException"
    assert "Service Connect" in error["Message"]
    assert "VPC Lattice" in error["Message"]
