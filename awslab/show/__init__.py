"""Pictures of what the lab knows: plain data in, HTML with inline SVG and readable text out."""

from awslab.show.picture import Picture

__all__ = ["Picture"]
