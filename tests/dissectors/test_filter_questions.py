from dissectors.filter_questions import Cost, header_names
from dissectors.filter_view import View
from dissectors.filters import parse_filter
from support.messages import message
from support.toy import TOY
from workbench.api import Direction
from workbench.api import View as Bytes


def question(text: str):
    """The only question of a line."""
    (found,) = parse_filter(text, (TOY,)).questions
    return found


def test_costs():
    assert question("tcp.port == 80").cost is Cost.COLUMNS
    assert question("ip.ttl == 1").cost is Cost.HEADERS
    assert question("tcp[0] == 1").cost is Cost.HEADERS
    assert question("toy.kind == 1").cost is Cost.MESSAGES
    assert question("toy.number > tcp.len").cost is Cost.MESSAGES
    assert question("frame.protocols contains toy").cost is Cost.MESSAGES
    assert question("word").cost is Cost.MESSAGES


def test_what_kept_values_can_answer():
    assert question("toy.kind == 1").plain.names == ("toy.kind",)
    assert question("toy").plain.names == ("workbench.protocol",)
    assert question("toy.kind").plain.test is None
    assert question("tcp.port == 1").plain.names == ("tcp.srcport", "tcp.dstport")
    for text in ("toy.body[0] == 1", "toy.number + 1 > 2", "toy.number == tcp.len", "word", "frame.protocols contains a"):
        assert question(text).plain is None


def test_texts_are_looked_for_everywhere_without_regard_to_case():
    asked = question('"HIDDEN ä"')
    assert asked.holds(View({}, (message(Direction.TO_SERVER, "xhidden ÄX".lower().encode()),)))
    assert asked.holds(View({}, (message(Direction.TO_SERVER, b"", summary="Hidden Ä"),)))
    derived = (Bytes("wire", b""), Bytes("decoded", "hidden ä".encode()))
    assert asked.holds(View({}, (message(Direction.TO_SERVER, b"", views=derived),)))
    assert not asked.holds(View({}, (message(Direction.TO_SERVER, b"hidden"),)))


def test_names_of_headers_inside():
    (source,) = question("max(tcp.len, {ip.ttl + len(udp)}) > 1").sources
    assert header_names(source) == ("tcp.len", "ip.ttl", "udp")
