"""What a parse writes down about its fields, and the small constructs that write it.

construct calls every child through `child._parsereport(stream, context, path)`. `Recorder.watch` gives a construct whose
`_parsereport` parses the original and appends a record to the list of its parent. Who is watched is decided in `dissectors.copies`; the
records become fields in `dissectors.trees`.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

from construct import Adapter, CancelParsing, Checksum, Const, Construct, ConstructError, Renamed, StopFieldError, Subconstruct

from workbench.api import Crc

__all__ = ["TOLD", "LimitReached", "Node", "Parse", "Record", "Recorder", "Role", "Watched"]

Parse = Callable[[Any, Any, str], Any]
"""A construct's parse: (stream, context, path) to value."""

STEPS_PER_BYTE = 4
"""Array items one byte may cost on average: real grammars stay below one, an array of a billion empty items does not."""

DEPTH = 40
"""Levels of recursion through `LazyBound`: no real message nests so deep, and Python's own stack ends soon after."""


class Role(IntEnum):
    """What a record is to its parent."""

    MEMBER = 0
    """A field of a structure, named or not."""
    ELEMENT = 1
    """An item of an array; its position is its name."""
    FOCUS = 2
    """The one member of a `FocusedSeq` whose value stands for the whole."""
    EXTRA = 3
    """The length in front of a prefixed field."""
    GROUP = 4
    """Not a field by itself; its children belong to the parent (an alternative that was taken)."""
    DERIVED = 5
    """Like GROUP, and its children may lie in other bytes, made from those at its place (decompressed, unmasked, single bits)."""
    ELSEWHERE = 6
    """Like GROUP, and the stream is set back after it (Peek, Pointer): its place is not where its parent goes on."""
    MORE = 7
    """Stands for the array items beyond the limit."""


class Node(NamedTuple):
    """Where in the grammar a record comes from."""

    role: Role
    name: str
    construct: Construct
    careful: bool = False
    """Children may lie outside their parents (the construct moves about in the stream)."""


class _Told(Exception):  # noqa: N818 - a marker in the place of an error
    """Stands in the records above a failure that was recorded further down."""


TOLD = _Told()

Record = tuple[Node, int, int, Any, list[Any], Any, BaseException | None]
"""(node, start, end, value, child records, stream, error). Positions are the stream's own; a plain tuple, since millions are made."""


class LimitReached(BaseException):
    """Parsing must stop here. Not an `Exception`: construct's alternatives and greedy ranges swallow those and would go on."""


class Recorder:
    """The notes of one parse at a time: `items` is the list that the construct being parsed appends its records to."""

    __slots__ = ("depth", "failure", "items", "left", "steps")

    def __init__(self) -> None:
        self.start(0, 0)

    def start(self, fields: int, size: int) -> None:
        """Forget everything; the next parse may record about `fields` fields of an input of `size` bytes."""
        self.items: list[Any] = []
        self.failure: BaseException | None = None
        self.left = fields
        self.steps = fields + STEPS_PER_BYTE * size
        self.depth = 0

    def watch(self, original: Construct, parse: Parse, node: Node, *, leaf: Construct | None = None) -> "Watched":
        """A construct that parses with `parse` and records it; `leaf` is what it parses with where nothing inside records anything."""
        if node.role is Role.ELEMENT:
            return Watched(original, node, self._element(parse, node, leaf), leaf)
        return Watched(original, node, self._branch(parse, node) if leaf is None else self._leaf(parse, node), leaf)

    def note_failure(self, node: Node, start: int, items: list[Any], stream: Any, context: Any, error: BaseException) -> None:
        """Record a field whose parse raised, unless it was only told to stop there (StopIf)."""
        if isinstance(error, StopFieldError):
            return
        here = stream.tell()
        if isinstance(error, CancelParsing):
            self.items.append((node, start, here, None, items, stream, None))
            return
        if error is self.failure:
            self.items.append((node, start, here, None, [*_without_alternatives(items[:-1]), *items[-1:]], stream, TOLD))
            return
        self.failure = error
        value = _salvage(node.construct, stream, start, context) if isinstance(error, ConstructError) else None
        self.items.append((node, start, here, value, _without_alternatives(items), stream, error))

    def _leaf(self, parse: Parse, node: Node) -> Parse:
        def parse_leaf(stream: Any, context: Any, path: str) -> Any:
            start = stream.tell()
            try:
                value = parse(stream, context, path)
            except BaseException as error:
                self.note_failure(node, start, [], stream, context, error)
                raise
            self.items.append((node, start, stream.tell(), value, (), stream, None))
            return value

        return parse_leaf

    def _branch(self, parse: Parse, node: Node) -> Parse:
        def parse_branch(stream: Any, context: Any, path: str) -> Any:
            outer = self.items
            items: list[Any] = []
            self.items = items
            start = stream.tell()
            try:
                value = parse(stream, context, path)
            except BaseException as problem:
                self.items = outer
                error = LimitReached("it nests too deeply") if isinstance(problem, RecursionError) else problem
                self.note_failure(node, start, items, stream, context, error)
                if error is not problem:
                    raise error from None
                raise
            self.items = outer
            self.left -= len(items)
            if self.failure is not None:
                # a parse that succeeded gave these alternatives up
                items = [item for item in items if item[6] is None]
            outer.append((node, start, stream.tell(), value, items, stream, None))
            return value

        return parse_branch

    def _element(self, parse: Parse, node: Node, leaf: Construct | None) -> Parse:
        parse_recorded = self._branch(parse, node) if leaf is None else self._leaf(parse, node)
        more = Node(Role.MORE, "…", node.construct)

        def parse_element(stream: Any, context: Any, path: str) -> Any:
            self.steps -= 1
            if self.steps < 0:
                raise LimitReached("it has far too many items for its size")
            self.left -= 1
            if self.left > 0:
                return parse_recorded(stream, context, path)
            outer = self.items
            if not outer or outer[-1][0].role is not Role.MORE:
                here = stream.tell()
                outer.append((more, here, here, None, (), stream, None))
            self.items = []
            try:
                return parse(stream, context, path)
            finally:
                self.items = outer

        return parse_element


class Watched(Subconstruct):
    """Takes the place of a construct inside a copied grammar. Everything but parsing is the original's."""

    def __init__(self, original: Construct, node: Node, parse: Parse, leaf: Construct | None) -> None:
        super().__init__(original)
        self.name = node.name or None
        self.node = node
        self.leaf = leaf
        self._parsereport = parse

    def __getattr__(self, name: str) -> Any:
        if name == "subcon":
            raise AttributeError(name)
        return getattr(self.subcon, name)

    def _sizeof(self, context: Any, path: str) -> int:
        return int(self.subcon._sizeof(context, path))

    def _actualsize(self, stream: Any, context: Any, path: str) -> int:
        return int(self.subcon._actualsize(stream, context, path))


def _without_alternatives(items: list[Any]) -> list[Any]:
    """Records without the alternatives that failed and were swallowed before something else went wrong."""
    return [item for item in items if item[6] is None or item[0].role is not Role.GROUP]


_CHECKS = (Renamed, Adapter, Const, Crc, Checksum, Watched)
"""They read a value and may then refuse it."""


def _salvage(construct: Construct, stream: Any, start: int, context: Any) -> Any:
    """The value that was read before a check on it failed (a constant, a checksum, an adapter), or None."""
    while isinstance(construct, _CHECKS):
        construct = construct.checksumfield if isinstance(construct, Checksum) else construct.subcon
    if hasattr(construct, "subcon") or hasattr(construct, "subcons"):
        return None
    after = stream.tell()
    try:
        stream.seek(start)
        value = construct._parse(stream, context, "")
        return value if stream.tell() <= after else None
    except Exception:
        return None
    finally:
        _restore(stream, after)


def _restore(stream: Any, position: int) -> None:
    try:
        stream.seek(position)
    except Exception:  # a stream of single bits cannot go back; nothing is read from it any more
        return
