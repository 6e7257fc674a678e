"""Checks about messages as such: framing, ids, pipelining, flags, versions, errors, ends (sections 2, 3, 5, 6.3, 6.5 and 7)."""

import struct
from collections.abc import Callable

from workbench.api import CheckFailed, CheckSkipped, Peer
from workbench_streambus.checks.bus import (
    CREATE,
    FETCH,
    HEALTH,
    LIST,
    PRODUCE,
    Bus,
    answered,
    fetched,
    must,
    record,
    records,
    request,
    rule,
    sealed,
    string,
    with_topic,
)

__all__ = ["CHECKS"]

PIPELINED = 100
"""Requests sent before the first reply is read."""

NO_PARTITION = 0xFFFF_FFF0
"""A partition number that no server has given out yet."""


def _in_pieces(peer: Peer) -> None:
    bus = Bus(peer)
    for byte in request(1, HEALTH, struct.pack(">H", 5) + b"hello"):
        peer.send(bytes([byte]))
    must(bus.reply(), 0)


def _unbelievable(length: int) -> Callable[[Peer], None]:
    """A check: this length is answered with a refusal, the last message of the connection."""

    def run(peer: Peer) -> None:
        bus = Bus(peer)
        peer.send(struct.pack(">I", length))
        reply = must(bus.reply(), 2)
        if reply.number != 0:
            raise CheckFailed(f"expected a refusal, with request id 0, got id {reply.number}")
        if not bus.closes():
            raise CheckFailed("expected the connection to be closed behind a refusal, it stays open")

    return run


def _nothing_behind_refusal(peer: Peer) -> None:
    bus = Bus(peer)
    peer.send(struct.pack(">I", 0xFFFF_FFFF) + request(1, HEALTH, b"\0\0"))
    must(bus.reply(), 2)
    late = bus.maybe_reply()
    if late is not None:
        raise CheckFailed(f"expected nothing behind a refusal, got a reply to request {late.number}")


def _ids(peer: Peer) -> None:
    bus = Bus(peer)
    for number in (1, 2**32, 2**63, 2**64 - 1):
        peer.send(request(number, HEALTH, b"\0\0"))
        reply = must(bus.reply(), 0)
        if reply.number != number:
            raise CheckFailed(f"expected request id {number} in the reply, got {reply.number}")


def _id_zero(peer: Peer) -> None:
    bus = Bus(peer)
    peer.send(request(0, HEALTH, b"\0\0"))
    must(bus.reply(), 2)


def _one_reply_each(peer: Peer) -> None:
    bus = Bus(peer)
    peer.send(b"".join(request(number, HEALTH, b"\0\0") for number in range(1, PIPELINED + 1)))
    found = sorted(must(bus.reply(), 0).number for _ in range(PIPELINED))
    if found != list(range(1, PIPELINED + 1)):
        raise CheckFailed(f"expected one reply to each of {PIPELINED} requests, got ids {found[:10]}…")
    if not bus.is_quiet():
        raise CheckFailed(f"expected {PIPELINED} replies, got another one")


def _carried_out_in_order(bus: Bus, partition: int) -> None:
    asked = [bus.number() for _ in range(3)]
    fetch = struct.pack(">IQI", partition, 0, 1 << 20)
    bus.peer.send(
        request(asked[0], PRODUCE, records(partition, [record(b"one")]))
        + request(asked[1], FETCH, fetch)
        + request(asked[2], PRODUCE, records(partition, [record(b"two")]))
    )
    replies = {reply.number: reply for reply in (bus.reply(), bus.reply(), bus.reply())}
    if set(replies) != set(asked):
        raise CheckFailed(f"expected replies to {asked}, got {sorted(replies)}")
    following, found = fetched(must(replies[asked[1]], 0))
    if (following, [value for _, _, value, _ in found]) != (1, [b"one"]):
        raise CheckFailed(f"a Fetch between two Produce must see the first only, it saw {len(found)} messages")


def _advisory(peer: Peer) -> None:
    bus = Bus(peer)
    for bit in range(8):
        bus.good(HEALTH, b"\0\0", flags=1 << bit)


def _critical(peer: Peer) -> None:
    bus = Bus(peer)
    for bit in range(8, 16):
        must(bus.ask(HEALTH, b"\0\0", flags=1 << bit), 2)
    bus.good(HEALTH, b"\0\0")


def _corrupt(peer: Peer) -> None:
    bus = Bus(peer)
    data = request(bus.number(), HEALTH, struct.pack(">H", 5) + b"hello")
    for at in (12, 18, len(data) - 1):  # type, payload, checksum
        peer.send(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        must(bus.reply(), 4)
    bus.good(HEALTH, b"\0\0")


def _corrupt_is_not_carried_out(bus: Bus, partition: int) -> None:
    data = request(bus.number(), PRODUCE, records(partition, [record(b"damaged")]))
    bus.peer.send(data[:-1] + bytes([data[-1] ^ 1]))
    must(bus.reply(), 4)
    if fetched(must(bus.fetch(partition, 0), 0))[0]:
        raise CheckFailed("a corrupt Produce was carried out")


def _too_short_for_a_request(peer: Peer) -> None:
    bus = Bus(peer)
    peer.send(sealed(bytes(11)))
    must(bus.reply(), 4)
    bus.good(HEALTH, b"\0\0")


def _corrupt_comes_first(peer: Peer) -> None:
    bus = Bus(peer)
    data = request(bus.number(), 99, b"", version=9, flags=0xFF00)
    peer.send(data[:-1] + bytes([data[-1] ^ 1]))
    must(bus.reply(), 4)


def _old_length(peer: Peer) -> None:
    bus = Bus(peer)
    data = bytearray(request(bus.number(), HEALTH, b"\0\0"))
    data[:4] = struct.pack(">I", len(data))  # as old peers count; the checksum does not matter, 4 bytes are missing
    peer.send(bytes(data))
    early = bus.maybe_reply(0.3)
    if early is not None:
        raise CheckFailed("expected four more bytes to be waited for, got a reply: the length was guessed")
    peer.send(bytes(4))
    must(bus.reply(), 4)


def _answers_behind_the_end(peer: Peer) -> None:
    bus = Bus(peer)
    peer.send(b"".join(request(number, HEALTH, b"\0\0") for number in (1, 2, 3)))
    peer.finish()
    for _ in range(3):
        must(bus.reply(), 0)


def _idle(peer: Peer) -> None:
    if "idle" not in peer.options:
        raise CheckSkipped("say how many seconds the target waits with --option idle=60")
    bus = Bus(peer)
    peer.send(request(1, HEALTH, b"\0\0")[:9])
    reply = bus.maybe_reply(float(peer.options["idle"]) + 5)
    if reply is None:
        raise CheckFailed("expected a refusal before the connection is given up, got none")
    must(reply, 6)
    if reply.number != 0:
        raise CheckFailed(f"expected a refusal, with request id 0, got id {reply.number}")
    if not bus.closes():
        raise CheckFailed("expected the connection to be closed behind a refusal, it stays open")


CHECKS = (
    rule("framing-pieces", "2.1", "A message is the same however it is cut into segments: here, single bytes", _in_pieces),
    rule("length-zero", "2.2", "A length of 0 is answered with a refusal, code 2, and the connection closed", _unbelievable(0)),
    rule("length-14", "2.2", "A length of 14 is answered with a refusal, code 2, and the connection closed", _unbelievable(14)),
    rule(
        "length-8388609",
        "2.2",
        "A length of 8,388,609 is not waited for, but refused with code 2, and the connection closed",
        _unbelievable(8_388_609),
    ),
    rule("length-largest", "2.2", "A length of 2^32-1 is not waited for, but refused with code 2", _unbelievable(0xFFFF_FFFF)),
    rule("refusal-is-last", "5.3", "A refusal is the last message of the connection", _nothing_behind_refusal),
    rule("id-of-reply", "3.1", "A reply has the id of its request, all 64 bits of it", _ids),
    rule("id-zero", "5.2", "Request id 0 is answered with code 2", _id_zero),
    rule("pipelining", "3.1", f"{PIPELINED} requests at once get exactly one reply each", _one_reply_each),
    rule(
        "order",
        "3.1",
        "Requests of a connection are carried out in the order received",
        with_topic("check-order", _carried_out_in_order),
    ),
    rule("flags-advisory", "3.2", "Flags in bits 0 to 7 are ignored", _advisory),
    rule("flags-critical", "3.2", "Flags in bits 8 to 15 are answered with code 2", _critical),
    rule("type-zero", "5.2", "Request type 0 is answered with code 1", answered(0, b"", 1)),
    rule("type-8", "7.3", "A request type that came later is answered with code 1", answered(8, b"anything", 1)),
    rule("type-255", "5.2", "Request type 255 is answered with code 1", answered(255, b"", 1)),
    rule("corrupt", "5.2", "A wrong checksum is answered with code 4, and the connection goes on", _corrupt),
    rule(
        "corrupt-not-carried-out",
        "5.2",
        "A request with a wrong checksum is not carried out",
        with_topic("check-corrupt", _corrupt_is_not_carried_out),
    ),
    rule("corrupt-short", "5.2", "A length below that of a request is answered with code 4", _too_short_for_a_request),
    rule("precedence-corrupt", "5.2", "Of several faults, corruption is told first", _corrupt_comes_first),
    rule(
        "precedence-type",
        "5.2",
        "An unknown type is told before a version or flags that are not supported",
        answered(99, b"", 1, version=9, flags=0xFF00),
    ),
    rule(
        "precedence-invalid",
        "5.2",
        "An invalid request is told before a partition that does not exist",
        answered(FETCH, struct.pack(">IQI", NO_PARTITION, 0, 0) + b"!", 2),
    ),
    rule(
        "precedence-partition",
        "5.2",
        "A partition that does not exist is told before an offset out of range",
        answered(FETCH, struct.pack(">IQI", NO_PARTITION, 2**64 - 1, 0), 5),
    ),
    rule("version-0", "7.1", "Version 0 is refused with code 2", answered(LIST, b"", 2, version=0)),
    rule("version-255", "7.1", "Version 255 is refused with code 2", answered(LIST, b"", 2, version=255)),
    rule(
        "version-of-create",
        "7.1",
        "A version that is not spoken is refused for every type but HealthCheck",
        answered(CREATE, string(b"check-version") + struct.pack(">I", 1), 2, version=200),
    ),
    rule("version-of-health-0", "7.2", "HealthCheck is answered in version 0, too", answered(HEALTH, b"\0\0", 0, version=0)),
    rule(
        "version-of-health-255", "7.2", "HealthCheck is answered in version 255, too", answered(HEALTH, b"\0\0", 0, version=255)
    ),
    rule("length-of-old-peers", "7.4", "A length that counts the whole message is not guessed at", _old_length),
    rule("half-close", "6.5", "A client that closes its sending side still gets all replies", _answers_behind_the_end),
    rule("idle", "6.3", "A request that does not come to its end is refused with code 6 before the connection closes", _idle),
)
