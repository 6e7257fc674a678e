"""Places say what the trees of the same packets say; `test_filter_vectors` asks with filters, here are the bytes."""

import pytest

from dissectors.filter_columns import HEADER_ROWS, Block, layered
from dissectors.filter_places import PLACES, read_place
from dissectors.filter_view import header_values
from support.filter_capture import frames, opened
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction


@pytest.mark.parametrize("name", PLACES)
def test_every_place_is_where_the_tree_finds_it(tmp_path, name):
    place = PLACES[name]
    with opened(tmp_path) as capture:
        block = Block(capture, 0, len(capture.index))
        there = HEADER_ROWS[place.header](block) & ~layered(block)
        found = read_place(block, place, there).tolist()
        for row in range(len(frames())):
            said = [value.value for value in header_values(capture, row + 1).get(name, ())] if there[row] else [0]
            if isinstance(said[0], str):
                said = [int(said[0].replace(":", ""), 16)]
            assert [found[row]] == [int(value) for value in said], (name, row)
            assert found[row] <= place.most


def test_other_links_begin_elsewhere(tmp_path):
    from captures.capture import open_capture

    bare = [frame[14:] for frame in tcp_frames([(Direction.TO_SERVER, b"x")])]
    for link_type, link in ((101, b""), (113, b"\0\0\0\1\0\6" + b"\0" * 8 + b"\x08\0"), (0, b"\2\0\0\0")):
        path = write_pcap(tmp_path / f"{link_type}.pcap", [link + packet for packet in bare], link_type=link_type)
        with open_capture(path) as capture:
            capture.grow()
            block = Block(capture, 0, len(capture.index))
            assert not layered(block).any()
            assert set(read_place(block, PLACES["ip.version"], block.all()).tolist()) == {4}
            assert set(read_place(block, PLACES["tcp.checksum"], block.all()).tolist()) == {
                int.from_bytes(packet[36:38], "big") for packet in bare
            }
