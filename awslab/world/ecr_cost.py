"""What images cost to keep in Amazon ECR."""

from collections.abc import Iterable, Mapping

# US dollars for a gigabyte kept a month in a private repository, the rate the course works with.
STORAGE_RATE = 0.10


def storage_cost(gigabytes: float, months: float = 1, rate: float = STORAGE_RATE) -> float:
    """Return the storage cost in US dollars; `rate` is dollars for a gigabyte a month.

    Raises ValueError for a negative number.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/what-is-ecr.html
    """
    for name, value in (("gigabytes", gigabytes), ("months", months), ("rate", rate)):
        if value < 0:
            raise ValueError(f"{name} is {value}: must not be negative")
    return gigabytes * months * rate


def unique_layer_bytes(images: Iterable[Iterable[Mapping]]) -> int:
    """Return the bytes one repository stores for images; a layer they share counts once.

    An image is its list of layers, a layer an OCI descriptor: `{"digest": ..., "size": ...}`, size
    in bytes.
    Raises ValueError when one digest comes with two sizes.
    """
    sizes: dict[str, int] = {}
    for layers in images:
        for layer in layers:
            size = sizes.setdefault(layer["digest"], layer["size"])
            if size != layer["size"]:
                raise ValueError(
                    f"layer {layer['digest']}: has size {size} in one image and "
                    f"{layer['size']} in another; a digest names one content"
                )
    return sum(sizes.values())
