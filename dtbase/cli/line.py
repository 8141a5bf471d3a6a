"""What stands on the command line before the command itself."""

from contextvars import ContextVar

from pydantic import SecretStr

from dtbase.domain.frozen import Frozen


class Reach(Frozen):
    """What the command line says about how to reach the API."""

    url: str | None = None
    api_key: SecretStr | None = None


ON_THE_LINE = ContextVar("ON_THE_LINE", default=Reach())  # noqa: B039 - it is frozen
"""What stands on the command line, noted before any command runs."""
