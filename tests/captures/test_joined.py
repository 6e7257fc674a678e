"""Whole streams; that their bytes are right in all weathers is checked in `test_undisturbed`."""

import numpy as np

from captures.capture import open_capture
from captures.joined import join
from captures.undisturbed import undisturbed
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def test_both_directions_with_their_packets(tmp_path):
    silent = tcp_frames([], client=Endpoint("10.0.0.1", 7))
    frames = [*silent, *tcp_frames([(UP, b"x" * 2000), (DOWN, b"hello")])]
    with open_capture(write_pcap(tmp_path / "c.pcap", frames)) as capture:
        capture.grow()
        segments = undisturbed(capture.index)
        stream, empty = join(capture, segments, np.array([1, 0]))
        assert (empty.number, empty.sides[0].data, empty.sides[1].data) == (0, b"", b"")
        up, down = stream.sides
        assert (stream.number, up.data, down.data, up.ended, down.ended) == (1, b"x" * 2000, b"hello", True, True)
        assert up.ends.tolist() == [1460, 2000]
        for side in stream.sides:
            assert side.carriers.tolist() == side.released.tolist()
            for end, packet in zip(side.ends.tolist(), side.carriers.tolist(), strict=True):
                assert side.data[:end].endswith(capture.payload(packet))
