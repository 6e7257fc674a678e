"""Checks about the seven requests and what they do (section 4 and the limits of section 6)."""

import struct
from collections.abc import Callable

from workbench.api import Check, CheckFailed, Peer
from workbench_streambus.checks.bus import (
    CREATE,
    DELETE,
    FETCH,
    GET_OFFSET,
    HEALTH,
    LIST,
    PRODUCE,
    Bus,
    answered,
    fetched,
    must,
    record,
    records,
    rule,
    string,
    with_topic,
)

__all__ = ["CHECKS"]

NO_PARTITION = 0xFFFF_FFF0
"""A partition number that no server has given out yet."""

MOST = 1000
"""Messages in one Produce or Fetch reply (section 6.1)."""

MOST_BYTES = 1_048_576
"""Bytes of keys and values in one reply to Fetch (section 4.2)."""

NOT_FITTING = {
    "Produce": (PRODUCE, records(NO_PARTITION, [record(b"x")])),
    "Fetch": (FETCH, struct.pack(">IQI", NO_PARTITION, 0, 1)),
    "GetOffset": (GET_OFFSET, struct.pack(">IQ", NO_PARTITION, 0)),
    "CreateTopic": (CREATE, string(b"check-payload") + struct.pack(">I", 1)),
    "DeleteTopic": (DELETE, string(b"check-payload")),
    "ListTopics": (LIST, b""),
    "HealthCheck": (HEALTH, b"\0\0"),
}
"""Payloads that fit; a byte more or less makes them invalid (with HealthCheck, a byte less)."""


def _values(reply_payload: list[tuple[int, bytes, bytes, int]]) -> list[bytes]:
    return [value for _, _, value, _ in reply_payload]


def _produce(bus: Bus, partition: int) -> None:
    for wanted, batch in ((0, [b"a", b"b"]), (2, [b"c"]), (3, [])):
        reply = bus.good(PRODUCE, records(partition, [record(value) for value in batch]))
        if reply.unpack(">QI") != (wanted, len(batch)):
            raise CheckFailed(f"expected first_offset {wanted} and count {len(batch)}, got {reply.unpack('>QI')}")
    if fetched(must(bus.fetch(partition, 0), 0))[0] != 3:
        raise CheckFailed("expected the next offset to be 3 behind three messages")


def _all_or_none(bus: Bus, partition: int) -> None:
    whole, half = record(b"whole"), record(b"broken off")[:-3]
    must(bus.ask(PRODUCE, records(partition, [whole, half])), 2)
    must(bus.ask(PRODUCE, records(partition, [whole], count=2)), 2)
    following, _ = fetched(must(bus.fetch(partition, 0), 0))
    if following:
        raise CheckFailed(f"expected nothing to be stored of an invalid batch, {following} messages are")


def _timestamps_may_fall(bus: Bus, partition: int) -> None:
    stamps = [5, 3, 2**64 - 1, 0]
    bus.produce(partition, [b"x"] * 4, stamps)
    _, found = fetched(must(bus.fetch(partition, 0), 0))
    if [stamp for _, _, _, stamp in found] != stamps:
        raise CheckFailed(f"expected timestamps {stamps}, got {[stamp for _, _, _, stamp in found]}")


def _most_messages(bus: Bus, partition: int) -> None:
    bus.produce(partition, [b"x"] * MOST)
    must(bus.ask(PRODUCE, records(partition, [record(b"x")] * (MOST + 1))), 2)
    bus.produce(partition, [b"last"])
    first = must(bus.fetch(partition, 0), 0)
    following, found = fetched(first)
    if (first.status, following) != (2, MOST + 1) or not 0 < len(found) <= MOST:
        raise CheckFailed(f"expected status 2 and at most {MOST} messages, got status {first.status} and {len(found)}")
    rest = must(bus.fetch(partition, found[-1][0] + 1), 0)
    if rest.status == 0 and _values(fetched(rest)[1])[-1:] != [b"last"]:
        raise CheckFailed("expected the last message behind the cut, it is missing")


def _round_trip(bus: Bus, partition: int) -> None:
    items = [(b"", b"", 0), (b"key", b"value", 7), (bytes(range(256)), b"\0\xff" * 100, 2**64 - 1)]
    bus.good(PRODUCE, records(partition, [record(value, key, stamp) for key, value, stamp in items]))
    reply = must(bus.fetch(partition, 0), 0)
    wanted = [(offset, key, value, stamp) for offset, (key, value, stamp) in enumerate(items)]
    if reply.status != 0 or fetched(reply) != (3, wanted):
        raise CheckFailed(f"expected the three messages as they were produced, got status {reply.status}, {fetched(reply)}"[:300])


def _from_the_middle(bus: Bus, partition: int) -> None:
    bus.produce(partition, [b"a", b"b", b"c"])
    following, found = fetched(must(bus.fetch(partition, 1), 0))
    if (following, [(offset, value) for offset, _, value, _ in found]) != (3, [(1, b"b"), (2, b"c")]):
        raise CheckFailed(f"expected messages 1 and 2, got {[(offset, value) for offset, _, value, _ in found]}")


def _at_the_end(bus: Bus, partition: int) -> None:
    bus.produce(partition, [b"a"])
    reply = must(bus.fetch(partition, 1), 0)
    if reply.status != 0 or fetched(reply) != (1, []):
        raise CheckFailed(f"expected no messages and status 0, got status {reply.status} and {len(fetched(reply)[1])}")


def _beyond_the_end(bus: Bus, partition: int) -> None:
    must(bus.fetch(partition, 1), 3)
    must(bus.fetch(partition, 2**64 - 1), 3)


def _cut(bus: Bus, partition: int) -> None:
    bus.produce(partition, [b"four", b"five!", b"six"])
    first = must(bus.fetch(partition, 0, 9), 0)
    if first.status != 2 or _values(fetched(first)[1]) != [b"four", b"five!"]:
        raise CheckFailed(
            f"expected two whole messages of 9 bytes and status 2, got {_values(fetched(first)[1])}, {first.status}"
        )
    rest = must(bus.fetch(partition, 2, 9), 0)
    if rest.status != 0 or _values(fetched(rest)[1]) != [b"six"]:
        raise CheckFailed(f"expected the last message and status 0, got {_values(fetched(rest)[1])}, {rest.status}")


def _always_one(bus: Bus, partition: int) -> None:
    bus.produce(partition, [b"large", b"second"])
    reply = must(bus.fetch(partition, 0, 0), 0)
    if reply.status != 2 or _values(fetched(reply)[1]) != [b"large"]:
        raise CheckFailed(f"expected one message although none fits, got {len(fetched(reply)[1])}")


def _not_more_than_a_mebibyte(bus: Bus, partition: int) -> None:
    for _ in range(3):
        bus.produce(partition, [bytes(500_000)])
    reply = must(bus.fetch(partition, 0, 2**32 - 1), 0)
    size = sum(len(value) for value in _values(fetched(reply)[1]))
    if size > MOST_BYTES or reply.status != 2:
        raise CheckFailed(f"expected at most {MOST_BYTES} bytes and status 2, got {size} and status {reply.status}")


def _offset_at(bus: Bus, partition: int) -> None:
    def at(timestamp: int) -> int:
        return bus.good(GET_OFFSET, struct.pack(">IQ", partition, timestamp)).unpack(">Q")[0]

    if at(0) != 0:
        raise CheckFailed(f"expected offset 0 in an empty partition, got {at(0)}")
    bus.produce(partition, [b"x"] * 4, [10, 30, 20, 40])
    for timestamp, wanted in ((0, 0), (10, 0), (11, 1), (30, 1), (31, 3), (40, 3), (41, 4), (2**64 - 1, 4)):
        if at(timestamp) != wanted:
            raise CheckFailed(f"expected offset {wanted} for timestamp {timestamp}, got {at(timestamp)}")


def _partitions_are_apart(bus: Bus, first: int) -> None:
    other = bus.topic("check-apart-2", 2)
    numbers = {first, first + 1, first + 2, other, other + 1}
    if len(numbers) != 5:
        raise CheckFailed(f"partitions of two topics overlap: 3 from {first}, 2 from {other}")
    for number in numbers:
        bus.produce(number, [b"to %d" % number])
    for number in numbers:
        if _values(fetched(must(bus.fetch(number, 0), 0))[1]) != [b"to %d" % number]:
            raise CheckFailed(f"partition {number} does not hold what was sent to it, and only that")
    bus.drop("check-apart-2")


def _taken(bus: Bus, _: int) -> None:
    must(bus.ask(CREATE, string(b"check-taken") + struct.pack(">I", 1)), 2)


def _never_again(bus: Bus, first: int) -> None:
    bus.drop("check-again")
    second = bus.topic("check-again")
    if second <= first:
        raise CheckFailed(f"expected a new partition number above {first}, got {second}")


def _delete(bus: Bus, first: int) -> None:
    bus.produce(first, [b"x"])
    (gone,) = bus.good(DELETE, string(b"check-delete")).unpack(">I")
    if gone != 3:
        raise CheckFailed(f"expected 3 partitions to go, got {gone}")
    must(bus.fetch(first, 0), 5)
    must(bus.ask(DELETE, string(b"check-delete")), 5)


def _topics(bus: Bus) -> list[tuple[bytes, int, int]]:
    data = bus.good(LIST).payload
    try:
        (count,) = struct.unpack_from(">I", data)
        at, found = 4, []
        for _ in range(count):
            (size,) = struct.unpack_from(">H", data, at)
            found.append((data[at + 2 : at + 2 + size], *struct.unpack_from(">II", data, at + 2 + size)))
            at += 10 + size
    except struct.error:
        raise CheckFailed(f"the reply to ListTopics breaks off: {data[:40].hex()}") from None
    if at != len(data):
        raise CheckFailed(f"{len(data) - at} bytes are left over in the reply to ListTopics")
    return found


def _list(bus: Bus, first: int) -> None:
    others = {name: bus.topic(name) for name in ("check-list-b", "check-list-a")}
    wanted = [(b"check-list", first, 2), *((name.encode(), number, 1) for name, number in others.items())]
    found = [topic for topic in _topics(bus) if topic in wanted]
    if found != wanted:
        raise CheckFailed(f"expected {wanted} in order of creation, got {found}")
    for name in others:
        bus.drop(name)
    if any(topic in wanted[1:] for topic in _topics(bus)):
        raise CheckFailed("a deleted topic is still listed")


def _longest_name(peer: Peer) -> None:
    bus = Bus(peer)
    name = ("check-" + "n" * 255)[:255]
    bus.topic(name)
    bus.drop(name)


def _state(peer: Peer) -> None:
    state, oldest, newest = Bus(peer).good(HEALTH, b"\0\0").unpack(">BBB")
    if state != 0 or not oldest <= 1 <= newest:
        raise CheckFailed(f"expected state 0 and version 1 between the oldest and newest, got {state}, {oldest}, {newest}")


def _echo(wanted: int, sent: bytes) -> Callable[[Peer], None]:
    """A check: of `sent`, the first `wanted` bytes come back."""

    def run(peer: Peer) -> None:
        echo = Bus(peer).good(HEALTH, struct.pack(">H", wanted) + sent).payload[3:]
        if echo != sent[:wanted]:
            raise CheckFailed(
                f"expected an echo of {wanted} bytes, got {len(echo)}" + (" other ones" if len(echo) == wanted else "")
            )

    return run


def _short(name: str) -> Check:
    kind, payload = NOT_FITTING[name]
    text = f"A payload of {name} with a byte missing is answered with code 2"
    return rule(f"payload-short-{name.lower()}", "4", text, answered(kind, payload[:-1], 2))


def _long(name: str) -> Check:
    kind, payload = NOT_FITTING[name]
    text = f"A payload of {name} with a byte left over is answered with code 2"
    return rule(f"payload-long-{name.lower()}", "4", text, answered(kind, payload + b"!", 2))


def _bad_name(name: str, text: bytes, what: str) -> Check:
    run = answered(CREATE, string(text) + struct.pack(">I", 1), 2)
    return rule(f"name-{name}", "4.4", f"A topic's name with {what} is answered with code 2", run)


CHECKS = (
    *(_short(name) for name in NOT_FITTING if name != "ListTopics"),
    *(_long(name) for name in NOT_FITTING if name != "HealthCheck"),
    rule(
        "produce",
        "4.1",
        "Messages get the next offsets without a gap; a batch may be empty",
        with_topic("check-produce", _produce),
    ),
    rule("produce-all-or-none", "4.1", "Of an invalid batch nothing is stored", with_topic("check-none", _all_or_none)),
    rule("produce-timestamps", "4.1", "Timestamps need not grow", with_topic("check-stamps", _timestamps_may_fall)),
    rule("produce-1000", "6.1", "1000 messages fit a batch and a reply, 1001 do not", with_topic("check-1000", _most_messages)),
    rule(
        "produce-no-partition",
        "5.2",
        "Produce to a partition that does not exist is answered with code 5",
        answered(PRODUCE, records(NO_PARTITION, [record(b"x")]), 5),
    ),
    rule("fetch", "4.2", "Keys, values and timestamps come back as they were produced", with_topic("check-fetch", _round_trip)),
    rule("fetch-offset", "4.2", "Fetch begins at the offset asked for", with_topic("check-middle", _from_the_middle)),
    rule("fetch-end", "4.2", "Fetch at the next offset gives no messages and status 0", with_topic("check-end", _at_the_end)),
    rule(
        "fetch-beyond", "4.2", "Fetch beyond the next offset is answered with code 3", with_topic("check-beyond", _beyond_the_end)
    ),
    rule(
        "fetch-cut",
        "4.2",
        "A reply holds whole messages up to max_bytes; status 2 says there are more",
        with_topic("check-cut", _cut),
    ),
    rule("fetch-one", "4.2", "A reply holds at least one message where there is one", with_topic("check-one", _always_one)),
    rule(
        "fetch-mebibyte", "4.2", "A reply holds at most 1,048,576 bytes", with_topic("check-mebibyte", _not_more_than_a_mebibyte)
    ),
    rule(
        "offset-at",
        "4.3",
        "GetOffset gives the first message at or after a time, or the end",
        with_topic("check-times", _offset_at),
    ),
    rule(
        "offset-no-partition",
        "5.2",
        "GetOffset of a partition that does not exist is answered with code 5",
        answered(GET_OFFSET, struct.pack(">IQ", NO_PARTITION, 0), 5),
    ),
    rule(
        "create-partitions",
        "4.4",
        "Partition numbers are unique in a server",
        with_topic("check-apart", _partitions_are_apart, 3),
    ),
    rule("create-taken", "4.4", "A name in use is answered with code 2", with_topic("check-taken", _taken)),
    rule("create-never-again", "4.4", "Partition numbers are never given out again", with_topic("check-again", _never_again)),
    rule(
        "create-too-many",
        "6.2",
        "More partitions than a server has are told with an error, not cut",
        answered(CREATE, string(b"check-many") + struct.pack(">I", 2**32 - 1), 2, 7),
    ),
    _bad_name("empty", b"", "no character"),
    _bad_name("too-long", b"n" * 256, "256 characters"),
    _bad_name("space", b"check name", "a space"),
    _bad_name("slash", b"check/name", "a slash"),
    _bad_name("newline", b"check-name\n", "a line break at its end"),
    _bad_name("letters", "check-nämé".encode(), "letters beyond A to Z"),
    _bad_name("not-utf-8", b"check-\xff\xfe", "bytes that are not UTF-8"),
    rule("name-255", "4.4", "A topic's name may have 255 characters", _longest_name),
    rule(
        "delete",
        "4.5",
        "DeleteTopic tells how many partitions went; then they are unknown",
        with_topic("check-delete", _delete, 3),
    ),
    rule("delete-unknown", "4.5", "An unknown name is answered with code 5", answered(DELETE, string(b"check-nobody"), 5)),
    rule(
        "list",
        "4.6",
        "Topics are listed in the order of their creation, deleted ones are not",
        with_topic("check-list", _list, 2),
    ),
    rule("health", "4.7", "HealthCheck tells the state and the versions", _state),
    rule("echo", "4.7", "The first echo_length bytes come back", _echo(3, b"hello")),
    rule("echo-nothing", "4.7", "No echo comes back where none is asked for", _echo(0, b"hello")),
    rule("echo-largest", "6.1", "65,535 bytes come back, more may be sent", _echo(65_535, bytes(range(256)) * 300)),
    rule(
        "echo-too-long",
        "4.7",
        "More echo than was sent is answered with code 2, and with no bytes of anybody else",
        answered(HEALTH, struct.pack(">H", 100) + b"short", 2),
    ),
)
