"""Names read off grammars of every kind, held against the names that dissecting gives."""

import pytest
from construct import Adapter, Byte, Struct

from dissectors.field_names import FieldNames, field_names
from dissectors.tracing import trace
from support.grammars import EXAMPLES, Example
from workbench.api import Field, PerDirection, ProtocolSpec


def _names(root: Field) -> set[str]:
    return {node.abbrev for _, node in root.walk() if node.abbrev and node.abbrev != "toy"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_no_field_is_called_wrong(example: Example):
    known = field_names(ProtocolSpec(name="toy", title="T", grammar=example.grammar))
    for wire in example.wires():
        for name in _names(trace(example.grammar, wire, "toy").root):
            assert known.wrong(name) == -1


def test_both_directions_count():
    both = PerDirection(Struct("ask" / Byte), Struct("reply" / Struct("code" / Byte)))
    known = field_names(ProtocolSpec(name="toy", title="T", prefix="t", grammar=both))
    assert known == FieldNames("t", frozenset({"ask", "reply", "code"}), complete=True)
    assert known.wrong("t.reply.cod") == len("t.reply.")
    assert known.remedy("t.reply.cod") == "Did you mean t.reply.code?"
    assert known.remedy("t.zzz") == "Its fields are ask, code, reply"


class _Strange(Adapter):
    def _parse(self, stream, context, path):
        return Struct("hidden" / Byte)._parsereport(stream, context, path)


def test_constructs_of_unknown_kind_may_hold_anything():
    known = field_names(ProtocolSpec(name="toy", title="T", grammar=Struct("a" / _Strange(Byte))))
    assert not known.complete
    assert known.wrong("toy.hidden") == -1


def test_nothing_is_known_of_decoders():
    known = field_names(ProtocolSpec(name="toy", title="T"))
    assert known.wrong("toy.anything.at.all") == -1
