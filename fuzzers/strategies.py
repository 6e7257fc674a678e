"""Hypothesis strategies out of protocol descriptions: for property tests of servers and parsers, not for the campaign's loop.

`from_construct` draws values that a construct builds, `messages` whole messages of a protocol, `sessions` what its clients may say.
Shrinking works through all of it. Needs `hypothesis`, which only tests have: nothing else in this package imports this module.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import construct as c
from construct import core
from hypothesis import assume, reject
from hypothesis import strategies as st

from workbench.api import Crc, Direction, ProtocolSpec, QuicVarint, UsageError

__all__ = ["from_construct", "messages", "sessions"]

DEEPEST = 4
"""Arrays inside arrays that get items: a recursive grammar comes to an end."""

LARGEST_COUNT = 256
LARGEST_LENGTH = 1 << 16
"""What another field may ask for in items or bytes; a test with more of them tests little but patience."""

Values = st.SearchStrategy[Any]
Draw = Callable[["_Drawing", Any, Any, str, int], Any]


class _Unknown:
    """What an expression gives that looks at a field which building computes."""


_UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One value in the making."""

    draw: st.DrawFn
    most_bytes: int
    most_items: int
    instead: Mapping[str, Values] = field(default_factory=dict)

    def of(self, construct: Any, context: Any, path: str, depth: int) -> Any:
        """A value for one node of a grammar."""
        if path in self.instead:
            return self.draw(self.instead[path])
        for kind in type(construct).__mro__:
            if kind in _DRAWN:
                return _DRAWN[kind](self, construct, context, path, depth)
        raise UsageError(
            f"nobody knows what values a {type(construct).__name__} takes", place=path, remedy=f"Say it: instead={{{path!r}: …}}"
        )

    def items(self, construct: Any, context: Any, path: str, depth: int, count: int | None) -> list[Any]:
        """So many items, or any number."""
        if count is None:
            count = self.draw(st.integers(0, self.most_items if depth < DEEPEST else 0))
        return [self.of(construct, context, f"{path}[]", depth + 1) for _ in range(count)]


def from_construct(
    construct: c.Construct,
    *,
    most_bytes: int = 64,
    most_items: int = 4,
    parameters: Mapping[str, Any] | None = None,
    instead: Mapping[str, Values] | None = None,
) -> Values:
    """Values that `construct.build(value, **parameters)` takes; expressions (`this.length`) are honoured.

    `most_bytes` and `most_items` bound what nothing else bounds. `instead` has strategies for fields by path ("header.kind",
    "records[].key"). Drawing raises UsageError for a construct that is unknown and has none.
    """
    given = dict(parameters or {})

    @st.composite
    def values(draw: st.DrawFn) -> Any:
        context = c.Container(_parsing=False, _building=True, _sizing=False, **given)
        context["_params"] = context
        value = _Drawing(draw, most_bytes, most_items, instead or {}).of(construct, context, "", 0)
        try:
            construct.build(value, **given)
        except Exception:  # a length that does not hold it, a condition on what was computed, whatever a lambda makes of it
            reject()
        return value

    return values()


def messages(spec: ProtocolSpec, direction: Direction = Direction.TO_SERVER, **options: Any) -> st.SearchStrategy[bytes]:
    """Whole messages of a protocol with a grammar, lengths and checksums right. `options` are those of `from_construct`.

    Raises UsageError for a protocol without one.
    """
    grammar = spec.grammar_for(direction)
    if grammar is None:
        raise UsageError(
            f"{spec.name} has no grammar to draw messages from", remedy="Use sessions(), which begins with its seeds"
        )
    parameters = dict(options.get("parameters") or {})
    return from_construct(grammar, **options).map(lambda value: bytes(grammar.build(value, **parameters)))


def sessions(spec: ProtocolSpec, *, most: int = 8, **options: Any) -> st.SearchStrategy[tuple[bytes, ...]]:
    """What a client may say, up to `most` messages: a seed, or messages of all seeds in any order, new ones (where there is a grammar)
    between them. Raises UsageError for a protocol with neither."""
    seeds = [seed.messages for seed in spec.seeds if seed.messages]
    known = [st.sampled_from(sorted({message for said in seeds for message in said}))] if seeds else []
    new = [messages(spec, **options)] if spec.grammar_for(Direction.TO_SERVER) is not None else []
    if not known and not new:
        raise UsageError(f"{spec.name} has neither seeds nor a grammar", remedy="Give its ProtocolSpec seeds")
    mixed = st.lists(st.one_of(*known, *new), min_size=1, max_size=most).map(tuple)
    return st.one_of(st.sampled_from([said[:most] for said in seeds]), mixed) if seeds else mixed


def _asked(expression: Any, context: Any) -> Any:
    """What an expression gives; `_UNKNOWN` where it needs what is not there yet."""
    if not callable(expression):
        return expression
    try:
        found = expression(context)
    except Exception:  # whatever a lambda makes of a missing value
        return _UNKNOWN
    return _UNKNOWN if found is None else found


def _renamed(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    return it.of(construct.subcon, context, f"{path}.{construct.name}" if path else construct.name, depth)


def _struct(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    value = c.Container()
    inner = _below(context)
    for part in construct.subcons:
        drawn = it.of(part, inner, path, depth)
        if part.name:
            value[part.name] = inner[part.name] = drawn
    return value


def _below(context: Any) -> Any:
    inner = c.Container(_=context, _params=context["_params"], _parsing=False, _building=True, _sizing=False)
    inner["_root"] = context.get("_root", inner)
    return inner


def _sequence(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    inner = _below(context)
    values = []
    for part in construct.subcons:
        values.append(it.of(part, inner, path, depth))
        if part.name:
            inner[part.name] = values[-1]
    return values


def _focused(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    name = _asked(construct.parsebuildfrom, context)
    return it.of(next(part for part in construct.subcons if part.name == name), _below(context), path, depth)


def _number(it: _Drawing, construct: Any, *_: Any) -> Any:
    code, bits = construct.fmtstr[-1], 8 * construct.length
    if code in "efd":
        return it.draw(st.floats(width=bits, allow_nan=False))
    return it.draw(_integers(bits, signed=code.islower()))


def _wide_number(it: _Drawing, construct: Any, context: Any, *_: Any) -> Any:
    length = _asked(construct.length, context)
    if isinstance(length, _Unknown):
        length = 1
    if not 0 < length <= LARGEST_COUNT:
        reject()
    return it.draw(_integers(length * (8 if isinstance(construct, c.BytesInteger) else 1), signed=construct.signed))


def _integers(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1) if signed else st.integers(0, (1 << bits) - 1)


def _bytes(it: _Drawing, construct: Any, context: Any, *_: Any) -> Any:
    length = _asked(construct.length, context)
    if isinstance(length, _Unknown):
        return it.draw(st.binary(max_size=it.most_bytes))
    if not 0 <= length <= LARGEST_LENGTH:
        reject()
    return it.draw(st.binary(min_size=length, max_size=length))


def _array(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    count = _asked(construct.count, context)
    if isinstance(count, _Unknown):
        return it.items(construct.subcon, context, path, depth, None)
    if not 0 <= count <= LARGEST_COUNT:
        reject()
    return it.items(construct.subcon, context, path, depth, count)


def _until(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    items: list[Any] = []
    for _ in range(4 * it.most_items):
        items.append(it.of(construct.subcon, context, f"{path}[]", depth + 1))
        if construct.predicate(items[-1], items, context):
            return items
    return reject()


def _switch(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    return it.of(construct.cases.get(_asked(construct.keyfunc, context), construct.default), context, path, depth)


def _if(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    holds = _asked(construct.condfunc, context)
    if isinstance(holds, _Unknown):
        holds = it.draw(st.booleans())
    return it.of(construct.thensubcon if holds else construct.elsesubcon, context, path, depth)


def _union(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    part = it.draw(st.sampled_from([part for part in construct.subcons if part.name]))
    return c.Container({part.name: it.of(part, context, path, depth)})


def _text(it: _Drawing, construct: Any, *_: Any) -> Any:
    letters = st.characters(codec=construct.encoding, exclude_characters="\0")
    return it.draw(st.text(letters, max_size=it.most_bytes // 4))


def _terminated(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    value = it.of(construct.subcon, context, path, depth)
    assume(not isinstance(value, bytes) or construct.term not in value)
    return value


def _adapted(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    """Whatever an adapter makes of a raw value, it takes back."""
    raw = it.of(construct.subcon, context, path, depth)
    try:
        return construct._decode(raw, context, path)
    except (c.ConstructError, ValueError, KeyError):
        return reject()


def _validated(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    small = construct.subcon
    if isinstance(small, c.FormatField) and small.length == 1 and small.fmtstr[-1] == "B":
        right = [value for value in range(256) if construct._validate(value, context, path)]
        return it.draw(st.sampled_from(right)) if right else reject()
    value = it.of(small, context, path, depth)
    assume(construct._validate(value, context, path))
    return value


def _computed(_it: _Drawing, construct: Any, context: Any, *_: Any) -> Any:
    found = _asked(construct.func, context)
    return None if isinstance(found, _Unknown) else found


def _inside(it: _Drawing, construct: Any, context: Any, path: str, depth: int) -> Any:
    return it.of(construct.subcon, context, path, depth)


def _nothing(*_: Any) -> None:
    """Building computes it, or it has no value."""


def _simple(strategy: Callable[[Any], Values]) -> Draw:
    return lambda it, construct, *_: it.draw(strategy(construct))


def _choices(construct: Any) -> Sequence[Any]:
    return sorted(construct.encmapping, key=repr)


_DRAWN: dict[type, Draw] = {
    core.Renamed: _renamed,
    c.Struct: _struct,
    c.Sequence: _sequence,
    c.FocusedSeq: _focused,
    c.FormatField: _number,
    c.BytesInteger: _wide_number,
    c.BitsInteger: _wide_number,
    type(c.VarInt): _simple(lambda _: st.integers(0, (1 << 64) - 1)),
    type(c.ZigZag): _simple(lambda _: st.integers(-(1 << 63), (1 << 63) - 1)),
    type(QuicVarint): _simple(lambda _: st.integers(0, (1 << 62) - 1)),
    type(c.Flag): _simple(lambda _: st.booleans()),
    c.Bytes: _bytes,
    type(c.GreedyBytes): lambda it, *_: it.draw(st.binary(max_size=it.most_bytes)),
    c.Enum: _simple(lambda construct: st.sampled_from(_choices(construct))),
    c.Mapping: _simple(lambda construct: st.sampled_from(_choices(construct))),
    c.FlagsEnum: _simple(lambda construct: st.fixed_dictionaries(dict.fromkeys(construct.flags, st.booleans()))),
    c.Const: lambda _it, construct, *_: construct.value,
    c.Computed: _computed,
    **dict.fromkeys((Crc, c.Rebuild, c.Checksum, c.Check, c.StopIf, c.Peek, c.Seek), _nothing),
    **dict.fromkeys((type(c.Pass), type(c.Tell), type(c.Index), type(c.Terminated), type(c.Error)), _nothing),
    c.Array: _array,
    c.GreedyRange: lambda it, construct, context, path, depth: it.items(construct.subcon, context, path, depth, None),
    c.RepeatUntil: _until,
    c.LazyBound: lambda it, construct, context, path, depth: it.of(construct.subconfunc(), context, path, depth + 1),
    c.Switch: _switch,
    c.IfThenElse: _if,
    c.Select: lambda it, construct, *where: it.of(it.draw(st.sampled_from(construct.subcons)), *where),
    c.Union: _union,
    c.RawCopy: lambda it, construct, *where: c.Container(value=it.of(construct.subcon, *where)),
    c.StringEncoded: _text,
    c.NullTerminated: _terminated,
    c.Validator: _validated,
    c.Adapter: _adapted,
    c.Subconstruct: _inside,
}
"""By class; a construct is drawn as the nearest of its ancestors that is here."""
