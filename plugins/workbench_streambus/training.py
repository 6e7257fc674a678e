"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

| fault | kind | what triggers it | what goes wrong |
|---|---|---|---|
| `key-mask` | crash | Produce, a key longer than its value | `IndexError`: the value is read at each position of the key |
| `owner` | crash in a state | DeleteTopic of a topic deleted before | `KeyError`: its books are closed twice |
| `pages` | hang | Fetch with `max_bytes` 0, or 2^31 and more | pages are counted in steps of that size, taken as signed, for ever |
| `narrow-id` | wrong reply | a request id of 2^32 or more | the reply's id has only 32 bits |
| `late-length` | wrong reply | a request of unknown type | the checksum misses the length field |
| `arena` | leak between sessions | HealthCheck claiming more than its echo | it gets what others have echoed before |
"""

import zlib
from typing import Any

from workbench.api import ServerOptions
from workbench_streambus.grammar import REQUEST_TYPES
from workbench_streambus.server import Reply, StreambusService

__all__ = ["FaultyService", "training"]

ARENA = 65_535
"""Bytes of old echoes that are kept: as many as the largest claim can reach."""
PAGED = 4096
"""Bytes counted in pages: for ever with a faulty step, quickly with any other; else honest requests would look like hangs."""


def training(options: ServerOptions) -> "FaultyService":
    """Starts a faulty service with an empty log."""
    return FaultyService(options)


class FaultyService(StreambusService):
    """The reference service; each override plants the faults of the table above and leaves the rest to it."""

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
