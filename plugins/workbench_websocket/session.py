"""The reference server's side of an open WebSocket: frames in, frames out. Strict where the decoder is tolerant (RFC 6455 5 to 8).

What breaks a rule is answered with a Close that says which, and the connection ends (RFC 6455 7.1.7). A frame's header is judged before its
payload has come, a fragment's text before the next one.
"""

import codecs
from collections.abc import Callable

from workbench_websocket.deflate import Deflater, Inflater
from workbench_websocket.extensions import Deflate
from workbench_websocket.frames import LONGEST_CONTROL, Head, build_frame, minimal, read_head
from workbench_websocket.masking import masked
from workbench_websocket.opcodes import CLOSE, CONTINUATION, NAMES, PING, PONG, TEXT, why_illegal

__all__ = ["Handler", "Session", "close_frame"]

_RSV1 = 4
_COMPRESSED_FROM = 64
"""Bytes of a message from which on it is compressed: below, the block headers eat what is won."""

Handler = Callable[["Session", int, bytes], bytes]
"""What an endpoint says to a message (opcode, content), as frames."""


class _ViolationError(Exception):
    """The client broke a rule; `code` is that of the Close it gets."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def close_frame(code: int, reason: str = "") -> bytes:
    """A server's Close; the reason is cut to what fits."""
    text = reason.encode("utf-8", "replace")[: LONGEST_CONTROL - 2].decode("utf-8", "ignore")
    return build_frame(CLOSE, code.to_bytes(2, "big") + text.encode())


class Session:
    """One WebSocket. `handler` answers messages, `pong` hears pongs; `limit` are the bytes of the largest message."""

    __slots__ = (
        "_buffer", "_compressed", "_deflater", "_inflater", "_opcode", "_parts", "_text",
        "closed", "closing", "handler", "limit", "on_pong",
    )  # fmt: skip

    def __init__(self, handler: Handler, limit: int, deflate: Deflate | None) -> None:
        self.handler = handler
        self.limit = limit
        self.on_pong: Callable[[bytes], bytes] | None = None
        self.closing = False
        """Our Close is out, the client's is awaited."""
        self.closed = False
        self._buffer = bytearray()
        self._inflater = Inflater(deflate.client_bits, takeover=deflate.client_takeover) if deflate else None
        self._deflater = Deflater(deflate.server_bits, takeover=deflate.server_takeover) if deflate else None
        self._opcode = 0
        """Of the message whose fragments are coming; 0 for none."""
        self._parts = bytearray()
        """Of that message; one array, because fragments may be empty or have a byte each."""
        self._compressed = False
        self._text: codecs.IncrementalDecoder | None = None

    def receive(self, data: bytes) -> bytes:
        """Bytes of the client; gives what to send."""
        self._buffer += data
        out = []
        at = 0
        try:
            while not self.closed:
                head = read_head(self._buffer, at)
                if len(self._buffer) >= at + 2:
                    self._judge(self._buffer[at], self._buffer[at + 1], head)
                if head is None or len(self._buffer) < at + head.size + head.length:
                    break
                payload = bytes(self._buffer[at + head.size : at + head.size + head.length])
                at += head.size + head.length
                out.append(self._frame(head, masked(payload, head.key)))
        except _ViolationError as violation:
            out.append(b"" if self.closing else close_frame(violation.code, str(violation)))
            self.closed = True
        if self.closed:
            self._buffer = bytearray()
        elif at:
            del self._buffer[:at]
        return b"".join(out)

    @property
    def unfinished(self) -> bool:
        """Whether a frame or a message has begun and not ended."""
        return bool(self._buffer) or bool(self._opcode)

    def say(self, opcode: int, content: bytes) -> bytes:
        """A message as a frame, compressed where that was agreed on and pays."""
        if self._deflater is not None and len(content) >= _COMPRESSED_FROM:
            return build_frame(opcode, self._deflater.message(content), rsv=_RSV1)
        return build_frame(opcode, content)

    def close(self, code: int, reason: str = "") -> bytes:
        """Begin the closing handshake; nothing when it has begun (RFC 6455 7.1.2)."""
        if self.closing or self.closed:
            return b""
        self.closing = True
        return close_frame(code, reason)

    # judging

    def _judge(self, first: int, second: int, head: Head | None) -> None:
        """Refuse a frame by its first bytes."""
        opcode, rsv = first & 0x0F, first >> 4 & 7
        if opcode not in NAMES:
            raise _ViolationError(1002, f"opcode {opcode} is reserved")
        marks = self._inflater is not None and opcode != CONTINUATION and opcode < CLOSE
        if rsv & ~_RSV1 or (rsv and not marks):
            raise _ViolationError(1002, "a reserved bit is set")
        if second < 0x80:
            raise _ViolationError(1002, "a client must mask its frames")
        if opcode >= CLOSE:
            if first < 0x80:
                raise _ViolationError(1002, "a control frame must not be fragmented")
            if second & 0x7F > LONGEST_CONTROL:
                raise _ViolationError(1002, "a control frame is too long")
        elif opcode == CONTINUATION and not self._opcode:
            raise _ViolationError(1002, "there is no message to continue")
        elif opcode != CONTINUATION and self._opcode:
            raise _ViolationError(1002, "a message begins inside another one")
        if head is not None:
            self._judge_length(head)

    def _judge_length(self, head: Head) -> None:
        if not minimal(head) or head.length >> 63:
            raise _ViolationError(1002, "a length must be written in the fewest bytes")
        if not head.control and len(self._parts) + head.length > self.limit:
            raise _ViolationError(1009, f"a message has more than {self.limit} bytes")

    # acting

    def _frame(self, head: Head, payload: bytes) -> bytes:
        if head.opcode == PING:
            return b"" if self.closing else build_frame(PONG, payload)
        if head.opcode == PONG:
            return self.on_pong(payload) if self.on_pong is not None and not self.closing else b""
        if head.opcode == CLOSE:
            return self._closed_by_client(payload)
        if self.closing:
            return b""  # what comes after our Close is not worth an answer any more (RFC 6455 5.5.1)
        if head.opcode:
            self._opcode, self._compressed = head.opcode, bool(head.rsv)
            self._text = codecs.getincrementaldecoder("utf-8")() if head.opcode == TEXT and not head.rsv else None
        self._check_text(payload, head.fin)
        if not head.fin:
            self._parts += payload
            return b""
        return self._message(bytes(self._parts + payload) if self._parts else payload)

    def _check_text(self, payload: bytes, fin: bool) -> None:
        if self._text is not None:
            try:
                self._text.decode(payload, fin)
            except UnicodeDecodeError:
                raise _ViolationError(1007, "the text is not UTF-8") from None

    def _message(self, content: bytes) -> bytes:
        opcode = self._opcode
        self._opcode, self._parts, self._text = 0, bytearray(), None
        if self._compressed:
            assert self._inflater is not None, "RSV1 was judged already"
            inflated = self._inflater.message(content, self.limit)
            if inflated.trouble:
                raise _ViolationError(1009 if inflated.too_large else 1007, inflated.trouble)
            content = inflated.data
            if opcode == TEXT:
                self._text = codecs.getincrementaldecoder("utf-8")()
                self._check_text(content, True)
                self._text = None
        return self.handler(self, opcode, content)

    def _closed_by_client(self, payload: bytes) -> bytes:
        self.closed = True
        if self.closing:
            return b""
        if not payload:
            return build_frame(CLOSE)
        code = int.from_bytes(payload[:2], "big")
        if len(payload) == 1 or why_illegal(code):
            raise _ViolationError(1002, "no Close may carry that code")
        try:
            payload[2:].decode("utf-8")
        except UnicodeDecodeError:
            raise _ViolationError(1007, "the reason is not UTF-8") from None
        return build_frame(CLOSE, payload[:2])
