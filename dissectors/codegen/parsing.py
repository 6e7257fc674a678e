"""Generated parsers: a grammar becomes one Python function, once for values and once for values with their fields."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType, MappingProxyType
from typing import Any

from construct import Construct, Container, ExplicitError, ListContainer, StopFieldError

from dissectors.codegen import helpers
from dissectors.codegen.emission import Emission
from dissectors.codegen.fields import member
from dissectors.codegen.helpers import Doubt, PlainField, RefusedError
from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.codegen.source import Position
from dissectors.codegen.table import TABLE
from dissectors.drafts import FieldDraft, field_of
from dissectors.values import flag_fields, plain
from workbench.api import Field

__all__ = ["GRAMMARS", "Parser", "Tracer", "code_of", "parser_of", "tracer_of"]

GRAMMARS = 512
"""Generated functions kept: two directions of more protocols than one process has, each under a prefix or two."""

Parser = Callable[[bytes, Mapping[str, Any], int], tuple[Any, int]]
"""(data, parameters, most fields) to value and bytes consumed; raises an exception or `Doubt` where the interpreter must be asked."""
Tracer = Callable[[bytes, Mapping[str, Any], int], tuple[Any, Field, int]]
"""The same with the root field between."""

_NAMES: Mapping[str, Any] = MappingProxyType(
    {
        "AnyField": FieldDraft,
        "Container": Container,
        "Doubt": Doubt,
        "ExplicitError": ExplicitError,
        "Field": Field,
        "ListContainer": ListContainer,
        "PlainField": PlainField,
        "Refused": RefusedError,
        "StopFieldError": StopFieldError,
        "flag_fields": flag_fields,
        "from_bytes": int.from_bytes,
        "plain": plain,
        **{name: getattr(helpers, name) for name in helpers.__all__ if name not in ("Doubt", "RefusedError")},
    }
)


@lru_cache(maxsize=GRAMMARS)
def parser_of(grammar: Construct) -> Parser | None:
    """A parser for the values only; None where the grammar has something that no code can be generated for."""
    made = code_of(grammar)
    return None if made is None else _function(*made)


@lru_cache(maxsize=GRAMMARS)
def tracer_of(grammar: Construct, prefix: str) -> Tracer | None:
    """A parser that also gives the fields, called and named as `dissectors.tracing` does; None as for `parser_of`."""
    made = code_of(grammar, prefix)
    return None if made is None else _function(*made)


def code_of(grammar: Construct, prefix: str | None = None) -> tuple[str, dict[str, Any]] | None:
    """Source of the function `parse`, and the names it needs; without a prefix there are no fields."""
    emission = Emission(TABLE, trees=prefix is not None)
    source = emission.source
    try:
        outcome = emission.emit(grammar, Scope(), prefix or "")
        pieces: tuple[str, ...] = ()
        if prefix is not None:
            name = prefix or grammar.name or "message"
            pieces = member(emission, grammar, outcome, repr(name), repr(prefix), Position())
        source.flush()
    except (UnknownError, RecursionError):
        return None
    place = source.position
    if prefix is None:
        source.write(f"return {outcome.value}, {place}")
    elif pieces and pieces[0][0] != "*":
        source.write(f"return {outcome.value}, {pieces[0]}, {place}")
    else:
        empty = source.constant(field_of(prefix, 0, 0, None, (), prefix))
        some = f"({''.join(f'{piece}, ' for piece in pieces)})"
        source.write(f"return {outcome.value}, ({some} or ({empty},))[0], {place}")
    head = ["def parse(d, P, b):", "    n = len(d)", f"    b -= {emission.fields}", "    if b <= 0: raise Doubt"]
    return "\n".join([*head, *source.lines, ""]), {**_NAMES, **source.names}


def _function(text: str, names: dict[str, Any]) -> Any:
    try:
        code: CodeType = compile(text, "<generated from a grammar>", "exec")
    except (SyntaxError, RecursionError, MemoryError):  # nested deeper than Python can
        return None
    exec(code, names)  # noqa: S102 - the text comes from a grammar of an installed plugin, never from the wire
    return names["parse"]
