"""What makes a request malformed, and what does not (RFC 9114 4.1.2, 4.2, 4.3)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.server_faults import StreamFault
from workbench_http3.server_fields import judge_request, judge_trailers
from workbench_http3.server_frames import ErrorCode

GET = ((b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/"), (b":authority", b"example.org"))
CONNECT = ((b":method", b"CONNECT"), (b":authority", b"example.org:443"))


@pytest.mark.parametrize(
    "fields",
    [
        GET,
        (*GET, (b"host", b"EXAMPLE.org"), (b"te", b"Trailers"), (b"x-empty", b""), (b"content-length", b"3"), (b"content-length", b"3")),
        (*GET[:3], (b"host", b"example.org")),
        CONNECT,
        ((b":method", b"OPTIONS"), (b":scheme", b"http"), (b":path", b"*"), GET[3]),
        ((b":method", b"GET"), (b":scheme", b"coap"), (b":path", b"/")),
        ((b":protocol", b"websocket"), (b":method", b"CONNECT"), *GET[1:]),
    ],
)  # fmt: skip
def test_well_formed(fields):
    assert judge_request(fields) == {name: value for name, value in fields if name.startswith(b":")}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (GET[1:], "no method"), ((GET[0], *GET[2:]), "no scheme"), ((*GET[:2], GET[3]), "the path"),
        ((*GET[:2], (b":path", b"*"), GET[3]), "the path"), ((*GET, (b":path", b"/")), "comes twice"),
        (((b"a", b"b"), *GET), "behind a regular one"), ((*GET, (b"A", b"b")), "upper-case"),
        ((*GET, (b"a", b" b")), "forbidden characters"),
        ((*GET, (b"upgrade", b"h2c")), "HTTP/1.1"), ((*GET, (b"te", b"gzip")), "HTTP/1.1"),
        ((*GET, (b"host", b"a"), (b"host", b"a")), "several Host"), ((*GET, (b"host", b"other")), "another than in Host"),
        (GET[:3], "no authority"), ((*GET[:3], (b":authority", b"")), "no authority"), ((*GET[:3], (b"host", b"")), "no authority"),
        ((*GET[:3], (b":authority", b"me@example.org")), "user information"),
        ((*GET, (b"content-length", b"1"), (b"content-length", b"2")), "no length, or several"),
        ((*GET, (b"content-length", b"+1")), "no length, or several"), ((*CONNECT, (b":path", b"/")), "CONNECT"), (CONNECT[:1], "CONNECT"),
        ((*GET, (b":protocol", b"websocket")), ":protocol"), (((b":method", b"G T"), *GET[1:]), "no method"),
    ],
)  # fmt: skip
def test_malformed(fields, text):
    with pytest.raises(StreamFault, match=text) as caught:
        judge_request(fields)
    assert caught.value.code is ErrorCode.H3_MESSAGE_ERROR


def test_trailers():
    judge_trailers(((b"x-checksum", b"1"),))
    with pytest.raises(StreamFault, match="pseudo-header"):
        judge_trailers(((b":path", b"/"),))


@given(st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=6))
def test_any_fields_are_judged_without_an_accident(fields):
    for judge in (judge_request, judge_trailers):
        with contextlib.suppress(StreamFault):
            judge(tuple(fields))
