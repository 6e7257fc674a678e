"""Messages as JSON has them; `dissectors.paths` is tried with real ones."""

import json

from support.messages import message
from workbench.api import Direction, Field, Note, Severity, flatten_fields, json_value, members_text, message_members, notes_text


def test_fields_by_filter_name_in_wire_order():
    inner = (Field("b", 0, 1, b"\xff", abbrev="x.b"), Field("a", 1, 2, 7, abbrev="x.a"))
    fields = [Field("top", 0, 2, None, inner, "x"), Field("a", 2, 3, True, abbrev="x.a"), Field("unnamed", 2, 3, 5)]
    assert list(flatten_fields(fields).items()) == [("x.b", "ff"), ("x.a", [7, True])]
    assert flatten_fields([]) == {}


def test_values_that_json_cannot_write():
    assert [json_value(value) for value in (float("nan"), 1 << 5000, b"\x01")] == ["nan", hex(1 << 5000), "01"]


def test_members_are_those_of_the_object_without_its_braces():
    odd = message(Direction.TO_CLIENT, label="l", summary='ü"', notes=(Note(Severity.WARN, "text", 1, 2, "RFC 1"),))
    text = members_text(message_members(odd))
    assert text.isascii()
    assert text.endswith(f'"notes":{notes_text(odd.notes)}')
    assert json.loads("{" + text + "}") == {
        "protocol": "toy",
        "direction": "to_client",
        "label": "l",
        "summary": 'ü"',
        "fields": {},
        "notes": [{"severity": "warn", "text": "text", "start": 1, "end": 2, "section": "RFC 1"}],
    }
