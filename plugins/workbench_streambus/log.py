"""The partitioned log behind the reference server: topics, partitions, records, all in memory. Knows nothing of bytes on the wire."""

import re
from dataclasses import dataclass, field

__all__ = ["MAX_FETCH", "MAX_PARTITIONS", "MAX_RECORD", "MAX_TOPICS", "Fetched", "Log", "Record", "RefusedError", "Topic"]

MAX_RECORD = 1024 * 1024
"""Key and value of one record together; a reply to Fetch holds at least one record and must stay far below the frame limit."""
MAX_FETCH = 1024 * 1024
"""Bytes of records in one reply, whatever the client asked for; a slow reader must not pin more than that per request."""
MAX_TOPICS = 1000
"""Topics of one service; ListTopics answers with all of them at once, below the batch limit of the format."""
MAX_PARTITIONS = 64
"""Partitions of one topic."""
RECORD_COST = 32
"""Bytes that one record costs beside its key and value; makes empty records count against the storage limit."""
LAST_PARTITION = 2**32 - 1

_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")


class RefusedError(Exception):
    """The log will not do what was asked; `code` is a name from the table of error codes, `detail` a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Record:
    """One message of a partition; `timestamp` is milliseconds since the Unix epoch, as the producer said."""

    key: bytes
    value: bytes
    timestamp: int

    @property
    def cost(self) -> int:
        """Bytes it takes of the storage limit."""
        return len(self.key) + len(self.value) + RECORD_COST


@dataclass(frozen=True, slots=True)
class Topic:
    """A name for `partitions` partitions, numbered from `first_partition` on."""

    name: str
    first_partition: int
    partitions: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records of a partition from the offset asked for; `partial` says that more were there than were given."""

    records: tuple[Record, ...]
    next_offset: int
    partial: bool


@dataclass(slots=True)
class Log:
    """All topics of one service. Partition numbers are unique in the service and never given out again."""

    max_stored: int
    stored: int = 0
    _topics: dict[str, Topic] = field(default_factory=dict)
    _partitions: dict[int, list[Record]] = field(default_factory=dict)
    _next_partition: int = 0

    def create(self, name: str, partitions: int) -> Topic:
        """Make a topic; refuses bad names, a name that is taken and more than the limits allow."""
        if not _NAME.fullmatch(name):
            raise RefusedError("invalid_request", "a topic name has 1 to 255 of A-Z a-z 0-9 . _ -")
        if name in self._topics:
            raise RefusedError("invalid_request", f"topic {name} exists")
        if not 1 <= partitions <= MAX_PARTITIONS:
            raise RefusedError("invalid_request", f"a topic has 1 to {MAX_PARTITIONS} partitions, not {partitions}")
        if len(self._topics) >= MAX_TOPICS or self._next_partition + partitions > LAST_PARTITION:
            raise RefusedError("storage_error", "no room for another topic")
        topic = Topic(name, self._next_partition, partitions)
        self._topics[name] = topic
        self._partitions |= {number: [] for number in _numbers(topic)}
        self._next_partition += partitions
        return topic

    def delete(self, name: str) -> Topic:
        """Remove a topic with all its records."""
        topic = self._topics.pop(name, None)
        if topic is None:
            raise RefusedError("partition_not_found", "there is no such topic")
        for number in _numbers(topic):
            self.stored -= sum(record.cost for record in self._partitions.pop(number))
        return topic

    def topics(self) -> tuple[Topic, ...]:
        """All topics in the order of their creation."""
        return tuple(self._topics.values())

    def produce(self, partition: int, records: tuple[Record, ...]) -> int:
        """Append all records or none; returns the offset of the first."""
        for record in records:
            if len(record.key) + len(record.value) > MAX_RECORD:
                raise RefusedError("invalid_request", f"a message holds at most {MAX_RECORD} bytes")
        log = self._partition(partition)
        cost = sum(record.cost for record in records)
        if self.stored + cost > self.max_stored:
            raise RefusedError("storage_error", "the log is full")
        self.stored += cost
        first = len(log)
        log.extend(records)
        return first

    def fetch(self, partition: int, offset: int, max_bytes: int, max_records: int) -> Fetched:
        """Records from `offset` on, whole ones only, at least one where there is one."""
        log = self._partition(partition)
        if offset > len(log):
            raise RefusedError("offset_out_of_range", f"the next offset of partition {partition} is {len(log)}")
        room = min(max_bytes, MAX_FETCH)
        end = offset
        while end < len(log) and end - offset < max_records:
            room -= len(log[end].key) + len(log[end].value)
            if room < 0 and end > offset:
                break
            end += 1
        return Fetched(tuple(log[offset:end]), len(log), end < len(log))

    def offset(self, partition: int, timestamp: int) -> int:
        """The offset of the first record at or after `timestamp`, or the next offset where there is none."""
        log = self._partition(partition)
        return next((number for number, record in enumerate(log) if record.timestamp >= timestamp), len(log))

    def _partition(self, number: int) -> list[Record]:
        if number not in self._partitions:
            raise RefusedError("partition_not_found", f"there is no partition {number}")
        return self._partitions[number]


def _numbers(topic: Topic) -> range:
    return range(topic.first_partition, topic.first_partition + topic.partitions)
