from random import Random

import pytest

from workbench.api import Confidence, Direction
from workbench.registry import load
from workbench_dns.probe import plausible, probe, probe_stream
from workbench_dns.queries import framed, opt_record, query
from workbench_dns.seeds import LLMNR_SEEDS, MULTICAST_SEEDS, SEEDS, STREAM_SEEDS

UP = Direction.TO_SERVER

NETBIOS = bytes.fromhex("80b00110000100000000000020") + b"EGFCEFEECACACACACACACACACACACACA" + bytes.fromhex("0000200001")
SOCKS = bytes.fromhex("000000017f0000010035") + query("www.example.org.")
QUIC_SHORT = bytes.fromhex("40a1b2c3d4e5f60718") + Random(1).randbytes(60)
NTP = bytes.fromhex("1b0004fa0001000000010000") + bytes(36)
STUN = bytes.fromhex("000100002112a442") + bytes(12)
RTP = bytes.fromhex("80600001000003e8deadbeef") + Random(2).randbytes(160)


@pytest.mark.parametrize("seed", [*SEEDS, *MULTICAST_SEEDS, *LLMNR_SEEDS], ids=lambda seed: seed.name)
def test_seeds_are_recognised(seed):
    assert all(probe(raw, UP) is Confidence.LIKELY for raw in seed.messages)


@pytest.mark.parametrize("seed", STREAM_SEEDS, ids=lambda seed: seed.name)
def test_streams_are_recognised_as_soon_as_a_message_is_there(seed):
    raw = seed.messages[0]
    assert probe_stream(raw + b"\0\x40", UP) is Confidence.LIKELY
    assert {probe_stream(raw[:size], UP) for size in range(1, len(raw))} == {Confidence.NEED_DATA}


@pytest.mark.parametrize(
    "raw", [NETBIOS, SOCKS, QUIC_SHORT, NTP, STUN, RTP], ids=["netbios", "socks", "quic", "ntp", "stun", "rtp"]
)
def test_other_protocols_are_left_alone(raw):
    assert probe(raw, UP) < Confidence.LIKELY


@pytest.mark.parametrize(
    "raw",
    [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"SSH-2.0-OpenSSH_9.2p1\r\n", b"\x16\x03\x01\x02\0\1\0\1\xfc\x03\x03" + bytes(500)],
)
def test_other_streams_are_left_alone(raw):
    assert probe_stream(raw, UP) in (Confidence.NO, Confidence.NEED_DATA)
    assert probe_stream(raw + bytes(4096), UP) < Confidence.LIKELY


def test_random_datagrams_are_no_dns():
    random = Random(7)
    stolen = sum(probe(random.randbytes(random.randrange(1, 600)), UP) >= Confidence.LIKELY for _ in range(50_000))
    assert stolen == 0


def test_spoilt_messages_are_good_enough_on_the_right_port():
    raw = query("www.example.org.", records=[opt_record()])
    assert probe(raw[:-3], UP) is Confidence.WEAK
    assert probe(raw + b"?", UP) is Confidence.WEAK
    assert probe(raw[:11], UP) is Confidence.NO


def test_headers():
    assert plausible(query("a."))
    assert not plausible(query("a.", flags=0x7800))
    assert not plausible(query("a.", flags=0x0040))
    assert not plausible(query("a.", flags=0x0003))
    assert not plausible(bytes(12))


def test_a_message_longer_than_what_probes_see():
    raw = query("a.", records=[opt_record([(12, bytes(6000))])])
    assert probe(raw[:4096], UP) is Confidence.LIKELY
    assert probe_stream(framed(raw)[:4096], UP) is Confidence.LIKELY


def test_nobody_else_is_surer_of_dns():
    others = [
        spec for spec in load().specs if spec.transport == "udp" and spec.probe and spec.prefix != "dns" and spec.name != "dns"
    ]
    assert others
    for seed in SEEDS:
        assert all(spec.probe(seed.messages[0], UP) <= Confidence.LIKELY for spec in others)
