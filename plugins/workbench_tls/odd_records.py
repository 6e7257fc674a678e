"""Records that carry a handshake strangely (RFC 8446 5), and those of other types in between."""

from collections.abc import Sequence
from random import Random

from workbench.api import Mutated, Mutator
from workbench_tls.hello_text import HelloText, handshake, record

__all__ = ["MUTATORS"]

_CHANGE, _ALERT, _HANDSHAKE, _DATA, _HEARTBEAT = 20, 21, 22, 23, 24
_FULL = 1 << 14
"""Bytes of plaintext in a record (RFC 8446 5.1)."""
_MOST = 5_000
"""Records of one flood."""


def _hello(messages: Sequence[bytes]) -> tuple[int, HelloText] | None:
    """The first recorded hello, and which message it is."""
    for at, raw in enumerate(messages):
        hello = HelloText.of(raw)
        if hello is not None and hello.recorded:
            return at, hello
    return None


_BETWEEN = (
    ("nothing", b""), ("nothing", b""), ("an alert", record(b"\1\0", _ALERT)), ("a change of cipher", record(b"\1", _CHANGE)),
    ("data", record(b"x" * 20, _DATA)), ("an empty record", record(b"", _HANDSHAKE)),
    ("1,000 empty records", record(b"", _HANDSHAKE) * 1_000), ("a heartbeat", record(b"\1\0\1x" + bytes(16), _HEARTBEAT)),
)  # fmt: skip


def _split(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 8446 5.1: a message may be cut by records anywhere, but nothing else comes between."""
    found = _hello(messages)
    if found is None:
        return None
    at, hello = found
    message = handshake(1, hello.body)
    size = max(random.choice((1, 1, 2, 3, 4, 5, 100, len(message) - 1)), len(message) // _MOST + 1)
    parts = [record(message[start : start + size], version=hello.version) for start in range(0, len(message), size)]
    what, between = random.choice(_BETWEEN)
    parts.insert(min(1, len(parts)) if random.random() < 0.5 else random.randint(0, len(parts)), between)
    return Mutated.put(messages, at, b"".join(parts), f"{len(parts) - 1} records of {size} bytes, {what} between")


def _lengths(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 8446 5.1, 5.2: 2^14 bytes of plaintext, 256 more when protected."""
    found = _hello(messages)
    if found is None:
        return None
    at, hello = found
    message = handshake(1, hello.body)
    if random.random() < 0.5:
        length = random.choice((0, 1, 3, len(message) - 1, len(message) + 1, _FULL, _FULL + 1, _FULL + 256, _FULL + 257, 65_535))
        return Mutated.put(
            messages,
            at,
            record(message, version=hello.version, length=length),
            f"a record of {len(message)} bytes said to have {length}",
        )
    size = random.choice((_FULL, _FULL + 1, _FULL + 256, _FULL + 257, 65_535))
    kind = random.choice((_HANDSHAKE, _DATA))
    return Mutated.put(messages, at, record(message.ljust(size, b"\0")[:size], kind, hello.version), f"a record of {size} bytes")


def _kinds(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 8446 5: four types; what is none of them is an error."""
    found = _hello(messages)
    if found is None:
        return None
    at, hello = found
    kind = random.choice((0, 19, _CHANGE, _ALERT, _DATA, _HEARTBEAT, 25, 26, 128, 255))
    return Mutated.put(messages, at, record(handshake(1, hello.body), kind, hello.version), f"a hello in a record of type {kind}")


_ODD = (
    ("an alert of one byte", record(b"\1", _ALERT)), ("an unknown alert", record(b"\1\xff", _ALERT)),
    ("an alert of an unknown level", record(b"\7\0", _ALERT)), ("two alerts in a record", record(b"\1\0\1\0", _ALERT)),
    ("a fatal alert", record(b"\2\x28", _ALERT)), ("an empty alert", record(b"", _ALERT)),
    ("a change of cipher that says 2", record(b"\2", _CHANGE)), ("a change of cipher of two bytes", record(b"\1\1", _CHANGE)),
    ("an empty change of cipher", record(b"", _CHANGE)), ("data without keys", record(b"x" * 100, _DATA)),
    ("empty data", record(b"", _DATA)), ("data shorter than any tag", record(b"x", _DATA)),
    ("a heartbeat that wants more than it has", record(b"\1\x40\0", _HEARTBEAT)),
    ("a heartbeat of 65,535 bytes", record(b"\1\xff\xff" + bytes(16), _HEARTBEAT)),
    ("half a record", record(b"x" * 50, _HANDSHAKE, length=200)), ("a head without a record", b"\x16\3\1"),
    ("HTTP in the clear", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("an SSL 2 hello", b"\x80\x2e\1\3\1\0\x15\0\0\0\x10\0\0\x35\0\0\x2f\1\0\x80\0\0\5\0\0\4\0\0\x0a" + bytes(16)),
    ("an SSL 2 hello of no suites", b"\x80\x09\1\0\2\0\0\0\0\0\0"),
)  # fmt: skip


def _others(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 8446 5, 6, D.4; RFC 6520 4: alerts, changes of cipher, data and heartbeats at any moment, once or by the thousand."""
    if not messages:
        return None
    what, raw = random.choice(_ODD)
    times = random.choice((1, 1, 1, 2, 33, _MOST))
    at = random.randint(0, len(messages))
    return Mutated.added(messages, at, [raw * min(times, 60_000 // len(raw))], f"{what}, {times} times")


def _again(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 8446 4.1.2, RFC 5746 3.7: a second hello is only right when it was asked for; in older versions it renegotiates."""
    found = _hello(messages)
    if found is None:
        return None
    at, hello = found
    times = min(random.choice((1, 2, 20)), 60_000 // len(bytes(hello)) + 1)
    said = [bytes(hello)] * times
    if random.random() < 0.4:
        return Mutated.put(messages, at, messages[at] + b"".join(said), f"{times} hellos more, at once")
    return Mutated.added(messages, random.randint(at + 1, len(messages)), said, f"{times} hellos more")


MUTATORS = (
    Mutator("record-split", "RFC 8446 5.1", _split),
    Mutator("record-length", "RFC 8446 5.1", _lengths),
    Mutator("record-type", "RFC 8446 5", _kinds),
    Mutator("other-records", "RFC 8446 5", _others),
    Mutator("second-hello", "RFC 8446 4.1.2", _again),
)
