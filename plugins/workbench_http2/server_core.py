"""h2 at work: it keeps the streams' states and both sides' windows, packs header fields and writes frames.

It gets legal frames only: `server_session.py` has judged them before. What it refuses all the same ends the connection with h2's code.
"""

from base64 import urlsafe_b64encode

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import Event
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from workbench_http2.server_faults import ConnectionFault
from workbench_http2.server_fields import MAX_FIELDS, Fields
from workbench_http2.server_frames import ACK, END_HEADERS, END_STREAM, PREFACE, ErrorCode, FrameType, SettingId, build, settings

__all__ = ["MAX_STREAMS", "Core"]

MAX_STREAMS = 100
"""Requests of one connection that may be open at once: RFC 9113 6.5.2 recommends no less."""


class _Machine(H2Connection):
    """h2 ends the connection when a stream too many is opened; the RFC has a stream error (5.1.2), which the server makes itself."""

    @property
    def open_inbound_streams(self) -> int:
        """Nobody counts here. Asking h2 makes it forget closed streams."""
        _ = super().open_inbound_streams
        return 0


class Core:
    """A server's H2Connection behind the few calls that the server needs."""

    def __init__(self) -> None:
        # fields that go out are made by us, in lower case; fields that come in never reach h2
        config = H2Configuration(
            client_side=False,
            header_encoding=None,
            validate_inbound_headers=False,
            normalize_inbound_headers=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self._h2 = _Machine(config)
        self._h2.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: MAX_STREAMS,
                SettingCodes.MAX_HEADER_LIST_SIZE: MAX_FIELDS,
                SettingCodes.ENABLE_CONNECT_PROTOCOL: 1,
            },
        )

    def start(self) -> bytes:
        """A client with prior knowledge has sent its preface; returns ours (RFC 9113 3.4)."""
        self._h2.initiate_connection()
        self._h2.receive_data(PREFACE)
        return self.output()

    def start_upgraded(self, pairs: list[tuple[int, int]]) -> bytes:
        """A client has upgraded with these settings and will send its preface; stream 1 is its request (RFC 7540 3.2)."""
        payload = settings(pairs)[9:]
        self._h2.initiate_upgrade_connection(urlsafe_b64encode(payload))
        return self.output()

    def output(self) -> bytes:
        """What h2 wants to be sent."""
        return self._h2.data_to_send()

    def feed(self, data: bytes) -> list[Event]:
        """One frame of the client. `output` must have been taken before: what h2 says at a refusal is thrown away."""
        try:
            return self._h2.receive_data(data)
        except ProtocolError as error:
            self._h2.clear_outbound_data_buffer()
            raise ConnectionFault(ErrorCode(int(error.error_code)), str(error)) from error

    def headers(self, stream: int, ended: bool) -> None:
        """Header fields (or trailers) of the client were read: h2 gets an empty block in their place."""
        self.feed(build(FrameType.HEADERS, END_HEADERS | (END_STREAM if ended else 0), stream))

    def settings(self, pairs: list[tuple[int, int]], *, ack: bool = False) -> None:
        """A SETTINGS frame of the client, its values in order.

        hpack forgets to announce a new table size when it is told the same one twice, and h2 tells it only the last of a frame. The
        client's decoder must hear of the smallest one and the last one (RFC 7541 4.2), and of nothing between.
        """
        encoder = self._h2.encoder
        for name, value in pairs:
            if name == SettingId.HEADER_TABLE_SIZE:
                encoder.header_table_size = value
        self.feed(settings(pairs, flags=ACK if ack else 0))
        changes = encoder.table_size_changes
        if len(changes) > 1:
            encoder.table_size_changes = [min(changes), changes[-1]]
        encoder.header_table.resized = bool(changes)

    def consumed(self, stream: int, size: int) -> None:
        """The client may send so many bytes more."""
        self._h2.acknowledge_received_data(size, stream)

    def room(self, stream: int) -> int:
        """Bytes that one DATA frame may have now."""
        return min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)

    def send_headers(self, stream: int, fields: Fields, end: bool = False) -> None:
        """Interim or final header fields, or trailers."""
        self._h2.send_headers(stream, fields, end_stream=end)

    def send_data(self, stream: int, data: bytes, end: bool) -> None:
        """One DATA frame, within `room`."""
        self._h2.send_data(stream, data, end_stream=end)

    def reset(self, stream: int, code: ErrorCode) -> None:
        """RST_STREAM on a stream that is open."""
        self._h2.reset_stream(stream, int(code))
