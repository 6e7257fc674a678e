"""How a connection in cleartext begins: with HTTP/2's preface, or with a request in HTTP/1.1 that asks for h2c (RFC 7540 3.2).

RFC 9113 has given up the Upgrade, but clients go on using it. Inside TLS there is nothing but the preface.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field

import h11

from workbench_http2.server_faults import ConnectionFault, StreamFault
from workbench_http2.server_fields import MAX_FIELDS, Fields, judge_request
from workbench_http2.server_frames import PREFACE, ErrorCode, Frame, FrameType
from workbench_http2.server_rules import check_settings

__all__ = ["SWITCHING", "Opened", "Opening", "Refused"]

SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

_HOP_BY_HOP = frozenset(
    (b"connection", b"upgrade", b"http2-settings", b"host", b"transfer-encoding", b"keep-alive", b"proxy-connection")
)
_TOKEN68 = re.compile(rb"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Opened:
    """HTTP/2 begins, with `rest` (for an upgraded connection its preface is still to come). `settings`, `fields`, `pseudo` (of
    `fields`) and `body` are those of an upgrading request, which is stream 1."""

    rest: bytes
    upgraded: bool = False
    settings: tuple[tuple[int, int], ...] = ()
    fields: Fields = ()
    pseudo: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """No HTTP/2 here; `answer` is in HTTP/1.1."""

    answer: bytes


class Opening:
    """Reads until it is known what the client wants. `most` bounds the content of an upgrading request."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._data = bytearray()
        self._http: h11.Connection | None = None
        self._request: h11.Request | None = None
        self._body = bytearray()

    def receive(self, data: bytes) -> Opened | Refused | bytes:
        """The verdict, or what to send (mostly b"") while it is open; raises PROTOCOL_ERROR for what is neither (RFC 9113 3.4)."""
        if self._http is None:
            self._data += data
            known = bytes(self._data[: len(PREFACE)])
            if known == PREFACE:
                return Opened(bytes(self._data[len(PREFACE) :]))
            if PREFACE.startswith(known):
                return b""
            if known.startswith(b"PRI "):
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "this is not the preface")
            self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_FIELDS)
            data = bytes(self._data)
            self._data.clear()
        self._http.receive_data(data)
        try:
            return self._read(self._http)
        except h11.RemoteProtocolError as error:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "neither the preface nor a request in HTTP/1.1") from error

    def _read(self, http: h11.Connection) -> Opened | Refused | bytes:
        while True:
            event = http.next_event()
            if isinstance(event, h11.Request):
                self._request = event
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > self._most:
                    return _refused(413, b"Content Too Large")
            elif isinstance(event, h11.EndOfMessage) and self._request is not None:
                return self._upgrade(self._request, http)
            elif event is h11.NEED_DATA:
                waiting = self._request is not None and http.they_are_waiting_for_100_continue
                return http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"" if waiting else b""
            else:
                return _refused(400, b"Bad Request")

    def _upgrade(self, request: h11.Request, http: h11.Connection) -> Opened | Refused:
        named = [value for name, value in request.headers if name == b"http2-settings"]
        offered = _members(request, b"upgrade")
        listed = _members(request, b"connection")
        if b"h2c" not in offered or not {b"upgrade", b"http2-settings"} <= listed or len(named) != 1:
            return _refused(426, b"Upgrade Required", b"Upgrade: h2c\r\nConnection: Upgrade, close\r\n")
        try:
            pairs = check_settings(Frame(FrameType.SETTINGS, 0, 0, _decoded(named[0])))
        except (NotBase64, ConnectionFault):
            return _refused(400, b"Bad Request")
        fields = [(b":method", request.method), (b":scheme", b"http"), (b":path", request.target)]
        fields += [(b":authority", value) for name, value in request.headers if name == b"host"]
        fields += [(name, value) for name, value in request.headers if name not in _HOP_BY_HOP]
        try:
            pseudo = judge_request(1, tuple(fields))
        except StreamFault:
            return _refused(400, b"Bad Request")
        return Opened(bytes(http.trailing_data[0]), True, tuple(pairs), tuple(fields), pseudo, bytes(self._body))


def _members(request: h11.Request, wanted: bytes) -> set[bytes]:
    lines = [value for name, value in request.headers if name == wanted]
    return {member.strip().lower() for line in lines for member in line.split(b",")}


def _decoded(value: bytes) -> bytes:
    if _TOKEN68.fullmatch(value.rstrip(b"=")) is None:
        raise NotBase64
    return b64decode(value.rstrip(b"=") + b"==", altchars=b"-_")


def _refused(status: int, reason: bytes, fields: bytes = b"Connection: close\r\n") -> Refused:
    return Refused(b"HTTP/1.1 %d %b\r\n%bContent-Length: 0\r\n\r\n" % (status, reason, fields))
