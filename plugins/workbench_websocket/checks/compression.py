"""permessage-deflate: what may be offered and agreed on, and compressed traffic (RFC 7692)."""

import zlib
from collections.abc import Callable

from workbench.api import Check, CheckFailed, Level, Peer
from workbench_websocket.checks.talk import MASK, Talk, case, field, needs_deflate, open_talk
from workbench_websocket.deflate import TAIL, Deflater
from workbench_websocket.frames import build_frame
from workbench_websocket.opcodes import BINARY, CONTINUATION, PING, TEXT

__all__ = ["CHECKS"]

_RSV1 = 4
_HELLO = bytes.fromhex("f248cdc9c90700")
_BOMB = 1 << 27
_LONG = b"a text that repeats, repeats, repeats itself; " * 40
_WINDOW_BITS = "client_max_window_bits"


def _declined(offer: str) -> Callable[[Peer], None]:
    """An offer with illegal parameters is not taken; refusing the whole handshake is a way, too."""

    def run(peer: Peer) -> None:
        talk = open_talk(peer, f"Sec-WebSocket-Extensions: permessage-deflate; {offer}")
        found = field(talk.response, b"sec-websocket-extensions")
        if found:
            raise CheckFailed(f"expected the offer to be declined, got {found!r}")
        talk.lives()

    return run


def _second_offer(peer: Peer) -> None:
    talk = open_talk(peer, "Sec-WebSocket-Extensions: permessage-deflate; x-unknown=1, permessage-deflate")
    if "x-unknown" in field(talk.response, b"sec-websocket-extensions"):
        raise CheckFailed("expected the offer with an unknown parameter to be declined")
    talk.lives()


def _not_unasked(peer: Peer) -> None:
    talk = needs_deflate(peer)
    if "client_max_window_bits" in field(talk.response, b"sec-websocket-extensions"):
        raise CheckFailed("expected no client_max_window_bits where the client did not offer it")


def _keeps_server_bits(bits: int) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = needs_deflate(peer, f"server_max_window_bits={bits}")
        agreed = talk.deflate
        if agreed is None or agreed.server_bits > bits:
            raise CheckFailed(f"expected server_max_window_bits={bits} or less")
        _echo(talk, TEXT, _LONG)

    return run


def _keeps_client_bits(peer: Peer) -> None:
    talk = needs_deflate(peer, "client_max_window_bits=10")
    agreed = talk.deflate
    given = "client_max_window_bits" in field(talk.response, b"sec-websocket-extensions")
    if agreed is None or (given and agreed.client_bits > 10):
        raise CheckFailed("expected client_max_window_bits of 10 at most")
    _echo(talk, TEXT, _LONG)


def _no_server_takeover(peer: Peer) -> None:
    talk = needs_deflate(peer, "server_no_context_takeover")
    agreed = talk.deflate
    if agreed is None or agreed.server_takeover:
        raise CheckFailed("expected server_no_context_takeover to be agreed on")
    _echo(talk, TEXT, _LONG)
    _echo(talk, TEXT, _LONG)


def _no_client_takeover(peer: Peer) -> None:
    talk = needs_deflate(peer, "client_no_context_takeover")
    for _ in range(3):
        talk.send(TEXT, _HELLO, rsv=_RSV1)
        talk.hears(TEXT, b"Hello")


def _echo(talk: Talk, opcode: int, content: bytes) -> None:
    """A compressed message, with a context of its own."""
    agreed = talk.deflate
    deflater = Deflater(agreed.client_bits if agreed else 15, takeover=False)
    talk.send(opcode, deflater.message(content), rsv=_RSV1)
    talk.hears(opcode, content)


def _traffic(*frames: bytes, hears: tuple[tuple[int, bytes], ...]) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = needs_deflate(peer)
        talk.raw(b"".join(frames))
        for opcode, content in hears:
            talk.hears(opcode, content)

    return run


def _fails(*frames: bytes, codes: tuple[int, ...]) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = needs_deflate(peer)
        talk.raw(b"".join(frames))
        talk.fails(*codes)

    return run


def _takeover(peer: Peer) -> None:
    talk = needs_deflate(peer, _WINDOW_BITS)
    agreed = talk.deflate
    if agreed is None or not agreed.client_takeover:
        _echo(talk, TEXT, _LONG)
        return
    deflater = Deflater(agreed.client_bits)
    for number in range(5):
        content = _LONG + b"%d" % number
        talk.send(TEXT, deflater.message(content), rsv=_RSV1)
        talk.hears(TEXT, content)


def _large(peer: Peer) -> None:
    talk = needs_deflate(peer)
    _echo(talk, BINARY, bytes(range(256)) * 2048)


def _bomb(peer: Peer) -> None:
    talk = needs_deflate(peer)
    talk.raw(_frame(Deflater(takeover=False).message(bytes(_BOMB))))
    talk.fails(1009)


def _frame(payload: bytes, *, opcode: int = TEXT, fin: bool = True, rsv: int = _RSV1) -> bytes:
    return build_frame(opcode, payload, fin=fin, rsv=rsv, key=MASK)


def _stored(content: bytes) -> bytes:
    return b"\x00" + len(content).to_bytes(2, "little") + (len(content) ^ 0xFFFF).to_bytes(2, "little") + content + b"\x00"


def _two_blocks() -> bytes:
    state = zlib.compressobj(wbits=-15)
    first = state.compress(b"He") + state.flush(zlib.Z_SYNC_FLUSH)
    return (first + state.compress(b"llo") + state.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


_SAID = ((TEXT, b"Hello"),)
_A, _B = _HELLO[:3], _HELLO[3:]

CHECKS: tuple[Check, ...] = (
    case("deflate-unknown-parameter", "RFC 7692 7.1", "An offer with an unknown parameter is declined.", _declined("x-unknown")),
    case(
        "deflate-twice",
        "RFC 7692 7.1",
        "An offer that names a parameter twice is declined.",
        _declined("server_no_context_takeover; server_no_context_takeover"),
    ),
    case(
        "deflate-value-for-takeover",
        "RFC 7692 7.1.1.1",
        "server_no_context_takeover has no value.",
        _declined("server_no_context_takeover=1"),
    ),
    case(
        "deflate-value-for-client-takeover",
        "RFC 7692 7.1.1.2",
        "client_no_context_takeover has no value.",
        _declined("client_no_context_takeover=0"),
    ),
    *(
        case(
            f"deflate-server-bits-{name}",
            "RFC 7692 7.1.2.1",
            "server_max_window_bits is a whole number from 8 to 15.",
            _declined(f"server_max_window_bits{value}"),
        )
        for name, value in (("missing", ""), ("7", "=7"), ("16", "=16"), ("08", "=08"), ("word", "=ten"))
    ),
    *(
        case(
            f"deflate-client-bits-{name}",
            "RFC 7692 7.1.2.2",
            "client_max_window_bits is a whole number from 8 to 15.",
            _declined(f"client_max_window_bits={name}"),
        )
        for name in ("7", "16", "0")
    ),
    case("deflate-second-offer", "RFC 7692 5.1", "Behind an offer that is declined the next one may be taken.", _second_offer),
    case(
        "deflate-not-unasked",
        "RFC 7692 7.1.2.2",
        "The response has client_max_window_bits only where the client offered it.",
        _not_unasked,
    ),
    case(
        "deflate-server-bits",
        "RFC 7692 7.1.2.1",
        "A server that accepts server_max_window_bits keeps to it.",
        _keeps_server_bits(10),
    ),
    case("deflate-server-bits-9", "RFC 7692 7.1.2.1", "A small window is kept, too.", _keeps_server_bits(9)),
    case(
        "deflate-client-bits",
        "RFC 7692 7.1.2.2",
        "The response does not allow the client more than it offered.",
        _keeps_client_bits,
    ),
    case(
        "deflate-server-takeover",
        "RFC 7692 7.1.1.1",
        "A server that accepts server_no_context_takeover starts anew with each message.",
        _no_server_takeover,
    ),
    case(
        "deflate-client-takeover",
        "RFC 7692 7.1.1.2",
        "Messages may be compressed each with a context of its own.",
        _no_client_takeover,
    ),
    case(
        "deflate-one-block",
        "RFC 7692 7.2.3.1",
        "A compressed message of one block is understood.",
        _traffic(_frame(_HELLO), hears=_SAID),
    ),
    case(
        "deflate-fragments",
        "RFC 7692 6.1",
        "A compressed message may be fragmented anywhere.",
        _traffic(_frame(_A, fin=False), _frame(_B, opcode=CONTINUATION, rsv=0), hears=_SAID),
    ),
    case(
        "deflate-empty-fragments",
        "RFC 7692 6.1",
        "Fragments of a compressed message may be empty.",
        _traffic(
            _frame(b"", fin=False),
            _frame(_HELLO, opcode=CONTINUATION, rsv=0, fin=False),
            _frame(b"", opcode=CONTINUATION, rsv=0),
            hears=_SAID,
        ),
    ),
    case(
        "deflate-window",
        "RFC 7692 7.2.3.2",
        "A message may refer to the one before.",
        _traffic(_frame(_HELLO), _frame(bytes.fromhex("f200110000")), hears=_SAID * 2),
    ),
    case(
        "deflate-stored",
        "RFC 7692 7.2.3.3",
        "A block without compression is understood.",
        _traffic(_frame(_stored(b"Hello")), hears=_SAID),
    ),
    case(
        "deflate-bfinal",
        "RFC 7692 7.2.3.4",
        "A block that says it is the last one is understood.",
        _traffic(_frame(bytes.fromhex("f348cdc9c9070000")), hears=_SAID),
    ),
    case(
        "deflate-two-blocks",
        "RFC 7692 7.2.3.5",
        "A message of two blocks is understood.",
        _traffic(_frame(_two_blocks()), hears=_SAID),
    ),
    case(
        "deflate-empty",
        "RFC 7692 7.2.3.6",
        "An empty message may be compressed.",
        _traffic(_frame(b"\x00"), hears=((TEXT, b""),)),
    ),
    case(
        "deflate-plain",
        "RFC 7692 6",
        "A message without RSV1 is not compressed, whatever was agreed on.",
        _traffic(_frame(b"Hello", rsv=0), hears=_SAID),
    ),
    case(
        "deflate-plain-between",
        "RFC 7692 6",
        "A message without compression leaves the context alone.",
        _traffic(
            _frame(_HELLO), _frame(b"plain", rsv=0), _frame(bytes.fromhex("f200110000")), hears=(*_SAID, (TEXT, b"plain"), *_SAID)
        ),
    ),
    case(
        "deflate-ping-between",
        "RFC 7692 6.1",
        "Pings between compressed fragments are not compressed.",
        _traffic(_frame(_A, fin=False), _frame(b"ping", opcode=PING, rsv=0), _frame(_B, opcode=CONTINUATION, rsv=0), hears=_SAID),
    ),
    case("deflate-takeover", "RFC 7692 7.1.1", "A context lives for all messages of a direction.", _takeover),
    case("deflate-large", "RFC 7692 7.2", "A large compressed message is understood.", _large),
    case("deflate-utf8", "RFC 6455 8.1", "A compressed text must be UTF-8.", _fails(_frame(_stored(b"\xff\xfe")), codes=(1007,))),
    case(
        "deflate-garbage",
        "RFC 7692 7.2.2",
        "What cannot be decompressed fails the connection.",
        _fails(_frame(b"\xff\xff\xff\xff"), codes=(1002, 1007, 1011)),
    ),
    case(
        "deflate-control",
        "RFC 7692 6",
        "A control frame with RSV1 fails the connection.",
        _fails(_frame(_HELLO, opcode=PING), codes=(1002,)),
    ),
    case(
        "deflate-continuation",
        "RFC 7692 6",
        "A continuation with RSV1 fails the connection.",
        _fails(_frame(_A, fin=False), _frame(_B, opcode=CONTINUATION), codes=(1002,)),
    ),
    case(
        "deflate-rsv2",
        "RFC 6455 5.2",
        "RSV2 has no meaning with permessage-deflate and fails the connection.",
        _fails(_frame(b"x", rsv=2), codes=(1002,)),
    ),
    case(
        "deflate-rsv3",
        "RFC 6455 5.2",
        "RSV3 has no meaning with permessage-deflate and fails the connection.",
        _fails(_frame(_HELLO, rsv=5), codes=(1002,)),
    ),
    case("deflate-bomb", "RFC 6455 10.4", "A small message that unfolds to a hundred megabytes is refused.", _bomb, Level.SHOULD),
)
