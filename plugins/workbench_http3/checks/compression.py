"""Cases about QPACK as the target decodes it: field sections, the dynamic table, blocked streams (RFC 9204 2, 3, 4)."""

from collections.abc import Callable

from workbench.api import CheckFailed, CheckSkipped, Peer, StreamData, StreamReset
from workbench_http3.checks.literals import (
    acknowledge,
    cancel,
    capacity,
    duplicate,
    dynamic,
    increment,
    insert,
    insert_by_name,
    literal,
    post_base,
    prefix,
    section,
    static,
    static_name,
)
from workbench_http3.checks.talk import DECODER, ENCODER, Talk, greet
from workbench_http3.checks.verdicts import case, ends, expect_alive, expect_answer, expect_connection_error, resets
from workbench_http3.names import Setting, Type
from workbench_http3.qpack_literals import integer
from workbench_http3.qpack_static import STATIC
from workbench_http3.server_frames import ErrorCode, build

__all__ = ["CHECKS"]

ROOM = 220
"""Bytes of the dynamic table that cases use: a few short entries. Targets that allow less are not asked."""

_FAILED = (ErrorCode.QPACK_DECOMPRESSION_FAILED,)
_ENCODER = (ErrorCode.QPACK_ENCODER_STREAM_ERROR,)
_DECODER = (ErrorCode.QPACK_DECODER_STREAM_ERROR,)
_AUTHORITY = 0
"""The index of `:authority` in the static table, for its name."""


def _section(payload: bytes, stream: int = 0) -> StreamData:
    return StreamData(stream, build(Type.HEADERS, payload), True)


def _head(talk: Talk) -> bytes:
    """The lines of a well-formed request, all literal."""
    return section(talk.fields())[2:]


def _broken(lines: bytes, begins: bytes = prefix()) -> Callable[[Peer], None]:
    """A request with these lines behind its own ends the connection."""
    return ends(lambda talk: _section(begins + _head(talk) + lines), codes=_FAILED)


def _understood(lines: Callable[[Talk], bytes]) -> Callable[[Peer], None]:
    """A request whose section is these lines is answered."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(_section(prefix() + lines(talk)))
        expect_answer(talk, 0, below=500)

    return run


def _static_lines(talk: Talk) -> bytes:
    fields = dict(talk.fields())
    path = static(1) if fields[b":path"] == b"/" else static_name(1, fields[b":path"])
    return (
        static(17)
        + static(23)
        + path
        + static_name(_AUTHORITY, fields[b":authority"])
        + static(29)
        + static_name(95, b"workbench")
    )


def _whole_table(talk: Talk) -> bytes:
    """Every name of the static table that a request may have, once; conditions apart, which change the answer."""
    left_out = {b"if-none-match", b"if-modified-since", b"if-range", b"range", b"upgrade-insecure-requests", b"content-length"}
    left_out |= {b"early-data", b"authorization", b"transfer-encoding", b"cookie"}
    names = {name: index for index, (name, _) in enumerate(STATIC) if name[:1] != b":" and name not in left_out}
    return _head(talk) + b"".join(static_name(index, b"1") for index in names.values())


def _huffman_lines(talk: Talk) -> bytes:
    fields = [*talk.fields(), (b"x-huffman", bytes(range(0x21, 0x7F)))]
    return b"".join(literal(name, value, huffman=True) for name, value in fields)


def _never_lines(talk: Talk) -> bytes:
    return b"".join(literal(name, value, never=True) for name, value in [*talk.fields(), (b"x-secret", b"1")])


def _with_table(peer: Peer, blocked: int = 0) -> tuple[Talk, int]:
    """A conversation with a target that has a dynamic table of some size, and the encoded insert count that stands for one entry."""
    talk = greet(peer)
    most = talk.settings.get(Setting.QPACK_MAX_TABLE_CAPACITY, 0)
    if most < ROOM:
        raise CheckSkipped(f"the target has a dynamic table of {most} bytes")
    if talk.settings.get(Setting.QPACK_BLOCKED_STREAMS, 0) < blocked:
        raise CheckSkipped("the target lets no request wait for the table")
    return talk, most


def _instructions(*said: bytes) -> StreamData:
    return StreamData(ENCODER, b"".join(said))


def _required(count: int, most: int) -> int:
    """A required insert count as it is sent (RFC 9204 4.5.1.1)."""
    return count % (2 * (most // 32)) + 1


def _use(talk: Talk, most: int, stream: int, count: int, lines: bytes) -> None:
    """A request that needs `count` entries is answered, and its section acknowledged."""
    before = len(talk.decoder)
    talk.send(_section(prefix(_required(count, most)) + _head(talk) + lines, stream))
    expect_answer(talk, stream)
    _expect_acknowledged(talk, stream, before)


def _expect_acknowledged(talk: Talk, stream: int, before: int = 0) -> None:
    if not talk.until(lambda: acknowledge(stream) in talk.decoder[before:]):
        raise CheckFailed(
            f"expected the section to be acknowledged, got {bytes(talk.decoder).hex() or 'nothing'}; {talk.heard()}"
        )


def _told(table: bytes, count: int, lines: bytes, delta: int = 0, *, negative: bool = False) -> Callable[[Peer], None]:
    """These instructions, then a request that refers to `count` of their entries; it is answered and acknowledged."""

    def run(peer: Peer) -> None:
        talk, most = _with_table(peer)
        talk.send(_instructions(capacity(ROOM), table))
        talk.send(_section(prefix(_required(count, most), delta, negative=negative) + _head(talk) + lines))
        expect_answer(talk, 0)
        _expect_acknowledged(talk, 0)

    return run


def _evicted_and_again(peer: Peer) -> None:
    talk, most = _with_table(peer)
    talk.send(_instructions(capacity(ROOM)))
    for place, entry in enumerate((_ONE, _LONG, _ONE)):
        talk.send(_instructions(entry))
        _use(talk, most, 4 * place, place + 1, dynamic(0))


def _evicted(peer: Peer) -> None:
    talk, most = _with_table(peer)
    talk.send(_instructions(capacity(ROOM), _ONE))
    _use(talk, most, 0, 1, dynamic(0))
    talk.send(_instructions(_LONG))
    talk.send(_section(prefix(_required(2, most)) + _head(talk) + dynamic(0) + dynamic(1), 4))
    expect_connection_error(talk, *_FAILED)


def _fields_in_table(talk: Talk) -> bytes:
    """Entries for a whole request, in the order of its fields."""
    return b"".join(insert(name, value) for name, value in talk.fields())


def _entirely(peer: Peer) -> None:
    talk, most = _with_table(peer)
    talk.send(_instructions(capacity(most), _fields_in_table(talk)))
    count = len(talk.fields())
    talk.send(_section(prefix(_required(count, most)) + b"".join(dynamic(count - 1 - place) for place in range(count))))
    expect_answer(talk, 0)
    talk.send(_section(prefix(_required(count, most)) + b"".join(dynamic(count - 1 - place) for place in range(count)), 4))
    expect_answer(talk, 4)


def _blocked(peer: Peer) -> None:
    talk, most = _with_table(peer, blocked=1)
    talk.send(_section(prefix(_required(1, most)) + _head(talk) + dynamic(0)))
    talk.send(talk.request(4))
    expect_answer(talk, 4)
    if talk.answer(0).status:
        raise CheckFailed(f"expected the request to wait for the table, got status {talk.answer(0).status}")
    talk.send(_instructions(capacity(ROOM), insert(b"x-late", b"1")))
    expect_answer(talk, 0)


def _blocked_upload(peer: Peer) -> None:
    talk, most = _with_table(peer, blocked=1)
    head = prefix(_required(1, most)) + section(talk.fields(b"POST"))[2:] + dynamic(0)
    talk.send(StreamData(0, build(Type.HEADERS, head) + build(Type.DATA, b"test"), True))
    talk.send(_instructions(capacity(ROOM), insert(b"x-late", b"1")))
    expect_answer(talk, 0, below=500)


def _too_many_blocked(peer: Peer) -> None:
    talk, most = _with_table(peer)
    allowed = talk.settings.get(Setting.QPACK_BLOCKED_STREAMS, 0)
    if allowed > 90:
        raise CheckSkipped(f"the target lets {allowed} requests wait")
    talk.send(*(_section(prefix(_required(1, most)) + _head(talk) + dynamic(0), 4 * place) for place in range(allowed + 1)))
    expect_connection_error(talk, *_FAILED)


def _cancelled(peer: Peer) -> None:
    talk, most = _with_table(peer, blocked=1)
    said = build(Type.HEADERS, prefix(_required(1, most)) + _head(talk) + dynamic(0))
    talk.send(StreamData(0, said))
    talk.send(StreamReset(0, ErrorCode.H3_REQUEST_CANCELLED, len(said)))
    talk.until(lambda: cancel(0) in bytes(talk.decoder) or talk.closed is not None)
    if cancel(0) not in bytes(talk.decoder):
        raise CheckFailed(
            f"expected the stream to be cancelled on the decoder stream, got {bytes(talk.decoder).hex() or 'nothing'}"
        )
    expect_alive(talk)


def _dead(count: int, *said: bytes, lines: bytes = b"", delta: int = 0, negative: bool = False) -> Callable[[Peer], None]:
    """A request that refers to what it must not, behind these instructions, ends the connection."""

    def run(peer: Peer) -> None:
        talk, most = _with_table(peer)
        talk.send(_instructions(capacity(ROOM), *said))
        talk.send(_section(prefix(_required(count, most), delta, negative=negative) + _head(talk) + lines))
        expect_connection_error(talk, *_FAILED)

    return run


def _instructed(*said: bytes) -> Callable[[Peer], None]:
    """These instructions behind a capacity end the connection."""

    def run(peer: Peer) -> None:
        talk, _ = _with_table(peer)
        talk.send(_instructions(capacity(ROOM), *said))
        expect_connection_error(talk, *_ENCODER)

    return run


def _too_large_a_table(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_instructions(capacity(talk.settings.get(Setting.QPACK_MAX_TABLE_CAPACITY, 0) + 1)))
    expect_connection_error(talk, *_ENCODER)


def _no_such_count(peer: Peer) -> None:
    talk = greet(peer)
    most = talk.settings.get(Setting.QPACK_MAX_TABLE_CAPACITY, 0)
    talk.send(_section(prefix(2 * (most // 32) + 1) + _head(talk)))
    expect_connection_error(talk, *_FAILED)


_ONE = insert(b"x-one", b"1")
_LONG = insert(b"x-long", b"l" * 160)
_NAME = b"\x21a"

CHECKS = (
    case("qpack-static", "9204 4.5.2", "Lines and names of the static table are understood.", _understood(_static_lines)),
    case("qpack-static-names", "9204 3.1", "Names from everywhere in the static table are understood.", _understood(_whole_table)),
    case("qpack-huffman", "9204 4.1.2", "Huffman-coded strings are understood.", _understood(_huffman_lines)),
    case("qpack-never-indexed", "9204 4.5.6", "Lines that are never to be indexed are understood.", _understood(_never_lines)),
    case("qpack-dynamic", "9204 4.5.2", "Lines of the dynamic table are understood, and acknowledged.",
         _told(_ONE, 1, dynamic(0))),
    case("qpack-dynamic-only", "9204 2.2.1", "A request may consist of entries only, more than once.", _entirely),
    case("qpack-dynamic-name", "9204 4.5.4", "Names of the dynamic table are understood.",
         _told(_ONE, 1, integer(0, 4, 0x40) + b"\x012")),
    case("qpack-post-base", "9204 4.5.3", "Entries behind the base are understood.",
         _told(_ONE, 1, post_base(0), negative=True)),
    case("qpack-post-base-name", "9204 4.5.5", "Names behind the base are understood.",
         _told(_ONE, 1, integer(0, 3) + b"\x012", negative=True)),
    case("qpack-base-beyond", "9204 4.5.1.2", "The base may lie beyond the entries that are needed.",
         _told(_ONE, 1, dynamic(3), 3)),
    case("qpack-insert-static-name", "9204 4.3.2", "Entries may take their names from the static table.",
         _told(insert_by_name(95, b"workbench"), 1, dynamic(0))),
    case("qpack-insert-dynamic-name", "9204 4.3.2", "Entries may take their names from the dynamic table.",
         _told(_ONE + insert_by_name(0, b"2", of_static=False), 2, dynamic(0))),
    case("qpack-duplicate", "9204 4.3.4", "Entries may be duplicated.",
         _told(_ONE + duplicate(0), 2, dynamic(0))),
    case("qpack-evicted-and-again", "9204 3.2.2", "New entries take the place of old ones.",
         _evicted_and_again),
    case("qpack-blocked", "9204 2.2.1", "A request that needs an entry which is on its way waits for it, others do not.", _blocked),
    case("qpack-blocked-upload", "9204 2.2.1", "Content behind a section that waits is not lost.", _blocked_upload),
    case("qpack-cancelled", "9204 2.2.2.2", "A reset of a request that waits is told to the encoder.", _cancelled),
    case("qpack-too-many-blocked", "9204 2.1.2", "More waiting requests than announced are QPACK_DECOMPRESSION_FAILED.",
         _too_many_blocked),
    case("qpack-evicted", "9204 2.2.3", "A line of an entry that is gone is QPACK_DECOMPRESSION_FAILED.",
         _evicted),
    case("qpack-beyond-required", "9204 2.2.3", "A line of an entry beyond the required insert count is QPACK_DECOMPRESSION_FAILED.",
         _dead(1, _ONE, _ONE, lines=dynamic(0) + post_base(0))),
    case("qpack-required-missing", "9204 2.2.1", "A dynamic line with a required insert count of 0 is QPACK_DECOMPRESSION_FAILED.",
         _broken(dynamic(0))),
    case("qpack-post-base-missing", "9204 2.2.1", "A post-base line with a required insert count of 0 is QPACK_DECOMPRESSION_FAILED.",
         _broken(post_base(0))),
    case("qpack-before-first", "9204 2.2.3", "A line before the first entry is QPACK_DECOMPRESSION_FAILED.",
         _dead(1, _ONE, lines=dynamic(0) + dynamic(1))),
    case("qpack-required-impossible", "9204 4.5.1.1", "A required insert count that no table has is QPACK_DECOMPRESSION_FAILED.",
         _no_such_count),
    case("qpack-base-negative", "9204 4.5.1.2", "A negative base is QPACK_DECOMPRESSION_FAILED.",
         _dead(1, _ONE, lines=post_base(1), delta=1, negative=True)),
    case("qpack-static-beyond", "9204 3.1", "A line beyond the static table is QPACK_DECOMPRESSION_FAILED.", _broken(static(99))),
    case("qpack-static-far-beyond", "9204 4.1.1", "An index of many bytes is QPACK_DECOMPRESSION_FAILED.",
         _broken(b"\xff" + b"\xff" * 9 + b"\x7f")),
    case("qpack-static-name-beyond", "9204 3.1", "A name beyond the static table is QPACK_DECOMPRESSION_FAILED.",
         _broken(static_name(99, b"x"))),
    case("qpack-huffman-eos", "9204 4.1.2", "The symbol EOS inside a string is QPACK_DECOMPRESSION_FAILED.",
         _broken(_NAME + b"\x84\xff\xff\xff\xff")),
    case("qpack-huffman-padding-long", "9204 4.1.2", "More than seven bits of padding are QPACK_DECOMPRESSION_FAILED.",
         _broken(_NAME + b"\x82\x1f\xff")),
    case("qpack-huffman-padding-zeros", "9204 4.1.2", "Padding other than the first bits of EOS is QPACK_DECOMPRESSION_FAILED.",
         _broken(_NAME + b"\x81\x18")),
    case("qpack-string-cut-off", "9204 4.1.2", "A string that is longer than its section is QPACK_DECOMPRESSION_FAILED.",
         _broken(_NAME + b"\x20abc")),
    case("qpack-integer-cut-off", "9204 4.1.1", "An integer that its section cuts off is QPACK_DECOMPRESSION_FAILED.",
         _broken(b"\xff")),
    case("qpack-section-empty", "9204 4.5.1", "A section without a prefix is refused.",
         resets(_section(b""), codes=(*_FAILED, ErrorCode.H3_FRAME_ERROR, ErrorCode.H3_MESSAGE_ERROR))),
    case("qpack-broken-trailers", "9204 2.2", "A broken section is an error of the connection in trailers, too.",
         ends(lambda talk: StreamData(0, talk.request(0, b"POST").data + build(Type.HEADERS, prefix() + static(99)), True),
              codes=_FAILED)),
    case("qpack-capacity-beyond", "9204 3.2.3", "A capacity beyond what was announced is QPACK_ENCODER_STREAM_ERROR.",
         _too_large_a_table),
    case("qpack-entry-too-large", "9204 3.2.2", "An entry larger than the table is QPACK_ENCODER_STREAM_ERROR.",
         _instructed(insert(b"x-large", b"v" * ROOM))),
    case("qpack-insert-static-beyond", "9204 3.1", "An entry with a name beyond the static table is QPACK_ENCODER_STREAM_ERROR.",
         _instructed(insert_by_name(99, b"x"))),
    case("qpack-insert-no-such-name", "9204 2.2.3", "An entry with the name of no other is QPACK_ENCODER_STREAM_ERROR.",
         _instructed(insert_by_name(0, b"x", of_static=False))),
    case("qpack-duplicate-nothing", "9204 2.2.3", "A duplicate of no entry is QPACK_ENCODER_STREAM_ERROR.", _instructed(duplicate(0))),
    case("qpack-insert-broken-huffman", "9204 4.1.2", "A broken string in an entry is QPACK_ENCODER_STREAM_ERROR.",
         _instructed(b"\x41a\x84\xff\xff\xff\xff")),
    case("qpack-acknowledged-nothing", "9204 4.4.1", "An acknowledgment of no section is QPACK_DECODER_STREAM_ERROR.",
         ends(StreamData(DECODER, acknowledge(0)), codes=_DECODER)),
    case("qpack-increment-0", "9204 4.4.3", "An increment of 0 is QPACK_DECODER_STREAM_ERROR.",
         ends(StreamData(DECODER, increment(0)), codes=_DECODER)),
    case("qpack-increment-beyond", "9204 4.4.3", "An increment beyond what was inserted is QPACK_DECODER_STREAM_ERROR.",
         ends(StreamData(DECODER, increment(1)), codes=_DECODER)),
)  # fmt: skip
