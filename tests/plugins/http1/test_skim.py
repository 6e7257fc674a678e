"""The fast lane. Invariant: it says what the decoder says, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.engine import converse
from workbench.api import Direction
from workbench.laws.skimming import dialogue_of, row_of, rows_of
from workbench_http1 import PROTOCOL
from workbench_http1.skim import skim

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT

REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b'GET /a"b\\c?q="%s HTTP/1.1\r\nHost: www.example.com:80\r\nCookie: sid="x%y"; a=b\r\nX-Odd: \xe4"\\\r\n\r\n',
    b"POST /p HTTP/1.1\r\nhost: b\r\nContent-Length: 5\r\nContent-Type: text/plain; charset=x\r\n\r\nhello",
    b"POST /p?x HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\nabc",
    b"PUT /c HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
    b"HEAD /h HTTP/1.1\r\nHost: d\r\nAccept: a\r\nAccept: b\r\n\r\n",
    b"GET /old HTTP/1.0\r\n\r\n",
    b"OPTIONS /o HTTP/1.1\r\nHost: \r\nExpect: 100-continue\r\n\r\n",
    b"POST /p HTTP/1.1\r\nhost: b\r\nCONTENT-LENGTH: 5\r\n\r\nhello",
    b"GET /x#f HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /two HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /folded HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
    b"POST /twice HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    b"POST /zeros HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n1234567",
)
RESPONSES = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/html;x\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Type: a\r\nContent-Type: b\r\n\r\n",
    b'HTTP/1.1 304 Not Modified\r\nETag: "abc"\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Length: 7\r\n\r\n',
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 404 Nicht \xfc\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.0 299 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nT: r\r\n\r\n",
)


def agree(turns) -> bool:
    """Whether the conversation was skimmed; what was is compared."""
    found = skim(dialogue_of(turns))
    if found is None:
        return False
    messages = converse(PROTOCOL, turns)
    for direction in Direction:
        expected = [row_of(message) for message in messages if message.direction is direction]
        until = None if found.rest is None else found.rest[direction]
        assert rows_of(found, direction) == [row for row in expected if until is None or row[2] <= until]
    return True


@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_each_request(number):
    assert agree([(UP, REQUESTS[number])]) == (number < 8)


@pytest.mark.parametrize("number", range(len(RESPONSES)))
def test_each_response(number):
    assert agree([(UP, REQUESTS[0]), (DOWN, RESPONSES[number])]) == (number < 7)


@given(
    st.lists(st.sampled_from(REQUESTS[:8]), min_size=1, max_size=6),
    st.lists(st.sampled_from(RESPONSES[:7]), max_size=6),
    st.lists(st.integers(0, 11), max_size=6),
)
def test_any_conversation(requests, responses, places):
    turns = [(UP, request) for request in requests]
    for response, place in zip(responses, [*places, *range(20)], strict=False):
        turns.insert(place, (DOWN, response))
    agree(turns)


_VALUES = st.binary(max_size=12).map(lambda value: value.replace(b"\n", b"").replace(b"\r", b""))
_NAMES = st.sampled_from(
    [b"Cookie", b"ETag", b"X-A", b"Content-Length", b"Date", b"content-type", b"Referer", b"Host", b"odd name"]
)


@given(st.lists(st.tuples(_NAMES, st.sampled_from([b": ", b":", b":  "]), _VALUES), max_size=8), st.integers(1, 3))
def test_any_header_section(lines, times):
    section = b"".join(name + colon + value + b"\r\n" for name, colon, value in lines)
    agree([(UP, (b"GET / HTTP/1.1\r\nHost: a\r\n" + section + b"\r\n") * times)])
    agree([(UP, REQUESTS[0]), (DOWN, b"HTTP/1.1 304 Not Modified\r\n" + section + b"\r\n")])


UPGRADE = b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def test_a_switch_of_protocols_hands_over():
    turns = [(UP, UPGRADE), (DOWN, SWITCH + b"\x81\x00"), (UP, b"\x81\x80abcd")]
    assert agree(turns)
    found = skim(dialogue_of(turns))
    assert found is not None
    assert (found.rest, found.protocol) == ((len(UPGRADE), len(SWITCH)), "websocket")
    assert found.facts["request"][1] == (b"upgrade", b"websocket")
    assert found.facts["status"] == 101


@pytest.mark.parametrize(
    "turns",
    [
        [(UP, UPGRADE)],
        [(UP, UPGRADE), (DOWN, RESPONSES[0])],
        [(UP, UPGRADE), (DOWN, SWITCH.replace(b"websocket", b"other"))],
        [(UP, UPGRADE), (UP, UPGRADE), (DOWN, SWITCH)],
        [(UP, UPGRADE), (DOWN, SWITCH.replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\n\r\n"))],
        [(UP, REQUESTS[0] + UPGRADE), (DOWN, RESPONSES[0] + SWITCH)],
        [(UP, b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), (DOWN, b"HTTP/1.1 200 OK\r\n\r\n")],
        [(DOWN, RESPONSES[0])],
        [(UP, REQUESTS[0][:-1])],
        [(UP, REQUESTS[0]), (DOWN, RESPONSES[0][:-1])],
        [(UP, REQUESTS[0]), (DOWN, RESPONSES[0].replace(b"\r\n", b"\n", 1))],
        [(DOWN, REQUESTS[0]), (UP, RESPONSES[0])],
    ],
)
def test_what_is_left_to_the_decoder(turns):
    assert not agree(turns)


def test_an_answer_before_its_question_is_left_to_the_decoder():
    early = [(DOWN, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), (UP, REQUESTS[5])]
    assert not agree(early)
    assert agree(early[::-1])
