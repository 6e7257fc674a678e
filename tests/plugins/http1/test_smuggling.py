import gzip

import pytest

from support.mutating import said
from workbench_http1.mutators import MUTATORS

GET = (b"GET /a HTTP/1.1\r\nHost: workbench.test\r\n\r\n",)


def bodies(name: str) -> list[tuple[list[bytes], bytes]]:
    """Field lines and body of every variant."""
    parts = [raw.partition(b"\r\n\r\n") for raw in said(MUTATORS, name, GET)]
    return [(head.split(b"\r\n")[1:], body) for head, _, body in parts]


def test_either_of_two_lengths_hides_a_request():
    hidden = set()
    for lines, body in bodies("both-lengths"):
        length = int(next(line for line in lines if line.startswith(b"Content-Length")).split()[1])
        assert b"Transfer-Encoding: chunked" in lines
        # read by length or read by chunks, a request is left over for one of both
        hidden.add("chunks" if body.startswith(b"0\r\n\r\nGET") and length == len(body) else "length")
        assert length == len(body) or body[length:].startswith(b"GET /smuggled")
    assert hidden == {"chunks", "length"}


def test_two_lengths_differ_or_are_a_list():
    counts = {sum(line.lower().startswith(b"content-length") for line in lines) for lines, _ in bodies("two-lengths")}
    assert counts == {1, 2}


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("odd-length", (b"Content-Length: +7", b"Content-Length: 18446744073709551616", b"Content-Length: 0x7")),
        ("odd-coding", (b"Transfer-Encoding : chunked", b"Transfer-Encoding: chunked, identity", b"X: x\nTransfer-Encoding: chunked")),
        ("chunk-size", (b"ffffffffffffffff\r\nhello", b"0x5\r\nhello", b"-5\r\nhello", b"5 \r\nhello")),
        ("chunk-extension", (b'5;a="\r\n0\r\n\r\n"\r\nhello', b"5;\n\r\nhello")),
        ("broken-chunks", (b"5\r\nhello0\r\n", b"5\nhello", b"5\r\nhelloXX")),
        ("trailers", (b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\nGET /smuggled HTTP/1.1\r\n")),
        ("content-for-nothing", (b"GET /a HTTP/1.1", b"TRACE /a HTTP/1.1")),
    ],
)  # fmt: skip
def test_what_they_are_for_occurs(name, tokens):
    raws = said(MUTATORS, name, GET, 1000)
    assert [token for token in tokens if not any(token in raw for raw in raws)] == []


def test_content_grows_when_it_is_decoded():
    whole = [body for lines, body in bodies("coded-content") if b"Content-Encoding: gzip" in lines]
    assert max(len(gzip.decompress(body)) for body in whole if body.endswith(bytes([0x00, 0x80, 0x00]))) > 1000 * min(
        map(len, whole)
    )
