import struct
import sys

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
