"""Conversations with the reference server, and what holds for any input at all."""

import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import ServerOptions, UsageError
from workbench_streambus import PROTOCOL
from workbench_streambus.grammar import ERROR_CODES, MAX_LENGTH, REQUEST_TYPES, RESPONSE, frame
from workbench_streambus.seeds import SEEDS, request
from workbench_streambus.server import REPLY_BATCH, server

SECOND = 1_000_000_000


def start(**options):
    return server(ServerOptions(**options))


def frames(data: bytes) -> list[bytes]:
    found = []
    while data:
        size = frame(data)
        assert size is not None, "an unfinished reply"
        found.append(data[:size])
        data = data[size:]
    return found


def parsed(data: bytes, *kinds):
    """The replies in `data`, read as answers to requests of these types."""
    replies = frames(data)
    assert len(replies) == len(kinds)
    return [RESPONSE.parse(reply, surplus=0, request_type=kind) for reply, kind in zip(replies, kinds, strict=True)]


def asked(connection, kind, payload, **more):
    """The one reply to one request with id 77."""
    [reply] = parsed(connection.receive(request(77, kind, payload, **more)), kind)
    assert reply.request_id == 77
    return reply


def everything(connection, data: bytes, cuts=()) -> bytes:
    """All that a connection answers to `data`, fed in pieces."""
    out = b""
    for begin, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        if begin < end:
            out += connection.receive(data[begin:end])
    while more := connection.pull():
        out += more
    return out


def record(key=b"k", value=b"v", timestamp=5):
    return {"key": key, "value": value, "timestamp": timestamp}


def test_produce_fetch_and_offsets():
    connection = start()()
    topic = asked(connection, "CreateTopic", {"name": "orders", "partitions": 2}).payload
    assert (topic.first_partition, topic.partitions) == (0, 2)
    first = asked(connection, "Produce", {"partition": 1, "messages": [record(), record(value=b"w", timestamp=9)]})
    assert (first.status, first.payload.first_offset, first.payload.count) == ("ok", 0, 2)
    found = asked(connection, "Fetch", {"partition": 1, "offset": 1, "max_bytes": 100})
    assert (found.status, found.payload.next_offset) == ("ok", 2)
    assert [(m.offset, m.key, m.value, m.timestamp) for m in found.payload.messages] == [(1, b"k", b"w", 9)]
    assert asked(connection, "GetOffset", {"partition": 1, "timestamp": 6}).payload.offset == 1


def test_a_cut_fetch_is_partial():
    connection = start()()
    asked(connection, "CreateTopic", {"name": "t", "partitions": 1})
    asked(connection, "Produce", {"partition": 0, "messages": [record(), record(), record()]})
    cut = asked(connection, "Fetch", {"partition": 0, "offset": 0, "max_bytes": 4})
    assert (cut.status, cut.error_code, len(cut.payload.messages)) == ("partial", "none", 2)
    assert asked(connection, "Fetch", {"partition": 0, "offset": 2, "max_bytes": 4}).status == "ok"


def test_topics_come_and_go():
    connection = start()()
    asked(connection, "CreateTopic", {"name": "a", "partitions": 2})
    asked(connection, "CreateTopic", {"name": "b", "partitions": 1})
    listed = asked(connection, "ListTopics", {}).payload.topics
    assert [(t.name, t.first_partition, t.partitions) for t in listed] == [("a", 0, 2), ("b", 2, 1)]
    assert asked(connection, "DeleteTopic", {"name": "a"}).payload.partitions == 2
    assert [t.name for t in asked(connection, "ListTopics", {}).payload.topics] == ["b"]


def test_connections_share_one_log():
    service = start()
    asked(service(), "CreateTopic", {"name": "t", "partitions": 1})
    asked(service(), "Produce", {"partition": 0, "messages": [record(value=b"seen")]})
    found = asked(service(), "Fetch", {"partition": 0, "offset": 0, "max_bytes": 10})
    assert found.payload.messages[0].value == b"seen"


def test_health():
    reply = asked(start()(), "HealthCheck", {"echo_length": 2, "echo": b"hello"}).payload
    assert (reply.state, reply.oldest_version, reply.newest_version, reply.echo) == ("serving", 1, 1, b"he")


def test_health_works_in_every_version():
    assert asked(start()(), "HealthCheck", {"echo_length": 0, "echo": b""}, version=200).status == "ok"


@pytest.mark.parametrize(
    ("code", "kind", "payload", "more"),
    [
        ("unknown_request", 8, b"", {}),
        ("unknown_request", 0, b"anything", {}),
        ("invalid_request", "ListTopics", {}, {"version": 2}),
        ("invalid_request", "ListTopics", {}, {"flags": 0x0100}),
        ("invalid_request", "ListTopics", b"left over", {}),
        ("invalid_request", "Fetch", b"short", {}),
        ("invalid_request", "HealthCheck", {"echo_length": 6, "echo": b"hello"}, {}),
        ("invalid_request", "CreateTopic", {"name": "", "partitions": 1}, {}),
        ("partition_not_found", "Fetch", {"partition": 3, "offset": 0, "max_bytes": 1}, {}),
        ("partition_not_found", "DeleteTopic", {"name": "nowhere"}, {}),
        ("offset_out_of_range", "Fetch", {"partition": 0, "offset": 1, "max_bytes": 1}, {}),
        ("storage_error", "Produce", {"partition": 0, "messages": [record(value=bytes(300))]}, {}),
    ],
)
def test_each_error_has_its_code_and_the_connection_goes_on(code, kind, payload, more):
    connection = start(max_stored=300)()
    asked(connection, "CreateTopic", {"name": "t", "partitions": 1})
    reply = asked(connection, kind, payload, **more)
    assert (reply.status, reply.error_code) == ("error", code)
    assert reply.payload.detail
    assert not connection.closed
    assert asked(connection, "ListTopics", {}).status == "ok"


def test_advisory_flags_are_ignored():
    assert asked(start()(), "ListTopics", {}, flags=0x00FF).status == "ok"


def test_request_id_0_is_reserved():
    [reply] = parsed(start()().receive(request(0, "ListTopics", {})), "ListTopics")
    assert (reply.request_id, reply.error_code) == (0, "invalid_request")


def test_a_corrupt_request_gets_its_code():
    connection = start()()
    damaged = bytearray(request(5, "ListTopics", {}))
    damaged[-1] ^= 1
    [reply, healthy] = parsed(connection.receive(bytes(damaged) + request(6, "ListTopics", {})), 0, "ListTopics")
    assert (reply.request_id, reply.error_code, healthy.status) == (5, "corrupt_message", "ok")


def test_a_request_shorter_than_requests_are():
    body = (15).to_bytes(4, "big") + (9).to_bytes(8, "big") + b"\6\1\0"
    [reply] = parsed(start()().receive(body + zlib.crc32(body).to_bytes(4, "big")), 0)
    assert (reply.request_id, reply.error_code) == (9, "corrupt_message")


@pytest.mark.parametrize("length", [0, 14, MAX_LENGTH + 1, 2**32 - 1])
def test_a_length_that_cannot_be_believed_ends_the_connection(length):
    connection = start()()
    [good, refusal] = parsed(
        connection.receive(request(1, "ListTopics", {}) + length.to_bytes(4, "big") + b"more"), "ListTopics", 0
    )
    assert good.status == "ok"
    assert (refusal.request_id, refusal.error_code) == (0, "invalid_request")
    assert connection.closed
    assert connection.receive(request(2, "ListTopics", {})) == b""


def test_the_option_lowers_the_longest_request():
    connection = start(max_request=100)()
    assert asked(connection, "HealthCheck", {"echo_length": 0, "echo": bytes(78)}).status == "ok"
    [refusal] = parsed(connection.receive((97).to_bytes(4, "big")), 0)
    assert (refusal.error_code, connection.closed) == ("invalid_request", True)


def test_pipelined_requests_are_answered_in_order():
    numbers = [5, 3, 2**64 - 1, 4]
    data = b"".join(request(number, "ListTopics", {}) for number in numbers)
    assert [reply.request_id for reply in parsed(start()().receive(data), *["ListTopics"] * 4)] == numbers


def test_replies_wait_for_a_slow_reader():
    connection = start()()
    asked(connection, "CreateTopic", {"name": "t", "partitions": 1})
    asked(connection, "Produce", {"partition": 0, "messages": [record(value=bytes(100_000))]})
    count = 20
    first = connection.receive(
        b"".join(request(n + 1, "Fetch", {"partition": 0, "offset": 0, "max_bytes": 1}) for n in range(count))
    )
    assert REPLY_BATCH <= len(first) < 2 * REPLY_BATCH
    batches = [first]
    while more := connection.pull():
        assert len(more) < 2 * REPLY_BATCH
        batches.append(more)
    assert len(batches) > 3
    assert [reply.request_id for reply in parsed(b"".join(batches), *["Fetch"] * count)] == list(range(1, count + 1))


def test_the_end_of_the_client_waits_for_the_replies():
    connection = start()()
    assert connection.receive(request(1, "ListTopics", {}) + b"\0\0") != b""
    assert not connection.closed
    assert connection.receive(b"") == b""
    assert connection.closed


def test_an_idle_connection_is_closed():
    connection = start(idle_ns=60 * SECOND)()
    connection.wakeup(100 * SECOND)
    connection.receive(request(1, "ListTopics", {}))
    assert (connection.wakeup(160 * SECOND), connection.closed) == (b"", False)
    assert (connection.wakeup(161 * SECOND), connection.closed) == (b"", True)


def test_half_a_request_is_told_about_the_time_out():
    connection = start(idle_ns=60 * SECOND)()
    connection.wakeup(0)
    connection.receive(request(1, "ListTopics", {})[:-1])
    [refusal] = parsed(connection.wakeup(61 * SECOND), 0)
    assert (refusal.request_id, refusal.error_code, connection.closed) == (0, "request_timeout", True)


def test_a_slow_reader_is_not_idle():
    connection = start(idle_ns=SECOND)()
    connection.wakeup(0)
    echo = bytes(60_000)
    connection.receive(request(1, "HealthCheck", {"echo_length": len(echo), "echo": echo}) * 10)
    assert connection.wakeup(2 * SECOND) != b""
    assert not connection.closed


def test_drain_answers_what_came_whole_and_refuses_the_rest():
    service = start()
    connection = service()
    echo = bytes(60_000)
    one = request(1, "HealthCheck", {"echo_length": len(echo), "echo": echo})
    first = connection.receive(one * 10 + one[:30])
    rest = connection.drain()
    while more := connection.pull():
        rest += more
    replies = parsed(first + rest, *["HealthCheck"] * 10)
    assert [reply.payload.state for reply in replies] == ["serving"] * 5 + ["draining"] * 5
    assert connection.closed
    assert connection.receive(one) == b""


def sessions(random: Random, count: int) -> bytes:
    """Seeds in random order, some of them damaged."""
    data = b""
    for _ in range(count):
        message = bytearray(random.choice(random.choice(SEEDS).messages))
        if random.random() < 0.3:
            message[random.randrange(4, len(message))] = random.randrange(256)
        data += message
    return data


@given(st.integers(0, 2**32), st.lists(st.integers(0, 600), max_size=6))
def test_any_split_of_the_input_gives_the_same_output(seed, cuts):
    data = sessions(Random(seed), 6)
    whole = everything(start()(), data)
    assert everything(start()(), data, tuple(sorted(min(cut, len(data)) for cut in cuts))) == whole
    assert everything(start()(), data, tuple(range(1, len(data)))) == whole


@given(st.integers(0, 2**32))
def test_equal_services_give_equal_bytes(seed):
    data = sessions(Random(seed), 8)
    assert everything(start()(), data) == everything(start()(), data)


@given(st.binary(max_size=300), st.booleans())
def test_arbitrary_bytes_never_raise(data, framed):
    if framed:
        data = (len(data) + 4).to_bytes(4, "big") + data
        data += zlib.crc32(data).to_bytes(4, "big")
    connection = start()()
    for reply in frames(everything(connection, data)):
        assert RESPONSE.parse(reply, surplus=0, request_type=0).error_code in ERROR_CODES
    connection.receive(b"")
    assert connection.closed


@given(st.sampled_from(sorted(REQUEST_TYPES)), st.binary(max_size=80), st.integers(0, 255), st.integers(0, 2**16 - 1))
def test_every_request_gets_exactly_one_reply_with_its_id(kind, payload, version, flags):
    [reply] = parsed(start()().receive(request(123, kind, payload, version=version, flags=flags)), kind)
    assert reply.request_id == 123
    assert not isinstance(reply.payload, bytes)


@pytest.mark.parametrize("start", [PROTOCOL.server, PROTOCOL.training], ids=["server", "training"])
def test_it_has_no_settings(start):
    with pytest.raises(UsageError, match="color: is no setting of streambus"):
        start(ServerOptions(settings={"color": "red"}))
