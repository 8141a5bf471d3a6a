"""Documents in YAML, of which JSON is a part, as people write them."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from dtbase.errors import Invalid


class StandsTwice(yaml.YAMLError):
    """A key stands twice in one place."""


class Loader(yaml.SafeLoader):
    """Refuse a key that stands twice in one place: YAML would drop the first in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Read a mapping."""
        first: dict[tuple[str, str], int] = {}
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            name, line = (key.tag, key.value), key.start_mark.line + 1
            if name in first:
                told = f"line {line}: {key.value!r} stands twice, first in line {first[name]}"
                raise StandsTwice(told)
            first[name] = line
        return super().construct_mapping(node, deep=deep)


def read_document(file: Path) -> object:
    """Read what a file says, or refuse it by its name."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe one
    except StandsTwice as error:
        raise Invalid(f"{file}: {error}") from error
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} is neither YAML nor JSON: {error}") from error
