"""Parse bytes with any construct and keep where every field lies: the `trace` that decoders get in their `FlowContext`.

The work is done in the neighbouring files. A grammar that is used often is parsed by code generated from it (`codegen`). Everything else
is interpreted: what no code can be generated for, what is broken, what holds more fields than are shown. There `copies` and `recording`
watch the parse, `trees`, `places` and `values` make fields of it.
"""

import io
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from construct import CancelParsing, Construct, Container

from dissectors.codegen.helpers import Doubt
from dissectors.codegen.parsing import Tracer, tracer_of
from dissectors.copies import GrammarCopy
from dissectors.drafts import field_of, traced_of
from dissectors.explain import explain
from dissectors.nesting import nested
from dissectors.recording import LimitReached, Record
from dissectors.trees import Tree
from workbench.api import Field, Limits, Traced

__all__ = ["interpret", "trace"]

GRAMMARS = 256
"""Grammars whose copies are kept; more than all plugins of one process have."""

FEW = 100
"""Parses after which code is generated: that takes about as long as interpreting so many messages, and most captures have fewer of most
protocols."""

LONGEST_PATH = 80
"""Characters of the path in an error: of a deep one its end says most."""

_NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})


def trace(
    grammar: Construct,
    data: bytes,
    prefix: str = "",
    parameters: Mapping[str, Any] = _NO_PARAMETERS,
    *,
    max_fields: int = Limits().fields,
) -> Traced:
    """Parse `data` with `grammar` and say where each field lies.

    `prefix` names the root and begins the filter names; `parameters` are the parse's context (`this._params.NAME`). Never raises on
    account of `data`: the parse that failed gives `value` None, `error` naming the field and what is wrong with it, and the tree of
    what was read. Beyond `max_fields` an array's items are parsed but not shown.
    """
    if type(data) is bytes:
        usage = _usage(grammar, prefix)
        tracer = usage.tracer
        if tracer is not None:
            try:
                return traced_of(*tracer(data, parameters, max_fields))
            except (Exception, Doubt):
                tracer = None  # the interpreter says what is wrong, if anything is
        elif usage.count <= FEW:
            usage.count += 1
            if usage.count > FEW:
                usage.tracer = tracer_of(grammar, prefix)
    return interpret(grammar, data, prefix, parameters, max_fields)


class _Usage:
    """How often a grammar was used, and the code that was generated for it then."""

    __slots__ = ("count", "tracer")

    def __init__(self) -> None:
        self.count = 0
        self.tracer: Tracer | None = None


@lru_cache(maxsize=GRAMMARS)
def _usage(_grammar: Construct, _prefix: str) -> _Usage:
    return _Usage()


def interpret(grammar: Construct, data: bytes, prefix: str, parameters: Mapping[str, Any], max_fields: int) -> Traced:
    """What `trace` gives, without generated code."""
    pool = _copies(grammar)
    try:
        watched = pool.pop()
    except IndexError:  # the first time, or all copies are in use (another thread, or a grammar that traces itself)
        watched = _Prepared(grammar)
    try:
        return watched.trace(data, prefix, parameters, max_fields)
    finally:
        pool.append(watched)


@lru_cache(maxsize=GRAMMARS)
def _copies(_grammar: Construct) -> "list[_Prepared]":
    return []


class _Prepared:
    """A copy of a grammar with what it learnt about names."""

    def __init__(self, grammar: Construct) -> None:
        self._copy = GrammarCopy(grammar)
        self._names: dict[str, dict[tuple[str, str], str]] = {}

    def trace(self, data: bytes, prefix: str, parameters: Mapping[str, Any], max_fields: int) -> Traced:
        stream = io.BytesIO(data)
        recorder = self._copy.recorder
        recorder.start(max_fields, len(data))
        value = None
        failure: BaseException | None = None
        try:
            context = Container(parameters, _parsing=True, _building=False, _sizing=False)
            context["_params"] = context
            value = self._copy.root._parsereport(stream, context, "")
        except CancelParsing:
            pass
        except (Exception, LimitReached) as error:
            failure = error
        records: list[Record] = recorder.items
        consumed = stream.tell()
        tree = Tree(data, self._names.setdefault(prefix, {}))
        if records:
            root = tree.root(records[0], prefix)
        else:
            root = field_of(prefix, 0, 0, None, (), prefix, "", explain(failure) if failure is not None else "")
        if failure is not None or self._copy.careful:
            root = nested(root, len(data))
        recorder.start(0, 0)  # lets go of values and streams
        sentence = _where(root) if failure is not None else ""
        return Traced(value if failure is None else None, root, tree.places.views(), consumed, sentence)


def _where(root: Field) -> str:
    """The field that failed, by its path of names, and why."""
    trail: list[str] = []
    for depth, node in root.walk():
        del trail[depth:]
        trail.append(node.name)
        if node.error:
            path = ".".join(trail[1:]).replace(".[", "[") or node.name
            return f"{path if len(path) <= LONGEST_PATH else '…' + path[-LONGEST_PATH:]}: {node.error}"
    return "it cannot be parsed"
