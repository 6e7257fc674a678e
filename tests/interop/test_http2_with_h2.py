"""A client on h2 that reads slowly, in tiny windows, from the HTTP/2 reference server; what the server keeps meanwhile stays small."""

import socket

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded
from h2.settings import SettingCodes

from workbench.serving import running
from workbench_http2.server import serve


class Reader:
    def __init__(self, endpoint, window: int) -> None:
        self.sock = socket.create_connection((endpoint.host, endpoint.port), timeout=10)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.h2 = H2Connection(H2Configuration(client_side=True))
        self.h2.initiate_connection()
        self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.bodies: dict[int, bytearray] = {}
        self.ended: set[int] = set()
        self.flush()

    def flush(self) -> None:
        self.sock.sendall(self.h2.data_to_send())

    def ask(self, path: str) -> int:
        stream = self.h2.get_next_available_stream_id()
        fields = [(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "workbench.test")]
        self.h2.send_headers(stream, fields, end_stream=True)
        self.bodies[stream] = bytearray()
        self.flush()
        return stream

    def read(self) -> None:
        """Read once; give back the window of each byte, at once and by itself."""
        for event in self.h2.receive_data(self.sock.recv(65_536)):
            if isinstance(event, DataReceived):
                self.bodies[event.stream_id] += event.data
                self.h2.increment_flow_control_window(len(event.data))
                if event.stream_ended is None:
                    self.h2.increment_flow_control_window(len(event.data), event.stream_id)
            elif isinstance(event, StreamEnded):
                self.ended.add(event.stream_id)
        self.flush()


def test_three_streams_through_a_window_of_100_bytes():
    with running(serve) as server:
        reader = Reader(server.endpoint, 100)
        streams = [reader.ask("/bytes/3000") for _ in range(3)]
        while len(reader.ended) < 3:
            reader.read()
            sizes = [len(reader.bodies[stream]) for stream in streams]
            assert max(sizes) - min(sizes) <= 200 or reader.ended, "streams take turns"
        reader.sock.close()
    assert {bytes(body) for body in reader.bodies.values()} == {b"".join(b"%015d\n" % number for number in range(188))[:3000]}


def test_a_reader_who_stops_costs_no_more_than_the_buffers():
    with running(serve) as server:
        reader = Reader(server.endpoint, 2**31 - 1)
        reader.h2.increment_flow_control_window(2**31 - 1 - 65_535)
        reader.flush()
        reader.ask("/bytes/1000000000")
        other = Reader(server.endpoint, 65_535)
        other.ask("/hello.txt")
        while not other.ended:
            other.read()
        assert server.counters.sent < 50_000_000, "a gigabyte was asked for, and nobody reads"
        reader.sock.close()
        other.sock.close()
