"""Probes in Python code: a count in the coverage map at each function, loop and end of a branch.

Put in when a module is imported, into its syntax tree. A place has the same number in every run and on every machine: it follows from the
module's name and where in the module it is. As with clang's trace-pc-guard there is a probe at both ends of every branch, and none of them
needs to know where the program came from, which would be something else with every task that runs in between. How often is counted where
code repeats (functions and loops), elsewhere that it was reached at all: counting costs twice as much.

This file needs nothing but the standard library of Python 3.8: `launch.py` takes it into servers that know nothing of us.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from hashlib import blake2b
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

__all__ = ["Finder", "instrumented", "names", "place_of"]

MAP, MORE, MARK = "__coverage_map__", "__coverage_more__", "__coverage_mark__"
"""Names that instrumented code looks for in its module: the map, which count follows on each, and how an expression writes into the map."""
_NEXT = bytes([*range(1, 256), 1])
"""A count that was 255 goes on with 1: 0 would say that the place was never reached."""


def names(counters: Any) -> dict[str, Any]:
    """What an instrumented module needs among its globals to count in `counters`, a writable buffer of bytes."""
    return {MAP: counters, MORE: _NEXT, MARK: counters.__setitem__}


def place_of(module: str, line: int, column: int, kind: str, size: int) -> int:
    """The number of a place in a map of `size` places; never 0, which AFL's own tools keep for themselves."""
    told = blake2b(f"{module}:{line}:{column}:{kind}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return 1 + int.from_bytes(told, "big") % (size - 1)


def instrumented(source: bytes, path: str, module: str, size: int) -> CodeType:
    """The code of a module with probes; its globals must hold `names`. Raises SyntaxError as compiling does."""
    tree = _Probes(module, size).visit(ast.parse(source, path))
    code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
    return code


class _Probes(ast.NodeTransformer):
    """Puts probes into the functions of one module."""

    def __init__(self, module: str, size: int) -> None:
        self._module = module
        self._size = size
        self._depth = 0
        """Functions around the node; outside of them code runs once, and annotations must stay as they are."""

    def _made(self, text: str, where: ast.AST) -> ast.stmt:
        """A statement that stands at the place of another one, so that no traceback names a line that has nothing to do with it."""
        made = ast.parse(text).body[0]
        for node in ast.walk(made):
            if isinstance(node, (ast.expr, ast.stmt)):
                ast.copy_location(node, where)
        return made

    def _place(self, where: ast.AST, kind: str) -> int:
        return place_of(self._module, getattr(where, "lineno", 0), getattr(where, "col_offset", 0), kind, self._size)

    def _reached(self, block: list[ast.stmt], where: ast.AST, kind: str) -> None:
        if self._depth:
            block.insert(0, self._made(f"{MAP}[{self._place(where, kind)}] = 1", where))

    def _counted(self, where: ast.AST, kind: str) -> ast.stmt:
        place = self._place(where, kind)
        return self._made(f"{MAP}[{place}] = {MORE}[{MAP}[{place}]]", where)

    def _marked(self, value: ast.expr) -> ast.expr:
        """An expression that says when it is looked at; writing into the map gives None."""
        made = self._made(f"{MARK}({self._place(value, 'operand')}, 1) or 0", value)
        assert isinstance(made, ast.Expr)
        assert isinstance(made.value, ast.BoolOp)
        made.value.values[1] = value
        return made.value

    def _function(self, node: Any) -> Any:
        self._depth += 1
        told = ast.get_docstring(node, clean=False) is not None
        first = node.body[0]
        node.body = [changed for statement in node.body for changed in [self.visit(statement)]]
        node.body[told:told] = [self._counted(first, "function")]
        self._depth -= 1
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function  # noqa: N815 - the names that ast looks for

    def _loop(self, node: Any) -> Any:
        self.generic_visit(node)
        if self._depth:
            node.body.insert(0, self._counted(node.body[0], "loop"))
        return node

    visit_For = visit_AsyncFor = visit_While = _loop  # noqa: N815

    def visit_If(self, node: ast.If) -> ast.If:
        """Both ends, also where nothing is written for the second."""
        self.generic_visit(node)
        self._reached(node.body, node.body[0], "then")
        self._reached(node.orelse, node.orelse[0] if node.orelse else node, "else")
        return node

    def _block(self, node: Any) -> Any:
        self.generic_visit(node)
        self._reached(node.body, node.body[0], "case")
        return node

    visit_ExceptHandler = visit_match_case = _block  # noqa: N815

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.BoolOp:
        """What is looked at only where what stands before it leaves it open."""
        self.generic_visit(node)
        if self._depth:
            node.values[1:] = map(self._marked, node.values[1:])
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        """Both ends."""
        self.generic_visit(node)
        if self._depth:
            node.body, node.orelse = self._marked(node.body), self._marked(node.orelse)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        """The value only."""
        if node.value is not None:
            node.value = self.visit(node.value)
        return node


class Finder(MetaPathFinder):
    """Goes before all other finders, and has modules that are `wanted` (by name and file) run with probes that count in `counters`."""

    def __init__(self, wanted: Callable[[str, str], bool], counters: Any) -> None:
        self.counters = counters
        self._wanted = wanted

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What the others find, with our loader."""
        for spec in self._found(name, path, target):
            loader, origin = spec.loader, spec.origin
            if isinstance(loader, SourceFileLoader) and origin is not None and self._wanted(name, origin):
                spec.loader = _Loader(loader.name, loader.path, self)
            return spec
        return None

    def _found(self, name: str, path: Any, target: ModuleType | None) -> Iterator[ModuleSpec]:
        for finder in sys.meta_path:
            search = getattr(finder, "find_spec", None)
            if finder is not self and search is not None:
                spec = search(name, path, target)
                if spec is not None:
                    yield spec


class _Loader(SourceFileLoader):
    """Compiles with probes, and neither reads nor writes what Python keeps of compiled modules."""

    def __init__(self, name: str, path: str, finder: Finder) -> None:
        super().__init__(name, path)
        self._finder = finder

    def get_code(self, fullname: str) -> CodeType:
        return instrumented(self.get_data(self.path), self.path, self.name, len(self._finder.counters))

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(names(self._finder.counters))
        super().exec_module(module)
