"""One connection: keys by level and role, key updates with late packets and missed ones, and what the handshake tells."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.quic_wire import CLIENT, PING, SERVER, KeyLog, Wire, alpn, extension, handshake_message
from workbench.api import NO_SECRETS
from workbench_quic.connection import Connection
from workbench_quic.hellos import CLIENT_HELLO
from workbench_quic.levels import Level
from workbench_quic.limits import MOST_BASES, MOST_GENERATIONS_AHEAD, MOST_HELLO, MOST_RANDOMS
from workbench_quic.versions import V1, V2, Kind, version_of

SHORT_AT = 1 + len(b"server..")


def connection(wire, secrets=None):
    known = Connection(0, KeyLog(wire) if secrets is None else secrets, [wire.original], version_of(wire.version))
    known.crypto(CLIENT, Level.INITIAL, 0, wire.client_hello())
    known.crypto(SERVER, Level.INITIAL, 0, wire.server_hello())
    return known


def numbers(known, packets, role=CLIENT):
    found = [known.open_short(role, packet, SHORT_AT) for packet in packets]
    return [None if opened is None else opened.number for opened in found]


def test_what_the_handshake_tells():
    wire = Wire(suite=0x1302)
    known = connection(wire)
    assert (known.randoms, known.suite, known.name, known.alpn) == ([wire.random], 0x1302, "example.test", "h3")
    known.crypto(SERVER, Level.HANDSHAKE, 0, wire.encrypted_extensions(alpn(b"h3-29")))
    assert known.alpn == "h3-29"
    assert known.facts == {"alpn": "h3-29", "sni": "example.test", "version": "QUIC v1", "connection": 0}


def test_hellos_in_pieces_are_read_when_they_are_whole():
    wire = Wire()
    known = Connection(0, NO_SECRETS, [wire.original], version_of(V1))
    hello = wire.client_hello()
    found = [known.crypto(CLIENT, Level.INITIAL, at, hello[at : at + 9])[1] for at in range(0, len(hello), 9)]
    assert [hello.kind for hellos in found for hello in hellos] == [CLIENT_HELLO]
    assert all(not hellos for hellos in found[:-1])


def test_a_hello_from_the_wrong_side_teaches_nothing():
    wire = Wire()
    known = Connection(0, NO_SECRETS, [wire.original], version_of(V1))
    known.crypto(SERVER, Level.INITIAL, 0, wire.client_hello())
    known.crypto(CLIENT, Level.INITIAL, 0, wire.server_hello())
    assert (known.randoms, known.suite) == ([], 0)


def test_a_hello_retry_request_chooses_no_suite_yet():
    wire = Wire()
    known = Connection(0, NO_SECRETS, [wire.original], version_of(V1))
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
    hello = wire.server_hello()
    known.crypto(SERVER, Level.INITIAL, 0, hello[:6] + random + hello[38:])
    assert known.suite == 0
    known.crypto(SERVER, Level.INITIAL, len(hello), hello)
    assert known.suite == 0x1301


def test_a_hello_too_long_to_keep_is_let_go():
    known = Connection(0, NO_SECRETS, [b"original"], version_of(V1))
    long = handshake_message(1, bytes(MOST_HELLO))
    for at in range(0, len(long), 4096):
        assert known.crypto(CLIENT, Level.INITIAL, at, long[at : at + 4096])[1] == ()
    assert known._crypto[Level.INITIAL, CLIENT].begun is None


def test_initial_packets_of_both_roles_open():
    wire = Wire()
    known = connection(wire)
    for role in (CLIENT, SERVER):
        packet = wire.initial(role, PING)
        opened = known.open(role, Level.INITIAL, version_of(V1), packet, 26)
        assert opened.payload[:1] == PING
        assert known.open(role.opposite, Level.INITIAL, version_of(V1), packet, 26) is None


def test_without_secrets_nothing_is_tried():
    wire = Wire()
    known = connection(wire, NO_SECRETS)
    assert known.open(CLIENT, Level.HANDSHAKE, version_of(V1), wire.handshake(CLIENT, PING), 25) is None
    assert not known.tried
    assert numbers(known, [wire.short(CLIENT, PING)]) == [None]
    assert not known.tried


def test_packet_numbers_go_on_beyond_two_bytes():
    wire = Wire()
    packets = [wire.short(CLIENT, PING, number=number) for number in (0, 30_000, 60_000, 90_000, 89_999, 120_000)]
    assert numbers(connection(wire), packets) == [0, 30_000, 60_000, 90_000, 89_999, 120_000]


def test_early_and_late_data_share_their_numbers():
    wire = Wire()
    known = connection(wire)
    early = wire.long(Kind.EARLY, CLIENT, PING, number=30_000)
    assert known.open(CLIENT, Level.EARLY, version_of(V1), early, 25).number == 30_000
    assert numbers(known, [wire.short(CLIENT, PING, number=60_001)]) == [60_001]


@pytest.mark.parametrize("suite", [0x1301, 0x1302, 0x1303, 0x1304])
def test_key_updates_are_followed(suite):
    wire = Wire(suite=suite)
    packets = [wire.short(CLIENT, PING, generation=number // 2) for number in range(12)]
    assert numbers(connection(wire), packets) == list(range(12))


def test_late_packets_of_the_phase_before_still_open():
    wire = Wire()
    made = {number: wire.short(CLIENT, PING, number=number, generation=number >= 5) for number in range(10)}
    assert numbers(connection(wire), [made[number] for number in (0, 1, 5, 6, 2, 7, 3, 4, 8)]) == [0, 1, 5, 6, 2, 7, 3, 4, 8]


def test_reordered_packets_of_both_phases_around_two_updates():
    wire = Wire()
    made = {number: wire.short(CLIENT, PING, number=number, generation=number // 4) for number in range(12)}
    order = (0, 1, 4, 2, 5, 3, 8, 6, 9, 7, 10)
    assert numbers(connection(wire), [made[number] for number in order]) == list(order)


@pytest.mark.parametrize("missed", range(1, MOST_GENERATIONS_AHEAD + 1))
def test_missed_updates_are_caught_up_with(missed):
    wire = Wire()
    packets = [wire.short(CLIENT, PING), wire.short(CLIENT, PING, generation=missed), wire.short(CLIENT, PING, generation=missed)]
    assert numbers(connection(wire), packets) == [0, 1, 2]


def test_too_many_missed_updates_are_not():
    wire = Wire()
    packets = [
        wire.short(CLIENT, PING),
        wire.short(CLIENT, PING, generation=MOST_GENERATIONS_AHEAD + 1),
        wire.short(CLIENT, PING),
    ]
    assert numbers(connection(wire), packets) == [0, None, 2]


def test_forged_packets_do_not_update_keys():
    wire = Wire()
    known = connection(wire)
    forged = bytearray(wire.short(CLIENT, PING, number=1, generation=1))
    forged[-1] ^= 1
    assert numbers(known, [wire.short(CLIENT, PING), bytes(forged), wire.short(CLIENT, PING)]) == [0, None, 1]


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.data())
def test_any_order_within_a_window_opens(bursts, data):
    """Packets that overtake each other by a few, with updates between bursts of at least four: all open, with their numbers."""
    wire = Wire()
    made = []
    for generation, extra in enumerate(bursts):
        made += [(len(made) + place, generation) for place in range(4 + extra)]
    known = connection(wire)
    waiting, latest = list(made), 0
    while waiting:
        overtaken = latest - waiting[0][0] >= 3
        place = data.draw(st.integers(0, 0 if overtaken else min(2, len(waiting) - 1)))
        number, generation = waiting.pop(place)
        latest = max(latest, number)
        assert numbers(known, [wire.short(CLIENT, PING, number=number, generation=generation)]) == [number]


def test_the_suite_is_found_by_the_secret_where_the_server_hello_is_missing():
    wire = Wire(suite=0x1303)
    known = Connection(0, KeyLog(wire), [wire.original], version_of(V1))
    known.crypto(CLIENT, Level.INITIAL, 0, wire.client_hello())
    assert numbers(known, [wire.short(CLIENT, PING)]) == [0]


def test_randoms_and_bases_are_bounded_and_the_first_base_stays():
    wire = Wire()
    known = Connection(0, NO_SECRETS, [wire.original], version_of(V1))
    for number in range(20):
        known.crypto(CLIENT, Level.INITIAL, 0, wire.client_hello(random=bytes((number,)) * 32))
        known.open(CLIENT, Level.INITIAL, version_of(V1), wire.initial(CLIENT, PING), 26)
        known.retried(b"retry-%d" % number)
    assert known.randoms == [bytes((number,)) * 32 for number in (19, 18, 17, 16)][:MOST_RANDOMS]
    assert len(known.bases) == MOST_BASES
    assert (known.bases[0], known.original) == (b"retry-19", wire.original)
    assert len(known._initial) <= MOST_BASES


def test_after_it_begins_again_the_hello_is_read_once_more():
    wire = Wire()
    known = connection(wire, NO_SECRETS)
    repeated, _ = known.crypto(CLIENT, Level.INITIAL, 0, wire.client_hello())
    assert repeated.runs == ()
    known.begin_again()
    again, hellos = known.crypto(CLIENT, Level.INITIAL, 0, wire.client_hello())
    assert [run.data for run in again.runs] == [wire.client_hello()]
    assert len(hellos) == 1


def test_the_version_is_the_servers():
    known = Connection(0, NO_SECRETS, [b"original"], version_of(V1))
    known.speaks(CLIENT, version_of(V1))
    known.speaks(SERVER, version_of(V2))
    known.speaks(CLIENT, version_of(V1))
    assert known.version is version_of(V2)


def test_a_forgotten_connection_keeps_nothing():
    wire = Wire()
    known = connection(wire)
    assert numbers(known, [wire.short(CLIENT, PING)]) == [0]
    known.forget()
    assert numbers(known, [wire.short(CLIENT, PING)]) == [None]
    assert (known.randoms, known._initial, known._tried, known._crypto) == ([], {}, {}, {})


def test_an_unfinished_hello_is_given_at_the_end():
    known = Connection(0, NO_SECRETS, [b"original"], version_of(V1))
    known.crypto(CLIENT, Level.INITIAL, 50, extension(1, b"behind a hole"))
    ((level, added),) = known.finish_crypto(CLIENT)
    assert (level, added.runs[0].gap) == (Level.INITIAL, 50)
    assert list(known.finish_crypto(SERVER)) == []
