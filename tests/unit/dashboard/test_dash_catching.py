"""No callback keeps an outage, or a session that ended, from who answers for all of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

DASHBOARD = Path(__file__).parents[3] / "dash_app"

ALL = {"DTBaseError", "Exception", "NotAuthenticated", "Unavailable"}


def callbacks(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield the functions that are registered as callbacks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            ast.unparse(decorator).startswith("app.callback(") for decorator in node.decorator_list
        ):
            yield node


def caught(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the names of the errors that a function catches."""
    for node in ast.walk(function):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            yield from (ast.unparse(kind) if kind else "Exception" for kind in kinds)


def test_callbacks_catch_what_is_declined_and_leave_outages_to_the_frame() -> None:
    found = {
        (path.name, function.name)
        for path in DASHBOARD.rglob("*.py")
        for function in callbacks(ast.parse(path.read_text()))
        if ALL.intersection(caught(function))
    }
    assert found == {("shell.py", "follow")}  # there is no frame yet that could tell
