"""Valid client sides of sessions, as real clients write them. Each session ends so that the reference server answers all of it."""

from workbench.api import Hints, Secret, Seed, list_on_demand
from workbench_http1.answers import answer

__all__ = ["HINTS", "SECRET", "SEEDS", "TOKENS"]


def _lines(*lines: str) -> bytes:
    return "".join(line + "\r\n" for line in (*lines, "")).encode()


_CURL_GET = _lines("GET / HTTP/1.1", "Host: workbench.test", "User-Agent: curl/8.5.0", "Accept: */*")
_HEAD = _lines("HEAD /hello.txt HTTP/1.1", "Host: workbench.test", "User-Agent: curl/8.5.0", "Accept: */*")
_FORM = b"name=workbench&kind=protocol"
_POST = (
    _lines(
        "POST /echo HTTP/1.1",
        "Host: workbench.test",
        "User-Agent: python-requests/2.32.0",
        "Accept-Encoding: gzip, deflate",
        "Connection: keep-alive",
        f"Content-Length: {len(_FORM)}",
        "Content-Type: application/x-www-form-urlencoded",
    )
    + _FORM
)
_ECHO = _lines("POST /echo HTTP/1.1", "Host: workbench.test", "X-Echo-Length: 4", "Content-Length: 8") + b"abcdefgh"
_CHUNKED = (
    _lines(
        "POST /echo HTTP/1.1",
        "Host: workbench.test",
        "Content-Type: text/plain",
        "Transfer-Encoding: chunked",
        "Trailer: X-Checksum",
    )
    + b"7\r\nchunked\r\n5;part=2\r\n body\r\n0\r\nX-Checksum: 0d4a1185\r\n\r\n"
)
_UPLOAD = (
    _lines("PUT /store/c HTTP/1.1", "Host: workbench.test", "Transfer-Encoding: chunked", "Trailer: X-Count")
    + b"4\r\nabcd\r\n0\r\nX-Count: 1\r\n\r\n"
)
_EXPECT = (
    _lines(
        "PUT /store/a.txt HTTP/1.1",
        "Host: workbench.test",
        "Expect: 100-continue",
        "Content-Type: text/plain",
        "Content-Length: 5",
    )
    + b"hello"
)

SEEDS = (
    Seed("get", (_CURL_GET,)),
    Seed("head", (_HEAD,)),
    Seed("post-form", (_POST,)),
    Seed("echo-length", (_ECHO,)),
    Seed("post-chunked-with-trailers", (_CHUNKED,)),
    Seed("put-chunked-with-trailers", (_UPLOAD,)),
    Seed("escaped", (_lines("GET /hello%2Etxt HTTP/1.1", "Host: workbench.test"),)),
    Seed("pipelined", (_CURL_GET, _HEAD, _lines("GET /hello.txt HTTP/1.1", "Host: workbench.test"))),
    Seed("options-asterisk", (_lines("OPTIONS * HTTP/1.1", "Host: workbench.test", "Max-Forwards: 3"),)),
    Seed("absolute-form", (_lines("GET http://workbench.test/hello.txt HTTP/1.1", "Host: workbench.test"),)),
    Seed("http-1.0", (_lines("GET /hello.txt HTTP/1.0", "User-Agent: ApacheBench/2.3"),)),
    Seed("gzip", (_lines("GET /data.json HTTP/1.1", "Host: workbench.test", "Accept-Encoding: gzip;q=0.8, identity;q=0.5"),)),
    Seed("range", (_lines("GET /hello.txt HTTP/1.1", "Host: workbench.test", "Range: bytes=0-4"),)),
    Seed("conditional", (_lines("GET /hello.txt HTTP/1.1", "Host: workbench.test", "If-None-Match: *"),)),
    Seed("expect-continue", (_EXPECT,)),
    Seed("put-get-delete", (
        _lines("PUT /store/b HTTP/1.1", "Host: workbench.test", "Content-Length: 3") + b"abc",
        _lines("GET /store/b HTTP/1.1", "Host: workbench.test"),
        _lines("DELETE /store/b HTTP/1.1", "Host: workbench.test"),
    )),
    Seed("close", (_lines("GET /stream?parts=3 HTTP/1.1", "Host: workbench.test", "Connection: close"),)),
)  # fmt: skip

_TOKEN = b"sesame-9d0f3a77"
_LOGIN = _lines("POST /echo HTTP/1.1", "Host: workbench.test", f"Content-Length: {len(_TOKEN)}") + _TOKEN
SECRET = Secret(Seed("secret", (_LOGIN,)), _TOKEN)
"""Somebody else's session: its content must not turn up in any other."""

TOKENS = (
    b"\r\n", b"\n", b"\r", b"\0", b" :", b"HTTP/1.0", b"HTTP/1.1", b"HTTP/9.9", b"GET", b"HEAD", b"CONNECT", b"TRACE",
    b"Content-Length: ", b"Transfer-Encoding: ", b"Transfer-Encoding: chunked\r\n", b"identity", b"chunked", b"Host: ",
    b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"Accept-Encoding: gzip\r\n", b"Upgrade: h2c\r\n", b"Range: bytes=",
    b"Max-Forwards: 0\r\n", b"X-Echo-Length: ", b"q=0",
    b"If-None-Match: ", b"0\r\n\r\n", b"ffffffffffffffff", b"-1", b"0x10", b"+1", b"18446744073709551616", b";a=b",
    b"%00", b"%2e%2e/", b"../", b"?", b"#",
)  # fmt: skip
"""What a byte-level mutator should know about: fragments on which parsers are known to differ."""

HINTS = Hints(
    tokens=TOKENS,
    replies=("http.response.code",),
    secret=SECRET,
    answer=answer,
    mutators=list_on_demand("workbench_http1.mutators:MUTATORS"),
)
