import struct

import pytest

from support.conformance import failing
from support.wrong_streambus import hearing, saying, with_payload
from workbench.api import ServerOptions
from workbench_streambus.checks.bus import record, sealed
from workbench_streambus.checks.requests import CHECKS
from workbench_streambus.log import Fetched, Log, Record, RefusedError, Topic
from workbench_streambus.server import StreambusService, server

NAMES = ("produce", "fetch", "getoffset", "createtopic", "deletetopic", "listtopics", "healthcheck")
ONE = struct.pack(">II", 0xFFFF_FFF0, 1) + record(b"x")
"""The payload of Produce that is made too short and too long."""


def _filled(kind: int, payload: bytes) -> bytes:
    """What is a byte short of its layout is filled up."""
    if kind == 1:
        return payload + b"\0" if payload == ONE[:-1] else payload
    if kind == 5:
        return payload.ljust(2 + int.from_bytes(payload[:2], "big"), b"x")
    if kind == 4:
        return payload.ljust(6 + int.from_bytes(payload[:2], "big"), b"\1")
    return payload.ljust({2: 16, 3: 12, 6: 0, 7: 2}.get(kind, 0), b"\0")


def _cut(kind: int, payload: bytes) -> bytes:
    """What is a byte longer than its layout is cut."""
    if kind == 1:
        return ONE if payload == ONE + b"!" else payload
    if kind == 5:
        return payload[: 2 + int.from_bytes(payload[:2], "big")]
    if kind == 4:
        return payload[: 6 + int.from_bytes(payload[:2], "big")]
    return payload[: {2: 16, 3: 12, 6: 0}.get(kind, len(payload))]


def _named(kind: int, payload: bytes) -> bytes:
    """Any name of a topic is made a good one."""
    if kind != 4:
        return payload
    size = int.from_bytes(payload[:2], "big")
    name = b"".join(b"%c" % byte if 48 <= byte < 58 or 97 <= byte < 123 or byte == 45 else b"z" for byte in payload[2 : 2 + size])
    return struct.pack(">H", len(name[:200] or b"z")) + (name[:200] or b"z") + payload[2 + size :]


def _with_log(**methods):
    """The reference server on a log with other methods."""

    def start(options: ServerOptions):
        service = StreambusService(options)
        service.log = type("WrongLog", (Log,), methods)(options.max_stored)
        return service

    return start


def _with_service(**methods):
    return type("WrongService", (StreambusService,), methods)


def _carry_out(self, request):
    """Stores the first message of a batch although the second one is broken."""
    if isinstance(request.payload, bytes) and request.type == "Produce":
        self.log.produce(int.from_bytes(request.payload[:4], "big"), (Record(b"", b"whole", 0),))
    return StreambusService.carry_out(self, request)


def _sticky(self, name, partitions):
    """Gives the same partitions to all."""
    topic = self._topics[name] = Topic(name, 0, partitions)
    self._partitions |= {number: self._partitions.get(number, []) for number in range(min(partitions, 64))}
    return topic


def _overwriting(self, name, partitions):
    self._topics.pop(name, None)
    return Log.create(self, name, partitions)


def _reusing(self, name, partitions):
    self._next_partition = len(self._partitions)
    return Log.create(self, name, partitions)


def _some(self, name, partitions):
    return Log.create(self, name, min(partitions, 64))


def _forgetting(self, name):
    """Forgets the name and keeps the partitions."""
    if name not in self._topics:
        raise RefusedError("partition_not_found", "there is no such topic")
    return self._topics.pop(name)


def _fetch(change):
    """A log whose Fetch gives something else: `change` gets what is right and the arguments."""
    return _with_log(
        fetch=lambda self, partition, offset, size, most: change(self, Log.fetch(self, partition, offset, size, most), offset)
    )


def _past(self, partition, offset, size, most):
    log = self._partition(partition)
    return Fetched((), len(log), partial=False) if offset > len(log) else Log.fetch(self, partition, offset, size, most)


def _payloads(change):
    """A server that reads the payloads of sound requests otherwise."""
    return hearing(lambda data: with_payload(data, change))


def _keyless(_, found, __):
    return Fetched(tuple(Record(b"", one.value, one.timestamp) for one in found.records), found.next_offset, found.partial)


def _from_the_start(self, partition, _, size, most):
    return Log.fetch(self, partition, 0, size, most)


def _everything(self, partition, offset, *_):
    log = self._partition(partition)
    return Fetched(tuple(log[offset:]), len(log), partial=False)


def _draining(self, echo):
    return StreambusService.health(self, echo) | {"state": "draining"}


def _whole_echo(kind, payload):
    return struct.pack(">H", min(len(payload) - 2, 65_535)) + payload[2:] if kind == 7 else payload


def _padded_echo(kind, payload):
    return payload.ljust(2 + int.from_bytes(payload[:2], "big"), b"\0") if kind == 7 else payload


MUTANTS = {
    "fills up": (_payloads(_filled), {f"payload-short-{name}" for name in NAMES if name != "listtopics"}),
    "cuts off": (_payloads(_cut), {f"payload-long-{name}" for name in NAMES if name != "healthcheck"}),
    "counts from one": (
        _with_log(produce=lambda self, partition, items: Log.produce(self, partition, items) + 1),
        {"produce"},
    ),
    "stores half of a batch": (_with_service(carry_out=_carry_out), {"produce-all-or-none"}),
    "sorts by time": (
        _with_log(
            produce=lambda self, partition, items: Log.produce(
                self, partition, tuple(sorted(items, key=lambda one: one.timestamp))
            )
        ),
        {"produce-timestamps", "offset-at"},
    ),
    "takes small batches": (
        _payloads(lambda kind, payload: payload if kind != 1 or payload[4:8] < b"\0\0\1\0" else b""),
        {"produce-1000"},
    ),
    "makes partitions when they are asked for": (
        _with_log(_partition=lambda self, number: self._partitions.setdefault(number, [])),
        {"produce-no-partition", "offset-no-partition", "delete"},
    ),
    "loses keys": (_fetch(_keyless), {"fetch"}),
    "begins at the beginning": (_with_log(fetch=_from_the_start), {"fetch-offset", "fetch-end", "fetch-beyond"}),
    "has nothing beyond the end": (_with_log(fetch=_past), {"fetch-beyond"}),
    "never says partial": (
        _fetch(lambda _, found, __: Fetched(found.records, found.next_offset, partial=False)),
        {"fetch-cut", "fetch-one", "fetch-mebibyte", "produce-1000"},
    ),
    "says partial at the end": (
        _fetch(lambda _, found, __: Fetched(found.records, found.next_offset, partial=True)),
        {"fetch-end", "fetch"},
    ),
    "gives nothing where nothing fits": (
        _with_log(
            fetch=lambda self, partition, offset, size, most: Log.fetch(self, partition, offset, size, most if size else 0)
        ),
        {"fetch-one"},
    ),
    "gives all at once": (_with_log(fetch=_everything), {"fetch-mebibyte", "fetch-cut"}),
    "finds the last message before a time": (
        _with_log(offset=lambda self, partition, timestamp: max(0, Log.offset(self, partition, timestamp) - 1)),
        {"offset-at"},
    ),
    "has one partition for all": (_with_log(create=_sticky), {"create-partitions", "create-taken", "create-never-again"}),
    "makes topics anew": (_with_log(create=_overwriting), {"create-taken"}),
    "gives numbers out again": (_with_log(create=_reusing), {"create-never-again"}),
    "makes as many partitions as it can": (_with_log(create=_some), {"create-too-many"}),
    "takes any name": (
        _payloads(_named),
        {"name-empty", "name-too-long", "name-space", "name-slash", "name-newline", "name-letters", "name-not-utf-8"},
    ),
    "has short names": (_payloads(lambda kind, payload: b"" if kind == 4 and len(payload) > 200 else payload), {"name-255"}),
    "keeps what was deleted": (_with_log(delete=_forgetting), {"delete"}),
    "does not miss anybody": (
        _with_log(delete=lambda self, name: Log.delete(self, name) if name in self._topics else Topic(name, 0, 0)),
        {"delete-unknown", "delete"},
    ),
    "sorts its topics": (
        _with_log(topics=lambda self: tuple(sorted(Log.topics(self), key=lambda topic: topic.name))),
        {"list"},
    ),
    "is always draining": (_with_service(health=_draining), {"health"}),
    "echoes everything": (_payloads(_whole_echo), {"echo", "echo-nothing"}),
    "has small echoes": (saying(lambda data: data if len(data) < 70 else sealed(data[4:60])), {"echo-largest"}),
    "fills echoes up": (_payloads(_padded_echo), {"echo-too-long"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    wrong, expected = MUTANTS[name]
    assert failing(CHECKS, wrong) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {check.name for check in CHECKS} == set().union(*(expected for _, expected in MUTANTS.values()))


def test_the_reference_server_passes():
    assert failing(CHECKS, server) == set()
