"""The last source, where capturing is permitted: slow, but what it gives is right."""

import os
from pathlib import Path

import pytest

import captures.sources.scapy_sniffer as module
from captures.live import LiveCapture
from captures.sources.model import Wish
from captures.sources.scapy_sniffer import ScapySource, why_no_scapy
from support.live import Pair, once, packets
from workbench.api import CaptureError, UsageError

permitted = pytest.mark.skipif(why_no_scapy() is not None, reason="capturing is not permitted here")


@permitted
def test_each_packet_is_recorded_once(tmp_path: Path):
    path, stop = tmp_path / "x.pcapng", once()
    with Pair() as pair, LiveCapture([Wish(interface="lo", filter=pair.filter)], path, source="scapy") as capture:
        for number in range(5):
            pair.send(b"wanted %d" % number)
        counters = capture.run(lambda: next(stop))
    assert [data[42:] for data in packets(path)] == [b"wanted %d" % number for number in range(5)]
    assert (counters.packets, counters.received, counters.dropped) == (5, 5, 0)


@permitted
def test_what_it_cannot_do_is_said():
    with pytest.raises(CaptureError, match="no word for all interfaces"):
        ScapySource(Wish(interface="any"), lambda _: 0)
    with pytest.raises(CaptureError, match=r"nowhere0: No such device\. Choose one of: .*lo"):
        ScapySource(Wish(interface="nowhere0"), lambda _: 0)
    with pytest.raises(UsageError, match="capture filter 'port 0x'"):
        ScapySource(Wish(interface="lo", filter="port 0x"), lambda _: 0)


def test_where_it_cannot_be_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "why_no_socket", lambda: CaptureError("not permitted"))
    monkeypatch.setattr(module, "_LINUX", True)
    assert str(why_no_scapy()) == "not permitted"
    with pytest.raises(CaptureError, match="not permitted"):
        ScapySource(Wish(interface="lo"), lambda _: 0)
    monkeypatch.setattr(module, "_LINUX", False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "capturing needs root" in str(why_no_scapy())
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert why_no_scapy() is None
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    assert "scapy is not installed" in str(why_no_scapy())
