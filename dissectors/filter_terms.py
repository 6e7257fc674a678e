"""The terms a filter line is made of: what each asks of the packet index or of a message."""

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dissectors.field_names import FieldNames
from dissectors.field_terms import OPERATORS, field_name, field_test, fields_of
from dissectors.field_values import FUNCTIONS
from dissectors.filter_line import Words
from dissectors.filter_tree import Both, Either, Node, Not, Term
from dissectors.term_error import TermError
from workbench.api import UNDECODED, Message, ProtocolSpec

if TYPE_CHECKING:
    from captures.index import PacketIndex

__all__ = ["RESERVED", "ColumnTerm", "MessageTerm", "comparison", "meaning", "named", "word_or_text"]

ColumnTerm = Callable[["PacketIndex", int, int], Any]
"""(index, first row, row after the last) to a numpy mask of those rows."""

_TRANSPORTS = {"tcp": 6, "udp": 17}
_IP_PROTOCOLS = {**_TRANSPORTS, "icmp": 1, "igmp": 2, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ospf": 89, "sctp": 132}
_VERSIONS = {"ip": 4, "ipv6": 6}
_ADDRESSES = {
    **dict.fromkeys(("ip", "ip.addr", "ipv6.addr", "addr", "host"), (True, True)),
    **dict.fromkeys(("ip.src", "ipv6.src", "src"), (True, False)),
    **dict.fromkeys(("ip.dst", "ipv6.dst", "dst"), (False, True)),
}
_PORTS = {
    **dict.fromkeys(("port", "tcp.port", "udp.port"), (True, True)),
    **dict.fromkeys(("tcp.srcport", "udp.srcport"), (True, False)),
    **dict.fromkeys(("tcp.dstport", "udp.dstport"), (False, True)),
}
_STREAMS = ("tcp.stream", "udp.stream")
_NUMBER = "frame.number"
_NAMES = (*_ADDRESSES, *_PORTS, *_STREAMS, _NUMBER)
_LAYERS = {name.partition(".")[0] for name in _NAMES if "." in name}
RESERVED = frozenset(
    (
        *_IP_PROTOCOLS,
        *_VERSIONS,
        *_LAYERS,
        *(name for name in _NAMES if "." not in name),
        "arp",
        "eth",
        "and",
        "or",
        "not",
        "in",
        "contains",
        "matches",
        *FUNCTIONS,
        UNDECODED,
    )
)
"""Words that mean something in a filter line or begin the names of other fields: a protocol called so could not be asked for."""

_EQUALITY = ("==", "=", "!=", "~=")
_NUMERIC = (*_EQUALITY, ">=", "<=", ">", "<")

LARGEST = (1 << 63) - 1
"""No number in a column is larger."""

MOST_DIGITS = 1_000
"""Of a number that somebody typed: far beyond all that is found anywhere, and Python refuses to read 4,300."""


@dataclass(frozen=True)
class MessageTerm:
    """A term about messages; `column` is what can be said about their packets beforehand."""

    holds: Callable[[Message], bool]
    column: ColumnTerm | None = None
    doubt: str = ""
    """What to tell a person who gets nothing: this may not be what was meant."""

    def __call__(self, message: Message) -> bool:
        """Whether the term holds for a message."""
        return self.holds(message)


def meaning(words: Words, specs: Sequence[ProtocolSpec]) -> Node:
    """What a term of a filter line asks; raises `TermError` for one that is none."""
    if words.text is not None:
        return Term(word_or_text(words.text))
    if words.choices is not None:
        found = tuple(comparison(words.name, "==", item, words.offset, specs) for item in words.choices)
        return found[0] if len(found) == 1 else Either(found)
    if words.operator:
        return comparison(words.name, words.operator, words.value, words.offset, specs)
    return Term(named(words.name, specs))


def word_or_text(text: str) -> MessageTerm:
    """The message contains this text, in its bytes (derived ones too) or in its summary; upper and lower case are equal."""
    folded = text.lower()
    raw = text.encode("utf-8", "surrogateescape").lower()

    def holds(message: Message) -> bool:
        if folded in message.summary.lower() or raw in message.raw.lower():
            return True
        return any(raw in view.data.lower() for view in message.views[1:])

    return MessageTerm(holds)


def named(word: str, specs: Sequence[ProtocolSpec]) -> ColumnTerm | MessageTerm:
    """A bare word: a protocol, an address or network, else text to look for; raises `TermError` for what was likely meant otherwise."""
    name = word.lower()
    if name in _IP_PROTOCOLS:
        return _with_protocol(_IP_PROTOCOLS[name])
    if name in _VERSIONS:
        version = _VERSIONS[name]
        return lambda index, start, stop: index.ip_version[start:stop] == version
    if name == "arp":
        return _other("ARP")
    protocols = {spec.name for spec in specs if name in (spec.name, spec.filter_prefix)}
    if protocols:
        transports = {_TRANSPORTS[spec.wire] for spec in specs if spec.name in protocols}
        column = _with_protocol(*transports)
        return MessageTerm(lambda message: message.protocol in protocols, column)
    if name == UNDECODED:
        return MessageTerm(lambda message: message.protocol == UNDECODED)
    network = _network(word)
    if network is not None:
        return _Addressed(network, source=True, destination=True)
    if name in _NAMES:
        raise TermError(f"{word} needs a value", remedy=f"Write {word}=={_example(name)}")
    owners = fields_of(word, specs)
    if owners:
        return MessageTerm(field_test(word, "", ""), doubt=_doubt(word, owners))
    if name.partition(".")[0] in _LAYERS and "." in name:
        raise _unknown(word, specs)
    text = word_or_text(word)
    return MessageTerm(text.holds, doubt=f"{word} was looked for as text: it is no protocol and no field")


def comparison(name: str, operator: str, value: str, offset: int, specs: Sequence[ProtocolSpec]) -> Node:
    """`name operator value`; `offset` is where the value begins. Raises `TermError` for names and values that cannot be."""
    key = name.lower()
    field = "" if key in _NAMES else field_name(name)
    owners = fields_of(field, specs) if field else ()
    if key not in _NAMES and not owners:
        raise _unknown(field, specs)
    fitting: tuple[str, ...] = OPERATORS if owners else _EQUALITY if key in _ADDRESSES else _NUMERIC
    if operator == "~=" and (_ADDRESSES | _PORTS).get(key) == (True, True):
        fitting = ()  # one of two differs: nobody means that
    if operator not in fitting or value.startswith("="):
        raise TermError(
            f"{operator} is not understood here", remedy=f"Write {name}=={_example(key)}", offset=len(name) + operator.isalpha()
        )
    if not value:
        raise TermError(f"{name} needs a value", remedy=f"Write {name}=={_example(key)}", offset=offset)

    def asking(sign: str) -> Term:
        if owners:
            return Term(MessageTerm(field_test(name, sign, value, offset), doubt=_doubt(field, owners)))
        return Term(_compared(key, sign, value, offset) if sign else _present(key))

    if operator == "!=":  # as in Wireshark since version 4: there is one, and none is equal
        return Both((asking(""), Not(asking("=="))))
    if operator == "~=" and not owners:
        return Both((asking(""), Not(asking("=="))))
    return asking(operator)


def _unknown(name: str, specs: Sequence[ProtocolSpec]) -> TermError:
    prefixes = [spec.filter_prefix for spec in specs]
    if name.lower() in prefixes:
        return TermError(f"{name} has no value to compare", remedy=f"Name one of its fields: {name}.FIELD")
    known = get_close_matches(name.lower(), (*_NAMES, *prefixes), 1)
    remedy = f"Did you mean {known[0]}?" if known else f"Known are {', '.join(_NAMES)} and the fields of the protocols"
    return TermError(f"there is nothing called {name} to compare", remedy=remedy)


def _doubt(name: str, owners: Sequence[FieldNames]) -> str:
    """Something to say about a name that is not known beforehand."""
    return "" if any(owner.complete for owner in owners) else f"is {name} spelt right? It is not known which fields there are"


def _compared(key: str, operator: str, value: str, offset: int) -> ColumnTerm:
    if key in _ADDRESSES:
        network = _network(value)
        if network is None:
            raise TermError(
                f"{value} is neither an address nor a network", remedy="Write it like 10.0.0.1 or 10.0.0.0/8", offset=offset
            )
        source, destination = _ADDRESSES[key]
        return _Addressed(network, source=source, destination=destination)
    first, last = _bounds(operator, *_range(value, offset))
    if key == _NUMBER:
        return lambda _index, start, stop: _between(_numbers(start, stop), first, last)
    protocol = _TRANSPORTS.get(key.split(".")[0])
    if key in _STREAMS:
        return lambda index, start, stop: (
            (index.ip_protocol[start:stop] == protocol) & _between(index.stream[start:stop], first, last)
        )
    return _with_port(protocol, _PORTS[key], first, last)


def _present(key: str) -> ColumnTerm:
    """Packets that have what is compared."""
    if key == _NUMBER:
        return lambda _index, start, stop: _numbers(start, stop) > 0
    if key in _ADDRESSES:
        return lambda index, start, stop: index.ip_version[start:stop] != 0
    protocol = _TRANSPORTS.get(key.split(".")[0])
    return _with_protocol(*([protocol] if protocol is not None else _TRANSPORTS.values()))


def _with_port(protocol: int | None, sides: tuple[bool, bool], first: int, last: int) -> ColumnTerm:
    def rows(index: "PacketIndex", start: int, stop: int) -> Any:
        found = index.flags[start:stop] < 0  # nothing yet
        if sides[0]:
            found = found | _between(index.source_port[start:stop], first, last)
        if sides[1]:
            found = found | _between(index.destination_port[start:stop], first, last)
        return found if protocol is None else found & (index.ip_protocol[start:stop] == protocol)

    return rows


def _with_protocol(*protocols: int) -> ColumnTerm:
    def rows(index: "PacketIndex", start: int, stop: int) -> Any:
        column = index.ip_protocol[start:stop]
        found = column == protocols[0]
        for protocol in protocols[1:]:
            found = found | (column == protocol)
        return found & (index.ip_version[start:stop] != 0)

    return rows


def _other(name: str) -> ColumnTerm:
    def rows(index: "PacketIndex", start: int, stop: int) -> Any:
        return (index.ip_version[start:stop] == 0) & (index.column("other")[start:stop] == index.other_names.index(name))

    return rows


class _Addressed:
    """Rows whose sender or receiver lies in a network. Each pair of addresses is looked at once."""

    def __init__(self, network: "ipaddress.IPv4Network | ipaddress.IPv6Network", *, source: bool, destination: bool) -> None:
        self._network = network
        self._source = source
        self._destination = destination
        self._known: dict[int, bool] = {}

    def __call__(self, index: "PacketIndex", start: int, stop: int) -> Any:
        import numpy as np

        pairs, where = np.unique(index.pair[start:stop], return_inverse=True)
        return np.array([self._holds(index, int(pair)) for pair in pairs], np.bool_)[where]

    def _holds(self, index: "PacketIndex", pair: int) -> bool:
        known = self._known.get(pair)
        if known is None:
            source, destination = index.pairs.hosts(pair)
            known = (self._source and self._contains(source)) or (self._destination and self._contains(destination))
            self._known[pair] = known
        return known

    def _contains(self, host: str) -> bool:
        try:
            return ipaddress.ip_address(host) in self._network
        except ValueError:
            return False


def _network(text: str) -> "ipaddress.IPv4Network | ipaddress.IPv6Network | None":
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _range(text: str, offset: int) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not (_is_number(first) and (not last or _is_number(last))):
        raise TermError(f"{text} is not a number", remedy="Write a number or a range like 8000-8099", offset=offset)
    return int(first), int(last or first)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS


def _bounds(operator: str, first: int, last: int) -> tuple[int, int]:
    """The numbers that compare so with a number or a range."""
    orders = {">": (last + 1, LARGEST), ">=": (first, LARGEST), "<": (0, first - 1), "<=": (0, last)}
    return orders.get(operator, (first, last))


def _between(column: Any, first: int, last: int) -> Any:
    return (column >= first) & (column <= last)


def _numbers(start: int, stop: int) -> Any:
    import numpy as np

    return np.arange(start + 1, stop + 1)


def _example(name: str) -> str:
    return "10.0.0.1" if name in _ADDRESSES else "8080" if name in _PORTS else "0"
