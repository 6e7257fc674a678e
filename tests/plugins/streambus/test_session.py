"""Replies find their calls whatever the order and the cuts; anything else ends the connection."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_streambus.calls import Call, delete_topic, health, list_topics
from workbench_streambus.log import RefusedError
from workbench_streambus.server import refusal, reply
from workbench_streambus.session import LostConnectionError, Session

EMPTY = {"topics": []}


@given(st.permutations(range(1, 6)), st.integers(1, 40))
def test_replies_in_any_order_and_any_pieces(order, step):
    session = Session()
    for number in range(1, 6):
        assert session.ask(health(bytes([number])))[0] == number
    state = {"state": "serving", "oldest_version": 1, "newest_version": 1}
    data = b"".join(reply(number, 7, "ok", state | {"echo": bytes([number])}) for number in order)
    results = []
    for at in range(0, len(data), step):
        results += session.receive(data[at : at + step])
    assert [(number, result.echo) for number, result in results] == [(number, bytes([number])) for number in order]
    assert session.outstanding == 0


def test_a_refused_request_is_a_result():
    session = Session()
    session.ask(delete_topic("t"))
    [(number, refused)] = session.receive(refusal(1, "partition_not_found", "no"))
    assert isinstance(refused, RefusedError)
    assert (number, refused.code, refused.detail) == (1, "partition_not_found", "no")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "closed"),
        (bytes(4), "not streambus"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "not streambus"),
        (reply(1, 6, "ok", EMPTY)[:-1] + b"?", "broken reply"),
        (reply(2, 6, "ok", EMPTY), "nobody sent"),
        (refusal(0, "request_timeout", "too slow"), "gave up: too slow"),
        (reply(1, 3, "ok", {"offset": 1}), "does not have"),
    ],
)
def test_what_ends_a_connection(data, why):
    session = Session()
    session.ask(list_topics())
    with pytest.raises(LostConnectionError, match=why):
        list(session.receive(data))


@given(st.binary(min_size=1, max_size=100))
def test_arbitrary_bytes_raise_nothing_else(data):
    session = Session()
    session.ask(list_topics())
    with contextlib.suppress(LostConnectionError):
        assert list(session.receive(data)) == []


def test_a_value_that_does_not_fit_is_the_callers_fault():
    session = Session()
    with pytest.raises(ValueError, match="CreateTopic cannot carry"):
        session.ask(Call("CreateTopic", {"name": "x" * 70_000, "partitions": 1}, lambda reply: reply))
    assert session.outstanding == 0
    assert session.ask(list_topics())[0] == 1
