"""Check images against the OCI format: real tars, stable digests, right sizes."""

import hashlib
import io
import json
import tarfile

from awslab.world import oci

ENTRIES = (
    oci.Entry("app/", mode=0o755, uid=1000, gid=1000, directory=True),
    oci.Entry("app/a.txt", 3, b"abc"),
    oci.Entry("app/big.bin", 3_000_001),
    oci.Entry("app/" + "long/" * 40 + "name", 0, b""),
    oci.Entry("app/.wh.old", 0, b""),
)


def test_a_layer_is_a_tar_with_the_entries():
    """Any tar reader sees names, owners, modes, contents and the fixed time."""
    layer = oci.Layer(ENTRIES)
    raw = b"".join(layer.chunks())
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        members = {member.name: member for member in archive}
        content = archive.extractfile("app/a.txt").read()

    assert sorted(members) == sorted(entry.path.rstrip("/") for entry in ENTRIES)
    assert content == b"abc"
    assert members["app"].isdir()
    assert (members["app"].uid, members["app"].mode) == (1000, 0o755)
    assert members["app/big.bin"].size == 3_000_001
    assert {member.mtime for member in members.values()} == {oci.SOURCE_DATE_EPOCH}


def test_digest_and_size_are_those_of_the_bytes():
    """A layer's digest is the sha256 of what it streams."""
    layer = oci.Layer(ENTRIES)
    raw = b"".join(layer.chunks())

    assert layer.digest == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert layer.size == len(raw)


def test_no_chunk_is_large():
    """A layer is streamed, never held whole."""
    assert max(len(chunk) for chunk in oci.Layer(ENTRIES).chunks()) <= 1024 * 1024


def test_the_manifest_names_config_and_layers():
    """The manifest holds media types, digests and sizes as the specification asks."""
    layer = oci.Layer(ENTRIES)
    image = oci.Image({"os": "linux"}, (layer,))
    manifest = json.loads(image.manifest_bytes)

    assert manifest["mediaType"] == oci.MANIFEST_TYPE
    assert manifest["config"] == {
        "mediaType": oci.CONFIG_TYPE,
        "digest": oci.digest(image.config_bytes),
        "size": len(image.config_bytes),
    }
    assert manifest["layers"] == [
        {"mediaType": oci.LAYER_TYPE, "digest": layer.digest, "size": layer.size}
    ]
    assert image.digest == oci.digest(image.manifest_bytes)
    assert image.size == layer.size


def test_equal_configs_give_equal_bytes():
    """The order in which a config was filled does not change its digest."""
    one = oci.Image({"a": 1, "b": 2}, ())
    other = oci.Image({"b": 2, "a": 1}, ())

    assert one.digest == other.digest
