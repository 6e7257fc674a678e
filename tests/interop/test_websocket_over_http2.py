"""WebSocket in a stream of HTTP/2 (RFC 8441), written by the h2 library and read through both plugins."""

import h2.config
import h2.connection
import h2.settings

from dissectors.engine import converse
from support.websocket import client, server
from workbench import registry
from workbench.api import Direction
from workbench_websocket.deflate import Deflater

UP, DOWN = Direction
OFFER = "permessage-deflate"


def conversation():
    """Turns of a session with one WebSocket: an extended CONNECT, a text each way, a Close each way."""
    left = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    right = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    right.local_settings = h2.settings.Settings(
        client=False, initial_values={h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1}
    )
    turns = []

    def pass_on():
        for way, source, target in ((UP, left, right), (DOWN, right, left)):
            data = source.data_to_send()
            if data:
                turns.append((way, data))
                target.receive_data(data)

    left.initiate_connection()
    right.initiate_connection()
    pass_on()
    pass_on()
    left.send_headers(
        1,
        [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/chat"), (":authority", "h"),
            ("sec-websocket-version", "13"), ("sec-websocket-extensions", OFFER),
        ],
    )  # fmt: skip
    pass_on()
    right.send_headers(1, [(":status", "200"), ("sec-websocket-extensions", OFFER)])
    pass_on()
    left.send_data(1, client(1, Deflater().message(b"Hello over HTTP/2"), rsv=4)[1])
    pass_on()
    right.send_data(1, server(1, b"Hello back")[1])
    left.send_data(1, client(8, b"\x03\xe8")[1], end_stream=True)
    right.send_data(1, server(8, b"\x03\xe8")[1], end_stream=True)
    pass_on()
    return turns


def test_frames_are_found_in_their_stream():
    specs = {spec.name: spec for spec in registry.load().specs}
    messages = converse(specs["http2"], conversation(), inner=[specs["websocket"]])
    found = [message for message in messages if message.protocol == "websocket"]
    assert sorted(message.label for message in found) == ["close", "server close", "server text", "text"]
    assert {message.layer for message in found} == {("http2 stream 1",)}
    assert not [note for message in found for note in message.notes]
    (text,) = (message for message in found if message.label == "text")
    assert text.root.find("websocket.payload.text").value == "Hello over HTTP/2"
