"""Names of images: references, repository names, tags, digests and tag immutability in Amazon ECR.

Every error is a `ValueError` whose message names the wrong part, what was found and the rule.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DEFAULT_TAG = "latest"
DOCKER_HUB = "docker.io"
MUTABILITIES = ("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION")

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]+")
_ECR_SUFFIXES = (".amazonaws.com.cn", ".amazonaws.com")


@dataclass(frozen=True)
class ImageRef:
    """Hold the parts of one image reference.

    `account` and `region` are None outside private Amazon ECR.
    `tag` is None for a reference by digest alone.
    """

    registry: str
    account: str | None
    region: str | None
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def uri(self) -> str:
        """Return the full reference: registry/repository, then `:tag` and `@digest` where given."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"

    @property
    def is_ecr(self) -> bool:
        """Tell whether the registry is a private Amazon ECR registry."""
        return self.account is not None


def image_uri(
    account: str, region: str, repository: str, tag: str | None = None, digest: str | None = None
) -> str:
    """Return the URI of an image in private Amazon ECR.

    Without tag and digest the tag is `latest`.
    Raises ValueError naming the part that is wrong.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
    """
    registry = registry_host(account, region)
    _check_registry(registry)
    validate_repository_name(repository)
    if tag is not None:
        validate_tag(tag)
    if digest is not None:
        validate_digest(digest)
    if tag is None and digest is None:
        tag = DEFAULT_TAG
    return ImageRef(registry, account, region, repository, tag, digest).uri


def registry_host(account: str, region: str) -> str:
    """Return the host of an account's private registry in a Region.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
    """
    return f"{account}.dkr.ecr.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def parse_image_uri(uri: str) -> ImageRef:
    """Parse the URI of an image in private Amazon ECR.

    The form is `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:<tag>][@<digest>]`.
    Raises ValueError naming the part that is wrong.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-ecr-image.html
    """
    if "://" in uri:
        raise ValueError(f"image URI {uri!r}: leave out the scheme; it starts with the account id")
    host, slash, _ = uri.partition("/")
    if not slash:
        raise ValueError(
            f"image URI {uri!r}: the repository is missing; "
            "expected <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>"
        )
    _check_registry(host)
    return parse_reference(uri)


def parse_reference(reference: str) -> ImageRef:
    """Parse any image reference the way docker does, private Amazon ECR or not.

    A first component with a dot or a colon, or `localhost`, is the registry.
    Without a registry the image is Docker Hub's, where a name of one component is in `library/`.
    Without tag and digest the tag is `latest`.
    Raises ValueError naming the part that is wrong.
    """
    rest, at, digest = reference.partition("@")
    if at:
        validate_digest(digest)
    host, slash, path = rest.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, path = DOCKER_HUB, rest
    repository, colon, tag = path.partition(":")
    if host == DOCKER_HUB and repository and "/" not in repository:
        repository = f"library/{repository}"
    validate_repository_name(repository)
    if colon:
        validate_tag(tag)
    elif not at:
        tag = DEFAULT_TAG
    account, region = _check_registry(host) if ".dkr.ecr" in host else (None, None)
    return ImageRef(host, account, region, repository, tag or None, digest or None)


def validate_repository_name(name: str) -> None:
    """Check a repository name against Amazon ECR's rule.

    2 to 256 characters: lower-case letters and digits, in components separated by `/`.
    Inside a component one dot, one or two underscores, or hyphens may separate, never start or end.
    Raises ValueError saying which part of the rule is broken.
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
    """
    if not 2 <= len(name) <= 256:
        raise ValueError(
            f"repository name {name!r}: must be 2 to 256 characters long, is {len(name)}"
        )
    if name != name.lower():
        raise ValueError(f"repository name {name!r}: must be lower case")
    if not _REPOSITORY.fullmatch(name):
        raise ValueError(
            f"repository name {name!r}: use lower-case letters and digits, separated inside a "
            "component by one dot, one or two underscores, or hyphens; "
            "separate components by one slash; start and end each component with a letter or digit"
        )


def validate_tag(tag: str) -> None:
    """Check an image tag.

    1 to 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`.
    The limit of 128 is the OCI distribution specification's, which docker clients keep;
    the ECR API's own field is longer.
    Raises ValueError saying what is wrong.
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    if not 1 <= len(tag) <= 128:
        raise ValueError(f"tag {tag!r}: must be 1 to 128 characters long, is {len(tag)}")
    if not _TAG.fullmatch(tag):
        raise ValueError(
            f"tag {tag!r}: use letters, digits, underscores, dots and hyphens; "
            "do not start with a dot or a hyphen"
        )


def validate_digest(digest: str) -> None:
    """Check an image digest: `sha256:` and 64 lower-case hexadecimal digits.

    Raises ValueError saying what was found.
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html
    """
    if not _DIGEST.fullmatch(digest):
        raise ValueError(
            f"digest {digest!r}: must be 'sha256:' and 64 lower-case hexadecimal digits"
        )


def wildcard_match(pattern: str, text: str) -> bool:
    """Tell whether the whole `text` matches `pattern`; `*` stands for zero or more characters."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def tag_is_immutable(
    mutability: str, exclusion_filters: Iterable[str | Mapping[str, str]], tag: str
) -> bool:
    """Tell whether an existing tag may not be moved to another image.

    A filter is a wildcard pattern, or the API's `{"filterType": "WILDCARD", "filter": pattern}`.
    In the two `*_WITH_EXCLUSION` modes a tag that matches a filter behaves the other way.
    The other two modes ignore filters.
    Raises ValueError for an unknown mutability or filter type.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    if mutability not in MUTABILITIES:
        raise ValueError(
            f"imageTagMutability {mutability!r}: must be one of {', '.join(MUTABILITIES)}"
        )
    immutable = mutability.startswith("IMMUTABLE")
    if not mutability.endswith("_WITH_EXCLUSION"):
        return immutable
    excluded = any(wildcard_match(_pattern(each), tag) for each in exclusion_filters)
    return immutable != excluded


def _pattern(exclusion_filter: str | Mapping[str, str]) -> str:
    if isinstance(exclusion_filter, str):
        return exclusion_filter
    if exclusion_filter["filterType"] != "WILDCARD":
        raise ValueError(
            f"exclusion filter type {exclusion_filter['filterType']!r}: only WILDCARD exists"
        )
    return exclusion_filter["filter"]


def _check_registry(host: str) -> tuple[str, str]:
    """Return (account, region) of a private ECR host, or raise ValueError naming the wrong part."""
    suffix = next((each for each in _ECR_SUFFIXES if host.endswith(each)), None)
    account, marker, region = host.removesuffix(suffix or "").partition(".dkr.ecr")
    if suffix is None or not marker:
        raise ValueError(
            f"registry {host!r}: is not a private Amazon ECR registry; "
            "expected <account>.dkr.ecr.<region>.amazonaws.com"
        )
    if not re.fullmatch(r"[0-9]{12}", account):
        raise ValueError(f"account {account!r} in registry {host!r}: must be 12 digits")
    region = region.removeprefix(".")
    if not _REGION.fullmatch(region):
        raise ValueError(
            f"region {region!r} in registry {host!r}: must be a Region name such as eu-west-1"
        )
    if (suffix == ".amazonaws.com.cn") != region.startswith("cn-"):
        raise ValueError(
            f"registry {host!r}: the suffix amazonaws.com.cn goes with China Regions (cn-...) "
            "and only with them"
        )
    return account, region
