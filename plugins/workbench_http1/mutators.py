"""What HTTP/1.1 servers get wrong, for the fuzzer: where requests end (`smuggling`), how heads are written, what fields ask for."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from workbench.api import Mutated, Mutator
from workbench_http1 import smuggling
from workbench_http1.request_text import Edited, RequestText, brief, editing

__all__ = ["MUTATORS"]

_MANY = (100, 101, 1_000, 4_000)
"""Fields of one request: around the limits that servers have by default, and far beyond."""
_LONG = (4_096, 8_192, 16_384, 65_600)
"""Bytes of one line: around the buffers that servers have, and beyond a 16-bit length."""


def _folded(request: RequestText, random: Random) -> Edited | None:
    """RFC 9112 5.2."""
    if not request.fields:
        return None
    at = random.randrange(len(request.fields))
    name, colon, value = request.fields[at].partition(b":")
    fold = random.choice((b"\r\n ", b"\r\n\t", b"\n ", b"\r\n \r\n "))
    cut = random.randint(0, len(value))
    fields = (*request.fields[:at], name + colon + value[:cut] + fold + value[cut:], *request.fields[at + 1 :])
    return replace(request, fields=fields), "a field folded over two lines"


def _line_ends(request: RequestText, random: Random) -> Edited:
    """RFC 9112 2.2."""
    what, end = random.choice(
        (("LF alone", b"\n"), ("CR alone", b"\r"), ("CR CR LF", b"\r\r\n"), ("LF CR", b"\n\r"), ("NUL LF", b"\0\n"))
    )
    lines = [request.line, *request.fields, b""]
    if random.random() < 0.5:
        at = random.randrange(len(lines))
        return b"".join(
            line + (end if place == at else b"\r\n") for place, line in enumerate(lines)
        ) + request.body, f"{what} behind a line"
    return b"".join(line + end for line in lines) + request.body, f"{what} behind all lines"


_ODD_LINES = (
    b"X-A : b", b" X-A: b", b"\tX-A: b", b": b", b"X-A", b"X A: b", b"X-\0A: b", b"X-A\r: b", b"X(A): b", b"X\xc3\xa9: b",
    b":", b"X-A:: b", b"Content-Length : 5", b"Host : elsewhere.test", b"X-A:\x0b\x0c b", b"X-A: b\0c", b"X-A: b\rc",
    b"X-A: \x7f\x01",
)  # fmt: skip


def _odd_names(request: RequestText, random: Random) -> Edited:
    """RFC 9112 5.1."""
    line = random.choice(_ODD_LINES)
    return request.added(random, line), f"the field line {brief(line)}"


def _before(request: RequestText, random: Random) -> Edited:
    """RFC 9112 2.2: at least one empty line before a request is ignored, white space before the first field is not."""
    lead = random.choice((b"\r\n", b"\n", b"\r\n" * 100, b"\r\n" * 20_000, b" ", b"\t", b"\0", b"\r", b"\xef\xbb\xbf", b" \r\n"))
    if random.random() < 0.3:
        return replace(request, fields=(b" X-A: b", *request.fields)), "white space before the first field"
    return lead + bytes(request), f"{len(lead)} bytes before the request"


_TARGETS = (
    b"*", b"", b"http://", b"http://elsewhere.test", b"http://elsewhere.test/", b"HTTP://workbench.test:99999/",
    b"http://a@b@elsewhere.test/", b"http://[::1", b"http://[fe80::1%25lo]/", b"ftp://workbench.test/", b"//elsewhere.test/",
    b"elsewhere.test:80", b"[::1]:80", b"?", b"#", b"/#frag", b"/%", b"/%0", b"/%zz", b"/%00", b"/\0",
    b"/%2e%2e/%2e%2e/etc/passwd", b"/../../etc/passwd", b"/..;/", b"/./././", b"/\\..\\..\\", b"/%c0%ae%c0%ae/",
    b"/%252e%252e/", b"//////", b"/" + b"a/" * 5_000, b"/" + b"../" * 3_000, b"/" + b"a" * 9_000, b"/?" + b"a=b&" * 5_000,
    b"/?a[" + b"[" * 2_000, b"/a b", b"/\x7f\xff", b"javascript:0", b"/" + "é".encode(), b"/;a=b", b"/" + b"%41" * 4_000,
)  # fmt: skip


def _targets(request: RequestText, random: Random) -> Edited:
    """RFC 9112 3.2."""
    whole = b"http://" + random.choice((b"workbench.test", b"elsewhere.test", b"a:b@workbench.test:0")) + request.target
    target = random.choice((whole, *_TARGETS))
    return request.aimed_at(target), f"the target {brief(target)}"


_HOSTS = (
    (), (b"Host:",), (b"Host: workbench.test", b"Host: elsewhere.test"), (b"Host: workbench.test, elsewhere.test",),
    (b"Host: a b",), (b"Host: workbench.test:99999",), (b"Host: workbench.test:-1",), (b"Host: workbench.test:",),
    (b"Host: a@b",), (b"Host: /",), (b"Host: [::1",), (b"Host: [" + b":" * 300 + b"]",), (b"Host: " + b"a." * 5_000,),
    (b"Host: \xff\0",), (b"Host: ..",), (b"host: workbench.test", b"HOST: workbench.test"),
    (b"Host: http://workbench.test/",), (b"Host: %00",),
)  # fmt: skip


def _hosts(request: RequestText, random: Random) -> Edited:
    """RFC 9112 3.2: exactly one, and what is asked for is in the target where that has a host."""
    bare = request.without(b"host")
    lines: Sequence[bytes] = random.choice(_HOSTS)
    return bare.added(random, *lines), " and ".join(map(brief, lines)) or "no Host"


_RANGES = (
    b"0-", b"-0", b"-1", b"0-0", b"5-4", b"-", b"--1", b"0-0,", b",0-0", b"9223372036854775807-",
    b"18446744073709551615-18446744073709551616", b"-18446744073709551615", b"-9223372036854775808",
    b"0-18446744073709551615", b"0-4294967296", b"4294967296-4294967297", b"+1-2", b"0x0-0x5", b" 0 - 5 ", b"0-5\t",
    b"0-1,1-0", b"a-b", b"", b",".join(b"%d-%d" % (at, at + 1) for at in range(0, 400, 2)), b",".join([b"0-"] * 1_300),
    b",".join(b"5-%d" % at for at in range(1_300)),
)  # fmt: skip


def _ranges(request: RequestText, random: Random) -> Edited:
    """RFC 9110 14.2, 17.15: many small or overlapping ranges cost a server more than they cost us."""
    unit = random.choice((b"bytes=", b"bytes=", b"bytes=", b"bytes", b"bits=", b"BYTES = ", b"bytes==", b"none="))
    line = b"Range: " + unit + random.choice(_RANGES)
    more = random.choice(((), (b"If-Range: *",), (b'If-Range: "x"',), (b"If-Range: Thu, 01 Jan 1970 00:00:00 GMT",), (line,)))
    return request.without(b"range").added(random, line, *more), brief(line)


def _many_fields(request: RequestText, random: Random) -> Edited:
    """RFC 9110 5.4: who limits what it takes answers 4xx."""
    pick = random.randrange(4)
    if pick == 0:
        count = random.choice(_MANY)
        return request.added(random, *(b"X-%d: %d" % (at, at) for at in range(count))), f"{count} more fields"
    if pick == 1:
        count = random.choice(_MANY)
        return request.added(random, *[b"Cookie: a=b"] * count), f"one field {count} times"
    size = random.choice(_LONG)
    line = b"X-Long: " + b"a" * size if pick == 2 else b"X-" + b"a" * size + b": b"
    return request.added(random, line), f"a field of {size} bytes"


_CONNECTIONS = (
    (b"Connection: close, keep-alive",), (b"Connection: Host, Content-Length, Transfer-Encoding",),
    (b"Connection: " + b"x," * 5_000,),
    (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
    (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: ////", b"HTTP2-Settings:"),
    (b"Connection: Upgrade", b"Upgrade: h2c"), (b"Upgrade: h2c",), (b"Connection: Upgrade", b"Upgrade: websocket"),
    (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: x"),
    (b"Connection: Upgrade", b"Upgrade: HTTP/2.0, TLS/1.0, x/" + b"9" * 300), (b"Connection:",),
    (b"Keep-Alive: timeout=-1, max=0",), (b"Proxy-Connection: keep-alive", b"TE: trailers, chunked;q=0.5, x;q=2"),
    (b"Max-Forwards: -1",), (b"Max-Forwards: 99999999999",),
)  # fmt: skip


def _connection(request: RequestText, random: Random) -> Edited:
    """RFC 9110 7.6.1, 7.8; RFC 7540 3.2: what Connection names is dropped by proxies, upgrades change the protocol in the middle."""
    lines: Sequence[bytes] = random.choice(_CONNECTIONS)
    return request.added(random, *lines), " and ".join(map(brief, lines))


def _expects(request: RequestText, random: Random) -> Edited:
    """RFC 9110 10.1.1."""
    value = random.choice(
        (b"100-continue", b"100-Continue", b"100-continue, 100-continue", b"200-ok", b"", b"100-continue" * 500, b"x=y;z")
    )
    asked = request.added(random, b"Expect: " + value)
    if random.random() < 0.5:  # the content never comes, or something else does
        return replace(
            asked.framed(random, (b"Content-Length: 100", b"Expect: " + value), b""), body=b""
        ), "an expectation, and no content"
    return asked, "an expectation"


_VERSIONS = (
    b"HTTP/1.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/01.1", b"HTTP/1.01", b"HTTP/1.10", b"HTTP/1",
    b"HTTP/", b"http/1.1", b"HTTP/-1.1", b"HTTP/1.1 ", b"HTTP/1.1x", b"HTTP/99999999999.1", b"HTTPS/1.1", b"ICY/1.1",
    b"HTTP /1.1", b"HTTP/1,1", b"HTTP/1.1\0",
)  # fmt: skip


def _versions(request: RequestText, random: Random) -> Edited:
    """RFC 9112 2.3."""
    if random.random() < 0.15:
        return b"GET " + request.target + b"\r\n", "a request of HTTP/0.9"
    version = random.choice(_VERSIONS)
    return replace(request, line=request.line.rpartition(b" ")[0] + b" " + version), f"the version {brief(version)}"


_METHODS = (
    b"get", b"", b"GE", b"GETT", b"CONNECT", b"TRACE", b"PRI", b"M-SEARCH", b"PROPFIND", b"G\0T", b"G ET", b"GET\t", b"\x80",
    b"A" * 9_000, b"@",
)  # fmt: skip


def _methods(request: RequestText, random: Random) -> Edited:
    """RFC 9112 3, 3.1."""
    space = random.choice((b" ", b" ", b"  ", b"\t", b"\x0b", b"", b" " * 1_000))
    words = (random.choice((request.method, *_METHODS)), random.choice((b" ", space)), request.target, space, request.version)
    return replace(request, line=b"".join(words)), f"the request line {brief(b''.join(words))}"


_CONDITIONS = (
    b"*", b"*, *", b'"', b'""', b'W/"', b"W/", b'"a' + b'", "a' * 3_000 + b'"', b'"\0"', b"Thu, 01 Jan 1970 00:00:00 GMT",
    b"Fri, 31 Dec 9999 23:59:60 GMT", b"Thu, 99 Foo 0000 99:99:99 GMT", b"Thursday, 01-Jan-70 00:00:00 GMT",
    b"Thu Jan  1 00:00:00 1970", b"0", b"-1", b"99999999999999999999", b"Thu, 01 Jan 1970", b"",
)  # fmt: skip


def _conditions(request: RequestText, random: Random) -> Edited:
    """RFC 9110 13.1, 5.6.7."""
    name = random.choice((b"If-Match", b"If-None-Match", b"If-Modified-Since", b"If-Unmodified-Since", b"If-Range"))
    value = random.choice(_CONDITIONS)
    return request.added(random, name + b": " + value), f"{name.decode()}: {brief(value)}"


_PREFERENCES = (
    b"*;q=0", b"*;q=1.0001", b"*;q=-1", b"*;q=", b"*;q=nan", b"*;q=1e400", b"gzip;q=0.000, identity;q=0", b",,,,", b";",
    b"a/b;c=\"", b"gzip," * 2_000, b"*/*;q=0.1;q=0.9", b"gzip;Q=1", b"\xff", b"a" * 9_000, b"identity;q=0, *;q=0",
)  # fmt: skip


def _preferences(request: RequestText, random: Random) -> Edited:
    """RFC 9110 12.4.2, 12.5."""
    name = random.choice((b"Accept", b"Accept-Encoding", b"Accept-Language", b"Accept-Charset", b"TE"))
    value = random.choice(_PREFERENCES)
    return request.added(random, name + b": " + value), f"{name.decode()}: {brief(value)}"


_CREDENTIALS = (
    b"Basic", b"Basic ", b"Basic =", b"Basic Og==", b"Basic QQ==", b"Basic \xff", b"Basic " + b"QUFB" * 5_000, b"Bearer",
    b'a,b="', b'Digest username="', b"Digest " + b'a="b",' * 1_000, b"Negotiate " + b"A" * 2_000,
)  # fmt: skip


def _credentials(request: RequestText, random: Random) -> Edited:
    """RFC 9110 11.6.2, RFC 7617 2."""
    value = random.choice(_CREDENTIALS)
    return request.added(random, b"Authorization: " + value), f"the credentials {brief(value)}"


_BETWEEN = (b"\r\n", b"\0", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")


def _pipelined(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9112 9.3.2: answers come in order, however many requests come at once, and stop at the one that breaks."""
    requests = [raw for raw in messages if RequestText.of(raw) is not None]
    if not requests:
        return None
    count = random.choice((2, 3, 10, 100))
    said = [random.choice(requests) for _ in range(count) if sum(map(len, requests)) * count < 64_000]
    if not said:
        return None
    if random.random() < 0.5:
        said.insert(
            random.randint(0, len(said)),
            random.choice((b"\r\n", b"\0", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
        )
    at = random.randrange(len(messages))
    return Mutated.put(messages, at, b"".join(said), f"{len(said)} requests at once")


_EDITS = (
    ("both-lengths", "RFC 9112 6.3", smuggling.both_lengths),
    ("two-lengths", "RFC 9112 6.3", smuggling.two_lengths),
    ("odd-length", "RFC 9110 8.6", smuggling.odd_lengths),
    ("odd-coding", "RFC 9112 6.1", smuggling.odd_codings),
    ("chunk-size", "RFC 9112 7.1", smuggling.chunk_sizes),
    ("chunk-extension", "RFC 9112 7.1.1", smuggling.chunk_extensions),
    ("broken-chunks", "RFC 9112 7.1", smuggling.broken_chunks),
    ("trailers", "RFC 9110 6.5.1", smuggling.trailers),
    ("content-for-nothing", "RFC 9110 9.3.1", smuggling.body_for_nothing),
    ("coded-content", "RFC 9110 8.4", smuggling.coded_content),
    ("folded", "RFC 9112 5.2", _folded),
    ("line-ends", "RFC 9112 2.2", _line_ends),
    ("odd-field", "RFC 9112 5.1", _odd_names),
    ("before-request", "RFC 9112 2.2", _before),
    ("target", "RFC 9112 3.2", _targets),
    ("host", "RFC 9112 3.2", _hosts),
    ("ranges", "RFC 9110 14.2", _ranges),
    ("many-fields", "RFC 9110 5.4", _many_fields),
    ("connection", "RFC 9110 7.6.1", _connection),
    ("expect", "RFC 9110 10.1.1", _expects),
    ("version", "RFC 9112 2.3", _versions),
    ("request-line", "RFC 9112 3", _methods),
    ("condition", "RFC 9110 13.1", _conditions),
    ("preference", "RFC 9110 12.4.2", _preferences),
    ("credentials", "RFC 9110 11.6.2", _credentials),
)

MUTATORS = (
    *(Mutator(name, rule, editing(edit)) for name, rule, edit in _EDITS),
    Mutator("pipelined", "RFC 9112 9.3.2", _pipelined),
)
