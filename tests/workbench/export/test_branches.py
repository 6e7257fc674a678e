import dataclasses

import numpy as np

from captures.capture import open_capture
from dissectors import dissect
from support.exported import toy_source
from support.messages import message
from support.pcap import tcp_frames, write_pcap
from support.toy import TOY, toy_message
from workbench.api import Direction, Field, Message, View
from workbench.export.branches import Branch, frames, message_branch, packet_branches


def _places(branch: Branch) -> bytes:
    return ",".join(f"{node.abbrev}@{branch.place(node)}" for _, node in branch.root.walk()).encode()


def test_a_packet_is_frame_headers_and_messages(tmp_path):
    with toy_source(tmp_path) as source:
        found = list(frames(source, _places))
    assert [frame.packet.number for frame in found] == source.packets.tolist()
    names = [piece.name for piece in found[3].pieces]
    assert names == ["frame", "eth", "ip", "tcp", "toy"]
    # the message lies behind 14 + 20 + 20 bytes of headers
    assert found[3].pieces[-1].text.startswith(b"toy@54")


def test_a_filter_chooses_packets_not_parts_of_them(tmp_path):
    with toy_source(tmp_path, "toy.number == 99") as source:
        assert list(frames(source, _places)) == []
        one = dataclasses.replace(source, packets=np.array([4]))
        assert [piece.name for frame in frames(one, _places) for piece in frame.pieces][-1] == "toy"


def test_a_message_in_several_packets_has_no_place_in_one(tmp_path):
    large = toy_message("ping", 1, bytes(4000))
    path = write_pcap(tmp_path / "x.pcap", tcp_frames([(Direction.TO_SERVER, large)]))
    with toy_source(tmp_path) as source, open_capture(path) as capture:
        capture.grow()
        whole = dataclasses.replace(source, capture=capture, packets=np.arange(1, len(capture.index) + 1))
        found = list(frames(dataclasses.replace(whole, everything=lambda: dissect(capture, (TOY,))), _places))
    pieces = [piece for frame in found for piece in frame.pieces if piece.name == "toy"]
    assert len(pieces) == 1
    assert pieces[0].text.startswith(b"toy@0")


def test_both_sides_share_a_name_and_the_payload_lies_in_its_header(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", [*tcp_frames([(Direction.TO_SERVER, b"hello")]), tcp_frames([])[0] + bytes(4)])
    with open_capture(path) as capture:
        capture.grow()
        frame, ethernet, ip, tcp = packet_branches(capture, capture.packet(4), 2, ["toy", "toy", "data"])
        padded = packet_branches(capture, capture.packet(len(capture.index)), 0)
    assert [node.value for node in ip.root.children if node.abbrev == "ip.addr"] == ["10.0.0.1", "10.0.0.2"]
    assert "ip.addr" in ip.hidden
    assert [node.value for node in tcp.root.children if node.abbrev == "tcp.payload"] == [b"hello"]
    assert frame.root.find("frame.protocols").value == "eth:ethertype:ip:tcp:toy:data"
    assert frame.root.find("frame.time_delta").value == "0.001000000"
    assert frame.root.find("frame.time_delta_displayed").value == "0.002000000"
    assert frame.root.find("frame.time_relative").value == "0.003000000"
    assert [branch.name for branch in padded] == ["frame", "eth", "ip", "tcp"]
    assert padded[1].root.find("eth.trailer").value == bytes(4)
    assert ethernet.root.find("eth.type").value == 0x0800


def test_what_is_derived_counts_in_its_own_bytes():
    inside = Field("inside", 2, 3, 7, view=1, abbrev="x.inside")
    message = Message(
        protocol="x",
        direction=Direction.TO_SERVER,
        start=0,
        end=4,
        raw=b"wire",
        root=Field("X", 0, 4, children=(inside,), abbrev="x"),
        views=(View("wire", b"wire"), View("unmasked", b"other")),
        summary="said",
    )
    branch = message_branch(message, 60)
    assert (branch.name, branch.root.name) == ("x", "X, said")
    assert branch.place(branch.root) == 60
    assert branch.place(inside) == 2
    assert branch.views == (b"wire", b"other")


def test_messages_of_packets_that_came_later_are_left_out(tmp_path):
    with toy_source(tmp_path) as source:
        later = message(Direction.TO_SERVER, packet=len(source.packets) + 1)
        found = list(frames(dataclasses.replace(source, everything=lambda: iter([later])), _places))
    assert len(found) == len(source.packets)
