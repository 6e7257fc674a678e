"""Cases about SETTINGS (RFC 9113 section 6.5, RFC 8441 section 3, RFC 9218 2.1)."""

from workbench.api import CheckFailed, CheckSkipped, Peer
from workbench_http2.checks.talk import greet
from workbench_http2.checks.verdicts import case, ends, expect_alive, expect_answer, expect_connection_error, ignores
from workbench_http2.server_frames import ACK, MAX_WINDOW, ErrorCode, FrameType, SettingId, build, settings

__all__ = ["CHECKS"]

_PROTOCOL = (ErrorCode.PROTOCOL_ERROR,)
_SIZE = (ErrorCode.FRAME_SIZE_ERROR,)
_FLOW = (ErrorCode.FLOW_CONTROL_ERROR,)


def _one(name: SettingId, value: int) -> bytes:
    return settings([(name, value)])


def _each_acknowledged(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(*(_one(SettingId.INITIAL_WINDOW_SIZE, 1000 + number) for number in range(3)))
    if not talk.until_frame(FrameType.SETTINGS, ack=True, count=4):
        raise CheckFailed(f"expected an ACK for each of four SETTINGS, got {talk.heard()}")


def _empty_acknowledgment(peer: Peer) -> None:
    talk = greet(peer)
    found = talk.all(FrameType.SETTINGS, ack=True)[0]
    if found.payload or found.stream:
        raise CheckFailed(f"expected an empty ACK on stream 0, got {len(found.payload)} bytes on stream {found.stream}")


def _own_values(peer: Peer) -> None:
    talk = greet(peer)
    found = talk.settings
    wrong = [
        f"{SettingId(name).name}={found[name]}"
        for name, allowed in (
            (SettingId.ENABLE_PUSH, range(1)),  # a server must not say 1 (6.5.2)
            (SettingId.INITIAL_WINDOW_SIZE, range(MAX_WINDOW + 1)),
            (SettingId.MAX_FRAME_SIZE, range(16_384, 2**24)),
            (SettingId.ENABLE_CONNECT_PROTOCOL, range(2)),
            (SettingId.NO_RFC7540_PRIORITIES, range(2)),
        )
        if name in found and found[name] not in allowed
    ]
    if wrong:
        raise CheckFailed(f"expected settings within their bounds, got {', '.join(wrong)}")


def _last_value_counts(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(settings([(SettingId.INITIAL_WINDOW_SIZE, 100), (SettingId.INITIAL_WINDOW_SIZE, 1)]), talk.request(1))
    talk.until(lambda: bool(talk.answer(1).body) or talk.over(1))
    expect_alive(talk)
    if len(talk.answer(1).body) != 1:
        raise CheckFailed(f"expected the later of two values to count and 1 byte of DATA, got {len(talk.answer(1).body)}")


def _frames_within_bounds(peer: Peer) -> None:
    talk = greet(peer, [(SettingId.INITIAL_WINDOW_SIZE, MAX_WINDOW)])
    talk.send(talk.request(1))
    expect_answer(talk, 1)
    longest = max(len(frame.payload) for frame in talk.frames)
    if longest > 16_384:
        raise CheckFailed(f"expected frames of at most 16384 bytes, got one of {longest}")


def _no_push(peer: Peer) -> None:
    talk = greet(peer, [(SettingId.ENABLE_PUSH, 0)])
    talk.send(talk.request(1))
    expect_answer(talk, 1)
    if talk.all(FrameType.PUSH_PROMISE):
        raise CheckFailed(f"expected no PUSH_PROMISE after ENABLE_PUSH=0, got {talk.heard()}")


def _small_lists(peer: Peer) -> None:
    talk = greet(peer, [(SettingId.MAX_CONCURRENT_STREAMS, 0)])
    talk.send(talk.request(1))
    expect_answer(talk, 1)


def _bad_connect_protocol(peer: Peer) -> None:
    talk = greet(peer)
    if SettingId.ENABLE_CONNECT_PROTOCOL not in talk.settings:
        raise CheckSkipped("the target does not know the setting, so it has to ignore it")
    talk.send(_one(SettingId.ENABLE_CONNECT_PROTOCOL, 2))
    expect_connection_error(talk, *_PROTOCOL)


CHECKS = (
    case("settings-acknowledged", "9113 6.5.3", "Every SETTINGS frame is acknowledged.", _each_acknowledged),
    case("settings-ack-empty", "9113 6.5", "An acknowledgment is empty and on stream 0.", _empty_acknowledgment),
    case("settings-own-values", "9113 6.5.2", "The server's own settings are within their bounds.", _own_values),
    case("settings-ack-with-payload", "9113 6.5", "SETTINGS with ACK and payload is a FRAME_SIZE_ERROR.",
         ends(settings([(SettingId.ENABLE_PUSH, 0)], flags=ACK), codes=_SIZE)),
    case("settings-on-a-stream", "9113 6.5", "SETTINGS on a stream is a PROTOCOL_ERROR.",
         ends(settings(stream=1), codes=_PROTOCOL)),
    case("settings-odd-length", "9113 6.5", "SETTINGS of a length that 6 does not divide is a FRAME_SIZE_ERROR.",
         ends(build(FrameType.SETTINGS, 0, 0, b"\0\3\0"), codes=_SIZE)),
    case("settings-enable-push-2", "9113 6.5.2", "ENABLE_PUSH beyond 1 is a PROTOCOL_ERROR.",
         ends(_one(SettingId.ENABLE_PUSH, 2), codes=_PROTOCOL)),
    case("settings-window-too-large", "9113 6.5.2", "INITIAL_WINDOW_SIZE beyond 2^31-1 is a FLOW_CONTROL_ERROR.",
         ends(_one(SettingId.INITIAL_WINDOW_SIZE, 2**31), codes=_FLOW)),
    case("settings-window-largest", "9113 6.5.2", "INITIAL_WINDOW_SIZE of 2^31-1 is allowed.",
         ignores(_one(SettingId.INITIAL_WINDOW_SIZE, MAX_WINDOW))),
    case("settings-frame-too-small", "9113 6.5.2", "MAX_FRAME_SIZE below 2^14 is a PROTOCOL_ERROR.",
         ends(_one(SettingId.MAX_FRAME_SIZE, 16_383), codes=_PROTOCOL)),
    case("settings-frame-too-large", "9113 6.5.2", "MAX_FRAME_SIZE beyond 2^24-1 is a PROTOCOL_ERROR.",
         ends(_one(SettingId.MAX_FRAME_SIZE, 2**24), codes=_PROTOCOL)),
    case("settings-frame-largest", "9113 6.5.2", "MAX_FRAME_SIZE of 2^24-1 is allowed.",
         ignores(_one(SettingId.MAX_FRAME_SIZE, 2**24 - 1))),
    case("settings-unknown", "9113 6.5.2", "Unknown settings are ignored.",
         ignores(settings([(0xFFFF, 0xFFFF_FFFF), (0x0A0A, 1)]))),
    case("settings-in-order", "9113 6.5.3", "Of one setting twice in a frame the later value counts.", _last_value_counts),
    case("settings-empty", "9113 6.5", "SETTINGS may be empty.", ignores(settings(), settings())),
    case("settings-frame-size-kept", "9113 4.2", "No frame is longer than the client's MAX_FRAME_SIZE.", _frames_within_bounds),
    case("settings-push-disabled", "9113 8.4", "A server does not push when it must not.", _no_push),
    case("settings-streams-0", "9113 6.5.2", "MAX_CONCURRENT_STREAMS of 0 forbids pushing only, not requests.", _small_lists),
    case("settings-connect-protocol-2", "8441 3", "ENABLE_CONNECT_PROTOCOL beyond 1 is a PROTOCOL_ERROR.",
         _bad_connect_protocol),
)  # fmt: skip
