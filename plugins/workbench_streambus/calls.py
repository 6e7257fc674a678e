"""What a client can ask, as values: a call knows its request and what the reply means. The clients differ only in how they send it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from workbench_streambus.log import MAX_FETCH, Fetched, Record, Topic

__all__ = [
    "Call",
    "Health",
    "create_topic",
    "delete_topic",
    "fetch",
    "health",
    "list_topics",
    "offset_at",
    "produce",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request. `result` makes a value of a good reply; `repeatable` says that asking twice does no harm (section 6.4)."""

    type: str
    payload: Mapping[str, Any]
    result: Callable[[Any], T] = field(repr=False)
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Health:
    """What a server says about itself."""

    state: str
    oldest_version: int
    newest_version: int
    echo: bytes


def produce(partition: int, records: Sequence[Record]) -> Call[int]:
    """Append records; gives the offset of the first."""
    messages = [{"key": record.key, "value": record.value, "timestamp": record.timestamp} for record in records]
    return Call(
        "Produce",
        {"partition": partition, "messages": messages},
        lambda reply: int(reply.payload.first_offset),
        repeatable=False,
    )


def _fetched(reply: Any) -> Fetched:
    records = tuple(Record(message.key, message.value, message.timestamp) for message in reply.payload.messages)
    return Fetched(records, reply.payload.next_offset, reply.status == "partial")


def fetch(partition: int, offset: int, max_bytes: int = MAX_FETCH) -> Call[Fetched]:
    """Read records from `offset` on."""
    return Call("Fetch", {"partition": partition, "offset": offset, "max_bytes": max_bytes}, _fetched)


def offset_at(partition: int, timestamp: int) -> Call[int]:
    """The offset of the first record at or after a time (milliseconds since the Unix epoch)."""
    return Call("GetOffset", {"partition": partition, "timestamp": timestamp}, lambda reply: int(reply.payload.offset))


def create_topic(name: str, partitions: int = 1) -> Call[Topic]:
    """Make a topic."""
    return Call(
        "CreateTopic",
        {"name": name, "partitions": partitions},
        lambda reply: Topic(name, reply.payload.first_partition, reply.payload.partitions),
        repeatable=False,
    )


def delete_topic(name: str) -> Call[int]:
    """Remove a topic; gives the number of partitions that went with it."""
    return Call("DeleteTopic", {"name": name}, lambda reply: int(reply.payload.partitions), repeatable=False)


def _topics(reply: Any) -> tuple[Topic, ...]:
    return tuple(Topic(str(topic.name), topic.first_partition, topic.partitions) for topic in reply.payload.topics)


def list_topics() -> Call[tuple[Topic, ...]]:
    """All topics."""
    return Call("ListTopics", {}, _topics)


def _health(reply: Any) -> Health:
    payload = reply.payload
    return Health(str(payload.state), payload.oldest_version, payload.newest_version, payload.echo)


def health(echo: bytes = b"") -> Call[Health]:
    """Ask how the server is, and have `echo` sent back."""
    return Call("HealthCheck", {"echo_length": len(echo), "echo": echo}, _health)
