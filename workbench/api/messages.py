"""What a decoder makes of bytes: messages, their field trees, and what is worth saying about them."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from workbench.api.packets import Chunk, Direction
from workbench.api.quick import quick

__all__ = ["UNDECODED", "Field", "Handoff", "Inner", "Message", "Note", "Severity", "View", "Wake"]

UNDECODED = "data"
"""Protocol name of bytes nobody understood; Wireshark's name for the same."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Severity(IntEnum):
    """Wireshark's expert levels."""

    CHAT = 0
    NOTE = 1
    WARN = 2
    ERROR = 3


@quick
@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a person's attention. `start:end` lies in the message's wire bytes; `section` names the rule ("RFC 9112 6.3")."""

    severity: Severity
    text: str
    start: int = 0
    end: int = 0
    section: str = ""


@quick
@dataclass(frozen=True, slots=True)
class View:
    """A byte string that fields point into: the message's own wire bytes, or bytes derived from them (decoded, unmasked, …)."""

    name: str
    data: bytes = field(repr=False)


@quick
@dataclass(frozen=True, slots=True)
class Field:
    """One node of a dissected message.

    `[start, end)` are byte offsets into `views[view]` of the message. `bits` narrows that to `[first, last)` bits counted from the
    most significant bit of byte 0 of the view. `value` is an int, float, bool, str, bytes or None (a node with children needs no
    value). `abbrev` is the display-filter name ("http.request.method"; Wireshark's where it has one); a field without one is
    structure only and appears in trees but not in flat output. `text` is what a person reads instead of the value (the
    name of an enum value). `error` says why the field is broken. `generated` marks values computed rather than read.
    """

    name: str
    start: int
    end: int
    value: Any = None
    children: tuple["Field", ...] = ()
    abbrev: str = ""
    text: str = ""
    error: str = ""
    view: int = 0
    bits: tuple[int, int] | None = None
    generated: bool = False

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Field"]]:
        """This field and all below it in wire order, each with its depth."""
        stack = [(depth, self)]
        while stack:
            level, node = stack.pop()
            yield level, node
            stack.extend((level + 1, child) for child in reversed(node.children))

    def find(self, abbrev: str) -> "Field | None":
        """The first field below (or this one) with the given filter name."""
        return next((node for _, node in self.walk() if node.abbrev == abbrev), None)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One protocol data unit, or a run of bytes that is none (`protocol == UNDECODED`).

    `[start, end)` is its place in the direction's byte stream; the messages of one direction tile that stream. `raw` holds those
    bytes (fewer only where bytes were lost or a limit cut them, said in a note). `label` is the symbol the protocol's state
    table knows it by. `value` is what the grammar parsed (for `encode`), `parameters` what it was parsed with. Two messages
    of one flow in opposite directions with equal `exchange` belong together (request and response); None pairs with nothing.
    `layer` says inside what it travelled (("tls",), ("tls", "http2 stream 5")), () for the flow itself; offsets count in that layer's
    own byte stream. `packets` lists every packet that carried a byte of it, `packet` the one that completed it; the engine fills `stream`,
    `layer`, `packets`, `packet` and `time_ns`, a decoder leaves them alone.
    """

    protocol: str
    direction: Direction
    start: int
    end: int
    raw: bytes = field(repr=False)
    root: Field
    label: str = ""
    summary: str = ""
    notes: tuple[Note, ...] = ()
    views: tuple[View, ...] = ()
    value: Any = field(default=None, repr=False)
    parameters: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False)
    exchange: Hashable = None
    stream: int = -1
    packet: int = 0
    packets: tuple[int, ...] = ()
    time_ns: int = 0
    layer: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[str, ...]:
        """Field errors in wire order, then notes of severity ERROR; a message without any is error-free."""
        errors = []
        stack = [self.root]
        while stack:  # `Field.walk` without its depths: everybody asks this about every message
            node = stack.pop()
            if node.error:
                errors.append(f"{node.name}: {node.error}")
            if node.children:
                stack.extend(node.children[::-1])
        if self.notes:
            errors += [note.text for note in self.notes if note.severity is Severity.ERROR]
        return tuple(errors)

    def bytes_of(self, node: Field) -> bytes:
        """The bytes a field of this message points at."""
        data = self.views[node.view].data if self.views else self.raw
        return data[node.start : node.end]


@dataclass(frozen=True, slots=True)
class Handoff:
    """A decoder's last word: from here on the flow is something else.

    `protocol` names the plugin that goes on (or one of its ALPN identifiers), or is None for "detect again". `rest` are the chunks (or
    parts of them) of both directions that this decoder received and did not use, in arrival order; the engine replays them to the next
    decoder. `facts` is what the next decoder finds in its `FlowContext.facts`.
    """

    protocol: str | None
    rest: tuple[Chunk, ...] = ()
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """Bytes of a conversation inside this one: what TLS protected, what one stream of HTTP/2 tunnels.

    A decoder gives it right after the `Message` that carried the bytes; it belongs to the same packets. Conversations inside one flow
    are told apart by `channel`, which people see ("stream 5"; "" where there is only one). `data` of one channel and direction follow
    each other without holes, unless `gap` says how many bytes were lost before them. `protocol` names a plugin or one of its ALPN
    identifiers, None means "detect"; only the first Inner of a channel decides. `last` ends the direction after these bytes, `reset`
    that its sender did not end it in order but gave it up. `facts` is what the inner decoder finds in its `FlowContext.facts`.
    """

    direction: Direction
    data: bytes = field(repr=False)
    channel: str = ""
    protocol: str | None = None
    gap: int = 0
    last: bool = False
    facts: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Wake:
    """What a decoder just read is what another conversation beside it in the same flow waits for: its decoder's `resume` is asked now.

    `channel` is that conversation's `Inner.channel`, which its decoder knew as `FlowContext.channel`. One that is over, or never was, is
    not asked.
    """

    channel: str
