"""The reference server: an in-memory log behind the streambus protocol, without sockets (`workbench.serving` puts them around it).

Requests of one connection are answered in the order received; the client matches replies by id. All connections share one log.
"""

from collections.abc import Mapping
from typing import Any

from construct import ConstructError

from workbench.api import FrameError, ServerOptions, UsageError
from workbench_streambus.grammar import CRITICAL_FLAGS, MAX_BATCH, MAX_LENGTH, REQUEST, RESPONSE, VERSION, frame
from workbench_streambus.log import Log, Record, RefusedError

__all__ = ["REPLY_BATCH", "Connection", "StreambusService", "server"]

REPLY_BATCH = 256 * 1024
"""Bytes of replies made at once; requests behind them wait until the client has taken these, so a slow reader costs little memory."""

Reply = tuple[str, Mapping[str, Any]]
"""Status and payload of a reply."""


def server(options: ServerOptions) -> "StreambusService":
    """Starts a service with an empty log. It has no settings of its own: raises UsageError where there are some."""
    return StreambusService(options)


class StreambusService:
    """What all connections share. Calling it accepts a connection; the methods named after requests carry them out."""

    def __init__(self, options: ServerOptions) -> None:
        for name in options.settings:
            raise UsageError("is no setting of streambus", place=name, remedy="It has none")
        self.options = options
        self.log = Log(options.max_stored)
        self.draining = False

    def __call__(self) -> "Connection":
        return Connection(self)

    def answer(self, request: bytes) -> bytes:
        """The reply to one framed request, good or bad."""
        number = int.from_bytes(request[4:12], "big")
        kind = request[12]
        try:
            value = REQUEST.parse(request, surplus=0)
            status, payload = self.carry_out(value)
        except ConstructError:
            return refusal(number, "corrupt_message", "the checksum does not match, or no request is so short")
        except RefusedError as refused:
            return refusal(number, refused.code, refused.detail)
        return reply(number, kind, status, payload)

    def carry_out(self, request: Any) -> Reply:
        """Do what a parsed request asks for; raises `RefusedError`. The order of the tests is that of section 5.2."""
        handler = _HANDLERS.get(str(request.type))
        if handler is None:
            raise RefusedError("unknown_request", f"there is no request type {int(request.type)}")
        # HealthCheck is how a client learns which versions it may use, so it works in all of them (section 7.2)
        if request.version != VERSION and request.type != "HealthCheck":
            raise RefusedError("invalid_request", f"version {request.version} is not supported, {VERSION} is")
        if request.flags & CRITICAL_FLAGS:
            raise RefusedError("invalid_request", f"critical flags {request.flags & CRITICAL_FLAGS:#06x} are not supported")
        if request.request_id == 0:
            raise RefusedError("invalid_request", "request id 0 is reserved")
        if isinstance(request.payload, bytes):
            raise RefusedError("invalid_request", f"the payload is not that of {request.type}")
        result: Reply = getattr(self, handler)(request.payload)
        return result

    def produce(self, payload: Any) -> Reply:
        """Section 4.1."""
        records = tuple(Record(message.key, message.value, message.timestamp) for message in payload.messages)
        return "ok", {"first_offset": self.log.produce(payload.partition, records), "count": len(records)}

    def fetch(self, payload: Any) -> Reply:
        """Section 4.2."""
        found = self.log.fetch(payload.partition, payload.offset, payload.max_bytes, MAX_BATCH)
        messages = [
            {"offset": offset, "key": record.key, "value": record.value, "timestamp": record.timestamp}
            for offset, record in enumerate(found.records, payload.offset)
        ]
        return "partial" if found.partial else "ok", {"next_offset": found.next_offset, "messages": messages}

    def get_offset(self, payload: Any) -> Reply:
        """Section 4.3."""
        return "ok", {"offset": self.log.offset(payload.partition, payload.timestamp)}

    def create_topic(self, payload: Any) -> Reply:
        """Section 4.4."""
        topic = self.log.create(payload.name, payload.partitions)
        return "ok", {"first_partition": topic.first_partition, "partitions": topic.partitions}

    def delete_topic(self, payload: Any) -> Reply:
        """Section 4.5."""
        return "ok", {"partitions": self.log.delete(payload.name).partitions}

    def list_topics(self, payload: Any) -> Reply:
        """Section 4.6."""
        topics = [
            {"name": topic.name, "first_partition": topic.first_partition, "partitions": topic.partitions}
            for topic in self.log.topics()
        ]
        return "ok", {"topics": topics}

    def health_check(self, payload: Any) -> Reply:
        """Section 4.7."""
        if payload.echo_length > len(payload.echo):
            raise RefusedError("invalid_request", f"{payload.echo_length} bytes are wanted back, {len(payload.echo)} came")
        return "ok", self.health(payload.echo[: payload.echo_length])

    def health(self, echo: bytes) -> Mapping[str, Any]:
        """The payload of a reply to HealthCheck."""
        state = "draining" if self.draining else "serving"
        return {"state": state, "oldest_version": VERSION, "newest_version": VERSION, "echo": echo}


_HANDLERS = {
    "Produce": "produce",
    "Fetch": "fetch",
    "GetOffset": "get_offset",
    "CreateTopic": "create_topic",
    "DeleteTopic": "delete_topic",
    "ListTopics": "list_topics",
    "HealthCheck": "health_check",
}


def reply(number: int, kind: int, status: str, payload: Mapping[str, Any]) -> bytes:
    """Bytes of a good reply to request `number` of type `kind`."""
    value = {"request_id": number, "status": status, "error_code": "none", "payload": payload}
    return bytes(RESPONSE.build(value, request_type=kind))


def refusal(number: int, code: str, detail: str) -> bytes:
    """Bytes of an error reply to request `number`, or to bytes that are no request (0)."""
    value = {"request_id": number, "status": "error", "error_code": code, "payload": {"detail": detail}}
    return bytes(RESPONSE.build(value, request_type=0))


class Connection:
    """One client; see `workbench.api.ServerConnection`."""

    def __init__(self, service: StreambusService) -> None:
        self.closed = False
        self._service = service
        self._buffer = bytearray()
        self._last_words = False
        self._now_ns = 0
        self._active_ns: int | None = None

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the client; returns the first batch of replies to them."""
        if self._last_words or self.closed:
            return b""
        if data:
            self._buffer += data
            self._active_ns = self._now_ns
        else:
            self._last_words = True
        return self.pull()

    def pull(self) -> bytes:
        """The next batch of replies to what was received."""
        replies: list[bytes] = []
        size = start = 0
        while not self.closed and size < REPLY_BATCH:
            try:
                request = self._next(start)
            except FrameError as error:
                replies.append(self._hang_up(error.message))
                break
            if request is None:
                self.closed = self._last_words
                break
            start += len(request)
            replies.append(self._service.answer(request))
            size += len(replies[-1])
        del self._buffer[:start]
        return b"".join(replies)

    def wakeup(self, now_ns: int) -> bytes:
        """Closes a connection that is idle for too long; one in the middle of a request is told why (section 6.3)."""
        self._now_ns = now_ns
        if self._active_ns is None:
            self._active_ns = now_ns
        if self.closed or now_ns - self._active_ns <= self._service.options.idle_ns:
            return b""
        waiting = self.pull()
        if waiting or self.closed:
            # it was the client's reading that took so long, not its sending
            self._active_ns = now_ns
            return waiting
        self.closed = True
        return refusal(0, "request_timeout", "the rest of the request did not come") if self._buffer else b""

    def drain(self) -> bytes:
        """Answer the requests that were received whole, take no more, then close."""
        self._service.draining = True
        self._last_words = True
        return self.pull()

    def _next(self, start: int) -> bytes | None:
        """The request that begins at `start` of the buffer, or None when it is not there as a whole; raises `FrameError`."""
        header = bytes(self._buffer[start : start + 4])
        frame(header)
        end = start + 4 + int.from_bytes(header, "big")
        longest = min(self._service.options.max_request, 4 + MAX_LENGTH)
        if len(header) == 4 and end - start > longest:
            raise FrameError(f"a request has at most {longest} bytes")
        return bytes(self._buffer[start:end]) if len(header) == 4 and end <= len(self._buffer) else None

    def _hang_up(self, detail: str) -> bytes:
        """Nothing after a length that cannot be believed has a meaning (section 2.2)."""
        self.closed = True
        return refusal(0, "invalid_request", detail)
