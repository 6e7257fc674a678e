"""Streams begin and end: cancelled, refused, too many, too late, and floods of all that."""

import pytest

from support.http3_server import closed, talking
from workbench.api import ConnectionClosed, Datagram, StopSending, StreamData, StreamReset
from workbench_http3.checks.literals import capacity, dynamic, insert, prefix, section
from workbench_http3.checks.talk import CONTROL, DECODER, ENCODER, data
from workbench_http3.names import Type
from workbench_http3.server_budgets import ALLOWANCES
from workbench_http3.server_frames import ErrorCode, build, reserved
from workbench_http3.server_session import MAX_STREAMS

E = ErrorCode


def test_the_greeting():
    talk = talking()
    assert talk.opened == {3: 0, 7: 2, 11: 3}
    assert talk.settings[0x08] == 1


def test_a_reset_request_is_forgotten():
    told = []
    talk = talking(tell=told.append)
    talk.send(
        talk.request(0, b"POST", path="/store/a", end=False), StreamData(0, data(b"abc")), StreamReset(0, E.H3_REQUEST_CANCELLED)
    )
    talk.until_over(0)
    assert talk.answer(0).reset == E.H3_REQUEST_INCOMPLETE
    talk.send(StreamData(0, data(b"more"), True), talk.request(4))
    talk.until_over(4)
    assert [fact["stream"] for fact in told] == [4]


def test_a_reset_behind_the_answer_changes_nothing():
    talk = talking(max_request=10)
    connection = talk.peer._line._connection
    out = connection.receive(bytes(talk.request(0, b"POST", [(b"content-length", b"11")], path="/echo", end=False)))
    out += connection.receive(bytes(StreamReset(0, E.H3_NO_ERROR)))
    talk.hear(out)
    assert (talk.answer(0).status, talk.answer(0).ended, talk.answer(0).reset) == (413, True, None)


def test_a_response_that_nobody_reads():
    talk = talking()
    talk.send(talk.request(0, path="/bytes/100000000"), StopSending(0, E.H3_REQUEST_CANCELLED))
    talk.until_over(0)
    assert (talk.answer(0).reset, talk.answer(0).ended) == (E.H3_REQUEST_CANCELLED, False)
    given_up = next(frame for frame in talk.frames if isinstance(frame, StreamReset))
    assert given_up.size == sum(len(frame.data) for frame in talk.frames if isinstance(frame, StreamData) and frame.stream == 0)


def test_malformed_requests_leave_the_others_alone():
    told = []
    talk = talking(tell=told.append)
    talk.send(talk.request(0, extra=[(b"Upper", b"x")], end=False), talk.request(4))
    talk.until_over(0, 4)
    assert (talk.answer(0).reset, talk.answer(0).stopped, talk.answer(4).status) == (E.H3_MESSAGE_ERROR, E.H3_MESSAGE_ERROR, 200)
    assert told[0]["event"] == "stream error"


def test_one_request_too_many_is_rejected():
    talk = talking()
    numbers = range(0, 4 * MAX_STREAMS, 4)
    talk.send(*(talk.request(number, b"POST", path="/echo", end=False) for number in numbers))
    talk.send(talk.request(4 * MAX_STREAMS))
    talk.until_over(4 * MAX_STREAMS)
    assert talk.answer(4 * MAX_STREAMS).reset == E.H3_REQUEST_REJECTED
    talk.send(StreamData(0, data(b"x"), True))
    talk.until_over(0)
    talk.send(talk.request(4 * MAX_STREAMS + 4))
    talk.until_over(4 * MAX_STREAMS + 4)
    assert talk.answer(4 * MAX_STREAMS + 4).status == 200


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (StreamData(1, b"x"), E.H3_STREAM_CREATION_ERROR), (StreamData(3, b"x"), E.H3_STREAM_CREATION_ERROR),
        (StreamReset(1, 0), E.H3_GENERAL_PROTOCOL_ERROR), (StopSending(3, 0), E.H3_CLOSED_CRITICAL_STREAM),
        (StopSending(2, 0), E.H3_GENERAL_PROTOCOL_ERROR), (StreamReset(2, 0), E.H3_CLOSED_CRITICAL_STREAM),
        (Datagram(b""), E.H3_DATAGRAM_ERROR),
    ],
)  # fmt: skip
def test_what_a_client_must_not_do(frame, code):
    talk = talking()
    talk.send(frame)
    assert closed(talk) is code


def test_a_client_that_closes():
    talk = talking()
    talk.send(talk.request(0, path="/bytes/1000000"), ConnectionClosed(E.H3_NO_ERROR), talk.request(4))
    talk.until(lambda: False)
    assert (talk.peer.ended, talk.closed, talk.answer(4).status) == (True, None, 0)


def test_datagrams_before_and_behind_a_request_are_lost():
    talk = talking()
    talk.send(Datagram(b"\x00early"), talk.request(0), Datagram(b"\x00late"))
    talk.until_over(0)
    assert talk.answer(0).status == 200
    talk.send(talk.request(4, b"POST", path="/echo", end=False), Datagram(b"\x01what for"))
    talk.until_over(4)
    assert talk.answer(4).reset == E.H3_DATAGRAM_ERROR


def waiting(talk, stream: int, content: int = 0) -> StreamData:
    fields = section(talk.fields(b"POST", path="/echo"))[2:]
    return StreamData(stream, build(Type.HEADERS, prefix(2) + fields + dynamic(0)) + data(bytes(content)))


def test_what_waits_behind_a_blocked_section_is_bounded():
    talk = talking(max_request=1000)
    talk.send(waiting(talk, 0, 900), waiting(talk, 4, 900), StreamData(4, data(bytes(300))))
    talk.until_over(4)
    assert talk.answer(4).reset == E.H3_REQUEST_REJECTED
    assert bytes(talk.decoder) == b"\x44", "the encoder hears that this section is not read"
    talk.send(StreamData(ENCODER, capacity(100) + insert(b"a", b"b")), StreamData(0, end=True))
    talk.until_over(0)
    assert len(talk.answer(0).body) == 900
    assert bytes(talk.decoder) == b"\x44\x80"


def test_acknowledgments_of_insertions():
    talk = talking()
    talk.send(StreamData(ENCODER, capacity(100) + insert(b"a", b"b")))
    talk.until(lambda: bool(talk.decoder))
    assert bytes(talk.decoder) == b"\x01"
    talk.send(StreamData(DECODER, b"\x01"))
    assert closed(talk) is E.QPACK_DECODER_STREAM_ERROR


FLOODS = {
    "resets": lambda _, number: StreamReset(4 * number, E.H3_REQUEST_CANCELLED),
    "empty frames": lambda _, __: StreamData(0, data()),
    "unknown frames": lambda _, number: StreamData(CONTROL, build(reserved(number), b"x")),
    "unknown streams": lambda _, number: StreamData(14 + 4 * number, b"\x21"),
    "control frames": lambda _, __: StreamData(CONTROL, build(Type.GOAWAY, b"\x00")),
    "stream errors": lambda talk, number: talk.request(4 * number, extra=[(b"Upper", b"x")]),
}


@pytest.mark.parametrize("name", FLOODS)
def test_floods(name):
    talk = talking()
    most = ALLOWANCES[name][0]
    if name == "empty frames":
        talk.send(talk.request(0, b"POST", path="/echo", end=False))
    talk.send(*(FLOODS[name](talk, number) for number in range(most)))
    talk.until(lambda: talk.closed is not None, 0.0)
    assert talk.closed is None
    talk.send(FLOODS[name](talk, most))
    assert closed(talk) is E.H3_EXCESSIVE_LOAD
    assert talk.closed is not None
    assert talk.closed.reason.decode() == f"too many {name}"


def test_a_cancellation_in_both_directions_counts_once():
    talk = talking()
    for number in range(ALLOWANCES["resets"][0]):
        talk.send(talk.request(4 * number, b"POST", path="/echo", end=False))
        talk.send(StreamReset(4 * number, E.H3_REQUEST_CANCELLED), StopSending(4 * number, E.H3_REQUEST_CANCELLED))
    talk.send(talk.request(4000))
    talk.until_over(4000)
    assert talk.answer(4000).status == 200


def test_stop_sending_counts_as_a_reset():
    talk = talking()
    for number in range(ALLOWANCES["resets"][0] + 1):
        talk.send(talk.request(4 * number, path="/bytes/1000000"), StopSending(4 * number, E.H3_REQUEST_CANCELLED))
    assert closed(talk) is E.H3_EXCESSIVE_LOAD
