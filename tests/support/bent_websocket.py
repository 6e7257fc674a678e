"""Reference servers with one rule forgotten, and the checks that must notice."""

from collections.abc import Mapping

from workbench.api import ServerOptions
from workbench_websocket.frames import LONGEST_CONTROL, Head, build_frame
from workbench_websocket.opcodes import CLOSE, PING
from workbench_websocket.requests import Accepted
from workbench_websocket.server import WebSocketConnection, WebSocketService
from workbench_websocket.session import Session

FAULTS: Mapping[str, Mapping[str, set[str]]] = {
    "opening": {
        "accept": {"opening-accept", "opening-subprotocol", "opening-no-extension"},
        "refuse": {
            "opening-accepted",
            "opening-status-line",
            "opening-in-pieces",
            "opening-upgrade-case",
            "opening-connection-list",
        },
        "welcome": {
            "opening-no-key",
            "opening-no-host",
            "opening-version-8",
            "opening-post",
            "opening-http-1.0",
            "opening-two-keys",
        },
    },
    "sizes": {"short": {"size-text-126", "size-binary-65536", "chopped-126"}},
    "framing": {
        "trusting": {
            "unmasked-ping",
            "rsv-100-text",
            "rsv-111-binary",
            "opcode-3",
            "opcode-15",
            "length-16-for-7",
            "length-64-for-16",
        },
        "short": {"mask-changes"},
    },
    "control": {
        "trusting": {"ping-126", "ping-fragmented", "pong-fragmented"},
        "deaf": {"ping-payload", "ping-125", "ping-ten", "ping-between", "pong-then-ping"},
    },
    "fragments": {
        "trusting": {"continuation-final", "continuation-late", "message-in-text", "other-in-text"},
        "deaf": {"fragments-ping", "fragments-pings"},
        "short": {"fragments-text", "fragments-many", "fragments-again"},
    },
    "texts": {
        "careless": {
            "utf8-bad-surrogate",
            "utf8-bad-overlong-2",
            "utf8-bad-lone-lead",
            "utf8-bad-last-fragment",
            "utf8-fast-first",
        },
        "short": {"utf8-bom", "utf8-fragments"},
    },
    "closing": {
        "rude": {"close-1000", "close-empty", "close-reason", "close-chopped"},
        "endless": {"close-1000", "close-bad-1005", "close-one-byte", "close-by-tcp"},
        "parrot": {"close-bad-0", "close-bad-1005", "close-bad-5000", "close-bad-reason", "close-one-byte"},
    },
    "compression": {
        "greedy": {"deflate-unknown-parameter", "deflate-server-bits-7", "deflate-not-unasked", "deflate-server-bits-9"},
        "trusting": {"deflate-control", "deflate-continuation", "deflate-rsv2"},
        "short": {"deflate-one-block", "deflate-takeover", "deflate-plain"},
        "careless": {"deflate-utf8"},
    },
}
"""Which checks (some of them) fail on a server with which fault, by the file of the checks."""


class BentSession(Session):
    """A session with a fault."""

    __slots__ = ("fault",)

    def _judge(self, first: int, second: int, head: Head | None) -> None:
        if self.fault != "trusting":
            super()._judge(first, second, head)

    def _check_text(self, payload: bytes, fin: bool) -> None:
        if self.fault != "careless":
            super()._check_text(payload, fin)

    def _frame(self, head: Head, payload: bytes) -> bytes:
        if head.opcode == PING and self.fault == "deaf":
            return b""
        if head.opcode == CLOSE and self.fault == "rude":
            self.closed = True
            return b""
        if head.opcode == CLOSE and self.fault == "parrot":
            self.closed = True
            return build_frame(CLOSE, payload)
        if self.fault == "trusting":
            # takes every frame for a whole message
            return build_frame(1, payload[:LONGEST_CONTROL])
        return super()._frame(head, payload)

    def say(self, opcode: int, content: bytes) -> bytes:
        return super().say(opcode, content[:3] if self.fault == "short" else content)


class BentConnection(WebSocketConnection):
    """A connection with a fault."""

    __slots__ = ("fault",)

    def receive(self, data: bytes) -> bytes:
        if self.session is None and self.fault == "refuse":
            self.closed = True
            return b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        out = super().receive(data)
        if self.fault == "endless":
            self.closed = False
        if self.fault == "welcome" and out.startswith(b"HTTP/1.1 4"):
            return b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
        return out

    def _open(self, head: bytes) -> bytes:
        out = super()._open(head)
        return _bent_response(out, self.fault)

    def _accept(self, found: Accepted) -> None:
        super()._accept(found)
        assert self.session is not None
        bent = BentSession(self.session.handler, self.session.limit, found.deflate)
        bent.fault = self.fault
        self.session = bent


def _bent_response(data: bytes, fault: str) -> bytes:
    if fault == "accept":
        data = data.replace(b"Sec-WebSocket-Accept: ", b"Sec-WebSocket-Accept: x")
        data = data.replace(
            b"Upgrade: websocket", b"Sec-WebSocket-Protocol: unasked\r\nSec-WebSocket-Extensions: x-unasked\r\nUpgrade: websocket"
        )
    if fault == "greedy":
        extension = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15; server_max_window_bits=15\r\n"
        data = data.replace(b"Upgrade: websocket", extension + b"Upgrade: websocket")
    return data


class BentService(WebSocketService):
    """A service with a fault."""

    def __init__(self, options: ServerOptions, fault: str) -> None:
        super().__init__(options)
        self.fault = fault

    def __call__(self) -> WebSocketConnection:
        connection = BentConnection(self)
        connection.fault = self.fault
        return connection


def bent_server(fault: str):
    """A server that forgets one rule."""
    return lambda options: BentService(options, fault)
