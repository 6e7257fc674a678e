from hypothesis import given
from hypothesis import strategies as st

from support.websocket import CLIENT, SERVER
from workbench_websocket.heads import begins_opening, head_end


def test_what_a_stream_begins_with():
    assert begins_opening(b"", CLIENT) is None
    assert begins_opening(b"G", CLIENT) is None
    assert begins_opening(b"GE", CLIENT) is True
    assert begins_opening(b"\x81\x80", CLIENT) is False
    assert begins_opening(b"A\xfe", CLIENT) is False  # the first fragment of a compressed text
    assert begins_opening(b"HTT", SERVER) is None
    assert begins_opening(b"HTTP/", SERVER) is True
    assert begins_opening(b"\x81\x05", SERVER) is False


def test_where_a_head_ends():
    assert head_end(b"GET / HTTP/1.1\r\nHost: h\r\n\r\nrest", 0) == 27
    assert head_end(b"GET / HTTP/1.1\nHost: h\n\nrest", 0) == 24
    assert head_end(b"GET / HTTP/1.1\r\nHost: h\r\n", 0) is None


@given(st.binary(max_size=20), st.sampled_from([CLIENT, SERVER]))
def test_more_bytes_do_not_change_an_answer(data, direction):
    known = None
    for size in range(len(data) + 1):
        now = begins_opening(data[:size], direction)
        assert known in (None, now)
        known = now
