"""One conversation with the target, as conformance cases hold it: greeting, requests, waiting for frames, and what came so far."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from workbench.api import (
    CarriedFrame,
    CheckFailed,
    CheckSkipped,
    ConnectionClosed,
    Datagram,
    FrameError,
    FrameReader,
    Peer,
    StopSending,
    StreamData,
    StreamReset,
    read_varint,
)
from workbench_http3.checks.literals import section
from workbench_http3.names import StreamType, Type, error_name, stream_name, type_name
from workbench_http3.server_cutter import Cutter, Fate
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import build, settings
from workbench_http3.server_qpack import Blocked, QpackDecoder

__all__ = ["CONTROL", "DECODER", "ENCODER", "Answer", "Talk", "data", "fields_of", "greet", "headers", "listen"]

CONTROL, ENCODER, DECODER = 2, 6, 10
"""Our unidirectional streams."""

LARGEST_SECTION = 1 << 20
"""Bytes of fields in one response that are read."""

Pairs = Iterable[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """What came on one stream. `heads` holds interim, final and trailing fields in order, `sections` the same encoded, `kinds` the types of
    all frames. `reset` and `stopped` are the codes with which the target gave up sending and reading."""

    heads: list[list[tuple[bytes, bytes]]] = field(default_factory=list)
    sections: list[bytes] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False
    reset: int | None = None
    stopped: int | None = None

    @property
    def status(self) -> int:
        """The final status, 0 while there is none."""
        found = (int(value) for head in self.heads for name, value in head if name == b":status" and value[:1] != b"1")
        return next(found, 0)


class Talk:
    """`frames` has everything the target sent, `answers` the same by request. `opened` says what its unidirectional streams are for, by
    number; `control` has the frames of its control stream, `settings` what they set, `decoder` its QPACK acknowledgments. `pairs` are
    the settings that the target hears from us."""

    def __init__(self, peer: Peer, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self.peer = peer
        self.pairs = dict(pairs)
        self.frames: list[CarriedFrame] = []
        self.answers: dict[int, Answer] = {}
        self.opened: dict[int, int] = {}
        self.control: list[tuple[int, bytes]] = []
        self.settings: dict[int, int] = {}
        self.decoder = bytearray()
        self.datagrams: list[bytes] = []
        self.closed: ConnectionClosed | None = None
        self._reader = FrameReader()
        self._cutters: dict[int, Cutter] = {}
        self._unnamed: dict[int, bytes] = {}
        self._blocked: dict[int, list[bytes]] = {}
        self._qpack = QpackDecoder(self.pairs.get(1, 0), self.pairs.get(7, 0), LARGEST_SECTION)

    # saying

    def send(self, *frames: CarriedFrame) -> None:
        """These frames of the transport, in one go."""
        self.peer.send(b"".join(map(bytes, frames)))

    def fields(
        self, method: bytes = b"GET", extra: Pairs = (), *, path: str = "", without: bytes = b""
    ) -> list[tuple[bytes, bytes]]:
        """The fields of a well-formed request; `without` leaves one out."""
        target = path or self.peer.options.get("path", "/")
        if method == b"POST":
            target = path or self.peer.options.get("upload", target)
        found = [
            (b":method", method),
            (b":scheme", b"https"),
            (b":authority", self.peer.options.get("authority", f"{self.peer.host}:{self.peer.port}").encode()),
            (b":path", target.encode()),
        ]
        return [pair for pair in found if pair[0] != without] + list(extra)

    def request(
        self, stream: int = 0, method: bytes = b"GET", extra: Pairs = (), *, end: bool = True, path: str = ""
    ) -> StreamData:
        """A stream that begins with a whole request head."""
        return StreamData(stream, headers(self.fields(method, extra, path=path)), end)

    # hearing

    def until(self, condition: Callable[[], bool], patience_s: float | None = None) -> bool:
        """Listen until the condition is true; False when the target ended or patience is over before."""
        while not condition():
            said = b"" if self.peer.ended else self.peer.receive(None, patience_s)
            if not said:
                return False
            self.hear(said)
        return True

    def until_over(self, *streams: int) -> bool:
        """Listen until the responses on these streams have ended or were reset."""
        return self.until(lambda: self.closed is not None or all(self.over(stream) for stream in streams))

    def over(self, stream: int) -> bool:
        """Whether this stream's response has ended or was reset."""
        answer = self.answers.get(stream)
        return answer is not None and (answer.ended or answer.reset is not None)

    def answer(self, stream: int) -> Answer:
        """What came on a stream so far."""
        return self.answers.get(stream, Answer())

    def heard(self) -> str:
        """What came, in short, for messages."""
        shown = [text for frame in self.frames if (text := self._name(frame))]
        end = "reset" if self.peer.reset else "over" if self.peer.ended else "open"
        return f"{', '.join(shown[-8:]) or 'nothing'}; the connection is {end}"

    def acknowledgments(self) -> bytes:
        """What our decoder has to say about the sections and insertions of the target since the last call (RFC 9204 4.4)."""
        return self._qpack.output()

    def hear(self, said: bytes) -> None:
        """Bytes of the target, however they came."""
        try:
            for frame in self._reader.receive(said):
                self.frames.append(frame)
                self._take(frame)
        except FrameError as error:
            raise CheckFailed(f"expected frames of the transport, got {error}") from error
        except ConnectionFault as error:
            raise CheckFailed(f"expected fields that can be read, got {error.text}") from error

    def _take(self, frame: CarriedFrame) -> None:
        if isinstance(frame, ConnectionClosed):
            self.closed = frame
        elif isinstance(frame, Datagram):
            self.datagrams.append(frame.data)
        elif isinstance(frame, StreamData) and frame.stream & 2:
            self._unidirectional(frame)
        else:
            answer = self.answers.setdefault(frame.stream, Answer())
            if isinstance(frame, StreamData):
                self._response(frame.stream, answer, frame.data)
                answer.ended = answer.ended or frame.end
            elif isinstance(frame, StreamReset):
                answer.reset = frame.code
            else:
                answer.stopped = frame.code

    def _response(self, stream: int, answer: Answer, said: bytes) -> None:
        cutter = self._cutters.setdefault(stream, Cutter(lambda kind, _: _admit(answer, kind)))
        cutter.feed(said)
        while (piece := cutter.next()) is not None:
            if piece.type == Type.HEADERS:
                answer.sections.append(piece.payload)
                self._blocked.setdefault(stream, []).append(piece.payload)
                self._unpack(stream)
            else:
                answer.body += piece.payload

    def _unpack(self, stream: int) -> None:
        """Read the field sections of a response, as far as the table has come."""
        waiting = self._blocked[stream]
        while waiting:
            found = self._qpack.section(stream, waiting[0])
            if isinstance(found, Blocked):
                return
            self.answers[stream].heads.append(list(found.fields))
            waiting.pop(0)

    def _unidirectional(self, frame: StreamData) -> None:
        said = frame.data
        if frame.stream not in self.opened:
            said = self._unnamed.pop(frame.stream, b"") + said
            kind = read_varint(said)
            if kind is None:
                self._unnamed[frame.stream] = said
                return
            self.opened[frame.stream] = kind[0]
            said = said[kind[1] :]
        purpose = self.opened[frame.stream]
        if purpose == StreamType.CONTROL:
            self._control(frame.stream, said)
        elif purpose == StreamType.DECODER:
            self.decoder += said
        elif purpose == StreamType.ENCODER:
            self._qpack.instructions(said)
            for stream in self._blocked:
                self._unpack(stream)

    def _control(self, stream: int, said: bytes) -> None:
        cutter = self._cutters.setdefault(stream, Cutter(lambda _kind, _size: Fate.WHOLE))
        cutter.feed(said)
        while (piece := cutter.next()) is not None:
            self.control.append(piece)
            if piece.type == Type.SETTINGS:
                self.settings |= dict(settings_of(piece.payload))

    def _name(self, frame: CarriedFrame) -> str:
        """A frame in short; "" for what says little."""
        if isinstance(frame, ConnectionClosed):
            return f"CONNECTION_CLOSE {error_name(frame.code)}"
        if isinstance(frame, StreamReset):
            return f"RESET_STREAM[{frame.stream}] {error_name(frame.code)}"
        if isinstance(frame, StopSending):
            return f"STOP_SENDING[{frame.stream}] {error_name(frame.code)}"
        if isinstance(frame, Datagram):
            return "DATAGRAM"
        if frame.stream & 2:
            return stream_name(self.opened[frame.stream]) if frame.stream in self.opened else ""
        kinds = " ".join(dict.fromkeys(type_name(kind) for kind in self.answer(frame.stream).kinds))
        return f"[{frame.stream}] {kinds}{' FIN' if frame.end else ''}"


def listen(peer: Peer, pairs: Iterable[tuple[int, int]] = ()) -> Talk:
    """A conversation in which we have said nothing yet; skips where the target sends no SETTINGS at all."""
    talk = Talk(peer, pairs)
    if not talk.until(lambda: bool(talk.control)):
        raise CheckSkipped(f"no SETTINGS came from the target ({talk.heard()})")
    return talk


def greet(peer: Peer, pairs: Iterable[tuple[int, int]] = ()) -> Talk:
    """A conversation behind the greetings of both sides, ours with these settings."""
    said = tuple(pairs)
    talk = listen(peer, said)
    talk.send(
        StreamData(CONTROL, bytes((StreamType.CONTROL,)) + settings(said)),
        StreamData(ENCODER, bytes((StreamType.ENCODER,))),
        StreamData(DECODER, bytes((StreamType.DECODER,))),
    )
    return talk


def headers(fields: Pairs) -> bytes:
    """A HEADERS frame of literals."""
    return build(Type.HEADERS, section(fields))


def data(content: bytes = b"") -> bytes:
    """A DATA frame."""
    return build(Type.DATA, content)


def fields_of(answer: Answer) -> dict[bytes, bytes]:
    """The final header fields, the last one of each name; empty while there are none."""
    heads = [head for head in answer.heads if dict(head).get(b":status", b"1")[:1] != b"1"]
    return dict(heads[0]) if heads else {}


def settings_of(payload: bytes) -> Iterable[tuple[int, int]]:
    """Identifiers and values of a SETTINGS frame, as far as they can be read."""
    at = 0
    while (name := read_varint(payload, at)) is not None and (value := read_varint(payload, name[1])) is not None:
        yield name[0], value[0]
        at = value[1]


def _admit(answer: Answer, kind: int) -> Fate:
    answer.kinds.append(kind)
    return {Type.HEADERS: Fate.WHOLE, Type.DATA: Fate.PIECES}.get(kind, Fate.SKIPPED)  # type: ignore[call-overload, no-any-return]
