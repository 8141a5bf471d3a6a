"""Icons: masks from assets/icons that take the colour of the text."""

from typing import Any

from dash import html


def icon(name: str) -> html.Span:
    """Return the drawing of that name, hidden from screen readers."""
    hidden: Any = {"aria-hidden": "true"}
    return html.Span(className=f"dt-icon i-{name}", **hidden)
