import io

from support.exported import toy_source
from support.messages import message
from workbench.api import Direction, Field, Note, Severity, View
from workbench.export.text import lines, write

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def test_messages_of_a_capture(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        assert write(source, out) == 3
    text = out.getvalue().decode()
    assert "stream 0 → toy  ping" in text
    assert "stream 0 ← toy  pong" in text
    assert "  ! ERROR: crc" in text


def test_fields_stand_with_their_places():
    fields = (
        Field("kind", 0, 1, 7, text="ping"),
        Field("bit", 1, 2, True, bits=(8, 9)),
        Field("decoded", 0, 5, "hello", view=1),
        Field("made up", 0, 0, 3, generated=True),
        Field("nested", 2, 4, children=(Field("inner", 2, 3, b"\xff", error="is odd"),)),
    )
    odd = message(
        DOWN,
        root=Field("toy", 0, 4, children=fields),
        views=(View("wire", b"data"), View("plain", b"hello")),
        notes=(Note(Severity.WARN, "careful", section="RFC 1"),),
        packets=(3, 4, 9),
        packet=9,
        summary="said\x1b",
    )
    head, kind, bit, decoded, made, nested, inner, note, broken, end = lines([odd])
    assert head == "#9 stream 0 ← toy  said\\x1b  4 bytes (packets 3 to 9, 3 of them)"
    assert kind.split() == ["0:1", "kind:", "ping", "(7)"]
    assert bit.split()[:2] == ["bits", "8:9"]
    assert decoded.split()[:2] == ["plain", "0:5"]
    assert made.split() == ["[made", "up:", "3]"]
    assert nested.index("nested") < inner.index("inner")
    assert "is odd" in inner
    assert note == "  ! WARN: careful (RFC 1)"
    assert broken == "  ! ERROR: inner: is odd"
    assert end == ""


def test_two_packets_are_named():
    head, *_ = lines([message(UP, packets=(1, 2), packet=2)])
    assert head.endswith("(packets 1 and 2)")


def test_messages_inside_others_say_so():
    first, *_ = lines([message(UP, layer=("tls", "http2 stream 5"))])
    assert "→ toy in tls, http2 stream 5  " in first
