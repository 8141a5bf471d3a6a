"""What only tests name is deleted: the product uses every name that a module of it defines."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "bench", "dash_app", "dtbase", "infra", "jobs", "migrations")
UNUSED = {"dtbase/cli/exits.py:USAGE": "Typer's own number, which ours keep clear of"}


def sources() -> dict[str, str]:
    """Return what the product is written in, by path."""
    paths = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    project = ROOT / "pyproject.toml"  # names our services
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in (project, *paths)}


def names_in(source: str) -> Iterator[str]:
    """Yield what a module defines; who decorates something uses it."""
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if not node.decorator_list:
                    yield node.name
            case ast.Assign(targets=targets):
                yield from (each.id for each in targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name() as target):
                yield target.id
            case _:
                pass


def unused(sources: dict[str, str]) -> list[str]:
    """Return the names that stand nowhere but where they are defined."""
    named = Counter(word for each in sources.values() for word in re.findall(r"\w+", each))
    return [
        f"{path}:{name}"
        for path, source in sources.items()
        if path.endswith(".py")
        and not path.startswith("migrations/versions")  # those Alembic reads
        for name in names_in(source)
        if named[name] == 1 and not name.startswith("__")
    ]


def test_what_a_module_defines_is_used() -> None:
    found = sources()
    assert len(found) > 500
    assert unused(found) == list(UNUSED)


def test_what_nobody_uses_would_be_seen() -> None:
    module = "import x\n\nA = 1\n\n\n@x.route\ndef b(): ...\n\n\ndef c(): ...\n\n\nclass D: ...\n"
    other = "from a import A\n\nprint(A)\n"
    assert unused({"a.py": module, "b.py": other}) == ["a.py:c", "a.py:D"]
