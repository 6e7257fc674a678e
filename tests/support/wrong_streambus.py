"""Streambus servers that are wrong in one thing: our reference server with a method replaced, or behind something that changes requests."""

import struct
from collections.abc import Callable

from workbench.api import ServerFactory
from workbench_streambus.checks.bus import sealed
from workbench_streambus.server import StreambusService


def with_method(name: str, method: Callable) -> ServerFactory:
    """The reference server with another method of its service."""
    return type("WrongService", (StreambusService,), {name: method})


def hearing(change: Callable[[bytes], bytes]) -> ServerFactory:
    """A server that understands each request otherwise: `change` gets the whole message and gives another one."""
    return with_method("answer", lambda self, data: StreambusService.answer(self, change(data)))


def saying(change: Callable[[bytes], bytes]) -> ServerFactory:
    """A server that changes its replies, checksums included."""
    return with_method("answer", lambda self, data: change(StreambusService.answer(self, data)))


def resealed(data: bytes, **fields: int) -> bytes:
    """A request with other header fields and a right checksum."""
    number, kind, version, flags = struct.unpack(">QBBH", data[4:16])
    found = {"number": number, "kind": kind, "version": version, "flags": flags} | fields
    return sealed(struct.pack(">QBBH", *found.values()) + data[16:-4])


def with_payload(data: bytes, change: Callable[[int, bytes], bytes]) -> bytes:
    """A request with another payload and a right checksum; `change` gets its type and payload. Broken requests stay as they are."""
    if len(data) < 20:
        return data
    return sealed(data[4:16] + change(data[12], data[16:-4])) if _sound(data) else data


def _sound(data: bytes) -> bool:
    return sealed(data[4:-4]) == data
