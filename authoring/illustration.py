"""Draw docs/compare.svg, the README's picture: what `cloud.compare` shows of the lesson's two Dockerfiles.

Run as `python -m authoring.illustration`; `make build` does, and a test compares.
"""

import re
import sys
from pathlib import Path

from awslab.show.ecr import sizes_picture
from awslab.show.picture import INK
from awslab.world import builder

TARGET = Path("docs/compare.svg")
_APP = Path("lessons/6.3.a-ecr/files/user-service")
_MARGIN = 16


def illustration(root: Path) -> str:
    """Return the SVG, on a white card so that it reads on a page of any colour.

    Raises BuildError when one of the lesson's Dockerfiles does not build.
    """
    app = root / _APP
    context = {
        path.relative_to(app).as_posix(): path.read_bytes()
        for path in sorted(app.rglob("*"))
        if path.is_file()
    }
    images = []
    for label, name in (("v1.1", "Dockerfile"), ("v1.2", "Dockerfile.small")):
        image = builder.build(context, (app / name).read_text()).image
        base = image.config["awslab.base_layers"]
        layers = [
            {"digest": layer.digest, "size": layer.size, "created_by": "", "base": index < base}
            for index, layer in enumerate(image.layers)
        ]
        images.append({"label": f"user-service:{label}", "layers": layers})
    drawing = re.search(r"<svg .*?</svg>", sizes_picture(images).html, re.S).group(0)
    return _on_a_card(drawing)


def _on_a_card(drawing: str) -> str:
    width, height = (
        int(float(number)) + 2 * _MARGIN
        for number in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing).groups()
    )
    inner = drawing.replace("<svg ", f'<svg x="{_MARGIN}" y="{_MARGIN}" ', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" color="{INK}">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>\n{inner}\n</svg>\n'
    )


def main() -> int:
    """Write the picture if it changed."""
    text = illustration(Path.cwd())
    if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        TARGET.write_text(text, encoding="utf-8")
        print(f"wrote {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
