"""The client's side of a check: an opening handshake, frames, and what must come back.

Checks talk to an endpoint that says back every message.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.api import Check, CheckFailed, CheckSkipped, Direction, Level, Peer
from workbench_websocket.agreement import accept_of
from workbench_websocket.deflate import Inflater
from workbench_websocket.extensions import PERMESSAGE_DEFLATE, Deflate, deflate_of, parse_extensions
from workbench_websocket.frames import Head, build_frame, read_head
from workbench_websocket.heads import head_end
from workbench_websocket.opcodes import BINARY, CLOSE, CONTINUATION, NAMES, PING, PONG, TEXT
from workbench_websocket.openings import Opening, read_opening

__all__ = [
    "DATA",
    "KEY",
    "MASK",
    "Frame",
    "Talk",
    "ask",
    "case",
    "closing",
    "code_of",
    "echo_case",
    "failing_case",
    "field",
    "needs_deflate",
    "open_talk",
    "opening_lines",
]

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x37\xfa\x21\x3d"
_RSV1 = 4

MOST_BYTES = 32 * 1024 * 1024
"""Bytes of one answer; a target that sends more is not echoing any more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the target sent."""

    head: Head
    payload: bytes

    def __str__(self) -> str:
        return f"{NAMES.get(self.head.opcode, f'opcode {self.head.opcode}')} of {len(self.payload)} bytes"


def case(name: str, section: str, rule: str, run: Callable[[Peer], None], level: Level = Level.MUST) -> Check:
    """A check in one line; `section` is one of RFC 6455 unless it names another."""
    return Check(
        name=name, section=section if section.startswith("RFC") else f"RFC 6455 {section}", rule=rule, run=run, level=level
    )


def opening_lines(peer: Peer, *more: str, drop: Sequence[str] = (), start: str = "") -> bytes:
    """A correct opening request without the fields named in `drop`, with the lines in `more`, and perhaps another start line."""
    fields = {
        "Host": peer.options.get("host") or f"{peer.host}:{peer.port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    lines = [start or f"GET {peer.options.get('path', '/')} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if name not in drop]
    return "".join(line + "\r\n" for line in [*lines, *more, ""]).encode("latin-1")


def ask(peer: Peer, request: bytes) -> tuple[Opening, bytes]:
    """Send a request; gives the head of the response and what came behind it. Raises `CheckFailed` where none came."""
    peer.send(request)
    data = peer.receive(lambda got: head_end(got, 0) is not None)
    end = head_end(data, 0)
    if end is None:
        raise CheckFailed(f"expected a response, got {data[:60]!r}{' and the end' if peer.ended else ''}")
    response = read_opening(data[:end], Direction.TO_CLIENT)
    if response.status is None:
        raise CheckFailed(f"expected a response of HTTP/1.1, got {data[:60]!r}")
    return response, data[end:]


def field(response: Opening, name: bytes) -> str:
    """A field of a response; lines joined with commas."""
    return ", ".join(value.decode("latin-1") for key, value in response.headers if key == name)


def open_talk(peer: Peer, *more: str) -> "Talk":
    """Open a WebSocket; raises `CheckFailed` where the target refuses."""
    response, rest = ask(peer, opening_lines(peer, *more))
    if response.status != 101:
        raise CheckFailed(f"expected 101 to a correct opening request, got {response.status}")
    if field(response, b"sec-websocket-accept") != accept_of(KEY.encode()).decode():
        raise CheckFailed(f"expected the Sec-WebSocket-Accept of the key, got {field(response, b'sec-websocket-accept')!r}")
    return Talk(peer, response, rest)


def closing(code: int, reason: str | bytes = b"") -> bytes:
    """The payload of a Close."""
    return code.to_bytes(2, "big") + (reason.encode() if isinstance(reason, str) else reason)


class Talk:
    """An open WebSocket."""

    def __init__(self, peer: Peer, response: Opening, rest: bytes) -> None:
        self.response = response
        self._peer = peer
        self._buffer = bytearray(rest)
        self._inflater: Inflater | None = None
        agreed = self.deflate
        if agreed is not None:
            self._inflater = Inflater(agreed.server_bits, takeover=agreed.server_takeover)

    @property
    def deflate(self) -> Deflate | None:
        """What the target agreed on about compression; raises `CheckFailed` where that is illegal."""
        extensions = parse_extensions(field(self.response, b"sec-websocket-extensions"))
        if extensions is None:
            raise CheckFailed("Sec-WebSocket-Extensions of the response cannot be read")
        for extension in extensions:
            if extension.name == PERMESSAGE_DEFLATE:
                agreed = deflate_of(extension, response=True)
                if isinstance(agreed, str):
                    raise CheckFailed(f"expected legal parameters of permessage-deflate: {agreed}")
                return agreed
        return None

    # saying

    def send(self, opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, key: bytes | None = MASK) -> None:
        """One frame."""
        self.raw(build_frame(opcode, payload, fin=fin, rsv=rsv, key=key))

    def raw(self, data: bytes, *, step: int = 0) -> None:
        """Bytes as they are, in pieces of `step`."""
        for at in range(0, len(data), step or len(data) or 1):
            self._peer.send(data[at : at + (step or len(data))])

    def pieces(self, opcode: int, *payloads: bytes) -> None:
        """A message in fragments."""
        last = len(payloads) - 1
        for number, payload in enumerate(payloads):
            self.send(CONTINUATION if number else opcode, payload, fin=number == last)

    # hearing

    def frame(self) -> Frame | None:
        """The next frame; None where none came, or the connection ended."""
        while True:
            head = read_head(self._buffer)
            if head is not None and head.masked:
                raise CheckFailed("expected frames without masking (RFC 6455 5.1), got a masked one")
            if head is not None and head.length > MOST_BYTES:
                raise CheckFailed(f"expected an echo, got a frame of {head.length} bytes")
            if head is not None and len(self._buffer) >= head.size + head.length:
                payload = bytes(self._buffer[head.size : head.size + head.length])
                del self._buffer[: head.size + head.length]
                return Frame(head, payload)
            more = self._peer.receive()
            if not more:
                return None
            self._buffer += more

    def message(self) -> tuple[int, bytes]:
        """The next data message, put together and decompressed; Pings in between are answered, Pongs passed over."""
        opcode, compressed = 0, False
        content = bytearray()
        while True:
            frame = self.frame()
            if frame is None:
                raise CheckFailed(f"expected a message, got {'the end' if self._peer.ended else 'nothing'}")
            head = frame.head
            if head.opcode == CLOSE:
                raise CheckFailed(f"expected a message, got a Close with {code_of(frame)}")
            if head.opcode == PING:
                self.send(PONG, frame.payload)
            if head.control:
                continue
            if head.opcode:
                opcode, compressed = head.opcode, bool(head.rsv & _RSV1)
            content += frame.payload
            if not head.fin:
                continue
            if not compressed:
                return opcode, bytes(content)
            if self._inflater is None:
                raise CheckFailed("expected no reserved bits without an extension, got RSV1")
            found = self._inflater.message(bytes(content), MOST_BYTES)
            if found.trouble:
                raise CheckFailed(f"expected a message that can be decompressed: {found.trouble}")
            return opcode, found.data

    def hears(self, opcode: int, content: bytes) -> None:
        """The next message must be this one."""
        found = self.message()
        if found != (opcode, content):
            what = f"{NAMES.get(found[0], found[0])} of {len(found[1])} bytes ({found[1][:40]!r})"
            raise CheckFailed(f"expected {NAMES[opcode]} of {len(content)} bytes ({content[:40]!r}) back, got {what}")

    def echoes(self, opcode: int, content: bytes) -> None:
        """Say a message and hear it again."""
        self.send(opcode, content)
        self.hears(opcode, content)

    def pongs(self, payload: bytes) -> None:
        """The next frame must be this Pong."""
        frame = self.frame()
        if frame is None or frame.head.opcode != PONG or frame.payload != payload:
            raise CheckFailed(f"expected a Pong with {payload[:40]!r}, got {frame or 'nothing'}")

    def fails(self, *codes: int) -> None:
        """The target must fail the connection (RFC 6455 7.1.7): end it, with one of these codes if with any, and say nothing else."""
        while True:
            frame = self.frame()
            if frame is None:
                break
            if frame.head.opcode == CLOSE:
                self._checks_close(frame, codes)
            elif not frame.head.control:
                raise CheckFailed(f"expected the end of the connection, got {frame}")
        if not self._peer.ended:
            raise CheckFailed("expected the target to end the connection, it stays open")

    def closes(self, *codes: int) -> None:
        """The target must answer with a Close of one of these codes (0: without any), and then end the connection."""
        frame = self.frame()
        while frame is not None and frame.head.opcode != CLOSE:
            frame = self.frame()
        if frame is None:
            raise CheckFailed(f"expected a Close, got {'the end' if self._peer.ended else 'nothing'}")
        self._checks_close(frame, codes)
        if self.frame() is not None:
            raise CheckFailed("expected nothing behind the Close")
        if not self._peer.ended:
            raise CheckFailed("expected the target to end the connection first, it stays open")

    def _checks_close(self, frame: Frame, codes: Sequence[int]) -> None:
        code = code_of(frame)
        if codes and code not in codes:
            raise CheckFailed(f"expected a Close with {' or '.join(map(str, codes))}, got {code}")

    def lives(self) -> None:
        """The connection must still work."""
        self.echoes(TEXT, b"still there")


def code_of(frame: Frame) -> int:
    """The status code of a Close; 0 for none."""
    return int.from_bytes(frame.payload[:2], "big")


def echo_case(name: str, section: str, rule: str, opcode: int, content: bytes, *, step: int = 0) -> Check:
    """A message that must come back, sent in pieces of `step` bytes."""

    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.raw(build_frame(opcode, content, key=MASK), step=step)
        talk.hears(opcode, content)
        talk.send(CLOSE, closing(1000))
        talk.closes(1000)

    return case(name, section, rule, run)


def failing_case(name: str, section: str, rule: str, data: bytes, *codes: int) -> Check:
    """Bytes behind which the target must fail the connection."""

    def run(peer: Peer) -> None:
        talk = open_talk(peer)
        talk.raw(data)
        talk.fails(*codes)

    return case(name, section, rule, run)


def needs_deflate(peer: Peer, *parameters: str) -> Talk:
    """A WebSocket with compression; skips where the target does not offer it."""
    talk = open_talk(peer, "Sec-WebSocket-Extensions: " + "; ".join([PERMESSAGE_DEFLATE, *parameters]))
    if talk.deflate is None:
        raise CheckSkipped("the target does not accept this offer of permessage-deflate (RFC 7692 5.1 lets it decline)")
    return talk


DATA = (("text", TEXT), ("binary", BINARY))
