"""Fields that are made once for many frames say what they would if they were made for one."""

import pytest

from workbench_quic.type_fields import initiator_fields, stream_type_field, type_field


def test_one_field_for_equal_frames():
    assert type_field(0, 1, 6, "CRYPTO", 1) is type_field(0, 1, 6, "CRYPTO", 1)
    other = type_field(3, 5, 6, "CRYPTO", 1)
    assert (other.start, other.end, other.value, other.text, other.view) == (3, 5, 6, "CRYPTO", 1)


@pytest.mark.parametrize("kind", range(8, 16))
def test_bits_of_stream_types(kind: int):
    field = stream_type_field(10, 12, kind, 0)
    assert [node.value for node in field.children] == [bool(kind & 4), bool(kind & 2), bool(kind & 1)]
    assert [node.bits for node in field.children] == [(93, 94), (94, 95), (95, 96)]


@pytest.mark.parametrize(
    ("kind", "texts"), [(0, ("Bi", "Client")), (1, ("Bi", "Server")), (2, ("Uni", "Client")), (3, ("Uni", "Server"))]
)
def test_bits_of_stream_ids(kind: int, texts: tuple[str, str]):
    way, who = initiator_fields(7, kind, 1)
    assert way.text.startswith(texts[0])
    assert who.text.startswith(texts[1])
    assert (way.bits, who.bits) == ((54, 55), (55, 56))
