"""What TLS servers get wrong in handshakes, for the fuzzer: parts of a ClientHello, and how records carry it (`odd_records`)."""

from dataclasses import replace
from random import Random

from workbench.api import Mutator
from workbench_tls import odd_records
from workbench_tls.hello_text import HelloText, editing, handshake, sized
from workbench_tls.odd_extensions import EXTENSION_DATA

__all__ = ["MUTATORS", "UNRECORDED_MUTATORS"]

_SERVER_NAME, _PRE_SHARED = 0, 41
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a HelloRetryRequest (RFC 8446 4.1.3)."""

_Edited = tuple[HelloText | bytes, str]


def _duplicates(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 4.2: each extension once."""
    known = hello.extensions or ((_SERVER_NAME, b""),)
    one = random.choice(known)
    times = random.choice((1, 2, 500))
    times = min(times, 30_000 // (4 + len(one[1])) + 1)
    at = random.randint(0, len(known))
    return replace(hello, extensions=(*known[:at], *[one] * times, *known[at:])), f"extension {one[0]} {times} times more"


def _orders(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 4.2, 4.2.11: any order, but pre_shared_key last."""
    known = list(hello.extensions or ())
    random.shuffle(known)
    if random.random() < 0.5:
        known.sort(key=lambda each: each[0] != _PRE_SHARED)
    return replace(hello, extensions=tuple(known)), "extensions in another order"


def _missing(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 9.2: what must be there."""
    known = hello.extensions or ()
    if not known or random.random() < 0.2:
        return replace(hello, extensions=random.choice((None, ()))), "no extensions"
    gone = random.choice(known)[0]
    return replace(hello, extensions=tuple(each for each in known if each[0] != gone)), f"without extension {gone}"


def _greased(hello: HelloText, random: Random) -> _Edited:
    """RFC 8701 3, RFC 8446 4.2: who does not know an extension ignores it, how many and how long they may be."""
    count, size = random.choice(((1, 0), (1, 60_000), (1_000, 0), (5_000, 0), (100, 100)))
    more = tuple((0x8000 + place, bytes(size)) for place in range(count))
    return replace(hello, extensions=(*(hello.extensions or ()), *more)), f"{count} unknown extensions of {size} bytes"


def _contents(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 4.2, and what the extension's own specification says."""
    kind = random.choice(list(EXTENSION_DATA))
    data = random.choice(EXTENSION_DATA[kind])
    return hello.having(kind, data), f"extension {kind} with {len(data)} bytes, beginning with {data[:8].hex() or 'nothing'}"


def _versions(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 4.1.2, 4.2.1, D.4."""
    version = random.choice((0, 0x0002, 0x0200, 0x0300, 0x0301, 0x0302, 0x0304, 0x0305, 0x0400, 0x7F1C, 0xFEFD, 0xFFFF))
    if random.random() < 0.3:
        return replace(hello, version=version), f"records of version {version:#06x}"
    return replace(hello, opening=version.to_bytes(2, "big") + hello.opening[2:]), f"version {version:#06x}"


def _suites(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 4.1.2, RFC 7507 4."""
    suites = random.choice(
        (
            b"",
            b"\0",
            b"\x13",
            b"\0\0",
            b"\x56\0",
            hello.suites + b"\x56\0",
            hello.suites + b"\0\xff" * 2,
            b"\xff\xff" * 100,
            b"\x13\1" * 30_000,
            b"\0\xff",
            hello.suites[:-1],
        )
    )
    return replace(hello, suites=suites), f"{len(suites)} bytes of cipher suites"


def _fixed_parts(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 4.1.2, 4.1.3: compression of one byte 0, sessions of 32 bytes at most, the random of another kind of message."""
    what, changed = random.choice(
        (
            ("no compression method", replace(hello, compression=b"")),
            ("DEFLATE", replace(hello, compression=b"\1\0")),
            ("255 compression methods", replace(hello, compression=bytes(range(255)))),
            ("a session of 33 bytes", replace(hello, session=b"s" * 33)),
            ("a session of 255 bytes", replace(hello, session=b"s" * 255)),
            ("no session", replace(hello, session=b"")),
            ("the random of a HelloRetryRequest", replace(hello, opening=hello.opening[:2] + _RETRY)),
            ("a random that says downgraded", replace(hello, opening=hello.opening[:26] + b"DOWNGRD\1")),
        )
    )
    return changed, what


def _lengths(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 3.4: each vector has a length, and none reaches beyond the one around it."""
    body = hello.body
    places = [(34, 1), (35 + len(hello.session), 2), (37 + len(hello.session) + len(hello.suites), 1)]
    if hello.extensions is not None:
        at = 38 + len(hello.session) + len(hello.suites) + len(hello.compression)
        places.append((at, 2))
        at += 2
        for _, data in hello.extensions:
            places.append((at + 2, 2))
            at += 4 + len(data)
    place, width = random.choice(places)
    size = int.from_bytes(body[place : place + width], "big")
    full = (1 << 8 * width) - 1
    wrong = random.choice(
        [each for each in (0, 1, size + 1, max(0, size - 1), size + 2, full, full // 2) if each != size and each <= full]
    )
    return hello.wrapped(
        handshake(1, body[:place] + wrong.to_bytes(width, "big") + body[place + width :])
    ), f"a length of {wrong} at byte {place}, not {size}"


def _sizes(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 4: the message's own length."""
    body = hello.body
    length = random.choice((0, 1, len(body) - 1, len(body) + 1, 2**24 - 1, 2**16, len(body) // 2))
    more = random.choice((b"", b"", b"\0", b"x" * 300))
    return hello.wrapped(
        handshake(1, body + more, length)
    ), f"a ClientHello of {len(body) + len(more)} bytes said to have {length}"


_OTHERS = (
    (0, b""), (2, bytes(70)), (4, bytes(20)), (5, b""), (8, b"\0\0"), (11, b"\0\0\0\0"), (11, b"\0" + b"\xff\xff\xff"),
    (12, b"\3\0\x17\x41" + bytes(65)), (13, bytes(8)), (14, b""), (15, b"\x08\x04\xff\xff"),
    (15, b"\x08\x04" + sized(bytes(256), 2)), (16, sized(bytes(32), 2)), (16, b"\x41" + bytes(65)), (16, b"\xff\xff"),
    (20, bytes(12)), (20, bytes(32)), (20, b""), (24, b"\0"), (24, b"\1"), (24, b"\2"), (25, b"\0\1" + b"\xff\xff\xff" * 2),
    (254, bytes(4)), (255, b""), (67, b""),
)  # fmt: skip


def _other_messages(hello: HelloText, random: Random) -> _Edited:
    """RFC 8446 4, 4.1.2: messages of another moment or another side, before the hello, behind it, or in its place."""
    kind, body = random.choice(_OTHERS)
    other, own = handshake(kind, body), handshake(1, hello.body)
    said, where = random.choice(
        ((other + own, "before"), (own + other, "behind"), (other, "in the place of"), (own * 2 + other, "behind two of"))
    )
    return hello.wrapped(said), f"handshake message {kind} of {len(body)} bytes {where} the hello"


_EDITS = (
    ("duplicate-extension", "RFC 8446 4.2", _duplicates),
    ("extension-order", "RFC 8446 4.2.11", _orders),
    ("missing-extension", "RFC 8446 9.2", _missing),
    ("unknown-extensions", "RFC 8701 3", _greased),
    ("extension-data", "RFC 8446 4.2", _contents),
    ("version", "RFC 8446 4.2.1", _versions),
    ("cipher-suites", "RFC 8446 4.1.2", _suites),
    ("fixed-parts", "RFC 8446 4.1.2", _fixed_parts),
    ("vector-length", "RFC 8446 3.4", _lengths),
    ("message-length", "RFC 8446 4", _sizes),
    ("other-message", "RFC 8446 4", _other_messages),
)

UNRECORDED_MUTATORS = tuple(Mutator(name, rule, editing(edit)) for name, rule, edit in _EDITS)
"""For handshake messages that something else than records carries."""

MUTATORS = (*UNRECORDED_MUTATORS, *odd_records.MUTATORS)
