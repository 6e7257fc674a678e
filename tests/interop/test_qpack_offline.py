"""QPACK as other encoders wrote it: the recordings of the QPACK offline interop (`../shared/captures/qpack`), decoded and packed again.

A recording is a sequence of (stream, length, bytes); stream 0 carries encoder instructions, every other one a field section. Its name says
how large the table may be and how many streams may be blocked.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.agreement import FOLDER, needs_captures
from workbench.api import Direction
from workbench_http3.connection import Connection, Outcome
from workbench_http3.names import Setting
from workbench_http3.qpack import Section, line_value, pack, required, unpack
from workbench_http3.qpack_instructions import instruction_value, pack_instruction, read_encoder
from workbench_http3.qpack_streams import instruction

ENCODED = sorted((FOLDER / "qpack" / "encoded" / "nghttp3").glob("*.out.*"))
EXAMPLES = FOLDER / "qpack" / "encoded" / "examples" / "examples.out.220.100.1"

CLIENT, SERVER = Direction

Fields = list[tuple[bytes, bytes]]


def expected(path: Path) -> list[Fields]:
    """The field lists that were encoded: lines "name TAB value", an empty line between two lists."""
    lists: list[Fields] = [[]]
    for line in path.read_bytes().split(b"\n"):
        if not line and lists[-1]:
            lists.append([])
        elif line and not line.startswith(b"#"):
            name, _, value = line.partition(b"\t")
            lists[-1].append((name, value))
    return lists[:-1] if not lists[-1] else lists


def records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(raw):
        stream, size = int.from_bytes(raw[at : at + 8], "big"), int.from_bytes(raw[at + 8 : at + 12], "big")
        at += 12 + size
        yield stream, raw[at - size : at]


def decoded(path: Path, capacity: int) -> list[Fields]:
    """The field lists by stream; every instruction and section is packed again on the way."""
    connection = Connection()
    connection.announce(SERVER, {Setting.QPACK_MAX_TABLE_CAPACITY: capacity})
    table = connection.peers[CLIENT].table
    table.capacity = capacity  # the offline format leaves out the instruction that sets it
    waiting: list[tuple[int, bytes]] = []
    found: dict[int, Fields] = {}
    for stream, data in records(path.read_bytes()):
        if stream:
            waiting.append((stream, data))
        else:
            read_instructions(connection, data)
        for entry in [entry for entry in waiting if required(entry[1], table) <= table.inserted]:
            waiting.remove(entry)
            section = unpack(entry[1], table)
            assert section.trouble == ""
            assert packed_again(section) == entry[1]
            found[entry[0]] = [(line.name, line.value) for line in section.lines]
    assert waiting == []
    return [found[stream] for stream in sorted(found)]


def read_instructions(connection: Connection, data: bytes) -> None:
    at = 0
    while at < len(data):
        order = read_encoder(data, at)
        raw = data[at : at + order.size]
        out = Outcome()
        instruction(connection, order, raw, out, CLIENT)
        assert out.notes == []
        assert pack_instruction(instruction_value(order)) == raw
        at += order.size


def packed_again(section: Section) -> bytes:
    return pack(map(line_value, section.lines), encoded=section.encoded, sign=section.sign, delta=section.delta)


@needs_captures
@pytest.mark.parametrize("path", ENCODED, ids=lambda path: path.name)
def test_what_nghttp3_encoded(path):
    name, _, rest = path.name.partition(".out.")
    capacity = int(rest.split(".")[0])
    assert decoded(path, capacity) == expected(FOLDER / "qpack" / "qifs" / f"{name}.qif")


@needs_captures
def test_all_recordings_are_there():
    assert len(ENCODED) == 96


@needs_captures
def test_the_examples_of_the_rfc():
    """RFC 9204 appendix B; what its lists are, the RFC says."""
    assert decoded(EXAMPLES, 220) == [
        [(b":path", b"/index.html")],
        [(b":authority", b"www.example.com"), (b":path", b"/sample/path")],
        [(b":authority", b"www.example.com"), (b":path", b"/"), (b"custom-key", b"custom-value")],
    ]
