import struct
import sys
import threading

import pytest

from captures import tshark
from support.shared import tool
from workbench.api import CaptureError

HTTP = bytes.fromhex("000000000000000000000000 0800") + bytes.fromhex(
    "4500002c000100004006 0000 7f000001 7f000001 9c40 0050 00000001 00000001 5018 2000 0000 0000"
)


def _pcap(path, *frames: bytes):
    records = b"".join(struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame for frame in frames)
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + records)
    return path


def _fake(tmp_path, monkeypatch, text: str):
    """An executable that stands in for tshark."""
    program = tmp_path / "tshark"
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_counts_of_a_real_tshark(tmp_path):
    tool("tshark")
    opinion = tshark.tshark_opinion(_pcap(tmp_path / "x.pcap", HTTP, HTTP))
    assert (opinion.packets, opinion.commented) == (2, 0)
    assert opinion.protocols["tcp"] == 2
    assert tshark.tshark_version()[0].isdigit()


def test_a_file_that_tshark_refuses(tmp_path):
    tool("tshark")
    (tmp_path / "x.pcap").write_bytes(b"this is no capture")
    with pytest.raises(CaptureError, match="tshark cannot read it"):
        tshark.tshark_opinion(tmp_path / "x.pcap")


def test_without_tshark_there_is_no_opinion(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tshark.find_tshark() is None
    assert tshark.tshark_opinion(tmp_path / "x.pcap") is None
    assert tshark.tshark_version() == ""


def test_comments_and_rules_are_passed(tmp_path, monkeypatch):
    _fake(
        tmp_path,
        monkeypatch,
        "import sys; assert sys.argv[-2:] == ['-d', 'a,b']; print('eth:tcp\\thello'); print('eth:tcp:http\\t')",
    )
    opinion = tshark.tshark_opinion(tmp_path / "x", decode_as=["a,b"])
    assert opinion == tshark.Opinion(2, {"eth": 2, "tcp": 2, "http": 1}, 1)


def test_the_version_is_the_first_number(tmp_path, monkeypatch):
    _fake(tmp_path, monkeypatch, "print('TShark (Wireshark) 9.8.7 (Git)')")
    assert tshark.tshark_version() == "9.8.7"


def test_a_tshark_that_fails_has_no_version(tmp_path, monkeypatch):
    _fake(tmp_path, monkeypatch, "raise SystemExit(1)")
    assert tshark.tshark_version() == ""


def test_patience_ends(tmp_path, monkeypatch):
    _fake(tmp_path, monkeypatch, "import threading; threading.Event().wait(30)")
    monkeypatch.setattr(tshark, "TIMEOUT_S", 0.2)
    with pytest.raises(CaptureError, match="longer than"):
        tshark.tshark_opinion(tmp_path / "x")


PDML = """
print('<?xml version="1.0"?><pdml>')
print('<packet><proto name="geninfo"><field name="num" pos="0" show="1" size="2"/><field name="len" show="2"/></proto>'
      '<proto name="frame"/><proto name="x" showname="X"><field name="x.y" pos="3" size="1" show="&lt;\\x01\\x1b[31m&#0;" value="zz"/>'
      '<field name="" show="group"><field name="x.z" hide="yes" show="2"/></field></proto></packet>')
"""


def test_packets_of_a_real_tshark(tmp_path):
    tool("tshark")
    path = _pcap(tmp_path / "x.pcap", HTTP, HTTP, HTTP)
    packets = list(tshark.tshark_packets(path))
    assert [packet.number for packet in packets] == [1, 2, 3]
    assert packets[0].protocols[:4] == ("frame", "eth", "ip", "tcp")
    assert tshark.TheirField("tcp.dstport", 36, 2, "80") in packets[0].fields
    ruled = next(iter(tshark.tshark_packets(path, decode_as=["tcp.port==80,data"])))
    assert "http" not in ruled.protocols


def test_whoever_has_seen_enough_may_leave(tmp_path):
    tool("tshark")
    packets = tshark.tshark_packets(_pcap(tmp_path / "x.pcap", *[HTTP] * 300))
    assert next(packets).number == 1
    packets.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "pyshark"]


def test_odd_answers_are_read_as_far_as_they_go(tmp_path, monkeypatch):
    _fake(tmp_path, monkeypatch, PDML)
    (packet,) = tshark.tshark_packets(_pcap(tmp_path / "x.pcap"))
    assert packet.protocols == ("frame", "x")
    assert [(field.name, field.start, field.size) for field in packet.fields] == [("x.y", 3, 1), ("x.z", 0, 0)]


@pytest.mark.parametrize(
    "text",
    [
        "print('<packet>no protocol at all</packet>')",
        "print('<packet><proto name=\"geninfo\"/></packet>')",
        PDML.replace('pos="3"', 'pos="three"'),
        "import sys; print('this went wrong', file=sys.stderr); sys.exit(3)",
    ],
)
def test_answers_that_make_no_sense_are_an_error_with_the_place(tmp_path, monkeypatch, text):
    _fake(tmp_path, monkeypatch, text)
    with pytest.raises(CaptureError, match=r"x\.pcap: tshark's answer cannot be read: .+"):
        list(tshark.tshark_packets(_pcap(tmp_path / "x.pcap")))


def test_without_tshark_there_is_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CaptureError, match="apt install tshark"):
        next(tshark.tshark_packets(tmp_path / "x"))
