import numpy as np

from captures.arrays import Gather
from captures.peel import peel
from captures.shapes import MAX_SHAPES, TAGS, Shapes, link_name, shape_of, tag_shapes
from support.headers import ether, icmp, ipv4, tcp, vlan

PACKET = ipv4(tcp(b"x"))


def test_a_shape_names_the_headers_but_not_what_an_error_quotes():
    frame = ether(ipv4(icmp(3, PACKET), 1))
    assert shape_of(peel(frame, len(frame), 1).layers) == ("eth", "ip", "icmp")
    assert shape_of(peel(PACKET, len(PACKET), 101).layers, "raw") == ("raw", "ip", "tcp")


def test_a_fragment_is_data():
    frame = ether(ipv4(bytes(8), fragment=0x2000))
    assert shape_of(peel(frame, len(frame), 1).layers) == ("eth", "ip", "data")


def test_links_have_wiresharks_names():
    assert [link_name(link_type) for link_type in (1, 276, 101, 228, 147)] == ["eth", "sll", "raw", "", ""]


def test_numbers_are_given_in_order_and_end():
    shapes = Shapes()
    first = shapes.number(("eth", "ip", "gre"))
    assert (first, shapes.is_whole(first), shapes.is_whole(first - 1)) == (len(TAGS) + 1, True, False)
    assert shapes.number(("eth", "ip", "gre")) == first
    for number in range(MAX_SHAPES):
        shapes.number(("eth", f"x{number}"))
    assert len(shapes.names) == MAX_SHAPES
    assert shapes.number(("eth", "one", "too", "many")) == shapes.number(("unheard", "of")) == 0


def test_tags():
    frames = [
        ether(vlan(PACKET, 5, 0x0800), 0x88A8),
        ether(vlan(vlan(PACKET, 5, 0x0800), 6, 0x8100), 0x88A8),
        ether(vlan(vlan(PACKET, 5, 0x0800), 6, 0x9100), 0x8100),
        ether(vlan(vlan(PACKET, 5, 0x0800), 6, 0x88A8), 0x88A8),
        ether(vlan(PACKET, 5, 0x0800), 0x8100),
    ]
    begin = np.cumsum([0, *map(len, frames[:-1])])
    names = [((), *TAGS)[number] for number in tag_shapes(Gather(np.frombuffer(b"".join(frames), np.uint8)), begin)]
    twice = ("ieee8021ad", "vlan"), ("vlan", "vlan"), ("ieee8021ad", "ieee8021ad")
    assert names == [("ieee8021ad",), *twice, ()]
