"""What an instruction of QPACK does to the tables of a connection, and its fields (RFC 9204 4.3 and 4.4)."""

from collections.abc import Callable, Mapping

from workbench.api import Direction, Field, Severity
from workbench_http3.connection import Connection, Outcome, Peer
from workbench_http3.limits import MAX_TABLE
from workbench_http3.names import error_name
from workbench_http3.qpack_instructions import Instruction, Kind, instruction_value
from workbench_http3.qpack_literals import Text
from workbench_http3.qpack_static import STATIC
from workbench_http3.qpack_table import ENTRY_OVERHEAD

__all__ = ["instruction"]

_ENCODER_ERROR = error_name(0x201)
_DECODER_ERROR = error_name(0x202)

_PREFIX: Mapping[Kind, str] = {
    Kind.INSERT_NAMED: "http3.qpack.encoder.opcode.insert_indexed",
    Kind.INSERT_LITERAL: "http3.qpack.encoder.opcode.insert",
    Kind.DUPLICATE: "http3.qpack.encoder.opcode.duplicate",
    Kind.CAPACITY: "http3.qpack.encoder.opcode.dtable_cap",
    Kind.ACKNOWLEDGE: "http3.qpack.decoder.opcode.section_ack",
    Kind.CANCEL: "http3.qpack.decoder.opcode.cancel_stream",
    Kind.INCREMENT: "http3.qpack.decoder.opcode.icnt_inc",
}
_NUMBERS: Mapping[Kind, tuple[str, str]] = {
    Kind.INSERT_NAMED: ("Name Reference", ".ref"),
    Kind.DUPLICATE: ("Index", ".index"),
    Kind.CAPACITY: ("Capacity", ".val"),
    Kind.ACKNOWLEDGE: ("Stream ID", ".stream_id"),
    Kind.CANCEL: ("Stream ID", ".id"),
    Kind.INCREMENT: ("Increment", ".val"),
}


def instruction(connection: Connection, found: Instruction, raw: bytes, out: Outcome, who: Direction) -> None:
    """An instruction that a side sent, as `raw`."""
    text: str = found.kind.value[0]
    out.name = text
    out.symbol = "encoder" if found.kind in _ENCODER else "decoder"
    parts = _fields(found)
    _HANDLERS[found.kind](connection, found, out, who, len(raw))
    out.wakes += connection.peers[who].awake()
    out.fields.append(Field(text, 0, len(raw), raw, tuple(parts), _PREFIX[found.kind]))
    if found.canonical:
        out.value = instruction_value(found)


def _fields(found: Instruction) -> list[Field]:
    at, abbrev = found.at, _PREFIX[found.kind]
    parts = []
    if found.kind is Kind.INSERT_NAMED:
        parts.append(Field("Static", 0, 1, found.static, abbrev=f"{abbrev}.static", bits=(1, 2)))
    if found.kind in _NUMBERS:
        name, suffix = _NUMBERS[found.kind]
        parts.append(Field(name, 0, found.number_end - at, found.number, abbrev=abbrev + suffix))
    if found.name_at is not None:
        parts += _text("Name", found.name, found.name_at, at, f"{abbrev}.name")
    if found.value_at is not None:
        parts += _text("Value", found.value, found.value_at, at, f"{abbrev}.val")
    return parts


def _text(what: str, content: bytes, place: Text, at: int, abbrev: str) -> list[Field]:
    bit = place.bit - 8 * at
    return [
        Field("Huffman", place.at - at, place.at - at + 1, place.huffman, bits=(bit, bit + 1)),
        Field(what, place.start - at, place.end - at, content.decode("latin-1"), abbrev=abbrev),
    ]


def _shown(name: bytes, value: bytes) -> str:
    return f"{name[:60].decode('latin-1')}: {value[:60].decode('latin-1')}"


def _capacity(connection: Connection, found: Instruction, out: Outcome, who: Direction, size: int) -> None:
    table = connection.peers[who].table
    out.detail = f"{found.number}"
    if table.resize(found.number):
        if found.number > MAX_TABLE:
            text = f"a table of {found.number} bytes is not followed; {MAX_TABLE} are the most"
            out.note(Severity.WARN, text, "", 0, size)
    else:
        text = f"{_ENCODER_ERROR}: a table capacity of {found.number}, where {table.maximum} are allowed"
        out.error(text, "RFC 9204 4.3.1", 0, size)
        table.forget()


def _insert_named(connection: Connection, found: Instruction, out: Outcome, who: Direction, size: int) -> None:
    table = connection.peers[who].table
    name: bytes | None
    if found.static:
        name = STATIC[found.number][0] if found.number < len(STATIC) else None
    else:
        entry = table.find(table.inserted - found.number - 1)
        name = entry[0] if entry is not None else None
    if name is None:
        if found.static or not table.doubtful:
            which = "static" if found.static else "dynamic"
            text = f"{_ENCODER_ERROR}: the name at index {found.number} of the {which} table, where there is none"
            out.error(text, "RFC 9204 4.3.2", 0, size)
        table.forget()
        return
    _insert(connection.peers[who], name, found.value, out, size, "RFC 9204 4.3.2")


def _insert_literal(connection: Connection, found: Instruction, out: Outcome, who: Direction, size: int) -> None:
    _insert(connection.peers[who], found.name, found.value, out, size, "RFC 9204 4.3.3")


def _duplicate(connection: Connection, found: Instruction, out: Outcome, who: Direction, size: int) -> None:
    table = connection.peers[who].table
    entry = table.find(table.inserted - found.number - 1)
    if entry is None:
        if not table.doubtful:
            text = f"{_ENCODER_ERROR}: a duplicate of index {found.number}, where there is no entry"
            out.error(text, "RFC 9204 4.3.4", 0, size)
        table.forget()
        return
    _insert(connection.peers[who], *entry, out, size, "RFC 9204 4.3.4")


def _insert(peer: Peer, name: bytes, value: bytes, out: Outcome, size: int, section: str) -> None:
    table = peer.table
    out.detail = _shown(name, value)
    if table.doubtful:
        return
    entry = table.inserted
    if not table.add(name, value):
        needed = len(name) + len(value) + ENTRY_OVERHEAD
        text = f"{_ENCODER_ERROR}: an entry of {needed} bytes, where the table has a capacity of {table.capacity}"
        out.error(text, section, 0, size)
        table.forget()
    else:
        out.fields.append(Field("Entry", 0, size, entry, abbrev="http3.qpack.entry", text=_shown(name, value), generated=True))


def _acknowledge(connection: Connection, found: Instruction, out: Outcome, who: Direction, size: int) -> None:
    out.detail = f"stream {found.number}"
    if not connection.peers[who.opposite].section_acknowledged(found.number) and not connection.doubtful:
        text = f"{_DECODER_ERROR}: no field section of stream {found.number} waits for an acknowledgment"
        out.note(connection.suspicion, text, "RFC 9204 4.4.1", 0, size)


def _cancel(connection: Connection, found: Instruction, out: Outcome, who: Direction, _size: int) -> None:
    out.detail = f"stream {found.number}"
    connection.peers[who.opposite].cancelled(found.number)


def _increment(connection: Connection, found: Instruction, out: Outcome, who: Direction, size: int) -> None:
    out.detail = f"+{found.number}"
    peer = connection.peers[who.opposite]
    count = peer.acknowledged + found.number
    if not found.number:
        out.error(f"{_DECODER_ERROR}: an increment of 0", "RFC 9204 4.4.3", 0, size)
    elif count > peer.table.inserted and not peer.table.doubtful and not connection.doubtful:
        text = f"{_DECODER_ERROR}: {count} inserts received, where {peer.table.inserted} were sent"
        out.note(connection.suspicion, text, "RFC 9204 4.4.3", 0, size)
    else:
        peer.received(count)


_ENCODER: Mapping[Kind, Callable[[Connection, Instruction, Outcome, Direction, int], None]] = {
    Kind.CAPACITY: _capacity,
    Kind.INSERT_NAMED: _insert_named,
    Kind.INSERT_LITERAL: _insert_literal,
    Kind.DUPLICATE: _duplicate,
}
_HANDLERS = {**_ENCODER, Kind.ACKNOWLEDGE: _acknowledge, Kind.CANCEL: _cancel, Kind.INCREMENT: _increment}
"""What each instruction does."""
