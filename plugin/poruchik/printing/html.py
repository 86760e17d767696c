"""A printed policy as one HTML page that stands alone."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from poruchik.printing.content import Printed


def to_html(printed: Printed) -> str:
    """Return the page; everything that comes from the policy is escaped."""
    environment = Environment(
        loader=PackageLoader("poruchik.printing", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("policy.html").render(printed=printed)
