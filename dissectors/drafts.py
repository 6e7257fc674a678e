"""Facts by the million: the same frozen values, made without the price of a frozen constructor (four times that of these)."""

from collections.abc import Hashable, Mapping
from typing import Any

from workbench.api import Direction, Field, Message, Note, Traced, View

__all__ = ["FieldDraft", "field_of", "fill", "message_of", "place", "traced_of"]

_set = object.__setattr__


class FieldDraft:
    """A `Field` that can still be written to."""

    __slots__ = tuple(Field.__slots__)

    def __init__(
        self,
        name: str,
        start: int,
        end: int,
        value: Any,
        children: tuple[Field, ...],
        abbrev: str,
        text: str = "",
        error: str = "",
        view: int = 0,
        bits: tuple[int, int] | None = None,
        generated: bool = False,
    ) -> None:
        self.name = name
        self.start = start
        self.end = end
        self.value = value
        self.children = children
        self.abbrev = abbrev
        self.text = text
        self.error = error
        self.view = view
        self.bits = bits
        self.generated = generated


class _MessageDraft:
    """A `Message` that can still be written to."""

    __slots__ = tuple(Message.__slots__)

    def __init__(
        self,
        protocol: str,
        direction: Direction,
        start: int,
        end: int,
        raw: bytes,
        root: Field,
        notes: tuple[Note, ...],
        views: tuple[View, ...],
        value: Any,
        parameters: Mapping[str, Any],
    ) -> None:
        self.protocol = protocol
        self.direction = direction
        self.start = start
        self.end = end
        self.raw = raw
        self.root = root
        self.label = ""
        self.summary = ""
        self.notes = notes
        self.views = views
        self.value = value
        self.parameters = parameters
        self.exchange: Hashable = None
        self.stream = -1
        self.packet = 0
        self.packets: tuple[int, ...] = ()
        self.time_ns = 0
        self.layer: tuple[str, ...] = ()


class _TracedDraft:
    """A `Traced` without an error or derived bytes that can still be written to."""

    __slots__ = tuple(Traced.__slots__)

    def __init__(self, value: Any, root: Field, consumed: int) -> None:
        self.value = value
        self.root = root
        self.views: tuple[View, ...] = ()
        self.consumed = consumed
        self.error = ""


def field_of(*values: Any) -> Field:
    """`Field(*values)`; the first six values (name, start, end, value, children, abbrev) must be given."""
    draft: Any = FieldDraft(*values)
    draft.__class__ = Field
    field: Field = draft
    return field


def traced_of(value: Any, root: Field, consumed: int) -> Traced:
    """A parse that succeeded on the message's own bytes."""
    draft: Any = _TracedDraft(value, root, consumed)
    draft.__class__ = Traced
    traced: Traced = draft
    return traced


def message_of(*values: Any) -> Message:
    """A message without a judgement yet: protocol, direction, start, end, raw, root, notes, views, value, parameters."""
    draft: Any = _MessageDraft(*values)
    draft.__class__ = Message
    message: Message = draft
    return message


def fill(message: Message, **values: Any) -> Message:
    """Set attributes of a message that nobody else has seen yet (`dataclasses.replace` would copy all the others, too)."""
    for name, value in values.items():
        _set(message, name, value)
    return message


_put_stream, _put_packets, _put_packet, _put_time, _put_layer = (
    getattr(Message, slot).__set__ for slot in ("stream", "packets", "packet", "time_ns", "layer")
)


def place(message: Message, stream: int, packets: tuple[int, ...], packet: int, time_ns: int, layer: tuple[str, ...]) -> Message:
    """`fill` for what the engine says of every message: where it belongs."""
    _put_stream(message, stream)
    _put_packets(message, packets)
    _put_packet(message, packet)
    _put_time(message, time_ns)
    if layer:
        _put_layer(message, layer)
    return message
