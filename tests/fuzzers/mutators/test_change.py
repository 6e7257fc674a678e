from construct import Int16ul, Int32ub, Struct

from dissectors import converse
from fuzzers.corpus import corpus_of
from fuzzers.mutators.change import Change, Grammar, bits_of, built_from, located, patched
from fuzzers.values import leaves, replaced
from support.tiny import PACKET, SEEDS, TINY, packet
from workbench.api import Direction, Field, ProtocolSpec, datagram

SUM = corpus_of(TINY, SEEDS)[0].pieces[1].message
assert SUM is not None


def test_every_value_is_found_in_the_tree():
    for path, value in leaves(SUM.value):
        node = located(SUM.root, path)
        assert node is not None
        if isinstance(value, int):
            assert int.from_bytes(SUM.bytes_of(node), "big") == value
            assert bits_of(node) == 8 * (node.end - node.start)


def test_nowhere():
    assert located(SUM.root, ("nothing",)) is None
    assert located(SUM.root, ("items", 99)) is None
    assert bits_of(None) == 0
    assert bits_of(Field("flag", 0, 1, bits=(3, 5))) == 2


def test_built_messages_are_right_again():
    raw = built_from(TINY, SUM, replaced(SUM.value, ("items",), [5]))
    assert raw == packet(2, "sum", (5,))
    assert built_from(TINY, SUM, replaced(SUM.value, ("id",), -1)) is None


def test_patching_leaves_everything_else_as_it_was():
    change = Change("grow", ("text",), b"", b"longer")
    built = built_from(TINY, SUM, replaced(SUM.value, ("text",), b"longer"))
    raw = patched(SUM, [change], built)
    old = SUM.raw
    assert raw == old[:-4] + b"longer" + old[-4:]


def test_patching_a_computed_field():
    raw = patched(SUM, [Change("boundary", ("length",), 15, 0xFFFF)], None)
    assert raw == b"\xff\xff" + SUM.raw[2:]


def test_patching_several_fields_keeps_their_places():
    changes = [Change("boundary", ("id",), 2, 0x0102), Change("enum", ("kind",), SUM.value.kind, 9)]
    raw = patched(SUM, changes, None)
    assert raw[2:5] == b"\x01\x02\x09"
    assert raw[5:] == SUM.raw[5:]


def test_little_endian_numbers_stay_little_endian():
    spec = ProtocolSpec(name="le", title="", grammar=Struct("a" / Int32ub, "b" / Int16ul), frame=datagram)
    (message,) = converse(spec, [(Direction.TO_SERVER, b"\x00\x00\x00\x01\x02\x00")])
    assert patched(message, [Change("boundary", ("b",), 2, 0x0100)], None) == b"\x00\x00\x00\x01\x00\x01"


def test_a_change_tells_what_it_did():
    told = Change("clear", ("items",), [1, 2, 3], []).told(1, "rebuilt")
    assert str(told) == "value.clear.rebuilt: message 1 items: 3 items → 0 items"


def test_the_grammar_knows_what_is_computed():
    grammar = Grammar.of(TINY)
    assert grammar.computed == {"length", "count", "size", "crc"}
    assert grammar.repair is not None
    assert grammar.repair(packet(1, "echo")) == packet(1, "echo")
    assert PACKET.parse(grammar.repair(b"\x00\x00\x00\x01\x01\x00\x00????")).id == 1
