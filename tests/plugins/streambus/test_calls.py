"""Every call against the reference server, without sockets."""

from workbench.api import ServerOptions
from workbench_streambus.calls import Call, Health, create_topic, delete_topic, fetch, health, list_topics, offset_at, produce
from workbench_streambus.log import Fetched, Record, RefusedError, Topic
from workbench_streambus.server import StreambusService
from workbench_streambus.session import Session

RECORDS = (Record(b"k", b"one", 10), Record(b"", b"two", 20))


def outcome(service: StreambusService, call: Call):
    session = Session()
    _, data = session.ask(call)
    [(_, result)] = session.receive(service().receive(data))
    return result


def test_calls_give_values():
    service = StreambusService(ServerOptions())
    assert outcome(service, create_topic("t", 2)) == Topic("t", 0, 2)
    assert outcome(service, produce(1, RECORDS)) == 0
    assert outcome(service, produce(1, RECORDS)) == 2
    assert outcome(service, fetch(1, 2)) == Fetched(RECORDS, 4, partial=False)
    assert outcome(service, fetch(1, 2, max_bytes=1)) == Fetched(RECORDS[:1], 4, partial=True)
    assert outcome(service, offset_at(1, 15)) == 1
    assert outcome(service, list_topics()) == (Topic("t", 0, 2),)
    assert outcome(service, health(b"hello")) == Health("serving", 1, 1, b"hello")
    assert outcome(service, delete_topic("t")) == 2


def test_a_refusal_is_a_value_too():
    refused = outcome(StreambusService(ServerOptions()), fetch(1, 2))
    assert isinstance(refused, RefusedError)
    assert refused.code == "partition_not_found"


def test_only_reading_is_repeatable():
    assert [call.repeatable for call in (fetch(0, 0), offset_at(0, 0), list_topics(), health())] == [True] * 4
    assert [call.repeatable for call in (produce(0, ()), create_topic("t"), delete_topic("t"))] == [False] * 3
