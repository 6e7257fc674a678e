import pytest

from support.http_pairs import request, response
from support.pcap import arp_frame, tcp_frames, udp_frames, write_pcap
from support.surveys import asked
from workbench.api import Direction


@pytest.fixture
def capture(tmp_path):
    frames = [*tcp_frames([request(), response()]), *udp_frames([(Direction.TO_SERVER, b"?" * 9)]), arp_frame()]
    return write_pcap(tmp_path / "x.pcap", frames)


def test_the_hierarchy_is_a_tree_with_messages_at_its_leaves(capture):
    root = asked(capture, "hierarchy")["hierarchy"]
    (ethernet,) = root["children"]
    ip, arp = ethernet["children"]
    assert (root["name"], ethernet["name"], ip["name"], arp["name"]) == ("frame", "eth", "ip", "arp")
    assert root["packets"] == ip["packets"] + arp["packets"]
    tcp, udp = ip["children"]
    assert [(level["name"], level["messages"]) for level in (*tcp["children"], *udp["children"])] == [("http1", 2), ("data", 1)]


def test_without_a_walk_the_hierarchy_ends_at_the_transports(capture):
    root = asked(capture, "hierarchy", fast=True)["hierarchy"]
    assert [level["children"] for level in root["children"][0]["children"][0]["children"]] == [[], []]


def test_conversations_have_the_most_bytes_first(capture):
    tcp, udp = asked(capture, "conversations")["conversations"]
    assert (tcp["transport"], tcp["client"], tcp["server"]) == ("tcp", "10.0.0.1:40000", "10.0.0.2:8080")
    assert (udp["transport"], udp["payload_to_server"], udp["payload_to_client"]) == ("udp", 9, 0)
    assert tcp["payload_to_client"] == len(response()[1])
    assert asked(capture, "conversations", top=1)["conversations"] == [tcp]


def test_hosts_sent_what_others_received(capture):
    rows = {row["address"]: row for row in asked(capture, "hosts", top=0)["hosts"]}
    assert rows["10.0.0.1"]["bytes_sent"] == rows["10.0.0.2"]["bytes_received"]
