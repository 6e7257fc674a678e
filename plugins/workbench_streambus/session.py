"""The client's side of one connection without sockets: numbers requests, matches replies by id. Both clients stand on it."""

from collections.abc import Iterator
from typing import Any

from construct import ConstructError

from workbench.api import FrameError
from workbench_streambus.calls import Call
from workbench_streambus.grammar import REQUEST, REQUEST_TYPES, RESPONSE, VERSION, frame
from workbench_streambus.log import RefusedError

__all__ = ["LostConnectionError", "Session"]


class LostConnectionError(ConnectionError):
    """The connection ended, or what came over it cannot be believed; requests without a reply may or may not have been carried out."""


class Session:
    """One connection's requests that wait for a reply."""

    def __init__(self) -> None:
        self._next = 1
        self._waiting: dict[int, Call[Any]] = {}
        self._buffer = bytearray()

    @property
    def outstanding(self) -> int:
        """Requests without a reply."""
        return len(self._waiting)

    def ask(self, call: Call[Any]) -> tuple[int, bytes]:
        """The id and the bytes of a request; raises `ValueError` where a value does not fit the format."""
        number = self._next
        value = {"request_id": number, "type": call.type, "version": VERSION, "flags": 0, "payload": call.payload}
        try:
            data = bytes(REQUEST.build(value))
        except ConstructError as error:
            raise ValueError(f"{call.type} cannot carry {dict(call.payload)}: {error}") from error
        self._next += 1
        self._waiting[number] = call
        return number, data

    def receive(self, data: bytes) -> Iterator[tuple[int, Any]]:
        """Take bytes of the server; gives id and result of every reply, a `RefusedError` (as a value) for a refused request.

        Raises `LostConnectionError` at the server's end (b"") and for bytes that are no reply to anything asked.
        """
        if not data:
            raise LostConnectionError("the server closed the connection")
        self._buffer += data
        while True:
            length = int.from_bytes(self._buffer[:4], "big")
            try:
                frame(bytes(self._buffer[:4]))
            except FrameError as error:
                raise LostConnectionError(f"not streambus: {error}") from error
            if len(self._buffer) < 4 or len(self._buffer) < 4 + length:
                return
            reply = bytes(self._buffer[: 4 + length])
            del self._buffer[: 4 + length]
            yield self._match(reply)

    def _match(self, data: bytes) -> tuple[int, Any]:
        number = int.from_bytes(data[4:12], "big")
        call = self._waiting.pop(number, None)
        try:
            reply = RESPONSE.parse(data, surplus=0, request_type=REQUEST_TYPES[call.type] if call else 0)
        except ConstructError as error:
            raise LostConnectionError(f"a broken reply: {error}") from error
        if reply.status == "error" and not isinstance(reply.payload, bytes):
            refused = RefusedError(str(reply.error_code), str(reply.payload.detail))
            if call is None:
                raise LostConnectionError(f"the server gave up: {refused.detail}") from refused
            return number, refused
        if call is None:
            raise LostConnectionError(f"a reply to request {number}, which nobody sent")
        if isinstance(reply.payload, bytes):
            raise LostConnectionError(f"a reply that {call.type} does not have")
        return number, call.result(reply)
