"""Seeds: what they are made of decodes and covers what clients send first."""

from support.quic_wire import CLIENT, Flows
from workbench_quic.seeds import HINTS, SEEDS


def test_each_message_is_one_sound_packet():
    for seed in SEEDS:
        flows = Flows()
        for data in seed.messages:
            (message,) = flows.messages((CLIENT, data))
            assert (message.protocol, message.raw, message.errors) == ("quic", data, ()), seed.name


def test_all_that_a_client_begins_with_is_there():
    flows = [Flows() for _ in SEEDS]
    labels = {flow.messages((CLIENT, data))[0].label for seed, flow in zip(SEEDS, flows, strict=True) for data in seed.messages}
    assert labels >= {"initial.crypto", "initial.ping", "initial.ack", "initial.close", "early", "handshake", "one_rtt"}
    assert "unknown_version" in labels


def test_recorded_hellos_are_whole():
    for seed in SEEDS:
        if seed.name.startswith(("ngtcp2", "aioquic", "chromium")):
            flows = Flows()
            inners = [item for data in seed.messages for item in flows.read(CLIENT, data) if hasattr(item, "channel")]
            hello = b"".join(inner.data for inner in inners)
            assert int.from_bytes(hello[1:4], "big") + 4 == len(hello), seed.name


def test_tokens_are_not_empty():
    assert all(HINTS.tokens)
