"""The client's unidirectional streams: what each is for, and what happens when one ends (RFC 9114 6.2, RFC 9204 4.2)."""

from collections.abc import Callable

from workbench.api import StopSending, StreamData, read_varint
from workbench_http3.names import StreamType
from workbench_http3.server_budgets import Budgets
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_streams import Past

__all__ = ["Incoming"]

MAX_UNNAMED = 100
"""Streams that have not said what they are for: as many as a client may commonly open."""

FIRST = 2
"""The first of a client's unidirectional streams; every fourth is one (RFC 9000 2.1)."""


class Incoming:
    """`readers` take the bytes of the streams that must be; `put` takes what to say to those that nobody knows."""

    def __init__(self, readers: dict[int, Callable[[bytes], None]], budgets: Budgets, put: Callable[[StopSending], None]) -> None:
        self._readers = readers
        self._budgets = budgets
        self._put = put
        self._past = Past(FIRST)
        self._unnamed: dict[int, bytes] = {}
        self._named: dict[int, int] = {}

    def receive(self, frame: StreamData) -> None:
        """Bytes of one stream, perhaps its last. Raises `ConnectionFault`."""
        number = frame.stream
        if number in self._past:
            return
        data = frame.data
        if number not in self._named:
            data = self._name(number, self._unnamed.pop(number, b"") + data)
        kind = self._named.get(number)
        if kind is not None:
            self._readers[kind](data)
        if frame.end:
            self.end(number)

    def end(self, number: int) -> None:
        """A stream was ended or reset by the client; those that must be must stay (RFC 9114 6.2.1, RFC 9204 4.2)."""
        kind = self._named.get(number)
        if kind is not None:
            raise ConnectionFault(ErrorCode.H3_CLOSED_CRITICAL_STREAM, f"the {StreamType(kind).name} stream was closed")
        self._unnamed.pop(number, None)
        self._past.add(number)

    def _name(self, number: int, data: bytes) -> bytes:
        """Find out what the stream is for; returns what is behind its type."""
        kind = read_varint(data)
        if kind is None:
            self._unnamed[number] = data
            if len(self._unnamed) > MAX_UNNAMED:
                raise ConnectionFault(ErrorCode.H3_EXCESSIVE_LOAD, "too many streams without a type")
            return b""
        if kind[0] == StreamType.PUSH:
            raise ConnectionFault(ErrorCode.H3_STREAM_CREATION_ERROR, "a client cannot push (RFC 9114 6.2.2)")
        if kind[0] in self._named.values():
            raise ConnectionFault(
                ErrorCode.H3_STREAM_CREATION_ERROR, f"a second {StreamType(kind[0]).name} stream (RFC 9114 6.2.1)"
            )
        if kind[0] in self._readers:
            self._named[number] = kind[0]
            return data[kind[1] :]
        self._budgets.spend("unknown streams")
        self._put(StopSending(number, ErrorCode.H3_STREAM_CREATION_ERROR))  # RFC 9114 6.2
        self._past.add(number)
        return b""
