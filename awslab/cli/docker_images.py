"""`docker images`, `inspect`, `history`, `tag`, `rmi` and `version`, on the local store."""

from __future__ import annotations

import json
from typing import Any

from awslab.cli.docker_common import DockerError, Parser, Reference, human_size, render
from awslab.cli.docker_store import Store

VERSION = "28.0.4"


def images(store: Store, words: list[str]) -> int:
    """List the local images."""
    parser = Parser("images", "[OPTIONS] [REPOSITORY[:TAG]]")
    parser.add_argument("-a", "--all", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("--no-trunc", action="store_true")
    parser.add_argument("--digests", action="store_true")
    parser.add_argument("--format")
    parser.add_argument("-f", "--filter", action="append", default=[])
    parser.add_argument("repository", nargs="?")
    options = parser.parse_args(words)
    rows = [row for row in _rows(store, options.no_trunc) if _wanted(row, options)]
    if options.quiet:
        for image_id in dict.fromkeys(row["ID"] for row in rows):
            print(image_id)
        return 0
    if options.format and not options.format.startswith("table"):
        for row in rows:
            print(render(options.format, row))
        return 0
    columns = {"REPOSITORY": "Repository", "TAG": "Tag", "DIGEST": "Digest", "IMAGE ID": "ID",
               "CREATED": "CreatedSince", "SIZE": "Size"}  # fmt: skip
    if not options.digests:
        del columns["DIGEST"]
    _table(list(columns), [[row[field] for field in columns.values()] for row in rows])
    return 0


def _rows(store: Store, whole: bool) -> list[dict[str, str]]:
    rows = []
    for digest in store.digests():
        manifest = store.blob_json(digest)
        names = store.names_of(digest)
        pushed = {name.partition("@")[0] for name in names if "@" in name}
        tagged = [Reference(name) for name in names if "@" not in name]
        image_id = manifest["config"]["digest"]
        config = store.blob_json(image_id)
        size = sum(layer["size"] for layer in manifest["layers"])
        for reference in tagged or [None]:
            name = reference.name if reference else next(iter(pushed), "<none>")
            rows.append(
                {
                    "Repository": name,
                    "Tag": reference.tag if reference else "<none>",
                    "Digest": digest if name in pushed else "<none>",
                    "ID": image_id if whole else image_id[7:19],
                    "CreatedAt": config.get("created", ""),
                    "CreatedSince": config.get("created", "")[:10],
                    "Size": human_size(size),
                }
            )
    return sorted(rows, key=lambda row: (row["Repository"], row["Tag"]))


def _wanted(row: dict[str, str], options: Any) -> bool:
    from awslab.world.dockerignore import match

    if options.repository:
        name, _, tag = options.repository.partition(":")
        if "/" in tag:  # host:port/name
            name, tag = options.repository, ""
        if not match(name, row["Repository"]) or (tag and tag != row["Tag"]):
            return False
    for item in options.filter:
        key, _, value = item.partition("=")
        if key == "dangling":
            if (row["Tag"] == "<none>") != (value == "true"):
                return False
        elif key == "reference":
            if not any(match(value, x) for x in (f"{row['Repository']}:{row['Tag']}",
                                                 row["Repository"])):  # fmt: skip
                return False
        else:
            raise DockerError(f"invalid filter '{key}': this lab knows dangling and reference")
    return True


def _table(head: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in [head, *rows]) + 3 for i in range(len(head))]
    for row in [head, *rows]:
        print("".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _details(store: Store, digest: str) -> dict[str, Any]:
    manifest = store.blob_json(digest)
    config = store.blob_json(manifest["config"]["digest"])
    names = store.names_of(digest)
    return {
        "Id": manifest["config"]["digest"],
        "RepoTags": [name for name in names if "@" not in name],
        "RepoDigests": [name for name in names if "@" in name],
        "Created": config.get("created", ""),
        "Architecture": config.get("architecture", ""),
        "Os": config.get("os", ""),
        "Size": sum(layer["size"] for layer in manifest["layers"]),
        "Config": {"User": "", "Env": None, "Cmd": None, "Entrypoint": None, "Labels": None}
        | config.get("config", {}),
        "RootFS": {"Type": "layers", "Layers": config.get("rootfs", {}).get("diff_ids", [])},
    }


def inspect(store: Store, words: list[str]) -> int:
    """Print images' details as JSON, or through a template."""
    parser = Parser("inspect", "[OPTIONS] IMAGE [IMAGE...]")
    parser.add_argument("-f", "--format")
    parser.add_argument("--type")
    parser.add_argument("names", nargs="+")
    options = parser.parse_args(words)
    found, missing = [], []
    for name in options.names:
        digest = store.find(name)
        if digest is None:
            missing.append(name)
        else:
            found.append(_details(store, digest))
    if options.format:
        for details in found:
            print(render(options.format, details))
    else:
        print(json.dumps(found, indent=4))
    if missing:
        raise DockerError("\n".join(f"Error: No such object: {name}" for name in missing))
    return 0


def history(store: Store, words: list[str]) -> int:
    """Show how each layer of an image came to be, newest first."""
    parser = Parser("history", "[OPTIONS] IMAGE")
    parser.add_argument("--no-trunc", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("--format")
    parser.add_argument("name")
    options = parser.parse_args(words)
    digest = _existing(store, options.name)
    manifest = store.blob_json(digest)
    config = store.blob_json(manifest["config"]["digest"])
    sizes = [layer["size"] for layer in manifest["layers"]]
    rows, newest = [], manifest["config"]["digest"][7:19]
    position = len(sizes)
    for step in reversed(config.get("history", [])):
        empty = step.get("empty_layer", False)
        position -= not empty
        text = step.get("created_by", "")
        if not options.no_trunc and len(text) > 45:
            text = f"{text[:44]}…"
        rows.append(
            {
                "ID": "<missing>" if rows else newest,
                "CreatedSince": step.get("created", "")[:10],
                "CreatedBy": text,
                "Size": "0B" if empty else human_size(sizes[position]),
                "Comment": "",
            }
        )
    if options.quiet or options.format:
        for row in rows:
            print(row["ID"] if options.quiet else render(options.format, row))
        return 0
    _table(["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"],
           [list(row.values()) for row in rows])  # fmt: skip
    return 0


def _existing(store: Store, text: str) -> str:
    digest = store.find(text)
    if digest is None:
        name = text if text.startswith("sha256:") else str(Reference(text))
        raise DockerError(f"Error response from daemon: No such image: {name}")
    return digest


def tag(store: Store, words: list[str]) -> int:
    """Give an image one more name."""
    if len(words) != 2 or any(word.startswith("-") for word in words):
        raise DockerError(
            "docker: 'docker tag' requires 2 arguments\n\n"
            "Usage:  docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n\n"
            "Run 'docker tag --help' for more information"
        )
    try:
        source, target = words[0], Reference(words[1])
    except DockerError as error:
        raise DockerError(f'Error parsing reference: "{words[1]}" is not a valid '
                          f"repository/tag: {error}") from None  # fmt: skip
    if target.digest:
        raise DockerError("Error response from daemon: refusing to create a tag with a digest "
                          "reference")  # fmt: skip
    store.names[str(target)] = _existing(store, source)
    store.save_names()
    return 0


def remove(store: Store, words: list[str]) -> int:
    """Take names away from images, and remove images that have none left."""
    parser = Parser("rmi", "[OPTIONS] IMAGE [IMAGE...]")
    parser.add_argument("-f", "--force", action="store_true")
    parser.add_argument("--no-prune", action="store_true")
    parser.add_argument("names", nargs="+")
    options = parser.parse_args(words)
    for text in options.names:
        _remove(store, text, options.force)
    return 0


def _remove(store: Store, text: str, force: bool) -> None:
    digest = _existing(store, text)
    names = store.names_of(digest)
    by_name = not text.startswith("sha256:") and str(Reference(text)) in names
    doomed = [str(Reference(text))] if by_name else names
    repositories = {Reference(name).name for name in names}
    if not by_name and len(repositories) > 1 and not force:
        raise DockerError(
            f"Error response from daemon: conflict: unable to delete {text} (must be forced) - "
            "image is referenced in multiple repositories"
        )
    left = [name for name in names if name not in doomed]
    if not any("@" not in name for name in left):  # a digest alone does not keep an image
        doomed, left = names, []
    for name in doomed:
        del store.names[name]
        print(f"Untagged: {name}")
    store.save_names()
    if not left:
        image_id = store.image_id(digest)
        store.forget(digest)
        print(f"Deleted: {image_id}")


def version(store: Store, words: list[str]) -> int:
    """Say which docker this stands in for, and that no engine is behind it."""
    parser = Parser("version", "[OPTIONS]")
    parser.add_argument("-f", "--format")
    options = parser.parse_args(words)
    details = {"Client": {"Version": VERSION}, "Server": {"Version": VERSION}}
    if options.format:
        print(render(options.format, details))
    else:
        print(f"Docker version {VERSION} (the course's stand-in: images only, no container engine)")
    return 0
