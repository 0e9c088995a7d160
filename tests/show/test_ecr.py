"""Pictures of ECR show what the plain data says, to scale and within their frame."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from awslab.show.ecr import image_picture, lifecycle_picture, repository_picture, sizes_picture

SVG = "{http://www.w3.org/2000/svg}"
MB = 1_000_000


def digest(letter):
    return "sha256:" + letter * 64


def stored(letter, tags, findings=None, day=1):
    pushed = f"2025-01-{day:02}T10:00:00+00:00"
    size = 52 * MB
    return {
        "digest": digest(letter),
        "tags": tags,
        "size": size,
        "pushed_at": pushed,
        "findings": findings,
    }


def repository(*images):
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-service"
    return {"name": "my-service", "uri": uri, "mutability": "IMMUTABLE", "images": list(images)}


def layer(letter, size, base=False, created_by="COPY . ."):
    return {"digest": digest(letter), "size": size, "base": base, "created_by": created_by}


def image(*layers, **config):
    return {
        "ref": "my-service:v1.0",
        "digest": digest("9"),
        "size": sum(part["size"] for part in layers),
        "layers": list(layers),
        "config": config,
        "base": "docker.io/library/node:20",
    }


SEVERE = {"LOW": 1, "CRITICAL": 2, "HIGH": 3, "MEDIUM": 4, "INFORMATIONAL": 100, "UNDEFINED": 1}
PICTURES = {
    "empty repository": repository_picture(repository()),
    "one image": repository_picture(repository(stored("a", ["v1.0", "3f9c2ab"], {"HIGH": 2}))),
    "no tag": repository_picture(repository(stored("a", []))),
    "all severities": repository_picture(repository(stored("a", ["x" * 128], SEVERE))),
    "many tags": repository_picture(repository(stored("a", [f"v{i}" for i in range(9)], {}))),
    "image": image_picture(image(layer("a", 48 * MB, True), layer("b", 0), layer("c", 4 * MB))),
    "no layers": image_picture(image()),
    "many empty layers": image_picture(image(layer("a", MB), *[layer("b", 0)] * 20)),
    "sizes": sizes_picture([{"label": "x" * 200, "layers": [layer("a", 9 * MB), layer("b", 1)]}]),
    "nothing to compare": sizes_picture([]),
}


def drawing(picture):
    found = re.search(r"<svg xmlns.*</svg>", picture.html, re.DOTALL)
    return ElementTree.fromstring(found[0]) if found else None


def bars(picture):
    """Return the widths of a picture's boxes that stand for layers."""
    boxes = drawing(picture).iter(f"{SVG}rect")
    return [float(box.get("width")) for box in boxes if box.get("height") == "32"]


@pytest.mark.parametrize(
    "name", [name for name, picture in PICTURES.items() if drawing(picture) is not None]
)
def test_everything_is_drawn_inside_the_frame(name):
    """Nothing is cut off, however many tags, findings or tiny layers there are."""
    root = drawing(PICTURES[name])
    width, height = map(float, root.get("viewBox").split()[2:])
    boxes = [
        [float(box.get(key)) for key in ("x", "y", "width", "height")]
        for box in root.iter(f"{SVG}rect")
    ]

    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    assert all(float(text.get("y")) <= height for text in root.iter(f"{SVG}text"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_reads_as_text(name):
    """The text says what the picture shows, without markup."""
    text = PICTURES[name].text

    assert text.strip()
    assert "<" not in text


def test_two_tags_on_one_digest_are_joined():
    """Both tags lead to the one box of their image."""
    picture = PICTURES["one image"]
    ends = {
        p.get("d").split()[-2] for p in drawing(picture).iter(f"{SVG}path") if "C" in p.get("d")
    }

    assert picture.text.count("sha256:") == 1
    assert "v1.0, 3f9c2ab -> sha256:aaaaaaaaaaaa  52 MB, pushed 2025-01-01 10:00" in picture.text
    assert len(ends) == 1


@pytest.mark.parametrize(
    ("findings", "says"),
    [
        (None, "not scanned"),
        ({}, "no findings"),
        ({"LOW": 0}, "no findings"),
        ({"LOW": 1, "CRITICAL": 2}, "2 CRITICAL, 1 LOW"),
    ],
)
def test_no_scan_is_not_a_clean_scan(findings, says):
    """The worst severity stands first, and silence is named."""
    picture = repository_picture(repository(stored("a", ["v1"], findings)))

    assert picture.text.endswith(says)


def test_images_stand_newest_first():
    """The order is that of the push date, whatever order the API answered in."""
    picture = repository_picture(repository(stored("a", ["old"]), stored("b", ["new"], day=2)))

    assert picture.text.index("new ->") < picture.text.index("old ->")


def test_layers_are_drawn_to_scale():
    """A layer ten times as large is ten times as wide."""
    picture = image_picture(image(layer("a", 100 * MB, True), layer("b", 10 * MB)))
    base, own = bars(picture)

    assert base / own == pytest.approx(10)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "user: root (no USER is set)"),
        ({"User": "node"}, "user: node"),
        ({"Cmd": ["node", "server.js"]}, "command: node server.js"),
        ({"Cmd": None}, "command: none"),
        ({"ExposedPorts": {"8080/tcp": {}}}, "ports: 8080/tcp"),
        ({"Env": ["A=1", "B=2"]}, "environment: A=1, B=2"),
    ],
)
def test_the_configuration_is_told_in_words(config, says):
    """An unset field says what AWS and docker do then."""
    picture = image_picture(image(layer("a", MB), **config))

    assert f"  {says}" in picture.text.splitlines()


def test_shared_layers_are_counted_once():
    """Two images on one base need less room than their sizes added up."""
    base = layer("a", 48 * MB, True)
    pair = [
        {"label": "one", "layers": [base, layer("b", 2 * MB)]},
        {"label": "two", "layers": [base, layer("c", 2 * MB)]},
    ]
    picture = sizes_picture(pair)

    assert picture.text.startswith("2 images: 100 MB added up, 52 MB with every distinct layer")
    assert picture.text.count("shared 48 MB, own 2 MB") == 2


def test_images_are_compared_at_one_scale():
    """The longest bar is the largest image's, and the others are measured by it."""
    sizes = [{"label": str(n), "layers": [layer(str(n), n * 100 * MB, True)]} for n in (4, 1)]
    large, small = bars(sizes_picture(sizes))

    assert large / small == pytest.approx(4)


def verdict(action, rule=1, why="untagged for 20 days", tags=()):
    pushed = "2025-01-05T10:00:00+00:00"
    return {
        "digest": digest("d"),
        "tags": list(tags),
        "pushed_at": pushed,
        "action": action,
        "rule": rule,
        "why": why,
    }


@pytest.mark.parametrize("action", ["EXPIRE", "ARCHIVE", "KEEP"])
@pytest.mark.parametrize(("rule", "says"), [(1, "rule 1"), (None, "no rule")])
def test_a_verdict_names_fate_rule_and_reason(action, rule, says):
    """The learner reads which rule decided and why."""
    picture = lifecycle_picture([verdict(action, rule)])

    assert f"1 to {action.lower()}" in picture.text
    assert f"[{action.lower()}] (no tag) sha256:dddddddddddd" in picture.text
    assert f"{says}: untagged for 20 days" in picture.text
    assert says in picture.html


def test_a_lifecycle_of_nothing_is_no_error():
    """An empty repository has a picture too."""
    assert lifecycle_picture([]).text == "Lifecycle of 0 images"


def test_values_from_aws_are_escaped():
    """A layer's command is shown, not run."""
    bad = "<img src=x onerror=alert(1)>"
    pictures = [
        image_picture(image(layer("a", MB, created_by=bad), Env=[bad])),
        repository_picture(repository(stored("a", [bad]))),
        lifecycle_picture([verdict("KEEP", why=bad, tags=[bad])]),
        sizes_picture([{"label": bad, "layers": [layer("a", MB)]}]),
    ]

    assert all("<img" not in picture.html for picture in pictures)
