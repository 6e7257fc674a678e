"""RFC 6455 4.2: which requests are accepted, answered as plain HTTP, or refused."""

import pytest

from support.websocket import CLIENT, opening
from workbench_websocket.extensions import Deflate
from workbench_websocket.openings import read_opening
from workbench_websocket.requests import Accepted, Answer, answer_bytes, respond
from workbench_websocket.settings import Settings


def ask(data, settings=None):
    return respond(read_opening(data, CLIENT), settings or Settings())


def lines(text):
    return (text + "\n\n").replace("\n", "\r\n").encode()


def test_a_handshake():
    found = ask(opening("/broadcast?x=1"))
    assert isinstance(found, Accepted)
    assert (found.endpoint, found.query, found.deflate, found.subprotocol) == ("broadcast", {"x": "1"}, None, "")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in found.response


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (lines("GET / HTTP/1.1\nHost: h"), 200),
        (lines("HEAD / HTTP/1.1\nHost: h"), 200),
        (lines("GET /health HTTP/1.1\nHost: h"), 200),
        (lines("GET /nowhere HTTP/1.1\nHost: h"), 404),
        (lines("GET /echo HTTP/1.1\nHost: h"), 426),
        (lines("POST / HTTP/1.1\nHost: h"), 405),
        (lines("nonsense"), 400),
        (lines("GET / HTTP/2.0\nHost: h"), 505),
        (lines("GET http://[/ HTTP/1.1\nHost: h"), 400),
        (lines("GET / HTTP/1.1\nHost: h\nno field"), 400),
        (opening("/nowhere"), 404),
        (opening("/close?code=1005"), 400),
        (opening("/close?code=x"), 400),
        (opening(drop=["Host"]), 400),
        (opening(drop=["Connection"]), 400),
        (opening(drop=["Upgrade"]), 426),
        (opening(drop=["Sec-WebSocket-Key"]), 400),
        (opening("/", "Sec-WebSocket-Version: 8", drop=["Sec-WebSocket-Version"]), 426),
        (opening("/", "Content-Length: 5"), 400),
        (opening("/", "Transfer-Encoding: chunked"), 400),
        (opening("/", "Sec-WebSocket-Extensions: x-other"), 101),
        (opening("/", "Sec-WebSocket-Extensions: a b"), 400),
        (opening("/", "Sec-WebSocket-Protocol: a, a"), 400),
        (opening("/", "Sec-WebSocket-Protocol: a b"), 400),
        (opening("/").replace(b"GET", b"PUT"), 405),
        (opening("/").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    ],
)
def test_statuses(request_, status):
    found = ask(request_)
    assert (101 if isinstance(found, Accepted) else found.status) == status


def test_a_wrong_version_hears_the_right_one():
    found = ask(opening("/", "Sec-WebSocket-Version: 8", drop=["Sec-WebSocket-Version"]))
    assert b"\r\nSec-WebSocket-Version: 13\r\n" in answer_bytes(found)


def test_the_first_subprotocol_is_taken():
    found = ask(opening("/", "Sec-WebSocket-Protocol: chat, superchat"))
    assert found.subprotocol == "chat"
    assert b"\r\nSec-WebSocket-Protocol: chat\r\n" in found.response


@pytest.mark.parametrize(
    ("offer", "agreed", "answer"),
    [
        ("permessage-deflate", Deflate(server_bits=12), "permessage-deflate; server_max_window_bits=12"),
        (
            "permessage-deflate; client_max_window_bits",
            Deflate(server_bits=12, client_bits=12),
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
        ),
        (
            "permessage-deflate; client_max_window_bits=10; server_max_window_bits=9; server_no_context_takeover",
            Deflate(False, True, 9, 10),
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10",
        ),
        ("permessage-deflate; server_max_window_bits=8", None, ""),
        ("permessage-deflate; x, permessage-deflate", Deflate(server_bits=12), "permessage-deflate; server_max_window_bits=12"),
        ("x-other", None, ""),
    ],
)
def test_compression(offer, agreed, answer):
    found = ask(opening("/", f"Sec-WebSocket-Extensions: {offer}"))
    assert found.deflate == agreed
    said = [line for line in found.response.decode().split("\r\n") if line.startswith("Sec-WebSocket-Extensions")]
    assert said == ([f"Sec-WebSocket-Extensions: {answer}"] if answer else [])


def test_compression_may_be_switched_off():
    assert ask(opening("/", "Sec-WebSocket-Extensions: permessage-deflate"), Settings(deflate=False)).deflate is None


def test_answers_on_the_wire():
    data = answer_bytes(Answer(404, b"no\n", (("X", "y"),)))
    assert data.startswith(b"HTTP/1.1 404 Not Found\r\nX: y\r\n")
    assert data.endswith(b"\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n")
    assert answer_bytes(Answer(200, b"ok\n", head_only=True)).endswith(b"\r\n\r\n")
