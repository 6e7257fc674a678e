"""What SOCKS servers get wrong, for the fuzzer: lists and lengths of a byte, addresses that do not fit their type, steps out of order."""

from collections.abc import Callable, Sequence
from random import Random

from workbench.api import Mutated, Mutator
from workbench_socks5.names import COMMANDS, METHODS, VERSION, VERSION4
from workbench_socks5.seeds import greeting, password, request, request4

__all__ = ["MUTATORS"]

_CONNECT, _BIND, _ASSOCIATE = COMMANDS["connect"], COMMANDS["bind"], COMMANDS["associate"]
_ATYP_4, _ATYP_NAME, _ATYP_6 = 1, 3, 4
_HEAD = 4
"""Version, command, reserved, address type (RFC 1928 4)."""

_Edited = tuple[bytes, str]


def _is_greeting(raw: bytes) -> bool:
    return len(raw) >= 2 and raw[0] == VERSION and len(raw) == 2 + raw[1]


def _is_request(raw: bytes) -> bool:
    return len(raw) > _HEAD + 2 and raw[0] == VERSION and raw[2] == 0 and not _is_greeting(raw)


def _editing(
    fits: Callable[[bytes], bool], edit: Callable[[bytes, Random], _Edited]
) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A change of one message of a kind."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        places = [place for place, raw in enumerate(messages) if fits(raw)]
        if not places:
            return None
        at = random.choice(places)
        return Mutated.put(messages, at, *edit(messages[at], random))

    return change


def _methods(raw: bytes, random: Random) -> _Edited:
    """RFC 1928 3: a number and so many methods."""
    methods = random.choice(
        (b"", b"\x00" * 255, bytes(range(255)), b"\xff", b"\x02", b"\x01", b"\x03\x80\xfe", b"\x00\x00", b"\x02\x00", raw[2:])
    )
    count = random.choice((len(methods), len(methods), 0, 255, len(methods) + 1, max(0, len(methods) - 1))) & 0xFF
    return bytes((VERSION, count)) + methods, f"{len(methods)} methods counted as {count}"


def _versions(raw: bytes, random: Random) -> _Edited:
    """RFC 1928 3: 5, and nothing else; 4 is another protocol (and 0x47 the beginning of a GET)."""
    version = random.choice((0, 4, 6, 0x16, 0x47, 255))
    return bytes((version,)) + raw[1:], f"version {version}"


def _commands(raw: bytes, random: Random) -> _Edited:
    """RFC 1928 4, 6: unknown commands and a reserved byte that is not zero."""
    command, reserved = random.choice(
        ((0, 0), (4, 0), (9, 0), (255, 0), (0xF0, 0), (_BIND, 0), (_ASSOCIATE, 0), (raw[1], 1), (raw[1], 255))
    )
    return bytes((VERSION, command, reserved)) + raw[3:], f"command {command}, reserved {reserved}"


_ADDRESSES: tuple[tuple[int, bytes], ...] = (
    (0, b""), (0, bytes(4)), (2, b"\x7f\0\0\1"), (5, bytes(16)), (255, b"\xff" * 20), (_ATYP_4, b"\x7f\0\0"),
    (_ATYP_4, bytes(4)), (_ATYP_4, b"\xff" * 4), (_ATYP_4, b"\xe0\0\0\1"), (_ATYP_6, bytes(4)), (_ATYP_6, bytes(15)),
    (_ATYP_6, bytes(16)), (_ATYP_6, bytes(10) + b"\xff\xff\x7f\0\0\1"), (_ATYP_6, b"\xfe\x80" + bytes(13) + b"\1"),
    (_ATYP_6, b"\xff\x02" + bytes(13) + b"\1"),
)  # fmt: skip


def _addresses(raw: bytes, random: Random) -> _Edited:
    """RFC 1928 5: what an address is depends on its type; nothing behind it may be read as part of it."""
    kind, address = random.choice(_ADDRESSES)
    port = random.choice((raw[-2:], b"\0\0", b"\xff\xff", b"", b"\0", raw[-2:] + b"more"))
    return raw[:3] + bytes(
        (kind,)
    ) + address + port, f"an address of type {kind} with {len(address)} bytes, {len(port)} behind it"


_NAMES = (
    b"", b"\0", b"localhost\0.elsewhere.test", b"a" * 255, b"a." * 127, b"." * 255, b"..", b"-", b"%n%n%s", b"$(id)", b"`id`",
    b"\xff" * 40, b"a b", b"127.0.0.1", b"[::1]", b"::1", b"0x7f.1", b"2130706433", b"localhost:80", b"xn--" + b"a" * 200,
    b"\xc3\xa9.test", b"a\r\nb",
)  # fmt: skip


def _names(raw: bytes, random: Random) -> _Edited:
    """RFC 1928 5: a byte says how long a name is, and no NUL ends it."""
    name = random.choice(_NAMES)
    length = random.choice((len(name), len(name), 0, 255, len(name) + 1, max(0, len(name) - 1))) & 0xFF
    return raw[:3] + bytes((_ATYP_NAME, length)) + name + raw[-2:], f"a name of {len(name)} bytes said to have {length}"


def _passwords(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 1929 2: two lengths of a byte each, neither of them 0."""
    at = next((place + 1 for place, raw in enumerate(messages) if _is_greeting(raw)), None)
    if at is None:
        return None
    users = random.choice((b"", b"u", b"u" * 255, b"\0", b"admin", b"%n", b"\xff" * 128, b"a:b"))
    secrets = random.choice((b"", b"p", b"p" * 255, b"\0", b"admin"))
    plain = password(users, secrets, version=random.choice((1, 1, 1, 0, 5, 255)))
    what, said = random.choice(
        (
            ("as it should be", plain),
            ("cut short", plain[: random.randrange(1, len(plain))]),
            ("with a user that is longer than it is", plain[:1] + b"\xff" + plain[2:]),
            ("with a password that is longer than it is", plain[: 2 + len(users)] + b"\xff" + plain[3 + len(users) :]),
            ("with more behind it", plain + b"more"),
        )
    )
    offered = (
        Mutated.put(messages, at - 1, greeting(METHODS["password"], METHODS["none"]), "").messages
        if random.random() < 0.7
        else messages
    )
    return Mutated.added(offered, at, [said], f"a password of {len(secrets)} bytes for a user of {len(users)}, {what}")


def _chained(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 1928 3, 6: through the proxy to itself or to another; and everything again where data belong."""
    if not messages or not _is_greeting(messages[0]):
        return None
    again = [
        greeting(METHODS["none"]),
        request(random.choice((_CONNECT, _BIND, _ASSOCIATE)), random.choice(("127.0.0.1", b"localhost", "::1")), 1080),
    ]
    times = random.choice((1, 2, 10))
    return Mutated.added(messages, len(messages), again * times, f"{times} proxies behind the proxy")


def _steps(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 1928 3 to 6: a request before the method is known, two greetings, two requests, everything at once."""
    if len(messages) < 2:
        return None
    at = random.randrange(len(messages) - 1)
    changes = (
        ((*messages[1:], messages[0]), "the greeting last"),
        ((messages[0], *messages), "the greeting twice"),
        ((*messages, messages[-1]), "the last message twice"),
        ((*messages[:at], messages[at] + messages[at + 1], *messages[at + 2 :]), "two messages at once"),
        ((b"".join(messages),), "everything at once"),
        (tuple(messages[1:]), "no greeting"),
    )
    said, what = random.choice(changes)
    return Mutated(said, min(at, len(said) - 1), what)


def _older(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """SOCKS4 and 4A: user and name end with NUL, and 0.0.0.x means that a name follows."""
    if not messages:
        return None
    user = random.choice((b"", b"u", b"u" * 300, b"\xff" * 5_000))
    plain = request4(
        random.choice((1, 2, 0, 3, 255)),
        random.choice(("127.0.0.1", b"localhost", b"", b"a" * 300)),
        random.choice((0, 80, 65_535)),
        user,
    )
    what, said = random.choice(
        (
            ("whole", plain),
            ("without the last NUL", plain[:-1]),
            ("with a name that was not announced", plain + b"localhost\0"),
            ("to 0.0.0.x without a name", bytes((VERSION4, 1, 0, 80, 0, 0, 0, random.randrange(256))) + b"\0"),
            ("with more behind it", plain + b"GET / HTTP/1.0\r\n\r\n"),
        )
    )
    return Mutated(
        (said, *messages[random.choice((1, len(messages))) :]), 0, f"a SOCKS4 request with a user of {len(user)} bytes, {what}"
    )


def _security(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 1961 3.2: messages of GSSAPI have a length of 16 bits."""
    if not messages or not _is_greeting(messages[0]):
        return None
    kind, length, token = random.choice(
        (
            (1, 0, b""),
            (1, 65_535, b"x"),
            (1, 1, b""),
            (2, 1, b"\3"),
            (3, 8, b"x" * 8),
            (255, 0, b""),
            (1, 4_000, b"x" * 4_000),
            (0, 0, b""),
        )
    )
    said = bytes((1, kind)) + length.to_bytes(2, "big") + token
    return Mutated(
        (greeting(METHODS["gssapi"]), said, *messages[1:]),
        1,
        f"a GSSAPI message of type {kind}, {len(token)} bytes said to be {length}",
    )


MUTATORS = (
    Mutator("methods", "RFC 1928 3", _editing(_is_greeting, _methods)),
    Mutator("version", "RFC 1928 3", _editing(lambda raw: _is_greeting(raw) or _is_request(raw), _versions)),
    Mutator("command", "RFC 1928 4", _editing(_is_request, _commands)),
    Mutator("address", "RFC 1928 5", _editing(_is_request, _addresses)),
    Mutator("name", "RFC 1928 5", _editing(_is_request, _names)),
    Mutator("password", "RFC 1929 2", _passwords),
    Mutator("gssapi", "RFC 1961 3.2", _security),
    Mutator("chained", "RFC 1928 6", _chained),
    Mutator("steps", "RFC 1928 3", _steps),
    Mutator("socks4", "SOCKS 4A", _older),
)
