"""Bytes put together as late as possible."""

from typing import Any

from dissectors.codegen.output import Output, Waiting
from dissectors.codegen.source import Source


def _run(source: Source, made: str, **names: Any) -> Any:
    names |= source.names
    exec("\n".join(line.strip() for line in source.lines), names)
    return names[made]


def test_numbers_of_one_byte_order_are_packed_at_once():
    source = Source()
    out = Output(source)
    for order, code, value in (("", "B", "1"), (">", "H", "2"), ("", "2x", ""), (">", "I", "3"), ("<", "H", "4")):
        out.pack(order, code, value)
    out.raw("tail")
    assert out.size() == "11 + len(tail)"
    assert _run(source, out.join(), tail=b"xy") == b"\1\0\2\0\0\0\0\0\3\4\0xy"
    assert len(source.names) == 2


def test_a_checksum_waits_for_everything_before_it():
    source = Source()
    out = Output(source, whole=True)
    out.pack("", "B", "7")
    out.wait(Waiting("sum", "", "B"))
    out.wait(Waiting("sum", "", "B"))
    out.raw("tail")
    assert _run(source, out.join(), tail=b"!") == b"\7\7\x0e!"


def test_nothing_is_no_bytes():
    source = Source()
    assert _run(source, Output(source).join()) == b""
