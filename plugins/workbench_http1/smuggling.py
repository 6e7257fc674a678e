"""Requests about whose end two readers may disagree (RFC 9112 6.3, 11.2): what one takes for content, the other takes for a request."""

import zlib
from collections.abc import Sequence
from functools import cache
from random import Random

from workbench_http1.request_text import Edited, RequestText, brief

__all__ = [
    "body_for_nothing",
    "both_lengths",
    "broken_chunks",
    "chunk_extensions",
    "chunk_sizes",
    "coded_content",
    "odd_codings",
    "odd_lengths",
    "trailers",
    "two_lengths",
]

_HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: workbench.test\r\n\r\n"
"""The request that one of two readers sees."""
_CHUNKED = b"Transfer-Encoding: chunked"
_LONG = 70_000
"""Bytes of what is to be longer than a 16-bit length."""


def _length(value: object) -> bytes:
    return b"Content-Length: %s" % str(value).encode("latin-1")


def _chunk(data: bytes, size: bytes | None = None) -> bytes:
    return (b"%x" % len(data) if size is None else size) + b"\r\n" + data + b"\r\n"


_LAST = b"0\r\n\r\n"


def both_lengths(request: RequestText, random: Random) -> Edited:
    """RFC 9112 6.3, rule 3: Transfer-Encoding overrides Content-Length, and both together ought to be an error."""
    if random.random() < 0.5:
        body, size, what = _LAST + _HIDDEN, len(_LAST + _HIDDEN), "a length that covers a request behind the last chunk"
    else:
        body, size, what = (
            _chunk(_HIDDEN) + _LAST,
            len(b"%x\r\n" % len(_HIDDEN)),
            "a length that ends before a request in a chunk",
        )
    lines = [_length(size), _CHUNKED]
    random.shuffle(lines)
    return request.framed(random, lines, body), what


def two_lengths(request: RequestText, random: Random) -> Edited:
    """RFC 9112 6.3, rule 5: lengths that differ are an error; a list of equal ones may be taken as one."""
    content = request.body[:64] or b"content"
    real, other = len(content), random.choice((0, 1, len(content) + len(_HIDDEN), len(content) - 1))
    lines: tuple[bytes, ...] = random.choice(
        (
            (_length(real), _length(other)),
            (_length(other), _length(real)),
            (_length(f"{real}, {other}"),),
            (_length(f"{real}, {real}"),),
            (_length(f"{real},"),),
            (_length(real), b"content-length: %d" % other),
        )
    )
    return request.framed(random, lines, content + random.choice((b"", _HIDDEN))), f"Content-Length of {real} and {other}"


_LENGTHS = (
    "+{0}", "-{0}", "0{0}", "0x{0:x}", "{0}.0", "{0}e0", " {0}", "{0} ", "{0}\t", "\x0b{0}", "{0};", "{0}_0", "1{0:_>3}", "",
    "{0}\r\n ", "\u0663", "4294967296", "4294967301", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "18446744073709551621", "-1", "-0", "1" * 400, "0" * 5_000 + "{0}",
)  # fmt: skip
"""Texts that some function or other takes for a number. RFC 9110 8.6: digits, and nothing else."""


def odd_lengths(request: RequestText, random: Random) -> Edited:
    """RFC 9110 8.6: what is no number, or none that fits, is an error."""
    content = request.body[:64] or b"content"
    value = random.choice(_LENGTHS).format(len(content)).encode("utf-8")
    return request.framed(random, [b"Content-Length: " + value], content), f"Content-Length: {brief(value)}"


_CODINGS = (
    b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: identity, chunked", b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, gzip", b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: CHUNKED", b"Transfer-Encoding:chunked", b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding : chunked", b"Transfer-Encoding\t: chunked",
    b" Transfer-Encoding: chunked", b"Transfer-Encoding:\r\n chunked", b"X: x\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked;q=1", b"Transfer-Encoding: \"chunked\"", b"Transfer-Encoding: ,chunked",
    b"Transfer_Encoding: chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding: x\r\n" + _CHUNKED, b"Transfer-Encoding:", b"Transfer-Encoding: chun\0ked",
    b"Transfer-Encoding: " + b"chunked, " * 200 + b"chunked",
)  # fmt: skip


def odd_codings(request: RequestText, random: Random) -> Edited:
    """RFC 9112 6.1: chunked comes last, once, and nothing that is not understood is guessed at."""
    lines = [random.choice(_CODINGS), *([_length(len(_LAST + _HIDDEN))] if random.random() < 0.5 else [])]
    return request.framed(random, lines, _LAST + _HIDDEN), brief(lines[0])


_SIZES = (
    b"ffffffffffffffff", b"fffffffffffffffe", b"7fffffffffffffff", b"8000000000000000", b"10000000000000000",
    b"1000000000000000a", b"ffffffff", b"100000000", b"100000005", b"80000000", b"-5", b"+5", b"0x5", b" 5", b"5 ", b"5\t",
    b"5_0", b"g", b"", b"00000000000000005", b"0" * 4_096 + b"5", b"5,5", b"5.", b"\xd9\xa5",
)  # fmt: skip


def chunk_sizes(request: RequestText, random: Random) -> Edited:
    """RFC 9112 7.1: recipients must anticipate large sizes, and prevent errors of conversion."""
    size = random.choice(_SIZES)
    body = _chunk(b"first") * random.randrange(2) + _chunk(b"hello", size) + _LAST
    return request.framed(random, [_CHUNKED], body), f"a chunk of size {brief(size)}"


_EXTENSIONS = (
    b";" + b"a" * _LONG, b";a=b" * 4_000, b';a="\r\n0\r\n\r\n"', b";a=\n0", b";\n", b";a\r", b"; ", b";;;", b';a="',
    b";a=b\0", b" ;a", b"\t; a = b", b'; a="\\""', b'; a="' + b"\\\r" * 3 + b'"', b",5", b"\n",
)  # fmt: skip


def chunk_extensions(request: RequestText, random: Random) -> Edited:
    """RFC 9112 7.1.1: unknown extensions are ignored, and their length is limited."""
    extension = random.choice(_EXTENSIONS)
    body = _chunk(b"hello", b"5" + extension) + _LAST + random.choice((b"", _HIDDEN))
    return request.framed(random, [_CHUNKED], body), f"the chunk extension {brief(extension)}"


def broken_chunks(request: RequestText, random: Random) -> Edited:
    """RFC 9112 7.1: data end with CRLF, and the last chunk is there and last."""
    what, body = random.choice(
        (
            ("no CRLF behind the data", b"5\r\nhello" + _LAST),
            ("LF alone behind the data", b"5\r\nhello\n" + _LAST),
            ("other bytes behind the data", b"5\r\nhelloXX" + _LAST),
            ("LF alone behind the size", b"5\nhello\r\n" + _LAST),
            ("CR alone behind the size", b"5\rhello\r\n" + _LAST),
            ("no last chunk", _chunk(b"hello")),
            ("two last chunks", _chunk(b"hello") + b"0\r\n" + _LAST),
            ("LF alone at the end", _chunk(b"hello") + b"0\n\n" + _HIDDEN),
            ("a chunk behind the last one", _LAST + _chunk(b"hello") + _LAST),
            ("a thousand chunks of one byte", _chunk(b"x") * 1_000 + _LAST),
            ("a chunk that ends too early", _chunk(b"hello", b"ff") + _LAST),
            ("several last chunks of zeros", b"000\r\n" + _LAST + _HIDDEN),
        )
    )
    return request.framed(random, [_CHUNKED], body), what


_TRAILERS = (
    b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: elsewhere.test\r\n",
    b"Authorization: Basic Og==\r\n", b"X-A: b\r\n" * 1_000, b"X: " + b"a" * _LONG + b"\r\n", b"X-A: b\r\n folded\r\n",
    b"X-A : b\r\n", b": b\r\n", b"X-A\r\n", b"X-A: b\n", b"\0: b\r\n", _HIDDEN[:-2], b"Expect: 100-continue\r\n",
    b"Connection: close\r\n",
)  # fmt: skip


def trailers(request: RequestText, random: Random) -> Edited:
    """RFC 9110 6.5.1: fields that say how a message is read, routed or who sent it do not belong into trailers."""
    fields = random.choice(_TRAILERS)
    lines: Sequence[bytes] = (_CHUNKED, b"Trailer: " + fields.partition(b":")[0][:40].strip() or b"x")
    return request.framed(
        random, lines[: random.randint(1, 2)], _chunk(b"hello") + b"0\r\n" + fields + b"\r\n"
    ), f"the trailer {brief(fields)}"


def body_for_nothing(request: RequestText, random: Random) -> Edited:
    """RFC 9110 9.3.1: what content in GET or HEAD means is not defined; who does not read it, reads it as the next request."""
    method = random.choice((b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT"))
    framed = request.framed(random, [random.choice((_length(len(_HIDDEN)), _length(0), b"Content-Length:"))], _HIDDEN)
    text = RequestText(b" ".join((method, request.target, request.version)), framed.fields, framed.body)
    return text, f"{method.decode()} with a request as its content"


@cache
def _bomb(kind: str) -> bytes:
    zeros = bytes(8 * 1024 * 1024)
    packed = zlib.compress(zeros, 9, wbits=31 if kind == "gzip" else 15)
    return zlib.compress(packed, 9, wbits=31) if kind == "gzip, gzip" else packed


def coded_content(request: RequestText, random: Random) -> Edited:
    """RFC 9110 8.4: who decodes content limits what comes out."""
    kind = random.choice(("gzip", "deflate", "gzip, gzip", "br", "zstd", "gzip, " * 50 + "gzip"))
    content = _bomb(kind if kind in ("gzip", "deflate", "gzip, gzip") else "deflate")
    cut = len(content) if random.random() < 0.5 else random.randrange(1, len(content))
    lines = [_length(cut), b"Content-Encoding: " + kind.encode()]
    return request.framed(
        random, lines, content[:cut]
    ), f"{cut} bytes of content that become eight million, said to be {kind[:20]}"
