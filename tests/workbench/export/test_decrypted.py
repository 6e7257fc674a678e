import dataclasses
import io

import numpy as np
import pytest

from captures.capture import open_capture
from support.commands import workbench
from support.exported import toy_source
from support.headers import ipv4, tcp
from support.messages import message
from support.pcap import write_pcap as pcap_of
from support.shared import ROOT
from workbench.api import Direction, UsageError
from workbench.export.decrypted import write_pcap, write_pcapng
from workbench.registry import load
from workbench.session import Session

SAMPLES = ROOT / "captures" / "samples"
TLS = message(Direction.TO_SERVER, b"plain", packet=4, layer=("tls",))


def _written(source, out, write=write_pcapng):
    with out.open("wb") as file:
        count = write(source, file)
    capture = open_capture(out)
    capture.grow()
    assert len(capture.index) == count
    return capture


def test_plain_packets_take_the_place_of_encrypted_ones(tmp_path):
    with toy_source(tmp_path) as source:
        times = source.capture.index.time_ns
        source = dataclasses.replace(source, everything=lambda: iter([TLS]))
        with _written(source, tmp_path / "out.pcapng") as capture:
            assert [each.name for each in capture.interfaces] == ["", "decrypted"]
            assert set(capture.index.time_ns.tolist()) == {int(times[3]), int(times[-1])}
            assert capture.packet(4).data.endswith(b"plain")
            assert capture.packet(1).comments == ("tcp.stream 0, what was inside tls: toy",)
            assert capture.secrets == []
        with _written(source, tmp_path / "out.pcap", write_pcap) as capture:
            assert capture.data(4).endswith(b"plain")


def test_what_nobody_can_read_stays_as_it_is(tmp_path):
    with toy_source(tmp_path) as source, _written(source, tmp_path / "out.pcapng") as capture:
        assert len(capture.index) == len(source.packets)
        assert [capture.data(number) for number in (1, 4)] == [source.capture.data(number) for number in (1, 4)]


def test_a_selected_conversation_comes_whole_and_others_not_at_all(tmp_path):
    with toy_source(tmp_path) as source:
        one = dataclasses.replace(source, packets=np.array([1]), everything=lambda: iter([TLS]))
        with _written(one, tmp_path / "one.pcapng") as capture:
            assert capture.packet(4).data.endswith(b"plain")
        none = dataclasses.replace(one, packets=np.array([], np.int64))
        with _written(none, tmp_path / "none.pcapng") as capture:
            assert len(capture.index) == 0


def test_pcap_needs_ethernet(tmp_path):
    path = pcap_of(tmp_path / "raw.pcap", [ipv4(tcp(b"x"))], link_type=101)
    with Session.open(path, load(())) as session:
        session.grow()
        with pytest.raises(UsageError, match="no Ethernet frames"):
            write_pcap(session.source(), io.BytesIO())


@pytest.mark.parametrize("name", ["http2-tls", "tls13-openssl", "http3-caddy"])
def test_we_read_the_same_again(tmp_path, name):
    out = tmp_path / "out.pcapng"
    assert workbench("export", SAMPLES / f"{name}.pcapng", "-o", out, "--decrypted").code == 0
    carried = []
    for path in (SAMPLES / f"{name}.pcapng", out):
        with Session.open(path, load(())) as session:
            found = [each for each in session.messages() if each.protocol not in ("tls", "tls-handshake", "quic")]
        carried.append(
            b"".join(sorted(each.raw for each in found if not each.layer or each.layer[-1].startswith(("tls", "quic stream"))))
        )
    assert carried[0]
    if name != "http3-caddy":  # HTTP/3 over TCP is nothing that anybody reads; its bytes are there
        assert carried[0] == carried[1]
    assert len(carried[0]) <= len(carried[1])
