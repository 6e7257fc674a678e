"""An HTTP/3 server of pages on aioquic's own HTTP/3, as its example is: a process of its own (CERTIFICATE KEY PORT)."""

import asyncio
import sys

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated


class Pages(QuicConnectionProtocol):
    """Gives a page to whoever asks, when the request is complete."""

    http = None

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated):
            self.http, self.waiting = H3Connection(self._quic), {}
        for found in self.http.handle_event(event) if self.http else ():
            if isinstance(found, HeadersReceived):
                self.waiting.setdefault(found.stream_id, dict(found.headers))
            refused = self.waiting.get(found.stream_id, {}).get(b":method") == b"CONNECT"
            if (found.stream_ended or refused) and found.stream_id in self.waiting:
                self.answer(found.stream_id, self.waiting.pop(found.stream_id)[b":method"])

    def answer(self, stream, method):
        status, body = (b"200", b"x" * 600) if method in (b"GET", b"HEAD", b"POST") else (b"501", b"")
        ended = method == b"HEAD" or not body
        self.http.send_headers(stream, [(b":status", status), (b"content-length", b"%d" % len(body))], end_stream=ended)
        if not ended:
            self.http.send_data(stream, body, end_stream=True)
        self.transmit()


async def serve_pages(certificate: str, key: str, port: int) -> None:
    """A server as aioquic's example is: pages and echoes on the library's own HTTP/3."""
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3"], max_datagram_frame_size=65_536)
    configuration.load_cert_chain(certificate, key)
    await serve("127.0.0.1", port, configuration=configuration, create_protocol=Pages)
    await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(serve_pages(sys.argv[1], sys.argv[2], int(sys.argv[3])))
