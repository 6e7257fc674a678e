import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import CheckFailed
from workbench_http1.checks.answers import read_answer


def read(data, method=b"GET", *, ended=False):
    return read_answer(data, method, ended=ended)


def test_content_with_a_length_ends_there():
    answer = read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: \t a  b \r\n\r\nhello and more")
    assert (answer.status, answer.body, answer.framing, answer.version) == (200, b"hello", "length", (1, 1))
    assert answer.headers == ((b"content-length", b"5"), (b"x", b"a  b"))
    assert answer.size == len(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: \t a  b \r\n\r\nhello")


def test_chunks_and_trailers():
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=1\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nrest"
    answer = read(data)
    assert (answer.body, answer.framing, answer.trailers) == (b"hello0123456789", "chunked", ((b"x-sum", b"1"),))
    assert data[answer.size :] == b"rest"


def test_content_without_a_length_ends_with_the_connection():
    data = b"HTTP/1.0 200 OK\r\n\r\nhello"
    assert read(data) is None
    answer = read(data, ended=True)
    assert (answer.body, answer.framing, answer.version) == (b"hello", "close", (1, 0))


@pytest.mark.parametrize(
    ("status", "method"),
    [(b"204 No Content", b"GET"), (b"304 Not Modified", b"GET"), (b"200 OK", b"HEAD"), (b"200 OK", b"CONNECT")],
)
def test_some_answers_end_with_their_head(status, method):
    answer = read(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\nhello", method)
    assert (answer.body, answer.framing) == (b"", "none")


def test_interim_answers_come_before_the_final_one():
    answer = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n")
    assert (answer.interim, answer.status) == ((100, 103), 204)
    assert read(b"HTTP/1.1 100 Continue\r\n\r\n") is None


WHOLE = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"
)


@given(st.integers(0, len(WHOLE) - 1))
def test_no_answer_before_it_is_whole(size):
    assert read(WHOLE[:size]) is None


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "expected a response"),
        (b"HTTP/1.1 200\r\n\r\n", "status line"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "status line"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "status line"),
        (b"HTTP/11 200 OK\r\n\r\n", "status line"),
        (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "CRLF"),
        (b"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "field line"),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", "field line"),
        (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "field line"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", "Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", "Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "beside"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n", "size of a chunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n", "size of a chunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n", "CRLF behind"),
    ],
)
def test_what_is_no_response_fails(data, what):
    with pytest.raises(CheckFailed, match=what):
        read(data)


@given(st.binary(max_size=60), st.booleans())
def test_nothing_else_is_raised(junk, ended):
    for data in (junk, b"HTTP/1.1 200 OK\r\n" + junk, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + junk):
        try:
            answer = read(data, ended=ended)
        except CheckFailed:
            continue
        assert answer is None or answer.size <= len(data)
