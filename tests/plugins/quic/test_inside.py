"""What frames lead to: conversations inside, their names and facts, and how they end."""

from support.quic_packets import Talk
from support.quic_wire import CLIENT, SERVER, Wire, crypto, new_id, parameters, stream
from workbench.api import NO_SECRETS
from workbench_quic.connection import Connection
from workbench_quic.inside import Inside
from workbench_quic.levels import Level
from workbench_quic.limits import MOST_HEARD
from workbench_quic.versions import V1, version_of


def connection(number=0):
    return Connection(number, NO_SECRETS, [b"original"], version_of(V1))


def shown(found):
    return [(inner.direction, inner.channel, inner.data, inner.gap, inner.last) for inner in found]


def test_crypto_data_of_each_level_are_a_conversation():
    inside, known, talk = Inside(0), connection(), Talk()
    found = inside.take(known, CLIENT, talk.packet(CLIENT, crypto(b"abcd"), Level.INITIAL))
    (inner,) = found.inners
    assert (inner.channel, inner.protocol, inner.facts["level"]) == ("crypto initial", "tls-handshake", "initial")
    for level, name in ((Level.HANDSHAKE, "handshake"), (Level.ONE_RTT, "1-rtt")):
        (inner,) = inside.take(known, SERVER, talk.packet(SERVER, crypto(b"abcd"), level)).inners
        assert (inner.channel, inner.facts["level"]) == (f"crypto {name}", name)


def test_a_stream_without_a_known_protocol_is_to_be_detected():
    (inner,) = Inside(0).take(connection(), CLIENT, Talk().packet(CLIENT, stream(0, b"x"))).inners
    assert (inner.protocol, inner.facts["alpn"]) == (None, "")


def test_ids_and_tokens_are_announced():
    talk, known, inside = Talk(), connection(), Inside(0)
    found = inside.take(known, SERVER, talk.packet(SERVER, new_id(1, b"next", b"t" * 16)))
    assert found.announced == [(b"next", b"t" * 16)]
    hello = Wire().encrypted_extensions(parameters((0x02, b"u" * 16), (0x0D, bytes(24) + b"\x02ab" + b"v" * 16)))
    found = inside.take(known, SERVER, talk.packet(SERVER, crypto(hello), Level.HANDSHAKE))
    assert found.announced == [(b"", b"u" * 16), (b"ab", b"v" * 16)]
    found = inside.take(known, CLIENT, talk.packet(CLIENT, crypto(hello), Level.HANDSHAKE))
    assert found.announced == []


def test_contradictions_are_noted_where_they_are():
    talk, known, inside = Talk(), connection(), Inside(0)
    inside.take(known, CLIENT, talk.packet(CLIENT, stream(0, b"abc")))
    found = inside.take(known, CLIENT, talk.packet(CLIENT, b"\x01" + stream(0, b"aXc")))
    (note,) = found.notes
    assert (note.section, note.start) == ("RFC 9000 2.2", 5)


def test_a_stream_that_is_reset_twice_ends_once():
    talk, known, inside = Talk(), connection(), Inside(0)
    reset = bytes((4, 0, 1, 1))
    inside.take(known, CLIENT, talk.packet(CLIENT, stream(0, b"a")))
    assert shown(inside.take(known, CLIENT, talk.packet(CLIENT, reset)).inners) == [(CLIENT, "stream 0", b"", 0, True)]
    assert inside.take(known, CLIENT, talk.packet(CLIENT, reset)).inners == []


def test_the_end_of_a_flow_gives_what_waits_there():
    talk, known, inside = Talk(), connection(), Inside(0)
    inside.take(known, CLIENT, talk.packet(CLIENT, stream(0, b"later", 10) + crypto(b"later", 20)))
    assert shown(inside.finish(SERVER)) == []
    assert sorted(shown(inside.finish(CLIENT))) == [
        (CLIENT, "crypto 1-rtt", b"later", 20, False),
        (CLIENT, "stream 0", b"later", 10, False),
    ]


def test_the_end_of_a_flow_that_was_left_gives_nothing():
    talk, known, old, new = Talk(), connection(), Inside(0), Inside(1)
    old.take(known, CLIENT, talk.packet(CLIENT, stream(0, b"later", 10)))
    new.take(known, CLIENT, talk.packet(CLIENT, stream(0, b"end", 20)))
    assert list(old.finish(CLIENT)) == []
    assert shown(new.finish(CLIENT)) == [(CLIENT, "stream 0", b"later", 10, False), (CLIENT, "stream 0", b"end", 5, False)]


def test_the_offset_is_where_the_conversation_goes_on_whatever_is_repeated():
    talk, known, old, new, third = Talk(), connection(), Inside(0), Inside(1), Inside(2)
    old.take(known, CLIENT, talk.packet(CLIENT, stream(0, b"abc")))
    (inner,) = new.take(known, CLIENT, talk.packet(CLIENT, stream(0, b"bcdef", 1))).inners
    assert (inner.data, inner.facts["offset"]) == (b"def", 3)
    third.take(known, CLIENT, talk.packet(CLIENT, stream(0, b"later", 10)))
    (inner,) = third.finish(CLIENT)
    assert (inner.gap, inner.data, inner.facts["offset"]) == (4, b"later", 6)


def test_directions_are_those_of_the_flow():
    talk, known, inside = Talk(), connection(), Inside(0)
    inside.take(known, SERVER, talk.packet(CLIENT, stream(0, b"later", 10)))
    assert shown(inside.finish(CLIENT)) == []
    assert shown(inside.finish(SERVER)) == [(SERVER, "stream 0", b"later", 10, False)]


def test_of_many_connections_the_last_ones_are_ended_with_the_flow():
    inside = Inside(0)
    for number in range(MOST_HEARD + 10):
        inside.take(connection(number), CLIENT, Talk().packet(CLIENT, stream(0, b"later", 10)))
    found = shown(inside.finish(CLIENT))
    assert len(found) == MOST_HEARD
    assert found[-1][1] == f"connection {MOST_HEARD + 9} stream 0"
