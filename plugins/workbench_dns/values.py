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

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.api import Message
from workbench_dns.message import Parsed
from workbench_dns.names import Name
from workbench_dns.records import Question, Record
from workbench_dns.writer import Writer

__all__ = ["encode", "value_of"]

Value = dict[str, Any]
_SECTIONS = ("answers", "authorities", "additionals")


def value_of(parsed: Parsed, data: bytes, origin: int) -> Value:
    """The value of a message that was read without errors from `data`."""
    value: Value = {
        "id": parsed.id,
        "flags": parsed.flags,
        "questions": [
            {"name": _name(asked.name), "type": asked.type, "class": _class(asked, data)} for asked in parsed.questions
        ],
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


def _class(asked: Question, data: bytes) -> int:
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


def _write_name(writer: Writer, name: Mapping[str, Any]) -> None:
    writer.spelt(name["labels"], name["tail"], name["pointer"])


def _write_record(writer: Writer, record: Mapping[str, Any]) -> None:
    _write_name(writer, record["name"])
    writer.number(record["type"], 2)
    writer.number(record["class"], 2)
    writer.number(record["ttl"], 4)
    at = len(writer.data)
    writer.number(0, 2)
    for option in record.get("options", ()):
        writer.number(option["code"], 2)
        writer.number(len(option["data"]), 2)
        writer.data += option["data"]
    for piece in record.get("data", ()):
        if isinstance(piece, bytes):
            writer.data += piece
        else:
            _write_name(writer, piece)
    writer.measure(at)


def _built(value: Mapping[str, Any]) -> bytes:
    writer = Writer()
    sections: Sequence[Sequence[Any]] = [value["questions"], *(value[title] for title in _SECTIONS)]
    for number in (value["id"], value["flags"], *map(len, sections)):
        writer.number(number, 2)
    for question in value["questions"]:
        _write_name(writer, question["name"])
        writer.number(question["type"], 2)
        writer.number(question["class"], 2)
    for title in _SECTIONS:
        for record in value[title]:
            _write_record(writer, record)
    return bytes(writer.data) + bytes(value["rest"])


def encode(message: Message) -> bytes:
    """Bytes of `message` from its value, counts and lengths made right. Raises `ValueError` where there is no value."""
    value: Value | None = message.value
    if value is None:
        raise ValueError("a broken message has no value to build from")
    data = _built(value)
    return (len(data) & 0xFFFF).to_bytes(2, "big") + data if value["prefix"] else data
