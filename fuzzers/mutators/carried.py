"""Changes of what goes through a transport with streams (QUIC): any protocol that is carried by one is open to them.

Messages are frames of `workbench.api.carried`; who protects and acknowledges them is none of our business here.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from workbench.api import (
    CarriedFrame,
    ConnectionClosed,
    Datagram,
    FrameError,
    Mutated,
    Mutator,
    StopSending,
    StreamData,
    StreamReset,
    read_frame,
    varint,
)

__all__ = ["CARRIED"]

_TOP = (1 << 62) - 1
"""The largest number of a stream, a code or a size (RFC 9000 16)."""
_CODES = (0, 1, 0x100, 0x102, 0x10C, 0x110, _TOP)
_MANY = (2, 10, 100, 500)
"""Streams or frames at once."""
_SMALL = 64
"""Bytes into which one piece of a stream is cut at most."""


def _frames(messages: Sequence[bytes]) -> list[tuple[int, CarriedFrame]]:
    """The messages that are one whole frame each."""
    found = []
    for at, raw in enumerate(messages):
        try:
            read = read_frame(raw)
        except FrameError:
            continue
        if read is not None and read[1] == len(raw):
            found.append((at, read[0]))
    return found


def _on_data(
    edit: Callable[[StreamData, Random], tuple[list[CarriedFrame], str]],
) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A change of one STREAM frame into others."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        frames = [(at, frame) for at, frame in _frames(messages) if isinstance(frame, StreamData)]
        if not frames:
            return None
        at, frame = random.choice(frames)
        said, what = edit(frame, random)
        joined = random.random() < 0.5 or len(said) > _SMALL
        new = [b"".join(map(bytes, said))] if joined else list(map(bytes, said))
        return Mutated((*messages[:at], *new, *messages[at + 1 :]), at, what)

    return change


def _numbers(frame: StreamData, random: Random) -> tuple[list[CarriedFrame], str]:
    """RFC 9000 2.1: two bits say whose stream it is and how many ways it goes."""
    numbers = (frame.stream ^ 1, frame.stream ^ 2, frame.stream + 4, 0, 4_000, _TOP - 3)
    stream = random.choice([number for number in numbers if number != frame.stream and number <= _TOP])
    return [replace(frame, stream=stream)], f"stream {stream} in the place of {frame.stream}"


def _pieces(frame: StreamData, random: Random) -> tuple[list[CarriedFrame], str]:
    """RFC 9000 2.2: where a stream is cut means nothing; its end may come by itself."""
    step = max(1, -(-len(frame.data) // random.choice((2, 3, _SMALL))))
    parts: list[CarriedFrame] = [StreamData(frame.stream, frame.data[at : at + step]) for at in range(0, len(frame.data), step)]
    parts += [StreamData(frame.stream)] * random.choice((0, 0, 1, 100))
    return [*parts, StreamData(frame.stream, end=frame.end)], f"{len(parts)} pieces and an end"


def _ends(frame: StreamData, random: Random) -> tuple[list[CarriedFrame], str]:
    """RFC 9000 3.1, 4.5: an end that is missing, too early, or not the end."""
    what, said = random.choice(_ENDS)
    return said(frame, random.randint(0, len(frame.data))), what


_ENDS: tuple[tuple[str, Callable[[StreamData, int], list[CarriedFrame]]], ...] = (
    ("no end", lambda frame, _: [replace(frame, end=False)]),
    ("an end", lambda frame, _: [replace(frame, end=True)]),
    ("an end in the middle", lambda frame, cut: [StreamData(frame.stream, frame.data[:cut], end=True)]),
    ("more behind the end", lambda frame, cut: [replace(frame, end=True), StreamData(frame.stream, frame.data[cut:] or b"x")]),
    ("two ends", lambda frame, _: [replace(frame, end=True), StreamData(frame.stream, end=True)]),
    ("an end of nothing", lambda frame, _: [StreamData(frame.stream, end=True)]),
)


def _given_up(frame: StreamData, random: Random) -> tuple[list[CarriedFrame], str]:
    """RFC 9000 3.4, 19.4, 19.5: streams that are given up before, while or after they say something."""
    code, size = random.choice(_CODES), random.choice((0, 1, len(frame.data), _TOP))
    rude: CarriedFrame = random.choice((StreamReset(frame.stream, code, size), StopSending(frame.stream, code)))
    half = StreamData(frame.stream, frame.data[: len(frame.data) // 2])
    orders: tuple[tuple[str, list[CarriedFrame]], ...] = (
        ("before it says anything", [rude, frame]), ("behind it", [frame, rude]), ("in the middle", [half, rude]),
        ("twice", [frame, rude, rude]), ("alone", [rude]),
    )  # fmt: skip
    where, said = random.choice(orders)
    return said, f"{type(rude).__name__} of stream {frame.stream} {where}"


def _flood(frame: StreamData, random: Random) -> tuple[list[CarriedFrame], str]:
    """RFC 9000 4.6, and as HTTP/2's rapid resets: the same on many streams, perhaps given up at once."""
    count = min(random.choice(_MANY), 1 + 60_000 // (len(frame.data) + 8))
    given_up, said = random.random() < 0.5, list[CarriedFrame]()
    for place in range(count):
        stream = (frame.stream + 4 * place) % _TOP
        said.append(replace(frame, stream=stream))
        if given_up:
            said.append(StreamReset(stream, 0x10C))
    return said, f"the same on {count} streams{', each given up at once' if given_up else ''}"


def _order(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9000 2.2: nothing is said about the order of different streams."""
    frames = _frames(messages)
    if len(frames) < 2:
        return None
    at, to = (place for place, _ in random.sample(frames, 2))
    said = list(messages)
    said.insert(to, said.pop(at))
    return Mutated(tuple(said), to, f"frame {at} at place {to}")


_OTHERS = (
    ("a datagram of nothing", bytes(Datagram(b""))), ("a datagram", bytes(Datagram(b"\0x"))),
    ("a datagram of an unknown flow", bytes(Datagram(varint(_TOP) + b"x"))), ("100 datagrams", bytes(Datagram(b"\0x")) * 100),
    ("the end of the connection", bytes(ConnectionClosed(0x100))),
    ("an end with a reason", bytes(ConnectionClosed(_TOP, b"r" * 5_000))),
    ("StopSending of a stream that never was", bytes(StopSending(4_000, 0))),
    ("StreamReset of a stream that never was", bytes(StreamReset(4_000, 0, _TOP))),
    ("a stream of the server", bytes(StreamData(1, b"x"))), ("a one-way stream of the server", bytes(StreamData(3, b"x"))),
    ("an empty one-way stream", bytes(StreamData(62, end=True))),
)  # fmt: skip


def _others(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9000 19, RFC 9221 4: frames of other kinds at any moment."""
    if not _frames(messages):
        return None
    what, raw = random.choice(_OTHERS)
    return Mutated.added(messages, random.randint(0, len(messages)), [raw], what)


CARRIED = (
    Mutator("stream-number", "RFC 9000 2.1", _on_data(_numbers)),
    Mutator("stream-pieces", "RFC 9000 2.2", _on_data(_pieces)),
    Mutator("stream-end", "RFC 9000 4.5", _on_data(_ends)),
    Mutator("stream-given-up", "RFC 9000 3.4", _on_data(_given_up)),
    Mutator("stream-flood", "RFC 9000 4.6", _on_data(_flood)),
    Mutator("stream-order", "RFC 9000 2.2", _order),
    Mutator("other-frame", "RFC 9000 19", _others),
)
"""For every protocol that a transport with streams carries."""
