"""Frames about the connection: what their summaries say. The rules they can break are in `test_meaning.py`."""

import pytest

from support.http2 import CLIENT, SERVER, after_hello, frame, headers, settings
from workbench_http2.names import Type


@pytest.mark.parametrize(
    ("way", "said", "summary"),
    [
        (CLIENT, settings((3, 100), (8, 1)), "SETTINGS[0] MAX_CONCURRENT_STREAMS=100, ENABLE_CONNECT_PROTOCOL=1"),
        (CLIENT, frame(Type.PING, flags=1, opaque=bytes(8)), "PING[0] ACK"),
        (SERVER, frame(Type.GOAWAY, last_stream_id=5, error=11, addata=b""), "GOAWAY[0] ENHANCE_YOUR_CALM, last stream 5"),
        (CLIENT, frame(Type.WINDOW_UPDATE, 0, window_size_increment=7), "WINDOW_UPDATE[0] +7"),
        (CLIENT, frame(Type.PRIORITY, 3, stream_dependency=1, weight=15), "PRIORITY[3] depends on 1, weight 16"),
        (SERVER, frame(Type.ALTSVC, 0, origin=b"https://h", field_value=b'h3=":1"'), 'ALTSVC[0] h3=":1"'),
        (SERVER, frame(Type.ORIGIN, 0, origins=[b"https://a", b"https://b"]), "ORIGIN[0] https://a, https://b"),
        (
            CLIENT,
            frame(Type.PRIORITY_UPDATE, 0, priority_update_stream_id=1, priority_update_field_value=b"u=1"),
            "PRIORITY_UPDATE[0] stream 1: u=1",
        ),
    ],
)
def test_summaries(way, said, summary):
    message = after_hello((way, said))[-1]
    assert (message.summary, message.notes) == (summary, ())


def test_a_reset_names_its_error_and_closes_the_stream():
    message = after_hello((CLIENT, headers(1)), (SERVER, frame(Type.RST_STREAM, 1, error=7)))[-1]
    assert message.summary == "RST_STREAM[1] REFUSED_STREAM"
    assert next(node.value for node in message.root.children if node.name == "Stream state") == "closed"
