import json

from support.commands import workbench
from support.pcap import tcp_frames, udp_frames, write_pcap
from workbench.api import Direction

UP = Direction.TO_SERVER


def test_for_people_and_for_machines(tmp_path):
    frames = tcp_frames([(UP, b"hello")]) + udp_frames([(UP, b"x")])
    path = write_pcap(tmp_path / "x.pcap", frames)
    text = workbench("info", path)
    assert text.code == 0
    assert f"packets     {len(frames)} " in text.out
    assert "1 TCP, 1 UDP" in text.out
    assert "Ethernet" in text.out
    facts = json.loads(workbench("info", path, "--json").out)
    assert facts["packets"] == len(frames)
    assert facts["tcp_streams"] == 1
    assert facts["interfaces"][0]["link_type"] == 1


def test_an_empty_capture(tmp_path):
    done = workbench("info", write_pcap(tmp_path / "x.pcap", []))
    assert done.code == 0
    assert "packets     0 " in done.out


def test_a_key_log_counts_and_must_be_one(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", [])
    (tmp_path / "keys.log").write_text("CLIENT_RANDOM 00 11\n")
    assert json.loads(workbench("info", path, "--json", "--keylog", tmp_path / "keys.log").out)["secrets"] == 1
    assert workbench("info", path, "--keylog", tmp_path / "none").code == 2


def test_rules_about_protocols_that_are_not_installed_do_not_matter_to_columns(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", [])
    assert workbench("info", path, "--decode-as", "tcp.port==80,nobody").code == 0
    assert workbench("list", path, "--decode-as", "tcp.port==80,nobody").code == 0
    assert workbench("dissect", path, "--decode-as", "tcp.port==80,nobody").code == 2
