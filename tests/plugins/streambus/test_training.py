"""Each planted fault fires on its trigger and only there; without triggers the faulty server is the reference server."""

import sys

import pytest

from workbench.api import ServerOptions
from workbench_streambus.grammar import RESPONSE
from workbench_streambus.seeds import SECRET, SEEDS, request
from workbench_streambus.server import server
from workbench_streambus.training import training


def answers(factory, *messages: bytes) -> bytes:
    connection = factory(ServerOptions())()
    return b"".join(connection.receive(message) for message in messages)


def test_seeds_do_not_trigger_anything():
    for seed in (*SEEDS, SECRET.session):
        assert answers(training, *seed.messages) == answers(server, *seed.messages)


def test_key_mask_crashes():
    message = {"key": b"long key", "value": b"short", "timestamp": 0}
    with pytest.raises(IndexError):
        answers(training, request(1, "Produce", {"partition": 0, "messages": [message]}))


def test_owner_crashes_the_second_time():
    delete = request(1, "DeleteTopic", {"name": "t"})
    messages = (request(1, "CreateTopic", {"name": "t", "partitions": 1}), delete)
    assert answers(training, *messages) == answers(server, *messages)
    with pytest.raises(KeyError):
        answers(training, *messages, delete)


class StillRunningError(Exception):
    """Enough was seen of a loop."""


@pytest.mark.parametrize("max_bytes", [0, 2**31, 2**32 - 1])
def test_pages_hangs(max_bytes):
    left = 10_000

    def count(frame, event, arg):
        nonlocal left
        left -= 1
        if not left:
            raise StillRunningError
        return count

    before = sys.gettrace()
    connection = training(ServerOptions())()
    sys.settrace(count)
    try:
        with pytest.raises(StillRunningError):
            connection.receive(request(1, "Fetch", {"partition": 0, "offset": 0, "max_bytes": max_bytes}))
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("max_bytes", [1, 2**31 - 1])
def test_pages_ends_with_other_sizes(max_bytes):
    message = request(1, "Fetch", {"partition": 0, "offset": 0, "max_bytes": max_bytes})
    assert answers(training, message) == answers(server, message)


@pytest.mark.parametrize("number", [2**32, 2**64 - 1])
def test_narrow_id_answers_somebody_else(number):
    message = request(number, "ListTopics", {})
    reply = RESPONSE.parse(answers(training, message), surplus=0, request_type=6)
    assert reply.request_id == number % 2**32
    assert RESPONSE.parse(answers(server, message), surplus=0, request_type=6).request_id == number


def test_late_length_spoils_the_checksum():
    message = request(1, 200, b"")
    wrong, right = answers(training, message), answers(server, message)
    assert wrong[:-4] == right[:-4]
    assert wrong[-4:] != right[-4:]


def test_arena_leaks_between_sessions():
    service = training(ServerOptions())
    for message in SECRET.session.messages:
        service().receive(message)
    greedy = request(1, "HealthCheck", {"echo_length": 1000, "echo": b"hi"})
    assert SECRET.token in service().receive(greedy)
    assert SECRET.token not in answers(server, *SECRET.session.messages[:0], greedy)
