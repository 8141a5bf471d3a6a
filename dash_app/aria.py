"""What screen readers are told."""

from typing import Any


def aria(**values: str) -> dict[str, Any]:
    """Return ARIA attributes as Dash takes them."""
    return {f"aria-{name}": value for name, value in values.items()}
