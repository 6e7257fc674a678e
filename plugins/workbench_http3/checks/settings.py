"""Cases about SETTINGS, pushes and farewells: what may be said on the control stream (RFC 9114 5.2, 7.2.3 to 7.2.7, RFC 9297 2.1.1)."""

from collections.abc import Callable

from workbench.api import CheckFailed, CheckSkipped, Peer, StreamData, varint
from workbench_http3.checks.talk import CONTROL, greet, listen, settings_of
from workbench_http3.checks.verdicts import case, ends, expect_answer, expect_connection_error, ignores, should
from workbench_http3.names import HTTP2_SETTINGS, Setting, StreamType, Type, is_reserved
from workbench_http3.server_frames import ErrorCode, build, goaway, reserved, settings

__all__ = ["CHECKS"]

LARGEST = (1 << 62) - 1
"""The largest number there is (RFC 9000 16)."""

_ID = (ErrorCode.H3_ID_ERROR,)
_SETTINGS = (ErrorCode.H3_SETTINGS_ERROR,)


def _said(*pairs: tuple[int, int]) -> StreamData:
    return StreamData(CONTROL, bytes((StreamType.CONTROL,)) + settings(pairs))


def _refused(*pairs: tuple[int, int], also: tuple[ErrorCode, ...] = ()) -> Callable[[Peer], None]:
    """These settings end the connection."""

    def run(peer: Peer) -> None:
        talk = listen(peer)
        talk.send(_said(*pairs))
        expect_connection_error(talk, *_SETTINGS, *also)

    return run


def _accepted(*pairs: tuple[int, int]) -> Callable[[Peer], None]:
    """With these settings requests are answered."""

    def run(peer: Peer) -> None:
        talk = listen(peer, pairs)
        talk.send(_said(*pairs), talk.request(0))
        expect_answer(talk, 0)

    return run


def _cut_off(peer: Peer) -> None:
    talk = listen(peer)
    talk.send(StreamData(CONTROL, bytes((StreamType.CONTROL,)) + build(Type.SETTINGS, b"\x06\x40")))
    expect_connection_error(talk, ErrorCode.H3_FRAME_ERROR, *_SETTINGS)


def _switch(identifier: Setting) -> Callable[[Peer], None]:
    """A setting that is 0 or 1, with another value; only for targets that know it."""

    def run(peer: Peer) -> None:
        talk = listen(peer)
        if identifier not in talk.settings:
            raise CheckSkipped(f"the target does not announce {identifier.name}")
        talk.send(_said((identifier, 2)))
        expect_connection_error(talk, *_SETTINGS)

    return run


def _own(wrong: Callable[[list[tuple[int, int]]], str]) -> Callable[[Peer], None]:
    """What the target's own SETTINGS say is as it must be."""

    def run(peer: Peer) -> None:
        talk = listen(peer)
        kind, payload = talk.control[0]
        if kind != Type.SETTINGS:
            raise CheckFailed(f"expected SETTINGS as the first frame, got {talk.heard()}")
        if text := wrong(list(settings_of(payload))):
            raise CheckFailed(text)

    return run


def _doubled(pairs: list[tuple[int, int]]) -> str:
    names = [name for name, _ in pairs]
    return f"expected each setting once, got {names}" if len(set(names)) < len(names) else ""


def _of_http2(pairs: list[tuple[int, int]]) -> str:
    found = [name for name, _ in pairs if name in HTTP2_SETTINGS]
    return f"expected none of HTTP/2's settings, got {found}" if found else ""


def _out_of_range(pairs: list[tuple[int, int]]) -> str:
    found = {name: value for name, value in pairs if name in (Setting.ENABLE_CONNECT_PROTOCOL, Setting.H3_DATAGRAM) and value > 1}
    return f"expected 0 or 1, got {found}" if found else ""


def _nothing_reserved(pairs: list[tuple[int, int]]) -> str:
    return "" if any(is_reserved(name) for name, _ in pairs) else "expected a reserved setting, got none"


def _one_settings(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0))
    expect_answer(talk, 0)
    kinds = [kind for kind, _ in talk.control]
    wrong = [kind for kind in kinds if kind in (Type.DATA, Type.HEADERS, Type.PUSH_PROMISE, Type.MAX_PUSH_ID)]
    if kinds.count(Type.SETTINGS) != 1 or wrong:
        raise CheckFailed(f"expected one SETTINGS and no frames of requests or clients on the control stream, got {kinds}")


def _push(kind: Type, number: int) -> bytes:
    return build(kind, varint(number))


def _control(*frames: bytes) -> StreamData:
    return StreamData(CONTROL, b"".join(frames))


def _goaway_in_flight(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0, b"POST", end=False), _control(goaway(0)), StreamData(0, b"\x00\x04test", True))
    expect_answer(talk, 0, below=500)


def _goaway_again(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(
        talk.request(0, b"POST", end=False), _control(goaway(4), goaway(4), goaway(0)), StreamData(0, b"\x00\x04test", True)
    )
    expect_answer(talk, 0, below=500)


CHECKS = (
    *(case(f"settings-http2-{number}", "9114 7.2.4.1", f"HTTP/2's {HTTP2_SETTINGS[number]} is H3_SETTINGS_ERROR.",
           _refused((number, 1))) for number in HTTP2_SETTINGS if number),
    case("settings-cut-off", "9114 7.1", "SETTINGS that end inside a setting are H3_FRAME_ERROR.", _cut_off),
    case("settings-empty", "9114 7.2.4", "SETTINGS may be empty.", _accepted()),
    case("settings-unknown", "9114 7.2.4", "Unknown settings are ignored.", _accepted((0x0F42, 1), (0x2FFF, 0))),
    case("settings-reserved", "9114 7.2.4.1", "Reserved settings are ignored.", _accepted((reserved(0), 0), (reserved(99), LARGEST))),
    case("settings-largest", "9114 7.2.4", "Settings may have the largest number there is as their value.",
         _accepted((Setting.MAX_FIELD_SECTION_SIZE, LARGEST), (Setting.QPACK_BLOCKED_STREAMS, LARGEST),
                   (Setting.QPACK_MAX_TABLE_CAPACITY, LARGEST))),
    case("settings-datagram-2", "9297 2.1.1", "H3_DATAGRAM with a value beyond 1 is H3_SETTINGS_ERROR.", _switch(Setting.H3_DATAGRAM)),
    case("settings-own-once", "9114 7.2.4", "The server says no setting twice.", _own(_doubled)),
    case("settings-own-http2", "9114 7.2.4.1", "The server sends none of HTTP/2's settings.", _own(_of_http2)),
    case("settings-own-switches", "9297 2.1.1", "The server's H3_DATAGRAM and ENABLE_CONNECT_PROTOCOL are 0 or 1.", _own(_out_of_range)),
    should("settings-own-reserved", "9114 7.2.4.1", "The server sends a setting that means nothing.", _own(_nothing_reserved)),
    case("control-own-frames", "9114 7.2", "The server's control stream has SETTINGS once, and only frames that belong there.",
         _one_settings),
    case("cancel-push-unknown", "9114 7.2.3", "CANCEL_PUSH for a push that was not promised is H3_ID_ERROR.",
         ends(_control(_push(Type.CANCEL_PUSH, 0)), codes=_ID)),
    case("cancel-push-beyond", "9114 7.2.3", "CANCEL_PUSH for a push beyond what is allowed is H3_ID_ERROR.",
         ends(_control(_push(Type.MAX_PUSH_ID, 1), _push(Type.CANCEL_PUSH, 2)), codes=_ID)),
    case("max-push-id-lower", "9114 7.2.7", "MAX_PUSH_ID that goes down is H3_ID_ERROR.",
         ends(_control(_push(Type.MAX_PUSH_ID, 4), _push(Type.MAX_PUSH_ID, 3)), codes=_ID)),
    case("max-push-id-raised", "9114 7.2.7", "MAX_PUSH_ID may stay and go up.",
         ignores(_control(_push(Type.MAX_PUSH_ID, 0), _push(Type.MAX_PUSH_ID, 0), _push(Type.MAX_PUSH_ID, 9)))),
    case("goaway-higher", "9114 5.2", "GOAWAY with a higher identifier than before is H3_ID_ERROR.",
         ends(_control(goaway(1), goaway(2)), codes=_ID)),
    case("goaway-in-flight", "9114 5.2", "A request under way when the client's GOAWAY comes is answered.", _goaway_in_flight),
    case("goaway-lower", "9114 5.2", "GOAWAY may come again with the same or a lower identifier.",
         _goaway_again),
)  # fmt: skip
