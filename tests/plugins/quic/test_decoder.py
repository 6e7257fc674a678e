"""The decoder: packets with their connections, coalesced, moved, retried and negotiated; with keys and without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.quic_wire import (
    CLIENT,
    DONE,
    PING,
    SERVER,
    Flows,
    KeyLog,
    Wire,
    alpn,
    crypto,
    inners,
    new_id,
    parameters,
    stream,
    value_of,
)
from support.rfc9001 import RFC9001, RFC9369
from workbench.api import Inner, Message, Severity
from workbench_quic.levels import Level
from workbench_quic.limits import LONGEST_DATAGRAM
from workbench_quic.versions import V1, V2, Kind


def labels(messages):
    return [message.label for message in messages]


def texts(message):
    return [note.text for note in message.notes]


def begun(wire, secrets=None, *more):
    flows = Flows(KeyLog(wire) if secrets is None else secrets)
    return flows, flows.messages(*wire.opening(*more))


def test_without_keys_the_hellos_are_open_and_the_rest_is_not():
    wire = Wire()
    flows = Flows()
    found = [item for way, data in wire.opening() for item in flows.read(way, data)]
    found += flows.read(CLIENT, wire.short(CLIENT, PING))
    assert labels(item for item in found if isinstance(item, Message)) == [
        "initial.crypto",
        "initial.crypto",
        "handshake",
        "one_rtt",
    ]
    assert [(inner.channel, inner.protocol, inner.data) for inner in inners(found)] == [
        ("crypto initial", "tls-handshake", wire.client_hello()),
        ("crypto initial", "tls-handshake", wire.server_hello()),
    ]
    assert not any(item.notes for item in found if isinstance(item, Message))


@pytest.mark.parametrize("version", [V1, V2, 0xFF00001D, 0x709A50C4])
@pytest.mark.parametrize("suite", [0x1301, 0x1302, 0x1303, 0x1304])
def test_with_keys_everything_is_open(version, suite):
    wire = Wire(version=version, suite=suite, offered=(suite,))
    flows, opening = begun(wire)
    found = flows.messages(
        (CLIENT, wire.handshake(CLIENT, PING) + wire.short(CLIENT, stream(0, b"ask", fin=True))),
        (SERVER, wire.short(SERVER, DONE)),
    )
    assert labels(opening) == ["initial.crypto", "initial.crypto", "handshake.crypto"]
    assert labels(found) == ["handshake.ping", "one_rtt.stream", "one_rtt.done"]
    assert [value_of(message, "quic.packet_number") for message in found] == [0, 0, 0]
    assert [message.notes for message in (*opening, *found)] == [()] * 6


@pytest.mark.parametrize("vector", [RFC9001, RFC9369], ids=["v1", "v2"])
def test_the_packets_of_the_rfcs(vector):
    """RFC 9001 and 9369, A.2 to A.4."""
    client, server, retry = Flows().messages(
        (CLIENT, vector.client_packet), (SERVER, vector.server_packet), (SERVER, vector.retry)
    )
    assert [value_of(message, "quic.packet_number") for message in (client, server)] == [2, 1]
    assert labels([client, server, retry]) == ["initial.crypto", "initial.crypto", "retry"]
    assert retry.notes == ()
    assert [message.bytes_of(message.root.find("quic.crypto.crypto_data"))[:1] for message in (client, server)] == [b"\1", b"\2"]


def test_coalesced_packets_tile_their_datagram():
    wire = Wire()
    flows = Flows()
    turns = wire.opening()
    messages = flows.messages(*turns)
    assert [(m.start, m.end, m.raw) for m in messages] == [
        (0, len(turns[0][1]), turns[0][1]),
        (0, len(messages[1].raw), turns[1][1][: len(messages[1].raw)]),
        (len(messages[1].raw), len(turns[1][1]), turns[1][1][len(messages[1].raw) :]),
    ]


def test_fields_are_wiresharks():
    wire = Wire()
    flows, opening = begun(wire)
    (message,) = flows.messages((SERVER, wire.short(SERVER, stream(3, b"data"), spin=1)))
    flat = {node.abbrev: node.value for _, node in message.root.walk() if node.abbrev}
    assert flat["quic.header_form"] == 0
    assert flat["quic.fixed_bit"] is True
    assert flat["quic.spin_bit"] is True
    assert flat["quic.key_phase"] is False
    assert flat["quic.packet_number_length"] == 1
    assert flat["quic.dcid"] == b"client.."
    assert flat["quic.packet_number"] == 0
    assert flat["quic.frame_type"] == 0x0E
    assert flat["quic.stream.stream_id"] == 3
    assert flat["quic.connection.number"] == 0
    first = {node.abbrev: node.value for _, node in opening[0].root.walk() if node.abbrev}
    assert (first["quic.long.packet_type"], first["quic.version"], first["quic.token_length"]) == (0, V1, 0)
    assert (first["quic.dcil"], first["quic.dcid"], first["quic.scil"], first["quic.scid"]) == (8, b"original", 8, b"client..")
    assert first["quic.length"] == 1200 - 26


def test_streams_go_on_to_the_protocol_that_alpn_names():
    wire = Wire()
    flows, _ = begun(wire)
    found = flows.read(CLIENT, wire.short(CLIENT, stream(4, b"world", 5, fin=True)))
    assert inners(found) == []
    found = flows.read(CLIENT, wire.short(CLIENT, stream(4, b"hello")))
    facts = {"alpn": "h3", "sni": "example.test", "version": "QUIC v1", "connection": 0, "stream_id": 4, "offset": 0}
    assert inners(found) == [
        Inner(direction=CLIENT, data=b"helloworld", channel="stream 4", protocol="h3", last=True, facts=facts),
    ]


def test_a_stream_that_is_reset_ends():
    wire = Wire()
    flows, _ = begun(wire)
    flows.read(CLIENT, wire.short(CLIENT, stream(0, b"a")))
    (inner,) = inners(flows.read(CLIENT, wire.short(CLIENT, bytes((4, 0, 1, 1)))))
    assert (inner.channel, inner.data, inner.last, inner.reset) == ("stream 0", b"", True, True)


def test_datagrams_go_on_one_by_one():
    wire = Wire()
    flows, _ = begun(wire)
    found = inners(flows.read(SERVER, wire.short(SERVER, b"\x31\x02ab\x30cd")))
    assert [(inner.channel, inner.data, inner.facts["datagrams"]) for inner in found] == [
        ("datagrams", b"ab", True),
        ("datagrams", b"cd", True),
    ]


def test_what_waits_behind_a_hole_is_given_at_the_end_with_the_gap():
    wire = Wire()
    flows, _ = begun(wire)
    flows.read(CLIENT, wire.short(CLIENT, stream(0, b"later", 100)))
    (inner,) = inners(flows.finish(CLIENT))
    assert (inner.channel, inner.gap, inner.data) == ("stream 0", 100, b"later")
    assert flows.finish(SERVER) == []


def test_crypto_data_in_pieces_out_of_order_become_one_hello():
    wire = Wire()
    flows = Flows()
    hello = wire.client_hello()
    pieces = [crypto(hello[60:], 60) + PING + crypto(hello[:20]), crypto(hello[10:70], 10)]
    found = [item for piece in pieces for item in flows.read(CLIENT, wire.initial(CLIENT, piece))]
    assert b"".join(inner.data for inner in inners(found)) == hello
    assert flows.messages((SERVER, wire.initial(SERVER, crypto(wire.server_hello()))))[0].label == "initial.crypto"


def test_zeros_behind_a_packet_are_padding_and_anything_else_is_remarkable():
    wire = Wire()
    flows = Flows()
    packet, padding = flows.messages((CLIENT, wire.initial(CLIENT, crypto(wire.client_hello()), pad=0).ljust(1200, b"\0")))
    assert (packet.label, padding.label, padding.notes) == ("initial.crypto", "padding", ())
    assert padding.end == 1200
    _, junk = flows.messages((CLIENT, wire.initial(CLIENT, PING) + b"\x41 not to that ID"))
    assert (junk.label, texts(junk)) == ("padding", ["bytes behind the last packet of the datagram, which receivers ignore"])


def test_a_packet_to_another_id_in_the_same_datagram_is_ignored():
    wire, other = Wire(), Wire(original=b"another.")
    _, junk = Flows().messages((CLIENT, wire.initial(CLIENT, PING) + other.initial(CLIENT, PING)))
    assert junk.label == "padding"


def test_roles_are_found_out_where_the_flow_has_them_reversed():
    wire = Wire()
    flows = Flows(KeyLog(wire))
    turns = [(way.opposite, data) for way, data in wire.opening()]
    found = flows.messages(*turns, (CLIENT, wire.short(SERVER, DONE)), (SERVER, wire.short(CLIENT, PING)))
    assert labels(found) == ["initial.crypto", "initial.crypto", "handshake.crypto", "one_rtt.done", "one_rtt.ping"]
    assert [message.direction for message in found] == [SERVER, CLIENT, CLIENT, CLIENT, SERVER]
    assert not any(message.notes for message in found)


def test_a_connection_that_moves_is_still_the_same():
    wire = Wire()
    flows, _ = begun(wire)
    flows.read(CLIENT, wire.short(CLIENT, stream(0, b"one")))
    flows.read(SERVER, wire.short(SERVER, new_id(1, b"server.2")))
    found = flows.read(CLIENT, wire.short(CLIENT, stream(0, b"two", 3), dcid=b"server.2"), flow=1)
    found += flows.read(SERVER, wire.short(SERVER, PING), flow=1)
    assert labels(item for item in found if isinstance(item, Message)) == ["one_rtt.stream", "one_rtt.ping"]
    assert {value_of(item, "quic.connection.number") for item in found if isinstance(item, Message)} == {0}
    (inner,) = inners(found)
    assert (inner.data, inner.facts["offset"], inner.facts["connection"]) == (b"two", 3, 0)
    assert flows.finish(CLIENT, flow=0) == []


def test_a_nat_that_rebinds_is_followed_back_to_clients_without_an_id():
    wire = Wire(client=b"")
    flows, _ = begun(wire)
    found = flows.messages((CLIENT, wire.short(CLIENT, PING)), (SERVER, wire.short(SERVER, PING)), flow=7)
    assert labels(found) == ["one_rtt.ping", "one_rtt.ping"]


def test_ids_of_other_lengths_are_learnt():
    wire = Wire()
    flows, _ = begun(wire)
    flows.read(SERVER, wire.short(SERVER, new_id(1, b"a-much-longer-one") + new_id(2, b"x")))
    found = flows.messages(
        (CLIENT, wire.short(CLIENT, PING, dcid=b"a-much-longer-one")),
        (CLIENT, wire.short(CLIENT, PING, dcid=b"x")),
        (CLIENT, wire.short(CLIENT, PING)),
    )
    assert [value_of(message, "quic.dcid") for message in found] == [b"a-much-longer-one", b"x", b"server.."]
    assert labels(found) == ["one_rtt.ping"] * 3


def test_a_client_that_goes_on_to_an_id_nobody_saw_is_followed_by_its_own():
    wire = Wire()
    flows, _ = begun(wire)
    (first,) = flows.messages((CLIENT, wire.handshake(CLIENT, PING, dcid=b"unseen")))
    (second,) = flows.messages((CLIENT, wire.short(CLIENT, PING, dcid=b"unseen")))
    assert (first.label, second.label) == ("handshake.ping", "one_rtt.ping")


def test_an_unseen_id_of_a_short_header_is_guessed_where_the_keys_fit():
    wire = Wire()
    flows, _ = begun(wire)
    guessed, learnt = flows.messages(
        (CLIENT, wire.short(CLIENT, PING, dcid=b"unseen.1")), (CLIENT, wire.short(CLIENT, PING, dcid=b"unseen.1"))
    )
    assert (guessed.label, value_of(guessed, "quic.dcid")) == ("one_rtt.ping", b"unseen.1")
    assert learnt.label == "one_rtt.ping"
    (other,) = flows.messages((CLIENT, b"\x40 of nobody at all, and with no keys that are known"))
    assert (other.label, other.notes, value_of(other, "quic.connection.number")) == ("one_rtt", (), None)


def test_an_initial_without_source_id_may_go_on_or_begin():
    first, second = Wire(client=b""), Wire(client=b"", original=b"original-2", server=b"server-2", random=bytes(32))
    flows, _ = begun(first, KeyLog(first, second))
    (again,) = flows.messages((CLIENT, first.initial(CLIENT, PING, dcid=b"unseen")))
    assert (again.label, value_of(again, "quic.connection.number")) == ("initial.ping", 0)
    begins = flows.messages(*second.opening())
    assert {value_of(message, "quic.connection.number") for message in begins} == {1}
    assert labels(begins) == ["initial.crypto", "initial.crypto", "handshake.crypto"]


def test_channels_of_a_second_connection_bear_its_number():
    first, second = Wire(), Wire(original=b"original-2", server=b"server-2", client=b"client-2", random=bytes(32))
    flows, _ = begun(first, KeyLog(first, second))
    flows.messages(*second.opening())
    found = inners(
        flows.read(CLIENT, second.short(CLIENT, stream(0, b"x"))) + flows.read(CLIENT, first.short(CLIENT, stream(0, b"y")))
    )
    assert [inner.channel for inner in found] == ["connection 1 stream 0", "stream 0"]


@pytest.mark.parametrize("version", [V1, V2])
def test_after_a_retry_keys_and_hello_are_new(version):
    wire = Wire(version=version)
    flows = Flows(KeyLog(Wire(version=version, random=bytes(32))))
    first = flows.read(CLIENT, wire.initial(CLIENT, crypto(wire.client_hello())))
    (retry,) = flows.messages((SERVER, wire.retry(b"token", b"retried.")))
    wire.base, wire.random = b"retried.", bytes(32)
    again = flows.read(CLIENT, wire.initial(CLIENT, crypto(wire.client_hello()), token=b"token"))
    rest = flows.messages(wire.opening()[1], (CLIENT, wire.short(CLIENT, PING)))
    assert labels([first[0], retry, again[0], *rest]) == [
        "initial.crypto",
        "retry",
        "initial.crypto",
        "initial.crypto",
        "handshake.crypto",
        "one_rtt.ping",
    ]
    assert [len(inners(found)) for found in (first, again)] == [1, 1]
    assert value_of(retry, "quic.retry_token") == b"token"
    assert not any(message.notes for message in (retry, *rest))


def test_a_retry_with_a_wrong_tag_changes_nothing():
    wire = Wire()
    flows = Flows()
    flows.read(CLIENT, wire.initial(CLIENT, crypto(wire.client_hello())))
    (retry,) = flows.messages((SERVER, wire.retry(b"token", b"retried.", tag=bytes(16))))
    assert [note.section for note in retry.notes if note.severity is Severity.ERROR] == ["RFC 9001 5.8"]
    assert flows.messages((CLIENT, wire.initial(CLIENT, PING)))[0].label == "initial.ping"


def test_a_retry_that_was_not_captured_is_found_out():
    wire = Wire()
    flows = Flows()
    flows.read(CLIENT, wire.initial(CLIENT, crypto(wire.client_hello())))
    wire.base = b"retried."
    (message,) = flows.messages((CLIENT, wire.initial(CLIENT, PING, token=b"token")))
    assert (message.label, value_of(message, "quic.connection.number")) == ("initial.ping", 0)


def test_a_version_negotiation_lets_the_client_begin_again():
    wire = Wire(version=V2)
    flows = Flows()
    first = flows.read(CLIENT, wire.initial(CLIENT, crypto(wire.client_hello())))
    (negotiation,) = flows.messages((SERVER, wire.negotiation(V1, 0x1A2A3A4A)))
    wire.version = V1
    again = flows.read(CLIENT, wire.initial(CLIENT, crypto(wire.client_hello())))
    assert negotiation.label == "version_negotiation"
    assert [node.value for _, node in negotiation.root.walk() if node.abbrev == "quic.supported_version"] == [V1, 0x1A2A3A4A]
    assert [len(inners(found)) for found in (first, again)] == [1, 1]


def test_a_compatible_version_is_switched_to():
    wire = Wire()
    flows = Flows(KeyLog(wire))
    first = flows.messages((CLIENT, wire.initial(CLIENT, crypto(wire.client_hello()))))
    wire.version = V2
    found = flows.messages(
        wire.opening()[1],
        (CLIENT, wire.initial(CLIENT, PING, dcid=wire.server)),
        (CLIENT, wire.initial(CLIENT, PING, version=V1, dcid=wire.server)),
        (CLIENT, wire.short(CLIENT, PING)),
    )
    assert labels(first + found) == [
        "initial.crypto",
        "initial.crypto",
        "handshake.crypto",
        "initial.ping",
        "initial.ping",
        "one_rtt.ping",
    ]
    assert not any(message.notes for message in first + found)


def test_a_client_that_keeps_the_old_keys_after_a_switch_is_told_of():
    wire = Wire()
    flows = Flows()
    flows.messages((CLIENT, wire.initial(CLIENT, crypto(wire.client_hello()))))
    wire.version = V2
    flows.messages(wire.opening()[1])
    head = wire.initial(CLIENT, PING, dcid=wire.server)
    # what such a client sends: the header of one version, sealed with keys of the other
    clear = bytes((0xD1,)) + head[1:26] + bytes((0, 9))
    packet = wire.protection(Level.INITIAL, CLIENT, V1).seal(clear, 9, PING.ljust(1156, b"\0"))
    (message,) = flows.messages((CLIENT, packet))
    assert message.label == "initial.ping"
    assert texts(message) == ["protected as in v1, while the header says v2"]


def test_secrets_that_come_late_open_what_comes_later():
    wire = Wire()
    log = KeyLog()
    flows, opening = begun(wire, log)
    (closed,) = flows.messages((CLIENT, wire.short(CLIENT, PING)))
    log.add(wire)
    (opened,) = flows.messages((CLIENT, wire.short(CLIENT, PING)))
    assert (opening[-1].label, closed.label, opened.label) == ("handshake", "one_rtt", "one_rtt.ping")


def test_early_data_are_opened_with_any_suite_of_the_right_size():
    wire = Wire(suite=0x1303)
    flows = Flows(KeyLog(wire))
    flows.read(CLIENT, wire.initial(CLIENT, crypto(wire.client_hello(alpn(b"h3")))))
    found = flows.read(CLIENT, wire.long(Kind.EARLY, CLIENT, stream(0, b"early")))
    assert found[0].label == "early.stream"
    assert inners(found)[0].data == b"early"


def test_a_forged_packet_is_told_of_and_teaches_nothing():
    wire = Wire()
    flows, _ = begun(wire)
    forged = bytearray(wire.handshake(CLIENT, PING, scid=b"mallory."))
    forged[-1] ^= 1
    (message,) = flows.messages((CLIENT, bytes(forged)))
    assert texts(message) == ["the packet does not authenticate with the keys that are known"]
    (unknown,) = flows.messages((SERVER, b"\x40mallory." + bytes(40)))
    assert value_of(unknown, "quic.connection.number") is None


def test_a_flood_of_forged_packets_does_not_drive_out_the_ids_in_use():
    wire = Wire()
    flows, _ = begun(wire)
    for number in range(200):
        forged = bytearray(wire.handshake(CLIENT, PING, number=0, dcid=b"fake%04d" % number))
        forged[-1] ^= 1
        flows.read(CLIENT, bytes(forged))
    moved = flows.messages((CLIENT, wire.short(CLIENT, PING)), flow=1)
    assert labels(moved) == ["one_rtt.ping"]


@pytest.mark.parametrize("source", ["frame", "parameters", "preferred"])
def test_a_stateless_reset_is_recognised_by_its_token(source):
    token = b"a reset token 16"
    given = {
        "frame": (),
        "parameters": (parameters((0x02, token)),),
        "preferred": (parameters((0x0D, bytes(24) + b"\x04newb" + token)),),
    }
    wire = Wire()
    flows, _ = begun(wire, None, *given[source])
    if source == "frame":
        flows.read(SERVER, wire.short(SERVER, new_id(1, b"server.2", token)))
    (message,) = flows.messages((SERVER, b"\x40" + b"unpredictable bits here" + token), flow=3)
    assert (message.label, value_of(message, "quic.stateless_reset_token")) == ("stateless_reset", token)
    assert value_of(message, "quic.connection.number") == 0


def test_the_preferred_address_is_moved_to():
    wire = Wire()
    flows, _ = begun(wire, None, parameters((0x0D, bytes(24) + b"\x04newb" + bytes(16))))
    (message,) = flows.messages((CLIENT, wire.short(CLIENT, PING, dcid=b"newb")), flow=5)
    assert message.label == "one_rtt.ping"


def test_an_unknown_version_shows_its_invariants():
    packet = b"\xb5\x51\x30\x34\x36\x03abc\x02de" + b"whatever follows"
    (message,) = Flows().messages((CLIENT, packet))
    assert message.label == "unknown_version"
    assert (value_of(message, "quic.dcid"), value_of(message, "quic.scid")) == (b"abc", b"de")
    assert value_of(message, "quic.remaining_payload") == b"whatever follows"
    assert message.root.find("quic.version").text == "Google Q046 (0x51303436)"


def test_a_cleared_fixed_bit_is_no_fault():
    wire = Wire()
    flows, _ = begun(wire)
    protection = wire.protection(Level.ONE_RTT, CLIENT)
    (message,) = flows.messages((CLIENT, protection.seal(b"\x00" + wire.server + b"\x00", 0, PING + bytes(3))))
    assert (message.label, value_of(message, "quic.fixed_bit"), message.notes) == ("one_rtt.ping", False, ())


def test_reserved_bits_are():
    wire = Wire()
    flows, _ = begun(wire)
    protection = wire.protection(Level.ONE_RTT, CLIENT)
    (message,) = flows.messages((CLIENT, protection.seal(b"\x58" + wire.server + b"\x00", 0, PING + bytes(3))))
    assert [note.section for note in message.notes] == ["RFC 9000 17.3.1"]
    assert message.errors


def test_bytes_that_were_cut_off_by_the_capture_are_said():
    wire = Wire()
    flows = Flows()
    whole = wire.initial(CLIENT, crypto(wire.client_hello()))
    (cut,) = flows.read(CLIENT, whole[:200])
    assert cut.errors == ("Length: 1174 bytes, of which the datagram has 174",)
    gap, after = flows.read(CLIENT, whole, gap=1000)[:2]
    assert (gap.protocol, gap.start, gap.end, gap.raw) == ("data", 200, 1200, b"")
    assert (after.start, after.label) == (1200, "initial.crypto")


def test_a_datagram_that_was_cut_off_is_not_too_small():
    wire = Wire()
    flows = Flows()
    flows.read(CLIENT, wire.initial(CLIENT, crypto(wire.client_hello())))
    answer = wire.initial(SERVER, crypto(wire.server_hello()), pad=0) + wire.handshake(SERVER, bytes(1200))
    assert flows.messages((SERVER, answer[:200]))[0].errors == ()
    (small,) = flows.messages((SERVER, wire.initial(SERVER, PING, pad=0)))
    assert [note.section for note in small.notes] == ["RFC 9000 14.1"]


def test_bytes_that_are_no_packet_are_undecoded():
    (message,) = Flows().messages((CLIENT, b"\xc0\x00"))
    assert message.protocol == "data"
    (message,) = Flows().messages((CLIENT, b"\x40short"))
    assert message.protocol == "data"
    (message,) = Flows().messages((CLIENT, bytes(LONGEST_DATAGRAM + 1)))
    assert (message.protocol, message.end) == ("data", LONGEST_DATAGRAM + 1)


@given(
    st.lists(
        st.tuples(st.sampled_from([CLIENT, SERVER]), st.integers(0, 9), st.binary(max_size=6), st.integers(0, 1300)), max_size=4
    )
)
def test_spoilt_conversations_never_raise_and_tile(changes):
    """Whatever is done to datagrams, messages cover each of them."""
    wire = Wire()
    flows = Flows(KeyLog(wire))
    turns = [*wire.opening(), (CLIENT, wire.short(CLIENT, stream(0, b"x" * 50))), (SERVER, wire.short(SERVER, DONE))]
    for _, place, new, at in changes:
        way, data = turns[place % len(turns)]
        turns.append((way, data[:at] + new + data[at + len(new) :]))
    ends = {CLIENT: 0, SERVER: 0}
    for way, data in turns:
        for message in flows.messages((way, data)):
            assert message.start == ends[way]
            ends[way] = message.end
    assert ends == {role: sum(len(data) for way, data in turns if way is role) for role in (CLIENT, SERVER)}
