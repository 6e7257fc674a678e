"""Lifelike traffic: topics come and go, batches are produced and consumed, a few requests are wrong. Equal randomness, equal requests."""

from collections.abc import Iterator
from random import Random
from typing import Any

from workbench.api import Endpoint
from workbench_streambus.calls import Call, create_topic, delete_topic, fetch, health, list_topics, offset_at, produce
from workbench_streambus.client import Client
from workbench_streambus.log import Record, RefusedError, Topic

__all__ = ["workload"]

ROUNDS = 12
"""Rounds of produce and consume; a run has about a hundred requests and takes well under a second."""
_FIRST_MS = 1_700_000_000_000
_WORDS = ("login", "order", "payment", "shipment", "refund", "logout")


def workload(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """Drive the server at `endpoint`; yields a line per thing done. Raises `OSError` when it cannot be reached or misbehaves."""
    with Client(endpoint, random=random) as client, Client(endpoint, random=random) as consumer:
        answer = client.call(health(b"workload"))
        yield f"the server is {answer.state}, versions {answer.oldest_version} to {answer.newest_version}"
        name = f"events.{random.randrange(1 << 32):08x}"
        topic = client.call(create_topic(name, partitions=random.randint(2, 4)))
        yield f"created {name} with partitions {topic.first_partition} to {topic.first_partition + topic.partitions - 1}"
        for number in range(ROUNDS):
            yield _produce(client, topic, number, random)
            yield _consume(consumer, topic, number, random)
            if number % 3 == 2:
                yield _go_wrong(client, topic, random)
        yield _pipeline(client, topic, random)
        yield f"{len(client.call(list_topics()))} topics exist"
        yield f"deleted {name} with {client.call(delete_topic(name))} partitions"


def _partition(topic: Topic, random: Random) -> int:
    return topic.first_partition + random.randrange(topic.partitions)


def _record(number: int, random: Random) -> Record:
    word = random.choice(_WORDS)
    value = f'{{"event": "{word}", "amount": {random.randrange(10_000) / 100}, "note": "{"x" * random.randrange(80)}"}}'
    return Record(f"user-{random.randrange(100)}".encode(), value.encode(), _FIRST_MS + number * 1000 + random.randrange(1000))


def _produce(client: Client, topic: Topic, number: int, random: Random) -> str:
    partition = _partition(topic, random)
    records = [_record(number, random) for _ in range(random.randint(1, 20))]
    offset = client.call(produce(partition, records))
    return f"produced {len(records)} messages to partition {partition} from offset {offset}"


def _consume(client: Client, topic: Topic, number: int, random: Random) -> str:
    partition = _partition(topic, random)
    position = client.call(offset_at(partition, _FIRST_MS + random.randint(0, number) * 1000))
    got = pieces = 0
    partial = True
    while partial:
        found = client.call(fetch(partition, position + got, max_bytes=random.choice((256, 1024, 65_536))))
        got, pieces, partial = got + len(found.records), pieces + 1, found.partial
    return f"consumed {got} messages of partition {partition} in {pieces} pieces"


def _go_wrong(client: Client, topic: Topic, random: Random) -> str:
    calls: tuple[Call[Any], ...] = (
        fetch(topic.first_partition, 1 << 40),
        fetch(topic.first_partition + (1 << 31), 0),
        create_topic(topic.name),
        create_topic("no such name!"),
        delete_topic("nowhere"),
    )
    call = random.choice(calls)
    try:
        client.call(call)
    except RefusedError as refused:
        return f"{call.type} was refused: {refused.detail}"
    return f"{call.type} was not refused"


def _pipeline(client: Client, topic: Topic, random: Random) -> str:
    calls: list[Call[Any]] = []
    for number in range(8):
        calls.append(produce(_partition(topic, random), [_record(number, random)]))
        calls.append(fetch(_partition(topic, random), 0, max_bytes=512))
    client.pipeline(calls)
    return f"{len(calls)} requests in one go"
