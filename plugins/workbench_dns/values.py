"""The value of a message: what a fuzzer or an editor changes, and the way back to bytes.

    id, flags                               numbers
    questions                               [{"name", "type", "class"}, …]
    answers, authorities, additionals       [{"name", "type", "class", "ttl", "data"} | {"name", "type", "class", "ttl", "options"}, …]
    prefix                                  bytes of the length before it: 2 over TCP, else 0
    rest                                    bytes behind the last record

A name is {"labels": [bytes, …], "tail": [bytes, …], "pointer": number}: `tail` are the labels that were written as a compression pointer.
`data` is a list of bytes and names, `options` (of OPT) a list of {"code", "data"}. Counts, lengths and pointers follow from the rest: a
pointer stays where it leads to the right labels, and is written as labels where nothing before says them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.api import Message
from workbench_dns.message import Parsed
from workbench_dns.names import Name, Names
from workbench_dns.records import Record

__all__ = ["encode", "value_of"]

Value = dict[str, Any]
_SECTIONS = ("answers", "authorities", "additionals")
_NO_POINTER = -1


def value_of(parsed: Parsed, data: bytes, origin: int) -> Value:
    """The value of a message that was read without errors from `data`."""
    value: Value = {
        "id": parsed.id,
        "flags": parsed.flags,
        "questions": [{"name": _name(asked.name), "type": asked.type, "class": _class(asked, data)} for asked in parsed.questions],
    }
    for number, title in enumerate(_SECTIONS):
        value[title] = [_record(record, data) for record in parsed.records if record.section == number]
    value["prefix"] = origin
    value["rest"] = data[_read_until(parsed, origin) :]
    return value


def _read_until(parsed: Parsed, origin: int) -> int:
    if parsed.records:
        return parsed.records[-1].end
    return parsed.questions[-1].end if parsed.questions else origin + 12


def _class(asked: Any, data: bytes) -> int:
    return int.from_bytes(data[asked.end - 2 : asked.end], "big")


def _name(name: Name) -> Value:
    return {"labels": list(name.labels[: name.literal]), "tail": list(name.labels[name.literal :]), "pointer": name.pointer}


def _record(record: Record, data: bytes) -> Value:
    at = record.name.end
    value: Value = {
        "name": _name(record.name),
        "type": record.type,
        "class": int.from_bytes(data[at + 2 : at + 4], "big"),
        "ttl": int.from_bytes(data[at + 4 : at + 8], "big"),
    }
    if record.edns is not None and (options := _options(data[record.data : record.end])) is not None:
        return {**value, "options": options}
    pieces: list[bytes | Value] = []
    at = record.data
    for name in record.names:
        pieces += [data[at : name.start]] if name.start > at else []
        pieces.append(_name(name))
        at = name.end
    pieces += [data[at : record.end]] if record.end > at else []
    return {**value, "data": pieces}


def _options(data: bytes) -> list[Value] | None:
    found: list[Value] = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if at + 4 + size > len(data):
            return None
        found.append({"code": int.from_bytes(data[at : at + 2], "big"), "data": data[at + 4 : at + 4 + size]})
        at += 4 + size
    return found


class _Writer:
    """Bytes so far, and where in them names can be found again."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._places: dict[tuple[bytes, ...], int] = {}

    def name(self, name: Mapping[str, Any]) -> None:
        """A name; its tail as a pointer where that can be."""
        labels, tail, pointer = tuple(name["labels"]), tuple(name["tail"]), name["pointer"]
        if pointer != _NO_POINTER and not self._leads(pointer, tail):
            pointer = self._places.get(tail, _NO_POINTER)
            if pointer == _NO_POINTER:
                labels, tail = (*labels, *tail), ()
        for number, label in enumerate(labels):
            if len(self.data) < 0x4000:
                self._places.setdefault((*labels[number:], *tail), len(self.data))
            self.data += bytes((len(label) & 63,)) + label[:63]
        self.data += b"\0" if pointer == _NO_POINTER else (0xC000 | pointer).to_bytes(2, "big")

    def _leads(self, pointer: int, tail: tuple[bytes, ...]) -> bool:
        if not 0 <= pointer < min(len(self.data), 0x4000):
            return False
        found = Names(bytes(self.data)).read(pointer, len(self.data))
        return not found.error and found.labels == tail

    def number(self, value: int, size: int) -> None:
        """A number, cut to its size."""
        self.data += (value & ((1 << 8 * size) - 1)).to_bytes(size, "big")

    def record(self, record: Mapping[str, Any]) -> None:
        """A record, its length made right."""
        self.name(record["name"])
        self.number(record["type"], 2)
        self.number(record["class"], 2)
        self.number(record["ttl"], 4)
        at = len(self.data)
        self.number(0, 2)
        for option in record.get("options", ()):
            self.number(option["code"], 2)
            self.number(len(option["data"]), 2)
            self.data += option["data"]
        for piece in record.get("data", ()):
            if isinstance(piece, bytes):
                self.data += piece
            else:
                self.name(piece)
        self.data[at : at + 2] = ((len(self.data) - at - 2) & 0xFFFF).to_bytes(2, "big")


def _built(value: Mapping[str, Any]) -> bytes:
    writer = _Writer()
    sections: Sequence[Sequence[Any]] = [value["questions"], *(value[title] for title in _SECTIONS)]
    for number in (value["id"], value["flags"], *map(len, sections)):
        writer.number(number, 2)
    for question in value["questions"]:
        writer.name(question["name"])
        writer.number(question["type"], 2)
        writer.number(question["class"], 2)
    for record in _records(value):
        writer.record(record)
    return bytes(writer.data + value["rest"])


def _records(value: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (record for title in _SECTIONS for record in value[title])


def encode(message: Message) -> bytes:
    """Bytes of `message` from its value, counts and lengths made right. Raises `ValueError` where there is no value."""
    value: Value | None = message.value
    if value is None:
        raise ValueError("a broken message has no value to build from")
    data = _built(value)
    return (len(data) & 0xFFFF).to_bytes(2, "big") + data if value["prefix"] else data
