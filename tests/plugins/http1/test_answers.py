import pytest

from dissectors import converse
from workbench.api import Answer, Direction
from workbench_http1 import PROTOCOL
from workbench_http1.answers import answer

REQUEST = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def said(response: bytes) -> Answer | None:
    turns = [(Direction.TO_SERVER, REQUEST), (Direction.TO_CLIENT, response)]
    (message,) = (each for each in converse(PROTOCOL, turns) if each.direction is Direction.TO_CLIENT)
    return answer(message)


def test_equal_content_is_equal_however_it_is_framed():
    plain = said(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: one\r\n\r\nhello")
    chunked = said(b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
    assert plain == chunked == Answer("2xx", True, {"length of the content": 5})


@pytest.mark.parametrize(
    ("status", "accepts", "kind"), [(400, False, "refused"), (505, False, "refused"), (404, True, "4xx"), (302, True, "3xx")]
)
def test_refusing_a_message_and_answering_no(status: int, accepts: bool, kind: str):
    assert said(b"HTTP/1.1 %d X\r\nContent-Length: 3\r\n\r\nbye" % status) == Answer(kind, accepts)


def test_interim_responses_do_not_count():
    assert said(b"HTTP/1.1 100 Continue\r\n\r\n") is None


def test_it_is_the_plugins_own():
    assert PROTOCOL.hints.answer is answer
