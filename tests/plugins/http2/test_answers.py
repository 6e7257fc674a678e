import pytest

from support.http2 import CLIENT, SERVER, data, frame, headers, last, settings
from workbench.api import Answer
from workbench_http2 import PROTOCOL
from workbench_http2.answers import answer
from workbench_http2.names import Type

REFUSED = Answer("refused", False)


def said(reply: bytes) -> Answer | None:
    return answer(last((CLIENT, headers(1, end=True)), (SERVER, reply)))


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(b"200", Answer("2xx", True)), (b"404", Answer("4xx", True)), (b"400", REFUSED), (b"431", REFUSED), (b"103", None)],
)
def test_a_status(status: bytes, meaning: Answer | None):
    assert said(headers(1, ((b":status", status),))) == meaning


@pytest.mark.parametrize(
    "reply", [data(1, b"x"), settings(), frame(Type.RST_STREAM, 1, error=0), frame(Type.RST_STREAM, 1, error=8)]
)
def test_what_every_server_does_in_its_own_way(reply: bytes):
    assert said(reply) is None


@pytest.mark.parametrize("reply", [frame(Type.RST_STREAM, 1, error=1), frame(Type.GOAWAY, last_stream_id=1, error=1, addata=b"")])
def test_errors_refuse(reply: bytes):
    assert said(reply) == REFUSED


def test_it_is_the_plugins_own():
    assert PROTOCOL.hints.answer is answer
