"""The project's own source, as the architecture tests look at it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from support.shared import ROOT

ROOMS = ("workbench", "captures", "dissectors", "fuzzers", "plugins")


def code_files() -> Iterator[Path]:
    """Every Python file of the product, relative to the checkout."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT)


def tree(path: Path) -> ast.Module:
    """The syntax tree of one file of the checkout."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module, nested ones included."""
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
