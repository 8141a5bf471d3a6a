"""Files and functions stay short enough to be read at once: the rule of CONTRIBUTING.md, held."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "bench", "dash_app", "dtbase", "infra", "jobs", "migrations", "tests")
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 40
LONGER = {
    "dtbase/cli/imports.py:import_files": "a parameter for each option of the command",
    "dtbase/client/__init__.py:Client.__init__": "an attribute for each noun of the API",
}
"""Functions that would read worse in parts. A landed revision is as it is: it never changes."""


def files(*suffixes: str) -> Iterator[Path]:
    """Yield what people write and read; what is minified is somebody else's."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in suffixes and ".min." not in path.name:
                yield path


def functions_in(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, int]]:
    """Yield the functions of a module and of its classes, with their lines."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from functions_in(node.body, f"{inside}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield f"{inside}{node.name}", node.end_lineno - node.lineno + 1


def long_functions(source: str) -> list[str]:
    found = functions_in(ast.parse(source).body)
    return [name for name, lines in found if lines > MOST_LINES_OF_A_FUNCTION]


def test_no_file_is_over_four_hundred_lines() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for path in files(".py", ".js", ".css", ".sql", ".sh")
    }
    assert len(lengths) > 1_000
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_over_forty_lines_but_those_that_say_why() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{name}"
        for path in files(".py")
        if path.parent != ROOT / "migrations/versions"
        for name in long_functions(path.read_text())
    }
    assert found == set(LONGER)


def test_a_long_function_would_be_seen() -> None:
    body = "\n".join(["        pass"] * MOST_LINES_OF_A_FUNCTION)
    assert long_functions(f"class A:\n    def f(self):\n{body}\n") == ["A.f"]
    assert long_functions("def f():\n    pass\n") == []
