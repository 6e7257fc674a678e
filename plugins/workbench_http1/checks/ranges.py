"""Checks about range requests and content coding (RFC 9110 sections 12.5.3, 13.1.5, 14 and 15.3.7).

A server may ignore ranges; then most of these are skipped. What it does with them must be right.
"""

import re
from collections.abc import Callable

from workbench.api import Check, CheckFailed, CheckSkipped, Peer
from workbench_http1.checks.answers import Answer
from workbench_http1.checks.asking import Client, ask, expect, in_step, page, should
from workbench_http1.checks.conditions import literal, tag_of

__all__ = ["CHECKS"]

LARGEST = 1_048_576
"""Bytes of a page that is fit for range checks."""

_PLACE = re.compile(rb"bytes (\d+)-(\d+)/(\d+)")


def _whole(peer: Peer) -> Answer:
    """The page; skips the check where it is too small or too large to be cut."""
    plain = page(peer)
    if not 4 <= len(plain.body) <= LARGEST or plain.get(b"content-encoding") is not None:
        raise CheckSkipped(f"the page has {len(plain.body)} bytes: name another one with --option path=/…")
    return plain


def _asked(peer: Peer, ranges: bytes, more: bytes = b"", method: bytes = b"GET") -> Answer:
    client = Client(peer)
    client.send(method + b" %(path)s HTTP/1.1\r\nHost: %(host)s\r\nRange: " + ranges + b"\r\n" + literal(more) + b"\r\n")
    return in_step(client, method)


def _part(ranges: Callable[[int], str], cut: Callable[[bytes], tuple[int, int]]) -> Callable[[Peer], None]:
    """A check: this range (by the length of the page) is answered with the bytes `[start, stop)` that `cut` names."""

    def run(peer: Peer) -> None:
        body = _whole(peer).body
        start, stop = cut(body)
        answer = _asked(peer, ranges(len(body)).encode())
        if answer.status == 200 and answer.body == body:
            raise CheckSkipped("ranges are not supported")
        expect(answer, 206)
        place = _PLACE.fullmatch(answer.get(b"content-range") or b"")
        if place is None or (int(place[1]), int(place[2]) + 1, int(place[3])) != (start, stop, len(body)):
            raise CheckFailed(
                f"expected Content-Range bytes {start}-{stop - 1}/{len(body)}, got {answer.get(b'content-range')!r}"
            )
        if answer.body != body[start:stop]:
            raise CheckFailed(f"expected the {stop - start} bytes of that range, got {len(answer.body)} other ones")

    return run


def _supported(peer: Peer) -> Answer:
    """The whole page of a target that supports ranges."""
    plain = _whole(peer)
    if _asked(peer.again(), b"bytes=0-0").status != 206:
        raise CheckSkipped("ranges are not supported")
    return plain


def _unsatisfiable(peer: Peer) -> None:
    length = len(_supported(peer).body)
    answer = expect(_asked(peer, b"bytes=%d-" % length), 416)
    if answer.get(b"content-range") != b"bytes */%d" % length:
        raise CheckFailed(f"expected Content-Range bytes */{length} in the 416, got {answer.get(b'content-range')!r}")


def _not_partial(ranges: bytes) -> Callable[[Peer], None]:
    """A check: this Range is ignored or refused, but no part is sent."""

    def run(peer: Peer) -> None:
        plain = _supported(peer)
        answer = _asked(peer, ranges)
        if answer.status == 200 and answer.body != plain.body:
            raise CheckFailed("expected the whole page in a 200, got something else")
        expect(answer, 200, 400, 416, of=ranges.decode())

    return run


def _unknown_unit(peer: Peer) -> None:
    plain = _whole(peer)
    expect(_asked(peer, b"lines=0-1"), plain.status, of="a unit that nobody knows")


def _several(peer: Peer) -> None:
    body = _supported(peer).body
    answer = _asked(peer, b"bytes=0-0,-1")
    if answer.status == 200:
        raise CheckSkipped("several ranges are not supported")
    expect(answer, 206)
    kind = answer.get(b"content-type") or b""
    if not kind.lower().startswith(b"multipart/byteranges"):
        raise CheckFailed(f"expected multipart/byteranges, got {kind!r}")
    if answer.get(b"content-range") is not None:
        raise CheckFailed("expected no Content-Range beside several parts, there is one")
    places = [tuple(map(int, found)) for found in re.findall(rb"(?i)content-range: *bytes (\d+)-(\d+)/(\d+)", answer.body)]
    if places != [(0, 0, len(body)), (len(body) - 1, len(body) - 1, len(body))]:
        raise CheckFailed(f"expected a Content-Range in each of two parts, got {places}")


def _of_head(peer: Peer) -> None:
    _supported(peer)
    expect(_asked(peer, b"bytes=0-0", method=b"HEAD"), 200, of="HEAD with Range")


def _if_range(value: Callable[[Answer], bytes], wanted: int) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        plain = _supported(peer)
        expect(_asked(peer, b"bytes=0-0", b"If-Range: " + value(plain) + b"\r\n"), wanted, of="If-Range")

    return run


def _same_fields(peer: Peer) -> None:
    plain = _supported(peer)
    answer = expect(_asked(peer, b"bytes=0-0"), 206)
    for name in (b"etag", b"cache-control", b"content-location", b"expires", b"vary"):
        if plain.get(name) is not None and answer.get(name) is None:
            raise CheckFailed(f"expected {name.decode()} in the 206 as in the 200, it is missing")


def _condition_first(peer: Peer) -> None:
    plain = _supported(peer)
    expect(_asked(peer, b"bytes=0-0", b"If-None-Match: " + tag_of(plain) + b"\r\n"), 304, of="a false condition with Range")


def _no_coding(peer: Peer) -> None:
    answer = ask(peer, b"GET %(path)s HTTP/1.1\r\nHost: %(host)s\r\nAccept-Encoding: gzip;q=0, br;q=0, identity\r\n\r\n")
    if answer.get(b"content-encoding") in (b"gzip", b"br"):
        raise CheckFailed(f"expected no coding that weighs 0, got {answer.get(b'content-encoding')!r}")


def _vary(peer: Peer) -> None:
    answer = ask(peer, b"GET %(path)s HTTP/1.1\r\nHost: %(host)s\r\nAccept-Encoding: gzip\r\n\r\n")
    if answer.get(b"content-encoding") is None:
        raise CheckSkipped("the page is not compressed")
    if not {b"accept-encoding", b"*"} & set(answer.members(b"vary")):
        raise CheckFailed("expected Vary: Accept-Encoding in what was chosen by it, it is missing")


CHECKS = (
    Check(
        name="range-first",
        section="RFC 9110 14.1.2",
        rule="bytes=0-0 is the first byte",
        run=_part(lambda _: "bytes=0-0", lambda _: (0, 1)),
    ),
    Check(
        name="range-middle",
        section="RFC 9110 14.1.2",
        rule="Both ends of a range belong to it",
        run=_part(lambda _: "bytes=1-2", lambda _: (1, 3)),
    ),
    Check(
        name="range-open",
        section="RFC 9110 14.1.2",
        rule="A range without an end goes to the end",
        run=_part(lambda _: "bytes=1-", lambda body: (1, len(body))),
    ),
    Check(
        name="range-suffix",
        section="RFC 9110 14.1.2",
        rule="bytes=-2 are the last two bytes",
        run=_part(lambda _: "bytes=-2", lambda body: (len(body) - 2, len(body))),
    ),
    Check(
        name="range-suffix-too-long",
        section="RFC 9110 14.1.2",
        rule="More last bytes than there are, are all bytes",
        run=_part(lambda length: f"bytes=-{length + 10}", lambda body: (0, len(body))),
    ),
    Check(
        name="range-beyond-end",
        section="RFC 9110 14.1.2",
        rule="A range that ends beyond the end goes to the end",
        run=_part(lambda length: f"bytes=2-{length + 10}", lambda body: (2, len(body))),
    ),
    should(
        "range-unsatisfiable",
        "RFC 9110 15.5.17",
        "A range behind the end is answered with 416 and the true length",
        _unsatisfiable,
    ),
    Check(
        name="range-backwards",
        section="RFC 9110 14.1.1",
        rule="A range whose end lies before its beginning is invalid",
        run=_not_partial(b"bytes=3-1"),
    ),
    Check(name="range-words", section="RFC 9110 14.1.1", rule="A range in words is invalid", run=_not_partial(b"bytes=one-two")),
    Check(
        name="range-unknown-unit",
        section="RFC 9110 14.2",
        rule="A range in a unit that the server does not know is ignored",
        run=_unknown_unit,
    ),
    Check(
        name="range-several",
        section="RFC 9110 15.3.7.2",
        rule="Several ranges are sent as parts, each with its own Content-Range, and none for all",
        run=_several,
    ),
    Check(name="range-of-head", section="RFC 9110 14.2", rule="Range is ignored with other methods than GET", run=_of_head),
    Check(
        name="range-fields",
        section="RFC 9110 15.3.7",
        rule="206 has the ETag, Vary and cache fields that 200 would have",
        run=_same_fields,
    ),
    Check(
        name="range-behind-condition",
        section="RFC 9110 13.2.2",
        rule="Range is looked at when the other conditions are true only",
        run=_condition_first,
    ),
    Check(
        name="if-range",
        section="RFC 9110 13.1.5",
        rule="If-Range of the present entity tag: the part is sent",
        run=_if_range(tag_of, 206),
    ),
    Check(
        name="if-range-other",
        section="RFC 9110 13.1.5",
        rule="If-Range of another entity tag: Range is ignored",
        run=_if_range(lambda plain: tag_of(plain) and b'"another"', 200),
    ),
    Check(
        name="if-range-weak",
        section="RFC 9110 13.1.5",
        rule="If-Range compares strongly: with a weak tag Range is ignored",
        run=_if_range(lambda plain: b"W/" + tag_of(plain), 200),
    ),
    should("coding-refused", "RFC 9110 12.5.3", "A content coding that weighs 0 is not used", _no_coding),
    should("coding-vary", "RFC 9110 12.5.5", "What was chosen by Accept-Encoding says so in Vary", _vary),
)
