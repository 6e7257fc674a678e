"""The fast lane. Invariant: it says what the decoder says, or nothing."""

from hypothesis import given
from hypothesis import strategies as st

from support.websocket import CLIENT, SERVER, client, decode, deflated, facts, opening, server
from workbench.api import Dialogue, Direction
from workbench.laws.skimming import row_of, rows_of
from workbench_websocket.agreement import accept_of
from workbench_websocket.deflate import Deflater
from workbench_websocket.payloads import EXCERPT
from workbench_websocket.skim import skim

PAYLOADS = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=120).map(str.encode),
    st.sampled_from(
        [b"", b'{"a": "b\\n"}' * 20, "é".encode() * EXCERPT, b"x" * EXCERPT, b"\x7f" + b"y" * 200, bytes(70_000), b"z" * 126]
    ),
)
FRAMES = st.builds(
    lambda make, opcode, payload, fin, rsv: make(opcode, payload, fin=fin, rsv=rsv),
    st.sampled_from([client, server]),
    st.sampled_from([1, 1, 1, 2, 0, 8, 9, 10, 3]),
    PAYLOADS,
    st.sampled_from([True, True, True, False]),
    st.sampled_from([0, 0, 0, 0, 4]),
)


def dialogue(turns, known):
    data = tuple(b"".join(said for way, said in turns if way is direction) for direction in Direction)
    return Dialogue(data, (False, False), lambda direction, _: 1 + int(direction), known)


def agree(turns, known):
    """Whether the conversation was skimmed; what was is compared."""
    found = skim(dialogue(turns, known))
    if found is None:
        return False
    assert found.rest is None
    messages = decode(*turns, known=known)
    for direction in Direction:
        assert rows_of(found, direction) == [row_of(one) for one in messages if one.direction is direction]
    return True


@given(st.lists(FRAMES, max_size=8))
def test_any_frames(turns):
    assert agree(turns, facts())
    assert agree(turns, deflated())


def test_what_decides_between_the_lanes():
    texts = [
        b"",
        b"a",
        b"a" * EXCERPT,
        b"a" * (EXCERPT + 1),
        b"line\n" * 20,
        "\u2028".encode() * 50,
        b"\xff",
        b"a" * 125,
        b"a" * 126,
        b"a" * 65_536,
    ]
    turns = [make(1, text) for make in (client, server) for text in texts]
    turns += [client(1, b"unmasked by zero", key=bytes(4)), client(2, b"\0\1"), server(2, b"")]
    assert agree(turns, facts())


def test_fragments_pings_and_closes():
    turns = [
        client(1, b"a", fin=False),
        client(1, b"not now"),
        client(9, b"x"),
        client(0, b"b"),
        client(1, b"again"),
        client(8),
        client(1, b"late"),
    ]
    assert agree(turns, facts())


def test_compressed_conversations():
    deflater = Deflater()
    assert agree([server(1, deflater.message(b"hello hello %d" % number), rsv=4) for number in range(5)], deflated())


def test_lengths_in_more_bytes_than_needed():
    assert agree(
        [(SERVER, bytes.fromhex("817e000548656c6c6f")), (SERVER, bytes.fromhex("817f000000000000000548656c6c6f"))], facts()
    )


def test_what_it_leaves_to_the_decoder():
    assert agree([client(3)] * 32, facts())
    assert not agree([client(3)] * 40, facts())
    assert not agree([client(1, b"x")], {})
    assert not agree([(CLIENT, client(1, b"Hello")[1][:-1])], facts())
    assert not agree([(CLIENT, client(1, bytes(200))[1][:3])], facts())
    wrong = {**facts(), "response": ((b"sec-websocket-accept", b"wrong"),)}
    assert not agree([client(1, b"x")], wrong)


def test_a_conversation_with_its_handshake():
    answer = b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: " + accept_of(
        b"dGhlIHNhbXBsZSBub25jZQ=="
    )
    turns = [(CLIENT, opening()), (SERVER, answer + b"\r\n\r\n"), client(1, b"Hello"), server(1, b"Hello")]
    ends = len(opening())

    def packets_at(direction, offsets):
        return [2 if direction is SERVER else 1 if offset <= ends else 3 for offset in offsets]

    data = tuple(b"".join(said for way, said in turns if way is direction) for direction in Direction)
    found = skim(Dialogue(data, (False, False), packets_at))
    assert [row for way in Direction for row in rows_of(found, way)] == sorted(row_of(one) for one in decode(*turns))
    assert skim(Dialogue(data, (False, False), lambda _, offsets: [1] * len(offsets))) is None
    # read as a frame, which begins with what ASCII has for "HT", it would be one of 86 bytes
    again = b"HTTP/1.1 101 S\r\nA: %b\r\n\r\n" % (b"x" * 63)
    both = data[0], turns[1][1] + again + turns[3][1]
    assert skim(Dialogue(both, (False, False), packets_at)) is None
