"""The TLS decoder: one message per record, handshake messages put together, protected records opened where secrets are known.

A record is a message of its own; a handshake message that spans records is shown in the one that completes it. What is inside protected
application data goes on as `Inner`, for the protocol that ALPN names. DTLS is not TLS here, and QUIC brings its handshake messages
without records: see `unrecorded`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from workbench.api import Chunk, Direction, Field, FlowContext, Inner, Message, Severity
from workbench_tls.compressed import UNFOLDED, certificate_inside, unfolded
from workbench_tls.contents import read_alerts, read_closed, read_heartbeat, read_other
from workbench_tls.handshake import HEADER as HANDSHAKE_HEADER
from workbench_tls.handshake import Handshake, read_handshake
from workbench_tls.limits import MAX_GUESSES, MAX_HANDSHAKE, MAX_MESSAGES
from workbench_tls.messages import DECRYPTED, Draft, undecoded_message
from workbench_tls.names import CONTENT_TYPES, HANDSHAKES
from workbench_tls.protection import Record
from workbench_tls.session import Session
from workbench_tls.ssl2 import ssl2_message
from workbench_tls.summaries import words_about
from workbench_tls.wire import HEADER, Piece, Wire

__all__ = ["TlsDecoder"]

_USUAL_RECORD = 256
"""Bytes: how many records a gap may have held is guessed by this, generously; wrong guesses cost time only."""


@dataclass(slots=True)
class _Side:
    """One direction: its bytes, and the handshake message that is not complete yet."""

    direction: Direction
    wire: Wire = field(default_factory=Wire)
    begun: bool = False
    pending: bytearray = field(default_factory=bytearray)
    over: bool = False
    """Whether close_notify or a fatal alert was read."""


class TlsDecoder:
    """See `workbench.api.Decoder`."""

    def __init__(self, context: FlowContext) -> None:
        self._trace = context.trace
        self._most_fields = context.limits.fields
        self._session = Session(context.secrets)
        self._sides = {direction: _Side(direction) for direction in Direction}

    def receive(self, chunk: Chunk) -> Iterator[Message | Inner]:
        """Take the next bytes; see `Decoder`."""
        side = self._sides[chunk.direction]
        if not side.begun:
            side.begun = True
            side.wire.start = chunk.offset - chunk.gap
        if chunk.gap:
            yield from self._give(side, side.wire.gap(chunk.gap))
            self._session.locks[side.direction].lost(min(MAX_GUESSES, 1 + chunk.gap // _USUAL_RECORD))
            side.pending.clear()
        side.wire.data += chunk.data
        yield from self._give(side, side.wire.pieces())

    def finish(self, direction: Direction) -> Iterator[Message | Inner]:
        """No more bytes in this direction; see `Decoder`."""
        side = self._sides[direction]
        yield from self._give(side, side.wire.finish())

    def _give(self, side: _Side, pieces: Iterable[Piece]) -> Iterator[Message | Inner]:
        for piece in pieces:
            if piece.kind == "record":
                yield from self._record(side, piece)
            elif piece.kind == "ssl2":
                yield ssl2_message(side.direction, piece)
            elif piece.kind == "cut":
                yield self._cut(side, piece)
            else:
                yield undecoded_message(side.direction, piece)

    def _cut(self, side: _Side, piece: Piece) -> Message:
        """A record that breaks off: lost bytes, or the end of the stream."""
        draft = Draft(side.direction, piece)
        missing = HEADER + int.from_bytes(piece.raw[3:HEADER], "big") - len(piece.raw)
        draft.fields.append(Field("part", HEADER, len(piece.raw), draft.fragment, abbrev="tls.segment.data"))
        draft.note(Severity.ERROR, f"the record breaks off, {missing} bytes are missing", "RFC 8446 5.1")
        draft.words.append(f"beginning of a record ({CONTENT_TYPES.get(draft.kind, draft.kind)}), {missing} bytes are missing")
        return draft.message()

    def _record(self, side: _Side, piece: Piece) -> Iterator[Message | Inner]:
        draft = Draft(side.direction, piece)
        session, kind = self._session, draft.kind
        data: bytes | None = draft.fragment
        view, base = 0, HEADER
        draft.disguised = kind == 23 and session.disguises
        if session.protects(side.direction, kind):
            data, kind, view = self._open(side, draft)
            base = 0
        elif kind == 23 or _looks_closed(kind, draft.fragment, continues=bool(side.pending)):
            data = None
        if data is None:
            read_closed(draft)
            if kind == 20:
                session.change_cipher_spec(side.direction)
            yield draft.message()
            return
        closes = self._content(side, draft, kind, data, view, base)
        yield draft.message()
        if view and kind == 23 and data:
            yield self._inner(side, data)
        if closes and view and not side.over:
            side.over = True
            yield replace(self._inner(side, b""), last=True)

    def _inner(self, side: _Side, data: bytes) -> Inner:
        session = self._session
        return Inner(direction=side.direction, data=data, protocol=session.protocol or None, facts=session.facts)

    def _open(self, side: _Side, draft: Draft) -> tuple[bytes | None, int, int]:
        """Content, its type and its view, where the record can be decrypted; else None."""
        lock = self._session.locks[side.direction]
        kind = draft.kind
        plain = lock.open(Record(kind, draft.version, draft.fragment))
        if plain is None:
            if lock.known:
                draft.note(Severity.WARN, "the record does not authenticate with the secrets that are known", "RFC 8446 5.2")
            return None, kind, 0
        view = draft.view(DECRYPTED, plain)
        draft.fields.append(
            Field("protected", HEADER, len(draft.raw), draft.fragment, abbrev="tls.app_data" if kind == 23 else "")
        )
        draft.content["data"] = draft.fragment
        if lock.spec is not None:
            return plain, kind, view
        data = plain.rstrip(b"\0")
        if not data:
            draft.note(Severity.ERROR, "the plaintext has no content type", "RFC 8446 5.4")
            return None, kind, 0
        size, kind = len(data) - 1, data[-1]
        draft.fields.append(
            Field("content_type", size, size + 1, kind, (), "tls.record.content_type", CONTENT_TYPES.get(kind, ""), view=view)
        )
        if len(plain) > size + 1:
            padding = len(plain) - size - 1
            draft.fields.append(
                Field("padding", size + 1, len(plain), padding, (), "tls.record.padding_length", "bytes", view=view)
            )
        return data[:size], kind, view

    def _content(self, side: _Side, draft: Draft, kind: int, data: bytes, view: int, base: int) -> bool:
        """Dissect a record's content; whether it ends the sender's data."""
        closes = False
        match kind:
            case 21:
                closes = read_alerts(draft, data, view, base)
            case 22:
                self._handshakes(side, draft, data, view, base)
            case 23:
                draft.fields.append(Field("plaintext", base, base + len(data), None, text=f"{len(data)} bytes", view=view))
                draft.labels.append("application_data")
                draft.words.append(f"application data, {len(data)} bytes")
            case 24:
                read_heartbeat(draft, data, view, base)
            case _:
                read_other(draft, kind, data, view, base)
                if kind == 20:
                    self._session.change_cipher_spec(side.direction)
                    side.pending.clear()
        if not draft.content:
            draft.content["data"] = data
        return closes

    def _handshakes(self, side: _Side, draft: Draft, data: bytes, view: int, base: int) -> None:
        """All handshake messages that the record completes, and the beginning of one that it does not."""
        shown: list[Field] = []
        values = []
        at, whole = 0, not side.pending and view == 0
        if side.pending:
            at = self._complete(side, draft, data, view, base, shown)
        while at < len(data):
            size = _size(data[at:])
            if len(shown) >= MAX_MESSAGES or size > MAX_HANDSHAKE:
                error = f"a handshake message of {size} bytes" if size > MAX_HANDSHAKE else "more messages than are shown"
                shown.append(Field("rest", base + at, base + len(data), data[at:], error=error, view=view))
                whole = False
                break
            if not size or at + size > len(data):
                side.pending += data[at:]
                shown.append(_part(base + at, data[at:], view))
                whole = False
                break
            found = self._read(side, draft, data[at : at + size], view, base + at, shown)
            values.append(found.value)
            at += size
        messages = Field("messages", base, base + len(data), None, tuple(shown), view=view)
        draft.fields.append(messages)
        if whole and values:
            draft.content["messages"] = values
        if not draft.labels:
            draft.labels.append("handshake_fragment")
            draft.words.append(f"part of a handshake message, {len(data)} bytes")

    def _complete(self, side: _Side, draft: Draft, data: bytes, view: int, base: int, shown: list[Field]) -> int:
        """Add to the message that earlier records began; how many bytes of this one belong to it."""
        before = len(side.pending)
        together = side.pending
        together += data
        size = _size(together)
        if size > MAX_HANDSHAKE:
            together.clear()
            error = f"a handshake message of {size} bytes"
            shown.append(Field("rest", base, base + len(data), data, error=error, view=view))
            return len(data)
        used = min(size, len(together)) - before if size else len(data)
        shown.append(_part(base, data[:used], view))
        if not size or len(together) < size:
            return len(data)
        message = bytes(together[:size])
        together.clear()
        self._read(side, draft, message, draft.view("Reassembled handshake", message), 0, shown)
        return used

    def _read(self, side: _Side, draft: Draft, data: bytes, view: int, base: int, shown: list[Field]) -> Handshake:
        """Dissect one whole handshake message and learn from it."""
        session = self._session
        room = self._most_fields - sum(1 for node in shown for _ in node.walk())
        found = read_handshake(self._trace, data, session.agreed, base, view, most_fields=room)
        draft.agreed.append(session.agreed)
        shown.append(found.field)
        draft.labels.append(found.name)
        draft.words.append(words_about(found))
        shown += self._inflated(draft, found, room)
        session.learn(side.direction, found)
        return found

    def _inflated(self, draft: Draft, found: Handshake, room: int) -> tuple[Field, ...]:
        """The certificate inside a CompressedCertificate."""
        body, fault = unfolded(found)
        if fault:
            draft.note(Severity.WARN, fault, "RFC 8879 4")
        if not body:
            return ()
        view = draft.view(UNFOLDED, body)
        return (certificate_inside(self._trace, body, self._session.agreed, view, room),)


def _size(data: bytes | bytearray) -> int:
    """Bytes of the handshake message that begins here, header included; 0 while its header is not complete."""
    return HANDSHAKE_HEADER + int.from_bytes(data[1:HANDSHAKE_HEADER], "big") if len(data) >= HANDSHAKE_HEADER else 0


def _part(start: int, data: bytes, view: int) -> Field:
    return Field("fragment", start, start + len(data), data, (), "tls.handshake.fragment.data", view=view)


def _looks_closed(kind: int, data: bytes, *, continues: bool) -> bool:
    """Whether a record cannot be in the clear though nobody said that it is protected: the capture began too late."""
    if kind == 21:
        return len(data) != 2 or data[0] not in (1, 2)
    if kind != 22 or continues or len(data) < HANDSHAKE_HEADER:
        return False
    return data[0] not in HANDSHAKES or (_size(data) > MAX_HANDSHAKE and not data.startswith(b"\x0b"))
