import pytest

from dissectors.filters import parse_filter
from support.shared import ROOT, tool
from workbench import second_opinion
from workbench.api import UsageError
from workbench.registry import load
from workbench.second_opinion import compare_capture, compare_packet
from workbench.session import Session

SAMPLES = ROOT / "captures" / "samples"


@pytest.fixture
def opened():
    tool("tshark")
    with Session.open(SAMPLES / "http2-tls.pcapng", load(())) as session:
        session.grow()
        yield session


def test_a_whole_capture_and_what_matches(opened):
    found = compare_capture(opened, parse_filter("http2.headers.path", opened.registry.specs))
    assert 0 < found.packets < len(opened)
    assert found.same > 50 * found.packets
    assert not [each for each in found.differences if each.kind != "value"]


def test_one_packet_with_its_stream_as_context(opened):
    number = next(each.packet for each in opened.messages() if each.label == "request headers" or each.protocol == "http2")
    found = compare_packet(opened, number)
    assert (found.packets, found.counts.total()) == (1, 0)
    assert found.same > 30  # without the packets before it nothing in it could be decrypted


def test_there_is_an_end_to_context(opened, monkeypatch):
    monkeypatch.setattr(second_opinion, "MOST_CONTEXT", 3)
    with pytest.raises(UsageError, match="more than 3"):
        compare_packet(opened, 20)


def test_what_was_pinned_is_told():
    tool("tshark")
    from dissectors.decode_as import parse_decode_as

    specs = load(()).specs
    rule = parse_decode_as("tcp.port==24181-24185,http2", specs)
    with Session.open(SAMPLES / "http2-cleartext.pcapng", load(()), decode_as=[rule]) as session:
        session.grow()
        found = compare_capture(session, parse_filter("frame.number<=30", specs))
    assert ("protocol", "http2") not in found.counts
