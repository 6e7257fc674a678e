"""What HTTP/2 servers get wrong, for the fuzzer: frames out of place, floods of them, and header blocks (`odd_blocks`)."""

from collections.abc import Sequence
from random import Random

from workbench.api import Mutated, Mutator
from workbench_http2 import odd_blocks
from workbench_http2.server_frames import (
    ACK,
    DEFAULT_FRAME,
    END_HEADERS,
    END_STREAM,
    HEADER,
    MAX_WINDOW,
    PADDED,
    PREFACE,
    Frame,
    FrameType,
    SettingId,
    build,
    goaway,
    rst_stream,
    settings,
    window_update,
)
from workbench_http2.session_text import Edited, adding, editing, request

__all__ = ["MUTATORS"]

_FLOODS = (10, 100, 1_000, 5_000)
"""Frames of one flood: the largest is what a server takes for an attack at the latest."""
_STREAMS = (0, 1, 2, 3, 4, 2**31 - 1, 2**31, 2**32 - 1)
_CODES = (0, 1, 8, 11, 13, 14, 2**32 - 1)


def _rapid_resets(stream: int, random: Random) -> Edited:
    """RFC 9113 5.4.2, 10.5: requests that are given up at once cost the client nothing."""
    count = random.choice((10, 100, 500, 1_000))
    block = request()
    said = [
        build(FrameType.HEADERS, END_HEADERS | END_STREAM, number, block) + rst_stream(number, 8)
        for number in range(stream, stream + 2 * count, 2)
    ]
    return b"".join(said), f"{count} requests, each reset at once"


_FLOOD_KINDS = (
    ("PING", build(FrameType.PING, 0, 0, bytes(8))),
    ("PING of length 0", build(FrameType.PING)),
    ("SETTINGS", settings()),
    ("SETTINGS that acknowledge", settings(flags=ACK)),
    ("PRIORITY", build(FrameType.PRIORITY, 0, 1, b"\0\0\0\3\0")),
    ("empty DATA", build(FrameType.DATA, 0, 1)),
    ("DATA of padding alone", build(FrameType.DATA, PADDED, 1, b"\x10" + bytes(16))),
    ("WINDOW_UPDATE", window_update(0, 1)),
    ("RST_STREAM", rst_stream(1, 8)),
    ("unknown", build(0xFA, 0xFF, 0, b"")),
)


def _floods(_: int, random: Random) -> Edited:
    """RFC 9113 10.5."""
    name, frame = random.choice(_FLOOD_KINDS)
    count = random.choice(_FLOODS)
    return frame * count, f"{count} frames: {name}"


_SETTINGS = (
    ((SettingId.INITIAL_WINDOW_SIZE, 2**31),), ((SettingId.INITIAL_WINDOW_SIZE, 2**32 - 1),),
    ((SettingId.INITIAL_WINDOW_SIZE, 0),), ((SettingId.INITIAL_WINDOW_SIZE, 2**31 - 1), (SettingId.INITIAL_WINDOW_SIZE, 0)),
    ((SettingId.MAX_FRAME_SIZE, 0),), ((SettingId.MAX_FRAME_SIZE, 16_383),), ((SettingId.MAX_FRAME_SIZE, 2**24),),
    ((SettingId.MAX_FRAME_SIZE, 2**24 - 1),), ((SettingId.HEADER_TABLE_SIZE, 2**32 - 1),),
    ((SettingId.HEADER_TABLE_SIZE, 0), (SettingId.HEADER_TABLE_SIZE, 4_096)), ((SettingId.ENABLE_PUSH, 2),),
    ((SettingId.MAX_CONCURRENT_STREAMS, 0),), ((SettingId.MAX_HEADER_LIST_SIZE, 0),), ((SettingId.MAX_HEADER_LIST_SIZE, 1),),
    ((SettingId.ENABLE_CONNECT_PROTOCOL, 2),), ((SettingId.NO_RFC7540_PRIORITIES, 2),), ((0, 0),), ((0xFFFF, 2**32 - 1),),
    tuple((number, number) for number in range(100, 2_000)),
)  # fmt: skip


def _settings(_: int, random: Random) -> Edited:
    """RFC 9113 6.5: six bytes each, on stream 0, within their borders."""
    pick = random.randrange(6)
    if pick == 0:
        return settings([(1, 2)], flags=ACK), "an acknowledgement of SETTINGS with content"
    if pick == 1:
        return build(FrameType.SETTINGS, 0, 0, bytes(random.choice((1, 5, 7, 13)))), "SETTINGS of an odd size"
    if pick == 2:
        return settings(stream=random.choice((1, 2, 99))), "SETTINGS on a stream"
    pairs = random.choice(_SETTINGS)
    return settings(pairs), f"{len(pairs)} settings: {pairs[0][0]:d} = {pairs[0][1]}"


def _windows(stream: int, random: Random) -> Edited:
    """RFC 9113 6.9.1: a window beyond 2^31-1 is an error, and so is growing by nothing."""
    where = random.choice((0, 1, stream - 2, stream, stream + 100))
    step = random.choice((0, 1, MAX_WINDOW, MAX_WINDOW, 2**31, 2**32 - 1))
    times = random.choice((1, 2, 2, 100))
    if random.random() < 0.1:
        return build(FrameType.WINDOW_UPDATE, 0, where % 2**31, bytes(random.choice((0, 3, 5)))), "WINDOW_UPDATE of an odd size"
    return window_update(where % 2**31, step) * times, f"the window of stream {where} grows {times} times by {step}"


def _slow_readers(stream: int, random: Random) -> Edited:
    """RFC 9113 10.5: who asks for much and reads little makes the server keep it."""
    count = random.choice((1, 10, 100))
    asked = b"".join(
        build(FrameType.HEADERS, END_HEADERS | END_STREAM, number, request(b"GET", b"/bytes/100000"))
        for number in range(stream, stream + 2 * count, 2)
    )
    steps = b"".join(window_update(stream, 1) for _ in range(random.choice((0, 5, 200))))
    return settings(
        [(SettingId.INITIAL_WINDOW_SIZE, random.choice((0, 1)))]
    ) + asked + steps, f"{count} requests with a closed window"


def _priorities(stream: int, random: Random) -> Edited:
    """RFC 7540 5.3.1, 5.3.3: streams that depend on themselves, or on each other in a circle."""
    pick = random.randrange(4)
    if pick == 0:
        return build(FrameType.PRIORITY, 0, stream, stream.to_bytes(4, "big") + b"\xff"), "a stream that depends on itself"
    if pick == 1:
        return build(
            FrameType.PRIORITY, 0, random.choice((0, stream)), bytes(random.choice((0, 4, 6)))
        ), "PRIORITY of an odd size"
    count = random.choice((2, 3, 1_000))
    ring = [stream + 2 * place for place in range(count)]
    exclusive = random.choice((0, 2**31))
    said = [
        build(FrameType.PRIORITY, 0, one, (other | exclusive).to_bytes(4, "big") + b"\x10")
        for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    return b"".join(said), f"{count} streams that depend on each other in a circle"


def _farewells(stream: int, random: Random) -> Edited:
    """RFC 9113 6.8: a client that said GOAWAY may go on with streams that it has opened, not with new ones."""
    last = random.choice((0, 1, stream, 2**31 - 1, 2**32 - 1))
    more = build(FrameType.HEADERS, END_HEADERS | END_STREAM, stream, request()) if random.random() < 0.5 else b""
    text = random.choice((b"", b"x" * 10_000))
    return goaway(last, random.choice(_CODES), text) + goaway(last + 2 & 0x7FFF_FFFF, 0) * random.randrange(
        2
    ) + more, f"GOAWAY for stream {last}"


def _promises(stream: int, random: Random) -> Edited:
    """RFC 9113 8.4: clients cannot push."""
    promised = random.choice((0, 1, 2, stream + 1, 2**31)).to_bytes(4, "big")
    return build(
        FrameType.PUSH_PROMISE, END_HEADERS, random.choice((0, 1, stream)), promised + request()
    ), "PUSH_PROMISE from a client"


def _many_streams(stream: int, random: Random) -> Edited:
    """RFC 9113 5.1.2: more streams at once than were allowed."""
    count = random.choice((101, 129, 600))
    said = [
        build(FrameType.HEADERS, END_HEADERS, number, request(b"POST", b"/echo"))
        for number in range(stream, stream + 2 * count, 2)
    ]
    return b"".join(said), f"{count} requests that do not end"


def _padding(frame: Frame, random: Random) -> Edited:
    """RFC 9113 6.1: padding that is as long as the payload, or longer, is an error."""
    size = random.choice((len(frame.payload), len(frame.payload) + 1, 255, 0, max(0, len(frame.payload) - 1)))
    payload = bytes((size & 0xFF,)) + frame.payload + bytes(random.choice((0, 0, size & 0xFF)))
    if random.random() < 0.2:
        payload = b""
    return build(frame.type, frame.flags | PADDED, frame.stream, payload), f"{size & 0xFF} bytes of padding in {len(payload)}"


def _stream_ids(frame: Frame, random: Random) -> Edited:
    """RFC 9113 5.1.1: clients use odd numbers that rise; some frames belong to the connection, others to streams."""
    stream = random.choice(
        [number for number in (*_STREAMS, frame.stream + 2, frame.stream + 1, frame.stream + 1_000) if number != frame.stream]
    )
    return build(frame.type, frame.flags, stream, frame.payload), f"on stream {stream} in the place of {frame.stream}"


def _after_end(frame: Frame, random: Random) -> Edited:
    """RFC 9113 5.1: what comes on a stream that its sender has ended."""
    stream = frame.stream
    ended = build(frame.type, frame.flags | END_STREAM, stream, frame.payload)
    what, more = random.choice(
        (
            ("DATA", build(FrameType.DATA, 0, stream, b"more")),
            ("DATA that ends it again", build(FrameType.DATA, END_STREAM, stream, b"more")),
            ("HEADERS", build(FrameType.HEADERS, END_HEADERS | END_STREAM, stream, request())),
            ("CONTINUATION", build(FrameType.CONTINUATION, END_HEADERS, stream, b"")),
            ("RST_STREAM, then DATA", rst_stream(stream, 8) + build(FrameType.DATA, 0, stream, b"more")),
            ("RST_STREAM twice", rst_stream(stream, 8) * 2),
            ("WINDOW_UPDATE", window_update(stream, 1_000)),
            ("PRIORITY", build(FrameType.PRIORITY, 0, stream, b"\0\0\0\3\0")),
            ("a request on a lower stream", build(FrameType.HEADERS, END_HEADERS | END_STREAM, max(1, stream - 2), request())),
        )
    )
    return ended + more, f"{what} behind the end of stream {stream}"


def _sizes(frame: Frame, random: Random) -> Edited:
    """RFC 9113 4.2: frames of a fixed size have that, and none is larger than was agreed."""
    pick = random.randrange(3)
    if pick == 0:
        cut = random.randrange(len(frame.payload)) if frame.payload else 0
        payload = frame.payload[:cut] if frame.payload else b"\0"
        return build(
            frame.type, frame.flags, frame.stream, payload
        ), f"{len(payload)} bytes of payload, {len(frame.payload)} were right"
    if pick == 1:
        size = random.choice((DEFAULT_FRAME, DEFAULT_FRAME + 1, 65_536))
        return build(frame.type, frame.flags, frame.stream, frame.payload.ljust(size, b"\0")), f"{size} bytes of payload"
    length = random.choice((0, len(frame.payload) + 1, 2**24 - 1, DEFAULT_FRAME + 1, max(0, len(frame.payload) - 1)))
    raw = build(frame.type, frame.flags, frame.stream, frame.payload)
    return length.to_bytes(3, "big") + raw[3:], f"a length of {length} for {len(frame.payload)} bytes"


def _kinds(frame: Frame, random: Random) -> Edited:
    """RFC 9113 4.1, 5.5: unknown types and flags are ignored, known ones where they do not belong are not."""
    if random.random() < 0.5:
        flags = frame.flags ^ random.choice((*(1 << bit for bit in range(8)), 0xFF))
        return build(frame.type, flags, frame.stream, frame.payload), f"flags {flags:#04x}"
    kind = random.choice([kind for kind in (*range(14), 0xFA, 0xFF) if kind != frame.type])
    return build(kind, frame.flags, frame.stream, frame.payload), f"type {kind} in the place of {frame.type}"


def _openings(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9113 3.4: the preface, then SETTINGS, then anything else."""
    at = next((place for place, message in enumerate(messages) if message.startswith(PREFACE)), None)
    if at is None:
        return None
    others = (*messages[:at], *messages[at + 1 :])
    if others and random.random() < 0.2:
        return Mutated((others[0], messages[at], *others[1:]), 0, "the preface behind another message")
    what, opening = random.choice(_OPENINGS)
    said = opening + messages[at][len(PREFACE) :]
    if said:
        return Mutated.put(messages, at, said, what)
    return Mutated(others, 0, what) if others else None


_OPENINGS = (
    ("no preface", b""),
    ("the preface twice", PREFACE * 2),
    ("half a preface", PREFACE[:12]),
    ("another version", PREFACE.replace(b"2.0", b"2.1")),
    ("the preface of another method", PREFACE.replace(b"PRI", b"GET")),
    (
        "an upgrade in the place of the preface",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    ),
    ("PING before SETTINGS", PREFACE + build(FrameType.PING, 0, 0, bytes(8))),
    ("an acknowledgement before SETTINGS", PREFACE + settings(flags=ACK)),
    ("a frame as long as there is", PREFACE + b"\xff" * HEADER),
)


def _at_once(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9113 5.1.2: everything before the server has said anything."""
    count = random.randint(2, len(messages)) if len(messages) > 1 else 0
    if not count:
        return None
    return Mutated((b"".join(messages[:count]), *messages[count:]), 0, f"the first {count} messages at once")


_HEADERS = FrameType.HEADERS
MUTATORS = (
    Mutator("rapid-reset", "RFC 9113 10.5", adding(_rapid_resets)),
    Mutator("flood", "RFC 9113 10.5", adding(_floods)),
    Mutator("settings", "RFC 9113 6.5", adding(_settings)),
    Mutator("window", "RFC 9113 6.9", adding(_windows)),
    Mutator("slow-reader", "RFC 9113 10.5", adding(_slow_readers)),
    Mutator("priority", "RFC 7540 5.3", adding(_priorities)),
    Mutator("goaway", "RFC 9113 6.8", adding(_farewells)),
    Mutator("push", "RFC 9113 8.4", adding(_promises)),
    Mutator("many-streams", "RFC 9113 5.1.2", adding(_many_streams)),
    Mutator("padding", "RFC 9113 6.1", editing(_padding, FrameType.DATA, _HEADERS)),
    Mutator("stream-id", "RFC 9113 5.1.1", editing(_stream_ids)),
    Mutator("after-end", "RFC 9113 5.1", editing(_after_end, FrameType.DATA, _HEADERS)),
    Mutator("frame-size", "RFC 9113 4.2", editing(_sizes)),
    Mutator("frame-type", "RFC 9113 5.5", editing(_kinds)),
    Mutator("opening", "RFC 9113 3.4", _openings),
    Mutator("at-once", "RFC 9113 5.1.2", _at_once),
    Mutator("hpack-integer", "RFC 7541 5.1", editing(odd_blocks.integers, _HEADERS)),
    Mutator("hpack-index", "RFC 7541 2.3.3", editing(odd_blocks.indices, _HEADERS)),
    Mutator("hpack-table-size", "RFC 7541 6.3", editing(odd_blocks.sizes, _HEADERS)),
    Mutator("hpack-text", "RFC 7541 5.2", editing(odd_blocks.strings, _HEADERS)),
    Mutator("hpack-bomb", "RFC 9113 10.5.1", editing(odd_blocks.bombs, _HEADERS)),
    Mutator("pseudo-header", "RFC 9113 8.3", editing(odd_blocks.pseudo, _HEADERS)),
    Mutator("continued", "RFC 9113 6.10", editing(odd_blocks.continued, _HEADERS)),
    Mutator("endless-block", "RFC 9113 10.5", editing(odd_blocks.flooded, _HEADERS)),
    Mutator("trailers", "RFC 9113 8.1", editing(odd_blocks.trailing, _HEADERS)),
)
