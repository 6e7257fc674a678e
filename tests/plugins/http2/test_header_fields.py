"""Trees of header blocks: Wireshark's names, places in the block, values that have names of their own."""

from support.http2 import CLIENT, OK, SERVER, frame, headers, last, values
from workbench_http2.header_fields import KNOWN, full_uri
from workbench_http2.hpack import pack
from workbench_http2.names import Type

LINES = (
    {"form": "RESIZE", "index": 100},
    {"form": "INDEXED", "index": 2},
    {"form": "INDEXED", "index": 6},
    {"form": "INCREMENTAL", "index": 4, "value": b"/x", "value_huffman": True},
    {"form": "WITHOUT", "index": 1, "value": b"host"},
    {"form": "NEVER", "index": 0, "name": b"key", "value": b"v"},
)
BLOCK = pack(LINES)


def message():
    return last((CLIENT, frame(Type.HEADERS, 1, 5, fragment=BLOCK)))


def test_names_values_and_representations():
    found = message()
    assert values(found, "http2.header.name") == [":method", ":scheme", ":path", ":authority", "key"]
    assert values(found, "http2.header.value") == ["GET", "http", "/x", "host", "v"]
    assert values(found, "http2.header.name.length") == [7, 7, 5, 10, 3]
    assert values(found, "http2.header.value.length") == [3, 4, 2, 4, 1]
    assert values(found, "http2.header.index") == [2, 6, 4, 1]
    assert values(found, "http2.header.repr") == [
        "Indexed Header Field",
        "Indexed Header Field",
        "Literal Header Field with Incremental Indexing - Indexed Name",
        "Literal Header Field without Indexing - Indexed Name",
        "Literal Header Field never Indexed - New Name",
    ]
    assert values(found, "http2.header_table_size_update.header_table_size") == [100]
    assert values(found, "http2.header.count") == [5]
    assert values(found, "http2.header.length") == [len("".join((":method", ":scheme", ":path", ":authority", "key"))) + 14 + 40]


def test_each_field_lies_where_its_bytes_are():
    found = message()
    data = found.views[1].data
    shown = [node for _, node in found.root.walk() if node.abbrev == "http2.header"]
    assert b"".join(data[node.start : node.end] for node in shown) == BLOCK[2:]
    value = [node for _, node in found.root.walk() if node.abbrev == "http2.header.value"][3]
    assert found.bytes_of(value) == b"host"


def test_names_of_their_own():
    found = message()
    assert (values(found, "http2.headers.method"), values(found, "http2.headers.path")) == (["GET"], ["/x"])
    assert values(found, "http2.request.full_uri") == ["http://host/x"]
    answer = last((CLIENT, headers(1, end=True)), (SERVER, headers(1, (*OK, (b"age", b"7"), (b"max-forwards", b"x")))))
    assert (values(answer, "http2.headers.status"), values(answer, "http2.headers.age")) == ([200], [7])
    assert values(answer, "http2.headers.max_forwards") == []


def test_the_names_are_wiresharks():
    assert KNOWN[b":authority"] == "http2.headers.authority"
    assert KNOWN[b"www-authenticate"] == "http2.headers.www_authenticate"
    assert b"host" not in KNOWN


def test_a_uri_needs_three_parts():
    assert full_uri([(b":scheme", b"a"), (b":path", b"/")]) == ""
    assert full_uri([(b":scheme", b"a"), (b":authority", b"b"), (b":path", b"/c")]) == "a://b/c"
