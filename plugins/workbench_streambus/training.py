"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

`FAULTS` lists them (`workbench plugins show streambus`), the methods that have them name them. `training.c` beside this file is a server in
C with faults of its own.
"""

import zlib
from typing import Any

from workbench.api import Fault, FaultKind, ServerOptions
from workbench_streambus.grammar import CRITICAL_FLAGS, REQUEST_TYPES
from workbench_streambus.seeds import request
from workbench_streambus.server import Reply, StreambusService

__all__ = ["FAULTS", "FaultyService", "training"]

FAULTS = (
    Fault(
        name="eternity",
        kind=FaultKind.MAGIC,
        trigger="GetOffset with the last of all timestamps, 2^64-1",
        effect="`ZeroDivisionError`: the one after it, in 64 bits, is divided by",
        oracles=("crash",),
        example=(request(1, "GetOffset", {"partition": 0, "timestamp": (1 << 64) - 1}),),
    ),
    Fault(
        name="key-mask",
        kind=FaultKind.OVERFLOW,
        trigger="Produce, a key longer than its value",
        effect="`IndexError`: the value is read at each position of the key",
        oracles=("crash",),
        example=(request(1, "Produce", {"partition": 0, "messages": [{"key": b"long", "value": b"", "timestamp": 0}]}),),
    ),
    Fault(
        name="owner",
        kind=FaultKind.ORDER,
        trigger="DeleteTopic of a topic that was deleted before",
        effect="`KeyError`: its books are closed twice",
        oracles=("crash",),
        example=(
            request(1, "CreateTopic", {"name": "t", "partitions": 1}),
            request(2, "DeleteTopic", {"name": "t"}),
            request(3, "DeleteTopic", {"name": "t"}),
        ),
    ),
    Fault(
        name="pages",
        kind=FaultKind.HANG,
        trigger="Fetch with `max_bytes` 0, or 2^31 and more",
        effect="pages are counted in steps of that size, taken as signed, for ever",
        oracles=("hang",),
        example=(request(1, "Fetch", {"partition": 0, "offset": 0, "max_bytes": 0}),),
    ),
    Fault(
        name="notes",
        kind=FaultKind.GROWTH,
        trigger="a request with an advisory flag",
        effect="a note of 256 KiB about it is kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=(request(1, "ListTopics", {}, flags=1),),
    ),
    Fault(
        name="arena",
        kind=FaultKind.LEAK,
        trigger="HealthCheck claiming more than its echo",
        effect="it gets what others have echoed before",
        oracles=("leak",),
        example=(request(1, "HealthCheck", {"echo_length": 99, "echo": b""}),),
    ),
    Fault(
        name="narrow-id",
        kind=FaultKind.REPLY,
        trigger="a request id of 2^32 or more",
        effect="the reply's id has only 32 bits",
        oracles=("exchange", "state"),
        example=(request((1 << 32) + 5, "ListTopics", {}),),
    ),
    Fault(
        name="late-length",
        kind=FaultKind.REPLY,
        trigger="a request of unknown type",
        effect="the checksum misses the length field",
        oracles=("reply",),
        example=(request(1, 200, b""),),
    ),
)

NOTE = b"\1" * 262_144
"""What `notes` keeps each time: enough to be seen at once."""
ARENA = 65_535
"""Bytes of old echoes that are kept: as many as the largest claim can reach."""
PAGED = 4096
"""Bytes counted in pages: for ever with a faulty step, quickly with any other; else honest requests would look like hangs."""

_LAST = (1 << 64) - 1
_notes: list[bytearray] = []


def training(options: ServerOptions) -> "FaultyService":
    """Starts a faulty service with an empty log."""
    return FaultyService(options)


class FaultyService(StreambusService):
    """The reference service; each override plants the faults that it names and leaves the rest to it."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self._arena = b""
        self._owners: dict[str, int] = {}
        self._known: set[str] = set()

    def answer(self, request: bytes) -> bytes:
        """`narrow-id` and `late-length`."""
        answer = super().answer(request)
        number = int.from_bytes(request[4:12], "big")
        if number >= 1 << 32:
            narrow = answer[:4] + (number & 0xFFFF_FFFF).to_bytes(8, "big") + answer[12:-4]
            answer = narrow + zlib.crc32(narrow).to_bytes(4, "big")
        if request[12] not in REQUEST_TYPES.values():
            answer = answer[:-4] + zlib.crc32(answer[4:-4]).to_bytes(4, "big")
        return answer

    def carry_out(self, request: Any) -> Reply:
        """`notes`."""
        if request.flags & ~CRITICAL_FLAGS:
            _notes.append(bytearray(NOTE))
        return super().carry_out(request)

    def get_offset(self, payload: Any) -> Reply:
        """`eternity`."""
        _ = 1000 // (payload.timestamp + 1 & _LAST)
        return super().get_offset(payload)

    def produce(self, payload: Any) -> Reply:
        """`key-mask`."""
        for message in payload.messages:
            bytes(byte ^ message.value[position] for position, byte in enumerate(message.key))
        return super().produce(payload)

    def fetch(self, payload: Any) -> Reply:
        """`pages`."""
        left = PAGED
        step = payload.max_bytes - (payload.max_bytes >> 31 << 32)
        while left > 0:
            left = min(left - step, PAGED)
        return super().fetch(payload)

    def create_topic(self, payload: Any) -> Reply:
        """Opens the books that `owner` closes twice."""
        answer = super().create_topic(payload)
        self._owners[payload.name] = payload.partitions
        self._known.add(payload.name)
        return answer

    def delete_topic(self, payload: Any) -> Reply:
        """`owner`."""
        if payload.name in self._known:
            del self._owners[payload.name]
        return super().delete_topic(payload)

    def health_check(self, payload: Any) -> Reply:
        """`arena`."""
        self._arena = (payload.echo + self._arena)[:ARENA]
        return "ok", self.health(self._arena[: payload.echo_length])
