import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.websocket import CLIENT, SERVER, opening
from workbench_websocket.heads import head_end
from workbench_websocket.messages import Place
from workbench_websocket.openings import build_opening, opening_message, read_opening

RESPONSE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: \r\n\r\n"


def message(data, direction):
    end = head_end(data, 0)
    return opening_message(Place(direction, 0, len(data), data), read_opening(data[:end], direction), 1, ())


def test_a_request():
    found = message(opening("/chat?x=1"), CLIENT)
    fields = {node.abbrev: node.value for _, node in found.root.walk() if node.abbrev}
    assert fields["http.request.uri"] == "/chat?x=1"
    assert fields["http.sec_websocket_version"] == "13"
    assert (found.label, found.summary, found.notes) == ("handshake", "GET /chat?x=1 HTTP/1.1", ())


def test_a_response():
    found = message(RESPONSE, SERVER)
    assert (found.label, found.root.find("http.response.code").value) == ("server accepts", 101)
    refusal = message(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n", SERVER)
    assert (refusal.label, refusal.root.find("http.file_data").value) == ("server refuses", b"no\n")


@pytest.mark.parametrize(
    ("data", "direction", "body"),
    [
        (RESPONSE, SERVER, 0),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 12\r\n\r\n", SERVER, 12),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", SERVER, None),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: x\r\n\r\n", SERVER, None),
        (b"GET / HTTP/1.1\r\n\r\n", CLIENT, 0),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", CLIENT, 5),
    ],
)
def test_how_much_follows(data, direction, body):
    assert read_opening(data, direction).body == body


def test_what_is_wrong():
    assert message(b"GET /\r\n\r\n", CLIENT).errors
    assert message(b"GET / HTTP/1.1\r\nno field\r\n\r\n", CLIENT).errors
    assert message(b"HTTP/1.1 OK\r\n\r\n", SERVER).errors


TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)


@given(TEXT, st.lists(st.tuples(st.from_regex(r"[A-Za-z-]{1,12}", fullmatch=True), TEXT), max_size=5))
def test_what_is_built_is_read(target, headers):
    value = {
        "method": "GET",
        "uri": target,
        "version": "HTTP/1.1",
        "headers": [{"name": n, "value": v} for n, v in headers],
        "body": b"",
    }
    data = build_opening(value)
    assert message(data, CLIENT).value == value
    assert build_opening(message(RESPONSE, SERVER).value) == RESPONSE


@given(st.binary(max_size=200), st.sampled_from([CLIENT, SERVER]))
def test_nothing_raises(data, direction):
    found = message(data + b"\r\n\r\n", direction)
    if found.value is not None:
        build_opening(found.value)
