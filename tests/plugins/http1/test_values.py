"""Values: decoded and encoded they give the same bytes; changed, the lengths follow."""

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http1 import CLIENT, lines, messages, only, request, response
from workbench_http1 import PROTOCOL
from workbench_http1.values import encode


def changed(message, **more):
    return encode(replace(message, value={**deepcopy(message.value), **more}))


@pytest.mark.parametrize("seed", PROTOCOL.seeds, ids=lambda seed: seed.name)
def test_seeds_come_back(seed):
    for message in messages((CLIENT, b"".join(seed.messages))):
        assert encode(message) == message.raw


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost:a\r\nB:   c  \r\nD:\r\n\r\n",
        b"\r\nGET / HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0A ;x\r\n0123456789\r\n00;y=z\r\nT: u\r\n\r\n",
        b"GET /x\r\n",
        b"HTTP/1.1 299 Some Thing\r\nA: one\r\n two\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_spelling_is_kept(data):
    assert encode(only((CLIENT, data))) == data


def test_length_follows_the_body():
    message = request("POST / HTTP/1.1\nHost: a\nContent-Length: 3", b"abc")
    assert changed(message, body=b"abcdef") == b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef"


def test_chunk_sizes_follow_their_data():
    message = request("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", b"3;x\r\nabc\r\n0\r\n\r\n")
    chunks = [{**message.value["chunks"][0], "data": b"abcdefghijklmnop"}]
    assert changed(message, chunks=chunks).endswith(b"\r\n\r\n10;x\r\nabcdefghijklmnop\r\n0\r\n\r\n")


def test_start_lines_change():
    message = request("GET / HTTP/1.1\nHost: a")
    assert changed(message, method=b"HEAD", target=b"/x").startswith(b"HEAD /x HTTP/1.1\r\n")
    answer = response("HTTP/1.1 200 OK\nContent-Length: 0")
    assert changed(answer, code=7, phrase=b"Odd").startswith(b"HTTP/1.1 007 Odd\r\n")


def test_headers_may_be_added_and_dropped():
    message = request("GET / HTTP/1.1\nHost: a\nB: c")
    kept = message.value["headers"][1:]
    assert changed(message, headers=kept * 2) == b"GET / HTTP/1.1\r\nB: c\r\nB: c\r\n\r\n"


def test_a_length_that_does_not_frame_is_left_alone():
    head = response("HTTP/1.1 200 OK\nContent-Length: 500", method="HEAD")
    assert encode(head) == head.raw


def test_incomplete_messages_cannot_be_encoded():
    with pytest.raises(ValueError, match="incomplete"):
        encode(only((CLIENT, lines("POST / HTTP/1.1\nHost: a\nContent-Length: 3"))))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_a_changed_body_decodes_to_itself(before, after):
    message = request(f"POST / HTTP/1.1\nHost: a\nContent-Length: {len(before)}", before)
    (again,) = messages((CLIENT, changed(message, body=after)))
    assert again.value["body"] == after
    assert again.errors == ()
