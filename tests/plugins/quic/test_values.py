"""From values back to bytes: unchanged the same, changed protected anew, with lengths and tags made right."""

from dataclasses import replace

import pytest

from support.quic_wire import CLIENT, DONE, PING, SERVER, Flows, KeyLog, Wire, crypto, stream
from workbench_quic.headers import read_long
from workbench_quic.seeds import SEEDS
from workbench_quic.values import encode
from workbench_quic.versions import V1, V2, Kind


def changed(message, **values):
    return encode(replace(message, value=message.value | values))


def conversation(version, suite):
    wire = Wire(version=version, suite=suite, offered=(suite,))
    turns = [
        *wire.opening(),
        (CLIENT, wire.handshake(CLIENT, PING)),
        (CLIENT, wire.long(Kind.EARLY, CLIENT, stream(0, b"early"))),
    ]
    turns += [(CLIENT, wire.short(CLIENT, stream(0, b"ask"))), (SERVER, wire.short(SERVER, DONE, generation=1, number=70_000))]
    return wire, turns


@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize("suite", [0x1301, 0x1302, 0x1303, 0x1304])
def test_what_is_not_changed_comes_back(version, suite):
    wire, turns = conversation(version, suite)
    opened, closed = Flows(KeyLog(wire)), Flows()
    for turn in turns:
        assert b"".join(map(encode, opened.messages(turn))) == turn[1]
        assert b"".join(map(encode, closed.messages(turn))) == turn[1]


def test_everything_else_comes_back_too():
    wire = Wire()
    token = b"a reset token 16"
    turns = [
        (CLIENT, wire.initial(CLIENT, crypto(wire.client_hello()), token=b"token", pad=0).ljust(1200, b"\0")),
        (SERVER, wire.retry(b"token", b"new")),
        (SERVER, wire.negotiation(V1, V2)),
        (CLIENT, b"\xc0\x12\x34\x56\x78\x01a\x02bc" + b"rest"),
        (CLIENT, b"\xc0\x12\x34\x56\x78\x01a\x02bc"),
        (SERVER, b"\x40" + b"unpredictable bits here" + token),
        (SERVER, bytes.fromhex("f0ff000018000173") + b"token"),
    ]
    flows = Flows()
    for turn in turns:
        assert b"".join(map(encode, flows.messages(turn))) == turn[1]


def test_a_changed_payload_is_protected_again():
    wire = Wire()
    flows = Flows(KeyLog(wire))
    flows.messages(*wire.opening())
    (message,) = flows.messages((CLIENT, wire.short(CLIENT, stream(0, b"ask"))))
    packet = changed(message, payload=stream(0, b"something else"), number=message.value["number"] + 1)
    (again,) = flows.messages((CLIENT, packet))
    assert again.value["payload"] == stream(0, b"something else")
    assert again.value["number"] == message.value["number"] + 1


def test_lengths_follow_what_they_count():
    (message,) = Flows().messages((CLIENT, SEEDS[0].messages[0]))
    longer = changed(message, payload=message.value["payload"] + bytes(100), token=b"t" * 70, dcid=b"d" * 20)
    header = read_long(longer)
    assert (header.whole, header.end, header.token, header.dcid) == (True, len(longer), b"t" * 70, b"d" * 20)
    assert header.length_size == 4


def test_a_payload_too_short_to_protect_is_padded():
    (message,) = Flows().messages((CLIENT, SEEDS[0].messages[0]))
    packet = changed(message, payload=b"")
    (again,) = Flows().messages((CLIENT, packet))
    assert again.value["payload"] == bytes(3)


def test_the_tag_of_a_retry_is_made_anew_where_it_was_right():
    wire = Wire()
    flows = Flows()
    flows.messages((CLIENT, wire.initial(CLIENT, crypto(wire.client_hello()))))
    (message,) = flows.messages((SERVER, wire.retry(b"token", b"new")))
    assert changed(message, token=b"another") == wire.retry(b"another", b"new")
    (unknown,) = Flows().messages((SERVER, wire.retry(b"token", b"new")))
    assert changed(unknown, token=b"another")[-16:] == unknown.value["tag"]


def test_a_longer_number_of_versions():
    (message,) = Flows().messages((SERVER, Wire().negotiation(V1)))
    assert changed(message, versions=[V1, V2, 0x0A0A0A0A]) == Wire().negotiation(V1, V2, 0x0A0A0A0A)


@pytest.mark.parametrize("values", [{"version": 1 << 32}, {"dcid": bytes(256)}, {"first": 256}])
def test_what_does_not_fit_is_refused(values):
    (message,) = Flows().messages((CLIENT, SEEDS[0].messages[0]))
    with pytest.raises(ValueError, match=r"fit|range"):
        changed(message, **values)


def test_a_packet_that_breaks_off_has_no_value():
    (message,) = Flows().messages((CLIENT, SEEDS[0].messages[0][:100]))
    with pytest.raises(ValueError, match="not whole"):
        encode(message)
