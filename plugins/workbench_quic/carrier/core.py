"""One QUIC connection: aioquic's, and what ours must know or do that it keeps to itself.

All that depends on the inside of aioquic (1.7) is in this file; `tests/plugins/quic/carrier/test_core.py` notices when that changes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aioquic import tls
from aioquic._buffer import Buffer, BufferReadError
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import END_STATES, Limit, QuicConnection, QuicConnectionError, QuicConnectionState
from aioquic.quic.packet import QuicErrorCode, QuicFrameType
from aioquic.quic.packet_builder import QuicPacketBuilder

__all__ = ["WINDOW", "Core", "Ending", "Identity"]

logging.getLogger("quic").addHandler(logging.NullHandler())  # what it would say we say ourselves
logging.getLogger("quic").propagate = False

WINDOW = 1 << 20
"""Bytes of one connection that the peer may have sent and nobody has read: holes between packets and requests that must wait are kept in
memory. As much as `LONGEST_FRAME` of `workbench.api.carried`, so that whatever fills a hole is one frame."""

DATAGRAM_ROOM = 1100
"""Bytes of a DATAGRAM frame's data that fit into a packet of 1,200 bytes, with the longest header and some other frames beside it."""

MOST_RAW = 64
"""Packets with bytes as they are that wait to be sent; whatever is beyond is dropped, as a network does that is too slow."""

LARGEST_DATAGRAM = 65_536
"""`max_datagram_frame_size` that we offer: whatever fits into a packet (RFC 9221 3)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a connection closes. `frame` is None where the application closed it, else the type of the frame at fault."""

    code: int
    reason: str
    frame: int | None
    by_peer: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its chain and its key, as aioquic wants them."""

    certificate: Any
    chain: list[Any]
    key: Any


class _Window(Limit):
    """Flow control of the connection (MAX_DATA). aioquic doubles it whenever half of it is used, so that a peer which has sent much may
    fill all memory with the data behind one hole; here it runs `WINDOW` ahead of what was read."""

    def __init__(self, unread: Callable[[], int]) -> None:
        self._value = WINDOW
        self._unread = unread
        super().__init__(frame_type=QuicFrameType.MAX_DATA, name="max_data", value=WINDOW)

    @property
    def value(self) -> int:
        return self._value

    @value.setter
    def value(self, wanted: int) -> None:
        allowed = self.used - self._unread() + WINDOW if hasattr(self, "used") else WINDOW
        if allowed - self._value >= WINDOW // 8:  # each step is a frame
            self._value = min(wanted, allowed)


class _Raw(bytes):
    """What is to be sent as it is, among the datagrams that wait."""


class Core(QuicConnection):
    """See aioquic's documentation for what it does by itself."""

    def __init__(self, *, configuration: QuicConfiguration, **others: Any) -> None:
        super().__init__(configuration=configuration, **others)
        self.server_name = ""
        """What the client asked for (SNI)."""
        self.held = 0
        """Bytes that were received and wait for the application."""
        self.identify: Callable[[str], Identity] | None = None
        """A server's certificate, by the name that the client asks for."""
        self.reset_token: Callable[[bytes], bytes] | None = None
        """A server's token for the stateless reset of a connection ID (RFC 9000 10.3.2)."""
        self.early = True
        """Whether a server takes data before the end of the handshake."""
        self.offers_early = False
        """Whether its client has sent such data."""
        self._phase = 0
        self._phase_began = 0
        self._local_max_data = _Window(self._unread)

    # what happens inside

    def _initialize(self, peer_cid: bytes) -> None:
        self._token_everything()
        super()._initialize(peer_cid)
        if not self._is_client:
            if not self.early:
                self.tls._max_early_data = None
            handle = self.tls._handle_reassembled_message

            def look(message_type: int, input_buf: Buffer, output_buf: dict[tls.Epoch, Buffer]) -> None:
                if message_type == tls.HandshakeType.CLIENT_HELLO and not self.server_name:
                    self._meet(input_buf.data_slice(0, input_buf.capacity))
                handle(message_type=message_type, input_buf=input_buf, output_buf=output_buf)

            self.tls._handle_reassembled_message = look  # type: ignore[method-assign]

    def expect(self, source: bytes) -> None:
        """A server's client has this connection ID. aioquic learns it from the first packet that is right; one that is wrong is to be told
        so, too."""
        if self._peer_cid.sequence_number is None:
            self._peer_cid.cid = source

    def _parse_transport_parameters(self, data: bytes, from_session_ticket: bool = False) -> None:
        numbers = _parameter_numbers(data)
        if len(set(numbers)) != len(numbers):  # RFC 9000 7.4
            code = QuicErrorCode.TRANSPORT_PARAMETER_ERROR
            raise QuicConnectionError(code, QuicFrameType.CRYPTO, "A transport parameter comes twice")
        super()._parse_transport_parameters(data, from_session_ticket)

    def _meet(self, hello: bytes) -> None:
        """What a ClientHello says, before aioquic answers it; the certificate that belongs to its name."""
        read = tls.pull_client_hello(Buffer(data=hello))
        self.server_name = (read.server_name or "").lower()
        self.offers_early = read.early_data
        if self.identify is not None:
            identity = self.identify(self.server_name)
            self.tls.certificate = identity.certificate
            self.tls.certificate_chain = identity.chain
            self.tls.certificate_private_key = identity.key

    def _replenish_connection_ids(self) -> None:
        super()._replenish_connection_ids()
        self._token_everything()

    def _token_everything(self) -> None:
        if self.reset_token is not None:
            for own in self._host_cids:
                own.stateless_reset_token = self.reset_token(own.cid)

    def _unread(self) -> int:
        """Bytes that count as sent by the peer and were not read: what waits for the application, holes, and what lies behind them."""
        streams = (stream.receiver for stream in self._streams.values())
        return self.held + sum(
            len(each._buffer) if each.is_finished else each.highest_offset - each.starting_offset() for each in streams
        )

    def _write_datagram_frame(self, builder: QuicPacketBuilder, data: bytes, frame_type: QuicFrameType) -> bool:
        if not isinstance(data, _Raw):
            return super()._write_datagram_frame(builder, data, frame_type)
        # behind a PING, for which aioquic expects an acknowledgement
        builder.start_frame(QuicFrameType.PING, capacity=1 + len(data)).push_bytes(data)
        return True

    # what others ask

    def send_raw(self, data: bytes) -> None:
        """Put bytes into packets where frames should be, whatever they are."""
        for at in range(0, len(data), DATAGRAM_ROOM):
            if self.waiting_datagrams < MOST_RAW:
                self._datagrams_pending.append(_Raw(data[at : at + DATAGRAM_ROOM]))

    @property
    def number(self) -> int:
        """The version in use."""
        return self._version or 0

    @property
    def alpn(self) -> str:
        """The application's protocol, "" before that is known."""
        return self.tls.alpn_negotiated or ""

    @property
    def cipher(self) -> str:
        """The cipher suite's name (RFC 8446 B.4)."""
        schedule = self.tls.key_schedule
        return f"TLS_{schedule.cipher_suite.name}" if schedule is not None else ""

    @property
    def ending(self) -> Ending | None:
        """Why it closes, as soon as that is known; aioquic itself tells only when the closing is over."""
        event = self._close_event
        if event is None:
            return None
        by_peer = self._state is QuicConnectionState.DRAINING
        return Ending(event.error_code, event.reason_phrase, event.frame_type, by_peer)

    @property
    def begun(self) -> bool:
        """Whether a packet of its peer could be opened, if only to be refused."""
        return self._state is not QuicConnectionState.FIRSTFLIGHT or self._close_event is not None

    @property
    def talking(self) -> bool:
        """Whether it can still send something."""
        return self._state not in END_STATES

    @property
    def unsent(self) -> int:
        """Bytes of streams that the peer has not confirmed."""
        senders = (stream.sender for stream in self._streams.values())
        return sum(len(sender._buffer) for sender in senders if sender._reset_error_code is None)

    def stalled(self, enough: int) -> dict[int, int]:
        """Streams on which flow control lets nothing more pass (RFC 9000 4.1) while more than `enough` bytes wait there: how many do."""
        found = {}
        for number, stream in self._streams.items():
            sender = stream.sender
            waits = len(sender._buffer)
            if waits > enough and sender._reset_error_code is None and sender.highest_offset >= stream.max_stream_data_remote:
                found[number] = waits
        return found

    @property
    def unfinished(self) -> bool:
        """Whether something that was said has not arrived yet."""
        senders = (stream.sender for stream in self._streams.values())
        return any(len(each._buffer) or each._pending_eof or each.reset_pending for each in senders if not each.is_finished)

    @property
    def identifiers(self) -> list[bytes]:
        """Our connection IDs of which the peer may know."""
        return [own.cid for own in self._host_cids]

    @property
    def peer_reset_token(self) -> bytes:
        """With what the peer would reset the connection without its state."""
        return self._peer_cid.stateless_reset_token or b""

    def renew_keys(self) -> bool:
        """Change the keys, unless nobody has confirmed a packet with the present ones: two changes at once would look like none
        (RFC 9001 6.1). To be asked whenever something is about to be sent."""
        keys, space = self._cryptos[tls.Epoch.ONE_RTT], self._spaces[tls.Epoch.ONE_RTT]
        if keys.send.key_phase != self._phase:
            self._phase, self._phase_began = keys.send.key_phase, self._packet_number
        if not self._handshake_confirmed or space.largest_acked_packet < self._phase_began:
            return False
        self.request_key_update()
        return True

    def takes_data(self, stream: int) -> bool:
        """Whether we may send on a stream: not after our end, a reset, or the peer's STOP_SENDING. Raises `ValueError` for one that can
        never be."""
        if not self._stream_can_send(stream):
            raise ValueError(f"stream {stream} is the peer's alone")
        known = self._streams.get(stream)
        if known is None:
            return not self._stream_is_discarded(stream)
        return known.sender._buffer_fin is None and known.sender._reset_error_code is None

    def takes_reset(self, stream: int) -> bool:
        """Whether a stream of which we send a part can still be given up."""
        known = self._streams.get(stream)
        if known is None:
            return not self._stream_is_discarded(stream)
        return not known.sender.is_finished

    def gives_data(self, stream: int) -> bool:
        """Whether the peer may still send on a stream."""
        known = self._streams.get(stream)
        return known is not None and not known.receiver.is_finished and self._stream_can_receive(stream)

    def takes_datagram(self, size: int) -> bool:
        """Whether the peer wants datagrams, and one of that size fits into a packet (RFC 9221 3)."""
        largest = self._remote_max_datagram_frame_size
        return largest is not None and size + 3 <= largest and size <= DATAGRAM_ROOM

    @property
    def waiting_datagrams(self) -> int:
        """Datagrams that were not sent yet."""
        return len(self._datagrams_pending)

    def shrink(self) -> None:
        """Give up what only the handshake needs: three buffers of 16 KiB for messages of TLS. A server says nothing more there."""
        self._crypto_buffers = {epoch: Buffer(capacity=0) for epoch in self._crypto_buffers}


def _parameter_numbers(data: bytes) -> list[int]:
    """Which transport parameters there are, as far as they can be read."""
    numbers, buffer = [], Buffer(data=data)
    try:
        while not buffer.eof():
            numbers.append(buffer.pull_uint_var())
            buffer.pull_bytes(buffer.pull_uint_var())
    except BufferReadError:
        return numbers  # aioquic says what is wrong with them
    return numbers
