"""One packet as a filter sees it: what its headers say, what its messages say, and every value with the bytes behind it.

This is the slow and certain way, one packet at a time. `filter_columns` and `filter_tables` answer the same for many at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dissectors.field_catalog import PACKET_FIELDS, Kind
from dissectors.filter_streams import STREAM_FIELDS
from workbench.api import Field, Message

if TYPE_CHECKING:
    from captures.capture import Capture
    from captures.cursor import Layer

__all__ = ["PROTOCOLS", "Found", "Headers", "View", "header_values", "message_values"]

MUTATION = "fuzz: "
"""What a campaign writes before the mutated field, in the comment of the packet."""

PROTOCOLS = "frame.protocols"
"""The one field that headers and messages make together."""

_WITH_TYPE = ("eth", "vlan", "ieee8021ad", "sll", "sll2")
"""Headers whose last field says what follows; Wireshark writes `ethertype` behind them."""

_SAME = {"sll2": "sll"}
"""Headers of several versions that Wireshark calls by one name."""

_TCP_NUMBERS = ("tcp.seq", "tcp.ack")


@dataclass(frozen=True, slots=True)
class Found:
    """One value. `text` is what a person reads instead of a number, `data` gives the bytes behind it; `size` counts those of a protocol's
    own header where `data` goes on behind it, else -1."""

    value: Any
    text: str = ""
    data: Callable[[], bytes] | None = None
    size: int = -1

    @property
    def bytes(self) -> bytes:
        """The bytes behind the value."""
        wire = self.data() if self.data is not None else b""
        if wire or self.value is None:
            return wire
        return self.value if isinstance(self.value, bytes) else str(self.value).encode("utf-8", "surrogateescape")


Values = dict[str, list[Found]]


class Headers:
    """What the headers of one packet say, by name; read when first asked for."""

    def __init__(self, capture: "Capture", number: int) -> None:
        self.capture = capture
        self.number = number
        self._values: Values | None = None

    def __getitem__(self, name: str) -> Sequence[Found]:
        if name in STREAM_FIELDS:
            return _of_stream(self.capture, self.number, name)
        if self._values is None:
            self._values = header_values(self.capture, self.number)
        return self._values.get(name, ())


class View:
    """A packet with the messages that are asked about. `headers` may be any mapping from names to values."""

    def __init__(self, headers: "Headers | Values", messages: Sequence[Message] = ()) -> None:
        self.headers = headers
        self.messages = messages
        self._values: Values | None = None

    def of_packet(self, names: Sequence[str]) -> list[Found]:
        """The values of header fields."""
        found = [value for name in names for value in self._of_header(name)]
        if PROTOCOLS in names and self.messages:
            inside = [message.root.abbrev or message.protocol for message in self.messages]
            found = [Found(":".join([value.value, *dict.fromkeys(inside)])) for value in found]
        return found

    def _of_header(self, name: str) -> Sequence[Found]:
        return self.headers.get(name, ()) if isinstance(self.headers, dict) else self.headers[name]

    def of_messages(self, name: str) -> Sequence[Found]:
        """The values of a field in all messages."""
        if self._values is None:
            self._values = {}
            for message in self.messages:
                message_values(message, self._values)
        return self._values.get(name, ())


def message_values(message: Message, into: Values) -> None:
    """Add what a message says, by name; a field without a value of its own counts as one that is there."""
    stack = [message.root]
    while stack:
        node = stack.pop()
        if node.children:
            stack.extend(reversed(node.children))
        if node.abbrev:
            found = Found(node.value, node.text, partial(message.bytes_of, node))
            into.setdefault(node.abbrev, []).append(found)
    for name, value in (
        ("workbench.protocol", message.protocol),
        ("workbench.label", message.label),
        ("workbench.direction", message.direction.name.lower()),
        ("workbench.summary", message.summary),
        *(("workbench.layer", layer) for layer in message.layer),
    ):
        if value:
            into.setdefault(name, []).append(Found(value))
    for note in message.notes:
        into.setdefault("note.severity", []).append(Found(int(note.severity), note.severity.name.lower()))
        into.setdefault("note.text", []).append(Found(note.text))
        if note.section:
            into.setdefault("note.section", []).append(Found(note.section))


def header_values(capture: "Capture", number: int) -> Values:
    """What the headers of packet `number` say: its fields by name, and under the name of each header its bytes."""
    from captures import marks
    from captures.layers import branches

    peeled = capture.peel(number)
    values = _frame_values(capture, number)
    if capture.interfaces[int(capture.index.interface[number - 1])].link_type in marks.LINK_RAW:
        _note(values, "raw", Found(None, "", partial(capture.data, number)))
    streams = list(capture.streams_of(number))
    for layer, branch in zip(peeled.layers, branches(peeled), strict=True):
        data = peeled.buffers[layer.buffer]
        end = min(layer.end, len(data))
        bytes_of = _part(data, layer.start, end)
        _note(values, _SAME.get(layer.kind, layer.kind), Found(None, "", bytes_of, branch.end - branch.start))
        _walk(branch, data, values)
        if layer.ports is None:
            continue
        if streams:
            transport, stream = streams.pop(0)
            _note(values, f"{transport}.stream", Found(stream))
            if transport == "tcp" and not layer.quoted and stream == int(capture.index.stream[number - 1]):
                _relative(capture, number, values)
        if layer.payload < end and not layer.broken:
            _note(values, f"{layer.kind}.payload", Found(data[layer.payload : end]))
    _trailer(values, peeled.layers, peeled.buffers[0])
    _note(values, PROTOCOLS, Found(_protocols([layer.kind for layer in peeled.layers if layer.kind != "fragment"])))
    return values


def _protocols(kinds: Sequence[str]) -> str:
    words: list[str] = []
    for kind, after in zip(kinds, (*kinds[1:], ""), strict=True):
        words += [kind, "ethertype"] if kind in _WITH_TYPE and after != "llc" else [kind]
    return ":".join(words)


def _trailer(values: Values, layers: "list[Layer]", data: bytes) -> None:
    """What the link layer added behind the packet."""
    inside = [layer for layer in layers if not layer.buffer]
    if inside and inside[0].kind == "eth" and not inside[-1].broken:
        behind = max(inside[-1].payload, min(inside[-1].end, len(data)))
        if behind < len(data):
            _note(values, "eth.trailer", Found(data[behind:]))


def _relative(capture: "Capture", number: int, values: Values) -> None:
    from dissectors.filter_sequences import sequences

    for name, column in zip(_TCP_NUMBERS, sequences(capture.index).columns(np.array([number - 1])), strict=True):
        _note(values, name, Found(int(column[0])))


def _of_stream(capture: "Capture", number: int, name: str) -> Sequence[Found]:
    there, values, _ = STREAM_FIELDS[name](capture.index, np.array([number - 1]))
    if not there[0]:
        return ()
    return (Found(True, "Set"),) if PACKET_FIELDS[name] is Kind.FLAG else (Found(int(values[0])),)


def _walk(branch: Field, data: bytes, values: Values) -> None:
    for _, node in branch.walk():
        if node.abbrev and node.value is not None:
            text = ("Set" if node.value else "Not set") if isinstance(node.value, bool) else node.text
            _note(values, node.abbrev, Found(node.value, text, _part(data, node.start, node.end)))


def _part(data: bytes, start: int, end: int) -> Callable[[], bytes]:
    return lambda: data[start:end]


def _frame_values(capture: "Capture", number: int) -> Values:
    from captures import marks

    index, row = capture.index, number - 1
    data = partial(capture.data, number)
    values: Values = {"frame": [Found(None, "", data, int(index.original_length[row]))]}
    _note(values, "frame.number", Found(number))
    _note(values, "frame.len", Found(int(index.original_length[row])))
    _note(values, "frame.cap_len", Found(int(index.captured_length[row])))
    _note(values, "frame.interface_id", Found(int(index.interface[row])))
    if not index.flags[row] & marks.TIMELESS:
        time_ns = int(index.time_ns[row])
        _note(values, "frame.time", Found(time_ns))
        _note(values, "frame.time_epoch", Found(time_ns))
        _note(values, "frame.time_relative", Found(time_ns - int(index.time_ns[0])))
        _note(values, "frame.time_delta", Found(time_ns - int(index.time_ns[max(0, row - 1)])))
    if index.flags[row] & marks.COMMENTED:
        for comment in capture.packet(number).comments:
            _note(values, "frame.comment", Found(comment))
            if comment.startswith(MUTATION):
                _note(values, "fuzz.mutation", Found(comment[len(MUTATION) :]))
    return values


def _note(values: Values, name: str, found: Found) -> None:
    values.setdefault(name, []).append(found)
