"""One direction's frames become messages, with what is remarkable about each. Where frames lie is the decoder's affair."""

from collections.abc import Hashable, Sequence

from workbench.api import Direction, Limits, Message, Note, Severity
from workbench_websocket.agreement import Agreement, Remark
from workbench_websocket.assembly import Assembly
from workbench_websocket.frames import Head
from workbench_websocket.masking import masked
from workbench_websocket.messages import Place, frame_message
from workbench_websocket.opcodes import BINARY, CLOSE, CONTINUATION, TEXT
from workbench_websocket.payloads import close_notes, whole_notes
from workbench_websocket.rules import frame_notes

__all__ = ["FrameReader"]

_RSV1 = 4


class FrameReader:
    """`closed` once this direction has sent its Close."""

    def __init__(self, direction: Direction, agreement: Agreement, keep: int = Limits().message) -> None:
        self.closed = False
        self.assembly = Assembly(
            agreement.deflate, client=direction is Direction.TO_SERVER, guessing=not agreement.seen, keep=keep
        )
        self._direction = direction
        self._agreed = agreement.deflate is not None
        self._may_compress = self._agreed or not agreement.seen
        self._foreign = agreement.foreign

    def message(self, place: Place, head: Head, remarks: Sequence[Remark] = (), exchange: Hashable = None) -> Message:
        """The message of a frame whose end is known (some of its bytes may be missing); `remarks` are about the handshake."""
        assembly, compression = self.assembly, self._may_compress
        payload = place.raw[head.size :]
        payload = masked(payload, head.key) if head.masked else payload
        start, end = min(head.size, len(place.raw)), len(place.raw)
        notes = [
            *frame_notes(
                head,
                self._direction,
                compression=compression,
                fragmented=assembly.fragmented,
                closed=self.closed,
                foreign=self._foreign,
            )
        ]
        whole, compressed = None, False
        if head.opcode == CLOSE:
            self.closed = True
            notes += close_notes(payload, start, end) if not place.missing else ()
        elif head.opcode in (CONTINUATION, TEXT, BINARY):
            compressed = compression and bool(head.rsv & _RSV1 if head.opcode else assembly.compressed)
            whole, trouble = assembly.add(head, payload, whole=not place.missing, compression=compression)
            if trouble:
                notes.append(Note(Severity.ERROR, trouble, start, end, "RFC 6455 8.1"))
            if whole is not None:
                notes += whole_notes(whole, start, end)
        notes += [Note(severity, text, 0, 0, section) for severity, text, section in remarks]
        return frame_message(place, head, payload, whole, tuple(notes), exchange, compression=self._agreed, compressed=compressed)
