"""One conversation with the target, as conformance cases hold it: greeting, requests, waiting for frames, and what came so far."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.api import CheckFailed, CheckSkipped, Peer
from workbench_http2.checks.literals import block
from workbench_http2.server_frames import (
    ACK,
    END_HEADERS,
    END_STREAM,
    PADDED,
    PREFACE,
    PRIORITY,
    ErrorCode,
    Frame,
    FrameType,
    build,
    cut,
    settings,
)

if TYPE_CHECKING:
    from hpack import Decoder

__all__ = ["Answer", "Talk", "greet"]

Pairs = Iterable[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """What came on one stream. `heads` holds interim, final and trailing fields in order."""

    heads: list[list[tuple[bytes, bytes]]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False
    reset: int | None = None

    @property
    def status(self) -> int:
        """The final status, 0 while there is none."""
        found = (int(value) for head in self.heads for name, value in head if name == b":status" and value[:1] != b"1")
        return next(found, 0)


class Talk:
    """`frames` has everything the target sent, `answers` the same by stream, `settings` its settings, `flow` counts what windows count."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.frames: list[Frame] = []
        self.answers: dict[int, Answer] = {}
        self.settings: dict[int, int] = {}
        self.flow = 0
        self._buffer = bytearray()
        self._block = bytearray()
        self._decoder: Decoder | None = None
        self._kinds: dict[int, list[Frame]] = {}

    # saying

    def send(self, *frames: bytes) -> None:
        """These bytes, in one go."""
        self.peer.send(b"".join(frames))

    def fields(
        self, method: bytes = b"GET", extra: Pairs = (), *, path: str = "", without: bytes = b""
    ) -> list[tuple[bytes, bytes]]:
        """The fields of a well-formed request; `without` leaves one out."""
        target = path or self.peer.options.get("path", "/")
        if method == b"POST":
            target = path or self.peer.options.get("upload", target)
        found = [
            (b":method", method),
            (b":scheme", b"https" if self.peer.tls else b"http"),
            (b":path", target.encode()),
            (b":authority", self.peer.options.get("authority", f"{self.peer.host}:{self.peer.port}").encode()),
        ]
        return [pair for pair in found if pair[0] != without] + list(extra)

    def request(self, stream: int = 1, method: bytes = b"GET", extra: Pairs = (), *, end: bool = True, path: str = "") -> bytes:
        """A HEADERS frame with a whole request head."""
        flags = END_HEADERS | (END_STREAM if end else 0)
        return build(FrameType.HEADERS, flags, stream, block(self.fields(method, extra, path=path)))

    # hearing

    def until(self, condition: Callable[[], bool], patience_s: float | None = None) -> bool:
        """Listen until the condition is true; False when the target ended or patience is over before."""
        while not condition():
            data = b"" if self.peer.ended else self.peer.receive(None, patience_s)
            if not data:
                return False
            self.hear(data)
        return True

    def all(self, kind: FrameType, stream: int | None = None, *, ack: bool | None = None) -> list[Frame]:
        """The frames of that type that came so far; those of one stream, those with or without the ACK flag."""
        return [
            frame
            for frame in self._kinds.get(kind, ())
            if stream in (None, frame.stream) and ack in (None, bool(frame.flags & ACK))
        ]

    def until_frame(self, kind: FrameType, *, ack: bool | None = None, count: int = 1) -> bool:
        """Listen until so many frames of that type came, since the beginning."""
        return self.until(lambda: len(self.all(kind, ack=ack)) >= count)

    def until_over(self, *streams: int) -> bool:
        """Listen until the responses on these streams have ended or were reset."""
        return self.until(lambda: all(self.over(stream) for stream in streams))

    def over(self, stream: int) -> bool:
        """Whether this stream's response has ended or was reset."""
        answer = self.answers.get(stream)
        return answer is not None and (answer.ended or answer.reset is not None)

    def answer(self, stream: int) -> Answer:
        """What came on a stream so far."""
        return self.answers.get(stream, Answer())

    def heard(self) -> str:
        """What came, in short, for messages."""
        names = [_name(frame) for frame in self.frames[-8:]]
        end = "reset" if self.peer.reset else "closed" if self.peer.ended else "open"
        return f"{', '.join(names) or 'nothing'}; the connection is {end}"

    def hear(self, data: bytes) -> None:
        """Bytes of the target, however they came."""
        self._buffer += data
        for frame in cut(self._buffer):
            self.frames.append(frame)
            self._kinds.setdefault(frame.type, []).append(frame)
            answer = self.answers.setdefault(frame.stream, Answer())
            if frame.type == FrameType.SETTINGS and not frame.flags & ACK:
                self.settings |= dict(_pairs(frame.payload))
            elif frame.type in (FrameType.HEADERS, FrameType.CONTINUATION):
                self._head(frame, answer)
            elif frame.type == FrameType.DATA:
                answer.body += _content(frame)
                self.flow += len(frame.payload)
            elif frame.type == FrameType.RST_STREAM:
                answer.reset = int.from_bytes(frame.payload[:4], "big")
            if frame.type in (FrameType.DATA, FrameType.HEADERS) and frame.flags & END_STREAM:
                answer.ended = True

    def _head(self, frame: Frame, answer: Answer) -> None:
        from hpack import Decoder, HPACKError

        self._decoder = self._decoder or Decoder(max_header_list_size=1 << 20)
        self._block += _content(frame)
        if frame.flags & END_HEADERS:
            try:
                fields = self._decoder.decode(bytes(self._block), raw=True)
            except HPACKError as error:
                raise CheckFailed(f"expected a header block that can be read, got {error}") from error
            answer.heads.append([(bytes(name), bytes(value)) for name, value in fields])
            self._block.clear()


def greet(peer: Peer, pairs: Iterable[tuple[int, int]] = ()) -> Talk:
    """Prefaces of both sides exchanged and acknowledged; skips where the target does not speak HTTP/2 at all."""
    talk = Talk(peer)
    talk.send(PREFACE, settings(pairs))
    if not talk.until_frame(FrameType.SETTINGS, ack=False):
        raise CheckSkipped(f"no SETTINGS came from the target ({talk.heard()})")
    talk.send(settings(flags=ACK))
    if not talk.until_frame(FrameType.SETTINGS, ack=True):
        raise CheckFailed(f"expected our SETTINGS to be acknowledged, got {talk.heard()}")
    return talk


def _pairs(payload: bytes) -> Iterable[tuple[int, int]]:
    for start in range(0, len(payload) - 5, 6):
        yield int.from_bytes(payload[start : start + 2], "big"), int.from_bytes(payload[start + 2 : start + 6], "big")


def _content(frame: Frame) -> bytes:
    payload = frame.payload
    if frame.type != FrameType.CONTINUATION and frame.flags & PADDED:
        payload = payload[1 : len(payload) - payload[0]] if payload else b""
    return payload[5:] if frame.type == FrameType.HEADERS and frame.flags & PRIORITY else payload


def _name(frame: Frame) -> str:
    kinds = {kind.value: kind.name for kind in FrameType}
    name = f"{kinds.get(frame.type, f'frame {frame.type:#04x}')}[{frame.stream}]"
    at = {FrameType.RST_STREAM: 0, FrameType.GOAWAY: 4}.get(frame.type)  # type: ignore[call-overload]
    if at is None:
        return name + (" ACK" if frame.type in (FrameType.SETTINGS, FrameType.PING) and frame.flags & ACK else "")
    code = int.from_bytes(frame.payload[at : at + 4], "big")
    return f"{name} {ErrorCode(code).name if code in ErrorCode._value2member_map_ else code}"
