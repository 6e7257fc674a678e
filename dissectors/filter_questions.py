"""One term of a filter as something that can be asked: of one packet, and where it can be, of many at once.

Three kinds: what columns of the index answer, what needs the bytes of a packet's headers, what needs its messages. `filter_terms` makes
questions out of words, `filters` and the session put them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Literal

from dissectors.field_intervals import ENDLESS, Intervals
from dissectors.field_tests import Check
from dissectors.field_values import (
    Called,
    Computed,
    HeaderBytes,
    HeaderField,
    MessageBytes,
    MessageField,
    Sliced,
    Source,
)
from dissectors.filter_columns import SETTLED, Block, Mask, narrowed
from dissectors.filter_places import PLACES
from dissectors.filter_vectors import among, compared, present
from dissectors.filter_view import PROTOCOLS, Found, View

__all__ = ["Cost", "Mode", "Plain", "Question", "between", "exists", "one_of", "texts", "truthy"]

Mode = Literal["any", "all", "none", "other"]
"""Which values must pass: one, all (there being one), none (there being one), or must one fail."""

_NONZERO = Intervals(0, (-ENDLESS, 1), (-1, ENDLESS))
_TRANSPORTS = ("tcp", "udp")

SUMMARY = "workbench.summary"
"""A text of its own for nearly every message: it is made anew rather than kept."""


class Cost(IntEnum):
    """What must be looked at for an answer; cheap ones are asked first."""

    COLUMNS = 0
    HEADERS = 1
    MESSAGES = 2


@dataclass(frozen=True, slots=True)
class Plain:
    """A question about the values of fields, each by itself: values that were kept answer it (`filter_tables`). Without a `test` it asks
    whether there are any."""

    names: tuple[str, ...]
    test: Callable[[Found], bool] | None
    mode: Mode


@dataclass(frozen=True, eq=False)
class Question:
    """`holds` is the truth about a packet. `possible` says for many rows at once which may pass at all, `exact` which do; both are right
    for ordinary rows only, those flagged LAYERED have to be asked one by one. `sources` are the values it looks at, for explaining."""

    text: str
    cost: Cost
    holds: Callable[[View], bool]
    possible: Callable[[Block], Mask]
    exact: Callable[[Block], Mask] | None = None
    sources: tuple[Source, ...] = ()
    plain: Plain | None = None
    doubt: Callable[[], str] | None = None
    """What to tell a person who gets nothing: this may not be what was meant."""
    settled: bool = False
    """`exact` is right for LAYERED rows, too."""


def one_of(text: str, source: Source, checks: Sequence[Check], mode: Mode, doubt: Callable[[], str] | None = None) -> Question:
    """Whether values of a source pass one of several checks."""
    tests = tuple(check.test for check in checks)
    test = tests[0] if len(tests) == 1 else _joined(checks)
    wanted = _merged([check.numbers for check in checks if check.numbers is not None])
    whole = len(wanted) and all(check.numbers is not None for check in checks)
    exact = among(source, wanted, mode) if whole and mode != "other" else None
    plain = _plain(source, test, mode)
    return _question(text, (source,), lambda view: _passes(source.values(view), test, mode), exact, plain, doubt)


def between(
    text: str,
    left: Source,
    test: Callable[[Found, Found], bool],
    sign: str,
    right: Source,
    mode: Mode,
    doubt: Callable[[], str] | None = None,
) -> Question:
    """Whether values of two sources compare so."""

    def holds(view: View) -> bool:
        others = right.values(view)
        pairs = [test(one, other) for one in left.values(view) for other in others]
        if mode == "any":
            return any(pairs)
        if mode == "other":
            return not all(pairs)
        return bool(pairs) and (all(pairs) if mode == "all" else not any(pairs))

    exact = compared(left, sign, right, mode) if mode != "other" else None
    return _question(text, (left, right), holds, exact, None, doubt)


def exists(text: str, source: Source, doubt: Callable[[], str] | None = None) -> Question:
    """Whether there is a value; a field of messages is there even without one."""
    plain = _plain(source, None, "any")
    if isinstance(source, MessageField):
        name = source.name
        return _question(text, (source,), lambda view: bool(view.of_messages(name)), None, plain, doubt)
    return _question(text, (source,), lambda view: bool(source.values(view)), present(source), plain, doubt)


def truthy(text: str, source: Source, doubt: Callable[[], str] | None = None) -> Question:
    """Whether a computed value is other than zero."""
    exact = among(source, (_NONZERO,), "any")
    return _question(text, (source,), lambda view: any(found.value for found in source.values(view)), exact, None, doubt)


def texts(text: str, wanted: str, doubt: Callable[[], str] | None = None) -> Question:
    """The message contains this text, in its bytes (derived ones too) or in its summary; upper and lower case are equal."""
    folded = wanted.lower()
    raw = wanted.encode("utf-8", "surrogateescape" if _encodable(wanted) else "surrogatepass").lower()

    def holds(view: View) -> bool:
        for message in view.messages:
            if folded in message.summary.lower() or raw in message.raw.lower():
                return True
            if any(raw in derived.data.lower() for derived in message.views[1:]):
                return True
        return False

    return Question(text, Cost.MESSAGES, holds, carrying(_TRANSPORTS), doubt=doubt)


def carrying(transports: Sequence[str]) -> Callable[[Block], Mask]:
    """Rows of these transports, which alone may complete messages of protocols over them."""
    names = tuple(transports)

    def rows(block: Block) -> Mask:
        streams: Mask = block.column("stream") >= 0
        if len(names) != 1:
            return streams
        found: Mask = streams & (block.column("ip_protocol") == (6 if names[0] == "tcp" else 17))
        return found

    return rows


def _question(
    text: str,
    sources: tuple[Source, ...],
    holds: Callable[[View], bool],
    exact: Callable[[Block], Mask] | None,
    plain: Plain | None,
    doubt: Callable[[], str] | None,
) -> Question:
    names = tuple(name for source in sources for name in header_names(source))
    if any(_of_messages(source) for source in sources):
        transports = sorted({transport for source in sources for transport in _transports(source)})
        possible = carrying(transports) if transports else Block.all
        return Question(text, Cost.MESSAGES, holds, possible, None, sources, plain, doubt)
    if exact is not None and not any(name in PLACES for name in names):
        return Question(text, Cost.COLUMNS, holds, exact, exact, sources, plain, doubt, SETTLED.issuperset(names))
    return Question(text, Cost.HEADERS, holds, partial(narrowed, names), exact, sources, plain, doubt)


def _passes(values: Sequence[Found], test: Callable[[Found], bool], mode: Mode) -> bool:
    if mode == "any":
        return any(map(test, values))
    if mode == "other":
        return not all(map(test, values))
    return bool(values) and (all(map(test, values)) if mode == "all" else not any(map(test, values)))


def _joined(checks: Sequence[Check]) -> Callable[[Found], bool]:
    tests = tuple(check.test for check in checks)
    return lambda found: any(test(found) for test in tests)


def _merged(parts: Sequence[Intervals]) -> list[Intervals]:
    from dissectors.field_intervals import union

    axes = {part.axis for part in parts}
    return [union(part for part in parts if part.axis == axis) for axis in sorted(axes)]


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _of_messages(source: Source) -> bool:
    if isinstance(source, MessageField | MessageBytes):
        return True
    if isinstance(source, HeaderField):
        return PROTOCOLS in source.names
    return any(map(_of_messages, parts_of(source)))


def _plain(source: Source, test: Callable[[Found], bool] | None, mode: Mode) -> Plain | None:
    if isinstance(source, MessageField) and source.name != SUMMARY:
        return Plain((source.name,), test, mode)
    if isinstance(source, HeaderField) and PROTOCOLS not in source.names:
        return Plain(source.names, test, mode)
    return None


def _transports(source: Source) -> tuple[str, ...]:
    """The transports of the messages that a source looks at."""
    if isinstance(source, MessageField | MessageBytes):
        return source.transports
    return tuple(transport for part in parts_of(source) for transport in _transports(part))


def parts_of(source: Source) -> tuple[Source, ...]:
    """The sources that a source is made of."""
    if isinstance(source, Sliced):
        return (source.of,)
    if isinstance(source, Called):
        return source.parts
    return (source.left, source.right) if isinstance(source, Computed) else ()


def header_names(source: Source) -> tuple[str, ...]:
    """The header fields that a source reads."""
    if isinstance(source, HeaderField):
        return source.names
    if isinstance(source, HeaderBytes):
        return (source.name,)
    return tuple(name for part in parts_of(source) for name in header_names(part))
