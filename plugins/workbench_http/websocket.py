"""A WebSocket that echoes, inside one stream (RFC 8441, RFC 9220): what it says to the client's bytes.

Frames are the business of `websockets`.
"""

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from websockets.frames import Frame

__all__ = ["MAX_MESSAGE", "EchoSocket", "refusal"]

MAX_MESSAGE = 1_048_576
"""Bytes of one message, 1009 beyond: the usual limit of WebSocket servers."""


def refusal(headers: dict[str, str]) -> int:
    """The status that answers a handshake which is none, 0 for a good one (RFC 8441 5, RFC 9220 3, RFC 6455 4.4)."""
    return 0 if headers.get("sec-websocket-version") == "13" else 400


class EchoSocket:
    """`over` once the closing handshake is done or the client broke the protocol; what was given until then is still to be sent."""

    def __init__(self) -> None:
        from websockets.protocol import OPEN, Protocol, Side

        self.over = False
        self._protocol = Protocol(Side.SERVER, state=OPEN, max_size=MAX_MESSAGE)
        self._text: codecs.IncrementalDecoder | None = None

    def receive(self, data: bytes) -> bytes:
        """Bytes of the client, b"" for its end; returns what to send."""
        if self.over:
            return b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        out: list[bytes] = []
        for frame in self._protocol.events_received():
            out += self._protocol.data_to_send()
            if not self._protocol.close_sent:
                self._echo(frame)  # type: ignore[arg-type]  # without a handshake only frames are events
        out += self._protocol.data_to_send()
        self.over = b"" in out or not data
        return b"".join(out)

    def leave(self) -> bytes:
        """The server shuts down: a close frame that says so (RFC 6455 7.4.1), unless one was sent."""
        from websockets.frames import CloseCode

        if self.over or self._protocol.close_sent:
            return b""
        self._protocol.send_close(CloseCode.GOING_AWAY)
        return b"".join(self._protocol.data_to_send())

    def _echo(self, frame: "Frame") -> None:
        from websockets.frames import CloseCode, Opcode

        if frame.opcode is Opcode.TEXT:
            self._text = codecs.getincrementaldecoder("utf-8")()
        elif frame.opcode is Opcode.BINARY:
            self._text = None
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        try:
            if self._text is not None:
                self._text.decode(frame.data, final=frame.fin)  # RFC 6455 8.1
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "this is not UTF-8")
            return
        send = {Opcode.TEXT: self._protocol.send_text, Opcode.BINARY: self._protocol.send_binary}
        send.get(frame.opcode, self._protocol.send_continuation)(bytes(frame.data), frame.fin)
