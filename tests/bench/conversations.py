"""What is said in the generated captures of one protocol each: turns (from the client?, bytes), seeded."""

import json
import struct
import zlib
from random import Random

Turns = list[tuple[bool, bytes]]

OPENING = (
    b"GET /feed HTTP/1.1\r\nHost: bench.example.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def websocket_turns(random: Random, frames: int) -> Turns:
    """An opening handshake (RFC 6455 1.2) and text frames both ways, short ones and some of a kilobyte."""
    turns = [(True, OPENING), (False, ACCEPTED)]
    while frames:
        upwards, several = random.random() < 0.5, min(frames, random.choice((1, 1, 2, 3, 6)))
        frames -= several
        turns.append((upwards, b"".join(_text_frame(random, masked=upwards) for _ in range(several))))
    return turns


def _text_frame(random: Random, *, masked: bool) -> bytes:
    text = json.dumps({"op": "tick", "seq": random.getrandbits(20), "pad": "x" * random.choice((3, 40, 90, 700))}).encode()
    size, flag = len(text), 0x80 if masked else 0
    head = bytes((0x81, flag | size)) if size < 126 else bytes((0x81, flag | 126)) + size.to_bytes(2, "big")
    if not masked:
        return head + text
    key = random.randbytes(4)
    mask = int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return head + key + (int.from_bytes(text, "big") ^ mask).to_bytes(size, "big")


def streambus_turns(random: Random, messages: int) -> Turns:
    """Requests and replies of a CRC-framed protocol, several at a time: length, id, type or status, payload, CRC-32."""
    turns: Turns = []
    number = random.getrandbits(40)
    for _ in range(max(1, messages // 4)):
        payloads = [random.randbytes(random.choice((8, 60, 200, 500))) for _ in range(2)]
        turns.append(
            (True, b"".join(_message(struct.pack(">QBBH", number + at, 0x7F, 1, 0) + it) for at, it in enumerate(payloads)))
        )
        turns.append((False, b"".join(_message(struct.pack(">QBH", number + at, 0, 0) + it) for at, it in enumerate(payloads))))
        number += 2
    return turns


def _message(body: bytes) -> bytes:
    whole = struct.pack(">I", len(body) + 4) + body
    return whole + struct.pack(">I", zlib.crc32(whole))


def http2_turns(random: Random, streams: int) -> Turns:
    """HTTP/2 with prior knowledge, from a client and a server of the h2 library."""
    import h2.config
    import h2.connection
    import h2.events

    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    client.initiate_connection()
    server.initiate_connection()
    turns: Turns = []
    while streams:
        several = min(streams, random.choice((1, 2, 4, 8)))
        streams -= several
        for _ in range(several):
            path = f"/{random.choice(('api', 'static'))}/{random.getrandbits(32):08x}?page={random.randrange(100)}"
            head = [(":method", "GET"), (":scheme", "http"), (":authority", "www.example.test"), (":path", path)]
            more = [("user-agent", "bench/1"), ("accept", "*/*"), ("cookie", f"sid={random.getrandbits(48):x}")]
            client.send_headers(client.get_next_available_stream_id(), head + more, end_stream=True)
        _exchange(turns, True, client, server, random)
        _exchange(turns, False, server, client, random)
    return turns


def _exchange(turns: Turns, upwards: bool, sender, receiver, random: Random) -> None:
    import h2.events

    said = sender.data_to_send()
    if not said:
        return
    turns.append((upwards, said))
    for event in receiver.receive_data(said):
        if isinstance(event, h2.events.RequestReceived):
            room = receiver.local_flow_control_window(event.stream_id)
            body = random.randbytes(min(room, random.choice((20, 300, 1500, 6000))))
            head = [(":status", random.choice(("200", "200", "404"))), ("server", "bench"), ("content-length", str(len(body)))]
            receiver.send_headers(event.stream_id, [*head, ("etag", f'"{random.getrandbits(32):x}"')])
            receiver.send_data(event.stream_id, body, end_stream=True)
        elif isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
            receiver.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
