"""construct's expressions (`this.count * 4`, `len_(this.items)`) as Python source; any other function is called with a context."""

import operator
from typing import Any

from construct.expr import BinExpr, FuncPath, Path, UniExpr

from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.codegen.source import Source

__all__ = ["context", "expression"]

_BINARY = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.xor: "^",
    operator.lshift: "<<",
    operator.rshift: ">>",
    operator.and_: "&",
    operator.or_: "|",
    operator.gt: ">",
    operator.ge: ">=",
    operator.lt: "<",
    operator.le: "<=",
    operator.eq: "==",
    operator.ne: "!=",
}
_UNARY = {operator.neg: "-", operator.pos: "+", operator.not_: "not "}


def expression(value: Any, scope: Scope, source: Source) -> str:
    """Source for what construct's `evaluate(value, context)` gives at this place."""
    if isinstance(value, Path):
        return _path(value, scope)
    if isinstance(value, BinExpr) and value.op in _BINARY:
        return f"({expression(value.lhs, scope, source)} {_BINARY[value.op]} {expression(value.rhs, scope, source)})"
    if isinstance(value, UniExpr) and value.op in _UNARY:
        return f"({_UNARY[value.op]}{expression(value.operand, scope, source)})"
    if isinstance(value, FuncPath) and value._FuncPath__operand is not None:
        operand = expression(value._FuncPath__operand, scope, source)
        return f"{source.constant(value._FuncPath__func)}({operand})"
    if callable(value):
        return f"{source.constant(value)}({context(scope, source)})"
    return source.constant(value)


def _path(path: Path, scope: Scope) -> str:
    fields = []
    while path._Path__parent is not None:
        fields.append(path._Path__field)
        path = path._Path__parent
    if not fields:
        raise UnknownError("this")
    return scope.resolve(fields[::-1])


def context(scope: Scope, source: Source) -> str:
    """Source for a context of construct's that says what `scope` knows."""
    if scope.index is None or not scope.calls:
        raise UnknownError("a function of the context")
    if scope.outer is None:
        return source.assign("c", "top_context(P)")
    outer = context(scope.outer, source)
    names = ", ".join(f"{name!r}: {variable}" for name, variable in scope.names.items())
    subcons = source.constant(getattr(scope.construct, "_subcons", None))
    return source.assign("c", f"inner_context({outer}, {subcons}, {scope.index}, {{{names}}})")
